"""A column's cells as the kind that its contract asks for, and what stands in the way."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.errors import Fault
from lib.tables.column import Column
from lib.tables.faults import name_faults
from lib.tables.intake.header import Found
from lib.tables.intake.numbers import MISSING_TEXTS, Marks, Numbers, as_objects, read_numbers

FLAGS = {
    "1": 1.0,
    "1.0": 1.0,
    "true": 1.0,
    "yes": 1.0,
    "y": 1.0,
    "0": 0.0,
    "0.0": 0.0,
    "false": 0.0,
    "no": 0.0,
    "n": 0.0,
}
SHOWN = 3


@dataclass(frozen=True)
class Converted:
    """A column converted, what is wrong with it, and a remark for the receipt."""

    values: pd.Series
    missing: NDArray[np.bool_]
    faults: list[Fault] = field(default_factory=list)
    note: str = ""
    n_levels: int = 0


def convert_column(
    cells: pd.Series,
    column: Column,
    found: Found,
    marks: Marks,
    source: str,
    missing: Iterable[str] = (),
    *,
    percent: bool = False,
) -> Converted:
    """Cells of a file as a contract's column.

    Parameters
    ----------
    cells : Series
        As they stand; the index holds the file's rows.
    column : Column
    found : Found
        Its place and unit there.
    marks : Marks
        Of the file's numbers.
    missing : texts
        Further words for nothing.
    percent : bool
        The workbook shows the column as percentages.
    """
    missing = frozenset(missing)
    if column.kind == "text":
        return _text(cells, column, source, missing)
    if column.kind == "flag":
        return _flag(cells, column, source, missing)
    return _number(cells, column, found, marks, source, missing, percent)


def _plain_text(cell: object) -> str:
    """Spreadsheets hand back 7.0 for a subject called 7."""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()


@dataclass(frozen=True)
class _Words:
    """A column's distinct texts (None for a word that stands for nothing), and the place of each cell among
    them."""

    codes: NDArray[np.int64]
    texts: list[str | None]
    nothing: list[str]

    def __init__(self, cells: pd.Series, missing: frozenset[str]) -> None:
        codes, unique = pd.factorize(cells, use_na_sentinel=True)
        texts = [_plain_text(cell) for cell in unique]
        gone = [text for text in texts if text.casefold() in MISSING_TEXTS or text in missing]
        object.__setattr__(self, "codes", codes)
        object.__setattr__(self, "texts", [None if text in gone else text for text in texts])
        object.__setattr__(self, "nothing", gone)

    def spread(self, words: Sequence[object], like: pd.Series) -> pd.Series:
        """A value for each distinct text, laid out over the cells; None for empty ones."""
        laid = np.array([*words, None], dtype=object)
        return pd.Series(laid[self.codes], index=like.index, name=like.name)

    @property
    def n_levels(self) -> int:
        return len(set(self.texts) - {None})

    @property
    def missing(self) -> NDArray[np.bool_]:
        gone = np.array([*(text is None for text in self.texts), True])
        found: NDArray[np.bool_] = gone[self.codes]
        return found


def _text(cells: pd.Series, column: Column, source: str, missing: frozenset[str]) -> Converted:
    words = _Words(cells, missing)
    values, absent, faults = words.spread(words.texts, cells), words.missing, list[Fault]()
    if column.choices:
        known = {choice.lower(): choice for choice in column.choices}
        matched = words.spread([known.get(text.lower()) if text else None for text in words.texts], cells)
        rule = f"{column.name} must be one of {', '.join(column.choices)}"
        odd = [text for text in words.texts if text and text.lower() not in known]
        if odd:
            remedy = column.help or _recode_remedy(column.name, odd[0])
            report(faults, values.isin(odd), rule, values, source, remedy)
        values = matched
    _needs_all(faults, absent, cells, column, source)
    return Converted(values, absent, faults, _words_note(words.nothing), words.n_levels)


def _needs_all(
    faults: list[Fault], absent: NDArray[np.bool_], cells: pd.Series, column: Column, source: str
) -> None:
    if column.key and column.default is None and absent.any():
        empty = pd.Series(absent, index=cells.index)
        report(faults, empty, f"{column.name} must not be empty", cells, source, column.help)


def _recode_remedy(name: str, odd: str) -> str:
    said = f'read: values: {{{name}: {{"{odd}": ...}}}}'
    return f"Write our words, or say in the study file what yours mean: {said}."


def _words_note(words: list[str]) -> str:
    return f"read as missing: {', '.join(words[:SHOWN])}" if words else ""


def _flag(cells: pd.Series, column: Column, source: str, missing: frozenset[str]) -> Converted:
    words, faults = _Words(cells, missing), list[Fault]()
    known = [FLAGS.get(text.lower(), np.nan) if text else np.nan for text in words.texts]
    flags = words.spread(known, cells).astype(float)
    odd = pd.Series(~words.missing & np.isnan(flags.to_numpy()), index=cells.index)
    remedy = column.help or "1 is yes, 0 is no."
    report(faults, odd, f"{column.name} must be 0 or 1", cells, source, remedy)
    _needs_all(faults, words.missing, cells, column, source)
    return Converted(flags, words.missing, faults, _words_note(words.nothing))


def _number(
    cells: pd.Series,
    column: Column,
    found: Found,
    marks: Marks,
    source: str,
    missing: frozenset[str],
    percent: bool,
) -> Converted:
    read = read_numbers(cells, marks, missing)
    index, faults = cells.index, list[Fault]()
    unread = pd.Series(read.unread, index=index)
    if read.unread.any():
        odd = pd.Series(
            read.unread | read.words, index=index
        )  # words for nothing are named beside what is no number
        report(faults, odd, f"{column.name} must be a number", cells, source, _remedy(cells[unread]))
    values, notes = _scaled(read, column, found, percent, cells, source, faults)
    series = pd.Series(values, index=index, name=cells.name)
    for broken, rule in (
        (series < column.at_least if column.at_least is not None else None, f">= {column.at_least}"),
        (series <= column.above if column.above is not None else None, f"> {column.above}"),
        (series > column.at_most if column.at_most is not None else None, f"<= {column.at_most}"),
    ):
        if broken is not None:
            report(faults, broken, f"{column.name} must be {_short(rule)}", cells, source, column.help)
    if column.kind == "integer":
        odd = series.notna() & (series % 1 != 0)
        report(faults, odd, f"{column.name} must be a whole number", cells, source, column.help)
    _needs_all(faults, read.missing, cells, column, source)
    if read.words.any():
        notes.append(_words_note(list(dict.fromkeys(as_objects(cells)[read.words]))))
    return Converted(series, read.missing, faults, "; ".join(notes))


def _short(rule: str) -> str:
    sign, _, number = rule.partition(" ")
    return f"{sign} {float(number):g}" if number not in ("", "None") else rule


def _scaled(
    read: Numbers,
    column: Column,
    found: Found,
    percent: bool,
    cells: pd.Series,
    source: str,
    faults: list[Fault],
) -> tuple[NDArray[np.float64], list[str]]:
    """Values in the contract's unit: of the header, of percent signs, or of a workbook's percent format."""
    signs = read.percent & ~read.missing
    share = found.unit in ("percent", "fraction")
    if signs.any() and not share:
        rule = f"{column.name} is no share: it must not be written in percent"
        report(faults, pd.Series(signs, index=cells.index), rule, cells, source, "Give the number itself.")
    if signs.any() and share:
        bare = pd.Series(~signs & ~read.missing & ~read.unread, index=cells.index)
        rule = f"{column.name} must be written with percent signs in every row or in none"
        report(faults, bare, rule, cells, source, "Write all with the sign, or none.")
        to_ours = 0.01 if _is_fraction(column, found) else 1.0
        return read.values * to_ours, ["percent signs read"]
    if percent and share:  # the workbook holds 0.5 and shows 50 %
        to_ours = 1.0 if _is_fraction(column, found) else 100.0
        return read.values * to_ours, ["cells formatted as percent"]
    return read.values if found.factor == 1.0 else read.values * found.factor, []


def _is_fraction(column: Column, found: Found) -> bool:
    """Whether our column is a fraction of 1, whatever the header says."""
    return column.unit == "fraction" or (not column.unit and found.unit == "fraction")


def _remedy(bad: pd.Series) -> str:
    """What to do about cells that are no numbers; by the first kind that occurs among them."""
    values = list(pd.unique(as_objects(bad)))
    texts = [v for v in values if isinstance(v, str)]
    if any(isinstance(v, datetime.date | datetime.time) for v in values):
        return "A spreadsheet has made dates of numbers: format the cells as text and type them again."
    if any(t.lstrip().startswith(("<", ">")) for t in texts):
        return "A value beyond a limit is no number here: leave the cell empty, or give the row its reason."
    return "Leave the cell empty if the value is missing; numbers need one decimal mark in the whole file."


def report(
    faults: list[Fault], broken: pd.Series, rule: str, cells: pd.Series, source: str, remedy: str
) -> None:
    """Add a fault that names the rows where `broken` is true, and what stands there."""
    faults += name_faults(broken, rule, found=cells, source=source, remedy=sentence(remedy))


def sentence(text: str) -> str:
    """With a capital and a full stop."""
    return text if not text or text[-1] in ".?!" else f"{text[0].upper()}{text[1:]}."
