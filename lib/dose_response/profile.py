"""Profile-likelihood bounds: where the best attainable residual sum of squares reaches a threshold.

The bound solves ``f(x, nuisance) = threshold`` and ``df/dnuisance = 0`` together by Newton's method; curves on
which that wanders are finished by bisection with an inner minimisation.

References
----------
Venzon DJ, Moolgavkar SH. A method for computing profile-likelihood-based confidence intervals.
Appl Stat 1988;37:87-94.
"""

from __future__ import annotations

import numpy as np

from lib.dose_response.newton import minimise, solve_small
from lib.dose_response.projected import Problem
from lib.dose_response.shape import Array

NEWTON_STEPS = 25
BISECTIONS = 60


def find_bounds(problem: Problem, inside: Array, start: Array, threshold: Array, lower: Array, upper: Array, *,
                limit: Array) -> Array:
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
        bound[slow] = _bisect(problem.take(slow), inside[:, slow], threshold[slow], lower[:, slow], upper[:, slow],
                              limit[slow])
    return bound


def _joint_step(at, held: Array, threshold: Array) -> tuple[Array, Array]:  # type: ignore[no-untyped-def]
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


def _bisect(problem: Problem, inside: Array, threshold: Array, lower: Array, upper: Array, limit: Array) -> Array:
    """Bisection between the optimum and the limit, the nuisance minimised at every step."""
    def above(theta: Array) -> tuple[Array, Array]:
        theta, value = minimise(problem, theta, lower, upper, fixed=1, max_steps=25, tolerance=1e-7)
        return theta, value > threshold

    outer = inside.copy()
    # walk outwards, the nuisance warm: a jump to the far limit could land in another valley
    near, far = inside[0].copy(), limit.copy()
    found = np.zeros(len(near), bool)
    for share in np.linspace(0, 1, 41)[1:] ** 2:
        outer[0] = np.where(found, outer[0], inside[0] + share * (limit - inside[0]))
        outer, out = above(outer)
        far = np.where(out & ~found, outer[0], far)
        near = np.where(~out & ~found, outer[0], near)
        found |= out
    theta = outer
    for _ in range(BISECTIONS):
        theta[0] = (near + far) / 2
        theta, out = above(theta)
        far, near = np.where(out, theta[0], far), np.where(out, near, theta[0])
        if np.abs(far - near).max() < 1e-9:
            break
    return np.where(found, (near + far) / 2, np.nan)
