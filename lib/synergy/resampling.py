"""Resampling whole experiments, so that wells of one plate are never taken for independent."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations_with_replacement
from math import comb, factorial, prod

import numpy as np
from numpy.typing import NDArray

from lib import stats

Array = NDArray[np.float64]
FEWEST_UNITS = 3
MOST_ENUMERATED = 500
"""Up to this many distinct resamples all are taken, with their probabilities: no Monte-Carlo error."""


@dataclass(frozen=True)
class Draws:
    """Resamples of units.

    Parameters
    ----------
    weights : ndarray, shape (n_draws, n_units)
        How often each unit occurs in a draw; rows sum to n_units.
    probability : ndarray, shape (n_draws,)
        Sums to 1.
    exact : bool
        Whether every possible resample is there.
    """

    weights: Array
    probability: Array
    exact: bool

    @property
    def n_units(self) -> int:
        """Number of units that each draw holds."""
        found: int = self.weights.shape[1]
        return found


def draw_units(n_units: int, *, n_draws: int = 1000, seed: int = 1) -> Draws:
    """Resamples of `n_units` units with replacement: all of them where they are few, else at random."""
    if comb(2 * n_units - 1, n_units) <= MOST_ENUMERATED:
        return _enumerate(n_units)
    weights = np.random.default_rng(seed).multinomial(n_units, np.full(n_units, 1 / n_units), size=n_draws)
    return Draws(weights.astype(float), np.full(n_draws, 1 / n_draws), False)


def _enumerate(n_units: int) -> Draws:
    samples = combinations_with_replacement(range(n_units), n_units)
    weights = np.array([np.bincount(sample, minlength=n_units) for sample in samples], dtype=float)
    ways = np.array([factorial(n_units) / prod(factorial(int(c)) for c in row) for row in weights])
    return Draws(weights, ways / ways.sum(), True)


def estimate_interval(
    estimate: float, resampled: Array, draws: Draws, *, confidence: float = 0.95
) -> tuple[float, float]:
    """Interval estimate ± t(n − 1) · SE, with SE the bootstrap standard error times √(n/(n − 1)).

    For a mean over units this is Student's interval exactly; the percentile interval of three or four units
    would be much too short. Draws without a value (NaN) are left out.

    Parameters
    ----------
    estimate : float
        From all units.
    resampled : ndarray, shape (n_draws,)
        The same quantity from each draw.
    draws : Draws
    confidence : float

    Returns
    -------
    tuple of float
        NaN, NaN with fewer than three units.
    """
    n, there = draws.n_units, np.isfinite(resampled)
    if n < FEWEST_UNITS or not np.isfinite(estimate) or draws.probability[there].sum() < 0.5:
        return np.nan, np.nan
    weight = draws.probability[there] / draws.probability[there].sum()
    variance = weight @ (resampled[there] - weight @ resampled[there]) ** 2
    low, high = stats.t.interval(confidence, n - 1, estimate, np.sqrt(variance * n / (n - 1)))
    return float(low), float(high)


def name_method(draws: Draws, why: str = "") -> str:
    """How an interval was made, with the Monte-Carlo error (SE) of its width, or `why` there is none, in
    words."""
    n = draws.n_units
    if n < FEWEST_UNITS:
        return f"none: {why or f'{n} of at least {FEWEST_UNITS} experiments'}"
    how = (
        f"all {len(draws.probability)} resamples"
        if draws.exact
        else (
            f"{len(draws.probability)} random resamples, width ±"
            f" {100 / np.sqrt(2 * len(draws.probability)):.1f} %"
        )
    )
    return f"bootstrap over {n} experiments ({how}), t({n - 1})"
