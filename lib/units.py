"""Conversions between units; each quantity has one canonical unit in the suite."""

from __future__ import annotations

DAYS_PER_MONTH = 30.4375
"""Days in a month as clinical reports count them: 365.25 / 12."""

MICROMOLAR_PER = {"M": 1e6, "mM": 1e3, "uM": 1.0, "nM": 1e-3, "pM": 1e-6}
"""Micromolar in one of each unit that a concentration column may end in."""


def micromolar_per(unit: str) -> float:
    """Factor from `unit` to µM.

    Raises
    ------
    KeyError
        For a unit that no concentration column may end in.
    """
    return MICROMOLAR_PER[unit]


def months_from_days(days: float) -> float:
    """Months in a number of days, at 30.4375 days a month."""
    return days / DAYS_PER_MONTH


def days_from_months(months: float) -> float:
    """Days in a number of months, at 30.4375 days a month."""
    return months * DAYS_PER_MONTH
