"""MuSyC: a surface whose parameters tell synergy of efficacy (β) from synergy of potency (α)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lib.least_squares import polish
from lib.synergy.curves import HILL_BOUNDS, HillCurves

Array = NDArray[np.float64]
LOG_ALPHA_BOUND = 3.0
PRIOR_WEIGHT = 0.02
"""Each asymptote is held by a fiftieth of a well, so that one that no dose approaches stays finite."""
MOST_DECADES = 30.0
START_LOG_ALPHAS = (0.0, 1.0, -1.0)


@dataclass(frozen=True)
class MusycFit:
    """Fitted surfaces; every array has shape (n_fits,), `viability` (n_fits, n_1, n_2).

    Parameters
    ----------
    e0, e1, e2, e3 : ndarray
        Viability without compounds, at saturating compound 1, 2 and both.
    ec50_1_uM, ec50_2_uM, hill_1, hill_2 : ndarray
    alpha_12, alpha_21 : ndarray
        Fold by which compound 1 raises the potency of compound 2, and the reverse; > 1 is synergy.
    rss : ndarray
    viability, additive : ndarray
        The surface, and the same without interaction: α₁₂ = α₂₁ = 1 and e3 = min(e1, e2).
    """

    e0: Array
    e1: Array
    e2: Array
    e3: Array
    ec50_1_uM: Array
    ec50_2_uM: Array
    hill_1: Array
    hill_2: Array
    alpha_12: Array
    alpha_21: Array
    rss: Array
    viability: Array
    additive: Array

    @property
    def beta(self) -> Array:
        """Efficacy gained by the pair over the better compound, relative to what that one achieves."""
        best = np.minimum(self.e1, self.e2)
        return (best - self.e3) / np.where(np.abs(self.e0 - best) > 1e-9, self.e0 - best, np.nan)


def occupancies(doses_1: Array, doses_2: Array, theta: Array) -> Array:
    """Steady-state share of each state: untouched, by 1, by 2, by both.

    The four states form a cycle; by the Markov-chain tree theorem the weight of a state is the sum over the
    spanning trees into it, here four products of three rates. Both compounds turn over at the same rate, so
    that α₁₂ ≠ α₂₁ (no detailed balance) is defined.

    Parameters
    ----------
    doses_1, doses_2 : ndarray, shape (n_points,)
        µM.
    theta : ndarray, shape (..., 6)
        log10 ec50_1, log10 ec50_2, log10 hill_1, log10 hill_2, log10 α₁₂, log10 α₂₁.

    Returns
    -------
    ndarray, shape (..., n_points, 4)

    References
    ----------
    Meyer CT et al. (2019) Cell Syst 8:97–108; Wooten DJ et al. (2021) Nat Commun 12:4607.
    """
    weights = _weights(*(_power(exponent) for exponent in _exponents(doses_1, doses_2, theta)))
    found: Array = weights / weights.sum(-1, keepdims=True)
    return found


def _exponents(doses_1: Array, doses_2: Array, theta: Array) -> tuple[Array, Array, Array, Array]:
    """log10 of the four rates on: of 1, of 2, of 1 where 2 is bound, of 2 where 1 is; the rates off are 1."""
    c1, c2, h1, h2, a12, a21 = (theta[..., k, None] for k in range(6))
    h1, h2 = 10**h1, 10**h2
    with np.errstate(divide="ignore"):
        x1, x2 = np.log10(doses_1), np.log10(doses_2)
    return h1 * (x1 - c1), h2 * (x2 - c2), h1 * (x1 - c1 + a21), h2 * (x2 - c2 + a12)


def _power(exponent: Array) -> Array:
    found: Array = np.exp(np.log(10) * np.clip(exponent, -MOST_DECADES, MOST_DECADES)) * np.isfinite(exponent)
    return found


def _weights(on_1: Array, on_2: Array, after_1: Array, after_2: Array) -> Array:
    """Unnormalised weight of each state, (..., 4)."""
    untouched = 2 + after_2 + after_1
    by_1 = on_1 * (2 + after_1) + on_2 * after_1
    by_2 = on_2 * (2 + after_2) + on_1 * after_2
    both = on_1 * after_2 * (1 + after_1) + on_2 * after_1 * (1 + after_2)
    return np.stack([untouched, by_1, by_2, both], axis=-1)


def occupancy_slopes(doses_1: Array, doses_2: Array, theta: Array) -> tuple[Array, Array]:
    """Occupancies (..., n_points, 4), and their derivatives by `theta` (..., n_points, 4, 6)."""
    exponents = _exponents(doses_1, doses_2, theta)
    a, b, p, q = (_power(exponent) for exponent in exponents)
    weights = _weights(a, b, p, q)
    total, zero = weights.sum(-1, keepdims=True), np.zeros_like(a)
    shares = weights / total
    grown = (
        (zero, a * (2 + p), a * q, a * q * (1 + p)),
        (zero, b * p, b * (2 + q), b * p * (1 + q)),
        (p, p * (a + b), zero, p * (a * q + b * (1 + q))),
        (q, zero, q * (a + b), q * (a * (1 + p) + b * p)),
    )  # weights by the logarithm of each rate
    by_rate = np.stack([np.stack(parts, -1) for parts in grown])
    by_rate = np.log(10) * (by_rate - shares * by_rate.sum(-1, keepdims=True)) / total
    decades = np.stack(exponents)[..., None]
    inside = np.abs(decades) < MOST_DECADES  # beyond, a rate no longer changes
    by_rate = by_rate * inside
    by_1, by_2, by_after_1, by_after_2 = by_rate
    steep = np.log(10) * by_rate * np.where(inside, decades, 0.0)
    h1, h2 = (10 ** theta[..., k, None, None] for k in (2, 3))
    slopes = (
        -h1 * (by_1 + by_after_1),
        -h2 * (by_2 + by_after_2),
        steep[0] + steep[2],
        steep[1] + steep[3],
        h2 * by_after_2,
        h1 * by_after_1,
    )
    return shares, np.stack(slopes, -1)


def fit_musyc(viability: Array, one: HillCurves, two: HillCurves, doses_1: Array, doses_2: Array) -> MusycFit:
    """Fit surfaces by least squares, many at a time.

    The four asymptotes are linear and projected out; the other six parameters are fitted by
    :func:`lib.least_squares.polish` within bounds (ec50 two decades beyond the tested doses, hill 0.1 to 10,
    α 0.001 to 1000). The first matrix starts at its single-agent curves and several α; the others, resamples
    of it, at its optimum.

    Parameters
    ----------
    viability : ndarray, shape (n_fits, n_1, n_2)
        NaN where there is no well.
    one, two : HillCurves, shape (n_fits,)
        Single-agent fits, for the start.
    doses_1, doses_2 : ndarray, shapes (n_1,) and (n_2,)
        µM.
    """
    x1, x2 = (grid.ravel() for grid in np.meshgrid(doses_1, doses_2, indexing="ij"))
    y = viability.reshape(len(viability), -1)
    there = np.isfinite(y)
    problem = _Problem(x1, x2, np.where(there, y, 0.0), there, _prior(viability), _bounds(doses_1, doses_2))
    first = problem.take(slice(0, 1))
    cost, tried = first.polish(np.vstack([_start(one, two, a)[:1] for a in START_LOG_ALPHAS]))
    _, theta = problem.polish(np.tile(tried[np.argmin(cost)], (len(y), 1)))
    return _result(problem, theta, viability.shape)


def _start(one: HillCurves, two: HillCurves, log_alpha: float) -> Array:
    alphas = np.full(len(one.hill), log_alpha)
    logs = [np.log10(v) for v in (one.ec50_uM, two.ec50_uM, one.hill, two.hill)]
    return np.column_stack([*logs, alphas, alphas])


def _prior(viability: Array) -> Array:
    """What the corners of the matrix say of the asymptotes, (n_fits, 4)."""
    v = np.where(np.isfinite(viability), viability, np.nan)
    lowest = [
        np.nanmin(v[:, 1:, :1], (1, 2)),
        np.nanmin(v[:, :1, 1:], (1, 2)),
        np.nanmin(v[:, 1:, 1:], (1, 2)),
    ]
    return np.column_stack([np.ones(len(v)), *lowest])


def _bounds(doses_1: Array, doses_2: Array) -> tuple[Array, Array]:
    ends = [(np.log10(d[d > 0].min()) - 2, np.log10(d.max()) + 2) for d in (doses_1, doses_2)]
    hill = np.log10(HILL_BOUNDS)
    low = np.array([ends[0][0], ends[1][0], hill[0], hill[0], -LOG_ALPHA_BOUND, -LOG_ALPHA_BOUND])
    high = np.array([ends[0][1], ends[1][1], hill[1], hill[1], LOG_ALPHA_BOUND, LOG_ALPHA_BOUND])
    return low, high


@dataclass(frozen=True)
class _Problem:
    """Separable least squares: `theta` in, projected residuals out."""

    x1: Array
    x2: Array
    y: Array
    there: NDArray[np.bool_]
    prior: Array
    bounds: tuple[Array, Array]

    def take(self, rows: slice | NDArray[np.intp]) -> _Problem:
        """The problem of some of the fits."""
        return _Problem(self.x1, self.x2, self.y[rows], self.there[rows], self.prior[rows], self.bounds)

    def project(self, theta: Array) -> tuple[Array, Array, Array]:
        """Best asymptotes (n, 4), residuals with the prior's (n, n_points + 4), occupancies."""
        shares = occupancies(self.x1, self.x2, theta)
        return *_solve(shares * self.there[..., None], self.y, self.prior), shares

    def polish(self, theta: Array) -> tuple[Array, Array]:
        """Costs (n,) and theta (n, 6) that the starts lead to."""
        return polish(self.evaluate, theta, self.bounds)

    def evaluate(self, theta: Array, rows: NDArray[np.intp]) -> tuple[Array, Array]:
        """Projected residuals of some of the fits, and their derivatives by theta with the asymptotes
        following.

        Kaufman's form of the derivatives: the gradient is exact, the curvature without a small term.
        """
        mine = self if len(self.y) == 1 else self.take(rows)  # of one fit there are several starts
        shares, slopes = occupancy_slopes(self.x1, self.x2, theta)
        seen = shares * mine.there[..., None]
        ends, residual = _solve(seen, mine.y, mine.prior)
        moved = -(ends[:, None, None, :] @ slopes)[..., 0, :] * mine.there[..., None]
        follow = np.linalg.solve(_normal(seen), np.swapaxes(seen, -1, -2) @ moved)
        return residual, np.concatenate([moved - seen @ follow, -np.sqrt(PRIOR_WEIGHT) * follow], axis=1)


def _solve(seen: Array, y: Array, prior: Array) -> tuple[Array, Array]:
    """Best asymptotes (n, 4) and residuals with the prior's (n, n_points + 4)."""
    right = (y[..., None, :] @ seen)[..., 0, :] + PRIOR_WEIGHT * prior
    ends = np.linalg.solve(_normal(seen), right[..., None])[..., 0]
    residual = y - (seen @ ends[..., None])[..., 0]
    return np.asarray(ends), np.concatenate([residual, np.sqrt(PRIOR_WEIGHT) * (prior - ends)], axis=-1)


def _normal(seen: Array) -> Array:
    return np.asarray(np.swapaxes(seen, -1, -2) @ seen + PRIOR_WEIGHT * np.eye(4))


def _result(problem: _Problem, theta: Array, shape: tuple[int, ...]) -> MusycFit:
    ends, residual, shares = problem.project(theta)
    plain = theta.copy()
    plain[:, 4:] = 0.0
    none = ends.copy()
    none[:, 3] = np.minimum(ends[:, 1], ends[:, 2])
    additive = (occupancies(problem.x1, problem.x2, plain) @ none[..., None])[..., 0].reshape(shape)
    surface = (shares @ ends[..., None])[..., 0].reshape(shape)
    rss = ((residual[:, : problem.y.shape[1]] * problem.there) ** 2).sum(1)
    e0, e1, e2, e3 = ends.T
    c1, c2, h1, h2, a12, a21 = 10**theta.T
    return MusycFit(e0, e1, e2, e3, c1, c2, h1, h2, a12, a21, rss, surface, additive)
