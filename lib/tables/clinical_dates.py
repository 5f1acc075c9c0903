"""Dates of clinical standards to study days."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd

SAS_EPOCH = pd.Timestamp("1960-01-01")


def dates_of(cells: pd.Series) -> tuple[pd.Series, int]:
    """Dates of ISO 8601 texts, date objects or SAS day numbers; a partial date becomes its first day.

    Returns
    -------
    dates : Series of datetime64
        NaT where empty or unreadable.
    n_partial : int
        How many lacked the day or the month.
    """
    texts = cells.map(_iso, na_action="ignore").astype("string")
    partial = texts.str.fullmatch(r"\d{4}(-\d{2})?").fillna(False)
    filled = texts.mask(texts.str.len() == 4, texts + "-01-01").mask(texts.str.len() == 7, texts + "-01")
    return pd.to_datetime(filled.str.slice(0, 10), errors="coerce", format="%Y-%m-%d"), int(partial.sum())


def _iso(cell: object) -> str:
    if isinstance(cell, (datetime.date, datetime.datetime, pd.Timestamp)):
        return cell.isoformat()[:10]
    if isinstance(cell, (int, float, np.integer, np.floating)):
        found: str = (SAS_EPOCH + pd.Timedelta(days=float(cell))).isoformat()[:10]
        return found
    return str(cell)


def days_since(dates: pd.Series, reference: pd.Series) -> pd.Series:
    """Study day: the reference date is day 1, the day before it day 0 (so that durations subtract)."""
    return (dates - reference).dt.days.astype(float) + 1.0
