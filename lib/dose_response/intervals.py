"""Intervals of fitted curves: standard errors, and the profile of the relative and of the absolute IC50."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from lib.dose_response.grid import DECADES_BEYOND
from lib.dose_response.newton import solve_small
from lib.dose_response.profile import find_bounds
from lib.dose_response.projected import Evaluation, Problem
from lib.dose_response.search import Grids, Search, least_rss
from lib.dose_response.shape import LN10, Array

Method = Literal["profile", "wald"]
FAR = 1e3
"""Decades: no limit on the parameter whose bound is sought; across the limit of the search it is called open."""
NUISANCE_REACH = 1.0
"""Decades of the IC50, natural logarithms of hill and asymmetry."""
SIGNS = np.array([[-1.0], [1.0]])


@dataclass(frozen=True)
class Optimum:
    """Fitted curves as intervals need them, arrays (n_curves,) unless stated.

    `theta` (p, n) minimises `problem`, whose response is less `centre`; `at` is the evaluation there; `variance` is
    that of a response of weight 1, `spare` its degrees of freedom, `quantile` that of t for the level of confidence;
    `bounded` says for which curves a profile is wanted at all, `exact` which leave no residual; `design` as in `Batch`.
    """

    problem: Problem
    theta: Array
    at: Evaluation
    centre: Array
    variance: Array
    spare: Array
    quantile: Array
    bounded: Array
    exact: Array
    design: Array
    search: Search

    @property
    def limits(self) -> Array:
        """Of the search for log10 IC50, (2, n)."""
        return np.array([self.search.lower[0], self.search.upper[0]])


def estimate_ic50_interval(optimum: Optimum, *, method: Method) -> dict[str, Array]:
    """Standard errors and bounds of log10 IC50 (µM); a bound is NaN where its side is open."""
    theta, at, t = optimum.theta, optimum.at, optimum.quantile
    usable, variance = optimum.spare > 0, optimum.variance
    # the projected JᵀJ is the Schur complement of the full one
    columns = [solve_small(at.gauss_newton / 2, unit) for unit in _units(theta)[:2]]
    se, ln_hill_se = (_root(c[k] * variance) for k, c in enumerate(columns))
    fit = {"log10_ic50_se": se, "hill_se": ln_hill_se * np.exp(theta[1])}
    if method == "wald":
        fit["log10_low"], fit["log10_high"] = theta[0] + SIGNS * t * se
        return fit
    margin = t * np.nan_to_num(se, nan=0.05)
    edges, limits = optimum.search.edges, optimum.limits
    guess = _guess(theta, columns[0], margin)
    # one grid cell: the quadratic guess is good; several: the grid has already found the neighbourhood
    wide = (SIGNS * (edges[:, 0] - theta[0]) > 1.5 * margin) | (margin > 1.0)
    guess = np.where(wide[:, None], edges, guess)
    guess[:, 0] = np.clip(guess[:, 0], *limits)
    threshold = _threshold(optimum, at)
    opened = optimum.search.rss_at_limit <= threshold
    inside = np.array([theta, theta])
    bounds = _profile(optimum, inside, guess, threshold, ~opened)
    # a bound nearer than a grid point that is inside has ended in another valley: go on from that point
    missed = SIGNS * (edges[:, 0] - bounds) > 1e-9
    side, curve = np.nonzero(missed)
    if len(side):
        there = optimum.problem.take(curve).objective(edges[side, :, curve].T)
        missed[side, curve] = there <= threshold[curve]
        bounds = np.where(missed, _profile(optimum, edges, edges, threshold, missed), bounds)
    fit["log10_low"], fit["log10_high"] = np.where(optimum.exact & usable, theta[0], bounds)
    return fit


def _threshold(optimum: Optimum, at: Evaluation) -> Array:
    """Objective at an end of the interval: the least one and ``F(1, spare) = t**2`` variances."""
    return np.asarray(at.value + optimum.variance * optimum.quantile**2)


def estimate_absolute(
    fit: dict[str, Array], optimum: Optimum, grids: Grids, *, level: float, method: Method
) -> dict[str, Array]:
    """log10 concentration (µM) where each curve crosses `level`, and its bounds.

    Profile: the crossing is made a parameter; Wald: by the curvature there. Curves whose bottom is fixed get none.
    """
    theta, limits = optimum.theta, optimum.limits
    where, crosses = _crossing(fit, theta, level)
    out = {"log10_absolute": np.where(crosses, where, np.nan)}
    bounds = np.full(limits.shape, np.nan)
    inside = crosses & (where > limits[0]) & (where < limits[1]) & optimum.bounded & ~optimum.exact
    todo = np.flatnonzero(inside & (optimum.problem.offset == "mean"))
    if len(todo):
        part = _take(optimum, todo, level)
        full = np.vstack([where[todo], part.theta])
        bounds[:, todo] = _absolute_bounds(part, full, grids, method)
    out["log10_absolute_low"], out["log10_absolute_high"] = bounds
    return out


def _crossing(fit: dict[str, Array], theta: Array, level: float) -> tuple[Array, Array]:
    above, below = fit["top"] - level, level - fit["bottom"]
    crosses = above * below > 0
    ratio = np.where(crosses, 1 + above / np.where(crosses, below, 1.0), 2.0)
    f = fit["asymmetry"]
    # (1 + z)**f = (top - bottom) / (level - bottom), z counted from the half-way point
    z = np.expm1(np.log(np.maximum(ratio, 1 + 1e-300)) / f)
    half = np.expm1(np.log(2.0) / f)
    return theta[0] + np.log(np.maximum(z / half, 1e-300)) / (LN10 * fit["hill"]), crosses


def _take(optimum: Optimum, todo: Array, level: float) -> Optimum:
    """The curves that cross, their responses counted from the level; the least sum of squares stays the same."""
    sub = optimum.problem.take(todo)
    response = sub.response + optimum.centre[todo] - level
    search, per_curve = (
        optimum.search,
        ("centre", "variance", "spare", "quantile", "bounded", "exact", "design"),
    )
    box = {name: getattr(search, name)[..., todo] for name in ("lower", "upper", "edges", "rss_at_limit")}
    return replace(
        optimum,
        problem=Problem(sub.ln_concentration, response, sub.weight, "crossing"),
        theta=optimum.theta[:, todo],
        at=optimum.at.take(todo),
        search=replace(search, **box),
        **{name: getattr(optimum, name)[todo] for name in per_curve},
    )


def _absolute_bounds(part: Optimum, full: Array, grids: Grids, method: Method) -> Array:
    at = part.problem.evaluate(full)
    column = solve_small(at.gauss_newton / 2, _units(full)[0])
    se = np.sqrt(np.maximum(column[0] * part.variance, 0))
    margin = part.quantile * np.where(se > 0, se, 0.05)
    if method == "wald":
        return np.asarray(full[0] + SIGNS * margin)
    threshold = _threshold(part, at)
    asymmetric = len(part.theta) == 3
    opened = np.array([
        least_rss(part.problem, part.design, grids, asymmetric=asymmetric, crossing=limit) <= threshold
        for limit in part.limits
    ])  # fmt: skip
    guess = _guess(full, column, np.minimum(margin, 1.0))
    return _profile(part, np.array([full, full]), guess, threshold, ~opened)


def _profile(optimum: Optimum, inside: Array, guess: Array, threshold: Array, wanted: Array) -> Array:
    """Bounds of the first parameter on both sides, (2, n); NaN where open or not wanted.

    `inside` and `guess`, (2, p, n): points within the interval, and where the search starts.
    """
    limits = optimum.limits
    # a curve whose estimate is beyond the tested doses is reported as beyond: that side needs no bound
    beyond = SIGNS * (inside[:, 0] - (limits - SIGNS * DECADES_BEYOND)) > 0
    usable = (optimum.spare > 0) & optimum.bounded & ~optimum.exact
    side, curve = np.nonzero(wanted & ~beyond & usable)
    bounds = np.full(limits.shape, np.nan)
    if len(side):
        # the first parameter is free; the others keep their box (of an absolute IC50 these are all of the curve's)
        nuisances = inside.shape[1] - 1
        box = (b[-nuisances:, curve] for b in (optimum.search.lower, optimum.search.upper))
        low, high = (np.vstack([np.full(len(curve), s * FAR), b]) for s, b in zip((-1, 1), box, strict=True))
        bounds[side, curve] = find_bounds(
            optimum.problem.take(curve), inside[side, :, curve].T, guess[side, :, curve].T, low, high,
            least=optimum.at.value[curve], threshold=threshold[curve], limit=limits[side, curve],
        )  # fmt: skip
    return np.where(SIGNS * (bounds - limits) > 0, np.nan, bounds)


def _units(theta: Array) -> Array:
    return np.eye(len(theta))[:, :, None] * np.ones(theta.shape[1])


def _root(square: Array) -> Array:
    return np.sqrt(np.where(square > 0, square, np.nan))


def _guess(theta: Array, column: Array, margin: Array) -> Array:
    """Where the bounds would be if the profile were quadratic, (2, p, n); the nuisance not far from the optimum."""
    usable = column[0] > 0
    slope = np.where(usable, column / np.where(usable, column[0], 1.0), _units(theta)[0])
    move = (SIGNS * margin)[:, None] * slope
    move[:, 1:] = np.clip(move[:, 1:], -NUISANCE_REACH, NUISANCE_REACH)
    return np.asarray(theta + move)
