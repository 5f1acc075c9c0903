"""Forest plots: estimates with their intervals, one a row, beside published values where there are any."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from reports.figures.intervals import draw_intervals, draw_published
from reports.figures.style import (
    AXIS,
    BESIDE_CAPTION,
    FLAG,
    INK,
    OURS,
    SOFT,
    one_panel,
    place,
    themed,
)
from reports.wording import interval, number

ROW_IN, CHARACTER_IN, GAP_IN = 0.28, 0.063, 0.18
"""Height of a row, width of a character at 9 points, and space between columns, in inches."""

NARROW = 0.5
"""Decades below which a logarithmic axis gets the ticks of a linear one."""

NAN = float("nan")


class Look(NamedTuple):
    """Marker and colour of a row."""

    marker: str
    colour: str


PLAIN, FLAGGED, UNSURE = Look("o", OURS), Look("D", FLAG), Look("o", SOFT)
LOOKS = {"agrees": PLAIN, "differs": FLAGGED, "cannot tell": UNSURE, "not comparable": UNSURE}
"""By verdict: disc agrees, diamond differs, grey disc cannot tell or has nothing to be held against."""


@dataclass(frozen=True)
class ForestRow:
    """One row: an estimate, its interval, and what stands beside it.

    Parameters
    ----------
    label : str
    estimate, low, high : float
        On the scale of the axis. A missing bound is drawn as an open triangle at its end; without either the
        disc is open.
    published, published_low, published_high : float
        Drawn as an open grey diamond, with a thin line where bounds are given.
    qualifier : {"=", ">", "<"}
        ``>``: the estimate is a limit that the truth lies beyond; an open triangle points there.
    group : str
        Rows with one heading stand together under it; empty = no heading.
    columns : tuple of str
        Text to the right, under the plot's `columns`.
    note : str
        In the place of an estimate that does not exist: "not reached", "no data".
    look : Look
        Marker and colour.
    """

    label: str
    estimate: float
    low: float = NAN
    high: float = NAN
    published: float = NAN
    published_low: float = NAN
    published_high: float = NAN
    qualifier: str = "="
    group: str = ""
    columns: tuple[str, ...] = ()
    note: str = ""
    look: Look = PLAIN


@themed
def plot_forest(
    rows: Sequence[ForestRow],
    *,
    xlabel: str,
    log: bool = False,
    reference: float | None = None,
    columns: Sequence[str] = (),
    estimate_column: str = "",
    sides: tuple[str, str] | None = None,
    limits: tuple[float, float] | None = None,
    digits: int = 3,
    width_in: float = BESIDE_CAPTION + 2.0,
    ax: Axes | None = None,
) -> Figure | Axes:
    """Estimates and intervals, a row each; published values as open grey diamonds.

    Parameters
    ----------
    rows : sequence of ForestRow
    xlabel : str
        The quantity with its unit.
    log : bool
        Logarithmic axis, for ratios.
    reference : float, optional
        A line at the value of no effect: 1 for ratios, 0 for differences.
    columns : sequence of str
        Headings of the rows' text columns.
    estimate_column : str
        Heading of a last column with estimate and interval in figures; empty = no such column.
    sides : tuple of str, optional
        What lies to the left and to the right of the reference, written over the plot.
    limits : tuple of float, optional
        Ends of the axis; default all finite values with a margin. What lies beyond is drawn as an arrow.
    digits : int
        Significant digits of the estimate column.
    width_in : float
    ax : Axes, optional
        Drawn on, and returned, in place of a figure of its own.

    Returns
    -------
    Figure, or `ax`
    """
    lines = _lines(rows)
    texts = _text_columns(rows, columns, estimate_column, digits)
    axes, label_in = _canvas(ax, lines, rows, texts, width_in, sides is not None)
    draw_rows(axes, lines, log=log, reference=reference, limits=limits)
    _write_labels(axes, lines, label_in)
    _write_columns(axes, lines, rows, texts)
    axes.set_xlabel(xlabel)
    if sides is not None:
        _write_sides(axes, sides, reference, -1.25 if texts else -0.62)
    return axes


def draw_rows(
    axes: Axes,
    lines: Sequence[ForestRow | str],
    *,
    log: bool = False,
    reference: float | None = None,
    limits: tuple[float, float] | None = None,
) -> None:
    """Rows from the top down, a line left free for each heading, on axes whose scale this sets."""
    rows = [line for line in lines if isinstance(line, ForestRow)]
    axes.set_xscale("log" if log else "linear")
    axes.set_xlim(*(limits or _limits(rows, log, reference)))
    axes.set_ylim(max(len(lines), 1) - 0.5, -0.5)
    axes.set_yticks([])
    axes.grid(False)
    _ticks(axes, log)
    if reference is not None:
        axes.axvline(reference, color=SOFT, lw=0.9, zorder=1)
    for y, line in enumerate(lines):
        if isinstance(line, ForestRow):
            _draw_row(axes, y, line)


def _lines(rows: Sequence[ForestRow]) -> list[ForestRow | str]:
    """Rows with a heading before each new group."""
    lines: list[ForestRow | str] = []
    group = ""
    for row in rows:
        if row.group and row.group != group:
            lines.append(row.group)
        group = row.group
        lines.append(row)
    return lines


def _text_columns(
    rows: Sequence[ForestRow], columns: Sequence[str], estimate_column: str, digits: int
) -> dict[str, list[str]]:
    texts = {
        name: [row.columns[i] if i < len(row.columns) else "" for row in rows]
        for i, name in enumerate(columns)
    }
    if estimate_column:
        texts[estimate_column] = [_in_figures(row, digits) for row in rows]
    return texts


def _in_figures(row: ForestRow, digits: int) -> str:
    if math.isnan(row.estimate):
        return row.note or "no estimate"
    if row.qualifier in ("<", ">"):
        return f"{row.qualifier} {number(row.estimate, digits)}"
    if math.isnan(row.low) and math.isnan(row.high):
        return number(row.estimate, digits)
    return f"{number(row.estimate, digits)} ({interval(row.low, row.high, digits)})"


def _canvas(
    ax: Axes | None,
    lines: Sequence[ForestRow | str],
    rows: Sequence[ForestRow],
    texts: dict[str, list[str]],
    width_in: float,
    sides: bool,
) -> tuple[Axes, float]:
    """Axes placed by the inch, so that text columns line up; the width left for labels."""
    label_in = (
        CHARACTER_IN * max([len(row.label) + (2 if row.group else 0) for row in rows], default=4) + GAP_IN
    )
    text_in = sum(_width(name, cells) for name, cells in texts.items())
    height_in = ROW_IN * max(len(lines), 1) + 0.6 + 0.2 * (bool(texts) + sides)
    axes = one_panel(ax, width_in, height_in)
    bottom = 0.48 / height_in
    plot_in = max(width_in - label_in - text_in - 0.15, 1.5)
    box = (label_in / width_in, bottom, plot_in / width_in, ROW_IN * max(len(lines), 1) / height_in)
    place(axes, ax, box)
    return axes, label_in


def _width(name: str, cells: Sequence[str]) -> float:
    return CHARACTER_IN * max(len(name), *(len(cell) for cell in cells), 1) + GAP_IN


def _limits(rows: Sequence[ForestRow], log: bool, reference: float | None) -> tuple[float, float]:
    values = [
        v for r in rows for v in (r.estimate, r.low, r.high, r.published, r.published_low, r.published_high)
    ]
    usable = [
        v
        for v in [*values, reference if reference is not None else NAN]
        if math.isfinite(v) and (v > 0 or not log)
    ]
    if not usable:
        return (0.1, 10.0) if log else (-1.0, 1.0)
    low, high = min(usable), max(usable)
    if log:
        margin = max((high / low) ** 0.06, 1.1)
        return low / margin, high * margin
    margin = 0.06 * (high - low) or 0.1 * max(abs(high), 1.0)
    return low - margin, high + margin


def _ticks(axes: Axes, log: bool) -> None:
    if not log:
        axes.xaxis.set_major_locator(MaxNLocator(6))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}".replace("-", "−")))
        return
    low, high = axes.get_xlim()
    decades = math.log10(high / low)
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
    if decades < NARROW:
        axes.xaxis.set_major_locator(MaxNLocator(5))
        return
    steps = (1.0,) if decades > 3 else (1.0, 3.0) if decades > 2 else (1.0, 2.0, 5.0)
    axes.xaxis.set_major_locator(LogLocator(subs=steps, numticks=12))


def _draw_row(axes: Axes, y: float, row: ForestRow) -> None:
    draw_published(axes, y + 0.27, row.published, row.published_low, row.published_high)
    draw_intervals(
        axes,
        y,
        row.estimate,
        row.low,
        row.high,
        qualifier=row.qualifier,
        limits=axes.get_xlim(),
        marker=row.look.marker,
        colour=row.look.colour,
    )
    if math.isnan(row.estimate):
        across = axes.get_yaxis_transform()
        look: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 8, "color": SOFT}
        bare = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}  # a line behind would strike it out
        axes.text(0.5, y, row.note, transform=across, bbox=bare if row.note else None, **look)


def _write_labels(axes: Axes, lines: Sequence[ForestRow | str], label_in: float) -> None:
    inch = 1 / _plot_width(axes)
    for y, line in enumerate(lines):
        heading = isinstance(line, str)
        text, indent = (line, 0.0) if isinstance(line, str) else (line.label, 0.12 if line.group else 0.0)
        axes.text(
            (indent + 0.05 - label_in) * inch,
            y,
            text,
            transform=axes.get_yaxis_transform(),
            ha="left",
            va="center",
            fontweight="bold" if heading else "normal",
            color=INK,
        )
        if heading and y:
            axes.axhline(y - 0.5, color=AXIS, lw=0.5, zorder=0)


def _plot_width(axes: Axes) -> float:
    """Width of the axes in inches."""
    return float(axes.get_position().width * cast(Figure, axes.figure).get_figwidth())


def _write_columns(
    axes: Axes, lines: Sequence[ForestRow | str], rows: Sequence[ForestRow], texts: dict[str, list[str]]
) -> None:
    plot_in = _plot_width(axes)
    places = {id(line): y for y, line in enumerate(lines)}
    right, across = 1.0, axes.get_yaxis_transform()
    for name, cells in texts.items():
        right += _width(name, cells) / plot_in
        axes.text(right, -0.62, name, transform=across, ha="right", va="bottom", fontsize=8, color=SOFT)
        for row, cell in zip(rows, cells, strict=True):
            axes.text(right, places[id(row)], cell, transform=across, ha="right", va="center", fontsize=8.5)


def _write_sides(axes: Axes, sides: tuple[str, str], reference: float | None, y: float) -> None:
    low, high = axes.get_xlim()
    middle = reference if reference is not None else (low + high) / 2
    for text, shift, align in ((f"← {sides[0]}", -6, "right"), (f"{sides[1]} →", 6, "left")):
        axes.annotate(
            text,
            (middle, y),
            xytext=(shift, 0),
            textcoords="offset points",
            ha=align,
            va="bottom",
            fontsize=8,
            color=SOFT,
            annotation_clip=False,
        )
