"""A row of shifts as a claim, and the sentence around the first of them."""

from __future__ import annotations

import math

import pandas as pd

from lib.paired import Shifts, lead_row, name_in_sentence
from lib.paired.appearances import APPEARING
from lib.paired.ends import ABSENT_BEFORE
from lib.records import Claim, Estimate, Interval, Quality, Source, Subject
from reports.present.immune_shifts.words import condition
from reports.wording import is_missing, number, phrase

RATIO, CHANGE = "odds ratio", "change"
TABLE = FIGURE = "shifts"


def ratio_claim(found: Shifts, place: int) -> Claim:
    """The odds ratio of a row, which may be a bound."""
    row = found.frame.iloc[place]
    value, sign = float(row["odds_ratio"]), row["odds_ratio_qualifier"]
    estimate = Estimate(
        value,
        "times baseline",
        _interval(found, row, "odds_ratio"),
        "log",
        1.0,
        "not estimable" if math.isnan(value) else sign,
    )
    return _claim(found, place, RATIO, estimate, "odds_ratio")


def change_claim(found: Shifts, place: int) -> Claim:
    """The change in percentage points, which a population that appears or vanishes has besides its bound."""
    row = found.frame.iloc[place]
    estimate = Estimate(
        float(row["shift_points"]), "percentage points", _interval(found, row, "shift_points"), null=0.0
    )
    return _claim(found, place, CHANGE, estimate, "shift_points")


def _claim(found: Shifts, place: int, what: str, estimate: Estimate, column: str) -> Claim:
    row = found.frame.iloc[place]
    subject = Subject(what, population=str(row["population"]), condition=condition(found))
    n = int(row["n_pairs"])
    return Claim(
        id="",
        question="",
        subject=subject,
        estimate=estimate,
        n=n,
        n_of="pair" if n == 1 else "pairs",
        quality=Quality.of_row(row),
        source=Source(TABLE, place, column, f"{column}_low", f"{column}_high", FIGURE),
    )


def _interval(found: Shifts, row: pd.Series, column: str) -> Interval | None:
    low, high = float(row[f"{column}_low"]), float(row[f"{column}_high"])
    if math.isnan(low) and math.isnan(high):
        return None
    how = "normal approximation" if "approximation" in row["test"] else "exact"
    return Interval(low, high, found.confidence, f"{found.settings['method']}, {how}")


def lead_place(found: Shifts) -> int:
    """Of the row that the report leads with."""
    return int(found.frame.index.get_loc(lead_row(found.frame).name))


def appears(row: pd.Series) -> bool:
    """Whether a population is there at one time point only."""
    return row["status"] in APPEARING


def lead_claim(found: Shifts) -> Claim:
    """The first claim: the largest shift, in percentage points where the population appears or vanishes."""
    place = lead_place(found)
    return (change_claim if appears(found.frame.iloc[place]) else ratio_claim)(found, place)


def lead_in_words(found: Shifts) -> str:
    """The first claim as a sentence without its full stop."""
    claim = lead_claim(found)
    row, said = found.frame.iloc[claim.source.row], phrase(claim, digits=2, names=False)
    if not row["n_pairs"]:
        return f"No shift can be estimated, as no population has a pair that holds a change; {phrase(claim)}"
    if appears(row):
        return _appearance(found, row, said)
    odds = f"The odds of {name_in_sentence(row['population'])}, {condition(found)}"
    if claim.estimate.qualifier == "not estimable":
        return f"{odds}, are {said}"
    change = "did not move" if row["shift_logit"] == 0 else "rose" if row["shift_logit"] > 0 else "fell"
    to = " to" if claim.estimate.qualifier == "=" and change != "did not move" else ":"
    return f"{odds}, {change}{to} {said}"


def _appearance(found: Shifts, row: pd.Series, said: str) -> str:
    """What a population rose to or fell from, and the bound of the odds ratio."""
    first, then = found.settings["baseline"], found.settings["followup"]
    before = row["status"] == ABSENT_BEFORE
    absent, there, column = (first, then, "followup") if before else (then, first, "baseline")
    median = number(row[f"{column}_median_percent"], 2)
    side, bound = ("at least", row["odds_ratio_low"]) if before else ("at most", row["odds_ratio_high"])
    told = not is_missing(bound) and bound != 1
    ratio = f"the odds ratio is {side} {number(bound, 2)}" if told else "percentages of 0 give no odds ratio"
    return (
        f"{row['population']} was absent at {absent} and has a median of {median} % at {there}, a change of"
        f" {said}; {ratio}"
    )
