"""Reading FCS, compensation and scales."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import flowio
import numpy as np
import pandas as pd
import pytest
from flowutils import transforms as reference
from hypothesis import given
from hypothesis import strategies as st

from lib import cytometry
from lib.cytometry.transforms import Asinh, Hyperlog, Linear, Log, Logicle, estimate_logicle, lookup
from lib.errors import InputError

CHANNELS = ["FSC-A", "SSC-A", "PE-A", "APC-A", "Time"]


def write_fcs(path: Path, events: np.ndarray, channels: list[str] = CHANNELS, **metadata: str) -> Path:
    """Through flowio, so that the reader is not tested against its own idea of the format."""
    buffer = io.BytesIO()
    flowio.create_fcs(buffer, events.astype(np.float32).ravel().tolist(), channels, metadata_dict=metadata)
    path.write_bytes(buffer.getvalue())
    return path


@pytest.fixture
def events() -> np.ndarray:
    rng = np.random.default_rng(1)
    return np.round(rng.normal(2000, 800, (500, len(CHANNELS))), 2).astype(np.float32)


def test_reads_what_flowio_wrote(tmp_path: Path, events: np.ndarray) -> None:
    file = cytometry.read_fcs(write_fcs(tmp_path / "a.fcs", events))
    assert file.channels == tuple(CHANNELS)
    assert file.n_events == 500
    np.testing.assert_array_equal(file.events, events.T)


def test_events_equal_flowio_on_real_files(shared_data: Path) -> None:
    for name in ("Activation_1.fcs", "gate_ref/data1.fcs"):
        path = shared_data / "flow" / name
        theirs = flowio.FlowData(str(path)).as_array(preprocess=True)
        file = cytometry.read_fcs(path)
        for i, channel in enumerate(file.channels):
            if channel != "Time":  # flowio scales time by its gain, FCS 3.1 forbids one
                np.testing.assert_allclose(file.events[i], theirs[:, i], rtol=1e-6, err_msg=channel)


@pytest.mark.parametrize("block", [1, 8191, 8192, 8193])
def test_every_event_is_read_across_blocks(tmp_path: Path, block: int) -> None:
    events = np.arange(block * 2, dtype=np.float32).reshape(block, 2)
    file = cytometry.read_fcs(write_fcs(tmp_path / "b.fcs", events, ["FSC-A", "SSC-A"]))
    np.testing.assert_array_equal(file.events, events.T)


def test_a_truncated_file_says_how_much_is_left(tmp_path: Path, events: np.ndarray) -> None:
    path = write_fcs(tmp_path / "cut.fcs", events)
    path.write_bytes(path.read_bytes()[:-5000])
    with pytest.raises(
        InputError, match=r"DATA segment must reach byte \d+; got \d+ bytes, \d+ of 500 events in cut.fcs"
    ):
        cytometry.read_fcs(path)


def test_a_wrong_tot_is_named_with_both_numbers(tmp_path: Path, events: np.ndarray) -> None:
    path = write_fcs(tmp_path / "tot.fcs", events)
    content = path.read_bytes()
    spot = content.index(b"$TOT")
    path.write_bytes(content[:spot] + content[spot:].replace(b"500", b"400", 1))
    with pytest.raises(InputError, match=r"\$TOT 400 and 500 events in tot.fcs"):
        cytometry.read_fcs(path)


def test_not_fcs_at_all(tmp_path: Path) -> None:
    path = tmp_path / "picture.fcs"
    path.write_bytes(b"\x89PNG" + b"0" * 100)
    with pytest.raises(
        InputError, match=r"an FCS file must begin with its version; got .*PNG.* in picture.fcs"
    ):
        cytometry.read_fcs(path)
    with pytest.raises(InputError, match=r"an FCS file must exist; got absent.fcs"):
        cytometry.read_fcs(tmp_path / "absent.fcs")


def test_channel_that_is_not_there_is_named(tmp_path: Path, events: np.ndarray) -> None:
    file = cytometry.read_fcs(write_fcs(tmp_path / "a.fcs", events))
    with pytest.raises(InputError, match=r"got BV421-A in a.fcs. The file has FSC-A, SSC-A, PE-A"):
        file.row("BV421-A")


# Compensation


def spilling(file: cytometry.FlowFile, matrix: np.ndarray) -> tuple[cytometry.FlowFile, cytometry.Spillover]:
    own = cytometry.Spillover(("PE-A", "APC-A"), ("PE-A", "APC-A"), matrix)
    mixed = file.events.copy()
    mixed[2:4] = matrix.T @ file.events[2:4]
    return replace(file, events=mixed), own


def test_compensation_undoes_spillover(tmp_path: Path, events: np.ndarray) -> None:
    file = cytometry.read_fcs(write_fcs(tmp_path / "a.fcs", events))
    mixed, own = spilling(file, np.array([[1.0, 0.3], [0.1, 1.0]]))
    np.testing.assert_allclose(cytometry.compensate(mixed, own), file.events[2:4], rtol=1e-4, atol=0.01)


@given(st.lists(st.floats(-0.4, 0.4), min_size=6, max_size=6))
def test_compensation_inverts_any_spillover_of_three(shares: list[float]) -> None:
    matrix = np.eye(3)
    matrix[~np.eye(3, dtype=bool)] = shares
    own = cytometry.Spillover(("a", "b", "c"), ("a", "b", "c"), matrix)
    dyes = np.random.default_rng(3).lognormal(7, 1, (3, 200))
    file = cytometry.FlowFile("x", "FCS3.1", {}, ("a", "b", "c"), ("", "", ""), (1e6,) * 3, matrix.T @ dyes)
    np.testing.assert_allclose(cytometry.compensate(file, own), dyes, rtol=1e-5, atol=0.1)


def test_a_spectral_matrix_is_undone_by_least_squares() -> None:
    matrix = np.array([[1.0, 0.5, 0.1], [0.2, 0.6, 1.0]])
    own = cytometry.Spillover(("a", "b", "c"), ("x", "y"), matrix)
    dyes = np.array([[100.0, 0.0, 2000.0], [0.0, 500.0, 900.0]])
    file = cytometry.FlowFile("x", "FCS3.1", {}, ("a", "b", "c"), ("", "", ""), (1e6,) * 3, matrix.T @ dyes)
    np.testing.assert_allclose(cytometry.compensate(file, own), dyes, atol=1e-3)


def test_spillover_keyword_is_parsed_and_its_faults_named() -> None:
    own = cytometry.parse_spillover("2,PE-A,APC-A,1,0.3,0.1,1")
    assert own.detectors == ("PE-A", "APC-A")
    np.testing.assert_allclose(own.matrix, [[1, 0.3], [0.1, 1]])
    with pytest.raises(InputError, match="of 2 channels needs 4 numbers; got 3"):
        cytometry.parse_spillover("2,PE-A,APC-A,1,0.3,0.1")
    with pytest.raises(InputError, match="must be invertible; got rank 1 of 2"):
        cytometry.parse_spillover("2,PE-A,APC-A,1,1,1,1")
    with pytest.raises(InputError, match="n, names and numbers; got two,PE-A"):
        cytometry.parse_spillover("two,PE-A")


def test_a_spillover_table_may_be_in_percent_and_name_its_rows() -> None:
    frame = pd.DataFrame({"dye": ["PE-A", "APC-A"], "PE-A": [100, 10], "APC-A": [30, 100]})
    np.testing.assert_allclose(
        cytometry.spillover_from_frame(frame, source="m.csv").matrix, [[1, 0.3], [0.1, 1]]
    )
    with pytest.raises(InputError, match=r"must be square; got 1 x 2 in m.csv"):
        cytometry.spillover_from_frame(pd.DataFrame({"PE-A": [1.0], "APC-A": [0.0]}), source="m.csv")


def test_a_matrix_on_other_channels_is_refused(tmp_path: Path, events: np.ndarray) -> None:
    file = cytometry.read_fcs(write_fcs(tmp_path / "a.fcs", events))
    foreign = replace(file, text={**file.text, "SPILLOVER": "2,BV421-A,PE-A,1,0.2,0,1"})
    with pytest.raises(InputError, match=r"must name channels of the file; got BV421-A in a.fcs"):
        cytometry.file_spillover(foreign)


def test_double_and_missing_compensation_are_detected_on_real_files(shared_data: Path) -> None:
    file = cytometry.read_fcs(shared_data / "flow" / "Activation_1.fcs")
    own = cytometry.file_spillover(file)
    assert own.dyes
    assert cytometry.check_compensation(file, own).status == "applied"
    done = file.events.copy()
    done[[file.row(d) for d in own.dyes]] = cytometry.compensate(file, own)
    again = cytometry.check_compensation(replace(file, events=done), own)
    assert again.status == "suspected double"
    assert again.residual < -0.5
    none = cytometry.no_spillover("missing", "no spillover keyword")
    assert cytometry.check_compensation(file, none).status == "missing"
    named = replace(file, channels=tuple(f"Comp-{c}" if c in own.dyes else c for c in file.channels))
    assert cytometry.check_compensation(named, none).status == "already compensated"
    assert cytometry.file_spillover(named).lack == "already compensated"


# Scales


@pytest.mark.parametrize(
    "scale",
    [
        Logicle(),
        Logicle(width=0.05),
        Logicle(width=1.8, negative=0.5),
        Logicle(top=10000, width=1, decades=4, negative=0.5),
        Logicle(top=4194304, width=0.7, decades=5.4),
        Hyperlog(10000, 1, 4.5, 0),
    ],
)
def test_table_of_the_scale_errs_below_one_millionth(scale: Logicle | Hyperlog) -> None:
    rng = np.random.default_rng(5)
    size = 10 ** rng.uniform(-4, np.log10(scale.top), 200_000)
    values = np.concatenate(
        [
            size * rng.choice([-0.02, 1], size.size),
            rng.normal(0, 200, 50_000),
            [0.0, -0.0, scale.top, -scale.top],
        ]
    )
    values = values.astype(np.float32)
    assert np.abs(scale.apply(values) - scale.exact(values.astype(np.float64))).max() < 1e-6


def test_beyond_its_table_the_scale_is_exact() -> None:
    scale = Logicle()
    beyond = np.array([1e7, 3e8, -5e6], dtype=np.float32)
    np.testing.assert_allclose(scale.apply(beyond), scale.exact(beyond.astype(float)), rtol=1e-6)
    assert lookup(scale).limit < 1e7


@given(st.lists(st.floats(-1e4, 2.6e5, width=32), min_size=2, max_size=50))
def test_scale_never_reverses_two_values(values: list[float]) -> None:
    ordered = np.sort(np.array(values, dtype=np.float32))
    assert (np.diff(Logicle(width=0.7).apply(ordered).astype(np.float64)) >= -2e-7).all()


def test_logicle_goes_there_and_back() -> None:
    values = np.array([-500.0, 0.0, 30.0, 1e3, 1e5])
    scale = Logicle(width=0.9)
    np.testing.assert_allclose(scale.inverse(scale.exact(values)), values, rtol=1e-8, atol=1e-8)
    assert scale.exact(np.array([262144.0]))[0] == pytest.approx(1.0)


def test_simple_scales_agree_with_flowutils() -> None:
    values = np.array([-50.0, 0.5, 10.0, 5000.0])
    np.testing.assert_allclose(
        Asinh(10000, 4, 1).apply(values), reference.asinh(values, None, t=10000, m=4, a=1)
    )
    np.testing.assert_allclose(Log(10000, 5).apply(values[1:]), reference.log(values[1:], None, t=10000, m=5))
    np.testing.assert_allclose(Linear(10000, 500).apply(np.array([-500.0, 10000.0])), [0, 1])


def test_log_of_nothing_lies_below_every_gate() -> None:
    assert (Log(10000, 5).apply(np.array([0.0, -3.0])) < -1e6).all()


def test_width_follows_the_negative_events() -> None:
    rng = np.random.default_rng(2)
    narrow, wide = (estimate_logicle(rng.normal(0, sd, 5000).astype(np.float32)).width for sd in (30, 600))
    assert narrow < wide
    assert estimate_logicle(np.full(100, 5.0, dtype=np.float32)).width == 0.5
