"""Stroma: what was counted on the image, the rose of directions, change per subject."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from lib.stroma import Fibres, Orientation
from reports.figures.style import FLAG, OURS, PANEL, SOFT, draw_scale_bar, one_panel, themed


@themed
def plot_counted(
    image: NDArray[np.generic],
    positive: NDArray[np.bool_],
    title: str,
    *,
    um_per_px: float,
    ax: Axes | None = None,
) -> Figure | Axes:
    """The image with the outline of its positive area, and a scale bar in µm."""
    axes = one_panel(ax, *PANEL)
    grey = image.ndim == 2
    axes.imshow(image, cmap="gray" if grey else None, interpolation="nearest")
    if positive.any() and not positive.all():
        axes.contour(positive, levels=[0.5], colors=[FLAG if grey else OURS], linewidths=0.6)
    draw_scale_bar(axes, positive.shape, um_per_px, colour="white" if grey else "black")
    axes.set_title(title)
    axes.set_axis_off()
    return axes


@themed
def plot_rose(
    orientation: Orientation, where: NDArray[np.bool_], result: Fibres, title: str, *, ax: Axes | None = None
) -> Figure | Axes:
    """Directions of fibres as a rose, 0 to 180° drawn to both sides, with the mean axis."""
    axes = one_panel(ax, *PANEL, projection="polar")
    counts, edges = np.histogram(orientation.angle_deg[where], bins=18, range=(0, 180))
    share = counts / max(counts.sum(), 1)
    middle = np.deg2rad((edges[:-1] + edges[1:]) / 2)
    for turn in (0.0, np.pi):
        axes.bar(middle + turn, share, width=np.pi / 18, color=OURS, alpha=0.75, linewidth=0)
    if np.isfinite(result.dominant_angle_deg):
        axis = np.deg2rad(result.dominant_angle_deg)
        axes.plot([axis, axis + np.pi], [share.max()] * 2, color=FLAG, linewidth=1.4)
    axes.set_title(f"{title}: R = {result.alignment:.2f}", pad=23)  # above the label of 90°
    axes.set_yticklabels([])
    axes.set_xticks(np.deg2rad([0, 90, 180, 270]), ["0°", "90°", "180°", "270°"], color=SOFT)
    axes.grid(True, linewidth=0.5)
    axes.spines["polar"].set_visible(False)
    return axes
