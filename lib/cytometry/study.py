"""The files of a study together: read, compensate, gate."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

import pandas as pd

from lib.cytometry.auto import AutoGating, Control, find_strategy
from lib.cytometry.compensation import Spillover, choose_spillover
from lib.cytometry.fcs import FlowFile, read_fcs
from lib.cytometry.flowjo import is_workspace, read_workspace
from lib.cytometry.gates import GatingStrategy
from lib.cytometry.gating import GatedFile, apply_gates
from lib.cytometry.gatingml import read_gatingml
from lib.cytometry.shown import ShownByRows
from lib.errors import Fault, InputError, check_rows, name_rows
from lib.privacy import choose_salt, replace_subjects
from lib.tables.flow import markers_to_channels

AUTO = "auto"
A = TypeVar("A")
B = TypeVar("B")


def split_controls(
    samples: pd.DataFrame, files: Sequence[FlowFile], spillovers: Sequence[Spillover]
) -> tuple[pd.DataFrame, list[FlowFile], list[Spillover], dict[str, Control]]:
    """Full stains apart from FMO controls (column ``is_control``; the tube reads ``FMO FoxP3``).

    Returns the samples, files and spillovers of the full stains, and the control of each marker with its
    spillover.

    Raises
    ------
    InputError
        If there are only controls.
    """
    check_rows(samples, "the samples")
    control = list(samples["is_control"])
    if all(control):
        raise InputError(
            Fault(
                "samples must hold a full stain",
                value="only FMO controls",
                where="samples",
                remedy="Leave their tube empty.",
            )
        )
    kept = [i for i, is_control in enumerate(control) if not is_control]
    fmo = {
        str(samples["tube"].iloc[i]).strip()[3:].strip(" -_:"): (files[i], spillovers[i])
        for i, is_control in enumerate(control)
        if is_control
    }
    return samples.iloc[kept], [files[i] for i in kept], [spillovers[i] for i in kept], fmo


@dataclass(frozen=True, repr=False)
class FlowStudy(ShownByRows):
    """The full stains of a study, with what is needed to gate them.

    Parameters
    ----------
    samples : DataFrame
        A row a file: ``subject, timepoint`` and what else the samples table holds; subjects as reports show
        them.
    files, spillovers : tuples of the same length
        In the order of `samples`.
    panel : DataFrame
        ``channel, marker, fluorochrome``.
    controls : mapping of str to (FlowFile, Spillover)
        Marker to its FMO control.
    ids : bool
        Whether subjects and files are called by their names.
    """

    samples: pd.DataFrame
    files: tuple[FlowFile, ...]
    spillovers: tuple[Spillover, ...]
    panel: pd.DataFrame
    controls: Mapping[str, Control] = field(default_factory=dict)
    ids: bool = True

    @property
    def markers(self) -> dict[str, str]:
        """Marker to channel, without the channels that stain nothing."""
        return markers_to_channels(self.panel)

    @property
    def labels(self) -> dict[str, str]:
        """Channel to marker."""
        return {channel: marker for marker, channel in self.markers.items()}

    @property
    def channels(self) -> tuple[str, ...]:
        """Of the first file; gates that are found need the same in all."""
        return self.files[0].channels

    @property
    def species(self) -> str:
        """As the samples say; empty where they do not."""
        return ", ".join(sorted(set(self.samples["species"].dropna()))) if "species" in self.samples else ""

    def to_frame(self) -> pd.DataFrame:
        """A row a file: ``file, subject, timepoint, n_events``."""
        return pd.DataFrame(
            {
                "file": [file.name for file in self.files],
                "subject": list(self.samples["subject"]),
                "timepoint": list(self.samples["timepoint"]),
                "n_events": [file.n_events for file in self.files],
            }
        )

    def _told(self) -> dict[str, str]:
        return {"markers": ", ".join(self.markers), "FMO controls": ", ".join(self.controls) or "none"}


def read_study(
    samples: pd.DataFrame,
    panel: pd.DataFrame,
    *,
    matrices: Mapping[str, pd.DataFrame] = MappingProxyType({}),
    ids: bool = False,
    jobs: int = 1,
) -> FlowStudy:
    """Read the FCS files that a samples table names, and set FMO controls apart.

    Parameters
    ----------
    samples, panel : DataFrame
        As from :func:`lib.tables.flow.read_samples` and :func:`lib.tables.flow.read_panel`.
    matrices : mapping of str to DataFrame
        Spillover tables that samples name; see :func:`lib.tables.flow.read_matrices`.
    ids : bool
        Keep the names of subjects and files; otherwise pseudonyms, and numbers for files.
    jobs : int
        Files read at the same time.

    Raises
    ------
    InputError
        With the faults of all files; see :func:`read_files`, :func:`read_spillovers`, :func:`split_controls`.
    """
    recorded = read_files(samples, jobs=jobs, ids=ids)
    spillovers = read_spillovers(recorded, samples, matrices)
    stains, files, own, controls = split_controls(samples, recorded, spillovers)
    named = replace_subjects(stains, show=ids, salt=choose_salt("", stains["subject"]))
    return FlowStudy(named, tuple(files), tuple(own), panel, controls, ids)


@dataclass(frozen=True, repr=False)
class StudyGating(ShownByRows):
    """Gates of every file and who is in them.

    Parameters
    ----------
    study : FlowStudy
        What was gated.
    strategies : tuple of GatingStrategy
        One for each file (the same object where they share it).
    gated : tuple of GatedFile
        In the order of the files.
    auto : AutoGating or None
        Cuts of the built-in strategy, where it was used.
    """

    study: FlowStudy
    strategies: tuple[GatingStrategy, ...]
    gated: tuple[GatedFile, ...]
    auto: AutoGating | None = None

    @property
    def strategy(self) -> GatingStrategy:
        """Of the first file; only a workspace may hold another for each."""
        return self.strategies[0]

    def to_frame(self) -> pd.DataFrame:
        """A row a gate and file: ``file, population, parent, count``."""
        rows = [(g.file, name, g.parents[name] or "", n) for g in self.gated for name, n in g.counts.items()]
        return pd.DataFrame(rows, columns=["file", "population", "parent", "count"])

    def _told(self) -> dict[str, str]:
        return {"gates": self.strategy.source}


def read_files(samples: pd.DataFrame, *, jobs: int = 1, ids: bool = True) -> list[FlowFile]:
    """The FCS files that a samples table names in its column ``path``, in its order.

    Parameters
    ----------
    samples : DataFrame
        See :func:`lib.tables.flow.read_samples`; its index is the row in the table.
    jobs : int
        Files read at the same time.
    ids : bool
        Call files by their names, which often name the subject; otherwise ``file 3`` for the third that
        samples names.

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
    """Files called by the order in which samples first names them, and by their data set where one was asked
    for."""
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
            faults.append(
                Fault(
                    "each row of samples must hold another file",
                    value=f"{file.name} equals {files[j].name}",
                    where=f"samples {name_rows([rows[j], rows[i]])}",
                    remedy="The same events under two names would count twice; remove one.",
                )
            )
    return faults


def _unique_names(files: list[FlowFile], given: list[str]) -> list[FlowFile]:
    """File names tell rows apart; where two folders hold the same name, the given path does."""
    names = [file.name for file in files]
    return [
        (
            replace(file, name=file.name.replace(Path(path).name, path, 1))
            if names.count(file.name) > 1
            else file
        )
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
        Optional column ``compensation``: empty, ``none``, a spillover keyword of the file, or a key of
        `matrices`.
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


def gate_study(study: FlowStudy, gates: str | Path = AUTO, *, jobs: int = 1) -> StudyGating:
    """Gate all files of a study.

    Parameters
    ----------
    study : FlowStudy
        As from :func:`read_study`; panel and FMO controls are used by ``auto``.
    gates : str or Path
        ``"auto"``, a Gating-ML 2.0 file or a FlowJo 10 workspace.
    jobs : int
        Files gated at the same time (threads; the work is in numpy, which lets them run).
    """
    auto, files = None, study.files
    if str(gates) == AUTO:
        auto = find_strategy(files, study.markers, spillovers=study.spillovers, fmo=study.controls)
        strategies = [auto.strategy] * len(files)
    elif is_workspace(gates):
        strategies = _workspace_strategies(gates, files)
    else:
        strategies = [read_gatingml(gates)] * len(files)
    work = list(zip(files, strategies, study.spillovers, strict=True))
    done = _all_or_faults(_each(lambda item: apply_gates(item[0], item[1], spillover=item[2]), work, jobs))
    return StudyGating(study, tuple(strategies), tuple(done), auto)


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
