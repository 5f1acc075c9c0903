"""Damped Newton steps for many small problems at once, inside a box."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from lib.dose_response.projected import Evaluation, Problem
from lib.dose_response.shape import Array, total_of

STEP_LIMIT = 0.7
"""Largest move of a parameter in one step: log10 IC50 in decades, others in natural logarithms."""
LEVEL = 1 + 1e-12
"""A step that lifts the objective by less stands: so near the optimum a comparison would be one of rounding
errors, and would keep on some processors the last step, which brings the last digits, and refuse it on
others."""


def solve_small(matrix: Array, right: Array) -> Array:
    """Solve ``matrix @ x = right`` for each curve; matrix (p, p, n), right (p, n). Singular systems give
    zero."""
    if len(right) == 1:
        return _ratio(right, matrix[0])
    if len(right) == 2:
        (a, b), (c, d) = matrix
        det = a * d - b * c
        return np.array([_ratio(d * right[0] - b * right[1], det), _ratio(a * right[1] - c * right[0], det)])
    if len(right) == 3:
        return _solve_three(matrix, right)
    stacked = np.moveaxis(matrix, -1, 0)
    scale = np.abs(stacked).max((1, 2))
    bad = ~(np.abs(np.linalg.det(stacked / np.maximum(scale, 1e-300)[:, None, None])) > 1e-14)
    stacked = np.where(bad[:, None, None], np.eye(len(right)), stacked)
    solved = np.linalg.solve(stacked, right.T[..., None])[..., 0].T
    return np.asarray(np.where(bad, 0.0, solved))


def _solve_three(m: Array, right: Array) -> Array:
    """Cramer's rule by cross products of the rows: far faster than a general solver on thousands of
    systems."""
    bc, ca, ab = np.cross(m[1].T, m[2].T).T, np.cross(m[2].T, m[0].T).T, np.cross(m[0].T, m[1].T).T
    det = total_of(m[0] * bc)
    return np.array([_ratio(bc[k] * right[0] + ca[k] * right[1] + ab[k] * right[2], det) for k in range(3)])


def _ratio(numerator: Array, denominator: Array) -> Array:
    usable = np.abs(denominator) > 1e-300
    return np.where(usable, numerator / np.where(usable, denominator, 1.0), 0.0)


def positive_definite(matrix: Array) -> Array:
    """Whether each (p, p) matrix is positive definite, by its leading minors (p at most 4)."""
    good = matrix[0, 0] > 0
    if len(matrix) > 1:
        # the margin keeps out matrices singular to rounding, where a step would be noise
        good &= matrix[0, 0] * matrix[1, 1] * (1 - 1e-9) > matrix[0, 1] ** 2
    if len(matrix) > 2:
        (a, b, c), (_, d, e), (_, _, f) = matrix[:3, :3]
        good &= a * (d * f - e * e) - b * (b * f - c * e) + c * (b * e - c * d) > 0
    for size in range(4, len(matrix) + 1):
        good &= np.linalg.det(np.moveaxis(matrix[:size, :size], -1, 0)) > 0
    return np.asarray(good)


def freeze(at: Evaluation, theta: Array, lower: Array, upper: Array, fixed: int) -> Array:
    """Parameters that may not move: the `fixed` first, and those that push against their bound."""
    held = ((theta <= lower) & (at.gradient > 0)) | ((theta >= upper) & (at.gradient < 0))
    held[:fixed] = True
    return held


def _step(at: Evaluation, held: Array, damping: Array, fixed: int) -> Array:
    held = held[fixed:]
    gradient = np.where(held, 0.0, at.gradient[fixed:])
    out = held[:, None] | held[None, :]
    eye = np.eye(len(held))[..., None]
    newton = np.where(out, eye, at.hessian[fixed:, fixed:])
    gauss = np.where(out, eye, at.gauss_newton[fixed:, fixed:])
    matrix = np.where(positive_definite(newton), newton, gauss)
    diagonal = np.abs(np.einsum("kkn->kn", matrix))
    matrix = matrix + eye * (damping * diagonal + 1e-14 * diagonal.max(0) + 1e-300)
    step = np.clip(-solve_small(matrix, gradient), -STEP_LIMIT, STEP_LIMIT)
    return np.concatenate([np.zeros((fixed, step.shape[1])), step]) if fixed else step


def minimise(
    problem: Problem,
    theta: Array,
    lower: Array,
    upper: Array,
    *,
    fixed: int = 0,
    max_steps: int = 60,
    tolerance: float = 1e-8,
) -> tuple[Array, Evaluation]:
    """Minimise each curve's residual sum of squares from its start, inside the box.

    Parameters
    ----------
    problem : Problem
    theta : array, (n_parameters, n_curves)
        Starts; the first `fixed` parameters keep their value.
    lower, upper : array, (n_parameters, n_curves)
        The box.
    max_steps, tolerance : int, float
        Stops after a step in which no parameter moves by more than `tolerance`, or when no step lowers the
        objective any more. Steps converge quadratically: what is left is about the square of the last.

    Returns
    -------
    theta : array, (n_parameters, n_curves)
    at : Evaluation
        At `theta`.
    """
    theta = np.clip(theta, lower, upper)
    at = problem.evaluate(theta)
    best, found = theta.copy(), at.take(np.arange(theta.shape[1]))
    alive, damping = np.arange(theta.shape[1]), np.full(theta.shape[1], 1e-3)
    for _ in range(max_steps):
        step = _step(at, freeze(at, theta, lower, upper, fixed), damping, fixed)
        moved = np.clip(theta + step, lower, upper)
        tried = problem.evaluate(moved)
        better = tried.value <= at.value * LEVEL
        keep = np.abs(moved - theta).max(0) >= tolerance
        theta, at = np.where(better, moved, theta), _choose(better, tried, at)
        damping = np.where(better, damping * 0.03, np.maximum(damping * 8, 1e-5))
        keep &= damping < 1e8
        if keep.all():
            continue
        _put(best, found, alive[~keep], theta[:, ~keep], at.take(~keep))
        if not keep.any():
            return best, found
        alive, damping, theta, at = alive[keep], damping[keep], theta[:, keep], at.take(keep)
        problem, lower, upper = problem.take(keep), lower[:, keep], upper[:, keep]
    _put(best, found, alive, theta, at)
    return best, found


def _put(best: Array, found: Evaluation, index: Array, theta: Array, at: Evaluation) -> None:
    best[:, index] = theta
    for f in fields(at):
        getattr(found, f.name)[..., index] = getattr(at, f.name)


def _choose(better: Array, new: Evaluation, old: Evaluation) -> Evaluation:
    return Evaluation(*(np.where(better, getattr(new, f.name), getattr(old, f.name)) for f in fields(new)))
