"""The sentence by which an IC50 report is remembered, and what would mislead a reader who stops at it."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from lib.dose_response import CurveFits, Potency
from lib.dose_response.answers import ABSOLUTE, KEYS, SCREEN
from lib.records import Claim
from reports.wording import censored, count, interval, interval_name, level_name, listing, number, phrase

UNHELD = "the wells do not hold the plateaus that a relative IC50 needs"
REACHED = "among curves that fall to the level of the absolute IC50"
MOST_NAMED, MOST_GROUPS = 4, 6
Group = tuple[pd.DataFrame, str, str]
"""Rows, and what is said of one or of several."""


def say_answer(potency: Potency, fits: CurveFits, claims: Mapping[int, Claim]) -> str:
    """The answer in one sentence around its lead: values within the range, what lies beyond it, what has no
    answer.

    Parameters
    ----------
    claims : mapping of int to Claim
        The claim of each row of `potency`; of those that the sentence names none may be missing.
    """
    answers = potency.answers()
    lead = potency.lead()
    inside = answers[answers["qualifier"] == "="]
    first = claims[answers.index[0] if lead is None else lead.name]
    said = phrase(first)
    if len(inside):
        said += _of_fit(inside.iloc[0], fits) + (_why_absolute(inside, fits) if len(inside) == 1 else "")
    if len(answers) == 1:
        return _upper(f"{said}.")
    if inside.empty:
        return (
            f"No {_unit(answers)} has an IC50 within the tested range: {_rest(answers)}. First of them:"
            f" {said}."
        )
    if len(answers) > SCREEN:
        said = f"{_count_values(inside, answers)}; the lowest {REACHED}: {said}"
    elif len(inside) > 1:
        last = f"{phrase(claims[inside.index[-1]], names=False)} {_place(inside.iloc[-1], answers)}"
        last += _kind(inside)
        some = "" if len(inside) == len(answers) else " with a value within the tested range"
        lines = f"{len(inside)} {_unit(answers, 2)}{some}"
        said = f"{said}, the lowest of {lines}{_count_absolute(inside)}; the highest is {last}"
    rest = _rest(answers)
    return _upper(f"{said}; {rest}." if rest else f"{said}.")


def say_range(potency: Potency) -> str:
    """What the tables and curves show, for their captions: values in the order of sensitivity, and what has
    none."""
    answers = potency.answers()
    inside = answers[answers["qualifier"] == "="]
    rest = _rest(answers)
    if inside.empty:
        return f"No {_unit(answers)} has an IC50 within the tested range: {rest}."
    if len(answers) > SCREEN:
        said = _count_values(inside, answers)
    elif len(inside) == 1:
        said = f"the {inside['quantity'].iloc[0]} is {_value(inside.iloc[0], answers)}"
    else:
        ends = f"from {_value(inside.iloc[0], answers)} to {_value(inside.iloc[-1], answers)}"
        said = f"the IC50 runs {ends}{_count_absolute(inside)}"
    return _upper(f"{said}; {rest}." if rest else f"{said}.")


def _upper(said: str) -> str:
    return said[:1].upper() + said[1:]


def _value(row: pd.Series, answers: pd.DataFrame) -> str:
    return f"{censored(row['geometric_mean_uM'], row['qualifier'])} µM {_place(row, answers)}"


def _place(row: pd.Series, answers: pd.DataFrame) -> str:
    several = len(set(answers["compound"])) > 1
    return f"{'for' if several else 'in'} {name_line(row, answers)}"


def _kind(inside: pd.DataFrame) -> str:
    """Which IC50 the highest is, where the lowest is another."""
    first, last = inside["quantity"].iloc[0], inside["quantity"].iloc[-1]
    return "" if first == last else f" ({last})"


def _count_absolute(inside: pd.DataFrame) -> str:
    """Of how many the answer is the absolute IC50."""
    n = int((inside["quantity"] == ABSOLUTE).sum())
    return f" (of {n:,} the absolute one: {UNHELD})" if n else ""


def _count_values(inside: pd.DataFrame, answers: pd.DataFrame) -> str:
    middle = number(inside["geometric_mean_uM"].median())
    units = f"{len(inside):,} of {len(answers):,} {_unit(answers, 2)}"
    has = f"{'has' if len(inside) == 1 else 'have'} an IC50 within the tested range{_count_absolute(inside)}"
    return f"{units} {has}, median {middle} µM"


def _of_fit(row: pd.Series, fits: CurveFits) -> str:
    """Of a single experiment the interval of its fit, which says so."""
    mine = _fits_of(row, fits)
    if len(mine) > 1:
        return ""
    name = "absolute_ic50" if row["quantity"] == ABSOLUTE else "ic50"
    low, high = (mine.iloc[0][f"{name}_{end}_uM"] for end in ("low", "high"))
    bounds = interval(low, high, none="", open_low="unbounded", open_high="unbounded").replace("–", " to ")
    return f", {interval_name(fits.confidence)} of the fit {bounds} µM" if bounds else ""


def _fits_of(row: pd.Series, fits: CurveFits) -> pd.DataFrame:
    same = (fits["compound"] == row["compound"]) & (fits["cell_line"] == row["cell_line"])
    return fits.frame[same]


def _why_absolute(inside: pd.DataFrame, fits: CurveFits) -> str:
    """Why the lead is the absolute IC50, where its plateaus are the reason."""
    row = inside.iloc[0]
    unheld = row["quantity"] == ABSOLUTE and (_fits_of(row, fits)["plateaus_held"] != "both").any()
    return f" ({UNHELD})" if unheld else ""


def name_line(row: pd.Series, answers: pd.DataFrame) -> str:
    """The cell line, with its compound where the study holds several."""
    several = len(set(answers["compound"])) > 1
    return f"{row['compound']} in {row['cell_line']}" if several else str(row["cell_line"])


def _rest(answers: pd.DataFrame) -> str:
    """What lies beyond the range, what cannot be told, and what rests on a plate that failed; empty if
    nothing."""
    failed = answers[answers["quality"] == "fail"]
    on_plate: Group = (failed, "rests on a plate that failed", "rest on a plate that failed")
    return _say_groups([*_beyond(answers), *_untold(answers), on_plate], answers)


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
            names = [_short(row, answers) for _, row in rows.head(MOST_NAMED + 1).iterrows()]
            named = f" ({listing(names)})" if len(rows) <= MOST_NAMED else ""
            parts.append(f"{len(rows):,} of {len(answers):,}{units}{named} {one if len(rows) == 1 else many}")
    more = len(parts) - MOST_GROUPS
    said = ", ".join(parts[:MOST_GROUPS])
    return f"{said}; and {count(more, 'further reason')} in the table" if more > 0 else said


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


def say_caution(potency: Potency) -> str:
    """What would mislead a reader who stops at the answer."""
    relative, absolute = potency.relative, potency.absolute
    partial = relative[((absolute["qualifier"] == ">") & (relative["qualifier"] == "=")).to_numpy()]
    told = relative[relative["n_experiments"] > 0]
    parts = []
    if len(partial):
        parts.append(
            f"{_name_partial(partial, relative)}: viability does not fall to {_of_vehicle(potency.level)},"
            " the absolute IC50 is above the tested range; do not rank a partial effect by its relative"
            " IC50."
        )
    if (told["n_experiments"] < 3).any():
        parts.append(
            "Fewer than three experiments: no interval over experiments is given; that of a fit says nothing"
            " of the variation between experiments."
        )
    plain = (
        "A relative IC50 is half-way between the plateaus of its own curve; see the absolute one beside it."
    )
    return " ".join(parts) or plain


def _name_partial(partial: pd.DataFrame, relative: pd.DataFrame) -> str:
    if len(relative) > SCREEN:
        return f"{len(partial):,} of {count(len(relative), 'pair')}"
    return listing([_short(row, relative) for _, row in partial.iterrows()])


def _of_vehicle(level: float) -> str:
    return "half of vehicle" if level == 0.5 else f"{level_name(level)} of vehicle"
