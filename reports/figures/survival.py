"""Survival curves with their numbers at risk, and the pictures that check what the numbers assume."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator

from lib.survival import SurvivalCurve, count_at_risk, estimate_median
from reports.figures.style import (
    BESIDE_CAPTION,
    FULL_WIDTH,
    INK,
    PALETTE,
    SOFT,
    one_above_another,
    one_panel,
    set_log_axis,
    themed,
)
from reports.wording import interval, number

BAND, CURVES_IN = 0.2, 3.6
LABEL_GAP = 0.125
"""Least distance between the labels of two curves, in units of survival."""


@themed
def plot_kaplan_meier(
    curves: Mapping[str, SurvivalCurve],
    *,
    xlabel: str = "months",
    ylabel: str = "Survival",
    per_unit: float = 1.0,
    landmarks: Sequence[float] = (),
    ax: Axes | None = None,
) -> Figure | Axes:
    """Kaplan–Meier curves with pointwise bands, censoring ticks, labels and medians on the lines, a risk
    table.

    Parameters
    ----------
    curves : mapping of name to SurvivalCurve
        As `fit_by_group` gives them.
    xlabel : str
        Unit of the axis, after "Time".
    ylabel : str
    per_unit : float
        Curve units in one axis unit: 30.4375 draws days in months.
    landmarks : sequence of float
        Times, in axis units, at which a dotted line stands.
    ax : Axes, optional
        Drawn on, and returned, in place of a figure of its own.

    Returns
    -------
    Figure, or `ax`
    """
    n, table_in = len(curves), 0.3 + 0.19 * max(len(curves), 1)
    axes, table = one_above_another(ax, FULL_WIDTH, CURVES_IN + 0.6 + 0.19 * n, (CURVES_IN, table_in))
    last = max((curve.last_time for curve in curves.values()), default=0.0) / per_unit
    axes.set_xlim(0, (last or 1.0) * 1.02)
    for colour, curve in zip(_colours(curves), curves.values(), strict=True):
        _draw_curve(axes, curve, per_unit, colour)
        _drop_median(axes, curve, per_unit, colour)
    for time in landmarks:
        axes.axvline(time, color=SOFT, lw=0.8, ls=(0, (1, 2)), zorder=1)
    frame_survival(axes, ylabel)
    _label_curves(axes, curves, per_unit)
    _write_risk_table(table, axes, curves, per_unit)
    axes.set_xlabel(f"Time, {xlabel}")
    return axes


@themed
def plot_log_log(
    curves: Mapping[str, SurvivalCurve], *, per_unit: float = 1.0, ax: Axes | None = None
) -> Figure | Axes:
    """log(−log S) against months on a log axis: parallel where hazards are proportional.

    Parameters are those of `plot_kaplan_meier`.
    """
    axes = one_panel(ax, BESIDE_CAPTION, 3.4)
    set_log_axis(axes)
    ends: list[tuple[str, float, str]] = []
    for colour, (name, curve) in zip(_colours(curves), curves.items(), strict=True):
        inner = (curve.survival > 0) & (curve.survival < 1) & (curve.events > 0) & (curve.time > 0)
        if not inner.any():
            continue
        time, y = curve.time[inner] / per_unit, np.log(-np.log(curve.survival[inner]))
        axes.step(time, y, where="post", color=colour)
        ends.append((name, float(y[-1]), colour))
    low, high = axes.get_ylim()
    for y_label, i in _spread([(end[1] - low) / (high - low) for end in ends], LABEL_GAP / 2):
        axes.text(
            1.012,
            y_label,
            ends[i][0],
            transform=axes.transAxes,
            va="center",
            color=ends[i][2],
            fontweight="bold",
        )
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))  # two years seldom hold two decades
    axes.set(xlabel="Time, months (log axis)", ylabel="log(−log S)")
    return axes


def _colours(groups: Mapping[str, object]) -> list[str]:
    return [PALETTE[i % len(PALETTE)] for i in range(len(groups))]


def frame_survival(axes: Axes, ylabel: str) -> None:
    """Shares from 0 to 1, written in percent."""
    axes.set_ylim(0, 1.03)
    axes.set_yticks(np.linspace(0, 1, 6), [f"{p:.0f}" for p in np.linspace(0, 100, 6)])
    axes.set_ylabel(f"{ylabel}, %")


def _draw_curve(axes: Axes, curve: SurvivalCurve, per_unit: float, colour: str) -> None:
    time = np.concatenate([[0.0], curve.time]) / per_unit
    start = np.concatenate([[1.0], curve.survival])
    axes.step(time, start, where="post", color=colour, zorder=3)
    # Before the first event, where some scales have no bound, the band is closed.
    low, high = (np.where(start == 1, 1.0, np.concatenate([[1.0], side])) for side in (curve.low, curve.high))
    axes.fill_between(time, low, high, step="post", color=colour, alpha=BAND, lw=0, zorder=2)
    censored = curve.censored > 0
    axes.plot(
        curve.time[censored] / per_unit, curve.survival[censored], "|", color=colour, ms=6, mew=1.0, zorder=4
    )


def _drop_median(axes: Axes, curve: SurvivalCurve, per_unit: float, colour: str) -> None:
    found = estimate_median(curve)
    if found.status == "reached":
        x = found.estimate / per_unit
        axes.plot([0, x, x], [0.5, 0.5, 0], color=colour, lw=0.8, ls=(0, (4, 3)), zorder=1)


def _label_curves(axes: Axes, curves: Mapping[str, SurvivalCurve], per_unit: float) -> None:
    """Names at the curves' right ends, pushed apart where they would touch."""
    ends = [curve.survival_at(np.inf).item() for curve in curves.values()]
    for rank, (y, i) in enumerate(_spread(ends, LABEL_GAP)):
        name, curve = list(curves.items())[i]
        colour = _colours(curves)[i]
        text: dict[str, Any] = {"transform": axes.get_yaxis_transform(), "ha": "left", "zorder": 5 + rank}
        axes.text(1.012, y, name, va="bottom", color=colour, fontweight="bold", **text)
        said = _median_in_words(curve, per_unit)
        axes.text(1.012, y - 0.005, said, va="top", color=SOFT, fontsize=8, **text)


def _spread(heights: Sequence[float], gap: float) -> list[tuple[float, int]]:
    """Heights moved apart to at least `gap`, from the lowest up, with their indices."""
    placed: list[tuple[float, int]] = []
    for i in np.argsort(heights, kind="stable"):
        floor = placed[-1][0] + gap if placed else gap / 2
        placed.append((max(heights[i], floor), int(i)))
    surplus = max(placed[-1][0] - 0.97, 0.0) if placed else 0.0
    return [(y - surplus, i) for y, i in placed]


def _median_in_words(curve: SurvivalCurve, per_unit: float) -> str:
    found = estimate_median(curve)
    if found.status != "reached":
        bound = f", lower bound {number(found.low / per_unit)}" if found.low_status == "reached" else ""
        return f"median {found.status}{bound}"
    bounds = interval(
        found.low / per_unit, found.high / per_unit, open_low=found.low_status, open_high=found.high_status
    )
    return f"median {number(found.estimate / per_unit)} ({bounds})"


def _write_risk_table(table: Axes, axes: Axes, curves: Mapping[str, SurvivalCurve], per_unit: float) -> None:
    left, right = axes.get_xlim()
    ticks = np.asarray(MaxNLocator(8, steps=[1, 2, 3, 6, 10]).tick_values(0, right))
    ticks = ticks[(ticks >= left) & (ticks <= right)]
    axes.set_xticks(ticks, [f"{t:,g}" for t in ticks])
    axes.tick_params(labelbottom=True)
    table.set_ylim(len(curves) - 0.4, -1.1)
    table.axis("on")
    for spine in table.spines.values():
        spine.set_visible(False)
    table.tick_params(length=0, labelbottom=False)
    table.grid(False)
    table.set_yticks(range(len(curves)), list(curves))
    for label, colour in zip(table.get_yticklabels(), _colours(curves), strict=True):
        label.set_color(colour)
    table.text(0, -0.72, "At risk", ha="left", va="center", fontsize=8, color=SOFT)
    for row, curve in enumerate(curves.values()):
        counts = count_at_risk(np.repeat(curve.time, curve.events + curve.censored), ticks * per_unit)
        for x, n in zip(ticks, counts, strict=True):
            table.text(
                x, row, f"{n}", ha="center" if x > left else "left", va="center", fontsize=8.5, color=INK
            )
