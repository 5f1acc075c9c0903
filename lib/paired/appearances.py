"""Populations that appear or vanish, and the row that a report leads with."""

from __future__ import annotations

import math

import pandas as pd

from lib.paired.ends import ABSENT_AFTER, ABSENT_BEFORE, OK

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


def signs_of(table: pd.DataFrame) -> dict[str, float]:
    """Population → its shift, or where that is a bound the change in percentage points: the sign counts."""
    shift = table["shift_logit"].where(table["status"] == OK, table["shift_points"])
    return dict(zip(table["population"], shift, strict=True))
