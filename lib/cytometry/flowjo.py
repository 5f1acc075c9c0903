"""FlowJo 10 workspaces to gates, through FlowKit's parser."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lib.cytometry.compensation import Spillover, check_spillover
from lib.cytometry.fcs import FlowFile
from lib.cytometry.gates import FROM_FILE, UNCOMPENSATED, GatingStrategy
from lib.cytometry.parsed import take_gates, told
from lib.errors import Fault, InputError

COMPENSATED = "Comp-"
SAVE_AGAIN = "Save it again in FlowJo 10."


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
    with warnings.catch_warnings(), told("a FlowJo workspace must be readable", path.name, SAVE_AGAIN):
        warnings.simplefilter("ignore")
        workspace = flowkit.Workspace(str(path), load_missing_file_data=True)
        known = list(workspace.get_sample_ids(loaded_only=False))
    if absent := ", ".join(file.name for file in files if _sample_of(file, known) is None):
        hidden = any(file.own_name for file in files)
        held = f"{len(known)} other" if hidden else ", ".join(known[:6]) or "none"
        rule, remedy = "a workspace must hold the files that it gates", "is it of another experiment?"
        raise InputError(Fault(rule, value=absent, where=path.name, remedy=f"It holds {held}: {remedy}"))
    rule = "the gates of a FlowJo workspace must be complete"
    with told(rule, path.name, f"{SAVE_AGAIN[:-1]}, or export the gates as Gating-ML 2.0."):
        return [_strategy(workspace, str(_sample_of(file, known)), path.name) for file in files]


def _sample_of(file: FlowFile, known: Sequence[str]) -> str | None:
    known_as = file.known_as
    names = (known_as, Path(known_as).name, file.text.get("FIL", ""), Path(known_as).stem)
    return next((name for name in names if name in known), None)


def _strategy(workspace: Any, sample: str, source: str) -> GatingStrategy:
    theirs = workspace.get_gating_strategy(sample)
    ids = [(name, tuple(path)) for name, path in theirs.get_gate_ids()]
    plain = [name for name, _ in ids]
    labels = {
        (name, path): name if plain.count(name) == 1 else "/".join((*path[1:], name)) for name, path in ids
    }
    matrices = {name: _matrix(theirs.get_comp_matrix(name), name) for name in theirs.comp_matrices}
    return GatingStrategy(tuple(take_gates(theirs, labels, _place, sample)), matrices, source)


def _matrix(matrix: Any, name: str) -> Spillover:
    detectors = tuple(matrix.detectors)
    return check_spillover(
        Spillover(detectors, detectors, np.asarray(matrix.matrix, dtype=np.float64), f"matrix {name}")
    )


def _place(dimension: Any) -> dict[str, str]:
    # FlowJo names a compensated channel Comp-PE-A; without a matrix of its own that means the file's.
    channel = str(dimension.id).removeprefix(COMPENSATED)
    implied = FROM_FILE if channel != dimension.id else UNCOMPENSATED
    return {"channel": channel, "compensation": dimension.compensation_ref or implied}
