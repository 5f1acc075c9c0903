"""Turnover by least squares over a whole profile: optimum and interval of the half-life, found globally."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lib import stats
from lib.engagement.kinetics import LEAST_REMAINING, Array, Design
from lib.least_squares import ITERATIONS, polish

LN_K, IMAX, LN_IC50 = range(3)
GRID_HALF_LIVES, GRID_IC50S = 49, 15
GRID_IMAX = np.array([0.05, 0.2, 0.4, 0.6, 0.75, 0.87, 0.95, 0.99])
BEYOND_TIMES, BEYOND_DOSES = 20.0, 100.0
"""Half-lives are searched from a twentieth of the shortest time span to twenty times the longest."""
COARSE = 12
"""Iterations on the grid, from which searches start again."""
LONGEST_STEP = np.array([1.0, 0.3, 1.0])


@dataclass(frozen=True)
class Optimum:
    """Least squares of turnover: ``theta`` (ln k, maximal inhibition, ln IC50) and the bounds of ln k.

    ``low`` and ``high`` are infinite where the profile stays open, NaN where no interval is made. ``rss`` is
    the whitened residual sum of squares; ``p_no_effect`` that of the F test of all three parameters against
    no change. ``inflation`` is the variance of ln k as experiments show it over that which lanes show.
    """

    theta: Array
    low: float
    high: float
    rss: float
    p_no_effect: float
    inflation: float


def profile_turnover(design: Design, change: Array, *, confidence: float = 0.95, fewest: int = 3) -> Optimum:
    """Global optimum, and the interval of ln k by profile likelihood.

    For each ln k of a grid that spans all half-lives the design could show, the other two parameters are
    optimised from the best point of a grid of their own and from the neighbours' optima, so that no local
    optimum cuts the profile short. The bounds are the outermost ln k with

        RSS(ln k) <= RSS_min (1 + q / (n - 3)),  q = max(F(1, n - 3), v F(1, m - 1))

    where m experiments show v times the variance of ln k that lanes show (each experiment's pull on ln k, as
    in a cluster-robust variance): where experiments disagree by more than their lanes do, they are n. Where
    no change is found at the interval's level, there is nothing to make one of.

    Parameters
    ----------
    design : Design
    change : ndarray, shape (n_points,)
        Log2 changes against vehicle; more than three.
    fewest : int
        Experiments below which no interval is made.

    References
    ----------
    Venzon DJ, Moolgavkar SH (1988) Appl Stat 37:87–94; Liang KY, Zeger SL (1986) Biometrika 73:13–22.
    """
    problem = Problem(design, design.whiten @ change)
    grid, cost, theta = problem.trace()
    best = problem.descend(theta[_local_minima(cost)])
    rss, spare, m = problem.cost(best), len(change) - 3, design.n_experiments
    gain = float(problem.y @ problem.y) - rss
    p = float(stats.f.sf(gain / 3 / (rss / spare), 3, spare)) if rss > 0 else 0.0
    if m < fewest or p >= 1 - confidence:
        return Optimum(best, np.nan, np.nan, rss, p, np.nan)
    inflation = problem.inflation(best, rss / spare)
    q = max(stats.f.ppf(confidence, 1, spare), inflation * stats.f.ppf(confidence, 1, m - 1))
    limit = rss * (1 + q / spare)
    low, high = (problem.cross(best, (grid, cost, theta), limit, side) for side in (-1, 1))
    return Optimum(best, low, high, rss, p, inflation)


def search_bounds(design: Design) -> tuple[Array, Array]:
    """Lowest and highest ln k, maximal inhibition and ln IC50 that are searched, (3,) each."""
    spans = np.concatenate([design.exposed_h, design.since_h])
    spans = spans[spans > 0]
    ln_k = np.log(np.log(2) / np.array([spans.max() * BEYOND_TIMES, spans.min() / BEYOND_TIMES]))
    ln_dose = np.log([design.dose_uM.min() / BEYOND_DOSES, design.dose_uM.max() * BEYOND_DOSES])
    return np.array([ln_k[0], 0.0, ln_dose[0]]), np.array([ln_k[1], 1.0, ln_dose[1]])


def _local_minima(cost: Array) -> NDArray[np.intp]:
    padded = np.concatenate([[np.inf], cost, [np.inf]])
    return np.flatnonzero((cost <= padded[:-2]) & (cost <= padded[2:]))


class Problem:
    """Whitened changes `y` (n_points,) of one readout under its design."""

    def __init__(self, design: Design, y: Array) -> None:
        self.design, self.y = design, y
        self.low, self.high = search_bounds(design)

    def residual(self, theta: Array) -> tuple[Array, Array]:
        """Whitened residuals (..., n) and their derivatives (..., n, 3)."""
        predicted, slopes = self.design.predict(theta)
        return self.y - predicted @ self.design.whiten.T, -(self.design.whiten @ slopes)

    def cost(self, theta: Array) -> float:
        """Residual sum of squares at one theta (3,)."""
        return float((self.residual(theta)[0] ** 2).sum())

    def trace(self) -> tuple[Array, Array, Array]:
        """Grid of ln k, and at each the least cost with the theta that has it."""
        ln_k = np.linspace(self.low[LN_K], self.high[LN_K], GRID_HALF_LIVES)
        cost, theta = self.polish(self._best_of(ln_k), held=True, iterations=COARSE)
        for shift in (1, -1):  # a neighbour's optimum may lead to a better one
            moved = np.roll(theta, shift, axis=0)
            moved[:, LN_K] = ln_k
            other, found = self.polish(moved, held=True, iterations=COARSE)
            theta = np.where((other < cost)[:, None], found, theta)
            cost = np.minimum(cost, other)
        return ln_k, cost, theta

    def _best_of(self, ln_k: Array) -> Array:
        """At each ln k the best theta (n_k, 3) of a grid over the other two."""
        ln_ic50 = np.linspace(self.low[LN_IC50], self.high[LN_IC50], GRID_IC50S)
        effect = (GRID_IMAX[:, None, None] * self.design.occupied(ln_ic50)).reshape(-1, len(self.y))
        left = 1 - effect * np.multiply(*self.design.fall(ln_k))[:, None]
        predicted = np.log2(np.maximum(left, LEAST_REMAINING))
        cost = ((self.y - predicted @ self.design.whiten.T) ** 2).sum(-1)
        imax, ic50 = np.divmod(cost.argmin(1), len(ln_ic50))
        return np.column_stack([ln_k, GRID_IMAX[imax], ln_ic50[ic50]])

    def polish(self, theta: Array, *, held: bool, iterations: int = ITERATIONS) -> tuple[Array, Array]:
        """Cost (m,) and theta (m, 3) that each start (m, 3) leads to, with ln k `held` or free."""
        return polish(
            lambda at, rows: self.residual(at),
            theta,
            (self.low, self.high),
            held=(LN_K,) if held else (),
            longest=LONGEST_STEP,
            iterations=iterations,
        )

    def descend(self, starts: Array) -> Array:
        """The best theta (3,) that is reached from any of the starts (m, 3)."""
        cost, theta = self.polish(starts, held=False)
        return np.asarray(theta[cost.argmin()])

    def inflation(self, theta: Array, variance: float) -> float:
        """Variance of ln k by the experiments' pulls over that by lanes; 0 where the data do not hold ln
        k."""
        residual, slopes = self.residual(theta)
        inside = (theta > self.low) & (theta < self.high)
        if not inside[LN_K]:
            return 0.0
        slopes = slopes[:, inside]
        inverse = np.linalg.pinv(slopes.T @ slopes)
        m = self.design.n_experiments
        by_experiment = np.zeros((m, slopes.shape[1]))
        np.add.at(by_experiment, self.design.experiment, slopes * residual[:, None])
        pulls = by_experiment @ inverse[0]
        return float(m / (m - 1) * (pulls**2).sum() / (variance * inverse[0, 0]))

    def cross(self, best: Array, traced: tuple[Array, Array, Array], limit: float, side: int) -> float:
        """The outermost ln k on one `side` of the optimum at which the profile passes the limit."""
        order = np.argsort(-side * traced[0], kind="stable")  # from outside inwards
        grid, cost, theta = (values[order] for values in traced)
        ahead = side * (grid - best[LN_K]) >= 0
        within = np.flatnonzero((cost <= limit) & ahead)
        first = int(within[0]) if len(within) else int(ahead.sum())
        if first == 0:
            return side * np.inf
        inner, from_inner = (grid[first], theta[first]) if len(within) else (best[LN_K], best)
        starts = np.stack([from_inner, theta[first - 1]])

        def excess(ln_k: float) -> float:
            starts[:, LN_K] = ln_k
            reached, starts[:] = self.polish(starts, held=True)
            return float(reached.min()) / limit - 1

        from scipy.optimize import brentq  # slow to import

        return float(brentq(excess, inner, grid[first - 1], xtol=1e-11, rtol=1e-14))
