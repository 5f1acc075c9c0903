"""ZIP as the R package synergyfinder 3 finds it: for comparison with its scores, not as an estimate.

Its curves are not least-squares optima. Each search starts at a line through the logits and runs downhill
from there; a dose of 0 enters as 10⁻¹⁰ of whatever unit the doses have, so that the start, and with it the
score, depends on that unit. Here doses are in nM, the unit of the package's own example. A search may end far
from the data: see :attr:`ReferenceZip.worst_excess_rss`. Where a search ends depends on its rounding too:
scores agree between CPUs to 1e-4 of their value, not to the last digits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lib.synergy.curves import fit_single_agents
from lib.synergy.matrix import DoseMatrix

Array = NDArray[np.float64]
ZERO_DOSE, NM_PER_UM = 1e-10, 1e3
FEWEST_WELLS = 4
ITERATIONS, DIFFERENCE, TOLERANCE = 500, 1e-3, 1e-7


class _DomainError(Exception):
    """The search stepped to an ec50 below 0."""


@dataclass(frozen=True)
class ReferenceZip:
    """ZIP score by the reference program's search.

    Parameters
    ----------
    score : float
        Mean over dose pairs, percentage points.
    excess : ndarray, shape (n_1, n_2)
        Percentage points; NaN where a compound is alone.
    singles : tuple of ndarray, shapes (n_1,) and (n_2,)
        Inhibition of each compound alone on the curves that the search ended at, fractions.
    worst_excess_rss : float
        Residual sum of squares of the worse single-agent curve over that of the least-squares optimum.
    """

    score: float
    excess: Array
    singles: tuple[Array, Array]
    worst_excess_rss: float


def score_as_synergyfinder(matrix: DoseMatrix) -> ReferenceZip:
    """ZIP score of the mean matrix by synergyfinder 3's definition and search.

    Single agents: four parameters, all free. Conditional curves: lower end fixed at the measured single
    agent, upper end free. Score: mean of the curves along either compound minus y₁ + y₂ − y₁y₂ of the fitted
    single agents.

    References
    ----------
    Zheng S et al. (2022) Genomics Proteomics Bioinformatics 20:587–596.
    """
    percent, doses = 100 * matrix.mean, (NM_PER_UM * matrix.doses_1, NM_PER_UM * matrix.doses_2)
    one, two = search_curve(doses[0], percent[:, 0]), search_curve(doses[1], percent[0])
    along_1 = np.column_stack([search_curve(doses[0], column, column[0]) for column in percent.T[1:]])
    along_2 = np.vstack([search_curve(doses[1], row, row[0]) for row in percent[1:]])
    excess = np.full(percent.shape, np.nan)
    expected = one[:, None] + two - one[:, None] * two / 100
    excess[1:, 1:] = (along_1[1:] + along_2[:, 1:]) / 2 - expected[1:, 1:]
    excess[np.isnan(percent)] = np.nan
    worst = max(_excess_rss(matrix.doses_1, percent[:, 0], one), _excess_rss(matrix.doses_2, percent[0], two))
    return ReferenceZip(float(np.nanmean(excess[1:, 1:])), excess, (one / 100, two / 100), worst)


def search_curve(doses: Array, percent: Array, lower: float | None = None) -> Array:
    """Inhibition on the curve that the search ends at, shape of `doses`; the readings where it ends nowhere.

    Parameters
    ----------
    doses, percent : ndarray, shape (n_doses,)
        nM and percent of inhibition; NaN where there is no well.
    lower : float, optional
        Lower end, if it is fixed.
    """
    there = np.isfinite(percent)
    if there.sum() < FEWEST_WELLS or np.ptp(percent[there]) == 0 or (lower is not None and np.isnan(lower)):
        return percent
    for on_log_scale in (False, True):
        found = _search(doses, percent, there, lower, on_log_scale)
        if found is not None:
            return found
    return percent


def _search(
    doses: Array, percent: Array, there: NDArray[np.bool_], lower: float | None, on_log_scale: bool
) -> Array | None:
    """From the logit line downhill, with ec50 or its logarithm as parameter; None if that leaves the
    domain."""
    logs = np.log(np.where(doses > 0, doses, ZERO_DOSE))
    start = _logit_line(logs[there], percent[there], on_log_scale)
    if start is None:
        return None
    free = np.array([True, lower is None, True, True])
    scale = np.where(np.abs(start) < 1e-4, 1.0, np.abs(start))[free]

    def curve(q: Array) -> Array:
        slope, bottom, top, place = _fill(start, free, q * scale)
        if not on_log_scale and place <= 0:
            raise _DomainError
        bottom = bottom if lower is None else lower
        steep = slope * (logs - (place if on_log_scale else np.log(place)))
        return np.asarray(bottom + (top - bottom) / (1 + np.exp(np.clip(steep, -700, 700))))

    def cost(q: Array) -> float:
        return float(((curve(q) - percent)[there] ** 2).sum())

    try:
        end = _descend(cost, start[free] / scale)
    except _DomainError:
        return None
    return None if end is None else curve(end)


def _logit_line(logs: Array, percent: Array, on_log_scale: bool) -> Array | None:
    """Start values slope, bottom, top, place; on the log scale wells at log dose ≤ 0 do not count."""
    reach = np.ptp(percent) / 1000
    bottom, top = percent.min() - reach, percent.max() + reach
    used = logs > 0 if on_log_scale else np.ones(len(logs), dtype=bool)
    if used.sum() < 2:
        return None
    logits = np.log((top - percent) / (percent - bottom))
    slope, intercept = np.polyfit(logs[used], logits[used], 1)
    if abs(slope) < 1e-12:
        return None
    place = -intercept / slope
    if not on_log_scale and place > 700:
        return None
    return np.array([slope, bottom, top, place if on_log_scale else np.exp(place)])


def _fill(values: Array, free: NDArray[np.bool_], part: Array) -> Array:
    filled = values.copy()
    filled[free] = part
    return filled


def _descend(cost: Callable[[Array], float], q: Array) -> Array | None:
    """Quasi-Newton descent with backtracking until one step gains less than 1e-7; None if it does not end."""
    value, slope = cost(q), _slope(cost, q)
    inverse, fresh = np.eye(len(q)), True
    for _ in range(ITERATIONS):
        direction = -inverse @ slope
        step = _backtrack(cost, q, value, direction, float(direction @ slope))
        gained = value - cost(q + step)
        if gained <= TOLERANCE * (abs(value) + TOLERANCE):
            q = q + step if gained > 0 else q
            if fresh:
                return q
            value, slope, inverse, fresh = cost(q), _slope(cost, q), np.eye(len(q)), True
            continue
        q, value = q + step, value - gained
        before, slope = slope, _slope(cost, q)
        change = slope - before
        curvature = float(step @ change)
        fresh = curvature <= 0
        inverse = np.eye(len(q)) if fresh else _update(inverse, step, change, curvature)
    return None


def _slope(cost: Callable[[Array], float], q: Array) -> Array:
    return np.array([(cost(q + h) - cost(q - h)) / (2 * DIFFERENCE) for h in DIFFERENCE * np.eye(len(q))])


def _backtrack(
    cost: Callable[[Array], float], q: Array, value: float, direction: Array, fall: float
) -> Array:
    """The longest of 1, 0.2, 0.04, … steps that lowers the cost enough; zero if none does."""
    for length in 0.2 ** np.arange(18) if fall < 0 else ():
        reached = cost(q + length * direction)
        if np.isfinite(reached) and reached <= value + 1e-4 * length * fall:
            return np.asarray(length * direction)
    return np.zeros_like(q)


def _update(inverse: Array, step: Array, change: Array, curvature: float) -> Array:
    """Broyden, Fletcher, Goldfarb and Shanno's inverse Hessian."""
    moved = inverse @ change
    growth = (1 + change @ moved / curvature) * np.outer(step, step) / curvature
    return np.asarray(inverse + growth - (np.outer(step, moved) + np.outer(moved, step)) / curvature)


def _excess_rss(doses_uM: Array, percent: Array, found: Array) -> float:
    """How many times the optimum's residual sum of squares a search ended at."""
    there = np.isfinite(percent)
    best = 100 * fit_single_agents(doses_uM, percent[None] / 100).predict(doses_uM)[0]
    rss, least = (float(((curve - percent)[there] ** 2).sum()) for curve in (found, best))
    return rss / max(least, 1e-9)
