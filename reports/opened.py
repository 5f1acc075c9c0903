"""What a notebook knows of the report that it makes, and how it says which inputs it took."""

from __future__ import annotations

import filecmp
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

from lib.programme import Programme
from reports import project
from reports.wording import listing

MARKS = {
    "simulated": ("Simulated data", "Agreement with what they were drawn from is calibration, not evidence."),
    "digitised": ("Digitised data", "Values read from a printed figure carry the error of that reading."),
}
EXAMPLE = "Simulated example data"
STYLE = "border-left:4px dashed #b36b00;padding:.3em .8em;margin:.3em 0"


@dataclass(frozen=True)
class Input:
    """An input file that a notebook took.

    Parameters
    ----------
    parameter, name : str
        Which parameter names it, and the path as it was typed (of an absolute one, the last part).
    path : Path
        Where it lies.
    place : str
        Where a relative path started, in words; empty for an absolute one.
    origin : str
        measured, published, digitised or simulated.
    """

    parameter: str
    name: str
    path: Path
    place: str
    origin: str

    @property
    def mark(self) -> tuple[str, str]:
        """What the reader must know of it, and why; empty for a measurement."""
        words, why = MARKS.get(self.origin, ("", ""))
        if self.origin == "simulated" and _is_of_the_example(self.path):
            return EXAMPLE, why
        return words, why


def _is_of_the_example(path: Path) -> bool:
    """Whether a file holds what one of the example's does: by content, as another installation has its own
    copies."""
    size = path.stat().st_size if path.is_file() else -1
    alike = (p for p in project.EXAMPLE_STUDY.parent.rglob("*") if p.is_file() and p.stat().st_size == size)
    return any(filecmp.cmp(p, path, shallow=False) for p in alike)


@dataclass(frozen=True)
class Opened:
    """What a notebook knows of the report that it makes.

    Parameters
    ----------
    study, origin : str
        Of the data: the study's name, or empty; measured, published, digitised or simulated.
    parameters : mapping
        Every parameter with the value that it now has.
    inputs : tuple of Input
        The files taken.
    left_out : tuple of str
        Parameters whose default file is not taken, as where the user brings files of his own.
    programme : Programme
        What is published and expected, for the methods; of the programme ``none`` everything is empty.
    """

    study: str
    origin: str
    parameters: Mapping[str, Any]
    inputs: tuple[Input, ...] = ()
    left_out: tuple[str, ...] = ()
    programme: Programme = field(default_factory=lambda: Programme("none"))


def marks(report: Opened) -> list[tuple[str, str]]:
    """A line for each kind of data that are no measurement: which files, in front what they are; then why it
    matters."""
    by_mark: dict[tuple[str, str], list[str]] = {}
    for one in report.inputs:
        if one.mark[0]:
            by_mark.setdefault(one.mark, []).append(Path(one.name).name)
    return [(f"{words}: {listing(names, limit=len(names))}.", why) for (words, why), names in by_mark.items()]


def taken(report: Opened) -> list[str]:
    """A line for each input, and one for what was left out."""
    lines = [f"{one.parameter}: {one.name}{_from(one)}" for one in report.inputs]
    if report.left_out:
        lines.append(f"no file taken for {listing(list(report.left_out))}")
    return lines


def _from(one: Input) -> str:
    return f", from {one.place}" if one.place else ""


def to_text(report: Opened) -> str:
    """All of it as text."""
    return "\n".join([*(f"{what} {why}" for what, why in marks(report)), *taken(report)])


def to_html(report: Opened) -> str:
    """All of it as HTML, the marks in front."""
    said = [f'<div style="{STYLE}"><b>{escape(what)}</b> {escape(why)}</div>' for what, why in marks(report)]
    return "".join(said) + "<br>".join(map(escape, taken(report)))


def to_content(report: Opened) -> dict[str, Any]:
    """All of it for the page, which has a banner and a list of inputs of its own."""
    inputs: Sequence[dict[str, str]] = [
        {"parameter": one.parameter, "name": one.name, "place": one.place, "origin": one.origin}
        for one in report.inputs
    ]
    return {"kind": "inputs", "origin": report.origin, "inputs": inputs, "left_out": list(report.left_out)}
