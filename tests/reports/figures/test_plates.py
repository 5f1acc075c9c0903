"""Figures of plates: what is grey, what is marked, and what a correction takes away."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib.plates import correct_edges, estimate_edges, normalise_plates
from reports.figures.plates import plot_edge_correction, plot_plate


def plate(edge: float) -> pd.DataFrame:
    rng = np.random.default_rng(11)
    row, column = (g.ravel() for g in np.indices((8, 12)))
    dose = np.where((column > 0) & (column < 10), np.geomspace(0.03, 30, 10)[np.minimum(column, 9)], np.nan)
    role = np.select([(column > 0) & (column < 10), column == 10], ["sample", "vehicle"], "blank")
    level = np.select([role == "sample", role == "vehicle"], [1 / (1 + np.nan_to_num(dose) / 2), 1.0], 0.0)
    loss = np.where((row == 0) & (role != "blank"), edge, 1.0)
    wells = pd.DataFrame(
        {
            "plate": "P1",
            "well": [f"{'ABCDEFGH'[r]}{c + 1}" for r, c in zip(row, column, strict=True)],
            "role": role,
            "compound": "x",
            "cell_line": "a",
            "experiment": 1,
            "concentration_uM": dose,
            "exclude": "",
            "signal": 500 + 40000 * level * loss * (1 + 0.02 * rng.normal(size=96)),
        }
    )
    return normalise_plates(wells)


def test_edge_correction_before_and_after() -> None:
    before = plate(0.8)
    edges = estimate_edges(before)
    after = correct_edges(before, edges)
    figure = plot_edge_correction(before, after, "P1")
    shown = [axes.collections[0].get_array() for axes in figure.axes]
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["P1 · before", "P1 · after"]
    assert np.nanmean(shown[0][0].filled(np.nan)) < -0.15
    assert abs(np.nanmean(shown[1][0].filled(np.nan))) < 0.02


def test_plate_with_its_verdict_and_excluded_wells() -> None:
    wells = plate(0.8)
    wells.loc[5, "exclude"] = "spilt"
    axes = plot_plate(wells, "P1", verdict="flagged").axes[0]
    assert axes.get_title(loc="left") == "P1 · flagged"
    assert axes.lines[0].get_xydata().tolist() == [[5.5, 0.5]]
