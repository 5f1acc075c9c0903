"""The pathway as a picture: what each edge's colour says is what this study's readouts say."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from lib.programme.pathway import Pathway
from reports.figures.style import EXCLUDED, FLAG, INK, PASS, SOFT, one_panel, themed

COLOURS = {"supported": PASS, "contradicted": FLAG, "no data": EXCLUDED}
STROKES = {"supported": "-", "contradicted": "--", "no data": ":"}
WIDE, HIGH = 0.74, 0.42


@themed
def plot_pathway(
    pathway: Pathway,
    states: pd.DataFrame,
    *,
    measured: Collection[str] | None = None,
    width_in: float = 8.4,
    height_in: float = 5.2,
    ax: Axes | None = None,
) -> Figure | Axes:
    """Draw nodes and edges; arrows activate, bars inhibit.

    Parameters
    ----------
    states : DataFrame
        ``edge, state`` as from :func:`lib.programme.edges.compare_edges`.
    measured : collection of str, optional
        Readouts of the study, whose nodes have a bold frame; by default all that the pathway has.
    ax : Axes, optional
        Drawn on, and returned, in place of a figure of its own.
    """
    axes = one_panel(ax, width_in, height_in)
    state = dict(zip(states["edge"], states["state"], strict=True))
    at = {row.node: (float(row.column), -float(row.row)) for row in pathway.nodes.itertuples()}
    for edge in pathway.edges.itertuples():
        _draw_edge(
            axes,
            at[edge.source],
            at[edge.target],
            int(edge.sign),
            state.get(edge.edge, "no data"),
            bend=float(edge.bend),
        )
    for node in pathway.nodes.itertuples():
        _draw_node(
            axes,
            at[node.node],
            str(node.label),
            drug=node.kind == "drug",
            measured=isinstance(node.readout, str) and (measured is None or node.readout in measured),
        )
    _draw_key(axes, state)
    columns, rows = zip(*at.values(), strict=True)
    axes.set(xlim=(min(columns) - 0.55, max(columns) + 0.55), ylim=(min(rows) - 0.75, max(rows) + 0.35))
    axes.set_axis_off()
    return axes


def _draw_node(axes: Axes, at: tuple[float, float], label: str, *, drug: bool, measured: bool) -> None:
    x, y = at
    edge = INK if measured or drug else EXCLUDED
    box = FancyBboxPatch(
        (x - WIDE / 2, y - HIGH / 2),
        WIDE,
        HIGH,
        boxstyle="round,pad=0,rounding_size=0.08",
        zorder=3,
        facecolor=INK if drug else "white",
        edgecolor=edge,
        linewidth=1.2 if measured else 0.8,
    )
    axes.add_patch(box)
    axes.text(x, y, label, ha="center", va="center", fontsize=8, color="white" if drug else INK, zorder=4)


def _draw_edge(
    axes: Axes, start: tuple[float, float], end: tuple[float, float], sign: int, state: str, *, bend: float
) -> None:
    first, last = _leave_box(start, end), _leave_box(end, start)
    arrow = FancyArrowPatch(
        first,
        last,
        arrowstyle="-|>" if sign > 0 else "|-|,widthA=0,widthB=4",
        mutation_scale=9 if sign > 0 else 1,
        color=COLOURS[state],
        linestyle=STROKES[state] if sign > 0 else "-",
        linewidth=1.6 if state != "no data" else 1.1,
        connectionstyle=f"arc3,rad={bend}",
        shrinkA=1,
        shrinkB=2,
        zorder=2,
    )
    axes.add_patch(arrow)


def _leave_box(inside: tuple[float, float], toward: tuple[float, float]) -> tuple[float, float]:
    """Where the straight line between two nodes leaves the box of the first."""
    dx, dy = toward[0] - inside[0], toward[1] - inside[1]
    reach = min(WIDE / 2 / abs(dx) if dx else 9.0, HIGH / 2 / abs(dy) if dy else 9.0)
    return inside[0] + dx * reach, inside[1] + dy * reach


def _draw_key(axes: Axes, state: dict[str, str]) -> None:
    for i, (name, colour) in enumerate(COLOURS.items()):
        n = sum(value == name for value in state.values())
        y = 0.30 - 0.055 * i
        axes.plot(
            [0.80, 0.84],
            [y, y],
            color=colour,
            linestyle=STROKES[name],
            linewidth=1.8,
            transform=axes.transAxes,
        )
        axes.text(0.85, y, f"{name} ({n})", transform=axes.transAxes, va="center", fontsize=8, color=SOFT)
