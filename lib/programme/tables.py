"""A table beside ``programme.yaml``, as text, and what is wrong with it."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd


class Wrong(NamedTuple):
    """A broken rule of a table, what was found, in which rows of the file, and what to do."""

    rule: str
    found: str
    rows: Sequence[int] = ()
    remedy: str = ""


def is_beside(name: str) -> bool:
    """Whether a table's name is that of a CSV file directly beside the programme's file: no path, no other
    ending."""
    return name.endswith(".csv") and name != ".csv" and not any(c in name for c in "/\\:\0")


def read_table(path: Path, columns: Sequence[str]) -> tuple[pd.DataFrame, list[Wrong]]:
    """A table as text, indexed by the rows of its file as a spreadsheet counts them, and its faults.

    Empty lines do not count. A row with fewer or more cells than the header is a fault, since what stands
    where cannot be told, and so is a column that stands twice.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = dict(enumerate(csv.reader(file, strict=True), start=1))
    except (OSError, ValueError, csv.Error) as error:
        said = (error.strerror if isinstance(error, OSError) else None) or str(error)
        return _empty(columns), [Wrong(f"{path.name} must be a CSV table in UTF-8", said)]
    rows = {row: [cell.strip() for cell in cells] for row, cells in rows.items()}
    told = {row: cells for row, cells in rows.items() if any(cells)}
    header = told.pop(min(told), []) if told else []
    wrong = _check_header(path.name, header, columns)
    uneven = [row for row, cells in told.items() if len(cells) != len(header)]
    if uneven and not wrong:
        rule = f"every row of {path.name} must have as many cells as its header, {len(header)}"
        wrong.append(Wrong(rule, f"{len(told[uneven[0]])}", uneven, "Quote cells that hold a comma."))
    if wrong:
        return _empty(columns), wrong
    return pd.DataFrame(list(told.values()), index=list(told), columns=header, dtype=object), []


def _empty(columns: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame(columns=list(columns))


def _check_header(name: str, header: Sequence[str], columns: Sequence[str]) -> list[Wrong]:
    missing = [column for column in columns if column not in header]
    twice = list(dict.fromkeys(column for column in header if column and header.count(column) > 1))
    wrong = []
    if missing:
        rule = f"{name} must hold the columns {', '.join(columns)}"
        wrong.append(Wrong(rule, f"no {', '.join(missing)}"))
    if twice:
        wrong.append(Wrong(f"{name} must hold a column once", ", ".join(twice)))
    return wrong


def numbers_of(
    cells: pd.Series, *, words: bool = False, whole: bool = False
) -> tuple[pd.Series, list[Wrong]]:
    """A column as numbers, NaN where there is none, and its faults: infinite ones, and unless `words`
    anything else.

    With `whole` every number must be a whole one.
    """
    found = pd.to_numeric(cells, errors="coerce")
    bad = np.isinf(found) if words else ~np.isfinite(found)
    if whole:
        bad |= found % 1 != 0
    rule = f"{cells.name} must be a {'finite' if words else 'whole' if whole else 'finite'} number"
    wrong = [Wrong(rule, cells[bad].iloc[0], list(cells.index[bad]))] if bad.any() else []
    return found.where(~bad, math.nan), wrong
