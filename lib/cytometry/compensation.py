"""Spillover: the matrix of a file, undoing it once, and telling whether that was needed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.cytometry.fcs import BLOCK, FlowFile
from lib.errors import Fault, InputError

KEYWORDS = ("SPILLOVER", "SPILL", "SPILLOVER MATRIX", "COMP")
Status = Literal["applied", "suspected double", "already compensated", "missing", "not needed"]


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
        Where it came from.
    inverted : bool
        The matrix is already the (k, m) unmixing matrix.
    """

    detectors: tuple[str, ...]
    dyes: tuple[str, ...]
    matrix: NDArray[np.float64]
    source: str = "the file's spillover keyword"
    inverted: bool = False

    @property
    def unmixing(self) -> NDArray[np.float64]:
        """Matrix U, shape (k, m), for which detectors @ U = dyes: S^-1, or the least-squares S^+."""
        if self.inverted:
            return self.matrix
        if self.matrix.shape[0] == self.matrix.shape[1]:
            return np.asarray(np.linalg.inv(self.matrix), dtype=np.float64)
        return np.asarray(np.linalg.pinv(self.matrix), dtype=np.float64)


def parse_spillover(text: str, *, source: str = "the file's spillover keyword") -> Spillover:
    """Spillover from the value of ``$SPILLOVER``: n, n names, n² coefficients.

    Raises
    ------
    InputError
        If the number of coefficients is not n², one is no number, or the matrix cannot be inverted.
    """
    parts = [part.strip() for part in text.split(",")]
    try:
        n = int(parts[0])
        names = tuple(parts[1 : n + 1])
        numbers = np.array([float(part) for part in parts[n + 1 :] if part], dtype=np.float64)
    except ValueError:
        raise InputError(Fault("a spillover keyword must be n, names and numbers", text[:40], source,
                               "Give a matrix file in the compensation column.")) from None  # fmt: skip
    if numbers.size != n * n:
        raise InputError(Fault(f"a spillover matrix of {n} channels needs {n * n} numbers", str(numbers.size), source,
                               "Give a matrix file in the compensation column."))  # fmt: skip
    return check_spillover(Spillover(names, names, numbers.reshape(n, n), source))


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
        raise InputError(Fault("a spillover table must be square", f"{matrix.shape[0]} x {matrix.shape[1]}", source,
                               "One row and one column for each fluorescence channel."))  # fmt: skip
    scale = np.diag(matrix)[:, None]
    # FlowJo writes percent in older exports; a diagonal of 100 says so.
    return check_spillover(Spillover(names, names, matrix / np.where(scale > 0, scale, 1), source))


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
            Fault("a spillover matrix must be invertible",
                  f"rank {rank} of {min(spillover.matrix.shape)}" if finite else "a missing coefficient",
                  spillover.source, "Two dyes share one spectrum, or a row is empty: record single stains again.")
        )  # fmt: skip
    return spillover


def file_spillover(file: FlowFile) -> Spillover | None:
    """Spillover that the file carries; None where it carries none (or only an identity).

    Raises
    ------
    InputError
        If the keyword is unreadable or names channels that the file lacks.
    """
    value = next((file.text[k] for k in KEYWORDS if file.text.get(k, "").strip()), "")
    if not value:
        return None
    spillover = parse_spillover(value, source=f"the spillover keyword of {file.name}")
    if not set(spillover.detectors) <= set(file.channels):
        spillover = _numbered(spillover, file)
    if np.allclose(spillover.matrix, np.eye(len(spillover.dyes))):
        return None
    return spillover


def _numbered(spillover: Spillover, file: FlowFile) -> Spillover:
    """Some instruments number the channels in the keyword instead of naming them."""
    if all(name.isdigit() and 0 < int(name) <= len(file.channels) for name in spillover.detectors):
        names = tuple(file.channels[int(name) - 1] for name in spillover.detectors)
        return replace(spillover, detectors=names, dyes=names)
    absent = [name for name in spillover.detectors if name not in file.channels]
    raise InputError(Fault("a spillover matrix must name channels of the file", ", ".join(absent), file.name,
                           f"The file has {', '.join(file.channels)}."))  # fmt: skip


def compensate(file: FlowFile, spillover: Spillover) -> NDArray[np.float32]:
    """Dye abundances, shape (n_dyes, n_events): detectors undone by the spillover, events @ S^-1.

    Sums in double precision, block by block so that nothing but the result is ever held whole.

    Raises
    ------
    InputError
        If the file lacks a detector of the matrix.
    """
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


@dataclass(frozen=True)
class CompensationCheck:
    """Whether a file was compensated as it should be.

    Parameters
    ----------
    status : str
        ``applied``, ``suspected double``, ``already compensated``, ``missing`` or ``not needed``.
    worst_pair : str
        Dye and detector that show it most.
    residual : float
        Median over bright events of (detector − S·dye)/dye in `worst_pair`: far below zero means double.
    reason : str
        In words.
    """

    status: Status
    worst_pair: str
    residual: float
    reason: str


def check_compensation(
    file: FlowFile, spillover: Spillover | None, *, least_spill: float = 0.05, tolerance: float = 0.5
) -> CompensationCheck:
    """Detect missing and double compensation from the events themselves.

    Light can only add: among events that are bright in a dye, the raw signal of a detector into which it
    spills by s is at least about s times the dye. Where the lower quartile of that ratio falls short of
    (1 − `tolerance`)·s in more than half of the pairs with s ≥ `least_spill`, the spillover had been removed
    before, and removing it again bends populations downward.

    Parameters
    ----------
    file : FlowFile
        Raw events.
    spillover : Spillover or None
        The matrix to be applied.
    least_spill : float
        Smallest coefficient that is looked at.
    tolerance : float
        Share of the expected spill that may be missing.
    """
    if spillover is None:
        return _without_matrix(file)
    if any(channel.startswith(("Comp-", "<")) for channel in file.channels):
        return CompensationCheck("suspected double", "", 0.0, "channel names say that values are compensated")
    if spillover.matrix.shape[0] != spillover.matrix.shape[1] or spillover.inverted:
        return CompensationCheck("applied", "", 0.0, "spectral unmixing")
    raw = file.events[[file.row(d) for d in spillover.detectors]]
    pairs = [
        (short, f"{spillover.dyes[i]} into {spillover.detectors[j]}")
        for i, j in zip(*np.nonzero(spillover.matrix >= least_spill), strict=True)
        if i != j and (short := _shortfall(raw[i], raw[j], spillover.matrix[i, j])) is not None
    ]
    if not pairs:
        return CompensationCheck("applied", "", 0.0, "no bright event in a spilling dye to judge by")
    worst, pair = min(pairs)
    doubled = np.mean([short < -tolerance for short, _ in pairs]) > 0.5
    reason = (
        "spill expected from the matrix is absent from the raw values"
        if doubled
        else "spill is as the matrix says"
    )
    return CompensationCheck("suspected double" if doubled else "applied", pair, float(worst), reason)


def _without_matrix(file: FlowFile) -> CompensationCheck:
    colours = [c for c in file.channels if not c.upper().startswith(("FSC", "SSC", "TIME"))]
    if len(colours) < 2:
        return CompensationCheck("not needed", "", 0.0, "fewer than two fluorescence channels")
    if any(channel.startswith(("Comp-", "<")) for channel in file.channels):
        return CompensationCheck(
            "already compensated", "", 0.0, "channel names say so, and no matrix is given"
        )
    return CompensationCheck(
        "missing", "", 0.0, f"no spillover keyword and no matrix for {len(colours)} colours"
    )


def _shortfall(dye: NDArray[np.float32], detector: NDArray[np.float32], spill: float) -> float | None:
    """Lower quartile of the spill found among bright events, relative to what the matrix says, minus 1."""
    bright = dye > max(float(np.percentile(dye, 98)), 5000.0)
    if bright.sum() < 30:
        return None
    return float(np.percentile(detector[bright] / dye[bright], 25) / spill - 1)
