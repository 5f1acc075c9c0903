"""Damped Newton steps for many small problems at once, inside a box."""

from __future__ import annotations

import numpy as np

from lib.dose_response.projected import Evaluation, Problem
from lib.dose_response.shape import Array

STEP_LIMIT = 0.7
"""Largest move of a parameter in one step: log10 IC50 in decades, others in natural logarithms."""


def solve_small(matrix: Array, right: Array) -> Array:
    """Solve ``matrix @ x = right`` for each curve; matrix (p, p, n), right (p, n). Singular systems give zero."""
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
    """Cramer's rule by cross products of the rows: far faster than a general solver on thousands of systems."""
    bc, ca, ab = np.cross(m[1].T, m[2].T).T, np.cross(m[2].T, m[0].T).T, np.cross(m[0].T, m[1].T).T
    det = (m[0] * bc).sum(0)
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
    tolerance: float = 1e-10,
) -> tuple[Array, Array]:
    """Minimise each curve's residual sum of squares from its start, inside the box.

    Parameters
    ----------
    problem : Problem
    theta : array, (n_parameters, n_curves)
        Starts; the first `fixed` parameters keep their value.
    lower, upper : array, (n_parameters, n_curves)
        The box.
    max_steps, tolerance : int, float
        Stops when no parameter moves by more than `tolerance`, or no step lowers the objective any more.

    Returns
    -------
    theta, objective
    """
    theta = np.clip(theta, lower, upper)
    best = theta.copy()
    found = np.full(theta.shape[1], np.inf)
    alive = np.arange(theta.shape[1])
    damping = np.full(theta.shape[1], 1e-3)
    part, at = problem, problem.evaluate(theta)
    found[:] = at.value
    for _ in range(max_steps):
        low, high = lower[:, alive], upper[:, alive]
        now = best[:, alive]
        moved = np.clip(now + _step(at, freeze(at, now, low, high, fixed), damping[alive], fixed), low, high)
        tried = part.evaluate(moved)
        better = tried.value <= found[alive]
        small = np.abs(moved - now).max(0) < tolerance
        best[:, alive[better]] = moved[:, better]
        found[alive[better]] = tried.value[better]
        damping[alive] = np.where(better, damping[alive] * 0.03, np.maximum(damping[alive] * 8, 1e-5))
        keep = ~small & (damping[alive] < 1e8)
        if not keep.any():
            break
        at = _choose(better, tried, at)
        if not keep.all():
            alive, part, at = alive[keep], part.take(keep), _subset(at, keep)
    return best, found


def _choose(better: Array, new: Evaluation, old: Evaluation) -> Evaluation:
    pairs = ((getattr(new, name), getattr(old, name)) for name in Evaluation.__dataclass_fields__)
    return Evaluation(*(np.where(better, a, b) for a, b in pairs))


def _subset(at: Evaluation, keep: Array) -> Evaluation:
    return Evaluation(*(getattr(at, name)[..., keep] for name in Evaluation.__dataclass_fields__))
