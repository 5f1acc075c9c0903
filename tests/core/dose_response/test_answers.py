"""Which IC50 is the answer for a compound and line, and in what order lines stand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lib import dose_response as dr
from lib.dose_response.answers import answer_fits, choose_answers, find_lead, rank_lines
from lib.dose_response.curves import CurveFits

DOSES = np.repeat(np.geomspace(0.01, 30, 8), 3)


def study(curves: dict[tuple[str, str], list[np.ndarray]], doses: np.ndarray = DOSES) -> CurveFits:
    """Fits of experiments by compound and line; an array shorter than the doses has the first of them."""
    rng, parts = np.random.default_rng(3), []
    for (compound, line), experiments in curves.items():
        for k, y in enumerate(experiments):
            parts.append(
                pd.DataFrame(
                    {
                        "compound": compound,
                        "cell_line": line,
                        "experiment": str(k),
                        "concentration_uM": doses[: len(y)],
                        "viability": y + 0.02 * rng.normal(size=len(y)),
                    }
                )
            )
    return dr.fit_curves(pd.concat(parts, ignore_index=True))


def full(ic50: float, bottom: float = 0.1, hill: float = 1.2) -> np.ndarray:
    return bottom + (1 - bottom) / (1 + (DOSES / ic50) ** hill)


def flat(level: float) -> np.ndarray:
    return np.full(len(DOSES), level)


CUT = np.where(DOSES >= 30, 0.1, np.where(DOSES >= 9, 0.93, 1.0))
"""Falls between the two highest doses: no lower plateau."""


def a_screen() -> CurveFits:
    """60 lines with a curve, 4 without a lower plateau, 3 without effect, one that rises."""
    rng = np.random.default_rng(8)
    lines: dict[tuple[str, str], list[np.ndarray]] = {
        ("x", f"l{k:02d}"): [full(10 ** rng.uniform(-1, 0.5))] for k in range(60)
    }
    lines |= {("x", f"c{k}"): [CUT] for k in range(4)} | {("x", f"n{k}"): [flat(1.0)] for k in range(3)}
    return study(lines | {("x", "r"): [full(1.0)[::-1]]})


def means(fits: CurveFits) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Over experiments: of the IC50, and of the absolute IC50."""
    summary, absolute = (dr.average_experiments(fits, quantity=q) for q in ("ic50", "absolute_ic50"))
    return summary, absolute


def test_fits_that_failed_stay_in_the_summary() -> None:
    few = [full(1.0)[:n] for n in (3, 6, 9)]
    fits = study(
        {
            ("one", "A549"): [few[0]],
            ("two", "A549"): [few[1]],
            ("three", "A549"): [few[2]],
            ("four", "A549"): [full(1.0)],
        }
    )
    listed = means(fits)[0].set_index("compound")
    assert listed["n_experiments"].to_dict() == {"one": 0, "two": 0, "three": 0, "four": 1}
    assert listed.loc["two", ["status", "why"]].tolist() == ["failed", "not fitted: too few concentrations"]


def test_without_a_value_the_first_limit_leads() -> None:
    three = {"dead": flat(0.03), "inert": flat(1.0), "half": flat(0.5)}
    lead = find_lead(*means(study({(name, "A549"): [y] * 3 for name, y in three.items()})))
    assert lead is not None
    assert (lead["compound"], lead["qualifier"], lead["geometric_mean_uM"]) == (
        "dead",
        "<",
        pytest.approx(0.01),
    )


def test_a_response_that_rises_leads_nothing() -> None:
    assert find_lead(*means(study({("x", "A549"): [full(1.0)[::-1]] * 2}))) is None


def test_without_a_plateau_the_absolute_ic50_leads() -> None:
    lead = find_lead(*means(study({("x", "A549"): [CUT]})))
    assert lead is not None
    assert lead["quantity"] == "absolute IC50"
    assert 10 < lead["geometric_mean_uM"] < 30


def test_over_experiments_the_plateaus_of_two_make_a_relative_answer() -> None:
    held, unheld = full(2.0), CUT
    for experiments, quantity in (
        ([held, held, held], "IC50"),
        ([held, held, unheld], "IC50"),
        ([held, unheld, unheld], "absolute IC50"),
    ):
        summary, absolute = means(study({("x", "A549"): experiments}))
        assert choose_answers(summary, absolute)["quantity"].tolist() == [quantity]


def test_a_second_step_below_half_is_not_the_answer() -> None:
    summary, absolute = means(study({("x", "A549"): [0.45 / (1 + (DOSES / 3) ** 1.5)]}))
    assert choose_answers(summary, absolute)["quantity"].tolist() == ["absolute IC50"]
    assert choose_answers(summary, absolute, level=0.9)["quantity"].tolist() == ["IC50"]


def test_in_a_screen_what_cannot_be_told_is_last_and_the_absolute_stands_in() -> None:
    fits = a_screen()
    assert rank_lines(*means(fits))["cell_line"].iloc[-1] == "r"
    drawn = answer_fits(fits)
    assert (drawn["ic50_qualifier"] == "").sum() == 1
    replaced = (fits.frame["ic50_qualifier"] == "") & (drawn["ic50_qualifier"] != "")
    assert replaced.any()
    assert set(drawn.loc[replaced, "cell_line"]) <= {"c0", "c1", "c2", "c3"}
    pd.testing.assert_series_equal(
        drawn.loc[replaced, "ic50_uM"], fits.frame.loc[replaced, "absolute_ic50_uM"], check_names=False
    )


def test_experiments_that_inform_nothing_are_counted_beside_those_that_do() -> None:
    summary, _ = means(study({("x", "a"): [full(1.0), full(1.2), full(1.0)[:6]]}))
    assert (
        summary.loc[0, "why"]
        == "2 experiments: fewer than 3; 1 of 3 left out: not fitted: too few concentrations"
    )


def test_partial_effects_do_not_lead_a_screen() -> None:
    steps = {("x", f"p{k}"): [full(0.05 * (k + 1), bottom=0.8, hill=2)] for k in range(5)}
    lines = {("x", f"l{k:02d}"): [full(1 + k / 10)] for k in range(57)}
    summary, absolute = means(study(steps | lines))
    ranked = rank_lines(summary, absolute)
    partial = absolute.set_index("cell_line")["qualifier"].reindex(ranked["cell_line"]).eq(">").to_numpy()
    inside = (ranked["qualifier"] == "=").to_numpy()
    assert partial[inside].sum() == 5
    assert partial[inside].tolist() == sorted(partial[inside].tolist())
    lead = find_lead(summary, absolute)
    assert lead is not None
    assert (lead["cell_line"], lead["qualifier"]) == ("l00", "=")
