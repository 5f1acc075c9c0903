"""Reconstructed curves over the points they were made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lib.agreement import Concordance
from lib.reconstruct import Reconstruction
from lib.survival import fit_kaplan_meier
from reports.figures.forest import ForestRow, plot_forest
from reports.figures.style import FULL_WIDTH, INK, PALETTE, SOFT, one_above_another, themed
from reports.figures.survival import frame_survival
from reports.wording import number


@themed
def plot_reconstruction(
    found: Mapping[str, Reconstruction],
    *,
    xlabel: str = "months",
    ylabel: str = "Survival",
    width_in: float = FULL_WIDTH,
    ax: Axes | None = None,
) -> Figure | Axes:
    """Digitised points on the reconstructed curves, and their distance below, on a scale of its own.

    Parameters
    ----------
    found : mapping of group to Reconstruction
    xlabel : str
        Unit of time.
    ylabel : str
    width_in : float
    ax : Axes, optional
        Drawn on, and returned, in place of a figure of its own; the distance hangs below.

    Returns
    -------
    Figure, or `ax`
    """
    axes, below = one_above_another(ax, width_in, 4.6, (3.2, 1))
    for i, (name, r) in enumerate(found.items()):
        colour = PALETTE[i % len(PALETTE)]
        curve = fit_kaplan_meier(r.time, r.event)
        axes.step(
            np.append(0, curve.time), np.append(1, curve.survival), where="post", color=colour, zorder=2
        )
        axes.plot(r.curve_time, r.curve_survival, "x", color=INK, ms=3, mew=0.7, zorder=3)
        axes.text(
            1.01,
            r.curve_survival[-1],
            name,
            transform=axes.get_yaxis_transform(),
            va="center",
            color=colour,
            fontweight="bold",
        )
        below.plot(r.curve_time, 100 * r.residual, "-", color=colour, lw=1.0)
    frame_survival(axes, ylabel)
    axes.text(
        0.99,
        0.97,
        "lines: reconstructed; crosses: read off the figure",
        transform=axes.transAxes,
        ha="right",
        va="top",
        fontsize=8,
        color=SOFT,
    )
    below.axhline(0, color=SOFT, lw=0.8)
    below.set(ylabel="Difference,\npoints", xlabel=f"Time, {xlabel}")
    below.set_xlim(left=0)
    return axes


def plot_ratios(verdicts: Sequence[Concordance], *, ax: Axes | None = None) -> Figure | Axes:
    """Reconstructed results over those printed, with the interval of reading and the line of equality."""
    rows = [
        ForestRow(
            v.name, v.effect, v.effect_low, v.effect_high, columns=(number(v.published), number(v.estimate))
        )
        for v in verdicts
    ]
    columns = ("printed", "reconstructed")
    return plot_forest(rows, xlabel="Reconstructed ÷ printed", log=True, reference=1, columns=columns, ax=ax)
