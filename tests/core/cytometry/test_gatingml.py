"""Gating-ML 2.0 files: what the standard allows is read, what it does not is refused with its line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lib import cytometry
from lib.cytometry import FlowFile, GatingStrategy
from lib.errors import InputError

HEAD = (
    '<gating:Gating-ML xmlns:gating="http://www.isac-net.org/std/Gating-ML/v2.0/gating" '
    'xmlns:data-type="http://www.isac-net.org/std/Gating-ML/v2.0/datatypes" '
    'xmlns:transforms="http://www.isac-net.org/std/Gating-ML/v2.0/transformations">\n'
)
X = FlowFile(
    "t.fcs",
    "FCS3.1",
    {},
    ("x", "y"),
    ("", ""),
    (1e3, 1e3),
    np.array([[1, 2, 3, 4], [8, 6, 3, 1]], np.float32),
)


def box(name: str, low: str, *, channel: str = "x", attributes: str = "", parent: str = "") -> str:
    above = f' gating:parent_id="{parent}"' if parent else ""
    matrix = "" if "compensation-ref" in attributes else 'gating:compensation-ref="uncompensated"'
    return (
        f'<gating:RectangleGate gating:id="{name}"{above}><gating:dimension {matrix} {attributes} '
        f'gating:min="{low}"><data-type:fcs-dimension data-type:name="{channel}"/></gating:dimension>'
        "</gating:RectangleGate>\n"
    )


def read(folder: Path, body: str) -> GatingStrategy:
    (folder / "g.xml").write_text(f"{HEAD}{body}</gating:Gating-ML>", encoding="utf-8")
    return cytometry.read_gatingml(folder / "g.xml")


def counts(folder: Path, body: str) -> dict[str, int]:
    return cytometry.apply_gates(X, read(folder, body)).counts


def test_names_that_flowkit_writes_are_read(tmp_path: Path) -> None:
    """FlowKit's export writes names as they are, and its parser refuses them as no XML identifiers."""
    import flowkit as fk

    theirs = fk.GatingStrategy()
    x = fk.Dimension("x", range_min=2)
    theirs.add_gate(fk.gates.RectangleGate("CD4+ T cells / naïve", [x]), ("root",))
    theirs.add_transform("x, logicle", fk.transforms.LogicleTransform(1000, 0.5, 4.5, 0))
    child = fk.gates.RectangleGate("4", [fk.Dimension("x", transformation_ref="x, logicle", range_max=2)])
    theirs.add_gate(child, ("root",))
    with (tmp_path / "g.xml").open("wb") as handle:
        fk.export_gatingml(theirs, handle)
    with pytest.raises(ValueError, match="neither GatingML"):
        fk.parse_gating_xml(str(tmp_path / "g.xml"))
    gated = cytometry.apply_gates(X, cytometry.read_gatingml(tmp_path / "g.xml"))
    assert gated.counts == {"CD4+ T cells / naïve": 3, "4": 4}


def test_gates_keep_the_order_of_the_file(tmp_path: Path) -> None:
    boolean = (
        '<gating:BooleanGate gating:id="B"><gating:not><gating:gateReference gating:ref="Z"/></gating:not>'
        "</gating:BooleanGate>"
    )
    found = counts(tmp_path, box("child", "1", parent="Z") + boolean + box("Z", "2") + box("A", "3"))
    assert list(found.items()) == [("child", 3), ("B", 1), ("Z", 3), ("A", 2)]


@pytest.mark.parametrize(("said", "members"), [("true", 1), ("1", 1), ("false", 2), ("0", 2), ("", 2)])
def test_a_complement_may_be_spelled_as_xml_allows(tmp_path: Path, said: str, members: int) -> None:
    flag = f' gating:use-as-complement="{said}"' if said else ""
    both = (
        '<gating:BooleanGate gating:id="both"><gating:and><gating:gateReference gating:ref="A"/>'
        f'<gating:gateReference gating:ref="B"{flag}/></gating:and></gating:BooleanGate>'
    )
    assert counts(tmp_path, box("A", "2") + box("B", "3") + both)["both"] == members


@pytest.mark.parametrize("flag", ["true", "1", "false"])
def test_a_matrix_may_be_inverted_already(tmp_path: Path, flag: str) -> None:
    """The same gate by S and by S^-1, written as the standard has it: detectors by dyes."""
    spill = np.array([[1.0, 0.5], [0.25, 1.0]])
    rows = np.linalg.inv(spill).T if flag != "false" else spill
    spectra = "".join(
        "<transforms:spectrum>"
        + "".join(f'<transforms:coefficient transforms:value="{float(v)!r}"/>' for v in row)
        + "</transforms:spectrum>"
        for row in rows
    )
    dims = "".join(f'<data-type:fcs-dimension data-type:name="{{0}}{n}"/>' for n in "xy")
    matrix = (
        f'<transforms:spectrumMatrix transforms:id="M" transforms:matrix-inverted-already="{flag}">'
        f"<transforms:fluorochromes>{dims.format('dye ')}</transforms:fluorochromes>"
        f"<transforms:detectors>{dims.format('')}</transforms:detectors>{spectra}</transforms:spectrumMatrix>"
    )
    gates = box("high", "0.5", channel="dye x", attributes='gating:compensation-ref="M"')
    strategy = read(tmp_path, matrix + gates)
    truth = (X.events.T.astype(float) @ np.linalg.inv(spill))[:, 0] >= 0.5
    found = cytometry.apply_gates(X, strategy).members["high"]
    np.testing.assert_array_equal(found, truth)
    assert 0 < found.sum() < 4


def test_a_ratio_may_divide_quadrants(tmp_path: Path) -> None:
    ratio = (
        '<transforms:transformation transforms:id="r"><transforms:fratio transforms:A="2" transforms:B="0" '
        'transforms:C="0"><data-type:fcs-dimension data-type:name="x"/><data-type:fcs-dimension '
        'data-type:name="y"/></transforms:fratio></transforms:transformation>'
    )
    quadrants = (
        '<gating:QuadrantGate gating:id="Q"><gating:divider gating:id="D" gating:compensation-ref='
        '"uncompensated"><data-type:new-dimension data-type:transformation-ref="r"/><gating:value>2'
        "</gating:value></gating:divider>"
        + "".join(
            f'<gating:Quadrant gating:id="{name}"><gating:position gating:divider_ref="D" '
            f'gating:location="{at}"/></gating:Quadrant>'
            for name, at in (("below", 1), ("above", 3))
        )
        + "</gating:QuadrantGate>"
    )
    assert counts(tmp_path, ratio + quadrants) == {"below": 2, "above": 2}


def test_gates_inside_an_element_of_another_maker_are_read(tmp_path: Path) -> None:
    assert counts(tmp_path, f"<sample>{box('A', '2')}</sample><!-- end -->") == {"A": 3}


def test_all_that_a_file_lacks_comes_in_one_message(tmp_path: Path) -> None:
    body = box("A", "1", parent="Lymph", attributes='gating:transformation-ref="lost"')
    with pytest.raises(InputError) as caught:
        read(tmp_path, body + box("B", "1", attributes='gating:compensation-ref="M2"'))
    assert [str(fault) for fault in caught.value.faults] == [
        "a gate must refer to a gate of the file; got Lymph in g.xml. The file defines A, B.",
        "a gate must refer to a transformation of the file; got lost in g.xml. The file defines none.",
        "a gate must refer to a matrix of the file; got M2 in g.xml. The file defines none.",
    ]


def test_every_line_that_is_no_gating_ml_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, box("CD4+ cells", "one") + box("B", "1") + "<gating:RectangleGate/>")
    told = str(caught.value)
    assert "line 2: Element 'dimension', attribute 'min': 'one' is not a valid value" in told
    assert "line 4: Element 'RectangleGate': The attribute 'id' is required but missing" in told


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("<broken", r"must be readable XML; got .* in g.xml"),
        ('<Table xmlns="x"/>', r"must be Gating-ML 2.0 or a FlowJo workspace; got \{x\}Table in g.xml"),
        (
            HEAD + '<gating:BooleanGate gating:id="A"/></gating:Gating-ML>',
            "names and numbers of every gate; got line 2: Element 'BooleanGate': Missing child .* in g.xml",
        ),
        (
            HEAD + box("two cells", "1") * 2 + "</gating:Gating-ML>",
            "names and numbers of every gate; got line 3: .*'id': 'two cells' is not a valid value",
        ),
        (
            HEAD + box("A", "1", parent="B") + box("B", "1", parent="A") + "</gating:Gating-ML>",
            "must give complete gates; got .*cyclic gate dependencies.* in g.xml",
        ),
    ],
)
def test_a_gates_file_that_cannot_be_read_says_why(tmp_path: Path, body: str, message: str) -> None:
    (tmp_path / "g.xml").write_text(body)
    with pytest.raises(InputError, match=message):
        cytometry.read_gatingml(tmp_path / "g.xml")
