"""Bounded nonlinear least squares of many small problems at once, run to the fixed point of their gradients.

A search that stops where the cost no longer falls knows its parameters to half of the digits, and the last
bit of a CPU decides the others. Here a step that loses no more than rounding is taken, so that the gradient
decides.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Rows = NDArray[np.intp]
Evaluate = Callable[[Array, Rows], tuple[Array, Array]]
ITERATIONS, GAUSS_NEWTON = 100, 15
"""Iterations at most, and of Gauss–Newton before Newton takes over what has not arrived."""
SMALLEST_STEP, ROUNDING, DIFFERENCE = 1e-11, 1e-13, 1e-6
FIRST_DAMPING, LEAST_DAMPING, MOST_DAMPING, FACTOR = 1e-2, 1e-15, 1e9, 8.0
FLAT = 1e-10
"""Least curvature that counts, so that a parameter without effect stays where it is."""


def polish(
    evaluate: Evaluate,
    theta: Array,
    bounds: tuple[Array, Array],
    *,
    held: tuple[int, ...] = (),
    longest: Array | float = 1.0,
    iterations: int = ITERATIONS,
) -> tuple[Array, Array]:
    """Damped Gauss–Newton from each row of `theta`, then Newton; a row that no longer moves is left alone.

    Parameters
    ----------
    evaluate : callable
        ``evaluate(theta (m, p), rows (m,))`` returns residuals (m, n) and their derivatives (m, n, p) of the
        problems in `rows`. The derivatives need be exact only as far as they make the gradient.
    theta : ndarray, shape (n_problems, p)
        Starts.
    bounds : tuple of ndarray, shapes (p,)
        Lowest and highest theta; a parameter pressed against one stays there.
    held : tuple of int
        Parameters that stay at their start.
    longest : float or ndarray, shape (p,)
        Longest step.

    Returns
    -------
    cost : ndarray, shape (n_problems,)
        Sum of squared residuals.
    theta : ndarray, shape (n_problems, p)

    References
    ----------
    Marquardt DW (1963) J Soc Ind Appl Math 11:431–441.
    """
    low, high = bounds
    theta = np.clip(theta, low, high)
    rows = np.arange(len(theta))
    residual, slopes = evaluate(theta, rows)
    cost, damping = (residual**2).sum(-1), np.full(len(theta), FIRST_DAMPING)
    for k in range(iterations):
        at = theta[rows]
        gradient = _gradient(residual, slopes)
        curvature = (
            np.swapaxes(slopes, -1, -2) @ slopes
            if k < GAUSS_NEWTON
            else _curvature(evaluate, at, rows, gradient)
        )
        free = ~((at <= low) & (gradient > 0)) & ~((at >= high) & (gradient < 0))
        free[:, list(held)] = False
        step = _step(gradient * free, curvature, free, damping[rows])
        trial = np.clip(at - np.clip(step, -longest, longest), low, high)
        tried, slopes_there = evaluate(trial, rows)
        reached = (tried**2).sum(-1)
        better = reached <= cost[rows] * (1 + ROUNDING)
        theta[rows[better]], cost[rows[better]] = trial[better], reached[better]
        residual = np.where(better[:, None], tried, residual)
        slopes = np.where(better[:, None, None], slopes_there, slopes)
        changed = np.where(better, damping[rows] / FACTOR, damping[rows] * FACTOR)
        damping[rows] = np.clip(changed, LEAST_DAMPING, MOST_DAMPING)
        alive = (np.abs(trial - at).max(-1) >= SMALLEST_STEP) & (damping[rows] < MOST_DAMPING)
        rows, residual, slopes = rows[alive], residual[alive], slopes[alive]
        if not len(rows):
            break
    return cost, theta


def _gradient(residual: Array, slopes: Array) -> Array:
    """Half the gradient of the cost, (m, p)."""
    found: Array = (slopes * residual[..., None]).sum(-2)
    return found


def _curvature(evaluate: Evaluate, theta: Array, rows: Rows, gradient: Array) -> Array:
    """Half the Hessian of the cost, (m, p, p), by differences of its gradient."""
    moves = DIFFERENCE * np.eye(theta.shape[1])
    ahead = np.stack([_gradient(*evaluate(theta + move, rows)) for move in moves], -1)
    hessian = (ahead - gradient[..., None]) / DIFFERENCE
    return np.asarray((hessian + np.swapaxes(hessian, -1, -2)) / 2)


def _step(gradient: Array, curvature: Array, free: NDArray[np.bool_], damping: Array) -> Array:
    """Damped step (m, p) along the curvature's absolute value: down also where it bends the other way."""
    curvature = curvature * (free[:, :, None] & free[:, None, :])
    scale = np.sqrt(np.maximum(np.abs(np.einsum("mii->mi", curvature)), FLAT))
    values, vectors = np.linalg.eigh(curvature / scale[:, :, None] / scale[:, None, :])
    along = (np.swapaxes(vectors, -1, -2) @ (gradient / scale)[..., None])[..., 0]
    along = along / (np.abs(values) + damping[:, None] + np.finfo(float).eps)
    return np.asarray((vectors @ along[..., None])[..., 0] / scale * free)
