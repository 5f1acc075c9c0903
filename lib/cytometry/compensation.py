"""Spillover matrices: of a file's keywords, of a table, or none, and why; undoing them, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.cytometry.fcs import BLOCK, FlowFile
from lib.cytometry.keywords import PRIVATE
from lib.cytometry.names import find_channel, is_compensated_name
from lib.errors import Fault, InputError
from lib.tables.flow import NO_MATRIX, SPILLOVER_KEYWORDS, keyword_named

Lack = Literal["", "none asked for", "already compensated", "missing"]
GIVE_A_MATRIX = "Give a matrix file in the compensation column."


@dataclass(frozen=True)
class Spillover:
    """How much of each dye every detector sees.

    Parameters
    ----------
    detectors : tuple of str, length k
        Channels of the file.
    dyes : tuple of str, length m
        Names of the compensated parameters; the detectors' own names unless a file says otherwise.
    matrix : ndarray, shape (m, k)
        Row = dye, column = detector; 1 at the dye's own detector. m < k is a spectral matrix.
    source : str
        Where it came from; of a spillover without dyes, why there is none.
    inverted : bool
        The matrix is already the (k, m) unmixing matrix.
    lack : str
        Empty for a matrix; else that nothing is compensated: ``none asked for``, ``already compensated`` or
        ``missing``.
    note : str
        What a reader must be told of the choice.
    """

    detectors: tuple[str, ...]
    dyes: tuple[str, ...]
    matrix: NDArray[np.float64]
    source: str = "the file's spillover keyword"
    inverted: bool = False
    lack: Lack = ""
    note: str = ""

    @property
    def unmixing(self) -> NDArray[np.float64]:
        """Matrix U, shape (k, m), for which detectors @ U = dyes: S^-1, or the least-squares S^+."""
        if self.inverted:
            return self.matrix
        if self.matrix.shape[0] == self.matrix.shape[1]:
            return np.asarray(np.linalg.inv(self.matrix), dtype=np.float64)
        return np.asarray(np.linalg.pinv(self.matrix), dtype=np.float64)

    @property
    def is_identity(self) -> bool:
        """True where nothing spills."""
        square = self.matrix.shape[0] == self.matrix.shape[1]
        return square and bool(np.allclose(self.matrix, np.eye(len(self.dyes))))


def no_spillover(lack: Lack, why: str) -> Spillover:
    """Nothing is compensated, and why: an answer of its own, never mistaken for "as the file says"."""
    return Spillover((), (), np.empty((0, 0)), why, lack=lack)


def parse_spillover(text: str, *, source: str = "the file's spillover keyword") -> Spillover:
    """Spillover from the value of ``$SPILLOVER``: n, n names, n² coefficients; ``$COMP`` leaves the names
    out.

    Coefficients may be fractions or percent: each row is taken relative to its own detector.

    Raises
    ------
    InputError
        If the number of coefficients is not n², one is no number, or the matrix cannot be inverted.
    """
    parts = [part.strip() for part in text.split(",")]
    try:
        n = int(parts[0])
        nameless = len([part for part in parts[1:] if part]) == n * n
        names = tuple(str(i + 1) for i in range(n)) if nameless else tuple(parts[1 : n + 1])
        numbers = np.array([float(p) for p in parts[1 if nameless else n + 1 :] if p], dtype=np.float64)
        if n < 1:
            raise ValueError(n)
    except ValueError:
        raise InputError(
            Fault(
                "a spillover keyword must be n, names and numbers",
                value=text[:40],
                where=source,
                remedy=GIVE_A_MATRIX,
            )
        ) from None
    if numbers.size != n * n:
        raise InputError(
            Fault(
                f"a spillover matrix of {n} channels needs {n * n} numbers",
                value=str(numbers.size),
                where=source,
                remedy=GIVE_A_MATRIX,
            )
        )
    spillover = check_spillover(Spillover(names, names, _as_fractions(numbers.reshape(n, n)), source))
    if nameless and not spillover.is_identity:
        raise InputError(
            Fault(
                "a spillover keyword must name its channels",
                value=text[:40],
                where=source,
                remedy=f"What a matrix without names means differs between programs. {GIVE_A_MATRIX}",
            )
        )
    return spillover


def spillover_from_frame(frame: pd.DataFrame, *, source: str) -> Spillover:
    """Spillover from a square table: header and, if present, first column name the channels."""
    first = frame.columns[0]
    if not pd.api.types.is_numeric_dtype(frame[first]):
        frame = frame.set_index(first)
        frame = (
            frame.loc[[c for c in frame.columns if c in frame.index]]
            if set(frame.columns) <= set(frame.index)
            else frame
        )
    names = tuple(str(c).strip() for c in frame.columns)
    matrix = frame.to_numpy(dtype=np.float64)
    if matrix.shape[0] != matrix.shape[1]:
        raise InputError(
            Fault(
                "a spillover table must be square",
                value=f"{matrix.shape[0]} x {matrix.shape[1]}",
                where=source,
                remedy="One row and one column for each fluorescence channel.",
            )
        )
    return check_spillover(Spillover(names, names, _as_fractions(matrix), source))


def _as_fractions(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Square matrix, shape (k, k), with 1 at each dye's own detector; a diagonal of 100 says percent."""
    # Instruments and older FlowJo exports write percent, into tables and into keywords alike.
    own = np.diag(matrix)[:, None]
    return np.asarray(matrix / np.where(own > 0, own, 1), dtype=np.float64)


def check_spillover(spillover: Spillover) -> Spillover:
    """The same spillover, if it can be undone.

    Raises
    ------
    InputError
        If it holds a missing number, or two dyes look the same to every detector.
    """
    finite = np.isfinite(spillover.matrix).all()
    rank = np.linalg.matrix_rank(spillover.matrix) if finite else 0
    if rank < min(spillover.matrix.shape):
        raise InputError(
            Fault(
                "a spillover matrix must be invertible",
                value=f"rank {rank} of {min(spillover.matrix.shape)}" if finite else "a missing coefficient",
                where=spillover.source,
                remedy="Two dyes share one spectrum, or a row is empty: record single stains again.",
            )
        )
    return spillover


def choose_spillover(file: FlowFile, named: object, matrices: Mapping[str, pd.DataFrame]) -> Spillover:
    """What the column ``compensation`` of samples asks for: nothing said, ``none``, a keyword, or a table.

    Raises
    ------
    InputError
        If the keyword or the channels of the table are not in the file, or hold compensated values.
    """
    words = named.strip() if isinstance(named, str) else ""
    if not words:
        return file_spillover(file)
    if words.lower() in NO_MATRIX:
        left = f", though the file holds {' and '.join(held)}" if (held := list(_keywords(file))) else ""
        return no_spillover("none asked for", f"none asked for in samples{left}")
    if keyword_named(words):
        return file_spillover(file, keyword=keyword_named(words))
    spillover = _placed(spillover_from_frame(matrices[words], source=words), file)
    if set(map(is_compensated_name, spillover.detectors)) == {True}:
        raise InputError(
            Fault(
                "a spillover table must be for raw channels",
                value=", ".join(spillover.detectors),
                where=file.name,
                remedy="Their names say that they are compensated: write none, or export raw values.",
            )
        )
    return spillover


def file_spillover(file: FlowFile, *, keyword: str = "") -> Spillover:
    """Spillover that the file carries; one without dyes where there is nothing to undo.

    Of several keywords the one that is no identity counts. Channels whose names say that they are compensated
    (``Comp-PE-A``) are not compensated again.

    Parameters
    ----------
    file : FlowFile
    keyword : str, optional
        The one to use, where a file holds several.

    Raises
    ------
    InputError
        If a keyword is unreadable or names channels that the file lacks, or two disagree.
    """
    found = {
        name: parse_spillover(value, source=f"{name} of {file.name}")
        for name, value in _keywords(file).items()
        if keyword in ("", name)
    }
    if not found and keyword:
        raise InputError(
            Fault(
                "a keyword that compensation names must be in the file",
                value=keyword,
                where=file.name,
                remedy=f"The file holds {', '.join(_keywords(file)) or 'no spillover keyword'}.",
            )
        )
    if not found:
        return no_spillover("missing", "no spillover keyword")
    real = {name: _placed(one, file) for name, one in found.items() if not one.is_identity}
    if not real:
        return no_spillover("missing", f"{_identities(list(found))}, which undoes nothing")
    _check_one(real, file)
    name, chosen = next(iter(real.items()))
    if all(is_compensated_name(channel) for channel in chosen.detectors):
        return no_spillover(
            "already compensated",
            f"the name of {chosen.detectors[0]} says that its values are "
            f"compensated: {name} is not applied again",
        )
    idle = [other for other in found if other not in real]
    note = f"compensated by {name}; {_identities(idle)}" if idle else ""
    return replace(chosen, note=note)


def _identities(names: list[str]) -> str:
    return f"{names[0]} holds an identity" if len(names) == 1 else f"{' and '.join(names)} hold identities"


def _keywords(file: FlowFile) -> dict[str, str]:
    """Spillover keywords of a file with their values, in the order of preference."""
    wanted = [name + mark for name in SPILLOVER_KEYWORDS for mark in ("", PRIVATE)]
    return {name: file.text[name] for name in wanted if file.text.get(name, "").strip()}


def _check_one(real: dict[str, Spillover], file: FlowFile) -> None:
    """Several matrices must be the same one."""
    frames = [
        pd.DataFrame(s.matrix, s.dyes, s.detectors).sort_index().sort_index(axis=1) for s in real.values()
    ]
    same = all(
        f.shape == frames[0].shape and list(f) == list(frames[0]) and np.allclose(f, frames[0])
        for f in frames
    )
    if not same:
        raise InputError(
            Fault(
                "the spillover keywords of a file must agree",
                value=" and ".join(real),
                where=file.name,
                remedy="Write into the compensation column of samples which of them is right, or give a"
                " matrix file.",
            )
        )


def _placed(spillover: Spillover, file: FlowFile) -> Spillover:
    """The same matrix under the names that the file gives its channels; some instruments number them
    instead."""
    names = spillover.detectors
    if not set(names) <= set(file.channels) and all(
        n.isdigit() and 0 < int(n) <= len(file.channels) for n in names
    ):
        placed: list[str | None] = [file.channels[int(name) - 1] for name in names]
    else:
        placed = [find_channel(file.channels, name) for name in names]
    absent = [name for name, channel in zip(names, placed, strict=True) if channel is None]
    there = tuple(channel for channel in placed if channel is not None)
    if absent:
        raise InputError(
            Fault(
                "a spillover matrix must name channels of the file",
                value=", ".join(absent),
                where=file.name,
                remedy=f"The file has {', '.join(file.channels)}.",
            )
        )
    if len(set(map(is_compensated_name, there))) > 1:
        raise InputError(
            Fault(
                "the channels of a spillover matrix must be raw or compensated, not both",
                value=", ".join(there),
                where=file.name,
                remedy="Export all of them raw.",
            )
        )
    return replace(spillover, detectors=there, dyes=there)


def compensate(file: FlowFile, spillover: Spillover) -> NDArray[np.float32]:
    """Dye abundances, shape (n_dyes, n_events): detectors undone by the spillover, events @ S^-1.

    Sums in double precision, block by block so that nothing but the result is ever held whole.

    Raises
    ------
    InputError
        If the file lacks a detector of the matrix.
    """
    if not spillover.dyes:
        return np.empty((0, file.n_events), dtype=np.float32)
    rows = [file.row(detector) for detector in spillover.detectors]
    unmix = np.ascontiguousarray(spillover.unmixing.T)
    out = np.empty((unmix.shape[0], file.n_events), dtype=np.float32)
    contiguous = rows == list(range(rows[0], rows[0] + len(rows)))
    raw = file.events[rows[0] : rows[0] + len(rows)] if contiguous else None
    for start in range(0, file.n_events, BLOCK):
        span = slice(start, start + BLOCK)
        block = raw[:, span] if raw is not None else file.events[:, span][rows]
        np.matmul(unmix, block.astype(np.float64), out=out[:, span], casting="same_kind")
    return out
