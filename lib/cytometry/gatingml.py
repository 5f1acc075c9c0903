"""Gating-ML 2.0 files to gates, through FlowKit's parser.

Five things that FlowKit 1.3.2 refuses or reads wrongly are put right before it parses: names that are no XML
identifiers (``CD4+ T cells``: it writes them and refuses to read them again), ``use-as-complement="1"`` (read
as false), ``matrix-inverted-already`` (left aside), ratios as dividers of quadrants (a crash), and references
to what the file lacks (a crash).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from lxml import etree

from lib.cytometry.compensation import Spillover, check_spillover
from lib.cytometry.gates import FROM_FILE, UNCOMPENSATED, GatingStrategy
from lib.cytometry.parsed import take_gates, told
from lib.cytometry.transforms import Ratio
from lib.errors import Fault, InputError

NAMESPACE = "http://www.isac-net.org/std/Gating-ML/v2.0/"
GATING, TYPES, SCALES = (f"{{{NAMESPACE}{part}}}" for part in ("gating", "datatypes", "transformations"))
NAMED = {f"{SCALES}spectrumMatrix": "matrix", f"{GATING}divider": "divider"}
REFERENCES = {
    f"{GATING}parent_id": "gate",
    f"{GATING}ref": "gate",
    f"{GATING}divider_ref": "divider",
    f"{GATING}transformation-ref": "transformation",
    f"{TYPES}transformation-ref": "ratio",
    f"{GATING}compensation-ref": "matrix",
}
TRUE = ("true", "1")
RATIO = "\ue000"
"""Before the name of a ratio where FlowKit looks for a channel: no channel's name begins with it."""

EXPORT = "Export the gates as Gating-ML 2.0."


def read_gatingml(path: str | Path) -> GatingStrategy:
    """Gates of a Gating-ML 2.0 file, in its order.

    Rectangles, polygons, ellipsoids, quadrants (each quadrant is a gate of its own) and Boolean gates, on
    raw, compensated, transformed and ratio dimensions.

    Raises
    ------
    InputError
        If the file is no valid Gating-ML 2.0, with every line that is not, or a gate refers to a
        transformation, matrix or gate it lacks.

    References
    ----------
    Spidlen J, Moore W, Brinkman RR. ISAC's Gating-ML 2.0 data exchange standard. Cytometry A 2015;87:683-687.
    """
    path = Path(path)
    root = _parse(path)
    names = _rename(root, path.name)
    _check_schema(root, names, path.name)
    inverted = _respell(root)
    import flowkit  # costs seconds to import

    with told("a Gating-ML file must give complete gates", path.name, EXPORT, lambda w: _named(w, names)):
        theirs = flowkit.parse_gating_xml(BytesIO(etree.tostring(root)))
        return _strategy(theirs, names, inverted, path.name)


def _parse(path: Path) -> Any:
    rule = "a gates file must be readable XML"
    try:
        root = etree.parse(path, etree.XMLParser(resolve_entities=False, no_network=True)).getroot()
    except (etree.XMLSyntaxError, OSError) as fault:
        raise InputError(Fault(rule, value=str(fault), where=path.name, remedy=EXPORT)) from None
    if root.tag != f"{GATING}Gating-ML":
        rule = "a gates file must be Gating-ML 2.0 or a FlowJo workspace"
        raise InputError(Fault(rule, value=root.tag, where=path.name, remedy=EXPORT))
    for wrap in [e for e in root.iterchildren("*") if NAMESPACE not in e.tag]:  # gates within <sample>
        for element in list(wrap):
            wrap.addprevious(element)
        root.remove(wrap)
    return root


def _rename(root: Any, source: str) -> dict[str, str]:
    """Identifiers in place of the file's names, in their order; returns whose name each is."""
    new: dict[tuple[str, str], str] = {}
    for element in root.iter(f"{GATING}*", f"{SCALES}*"):
        for key in set(element.attrib) & {f"{GATING}id", f"{SCALES}id"}:
            element.attrib[key] = new.setdefault((_kind(element), element.attrib[key]), f"n{len(new)}")
    faults = []
    for element in root.iter(f"{GATING}*", f"{TYPES}*"):
        for key in set(element.attrib) & set(REFERENCES):
            kind, name = REFERENCES[key], element.attrib[key]
            if (kind, name) in new:
                element.attrib[key] = new[kind, name]
            elif kind != "matrix" or name not in (UNCOMPENSATED, FROM_FILE):
                there = ", ".join(n for k, n in new if k == kind) or "none"
                rule = f"a gate must refer to a {kind} of the file"
                faults.append(Fault(rule, value=name, where=source, remedy=f"The file defines {there}."))
    if faults:
        raise InputError(faults)
    return {identifier: name for (_, name), identifier in new.items()}


def _kind(element: Any) -> str:
    """What an identifier is one of."""
    if element.tag == f"{SCALES}transformation":
        return "transformation" if element.find(f"{SCALES}fratio") is None else "ratio"
    return NAMED.get(element.tag, "gate")


def _named(words: str, names: Mapping[str, str]) -> str:
    """A message with the file's own names, and without namespaces."""
    return re.sub(r"\{[^}]*\}", "", re.sub(r"\bn\d+\b", lambda one: names.get(one[0], one[0]), words))


def _check_schema(root: Any, names: Mapping[str, str], source: str) -> None:
    from flowkit._resources import gml_schema  # FlowKit itself says no more than that it does not fit

    if not gml_schema.validate(root):
        rule = "a Gating-ML file must give the names and numbers of every gate"
        found = [f"line {one.line}: {_named(one.message, names)}" for one in gml_schema.error_log]
        raise InputError(
            [Fault(rule, value=got, where=source, remedy=EXPORT) for got in dict.fromkeys(found)]
        )


def _respell(root: Any) -> set[str]:
    """What FlowKit misreads, in other words: a ratio becomes a channel that is called as the ratio is.

    Returns the matrices that are inverted already.
    """
    for reference in root.iter(f"{GATING}gateReference"):
        complement = reference.attrib.get(f"{GATING}use-as-complement", "").strip() in TRUE
        reference.attrib[f"{GATING}use-as-complement"] = str(complement).lower()
    for made in root.iter(f"{TYPES}new-dimension"):
        made.tag = f"{TYPES}fcs-dimension"
        made.attrib[f"{TYPES}name"] = RATIO + made.attrib.pop(f"{TYPES}transformation-ref")
    flag = f"{SCALES}matrix-inverted-already"
    matrices = root.iter(f"{SCALES}spectrumMatrix")
    return {e.attrib[f"{SCALES}id"] for e in matrices if e.attrib.get(flag, "").strip() in TRUE}


def _strategy(theirs: Any, names: Mapping[str, str], inverted: set[str], source: str) -> GatingStrategy:
    def place(dimension: Any) -> dict[str, Any]:
        compensation = names.get(dimension.compensation_ref, dimension.compensation_ref)
        if not dimension.id.startswith(RATIO):
            return {"channel": dimension.id, "compensation": compensation}
        made = theirs.get_transform(dimension.id.removeprefix(RATIO))
        x, y = made.dimensions
        ratio = Ratio(x, y, made.param_a, made.param_b, made.param_c)
        return {"channel": str(ratio), "compensation": compensation, "ratio": ratio}

    ids = sorted(
        ((name, tuple(path)) for name, path in theirs.get_gate_ids()), key=lambda one: int(one[0][1:])
    )
    gates = tuple(take_gates(theirs, {(name, path): names[name] for name, path in ids}, place))
    matrices = {
        names[name]: _matrix(theirs.get_comp_matrix(name), names[name], name in inverted)
        for name in theirs.comp_matrices
    }
    return GatingStrategy(gates, matrices, source)


def _matrix(theirs: Any, name: str, inverted: bool) -> Spillover:
    matrix = np.asarray(theirs.matrix, dtype=np.float64)
    detectors, dyes = tuple(theirs.detectors), tuple(theirs.fluorochromes)
    return check_spillover(
        Spillover(detectors, dyes, matrix.T if inverted else matrix, f"matrix {name}", inverted)
    )
