"""Tables that name further files: images, masks, FCS files, compensation matrices."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterable
from pathlib import Path
from typing import Any

FILE_COLUMNS = ("image", "mask", "file", "compensation")
"""Columns of an input table that name further files, relative to the table."""
TABLE_ENDINGS = (".csv", ".tsv", ".csv.gz", ".tsv.gz", ".txt")


def referenced_files(table: Path) -> dict[str, Path]:
    """Files that a manifest names (columns image, mask, file, compensation) and that are there."""
    names = sorted({name for row in read_file_names(table) for name in row.values() if name})
    found = {name: table.parent / name for name in names}
    return {name: path for name, path in found.items() if path.is_file()}


def read_file_names(table: Path) -> Iterable[dict[str, str]]:
    """The columns of a table that name files, row by row; nothing where it has none of them."""
    if table.suffix.lower() in {".xlsx", ".parquet"}:
        return _of_workbook(table)
    if not table.name.lower().endswith(TABLE_ENDINGS):
        return []
    opener: Any = gzip.open if table.suffix == ".gz" else open
    with opener(table, "rt", encoding="utf-8-sig", errors="replace", newline="") as stream:
        head = stream.readline()
        if not any(column in head for column in FILE_COLUMNS):
            return []
        delimiter = max(",;\t", key=head.count)
        columns = [column.strip().strip('"') for column in head.strip().split(delimiter)]
        reader = csv.DictReader(stream, fieldnames=columns, delimiter=delimiter)
        return [{column: row.get(column) or "" for column in FILE_COLUMNS} for row in reader]


def _of_workbook(table: Path) -> Iterable[dict[str, str]]:
    import pandas as pd

    frame = pd.read_excel(table) if table.suffix.lower() == ".xlsx" else pd.read_parquet(table)
    kept = frame[[column for column in FILE_COLUMNS if column in frame]]
    rows = kept.to_dict("records")
    return [{str(name): cell for name, cell in row.items() if isinstance(cell, str)} for row in rows]
