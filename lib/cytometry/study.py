"""The files of a study together: read, compensate, gate."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import pandas as pd

from lib.cytometry.auto import AutoGating, Control, find_strategy
from lib.cytometry.compensation import Spillover, choose_spillover
from lib.cytometry.fcs import FlowFile, read_fcs
from lib.cytometry.flowjo import is_workspace, read_workspace
from lib.cytometry.gates import GatingStrategy
from lib.cytometry.gating import GatedFile, apply_gates
from lib.cytometry.gatingml import read_gatingml
from lib.errors import Fault, InputError, name_rows

AUTO = "auto"
A = TypeVar("A")
B = TypeVar("B")


def split_controls(
    samples: pd.DataFrame, files: Sequence[FlowFile], spillovers: Sequence[Spillover]
) -> tuple[pd.DataFrame, list[FlowFile], list[Spillover], dict[str, Control]]:
    """Full stains apart from FMO controls (column ``is_control``; the tube reads ``FMO FoxP3``).

    Returns the samples, files and spillovers of the full stains, and the control of each marker with its spillover.

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
        str(samples["tube"].iloc[i]).strip()[3:].strip(" -_:"): (files[i], spillovers[i])
        for i, is_control in enumerate(control)
        if is_control
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


def read_files(samples: pd.DataFrame, *, jobs: int = 1, ids: bool = True) -> list[FlowFile]:
    """The FCS files that a samples table names in its column ``path``, in its order.

    Parameters
    ----------
    samples : DataFrame
        See :func:`lib.tables.flow.read_samples`; its index is the row in the table.
    jobs : int
        Files read at the same time.
    ids : bool
        Call files by their names, which often name the subject; otherwise ``file 3`` for the third that samples names.

    Raises
    ------
    InputError
        With the faults of all files at once; also where two rows hold one and the same file.
    """
    asked = samples["data_set"] if "data_set" in samples else [math.nan] * len(samples)
    numbers = [None if pd.isna(number) else int(number) for number in asked]
    work = list(zip(samples["path"], numbers, strict=True))
    done = _each(lambda item: read_fcs(item[0], data_set=item[1], with_hash=True), work, jobs)
    if not ids:
        hidden = [
            {Path(path).name: f"the file of samples row {row}"} for row, path in samples["path"].items()
        ]
        done = [_renamed(item, names) for item, names in zip(done, hidden, strict=True)]
    files = _unique_names(_all_or_faults(done), [str(name) for name in samples["file"]])
    if not ids:
        files = _numbered(files, [str(name) for name in samples["file"]], numbers)
    if faults := _same_files(files, numbers, [int(row) for row in samples.index]):
        raise InputError(faults)
    return files


def _renamed(item: FlowFile | InputError, names: Mapping[str, str]) -> FlowFile | InputError:
    return InputError([f.renamed(names) for f in item.faults]) if isinstance(item, InputError) else item


def _numbered(files: list[FlowFile], given: list[str], numbers: list[int | None]) -> list[FlowFile]:
    """Files called by the order in which samples first names them, and by their data set where one was asked for."""
    order = {path: f"file {i}" for i, path in enumerate(dict.fromkeys(given), start=1)}
    ends = ["" if number is None else f", data set {number}" for number in numbers]
    return [
        replace(file, name=order[path] + end, own_name=file.name)
        for file, path, end in zip(files, given, ends, strict=True)
    ]


def _same_files(files: list[FlowFile], numbers: list[int | None], rows: list[int]) -> list[Fault]:
    """Rows that hold the bytes of an earlier one."""
    first: dict[tuple[str, int], int] = {}
    faults = []
    for i, (file, number) in enumerate(zip(files, numbers, strict=True)):
        j = first.setdefault((file.sha256, number or 1), i)
        if j != i:
            faults.append(Fault("each row of samples must hold another file", f"{file.name} equals {files[j].name}",
                                f"samples {name_rows([rows[j], rows[i]])}",
                                "The same events under two names would count twice; remove one."))  # fmt: skip
    return faults


def _unique_names(files: list[FlowFile], given: list[str]) -> list[FlowFile]:
    """File names tell rows apart; where two folders hold the same name, the given path does."""
    names = [file.name for file in files]
    return [
        replace(file, name=file.name.replace(Path(path).name, path, 1))
        if names.count(file.name) > 1
        else file
        for file, path in zip(files, given, strict=True)
    ]


def read_spillovers(
    files: Sequence[FlowFile], samples: pd.DataFrame, matrices: Mapping[str, pd.DataFrame]
) -> list[Spillover]:
    """The spillover of every file: what samples asks for, else the file's own.

    Parameters
    ----------
    files : sequence of FlowFile
    samples : DataFrame
        Optional column ``compensation``: empty, ``none``, a spillover keyword of the file, or a key of `matrices`.
    matrices : mapping of str to DataFrame
        Spillover tables, read before.

    Raises
    ------
    InputError
        With the faults of all files; see :func:`lib.cytometry.compensation.choose_spillover`.
    """
    named = list(samples["compensation"]) if "compensation" in samples else [None] * len(files)
    work = list(zip(files, named, strict=True))
    return _all_or_faults(_each(lambda item: choose_spillover(*item, matrices), work, 1))


def gate_study(
    files: Sequence[FlowFile],
    spillovers: Sequence[Spillover],
    gates: str | Path,
    panel: Mapping[str, str],
    *,
    fmo: Mapping[str, Control] | None = None,
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
    fmo : mapping of str to (FlowFile, Spillover), optional
        Marker to its control and that one's spillover; used by ``auto``.
    jobs : int
        Files gated at the same time (threads; the work is in numpy, which lets them run).
    """
    auto = None
    if str(gates) == AUTO:
        auto = find_strategy(files, panel, spillovers=spillovers, fmo=fmo)
        strategies = [auto.strategy] * len(files)
    elif is_workspace(gates):
        strategies = _workspace_strategies(gates, files)
    else:
        strategies = [read_gatingml(gates)] * len(files)
    work = list(zip(files, strategies, spillovers, strict=True))
    done = _all_or_faults(_each(lambda item: apply_gates(item[0], item[1], spillover=item[2]), work, jobs))
    return StudyGating(tuple(strategies), tuple(done), auto)


def _workspace_strategies(gates: str | Path, files: Sequence[FlowFile]) -> list[GatingStrategy]:
    """Gates of a workspace, which knows files by their own names; its faults call them as the report does."""
    try:
        return read_workspace(gates, files)
    except InputError as error:
        names = {name: f.name for f in files if f.own_name for name in (f.own_name, f.text.get("FIL", ""))}
        raise InputError([fault.renamed(names) for fault in error.faults]) from None


def _all_or_faults(done: Sequence[B | InputError]) -> list[B]:
    """The results, or one error with the faults of all."""
    faults = [fault for item in done if isinstance(item, InputError) for fault in item.faults]
    if faults:
        raise InputError(faults)
    return [item for item in done if not isinstance(item, InputError)]


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
