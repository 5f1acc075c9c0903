"""The answer for each compound and line: its relative IC50 where that is told, else its absolute one; and
their order."""

from __future__ import annotations

import pandas as pd

from lib.dose_response.curves import CurveFits

KEYS = ["compound", "cell_line"]
RELATIVE, ABSOLUTE = "IC50", "absolute IC50"
SCREEN = 60
"""Above this many curves or lines a study is a screen."""


def choose_answers(
    summary: pd.DataFrame, absolute: pd.DataFrame | None = None, *, level: float = 0.5
) -> pd.DataFrame:
    """Rows of `summary`, those of `absolute` in their place where they say more; ``quantity`` says which.

    The relative IC50 needs plateaus that the wells hold: with fewer than two experiments that bound it (one
    of one), or none with a value, the absolute IC50 is the answer if it has a value. So it is where curves
    start below the level already, at half of vehicle or lower: then the relative IC50 is that of a second
    step. Both frames are from `combine_experiments`.
    """
    answers = summary.assign(quantity=RELATIVE)
    if absolute is None or summary.empty:
        return answers
    other = absolute.set_index(KEYS).reindex(pd.MultiIndex.from_frame(summary[KEYS])).reset_index()
    other.index = summary.index
    value, side = summary["qualifier"] == "=", summary["qualifier"].isin(["<", ">"])
    held = value & (summary["n_bounded"] >= summary["n_fitted"].clip(upper=2))
    second_step = value & (other["qualifier"] == "<") & (level <= 0.5)
    better = ((other["qualifier"] == "=") & ~held) | second_step
    better |= ~(value | side) & other["qualifier"].isin(["<", ">"])
    columns = [c for c in other.columns if c not in KEYS]
    answers.loc[better, columns] = other.loc[better, columns]
    answers.loc[better, "quantity"] = ABSOLUTE
    return answers.astype({name: int for name in columns if name.startswith("n_")})


def answer_fits(fits: CurveFits) -> pd.DataFrame:
    """The frame of fits, with the absolute IC50 in the place of a relative one that cannot be told."""
    frame = fits.frame.copy()
    other = (frame["ic50_qualifier"] == "") & (frame["absolute_ic50_qualifier"] != "")
    for part in ("uM", "low_uM", "high_uM", "qualifier"):
        frame[f"ic50_{part}"] = frame[f"ic50_{part}"].where(~other, frame[f"absolute_ic50_{part}"])
    return frame


def rank_lines(
    summary: pd.DataFrame, absolute: pd.DataFrame | None = None, *, level: float = 0.5
) -> pd.DataFrame:
    """Lines by their answer, most sensitive first; those beyond the range after them, those that cannot be
    told last.

    In a screen, given the absolute IC50s in the same order, partial effects come after those that fall to the
    level: a step of a few percent can have the lowest relative IC50 of all.
    """
    answers = choose_answers(summary, absolute, level=level)
    group = answers["qualifier"].map({"<": 0, "=": 0, ">": 2, "": 3})
    if absolute is not None and len(summary) > SCREEN:
        partial = (absolute["qualifier"] == ">").to_numpy()
        group = group.mask(partial & (group == 0).to_numpy(), 1)
    order = answers.assign(group=group).sort_values(["group", "geometric_mean_uM"], kind="stable").index
    return summary.loc[order]


def find_lead(summary: pd.DataFrame, absolute: pd.DataFrame, *, level: float = 0.5) -> pd.Series | None:
    """The line by which the report is remembered: the most sensitive with a value, else the first with a
    limit."""
    ranked = rank_lines(choose_answers(summary, absolute, level=level), absolute, level=level)
    inside, told = ranked[ranked["qualifier"] == "="], ranked[ranked["qualifier"] != ""]
    if told.empty:
        return None
    return (inside if len(inside) else told).iloc[0]
