"""Immunohistochemistry: what was counted, densities, the thresholds' part in the answer, the protocol."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from skimage.segmentation import find_boundaries

from lib.stains.views import View
from reports.figures.style import (
    BESIDE_CAPTION,
    FULL_WIDTH,
    INK,
    OURS,
    PALETTE,
    PANEL,
    PUBLISHED,
    SOFT,
    drawn,
    one_panel,
)

CLASS_COLOURS = {-1: "#7d868e", 0: "#0072b2", 1: "#f0e442", 2: "#e69f00", 3: "#cc0000"}
CLASS_WORDS = {0: "negative", 1: "1+", 2: "2+", 3: "3+"}


def plot_counted_cells(view: View, title: str, *, ax: Axes | None = None) -> Figure | Axes:
    """The image with the compartment of every cell outlined in the colour of its class, and a scale bar."""
    axes = one_panel(ax, *PANEL)
    axes.imshow(_outlined(view), interpolation="nearest")
    height, width = view.cells.shape
    bar_um = max(10.0, float(np.round(width * view.um_per_px / 4, -1)))
    left, level = width * 0.05, height * 0.95
    axes.plot([left, left + bar_um / view.um_per_px], [level, level], color="black", linewidth=2.5)
    axes.text(left, level - height * 0.03, f"{bar_um:g} µm", color="black", fontsize=7.5)
    axes.set_title(title)
    axes.set_axis_off()
    return drawn(axes, ax)


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
    for colour, timepoint in zip(PALETTE, order, strict=False):
        values = cells.loc[cells["timepoint"] == timepoint, "dab_od"].dropna()
        if values.empty:
            continue
        weights = np.full(len(values), 100 / max(len(values), 1))
        axes.hist(values, bins=list(bins), weights=weights, histtype="step", color=colour, linewidth=1.4,
                  label=f"{timepoint}, {len(values):,} cells")  # fmt: skip
    for name, cut in zip(("1+", "2+", "3+"), thresholds_od, strict=True):
        axes.axvline(cut, color=SOFT, linewidth=0.9)
        axes.annotate(name, (cut, 1.0), xycoords=("data", "axes fraction"), xytext=(3, -9),
                      textcoords="offset points", color=SOFT, fontsize=8)  # fmt: skip
    axes.set_xlabel("mean DAB density of a cell's compartment, OD")
    axes.set_ylabel("share of cells, %")
    axes.set_title(title)
    axes.legend(fontsize=8, loc="center right")
    return drawn(axes, ax)


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
    axes.annotate("this report", (used, 0.9 if below else 0.04), xycoords=("data", "axes fraction"), xytext=(4, 0),
                  textcoords="offset points", color=SOFT, fontsize=8)  # fmt: skip
    axes.set_xlabel("threshold of 1+, OD (2+ and 3+ move in proportion)")
    axes.set_ylabel("change of H-score")
    axes.set_title(title)
    return drawn(axes, ax)


def plot_protocol(
    protocol: pd.DataFrame, deviations: Mapping[int, str] | None = None, *, ax: Axes | None = None
) -> Figure | Axes:
    """The steps of a protocol as boxes, left to right in rows of four, with reagents and times.

    Parameters
    ----------
    protocol : DataFrame
        Columns ``step, name, action, reagent, concentration, repeats, time_min, temperature_c, note``, as text but the step.
    deviations : mapping of int to str, optional
        What this study did differently, by step; drawn in the box under a line of its own.
    ax : Axes, optional
        Drawn on, and returned, in place of a figure of its own.
    """
    said = deviations or {}
    steps = list(protocol.groupby("step", sort=True))
    columns = 4
    rows = -(-len(steps) // columns)
    axes = one_panel(ax, FULL_WIDTH, 1.95 * rows)
    axes.set_xlim(0, columns)
    axes.set_ylim(-rows, 0)
    axes.set_axis_off()
    for place, (number, part) in enumerate(steps):
        row, column = divmod(place, columns)
        _draw_step(axes, column, -row, int(str(number)), part, said.get(int(str(number)), ""))
        if place + 1 < len(steps):
            _draw_arrow(axes, row, column, columns)
    return drawn(axes, ax)


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


def _draw_step(axes: Axes, x: float, y: float, number: int, part: pd.DataFrame, deviation: str) -> None:
    axes.add_patch(
        FancyBboxPatch((x + 0.05, y - 0.92), 0.86, 0.86, boxstyle="round,pad=0,rounding_size=0.03",
                       facecolor="none", edgecolor=PUBLISHED, linewidth=0.9)
    )  # fmt: skip
    title = textwrap.wrap(f"{number}  {part['name'].iloc[0]}", 30)
    axes.text(
        x + 0.08,
        y - 0.10,
        "\n".join(title),
        va="top",
        fontsize=8.5,
        weight="bold",
        color=INK,
        linespacing=1.25,
    )
    start = y - 0.12 - 0.085 * len(title)
    lines = [
        line for row in part.itertuples() for line in textwrap.wrap(_action(row), 38, subsequent_indent="  ")
    ]
    axes.text(x + 0.08, start, "\n".join(lines), va="top", fontsize=7.5, color=SOFT, linespacing=1.3)
    if deviation:
        axes.text(x + 0.08, y - 0.89, "\n".join(textwrap.wrap(f"Here: {deviation}", 38)), va="bottom", fontsize=7.5,
                  color=OURS, linespacing=1.3)  # fmt: skip


def _action(row: object) -> str:
    def cell(name: str) -> str:
        return str(getattr(row, name))

    reagent = f"{cell('concentration')} {cell('reagent')}".strip()
    times = f"{cell('repeats')} × " if cell("repeats") not in ("", "1") else ""
    time = f", {times}{cell('time_min')} min" if cell("time_min") else ""
    heat = f", {cell('temperature_c')} °C" if cell("temperature_c") else ""
    note = cell("note").split(";")[0].split(":")[0].split(" as ")[0]
    said = f" ({note[0].lower()}{note[1:]})" if note and not note.startswith("Given") else ""
    return f"· {reagent or cell('action')}{time}{heat}{said}"


def _draw_arrow(axes: Axes, row: int, column: int, columns: int) -> None:
    style = {"arrowstyle": "-|>", "color": SOFT, "linewidth": 1.0, "shrinkA": 0, "shrinkB": 0}
    if column + 1 < columns:
        axes.annotate("", (column + 1.045, -row - 0.5), (column + 0.915, -row - 0.5), arrowprops=style)
    else:
        axes.plot(
            [column + 0.5, column + 0.5, 0.5],
            [-row - 0.925, -row - 0.99, -row - 0.99],
            color=SOFT,
            linewidth=1.0,
        )
        axes.annotate("", (0.5, -row - 1.055), (0.5, -row - 0.988), arrowprops=style)
