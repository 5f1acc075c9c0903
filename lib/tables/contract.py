"""Column contracts: what a table must hold, and every place where it does not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

import numpy as np
import pandas as pd

from lib.errors import Fault, InputError, name_rows
from lib.tables.column import PERSONAL
from lib.tables.column import Column as Column
from lib.tables.convert import Converted, convert_column, report, sentence
from lib.tables.faults import name_faults as name_faults
from lib.tables.files import read_cells
from lib.tables.intake.header import Found, Match, match_header
from lib.tables.intake.how import PLAIN
from lib.tables.intake.numbers import Marks, as_objects, decide_marks
from lib.tables.intake.receipt import Origin, Receipt, keep

FILES = {"file", "image", "mask"}
"""Of the columns that name persons, the files: two spellings of one path are one file."""
MOST_REPEATS = 5
LISTED = 12


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
    columns untouched. The index is the file's row number.

    Raises
    ------
    InputError
        With every fault of the file: absent columns, unreadable numbers, values outside their bounds or
        choices, missing keys, repeated rows, two columns of one quantity.
    """
    return check_table(read_cells(path, contract.columns), contract, source=Path(path).name)


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
    columns and cells: for tables with rules of their own, so that all faults are named at once.

    ``attrs["units"]`` of the frame names the unit in which each column was typed. What was read of a file is
    kept for its receipt (`lib.tables.intake.receipt`).
    """
    origin = frame.attrs.get("origin")
    how = origin.how if isinstance(origin, Origin) else PLAIN
    match = match_header(list(map(str, frame.columns)), contract.columns, source=source, units=how.units)
    faults = list(match.faults)
    if frame.empty:
        faults.append(
            Fault(f"the table of {contract.name} needs at least one row", value="none", where=source)
        )
    faults += _absent_columns(frame, contract, match, source)
    marks = _marks(frame, contract, match, origin, source, faults)
    held: dict[str, Converted] = {}
    for column in contract.columns:
        found = match.found.get(column.name)
        if found is not None:
            cells = _recoded(frame.iloc[:, found.place], how.values.get(column.name, {}))
            percent = isinstance(origin, Origin) and found.theirs in origin.percent
            held[column.name] = convert_column(
                cells, column, found, marks, source, how.missing, percent=percent
            )
            faults += held[column.name].faults
    result = _assemble(frame, contract, match, held, faults, source)
    if isinstance(origin, Origin):
        keep(_receipt(origin, frame, contract, match, held, marks), contract.name)
    return result, faults


def _recoded(cells: pd.Series, words: object) -> pd.Series:
    """The file's words replaced by ours, as its owner says."""
    if not isinstance(words, dict) or not words:
        return cells
    exact = {str(theirs): ours for theirs, ours in words.items()}
    folded = {theirs.casefold(): ours for theirs, ours in exact.items()}
    texts = as_objects(cells)
    return texts.map(
        lambda cell: exact.get(str(cell), folded.get(str(cell).casefold(), cell)), na_action="ignore"
    )


def _marks(
    frame: pd.DataFrame, contract: Contract, match: Match, origin: object, source: str, faults: list[Fault]
) -> Marks:
    numeric = [c for c in contract.columns if c.kind in ("number", "integer") and c.name in match.found]
    cells = {c.name: frame.iloc[:, match.found[c.name].place] for c in numeric}
    try:
        return decide_marks(
            cells,
            delimiter=origin.delimiter if isinstance(origin, Origin) else "comma",
            whole=[c.name for c in numeric if c.kind == "integer"],
            how=origin.how if isinstance(origin, Origin) else PLAIN,
            source=source,
        )
    except InputError as error:
        faults += error.faults
        return Marks(".", ",")


def _absent_columns(frame: pd.DataFrame, contract: Contract, match: Match, source: str) -> list[Fault]:
    blamed = " ".join(fault.rule for fault in match.faults)
    there = ", ".join(map(str, frame.columns[:LISTED]))
    absent = [
        c
        for c in contract.columns
        if c.required and c.name not in match.found and c.default is None and c.name not in blamed.split()
    ]
    if not absent:
        return []
    names = " and ".join(f'"{c.name}"' for c in absent)
    kind = "columns" if len(absent) > 1 else "column"
    helps = " ".join(sentence(f"{c.name}: {c.help}") for c in absent if c.help)
    origin = frame.attrs.get("origin")
    if isinstance(origin, Origin) and origin.header_row > 1:
        helps = f"The header was taken from row {origin.header_row}. {helps}".strip()
    return [
        Fault(
            f"the table of {contract.name} needs the {kind} {names}",
            value=f"columns {there}",
            where=source,
            remedy=helps,
        )
    ]


def _assemble(
    frame: pd.DataFrame,
    contract: Contract,
    match: Match,
    held: dict[str, Converted],
    faults: list[Fault],
    source: str,
) -> pd.DataFrame:
    """Contract columns in their order, defaults for those that are absent, then the columns that are the
    user's own."""
    columns: dict[str, pd.Series] = {}
    role = held["role"].values if "role" in held else None
    for column in contract.columns:
        if column.name in held:
            columns[column.name] = _whole(held[column.name], column, role, faults, source)
        elif column.default is not None:
            columns[column.name] = _constant(column.default, frame.index)
    taken = {one.place for one in match.found.values()}
    ours = {column.name for column in contract.columns}
    extra = {
        str(name): as_objects(frame.iloc[:, k])
        for k, name in enumerate(frame.columns)
        if k not in taken and str(name) not in ours
    }
    result = pd.DataFrame({**columns, **extra}, index=frame.index)
    result.attrs = dict(frame.attrs) | {"units": {n: f.unit for n, f in match.found.items() if f.unit}}
    return result


def _constant(value: object, index: pd.Index) -> pd.Series:
    kind = object if isinstance(value, str) or not len(index) else type(value)
    return pd.Series(np.full(len(index), value, dtype=kind), index=index)


def _whole(
    held: Converted, column: Column, role: pd.Series | None, faults: list[Fault], source: str
) -> pd.Series:
    """A column with a default that is empty as a whole takes it; one that is partly filled is a fault."""
    values = held.values
    if column.default is None or not held.missing.any():
        return values
    if held.missing.all():
        return _constant(column.default, values.index)
    needed = held.missing
    if column.roles and role is not None:
        needed = needed & (role.isin(column.roles) | role.isna()).to_numpy()
    remedy = f"Without the column {column.default} is taken; beside other values an empty cell says nothing."
    rule = f"{column.name} must be filled in every row or in none"
    report(faults, pd.Series(needed, index=values.index), rule, values, source, remedy)
    return values.where(~held.missing, column.default).infer_objects()


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
    told = [(n, v) for n, v in zip(names, values, strict=True) if not (pd.isna(v) or v == "")]
    return ", ".join(f"one {n}" if n in PERSONAL else f"{n} {v}" for n, v in told)


def _receipt(
    origin: Origin,
    frame: pd.DataFrame,
    contract: Contract,
    match: Match,
    held: dict[str, Converted],
    marks: Marks,
) -> Receipt:
    """A row a column of the file, then one for each of ours that it lacks and that has a default."""
    rows = []
    ours = {found.place: name for name, found in match.found.items()}
    for place, theirs in enumerate(map(str, frame.columns)):
        name = ours.get(place, "")
        shown = origin.how.columns.get(theirs, theirs)
        if not name:
            rows.append(_row(shown, "", n=int(frame.iloc[:, place].notna().sum()), note="ignored"))
            continue
        rows.append(_row_of(shown, name, match.found[name], held[name], origin))
    rows += [
        _row("", column.name, note=f"default: {column.default}")
        for column in contract.columns
        if column.name not in match.found and column.default is not None
    ]
    return Receipt(origin, marks.decimal, origin.how.dates, tuple(rows))


def _row_of(theirs: str, name: str, found: Found, held: Converted, origin: Origin) -> dict[str, object]:
    values, n_missing = held.values, int(held.missing.sum())
    numeric = pd.api.types.is_numeric_dtype(values.dtype) and n_missing < len(values)
    levels = held.n_levels
    notes = [origin.remarks.get(theirs, ""), found.note, held.note]
    notes += [f"{levels} level{'s' if levels != 1 else ''}"] if levels else []
    if name in origin.how.constants:
        notes.insert(0, "constant")
    return _row(
        theirs,
        name,
        unit=found.unit,
        factor=found.factor if found.unit else None,
        n=len(values) - n_missing,
        n_missing=n_missing,
        minimum=float(values.min()) if numeric else None,
        maximum=float(values.max()) if numeric else None,
        note="; ".join(["used", *filter(None, notes)]),
    )


def _row(theirs: str, name: str, **facts: object) -> dict[str, object]:
    return {"column": theirs, "read_as": name, **facts}
