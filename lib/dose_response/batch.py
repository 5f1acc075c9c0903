"""Fit a batch of curves: grid, Newton, profile. Arrays in, arrays out; tables are dealt with in `curves`."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from lib import stats
from lib.dose_response.intervals import Method, Optimum, estimate_absolute, estimate_ic50_interval
from lib.dose_response.newton import minimise
from lib.dose_response.no_effect import no_effect_p
from lib.dose_response.projected import Evaluation, Offset, Problem
from lib.dose_response.search import Grids, Search, box_of, least_rss, search_grid
from lib.dose_response.shape import (
    N_PARAMETERS,
    Array,
    ModelName,
    columns_of,
    dot,
    evaluate_shape,
    log_concentration,
    total_of,
)
from lib.dose_response.ties import EQUAL, Pull, least_scatter

CHUNK = 16384


@dataclass(frozen=True)
class Batch:
    """Curves reduced to a mean at each distinct concentration: (n_points, n_curves), padded with zero
    weights.

    `pure_error` is the sum of squares of the replicates about those means: no curve can remove it, so fits
    run on the means and add it back. `design` numbers the curves that share their concentrations. `variance`
    is that of a well of weight 1 where it is known from elsewhere; None: from the residuals.
    """

    ln_concentration: Array
    mean: Array
    weight: Array
    pure_error: Array
    n_wells: Array
    design: Array
    variance: Array | None = None

    def take(self, index: Array) -> Batch:
        """The batch of a subset of the curves."""
        columns: dict[str, Any] = {
            f.name: columns_of(values, index)
            for f in fields(self)
            if (values := getattr(self, f.name)) is not None
        }
        return Batch(**columns)


@dataclass(frozen=True)
class BatchFit:
    """Estimates of a batch, arrays (n_curves,). Bounds are log10 µM, NaN where the profile stays open.

    `open_low`, `open_high`: whether the data allow any IC50 on that side (see `estimate_ic50_interval`).
    `mean` is the weighted mean response and `mean_se` its standard error about a constant.
    """

    log10_ic50: Array
    hill: Array
    asymmetry: Array
    top: Array
    bottom: Array
    rss: Array
    rss_flat: Array
    p_no_effect: Array
    log10_ic50_se: Array
    hill_se: Array
    log10_low: Array
    log10_high: Array
    log10_absolute: Array
    log10_absolute_low: Array
    log10_absolute_high: Array
    open_low: Array
    open_high: Array
    mean: Array
    mean_se: Array

    def take(self, index: Array) -> BatchFit:
        """The fits of a subset of the curves."""
        return BatchFit(*(getattr(self, f.name)[index] for f in fields(self)))


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
        ``bottom + (top - bottom) / (1 + (c / IC50)**hill)``; 3pl holds bottom at 0; 5pl raises the
        denominator to an asymmetry and still calls IC50 the concentration half-way between the plateaus.
    method : {"profile", "wald"}
        Profile likelihood with the F threshold ``RSS (1 + F(1, n - p) / (n - p))``, or estimate ± t × SE on
        log10.
    level : float or None
        Response that the absolute IC50 crosses; None leaves it out.

    Notes
    -----
    Memory is bounded: curves go through in chunks of 16,384.
    """
    n = batch.mean.shape[1]
    result = {f.name: np.full(n, np.nan) for f in fields(BatchFit)}
    order = np.argsort(batch.design, kind="stable")
    grids = Grids(centred=model != "3pl")
    for start in range(0, n, CHUNK):
        index = order[start : start + CHUNK]
        part = _fit_chunk(batch.take(index), grids, model, method, confidence, level)
        for name, values in part.items():
            result[name][index] = values
        grids.keep_only(int(batch.design[index[-1]]))
    return BatchFit(**result)


def refit_batch(batch: Batch, start: BatchFit, *, model: ModelName = "4pl") -> BatchFit:
    """Fit every curve by least squares from known estimates on, as where only the weights have changed.

    Parameters
    ----------
    batch : Batch
    start : BatchFit
        Of the same curves and model; bounds, errors and tests of the result are NaN.
    """
    problem, centre = _centre(batch, model)
    theta = np.array([start.log10_ic50, np.log(start.hill), np.log(start.asymmetry)])[
        : 3 if model == "5pl" else 2
    ]
    lower, upper = box_of(problem, len(theta))
    theta, at = minimise(problem, theta, lower, upper)
    empty = {f.name: np.full(len(centre), np.nan) for f in fields(BatchFit)}
    rss = _rss(problem, theta, at) + batch.pure_error
    return BatchFit(**{**empty, **_estimates(problem, theta, at, centre), "rss": rss})


def _centre(batch: Batch, model: ModelName) -> tuple[Problem, Array]:
    centre = np.zeros(batch.mean.shape[1]) if model == "3pl" else _weighted_mean(batch)
    offset: Offset = "zero" if model == "3pl" else "mean"
    wells = (batch.ln_concentration, batch.mean - centre, batch.weight)
    return Problem(*wells, offset, Pull.towards_doses(*wells)), centre


def _weighted_mean(batch: Batch) -> Array:
    return dot(batch.weight, batch.mean) / total_of(batch.weight)


def _mean_se(batch: Batch, flat: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.sqrt(flat / (batch.n_wells - 1) / total_of(batch.weight)))


def _trim(batch: Batch) -> Batch:
    used = int(np.flatnonzero(np.any(batch.weight > 0, axis=1)).max()) + 1
    cut = {f.name: getattr(batch, f.name) for f in fields(batch)}
    for name in ("ln_concentration", "mean", "weight"):
        cut[name] = cut[name][:used]
    return Batch(**cut)


def _fit_chunk(
    batch: Batch, grids: Grids, model: ModelName, method: Method, confidence: float, level: float | None
) -> dict[str, Array]:
    batch, n_parameters = _trim(batch), N_PARAMETERS[model]
    problem, centre = _centre(batch, model)
    flat = dot(batch.weight, (batch.mean - _weighted_mean(batch)) ** 2) + batch.pure_error
    spare = batch.n_wells - n_parameters
    quantile = stats.t.ppf(0.5 + confidence / 2, np.maximum(spare, 1))
    ratio = 1 + quantile**2 / np.maximum(spare, 1) if method == "profile" else None
    search = _search(problem, batch, grids, model, ratio)
    theta, at = _best_of(problem, search)
    rss = _rss(problem, theta, at) + batch.pure_error
    fit = {**_estimates(problem, theta, at, centre), "rss": rss, "rss_flat": flat}
    fit["p_no_effect"] = _no_effect(batch, rss, flat, model)
    fit |= {"mean": _weighted_mean(batch), "mean_se": _mean_se(batch, flat)}
    if batch.variance is None:
        variance = np.where(spare > 0, np.maximum(rss, least_scatter(flat)) / np.maximum(spare, 1), np.nan)
        # a curve that shows no effect gets no interval: there is nothing to bound
        bounded = fit["p_no_effect"] < 1 - confidence
    else:
        variance, bounded = batch.variance, np.ones(len(spare), bool)
    optimum = Optimum(problem, theta, at, centre, variance, spare, quantile, bounded, batch.design, search)
    fit |= estimate_ic50_interval(optimum, method=method)
    if level is not None:
        fit |= estimate_absolute(fit, optimum, grids, level=level, method=method)
    return fit


def _no_effect(batch: Batch, rss: Array, flat: Array, model: ModelName) -> Array:
    """p of the test against a constant, with a free bottom whatever the model; 1 where all wells read the
    same."""
    least = rss
    if model == "3pl":
        problem, _ = _centre(batch, "4pl")
        least = least_rss(problem, batch.design, Grids(centred=True)) + batch.pure_error
    p = no_effect_p(least, flat, batch.n_wells, (batch.weight > 0).sum(0), max(N_PARAMETERS[model], 4))
    constant = flat <= 1e-24 * np.maximum(dot(batch.weight, batch.mean**2), 1e-300)
    return np.where(constant, 1.0, p)


def _search(problem: Problem, batch: Batch, grids: Grids, model: ModelName, ratio: Array | None) -> Search:
    search = search_grid(
        problem, batch.design, grids, asymmetric=model == "5pl", pure_error=batch.pure_error, ratio=ratio
    )
    if model != "5pl":
        return search
    # from the best symmetric curve too, so that an asymmetry never fits worse than none
    theta, _ = _best_of(problem, _search(problem, batch, grids, "4pl", None))
    n = theta.shape[1]
    starts = np.hstack([search.starts, np.vstack([theta, np.zeros(n)])])
    return replace(search, starts=starts, owner=np.concatenate([search.owner, np.arange(n)]))


def _best_of(problem: Problem, search: Search) -> tuple[Array, Evaluation]:
    """The lowest end of the starts of each curve; of equally low ones the nearest to the doses, then the
    lowest IC50."""
    assert problem.pull is not None
    owner, n = search.owner, problem.weight.shape[1]
    theta, at = minimise(problem.take(owner), search.starts, search.lower[:, owner], search.upper[:, owner])
    least = np.full(n, np.inf)
    np.minimum.at(least, owner, at.value)
    higher = at.value > least[owner] * EQUAL
    away = np.abs(theta[0] - problem.pull.middle[owner])
    order = np.lexsort((theta[0], away.round(6), higher, owner))
    winner = order[np.searchsorted(owner[order], np.arange(n))]
    return theta[:, winner], at.take(winner)


def _rss(problem: Problem, theta: Array, at: Evaluation) -> Array:
    """Residual sum of squares at the optimum, the pull taken out again."""
    assert problem.pull is not None
    return np.asarray(np.maximum(at.value - problem.pull.value(theta), 0.0))


def _estimates(problem: Problem, theta: Array, at: Evaluation, centre: Array) -> dict[str, Array]:
    top, bottom = at.amplitude, np.zeros_like(at.amplitude)
    if problem.offset == "mean":
        shape = evaluate_shape(problem.ln_concentration, theta, derivatives=False)
        total = total_of(problem.weight)
        # each plateau from the side of the centre on which it lies: either may run to 1e14 and leave the
        # other exact
        top = centre + at.amplitude * dot(problem.weight, shape.complement) / total
        bottom = centre - at.amplitude * dot(problem.weight, shape.value) / total
    asymmetry = np.exp(theta[2]) if len(theta) == 3 else np.ones_like(top)
    return {
        "log10_ic50": theta[0],
        "hill": np.exp(theta[1]),
        "asymmetry": asymmetry,
        "top": top,
        "bottom": bottom,
    }
