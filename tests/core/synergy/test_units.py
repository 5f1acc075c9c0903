"""The experiment is the unit of synergy: what is not one gives no interval, no verdict, and a reason."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lib.errors import InputError
from lib.synergy import (
    arrange_matrices,
    check_matrices,
    compare_with_truth,
    estimate_all,
    estimate_isoboles,
    estimate_synergy,
    normalise_signals,
)
from lib.synergy.score import MODELS
from lib.tables.synergy import read_combinations, read_truth

DOSES_1, DOSES_2 = np.array([0, 0.2, 0.6, 2, 6.0]), np.array([0, 0.01, 0.04, 0.16])


def wells(times: int = 3, extra: float = 0.0, seed: int = 1, noise: float = 0.02) -> pd.DataFrame:
    """Independent action plus `extra` inhibition where both doses are given, several times."""
    rng = np.random.default_rng(seed)
    x1, x2 = (grid.ravel() for grid in np.meshgrid(DOSES_1, DOSES_2, indexing="ij"))
    one, two = 0.9 * x1 / (1.5 + x1), 0.8 * x2 / (0.05 + x2)
    surface = one + two - one * two + extra * (x1 > 0) * (x2 > 0)
    parts = [
        pd.DataFrame(
            {
                "cell_line": "L7",
                "compound_1": "P",
                "compound_2": "Q",
                "concentration_1_uM": x1,
                "concentration_2_uM": x2,
                "viability": 1 - surface + rng.normal(0, noise, x1.size),
                "n": str(k),
            }
        )
        for k in range(1, times + 1)
    ]
    return pd.concat(parts, ignore_index=True)


def only(frame: pd.DataFrame) -> pd.DataFrame:
    (matrix,) = arrange_matrices(frame)
    return estimate_synergy(matrix).to_frame().set_index("model")


@pytest.mark.parametrize(
    ("rename", "extra", "why"),
    [
        ({"n": "replicate"}, {}, "3 replicates, but no column experiment says that they are independent"),
        ({"n": "plate"}, {}, "3 plates, but no column experiment says that they are independent"),
        ({"n": "replicate"}, {"plate": "P1"}, "3 replicates, but no column experiment"),
        ({"n": "replicate"}, {"experiment": "E1"}, "one experiment, at least 3 needed"),
        (
            {"n": "experiment"},
            {"plate": "P1"},
            "3 experiments on one plate, P1: wells of one plate are not experiments",
        ),
    ],
)
def test_wells_however_numbered_are_not_judged(rename: dict, extra: dict, why: str) -> None:
    rows = only(wells(extra=0.1).rename(columns=rename).assign(**extra))
    assert set(rows.verdict) == {"not judged"}
    assert rows[["score_low", "score_high"]].isna().all(axis=None)
    assert (rows.n_replicates == 1).all()
    assert rows.why["bliss"].startswith(why)
    assert rows.interval_method["bliss"] == f"none: {rows.why['bliss']}"
    assert rows.score["bliss"] == pytest.approx(10, abs=1.5)


@pytest.mark.parametrize("unit", ["replicate", "plate"])
def test_what_is_no_experiment_still_shows_its_scatter(unit: str) -> None:
    (matrix,) = arrange_matrices(wells(noise=0.05).rename(columns={"n": unit}))
    assert (matrix.n_units, matrix.n_experiments, matrix.unit) == (3, 1, unit)
    (row,) = check_matrices([matrix], wells()).frame.itertuples()
    assert (row.n_replicates, row.replicate_unit) == (3, unit)
    assert row.replicate_sd_points == pytest.approx(5, abs=2)


def test_two_experiments_are_too_few_and_three_are_judged() -> None:
    two, three = (only(wells(n, extra=0.1).rename(columns={"n": "experiment"})) for n in (2, 3))
    assert (two.verdict["bliss"], two.why["bliss"]) == ("not judged", "2 experiments, at least 3 needed")
    assert (three.verdict["bliss"], three.why["bliss"]) == ("synergy", "")


def test_the_reference_alone_says_synergy() -> None:
    frame = wells(4, extra=0.1).rename(columns={"n": "experiment"})
    (matrix,) = arrange_matrices(frame)
    for reference in MODELS:
        rows = estimate_synergy(matrix, reference=reference).to_frame().set_index("model")
        assert rows.index[rows.verdict == "synergy"].tolist() == [reference]
        assert set(rows.verdict.drop(reference)) == {"more"}
        assert rows.index[rows.reference].tolist() == [reference]
    less = estimate_synergy(arrange_matrices(wells(4, extra=-0.12).rename(columns={"n": "experiment"}))[0])
    assert (less.verdict("bliss"), less.verdict("zip")) == ("antagonism", "less")
    assert set(estimate_synergy(matrix).to_parameters().verdict) <= {
        "more",
        "less",
        "cannot tell",
        "not judged",
    }


def test_an_unknown_reference_is_refused() -> None:
    with pytest.raises(InputError, match=r"reference must be one of .*; got gaddum"):
        estimate_synergy(arrange_matrices(wells())[0], reference="gaddum")


def test_a_plate_name_that_holds_a_well_twice_is_two_plates() -> None:
    frame = wells().rename(columns={"n": "experiment"}).assign(plate="1")
    frame["well"] = frame.groupby("experiment").cumcount().map("A{}".format)
    assert arrange_matrices(frame)[0].n_experiments == 3
    apart = frame.assign(well=[f"W{k}" for k in range(len(frame))])
    assert arrange_matrices(apart)[0].n_experiments == 1


def test_experiments_that_share_some_plates_are_joined() -> None:
    frame = wells(5).rename(columns={"n": "experiment"})
    frame["plate"] = frame.experiment.map({"1": "a", "2": "a", "3": "b", "4": "c", "5": "c"})
    (matrix,) = arrange_matrices(frame)
    assert (matrix.n_experiments, matrix.why) == (3, "")


def test_copies_are_one_experiment() -> None:
    first = wells(1).rename(columns={"n": "experiment"})
    copied = pd.concat([first, first.assign(experiment="2"), first.assign(experiment="3")])
    rows = only(copied)
    assert (rows.verdict["bliss"], rows.why["bliss"]) == (
        "not judged",
        "3 experiments hold the readings of 1: copies",
    )


def test_a_matrix_split_over_experiments_is_not_repeated() -> None:
    frame = (
        wells(1).drop(columns="n").assign(experiment=lambda w: np.where(w.concentration_1_uM > 1, "b", "a"))
    )
    (matrix,) = arrange_matrices(frame)
    assert (matrix.n_units, matrix.why) == (
        1,
        "the experiments hold different dose pairs: nothing is repeated",
    )


def test_plates_of_one_name_are_normalised_by_their_own_experiment(tmp_path: Path) -> None:
    frame = wells(3, noise=0.0).rename(columns={"n": "experiment"}).assign(plate="1", role="sample")
    level = frame.experiment.map({"1": 1000.0, "2": 3000.0, "3": 500.0})
    frame["signal"] = level * frame.pop("viability")
    vehicle = pd.DataFrame(
        {"experiment": ["1", "2", "3"], "plate": "1", "role": "vehicle", "signal": [1000.0, 3000, 500]}
    )
    for controls, untreated in ((vehicle, [1, 1, 1]), (vehicle.assign(experiment=""), [2 / 3, 2, 1 / 3])):
        pd.concat([frame, controls]).to_csv(tmp_path / "w.csv", index=False)
        viability = (
            normalise_signals(read_combinations(tmp_path / "w.csv")).groupby("experiment").viability.max()
        )
        assert viability.tolist() == pytest.approx(untreated, abs=1e-9)


def test_nulls_numbered_as_replicates_are_never_called() -> None:
    """40 studies of independent action, each one plate of three replicates whose gain is off by 10 %."""
    verdicts = set()
    for seed in range(40):
        gain = np.random.default_rng([seed, 9]).normal(1, 0.1)
        frame = wells(seed=seed, noise=0.05).rename(columns={"n": "replicate"})
        verdicts |= set(only(frame.assign(viability=frame.viability * gain)).verdict)
    assert verdicts == {"not judged"}


def quality_of(rows: pd.DataFrame) -> dict[str, set[str]]:
    return {"quality": set(rows.quality), "reasons": set(rows.reasons)}


def test_a_number_passes_where_nothing_is_against_its_matrix() -> None:
    (matrix,) = arrange_matrices(wells(4).rename(columns={"n": "experiment"}))
    assert quality_of(estimate_synergy(matrix).to_frame()) == {"quality": {"pass"}, "reasons": {""}}


def test_flags_of_the_matrix_are_reasons_for_caution() -> None:
    rows = wells(4).rename(columns={"n": "experiment"})
    bare = (rows.concentration_1_uM == 0) & (rows.concentration_2_uM == 0)
    (matrix,) = arrange_matrices(rows.assign(viability=rows.viability.where(~bare, 0.7)))
    result = estimate_synergy(matrix)
    said = "the matrix's untreated well reads 70 % of vehicle, Bliss and HSA do not use it"
    assert quality_of(result.to_frame()) == {"quality": {"caution"}, "reasons": {said}}
    assert set(result.to_parameters().reasons) >= {said}
    assert check_matrices([matrix], rows).flagged.tolist() == [True]


def test_without_experiments_nothing_is_judged_and_the_reason_stands_first() -> None:
    rows = wells(3, noise=0.3, seed=3).rename(columns={"n": "replicate"})
    (matrix,) = arrange_matrices(rows)
    found = estimate_synergy(matrix).to_frame()
    assert set(found.quality) == {"not judged"}
    first, *rest = found.reasons[0].split("; ")
    assert first.startswith("3 replicates, but no column experiment")
    assert any(reason.startswith("repeats differ by an SD of ") for reason in rest)
    index = estimate_isoboles([matrix]).frame
    assert set(index.quality) == {"not judged"}
    assert index.reasons[index.status == "ok"].str.startswith("3 replicates").all()


def test_results_of_no_pair_are_empty_and_say_their_settings() -> None:
    none = estimate_all([], confidence=0.9, reference="zip")
    assert (len(none), none.confidence, none.reference) == (0, 0.9, "zip")
    assert len(none.gather_surface()) == len(none.gather_parameters()) == len(estimate_isoboles([])) == 0
    assert len(compare_with_truth(none, read_truth(""))) == 0
