"""A table beside ``programme.yaml``, as text, and what is wrong with it."""

from __future__ import annotations

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
    """Whether a table's name is that of a CSV file directly beside the programme's file: no path, no other ending."""
    return name.endswith(".csv") and name != ".csv" and not any(c in name for c in "/\\:\0")


def read_table(path: Path, columns: Sequence[str]) -> tuple[pd.DataFrame, list[Wrong]]:
    """A table as text, indexed by the rows of its file as a spreadsheet counts them, and its faults.

    Empty lines do not count. A row with fewer or more cells than the header is a fault, since what stands where
    cannot be told, and so is a column that stands twice.
    """
    try:
        cells = pd.read_csv(
            path, header=None, dtype=str, keep_default_na=False, encoding="utf-8-sig", skip_blank_lines=False
        )
    except (OSError, ValueError) as error:
        said = (error.strerror if isinstance(error, OSError) else None) or str(error).strip()
        return _empty(columns), [Wrong(f"{path.name} must be a CSV table in UTF-8", said)]
    cells.index += 1
    cells = cells[~(cells.isna() | (cells == "")).all(axis=1)]
    if cells.empty:
        return _empty(columns), [Wrong(f"{path.name} must hold the columns {', '.join(columns)}", "nothing")]
    header, found = cells.iloc[0].fillna("").str.strip(), cells.iloc[1:]
    wrong = _check_header(path.name, list(header), columns)
    short = found.index[found.isna().any(axis=1)]
    if len(short):
        rule = f"every row of {path.name} must have as many cells as its header"
        wrong.append(Wrong(rule, "fewer", list(short), "Quote cells that hold a comma."))
    return (_empty(columns) if wrong else found.set_axis(header, axis=1)), wrong


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
    """A column as numbers, NaN where there is none, and its faults: infinite ones, and unless `words` anything else.

    With `whole` every number must be a whole one.
    """
    found = pd.to_numeric(cells, errors="coerce")
    bad = np.isinf(found) if words else ~np.isfinite(found)
    if whole:
        bad |= found % 1 != 0
    rule = f"{cells.name} must be a {'finite' if words else 'whole' if whole else 'finite'} number"
    wrong = [Wrong(rule, cells[bad].iloc[0], list(cells.index[bad]))] if bad.any() else []
    return found.where(~bad, math.nan), wrong
