"""Intervals of fitted curves: standard errors, and the profile of the relative and of the absolute IC50."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from lib.dose_response.crossings import search_crossings
from lib.dose_response.grid import DECADES_BEYOND, HILL_BOUNDS
from lib.dose_response.newton import minimise, solve_small
from lib.dose_response.profile import find_bounds
from lib.dose_response.projected import Evaluation, Problem
from lib.dose_response.search import Grids, Search
from lib.dose_response.shape import Array, locate_level

Method = Literal["profile", "wald"]
FAR = 1e3
"""Decades: no limit on the parameter whose bound is sought; across the limit of the search it is called
open."""
FAR_OFF = 0.5
LOOSE = 3.0
NUISANCE_REACH = 1.0
"""Decades of the IC50, natural logarithms of hill and asymmetry."""
VALLEYS = 3
SIGNS = np.array([[-1.0], [1.0]])


@dataclass(frozen=True)
class Optimum:
    """Fitted curves as intervals need them, arrays (n_curves,) unless stated.

    `theta` (p, n) minimises `problem`, whose response is less `centre`; `at` is the evaluation there;
    `variance` is that of a response of weight 1, `spare` its degrees of freedom, `quantile` that of t for the
    level of confidence; `bounded` says for which curves a profile is wanted at all; `design` as in `Batch`.
    """

    problem: Problem
    theta: Array
    at: Evaluation
    centre: Array
    variance: Array
    spare: Array
    quantile: Array
    bounded: Array
    design: Array
    search: Search

    def take(self, index: Array) -> Optimum:
        """Of a subset of the curves; the starts of the search stay."""
        names = ("centre", "variance", "spare", "quantile", "bounded", "design")
        box = {n: getattr(self.search, n)[..., index] for n in ("lower", "upper", "edges", "rss_at_limit")}
        return replace(
            self,
            problem=self.problem.take(index),
            theta=self.theta[:, index],
            at=self.at.take(index),
            search=replace(self.search, **box),
            **{n: getattr(self, n)[index] for n in names},
        )

    @property
    def limits(self) -> Array:
        """Of the search for log10 IC50, (2, n)."""
        return np.array([self.search.lower[0], self.search.upper[0]])


def estimate_ic50_interval(optimum: Optimum, *, method: Method) -> dict[str, Array]:
    """Standard errors and bounds of log10 IC50 (µM); a bound is NaN where its side is open.

    ``open_low, open_high``: whether an IC50 two decades beyond the doses is within the interval, so that the
    plateau on that side may be anything.
    """
    theta, at, t, variance = optimum.theta, optimum.at, optimum.quantile, optimum.variance
    threshold = _threshold(optimum, at)
    opened = _opened(optimum, threshold)
    # the projected JᵀJ is the Schur complement of the full one
    columns = [solve_small(at.gauss_newton / 2, unit) for unit in _units(theta)[:2]]
    se, ln_hill_se = (_root(c[k] * variance) for k, c in enumerate(columns))
    fit = {"log10_ic50_se": se, "hill_se": ln_hill_se * np.exp(theta[1])}
    fit["open_low"], fit["open_high"] = opened
    if method == "wald":
        fit["log10_low"], fit["log10_high"] = _within(theta[0] + SIGNS * t * se, optimum.limits)
        return fit
    margin = t * np.nan_to_num(se, nan=0.05)
    edges, limits = optimum.search.edges, optimum.limits
    guess = _guess(theta, columns[0], margin)
    # one grid cell: the quadratic guess is good; several: the grid has already found the neighbourhood
    wide = (SIGNS * (edges[:, 0] - theta[0]) > 1.5 * margin) | (margin > 1.0)
    guess = np.where(wide[:, None], edges, guess)
    guess[:, 0] = np.clip(guess[:, 0], *limits)
    inside = np.array([theta, theta])
    bounds = _profile(optimum, inside, guess, threshold, ~opened)
    # a bound nearer than a grid point that is inside has ended in another valley: go on from that point
    missed = SIGNS * (edges[:, 0] - bounds) > 1e-9
    side, curve = np.nonzero(missed)
    if len(side):
        there = optimum.problem.take(curve).objective(edges[side, :, curve].T)
        missed[side, curve] = there <= threshold[curve]
        bounds = np.where(missed, _profile(optimum, edges, edges, threshold, missed), bounds)
    fit["log10_low"], fit["log10_high"] = bounds
    searched = ~(opened | _beyond(optimum, theta[0])) & optimum.bounded
    fit["open_low"], fit["open_high"] = opened | (searched & np.isnan(bounds))
    return fit


def _opened(optimum: Optimum, threshold: Array) -> Array:
    """Sides, (2, n), on which an IC50 at the limit of the search is within the interval; all where nothing is
    spare."""
    opened = (optimum.search.rss_at_limit <= threshold) | (optimum.spare <= 0)
    # no profile will be searched there, and the grid is coarse
    side, curve = np.nonzero(~opened & (_beyond(optimum, optimum.theta[0]) | ~optimum.bounded))
    if len(side):
        theta = optimum.theta[:, curve].copy()
        theta[0] = optimum.limits[side, curve]
        box = (b[:, curve] for b in (optimum.search.lower, optimum.search.upper))
        _, at = minimise(optimum.problem.take(curve), theta, *box, fixed=1)
        opened[side, curve] = at.value <= threshold[curve]
    return np.asarray(opened)


def _beyond(optimum: Optimum, location: Array) -> Array:
    """Sides, (2, n), on which a location lies outside the tested doses."""
    return np.asarray(SIGNS * (location - (optimum.limits - SIGNS * DECADES_BEYOND)) > 0)


def _threshold(optimum: Optimum, at: Evaluation) -> Array:
    """Objective at an end of the interval: the least one and ``F(1, spare) = t**2`` variances."""
    return np.asarray(at.value + optimum.variance * optimum.quantile**2)


def estimate_absolute(
    fit: dict[str, Array], optimum: Optimum, grids: Grids, *, level: float, method: Method
) -> dict[str, Array]:
    """log10 concentration (µM) where each curve crosses `level`, and its bounds.

    Profile: the crossing is made a parameter; Wald: by the curvature there. Curves whose bottom is fixed get
    none.
    """
    theta, limits = optimum.theta, optimum.limits
    where = locate_level(theta, fit["top"], fit["bottom"], level)
    out = {"log10_absolute": where}
    bounds = np.full(limits.shape, np.nan)
    # where nothing is crossed both comparisons with NaN are false
    inside = (where > limits[0]) & (where < limits[1]) & optimum.bounded
    if method == "wald":  # where a plateau may be anything, the curvature is that of rounding
        inside &= ~(fit["open_low"] | fit["open_high"])
    todo = np.flatnonzero(inside & (optimum.problem.offset == "mean"))
    if len(todo):
        part = optimum.take(todo)
        # counted from the level the least sum of squares stays the same
        response = part.problem.response + part.centre - level
        part = replace(part, problem=replace(part.problem, response=response, offset="crossing"))
        full = np.vstack([where[todo], part.theta])
        bounds[:, todo] = _absolute_bounds(part, full, grids, method)
    out["log10_absolute_low"], out["log10_absolute_high"] = bounds
    return out


def _absolute_bounds(part: Optimum, full: Array, grids: Grids, method: Method) -> Array:
    at = part.problem.evaluate(full)
    column = solve_small(at.gauss_newton / 2, _units(full)[0])
    se = np.sqrt(np.maximum(column[0] * part.variance, 0))
    margin = part.quantile * np.where(se > 0, se, 0.05)
    if method == "wald":
        return _within(full[0] + SIGNS * margin, part.limits)
    threshold = _threshold(part, at)
    # a bound far off by its standard error may not be there: the grid tells it faster than a search without
    # end
    far = np.flatnonzero(~(margin < FAR_OFF))
    opened = np.zeros(part.limits.shape, bool)
    if len(far):
        some = part.take(far)
        opened[:, far] = [_search(some, grids, limit)[0] <= threshold[far] for limit in some.limits]
    guess = _guess(full, column, np.minimum(margin, 1.0))
    bounds = _profile(part, np.array([full, full]), guess, threshold, ~opened)
    return _look_further(part, bounds, threshold, grids)


def _search(part: Optimum, grids: Grids, crossing: Array) -> tuple[Array, Array]:
    return search_crossings(part.problem, part.design, grids, crossing, asymmetric=len(part.theta) == 3)


def _look_further(part: Optimum, bounds: Array, threshold: Array, grids: Grids) -> Array:
    """Bounds of the absolute IC50, moved outwards where another curve through the bound is still inside.

    A curve whose plateau or hill the doses do not hold has a second way to cross the level far from the best
    place: another plateau, steeper, between other doses. A bound found along the first way is then too near.
    """
    loose = _loose(part, threshold)
    for side in (0, 1):
        todo = np.flatnonzero(loose & np.isfinite(bounds[side]))
        for _ in range(VALLEYS):
            if not len(todo):
                break
            further = _next_valley(part.take(todo), bounds[side, todo], threshold[todo], side, grids)
            moved = further != bounds[side, todo]
            bounds[side, todo] = further
            todo = todo[moved & np.isfinite(further)]
    return bounds


def _loose(part: Optimum, threshold: Array) -> Array:
    """Curves whose IC50 or hill is open, or whose hill may be at its limit: by the grid and by standard
    errors."""
    location, hill = (
        _root(solve_small(part.at.gauss_newton / 2, unit)[k] * part.variance) * part.quantile
        for k, unit in enumerate(_units(part.theta)[:2])
    )
    opened = (part.search.rss_at_limit <= threshold).any(0)
    steep = part.theta[1] + LOOSE * hill > np.log(HILL_BOUNDS[1])
    # written so that no standard error counts as loose
    return np.asarray(opened | ~(LOOSE * location < 1.0) | ~(hill < np.inf) | steep)


def _next_valley(part: Optimum, end: Array, threshold: Array, side: int, grids: Grids) -> Array:
    """Bounds of one side, from another valley where one through `end` lies deeper than the threshold; else
    `end`."""
    start = np.vstack([end, _search(part, grids, end)[1]])
    box = (np.vstack([end, b]) for b in (part.search.lower, part.search.upper))
    inside, at = minimise(part.problem, start, *box, fixed=1)
    deeper = threshold - at.value > 1e-6 * (threshold - part.at.value)
    wanted = deeper & (np.arange(2) == side)[:, None]
    inside = np.array([inside, inside])
    return np.where(deeper, _profile(part, inside, inside, threshold, wanted)[side], end)


def _profile(optimum: Optimum, inside: Array, guess: Array, threshold: Array, wanted: Array) -> Array:
    """Bounds of the first parameter on both sides, (2, n); NaN where open or not wanted.

    `inside` and `guess`, (2, p, n): points within the interval, and where the search starts.
    """
    limits = optimum.limits
    # a curve whose estimate is beyond the tested doses is reported as beyond: that side needs no bound
    beyond = _beyond(optimum, inside[:, 0])
    usable = (optimum.spare > 0) & optimum.bounded
    side, curve = np.nonzero(wanted & ~beyond & usable)
    bounds = np.full(limits.shape, np.nan)
    if len(side):
        # the first parameter is free; the others keep their box (of an absolute IC50 these are all of the
        # curve's)
        nuisances = inside.shape[1] - 1
        box = (b[-nuisances:, curve] for b in (optimum.search.lower, optimum.search.upper))
        low, high = (np.vstack([np.full(len(curve), s * FAR), b]) for s, b in zip((-1, 1), box, strict=True))
        bounds[side, curve] = find_bounds(
            optimum.problem.take(curve),
            inside[side, :, curve].T,
            guess[side, :, curve].T,
            low,
            high,
            least=optimum.at.value[curve],
            threshold=threshold[curve],
            limit=limits[side, curve],
        )
    return _within(bounds, limits)


def _within(bounds: Array, limits: Array) -> Array:
    """Bounds, (2, n); one beyond the limits of the search is none."""
    return np.where(SIGNS * (bounds - limits) > 0, np.nan, bounds)


def _units(theta: Array) -> Array:
    return np.eye(len(theta))[:, :, None] * np.ones(theta.shape[1])


def _root(square: Array) -> Array:
    return np.sqrt(np.where(square > 0, square, np.nan))


def _guess(theta: Array, column: Array, margin: Array) -> Array:
    """Where the bounds would be if the profile were quadratic, (2, p, n); the nuisance not far from the
    optimum."""
    usable = column[0] > 0
    slope = np.where(usable, column / np.where(usable, column[0], 1.0), _units(theta)[0])
    move = (SIGNS * margin)[:, None] * slope
    move[:, 1:] = np.clip(move[:, 1:], -NUISANCE_REACH, NUISANCE_REACH)
    return np.asarray(theta + move)
