"""Search the grid for a whole batch: starts of the fits, and a first look at how far their profiles reach."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from lib.dose_response.grid import (
    ASYMMETRY_BOUNDS,
    DECADES_BEYOND,
    HILL_BOUNDS,
    Grid,
    build_grid,
    explained,
    outermost,
    pick_starts,
)
from lib.dose_response.projected import Problem
from lib.dose_response.shape import LN10, Array, dot
from lib.dose_response.ties import least_scatter

BLOCK = 128
"""Curves whose whole grid is held at a time: it stays in the cache, be the machine busy or not."""


@dataclass(frozen=True)
class Search:
    """What the grid says of a batch of n curves; side 0 is the lower end of the search range, side 1 the
    upper.

    `starts` (p, m) and their curves `owner` (m,): the best of each curve first, in order, then further peaks.
    `lower`, `upper` (p, n): the box. `edges` (2, p, n): outermost locations that the profile may keep, with
    the nuisance parameters there. `rss_at_limit` (2, n): least residual sum of squares with the IC50 at the
    limit.
    """

    starts: Array
    owner: Array
    lower: Array
    upper: Array
    edges: Array
    rss_at_limit: Array


@dataclass
class Grids:
    """Grids of the designs met so far, made once each."""

    centred: bool
    made: dict[tuple[int, bool], Grid] = field(default_factory=dict)

    def get(self, design: int, ln_concentration: Array, *, asymmetric: bool) -> Grid:
        """Grid of a design (n_points,); options as in `build_grid`."""
        key = design, asymmetric
        if key not in self.made:
            self.made[key] = build_grid(ln_concentration, centred=self.centred, asymmetric=asymmetric)
        return self.made[key]

    def keep_only(self, design: int) -> None:
        """Forget all other designs."""
        self.made = {key: grid for key, grid in self.made.items() if key[0] == design}


def search_grid(
    problem: Problem, design: Array, grids: Grids, *, asymmetric: bool, pure_error: Array, ratio: Array | None
) -> Search:
    """Evaluate every curve on the grid of its design.

    Parameters
    ----------
    problem : Problem
    design : array of int, (n_curves,)
        Curves of one number share their concentrations.
    asymmetric : bool
        Whether the curve has an asymmetry.
    pure_error, ratio : array, (n_curves,)
        Sum of squares that no curve removes; sum of squares at an end of the interval, over the least one.
        Without a ratio no `edges` are sought.
    """
    n, p = problem.weight.shape[1], 3 if asymmetric else 2
    first, further, owners = np.empty((p, n)), [], [np.arange(n)]
    lower, upper = box_of(problem, p)
    edges, rss_at_limit = np.full((2, p, n), np.nan), np.empty((2, n))
    for code, group, part in groups_of(problem, design):
        grid = grids.get(code, part.ln_concentration[:, 0], asymmetric=asymmetric)
        score = explained(grid, part.response, part.weight)
        total = dot(part.weight, part.response**2)
        rss = total - score.max(1)
        rss_at_limit[:, group] = rss[[0, -1]]
        if ratio is not None:
            pure = pure_error[group]
            least = np.maximum(rss.min(0) + pure, least_scatter(total + pure))
            kept = rss + pure <= least * ratio[group] * (1 + 1e-9)
            edges[:, :, group] = outermost(score, kept, grid)
        starts, owner = pick_starts(score, total, grid)
        first[:, group] = starts[:, : len(group)]
        further.append(starts[:, len(group) :])
        owners.append(group[owner[len(group) :]])
    return Search(np.hstack([first, *further]), np.concatenate(owners), lower, upper, edges, rss_at_limit)


def box_of(problem: Problem, n_parameters: int) -> tuple[Array, Array]:
    """Lower and upper bounds of log10 IC50, ln hill and ln asymmetry, each (n_parameters, n_curves)."""
    tested = (problem.weight > 0) & (problem.ln_concentration > -1e3)
    log10 = problem.ln_concentration / LN10
    low = np.where(tested, log10, np.inf).min(0) - DECADES_BEYOND
    high = np.where(tested, log10, -np.inf).max(0) + DECADES_BEYOND
    shape = np.log(np.array([HILL_BOUNDS, ASYMMETRY_BOUNDS]))[: n_parameters - 1]
    lower, upper = (
        np.vstack([first, np.repeat(shape[:, [k]], len(first), 1)]) for k, first in ((0, low), (1, high))
    )
    return lower, upper


def least_rss(problem: Problem, design: Array, grids: Grids) -> Array:
    """Least residual sum of squares of each curve on the grid of its design, (n_curves,)."""
    least = np.empty(len(design))
    for code, group, part in groups_of(problem, design):
        grid = grids.get(code, part.ln_concentration[:, 0], asymmetric=False)
        total = dot(part.weight, part.response**2)
        least[group] = total - explained(grid, part.response, part.weight).max((0, 1))
    return least


def groups_of(problem: Problem, design: Array, block: int = BLOCK) -> Iterator[tuple[int, Array, Problem]]:
    """Blocks of curves of one design: its number, their columns, and their problem without the padding."""
    order = np.argsort(design, kind="stable")
    for members in np.split(order, np.flatnonzero(np.diff(design[order])) + 1):
        used = problem.weight[:, members].any(1)
        for start in range(0, len(members), block):
            group = members[start : start + block]
            ln, response, weight = (
                a[np.ix_(used, group)] for a in (problem.ln_concentration, problem.response, problem.weight)
            )
            yield int(design[group[0]]), group, Problem(ln, response, weight, problem.offset)
