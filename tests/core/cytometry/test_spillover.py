"""Which matrix undoes the spillover of a file: its keywords, a table, none, or done before."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lib import cytometry
from lib.cytometry import Dimension, FlowFile, GatingStrategy, PolygonGate, RectangleGate
from lib.cytometry.panel import check_panel
from lib.errors import InputError
from tests.makers.fcs_writer import CHANNELS, SPILL, cells, fcs_bytes

IDENTITY = "2,FITC-A,PE-A,1,0,0,1"
OTHER = "2,FITC-A,PE-A,1,0.5,0.02,1"
MATRIX = np.array([[1, 0.2], [0.02, 1]])
POSITIVE = RectangleGate("PE", (Dimension("PE-A", "FCS", low=2500.0),))


def file_with(
    folder: Path, channels: tuple[str, ...] = CHANNELS, events: np.ndarray | None = None, **words: str
) -> FlowFile:
    named = {key.replace("__", "$"): value for key, value in words.items()}
    (folder / "a.fcs").write_bytes(fcs_bytes(cells() if events is None else events, channels, words=named))
    return cytometry.read_fcs(folder / "a.fcs")


def true_dyes() -> np.ndarray:
    return np.linalg.solve(MATRIX.T, cells().T[2:4])


def count(file: FlowFile, *gates: RectangleGate, **options: cytometry.Spillover) -> int:
    return cytometry.apply_gates(file, GatingStrategy(gates or (POSITIVE,)), **options).counts[
        (gates or (POSITIVE,))[0].name
    ]


def n_true() -> int:
    return int((true_dyes()[1] >= 2500).sum())


def n_raw() -> int:
    return int((cells().T[3] >= 2500).sum())


# Keywords


@pytest.mark.parametrize(
    "words",
    [
        {"__SPILLOVER": SPILL},
        {"SPILL": SPILL},
        {"SPILLOVER": SPILL},
        {"__COMP": SPILL},
        {"SPILL": SPILL, "__SPILLOVER": SPILL},
        {"SPILL": SPILL, "__SPILLOVER": "2,PE-A,FITC-A,1,0.02,0.2,1"},
    ],
)
def test_a_matrix_is_found_under_each_of_its_names(tmp_path: Path, words: dict[str, str]) -> None:
    file = file_with(tmp_path, **words)
    assert count(file) == n_true() != n_raw()
    assert cytometry.check_acquisition(file).verdict == "pass"


@pytest.mark.parametrize(
    ("words", "used"),
    [
        ({"SPILL": SPILL, "__SPILLOVER": IDENTITY}, "SPILL"),
        ({"SPILL": IDENTITY, "__SPILLOVER": SPILL}, "SPILLOVER"),
        ({"__COMP": "5," + ",".join(map(str, np.eye(5).ravel())), "SPILL": SPILL}, "SPILL"),
        ({"SPILLOVER": SPILL, "__SPILLOVER": IDENTITY}, r"SPILLOVER (no $)"),
    ],
)
def test_of_several_keywords_the_one_that_is_no_identity_counts_and_is_named(
    tmp_path: Path, words: dict[str, str], used: str
) -> None:
    file = file_with(tmp_path, **words)
    assert count(file) == n_true()
    reason = cytometry.check_acquisition(file).reason
    assert f"compensated by {used}; " in reason
    assert "holds an identity" in reason


def test_two_matrices_that_disagree_are_refused_and_samples_may_say_which(tmp_path: Path) -> None:
    file = file_with(tmp_path, SPILL=SPILL, __SPILLOVER=OTHER)
    with pytest.raises(
        InputError, match=r"must agree; got SPILLOVER and SPILL in a.fcs. Write into the compensation column"
    ):
        cytometry.file_spillover(file)
    assert count(file, spillover=cytometry.choose_spillover(file, "SPILL", {})) == n_true()
    assert count(file, spillover=cytometry.choose_spillover(file, "$SPILLOVER", {})) != n_true()
    with pytest.raises(
        InputError, match=r"must be in the file; got COMP in a.fcs. The file holds SPILLOVER, SPILL"
    ):
        cytometry.choose_spillover(file, "$COMP", {})


@pytest.mark.parametrize("scale", [[100, 100], [100, 1], [2, 50]])
def test_a_keyword_in_percent_is_the_same_matrix(tmp_path: Path, scale: list[float]) -> None:
    rows = MATRIX * np.array(scale)[:, None]
    percent = "2,FITC-A,PE-A," + ",".join(f"{value:g}" for value in rows.ravel())
    np.testing.assert_allclose(cytometry.parse_spillover(percent).matrix, MATRIX, rtol=1e-12)
    assert count(file_with(tmp_path, SPILL=percent)) == n_true()
    # One keyword in percent and one in fractions agree.
    assert count(file_with(tmp_path, SPILL=percent, __SPILLOVER=SPILL)) == n_true()


def test_an_identity_in_percent_undoes_nothing(tmp_path: Path) -> None:
    identity = "2,FITC-A,PE-A,100,0,0,100"
    assert cytometry.file_spillover(file_with(tmp_path, SPILL=identity)).lack == "missing"


def test_an_identity_is_not_called_a_missing_keyword(tmp_path: Path) -> None:
    file = file_with(tmp_path, __SPILLOVER=IDENTITY)
    quality = cytometry.check_acquisition(file)
    assert (quality.compensation, quality.verdict) == ("missing", "flag")
    assert "SPILLOVER holds an identity, which undoes nothing" in quality.reason
    assert "no spillover keyword" not in quality.reason


def test_two_identities_are_two(tmp_path: Path) -> None:
    reason = cytometry.check_acquisition(file_with(tmp_path, __SPILLOVER=IDENTITY, SPILL=IDENTITY)).reason
    assert "SPILLOVER and SPILL hold identities, which undoes nothing: no matrix for 2 colours" in reason


def test_a_matrix_without_names_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"must name its channels; got 2,1,0.1,0,1 in COMP of a.fcs"):
        cytometry.file_spillover(file_with(tmp_path, __COMP="2,1,0.1,0,1"))


# None asked for


def test_none_means_none_in_counts_and_pictures(tmp_path: Path) -> None:
    file = file_with(tmp_path, __SPILLOVER=SPILL)
    (none,) = cytometry.read_spillovers([file], pd.DataFrame({"compensation": ["none"]}), {})
    strategy = GatingStrategy((POSITIVE,))
    gated = cytometry.apply_gates(file, strategy, spillover=none)
    assert gated.counts["PE"] == n_raw() != n_true()
    view = cytometry.view_gate(file, strategy, gated, "PE", spillover=none)
    np.testing.assert_array_equal(view.values[0], file.events[3])
    assert int((view.values[0] >= 2500).sum()) == view.count
    quality = cytometry.check_acquisition(file, none, gated)
    assert (quality.compensation, quality.verdict) == ("none asked for", "pass")
    assert quality.reason == "compensation: none asked for in samples, though the file holds SPILLOVER"


def test_gates_on_raw_values_do_not_pass_as_compensated(tmp_path: Path) -> None:
    file = file_with(tmp_path, SPILL=SPILL)
    raw = RectangleGate("raw", (Dimension("PE-A", low=2500.0),))
    said = {}
    for name, gates in {"raw": (raw,), "both": (raw, POSITIVE), "done": (POSITIVE,)}.items():
        said[name] = cytometry.check_acquisition(
            file, gated=cytometry.apply_gates(file, GatingStrategy(gates))
        )
    assert (said["raw"].compensation, said["raw"].verdict) == ("not applied", "flag")
    assert (
        "gates look at uncompensated values of PE-A; SPILL of a.fcs is used by no gate" in said["raw"].reason
    )
    assert (said["both"].compensation, said["both"].verdict) == ("applied", "pass")
    assert "gates look at uncompensated values of PE-A" in said["both"].reason
    assert "uncompensated" not in said["done"].reason


def gating_of(files: list, spillovers: list, gated: list) -> cytometry.StudyGating:
    study = cytometry.FlowStudy(pd.DataFrame(), tuple(files), tuple(spillovers), pd.DataFrame())
    return cytometry.StudyGating(study, (), tuple(gated))


def test_a_file_without_compensation_beside_compensated_ones_is_flagged(tmp_path: Path) -> None:
    file = file_with(tmp_path, SPILL=SPILL)
    asked = [cytometry.choose_spillover(file, words, {}) for words in (None, "none", None)]
    gated = [cytometry.apply_gates(file, GatingStrategy((POSITIVE,)), spillover=s) for s in asked]
    quality = cytometry.check_acquisitions(gating_of([file] * 3, asked, gated))
    assert list(quality["verdict"]) == ["pass", "flag", "pass"]
    assert "not compensated, while 2 of 3 files are: they cannot be compared" in quality["reason"][1]
    alike = cytometry.check_acquisitions(gating_of([file] * 2, [asked[1]] * 2, [gated[1]] * 2))
    assert list(alike["verdict"]) == ["pass", "pass"]


def test_none_also_holds_for_an_fmo_control(root: Path) -> None:
    """The control is read as samples says, not as its own keyword would have it."""
    file = cytometry.read_fcs(root / "data" / "example" / "flow" / "M1_pre.fcs")
    own, none = cytometry.file_spillover(file), cytometry.choose_spillover(file, "none", {})
    cuts = [
        cytometry.find_strategy([file], {"CD45": "FITC-A"}, fmo={"CD45": (file, matrix)}).cuts[-1].position
        for matrix in (own, none)
    ]
    assert cuts[0] != cuts[1]


# Compensated before


def compensated() -> np.ndarray:
    events = cells()
    events[:, 2:4] = true_dyes().T
    return events


@pytest.mark.parametrize("form", ["Comp-{}", "FJComp-{}", "<{}>"])
@pytest.mark.parametrize("keyword_named", [True, False])
@pytest.mark.parametrize("gate_named", ["PE-A", "Comp-PE-A", "FJComp-PE-A"])
def test_an_export_of_compensated_values_is_read_and_not_compensated_twice(
    tmp_path: Path, form: str, keyword_named: bool, gate_named: str
) -> None:
    fitc, pe = form.format("FITC-A"), form.format("PE-A")
    keyword = SPILL.replace("FITC-A", fitc).replace("PE-A", pe) if keyword_named else SPILL
    channels = ("FSC-A", "SSC-A", fitc, pe, "Time")
    file = file_with(tmp_path, channels, compensated(), __SPILLOVER=keyword)
    gate = RectangleGate("PE", (Dimension(gate_named, "FCS", low=2500.0),))
    gated = cytometry.apply_gates(file, GatingStrategy((gate,)))
    assert gated.counts["PE"] == n_true()
    view = cytometry.view_gate(file, GatingStrategy((gate,)), gated, "PE", markers={"PE-A": "CD3"})
    assert view.axes[0].label == "CD3 (PE)"
    np.testing.assert_array_equal(view.values[0], file.events[3])
    quality = cytometry.check_acquisition(file, None, gated)
    assert (quality.compensation, quality.verdict) == ("already compensated", "pass")
    assert "says that its values are compensated: SPILLOVER is not applied again" in quality.reason


def test_a_raw_gate_on_a_compensated_export_is_refused_with_the_remedy(tmp_path: Path) -> None:
    file = file_with(tmp_path, ("FSC-A", "SSC-A", "Comp-FITC-A", "Comp-PE-A", "Time"), compensated())
    gate = RectangleGate("PE", (Dimension("PE-A", low=2500.0),))
    with pytest.raises(
        InputError,
        match=r"got PE-A \(gate PE\) in a.fcs. The file holds compensated values only \(Comp-PE-A\)",
    ):
        count(file, gate)
    both = file_with(tmp_path, ("FSC-A", "PE-A", "Comp-FITC-A", "Comp-PE-A", "Time"), compensated())
    assert count(both, gate) == int((compensated()[:, 1] >= 2500).sum())


def test_a_file_with_raw_and_compensated_channels(tmp_path: Path) -> None:
    """The raw ones are compensated by the keyword; compensated ones are taken as they are."""
    events = np.column_stack([cells()[:, :4], true_dyes().T, cells()[:, 4]])
    channels = (*CHANNELS[:4], "Comp-FITC-A", "Comp-PE-A", "Time")
    file = file_with(tmp_path, channels, events, __SPILLOVER=SPILL)
    named = [
        RectangleGate("PE", (Dimension(name, by, low=2500.0),))
        for name, by in (("PE-A", "FCS"), ("Comp-PE-A", "uncompensated"))
    ]
    assert [count(file, gate) for gate in named] == [n_true(), n_true()]
    assert cytometry.check_acquisition(file).compensation == "applied"
    assert count(file, RectangleGate("PE", (Dimension("PE-A", low=2500.0),))) == n_raw()


def test_gates_on_compensated_names_find_the_channels_of_a_raw_file(tmp_path: Path) -> None:
    gate = RectangleGate("PE", (Dimension("Comp-PE-A", low=2500.0),))
    file = file_with(tmp_path, __SPILLOVER=SPILL)
    assert count(file, gate) == n_true()
    assert count(file, gate, spillover=cytometry.choose_spillover(file, "none", {})) == n_raw()


def test_a_table_for_compensated_channels_is_refused(tmp_path: Path) -> None:
    file = file_with(tmp_path, ("FSC-A", "SSC-A", "Comp-FITC-A", "Comp-PE-A", "Time"), compensated())
    table = pd.DataFrame(MATRIX, ["FITC-A", "PE-A"], ["FITC-A", "PE-A"])
    with pytest.raises(
        InputError, match=r"must be for raw channels; got Comp-FITC-A, Comp-PE-A in a.fcs. .* write none"
    ):
        cytometry.choose_spillover(file, "m.csv", {"m.csv": table})


def test_a_panel_matches_compensated_names(root: Path) -> None:
    """The built-in strategy and the panel check take FITC-A of the panel for Comp-FITC-A of the file."""
    file = cytometry.read_fcs(root / "data" / "example" / "flow" / "M1_pre.fcs")
    own = cytometry.file_spillover(file)
    events = file.events.copy()
    events[[file.row(dye) for dye in own.dyes]] = cytometry.compensate(file, own)
    export = replace(
        file, events=events, channels=tuple(f"Comp-{c}" if c in own.dyes else c for c in file.channels)
    )
    panel = pd.DataFrame({"channel": ["FITC-A", "PE-A"], "marker": ["CD45", "CD3"]})
    studies = [
        cytometry.FlowStudy(pd.DataFrame(), (one,), (cytometry.file_spillover(one),), panel)
        for one in (file, export)
    ]
    counts = [cytometry.gate_study(study, "auto").gated[0].counts for study in studies]
    assert counts[0] == counts[1]
    stains = pd.DataFrame(
        {"channel": list(own.dyes), "marker": list(own.dyes), "fluorochrome": list(own.dyes)}
    )
    found = check_panel(stains, file_channels=export.channels).to_frame()
    assert "panel and files agree" in set(found["why"])


# Pictures


def test_values_without_a_logarithm_are_left_out_of_a_picture() -> None:
    from lib.cytometry import Log
    from reports.figures.cytometry import plot_gate

    events = np.array([[0.0, 10, 100, 1000, -5], [1.0, 0, 10, 500, 20]], dtype=np.float32)
    file = FlowFile("a.fcs", "FCS3.1", {}, ("x", "y"), ("", ""), (1e4, 1e4), events)
    axes = tuple(Dimension(name, transform=Log(1e4, 4.0)) for name in "xy")
    strategy = GatingStrategy((PolygonGate("g", axes, ((0, 0), (1, 0), (1, 1), (0, 1))),))
    gated = cytometry.apply_gates(file, strategy)
    view = cytometry.view_gate(file, strategy, gated, "g")
    assert view.count == 2
    image = plot_gate([view], ["pre"]).axes[0].get_images()[0].get_array()
    assert float(image.sum()) == 2
