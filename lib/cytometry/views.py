"""What a figure needs of a gate: the events of its parent on the gate's own axes, and its outline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lib.cytometry.compensation import Spillover, compensate, file_spillover
from lib.cytometry.fcs import FlowFile
from lib.cytometry.gates import BooleanGate, Dimension, EllipsoidGate, Gate, GatingStrategy, PolygonGate
from lib.cytometry.gating import GatedFile, Readings
from lib.cytometry.names import bare_name
from lib.cytometry.study import FlowStudy, StudyGating
from lib.cytometry.transforms import Transform, estimate_logicle

DECADES = (-1e3, 0.0, 1e3, 1e4, 1e5)


@dataclass(frozen=True)
class Axis:
    """One axis of a view: its label, and ticks where its scale is not linear."""

    label: str
    ticks: tuple[float, ...] = ()
    tick_labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class GateView:
    """Events of a gate's parent and the gate's outline.

    Parameters
    ----------
    name, parent : str
    values : ndarray, shape (n_axes, n_parent)
        One or two axes.
    axes : tuple of Axis
    bounds : tuple of (low, high)
        Of each axis of a rectangle; None is open. Empty for an outline.
    outline : ndarray, shape (n_corners, 2)
        Of a polygon or an ellipse; empty for a rectangle.
    percent : float
        Of the parent; NaN where the parent is empty.
    count : int
    """

    name: str
    parent: str
    values: NDArray[Any]
    axes: tuple[Axis, ...]
    bounds: tuple[tuple[float | None, float | None], ...]
    outline: NDArray[np.float64]
    percent: float
    count: int


def view_gate(
    file: FlowFile,
    strategy: GatingStrategy,
    gated: GatedFile,
    name: str,
    *,
    spillover: Spillover | None = None,
    markers: dict[str, str] | None = None,
) -> GateView:
    """View of one gate of one or two axes (further axes are left out).

    `spillover` and `markers` (channel to marker) are those of the gating: what is drawn is what was counted.
    """
    gate = next(g for g in strategy.gates if g.name == name)
    own = spillover if spillover is not None else file_spillover(file)
    readings = Readings(file, strategy.matrices, own)
    parent = gated.members.get(gate.parent or "", np.ones(file.n_events, dtype=bool))
    shown = gate.dimensions[:2]
    values = np.stack([np.asarray(readings.values(d))[parent] for d in shown])
    count = int(gated.members[name].sum())
    return GateView(
        name,
        gate.parent or "all events",
        values,
        tuple(_axis(d, markers or {}) for d in shown),
        () if isinstance(gate, (PolygonGate, EllipsoidGate)) else tuple((d.low, d.high) for d in shown),
        _outline(gate),
        100 * count / int(parent.sum()) if parent.any() else float("nan"),
        count,
    )


def viewable_gates(strategy: GatingStrategy, *, at_most: int = 12) -> list[str]:
    """Gates that have axes, in their order: Boolean gates have none."""
    return [g.name for g in strategy.gates if not isinstance(g, BooleanGate)][:at_most]


@dataclass(frozen=True)
class CompensationView:
    """Two channels of a file before and after compensation, on one logicle scale each."""

    labels: tuple[str, str]
    before: NDArray[Any]
    after: NDArray[Any]
    axes: tuple[Axis, Axis]
    spill: float


def view_compensation(
    file: FlowFile,
    spillover: Spillover,
    *,
    pair: tuple[str, str] | None = None,
    markers: dict[str, str] | None = None,
) -> CompensationView:
    """Before and after compensation, for the pair with the largest spill unless another is named."""
    matrix = (
        spillover.matrix - np.diag(np.diag(spillover.matrix))
        if spillover.matrix.shape[0] == spillover.matrix.shape[1]
        else spillover.matrix * 0
    )
    i, j = (
        (spillover.dyes.index(c) for c in pair)
        if pair
        else np.unravel_index(int(np.argmax(matrix)), matrix.shape)
    )
    done = compensate(file, spillover)[[int(i), int(j)]]
    raw = file.events[[file.row(spillover.detectors[int(k)]) for k in (i, j)]]
    scales = [estimate_logicle(values) for values in done]
    names = (spillover.dyes[int(i)], spillover.dyes[int(j)])
    axes = [Axis(_label(n, markers or {}), *_ticks(s)) for n, s in zip(names, scales, strict=True)]
    before, after = (
        np.stack([s.apply(v.astype(np.float32)) for s, v in zip(scales, part, strict=True)])
        for part in (raw, done)
    )
    return CompensationView(names, before, after, (axes[0], axes[1]), float(spillover.matrix[int(i), int(j)]))


def view_spill(study: FlowStudy, name: str) -> CompensationView | None:
    """Before and after compensation of a study's file; None where its values are not compensated."""
    i = [file.name for file in study.files].index(name)
    if not study.spillovers[i].dyes:
        return None
    return view_compensation(study.files[i], study.spillovers[i], markers=study.labels)


@dataclass(frozen=True)
class GatePath:
    """The gates of one subject one after another, each at its first two time points.

    Parameters
    ----------
    gates : tuple of tuple of GateView
        A view a time point for each gate.
    timepoints : tuple of str
    subject : str
        Empty where subjects are not named.
    """

    gates: tuple[tuple[GateView, ...], ...]
    timepoints: tuple[str, ...]
    subject: str = ""

    def __repr__(self) -> str:
        return f"GatePath, {len(self.gates)} gates at {', '.join(self.timepoints)}"


def view_path(gating: StudyGating) -> GatePath:
    """The gating path of the first subject with two time points; of the first file where there is none."""
    study = gating.study
    pair = pick_pair(list(study.samples["subject"]), list(study.samples["timepoint"]))
    chosen = [i for i in pair if i is not None]
    gates = tuple(
        tuple(
            view_gate(
                study.files[i],
                gating.strategies[i],
                gating.gated[i],
                name,
                spillover=study.spillovers[i],
                markers=study.labels,
            )
            for i in chosen
        )
        for name in viewable_gates(gating.strategies[chosen[0]])
        if name in gating.gated[chosen[-1]].members
    )
    times = tuple(str(study.samples["timepoint"].iloc[i]) for i in chosen)
    return GatePath(gates, times, str(study.samples["subject"].iloc[chosen[0]]) if study.ids else "")


def _axis(dimension: Dimension, markers: dict[str, str]) -> Axis:
    label = _label(dimension.channel, markers)
    return Axis(label, *_ticks(dimension.transform)) if dimension.transform is not None else Axis(label)


def _label(channel: str, markers: dict[str, str]) -> str:
    named = {bare_name(name): marker for name, marker in markers.items()}
    detector = bare_name(channel)
    return f"{named[detector]} ({detector.removesuffix('-A')})" if detector in named else channel


def _ticks(scale: Transform) -> tuple[tuple[float, ...], tuple[str, ...]]:
    with np.errstate(divide="ignore", invalid="ignore"):
        places = np.asarray(scale.apply(np.array(DECADES, dtype=np.float32)), dtype=np.float64)
    words = ("−1 k", "0", "1 k", "10 k", "100 k")
    kept = [(float(p), w) for p, w in zip(places, words, strict=True) if np.isfinite(p)]
    return tuple(p for p, _ in kept), tuple(w for _, w in kept)


def _outline(gate: Gate) -> NDArray[np.float64]:
    if isinstance(gate, PolygonGate):
        return np.array([*gate.vertices, gate.vertices[0]], dtype=np.float64)
    if isinstance(gate, EllipsoidGate):
        turn = np.linspace(0, 2 * np.pi, 73)
        root = np.linalg.cholesky(np.asarray(gate.covariance)[:2, :2] * gate.distance_square)
        found: NDArray[np.float64] = (
            np.asarray(gate.mean)[:2] + np.stack([np.cos(turn), np.sin(turn)], axis=1) @ root.T
        )
        return found
    return np.empty((0, 2))


def pick_pair(subjects: Sequence[str], timepoints: Sequence[str]) -> tuple[int, int | None]:
    """Positions of one subject's first two time points; the first subject that has two."""
    for i, subject in enumerate(subjects):
        later = [j for j in range(len(subjects)) if subjects[j] == subject and timepoints[j] != timepoints[i]]
        if later:
            return i, later[0]
    return 0, None
