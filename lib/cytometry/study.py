"""The files of a study together: read, compensate, gate."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import pandas as pd

from lib.cytometry.auto import AutoGating, find_strategy
from lib.cytometry.compensation import Spillover, file_spillover, spillover_from_frame
from lib.cytometry.fcs import FlowFile, read_fcs
from lib.cytometry.flowjo import is_workspace, read_workspace
from lib.cytometry.gates import FROM_FILE, UNCOMPENSATED, Gate, GatingStrategy
from lib.cytometry.gating import GatedFile, apply_gates
from lib.cytometry.gatingml import read_gatingml
from lib.errors import Fault, InputError

AUTO = "auto"
NO_COMPENSATION = {"none", "no", "uncompensated"}
A = TypeVar("A")
B = TypeVar("B")


def split_controls(
    samples: pd.DataFrame, files: Sequence[FlowFile], spillovers: Sequence[Spillover | None]
) -> tuple[pd.DataFrame, list[FlowFile], list[Spillover | None], dict[str, FlowFile]]:
    """Full stains apart from FMO controls (column ``is_control``; the tube reads ``FMO FoxP3``).

    Returns the samples, files and spillovers of the full stains, and the control of each marker.

    Raises
    ------
    InputError
        If there are only controls.
    """
    control = list(samples["is_control"])
    if all(control):
        raise InputError(
            Fault("samples must hold a full stain", "only FMO controls", "samples", "Leave their tube empty.")
        )
    kept = [i for i, is_control in enumerate(control) if not is_control]
    fmo = {
        str(samples["tube"].iloc[i]).strip()[3:].strip(" -_:"): files[i] for i, c in enumerate(control) if c
    }
    return samples.iloc[kept], [files[i] for i in kept], [spillovers[i] for i in kept], fmo


@dataclass(frozen=True)
class StudyGating:
    """Gates of every file and who is in them.

    Parameters
    ----------
    strategies : tuple of GatingStrategy
        One for each file (the same object where they share it).
    gated : tuple of GatedFile
        In the order of the files.
    auto : AutoGating or None
        Cuts of the built-in strategy, where it was used.
    """

    strategies: tuple[GatingStrategy, ...]
    gated: tuple[GatedFile, ...]
    auto: AutoGating | None = None


def read_files(samples: pd.DataFrame, *, jobs: int = 1) -> list[FlowFile]:
    """The FCS files that a samples table names in its column ``path``, in its order.

    Raises
    ------
    InputError
        With the faults of all files at once; also where two rows hold one and the same file.
    """
    read = _each(lambda path: read_fcs(path, with_hash=True), list(samples["path"]), jobs)
    files = [file for file in read if isinstance(file, FlowFile)]
    faults = [fault for item in read if isinstance(item, InputError) for fault in item.faults]
    first: dict[str, str] = {}
    for file in files:
        if file.sha256 in first:
            faults.append(Fault("each row of samples must hold another file", f"{file.name} equals {first[file.sha256]}",
                                "samples", "The same events under two names would count twice; remove one."))  # fmt: skip
        first.setdefault(file.sha256, file.name)
    if faults:
        raise InputError(faults)
    return _unique_names(files, [str(name) for name in samples["file"]])


def _unique_names(files: list[FlowFile], given: list[str]) -> list[FlowFile]:
    """File names tell rows apart; where two folders hold the same name, the given path does."""
    names = [file.name for file in files]
    return [
        replace(file, name=path) if names.count(file.name) > 1 else file
        for file, path in zip(files, given, strict=True)
    ]


def read_spillovers(
    files: Sequence[FlowFile], samples: pd.DataFrame, matrices: Mapping[str, pd.DataFrame]
) -> list[Spillover | None]:
    """The spillover of every file: the one that samples names, else the file's own; None where there is none.

    Parameters
    ----------
    files : sequence of FlowFile
    samples : DataFrame
        Optional column ``compensation``: empty, ``none``, or a key of `matrices`.
    matrices : mapping of str to DataFrame
        Spillover tables, read before.
    """
    named = samples["compensation"] if "compensation" in samples else [None] * len(files)
    return [_one_spillover(file, name, matrices) for file, name in zip(files, named, strict=True)]


def _one_spillover(file: FlowFile, name: object, matrices: Mapping[str, pd.DataFrame]) -> Spillover | None:
    if not isinstance(name, str) or not name.strip():
        return file_spillover(file)
    if name.strip().lower() in NO_COMPENSATION:
        return None
    spillover = spillover_from_frame(matrices[name], source=name)
    for detector in spillover.detectors:
        file.row(detector)
    return spillover


def gate_study(
    files: Sequence[FlowFile],
    spillovers: Sequence[Spillover | None],
    gates: str | Path,
    panel: Mapping[str, str],
    *,
    fmo: Mapping[str, FlowFile] | None = None,
    jobs: int = 1,
) -> StudyGating:
    """Gate all files of a study.

    Parameters
    ----------
    files, spillovers : sequences of the same length
        See :func:`read_files` and :func:`read_spillovers`.
    gates : str or Path
        ``"auto"``, a Gating-ML 2.0 file or a FlowJo 10 workspace.
    panel : mapping of str to str
        Marker to channel; used by ``auto``.
    fmo : mapping of str to FlowFile, optional
        Marker to its control; used by ``auto``.
    jobs : int
        Files gated at the same time (threads; the work is in numpy, which lets them run).
    """
    auto = None
    if str(gates) == AUTO:
        auto = find_strategy(files, panel, spillovers=spillovers, fmo=fmo)
        strategies = [auto.strategy] * len(files)
    elif is_workspace(gates):
        strategies = read_workspace(gates, files)
    else:
        strategies = [read_gatingml(gates)] * len(files)
    work = list(zip(files, strategies, spillovers, strict=True))
    done = _each(lambda item: _gate_one(*item), work, jobs)
    faults = [fault for item in done if isinstance(item, InputError) for fault in item.faults]
    if faults:
        raise InputError(faults)
    return StudyGating(tuple(strategies), tuple(item for item in done if isinstance(item, GatedFile)), auto)


def _gate_one(file: FlowFile, strategy: GatingStrategy, spillover: Spillover | None) -> GatedFile:
    if (
        spillover is None and file_spillover(file) is not None
    ):  # samples says none: then none, not the file's own
        strategy = replace(strategy, gates=tuple(_raw(gate) for gate in strategy.gates))
    return apply_gates(file, strategy, spillover=spillover)


def _raw(gate: Gate) -> Gate:
    dimensions = (
        replace(d, compensation=UNCOMPENSATED) if d.compensation == FROM_FILE else d for d in gate.dimensions
    )
    return replace(gate, dimensions=tuple(dimensions))


def _each(function: Callable[[A], B], items: Sequence[A], jobs: int) -> list[B | InputError]:
    """Results in order; an item that cannot be used gives its error, so that all are seen at once."""

    def attempt(item: A) -> B | InputError:
        try:
            return function(item)
        except InputError as fault:
            return fault

    if jobs <= 1 or len(items) < 2:
        return [attempt(item) for item in items]
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        return list(pool.map(attempt, items))
