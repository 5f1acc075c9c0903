"""Telling from the events whether a file was compensated as it should be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lib.cytometry.compensation import Spillover
from lib.cytometry.fcs import FlowFile
from lib.cytometry.names import is_colour, is_compensated_name

Status = Literal[
    "applied", "suspected double", "already compensated", "missing", "not needed", "none asked for"
]


@dataclass(frozen=True)
class CompensationCheck:
    """Whether a file was compensated as it should be.

    Parameters
    ----------
    status : str
        ``applied``, ``suspected double``, ``already compensated``, ``missing``, ``not needed`` or
        ``none asked for``.
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
    file: FlowFile, spillover: Spillover, *, least_spill: float = 0.05, tolerance: float = 0.5
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
    spillover : Spillover
        The matrix to be applied, or why there is none.
    least_spill : float
        Smallest coefficient that is looked at.
    tolerance : float
        Share of the expected spill that may be missing.
    """
    if not spillover.dyes:
        return _without_matrix(file, spillover)
    if any(map(is_compensated_name, spillover.detectors)):
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


def _without_matrix(file: FlowFile, spillover: Spillover) -> CompensationCheck:
    if spillover.lack in ("none asked for", "already compensated"):
        return CompensationCheck(spillover.lack, "", 0.0, spillover.source)
    colours = [channel for channel in file.channels if is_colour(channel)]
    if len(colours) < 2:
        return CompensationCheck("not needed", "", 0.0, "fewer than two fluorescence channels")
    if any(map(is_compensated_name, colours)):
        return CompensationCheck(
            "already compensated", "", 0.0, "channel names say so, and no matrix is given"
        )
    return CompensationCheck("missing", "", 0.0, f"{spillover.source}: no matrix for {len(colours)} colours")


def _shortfall(dye: NDArray[np.float32], detector: NDArray[np.float32], spill: float) -> float | None:
    """Lower quartile of the spill found among bright events, relative to what the matrix says, minus 1."""
    bright = dye > max(float(np.percentile(dye, 98)), 5000.0)
    if bright.sum() < 30:
        return None
    return float(np.percentile(detector[bright] / dye[bright], 25) / spill - 1)
