"""Combination tables: what is accepted, and that every fault is named."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lib.errors import InputError
from lib.synergy import normalise_signals
from lib.tables.synergy import check_combinations, read_combinations


def wells(**changes: object) -> pd.DataFrame:
    rows = [
        ("UTE1", "defactinib", "avutometinib", a, b, round(1 - 0.1 * (a + b), 3))
        for a in (0, 1, 2)
        for b in (0, 1, 2)
    ]
    columns = [
        "cell_line",
        "compound_1",
        "compound_2",
        "concentration_1_uM",
        "concentration_2_uM",
        "viability",
    ]
    frame = pd.DataFrame(rows, columns=columns).assign(**changes)
    frame.index = pd.RangeIndex(2, len(frame) + 2, name="row")
    return frame


def test_nanomolar_columns_are_converted(tmp_path):
    frame = wells().rename(columns={"concentration_1_uM": "concentration_1_nM"})
    frame.to_csv(tmp_path / "w.csv", index=False)
    assert read_combinations(tmp_path / "w.csv").concentration_1_uM.max() == pytest.approx(0.002)


def test_semicolons_and_decimal_commas_are_read(tmp_path):
    wells().to_csv(tmp_path / "w.csv", index=False, sep=";", decimal=",")
    assert read_combinations(tmp_path / "w.csv").viability.min() == pytest.approx(0.6)


def test_percent_is_refused_with_its_rows():
    with pytest.raises(
        InputError, match=r"fraction of vehicle, at most 3; got 100, 90, 80, … .*divide by 100"
    ):
        check_combinations(wells(viability=lambda w: 100 * w.viability))


def test_one_percent_among_fractions_is_found():
    frame = wells()
    frame.loc[5, "viability"] = 87.0
    with pytest.raises(InputError, match=r"at most 3; got 87 in w.csv row 5\."):
        check_combinations(frame, source="w.csv")


def test_inhibition_in_the_place_of_viability_is_found():
    with pytest.raises(
        InputError,
        match=r"near 1 in untreated wells; got a mean of 0 there and 0.3 .*row 2\. .*1 − inhibition",
    ):
        check_combinations(wells(viability=lambda w: (1 - w.viability).round(3)))


def test_a_replicate_in_another_unit_is_named():
    odd = wells(experiment="2", concentration_2_uM=lambda w: 1000 * w.concentration_2_uM)
    frame = pd.concat([wells(experiment="1"), odd])
    with pytest.raises(
        InputError, match=r"concentration_2_uM must have one unit .*1000 times the others' in experiment 2"
    ):
        check_combinations(frame)


def test_plates_that_share_a_wide_dose_range_are_not_taken_for_mixed_units():
    low, high = wells(plate="a"), wells(plate="b", concentration_1_uM=lambda w: 500 * w.concentration_1_uM)
    assert len(check_combinations(pd.concat([low, high]))) == 18


@pytest.mark.parametrize("other", ["signal", "role", "replicate", "well"])
def test_an_empty_column_is_none(other):
    frame = wells(**{other: np.nan})
    read = check_combinations(frame)
    assert "signal" not in read
    assert read["viability"].equals(check_combinations(wells())["viability"])


def test_no_reading_at_all_is_refused():
    with pytest.raises(InputError, match=r"viability must hold numbers; got no value"):
        check_combinations(wells(viability=np.nan, signal=np.nan))


def test_many_wells_given_twice_are_counted():
    with pytest.raises(InputError, match=r"got 3 more repeats in the table rows 8, 8, 9, 9, 10, 10"):
        check_combinations(pd.concat([wells(), wells()]))


def test_a_well_given_twice_is_named():
    frame = pd.concat([wells(), wells().iloc[[4]]])
    frame.index = pd.RangeIndex(2, len(frame) + 2)
    with pytest.raises(InputError, match=r"a well must be given once; .*concentration_1_uM 1.0.* rows 6, 11"):
        check_combinations(frame, source="w.csv")


def test_untreated_wells_may_repeat_and_numbered_repeats_too():
    twice = pd.concat([wells(), wells().iloc[[0]]])
    assert len(check_combinations(twice)) == 10
    repeats = pd.concat([wells(replicate="1"), wells(replicate="2")])
    assert len(check_combinations(repeats)) == 18


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"viability": 0.7}, r"viability must vary over the doses; got 0.7 in all 9 wells"),
        ({"compound_2": "defactinib"}, r"compound_1 and compound_2 must differ; got defactinib"),
        ({"concentration_1_uM": -3.0}, r"concentration_1_uM must be >= 0; got -3.0"),
        ({"viability": "high"}, r"viability must be a number; got high"),
        (
            {"compound_1": None},
            r"compound_1 must not be empty in a sample well; got empty in the table rows 2, 3",
        ),
    ],
)
def test_faults_are_named_with_their_value(changes, message):
    with pytest.raises(InputError, match=message):
        check_combinations(wells(**changes))


def test_two_units_in_one_file_are_refused():
    with pytest.raises(
        InputError,
        match=r"concentration_1_uM and concentration_1_nM|concentration_1_nM and concentration_1_uM",
    ):
        check_combinations(wells(concentration_1_nM=1.0))


def test_neither_viability_nor_signal():
    with pytest.raises(
        InputError, match=r'needs "viability", or "signal" with "role"; got columns cell_line'
    ):
        check_combinations(wells().drop(columns="viability"))


def test_signals_need_vehicle_wells_on_each_plate():
    frame = wells(signal=lambda w: 1000 * w.viability, plate="P7", role="sample").drop(columns="viability")
    with pytest.raises(InputError, match="vehicle wells on every plate; got none on plate P7"):
        check_combinations(frame)


def test_negative_signal_is_refused():
    frame = wells(signal=-5.0, role="vehicle").drop(columns="viability")
    with pytest.raises(InputError, match=r"signal must be >= 0; got -5\.0"):
        check_combinations(frame)


def test_signals_are_normalised_per_plate():
    parts = []
    for plate, gain in (("a", 1000.0), ("b", 5000.0)):
        samples = wells(signal=lambda w, g=gain: 100 + g * w.viability, plate=plate, role="sample")
        controls = pd.DataFrame(
            {"role": ["vehicle", "blank"], "plate": plate, "signal": [100 + gain, 100.0], "cell_line": "UTE1"}
        )
        parts += [samples.drop(columns="viability"), controls]
    result = normalise_signals(check_combinations(pd.concat(parts, ignore_index=True)))
    assert result.viability.to_numpy() == pytest.approx([*wells().viability] * 2)
