"""Sentences about clinical results that tables, figures and the answer share."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from lib.clinical import Rates, Times
from reports.fields import Column
from reports.wording import interval, interval_name, is_missing, listing, number, percent

MOST_GROUPS = 12
PATIENTS = Column("n", "Patients")


def say_rate(rates: Rates, endpoint: str = "ORR") -> str:
    """Confirmed response rate of every group, in one clause; empty without any."""
    rows = rates.frame[rates["endpoint"] == endpoint]
    rows = rows[rows.group != "all"] if (rows.group != "all").any() else rows
    name = interval_name(rates.confidence, "CI")
    parts = [
        f"{percent(r.rate)} % in {r.group} ({r.responders}/{r.n}; {name} {_percents(r)} %)"
        for r in rows.itertuples()
    ]
    return f"Confirmed response {listing(parts, MOST_GROUPS)}" if parts else ""


def _percents(row: pd.Series) -> str:
    return interval(100 * row.rate_low, 100 * row.rate_high, decimals=0)


def say_median(times: Times, endpoint: str) -> str:
    """Median of every group, with its interval and the number at risk there, in one clause."""
    name, parts = interval_name(times.confidence, "CI"), []
    for r in times.frame[times["endpoint"] == endpoint].itertuples():
        value = "not reached" if is_missing(r.median) else f"{number(r.median, 2)} months"
        bound = bounds(r.median_low, r.median_high, 2)
        parts.append(f"{value} in {r.group} ({name} {bound}; n = {r.n}, {r.median_at_risk} at risk there)")
    return f"Median {endpoint} {listing(parts, MOST_GROUPS)}" if parts else ""


def bounds(low: float, high: float, digits: int = 3) -> str:
    """Interval of a time; a bound that does not exist was not reached."""
    return interval(low, high, digits, none="not reached", unit="months")


def named(labels: Sequence[str], values: Sequence[float], otherwise: Sequence[str]) -> str:
    """``"PFS, mutant 0.67 and OS, mutant no events"``, for readers who do not see the picture."""
    pairs = zip(labels, values, otherwise, strict=True)
    return listing([f"{label} {number(value, missing=why)}" for label, value, why in pairs], MOST_GROUPS)
