"""FlowJo 10 workspaces to gates, through FlowKit's parser."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from lib.cytometry.compensation import Spillover, check_spillover
from lib.cytometry.fcs import FlowFile
from lib.cytometry.gates import (
    FROM_FILE,
    UNCOMPENSATED,
    BooleanGate,
    Dimension,
    Gate,
    GatingStrategy,
    PolygonGate,
    RectangleGate,
)
from lib.cytometry.transforms import Asinh, Linear, Logicle, Transform
from lib.errors import Fault, InputError

COMPENSATED = "Comp-"


@dataclass(frozen=True)
class ForeignScale:
    """A scale that only FlowJo has (biex, its log), evaluated by FlowKit's form of it."""

    name: str
    function: Callable[[NDArray[Any]], NDArray[Any]]

    def apply(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Transformed values."""
        return np.asarray(self.function(np.asarray(values, dtype=np.float64)))


def is_workspace(path: str | Path) -> bool:
    """True for a FlowJo workspace, by its name or its first lines."""
    path = Path(path)
    if path.suffix.lower() == ".wsp":
        return True
    if not path.is_file():
        return False
    with path.open("rb") as handle:
        return b"<Workspace" in handle.read(2000)


def read_workspace(path: str | Path, files: Sequence[FlowFile]) -> list[GatingStrategy]:
    """Gates that a FlowJo 10 workspace holds for each file, found by the file's name.

    Compensation is the workspace's own. Populations are named as in FlowJo; where a name occurs twice, its
    path (``T cells/CD4``) tells the two apart.

    Raises
    ------
    InputError
        If the workspace is unreadable or knows none of a file (it is of another experiment).
    """
    import flowkit  # costs seconds to import, and only workspaces need it

    path = Path(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            workspace = flowkit.Workspace(str(path), load_missing_file_data=True)
            known = list(workspace.get_sample_ids(loaded_only=False))
    except Exception as fault:  # FlowKit lets lxml's and its own errors through
        raise InputError(
            Fault(
                "a FlowJo workspace must be readable",
                value=f"{type(fault).__name__}: {fault}",
                where=path.name,
                remedy="Save it again in FlowJo 10.",
            )
        ) from None
    absent = [file.name for file in files if _sample_of(file, known) is None]
    if absent:
        hidden = any(file.own_name for file in files)
        held = f"{len(known)} other" if hidden else ", ".join(known[:6]) or "none"
        raise InputError(
            Fault(
                "a workspace must hold the files that it gates",
                value=", ".join(absent),
                where=path.name,
                remedy=f"It holds {held}: is it of another experiment?",
            )
        )
    try:
        return [_strategy(workspace, str(_sample_of(file, known)), path.name) for file in files]
    except InputError:
        raise
    except (
        Exception
    ) as fault:  # what FlowKit parsed but cannot give: a Boolean gate of gates that are not there
        raise InputError(
            Fault(
                "the gates of a FlowJo workspace must be complete",
                value=f"{type(fault).__name__}: {fault}",
                where=path.name,
                remedy="Save it again in FlowJo 10, or export the gates as Gating-ML 2.0.",
            )
        ) from None


def _sample_of(file: FlowFile, known: Sequence[str]) -> str | None:
    known_as = file.known_as
    names = (known_as, Path(known_as).name, file.text.get("FIL", ""), Path(known_as).stem)
    return next((name for name in names if name in known), None)


def _strategy(workspace: Any, sample: str, source: str) -> GatingStrategy:
    theirs = workspace.get_gating_strategy(sample)
    ids = theirs.get_gate_ids()
    paths = {(name, tuple(path)): "/".join((*path[1:], name)) for name, path in ids}
    plain = [name for name, _ in ids]
    label = {key: key[0] if plain.count(key[0]) == 1 else full for key, full in paths.items()}
    matrices = {name: _matrix(theirs.get_comp_matrix(name), name) for name in theirs.comp_matrices}
    gates = tuple(_convert(theirs, name, tuple(path), label, sample) for name, path in ids)
    return GatingStrategy(gates, matrices, source)


def _matrix(matrix: Any, name: str) -> Spillover:
    detectors = tuple(matrix.detectors)
    return check_spillover(
        Spillover(detectors, detectors, np.asarray(matrix.matrix, dtype=np.float64), f"matrix {name}")
    )


def _convert(theirs: Any, name: str, path: tuple[str, ...], label: dict[Any, str], sample: str) -> Gate:
    gate = theirs.get_gate(name, path, sample_id=sample)
    own = label[name, path]
    parent = label[path[-1], path[:-1]] if len(path) > 1 else None
    kind = type(gate).__name__
    if kind == "BooleanGate":
        operands = tuple(
            (label[ref["ref"], tuple(ref["path"])], bool(ref["complement"])) for ref in gate.gate_refs
        )
        return BooleanGate(own, _operator(gate, name, sample), operands, parent)
    dimensions = tuple(_dimension(theirs, d) for d in gate.dimensions)
    outside = bool(getattr(gate, "use_complement", False))
    if kind == "PolygonGate":
        corners = tuple((float(v[0]), float(v[1])) for v in gate.vertices)
        return PolygonGate(own, dimensions, corners, parent, outside)
    if kind == "RectangleGate":
        return RectangleGate(own, dimensions, parent, outside)
    raise InputError(
        Fault(
            "a workspace's gates must be rectangles, polygons, ellipses or Boolean",
            value=f"{kind} {name}",
            where=sample,
            remedy="Replace it by polygons in FlowJo.",
        )
    )


def _operator(gate: Any, name: str, sample: str) -> Literal["and", "or", "not"]:
    """FlowKit calls it ``type`` since 1.3, ``bool_type`` before."""
    match str(getattr(gate, "type", None) or getattr(gate, "bool_type", None)).lower():
        case "and" | "or" | "not" as operator:
            return operator
        case other:
            raise InputError(
                Fault(
                    "a Boolean gate of a workspace must be and, or, not",
                    value=f"{other} {name}",
                    where=sample,
                    remedy="Save the workspace again in FlowJo 10.",
                )
            )


def _dimension(theirs: Any, dimension: Any) -> Dimension:
    scale = dimension.transformation_ref
    # FlowJo names a compensated channel Comp-PE-A; without a matrix of its own that means the file's.
    channel = str(dimension.id).removeprefix(COMPENSATED)
    implied = FROM_FILE if channel != dimension.id else UNCOMPENSATED
    return Dimension(
        channel=channel,
        compensation=dimension.compensation_ref or implied,
        transform=_scale(scale, theirs.get_transform(scale)) if scale else None,
        low=None if dimension.min is None else float(dimension.min),
        high=None if dimension.max is None else float(dimension.max),
    )


def _scale(name: str, transform: Any) -> Transform:
    match type(transform).__name__:
        case "LogicleTransform":
            return Logicle(transform.param_t, transform.param_w, transform.param_m, transform.param_a)
        case "AsinhTransform":
            return Asinh(transform.param_t, transform.param_m, transform.param_a)
        case "LinearTransform":
            return Linear(transform.param_t, transform.param_a)
    return ForeignScale(f"{name} {transform!r}", transform.apply)
