"""Peers' own suites of flow cytometry: FlowKit's Gating-ML and FlowJo gates, flowCore's counts and means."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lib import cytometry
from lib.cytometry import Dimension, FlowFile, GatingStrategy, PolygonGate, RectangleGate

BENCH = Path(__file__).resolve().parents[3] / "shared" / "peers" / "bench"


def unpacked(source: Path, folder: Path) -> Path:
    place = folder / source.name.removesuffix(".gz")
    place.write_bytes(gzip.decompress(source.read_bytes()))
    return place


def cases(suite: str, names: list[str]) -> list[Any]:
    if (BENCH / suite).is_dir():
        return [pytest.param(name, id=name) for name in names]
    return [pytest.param("", marks=pytest.mark.skip(f"peers' {suite} absent: ../shared/peers"), id="absent")]


def expected_populations() -> list[dict[str, Any]]:
    path = BENCH / "flowjo" / "expected.json"
    found: list[dict[str, Any]] = json.loads(path.read_text()) if path.is_file() else []
    return found


GATE_FILES = sorted(path.name for path in (BENCH / "gatingml").glob("*.xml.gz"))
WORKSPACES = {case["workspace"]: case for case in expected_populations()}


def test_the_suites_are_whole() -> None:
    if not BENCH.is_dir():
        pytest.skip("peers' suites absent: ../shared/peers")
    assert len(GATE_FILES) == 47
    assert sum(len(case["counts"]) for case in WORKSPACES.values()) == 76


@pytest.mark.parametrize("name", cases("gatingml", GATE_FILES))
def test_members_of_the_reference_gates_event_by_event(name: str, tmp_path: Path) -> None:
    """The Gating-ML compliance set, 132 gates and one within an element of another maker."""
    file = cytometry.read_fcs(unpacked(BENCH / "gatingml" / "data1.fcs.gz", tmp_path))
    truth = np.load(BENCH / "gatingml" / "members.npz")
    strategy = cytometry.read_gatingml(unpacked(BENCH / "gatingml" / name, tmp_path))
    members = cytometry.apply_gates(file, strategy).members
    members = {{"ParRectangle1": "ParQuadRect"}.get(gate, gate): mask for gate, mask in members.items()}
    assert members
    for gate, mask in members.items():
        known = gate in truth  # of one gate, myEllipse2, the set holds no members: FlowKit's evaluation does
        theirs = np.unpackbits(truth[gate])[: file.n_events] if known else by_flowkit(name, gate, tmp_path)
        np.testing.assert_array_equal(mask, theirs.astype(bool), err_msg=gate)


def by_flowkit(name: str, gate: str, folder: Path) -> Any:
    import flowkit

    strategy = flowkit.parse_gating_xml(str(folder / name.removesuffix(".gz")))
    return strategy.gate_sample(flowkit.Sample(str(folder / "data1.fcs"))).get_gate_membership(gate)


@pytest.mark.parametrize("name", cases("flowjo", list(WORKSPACES)))
def test_populations_of_workspaces_that_flowjo_wrote(name: str, tmp_path: Path) -> None:
    """Boolean gates, quadrants, ellipses and biex scales; every population counted as FlowKit counts it."""
    case = WORKSPACES[name]
    file = cytometry.read_fcs(unpacked(BENCH / "flowjo" / f"{case['file']}.gz", tmp_path))
    (strategy,) = cytometry.read_workspace(unpacked(BENCH / "flowjo" / f"{name}.gz", tmp_path), [file])
    counts = cytometry.apply_gates(file, strategy).counts
    parents = {gate.name: gate.parent for gate in strategy.gates}

    def path(gate: str) -> str:
        return gate if "/" in gate or not parents[gate] else f"{path(str(parents[gate]))}/{gate}"

    found = {path(gate): count for gate, count in counts.items()}
    assert {gate: found.get(gate) for gate in case["counts"]} == case["counts"]


# flowCore


@pytest.fixture
def bead_files(tmp_path: Path) -> dict[str, FlowFile]:
    if not (BENCH / "flowcore").is_dir():
        pytest.skip("peers' flowcore absent: ../shared/peers")
    names = ("B08", "E07", "F06")
    return {
        n: cytometry.read_fcs(unpacked(BENCH / "flowcore" / f"0877408774.{n}.gz", tmp_path)) for n in names
    }


def count(file: FlowFile, gate: RectangleGate | PolygonGate) -> int:
    return cytometry.apply_gates(file, GatingStrategy((gate,))).counts[gate.name]


def test_a_rectangle_differs_by_the_events_at_its_upper_end(bead_files: dict[str, FlowFile]) -> None:
    """flowCore's rectangle is closed above, that of Gating-ML open: 6922 are 6906 and 16 at 500 exactly."""
    file = bead_files["B08"]
    ours = count(file, RectangleGate("r", (Dimension("FSC-H", low=125, high=500),)))
    assert ours + int((file.events[file.row("FSC-H")] == 500).sum()) == 6922
    assert ours == 6906


def test_rectangles_and_polygons_of_flowcore(bead_files: dict[str, FlowFile]) -> None:
    corners = ((300.0, 50.0), (400.0, 70.0), (600.0, 200.0), (400.0, 180.0), (300.0, 150.0))
    axes = (Dimension("FSC-H"), Dimension("SSC-H"))
    for drawn in (corners, (*corners, corners[0])):
        assert count(bead_files["B08"], PolygonGate("p", axes, drawn)) == 3785
    scaled = (Dimension("FSC-H", low=204.6, high=818.4), Dimension("SSC-H", low=0, high=818.4))
    counts = {name: count(file, RectangleGate("r", scaled)) for name, file in bead_files.items()}
    assert counts == {"B08": 8291, "E07": 8514, "F06": 8765}


@pytest.mark.parametrize("which", cases("flowcore", ["1", "2"]))
def test_means_after_compensation(which: str, tmp_path: Path) -> None:
    from lib.cytometry.compensation import compensate, spillover_from_frame

    folder = BENCH / "flowcore"
    spillover = spillover_from_frame(pd.read_csv(folder / "spillover.csv"), source="spillover")
    file = cytometry.read_fcs(unpacked(folder / f"060909.00{which}.gz", tmp_path))
    full = file.events.astype(np.float64)
    full[[file.row(d) for d in spillover.detectors]] = compensate(file, spillover)
    expected = pd.read_csv(folder / "expected_means.csv", index_col=0).iloc[int(which) - 1]
    np.testing.assert_allclose(full.mean(axis=1), expected, rtol=1e-7)


def test_a_channel_behind_an_empty_value_keeps_its_name(bead_files: dict[str, FlowFile]) -> None:
    """$P3S and $P4S are empty, written as two delimiters; flowio takes what follows for more of the name."""
    import flowio

    for file in bead_files.values():
        assert file.channels[5] == "FL1-A"
    theirs = flowio.FlowData(unpack_again("0877408774.B08"), only_text=True).text
    assert "p6n" not in theirs


def unpack_again(name: str) -> Any:
    return gzip.open(BENCH / "flowcore" / f"{name}.gz")
