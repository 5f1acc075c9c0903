"""Figures of paired shifts: slopes of subjects, shifts with intervals, volcano, denominators side by side."""

from __future__ import annotations

import textwrap

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter

from lib.paired import Denominators, Shifts
from lib.paired.ends import OK
from lib.paired.pairing import PERCENT_ONLY
from reports import wording as present
from reports.figures.forest import LOOKS, ForestRow, draw_rows, plot_forest
from reports.figures.slopes import draw_slopes
from reports.figures.style import (
    AXIS,
    FULL_WIDTH,
    INK,
    PANEL,
    SOFT,
    new_figure,
    one_panel,
    themed,
)

PERCENT_TICKS = (0.001, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 20, 40, 60, 80, 90, 97, 99, 99.7, 99.9)
ARROWS = {"increased": "→ increased", "reduced": "← reduced", "none": "no direction"}


@themed
def plot_pairs(shifts: Shifts, population: str, *, ax: Axes | None = None) -> Figure | Axes:
    """One population: a line a subject on the logit scale, labelled in percent.

    A hollow end lies below the limit of quantification; a grey cross was not used. The thick line joins the
    medians.
    """
    row = shifts.frame[shifts["population"] == population].iloc[0]
    pairs = shifts.pairs[shifts.pairs["population"] == population]
    axes = one_panel(ax, *PANEL)
    sides = [
        pairs[[f"baseline_{what}", f"followup_{what}"]].to_numpy(float).T
        for what in ("logit", "percent", "count")
    ]
    hollow = [pairs["below_lloq"].isin([visit, "both"]) for visit in ("baseline", "followup")]
    visits = (shifts.settings["baseline"], shifts.settings["followup"])
    draw_slopes(axes, sides[0], visits, hollow=hollow, unused=~pairs["used"].astype(bool))
    _percent_axis(axes, *sides)
    axes.set_title(textwrap.fill(population, 34))
    axes.set_xlabel(_ratio_in_words(row), loc="left")
    axes.set_ylabel(f"percent of {row['denominator'].removesuffix(PERCENT_ONLY)}")
    return axes


def _ratio_in_words(row: pd.Series) -> str:
    """Below the slopes: how many pairs, and the odds ratio or why there is none."""
    told = f"odds × {present.number(row['odds_ratio'])}" if row["status"] == OK else str(row["status"])
    return f"n = {present.count(int(row['n_pairs']), 'pair')}" + (f"; {told}" if row["n_pairs"] else "")


def plot_shifts(shifts: Shifts, *, ax: Axes | None = None) -> Figure | Axes:
    """Odds ratio of each population with its interval, the expected direction and the verdict beside it."""
    level = present.interval_name(shifts.confidence)
    rows = [
        ForestRow(
            row["population"],
            row["odds_ratio"],
            row["odds_ratio_low"],
            row["odds_ratio_high"],
            qualifier=row["odds_ratio_qualifier"],
            columns=(f"{row['n_pairs']}", f"{ARROWS[row['expected']]}: {row['verdict']}"),
            note="no pairs",
            look=LOOKS[row["verdict"]],
        )
        for _, row in shifts.frame.iterrows()
    ]
    return plot_forest(
        rows,
        xlabel="odds ratio, follow-up against baseline (log axis)",
        log=True,
        reference=1,
        columns=("pairs", "expected: found"),
        estimate_column=f"odds ratio ({level})",
        width_in=FULL_WIDTH,
        ax=ax,
    )


@themed
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
        marker, colour = LOOKS[row["verdict"]]
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
    axes.set(xlabel=f"shift, difference of logits{left_out}", ylabel="−log10 p, exact signed rank")
    return axes


@themed
def plot_denominators(denominators: Denominators) -> Figure:
    """Shift of each population under each denominator, one panel a denominator, rows aligned."""
    shown = denominators.primary
    names = list(dict.fromkeys(shown["population"]))
    titles = list(dict.fromkeys(shown["denominator"]))
    figure = new_figure(FULL_WIDTH, 1.1 + 0.32 * len(names))
    grid = figure.subplots(1, len(titles), squeeze=False)[0]
    for axes, denominator in zip(grid, titles, strict=True):
        part = shown[shown["denominator"] == denominator].set_index("population")
        lines = [_denominator_row(name, part.loc[name]) if name in part.index else name for name in names]
        draw_rows(axes, lines, reference=0)
        axes.set_title(
            f"% of {denominator}" if denominator in ("parent", "CD45") else _DENOMINATOR_TITLES[denominator]
        )
        axes.set_xlabel(part["scale"].iloc[0], loc="left")
    grid[0].set_yticks(range(len(names)), names)
    return figure


def _denominator_row(name: str, row: pd.Series) -> ForestRow:
    shift, low, high = row[["shift", "low", "high"]]
    look = LOOKS[row["verdict"]]
    return ForestRow(name, shift, low, high, qualifier=row["qualifier"], note="no pairs", look=look)


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
