"""Figures of flow cytometry: they draw what they are given, also where there is little."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lib import cytometry
from lib.cytometry import Dimension, FlowFile, GatingStrategy, PolygonGate, RectangleGate
from lib.result import Result
from reports.figures import cytometry as plots


@pytest.fixture
def file() -> FlowFile:
    rng = np.random.default_rng(1)
    events = rng.normal(5, 1, (2, 300)).astype(np.float32)
    return FlowFile("a.fcs", "FCS3.1", {}, ("x", "y"), ("", ""), (10.0, 10.0), events)


def views_of(file: FlowFile, *gates: RectangleGate | PolygonGate) -> list[cytometry.GateView]:
    strategy = GatingStrategy(gates)
    gated = cytometry.apply_gates(file, strategy)
    return [cytometry.view_gate(file, strategy, gated, gate.name) for gate in gates]


def test_a_gate_is_drawn_with_its_share(file: FlowFile) -> None:
    (view,) = views_of(file, RectangleGate("bright", (Dimension("x", low=5.0),)))
    figure = plots.plot_gate([view], ["pre"])
    assert figure.axes[0].get_title() == ""
    assert figure.axes[0].get_title(loc="left").startswith(f"pre: {view.percent:.1f}")
    assert figure.axes[0].get_lines()[-1].get_xdata()[0] == 5.0


def test_a_polygon_is_closed_and_an_empty_parent_said(file: FlowFile) -> None:
    axes = (Dimension("x"), Dimension("y"))
    none, inside = views_of(
        file,
        RectangleGate("none", (Dimension("x", low=99.0),)),
        PolygonGate("inside", axes, ((0, 0), (9, 0), (9, 9)), "none"),
    )
    figure = plots.plot_gate([inside], ["post"])
    drawn = figure.axes[0].get_lines()[0].get_xydata()
    assert tuple(drawn[0]) == tuple(drawn[-1]) == (0.0, 0.0)
    assert "parent empty" in figure.axes[0].get_title(loc="left")
    assert none.count == 0


def test_tree_names_every_population_below_its_parent() -> None:
    counts = pd.DataFrame(
        {
            "population": ["A", "B", "C"],
            "parent": ["all events", "A", "B"],
            "percent_parent": [50.0, 20.0, np.nan],
            "count": [500, 100, 0],
        }
    )
    texts = [t.get_text() for t in plots.plot_population_tree(Result(counts)).axes[0].texts]
    assert [t for t in texts if t in "ABC"] == ["A", "B", "C"]
    assert [t for t in texts if t.endswith(" %") or t == "none"] == ["50.0 %", "20.0 %", "none"]


def test_tree_calls_a_path_by_its_end() -> None:
    counts = pd.DataFrame(
        {
            "population": ["CD3+", "CD3+/CD4+", "CD3+/CD4+/IL2+", "CD4/CD8"],
            "parent": ["all events", "CD3+", "CD3+/CD4+", "CD3+"],
            "percent_parent": [50.0, 20.0, 3.0, 1.0],
            "count": [500, 100, 3, 5],
        }
    )
    texts = [t.get_text() for t in plots.plot_population_tree(Result(counts)).axes[0].texts]
    assert [t for t in texts if t in ("CD3+", "CD4+", "IL2+", "CD4/CD8")] == [
        "CD3+",
        "CD4+",
        "IL2+",
        "CD4/CD8",
    ]


def test_robustness_and_recovery_have_a_row_a_population() -> None:
    moved = pd.DataFrame(
        {
            "population": ["A", "A", "B", "B"],
            "shift_percent_axis": [-1.0, 1.0, -2.0, 2.0],
            "change_points": [0.1, -0.1, 0.0, 0.0],
        }
    )
    assert [t.get_text() for t in plots.plot_robustness(Result(moved)).axes[0].get_yticklabels()] == [
        "A",
        "B",
    ]
    recovery = pd.DataFrame({"file": ["1", "1"], "population": ["A", "B"], "difference_points": [0.2, -3.0]})
    low, high = plots.plot_recovery(Result(recovery)).axes[0].get_xlim()
    assert low < -3.0
    assert high > 3.0


def test_similarity_writes_each_number() -> None:
    frame = pd.DataFrame([[1.0, 0.97], [0.97, 1.0]], index=["APC", "AF647"], columns=["APC", "AF647"])
    texts = [t.get_text() for t in plots.plot_similarity(frame).axes[0].texts]
    assert texts == ["1.00", "0.97", "0.97", "1.00"]
