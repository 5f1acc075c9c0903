"""Figures of drug combinations; orange and positive always mean synergy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm
from matplotlib.figure import Figure

from lib.plots.style import (
    BESIDE_CAPTION,
    EXCLUDED,
    GRID,
    INK,
    OURS,
    PUBLISHED,
    SOFT,
    diverging_steps,
    new_axes,
    new_figure,
    sequential,
)
from lib.present import fixed
from lib.synergy import MODELS, CombinationIndex, SynergyScores

LABELS = {"bliss": "Bliss", "hsa": "HSA", "loewe": "Loewe", "zip": "ZIP", "musyc": "MuSyC"}
DIRECTION = "← antagonism    score, percentage points of inhibition    synergy →"


def plot_scores(
    results: Sequence[SynergyScores], truths: Mapping[tuple[str, str], float] | None = None
) -> Figure:
    """Scores of every pair under every model, with 95 % intervals.

    Parameters
    ----------
    results : sequence of SynergyScores
    truths : mapping of (cell line, model) to score, optional
        Known values, drawn as open grey diamonds.
    """
    rows = [(r, m) for r in results for m in MODELS if np.isfinite(r.score[m])]
    places = _leave_headings(rows)
    figure = new_figure(BESIDE_CAPTION + 1.2, 0.22 * (places[-1] + 1) + 0.8 if rows else 1.5)
    axes = figure.subplots()
    axes.grid(visible=False)
    axes.axvline(0, color=SOFT, lw=0.8)
    for y, (result, model) in zip(places, rows, strict=True):
        low, high = result.interval[model]
        if np.isfinite(low):
            axes.plot([low, high], [y, y], color=OURS, lw=1.6, solid_capstyle="butt")
        axes.plot(result.score[model], y, "o", color=OURS, ms=5)
        truth = (truths or {}).get((result.matrix.cell_line, model))
        if truth is not None:
            axes.plot(truth, y, "D", mfc="none", mec=PUBLISHED, ms=6.5)
        if y - 1 not in places:
            axes.axhline(y - 1.5, color=GRID, lw=0.8)
            name = f"{result.matrix.cell_line}: {result.matrix.compound_1} + {result.matrix.compound_2}"
            axes.text(
                0.01,
                y - 0.9,
                name,
                transform=axes.get_yaxis_transform(),
                va="center",
                fontsize=8.5,
                color=INK,
                weight="bold",
            )
    axes.set_yticks(places, [LABELS[m] for _, m in rows])
    axes.set_xlabel(DIRECTION)
    axes.set_ylim((places[-1] if rows else 0) + 0.7, -0.6)
    return figure


def _leave_headings(rows: Sequence[tuple[SynergyScores, str]]) -> list[int]:
    """Places of the rows, with a free one above each pair for its name."""
    places, place, last = [], 0, None
    for result, _ in rows:
        place += 1 + (result is not last)
        places.append(place - 1)
        last = result
    return places


def plot_excess(
    result: SynergyScores, model: str = "bliss", *, limit: float = 35.0, noise: float = 5.0
) -> Figure:
    """Excess over the reference by dose pair, in seven steps; grey lies within ± `noise` percentage points."""
    axes = new_axes(3.0, 2.75)
    excess = result.excess[model][1:, 1:].T
    edges = np.concatenate([[-100], [-limit, -limit / 2, -noise, noise, limit / 2, limit], [100]])
    axes.pcolormesh(
        excess, cmap=diverging_steps(), norm=BoundaryNorm(edges, 7), edgecolors="white", linewidth=1
    )
    for (row, column), value in np.ndenumerate(excess):
        word = fixed(value, 0, missing="–")
        axes.text(
            column + 0.5,
            row + 0.5,
            word,
            ha="center",
            va="center",
            fontsize=6.5,
            color="white" if abs(value) > limit else INK,
        )
    _dose_ticks(axes, result)
    axes.set_title(
        f"{result.matrix.cell_line}: {LABELS[model]} excess\n+ = synergy, − = antagonism", fontsize=8.5
    )
    return axes.figure  # type: ignore[return-value]


def _dose_ticks(axes: Axes, result: SynergyScores) -> None:
    matrix = result.matrix
    axes.grid(visible=False)
    for axis, doses, name in (
        (axes.xaxis, matrix.doses_1, matrix.compound_1),
        (axes.yaxis, matrix.doses_2, matrix.compound_2),
    ):
        axis.set_ticks(np.arange(len(doses) - 1) + 0.5, [f"{d:.3g}" for d in doses[1:]], fontsize=7)
        axis.set_label_text(f"{name}, µM")


def plot_inhibition(result: SynergyScores) -> Figure:
    """Contours of measured inhibition over both doses (dose 0 at the edge), every 10 points from 0 to 100 %."""
    axes = new_axes(3.0, 2.75)
    matrix = result.matrix
    x, y = (np.arange(len(d), dtype=float) for d in (matrix.doses_1, matrix.doses_2))
    values = np.ma.masked_invalid(100 * np.clip(matrix.mean, 0, 1)).T
    axes.contourf(x, y, values, levels=np.arange(0, 101, 10), cmap=sequential())
    lines = axes.contour(x, y, values, levels=[25, 50, 75], colors=INK, linewidths=0.8)
    axes.clabel(lines, fmt="%d %%", fontsize=7)
    axes.grid(visible=False)
    for axis, doses, name in (
        (axes.xaxis, matrix.doses_1, matrix.compound_1),
        (axes.yaxis, matrix.doses_2, matrix.compound_2),
    ):
        axis.set_ticks(range(len(doses)), [f"{d:.3g}" for d in doses], fontsize=7)
        axis.set_label_text(f"{name}, µM")
    axes.set_title(f"{matrix.cell_line}: inhibition, %\ncontours bent to the origin = synergy", fontsize=8.5)
    return axes.figure  # type: ignore[return-value]


def plot_isobologram(index: CombinationIndex) -> Figure:
    """Dose pairs that reach one effect, as shares of the doses alone; below the line = synergy."""
    axes = new_axes(3.0, 2.75)
    axes.grid(visible=False)
    axes.plot([0, 1], [1, 0], color=SOFT, lw=1)
    axes.text(0.52, 0.52, "additive", fontsize=7.5, color=SOFT, rotation=-38, ha="left", va="bottom")
    title = f"{index.matrix.cell_line}: isobole at {100 * index.effect:g} %\nbelow the line = synergy"
    if np.isfinite(index.alone_1_uM) and np.isfinite(index.alone_2_uM):
        axes.plot(index.doses_1 / index.alone_1_uM, index.doses_2 / index.alone_2_uM, "o", color=OURS)
        top = (
            max(1.05, *(index.doses_1 / index.alone_1_uM), *(index.doses_2 / index.alone_2_uM))
            if len(index.doses_1)
            else 1.05
        )
    else:
        top = 1.05
        axes.text(0.5, 0.75, "not reached by\na compound alone", ha="center", fontsize=8, color=EXCLUDED)
    axes.set(xlim=(0, top * 1.03), ylim=(0, top * 1.03))
    axes.set_xlabel(f"{index.matrix.compound_1}, share of dose alone")
    axes.set_ylabel(f"{index.matrix.compound_2}, share")
    axes.set_title(title, fontsize=8.5)
    return axes.figure  # type: ignore[return-value]
