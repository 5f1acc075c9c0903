"""What the tables of the report on IC50s have in common: how many rows a page holds, and the quality of each."""

from __future__ import annotations

import pandas as pd

from lib.records import Quality
from reports.wording import mark

ROWS_SHOWN = 2000
"""Rows of a screen that the report's page can search; the file holds all."""
LONG = 12
"""Rows above which a table of detail starts folded."""


def name_quality(row: pd.Series) -> str:
    """Verdict and reasons of a row: ``"caution: plate P1: Z′ 0.42 below 0.5"``."""
    return mark(Quality.of_row(row)).strip(" []") or "pass"


def with_quality(shown: pd.DataFrame, frame: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """A displayed table with the quality of its rows in a column, or once in a sentence where all are alike.

    Parameters
    ----------
    shown, frame : DataFrame
        As displayed, and the rows that it shows, in the same order.
    """
    said = [name_quality(row) for _, row in frame.iterrows()]
    if len(set(said)) <= 1:
        return shown, f"Quality of each row: {said[0]}." if said else ""
    return shown.assign(Quality=said), ""


def join_notes(*notes: str) -> str:
    """Sentences under a table, those that there are."""
    return " ".join(note for note in notes if note)


def count_rows(n: int) -> str:
    """Where a page does not hold all rows, how many it does."""
    return f"The page holds the first {ROWS_SHOWN:,} rows, the file all." if n > ROWS_SHOWN else ""
