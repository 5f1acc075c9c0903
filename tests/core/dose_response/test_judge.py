"""A number carries what speaks against it: its plates by name, its curve, its experiments."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lib import dose_response as dr
from lib.dose_response import agreement, nested
from lib.dose_response.curves import CurveFits
from lib.dose_response.growth import estimate_growth
from lib.dose_response.hormesis import compare_hormesis
from lib.dose_response.judge import EVEN, LACKING, NOT_GIVEN, gather
from lib.plates import check_plates, normalise_plates
from tests.makers.plated import DOSES, full, plated

THREE = [full(1.0), full(1.2), full(0.9)]


def fitted(wells: pd.DataFrame) -> CurveFits:
    normal = normalise_plates(wells)
    return dr.fit_curves(normal, plates=check_plates(normal))


def row_of(wells: pd.DataFrame) -> pd.Series:
    return dr.combine_experiments(fitted(wells)).frame.iloc[0]


def test_sound_plates_pass() -> None:
    row = row_of(plated({("x", "a"): THREE}))
    assert (row["quality"], row["reasons"]) == ("pass", "")


def test_a_flagged_plate_makes_a_caution_that_names_it() -> None:
    fits = fitted(plated({("x", "a"): THREE, ("x", "b"): THREE}, noisy=["P02"]))
    potency = dr.combine_experiments(fits).frame
    assert potency["quality"].tolist() == ["caution", "pass"]
    assert potency.loc[0, "reasons"].startswith("plate P02: Z′ 0.")
    assert fits.to_frame()["quality"].tolist() == ["pass", "caution", "pass", "pass", "pass", "pass"]
    ratios = dr.compare_lines(fits).frame
    assert (ratios.loc[0, "quality"], ratios.loc[0, "reasons"]) == ("caution", potency.loc[0, "reasons"])


def test_controls_that_overlap_make_a_failure() -> None:
    row = row_of(plated({("x", "a"): THREE}, noisy=["P01"], broken=["P02"]))
    assert row["quality"] == "fail"
    assert [reason.split(":")[0] for reason in row["reasons"].split("; ")] == ["plate P01", "plate P02"]


def test_plates_of_viability_are_not_judged() -> None:
    wells = normalise_plates(plated({("x", "a"): THREE})).query("role == 'sample'").drop(columns="signal")
    row = row_of(wells)
    assert (row["quality"], row["reasons"]) == ("not judged", "no raw signals, so no plate can be judged")


def test_without_plate_quality_nothing_is_vouched_for() -> None:
    potency = dr.combine_experiments(dr.fit_curves(normalise_plates(plated({("x", "a"): THREE}))))
    assert potency.frame.loc[0, ["quality", "reasons"]].tolist() == ["not judged", NOT_GIVEN]


def test_few_experiments_are_a_caution() -> None:
    one, two = row_of(plated({("x", "a"): THREE[:1]})), row_of(plated({("x", "a"): THREE[:2]}))
    assert (one["quality"], one["reasons"]) == ("caution", "one experiment: no interval")
    assert (two["quality"], two["reasons"]) == ("caution", "2 experiments: fewer than 3")


def test_a_limit_stands_and_needs_no_bound() -> None:
    row = row_of(plated({("x", "a"): [np.full(len(DOSES), 1.0)] * 3}))
    assert (row["qualifier"], row["quality"], row["reasons"]) == (">", "pass", "")


def test_no_number_is_not_judged_but_a_failed_plate_fails() -> None:
    rising = full(1.0)[::-1]
    told = row_of(plated({("x", "a"): [rising] * 3}))
    assert (told["quality"], told["reasons"]) == ("not judged", "the response rises with concentration")
    assert row_of(plated({("x", "a"): [rising] * 3}, broken=["P01"]))["quality"] == "fail"


def test_experiments_left_out_are_named() -> None:
    row = row_of(plated({("x", "a"): [*THREE, full(1.0)[:6]]}))
    assert (row["quality"], row["reasons"]) == (
        "caution",
        "1 of 4 left out: not fitted: too few concentrations",
    )


def test_a_curve_that_misses_its_means_is_a_caution() -> None:
    bent = full(1.0) + 0.25 * ((DOSES > 0.02) & (DOSES < 0.2))
    wells = plated({("x", "a"): [full(1.0), full(1.1), bent]})
    reasons = row_of(wells)["reasons"].split("; ")
    assert f"{LACKING} in 1 of 3 experiments" in reasons
    assert fitted(wells).to_frame()["reasons"].tolist()[2] == LACKING


def test_doses_like_logarithms_are_a_caution() -> None:
    wells = plated({("x", "a"): THREE})
    even = wells.assign(concentration_uM=2 + wells["concentration_uM"].rank(method="dense"))
    assert EVEN in fitted(even).to_frame().loc[0, "reasons"]


def test_comparisons_carry_the_quality_of_what_they_compare() -> None:
    potency = dr.combine_experiments(fitted(plated({("x", "a"): THREE}, noisy=["P03"])))
    references = pd.DataFrame(
        {
            "compound": ["P"],
            "cell_line": ["a"],
            "mean_uM": [1.0],
            "sd_uM": [0.1],
            "source": ["s"],
            "status": ["primary"],
        }
    )
    held = agreement.compare_published(potency, references, named={"x": "P"}.get)
    assert held.frame[["quality", "reasons"]].equals(potency.frame[["quality", "reasons"]])
    assert held.pairs.to_numpy().tolist() == [["x", "a"]]


def test_parallelism_growth_and_hormesis_name_their_plates() -> None:
    wells = plated({("x", "a"): THREE, ("x", "b"): THREE}, noisy=["P04"])
    normal = normalise_plates(wells)
    fits = fitted(wells)
    assert set(nested.compare_parallelism(normal, fits)["quality"]) == {"caution"}
    both = compare_hormesis(normal, fits)
    assert both["quality"].tolist() == ["pass"] * 3 + ["caution"] + ["pass"] * 2
    zero = wells[wells["role"] == "vehicle"].assign(role="time_zero", signal=10_000.0)
    grown = normalise_plates(pd.concat([wells, zero], ignore_index=True))
    rates = estimate_growth(grown, fits).frame
    assert rates["quality"].tolist() == ["pass"] * 3 + ["caution"] + ["pass"] * 2


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0], [1, 2, 0]])
def test_the_worst_of_a_group_stands_with_all_reasons(order: list[int]) -> None:
    judged = pd.DataFrame(
        {"line": "a", "quality": ["pass", "fail", "caution"], "reasons": ["", "P2: z", "P3: y; P2: z"]}
    ).iloc[order]
    found = gather(judged, ["line"]).loc["a"]
    assert found["quality"] == "fail"
    assert sorted(found["reasons"].split("; ")) == ["P2: z", "P3: y"]
