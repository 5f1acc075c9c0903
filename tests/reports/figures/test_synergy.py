"""Figures of drug combinations state their sign and leave room for their doses."""

from __future__ import annotations

import io

import pytest
from matplotlib.figure import Figure

from lib.synergy import arrange_matrices, estimate_combination_index, estimate_synergy
from reports.figures import synergy as plots
from tests.core.synergy.test_synergy import bliss_surface, frame


def texts(figure: Figure) -> str:
    found = [figure.get_suptitle()]
    for axes in figure.axes:
        found += [axes.get_title(loc="left"), axes.get_title(), axes.get_xlabel(), axes.get_ylabel()]
    return " ".join(found)


@pytest.mark.parametrize("gap", [False, True])
def test_every_figure_states_its_sign(gap: bool) -> None:
    wells = frame(bliss_surface() ** 0.8, experiments=3, noise=0.02)
    if gap:
        wells = wells[(wells.concentration_1_uM != 3) | (wells.concentration_2_uM > 0.01)]
    matrix = arrange_matrices(wells)[0]
    result = estimate_synergy(matrix)
    (index,) = estimate_combination_index(matrix, effects=[0.5])
    figures = [
        plots.plot_scores([result]),
        plots.plot_excess(result),
        plots.plot_inhibition(result),
        plots.plot_surface(result),
        plots.plot_isobologram(index),
    ]
    for figure in figures:
        figure.savefig(io.BytesIO(), format="svg")
        assert "synergy" in texts(figure)
        assert "antagonism" in texts(figure) or "dashed" in texts(figure)


def test_room_for_long_doses_beside_a_panel() -> None:
    small = frame(bliss_surface()).assign(concentration_2_uM=lambda w: w.concentration_2_uM / 390.625)
    panels = [
        plots.plot_excess(estimate_synergy(arrange_matrices(w)[0])) for w in (frame(bliss_surface()), small)
    ]
    narrow, wide = (panel.axes[0].get_position().x0 for panel in panels)
    assert wide > narrow + 0.05
