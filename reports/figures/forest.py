"""Forest plots: estimates with their intervals, one a row, beside published values where there are any."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from reports.figures.style import (
    AXIS,
    BESIDE_CAPTION,
    FLAG,
    INK,
    OURS,
    PUBLISHED,
    SOFT,
    drawn,
    one_panel,
    place,
)
from reports.wording import interval, number

ROW_IN, CHARACTER_IN, GAP_IN = 0.28, 0.063, 0.18
"""Height of a row, width of a character at 9 points, and space between columns, in inches."""

WIDTH_IN = BESIDE_CAPTION + 2.0
NARROW = 0.5
"""Decades below which a logarithmic axis gets the ticks of a linear one."""

NAN = float("nan")


@dataclass(frozen=True)
class ForestRow:
    """One row: an estimate, its interval, and what stands beside it.

    Parameters
    ----------
    label : str
    estimate, low, high : float
        On the scale of the axis. A missing bound is drawn as an arrow that leaves the axis; without either
        the disc stands alone.
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
    flagged : bool
        Drawn in the flag colour as a diamond-cornered mark.
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
    flagged: bool = False


def plot_forest(
    rows: Sequence[ForestRow],
    *,
    xlabel: str,
    log: bool = False,
    reference: float | None = None,
    columns: Sequence[str] = (),
    estimate_column: str = "",
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
    ax : Axes, optional
        Drawn on, and returned, in place of a figure of its own.

    Returns
    -------
    Figure, or `ax`
    """
    lines = _lines(rows)
    texts = _text_columns(rows, columns, estimate_column)
    axes, label_in = _canvas(ax, lines, rows, texts)
    if log:
        axes.set_xscale("log")
    axes.set_xlim(*_limits(rows, log, reference))
    _ticks(axes, log)
    if reference is not None:
        axes.axvline(reference, color=SOFT, lw=0.9, zorder=1)
    for y, line in enumerate(lines):
        if isinstance(line, ForestRow):
            _draw_row(axes, y, line)
    _write_labels(axes, lines, label_in)
    _write_columns(axes, lines, rows, texts)
    axes.set_xlabel(xlabel)
    return drawn(axes, ax)


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
    rows: Sequence[ForestRow], columns: Sequence[str], estimate_column: str
) -> dict[str, list[str]]:
    texts = {
        name: [row.columns[i] if i < len(row.columns) else "" for row in rows]
        for i, name in enumerate(columns)
    }
    if estimate_column:
        texts[estimate_column] = [_in_figures(row) for row in rows]
    return texts


def _in_figures(row: ForestRow) -> str:
    if math.isnan(row.estimate):
        return row.note or "no estimate"
    if row.qualifier in ("<", ">"):
        return f"{row.qualifier} {number(row.estimate)}"
    if math.isnan(row.low) and math.isnan(row.high):
        return number(row.estimate)
    return f"{number(row.estimate)} ({interval(row.low, row.high)})"


def _canvas(
    ax: Axes | None,
    lines: Sequence[ForestRow | str],
    rows: Sequence[ForestRow],
    texts: dict[str, list[str]],
) -> tuple[Axes, float]:
    """Axes placed by the inch, so that text columns line up; the width left for labels."""
    label_in = (
        CHARACTER_IN * max([len(row.label) + (2 if row.group else 0) for row in rows], default=4) + GAP_IN
    )
    text_in = sum(_width(name, cells) for name, cells in texts.items())
    height_in = ROW_IN * max(len(lines), 1) + 0.6 + 0.2 * bool(texts)
    axes = one_panel(ax, WIDTH_IN, height_in)
    bottom = 0.48 / height_in
    plot_in = max(WIDTH_IN - label_in - text_in - 0.15, 1.5)
    box = (label_in / WIDTH_IN, bottom, plot_in / WIDTH_IN, ROW_IN * max(len(lines), 1) / height_in)
    place(axes, ax, box)
    axes.set_ylim(max(len(lines), 1) - 0.5, -0.5)
    axes.set_yticks([])
    axes.grid(False)
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
    colour = FLAG if row.flagged else OURS
    if math.isfinite(row.published):
        if math.isfinite(row.published_low) and math.isfinite(row.published_high):
            axes.plot(
                [row.published_low, row.published_high], [y + 0.27] * 2, color=PUBLISHED, lw=0.8, zorder=2
            )
        axes.plot(row.published, y + 0.27, "D", mfc="white", mec=PUBLISHED, ms=5, zorder=3)
    if math.isnan(row.estimate):
        axes.text(
            0.5,
            y,
            row.note,
            transform=axes.get_yaxis_transform(),
            ha="center",
            va="center",
            fontsize=8,
            color=SOFT,
        )
        return
    if row.qualifier in ("<", ">"):
        marker = ">" if row.qualifier == ">" else "<"
        axes.plot(row.estimate, y, marker, mfc="white", mec=colour, ms=6.5, zorder=4, clip_on=False)
        return
    _draw_interval(axes, y, row, colour)
    axes.plot(row.estimate, y, "D" if row.flagged else "o", color=colour, ms=5.2, zorder=4)


def _draw_interval(axes: Axes, y: float, row: ForestRow, colour: str) -> None:
    """A line without caps; an arrow head where a bound is missing or lies beyond the axis."""
    if math.isnan(row.low) and math.isnan(row.high):
        return
    left, right = axes.get_xlim()
    low = left if math.isnan(row.low) else max(row.low, left)
    high = right if math.isnan(row.high) else min(row.high, right)
    axes.plot([low, high], [y, y], color=colour, lw=1.6, solid_capstyle="butt", zorder=3)
    if math.isnan(row.low) or row.low < left:
        axes.plot(left, y, "<", color=colour, ms=5, zorder=4, clip_on=False)
    if math.isnan(row.high) or row.high > right:
        axes.plot(right, y, ">", color=colour, ms=5, zorder=4, clip_on=False)


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
