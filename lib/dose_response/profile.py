"""Profile-likelihood bounds: where the best attainable residual sum of squares reaches a threshold.

The bound solves ``f(x, nuisance) = threshold`` and ``df/dnuisance = 0`` together by Newton's method; curves on
which that wanders are finished by a bracketing search with an inner minimisation.

References
----------
Venzon DJ, Moolgavkar SH. A method for computing profile-likelihood-based confidence intervals.
Appl Stat 1988;37:87-94.
"""

from __future__ import annotations

import numpy as np

from lib.dose_response.newton import minimise, solve_small
from lib.dose_response.projected import Evaluation, Problem
from lib.dose_response.shape import Array

NEWTON_STEPS = 25
WALK = 12
REFINEMENTS = 40


def find_bounds(
    problem: Problem,
    inside: Array,
    start: Array,
    threshold: Array,
    lower: Array,
    upper: Array,
    *,
    limit: Array,
) -> Array:
    """Bound of the first parameter on one side of each curve; NaN where there is none before `limit`.

    Parameters
    ----------
    problem : Problem
    inside : array, (p, n_curves)
        The optimum.
    start : array, (p, n_curves)
        A first guess of the bound and of the nuisance parameters there.
    threshold : array, (n_curves,)
        Residual sum of squares at the bound.
    lower, upper : array, (p, n_curves)
        The box of the nuisance parameters.
    limit : array, (n_curves,)
        Where the search ends, on the side wanted.
    """
    theta = np.clip(start, lower, upper)
    bound = np.full(theta.shape[1], np.nan)
    alive = np.arange(theta.shape[1])
    part = problem
    for _ in range(NEWTON_STEPS):
        at = part.evaluate(theta)
        low, high = lower[:, alive], upper[:, alive]
        held = ((theta <= low) & (at.gradient > 0)) | ((theta >= high) & (at.gradient < 0))
        held[0] = False
        step, missed = _joint_step(at, held, threshold[alive])
        done = (np.abs(step).max(0) < 1e-9) & (missed < 1e-8)
        bound[alive[done]] = (theta[0] + step[0])[done]
        theta = np.clip(theta + step, low, high)
        if done.any():
            alive, part, theta = alive[~done], part.take(~done), theta[:, ~done]
        if not len(alive):
            break
    crossed = (bound - inside[0]) * np.sign(limit - inside[0]) > 0
    slow = np.flatnonzero(~crossed | np.isnan(bound))
    if len(slow):
        bound[slow] = _search(
            problem.take(slow), inside[:, slow], threshold[slow], lower[:, slow], upper[:, slow], limit[slow]
        )
    return bound


def _joint_step(at: Evaluation, held: Array, threshold: Array) -> tuple[Array, Array]:
    """Newton step on (deviance, score of the nuisance), and the relative miss of the threshold."""
    matrix = at.hessian.copy()
    matrix[0] = at.gradient
    right = -at.gradient
    right[0] = threshold - at.value
    size = len(right)
    for k in range(1, size):
        matrix[k] = np.where(held[k], np.eye(size)[k][:, None], matrix[k])
        right[k] = np.where(held[k], 0.0, right[k])
    missed = np.abs(threshold - at.value) / np.maximum(threshold, 1e-300)
    return np.clip(solve_small(matrix, right), -0.3, 0.3), missed


def _search(
    problem: Problem, inside: Array, threshold: Array, lower: Array, upper: Array, limit: Array
) -> Array:
    """Walk outwards to bracket the bound, then regula falsi on the root of the deviance, nuisance minimised inside.

    The root is nearly linear in the parameter, which the deviance is not. The walk keeps the nuisance warm: a jump
    to the far limit could land in another valley.
    """
    least = problem.objective(inside)
    wanted = np.sqrt(np.maximum(threshold - least, 0))

    def excess(part: Array, theta: Array) -> tuple[Array, Array]:
        sub = problem.take(part)
        theta, value = minimise(
            sub, theta, lower[:, part], upper[:, part], fixed=1, max_steps=20, tolerance=1e-6
        )
        return theta, np.sqrt(np.maximum(value - least[part], 0)) - wanted[part]

    n = len(least)
    theta, near, far = inside.copy(), inside[0].copy(), np.full(n, np.nan)
    r_near, r_far = -wanted, np.full(n, np.nan)
    for share in np.linspace(0, 1, WALK + 1)[1:] ** 2:
        part = np.flatnonzero(np.isnan(far))
        if not len(part):
            break
        theta[0, part] = inside[0, part] + share * (limit - inside[0])[part]
        theta[:, part], r = excess(part, theta[:, part])
        out = r > 0
        far[part[out]], r_far[part[out]] = theta[0, part[out]], r[out]
        near[part[~out]], r_near[part[~out]] = theta[0, part[~out]], r[~out]
    alive = np.flatnonzero(np.isfinite(far))
    for _ in range(REFINEMENTS):
        if not len(alive):
            break
        share = np.clip(-r_near[alive] / (r_far[alive] - r_near[alive]), 0.02, 0.98)
        theta[0, alive] = near[alive] + share * (far - near)[alive]
        theta[:, alive], r = excess(alive, theta[:, alive])
        out = r > 0
        x = theta[0, alive]
        far[alive[out]], r_far[alive[out]] = x[out], r[out]
        r_near[alive[out]] /= 2  # Illinois: an end that stays loses weight
        near[alive[~out]], r_near[alive[~out]] = x[~out], r[~out]
        r_far[alive[~out]] /= 2
        alive = alive[(np.abs(r) > 1e-7 * wanted[alive]) & (np.abs(far - near)[alive] > 1e-9)]
    return np.where(np.isnan(far), np.nan, theta[0])
