"""Paired measurements: one line a subject from baseline to follow-up, with the number of pairs."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from reports.figures.style import INK, OURS, PANEL, SOFT, drawn, one_panel

Ends = tuple[ArrayLike, ArrayLike]
"""Of each pair, at baseline and at follow-up."""


def draw_slopes(
    axes: Axes, values: Ends, *, hollow: Ends | None = None, size: float = 3.2, marker: str = ""
) -> None:
    """A line a pair with its two ends, some of them hollow, and a thick one between the medians.

    Parameters
    ----------
    values : two arrays, shape (n_pairs,)
        Baseline and follow-up of complete pairs.
    hollow : two arrays of bool, shape (n_pairs,), optional
        Ends that are drawn open.
    size : float
        Of the ends, in points.
    marker : str
        At the medians.
    """
    ends = np.asarray(values, dtype=float)
    if not ends.size:
        return
    axes.plot([0, 1], ends, color=OURS, alpha=0.55, lw=1.0, zorder=2)
    opened = np.zeros(ends.shape, dtype=bool) if hollow is None else np.asarray(hollow)
    for fill, chosen in ((OURS, ~opened), ("white", opened)):
        x, pair = np.nonzero(chosen)
        axes.plot(x, ends[x, pair], "o", ms=size, color=OURS, mfc=fill, zorder=3)
    axes.plot(
        [0, 1],
        np.median(ends, axis=1),
        color=INK,
        lw=2.4,
        marker=marker,
        ms=4,
        solid_capstyle="round",
        zorder=4,
    )


def name_visits(axes: Axes, baseline: str, followup: str) -> None:
    """The two time points below, with room at either side."""
    axes.set_xlim(-0.25, 1.25)
    axes.set_xticks([0, 1], [baseline, followup])


def plot_slopes(
    paired: pd.DataFrame,
    title: str,
    *,
    label: str,
    baseline: str = "pre",
    followup: str = "post",
    note: str = "",
    ax: Axes | None = None,
) -> Figure | Axes:
    """Lines of subjects and the two medians.

    Parameters
    ----------
    paired : DataFrame
        One row a subject, columns ``baseline, followup``; incomplete pairs are drawn as lone open discs.
    label : str
        Axis label with its unit.
    note : str
        A line under the title: the shift with its interval.
    ax : Axes, optional
        Drawn on, and returned, in place of a figure of its own.
    """
    axes = one_panel(ax, *PANEL)
    values = paired[["baseline", "followup"]].to_numpy(dtype=float)
    complete = np.isfinite(values).all(axis=1)
    draw_slopes(axes, (values[complete, 0], values[complete, 1]), marker="D")
    for column in (0, 1):
        lone = values[~complete, column]
        axes.plot(
            np.full(lone.shape, float(column)), lone, "o", markerfacecolor="none", color=OURS, markersize=3.2
        )
    name_visits(axes, baseline, followup)
    axes.set_ylabel(label)
    axes.set_title(f"{title}, {int(complete.sum())} pairs" + (f"\n{note}" if note else ""), fontsize=8.5)
    axes.tick_params(axis="x", colors=SOFT)
    return drawn(axes, ax)
