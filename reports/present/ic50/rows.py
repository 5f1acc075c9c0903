"""What the tables of the report on IC50s have in common: how many rows a page holds, and the quality of
each."""

from __future__ import annotations

import pandas as pd

from lib.records import Quality
from reports.fields import Column
from reports.wording import mark

ROWS_SHOWN = 2000
"""Rows of a screen that the report's page can search; the file holds all."""
LONG = 12
"""Rows above which a table of detail starts folded."""


def _name(quality: str, reasons: str) -> str:
    """Verdict and reasons of a row: ``"caution: plate P1: Z′ 0.42 below 0.5"``."""
    return mark(Quality.of_row({"quality": quality, "reasons": reasons})).strip(" []") or "pass"


def name_qualities(frame: pd.DataFrame) -> tuple[list[Column], str]:
    """The quality of rows as a column to show, or once in a sentence where all are alike."""
    rows = list(zip(frame["quality"], frame["reasons"], strict=True))
    words = {row: _name(*row) for row in dict.fromkeys(rows)}
    if len(words) <= 1:
        return [], "".join(f"Quality of each row: {said}." for said in words.values())
    return [Column("quality", cells=[words[row] for row in rows])], ""


def join_notes(*notes: str) -> str:
    """Sentences under a table, those that there are."""
    return " ".join(note for note in notes if note)


def count_rows(n: int) -> str:
    """Where a page does not hold all rows, how many it does."""
    return f"The page holds the first {ROWS_SHOWN:,} rows, the file all." if n > ROWS_SHOWN else ""
