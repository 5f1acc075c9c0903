"""Normal models of logs of which some are known only to lie below or above a limit (Tobit)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special, stats

Array = NDArray[np.float64]
HALF_LOG_TWO_PI = float(np.log(2 * np.pi) / 2)
NODES, WEIGHTS = np.polynomial.legendre.leggauss(24)
STEP, WEAK_PRIOR = 1e-5, 0.0005
FEWEST_PAIRS, FEWEST_OBSERVED = 4, 3


@dataclass(frozen=True)
class PairedChange:
    """Mean paired change on the log2 scale.

    Parameters
    ----------
    change, low, high : float
        NaN where not estimable; a bound alone is NaN where the likelihood leaves it open.
    p_value : float
    n_pairs, n_censored : int
        Pairs; pairs with a censored value.
    method : str
        What was done, or why nothing.
    """

    change: float
    low: float
    high: float
    p_value: float
    n_pairs: int
    n_censored: int
    method: str


def fit_paired_change(
    before: Array, after: Array, censored_before: Array, censored_after: Array, *, confidence: float = 0.95
) -> PairedChange:
    """Mean change of pairs of which either value may be censored.

    Bivariate normal likelihood with means μ and μ + δ, an SD each and a correlation: densities, conditional
    and joint probabilities as each pair is observed or censored. Interval and p-value from the profile
    likelihood of δ, calibrated so that without censoring they are Student's paired t exactly:
    t² = (n − 1)(exp(LR/n) − 1).

    Assumptions: log-normal concentrations, pairs independent, and censoring by fixed limits.

    Parameters
    ----------
    before, after : ndarray, shape (n,)
        log2 concentrations, or the limit.
    censored_before, censored_after : ndarray of -1, 0, 1, shape (n,)
        −1 below the limit, 1 above it.
    confidence : float
    """
    y = np.column_stack([before, after]).astype(float)
    side = np.column_stack([censored_before, censored_after]).astype(int)
    n, n_censored = len(y), int((side != 0).any(1).sum())
    if n < FEWEST_PAIRS:
        return PairedChange(
            np.nan, np.nan, np.nan, np.nan, n, n_censored, f"none: {n} pairs, at least {FEWEST_PAIRS} needed"
        )
    if (side == 0).sum(0).min() < FEWEST_OBSERVED:
        why = f"none: fewer than {FEWEST_OBSERVED} values within range at a time point"
        return PairedChange(np.nan, np.nan, np.nan, np.nan, n, n_censored, why)
    if not n_censored:
        return _student(y[:, 1] - y[:, 0], confidence)
    return _Profile(y, side).change(confidence)


def _student(difference: Array, confidence: float) -> PairedChange:
    n, mean = len(difference), float(difference.mean())
    if not stats.sem(difference) > 0:  # equal changes tell nothing of how far the mean may be off
        return PairedChange(mean, np.nan, np.nan, np.nan, n, 0, "no interval: all changes are equal")
    found = stats.ttest_1samp(difference, 0.0)
    low, high = map(float, found.confidence_interval(confidence))
    return PairedChange(mean, low, high, float(found.pvalue), n, 0, "paired t (nothing censored)")


class _Profile:
    """Likelihood of δ with the other four parameters maximised away."""

    def __init__(self, y: Array, side: Array) -> None:
        self.y, self.side, self.n = y, side, len(y)
        self.sds = np.maximum(y.std(0, ddof=1), 0.05)

    def costs(self, p: Array) -> Array:
        """Minus log likelihoods of parameter vectors (k, 5): δ, μ, log SD before, log SD after, atanh ρ."""
        delta, mean, turn = p[:, 0], p[:, 1], p[:, 4]
        centre = np.stack([mean, mean + delta], axis=-1)[:, None, :]
        z = (self.y - centre) * np.exp(-p[:, None, 2:4])
        logs = log_likelihood(z, self.side, 0.9999 * np.tanh(turn), p[:, 2:4])
        found: Array = -logs.sum(1) + WEAK_PRIOR * turn**2
        return found

    def minimise(self, start: Array, fixed_delta: bool) -> tuple[float, Array]:
        """Smallest cost and where, by BFGS with all differences of a gradient in one evaluation."""
        steps = STEP * np.eye(5)[1:] if fixed_delta else STEP * np.eye(5)

        def with_gradient(free: Array) -> tuple[float, Array]:
            p = np.append(start[0], free) if fixed_delta else free
            costs = self.costs(np.vstack([p, p + steps, p - steps]))
            return float(costs[0]), (costs[1 : len(steps) + 1] - costs[len(steps) + 1 :]) / (2 * STEP)

        found = optimize.minimize(
            with_gradient,
            start[1:] if fixed_delta else start,
            jac=True,
            method="BFGS",
            options={"gtol": 1e-5},
        )
        return float(found.fun), np.append(start[0], found.x) if fixed_delta else found.x

    def best(self, delta: float, nuisance: Array) -> float:
        """Smallest cost at a given δ."""
        return self.minimise(np.append(delta, nuisance), fixed_delta=True)[0]

    def change(self, confidence: float) -> PairedChange:
        """Estimate, bounds and p-value."""
        guess = np.array([(self.y[:, 1] - self.y[:, 0]).mean(), self.y[:, 0].mean(), *np.log(self.sds), 0.5])
        top, found = self.minimise(guess, fixed_delta=False)
        delta, nuisance = float(found[0]), found[1:]
        spread = self.sds.max() * 2 / np.sqrt(self.n)
        threshold = self.n / 2 * np.log1p(stats.t.ppf((1 + confidence) / 2, self.n - 1) ** 2 / (self.n - 1))
        low, high = (self._bound(delta, nuisance, top, top + threshold, sign * spread) for sign in (-1, 1))
        ratio = 2 * max(self.best(0.0, nuisance) - top, 0.0)
        t = np.sqrt((self.n - 1) * np.expm1(min(ratio / self.n, 50.0)))
        n_censored = int((self.side != 0).any(1).sum())
        return PairedChange(
            delta,
            low,
            high,
            float(2 * stats.t.sf(t, self.n - 1)),
            self.n,
            n_censored,
            "bivariate Tobit, profile likelihood",
        )

    def _excess(self, delta: float, start: Array, top: float, level: float) -> float:
        """Signed root of the likelihood ratio over its threshold: nearly straight in δ, so quick to solve."""
        return float(np.sqrt(max(self.best(delta, start) - top, 0.0)) - np.sqrt(level - top))

    def _bound(self, delta: float, nuisance: Array, top: float, level: float, step: float) -> float:
        """Where the profile reaches `level`; NaN if it does not within 40 SE."""
        inner = delta
        for _ in range(12):
            outer = inner + step
            if self._excess(outer, nuisance, top, level) > 0:
                return float(
                    optimize.brentq(self._excess, inner, outer, args=(nuisance, top, level), xtol=1e-3)
                )
            inner, step = outer, 1.5 * step
        return np.nan


def log_likelihood(z: Array, side: Array, rho: Array, log_sd: Array) -> Array:
    """Per pair: density, density times conditional probability, or joint probability.

    Parameters
    ----------
    z : ndarray, shape (k, n, 2)
        Standardised values or limits, under k parameter vectors.
    side : ndarray of -1, 0, 1, shape (n, 2)
    rho, log_sd : ndarray, shapes (k,) and (k, 2)

    Returns
    -------
    ndarray, shape (k, n)
    """
    rho, root = rho[:, None], np.sqrt(1 - rho**2)[:, None]
    seen = side == 0
    both, none = seen.all(1), ~seen.any(1)
    result = np.empty(z.shape[:2])
    a, b = z[:, both, 0], z[:, both, 1]
    result[:, both] = (
        -2 * HALF_LOG_TWO_PI
        - np.log(root)
        - log_sd.sum(1)[:, None]
        - (a**2 - 2 * rho * a * b + b**2) / (2 * root**2)
    )
    for first in (0, 1):
        rows = seen[:, first] & ~seen[:, 1 - first]
        known, limit, sign = z[:, rows, first], z[:, rows, 1 - first], side[rows, 1 - first]
        density = -(known**2) / 2 - HALF_LOG_TWO_PI - log_sd[:, first, None]
        result[:, rows] = density + special.log_ndtr(-sign * (limit - rho * known) / root)
    if none.any():
        a, b = -side[none, 0] * z[:, none, 0], -side[none, 1] * z[:, none, 1]
        joint = bivariate_normal_cdf(a, b, rho * side[none, 0] * side[none, 1])
        result[:, none] = np.log(np.maximum(joint, 1e-300))
    return result


def bivariate_normal_cdf(a: Array, b: Array, rho: Array) -> Array:
    """P(X ≤ a, Y ≤ b) for standard normals of correlation rho, by Plackett's integral over the angle."""
    a, b, rho = np.broadcast_arrays(a, b, rho)
    angle = np.arcsin(rho)[..., None] * (NODES + 1) / 2
    products = a[..., None] ** 2 + b[..., None] ** 2 - 2 * (a * b)[..., None] * np.sin(angle)
    integral = np.exp(-products / (2 * np.cos(angle) ** 2)) @ WEIGHTS
    found: Array = special.ndtr(a) * special.ndtr(b) + np.arcsin(rho) / 2 * integral / (2 * np.pi)
    return found
