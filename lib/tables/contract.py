"""Column contracts: what a table must hold, and every place where it does not."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Literal

import numpy as np
import pandas as pd

from lib.errors import Fault, InputError, name_rows
from lib.tables.files import read_cells
from lib.units import MICROMOLAR_PER

Kind = Literal["text", "number", "integer", "flag"]
PERSONAL = {"subject", "file", "image", "mask"}
"""Columns whose values name a person, or a file that is often called after one: no fault repeats them."""
FILES = {"file", "image", "mask"}
"""Of those, the files: two spellings of one path are one file."""
MOST_REPEATS = 5
MISSING_WORDS = {"na", "n/a", "nan", "none", "null", ".", "-", "missing"}


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Parameters
    ----------
    name : str
        Exact name. A name ending in ``_uM`` also accepts ``_M _mM _nM _pM`` and is converted.
    kind : {"text", "number", "integer", "flag"}
        A flag is 0/1, true/false, yes/no or y/n.
    required : bool
        The column must be there.
    key : bool
        A missing cell is a fault; otherwise it stays missing and the analysis lists it as an exclusion.
    at_least, at_most, above : float
        Bounds of a number.
    choices : tuple of str
        Allowed texts; compared without regard to case and returned as written here.
    default : object
        Fills an absent column and its empty cells (only if not None).
    help : str
        One line for the data dictionary and for remedies.
    """

    name: str
    kind: Kind = "text"
    required: bool = True
    key: bool = False
    at_least: float | None = None
    at_most: float | None = None
    above: float | None = None
    choices: tuple[str, ...] = ()
    default: object = None
    help: str = ""


@dataclass(frozen=True)
class Unique:
    """Columns whose combination may occur once, in rows where none of them is empty.

    Parameters
    ----------
    columns : tuple of str
        No such rule where the table lacks one of them.
    also : tuple of str
        Further ones that tell rows apart where the table has them; an empty cell is a value like any other.
    among : callable, optional
        Which rows the rule is about, as a boolean series of the checked frame; all by default.
    rule, remedy : str
        In words, where the columns do not say it well.
    """

    columns: tuple[str, ...]
    also: tuple[str, ...] = ()
    among: Callable[[pd.DataFrame], pd.Series] | None = None
    rule: str = ""
    remedy: str = "Remove the repeat, or tell the rows apart."


@dataclass(frozen=True)
class Contract:
    """The columns of one kind of table, and which of them together name a row.

    Parameters
    ----------
    name : str
        What the table is, in words: ``"populations"``.
    columns : sequence of Column
        In the order of the data dictionary.
    unique : sequence of Unique
    """

    name: str
    columns: Sequence[Column]
    unique: Sequence[Unique] = ()


def read_table(path: str | Path, contract: Contract) -> pd.DataFrame:
    """Read a file and hold it against its contract.

    Returns the contract's columns converted to their kinds, in canonical units, followed by any extra
    columns untouched. The index is the file's row number (header is row 1).

    Raises
    ------
    InputError
        With every fault of the file: absent columns, unreadable numbers, values outside their bounds or
        choices, missing keys, repeated rows, two units of one quantity.
    """
    return check_table(read_cells(path), contract, source=Path(path).name)


def check_table(frame: pd.DataFrame, contract: Contract, *, source: str = "the table") -> pd.DataFrame:
    """Hold a frame against its contract; see :func:`read_table`."""
    result, faults = examine_table(frame, contract, source=source)
    if faults := faults + find_repeats(result, contract, source):
        raise InputError(faults)
    return result


def examine_table(
    frame: pd.DataFrame, contract: Contract, *, source: str
) -> tuple[pd.DataFrame, list[Fault]]:
    """The frame as :func:`check_table` gives it, cells that cannot be read as missing, and the faults of its
    columns and cells: for tables with rules of their own, so that all faults are named at once."""
    faults: list[Fault] = []
    if frame.empty:
        faults.append(
            Fault(f"the table of {contract.name} needs at least one row", value="none", where=source)
        )
    frame = _one_unit(frame, contract, source, faults)
    faults += _absent_columns(frame, contract, source)
    checked = {
        c.name: _check_column(frame, c, source, faults) for c in contract.columns if _is_there(frame, c)
    }
    extra = {name: frame[name] for name in frame.columns if name not in checked}
    return pd.DataFrame({**checked, **extra}, index=frame.index), faults


def _is_there(frame: pd.DataFrame, column: Column) -> bool:
    return column.name in frame or column.default is not None


def _one_unit(frame: pd.DataFrame, contract: Contract, source: str, faults: list[Fault]) -> pd.DataFrame:
    """Rename each concentration column to µM, remembering the factor in the numbers themselves."""
    for column in contract.columns:
        if not column.name.endswith("_uM"):
            continue
        stem = column.name.removesuffix("uM")
        found = [stem + unit for unit in MICROMOLAR_PER if stem + unit in frame]
        if len(found) > 1:
            faults.append(
                Fault(
                    "one quantity must come in one unit",
                    value=" and ".join(found),
                    where=source,
                    remedy="Keep one of the columns.",
                )
            )
        elif found and found[0] != column.name:
            factor = MICROMOLAR_PER[found[0].removeprefix(stem)]
            numbers, readable = _as_numbers(frame[found[0]])
            converted = (numbers * factor).astype(object).where(readable, frame[found[0]])
            frame = frame.drop(columns=found[0]).assign(**{column.name: converted})
    return frame


def _absent_columns(frame: pd.DataFrame, contract: Contract, source: str) -> list[Fault]:
    wanted = [c for c in contract.columns if c.required and not _is_there(frame, c)]
    faults = []
    for column in wanted:
        near = difflib.get_close_matches(
            column.name.lower(), [c.lower() for c in frame.columns], n=1, cutoff=0.7
        )
        seen = next((c for c in frame.columns if near and c.lower() == near[0]), None)
        remedy = f'Rename "{seen}" to "{column.name}".' if seen else column.help
        there = ", ".join(map(str, frame.columns[:12]))
        faults.append(
            Fault(
                f'the table of {contract.name} needs the column "{column.name}"',
                value=f"columns {there}",
                where=source,
                remedy=remedy,
            )
        )
    return faults


def _check_column(frame: pd.DataFrame, column: Column, source: str, faults: list[Fault]) -> pd.Series:
    if column.name not in frame:
        return pd.Series(
            [column.default] * len(frame), index=frame.index, dtype=None if len(frame) else object
        )
    cells = frame[column.name]
    values = {"text": _text, "number": _number, "integer": _integer, "flag": _flag}[column.kind](
        cells, column, source, faults
    )
    if column.key and column.default is None:
        _report(faults, cells.isna(), f"{column.name} must not be empty", cells, source, column.help)
    if column.default is not None:
        values = values.where(values.notna(), column.default).infer_objects()
    return values


def _text(cells: pd.Series, column: Column, source: str, faults: list[Fault]) -> pd.Series:
    texts = cells.map(_plain_text, na_action="ignore").astype(object)
    if not column.choices:
        return texts
    known = {choice.lower(): choice for choice in column.choices}
    matched = texts.map(lambda t: known.get(t.lower()), na_action="ignore")
    rule = f"{column.name} must be one of {', '.join(column.choices)}"
    _report(faults, texts.notna() & matched.isna(), rule, texts, source, column.help)
    return matched


def _plain_text(cell: object) -> str:
    """Spreadsheets hand back 7.0 for a subject called 7."""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def _as_numbers(cells: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Numbers, and where each cell was readable (missing counts as readable)."""
    words = cells.astype(str).str.strip().str.lower().isin(MISSING_WORDS) if cells.dtype == object else False
    missing = cells.isna() | words
    texts = cells.astype(str).str.replace("−", "-", regex=False) if cells.dtype == object else cells
    numbers = pd.to_numeric(texts.mask(missing), errors="coerce").astype(float)
    return numbers, numbers.notna() & np.isfinite(numbers) | missing


def _number(cells: pd.Series, column: Column, source: str, faults: list[Fault]) -> pd.Series:
    numbers, readable = _as_numbers(cells)
    _report(
        faults, ~readable, f"{column.name} must be a number", cells, source, _number_remedy(cells[~readable])
    )
    for broken, rule in (
        (
            numbers < column.at_least if column.at_least is not None else None,
            f">= {column.at_least:g}" if column.at_least is not None else "",
        ),
        (
            numbers <= column.above if column.above is not None else None,
            f"> {column.above:g}" if column.above is not None else "",
        ),
        (
            numbers > column.at_most if column.at_most is not None else None,
            f"<= {column.at_most:g}" if column.at_most is not None else "",
        ),
    ):
        if broken is not None:
            _report(faults, broken & readable, f"{column.name} must be {rule}", cells, source, column.help)
    return numbers


def _number_remedy(bad: pd.Series) -> str:
    texts = bad.astype(str)
    if texts.str.contains(r"\d,\d").any():
        return "Use a decimal point, or semicolons between the cells."
    if texts.str.contains(r"^\s*[<>]").any():
        return "Leave the cell empty and say why in another column."
    return "Leave the cell empty if the value is missing." if len(bad) else ""


def _integer(cells: pd.Series, column: Column, source: str, faults: list[Fault]) -> pd.Series:
    numbers = _number(cells, column, source, faults)
    _report(
        faults,
        numbers.notna() & (numbers % 1 != 0),
        f"{column.name} must be a whole number",
        cells,
        source,
        column.help,
    )
    return numbers


def _flag(cells: pd.Series, column: Column, source: str, faults: list[Fault]) -> pd.Series:
    words = {
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
    flags = cells.astype(str).str.lower().map(words).astype(float)
    _report(faults, cells.notna() & flags.isna(), f"{column.name} must be 0 or 1", cells, source, column.help)
    return flags


def _report(
    faults: list[Fault], broken: pd.Series, rule: str, cells: pd.Series, source: str, remedy: str
) -> None:
    faults += name_faults(broken, rule, found=cells, source=source, remedy=_sentence(remedy))


def name_faults(
    broken: pd.Series, rule: str, *, found: str | pd.Series, source: str, remedy: str = ""
) -> list[Fault]:
    """The fault of the rows that break a rule, as a list; empty where none does.

    Parameters
    ----------
    broken : Series of bool
        Its index holds the rows as the file numbers them; missing is not broken.
    found : str or Series
        What is quoted, or the cells, of which the first three different ones in broken rows are.
    """
    broken = broken.astype("boolean").fillna(False).astype(bool)
    if not broken.any():
        return []
    quoted = found if isinstance(found, str) else _quote(found[broken])
    rows = [int(row) for row in broken.index[broken]]
    return [Fault(rule, value=quoted, where=f"{source} {name_rows(rows)}", remedy=remedy)]


def _quote(cells: pd.Series) -> str:
    values = ["empty" if _blank(value) else str(value) for value in cells.unique()]
    return ", ".join(values[:3]) + (", …" if len(values) > 3 else "")


def _blank(value: object) -> bool:
    return value is None or (isinstance(value, float) and np.isnan(value))


def _sentence(text: str) -> str:
    return text if not text or re.search(r"[.?!]$", text) else f"{text[0].upper()}{text[1:]}."


def find_repeats(frame: pd.DataFrame, contract: Contract, source: str) -> list[Fault]:
    """Where a checked frame names one thing in several rows, by the rules of its contract."""
    return [fault for unique in contract.unique for fault in _repeats_of(frame, unique, source)]


def _repeats_of(frame: pd.DataFrame, unique: Unique, source: str) -> list[Fault]:
    if not set(unique.columns) <= set(frame):
        return []
    names = [*unique.columns, *(name for name in unique.also if name in frame)]
    rows = frame[frame[list(unique.columns)].notna().all(axis=1)]
    rows = rows if unique.among is None else rows[unique.among(rows)]
    paths = {name: rows[name].map(_one_spelling, na_action="ignore") for name in FILES & set(names)}
    keys = rows[names].assign(**paths)
    again = keys[keys.duplicated(keep=False)]
    groups = [(key, list(part.index)) for key, part in again.groupby(names, sort=False, dropna=False)]
    rule = unique.rule or f"{', '.join(names)} together must name one row"
    said = [(_named(names, key), at) for key, at in groups[:MOST_REPEATS]]
    if more := [row for _, at in groups[MOST_REPEATS:] for row in at]:
        said.append((f"{len(groups) - MOST_REPEATS} more repeats", more))
    return [
        Fault(rule, value=found, where=f"{source} {name_rows(at)}", remedy=unique.remedy)
        for found, at in said
    ]


def _one_spelling(path: object) -> str:
    return str(PurePath(str(path)))


def _named(names: Sequence[str], key: object) -> str:
    """The key in words, but for what names a person: a refusal is read by more people than the table; rows
    tell."""
    values = key if isinstance(key, tuple) else (key,)
    told = [(n, v) for n, v in zip(names, values, strict=True) if not (_blank(v) or v == "")]
    return ", ".join(f"one {n}" if n in PERSONAL else f"{n} {v}" for n, v in told)
