"""Instrument matrices with a plate layout, made into the tidy rows that the analyses read."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import numpy as np
import pandas as pd
import wellmap
from numpy.typing import NDArray

from lib.errors import Fault, InputError
from lib.tables.dose_response import check_wells, read_wells
from lib.tables.intake.numbers import PLAIN, Marks, decide_marks, read_numbers, to_plain
from lib.tables.intake.receipt import how_of
from lib.tables.intake.text import DELIMITERS, decode
from lib.tables.intake.workbook import read_workbook

BLOCKS = {(8, 12), (16, 24), (32, 48)}
OWN_COLUMNS = ["well", "well0", "row", "col", "row_i", "row_j", "col_j", "path"]
Cells = list[list[str]]


def read_matrix(path: str | Path) -> list[pd.DataFrame]:
    """Read the blocks of signals of an instrument's file, one a plate, in the order of the file.

    A block is 8 by 12, 16 by 24 or 32 by 48 cells; its rows may begin with their letter. Other lines
    (headers, settings) are passed over. A cell that holds a word, such as ``OVRFLW``, is no reading; the word
    is kept.

    Returns
    -------
    list of DataFrame
        ``well`` (A01), ``signal`` (NaN where there is none) and ``unread`` (the word that stood instead).

    Raises
    ------
    InputError
        If the file is absent or holds no block.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(
            Fault("the instrument's matrix must be a file", value="no such file", where=path.name)
        )
    lines, delimiter = _lines(path)
    blocks = _labelled(lines) or _bare(lines)
    if not blocks:
        raise InputError(
            Fault(
                "an instrument's matrix must hold a block of 8 x 12, 16 x 24 or 32 x 48 signals",
                value=f"{len(lines)} lines without one",
                where=path.name,
                remedy="For one row a well leave layout empty.",
            )
        )
    marks = _marks(blocks, delimiter, path)
    return [_tidy(block, marks) for block in blocks]


def _lines(path: Path) -> tuple[Cells, str]:
    """Cells of all lines of a text, or of all sheets of a workbook one below the other."""
    if path.suffix.lower() == ".xlsx":
        sheets = [sheet.cells for sheet in read_workbook(path) if not sheet.is_empty]
        rows = [
            ["" if pd.isna(c) else _written(c) for c in row]
            for cells in sheets
            for row in [*cells.to_numpy(), ()]
        ]
        return rows, ""
    text, _ = decode(path.read_bytes(), path.name)
    delimiter = max("\t;,", key=text.count)
    rows = [[c.strip() for c in row] for row in csv.reader(io.StringIO(text), delimiter=delimiter)]
    return rows, DELIMITERS[delimiter]


def _written(cell: object) -> str:
    return repr(float(cell)) if isinstance(cell, int | float) and float(cell) % 1 else f"{cell}"


def _marks(blocks: list[Cells], delimiter: str, path: Path) -> Marks:
    """The decimal mark of all readings of the file."""
    cells = pd.Series([c for block in blocks for row in block for c in row], dtype=object)
    if not delimiter:  # a workbook's cells are numbers, written here with a point
        return PLAIN
    return decide_marks({"the readings": cells}, delimiter=delimiter, how=how_of(path), source=path.name)


def read_plates(path: str | Path, layout: str | Path = "") -> pd.DataFrame:
    """Wells of a table with one row a well; with a layout, those of an instrument's matrix.

    Raises
    ------
    InputError
        As `lib.tables.dose_response.read_wells` and `read_layout_wells` do.
    """
    return read_layout_wells(path, layout) if str(layout) else read_wells(path)


def read_layout_wells(matrix: str | Path, layout: str | Path) -> pd.DataFrame:
    """Wells of an instrument's matrix, named by a wellmap layout, checked as by `read_wells`.

    The layout gives each well its ``cell_line, compound, concentration_uM, role`` and optionally
    ``experiment, plate, exclude``. With several blocks in the file, the first block is the first plate that
    the layout names. Wells outside the layout are not used.

    Raises
    ------
    InputError
        For a layout that cannot be read, plates and blocks that differ in number, and every fault of the
        wells.
    """
    blocks, plan = read_matrix(matrix), read_layout(layout)
    plates = list(dict.fromkeys(plan["plate"]))
    source = Path(matrix).name
    if len(plates) != len(blocks):
        raise InputError(
            Fault(
                "a matrix file must hold one block a plate of the layout",
                value=f"{len(blocks)} blocks for {len(plates)} plates",
                where=source,
            )
        )
    signals = pd.concat([b.assign(plate=p) for b, p in zip(blocks, plates, strict=True)])
    wells = plan.merge(signals, on=["plate", "well"], how="left", indicator=True)
    outside = wells.loc[wells["_merge"] == "left_only", "well"]
    if len(outside):
        raise InputError(
            Fault("wells of the layout must lie on the plate", value=", ".join(outside[:6]), where=source)
        )
    read = wells.pop("unread")
    given = wells["exclude"] if "exclude" in wells else pd.Series("", index=wells.index)
    wells["exclude"] = given.where(given.notna() & (given != ""), read).replace("", None)
    return check_wells(wells.drop(columns="_merge"), source=f"{source} with {Path(layout).name}")


def read_layout(path: str | Path) -> pd.DataFrame:
    """Read a wellmap layout (TOML): one row a well, its attributes as columns; ``plate`` is 1 if not given.

    Raises
    ------
    InputError
        If it is absent or wellmap cannot read it; its message is passed on.

    References
    ----------
    Kundert K. wellmap: a file format for microplate layouts. BMC Res Notes 2021;14:164.
    """
    name = Path(path).name
    if not Path(path).is_file():
        raise InputError(Fault("layout must be a wellmap TOML file", value="no such file", where=name))
    try:
        plan = wellmap.load(path)
    except (wellmap.LayoutError, ValueError) as error:
        raise InputError(Fault("layout must be a wellmap TOML file", value=str(error), where=name)) from error
    plan = plan.assign(well=plan["well0"])
    plan = plan.drop(columns=[c for c in OWN_COLUMNS if c in plan and c != "well"])
    return plan if "plate" in plan else plan.assign(plate="1")


def _labelled(lines: Cells) -> list[Cells]:
    """Blocks whose rows begin with the letters A, B, C, ... in order."""
    blocks: list[Cells] = []
    rows: Cells = []
    for cells in [*lines, []]:
        if cells and cells[0].upper() == _letters(len(rows)):
            rows.append(cells[1:])
            continue
        blocks += _as_block(rows)
        rows = [cells[1:]] if cells and cells[0].upper() == "A" else []
    return blocks


def _bare(lines: Cells) -> list[Cells]:
    """Blocks of nothing but readings; a line of the column numbers 1, 2, 3, ... is a header."""
    blocks: list[Cells] = []
    rows: Cells = []
    for cells in [*lines, []]:
        wide = len(cells) in {columns for _, columns in BLOCKS}
        header = [c for c in cells if c] == [str(k + 1) for k in range(len(cells))]
        if wide and not header and np.isfinite(_numbers(cells)).sum() * 2 >= len(cells):
            rows.append(cells)
            continue
        blocks += _as_block(rows)
        rows = []
    return blocks


def _as_block(rows: Cells) -> list[Cells]:
    """The rows as one block of a standard size, cut of what stands to its right; else nothing."""
    for height, width in BLOCKS:
        if len(rows) == height and all(len(r) >= width for r in rows):
            beyond = [c for r in rows for c in r[width:]]
            # a 16 x 24 block is never taken for a narrow one: heights differ; what follows may name the
            # reading
            return [[r[:width] for r in rows]] if not np.isfinite(_numbers(beyond)).any() else []
    return []


def _letters(row: int) -> str:
    return chr(65 + row) if row < 26 else "A" + chr(65 + row - 26)


def _numbers(cells: list[str], marks: Marks | None = None) -> NDArray[np.float64]:
    """Readings as numbers; with marks that are not known yet, whatever a number may look like."""
    if marks is not None:
        return read_numbers(pd.Series(cells, dtype=object), marks).values
    found = [[to_plain(c, marks) for marks in (Marks(".", ","), Marks(",", "."))] for c in cells]
    return np.array([next((v for v in either if v is not None), np.nan) for either in found], dtype=float)


def _tidy(block: Cells, marks: Marks) -> pd.DataFrame:
    cells = [c for row in block for c in row]
    signal = _numbers(cells, marks)
    said = [
        "" if np.isfinite(s) or not re.search(r"\w", c) else f"reading {c}"
        for s, c in zip(signal, cells, strict=True)
    ]
    well = [f"{_letters(i)}{j + 1:02d}" for i, row in enumerate(block) for j in range(len(row))]
    return pd.DataFrame(
        {"well": well, "signal": np.where(np.isfinite(signal), signal, np.nan), "unread": said}
    )
