"""An estimate with its interval, drawn in one way everywhere."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike, NDArray

from reports.figures.style import OURS, PUBLISHED

POINTING = {False: {"<": "<", ">": ">"}, True: {"<": "v", ">": "^"}}
"""Triangles to the lower and the upper end of an axis that runs to the right, or upright."""


def draw_intervals(
    axes: Axes,
    at: ArrayLike,
    value: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    *,
    qualifier: ArrayLike = "=",
    limits: tuple[float, float] | None = None,
    upright: bool = False,
    colour: str = OURS,
    marker: str | int = "o",
    size: float = 5.2,
    width: float = 1.6,
    alpha: float | None = None,
    label: str = "",
    **options: Any,
) -> None:
    """Discs on lines without caps; what is open says so.

    An open disc has no interval. An open triangle at the end of a line points where a bound is missing or
    lies beyond the `limits`; one without a line says that the truth lies beyond the value. Nothing is
    drawn of what is unknown.

    Parameters
    ----------
    at : array, shape (n,), or float
        Places across the axis of the values.
    value, low, high : array, shape (n,), or float
        On the axis of the values; NaN: there is none such.
    qualifier : array of str, or str
        ``>``, ``<``: the value is a limit that the truth lies beyond; without a value, its bound is.
    limits : tuple of float, optional
        What is shown of the lines; without, they have their length, and open ones end with the axis as it is.
    upright : bool
        The axis of the values is the vertical one.
    marker, size, width, alpha
        Of the disc, in points, and of the line; an empty marker draws the line alone.
    label : str
        Of the discs, for a legend.
    options
        Of lines and marks: ``clip_on, rasterized``.
    """
    found = np.broadcast_arrays(*(np.atleast_1d(np.asarray(v, dtype=float)) for v in (at, value, low, high)))
    at, value, low, high = found
    marks = np.broadcast_to(np.asarray(qualifier, dtype=object), at.shape)
    first, last = limits or (-np.inf, np.inf)
    stops = limits or (axes.get_ylim() if upright else axes.get_xlim())
    told = np.isfinite(value) & ~np.isin(marks, ("<", ">"))
    lined = told & (np.isfinite(low) | np.isfinite(high))
    start = np.where(np.isnan(low), stops[0], np.maximum(low, first))
    end = np.where(np.isnan(high), stops[1], np.minimum(high, last))
    lines = axes.vlines if upright else axes.hlines
    lines(at[lined], start[lined], end[lined], color=colour, lw=width, alpha=alpha, zorder=3, **options)

    def draw(where: NDArray[np.bool_], values: NDArray[np.float64], shape: str | int, **look: Any) -> None:
        if where.any() or "label" in look:
            x, y = (at[where], values[where]) if upright else (values[where], at[where])
            look = {"ls": "none", "color": colour, "ms": size, "zorder": 4, **options, **look}
            axes.plot(x, y, marker=shape, **look)

    draw(lined, value, marker, **({"label": label} if label else {}))
    draw(told & ~lined, value, marker, mfc="white")
    open_ends = (("<", start, ~(low >= first), high), (">", end, ~(high <= last), low))
    for mark, stop, goes_on, bound in open_ends:
        shape, known = POINTING[upright][mark], np.isfinite(value)
        draw(lined & goes_on, stop, shape, mfc="white", clip_on=False)
        limit = np.where(known, value, bound)
        draw((marks == mark) & np.isfinite(limit), limit, shape, mfc="white", clip_on=False, ms=1.25 * size)


def draw_published(
    axes: Axes,
    at: float,
    value: float,
    low: float = np.nan,
    high: float = np.nan,
    *,
    upright: bool = False,
    size: float = 5.0,
) -> None:
    """What the literature says, or what is known to be true: an open grey diamond, a thin line if bounds are
    given."""
    if np.isfinite(value):
        if np.isfinite(low) and np.isfinite(high):
            (axes.vlines if upright else axes.hlines)(at, low, high, color=PUBLISHED, lw=0.8, zorder=2)
        x, y = (at, value) if upright else (value, at)
        axes.plot(x, y, "D", mfc="white", mec=PUBLISHED, ms=size, zorder=2.6)
