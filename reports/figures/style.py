"""The look that every figure shares: fonts, lines, palette and the sizes at which figures are shown."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, Literal, ParamSpec, TypeVar, cast

import matplotlib as mpl
import numpy as np
import seaborn as sns
from cycler import cycler
from matplotlib import figure as mpl_figure
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.colors import LinearSegmentedColormap, ListedColormap
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import FuncFormatter, NullLocator

from lib.errors import Fault, InputError

P = ParamSpec("P")
Drawn = TypeVar("Drawn")

INK, SOFT, GRID, AXIS = "#1f2429", "#59636d", "#e2e5e8", "#9aa3ab"
OURS, FLAG, PASS, FAIL, EXCLUDED, PUBLISHED = "#0072b2", "#b94e00", "#00664a", "#a11d2b", "#7d868e", "#7d868e"
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#1F2429")
"""Okabe–Ito, told apart by colour-blind readers; use colour only where a panel holds several series."""

DIVERGING = ("#2166ac", "#6aa5cd", "#b5d4e7", "#eef0f1", "#f6d0b4", "#e79a63", "#c1571a")
"""Seven steps, grey in the middle."""

FULL_WIDTH, BESIDE_CAPTION, PANEL, PLATE = 9.6, 5.9, (3.0, 2.4), (1.8, 1.4)
"""Sizes in inches as shown on the page (96 px an inch)."""

STYLE: dict[str, Any] = {
    **sns.axes_style("ticks"),
    **sns.plotting_context("paper"),
    "font.sans-serif": ["Liberation Sans", "Arial", "DejaVu Sans"],
    "font.size": 9,
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 8,
    "axes.titley": 1.0,
    "axes.labelsize": 9,
    "axes.labelcolor": SOFT,
    "axes.edgecolor": AXIS,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "grid.color": GRID,
    "text.color": INK,
    "axes.titlecolor": INK,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "xtick.color": AXIS,
    "xtick.labelcolor": SOFT,
    "ytick.color": SOFT,
    "xtick.major.size": 3.5,
    "xtick.major.width": 0.8,
    "ytick.major.size": 0,
    "xtick.minor.size": 0,
    "ytick.minor.size": 0,
    "lines.linewidth": 1.6,
    "lines.markersize": 4.2,
    "patch.force_edgecolor": False,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "tme",
    "savefig.transparent": True,
    "axes.prop_cycle": cycler(color=list(PALETTE)),
}
"""On seaborn's ticks for paper."""


_lasts: ContextVar[bool] = ContextVar("theme lasts", default=False)


@contextmanager
def theme() -> Iterator[None]:
    """The shared look while the context lasts: ``with theme(): sns.histplot(...)``."""
    if _lasts.get():  # setting 40 parameters anew for every step of every panel would be felt
        yield
        return
    token = _lasts.set(True)
    try:
        with mpl.rc_context(cast(Any, STYLE)):
            yield
    finally:
        _lasts.reset(token)


def themed(plot: Callable[P, Drawn]) -> Callable[P, Drawn]:
    """Draw in the shared look, unless on a caller's axes, which keep his.

    A function that made axes itself gives the figure that they are on.
    """

    @wraps(plot)
    def draw(*args: P.args, **options: P.kwargs) -> Drawn:
        if options.get("ax") is not None:
            return plot(*args, **options)
        with theme():
            made = plot(*args, **options)
        return cast(Drawn, made.figure) if isinstance(made, Axes) else made

    return draw


class Layout(ConstrainedLayoutEngine):
    """The constrained engine, which measures in the shared look."""

    def execute(self, fig: mpl_figure.Figure) -> None:
        """Lay out all axes of the figure."""
        with theme():
            super().execute(fig)


class Figure(mpl_figure.Figure):
    """A figure that shows itself at the end of a cell, whether or not pyplot was ever asked to show
    figures, and that keeps the shared look whenever it is drawn."""

    def draw(self, renderer: RendererBase) -> None:
        """Draw, in the shared look, what matplotlib makes late: ticks, fonts."""
        with theme():
            super().draw(renderer)

    def savefig(self, fname: Any, **options: Any) -> None:
        """Write the figure to a file, in the shared look."""
        with theme():
            super().savefig(fname, **options)

    def _repr_png_(self) -> bytes | None:
        """The picture for IPython; None where its inline backend shows figures already, in forms its user may
        choose."""
        if "matplotlib_inline.backend_inline" in sys.modules:
            return None
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", dpi=self.dpi, bbox_inches="tight", transparent=False)
        return buffer.getvalue()


def new_figure(width_in: float = FULL_WIDTH, height_in: float = 3.6) -> Figure:
    """An empty figure in the shared style, laid out by the constrained engine."""
    with theme():
        return Figure(figsize=(width_in, height_in), layout=Layout())


def one_panel(
    ax: Axes | None,
    width_in: float = PANEL[0],
    height_in: float = PANEL[1],
    *,
    projection: Literal["rectilinear", "polar", "3d"] = "rectilinear",
) -> Axes:
    """The caller's axes as they are, or one pair on a figure of their own in the shared style.

    Raises
    ------
    InputError
        If the caller's axes are of another projection.
    """
    if ax is None:
        with theme():
            return new_figure(width_in, height_in).subplots(subplot_kw={"projection": projection})
    if ax.name != projection:
        remedy = f'Make them with plt.subplots(subplot_kw={{"projection": "{projection}"}}).'
        raise InputError(Fault(f"ax must have the projection {projection}", value=ax.name, remedy=remedy))
    return ax


def whole(drawing: mpl_figure.Figure | Axes) -> mpl_figure.Figure:
    """What a function that draws one panel made without axes of a caller's: a figure."""
    return cast(mpl_figure.Figure, drawing)


def one_above_another(
    ax: Axes | None, width_in: float, height_in: float, parts: tuple[float, float]
) -> tuple[Axes, Axes]:
    """Two axes on one horizontal scale, of heights in proportion to `parts`; the lower hang below a
    caller's."""
    if ax is None:
        above, below = new_figure(width_in, height_in).subplots(2, 1, sharex=True, height_ratios=parts)
        return above, below
    part = parts[1] / parts[0]
    return one_panel(ax), ax.inset_axes((0, -part - 0.16, 1, part), sharex=ax)


def place(axes: Axes, ax: Axes | None, box: tuple[float, float, float, float]) -> None:
    """Put the axes of a figure of our own in a fixed place; the caller's stay where they are.

    Fixed margins draw panels of one kind twice as fast as solving the layout of each.
    """
    if ax is None:
        cast(Figure, axes.figure).set_layout_engine("none")
        axes.set_position(box)


def draw_scale_bar(axes: Axes, shape: Sequence[int], um_per_px: float, colour: str = "black") -> None:
    """A bar of about a quarter of an image of so many rows and columns, at its foot, in µm."""
    height, width = shape
    quarter_um = width * um_per_px / 4
    bar_um = float(np.round(quarter_um, -1)) or quarter_um
    left, level = width * 0.05, height * 0.94
    axes.plot([left, left + bar_um / um_per_px], [level, level], color=colour, lw=2.5)
    axes.text(left, level - height * 0.03, f"{bar_um:g} µm", color=colour, fontsize=7.5)


def set_log_axis(axes: Axes, which: Literal["x", "y"] = "x") -> None:
    """A log axis with ticks in plain numbers at whole decades (0.01, 0.1, 1) and none between.

    Plain numbers read faster than powers; ticks and powers are what drawing a small panel would spend its
    time on.
    """
    axis = axes.xaxis if which == "x" else axes.yaxis
    (axes.set_xscale if which == "x" else axes.set_yscale)("log")
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_locator(NullLocator())


def diverging_steps() -> ListedColormap:
    """Seven-step diverging map: blue below, grey within noise, orange above."""
    return ListedColormap(list(DIVERGING), name="tme_diverging")


def sequential() -> LinearSegmentedColormap:
    """Light to dark blue, even in lightness."""
    return LinearSegmentedColormap.from_list(
        "tme_sequential", ["#f2f6f9", "#b5d4e7", "#6aa5cd", "#0072b2", "#00395c"]
    )
