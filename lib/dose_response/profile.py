"""Profile-likelihood bounds: where the best attainable residual sum of squares reaches a threshold.

The bound solves ``f(x, nuisance) = threshold`` and ``df/dnuisance = 0`` together by Newton's method; curves
on which that wanders are finished by a bracketing search with an inner minimisation.

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

NEWTON_STEPS = 15
REFINEMENTS, PATIENCE = 60, 10


def find_bounds(
    problem: Problem,
    inside: Array,
    start: Array,
    lower: Array,
    upper: Array,
    *,
    least: Array,
    threshold: Array,
    limit: Array,
) -> Array:
    """Bound of the first parameter for each curve, on the side of its `limit`; NaN where there is none before
    that.

    Parameters
    ----------
    problem : Problem
    inside : array, (p, n_curves)
        The optimum, or a point on the way to the bound that is within the interval.
    start : array, (p, n_curves)
        A first guess of the bound and of the nuisance parameters there.
    lower, upper : array, (p, n_curves)
        The box of the nuisance parameters.
    least, threshold : array, (n_curves,)
        Objective at the optimum, and at the bound.
    limit : array, (n_curves,)
        Where the search ends.
    """
    theta = np.clip(start, lower, upper)
    bound = np.full(theta.shape[1], np.nan)
    alive, part, low, high, wanted = np.arange(theta.shape[1]), problem, lower, upper, threshold
    for _ in range(NEWTON_STEPS):
        at = part.evaluate(theta)
        held = ((theta <= low) & (at.gradient > 0)) | ((theta >= high) & (at.gradient < 0))
        held[0] = False
        step, missed = _joint_step(at, held, wanted)
        # Newton's method doubles the digits: after such a step the rest is below 1e-10
        done = (np.abs(step).max(0) < 1e-6) & (missed < 1e-4)
        theta = np.clip(theta + step, low, high)
        if done.any():
            bound[alive[done]] = theta[0, done]
            keep = ~done
            alive, part, theta, wanted = alive[keep], part.take(keep), theta[:, keep], wanted[keep]
            low, high = low[:, keep], high[:, keep]
        if not len(alive):
            break
    crossed = (bound - inside[0]) * np.sign(limit - inside[0]) > 0
    slow = np.flatnonzero(~crossed | np.isnan(bound))
    if len(slow):
        columns = (a[..., slow] for a in (inside, start[0], lower, upper, least, threshold, limit))
        bound[slow] = _search(problem.take(slow), *columns)
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
    problem: Problem,
    inside: Array,
    start: Array,
    lower: Array,
    upper: Array,
    least: Array,
    threshold: Array,
    limit: Array,
) -> Array:
    """Newton's method on the root of the deviance, kept within a bracket, nuisance minimised at every step.

    The root is nearly linear in the parameter, which the deviance is not; its slope is that of the objective
    at the nuisance's minimum. The nuisance always starts from the nearest point known to lie inside: from
    further away it could land in another valley.
    """
    bound = np.full(inside.shape[1], np.nan)
    alive = np.arange(len(bound))
    wanted = np.sqrt(np.maximum(threshold - least, 0))
    side = np.sign(limit - inside[0])
    near, far = inside.copy(), np.full(len(bound), np.nan)
    x = _within(start, near[0], np.full(len(bound), np.nan), limit, side)
    for trial in range(REFINEMENTS):
        theta = near.copy()
        theta[0] = x
        theta, at = minimise(problem, theta, lower, upper, fixed=1, max_steps=20, tolerance=1e-6)
        root = np.sqrt(np.maximum(at.value - least, 0))
        out = root > wanted
        far = np.where(out, x, far)
        near = np.where(out, near, theta)
        slope = at.gradient[0] / np.where(root > 0, 2 * root, np.inf)
        found = (np.abs(root - wanted) < 1e-9 * wanted) | (np.abs(far - near[0]) < 1e-10)
        opened = ~out & (x == limit)
        bound[alive[found]] = x[found]
        step = np.where(slope != 0, (wanted - root) / np.where(slope != 0, slope, 1.0), np.inf)
        keep = ~found & ~opened
        if not keep.any():
            break
        # Newton's steps that creep up on the bound are broken by halving the bracket
        halved = trial >= PATIENCE and trial % 2 == 0
        x = _within(np.full(len(x), np.nan) if halved else x + step, near[0], far, limit, side)
        alive, near, far, x, side, limit = (a[..., keep] for a in (alive, near, far, x, side, limit))
        least, wanted, lower, upper = (a[..., keep] for a in (least, wanted, lower, upper))
        problem = problem.take(keep)
    else:
        # a bracket that is not closed to the last digit is still no open side
        bound[alive] = np.where(np.isfinite(far), near[0], np.nan)
    return bound


def _within(x: Array, near: Array, far: Array, limit: Array, side: Array) -> Array:
    """`x` if it lies inside the bracket, else its middle; before there is one, no step of over a decade."""
    bracketed = np.isfinite(far)
    width = np.where(bracketed, far - near, np.clip(limit - near, -1.0, 1.0))
    share = np.nan_to_num((x - near) / np.where(width != 0, width, 1.0), nan=0.0, posinf=2.0, neginf=-1.0)
    proper = np.where((share > 0) & (share < 1), share, 0.5)
    outward = np.where(share > 0, np.minimum(share, 1.0), 1.0)
    moved = near + width * np.where(bracketed, proper, outward)
    return np.where(side * (moved - limit) > 0, limit, moved)
