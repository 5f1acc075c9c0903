"""The best curve of the grid through a stated crossing of the level: a global look, where Newton's method has
a local one."""

from __future__ import annotations

import numpy as np

from lib.dose_response.grid import Grid
from lib.dose_response.projected import Problem
from lib.dose_response.search import Grids, groups_of
from lib.dose_response.shape import LN10, Array, dot, evaluate_shape, total_of

BLOCK = 64
"""Curves held at a time: a dozen arrays of the size of the grid stay in the cache."""


def search_crossings(
    problem: Problem, design: Array, grids: Grids, crossing: Array, *, asymmetric: bool
) -> tuple[Array, Array]:
    """Least residual sum of squares of each curve on the grid if it crosses the level at `crossing`, and
    where.

    Parameters
    ----------
    problem : Problem
        Responses less the level, offset ``crossing``.
    design : array of int, (n_curves,)
        As in `search_grid`.
    crossing : array, (n_curves,)
        log10 µM.

    Returns
    -------
    rss : array, (n_curves,)
    theta : array, (2 or 3, n_curves)
        log10 IC50, ln hill (and ln asymmetry) of the best grid point.
    """
    rss, theta = np.empty(len(design)), np.zeros((3 if asymmetric else 2, len(design)))
    for code, group, part in groups_of(problem, design, BLOCK):
        # symmetric curves show the valleys of the asymmetric ones too, at a fifth of the cost
        grid = grids.get(code, part.ln_concentration[:, 0], asymmetric=False)
        rss[group], theta[:2, group] = _best_through(part, grid, crossing[group])
    return rss, theta


def _best_through(part: Problem, grid: Grid, crossing: Array) -> tuple[Array, Array]:
    """``explained = <y, s - s_x>**2 / |s - s_x|**2`` from the moments of each shape s, s_x being its value
    there."""
    shapes, w = grid.parameters, part.weight
    doses = evaluate_shape(part.ln_concentration[:, :1], shapes, derivatives=False)
    there = evaluate_shape(LN10 * crossing[:, None], shapes, derivatives=False)
    # where a shape is near 1 only its complement still carries information
    far = there.value > 0.5
    offset = np.where(far, there.complement, there.value)
    moments = []
    for at_doses in (doses.value, doses.complement):
        moments.append((w.T @ at_doses, w.T @ at_doses**2, (w * part.response).T @ at_doses))
    first, second, product = (np.where(far, b, a) for a, b in zip(*moments, strict=True))
    total, sum_response = total_of(w)[:, None], dot(w, part.response)[:, None]
    norm = second - offset * (2 * first - offset * total)
    score = (product - offset * sum_response) ** 2 / np.where(norm > 1e-12 * second, norm, np.inf)
    best = score.argmax(1)
    return dot(w, part.response**2) - score[np.arange(len(best)), best], shapes[:, best]
