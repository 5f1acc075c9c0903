"""Text tables: encoding and delimiter are decided once a file, from all of it."""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from lib.errors import Fault, InputError
from lib.tables.intake.sheet import Sheet

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
NAMES = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8 with BOM", "utf-16": "UTF-16", "cp1252": "Windows-1252"}
SAMPLE_LINES = 400
SPACES = (" ", "\t", "\xa0", "\u2009", "\u202f")
TEXT = pd.StringDtype("pyarrow")


def read_text(path: Path) -> Sheet:
    """Read a delimited text file, gzipped or not.

    A byte order mark, UTF-16 without one, UTF-8 and Windows-1252 are told apart; the delimiter is the one of
    comma, semicolon, tab and bar that gives the most lines of one width; a first line ``sep=;`` says it.

    Raises
    ------
    InputError
        For bytes of no such encoding, and an empty file.
    """
    raw = path.read_bytes()
    raw = gzip.decompress(raw) if path.suffix.lower() == ".gz" else raw
    text, encoding = decode(raw, path.name)
    if not text or text.isspace():
        raise InputError(Fault(rule="a table needs a header row", value="an empty file", where=path.name))
    said = re.match(r"sep=(.)\r?\n?", text[:8], re.I)
    delimiter = said.group(1) if said else find_delimiter(text)
    text = text[said.end() :] if said else text
    cells = _parse(text, raw if encoding == "utf-8" and not said else text.encode(), delimiter)
    cells.index = pd.RangeIndex(2 if said else 1, len(cells) + (2 if said else 1))
    return Sheet("", cells, NAMES.get(encoding, encoding), DELIMITERS.get(delimiter, delimiter))


def decode(raw: bytes, name: str) -> tuple[str, str]:
    """Bytes as text, and the encoding that they are in.

    Raises
    ------
    InputError
        Where the bytes are no text of UTF-8, UTF-16 or Windows-1252.
    """
    for mark, encoding in MARKS:
        if raw.startswith(mark):
            return raw.decode(encoding, errors="strict"), encoding
    for encoding in ("utf-16-le", "utf-16-be"):
        if _is_utf16(raw, encoding):
            return raw.decode(encoding), "utf-16"
    try:
        return raw.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        bad = raw[error.start]
    try:
        if b"\0" not in raw:
            return raw.decode("cp1252"), "cp1252"
    except UnicodeDecodeError:
        pass
    raise InputError(
        Fault(
            rule="text must be UTF-8, UTF-16 or Windows-1252",
            value=f"byte 0x{bad:02x}",
            where=f"{name} row {line}",
            remedy="Save it as “CSV UTF-8”.",
        )
    )


def _is_utf16(raw: bytes, encoding: str) -> bool:
    """Without a mark: every second byte of Latin text is 0."""
    zeros = raw[1:2000:2] if encoding.endswith("le") else raw[0:2000:2]
    return len(raw) > 3 and zeros.count(0) > 0.6 * len(zeros)


def find_delimiter(text: str) -> str:
    """The delimiter under which the most lines have one width; of equals, the one that makes more cells."""
    lines = [line for line in text[:200_000].splitlines()[:SAMPLE_LINES] if line.strip()]
    return max(DELIMITERS, key=lambda delimiter: _evenness(lines, delimiter))


def _evenness(lines: list[str], delimiter: str) -> tuple[float, int]:
    widths = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter) if row)
    wide = {width: n for width, n in widths.items() if width > 1}
    if not wide:
        return 0.0, 0
    width, n = max(wide.items(), key=lambda item: (item[1], item[0]))
    return n / sum(widths.values()), width


def _parse(text: str, raw: bytes, delimiter: str) -> pd.DataFrame:
    """All cells as text, empty ones missing; rows of unequal length are filled up."""
    table = _parse_even(text, raw, delimiter)
    if table is None:
        table = _parse_ragged(text, delimiter)
    spaced = any(space in text for space in SPACES)
    columns = [_trimmed(column) if spaced else _emptied(column) for column in table.columns]
    return pd.DataFrame({k: pd.Series(column, dtype=TEXT) for k, column in enumerate(columns)})


def _trimmed(column: pa.ChunkedArray) -> Any:
    """Without white space at its ends; nothing where nothing else was there."""
    return _emptied(pc.utf8_trim_whitespace(column))


def _emptied(column: pa.ChunkedArray) -> Any:
    empty = pc.equal(column, "")
    return pd.arrays.ArrowStringArray(pc.if_else(empty, None, column) if pc.any(empty).as_py() else column)


def _parse_even(text: str, raw: bytes, delimiter: str) -> pa.Table | None:
    """By Arrow, where every line has as many cells as the first; None otherwise."""
    reading = pa.csv.ReadOptions(autogenerate_column_names=True, block_size=1 << 22)
    parsing = pa.csv.ParseOptions(
        delimiter=delimiter, newlines_in_values='"' in text, ignore_empty_lines=False, double_quote=True
    )
    first = next(csv.reader(io.StringIO(text), delimiter=delimiter), [])
    typed = pa.csv.ConvertOptions(
        column_types={f"f{k}": pa.large_string() for k in range(len(first))},
        strings_can_be_null=False,
        quoted_strings_can_be_null=False,
    )
    try:
        return pa.csv.read_csv(pa.BufferReader(pa.py_buffer(raw)), reading, parsing, typed)
    except pa.ArrowInvalid:
        return None


def _parse_ragged(text: str, delimiter: str) -> pa.Table:
    rows = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    width = max(len(row) for row in rows)
    columns = zip(*(row + [""] * (width - len(row)) for row in rows), strict=True)
    return pa.table({f"f{k}": pa.array(column, pa.large_string()) for k, column in enumerate(columns)})
