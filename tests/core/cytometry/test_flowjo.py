"""FlowJo workspaces, against FlowKit's own counts of the gates that it exported."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lib import cytometry
from lib.cytometry.flowjo import is_workspace
from lib.errors import InputError


@pytest.fixture(scope="module")
def exported(
    root: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, int], cytometry.FlowFile]:
    fk: Any = pytest.importorskip("flowkit")
    source = root / "data" / "example" / "flow" / "M1_pre.fcs"
    file = cytometry.read_fcs(source)
    own = cytometry.file_spillover(file)
    biex, logicle = (
        fk.transforms.WSPBiexTransform(negative=0.5, width=-30),
        fk.transforms.LogicleTransform(262144.0, 0.6, 4.5, 0.0),
    )
    strategy = fk.GatingStrategy()
    strategy.add_comp_matrix("Acq", fk.Matrix(own.matrix, list(own.detectors), [""] * 8))
    for channel, scale in (("FITC-A", biex), ("PerCP-A", biex), ("PE-A", logicle), ("APC-A", logicle)):
        strategy.add_transform(channel, scale)
    cut = float(biex.apply(np.array([[900.0]]))[0][0])
    dim = fk.Dimension
    path: tuple[str, ...] = ("root",)
    for gate in (
        fk.gates.PolygonGate(
            "Cells", [dim("FSC-A"), dim("SSC-A")], [[45e3, 0], [262e3, 0], [262e3, 262e3], [3e4, 262e3]]
        ),
        fk.gates.RectangleGate("CD45+", [dim("FITC-A", "Acq", "FITC-A", range_min=cut)]),
        fk.gates.RectangleGate("T cells", [dim("PE-A", "Acq", "PE-A", range_min=0.48)]),
        fk.gates.PolygonGate(
            "CD4",
            [dim("PerCP-A", "Acq", "PerCP-A"), dim("APC-A", "Acq", "APC-A")],
            [[cut + 100, -0.5], [4096, -0.5], [4096, 0.5], [cut + 100, 0.5]],
        ),
    ):
        strategy.add_gate(gate, path)
        path = (*path, gate.gate_name)
    sample = fk.Sample(str(source))
    folder = tmp_path_factory.mktemp("flowjo")
    with warnings.catch_warnings(), (folder / "study.wsp").open("wb") as handle:
        warnings.simplefilter("ignore")
        fk.Session(strategy, sample).export_wsp(handle, "G")
    report = strategy.gate_sample(sample).report
    return folder / "study.wsp", dict(zip(report["gate_name"], report["count"], strict=True)), file


def test_counts_equal_flowkits(exported: tuple[Path, dict[str, int], cytometry.FlowFile]) -> None:
    path, expected, file = exported
    strategy = cytometry.read_workspace(path, [file])[0]
    assert cytometry.apply_gates(file, strategy).counts == expected
    assert [g.parent for g in strategy.gates] == [None, "Cells", "CD45+", "T cells"]


def test_a_matrix_inside_the_sample_is_used(
    exported: tuple[Path, dict[str, int], cytometry.FlowFile],
) -> None:
    """FlowJo itself writes the matrix into the sample; FlowKit's export keeps it at the top."""
    path, expected, file = exported
    strategy = cytometry.read_workspace(with_own_matrix(path), [file])[0]
    assert "Acq" in strategy.matrices
    assert cytometry.apply_gates(file, strategy).counts == expected


def with_own_matrix(path: Path) -> Path:
    """FlowJo itself writes the matrix into the sample."""
    text = path.read_text()
    start = text.index("<transforms:spilloverMatrix")
    end = text.index("</transforms:spilloverMatrix>") + len("</transforms:spilloverMatrix>")
    other = path.with_name("native.wsp")
    other.write_text(text.replace("<Transformations>", text[start:end] + "<Transformations>", 1))
    return other


def test_a_workspace_of_another_experiment_is_refused(
    exported: tuple[Path, dict[str, int], cytometry.FlowFile],
) -> None:
    path, _, file = exported
    from dataclasses import replace

    foreign = replace(file, name="Z9.fcs", text={})
    with pytest.raises(
        InputError, match=r"must hold the files that it gates; got Z9.fcs in study.wsp. It holds M1_pre.fcs"
    ):
        cytometry.read_workspace(path, [foreign])


def test_a_damaged_workspace_is_refused(
    tmp_path: Path, exported: tuple[Path, dict[str, int], cytometry.FlowFile]
) -> None:
    broken = tmp_path / "broken.wsp"
    broken.write_text("<Workspace><Groups>")
    with pytest.raises(InputError, match=r"workspace must be readable; got .* in broken.wsp"):
        cytometry.read_workspace(broken, [exported[2]])


def test_a_workspace_is_known_by_name_or_content(tmp_path: Path) -> None:
    (tmp_path / "gates.xml").write_text('<?xml version="1.0"?><Workspace version="20.0"/>')
    (tmp_path / "other.xml").write_text("<gating/>")
    assert is_workspace(tmp_path / "gates.xml")
    assert is_workspace("anything.WSP")
    assert not is_workspace(tmp_path / "other.xml")


BOOLEAN = """<{kind} name="{name}" annotation="" owningGroup="" expanded="0" sortPriority="10" count="-1">
<Dependents name="">{dependents}</Dependents></{kind}>"""


@pytest.mark.parametrize(("kind", "join"), [("AndNode", "and"), ("OrNode", "or"), ("NotNode", "not")])
def test_boolean_gates_of_a_workspace_are_counted(
    kind: str, join: str, exported: tuple[Path, dict[str, int], cytometry.FlowFile]
) -> None:
    """Written into an export of FlowKit's as FlowJo writes them; both names that FlowKit gives the operator
    are read."""
    path, _, file = exported
    above = "Cells/CD45+/T cells"
    names = [above] if join == "not" else ["Cells", above]
    node = BOOLEAN.format(kind=kind, name="B", dependents="".join(f'<Dependent name="{n}"/>' for n in names))
    text = path.read_text()
    at = text.index("<Population", text.index("<SampleNode"))
    other = path.with_name(f"{join}.wsp")
    other.write_text(text[:at] + node + text[at:])
    (strategy,) = cytometry.read_workspace(other, [file])
    gated = cytometry.apply_gates(file, strategy)
    within = [gated.members[name.split("/")[-1]] for name in names]
    truth = {
        "and": lambda: within[0] & within[1],
        "or": lambda: within[0] | within[1],
        "not": lambda: ~within[0],
    }[join]()
    assert gated.counts["B"] == int(truth.sum())


def test_a_boolean_gate_of_absent_gates_is_refused(
    exported: tuple[Path, dict[str, int], cytometry.FlowFile],
) -> None:
    path, _, file = exported
    node = BOOLEAN.format(
        kind="OrNode", name="B", dependents='<Dependent name="Cells"/><Dependent name="Lymphocytes"/>'
    )
    text = path.read_text()
    at = text.index("<Population", text.index("<SampleNode"))
    other = path.with_name("lost.wsp")
    other.write_text(text[:at] + node + text[at:])
    with pytest.raises(
        InputError, match=r"gates of a FlowJo workspace must be complete; got .*Lymphocytes.* in lost.wsp"
    ):
        cytometry.read_workspace(other, [file])


def test_none_in_samples_also_leaves_the_matrix_of_a_workspace_out(
    exported: tuple[Path, dict[str, int], cytometry.FlowFile],
) -> None:
    path, expected, file = exported
    (strategy,) = cytometry.read_workspace(with_own_matrix(path), [file])
    plain = cytometry.apply_gates(file, strategy)
    assert plain.matrices == ("matrix Acq",)
    none = cytometry.choose_spillover(file, "none", {})
    raw = cytometry.apply_gates(file, strategy, spillover=none)
    assert raw.matrices == ()
    assert raw.counts["CD4"] != expected["CD4"]
    view = cytometry.view_gate(file, strategy, raw, "T cells", spillover=none)
    scale = next(g for g in strategy.gates if g.name == "T cells").dimensions[0].transform
    assert scale is not None
    seen = scale.apply(file.events[file.row("PE-A")])[raw.members["CD45+"]]
    np.testing.assert_array_equal(view.values[0], seen)
    absent = cytometry.no_spillover("missing", "no spillover keyword")
    quality = cytometry.check_acquisition(file, absent, plain)
    assert (quality.compensation, quality.verdict) == ("applied", "pass")
    assert "compensated by matrix Acq of the gates" in quality.reason
