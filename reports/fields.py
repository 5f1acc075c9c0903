"""What each output column is called, its unit, how it is written and what it means, each said once: in
`fields.csv`.

A line is a column's name, or ``table.name`` where a table means something of its own by it. Left empty are a
label that the name tells (``cell_line``: "Cell line"), a unit that it ends in (`lib.units.ENDINGS`), and how
it is written where that follows from either: a count (``n_``), a number (a unit), else text. Bounds of an
interval (``ic50_low_uM``) need no line. Written are ``text``, ``count``, ``typed``, ``p``, ``number:DIGITS``,
``fixed:DECIMALS``, and fractions as ``percent:DECIMALS`` or ``points:DECIMALS``.

`words` makes the reader's table of a published frame from names of its columns.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from lib.units import split_unit
from reports.wording import (
    NONE,
    begin,
    censored,
    fixed,
    interval,
    interval_name,
    is_missing,
    number,
    p_value,
    percent,
)

LIST = Path(__file__).with_name("fields.csv")
DIGITS = {"number": 3, "fixed": 2, "percent": 0, "points": 0}
"""Digits where the list gives none."""
BOUND = re.compile(r"(.+)_(low|high)(|_[^_]+)")
TABLE, MEANINGS = "table", "meanings"
Each = str | Iterable[str]
"""A word for all rows, or one for each."""


@dataclass(frozen=True)
class Field:
    """An output column: its label, its unit, how it is written and what it means."""

    label: str
    unit: str
    written: str
    meaning: str

    @property
    def header(self) -> str:
        """Label over unit; a label of two lines stands alone."""
        return self.label if not self.unit or "\n" in self.label else f"{self.label}\n{self.unit}"

    @property
    def kind(self) -> str:
        """How it is written, without digits."""
        return self.written.partition(":")[0]

    @property
    def digits(self) -> int:
        """Digits or decimals, as its kind counts them."""
        given = self.written.partition(":")[2]
        return int(given) if given else DIGITS[self.kind]

    @property
    def factor(self) -> int:
        """What a fraction is multiplied by when it is written."""
        return 100 if self.kind in ("percent", "points") else 1


@dataclass(frozen=True)
class Column:
    """A column to be shown, by the name it has in the file.

    Parameters
    ----------
    name : str
    label : str
        In place of the listed one; with a line of its own below, in place of the unit too.
    cells : iterable, optional
        Written by hand.
    missing : str or one for each row
        What stands where there is no value, or where its qualifier says that nothing can be told.
    qualifier : str
        Column with ``=``, ``>`` or ``<``; by default ``name_qualifier``, where the frame has one.
    """

    name: str
    label: str = ""
    cells: Iterable[Any] | None = None
    missing: Each = ""
    qualifier: str = ""

    def name_it(self, listed: Field, confidence: float | None) -> Field:
        """What is said of it."""
        return replace(listed, label=self.label or listed.label)

    def write(self, frame: pd.DataFrame, listed: Field) -> Sequence[Any]:
        """Its cells from the frame."""
        sign, words = self.qualifier or f"{split_unit(self.name)[0]}_qualifier", _each(self.missing, frame)
        if sign not in frame:
            return list(map(_writer(listed), frame[self.name], words))
        rows, digits = zip(frame[self.name], frame[sign], words, strict=True), listed.digits
        return [censored(v, q, digits) if q else word or NONE for v, q, word in rows]


@dataclass(frozen=True)
class Bounds(Column):
    """The interval of a column, written as that is and named "Interval" or by its level.

    Parameters
    ----------
    name, label, cells, missing
        As of `Column`.
    low : str
        Name of the lower bound where that is neither ``name_low`` nor ``low``.
    open_low, open_high : str or one for each row
        What stands for a bound that does not exist where the other does; by default as the unit has it.
    unit : str or one for each row
        Where the list does not tell it.
    """

    missing: Each = "no interval"
    low: str = ""
    open_low: Each = ""
    open_high: Each = ""
    unit: Each = ""

    def name_it(self, listed: Field, confidence: float | None) -> Field:
        """What is said of it."""
        label = self.label or ("Interval" if confidence is None else interval_name(confidence))
        return replace(listed, label=label, meaning=f"Interval of {listed.label}, lower to upper bound.")

    def write(self, frame: pd.DataFrame, listed: Field) -> Sequence[Any]:
        """Its cells from the frame."""
        stem = split_unit(self.name)[0]
        own = f"{stem}_low{self.name.removeprefix(stem)}"
        low = self.low or (own if own in frame else "low")
        ends = (listed.factor * frame[end] for end in (low, low.replace("low", "high")))
        decimals = None if listed.kind == "number" else listed.digits
        said = not (_is_empty(self.open_low) and _is_empty(self.open_high))
        told = {
            "none": self.missing,
            "open_low": self.open_low,
            "open_high": self.open_high,
            "unit": "" if said else listed.unit if _is_empty(self.unit) else self.unit,
        }
        words = {name: list(_each(each, frame)) for name, each in told.items() if not _is_empty(each)}
        return [
            interval(
                a, b, listed.digits, decimals=decimals, **{name: each[i] for name, each in words.items()}
            )
            for i, (a, b) in enumerate(zip(*ends, strict=True))
        ]


Wanted = str | Column | tuple[str, Iterable[Any]]
"""A column to show: its name, more than its name, or header and cells of one that the list does not hold."""


def words(
    frame: pd.DataFrame, columns: Iterable[object], *, table: str, confidence: float | None = None
) -> pd.DataFrame:
    """A published frame as its reader sees it: labels with units, cells as text, and what each column means.

    Parameters
    ----------
    frame : DataFrame
        Rows to show.
    columns : iterable of Wanted
        In their order.
    table : str
        Its name, as it may mean something of its own by a column's.
    confidence : float, optional
        Level that headers of intervals name.

    Raises
    ------
    LookupError
        If `fields.csv` does not hold a column.
    ValueError
        If two columns have one header.
    """
    made = [_make(one, frame, table, confidence) for one in columns]
    headers = [header for header, _, _ in made]
    if repeated := {header for header in headers if headers.count(header) > 1}:
        raise ValueError(f"headers of a table must differ; {sorted(repeated)} stand more than once in it")
    out = pd.DataFrame({header: list(cells) for header, cells, _ in made}, index=frame.index)
    out.attrs |= {TABLE: table, MEANINGS: {header: meaning for header, _, meaning in made}}
    return out


def _is_empty(each: Each) -> bool:
    return isinstance(each, str) and not each


def _make(
    one: object, frame: pd.DataFrame, table: str, confidence: float | None
) -> tuple[str, Iterable[Any], str]:
    """Header, cells and meaning of a column."""
    if isinstance(one, tuple):
        return *one, ""
    wanted = one if isinstance(one, Column) else Column(str(one))
    listed = field(wanted.name, table)
    named = wanted.name_it(listed, confidence)
    cells = wanted.write(frame, listed) if wanted.cells is None else wanted.cells
    return named.header, cells, named.meaning


def tell_meanings(shown: pd.DataFrame, table: str) -> list[str]:
    """What each column of a displayed table means; empty where that is not known."""
    known = shown.attrs.get(MEANINGS)
    names = map(str, shown.columns)
    if known is not None:
        return [known.get(name, "") for name in names]
    return [found.meaning if (found := _find(name, table)) else "" for name in names]


def field(name: str, table: str = "") -> Field:
    """What is said of a column of a table.

    >>> field("ic50_low_uM").label, field("ic50_low_uM").unit
    ('IC50, lower bound', 'µM')
    """
    found = _find(name, table)
    if found is None:
        raise LookupError(f"reports/fields.csv must hold every column that is shown; it lacks {name}")
    return found


@cache
def read_fields() -> Mapping[str, Field]:
    """The list, by name or ``table.name``."""
    with LIST.open(encoding="utf-8", newline="") as lines:
        return {row["name"]: _read(row) for row in csv.DictReader(lines)}


def _read(row: Mapping[str, str]) -> Field:
    """A line of the list, with what its name tells."""
    stem, unit = split_unit(row["name"].rpartition(".")[2])
    label = begin(stem.removeprefix("n_").replace("_", " "))
    written = "count" if stem.startswith("n_") else "number" if unit else "text"
    return Field(row["label"] or label, row["unit"] or unit, row["written"] or written, row["meaning"])


def _find(name: str, table: str) -> Field | None:
    known = read_fields()
    found = known.get(f"{table}.{name}") or known.get(name)
    bound = BOUND.fullmatch(name)
    if found or not bound:
        return found
    of, end, unit = bound.groups()
    whole, side = _find(f"{of}{unit}", table), "lower" if end == "low" else "upper"
    if whole is None:
        return None
    meaning = f"{side.capitalize()} bound of the interval of {whole.label}."
    return replace(whole, label=f"{whole.label}, {side} bound", meaning=meaning)


def _each(words: Each, frame: pd.DataFrame) -> Iterable[str]:
    return [words] * len(frame) if isinstance(words, str) else words


def _writer(listed: Field) -> Callable[[Any, str], Any]:
    """What writes a cell, given a value and the word where there is none; text as it stands."""
    if listed.kind == "text":
        return lambda value, word: word if word and (is_missing(value) or value == "") else value
    if listed.kind == "p":
        return lambda p, word: p_value(p, missing=word or "no test")
    if listed.kind == "count":
        return lambda n, word: word or NONE if is_missing(n) else f"{int(n):,}"
    if listed.kind == "typed":
        return lambda value, word: word or NONE if is_missing(value) else f"{value:g}"
    write: Callable[..., str] = {"number": number, "fixed": fixed}.get(listed.kind, percent)
    digits = listed.digits
    return lambda value, word: write(value, digits, missing=word or NONE)
