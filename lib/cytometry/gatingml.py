"""Gating-ML 2.0 files to gates."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import numpy as np

from lib.cytometry.compensation import Spillover
from lib.cytometry.gates import (
    UNCOMPENSATED,
    BooleanGate,
    Dimension,
    EllipsoidGate,
    Gate,
    GatingStrategy,
    PolygonGate,
    RectangleGate,
)
from lib.cytometry.transforms import Asinh, Hyperlog, Linear, Log, Logicle, Ratio, Transform
from lib.errors import Fault, InputError

NAMESPACE = "http://www.isac-net.org/std/Gating-ML/v2.0/"
T = TypeVar("T")
GATING, TYPES, SCALES = (f"{{{NAMESPACE}{part}}}" for part in ("gating", "datatypes", "transformations"))

SCALE_BUILDERS: dict[str, Callable[[dict[str, float]], Transform]] = {
    "flin": lambda p: Linear(p["T"], p["A"]),
    "flog": lambda p: Log(p["T"], p["M"]),
    "fasinh": lambda p: Asinh(p["T"], p["M"], p["A"]),
    "logicle": lambda p: Logicle(p["T"], p["W"], p["M"], p["A"]),
    "hyperlog": lambda p: Hyperlog(p["T"], p["W"], p["M"], p["A"]),
}


def read_gatingml(path: str | Path) -> GatingStrategy:
    """Gates of a Gating-ML 2.0 file.

    Rectangles, polygons, ellipsoids, quadrants (each quadrant is a gate of its own) and Boolean gates, on
    raw, compensated, transformed and ratio dimensions.

    Raises
    ------
    InputError
        If the file is no Gating-ML 2.0, or a gate refers to a transformation, matrix or gate it lacks.

    References
    ----------
    Spidlen J, Moore W, Brinkman RR. ISAC's Gating-ML 2.0 data exchange standard. Cytometry A 2015;87:683-687.
    """
    path = Path(path)
    try:
        root = ET.parse(path).getroot()
    except (ET.ParseError, OSError) as fault:
        raise InputError(
            Fault(
                "a gates file must be readable XML",
                value=str(fault),
                where=path.name,
                remedy="Export the gates as Gating-ML 2.0.",
            )
        ) from None
    if root.tag != f"{GATING}Gating-ML":
        raise InputError(
            Fault(
                "a gates file must be Gating-ML 2.0 or a FlowJo workspace",
                value=root.tag,
                where=path.name,
                remedy="Export the gates as Gating-ML 2.0.",
            )
        )
    try:
        reader = _Reader(root, path.name)
        return GatingStrategy(tuple(reader.gates()), reader.matrices, path.name)
    except InputError:
        raise
    except (LookupError, ValueError, AssertionError, StopIteration, RuntimeError) as fault:
        raise InputError(
            Fault(
                "a Gating-ML file must give the names and numbers of every gate",
                value=f"{type(fault).__name__} {fault}",
                where=path.name,
                remedy="Export the gates as Gating-ML 2.0 again.",
            )
        ) from None


class _Reader:
    """Holds what gates refer to while they are read."""

    def __init__(self, root: ET.Element, source: str) -> None:
        self.root, self.source = root, source
        self.scales: dict[str, Transform] = {}
        self.ratios: dict[str, Ratio] = {}
        for element in root.iter(f"{SCALES}transformation"):
            self._read_scale(element)
        elements = root.iter(f"{SCALES}spectrumMatrix")
        self.matrices = {_id(e, SCALES): _read_matrix(e, _id(e, SCALES)) for e in elements}

    def _read_scale(self, element: ET.Element) -> None:
        name, body = _id(element, SCALES), element[0]
        kind = body.tag.removeprefix(SCALES)
        numbers = {key.removeprefix(SCALES): float(value) for key, value in body.attrib.items()}
        if kind == "fratio":
            x, y = (e.attrib[f"{TYPES}name"] for e in body.findall(f"{TYPES}fcs-dimension"))
            self.ratios[name] = Ratio(x, y, numbers["A"], numbers["B"], numbers["C"])
        elif kind in SCALE_BUILDERS:
            self.scales[name] = SCALE_BUILDERS[kind]({"A": 0.0, **numbers})
        else:
            raise InputError(
                Fault(
                    f"a transformation must be one of {', '.join(SCALE_BUILDERS)}, fratio",
                    value=kind,
                    where=self.source,
                    remedy="Choose one of these scales and export again.",
                )
            )

    def gates(self) -> Iterator[Gate]:
        """Gates in the order of the file."""
        readers: dict[str, Callable[[ET.Element], Gate]] = {
            "RectangleGate": self._rectangle,
            "PolygonGate": self._polygon,
            "EllipsoidGate": self._ellipsoid,
            "BooleanGate": self._boolean,
        }
        for element in self.root:
            kind = element.tag.removeprefix(GATING)
            if kind == "QuadrantGate":
                yield from self._quadrants(element)
            elif kind in readers:
                yield readers[kind](element)

    def _dimension(self, element: ET.Element) -> Dimension:
        channel = element.find(f"{TYPES}fcs-dimension")
        made = element.find(f"{TYPES}new-dimension")
        compensation = element.attrib.get(f"{GATING}compensation-ref", UNCOMPENSATED)
        if compensation not in (UNCOMPENSATED, "FCS"):
            self._known(compensation, self.matrices, "matrix")
        scale = element.attrib.get(f"{GATING}transformation-ref")
        ratio = (
            self._known(made.attrib[f"{TYPES}transformation-ref"], self.ratios, "ratio")
            if made is not None
            else None
        )
        return Dimension(
            channel=channel.attrib[f"{TYPES}name"] if channel is not None else f"{ratio}",
            compensation=compensation,
            transform=self._known(scale, self.scales, "transformation") if scale else None,
            low=_bound(element, "min"),
            high=_bound(element, "max"),
            ratio=ratio,
        )

    def _known(self, name: str, table: dict[str, T], kind: str) -> T:
        if name not in table:
            raise InputError(
                Fault(
                    f"a gate must refer to a {kind} of the file",
                    value=name,
                    where=self.source,
                    remedy=f"The file defines {', '.join(table) or 'none'}.",
                )
            )
        return table[name]

    def _dimensions(self, element: ET.Element) -> tuple[Dimension, ...]:
        return tuple(self._dimension(e) for e in element.findall(f"{GATING}dimension"))

    def _rectangle(self, element: ET.Element) -> RectangleGate:
        return RectangleGate(_id(element), self._dimensions(element), _parent(element))

    def _polygon(self, element: ET.Element) -> PolygonGate:
        points = tuple(_coordinates(vertex) for vertex in element.findall(f"{GATING}vertex"))
        corners = tuple((point[0], point[1]) for point in points)
        return PolygonGate(_id(element), self._dimensions(element), corners, _parent(element))

    def _ellipsoid(self, element: ET.Element) -> EllipsoidGate:
        rows = element.findall(f"{GATING}covarianceMatrix/{GATING}row")
        covariance = tuple(tuple(float(e.attrib[f"{TYPES}value"]) for e in row) for row in rows)
        mean, square = element.find(f"{GATING}mean"), element.find(f"{GATING}distanceSquare")
        assert mean is not None
        assert square is not None
        return EllipsoidGate(
            _id(element),
            self._dimensions(element),
            _coordinates(mean),
            covariance,
            float(square.attrib[f"{TYPES}value"]),
            _parent(element),
        )

    def _boolean(self, element: ET.Element) -> BooleanGate:
        body = next(e for e in element if e.tag.removeprefix(GATING) in ("and", "or", "not"))
        operands = tuple(
            (
                e.attrib[f"{GATING}ref"],
                e.attrib.get(f"{GATING}use-as-complement", "false").lower() in ("true", "1"),
            )
            for e in body.findall(f"{GATING}gateReference")
        )
        return BooleanGate(_id(element), body.tag.removeprefix(GATING), operands, _parent(element))  # type: ignore[arg-type]

    def _quadrants(self, element: ET.Element) -> Iterator[RectangleGate]:
        dividers = {}
        for divider in element.findall(f"{GATING}divider"):
            cuts = sorted(float(e.text or "nan") for e in divider.findall(f"{GATING}value"))
            dividers[_id(divider)] = (self._dimension(divider), [-np.inf, *cuts, np.inf])
        for quadrant in element.findall(f"{GATING}Quadrant"):
            sides = []
            for position in quadrant.findall(f"{GATING}position"):
                dimension, cuts = dividers[position.attrib[f"{GATING}divider_ref"]]
                place = int(np.searchsorted(cuts, float(position.attrib[f"{GATING}location"]), side="right"))
                low, high = cuts[place - 1], cuts[place]
                sides.append(
                    Dimension(
                        dimension.channel,
                        dimension.compensation,
                        dimension.transform,
                        _finite(low),
                        _finite(high),
                        dimension.ratio,
                    )
                )
            yield RectangleGate(_id(quadrant), tuple(sides), _parent(element))


def _read_matrix(element: ET.Element, name: str) -> Spillover:
    dyes, detectors = (
        tuple(e.attrib[f"{TYPES}name"] for e in element.findall(f"{SCALES}{part}/{TYPES}fcs-dimension"))
        for part in ("fluorochromes", "detectors")
    )
    rows = [
        [float(e.attrib[f"{SCALES}value"]) for e in row.findall(f"{SCALES}coefficient")]
        for row in element.findall(f"{SCALES}spectrum")
    ]
    inverted = element.attrib.get(f"{SCALES}matrix-inverted-already", "false").lower() in ("true", "1")
    matrix = np.asarray(rows, dtype=np.float64)
    return Spillover(detectors, dyes, matrix.T if inverted else matrix, f"matrix {name}", inverted)


def _id(element: ET.Element, space: str = GATING) -> str:
    return element.attrib[f"{space}id"]


def _parent(element: ET.Element) -> str | None:
    return element.attrib.get(f"{GATING}parent_id")


def _coordinates(element: ET.Element) -> tuple[float, ...]:
    return tuple(float(e.attrib[f"{TYPES}value"]) for e in element.findall(f"{GATING}coordinate"))


def _bound(element: ET.Element, side: str) -> float | None:
    value = element.attrib.get(f"{GATING}{side}")
    return float(value) if value is not None else None


def _finite(bound: float) -> float | None:
    return float(bound) if np.isfinite(bound) else None
