"""The sentence by which an IC50 report is remembered, and what would mislead a reader who stops at it."""

from __future__ import annotations

import pandas as pd

from lib.dose_response.answers import ABSOLUTE, KEYS, RELATIVE, SCREEN, choose_answers, rank_lines
from lib.dose_response.curves import CurveFits
from reports.wording import censored, count, interval, interval_name, level_name, listing, number

UNHELD = "the wells do not hold the plateaus that a relative IC50 needs"
MOST_NAMED, MOST_GROUPS = 4, 6


def name_line(row: pd.Series, summary: pd.DataFrame) -> str:
    """The cell line, with its compound where the study holds several."""
    several = len(set(summary["compound"])) > 1
    return f"{row['compound']} in {row['cell_line']}" if several else str(row["cell_line"])


def name_key(lead: pd.Series, summary: pd.DataFrame) -> str:
    """What the lead's number is, for a reader who sees only that."""
    quantity = str(lead["quantity"])
    return f"{quantity[0].upper()}{quantity[1:]}, {name_line(lead, summary)}"


def say_answer(summary: pd.DataFrame, fits: CurveFits, absolute: pd.DataFrame | None = None) -> str:
    """The report's answer in one sentence: values within the range, what lies beyond it, and what has no answer."""
    answers = choose_answers(summary, absolute, level=fits.level)
    answers = rank_lines(answers, absolute, level=fits.level)
    if answers.empty:
        return "No curve could be fitted: see the advice beside each."
    if len(answers) == 1:
        return _say_only(answers.iloc[0], fits)
    inside = answers[answers["qualifier"] == "="]
    rest = _say_groups([*_beyond(answers), *_untold(answers)], answers)
    if inside.empty:
        return f"No {_unit(answers)} has an IC50 within the tested range: {rest}."
    if len(answers) > SCREEN:
        said = _say_screen(inside, answers)
    else:
        said = _say_one(inside.iloc[0], fits) if len(inside) == 1 else _say_range(inside, fits, answers)
    return f"{said}; {rest}." if rest else f"{said}."


def _say_only(row: pd.Series, fits: CurveFits) -> str:
    if row["qualifier"]:
        return f"{_say_one(row, fits)}."
    return f"No IC50 of {row['compound']} in {row['cell_line']} can be told: {row['why']}."


def _say_range(inside: pd.DataFrame, fits: CurveFits, answers: pd.DataFrame) -> str:
    first, last = (_say_line(inside.iloc[k], fits, answers) for k in (0, -1))
    n_absolute = int((inside["quantity"] == ABSOLUTE).sum())
    name = ABSOLUTE if n_absolute == len(inside) else RELATIVE
    of_some = f" (of {n_absolute} the absolute one: {UNHELD})"
    why = {0: "", len(inside): f"; {UNHELD}"}.get(n_absolute, of_some)
    return f"The {name} runs from {first} to {last}, {_n(inside)}{why}"


def _say_one(row: pd.Series, fits: CurveFits) -> str:
    mine = _fits_of(row, fits)
    unheld = row["quantity"] == ABSOLUTE and (mine["plateaus_held"] != "both").any()
    why = f"; {UNHELD}" if unheld else ""
    n = "one experiment" if len(mine) == 1 else _count_experiments(int(row["n_experiments"]), len(mine))
    where = f"of {row['compound']} in {row['cell_line']}"
    return f"The {row['quantity']} {where} is {_value(row)} µM{_said_interval(row, fits)}, {n}{why}"


def _count_experiments(told: int, n: int) -> str:
    """How many experiments an answer rests on, and of how many, where some tell none."""
    return count(n, "experiment") if told == n else f"{told} of {count(n, 'experiment')}"


def _fits_of(row: pd.Series, fits: CurveFits) -> pd.DataFrame:
    same = (fits.frame["compound"] == row["compound"]) & (fits.frame["cell_line"] == row["cell_line"])
    return fits.frame[same]


def _value(row: pd.Series) -> str:
    return censored(row["geometric_mean_uM"], row["qualifier"], 2)


def _said_interval(row: pd.Series, fits: CurveFits) -> str:
    """Over experiments; of a single one that of its fit, which says so."""
    mine, name = _fits_of(row, fits), interval_name(fits.confidence)
    if len(mine) == 1:
        fitted = "absolute_ic50" if row["quantity"] == ABSOLUTE else "ic50"
        ends, name = [mine.iloc[0][f"{fitted}_{end}_uM"] for end in ("low", "high")], f"{name} of the fit"
    else:
        ends = [row["geometric_low_uM"], row["geometric_high_uM"]]
    low, high = ends
    bounds = interval(low, high, 2, none="", open_low="unbounded", open_high="unbounded").replace("–", " to ")
    return f" ({name} {bounds})" if bounds and row["qualifier"] == "=" else ""


def _say_line(row: pd.Series, fits: CurveFits, answers: pd.DataFrame) -> str:
    return f"{_value(row)} µM in {name_line(row, answers)}{_said_interval(row, fits)}"


def _say_screen(inside: pd.DataFrame, answers: pd.DataFrame) -> str:
    middle = inside["geometric_mean_uM"].median()
    value, name = number(inside["geometric_mean_uM"].iloc[0], 2), name_line(inside.iloc[0], answers)
    n_absolute = int((inside["quantity"] == ABSOLUTE).sum())
    which = f" (of {n_absolute:,} the absolute one: {UNHELD})" if n_absolute else ""
    return (f"{len(inside):,} of {len(answers):,} {_unit(answers, 2)} have an IC50 within the tested range{which}, "
            f"median {number(middle, 2)} µM; the lowest {_REACHED} is {value} µM, {name}")  # fmt: skip


_REACHED = "among curves that fall to the level of the absolute IC50"
Group = tuple[pd.DataFrame, str, str]
"""Rows, and what is said of one or of several."""


def _beyond(answers: pd.DataFrame) -> list[Group]:
    above, none = answers["qualifier"] == ">", answers["status"] == "no_effect"
    low, high = "below the lowest concentration", "above the highest concentration"
    return [
        (answers[answers["qualifier"] == "<"], f"lies {low}", f"lie {low}"),
        (answers[above & ~none], f"lies {high}", f"lie {high}"),
        (answers[above & none], "shows no effect", "show no effect"),
    ]


def _untold(answers: pd.DataFrame) -> list[Group]:
    left = answers[answers["qualifier"] == ""]
    failed = left["status"] == "failed"
    words = "could not be fitted (too few concentrations)"
    groups: list[Group] = [(left[failed], words, words)]
    for why, rows in left[~failed].groupby("why", sort=False):
        groups.append((rows, f"cannot be told ({why})", f"cannot be told ({why})"))
    return groups


def _say_groups(groups: list[Group], answers: pd.DataFrame) -> str:
    """ "2 of 4 compounds (a and b) lie below the lowest concentration, 1 of 4 (c) shows no effect"."""
    parts: list[str] = []
    for rows, one, many in groups:
        if len(rows):
            units = f" {_unit(answers, 2)}" if not parts else ""
            named = (
                f" ({listing([_short(row, answers) for _, row in rows.iterrows()])})"
                if len(rows) <= MOST_NAMED
                else ""
            )
            parts.append(f"{len(rows):,} of {len(answers):,}{units}{named} {one if len(rows) == 1 else many}")
    more = f"; {len(parts) - MOST_GROUPS} further reasons in the table" if len(parts) > MOST_GROUPS else ""
    return ", ".join(parts[:MOST_GROUPS]) + more


def _short(row: pd.Series, answers: pd.DataFrame) -> str:
    return str(row["compound"]) if len(set(answers["cell_line"])) == 1 else name_line(row, answers)


def _unit(answers: pd.DataFrame, n: int = 1) -> str:
    n_compounds, n_lines = (len(set(answers[key])) for key in KEYS)
    if n_lines == 1 and n_compounds > 1:
        one, many = "compound", "compounds"
    elif n_compounds == 1:
        one, many = "line", "lines"
    else:
        one, many = "pair of compound and line", "pairs of compound and line"
    return one if n == 1 else many


def _n(summary: pd.DataFrame) -> str:
    low, high = int(summary["n_experiments"].min()), int(summary["n_experiments"].max())
    return f"{count(low, 'experiment')} each" if low == high else f"{low} to {high} experiments each"


def say_caution(summary: pd.DataFrame, absolute: pd.DataFrame, *, level: float = 0.5) -> str:
    """What would mislead a reader who stops at the answer; `level` is that of the absolute IC50."""
    partial = absolute[((absolute["qualifier"] == ">") & (summary["qualifier"] == "=")).to_numpy()]
    parts = []
    if len(partial):
        many = len(summary) > SCREEN
        names = f"{len(partial):,} of {count(len(summary), 'pair')}" if many else listing([_short(row, summary) for _, row in partial.iterrows()])  # fmt: skip
        parts.append(f"{names}: viability does not fall to {_of_vehicle(level)}, the absolute IC50 is above the tested range; "
                     "do not rank a partial effect by its relative IC50.")  # fmt: skip
    told = summary[summary["n_experiments"] > 0]
    if (told["n_experiments"] < 3).any():
        parts.append("Fewer than three experiments: no interval over experiments is given; that of a fit says nothing "
                     "of the variation between experiments.")  # fmt: skip
    return (
        " ".join(parts)
        or "A relative IC50 is half-way between the plateaus of its own curve; see the absolute one beside it."
    )


def _of_vehicle(level: float) -> str:
    return "half of vehicle" if level == 0.5 else f"{level_name(level)} of vehicle"
