"""Figures of paired shifts: slopes of subjects, shifts with intervals, volcano, denominators side by side."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from reports import wording as present
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


def plot_pairs(
    pairs: pd.DataFrame, row: pd.Series, *, baseline: str, followup: str, ax: Axes | None = None
) -> Figure | Axes:
    """One population: a line a subject on the logit scale, labelled in percent.

    A hollow end lies below the limit of quantification; a grey cross was not used. The thick line joins the
    medians.
    """
    axes = one_panel(ax, *PANEL)
    used = pairs[pairs["used"]]
    for _, pair in used.iterrows():
        _slope(axes, pair)
    for _, pair in pairs[~pairs["used"]].iterrows():
        axes.plot(
            [0, 1], [pair["baseline_logit"], pair["followup_logit"]], "x:", color=EXCLUDED, lw=0.8, ms=5
        )
    if len(used):
        medians = [used["baseline_logit"].median(), used["followup_logit"].median()]
        axes.plot([0, 1], medians, color=INK, lw=2.4, solid_capstyle="round", zorder=4)
    sides = [
        pairs[[f"baseline_{what}", f"followup_{what}"]].to_numpy(float)
        for what in ("logit", "percent", "count")
    ]
    _percent_axis(axes, *sides)
    axes.set_xlim(-0.25, 1.25)
    axes.set_xticks([0, 1], [baseline, followup])
    axes.set_title(textwrap.fill(str(row["population"]), 34))
    ratio = f"odds × {present.number(row['odds_ratio'])}" if row["n_pairs"] else ""
    ratio = ratio if row["status"] == "ok" or not ratio else str(row["status"])
    axes.set_xlabel(f"n = {row['n_pairs']} pairs; {ratio}" if ratio else "n = 0 pairs", loc="left")
    axes.set_ylabel(f"percent of {row['denominator'].removesuffix(' (percent only)')}")
    return drawn(axes, ax)


def plot_shifts(table: pd.DataFrame, *, confidence: float = 0.95, ax: Axes | None = None) -> Figure | Axes:
    """Shift of each population with its interval, the expected direction written beside it."""
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
    axes.set_xlabel(
        f"shift, difference of logits (follow-up − baseline), {present.interval_name(confidence)}"
    )
    right = axes.secondary_yaxis("right")
    right.set_yticks(places, [f"{ARROWS[r['expected']]}: {r['verdict']}" for _, r in table.iterrows()])
    right.spines["right"].set_visible(False)
    top = axes.secondary_xaxis("top", functions=(_identity, _identity))
    _ratio_axis(top, axes.get_xlim())
    return drawn(axes, ax)


def plot_volcano(table: pd.DataFrame, *, ax: Axes | None = None) -> Figure | Axes:
    """Shift against p-value; the dotted line is the least p that any row here can reach, by the pairs that moved.

    A population whose shift is a bound is named below the axis and not drawn.
    """
    axes = one_panel(ax, FULL_WIDTH, 3.6)
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
        axes.annotate(f"smallest p that {present.count(int(most['n_moved']), 'pair')} can reach: {present.p_value(limit)}",
                      (0, -np.log10(limit)), xycoords=("axes fraction", "data"), xytext=(0, 6),
                      textcoords="offset points", fontsize=8, color=SOFT)  # fmt: skip
        axes.set_ylim(0, max(-np.log10(limit), heights.max()) * 1.15 + 0.1)
    axes.axvline(0, color=AXIS, lw=1)
    left_out = (
        f"; not drawn, a bound only: {present.listing(list(bounded['population']))}" if len(bounded) else ""
    )
    axes.set_xlabel(f"shift, difference of logits{left_out}")
    axes.set_ylabel("−log10 p, exact signed rank")
    return drawn(axes, ax)


def plot_denominators(table: pd.DataFrame) -> Figure:
    """Shift of each population under each denominator, one panel a denominator, rows aligned."""
    shown = table[(table["method"] == "Hodges–Lehmann") & ~table["denominator"].str.startswith("parent,")]
    names = list(dict.fromkeys(shown["population"]))
    denominators = list(dict.fromkeys(shown["denominator"]))
    figure = new_figure(FULL_WIDTH, 1.1 + 0.32 * len(names))
    grid = figure.subplots(1, len(denominators), sharey=True, squeeze=False)[0]
    places = {name: float(i) for i, name in enumerate(reversed(names))}
    for axes, denominator in zip(grid, denominators, strict=True):
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


def _slope(axes: Axes, pair: pd.Series) -> None:
    ends = [pair["baseline_logit"], pair["followup_logit"]]
    axes.plot([0, 1], ends, color=OURS, lw=1, alpha=0.55, zorder=2)
    below = {"none": (), "baseline": (0,), "followup": (1,), "both": (0, 1)}[pair["below_lloq"]]
    for x, y in enumerate(ends):
        axes.plot(x, y, "o", ms=4.2, color=OURS, mfc="white" if x in below else OURS, zorder=3)


def _percent_axis(axes: Axes, logits: np.ndarray, percents: np.ndarray, counts: np.ndarray) -> None:
    """Ticks at round percentages inside the data, two at least; a percentage of 0, which has no place, is named 0."""
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
    """A disc with its interval, hollow without one; an open triangle at a bound; a word where nothing is known."""
    ends = [end for end in (low, high) if np.isfinite(end)]
    if mark in ("<", ">") and ends:
        colour = MARKS[verdict][1] if verdict != "not comparable" else SOFT
        axes.plot(ends[0], y, mark, color=colour, ms=6.5, mfc="white")
        axes.annotate(
            "a bound only", (ends[0], y), xytext=(7 if mark == ">" else -7, 0), textcoords="offset points",
            fontsize=8, color=SOFT, va="center", ha="left" if mark == ">" else "right",
        )  # fmt: skip
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
