"""Immunohistochemistry: what was counted, densities, and the thresholds' part in the answer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from skimage.segmentation import find_boundaries

from lib.stains.views import View
from reports.figures.style import (
    BESIDE_CAPTION,
    INK,
    OURS,
    PALETTE,
    PANEL,
    SOFT,
    draw_scale_bar,
    one_panel,
    themed,
)

CLASS_COLOURS = {-1: "#7d868e", 0: "#0072b2", 1: "#f0e442", 2: "#e69f00", 3: "#cc0000"}


@themed
def plot_counted_cells(view: View, title: str, *, ax: Axes | None = None) -> Figure | Axes:
    """The image with the compartment of every cell outlined in the colour of its class, and a scale bar."""
    axes = one_panel(ax, *PANEL)
    axes.imshow(_outlined(view), interpolation="nearest")
    draw_scale_bar(axes, view.cells.shape, view.um_per_px)
    axes.set_title(title)
    axes.set_axis_off()
    return axes


@themed
def plot_densities(
    cells: pd.DataFrame,
    thresholds_od: Sequence[float],
    title: str,
    *,
    order: Sequence[str],
    ax: Axes | None = None,
) -> Figure | Axes:
    """Histogram of the cells' DAB density by timepoint, as shares, with the thresholds.

    Parameters
    ----------
    cells : DataFrame
        Columns ``timepoint, dab_od``.
    order : sequence of str
        Timepoints, first to last.
    ax : Axes, optional
        Drawn on, and returned, in place of a figure of its own.
    """
    axes = one_panel(ax, BESIDE_CAPTION, 2.6)
    top = float(np.nanpercentile(cells["dab_od"], 99.5)) if cells["dab_od"].notna().any() else 1.0
    bins = np.linspace(min(0.0, float(cells["dab_od"].min())), max(top, thresholds_od[2] * 1.1), 41)
    counts = cells.dropna(subset="dab_od")["timepoint"].value_counts()
    names = {time: f"{time}, {counts[time]:,} cells" for time in order if time in counts}
    sns.histplot(
        cells.assign(timepoint=cells["timepoint"].map(names)),
        x="dab_od",
        hue="timepoint",
        hue_order=names.values(),
        palette=PALETTE[: len(names)],
        bins=bins,
        stat="percent",
        common_norm=False,
        element="step",
        fill=False,
        linewidth=1.4,
        ax=axes,
    )
    for name, cut in zip(("1+", "2+", "3+"), thresholds_od, strict=True):
        axes.axvline(cut, color=SOFT, linewidth=0.9)
        axes.annotate(
            name,
            (cut, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(3, -9),
            textcoords="offset points",
            color=SOFT,
            fontsize=8,
        )
    axes.set(xlabel="mean DAB density of a cell's compartment, OD", ylabel="share of cells, %", title=title)
    if names:
        sns.move_legend(axes, "center right", fontsize=8, title="")
    return axes


@themed
def plot_sensitivity(
    varied: pd.DataFrame, used: float, title: str, *, ax: Axes | None = None
) -> Figure | Axes:
    """The change of the H-score against the first threshold, all three moved together, with its interval.

    Parameters
    ----------
    varied : DataFrame
        From ``stains.vary_thresholds``, one population.
    used : float
        The first threshold of this report.
    ax : Axes, optional
        Drawn on, and returned, in place of a figure of its own.
    """
    axes = one_panel(ax, BESIDE_CAPTION, 2.6)
    x = varied["threshold_1"].to_numpy(dtype=float)
    axes.fill_between(x, varied["shift_low"], varied["shift_high"], color=OURS, alpha=0.2, linewidth=0)
    axes.plot(x, varied["shift"], color=OURS, marker="o")
    axes.axhline(0, color=INK, linewidth=0.8)
    axes.axvline(used, color=SOFT, linewidth=0.9)
    below = bool(varied["shift"].mean() > 0)
    axes.annotate(
        "this report",
        (used, 0.9 if below else 0.04),
        xycoords=("data", "axes fraction"),
        xytext=(4, 0),
        textcoords="offset points",
        color=SOFT,
        fontsize=8,
    )
    axes.set(xlabel="threshold of 1+, OD (2+ and 3+ move in proportion)", ylabel="change of H-score")
    axes.set_title(title)
    return axes


def _outlined(view: View) -> np.ndarray:
    """The compartment that was scored in the colour of its class; the nucleus in white where it was not."""
    image = view.image.copy()
    scored = view.nuclei if view.compartment == "nucleus" else view.cells
    edge = find_boundaries(scored, mode="inner") & (scored > 0)
    if view.compartment != "nucleus":
        image[find_boundaries(view.nuclei, mode="inner") & (view.nuclei > 0) & ~edge] = 255
    for name, colour in CLASS_COLOURS.items():
        image[edge & (view.classes[scored] == name)] = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    return image
