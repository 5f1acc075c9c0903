"""Populations that appear or vanish, and the row that a report leads with."""

from __future__ import annotations

import math

import pandas as pd

from lib.paired.ends import ABSENT, ABSENT_AFTER, ABSENT_BEFORE, BOUNDED, FULL, OK
from reports import wording as present

APPEARING = (ABSENT_BEFORE, ABSENT_AFTER)


def lead_row(table: pd.DataFrame) -> pd.Series:
    """The row that the answer names: the largest shift among those with an interval and a direction, if any.

    A population that appears from nothing, or vanishes, moved further than any other.
    """
    bounded = table["shift_low"].notna() | table["shift_high"].notna()
    size = table["shift_logit"].abs().fillna(0.0)
    size = size.mask(table["status"].isin(APPEARING) & (table["direction"] != 0), math.inf)
    for wanted in (bounded & (table["expected"] != "none"), bounded, table["n_pairs"] > 0):
        if wanted.any():
            return table.loc[size[wanted].idxmax()]
    return table.iloc[0]


def lead_numbers(row: pd.Series) -> dict[str, object]:
    """The lead row's number for the card: the odds ratio or, where it has one bound only, the percentage points."""
    points = row["status"] in APPEARING
    names = [f"shift_points{end}" if points else f"odds_ratio{end}" for end in ("", "_low", "_high")]
    values = dict(zip(("estimate", "low", "high"), (row[name] for name in names), strict=True))
    what = "Change" if points else "Odds ratio"
    unit = "percentage points" if points else "times baseline"
    mark = "" if points or row["odds_ratio_qualifier"] == "=" else row["odds_ratio_qualifier"]
    return {"label": f"{what}, {row['population']}", "unit": unit, "qualifier": mark, **values}


def signs_of(table: pd.DataFrame) -> dict[str, float]:
    """Population → its shift, or where that is a bound the change in percentage points: the sign counts."""
    shift = table["shift_logit"].where(table["status"] == OK, table["shift_points"])
    return dict(zip(table["population"], shift, strict=True))


def appearance_in_words(row: pd.Series, *, confidence: float = 0.95) -> str:
    """A population that is absent at one of the time points: what it rose to or fell from, and the bound held."""
    n = int(row["n_pairs"])
    appears = row["status"] == ABSENT_BEFORE
    there, other = ("followup", "at follow-up") if appears else ("baseline", "at baseline")
    absent = f"was {row['status']} (0 % in {n} of {present.count(n, 'pair')})"
    median = present.number(row[f"{there}_median_percent"], 2)
    nearest = row["shift_points_low"] if appears else -row["shift_points_high"]
    least = (
        "no interval of the change" if present.is_missing(nearest)
        else f"a {'rise' if appears else 'fall'} of at least {present.number(nearest, 2)} percentage points"
    )  # fmt: skip
    side, bound = ("at least", row["odds_ratio_low"]) if appears else ("at most", row["odds_ratio_high"])
    told = not present.is_missing(bound) and bound != 1
    ratio = (
        f"the odds ratio is {side} {present.number(bound, 2)}"
        if told
        else "percentages of 0 give no odds ratio"
    )
    return (
        f"{row['population']} {absent} and has a median of {median} % {other}, {least} "
        f"({present.interval_name(confidence)}); {ratio}"
    )


def zeros_in_words(table: pd.DataFrame) -> list[str]:
    """Populations of which zeros leave a bound, by what they leave."""
    said = {
        ABSENT_BEFORE: "absent at baseline in every pair: the odds ratio has a lower bound only",
        ABSENT_AFTER: "absent at follow-up in every pair: the odds ratio has an upper bound only",
        ABSENT: "absent at both time points: nothing to compare",
        FULL: "100 % at both time points: nothing to compare",
        BOUNDED: "percentages of 0 or 100 have no logit: estimate or interval is a bound",
    }
    named = {status: table.loc[table["status"] == status, "population"] for status in said}
    notes = [
        f"{present.listing(list(names))}: {said[status]}." for status, names in named.items() if len(names)
    ]
    hanging = table[(table["status"] == OK) & table["why"].str.contains("half count", regex=False)]
    return notes + [f"{row['population']}: {row['why'].split(';')[0]}." for _, row in hanging.iterrows()]
