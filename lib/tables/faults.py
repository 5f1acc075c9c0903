"""Rows that break a rule, as a fault that names and quotes them."""

from __future__ import annotations

import pandas as pd

from lib.errors import Fault, name_rows
from lib.tables.intake.numbers import as_objects

SHOWN = 3


def name_faults(
    broken: pd.Series, rule: str, *, found: str | pd.Series, source: str, remedy: str = ""
) -> list[Fault]:
    """The fault of the rows that break a rule, as a list; empty where none does.

    Parameters
    ----------
    broken : Series of bool
        Its index holds the rows as the file numbers them; missing is not broken.
    found : str or Series
        What is quoted, or the cells, of which the first three different ones in broken rows are.
    """
    broken = broken.astype("boolean").fillna(False).astype(bool)
    if not broken.any():
        return []
    quoted = found if isinstance(found, str) else _quote(found[broken])
    rows = [int(row) for row in broken.index[broken]]
    return [Fault(rule, value=quoted, where=f"{source} {name_rows(rows)}", remedy=remedy)]


def _quote(cells: pd.Series) -> str:
    values = ["empty" if pd.isna(value) else str(value) for value in as_objects(cells).unique()]
    return ", ".join(values[:SHOWN]) + (", …" if len(values) > SHOWN else "")
