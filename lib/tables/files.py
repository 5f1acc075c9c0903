"""Reading a table from whatever file a laboratory has: text, Excel, Parquet or SAS transport."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from lib.errors import Fault, InputError
from lib.tables.column import Column
from lib.tables.intake.numbers import as_objects, decide_marks, to_plain
from lib.tables.intake.receipt import Origin
from lib.tables.intake.take import KINDS, kind_of, take


def read_cells(path: str | Path, columns: Sequence[Column] = ()) -> pd.DataFrame:
    """Read a file as it stands: column names stripped, text cells as text, empty cells missing.

    Encoding, delimiter, sheet and header row are found or were said (`lib.tables.intake`). Rows that are
    wholly empty are dropped. The index holds the row as a spreadsheet numbers it, so that messages can name
    it.

    Parameters
    ----------
    path : str or Path
        ``.csv``, ``.tsv``, ``.txt`` (each also ``.gz``), ``.xlsx``, ``.parquet`` or ``.xpt``.
    columns : sequence
        What the table should hold; decides between the sheets of a workbook. Without them texts that are
        numbers under the file's marks are written plainly.

    Returns
    -------
    DataFrame
        ``attrs["origin"]`` says what was read, as :class:`lib.tables.intake.receipt.Origin`.

    Raises
    ------
    InputError
        If the file is absent, of another kind, empty, unreadable, repeats a column name, or leaves open what
        is meant.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(
            Fault("a file of that name must exist", value=path.name, where="", remedy=_nearest_file(path))
        )
    if kind_of(path) not in KINDS:
        rule = f"a table must be one of {', '.join(KINDS)} (text also .gz)"
        raise InputError(Fault(rule, value=kind_of(path) or "no ending", where=path.name))
    try:
        cells = take(path, columns)
        return cells if columns else _plain(cells)
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


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Texts and numbers as Python has them; under a decimal comma, columns of numbers are written with a
    point."""
    origin: Origin = frame.attrs["origin"]
    plain = pd.DataFrame({name: as_objects(cells) for name, cells in frame.items()}, index=frame.index)
    plain.attrs = frame.attrs
    try:
        marks = decide_marks(
            dict(frame.items()), delimiter=origin.delimiter, how=origin.how, source=origin.name
        )
    except InputError:  # texts among the columns may look like numbers of another kind
        return plain
    for name, cells in plain.items() if marks.decimal == "," else ():
        texts = cells.map(lambda cell: to_plain(cell, marks) if isinstance(cell, str) else cell)
        if texts.notna().equals(cells.notna()):
            plain[name] = texts
    return plain


def _nearest_file(path: Path) -> str:
    import difflib

    beside = [p.name for p in path.parent.iterdir() if p.is_file()] if path.parent.is_dir() else []
    near = difflib.get_close_matches(path.name, beside, n=1)
    return f'Did you mean "{near[0]}"?' if near else "Check the path; relative paths start at the study file."
