"""A file becomes one table of cells: the sheet and the header row are found, or were said."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.errors import ROWS_A_SHEET, Fault, InputError, name_rows
from lib.tables.column import Column
from lib.tables.intake.header import match_header
from lib.tables.intake.how import ALL_SHEETS, How
from lib.tables.intake.receipt import Origin, how_of
from lib.tables.intake.sheet import Sheet, count_filled, find_header
from lib.tables.intake.text import read_text
from lib.tables.intake.workbook import read_workbook

FOOT_CELLS = 1
"""Rows behind an empty one that fill no more cells than this are remarks below the table."""
SHOWN = 60


def take(path: Path, columns: Sequence[Column] = ()) -> pd.DataFrame:
    """The cells of a file under its own header, ``attrs["origin"]`` saying where they come from.

    Parameters
    ----------
    path : Path
        Text, workbook, Parquet or SAS transport file.
    columns : sequence
        Those that are looked for: they decide between the sheets of a workbook.

    Raises
    ------
    InputError
        With every fault of the file as a whole: no table, names repeated, rows longer than the header, hidden
        rows, formulas without value, several sheets that could be meant.
    """
    how = how_of(path)
    kind = kind_of(path)
    if kind in BINARY:
        frame = BINARY[kind](path)
        origin = Origin(path, header_row=1, how=how)
        frame = frame.rename(columns=lambda c: str(c).strip())
        frame.index = pd.RangeIndex(2, len(frame) + 2, name="row")
        return _finish(frame.apply(_stripped).dropna(how="all"), origin)
    sheets = [read_text(path)] if kind in TEXT else read_workbook(path)
    chosen, notes = _choose(sheets, columns, how, path.name)
    parts = [_table(sheet, how, path) for sheet in chosen]
    if len(parts) == 1:
        frame, origin = parts[0]
    else:
        frame, origin = _stack(parts, path.name)
    return _finish(frame, replace(origin, notes=(*notes, *origin.notes)))


def kind_of(path: Path) -> str:
    """The ending that tells what kind of file it is; of ``table.csv.gz`` that is ``.csv``."""
    suffixes = [s.lower() for s in path.suffixes[-2:]]
    if suffixes[-1:] == [".gz"] and len(suffixes) > 1:
        return suffixes[-2]
    return suffixes[-1] if suffixes else ""


def _read_transport(path: Path) -> pd.DataFrame:
    import pyreadstat  # slow to import, and only SAS files need it

    frame, _ = pyreadstat.read_xport(str(path))
    return frame


TEXT = (".csv", ".tsv", ".txt")
BINARY: dict[str, Callable[[Path], Any]] = {".parquet": pd.read_parquet, ".xpt": _read_transport}
KINDS = (*TEXT, ".xlsx", *BINARY)


def _stripped(cells: pd.Series) -> pd.Series:
    """Texts without white space at their ends, empty ones missing."""
    if cells.dtype != object and not isinstance(cells.dtype, pd.StringDtype):
        return cells
    texts = cells.map(lambda cell: cell.strip() if isinstance(cell, str) else cell)
    return texts.astype(object).mask(texts.eq("") | texts.isna(), None)


def _choose(
    sheets: list[Sheet], columns: Sequence[Column], how: How, name: str
) -> tuple[list[Sheet], tuple[str, ...]]:
    """The sheets to read, and a word on the others."""
    filled = [sheet for sheet in sheets if not sheet.is_empty]
    if not filled:
        raise InputError(Fault(rule="a table needs a header row", value="an empty file", where=name))
    if how.sheet == ALL_SHEETS:
        return filled, ()
    if how.sheet:
        named = [sheet for sheet in sheets if sheet.name == how.sheet]
        if not named:
            there = ", ".join(sheet.name for sheet in sheets)
            near = difflib.get_close_matches(how.sheet, [s.name for s in sheets], n=1)
            remedy = f'Did you mean "{near[0]}"?' if near else ""
            raise InputError(
                Fault(
                    f"the workbook must have the sheet {how.sheet}",
                    value=f"sheets {there}",
                    where=name,
                    remedy=remedy,
                )
            )
        return named, _unread(sheets, named)
    if len(filled) == 1 or not columns:
        chosen = filled[:1] if len(filled) == 1 else [max(filled, key=lambda sheet: sheet.cells.size)]
        return chosen, _unread(sheets, chosen)
    scores = [_score(sheet, columns, how) for sheet in filled]
    best = max(scores)
    alike = [sheet for sheet, score in zip(filled, scores, strict=True) if score == best]
    if len(alike) > 1 and best[1] > 0:
        names = ", ".join(f'"{sheet.name}"' for sheet in alike)
        raise InputError(
            Fault(
                rule="one sheet of a workbook must be the table, or all of them must be asked for",
                value=f"sheets {names} with the same columns",
                where=name,
                remedy=f'Say which in the study file: read: sheet: "{alike[0].name}", or sheet: all.',
            )
        )
    return alike[:1], _unread(sheets, alike[:1])


def _score(sheet: Sheet, columns: Sequence[Column], how: How) -> tuple[int, int]:
    """How many of the columns a sheet has: required ones first."""
    row = how.header_row or find_header(sheet.cells)
    names = [str(cell).strip() for cell in sheet.cells.loc[row].dropna()] if row in sheet.cells.index else []
    renamed = {theirs: ours for ours, theirs in how.columns.items()}
    found = match_header([renamed.get(n, n) for n in names], columns, source="", units=how.units).found
    return sum(c.required for c in columns if c.name in found), len(found)


def _unread(sheets: list[Sheet], chosen: list[Sheet]) -> tuple[str, ...]:
    others = [sheet for sheet in sheets if sheet not in chosen]
    return tuple(f"sheet {s.name} not read{' (empty)' if s.is_empty else ''}" for s in others)


def _table(sheet: Sheet, how: How, path: Path) -> tuple[pd.DataFrame, Origin]:
    """The rows below a sheet's header, without those that are empty and remarks at the foot."""
    row = how.header_row or find_header(sheet.cells)
    if row not in sheet.cells.index:
        raise InputError(
            Fault(
                "read: header_row must be a row of the table",
                value=str(row),
                where=path.name,
                remedy=f"It has {len(sheet.cells)} rows.",
            )
        )
    source = f"{path.name} sheet {sheet.name}" if sheet.name else path.name
    header = ["" if pd.isna(cell) else _name(cell) for cell in sheet.cells.loc[row]]
    body = sheet.cells.loc[row + 1 :]
    width = max((k + 1 for k, name in enumerate(header) if name), default=0)
    faults = _long_rows(body, width, source, sheet)
    body = body.iloc[:, :width]
    counts = count_filled(body)
    notes = [] if row == sheet.cells.index[0] else _skipped(sheet.cells.loc[: row - 1], "above")
    foot = _foot(counts, width)
    if foot:
        notes += _skipped(body.iloc[foot:], "below")
        body, counts = body.iloc[:foot], counts[:foot]
    names = header[:width]
    notes += [
        f"column {k + 1} has no name and is not read"
        for k, name in enumerate(names)
        if not name and bool(body.iloc[:, k].notna().any())
    ]
    named = body.iloc[:, [k for k, name in enumerate(names) if name]]
    frame = named.set_axis([name for name in names if name], axis=1)
    frame = frame if counts.all() else frame[counts > 0]
    faults += _faults(sheet, frame, names, source)
    if faults:
        raise InputError(faults)
    called = dict(enumerate(names))
    origin = Origin(
        path,
        sheet.name,
        row,
        sheet.encoding,
        sheet.delimiter,
        frozenset(called[k] for k in sheet.percent if called.get(k)),
        {called[k]: said for k, said in sheet.remarks.items() if called.get(k)},
        tuple(notes),
        how,
    )
    return frame.rename_axis("row"), origin


def _name(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return " ".join(str(cell).split())


def _long_rows(body: pd.DataFrame, width: int, source: str, sheet: Sheet) -> list[Fault]:
    beyond = body.iloc[:, width:].notna()
    rows = list(beyond.index[beyond.any(axis=1)]) if beyond.shape[1] else []
    said = "Quote cells that hold the delimiter" if sheet.delimiter else "Give every column a name"
    return [
        Fault(
            rule=f"a row must have as many cells as the header ({width})",
            value=f"{width + int(beyond.loc[row].to_numpy().nonzero()[0].max()) + 1} cells",
            where=f"{source} row {row}",
            remedy=f"{said}.",
        )
        for row in rows[:20]
    ]


def _foot(counts: NDArray[np.int64], width: int) -> int:
    """Place of the first row of the remarks below a table; 0 where there are none.

    They come behind an empty row and fill one cell each, where the table fills more.
    """
    wide = (counts > FOOT_CELLS).nonzero()[0]
    if width <= FOOT_CELLS + 1 or not len(wide):
        return 0
    last = int(wide[-1]) + 1
    below = counts[last:]
    return last if len(below) and below[0] == 0 and below.any() else 0


def _skipped(cells: pd.DataFrame, where: str) -> list[str]:
    rows = [int(str(r)) for r in cells.index[cells.notna().any(axis=1)]]
    said = " / ".join(str(next(iter(cells.loc[row].dropna()))) for row in rows[:3])
    return [f"{name_rows(rows)} {where} the table not read: {said[:SHOWN]}"] if rows else []


def _faults(sheet: Sheet, frame: pd.DataFrame, names: list[str], source: str) -> list[Fault]:
    repeated = sorted({name for name in names if name and names.count(name) > 1})
    faults = []
    if repeated:
        faults.append(
            Fault(
                "column names must differ",
                value=", ".join(repeated),
                where=source,
                remedy="Rename or remove one of each.",
            )
        )
    hidden = [row for row in sheet.hidden_rows if row in frame.index]
    if hidden:
        faults.append(
            Fault(
                rule="rows must not be hidden: whether they count cannot be seen",
                value=f"{len(hidden)} hidden",
                where=f"{source} {name_rows(hidden)}",
                remedy="Show them if they are to be used; delete them if not.",
            )
        )
    unvalued = [row for row in sheet.unvalued if row in frame.index]
    if unvalued:
        faults.append(
            Fault(
                rule="a formula must have its value stored",
                value="a formula without a value",
                where=f"{source} {name_rows(unvalued)}",
                remedy="Open the workbook in Excel or LibreOffice and save it, or paste the values.",
            )
        )
    return faults


def _stack(parts: list[tuple[pd.DataFrame, Origin]], name: str) -> tuple[pd.DataFrame, Origin]:
    """Sheets of one header as one table, with the sheet as a column; rows count on from sheet to sheet."""
    first, origin = parts[0]
    other = [o.sheet for f, o in parts if list(f.columns) != list(first.columns)]
    if other:
        raise InputError(
            Fault(
                rule="sheets that are read as one must have one header",
                value=f"another header in {', '.join(other)}",
                where=name,
                remedy=f'Name one sheet, such as "{origin.sheet}", or make their headers alike.',
            )
        )
    frames = []
    for k, (frame, one) in enumerate(parts):
        frame.index = frame.index + ROWS_A_SHEET * (k + 1)
        frames.append(frame if "sheet" in frame else frame.assign(sheet=one.sheet))
    notes = tuple(note for _, o in parts for note in o.notes)
    whole = replace(origin, sheet=", ".join(o.sheet for _, o in parts), notes=notes)
    return pd.concat(frames).rename_axis("row"), whole


def _finish(frame: pd.DataFrame, origin: Origin) -> pd.DataFrame:
    """Columns renamed, constants added and rows chosen as their owner says."""
    how, faults = origin.how, []
    for ours, theirs in how.columns.items():
        if theirs not in frame:
            near = difflib.get_close_matches(theirs, list(frame.columns), n=1)
            remedy = (
                f'Did you mean "{near[0]}"?' if near else f"It has {', '.join(map(str, frame.columns[:12]))}."
            )
            faults.append(
                Fault(
                    f"read: columns: {ours} must name a column",
                    value=theirs,
                    where=origin.name,
                    remedy=remedy,
                )
            )
    for theirs in how.filter:
        if theirs not in frame:
            faults.append(Fault("read: filter must name a column", value=theirs, where=origin.name))
    if faults:
        raise InputError(faults)
    notes = list(origin.notes)
    for theirs, wanted in how.filter.items():
        kept = frame[theirs].astype(str).str.strip().isin(wanted)
        notes.append(f"{int((~kept).sum())} rows left out: {theirs} is not {' or '.join(wanted)}")
        frame = frame[kept]
    replaced = [ours for ours, theirs in how.columns.items() if ours in frame and ours != theirs]
    frame = frame.drop(columns=replaced)
    back = {theirs: ours for ours, theirs in how.columns.items()}
    frame = frame.rename(columns=back).assign(**how.constants)
    remarks = {back.get(k, k): v for k, v in origin.remarks.items()}
    percent = frozenset(back.get(k, k) for k in origin.percent)
    frame.attrs["origin"] = replace(origin, notes=tuple(notes), remarks=remarks, percent=percent)
    return frame
