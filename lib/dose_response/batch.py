"""Fit a batch of curves: grid, Newton, profile. Arrays in, arrays out; tables are dealt with in `curves`."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

import numpy as np
from scipy import stats

from lib.dose_response.grid import (
    ASYMMETRY_BOUNDS,
    DECADES_BEYOND,
    HILL_BOUNDS,
    Grid,
    build_grid,
    explained,
    pick_starts,
    search_range,
)
from lib.dose_response.newton import minimise, solve_small
from lib.dose_response.no_effect import no_effect_p
from lib.dose_response.profile import find_bounds
from lib.dose_response.projected import Problem
from lib.dose_response.shape import LN10, Array, evaluate_shape, log_concentration

ModelName = Literal["4pl", "3pl", "5pl"]
Method = Literal["profile", "wald"]
N_PARAMETERS = {"4pl": 4, "3pl": 3, "5pl": 5}
CHUNK = 8192
STARTS = 2


@dataclass(frozen=True)
class Batch:
    """Curves reduced to a mean at each distinct concentration: (n_points, n_curves), padded with zero weights.

    `pure_error` is the sum of squares of the replicates about those means: no curve can remove it, so fits run
    on the means and add it back. `design` numbers the curves that share their concentrations.
    """

    ln_concentration: Array
    mean: Array
    weight: Array
    pure_error: Array
    n_wells: Array
    design: Array

    def take(self, index: Array) -> Batch:
        """The batch of a subset of the curves."""
        return Batch(*(getattr(self, f.name)[..., index] for f in fields(self)))


@dataclass(frozen=True)
class BatchFit:
    """Estimates of a batch, arrays (n_curves,). Bounds are log10 µM, NaN where the profile stays open."""

    log10_ic50: Array
    hill: Array
    asymmetry: Array
    top: Array
    bottom: Array
    rss: Array
    rss_flat: Array
    log10_ic50_se: Array
    hill_se: Array
    log10_low: Array
    log10_high: Array
    log10_absolute: Array
    log10_absolute_low: Array
    log10_absolute_high: Array


def batch_from_matrix(concentration_uM: Array, response: Array) -> Batch:
    """Batch of curves that were all measured at the same wells.

    Parameters
    ----------
    concentration_uM : array, (n_wells,)
        Replicates repeat the concentration.
    response : array, (n_curves, n_wells)
    """
    distinct, code, count = np.unique(concentration_uM, return_inverse=True, return_counts=True)
    member = (code == np.arange(len(distinct))[:, None]).astype(float)
    mean = (member / count[:, None]) @ response.T
    pure = ((response - mean.T[:, code]) ** 2).sum(1)
    n = len(response)
    ln = np.repeat(log_concentration(distinct)[:, None], n, 1)
    weight = np.repeat(count.astype(float)[:, None], n, 1)
    return Batch(ln, mean, weight, pure, np.full(n, len(concentration_uM)), np.zeros(n, int))


def fit_batch(
    batch: Batch,
    *,
    model: ModelName = "4pl",
    method: Method = "profile",
    confidence: float = 0.95,
    level: float | None = 0.5,
) -> BatchFit:
    """Fit every curve of a batch by least squares, with an interval for log10 IC50.

    Parameters
    ----------
    batch : Batch
    model : {"4pl", "3pl", "5pl"}
        ``bottom + (top - bottom) / (1 + (c / IC50)**hill)``; 3pl holds bottom at 0; 5pl raises the denominator to
        an asymmetry and still calls IC50 the concentration half-way between the plateaus.
    method : {"profile", "wald"}
        Profile likelihood with the F threshold ``RSS (1 + F(1, n - p) / (n - p))``, or estimate ± t × SE on log10.
    level : float or None
        Response that the absolute IC50 crosses; None leaves it out.

    Notes
    -----
    Memory is bounded: curves go through in chunks of 8,192.
    """
    n = batch.mean.shape[1]
    result = {f.name: np.full(n, np.nan) for f in fields(BatchFit)}
    order = np.argsort(batch.design, kind="stable")
    grids: dict[int, Grid] = {}
    for start in range(0, n, CHUNK):
        index = order[start : start + CHUNK]
        part = _fit_chunk(batch.take(index), grids, model, method, confidence, level)
        for name, values in part.items():
            result[name][index] = values
        last = int(batch.design[index[-1]])
        grids = {last: grids[last]}
    return BatchFit(**result)


def _trim(batch: Batch) -> Batch:
    used = int(np.flatnonzero(np.any(batch.weight > 0, axis=1)).max()) + 1
    cut = {f.name: getattr(batch, f.name) for f in fields(batch)}
    for name in ("ln_concentration", "mean", "weight"):
        cut[name] = cut[name][:used]
    return Batch(**cut)


def _fit_chunk(
    batch: Batch,
    grids: dict[int, Grid],
    model: ModelName,
    method: Method,
    confidence: float,
    level: float | None,
) -> dict[str, Array]:
    batch = _trim(batch)
    centred = model != "3pl"
    total = batch.weight.sum(0)
    centre = (batch.weight * batch.mean).sum(0) / total
    flat = (batch.weight * (batch.mean - centre) ** 2).sum(0) + batch.pure_error
    response = batch.mean - centre if centred else batch.mean
    problem = Problem(batch.ln_concentration, response, batch.weight, "mean" if centred else "zero")
    starts, lower, upper, edges = _search(problem, batch, grids, model, confidence)
    theta, rss = _best_of(problem, starts, lower, upper)
    fit = _estimates(problem, theta, rss + batch.pure_error, centre, centred)
    fit["rss_flat"] = flat
    spare = batch.n_wells - N_PARAMETERS[model]
    distinct = (batch.weight > 0).sum(0)
    # a curve that shows no effect gets no interval: there is nothing to bound
    moves = no_effect_p(fit["rss"], flat, batch.n_wells, distinct, N_PARAMETERS[model]) < 1 - confidence
    _add_bounds(fit, problem, theta, rss, spare, moves, lower, upper, method, confidence, edges)
    if level is not None:
        _add_crossing(fit, batch, moves, theta, rss, spare, level, lower, upper, method, confidence, model)
    return fit


def _search(problem: Problem, batch: Batch, grids: dict[int, Grid], model: ModelName, confidence: float):  # type: ignore[no-untyped-def]
    """Starts, box, and the outermost grid locations that the profile keeps."""
    n, p = problem.weight.shape[1], 3 if model == "5pl" else 2
    starts = np.empty((STARTS, p, n))
    lower, upper = np.empty((p, n)), np.empty((p, n))
    edges = np.empty((2, p, n))
    spare = np.maximum(batch.n_wells - N_PARAMETERS[model], 1)
    ratio = _threshold_ratio(spare, confidence)
    for code in np.unique(batch.design):
        group = np.flatnonzero(batch.design == code)
        used = batch.weight[:, group].any(1)
        ln = problem.ln_concentration[used][:, group[0]]
        if code not in grids:
            grids[int(code)] = build_grid(ln, centred=problem.offset == "mean", asymmetric=model == "5pl")
        grid = grids[int(code)]
        response, weight = problem.response[used][:, group], problem.weight[used][:, group]
        low, high = search_range(ln)
        lower[:, group] = np.array([low, np.log(HILL_BOUNDS[0]), np.log(ASYMMETRY_BOUNDS[0])])[:p, None]
        upper[:, group] = np.array([high, np.log(HILL_BOUNDS[1]), np.log(ASYMMETRY_BOUNDS[1])])[:p, None]
        for first in range(0, len(group), 512):
            part = slice(first, first + 512)
            score = explained(grid, response[:, part], weight[:, part])
            total = (weight[:, part] * response[:, part] ** 2).sum(0)
            edges[:, :, group[part]] = _outermost(
                score, grid, total, batch.pure_error[group[part]], ratio[group[part]]
            )
            starts[:, :, group[part]] = pick_starts(score, grid, STARTS)
    return starts, lower, upper, edges


def _threshold_ratio(spare: Array, confidence: float) -> Array:
    return np.asarray(1 + stats.f.ppf(confidence, 1, spare) / spare)


def _outermost(score: Array, grid: Grid, total: Array, pure: Array, ratio: Array) -> Array:
    """Lowest and highest grid location that the profile keeps, with the nuisance parameters there."""
    along = score.max(2)
    best = total + pure - along.max(1)
    keep = total[:, None] + pure[:, None] - along <= (best * ratio)[:, None] * (1 + 1e-9)
    first = keep.argmax(1)
    last = keep.shape[1] - 1 - keep[:, ::-1].argmax(1)
    rows = np.arange(len(score))
    ends = []
    for index in (first, last):
        nuisance = score[rows, index].argmax(1)
        ends.append(np.vstack([grid.locations[index], grid.others[:, nuisance]]))
    return np.array(ends)


def _best_of(problem: Problem, starts: Array, lower: Array, upper: Array) -> tuple[Array, Array]:
    """Polish each start roughly, then the winner to the last digit."""
    thetas, values = zip(
        *(minimise(problem, s, lower, upper, max_steps=12, tolerance=1e-4) for s in starts), strict=True
    )
    winner = np.argmin(values, 0)
    theta = np.array(thetas)[winner, :, np.arange(starts.shape[2])].T
    return minimise(problem, theta, lower, upper)


def _estimates(problem: Problem, theta: Array, rss: Array, centre: Array, centred: bool) -> dict[str, Array]:
    at = problem.evaluate(theta)
    shape = evaluate_shape(problem.ln_concentration, theta, derivatives=False)
    if centred:
        mean_lost = (problem.weight * shape.complement).sum(0) / problem.weight.sum(0)
        top = centre + at.amplitude * mean_lost
        bottom = top - at.amplitude
    else:
        top, bottom = at.amplitude, np.zeros_like(at.amplitude)
    ones = np.ones_like(top)
    asymmetry = np.exp(theta[2]) if len(theta) == 3 else ones
    return {
        "log10_ic50": theta[0],
        "hill": np.exp(theta[1]),
        "asymmetry": asymmetry,
        "top": top,
        "bottom": bottom,
        "rss": rss,
    }


def _standard_errors(problem: Problem, theta: Array, variance: Array) -> tuple[Array, Array]:
    """Standard errors of log10 IC50 and ln hill: the projected JᵀJ is the Schur complement of the full one."""
    gauss = problem.evaluate(theta).gauss_newton / 2
    out = []
    for k in (0, 1):
        unit = np.zeros_like(theta)
        unit[k] = 1.0
        out.append(solve_small(gauss, unit)[k] * variance)
    return tuple(np.sqrt(np.where(v > 0, v, np.nan)) for v in out)  # type: ignore[return-value]


def _add_bounds(
    fit: dict[str, Array],
    problem: Problem,
    theta: Array,
    rss: Array,
    spare: Array,
    moves: Array,
    lower: Array,
    upper: Array,
    method: Method,
    confidence: float,
    edges: Array,
) -> None:
    usable = spare > 0
    safe = np.maximum(spare, 1)
    variance = np.where(usable, fit["rss"] / safe, np.nan)
    se, ln_hill_se = _standard_errors(problem, theta, variance)
    fit["log10_ic50_se"], fit["hill_se"] = se, ln_hill_se * fit["hill"]
    if method == "wald":
        margin = stats.t.ppf(0.5 + confidence / 2, safe) * se
        fit["log10_low"], fit["log10_high"] = theta[0] - margin, theta[0] + margin
        return
    allowed = fit["rss"] * (_threshold_ratio(safe, confidence) - 1)
    margin = stats.t.ppf(0.5 + confidence / 2, safe) * np.nan_to_num(se, nan=0.05)
    tangent = _tangent(problem, theta)
    exact = fit["rss"] <= 1e-24 * np.maximum(fit["rss_flat"], 1e-300)
    for side, name in ((0, "log10_low"), (1, "log10_high")):
        limit = (lower, upper)[side][0]
        edge = edges[side]
        sign = 2 * side - 1
        opened = np.abs(edge[0] - limit) < 1e-9
        # one grid cell: the quadratic guess is good; several: the grid has already found the neighbourhood
        guess = theta + sign * margin * tangent
        wide = sign * (edge[0] - theta[0]) > 1.5 * margin
        guess = np.where(wide | (margin > 1.0), edge, guess)
        guess[0] = np.clip(guess[0], lower[0], upper[0])
        values = np.full(theta.shape[1], np.nan)
        # a curve whose estimate is beyond the tested doses is reported as beyond: that side needs no bound
        beyond = sign * (theta[0] - (limit - sign * DECADES_BEYOND)) > 0
        todo = np.flatnonzero(usable & ~opened & ~exact & moves & ~beyond)
        if len(todo):
            values[todo] = find_bounds(
                problem.take(todo),
                theta[:, todo],
                guess[:, todo],
                (rss + allowed)[todo],
                _unbounded(lower)[:, todo],
                _unbounded(upper)[:, todo],
                limit=limit[todo],
            )
        outside = sign * (values - limit) > 0
        fit[name] = np.where(exact & usable, theta[0], np.where(outside, np.nan, values))


def _tangent(problem: Problem, theta: Array) -> Array:
    """How the nuisance parameters move with the first one along the profile, at the optimum."""
    unit = np.zeros_like(theta)
    unit[0] = 1.0
    column = solve_small(problem.evaluate(theta).gauss_newton, unit)
    usable = column[0] > 0
    return np.asarray(np.where(usable, column / np.where(usable, column[0], 1.0), unit))


def _unbounded(bound: Array) -> Array:
    """The box without the limit of the first parameter: a bound is sought across it, then called open."""
    free = bound.copy()
    free[0] = np.sign(bound[-1]) * 1e3 if len(bound) else free[0]
    return free


def _add_crossing(
    fit: dict[str, Array],
    batch: Batch,
    moves: Array,
    theta: Array,
    rss: Array,
    spare: Array,
    level: float,
    lower: Array,
    upper: Array,
    method: Method,
    confidence: float,
    model: ModelName,
) -> None:
    """Concentration where the curve crosses `level`; profile by making it a parameter, Wald by its curvature."""
    n = theta.shape[1]
    above, below = fit["top"] - level, level - fit["bottom"]
    crosses = above * below > 0
    ratio = np.where(crosses, 1 + above / np.where(crosses, below, 1.0), 2.0)
    f = fit["asymmetry"]
    # (1 + z)**f = (top - bottom) / (level - bottom), z counted from the half-way point
    z = np.expm1(np.log(np.maximum(ratio, 1 + 1e-300)) / f)
    half = np.expm1(np.log(2.0) / f)
    where = theta[0] + np.log(np.maximum(z / half, 1e-300)) / (LN10 * fit["hill"])
    fit["log10_absolute"] = np.where(crosses, where, np.nan)
    low, high = np.full(n, np.nan), np.full(n, np.nan)
    fit["log10_absolute_low"], fit["log10_absolute_high"] = low, high
    inside = crosses & (where > lower[0]) & (where < upper[0]) & (spare > 0)
    todo = np.flatnonzero(inside & moves & (fit["rss"] > 1e-24 * fit["rss_flat"]))
    if not len(todo) or model == "3pl":
        return
    sub = batch.take(todo)
    problem = Problem(sub.ln_concentration, sub.mean - level, sub.weight, "crossing")
    full = np.vstack([where[None], theta])[:, todo]
    gauss = problem.evaluate(full).gauss_newton / 2
    unit = np.zeros_like(full)
    unit[0] = 1.0
    safe = spare[todo]
    se = np.sqrt(np.maximum(solve_small(gauss, unit)[0] * fit["rss"][todo] / safe, 0))
    margin = stats.t.ppf(0.5 + confidence / 2, safe) * np.where(se > 0, se, 0.05)
    if method == "wald":
        low[todo], high[todo] = full[0] - margin, full[0] + margin
        return
    tangent = _tangent(problem, full)
    threshold = rss[todo] + fit["rss"][todo] * (_threshold_ratio(safe, confidence) - 1)
    box_low = np.vstack([np.full((1, n), -1e3), lower])[:, todo]
    box_high = np.vstack([np.full((1, n), 1e3), upper])[:, todo]
    for sign, target, limit in ((-1, low, lower[0, todo]), (1, high, upper[0, todo])):
        some = np.flatnonzero(sign * (full[0] - (limit - sign * DECADES_BEYOND)) <= 0)
        if not len(some):
            continue
        guess = full + np.clip(sign * margin, -1.0, 1.0) * tangent
        found = find_bounds(
            problem.take(some),
            full[:, some],
            guess[:, some],
            threshold[some],
            box_low[:, some],
            box_high[:, some],
            limit=limit[some],
        )
        target[todo[some]] = np.where(sign * (found - limit[some]) > 0, np.nan, found)
