"""Paired measurements: one line a subject from baseline to follow-up, with the number of pairs."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from reports.figures.style import EXCLUDED, INK, OURS, PANEL, one_panel, themed
from reports.wording import count


def draw_slopes(
    axes: Axes,
    values: ArrayLike,
    visits: tuple[str, str],
    *,
    hollow: ArrayLike = False,
    beyond: ArrayLike = 0,
    unused: ArrayLike = False,
    median: str | None = "",
    size: float = 4.2,
) -> None:
    """A line a pair with its two ends, and a thick one between the medians of the complete pairs in use.

    Parameters
    ----------
    values : array, shape (2, n_pairs)
        Baseline and follow-up; of an incomplete pair, with NaN, the other end stands alone, open.
    visits : tuple of str
        Names of the two time points.
    hollow : array of bool, shape (2, n_pairs)
        Ends that are drawn open.
    beyond : array, shape (2, n_pairs)
        −1, +1: the end lies below, above the value: an open triangle points there, its line is grey, dotted.
    unused : array of bool, shape (n_pairs,)
        Pairs that are drawn as grey crosses, joined by dots.
    median : str, optional
        Marker at the medians; None draws none.
    size : float
        Of the ends, in points.
    """
    ends = np.asarray(values, dtype=float)
    out, side = np.broadcast_to(unused, ends.shape[1:]), np.broadcast_to(beyond, ends.shape)
    complete = np.isfinite(ends).all(axis=0)
    used, censored = complete & ~out, (side != 0).any(axis=0)
    axes.plot([0, 1], ends[:, used & ~censored], color=OURS, alpha=0.55, lw=1.0, zorder=2)
    axes.plot([0, 1], ends[:, used & censored], ":", color=EXCLUDED, lw=1.0, zorder=2)
    axes.plot([0, 1], ends[:, out], "x:", color=EXCLUDED, lw=0.8, ms=5)
    opened = np.broadcast_to(hollow, ends.shape) | ~complete
    for marker, fill, chosen in (
        ("o", OURS, (side == 0) & ~opened),
        ("o", "white", (side == 0) & opened),
        ("v", "white", side < 0),
        ("^", "white", side > 0),
    ):
        x, pair = np.nonzero(chosen & ~out & np.isfinite(ends))
        if x.size:
            axes.plot(x, ends[x, pair], marker, ms=size, color=OURS, mfc=fill, zorder=3)
    if median is not None and used.any():
        middle = np.median(ends[:, used], axis=1)
        axes.plot([0, 1], middle, marker=median, color=INK, lw=2.4, ms=4, solid_capstyle="round", zorder=4)
    axes.set_xlim(-0.25, 1.25)
    axes.set_xticks([0, 1], visits)


@themed
def plot_slopes(
    paired: pd.DataFrame,
    title: str,
    *,
    label: str,
    baseline: str = "pre",
    followup: str = "post",
    ax: Axes | None = None,
) -> Figure | Axes:
    """Lines of subjects and the two medians.

    Parameters
    ----------
    paired : DataFrame
        One row a subject, columns ``baseline, followup``; incomplete pairs are drawn as lone open discs.
    label : str
        Axis label with its unit.
    ax : Axes, optional
        Drawn on, and returned, in place of a figure of its own.
    """
    axes = one_panel(ax, *PANEL)
    values = paired[["baseline", "followup"]].to_numpy(dtype=float).T
    draw_slopes(axes, values, (baseline, followup), median="D", size=3.2)
    axes.set_ylabel(label)
    complete = int(np.isfinite(values).all(axis=0).sum())
    axes.set_title(f"{title}, {count(complete, 'pair')}", fontsize=8.5)
    return axes
