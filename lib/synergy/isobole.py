"""Isoboles and the combination index: doses of the pair that reach an effect, against doses of each alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.errors import Fault, InputError
from lib.result import Result
from lib.synergy.curves import HillCurves, fit_single_agents
from lib.synergy.interaction import conditional_curves
from lib.synergy.matrix import PAIR, DoseMatrix, resample_experiments
from lib.synergy.quality import rate_number
from lib.synergy.resampling import estimate_interval

Array = NDArray[np.float64]
ROUNDING = 1e-9
BELOW = "below the lowest tested dose"


@dataclass(frozen=True)
class CombinationIndex:
    """Isobole of one pair at one effect level.

    Parameters
    ----------
    matrix : DoseMatrix
    effect : float
        Inhibition as a fraction.
    alone_1_uM, alone_2_uM : float
        Doses of each compound alone that reach the effect; NaN where none tested does.
    doses_1, doses_2 : ndarray, shape (n_points,)
        Dose pairs on the isobole, µM.
    index, low, high : float
        Geometric mean over the points of x₁/D₁ + x₂/D₂; below 1 = synergy. NaN if the effect is not reached.
    status : str
        "ok", or what is not reached.
    """

    matrix: DoseMatrix
    effect: float
    alone_1_uM: float
    alone_2_uM: float
    doses_1: Array
    doses_2: Array
    index: float
    low: float
    high: float
    status: str

    def to_frame(self) -> pd.DataFrame:
        """One row, as ``tables/combination_index.csv``."""
        line, one, two = self.matrix.name
        row = {
            "cell_line": line,
            "compound_1": one,
            "compound_2": two,
            "effect_percent": 100 * self.effect,
            "dose_1_alone_uM": self.alone_1_uM,
            "dose_2_alone_uM": self.alone_2_uM,
            "n_points": len(self.doses_1),
            "combination_index": self.index,
            "low": self.low,
            "high": self.high,
            "status": self.status,
            **self._rate(),
        }
        return pd.DataFrame([row])

    def _rate(self) -> dict[str, str]:
        """Without an index or an interval it cannot be judged; with a term of 0 it is a lower limit."""
        if np.isnan(self.index):
            return rate_number(self.matrix, self.status)
        cautions = [self.status] if self.status != "ok" else []
        lacking = "" if np.isfinite(self.low) else self.matrix.why or "too few resamples reach the effect"
        return rate_number(self.matrix, lacking, cautions)


@dataclass(frozen=True, repr=False, eq=False)
class Isoboles(Result):
    """Combination indices of all pairs, a row a pair and effect, as ``tables/combination_index.csv``.

    ``isoboles`` holds each with its dose pairs, in the order of the rows.
    """

    isoboles: tuple[CombinationIndex, ...] = ()

    ALIGNED = ("isoboles",)
    COLUMNS = (
        *PAIR,
        "effect_percent",
        "dose_1_alone_uM",
        "dose_2_alone_uM",
        "n_points",
        "combination_index",
        "low",
        "high",
        "status",
        "quality",
        "reasons",
    )


def estimate_isoboles(
    matrices: Sequence[DoseMatrix],
    *,
    effects: Sequence[float] = (0.25, 0.5, 0.75),
    n_draws: int = 1000,
    seed: int = 1,
    confidence: float = 0.95,
) -> Isoboles:
    """Combination indices of every matrix at every effect; see `estimate_combination_index`."""
    found = [
        index
        for matrix in matrices
        for index in estimate_combination_index(
            matrix, effects=effects, n_draws=n_draws, seed=seed, confidence=confidence
        )
    ]
    rows = [index.to_frame() for index in found]
    frame = pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=list(Isoboles.COLUMNS))
    return Isoboles(frame, {"confidence": confidence, "effects": list(effects)}, tuple(found))


def estimate_combination_index(
    matrix: DoseMatrix,
    *,
    effects: Sequence[float] = (0.25, 0.5, 0.75),
    n_draws: int = 1000,
    seed: int = 1,
    confidence: float = 0.95,
) -> list[CombinationIndex]:
    """Combination index CI = x₁/D₁(e) + x₂/D₂(e) at stated effects, geometric mean over the isobole.

    Points of the isobole are read from the curves of one compound at each fixed dose of the other, within the
    tested doses only: from the lowest to the highest. Where one compound alone reaches the effect below its
    lowest tested dose, its D is unknown and there is no index. Where one compound alone does not reach the
    effect within the tested doses, its D is infinite and its term 0: the index then says how much less of the
    other is needed.

    Parameters
    ----------
    matrix : DoseMatrix
    effects : sequence of float
        Inhibition as fractions in (0, 1).
    n_draws, seed, confidence
        As in :func:`lib.synergy.estimate_synergy`; the interval is made on the log scale.

    References
    ----------
    Chou TC, Talalay P (1984) Adv Enzyme Regul 22:27–55.
    """
    draws, inhibition = resample_experiments(matrix, n_draws=n_draws, seed=seed)
    one, two = (
        fit_single_agents(matrix.doses_1, inhibition[:, :, 0]),
        fit_single_agents(matrix.doses_2, inhibition[:, 0, :]),
    )
    along = _conditionals(inhibition, one, two, matrix)
    results = []
    for effect in effects:
        d1, d2 = _alone(one, effect, matrix.doses_1), _alone(two, effect, matrix.doses_2)
        x1, x2 = _isobole(along, matrix, effect)
        there = np.isfinite(x1[0])  # every resample is averaged over the points of the estimate
        logs = _mean_log((x1 / d1[:, None] + x2 / d2[:, None])[:, there])
        low, high = estimate_interval(float(logs[0]), logs[1:], draws, confidence=confidence)
        index, low, high = (float(np.exp(v)) for v in (logs[0], low, high))
        if not matrix.fits_curves:
            index, low, high, there, d1, d2 = (
                np.nan,
                np.nan,
                np.nan,
                np.zeros_like(there),
                d1 * np.nan,
                d2 * np.nan,
            )
        status = _status(matrix, d1[0], d2[0], int(there.sum()), effect)
        alone = [float(d) if np.isfinite(d) else np.nan for d in (d1[0], d2[0])]
        results.append(
            CombinationIndex(
                matrix, effect, alone[0], alone[1], x1[0, there], x2[0, there], index, low, high, status
            )
        )
    return results


def check_effects(effects: Sequence[float]) -> None:
    """Refuse effect levels outside (0, 1).

    Raises
    ------
    InputError
    """
    outside = [e for e in effects if not 0 < e < 1]
    if outside or not effects:
        given = ", ".join(f"{e:g}" for e in outside) or "none"
        raise InputError(
            Fault("effects must be fractions above 0 and below 1", value=given, remedy="Write 0.5 for 50 %.")
        )


def _alone(curves: HillCurves, effect: float, doses: Array) -> Array:
    """Dose of one compound that reaches the effect, (n_draws,): infinite beyond the highest tested one, else
    located."""
    dose = curves.doses_at(np.full(len(curves.hill), effect))
    return np.where(dose <= doses.max(), _locate(dose, doses), np.inf)


def _locate(dose: Array, doses: Array) -> Array:
    """`dose` (n_draws, ...) where the first row lies at or above the lowest tested one, else NaN.

    Between no dose and the lowest there is nothing to read a dose from. Resamples, which only say how far a
    dose that was located scatters, end at the lowest.
    """
    lowest = doses[doses > 0].min()
    located = dose[:1] >= lowest * (1 - ROUNDING)
    return np.where(located, np.maximum(dose, lowest), np.nan)


def _conditionals(
    inhibition: Array, one: HillCurves, two: HillCurves, matrix: DoseMatrix
) -> tuple[HillCurves, HillCurves]:
    """Curves of either compound at each fixed dose of the other."""
    d1, d2 = matrix.doses_1, matrix.doses_2
    along_1 = conditional_curves(np.swapaxes(inhibition, 1, 2), two.predict(d2), d1)
    return along_1, conditional_curves(inhibition, one.predict(d1), d2)


def _isobole(along: tuple[HillCurves, HillCurves], matrix: DoseMatrix, effect: float) -> tuple[Array, Array]:
    """Dose pairs that reach the effect, (n_draws, n_points) each; NaN where a curve does not cross it."""
    d1, d2 = matrix.doses_1, matrix.doses_2
    x1 = _crossing(along[0], effect, d1, len(d2) - 1)
    x2 = _crossing(along[1], effect, d2, len(d1) - 1)
    fixed_2, fixed_1 = np.broadcast_to(d2[1:], x1.shape), np.broadcast_to(d1[1:], x2.shape)
    ones, twos = (
        np.hstack([x1, np.where(np.isfinite(x2), fixed_1, np.nan)]),
        np.hstack([np.where(np.isfinite(x1), fixed_2, np.nan), x2]),
    )
    return ones, twos


def _crossing(curves: HillCurves, effect: float, doses: Array, n_fixed: int) -> Array:
    dose = curves.doses_at(np.full(len(curves.hill), effect)).reshape(-1, n_fixed)
    return np.where(dose <= doses.max(), _locate(dose, doses), np.nan)


def _mean_log(index: Array) -> Array:
    """Mean of log index over the points a draw has, (n_draws,); NaN without points or with an index of 0."""
    there = np.isfinite(index) & (index > 0)
    logs = np.log(np.where(there, index, 1.0))
    count = there.sum(1)
    found: Array = np.divide(logs.sum(1), count, out=np.full(len(index), np.nan), where=count > 0)
    return found


def _status(matrix: DoseMatrix, d1: float, d2: float, n_points: int, effect: float) -> str:
    if not matrix.fits_curves:
        return "fewer than three doses of a compound alone: no curve to read"
    percent = f"{100 * effect:g} %"
    early = [name for name, d in ((matrix.compound_1, d1), (matrix.compound_2, d2)) if np.isnan(d)]
    if early:
        return f"{percent} reached {BELOW} {' and '.join(f'by {name} alone' for name in early)}: no index"
    silent = [name for name, d in ((matrix.compound_1, d1), (matrix.compound_2, d2)) if np.isinf(d)]
    if len(silent) == 2:
        pair = "only the combination reaches it" if n_points else "nor by the combination"
        return f"{percent} not reached by either compound alone; {pair}"
    if n_points == 0:
        return f"no tested combination crosses {percent} below the single agents"
    return f"{percent} not reached by {silent[0]} alone: its term is 0" if silent else "ok"
