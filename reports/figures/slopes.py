"""Paired measurements: one line a subject from baseline to follow-up, with the number of pairs."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.figures.style import INK, OURS, PANEL, SOFT, drawn, one_panel


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
    for pair in values[complete]:
        axes.plot([0, 1], pair, color=OURS, alpha=0.55, linewidth=1.0, marker="o", markersize=3.2)
    for column in (0, 1):
        lone = values[~complete, column]
        axes.plot(
            np.full(lone.shape, float(column)), lone, "o", markerfacecolor="none", color=OURS, markersize=3.2
        )
    if complete.any():
        medians = np.median(values[complete], axis=0)
        axes.plot([0, 1], medians, color=INK, linewidth=2.4, marker="D", markersize=4)
    axes.set_xlim(-0.25, 1.25)
    axes.set_xticks([0, 1], [baseline, followup])
    axes.set_ylabel(label)
    axes.set_title(f"{title}, {int(complete.sum())} pairs" + (f"\n{note}" if note else ""), fontsize=8.5)
    axes.tick_params(axis="x", colors=SOFT)
    return drawn(axes, ax)
