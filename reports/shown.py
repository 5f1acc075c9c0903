"""What a presentation gives to be shown: tables, figures and sentences as plain records; `report.show`
publishes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from matplotlib.figure import Figure as Drawing

from lib.records import Claim
from lib.result import Result


@dataclass(frozen=True)
class Table:
    """A published table: what the file holds at full precision, and what the reader sees of it.

    Parameters
    ----------
    name : str
        File name without ending: ``"ic50"`` becomes ``tables/ic50.csv``.
    frame : DataFrame or Result
        What the file holds. An index with names is shown as columns in front; one that only counts rows is
        left out.
    caption : str
        Markdown; opens with the finding in bold, then says how to read it.
    show : DataFrame, optional
        Strings from `reports.wording`, headers in words with the unit after a newline; by default the frame
        itself, numbers at three significant digits.
    flagged : sequence of bool
        Rows of `show` to tint.
    fold : bool
        Start folded: for long tables of detail.
    note : str
        A line under the table.
    accuracy : mapping of str to float or Tolerance
        Columns whose numbers hold less well than to 1e-9 of their size from machine to machine, since their
        method is iterative, and to how much of it they do.
    """

    name: str
    frame: pd.DataFrame
    caption: str = ""
    show: pd.DataFrame | None = None
    flagged: Sequence[bool] = ()
    fold: bool = False
    note: str = ""
    accuracy: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "frame", _with_index(self.frame, self.name))
        if self.show is not None:
            object.__setattr__(self, "show", _with_index(self.show, self.name))


def _with_index(rows: pd.DataFrame | Result, name: str) -> pd.DataFrame:
    """A frame of the rows, an index that says something being columns of it.

    Raises
    ------
    ValueError
        If it says something under no name, or under that of a column.
    """
    frame = rows.to_frame() if isinstance(rows, Result) else rows
    names = list(frame.index.names)
    if names == [None] and pd.api.types.is_integer_dtype(frame.index):
        return frame
    if None in names or set(names) & set(frame.columns):
        said = "has no name" if None in names else "has the name of a column"
        raise ValueError(
            f"table {name}: its index tells rows apart ({', '.join(map(str, frame.index[:3]))} …) and {said};"
            f' write Table("{name}", frame.rename_axis("what they are").reset_index()), or'
            " frame.reset_index(drop=True) to leave it out"
        )
    return frame.reset_index()


@dataclass(frozen=True)
class Figure:
    """A figure: its file's name, caption (Markdown that opens with the finding) and the finding for who
    cannot see it."""

    name: str
    drawing: Drawing
    caption: str
    alt: str


@dataclass(frozen=True)
class Panels:
    """Many small figures that the page lays out itself."""

    name: str
    drawings: Sequence[Drawing]
    caption: str
    alt: str
    columns: int = 3


@dataclass(frozen=True)
class Text:
    """Sentences that depend on the data, as Markdown; nothing where it is empty."""

    markdown: str


Shown = Table | Figure | Panels | Text
Parts = Shown | Sequence["Shown | None"] | None
"""One thing to show, several, or nothing where there is nothing to say."""


@dataclass(frozen=True)
class Answer:
    """What a report says on top, around its claims, the lead first.

    Parameters
    ----------
    claims : sequence of Claim
        Of which the first is the lead, unless there is none at all.
    answer : str
        One sentence that holds `reports.wording.phrase` of the lead.
    quality, published, caution : str
        The other facts of the card, each a bold count first; empty where there is nothing to say.
    flags : sequence of str
        A few words for each thing that a reader must know.
    origin : str
        ``"digitised"`` where the analysis itself makes the data so.
    """

    claims: Sequence[Claim]
    answer: str
    quality: str = ""
    published: str = ""
    caution: str = ""
    flags: Sequence[str] = ()
    origin: str = ""
