"""What every kind of file becomes before anybody interprets it: sheets of cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

FEWEST_COLUMNS = 2
"""A header names at least so many columns, unless no row of the file has more than one cell."""
HEAD_ROWS = 60
"""Rows among which a header is looked for."""
SHARE_OF_WIDTH = 0.6
"""Of the cells that a usual row fills, a header fills at least this share."""


@dataclass(frozen=True)
class Sheet:
    """The cells of one sheet, or of a text file, as they stand.

    Attributes
    ----------
    name : str
        The sheet's name; empty for a text file.
    cells : DataFrame, (n_rows, n_columns)
        Texts stripped, numbers and dates of a workbook as they are, empty cells missing. The index holds the
        row as a spreadsheet numbers it, columns are 0, 1, 2, ...
    encoding, delimiter : str
        Of a text file.
    percent : frozenset of int
        Columns that the workbook shows as percentages: 0.5 stands there as 50 %.
    remarks : mapping of int to str
        What was done to a column when it was read, such as merged cells filled down.
    faults : tuple of (str, str, int or None)
        Rule, value and row of what cannot be read whatever the table is: a formula without its value, an
        error.
    """

    name: str
    cells: pd.DataFrame
    encoding: str = ""
    delimiter: str = ""
    percent: frozenset[int] = frozenset()
    remarks: Mapping[int, str] = field(default_factory=dict)
    hidden_rows: tuple[int, ...] = ()
    unvalued: tuple[int, ...] = ()

    @property
    def is_empty(self) -> bool:
        """No cell is filled."""
        return self.cells.empty or not bool(self.cells.notna().to_numpy().any())


def find_header(cells: pd.DataFrame) -> int:
    """The row that names the columns, as a spreadsheet counts.

    The first row that fills most of the width of the rows below it with words that all differ; titles above a
    table fill a cell or two. Where no row does, the first that is filled.
    """
    counts = count_filled(cells)
    used = counts[counts > 0]
    if not len(used):
        return int(cells.index[0]) if len(cells) else 1
    usual = float(np.median(used))
    for row, count in zip(cells.index[:HEAD_ROWS], counts, strict=False):
        words = [cell for cell in cells.loc[row] if not _is_empty(cell)]
        named = [word for word in words if isinstance(word, str) and not _reads_as_number(word)]
        if count >= max(min(FEWEST_COLUMNS, used.max()), SHARE_OF_WIDTH * usual) and len(named) == len(words):
            return int(str(row))
    return int(str(cells.index[counts.argmax()]))


def count_filled(cells: pd.DataFrame) -> NDArray[np.int64]:
    """Filled cells of each row."""
    counts = np.zeros(len(cells), dtype=np.int64)
    for _, column in cells.items():
        counts += column.notna().to_numpy(bool)
    return counts


def _is_empty(cell: object) -> bool:
    return cell is None or cell is pd.NA or (isinstance(cell, float) and cell != cell)


def _reads_as_number(word: str) -> bool:
    try:
        float(word.replace(",", "."))
    except ValueError:
        return False
    return True
