"""Gates against the counts of R's cytolib and of the Gating-ML reference set."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib import cytometry
from lib.cytometry import (
    BooleanGate,
    Dimension,
    EllipsoidGate,
    FlowFile,
    GatingStrategy,
    PolygonGate,
    RectangleGate,
)
from lib.cytometry.transforms import Log
from lib.errors import InputError


def flow_file(**rows: list[float]) -> FlowFile:
    events = np.array(list(rows.values()), dtype=np.float32)
    return FlowFile("t.fcs", "FCS3.1", {}, tuple(rows), ("",) * len(rows), (262144.0,) * len(rows), events)


@pytest.mark.parametrize("name", ["Activation_1.fcs", "Activation_7.fcs"])
def test_activation_counts_equal_cytolib(shared_data: Path, name: str) -> None:
    folder = shared_data / "flow"
    expected = json.loads((folder / "activation_counts.json").read_text())[name]
    counts = cytometry.apply_gates(
        cytometry.read_fcs(folder / name), cytometry.read_gatingml(folder / "activation.gatingml.xml")
    ).counts
    assert {k: counts[k] for k in expected} == pytest.approx(expected, abs=1)


# Events exactly on a border: rectangles hold their lower ends only, polygons and ellipsoids all of it
# (Gating-ML 2.0; its authors' own evaluation, flowCore and cytolib read it so)


def inside(gate: RectangleGate | PolygonGate | EllipsoidGate, *points: tuple[float, float]) -> list[bool]:
    file = flow_file(x=[x for x, _ in points], y=[y for _, y in points])
    return [bool(one) for one in cytometry.apply_gates(file, GatingStrategy((gate,))).members[gate.name]]


AXES = (Dimension("x"), Dimension("y"))


def test_bounds_are_closed_below_and_open_above() -> None:
    box = RectangleGate("g", (Dimension("x", low=1.0, high=3.0), Dimension("y", low=1.0, high=3.0)))
    assert inside(box, (1, 1), (1, 2), (2, 1)) == [True] * 3
    assert inside(box, (3, 1), (3, 3), (1, 3), (2, 3), (3, 2)) == [False] * 5


def test_the_border_of_an_ellipse_belongs_to_it() -> None:
    """(x/5)² + (y/2.5)² = 1, at points whose coordinates are exact."""
    ellipse = EllipsoidGate("e", AXES, (1.0, -1.0), ((25.0, 0.0), (0.0, 6.25)), 1.0)
    assert inside(ellipse, (6, -1), (-4, -1), (1, 1.5), (1, -3.5), (4, 1), (-2, -3)) == [True] * 6
    assert inside(ellipse, (6.01, -1), (1, 1.51), (4.01, 1)) == [False] * 3


TRAPEZE = [(300, 300), (600, 300), (800, 100), (100, 100)]
HEXAGON = [(300, 300), (600, 300), (800, 200), (650, 100), (310, 100), (100, 200)]
MORE = [*HEXAGON, (300, 280), (600, 280)]


@pytest.mark.parametrize(
    ("corners", "points", "expected"),
    [
        (TRAPEZE, TRAPEZE, 4),
        (TRAPEZE, [(400, 400), (500, 200), (800, 100), (100, 100)], 3),
        (TRAPEZE, [(400, 300), (500, 300), (800, 100), (100, 100)], 4),
        (TRAPEZE, [(400, 300), (500, 300), (800, 100), (100, 100), (400, 280), (400, 260)], 6),
        (HEXAGON, MORE, 8),
        (HEXAGON, [*MORE, (600, 200)], 9),
        ([*HEXAGON[:5], (100, 250)], [*MORE, (600, 200), (50, 200)], 8),
    ],
)
def test_the_border_of_a_polygon_belongs_to_it(
    corners: list[tuple[float, float]], points: list[tuple[float, float]], expected: int
) -> None:
    """The figures of flowCore's own tests (testthat, polygon gates with events on vertices and edges)."""
    for way in (corners, corners[::-1], [*corners, corners[0]]):
        assert sum(inside(PolygonGate("p", AXES, tuple(way)), *points)) == expected


corner = st.tuples(st.integers(-500, 500), st.integers(-500, 500))


@given(st.lists(corner, min_size=3, max_size=9), st.integers(0, 8), st.integers(0, 16))
def test_no_event_on_an_edge_is_lost_however_the_polygon_lies(
    corners: list[tuple[int, int]], which: int, sixteenths: int
) -> None:
    """Corners of whole numbers, edges that cross or fold, and a point k/16 along one: every number is
    exact."""
    (x0, y0), (x1, y1) = (corners[(which + i) % len(corners)] for i in (0, 1))
    point = (x0 + (x1 - x0) * sixteenths / 16, y0 + (y1 - y0) * sixteenths / 16)
    assert inside(PolygonGate("p", AXES, tuple(corners)), point) == [True]
    assert inside(PolygonGate("p", AXES, tuple(corners), outside=True), point) == [False]


@given(st.integers(0, 1023))
def test_an_event_on_a_computed_edge_of_a_polygon_is_inside(level: int) -> None:
    """As of rectangles: the last bits of a logarithm differ from processor to processor."""
    scale, edge = Log(262144.0, 4.0), np.log10((level + 1) / 262144) / 4 + 1
    axes = (Dimension("x", transform=scale), Dimension("y"))
    for bits in (-2, -1, 0, 1, 2):
        cut = float(edge + bits * np.spacing(edge))
        right = PolygonGate("right", axes, ((cut, -1), (2, -1), (2, 1), (cut, 1)))
        left = PolygonGate("left", axes, ((cut, -1), (-9, -1), (-9, 1), (cut, 1)))
        assert inside(right, (level + 1, 0)) == inside(left, (level + 1, 0)) == [True]


@given(st.floats(-1e5, 1e5), st.lists(st.floats(-1e5, 1e5, width=32), min_size=1, max_size=30))
def test_single_precision_values_meet_a_double_precision_bound_exactly(
    bound: float, values: list[float]
) -> None:
    file = flow_file(x=values)
    gate = RectangleGate("g", (Dimension("x", low=bound),))
    exact = int((np.array(values, dtype=np.float32).astype(np.float64) >= bound).sum())
    assert cytometry.apply_gates(file, GatingStrategy((gate,))).counts["g"] == exact


def test_a_gate_and_its_complement_share_out_the_parent() -> None:
    rng = np.random.default_rng(4)
    file = flow_file(x=list(rng.normal(0, 1, 400)), y=list(rng.normal(0, 1, 400)))
    axes = (Dimension("x"), Dimension("y"))
    inside = PolygonGate("in", axes, ((-1, -1), (1, -1), (0, 1.5)), "top")
    outside = PolygonGate("out", axes, ((-1, -1), (1, -1), (0, 1.5)), "top", outside=True)
    top = RectangleGate("top", (Dimension("x", low=-0.5),))
    either = BooleanGate("either", "or", (("in", False), ("out", False)))
    neither = BooleanGate("neither", "and", (("in", True), ("out", True)), "top")
    counts = cytometry.apply_gates(file, GatingStrategy((top, inside, outside, either, neither))).counts
    assert counts["in"] + counts["out"] == counts["top"] == counts["either"]
    assert counts["neither"] == 0


def test_a_circle_is_an_ellipsoid_of_unit_covariance() -> None:
    file = flow_file(x=[0.0, 0.9, 1.1, 0.8], y=[0.0, 0.0, 0.0, 0.8])
    gate = EllipsoidGate("c", (Dimension("x"), Dimension("y")), (0.0, 0.0), ((1.0, 0.0), (0.0, 1.0)), 1.0)
    assert cytometry.apply_gates(file, GatingStrategy((gate,))).counts["c"] == 2


def test_an_ellipsoid_has_as_many_dimensions_as_it_is_given() -> None:
    rng = np.random.default_rng(6)
    points = rng.normal(0, 1, (3, 20_000))
    file = flow_file(x=list(points[0]), y=list(points[1]), z=list(points[2]))
    unit = tuple(tuple(row) for row in np.eye(3).tolist())
    gate = EllipsoidGate(
        "ball", tuple(Dimension(n) for n in "xyz"), (0.0, 0.0, 0.0), unit, 2.366
    )  # median of chi2, 3 df
    assert cytometry.apply_gates(file, GatingStrategy((gate,))).counts["ball"] == pytest.approx(
        10_000, abs=300
    )


def test_gate_on_an_absent_channel_names_gate_channel_and_file() -> None:
    strategy = GatingStrategy((RectangleGate("CD8", (Dimension("APC-A", low=1.0),)),), source="gates.xml")
    with pytest.raises(
        InputError,
        match=(
            r"gates must lie on channels of the file; got APC-A \(gate CD8\) in t.fcs.*gates.xml of another"
            r" experiment"
        ),
    ):
        cytometry.apply_gates(flow_file(x=[1.0]), strategy)


def test_gates_in_a_circle_are_refused() -> None:
    gates = tuple(BooleanGate(a, "not", ((b, False),)) for a, b in (("A", "B"), ("B", "A")))
    with pytest.raises(InputError, match="circle; got A -> B -> A"):
        cytometry.apply_gates(flow_file(x=[1.0]), GatingStrategy(gates))


def test_an_unknown_parent_and_a_repeated_name_come_in_one_message() -> None:
    x = (Dimension("x", low=0.0),)
    with pytest.raises(InputError) as caught:
        GatingStrategy((RectangleGate("A", x), RectangleGate("A", x), RectangleGate("B", x, "Lymph")))
    assert "must occur once; got A" in str(caught.value)
    assert "gate B must refer to gates of the file; got Lymph" in str(caught.value)


def test_an_empty_parent_gives_an_empty_child() -> None:
    x = Dimension("x", low=100.0)
    gates = (
        RectangleGate("none", (x,)),
        PolygonGate("child", (x, Dimension("y")), ((0, 0), (1, 0), (1, 1)), "none"),
    )
    counts = cytometry.apply_gates(flow_file(x=[1.0, 2.0], y=[0.1, 0.2]), GatingStrategy(gates)).counts
    assert counts == {"none": 0, "child": 0}


ON_THE_EDGE = """
import json
import os
import subprocess
import sys
import numpy as np
from lib import cytometry
from lib.cytometry.transforms import Asinh, Log

levels = np.arange(1024.0)
amplified = cytometry.fcs._amplified(levels, 4.0, 1.0, 1024.0)
whole = np.arange(1.0, 5001.0, dtype=np.float32)
file = cytometry.FlowFile("t.fcs", "FCS2.0", {}, ("log", "whole"), ("", ""), (1e4, 1e5),
                          np.stack([np.resize(amplified, 5000), whole]))
cuts = {}
for i in range(1, 1024, 7):
    cuts[f"log {i}"] = cytometry.Dimension("log", low=10 ** (4 * i / 1024))
for i in range(1, 5001, 13):
    scale, bent = Log(262144.0, 4.0), Asinh(262144.0, 4.0, 1.0)
    cuts[f"flog {i}"] = cytometry.Dimension("whole", transform=scale, low=float(np.log10(i / 262144) / 4 + 1))
    cuts[f"fasinh {i}"] = cytometry.Dimension("whole", transform=bent, low=float(bent.apply(np.array(float(i)))))
gates = tuple(cytometry.RectangleGate(name, (cut,)) for name, cut in cuts.items())
print(json.dumps(cytometry.apply_gates(file, cytometry.GatingStrategy(gates)).counts))
"""


def test_events_on_a_computed_edge_are_inside_on_every_processor(root: Path) -> None:
    """Powers and logarithms differ in their last bits with the processor's wide instructions; counts must
    not."""
    from numpy._core import _multiarray_umath as core

    wide = [name for name in core.__cpu_dispatch__ if core.__cpu_features__.get(name)]
    counts = []
    for off in ("", " ".join(wide)):
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", ON_THE_EDGE],
            cwd=root,
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "NPY_DISABLE_CPU_FEATURES": off},
        )
        counts.append(json.loads(done.stdout))
    assert counts[0] == counts[1]
    amplified = np.resize(np.arange(1024), 5000)
    for name, count in counts[0].items():
        scale, level = name.split()
        assert count == (int((amplified >= int(level)).sum()) if scale == "log" else 5001 - int(level)), name
