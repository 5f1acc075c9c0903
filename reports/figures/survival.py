"""Survival curves with their numbers at risk, and the pictures that check what the numbers assume."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator

from lib.survival import Landmarks, ProportionalHazards, SurvivalCurve, count_at_risk, estimate_median
from reports.figures.intervals import draw_intervals
from reports.figures.style import (
    BESIDE_CAPTION,
    FULL_WIDTH,
    INK,
    OURS,
    PALETTE,
    SOFT,
    one_above_another,
    one_panel,
    set_log_axis,
    themed,
)
from reports.wording import interval, number

BAND = 0.2
LABEL_GAP = 0.125
"""Least distance between the labels of two curves, in units of survival."""


@themed
def plot_kaplan_meier(
    curves: Mapping[str, SurvivalCurve],
    *,
    xlabel: str = "months",
    ylabel: str = "Survival",
    per_unit: float = 1.0,
    median: bool = True,
    landmarks: Sequence[float] = (),
    at: Sequence[float] | None = None,
    end: float | None = None,
    width_in: float = FULL_WIDTH,
    height_in: float = 4.2,
    ax: Axes | None = None,
) -> Figure | Axes:
    """Kaplan–Meier curves with pointwise bands, censoring ticks, labels on the lines and a risk table.

    Parameters
    ----------
    curves : mapping of name to SurvivalCurve
        As `fit_by_group` gives them.
    xlabel : str
        Unit of the axis, after "Time".
    ylabel : str
    per_unit : float
        Curve units in one axis unit: 30.4375 draws days in months.
    median : bool
        Write each median with its interval beside its curve, and draw a line down to the axis.
    landmarks : sequence of float
        Times, in axis units, at which a dotted line stands.
    at : sequence of float, optional
        Times of the risk table, in axis units; default the ticks.
    end : float, optional
        Right end of the axis, in axis units; default the last observation.
    width_in, height_in : float
    ax : Axes, optional
        Drawn on, and returned, in place of a figure of its own.

    Returns
    -------
    Figure, or `ax`
    """
    n, table_in = len(curves), 0.3 + 0.19 * max(len(curves), 1)
    axes, table = one_above_another(ax, width_in, height_in + 0.19 * n, (height_in - 0.6, table_in))
    last = max((curve.last_time for curve in curves.values()), default=0.0) / per_unit
    axes.set_xlim(0, (end or last or 1.0) * 1.02)
    for colour, curve in zip(_colours(curves), curves.values(), strict=True):
        _draw_curve(axes, curve, per_unit, colour)
        if median:
            _drop_median(axes, curve, per_unit, colour)
    for time in landmarks:
        axes.axvline(time, color=SOFT, lw=0.8, ls=(0, (1, 2)), zorder=1)
    frame_survival(axes, ylabel)
    _label_curves(axes, curves, per_unit, median, end)
    _write_risk_table(table, axes, curves, per_unit, at)
    axes.set_xlabel(f"Time, {xlabel}")
    return axes


@themed
def plot_log_log(
    curves: Mapping[str, SurvivalCurve],
    *,
    xlabel: str = "months",
    per_unit: float = 1.0,
    title: str = "",
    ax: Axes | None = None,
) -> Figure | Axes:
    """log(−log S) against time on a log axis: parallel where hazards are proportional.

    Parameters are those of `plot_kaplan_meier`; `title` may hold the test's result.
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
    axes.set(xlabel=f"Time, {xlabel} (log axis)", ylabel="log(−log S)", title=title)
    return axes


@themed
def plot_proportional_hazards(
    check: ProportionalHazards,
    *,
    covariate: int = 0,
    xlabel: str = "months",
    per_unit: float = 1.0,
    ax: Axes | None = None,
) -> Figure | Axes:
    """Scaled Schoenfeld residuals over time with a running mean: level where the hazard ratio is constant.

    Parameters
    ----------
    check : ProportionalHazards
    covariate : int
        Which of the fit's covariates.
    xlabel, per_unit
        As for `plot_kaplan_meier`.
    ax : Axes, optional
        Drawn on, and returned, in place of a figure of its own.
    """
    axes = one_panel(ax, BESIDE_CAPTION, 3.0)
    order = np.argsort(check.time, kind="stable")
    time, residual = check.time[order] / per_unit, check.scaled_residuals[order, covariate]
    if np.isfinite(residual).any():
        dots, line = {"s": 9, "color": OURS, "alpha": 0.45, "linewidths": 0}, {"color": INK, "lw": 1.6}
        sns.regplot(x=time, y=residual, lowess=True, scatter_kws=dots, line_kws=line, ax=axes)
    axes.axhline(0, color=SOFT, lw=0.8)
    axes.set(xlabel=f"Time, {xlabel}", ylabel=f"log hazard ratio at t, {check.names[covariate]}")
    return axes


@themed
def plot_landmarks(
    landmarks: Mapping[str, Landmarks],
    *,
    xlabel: str = "months",
    per_unit: float = 1.0,
    ylabel: str = "Survival",
    ax: Axes | None = None,
) -> Figure | Axes:
    """Survival at fixed times with intervals, groups side by side; nothing is drawn beyond follow-up.

    Parameters
    ----------
    landmarks : mapping of name to Landmarks
    xlabel, per_unit, ylabel
        As for `plot_kaplan_meier`.
    ax : Axes, optional
        Drawn on, and returned, in place of a figure of its own.
    """
    axes = one_panel(ax, BESIDE_CAPTION, 3.0)
    n = max((marks.time.size for marks in landmarks.values()), default=0)
    names: list[str] = [""] * n
    for j, (colour, (name, marks)) in enumerate(zip(_colours(landmarks), landmarks.items(), strict=True)):
        x = np.arange(marks.time.size) + 0.16 * (j - (len(landmarks) - 1) / 2)
        names = [f"{t / per_unit:,.4g}" for t in marks.time]
        found = (marks.survival, marks.low, marks.high)
        draw_intervals(axes, x, *found, upright=True, colour=colour, label=name)
        for at, survival, status in zip(x, marks.survival, marks.status, strict=True):
            if np.isnan(survival):
                axes.text(
                    at, 0.02, str(status), rotation=90, ha="center", va="bottom", fontsize=7.5, color=SOFT
                )
    axes.set_xticks(range(n), names)
    axes.set_xlim(-0.6, max(n - 0.4, 0.6))
    frame_survival(axes, ylabel)
    axes.set_xlabel(f"Time, {xlabel}")
    if len(landmarks) > 1:
        axes.legend(loc="upper right", fontsize=8.5)
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


def _label_curves(
    axes: Axes, curves: Mapping[str, SurvivalCurve], per_unit: float, median: bool, end: float | None
) -> None:
    """Names at the curves' right ends, pushed apart where they would touch."""
    ends = [curve.survival_at((end or np.inf) * per_unit).item() for curve in curves.values()]
    for rank, (y, i) in enumerate(_spread(ends, LABEL_GAP if median else LABEL_GAP / 2)):
        name, curve = list(curves.items())[i]
        colour = _colours(curves)[i]
        text: dict[str, Any] = {"transform": axes.get_yaxis_transform(), "ha": "left", "zorder": 5 + rank}
        axes.text(
            1.012, y, name, va="bottom" if median else "center", color=colour, fontweight="bold", **text
        )
        if median:
            axes.text(
                1.012, y - 0.005, _median_in_words(curve, per_unit), va="top", color=SOFT, fontsize=8, **text
            )


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


def _write_risk_table(
    table: Axes, axes: Axes, curves: Mapping[str, SurvivalCurve], per_unit: float, at: Sequence[float] | None
) -> None:
    left, right = axes.get_xlim()
    ticks = np.asarray(at if at is not None else MaxNLocator(8, steps=[1, 2, 3, 6, 10]).tick_values(0, right))
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
