"""Figures of flow cytometry: gates, compensation, stability, trees, spectra."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm, LinearSegmentedColormap, ListedColormap, LogNorm
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from lib.cytometry.robustness import MovedCuts
from lib.cytometry.stability import Stability
from lib.cytometry.summary import Populations, Recovery
from lib.cytometry.views import Axis, CompensationView, GateView
from reports import wording as present
from reports.figures.heat import draw_heat
from reports.figures.style import (
    AXIS,
    BESIDE_CAPTION,
    DIVERGING,
    FLAG,
    INK,
    OURS,
    SOFT,
    new_figure,
    one_panel,
    sequential,
    themed,
)

BINS = 90


@themed
def plot_gate(views: Sequence[GateView], titles: Sequence[str]) -> Figure:
    """One gate in one or more samples, one above the other, with the percent of the parent.

    The axes of all samples are the same, so that a shift is seen as one.
    """
    height = 1.05 + 1.6 * len(views)
    figure = new_figure(3.0, height)
    # Places by hand: measuring every label of many small panels would take longer than gating the files.
    figure.set_layout_engine("none")
    grid = figure.add_gridspec(
        len(views), 1, left=0.24, right=0.94, top=1 - 0.52 / height, bottom=0.62 / height, hspace=0.24
    )
    limits = [_limits([v.values[k] for v in views]) for k in range(len(views[0].values))]
    rows = grid.subplots(squeeze=False)[:, 0]
    for axes, view, title in zip(rows, views, titles, strict=True):
        (_draw_two if len(view.values) == 2 else _draw_one)(axes, view, limits)
        share = "parent empty" if np.isnan(view.percent) else f"{present.number(view.percent)} % of parent"
        axes.set_title(f"{title}: {share}", fontsize=8.5, fontweight="normal", color=INK, pad=4)
        if axes is not rows[-1]:
            axes.set_xlabel("")
            axes.tick_params(axis="x", labelbottom=False)
    figure.text(
        0.02, 1 - 0.05 / height, view.name, fontsize=9.5, fontweight="bold", ha="left", va="top", color=INK
    )
    return figure


def _limits(parts: Sequence[np.ndarray]) -> tuple[float, float]:
    whole = np.concatenate([np.asarray(p, dtype=np.float64)[np.isfinite(p)] for p in parts])
    if whole.size == 0:
        return 0.0, 1.0
    low, high = np.percentile(whole, [0.2, 99.8])
    pad = 0.06 * (high - low) or 1.0
    return float(low - pad), float(high + pad)


def _draw_two(axes: Axes, view: GateView, limits: Sequence[tuple[float, float]]) -> None:
    _density(axes, view.values[0], view.values[1], limits)
    _set_axis(axes, "x", view.axes[0], limits[0])
    _set_axis(axes, "y", view.axes[1], limits[1])
    if len(view.outline):
        axes.plot(view.outline[:, 0], view.outline[:, 1], color=FLAG, lw=1.3)
        return
    (x0, x1), (y0, y1) = (
        (lim[0] if b[0] is None else b[0], lim[1] if b[1] is None else b[1])
        for b, lim in zip(view.bounds, limits, strict=True)
    )
    axes.plot([x0, x1, x1, x0, x0], [y0, y0, y1, y1, y0], color=FLAG, lw=1.3)


def _draw_one(axes: Axes, view: GateView, limits: Sequence[tuple[float, float]]) -> None:
    look: dict[str, Any] = {"element": "poly", "color": OURS, "alpha": 0.22}
    sns.histplot(x=view.values[0], bins=BINS, binrange=limits[0], ax=axes, **look)
    for bound in view.bounds[0]:
        if bound is not None:
            axes.axvline(bound, color=FLAG, lw=1.3)
    low, high = view.bounds[0]
    axes.axvspan(
        limits[0][0] if low is None else low,
        limits[0][1] if high is None else high,
        color=FLAG,
        alpha=0.06,
        lw=0,
    )
    _set_axis(axes, "x", view.axes[0], limits[0])
    axes.set_ylabel("events")


def _density(axes: Axes, x: np.ndarray, y: np.ndarray, limits: Sequence[tuple[float, float]]) -> None:
    """Events as a density picture: thousands of vector dots would make a report heavy."""
    seen = np.isfinite(x) & np.isfinite(y)  # the logarithm of 0 lies below every axis
    counts, *_ = np.histogram2d(x[seen], y[seen], bins=BINS, range=limits)
    shown = np.ma.masked_equal(counts.T, 0)
    extent = (*limits[0], *limits[1])
    axes.imshow(
        shown,
        origin="lower",
        extent=extent,
        aspect="auto",
        cmap=_dots(),
        interpolation="nearest",
        norm=LogNorm(1, max(2.0, float(counts.max()))),
    )
    axes.grid(False)


def _dots() -> LinearSegmentedColormap:
    """The darker part of the sequential map: one event must still be seen."""
    return LinearSegmentedColormap.from_list("tme_dots", sequential()(np.linspace(0.35, 1.0, 64)))


def _set_axis(axes: Axes, side: str, axis: Axis, limits: tuple[float, float]) -> None:
    which = axes.xaxis if side == "x" else axes.yaxis
    inside = [
        (t, w) for t, w in zip(axis.ticks, axis.tick_labels, strict=True) if limits[0] <= t <= limits[1]
    ]
    if inside:
        which.set_ticks([t for t, _ in inside], [w for _, w in inside])
    elif not axis.ticks and limits[1] > 5000:
        which.set_major_formatter(lambda value, _: f"{value / 1000:.0f} k")
        which.set_major_locator(MaxNLocator(4))
    which.set_label_text(axis.label)
    (axes.set_xlim if side == "x" else axes.set_ylim)(*limits)


@themed
def plot_compensation(view: CompensationView) -> Figure:
    """Two channels before and after compensation, same scales."""
    figure = new_figure(BESIDE_CAPTION, 2.9)
    limits = [_limits([view.before[k], view.after[k]]) for k in (0, 1)]
    for axes, values, title in zip(
        figure.subplots(1, 2), (view.before, view.after), ("Before", "After"), strict=True
    ):
        _density(axes, values[0], values[1], limits)
        _set_axis(axes, "x", view.axes[0], limits[0])
        _set_axis(axes, "y", view.axes[1], limits[1])
        axes.set_title(f"{title} compensation")
    return figure


ALIKE = (0, 0.5, 0.75, 0.9, 1)
"""Steps of a cosine; beyond the last but one two spectra can hardly be told apart."""


@themed
def plot_similarity(similarity: pd.DataFrame, *, ax: Axes | None = None) -> Figure | Axes:
    """Similarity of the dyes' spectra; the number stands in the cell."""
    n = len(similarity)
    axes = one_panel(ax, BESIDE_CAPTION, 1.3 + 0.4 * n)
    steps = ListedColormap([DIVERGING[i] for i in (3, 2, 1, 0)])
    look: dict[str, Any] = {"cmap": steps, "norm": BoundaryNorm(ALIKE, 4), "annot_kws": {"fontsize": 8}}
    draw_heat(axes, similarity, square=True, annot=True, fmt=".2f", linewidth=1, **look)
    axes.tick_params(length=0, labelcolor=INK)
    axes.set_xticks(axes.get_xticks(), similarity.columns, rotation=40, ha="right", rotation_mode="anchor")
    axes.set_title("Similarity of spectra (cosine)")
    return axes


@themed
def plot_stability(stability: Stability, *, seconds_per_unit: float = 1.0) -> Figure:
    """Event rate and drift of the signals over the acquisition; unstable stretches are shaded."""
    figure = new_figure(BESIDE_CAPTION, 3.1)
    rate, drift = figure.subplots(2, 1, sharex=True)
    bins = stability.bins
    middle = (bins["start"] + bins["stop"]) / 2 * seconds_per_unit
    for axes, column, label in ((rate, "rate_ratio", "rate / median"), (drift, "drift", "drift (SD)")):
        axes.plot(middle, bins[column], color=OURS, lw=1.2, marker="o", ms=2.6)
        for _, row in bins[~bins["stable"]].iterrows():
            axes.axvspan(
                row["start"] * seconds_per_unit, row["stop"] * seconds_per_unit, color=FLAG, alpha=0.12, lw=0
            )
        axes.set_ylabel(label)
        axes.set_ylim(bottom=0)
    drift.set_xlabel("time (s)")
    rate.set_title(f"{stability.file}: {100 * stability.share:.0f} % of events in stable stretches")
    return figure


@themed
def plot_population_tree(populations: Populations, *, ax: Axes | None = None) -> Figure | Axes:
    """Tree of populations with the median percent of the parent and the median count over files."""
    rows = _tree_rows(populations.frame)
    axes = one_panel(ax, BESIDE_CAPTION, 0.6 + 0.36 * len(rows))
    across = axes.get_yaxis_transform()
    place = {name: (depth, -i) for i, (name, depth, *_) in enumerate(rows)}
    for name, _depth, parent, percent, count in rows:
        x, y = place[name]
        if parent in place:
            px, py = place[parent]
            axes.plot([px, px, x - 0.06], [py - 0.22, y, y], color=AXIS, lw=0.9)
        axes.plot(x, y, "o", color=OURS, ms=5)
        axes.text(x + 0.10, y, _below(name, parent), va="center", fontsize=9, fontweight="bold", color=INK)
        share = "none" if np.isnan(percent) else f"{present.number(percent)} %"
        for right, word, colour in ((1.0, share, INK), (0.86, f"{count:,.0f}", SOFT)):
            axes.text(right, y, word, va="center", ha="right", fontsize=9, color=colour, transform=across)
    for right, word in ((1.0, "% of parent"), (0.86, "events")):
        axes.text(right, 0.85, word, ha="right", fontsize=8.5, color=SOFT, transform=across)
    deepest = max(depth for _, depth, *_ in rows)
    axes.set(xlim=(-0.15, deepest + 3.6), ylim=(-len(rows) + 0.4, 1.3))
    axes.set_axis_off()
    return axes


def _below(name: str, parent: str) -> str:
    """A population named by its path is called by what follows its parent: the tree shows the rest."""
    return name.rpartition(f"{parent.rpartition('/')[2]}/")[2]


def _tree_rows(populations: pd.DataFrame) -> list[tuple[str, int, str, float, float]]:
    """Name, depth, parent, median percent and median count, each parent before its children."""
    middle = populations.groupby("population", sort=False).agg(
        parent=("parent", "first"), percent=("percent_parent", "median"), count=("count", "median")
    )
    children: dict[str, list[str]] = {}
    for name, parent in middle["parent"].items():
        children.setdefault(parent if parent in middle.index else "", []).append(str(name))
    rows: list[tuple[str, int, str, float, float]] = []

    def walk(name: str, depth: int) -> None:
        row = middle.loc[name]
        rows.append((name, depth, str(row["parent"]), float(row["percent"]), float(row["count"])))
        for child in children.get(name, []):
            walk(child, depth + 1)

    for root in children.get("", []):
        walk(root, 0)
    return rows


@themed
def plot_robustness(moved: MovedCuts, *, ax: Axes | None = None) -> Figure | Axes:
    """How far each frequency moves when its own cuts move by 1 and 2 % of the axis."""
    names = list(dict.fromkeys(moved["population"]))
    axes = one_panel(ax, BESIDE_CAPTION, 0.9 + 0.28 * len(names))
    sizes = moved["shift_percent_axis"].abs().round(6)
    for step, width, alpha in ((2, 2.0, 0.45), (1, 4.0, 1.0)):
        reach = moved.frame[sizes == step].groupby("population")["change_points"].agg(["min", "max"])
        reach = reach.clip({"min": -np.inf, "max": 0}, {"min": 0, "max": np.inf}, axis=1).reindex(names)
        axes.hlines(names, reach["min"], reach["max"], color=OURS, lw=width, alpha=alpha)
    axes.plot([0] * len(names), names, "|", color=INK, ms=7)
    axes.axvline(0, color=AXIS, lw=0.8)
    axes.invert_yaxis()
    axes.tick_params(axis="y", labelcolor=INK)
    axes.grid(axis="y", visible=False)
    axes.set_xlabel("change of the percentage (points); cut moved by 1 % (thick), 2 % (thin)")
    return axes


@themed
def plot_recovery(recovery: Recovery, *, ax: Axes | None = None) -> Figure | Axes:
    """Found minus true percentage of each population, a disc a file, each file in a
    lane of its own."""
    frame = recovery.frame
    axes = one_panel(ax, BESIDE_CAPTION, 0.9 + 0.36 * frame["population"].nunique())
    dots: dict[str, Any] = {"size": 3.2, "alpha": 0.8, "jitter": False, "legend": False}
    lanes: dict[str, Any] = {"hue": "file", "dodge": True, "palette": [OURS] * frame["file"].nunique()}
    sns.stripplot(frame, x="difference_points", y="population", ax=axes, **lanes, **dots)
    axes.axvspan(-1, 1, color=OURS, alpha=0.07, lw=0)
    axes.axvline(0, color=AXIS, lw=0.8)
    reach = max(1.15, 1.1 * float(frame["difference_points"].abs().max()))
    axes.set(xlim=(-reach, reach), ylabel="")
    axes.tick_params(axis="y", labelcolor=INK)
    axes.grid(axis="y", visible=False)
    axes.set_xlabel("found − true (percentage points of the parent)")
    return axes
