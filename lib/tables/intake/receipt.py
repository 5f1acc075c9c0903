"""What was read of a file: for its owner to see that every column was understood."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from lib.tables.intake.how import PLAIN, How

COLUMNS = (
    "parameter",
    "file",
    "sha256",
    "sheet",
    "header_row",
    "encoding",
    "delimiter",
    "decimal",
    "dates",
    "column",
    "read_as",
    "unit",
    "factor",
    "n",
    "n_missing",
    "minimum",
    "maximum",
    "note",
)


@dataclass(frozen=True)
class Origin:
    """Where a frame of cells came from, and how it was made of the file.

    Attributes
    ----------
    file : Path
    sheet, encoding, delimiter : str
    header_row : int
    percent : names of columns that a workbook shows as percentages
    remarks : mapping
        By the file's name of a column: what was done to it when it was read.
    notes : tuple of str
        Of the whole file: rows passed over, sheets not read, rows filtered.
    how : How
    """

    file: Path
    sheet: str = ""
    header_row: int = 1
    encoding: str = ""
    delimiter: str = ""
    percent: frozenset[str] = frozenset()
    remarks: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    how: How = PLAIN

    @property
    def name(self) -> str:
        """The file's name, with the sheet where it was chosen among several."""
        return self.file.name


@dataclass(frozen=True)
class Receipt:
    """A file as it was read: facts of the file, and a row a column.

    Attributes
    ----------
    origin : Origin
    decimal, dates : str
        Marks and order that were taken.
    columns : tuple of dict
        ``column, read_as, unit, factor, n, n_missing, minimum, maximum, note``.
    """

    origin: Origin
    decimal: str
    dates: str
    columns: tuple[Mapping[str, Any], ...]

    def to_frame(self, parameter: str = "") -> pd.DataFrame:
        """A row a column of the file, in the columns of the contract."""
        o = self.origin
        facts = {
            "parameter": parameter,
            "file": o.file.name,
            "sha256": _hash(o.file),
            "sheet": o.sheet,
            "header_row": o.header_row,
            "encoding": o.encoding,
            "delimiter": o.delimiter,
            "decimal": self.decimal,
            "dates": self.dates,
        }
        rows = [*self.columns, *({"note": note} for note in o.notes)]
        return pd.DataFrame([facts | dict(row) for row in rows], columns=list(COLUMNS))


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


@dataclass
class Book:
    """How the files of a run are to be read, and what was read; one a process."""

    hows: dict[Path, How] = field(default_factory=dict)
    receipts: dict[tuple[Path, str], Receipt] = field(default_factory=dict)


_book = Book()


def begin(hows: Mapping[Path, How] | None = None) -> None:
    """Forget what was read, and read from now on as `hows` says, by file."""
    _book.hows = {path.resolve(): how for path, how in (hows or {}).items()}
    _book.receipts = {}


def how_of(path: Path) -> How:
    """How a file is to be read; plainly where nobody said."""
    return _book.hows.get(path.resolve(), PLAIN)


def keep(receipt: Receipt, table: str) -> None:
    """Keep what was read of a file as a table of some kind; the last reading counts."""
    _book.receipts[receipt.origin.file.resolve(), table] = receipt


def kept() -> list[Receipt]:
    """What was read since `begin`, in the order of reading."""
    return list(_book.receipts.values())
