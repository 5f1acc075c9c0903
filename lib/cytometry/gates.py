"""Gates: what each encloses, as Gating-ML 2.0 defines it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np
from flowutils.gating import points_in_polygon
from numpy.typing import NDArray

from lib.cytometry.compensation import Spillover
from lib.cytometry.transforms import Ratio, Transform
from lib.errors import Fault, InputError

UNCOMPENSATED = "uncompensated"
FROM_FILE = "FCS"
SAME = 2.0**-40
"""Relative difference, on a scale absolute, below which two computed values are one."""


@dataclass(frozen=True)
class Dimension:
    """One axis of a gate: which values it looks at, and between which bounds.

    Parameters
    ----------
    channel : str
        Channel of the file, or dye of the compensation.
    compensation : str
        ``"uncompensated"``, ``"FCS"`` (the file's own) or the name of a matrix of the strategy.
    transform : Transform, optional
        Scale on which the bounds are given.
    low, high : float, optional
        low <= value < high; None is open.
    ratio : Ratio, optional
        Ratio of two channels instead of one channel.
    """

    channel: str
    compensation: str = UNCOMPENSATED
    transform: Transform | None = None
    low: float | None = None
    high: float | None = None
    ratio: Ratio | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The channels that it looks at: one, or the two of a ratio."""
        return (self.ratio.numerator, self.ratio.denominator) if self.ratio else (self.channel,)


@dataclass(frozen=True)
class RectangleGate:
    """Events with low <= value < high on every dimension."""

    name: str
    dimensions: tuple[Dimension, ...]
    parent: str | None = None
    outside: bool = False


@dataclass(frozen=True)
class PolygonGate:
    """Events inside a polygon of two dimensions or on its boundary; crossings make holes."""

    name: str
    dimensions: tuple[Dimension, ...]
    vertices: tuple[tuple[float, float], ...]
    parent: str | None = None
    outside: bool = False


@dataclass(frozen=True)
class EllipsoidGate:
    """Events with (x − mean)ᵀ Σ⁻¹ (x − mean) <= distance²."""

    name: str
    dimensions: tuple[Dimension, ...]
    mean: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]
    distance_square: float
    parent: str | None = None


Operator: TypeAlias = Literal["and", "or", "not"]


@dataclass(frozen=True)
class BooleanGate:
    """Combination of other gates; `operands` are (name, complement)."""

    name: str
    operator: Operator
    operands: tuple[tuple[str, bool], ...]
    parent: str | None = None
    dimensions: tuple[Dimension, ...] = ()


Gate: TypeAlias = RectangleGate | PolygonGate | EllipsoidGate | BooleanGate


@dataclass(frozen=True)
class GatingStrategy:
    """Gates by name, in the order of their file, and the matrices they refer to.

    Raises
    ------
    InputError
        If a name occurs twice, or a parent or an operand names no gate.
    """

    gates: tuple[Gate, ...]
    matrices: dict[str, Spillover] = field(default_factory=dict)
    source: str = ""

    def __post_init__(self) -> None:
        names = [gate.name for gate in self.gates]
        faults = [
            Fault(
                "a gate's name must occur once", value=name, where=self.source, remedy="Rename one of them."
            )
            for name in sorted({n for n in names if names.count(n) > 1})
        ]
        for gate in self.gates:
            needed = ([gate.parent] if gate.parent else []) + [
                n for n, _ in (gate.operands if isinstance(gate, BooleanGate) else ())
            ]
            faults += [
                Fault(
                    f"gate {gate.name} must refer to gates of the file",
                    value=name,
                    where=self.source,
                    remedy="Add it or rename it.",
                )
                for name in needed
                if name not in names
            ]
        if faults:
            raise InputError(faults)


def rectangle_members(
    gate: RectangleGate, values: list[NDArray[Any]], within: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Members of a rectangle among `within`, as a mask over all events."""
    inside = within.copy() if not gate.outside else np.ones_like(within)
    for dimension, value in zip(gate.dimensions, values, strict=True):
        if dimension.low is not None:
            inside &= value >= _edge(dimension, dimension.low, value.dtype)
        if dimension.high is not None:
            inside &= value < _edge(dimension, dimension.high, value.dtype)
    return within & ~inside if gate.outside else inside


def _edge(dimension: Dimension, bound: float, dtype: np.dtype) -> np.floating:
    """Smallest number of the values' own type that is not below a bound.

    Single precision is compared exactly, and fast. Double precision holds logarithms and powers, whose last
    bits differ from processor to processor: an event within `SAME` of a bound lies on it, on all of them.
    """
    if dtype == np.float64:
        return np.float64(bound - SAME * max(abs(bound), 1.0 if dimension.transform is not None else 0.0))
    near = dtype.type(bound)
    found: np.floating = near if float(near) >= bound else np.nextafter(near, dtype.type(np.inf))
    return found


def polygon_members(
    gate: PolygonGate, values: list[NDArray[Any]], within: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Members of a polygon among `within`; only events in its bounding box are tested one by one.

    Of events on the border flowutils takes those at the left and below: the others are added here.
    """
    corners = np.asarray(gate.vertices, dtype=np.float64)
    slack = SAME * np.abs(corners).max()
    (left, bottom), (right, top) = corners.min(axis=0) - slack, corners.max(axis=0) + slack
    x, y = values
    near = np.flatnonzero(within & (x >= left) & (x <= right) & (y >= bottom) & (y <= top))
    inside = np.zeros_like(within)
    points = np.stack([x[near], y[near]], axis=1).astype(np.float64)
    if near.size:
        inside[near] = points_in_polygon(corners, points)
        rest = near[~inside[near]]
        inside[rest] = _on_border(corners, x[rest].astype(np.float64), y[rest].astype(np.float64), slack)
    return within & ~inside if gate.outside else inside


def _on_border(
    corners: NDArray[np.float64], x: NDArray[np.float64], y: NDArray[np.float64], slack: float
) -> NDArray[np.bool_]:
    """Whether points lie within `slack` of a straight line between neighbouring corners."""
    on = np.zeros(x.size, dtype=bool)
    for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        (x0, y0), (dx, dy) = start, end - start
        at = np.flatnonzero(np.abs((x - x0) * dy - (y - y0) * dx) <= slack * np.hypot(dx, dy))
        (left, bottom), (right, top) = np.minimum(start, end) - slack, np.maximum(start, end) + slack
        on[at] |= (x[at] >= left) & (x[at] <= right) & (y[at] >= bottom) & (y[at] <= top)
    return on


def ellipsoid_members(
    gate: EllipsoidGate, values: list[NDArray[Any]], within: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Members of an ellipsoid among `within`."""
    chosen = np.flatnonzero(within)
    centred = np.stack([v[chosen] for v in values], axis=1).astype(np.float64) - np.asarray(gate.mean)
    precision = np.linalg.inv(np.asarray(gate.covariance, dtype=np.float64))
    distance = np.einsum("ni,ij,nj->n", centred, precision, centred)
    inside = np.zeros_like(within)
    inside[chosen] = distance <= gate.distance_square
    return inside
