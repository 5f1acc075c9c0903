"""Figures of plates: how each well differs from its like, before and after a correction."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from lib.plates import estimate_position_effects, locate_wells, plate_shape
from reports.figures.heat import draw_heat
from reports.figures.style import (
    FLAG,
    GRID,
    INK,
    PLATE,
    diverging_steps,
    new_figure,
    one_panel,
    place,
    themed,
)

PLATE_SPAN = 0.175
"""Seven steps of 5 %: the middle one, ± 2.5 %, is grey."""


@themed
def plot_plate(
    wells: pd.DataFrame, plate: str, *, verdict: str = "pass", ax: Axes | None = None
) -> Figure | Axes:
    """Deviation of each well from its like on the plate; a cross marks an excluded well."""
    axes = one_panel(ax, *PLATE)
    flagged = verdict != "pass"
    axes.set_title(
        f"{plate}{' · flagged' if flagged else ''}", fontsize=8, pad=3, color=FLAG if flagged else INK
    )
    _draw_plate(axes, wells[wells["plate"] == plate])
    place(axes, ax, (0.02, 0.1, 0.96, 0.77))  # the foot is kept free for the stamp of simulated data
    return axes


@themed
def plot_edge_correction(before: pd.DataFrame, after: pd.DataFrame, plate: str) -> Figure:
    """One plate before and after its edge correction, side by side on one scale."""
    figure = new_figure(2 * PLATE[0] + 0.4, PLATE[1])
    for axes, wells, words in zip(figure.subplots(1, 2), (before, after), ("before", "after"), strict=True):
        axes.set_title(f"{plate} · {words}", fontsize=8, pad=3)
        _draw_plate(axes, wells[wells["plate"] == plate])
    return figure


def _draw_plate(axes: Axes, mine: pd.DataFrame) -> None:
    axes.set_axis_off()
    position = locate_wells(mine["well"])
    if not position["row"].notna().any():
        return
    effects = estimate_position_effects(mine)
    rows, columns = plate_shape(position)
    image = np.full((rows, columns), np.nan)
    image[effects["row"].astype(int), effects["column"].astype(int)] = effects["deviation"]
    span = {"vmin": -PLATE_SPAN, "vmax": PLATE_SPAN, "cmap": diverging_steps()}
    draw_heat(axes, image, square=True, xticklabels=False, yticklabels=False, **span)
    # wells without a like are white: the outline says where the plate ends
    axes.add_patch(Rectangle((0, 0), columns, rows, fill=False, ec=GRID, lw=0.8, clip_on=False))
    out = position[mine["exclude"] != ""]
    axes.plot(out["column"] + 0.5, out["row"] + 0.5, "x", color=INK, ms=3, mew=0.9)
