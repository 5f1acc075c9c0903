"""The sentence by which a report is remembered: which IC50 it names, what it counts, what it does not say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lib import dose_response as dr
from lib.dose_response.answers import (
    answer_fits,
    choose_answers,
    find_lead,
    name_key,
    rank_lines,
    say_answer,
    say_caution,
)
from lib.dose_response.curves import CurveFits
from reports.figures.dose_response import plot_curve, plot_ranked
from reports.present.ic50 import show_fits, show_summary

DOSES = np.repeat(np.geomspace(0.01, 30, 8), 3)


def study(curves: dict[tuple[str, str], list[np.ndarray]], doses: np.ndarray = DOSES) -> CurveFits:
    """Fits of experiments by compound and line; an array shorter than the doses has the first of them."""
    rng, parts = np.random.default_rng(3), []
    for (compound, line), experiments in curves.items():
        for k, y in enumerate(experiments):
            parts.append(pd.DataFrame({
                "compound": compound, "cell_line": line, "experiment": str(k), "concentration_uM": doses[: len(y)],
                "viability": y + 0.02 * rng.normal(size=len(y))}))  # fmt: skip
    return dr.fit_curves(pd.concat(parts, ignore_index=True))


def full(ic50: float, bottom: float = 0.1, hill: float = 1.2) -> np.ndarray:
    return bottom + (1 - bottom) / (1 + (DOSES / ic50) ** hill)


def flat(level: float) -> np.ndarray:
    return np.full(len(DOSES), level)


CUT = np.where(DOSES >= 30, 0.1, np.where(DOSES >= 9, 0.93, 1.0))
"""Falls between the two highest doses: no lower plateau."""


def answer(fits: CurveFits) -> tuple[str, pd.DataFrame, pd.DataFrame]:
    summary, absolute = (dr.combine_experiments(fits, quantity=q) for q in ("ic50", "absolute_ic50"))
    return say_answer(summary, fits, absolute), summary, absolute


def test_fits_that_failed_are_counted_and_listed() -> None:
    few = [full(1.0)[:n] for n in (3, 6, 9)]
    fits = study({("one", "A549"): [few[0]], ("two", "A549"): [few[1]], ("three", "A549"): [few[2]],
                  ("four", "A549"): [full(1.0)]})  # fmt: skip
    said, summary, _ = answer(fits)
    assert said.startswith("The IC50 of four in A549 is ")
    assert "interval of the fit" in said
    assert said.endswith(
        "3 of 4 compounds (one, two and three) could not be fitted (too few concentrations)."
    )
    listed = summary.set_index("compound")
    assert listed["n_experiments"].to_dict() == {"one": 0, "two": 0, "three": 0, "four": 1}
    assert listed.loc["two", ["status", "why"]].tolist() == ["failed", "not fitted: too few concentrations"]
    assert show_fits(fits)["IC50\nµM"].tolist()[:3] == ["not fitted"] * 3


def test_no_value_within_the_range_names_the_sides() -> None:
    three = {"dead": flat(0.03), "inert": flat(1.0), "half": flat(0.5)}
    fits = study({(name, "A549"): [y] * 3 for name, y in three.items()})
    said, summary, absolute = answer(fits)
    assert said == (
        "No compound has an IC50 within the tested range: 1 of 3 compounds (dead) lies below the lowest "
        "concentration, 1 of 3 (inert) shows no effect, 1 of 3 (half) cannot be told (flat at a level that tells no side)."
    )
    lead = find_lead(summary, absolute)
    assert lead is not None
    assert (lead["compound"], lead["qualifier"], lead["geometric_mean_uM"]) == (
        "dead",
        "<",
        pytest.approx(0.01),
    )
    shown = show_summary(summary, absolute).set_index("Compound")["IC50, geometric mean\nµM"]
    assert shown.to_dict() == {"dead": "< 0.01", "inert": "> 30", "half": "cannot be told"}


def test_a_response_that_rises_gets_no_headline() -> None:
    fits = study({("x", "A549"): [full(1.0)[::-1]] * 2})
    said, summary, absolute = answer(fits)
    assert said == "No IC50 of x in A549 can be told: the response rises with concentration."
    assert find_lead(summary, absolute) is None
    assert show_fits(fits)["IC50\nµM"].tolist() == ["rises", "rises"]


def test_without_a_plateau_the_absolute_ic50_is_the_answer() -> None:
    said, summary, absolute = answer(study({("x", "A549"): [CUT]}))
    assert said.startswith("The absolute IC50 of x in A549 is 1") or said.startswith(
        "The absolute IC50 of x in A549 is 2"
    )
    assert "interval of the fit" in said
    assert "do not hold the plateaus" in said
    assert ">" not in said
    lead = find_lead(summary, absolute)
    assert lead is not None
    assert name_key(lead, summary) == "Absolute IC50, A549"
    assert 10 < lead["geometric_mean_uM"] < 30


def test_over_experiments_the_plateaus_of_two_make_a_relative_answer() -> None:
    held, unheld = full(2.0), CUT
    for experiments, quantity in (([held, held, held], "IC50"), ([held, held, unheld], "IC50"),
                                  ([held, unheld, unheld], "absolute IC50")):  # fmt: skip
        _, summary, absolute = answer(study({("x", "A549"): experiments}))
        assert choose_answers(summary, absolute)["quantity"].tolist() == [quantity]


def test_a_second_step_below_half_is_not_the_answer() -> None:
    y = 0.45 / (1 + (DOSES / 3) ** 1.5)
    said, summary, absolute = answer(study({("x", "A549"): [y]}))
    assert said.startswith("The absolute IC50 of x in A549 is < 0.01 µM")
    assert choose_answers(summary, absolute, level=0.9)["quantity"].tolist() == ["IC50"]


def test_a_screen_counts_values_limits_and_the_untold() -> None:
    rng = np.random.default_rng(8)
    lines: dict[tuple[str, str], list[np.ndarray]] = {
        ("x", f"l{k:02d}"): [full(10 ** rng.uniform(-1, 0.5))] for k in range(60)
    }
    lines |= {("x", f"c{k}"): [CUT] for k in range(4)} | {("x", f"n{k}"): [flat(1.0)] for k in range(3)}
    lines |= {("x", "r"): [full(1.0)[::-1]]}
    fits = study(lines)
    said, summary, absolute = answer(fits)
    # an inert line may show a fall by chance, hence the numbers from the table
    inside = choose_answers(summary, absolute)["qualifier"].eq("=").sum()
    assert said.startswith(
        f"{inside} of 68 lines have an IC50 within the tested range (of 4 the absolute one: the wells"
    )
    assert "1 of 68 (r) cannot be told (the response rises with concentration)" in said
    ranked = rank_lines(summary, absolute)
    assert ranked["cell_line"].iloc[-1] == "r"
    drawn = answer_fits(fits)
    assert (drawn["ic50_qualifier"] == "").sum() == 1
    assert plot_ranked(drawn).axes[0].get_xlabel() == "curves, most sensitive first; 1 cannot be told"


def test_the_panel_says_which_ic50_it_marks() -> None:
    fits = study({("x", "a"): [CUT], ("x", "b"): [flat(0.5)]})
    _, summary, absolute = answer(fits)
    rng = np.random.default_rng(3)
    wells = pd.concat([pd.DataFrame({"compound": "x", "cell_line": n, "experiment": "1", "concentration_uM": DOSES,
                                     "viability": y + 0.02 * rng.normal(size=24)}) for n, y in (("a", CUT), ("b", flat(0.5)))])  # fmt: skip
    answers = choose_answers(summary, absolute)
    labels = [plot_curve(curve, row).axes[0].texts[0].get_text()
              for curve, (_, row) in zip(dr.draw_curves(wells, answers), answers.iterrows(), strict=True)]  # fmt: skip
    assert labels[0].startswith("absolute IC50 ")
    assert labels[1] == "IC50 cannot be told"


def test_experiments_that_inform_nothing_are_counted_beside_those_that_do() -> None:
    fits = study({("x", "a"): [full(1.0), full(1.2), full(1.0)[:6]]})
    said, summary, _ = answer(fits)
    assert said.endswith(" µM, 2 of 3 experiments.")
    assert (
        summary.loc[0, "why"]
        == "2 experiments: fewer than 3; 1 of 3 left out: not fitted: too few concentrations"
    )


def test_caution_counts_told_lines_only() -> None:
    fits = study({("one", "a"): [full(1.0)[:6]], ("two", "a"): [full(1.0)] * 3})
    _, summary, absolute = answer(fits)
    assert "Fewer than three experiments" not in say_caution(summary, absolute)
