"""Reading a table from whatever file a laboratory has: text, Excel, Parquet or SAS transport."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from lib.errors import Fault, InputError

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}


def read_cells(path: str | Path) -> pd.DataFrame:
    """Read a file as it stands: column names stripped, text cells as text, empty cells missing.

    Delimiter (comma, semicolon, tab), a byte order mark and gzip are recognised. Under semicolons a comma
    inside a number is a decimal comma. Rows that are wholly empty are dropped. The index holds the row as
    a spreadsheet numbers it, so that messages can name it: the header is row 1.

    Parameters
    ----------
    path : str or Path
        ``.csv``, ``.tsv``, ``.txt`` (each also ``.gz``), ``.xlsx``, ``.parquet`` or ``.xpt``.

    Raises
    ------
    InputError
        If the file is absent, of another kind, not UTF-8, empty, unreadable, or repeats a column name.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(Fault("a file of that name must exist", value=path.name, remedy=_nearest_file(path)))
    reader = _reader(path)
    try:
        frame = reader(path)
    except InputError:
        raise
    except (
        Exception
    ) as error:  # a reader of any format may fail in its own way; the user needs the file's name
        raise InputError(
            Fault(
                "the file must be readable",
                value=f"{error}",
                where=path.name,
                remedy="Save it again as CSV (UTF-8).",
            )
        ) from error
    return _tidy(frame, path.name)


def _reader(path: Path) -> Callable[[Path], pd.DataFrame]:
    suffixes = [s.lower() for s in path.suffixes[-2:]]
    kind = (
        suffixes[-2] if suffixes[-1:] == [".gz"] and len(suffixes) > 1 else (suffixes[-1] if suffixes else "")
    )
    readers: dict[str, Callable[[Path], pd.DataFrame]] = {
        ".csv": _read_text,
        ".tsv": _read_text,
        ".txt": _read_text,
        ".xlsx": _read_excel,
        ".parquet": pd.read_parquet,
        ".xpt": _read_transport,
    }
    if kind not in readers:
        raise InputError(
            Fault(
                f"a table must be one of {', '.join(readers)} (text also .gz)",
                value=kind or "no ending",
                where=path.name,
            )
        )
    return readers[kind]


def _read_text(path: Path) -> pd.DataFrame:
    raw = gzip.decompress(path.read_bytes()) if path.suffix.lower() == ".gz" else path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise InputError(
            Fault(
                "text must be UTF-8",
                value=f"byte 0x{raw[error.start]:02x}",
                where=f"{path.name} row {line}",
                remedy="Save it as “CSV UTF-8”.",
            )
        ) from error
    if not text.strip():
        raise InputError(Fault("a table needs a header row", value="an empty file", where=path.name))
    delimiter = _delimiter(text)
    _check_widths(text, delimiter, path.name)
    frame = pd.read_csv(
        io.StringIO(text), sep=delimiter, dtype=str, keep_default_na=False, skip_blank_lines=False
    )
    return _decimal_point(frame) if delimiter == ";" else frame


def _delimiter(text: str) -> str:
    header = text.split("\n", 1)[0]
    counts = {d: header.count(d) for d in DELIMITERS}
    return max(counts, key=lambda d: counts[d])


def _check_widths(text: str, delimiter: str, name: str) -> None:
    """A row with more cells than the header would shift its values into other columns: refuse it."""
    lines = csv.reader(io.StringIO(text), delimiter=delimiter)
    width = len(next(lines))
    long = [(row, len(cells)) for row, cells in enumerate(lines, start=2) if len(cells) > width]
    if long:
        raise InputError(
            [
                Fault(
                    f"a row must have as many cells as the header ({width})",
                    value=f"{cells} cells",
                    where=f"{name} row {row}",
                    remedy="Quote cells that hold the delimiter.",
                )
                for row, cells in long[:20]
            ]
        )


def _decimal_point(frame: pd.DataFrame) -> pd.DataFrame:
    """Turn 3,5 into 3.5 in columns whose every filled cell reads as a number that way."""
    for column in frame.columns:
        cells = frame[column].str.strip()
        if not cells.str.contains(",", regex=False).any():
            continue
        filled = cells[cells != ""]
        if filled.str.fullmatch(r"[-+]?\d*,?\d*(?:[eE][-+]?\d+)?").all():
            frame[column] = cells.str.replace(",", ".", regex=False)
    return frame


def _read_excel(path: Path) -> pd.DataFrame:
    return pd.read_excel(path, dtype=object, na_filter=False)


def _read_transport(path: Path) -> pd.DataFrame:
    import pyreadstat  # slow to import, and only SAS files need it

    frame, _ = pyreadstat.read_xport(str(path))
    return frame


def _tidy(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    frame = frame.rename(columns=lambda c: str(c).strip())
    repeated = sorted(set(frame.columns[frame.columns.duplicated()]))
    if repeated:
        raise InputError(
            Fault(
                "column names must differ",
                value=", ".join(repeated),
                where=name,
                remedy="Rename or remove one of each.",
            )
        )
    frame.index = pd.RangeIndex(2, len(frame) + 2, name="row")
    for column in frame.select_dtypes(include=["object", "string"]).columns:
        cells = frame[column].map(lambda cell: cell.strip() if isinstance(cell, str) else cell)
        frame[column] = cells.mask(cells.eq("") | cells.isna(), None)
    return frame.dropna(how="all")


def _nearest_file(path: Path) -> str:
    import difflib

    beside = [p.name for p in path.parent.iterdir() if p.is_file()] if path.parent.is_dir() else []
    near = difflib.get_close_matches(path.name, beside, n=1)
    return f'Did you mean "{near[0]}"?' if near else "Check the path; relative paths start at the study file."
