"""Numbers as people and programs write them: decimal and thousands marks are decided once a file."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.errors import Fault, InputError, name_rows
from lib.tables.intake.how import PLAIN as UNSAID
from lib.tables.intake.how import How

MISSING_WORDS = frozenset(
    [
        "na",
        "n/a",
        "n.a.",
        "n.a",
        "nan",
        "none",
        "null",
        "nil",
        ".",
        "-",
        "–",
        "—",
        "missing",
        "n.d.",
        "n.d",
        "nd",
        "#n/a",
        "#div/0!",
        "#value!",
        "#ref!",
        "#name?",
        "#num!",
        "#null!",
    ]
)
"""Words for nothing, in small letters. Where a value must be, each is a fault of its own row."""
MISSING_TEXTS = MISSING_WORDS - {"none", "nil", "missing", "nd"}
"""Of those, the words that are no answer either: a compensation of ``none`` is one."""
GROUPS = r"(?:[ \u00a0\u2009\u202f'’]\d{3})+"
SHOWN = 2
HEAD = 2000
TEXT = pd.StringDtype("pyarrow")
Cells = list[tuple[str, int, str]]
_DECISIVE = (
    r"^[-+]?(?:0?\{d}\d+|0\{d}\d*|\d+\{d}(?:\d{{1,2}}|\d{{4,}}|)|\d{{4,}}\{d}\d*"
    r"|\d[\d\{t}]*\{t}\d{{3}}\{d}\d*|\d*\{d}\d*[eE][-+]?\d+)$"
)
_GROUPED = r"^[-+]?\d{{1,3}}(?:\{t}\d{{3}}){{2,}}$"
_EITHER = r"^[-+]?[1-9]\d{{0,2}}\{d}\d{{3}}$"


@dataclass(frozen=True)
class Marks:
    """The decimal mark of a file, and the mark between thousands (empty where none is taken)."""

    decimal: str = "."
    thousands: str = ""


PLAIN = Marks()


@dataclass(frozen=True)
class Numbers:
    """Cells as numbers.

    Attributes
    ----------
    values : (n,) array
        NaN where nothing, or nothing readable, stands.
    missing, unread : (n,) arrays of bool
        Empty or a word for nothing; filled with something that is no number.
    words : (n,) array of bool
        A word for nothing, as against an empty cell.
    percent : (n,) array of bool
        Written with a percent sign; the value is what stands before it.
    """

    values: NDArray[np.float64]
    missing: NDArray[np.bool_]
    unread: NDArray[np.bool_]
    words: NDArray[np.bool_]
    percent: NDArray[np.bool_]


def read_numbers(cells: pd.Series, marks: Marks = PLAIN, also_missing: Iterable[str] = ()) -> Numbers:
    """Cells as numbers under a file's marks; see :class:`Numbers`.

    Numbers of a workbook stand as they are; a date or a truth value is no number. Texts may carry a sign, the
    exponent of ten, a percent sign, and spaces or apostrophes between thousands.
    """
    if pd.api.types.is_numeric_dtype(cells.dtype) and not pd.api.types.is_bool_dtype(cells.dtype):
        values = cells.to_numpy(float, na_value=np.nan)
        absent = np.isnan(values)
        none = np.zeros(len(values), bool)
        return Numbers(
            np.where(np.isfinite(values), values, np.nan), absent, ~absent & ~np.isfinite(values), none, none
        )
    codes, unique = pd.factorize(cells, use_na_sentinel=True)
    if len(unique) > len(cells) // 2 and isinstance(cells.dtype, pd.StringDtype):
        plain = _all_plain(cells, marks)
        if plain is not None:
            return plain
    read = [_read_one(cell, marks, also_missing) for cell in unique] + [(np.nan, True, False, False, False)]
    values, *flags = (np.array(part)[codes] for part in zip(*read, strict=True))
    missing, unread, words, percent = (flag.astype(bool) for flag in flags)
    return Numbers(values.astype(float), missing, unread, words, percent)


def _all_plain(cells: pd.Series, marks: Marks) -> Numbers | None:
    """The quick way for a long column of numbers that a machine wrote; None where any cell is something
    else."""
    if marks.decimal != ".":
        return None
    try:
        values = cells.astype("float64[pyarrow]").to_numpy(float, na_value=np.nan)
    except (ValueError, TypeError, NotImplementedError):
        return None
    absent = cells.isna().to_numpy(bool)
    if not np.isfinite(values[~absent]).all():
        return None
    none = np.zeros(len(values), bool)
    return Numbers(values, absent, none, none, none)


def _read_one(
    cell: object, marks: Marks, also_missing: Iterable[str]
) -> tuple[float, bool, bool, bool, bool]:
    """Value, missing, unread, a word, percent."""
    if isinstance(cell, bool | np.bool_ | datetime.date | datetime.time | pd.Timestamp):
        return np.nan, False, True, False, False
    if isinstance(cell, int | float | np.integer | np.floating):
        value = float(cell)
        return (
            (value, False, False, False, False)
            if np.isfinite(value)
            else (np.nan, value != value, value == value, False, False)
        )
    text = str(cell).strip()
    if text.casefold() in MISSING_WORDS or text in also_missing:
        return np.nan, True, False, True, False
    percent = text.endswith("%")
    written = to_plain(text.removesuffix("%").strip(), marks)
    return (
        (np.nan, False, True, False, percent) if written is None else (written, False, False, False, percent)
    )


def to_plain(text: str, marks: Marks) -> float | None:
    """A text as a number; None if it is none under these marks."""
    text = text.replace("−", "-")
    if re.fullmatch(r"[-+]?\d{1,3}" + GROUPS + rf"(?:\{marks.decimal}\d+)?", text):
        text = re.sub(r"[^\d+\-.,]", "", text)
    if marks.thousands and marks.thousands in text:
        if not re.fullmatch(rf"[-+]?\d{{1,3}}(?:\{marks.thousands}\d{{3}})+(?:\{marks.decimal}\d*)?", text):
            return None
        text = text.replace(marks.thousands, "")
    if marks.decimal != ".":
        if "." in text:
            return None
        text = text.replace(marks.decimal, ".")
    if not re.fullmatch(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", text):
        return None
    value = float(text)
    return value if np.isfinite(value) else None


def decide_marks(
    columns: Mapping[str, pd.Series],
    *,
    delimiter: str = "",
    whole: Iterable[str] = (),
    how: How = UNSAID,
    source: str = "",
) -> Marks:
    """The decimal mark of a file, from all its cells that should hold numbers.

    Evidence is a cell that reads one way only: ``0,5`` or ``12,34`` has a decimal comma, ``1.234.567`` has
    points between thousands. ``50.123`` alone says nothing, unless its column counts whole things or the
    cells are divided by commas.

    Parameters
    ----------
    columns : mapping of str to Series
        Cells by column; numbers of a workbook are no evidence.
    delimiter : str
        Of the file: comma, semicolon, tab; commas between cells leave the point to decimals.
    whole : names
        Columns of whole numbers.
    how : How
        Marks that the file's owner has said.

    Raises
    ------
    InputError
        If cells contradict each other, or nothing tells the two readings apart; both are spelled out.
    """
    if how.decimal or how.thousands:
        decimal = how.decimal or ("," if how.thousands == "." else ".")
        return Marks(decimal, how.thousands or ("," if decimal == "." else "."))
    points = commas = []
    for part in (slice(0, HEAD), slice(None)):  # cells against it further down are no numbers then
        some = {name: _texts(cells.iloc[part]) for name, cells in columns.items()}
        points, commas = (_evidence(some, mark, set(whole)) for mark in ".,")
        if points or commas:
            break
    if points and commas:
        raise InputError(
            Fault(
                rule="numbers of one file must have one decimal mark",
                value=f"{_said(points)}, and {_said(commas)}",
                where=source,
                remedy="Write all numbers with one mark, or all with the other.",
            )
        )
    if points or commas:
        return Marks(".", ",") if points else Marks(",", ".")
    either = {mark: _cells_like(some, _EITHER.format(d=mark)) for mark in ".,"}
    if not either["."] and not either[","]:
        return PLAIN
    if either["."] and not either[","] and delimiter == "comma":
        return PLAIN
    mark = "." if either["."] else ","
    cell = either[mark][0][2]
    raise InputError(_unclear(mark, cell, either[mark], source))


def _unclear(mark: str, cell: str, cells: Cells, source: str) -> Fault:
    other = "," if mark == "." else "."
    whole, part = cell.split(mark)
    name, row, _ = cells[0]
    return Fault(
        rule="a mark between digits must be a decimal mark or one between thousands, beyond doubt",
        value=f"{cell} in {name}, which is {whole}{'.' + part} or {whole}{part}",
        where=f"{source} row {row}".strip(),
        remedy=f'Say which in the study file: read: decimal: "{mark}" if it is the decimal mark, decimal: '
        f'"{other}" and thousands: "{mark}" if it stands between thousands; or save without thousands marks.',
    )


def _evidence(columns: Mapping[str, pd.Series], mark: str, whole: set[str]) -> Cells:
    """Cells that show `mark` to be the decimal one: used as such, or the other one between thousands."""
    other = "," if mark == "." else "."
    found = _cells_like(columns, _DECISIVE.format(d=mark, t=other)) or _cells_like(
        columns, _GROUPED.format(t=other)
    )
    counts = {name: cells for name, cells in columns.items() if name in whole}
    return found or _cells_like(counts, _EITHER.format(d=other))


def _cells_like(texts: Mapping[str, pd.Series], pattern: str) -> Cells:
    """The first few cells of a form, of the first column that has any: column, row, cell."""
    for name, cells in texts.items():
        hits = cells[cells.str.match(pattern).astype(bool)]
        if len(hits):
            return [(name, int(str(row)), str(cell)) for row, cell in hits.iloc[:SHOWN].items()]
    return []


def _texts(cells: pd.Series) -> pd.Series:
    """Distinct texts among the cells, without sign of percent; the index holds the first row of each."""
    texts = cells.drop_duplicates().dropna()
    if not isinstance(cells.dtype, pd.StringDtype):
        texts = texts[[isinstance(cell, str) for cell in texts]].astype(TEXT)
    return texts.str.replace("−", "-", regex=False).str.rstrip("% ")


def _said(evidence: Cells) -> str:
    name, row, cell = evidence[0]
    return f"{cell} in {name} {name_rows([row])}"


def as_objects(cells: pd.Series) -> pd.Series:
    """Cells as Python has them, None where nothing stands; equal texts are one object."""
    if not isinstance(cells.dtype, pd.StringDtype):
        return cells.astype(object).where(cells.notna(), None) if cells.dtype == object else cells
    codes, unique = pd.factorize(cells, use_na_sentinel=True)
    texts = np.array([*map(str, unique), None], dtype=object)
    return pd.Series(texts[codes], index=cells.index, dtype=object, name=cells.name)
