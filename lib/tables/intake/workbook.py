"""Excel workbooks: values with what their format says, merged ranges filled, nothing hidden used unseen."""

from __future__ import annotations

import zipfile
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from lib.tables.intake.sheet import Sheet

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

PERCENT_SHARE = 0.5
"""A column is one of percentages where more than this share of its numbers is shown so."""


def read_workbook(path: Path) -> list[Sheet]:
    """Every sheet of a workbook in its order, empty ones too.

    Numbers and dates are what Excel holds, whatever their format shows; a column formatted as percent is
    remembered as one. Merged ranges are filled with their value. Rows that are hidden, and cells whose
    formula has no stored value, are named by the sheet for whoever uses it to refuse.
    """
    import openpyxl  # slow to import, and only workbooks need it

    book = openpyxl.load_workbook(path, data_only=True)
    formulas = openpyxl.load_workbook(path) if _has_formulas(path) else None
    return [_sheet(page, formulas[page.title] if formulas else None) for page in book.worksheets]


def _has_formulas(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        pages = [name for name in archive.namelist() if name.startswith("xl/worksheets/")]
        return any(b"<f" in archive.read(name) for name in pages)


def _sheet(page: Worksheet, formulas: Worksheet | None) -> Sheet:
    rows: list[list[Any]] = []
    percents: dict[int, int] = defaultdict(int)
    numbers: dict[int, int] = defaultdict(int)
    for cells in page.iter_rows():
        row = []
        for k, cell in enumerate(cells):
            value = cell.value
            if isinstance(value, str):
                value = value.strip() or None
            elif isinstance(value, int | float) and not isinstance(value, bool):
                numbers[k] += 1
                percents[k] += "%" in (cell.number_format or "")
            row.append(value)
        rows.append(row)
    remarks = _fill_merged(page, rows)
    cells_ = pd.DataFrame(rows, dtype=object)
    cells_ = cells_.where(cells_.notna(), None)
    cells_.index = pd.RangeIndex(1, len(cells_) + 1)
    percent = frozenset(k for k, n in percents.items() if n > PERCENT_SHARE * numbers[k])
    hidden = tuple(sorted(r for r, d in page.row_dimensions.items() if d.hidden and _is_filled(rows, r)))
    return Sheet(
        page.title,
        cells_,
        percent=percent,
        remarks=remarks,
        hidden_rows=hidden,
        unvalued=_unvalued(rows, formulas),
    )


def _is_filled(rows: list[list[Any]], row: int) -> bool:
    return row <= len(rows) and any(cell is not None for cell in rows[row - 1])


def _fill_merged(page: Worksheet, rows: list[list[Any]]) -> dict[int, str]:
    """Every cell of a merged range gets the value of its first; says so by column."""
    remarks: dict[int, str] = {}
    for area in page.merged_cells.ranges:
        first = rows[area.min_row - 1][area.min_col - 1]
        if first is None or area.min_row == area.max_row:
            continue  # merged along a row: a title, or one value with nothing below it
        for row in range(area.min_row - 1, area.max_row):
            for column in range(area.min_col - 1, area.max_col):
                rows[row][column] = first
        remarks |= dict.fromkeys(range(area.min_col - 1, area.max_col), "filled down")
    return remarks


def _unvalued(rows: list[list[Any]], formulas: Worksheet | None) -> tuple[int, ...]:
    """Rows in which a formula has no stored value."""
    if formulas is None:
        return ()
    return tuple(
        cells[0].row
        for cells, row in zip(formulas.iter_rows(), rows, strict=False)
        if any(cell.data_type == "f" and value is None for cell, value in zip(cells, row, strict=False))
    )
