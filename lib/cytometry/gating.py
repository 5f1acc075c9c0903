"""Applying a gating strategy: compensation and transformation once, then every gate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lib.cytometry.compensation import Spillover, compensate, file_spillover
from lib.cytometry.fcs import FlowFile
from lib.cytometry.gates import (
    FROM_FILE,
    UNCOMPENSATED,
    BooleanGate,
    Dimension,
    EllipsoidGate,
    Gate,
    GatingStrategy,
    PolygonGate,
    RectangleGate,
    ellipsoid_members,
    polygon_members,
    rectangle_members,
)
from lib.cytometry.names import bare_name, is_compensated_name
from lib.errors import Fault, InputError


class Readings:
    """Values of a file as gates look at them; each compensation and each scale is computed once.

    Parameters
    ----------
    file : FlowFile
        Raw events.
    matrices : dict of str to Spillover
        Matrices that gates name.
    own : Spillover
        What ``"FCS"`` means for this file; without dyes it leaves values as they are, as Gating-ML 2.0 asks.
        Where none was asked for, no other matrix is applied either.
    """

    def __init__(self, file: FlowFile, matrices: dict[str, Spillover], own: Spillover) -> None:
        self.file = file
        self.matrices = {FROM_FILE: own} if own.lack == "none asked for" else {**matrices, FROM_FILE: own}
        self._compensated: dict[str, NDArray[np.float32]] = {}
        self._scaled: dict[tuple[object, ...], NDArray[Any]] = {}

    def values(self, dimension: Dimension) -> NDArray[Any]:
        """Values of one dimension, shape (n_events,)."""
        key = (dimension.channel, dimension.compensation, dimension.transform, dimension.ratio)
        if key not in self._scaled:
            parts = [self._linear(name, dimension.compensation) for name in dimension.names]
            linear = dimension.ratio.apply(*parts) if dimension.ratio is not None else parts[0]
            self._scaled[key] = dimension.transform.apply(linear) if dimension.transform else linear
        return self._scaled[key]

    def find(self, channel: str, compensation: str) -> tuple[str, str] | None:
        """Name of a dye and its matrix, or of a channel of the file and nothing; None where the file has
        neither.

        A compensated reading of PE-A may be called ``Comp-PE-A`` in the file or in the gates; a raw one may
        not.
        """
        own, bare = self.matrices[FROM_FILE], bare_name(channel)
        matrix = None if compensation == UNCOMPENSATED else self.matrices.get(compensation)
        if matrix is not None and channel in matrix.dyes:
            return channel, compensation
        exact = [channel] if channel in self.file.channels else []
        if compensation == UNCOMPENSATED and not is_compensated_name(channel):
            return (channel, "") if exact else None
        done = [c for c in self.file.channels if is_compensated_name(c) and bare_name(c) == bare]
        done = done if len(done) == 1 else []  # two of one detector: neither, unless it is named exactly
        places = (done or exact) if own.lack in ("missing", "already compensated") else (exact or done)
        if places:
            return places[0], ""
        if bare in own.dyes:
            return bare, FROM_FILE
        return (bare, "") if bare in self.file.channels else None

    def _linear(self, channel: str, compensation: str) -> NDArray[np.floating]:
        name, by = self.find(channel, compensation) or (channel, "")
        if not by:
            raw: NDArray[np.floating] = self.file.events[self.file.row(name)]
            return raw
        if by not in self._compensated:
            self._compensated[by] = compensate(self.file, self.matrices[by])
        found: NDArray[np.floating] = self._compensated[by][self.matrices[by].dyes.index(name)]
        return found


@dataclass(frozen=True)
class GatedFile:
    """Members of every population of a file.

    Parameters
    ----------
    file : str
        File name.
    n_events : int
        All events.
    parents : dict of str to (str or None)
        Population to parent, in the order of the strategy; None is all events.
    members : dict of str to ndarray of bool, shape (n_events,)
        Who belongs to each population (and so to its parents).
    matrices : tuple of str
        Sources of the matrices, other than the file's own, by which values that gates look at were
        compensated.
    raw : tuple of str
        Detectors of the file's matrix whose values gates look at uncompensated.
    own_used : bool
        A gate looks at values compensated by the file's matrix.
    """

    file: str
    n_events: int
    parents: dict[str, str | None]
    members: dict[str, NDArray[np.bool_]]
    matrices: tuple[str, ...] = ()
    raw: tuple[str, ...] = ()
    own_used: bool = False

    @property
    def counts(self) -> dict[str, int]:
        """Events in each population."""
        return {name: int(np.count_nonzero(mask)) for name, mask in self.members.items()}


def apply_gates(
    file: FlowFile,
    strategy: GatingStrategy,
    *,
    spillover: Spillover | None = None,
    only: tuple[str, ...] | None = None,
) -> GatedFile:
    """Members of every gate of a strategy.

    A child counts only events of its parent. Compensation and transformation are computed once for each
    channel, not once for each gate.

    Parameters
    ----------
    file : FlowFile
        Raw events, shape (n_channels, n_events).
    strategy : GatingStrategy
        Gates in linear or transformed units.
    spillover : Spillover, optional
        Used where a gate says ``"FCS"``, also one that says why there is none; by default what the file
        itself carries.
    only : tuple of str, optional
        Gates wanted; all by default.

    Raises
    ------
    InputError
        If a gate lies on a channel that the file lacks, or gates refer to each other in a circle.
    """
    own = spillover if spillover is not None else file_spillover(file)
    readings = Readings(file, strategy.matrices, own)
    looked = _check_channels(readings, strategy)
    used = dict.fromkeys(by for _, by in looked if by not in ("", FROM_FILE))
    raw = dict.fromkeys(name for name, by in looked if not by and name in own.detectors)
    evaluation = _Evaluation(strategy, readings)
    wanted = only if only is not None else tuple(evaluation.gates)
    kept = {name: evaluation.members(name) for name in wanted}
    parents = {name: evaluation.gates[name].parent for name in wanted}
    return GatedFile(
        file.name,
        file.n_events,
        parents,
        kept,
        tuple(strategy.matrices[name].source for name in used),
        tuple(raw),
        any(by == FROM_FILE for _, by in looked),
    )


class _Evaluation:
    """Members of gates as they are asked for; each is found once.

    An object and not a nested function: a function that calls itself holds itself, and with it the events,
    until the garbage collector runs, which over many files costs memory.
    """

    def __init__(self, strategy: GatingStrategy, readings: Readings) -> None:
        self.gates = {gate.name: gate for gate in strategy.gates}
        self.source, self.readings = strategy.source, readings
        self.everyone = np.ones(readings.file.n_events, dtype=bool)
        self.found: dict[str, NDArray[np.bool_]] = {}

    def members(self, name: str, above: tuple[str, ...] = ()) -> NDArray[np.bool_]:
        """Members of a gate, its parents and operands first; `above` are the gates that wait for it."""
        if name in above:
            raise InputError(
                Fault(
                    "gates must not refer to each other in a circle",
                    value=" -> ".join((*above, name)),
                    where=self.source,
                    remedy="Break the circle.",
                )
            )
        if name not in self.found:
            gate, path = self.gates[name], (*above, name)
            within = self.members(gate.parent, path) if gate.parent else self.everyone
            if isinstance(gate, BooleanGate):
                operands = [(self.members(n, path), complement) for n, complement in gate.operands]
                self.found[name] = within & _combine(gate, operands)
            else:
                self.found[name] = _enclosed(gate, [self.readings.values(d) for d in gate.dimensions], within)
        return self.found[name]


def _enclosed(gate: Gate, values: list[NDArray[Any]], within: NDArray[np.bool_]) -> NDArray[np.bool_]:
    match gate:
        case RectangleGate():
            return rectangle_members(gate, values, within)
        case PolygonGate():
            return polygon_members(gate, values, within)
        case EllipsoidGate():
            return ellipsoid_members(gate, values, within)
    raise TypeError(f"no rule for {type(gate).__name__}")


def _combine(gate: BooleanGate, operands: list[tuple[NDArray[np.bool_], bool]]) -> NDArray[np.bool_]:
    masks = [~mask if complement else mask for mask, complement in operands]
    if gate.operator == "not":
        return ~masks[0]
    join = np.logical_and if gate.operator == "and" else np.logical_or
    return np.asarray(join.reduce(masks))


def _check_channels(readings: Readings, strategy: GatingStrategy) -> list[tuple[str, str]]:
    """What gates look at, each name with its matrix (none: raw), as `Readings.find` gives it; one message for
    all gates on channels that the file lacks."""
    lacking: dict[str, list[str]] = {}
    looked = []
    for gate in strategy.gates:
        for d in gate.dimensions:
            for name in d.names:
                found = readings.find(name, d.compensation)
                if found is None:
                    lacking.setdefault(name, []).append(gate.name)
                else:
                    looked.append(found)
    if lacking:
        file = readings.file
        named = "; ".join(f"{channel} (gate {', '.join(gates)})" for channel, gates in lacking.items())
        done = [c for c in file.channels if is_compensated_name(c) and bare_name(c) in lacking]
        remedy = (
            f"The file holds compensated values only ({', '.join(done)}): export raw values, or draw the"
            " gates on compensated ones."
            if done
            else f"The file has {', '.join(file.channels)}: is {strategy.source} of another experiment?"
        )
        raise InputError(
            Fault("gates must lie on channels of the file", value=named, where=file.name, remedy=remedy)
        )
    return looked
