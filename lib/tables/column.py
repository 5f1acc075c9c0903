"""One column of a table, as a contract wants it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "number", "integer", "flag"]
PERSONAL = {"subject", "file", "image", "mask"}
"""Columns whose values name a person, or a file that is often called after one: no fault repeats them."""


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Parameters
    ----------
    name : str
        Ours, ending in its unit: ``_uM`` and the like. A file may spell it with other case, spaces and
        punctuation, and give it in another unit of the same quantity.
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
        Stands for an absent column (only if not None). A column that is there is filled in or empty as a
        whole.
    help : str
        One line for the data dictionary and for remedies.
    unit : str
        Unit of the numbers where the name does not say it: ``fraction``.
    also : tuple of str
        Other words for the quantity, without unit, that a header may use.
    roles : tuple of str
        Values of the column ``role`` whose rows need the cell where the column is partly filled; by default
        all.
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
    unit: str = ""
    also: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
