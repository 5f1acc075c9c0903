"""Figures of paired shifts: slopes of subjects, shifts with intervals, volcano, denominators side by side."""

from __future__ import annotations

import textwrap
from typing import Any, overload

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from lib.paired import Denominators, Shifts
from lib.paired.ends import OK
from lib.paired.pairing import PERCENT_ONLY
from reports import wording as present
from reports.figures.slopes import draw_slopes, name_visits
from reports.figures.style import (
    AXIS,
    EXCLUDED,
    FLAG,
    FULL_WIDTH,
    INK,
    OURS,
    PANEL,
    SOFT,
    drawn,
    new_figure,
    one_panel,
)

PERCENT_TICKS = (0.001, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 20, 40, 60, 80, 90, 97, 99, 99.7, 99.9)
MARKS = {
    "agrees": ("o", OURS),
    "differs": ("D", FLAG),
    "cannot tell": ("o", SOFT),
    "not comparable": ("_", SOFT),
}
"""Disc agrees, diamond differs, grey disc cannot tell, dash not comparable."""
ARROWS = {"increased": "→ increased", "reduced": "← reduced", "none": "no direction"}


@overload
def plot_pairs(shifts: Shifts, population: str, *, ax: None = None) -> Figure: ...
@overload
def plot_pairs(shifts: Shifts, population: str, *, ax: Axes) -> Axes: ...
def plot_pairs(shifts: Shifts, population: str, *, ax: Axes | None = None) -> Figure | Axes:
    """One population: a line a subject on the logit scale, labelled in percent.

    A hollow end lies below the limit of quantification; a grey cross was not used. The thick line joins the
    medians.
    """
    row = shifts.frame[shifts["population"] == population].iloc[0]
    pairs = shifts.pairs[shifts.pairs["population"] == population]
    axes = one_panel(ax, *PANEL)
    used, others = pairs[pairs["used"]], pairs[~pairs["used"]]
    below = used["below_lloq"]
    hollow = (below.isin(["baseline", "both"]), below.isin(["followup", "both"]))
    draw_slopes(axes, (used["baseline_logit"], used["followup_logit"]), hollow=hollow, size=4.2)
    if len(others):
        ends = others[["baseline_logit", "followup_logit"]].to_numpy(float).T
        axes.plot([0, 1], ends, "x:", color=EXCLUDED, lw=0.8, ms=5)
    sides = [
        pairs[[f"baseline_{what}", f"followup_{what}"]].to_numpy(float)
        for what in ("logit", "percent", "count")
    ]
    _percent_axis(axes, *sides)
    name_visits(axes, shifts.settings["baseline"], shifts.settings["followup"])
    axes.set_title(textwrap.fill(population, 34))
    axes.set_xlabel(_ratio_in_words(row), loc="left")
    axes.set_ylabel(f"percent of {row['denominator'].removesuffix(PERCENT_ONLY)}")
    return drawn(axes, ax)


def _ratio_in_words(row: pd.Series) -> str:
    """Below the slopes: how many pairs, and the odds ratio or why there is none."""
    told = f"odds × {present.number(row['odds_ratio'])}" if row["status"] == OK else str(row["status"])
    return f"n = {present.count(int(row['n_pairs']), 'pair')}" + (f"; {told}" if row["n_pairs"] else "")


@overload
def plot_shifts(shifts: Shifts, *, ax: None = None) -> Figure: ...
@overload
def plot_shifts(shifts: Shifts, *, ax: Axes) -> Axes: ...
def plot_shifts(shifts: Shifts, *, ax: Axes | None = None) -> Figure | Axes:
    """Shift of each population with its interval, the expected direction written beside it."""
    table, level = shifts.frame, present.interval_name(shifts.confidence)
    axes = one_panel(ax, FULL_WIDTH, 1.0 + 0.36 * len(table))
    places = np.arange(len(table))[::-1]
    for y, (_, row) in zip(places, table.iterrows(), strict=True):
        mark = row["odds_ratio_qualifier"]
        _estimate(
            axes, row["shift_logit"], row["shift_low"], row["shift_high"], float(y), row["verdict"], mark
        )
    axes.axvline(0, color=AXIS, lw=1)
    axes.set_yticks(places, [f"{r['population']} (n = {r['n_pairs']})" for _, r in table.iterrows()])
    axes.set_ylim(-0.7, len(table) - 0.3)
    axes.grid(False)
    axes.set_xlabel(f"shift, difference of logits (follow-up − baseline), {level}")
    right = axes.secondary_yaxis("right")
    right.set_yticks(places, [f"{ARROWS[r['expected']]}: {r['verdict']}" for _, r in table.iterrows()])
    right.spines["right"].set_visible(False)
    top = axes.secondary_xaxis("top", functions=(_identity, _identity))
    _ratio_axis(top, axes.get_xlim())
    return drawn(axes, ax)


@overload
def plot_volcano(shifts: Shifts, *, ax: None = None) -> Figure: ...
@overload
def plot_volcano(shifts: Shifts, *, ax: Axes) -> Axes: ...
def plot_volcano(shifts: Shifts, *, ax: Axes | None = None) -> Figure | Axes:
    """Shift against p-value; the dotted line is the least p that any row here can reach, by the pairs that
    moved.

    A population whose shift is a bound is named below the axis and not drawn.
    """
    table, axes = shifts.frame, one_panel(ax, FULL_WIDTH, 3.6)
    bounded = table[(table["odds_ratio_qualifier"] != "=") & (table["n_pairs"] > 0)]
    shown = table.drop(bounded.index).dropna(subset=["p_value", "shift_logit"])
    heights = -np.log10(shown["p_value"].to_numpy(float))
    for height, (_, row) in zip(heights, shown.iterrows(), strict=True):
        marker, colour = MARKS[row["verdict"]]
        axes.plot(row["shift_logit"], height, marker, color=colour, ms=6, mew=1.6)
    _label_points(axes, shown["shift_logit"].to_numpy(float), heights, list(shown["population"]))
    if len(shown):
        most = shown.loc[shown["smallest_p"].idxmin()]
        limit = float(most["smallest_p"])
        axes.axhline(-np.log10(limit), color=SOFT, lw=0.9, ls=":")
        axes.annotate(
            f"smallest p that {present.count(int(most['n_moved']), 'pair')} can reach:"
            f" {present.p_value(limit)}",
            (0, -np.log10(limit)),
            xycoords=("axes fraction", "data"),
            xytext=(0, 6),
            textcoords="offset points",
            fontsize=8,
            color=SOFT,
        )
        axes.set_ylim(0, max(-np.log10(limit), heights.max()) * 1.15 + 0.1)
    axes.axvline(0, color=AXIS, lw=1)
    left_out = (
        f"; not drawn, a bound only: {present.listing(list(bounded['population']))}" if len(bounded) else ""
    )
    axes.set_xlabel(f"shift, difference of logits{left_out}")
    axes.set_ylabel("−log10 p, exact signed rank")
    return drawn(axes, ax)


def plot_denominators(denominators: Denominators) -> Figure:
    """Shift of each population under each denominator, one panel a denominator, rows aligned."""
    shown = denominators.primary
    names = list(dict.fromkeys(shown["population"]))
    titles = list(dict.fromkeys(shown["denominator"]))
    figure = new_figure(FULL_WIDTH, 1.1 + 0.32 * len(names))
    grid = figure.subplots(1, len(titles), sharey=True, squeeze=False)[0]
    places = {name: float(i) for i, name in enumerate(reversed(names))}
    for axes, denominator in zip(grid, titles, strict=True):
        part = shown[shown["denominator"] == denominator]
        for _, row in part.iterrows():
            ends = (row["low"], row["high"], places[row["population"]], row["verdict"], row["qualifier"])
            _estimate(axes, row["shift"], *ends)
        axes.axvline(0, color=AXIS, lw=1)
        axes.set_title(
            f"% of {denominator}" if denominator in ("parent", "CD45") else _DENOMINATOR_TITLES[denominator]
        )
        axes.set_xlabel(part["scale"].iloc[0], loc="left")
        axes.grid(False)
    grid[0].set_yticks(list(places.values()), list(places))
    grid[0].set_ylim(-0.7, len(names) - 0.3)
    return figure


_DENOMINATOR_TITLES = {"CLR": "centred log-ratio", "absolute": "cells per mg"}


def _percent_axis(axes: Axes, logits: np.ndarray, percents: np.ndarray, counts: np.ndarray) -> None:
    """Ticks at round percentages inside the data, two at least; a percentage of 0, which has no place, is
    named 0."""
    zeros = logits[(percents == 0) & np.isnan(counts)]
    seen = logits[np.isfinite(logits)]
    if not seen.size:
        return
    low, high = seen.min() - 0.3, seen.max() + 0.3
    ticks = np.array([t for t in PERCENT_TICKS if low <= _logit(t) <= high])
    if zeros.size:
        ticks = np.append(0.0, ticks[[_logit(t) > zeros[0] + 1 for t in ticks]])
    elif len(ticks) < 2:
        edges = 100 / (1 + np.exp(-np.array([low + 0.15, high - 0.15])))
        ticks = np.array([float(f"{t:.2g}") for t in edges])
    axes.set_ylim(low, high)
    axes.yaxis.set_major_locator(FixedLocator([_logit(t) if t else zeros[0] for t in ticks]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda _, i: f"{ticks[i]:.3g}" if i is not None else ""))


def _logit(percent: float) -> float:
    return float(np.log(percent / (100 - percent)))


def _estimate(
    axes: Axes, value: float, low: float, high: float, y: float, verdict: str, mark: str = "="
) -> None:
    """A disc with its interval, hollow without one; an open triangle at a bound; a word where nothing is
    known."""
    ends = [end for end in (low, high) if np.isfinite(end)]
    if mark in ("<", ">") and ends:
        colour = MARKS[verdict][1] if verdict != "not comparable" else SOFT
        axes.plot(ends[0], y, mark, color=colour, ms=6.5, mfc="white")
        axes.annotate(
            "a bound only",
            (ends[0], y),
            xytext=(7 if mark == ">" else -7, 0),
            textcoords="offset points",
            fontsize=8,
            color=SOFT,
            va="center",
            ha="left" if mark == ">" else "right",
        )
        return
    if not np.isfinite(value):
        axes.annotate(
            "no pairs", (0, y), xytext=(4, 0), textcoords="offset points", fontsize=8, color=SOFT, va="center"
        )
        return
    colour = MARKS[verdict][1] if verdict != "not comparable" else SOFT
    marker = "D" if verdict == "differs" else "o"
    bounded = bool(np.isfinite(low) and np.isfinite(high))
    if bounded:
        axes.plot([low, high], [y, y], color=colour, lw=1.6, solid_capstyle="butt")
    axes.plot(value, y, marker, color=colour, ms=5.5, mfc=colour if bounded else "white")


def _identity(x: Any) -> Any:
    return x


def _ratio_axis(top: Any, limits: tuple[float, float]) -> None:
    """The same scale read as odds ratios."""
    ratios = [
        r
        for r in (0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 1, 1.4, 2, 3, 5, 10, 20)
        if limits[0] <= np.log(r) <= limits[1]
    ]
    top.xaxis.set_major_locator(FixedLocator([float(np.log(r)) for r in ratios]))
    top.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{np.exp(x):.2g}"))
    top.xaxis.set_minor_locator(NullLocator())
    top.set_xlabel("odds ratio")
    top.spines["top"].set_visible(False)


def _label_points(axes: Axes, x: np.ndarray, y: np.ndarray, names: list[str]) -> None:
    """Names in a column at either side, stacked downwards, a thin line from each to its point."""
    if not len(y):
        return
    step, gap = 0.055 * max(float(y.max()), 0.3), 0.12 * max(float(np.ptp(np.append(x, 0.0))), 0.1)
    for side in (-1, 1):
        chosen = sorted(
            (i for i in range(len(names)) if (x[i] >= 0) == (side > 0)), key=lambda i: (-y[i], -side * x[i])
        )
        column = side * max((abs(float(x[i])) for i in chosen), default=0.0) + side * gap
        last = float(y.max()) + 0.2 * step
        for i in chosen:
            last = min(float(y[i]), last - step)
            axes.plot([x[i], column], [y[i], last], color=AXIS, lw=0.6, zorder=1)
            axes.text(
                column,
                last,
                f" {names[i]} ",
                ha="left" if side > 0 else "right",
                va="center",
                fontsize=8,
                color=INK,
            )
    spread = float(np.ptp(np.append(x, 0.0))) + 2 * gap
    axes.set_xlim(float(min(x.min(), 0)) - 0.45 * spread, float(max(x.max(), 0)) + 0.45 * spread)
