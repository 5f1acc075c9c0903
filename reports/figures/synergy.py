"""Figures of drug combinations; orange and positive always mean synergy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm
from matplotlib.figure import Figure
from mpl_toolkits.mplot3d import Axes3D
from numpy.typing import NDArray

from lib.synergy import MODELS, CombinationIndex, SynergyScores
from lib.synergy.matrix import DoseMatrix
from reports.figures.forest import ForestRow, plot_forest
from reports.figures.heat import draw_heat
from reports.figures.style import (
    BESIDE_CAPTION,
    EXCLUDED,
    FLAG,
    INK,
    OURS,
    SOFT,
    diverging_steps,
    one_panel,
    sequential,
    themed,
)
from reports.wording import fixed, number

LABELS = {"bliss": "Bliss", "hsa": "HSA", "loewe": "Loewe", "zip": "ZIP", "musyc": "MuSyC"}
DIRECTION = "← less than expected (antagonism)  |  score, percentage points  |  more (synergy) →"
PANEL_SIZE = (3.0, 2.75)
PANEL_MARGINS = {"right": 0.97, "bottom": 0.19, "top": 0.85}
"""Fixed, for figures of one size: the layout engine would take a third of the time of drawing them."""


def plot_scores(
    results: Sequence[SynergyScores],
    truths: Mapping[tuple[str, str], float] | None = None,
    *,
    ax: Axes | None = None,
) -> Figure | Axes:
    """Scores of every pair under every model, with 95 % intervals.

    Parameters
    ----------
    results : sequence of SynergyScores
    truths : mapping of (cell line, model) to score, optional
        Known values, drawn as open grey diamonds.
    ax : Axes, optional
        Drawn on, and returned, in place of a figure of its own.
    """
    rows = [
        ForestRow(
            LABELS[model],
            result.score[model],
            *result.interval[model],
            published=(truths or {}).get((result.matrix.cell_line, model), np.nan),
            group=f"{result.matrix.cell_line}: {result.matrix.compound_1} + {result.matrix.compound_2}",
        )
        for result in results
        for model in MODELS
        if np.isfinite(result.score[model])
    ]
    return plot_forest(rows, xlabel=DIRECTION, reference=0, width_in=BESIDE_CAPTION + 1.2, ax=ax)


@themed
def plot_excess(
    result: SynergyScores,
    model: str = "bliss",
    *,
    limit: float = 35.0,
    noise: float = 5.0,
    ax: Axes | None = None,
) -> Figure | Axes:
    """Excess over the reference by dose pair, in seven steps; grey lies within ± `noise` percentage
    points."""
    axes = _new_panel(ax, result.matrix.doses_2)
    matrix = result.matrix
    names = ([f"{d:.3g}" for d in doses[1:]] for doses in (matrix.doses_2, matrix.doses_1))
    excess = pd.DataFrame(result.excess[model][1:, 1:].T, *names)
    edges = np.concatenate([[-100], [-limit, -limit / 2, -noise, noise, limit / 2, limit], [100]])
    words = excess.map(lambda value: fixed(value, 0))
    steps: dict[str, Any] = {"cmap": diverging_steps(), "norm": BoundaryNorm(edges, 7)}
    draw_heat(axes, excess, annot=words, fmt="", annot_kws={"fontsize": 6.5}, linewidth=1, **steps)
    axes.invert_yaxis()  # doses rise upwards
    axes.tick_params(labelsize=7, labelrotation=0)
    axes.set(xlabel=f"{matrix.compound_1}, µM", ylabel=f"{matrix.compound_2}, µM")
    axes.set_title(f"{matrix.cell_line}: {LABELS[model]} excess\n+ = synergy, − = antagonism", fontsize=8.5)
    return axes


@themed
def plot_inhibition(result: SynergyScores, *, ax: Axes | None = None) -> Figure | Axes:
    """Contours of measured inhibition over both doses (dose 0 at the edge), and of that expected under
    Bliss."""
    axes = _new_panel(ax, result.matrix.doses_2)
    matrix = result.matrix
    x, y = (np.arange(len(d), dtype=float) for d in (matrix.doses_1, matrix.doses_2))
    measured, expected = (np.ma.masked_invalid(100 * np.clip(v, 0, 1)).T for v in _beside_bliss(result))
    axes.contourf(x, y, measured, levels=np.arange(0, 101, 10), cmap=sequential(), alpha=0.6)
    for level in (25, 50, 75):
        if expected.min() < level < expected.max():
            axes.contour(x, y, expected, levels=[level], colors=FLAG, linewidths=1.1, linestyles="dashed")
        if measured.min() < level < measured.max():
            lines = axes.contour(x, y, measured, levels=[level], colors=INK, linewidths=1.1)
            axes.clabel(lines, fmt="%d %%", fontsize=7)
    axes.grid(visible=False)
    _name_doses(axes, matrix)
    axes.set_title(f"{matrix.cell_line}: inhibition, %\nsolid inside dashed = synergy", fontsize=8.5)
    return axes


def _name_doses(axes: Axes, matrix: DoseMatrix) -> None:
    axes.set_xticks(range(len(matrix.doses_1)), [f"{d:.3g}" for d in matrix.doses_1], fontsize=7)
    axes.set_yticks(range(len(matrix.doses_2)), [f"{d:.3g}" for d in matrix.doses_2], fontsize=7)
    axes.set(xlabel=f"{matrix.compound_1}, µM", ylabel=f"{matrix.compound_2}, µM")


def _beside_bliss(result: SynergyScores) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Inhibition as measured and as expected under Bliss, (n_1, n_2) each; alike where a compound is
    alone."""
    measured = result.matrix.mean
    excess = result.excess["bliss"] / 100
    alone = np.zeros(measured.shape, dtype=bool)
    alone[0], alone[:, 0] = True, True
    return measured, measured - np.where(alone, 0.0, excess)


@themed
def plot_surface(result: SynergyScores, *, ax: Axes | None = None) -> Figure | Axes:
    """Measured inhibition as a surface over both doses, and what Bliss expects as a mesh; above it =
    synergy."""
    axes = cast(Axes3D, one_panel(ax, BESIDE_CAPTION, 4.0, projection="3d"))
    matrix = result.matrix
    x, y = np.meshgrid(np.arange(len(matrix.doses_1)), np.arange(len(matrix.doses_2)), indexing="ij")
    measured, expected = (100 * v for v in _beside_bliss(result))
    axes.plot_surface(
        x, y, measured, cmap=sequential(), vmin=0, vmax=100, rcount=40, ccount=40, edgecolor="none", alpha=0.9
    )
    axes.plot_wireframe(x, y, expected, color=FLAG, linewidth=1.0)
    _name_doses(axes, matrix)
    axes.tick_params(axis="z", labelsize=7)
    axes.set_zlabel("inhibition, %")
    axes.set_box_aspect((4, 4, 3), zoom=1.0)
    axes.view_init(elev=24, azim=-128)
    axes.set_title(f"{matrix.cell_line}: surface above the mesh = synergy, below = antagonism", fontsize=8.5)
    return cast(Axes, axes)


def _new_panel(ax: Axes | None, doses: NDArray[np.float64]) -> Axes:
    """Axes of a panel with room at the left for the name and the longest of `doses`."""
    axes = one_panel(ax, *PANEL_SIZE)
    if ax is None:
        longest = max(len(f"{d:.3g}") for d in doses)
        figure = cast(Figure, axes.figure)
        figure.set_layout_engine(None)
        figure.subplots_adjust(left=0.1 + 0.019 * longest, **PANEL_MARGINS)
    return axes


@themed
def plot_isobologram(index: CombinationIndex, *, ax: Axes | None = None) -> Figure | Axes:
    """Dose pairs that reach one effect, as shares of the doses alone; below the line = synergy."""
    axes = _new_panel(ax, np.array([0.25]))
    axes.grid(visible=False)
    axes.plot([0, 1], [1, 0], color=SOFT, lw=1)
    axes.text(0.52, 0.52, "additive", fontsize=7.5, color=SOFT, rotation=-38, ha="left", va="bottom")
    title = (
        f"{index.matrix.cell_line}: isobole at {100 * index.effect:g} %\nbelow line = synergy, above ="
        " antagonism"
    )
    if np.isfinite(index.alone_1_uM) and np.isfinite(index.alone_2_uM):
        axes.plot(index.doses_1 / index.alone_1_uM, index.doses_2 / index.alone_2_uM, "o", color=OURS)
        top = (
            max(1.05, *(index.doses_1 / index.alone_1_uM), *(index.doses_2 / index.alone_2_uM))
            if len(index.doses_1)
            else 1.05
        )
    else:
        top = 1.05
        axes.text(
            0.5, 0.75, "no dose of a compound\nalone to compare with", ha="center", fontsize=8, color=EXCLUDED
        )
    axes.set(xlim=(0, top * 1.03), ylim=(0, top * 1.03))
    alone = (index.alone_1_uM, index.alone_2_uM)
    reached = [f"{number(dose)} µM" if np.isfinite(dose) else "its dose alone" for dose in alone]
    axes.set_xlabel(f"{index.matrix.compound_1}, share of {reached[0]}", fontsize=8)
    axes.set_ylabel(f"{index.matrix.compound_2}, share of {reached[1]}", fontsize=8)
    axes.set_title(title, fontsize=8.5)
    return axes
