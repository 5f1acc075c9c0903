"""Fits that single wells cannot pull: M-estimation by reweighting, with the intervals that go with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from lib.dose_response.batch import Batch, BatchFit, fit_batch, refit_batch
from lib.dose_response.intervals import Method
from lib.dose_response.no_effect import no_effect_p
from lib.dose_response.shape import N_PARAMETERS, Array, ModelName, evaluate_shape
from lib.dose_response.ties import least_scatter

RobustLoss = Literal["huber", "tukey"]
SHARE_WITHIN_ONE_SD = 0.6827
GLOBAL_FITS = 2
FLAT_ITERATIONS = 40
HUBER, TUKEY = 1.345, 4.685
"""Robust SDs; both lose 5 % of efficiency where errors are normal after all."""


@dataclass(frozen=True)
class Loss:
    """A loss rho of the standardised residual u: its weight rho'(u) / u, rho itself, and rho''."""

    weigh: Callable[[Array], Array]
    rho: Callable[[Array], Array]
    curvature: Callable[[Array], Array]


LOSSES = {
    "huber": Loss(
        lambda u: HUBER / np.maximum(np.abs(u), HUBER),
        lambda u: np.where(np.abs(u) <= HUBER, u**2 / 2, HUBER * (np.abs(u) - HUBER / 2)),
        lambda u: (np.abs(u) <= HUBER).astype(float),
    ),
    "tukey": Loss(
        lambda u: np.maximum(1 - (u / TUKEY) ** 2, 0) ** 2,
        lambda u: TUKEY**2 / 6 * (1 - np.maximum(1 - (u / TUKEY) ** 2, 0) ** 3),
        lambda u: np.where(np.abs(u) < TUKEY, (1 - (u / TUKEY) ** 2) * (1 - 5 * (u / TUKEY) ** 2), 0.0),
    ),
}


@dataclass(frozen=True)
class Wells:
    """Wells of a batch, arrays (n_wells,): curve and row in the batch of each, its response and its own
    weight."""

    curve: Array
    row: Array
    response: Array
    weight: Array

    @staticmethod
    def locate(batch: Batch, curve: Array, ln_concentration: Array, response: Array, weight: Array) -> Wells:
        """Wells of a batch, each array (n_wells,)."""
        # padding stands at the limit of concentration 0, which comes first where it is real
        row = np.argmin(np.abs(batch.ln_concentration[:, curve] - ln_concentration), axis=0)
        return Wells(curve, row, response, weight)

    def of_curves(self, curves: Array, n_curves: int) -> tuple[Array, Wells]:
        """Where the wells of some curves are, and these wells with their curves numbered anew."""
        place = np.full(n_curves, -1)
        place[curves] = np.arange(len(curves))
        at = np.flatnonzero(place[self.curve] >= 0)
        return at, Wells(place[self.curve[at]], self.row[at], self.response[at], self.weight[at])

    def sum(self, values: Array, n_curves: int) -> Array:
        """Sum over the wells of each curve."""
        return np.bincount(self.curve, values, n_curves)

    def scatter(self, n_curves: int) -> Array:
        """Weighted sum of squares about the weighted mean of each curve."""
        mean = self.sum(self.weight * self.response, n_curves) / self.sum(self.weight, n_curves)
        return self.sum(self.weight * (self.response - mean[self.curve]) ** 2, n_curves)

    def reweight(self, batch: Batch, weight: Array, response: Array | None = None) -> Batch:
        """The batch with other weights, and other responses where given; no pure error is kept."""
        y = self.response if response is None else response
        shape = batch.weight.shape
        slot = self.row * shape[1] + self.curve
        total = np.bincount(slot, weight, batch.weight.size)
        mean = np.bincount(slot, weight * y, batch.weight.size) / np.where(total > 0, total, 1.0)
        # a concentration whose wells all weigh nothing keeps its place in the design with next to no weight
        held = np.maximum(total.reshape(shape), 1e-12 * (batch.weight > 0))
        return replace(batch, mean=mean.reshape(shape), weight=held, pure_error=np.zeros(shape[1]))

    def predict(self, batch: Batch, fit: BatchFit) -> Array:
        """Fitted response of each well."""
        theta = np.array([fit.log10_ic50, np.log(fit.hill), np.log(fit.asymmetry)])
        theta = theta[:2] if np.all(fit.asymmetry == 1) else theta
        shape = evaluate_shape(batch.ln_concentration, theta, derivatives=False)
        return shape.between(fit.top, fit.bottom)[self.row, self.curve]


@dataclass(frozen=True)
class Reweighted:
    """A fit whose weights have settled: fitted response and weight of each well, robust SD of each curve."""

    fitted: Array
    weight: Array
    sd: Array


def reweight_until_settled(
    batch: Batch,
    wells: Wells,
    weigh: Callable[[Array], Array],
    *,
    model: ModelName,
    settled: float = 1e-5,
    iterations: int = 40,
) -> Reweighted:
    """Fit, take the robust SD of the residuals, weigh each well by its residual, and again until the SD
    settles.

    The robust SD is the 68.27th percentile of the absolute residuals, times ``n / (n - p)``. The first two
    fits search the grid, later ones go on from the last.

    References
    ----------
    Holland PW, Welsch RE. Robust regression using iteratively reweighted least-squares. Commun Stat A
    1977;6:813-827.
    """
    n, root = batch.mean.shape[1], np.sqrt(wells.weight)
    least_sd = np.sqrt(least_scatter(wells.scatter(n) / batch.n_wells))
    # medians hold a single bad well out of the start, from where least squares could fail to recover
    at_dose = pd.Series(wells.response).groupby([wells.curve, wells.row])
    target = at_dose.transform("median").to_numpy(float)
    weight, fitted, sd = np.ones(len(target)), target.copy(), np.full(n, np.inf)
    moving, fit = np.arange(n), None
    for step in range(iterations):
        at, mine = wells.of_curves(moving, n)
        part = mine.reweight(batch.take(moving), mine.weight * weight[at], target[at])
        with np.errstate(all="ignore"):
            if fit is None or step < GLOBAL_FITS:
                fit = fit_batch(part, model=model, method="wald", level=None)
            else:
                fit = refit_batch(part, fit, model=model)
            fitted[at] = mine.predict(part, fit)
            u = root[at] * (mine.response - fitted[at])
            now = _robust_sd(np.abs(u), mine.curve, part.n_wells, N_PARAMETERS[model])
            now = np.maximum(now, least_sd[moving])
            ratio = np.nan_to_num(u / now[mine.curve], nan=0.0, posinf=1e3, neginf=-1e3)
        weight[at], target = weigh(np.clip(ratio, -1e3, 1e3)), wells.response
        keep = ~(np.abs(now - sd[moving]) <= settled * now)
        sd[moving] = now
        moving, fit = moving[keep], fit.take(np.flatnonzero(keep))
        if not len(moving):
            break
    return Reweighted(fitted, weight, sd)


def _robust_sd(residual: Array, curve: Array, n: Array, n_parameters: int) -> Array:
    percentile = pd.Series(residual).groupby(curve).quantile(SHARE_WITHIN_ONE_SD).to_numpy(float)
    return np.asarray(percentile * n / np.maximum(n - n_parameters, 1))


def fit_batch_robustly(
    batch: Batch,
    wells: Wells,
    *,
    loss: RobustLoss,
    model: ModelName = "4pl",
    method: Method = "profile",
    confidence: float = 0.95,
    level: float | None = 0.5,
) -> BatchFit:
    """Fit every curve by M-estimation.

    The variance of an estimate is that of least squares times ``k**2 mean(psi**2) / mean(psi')**2`` with
    Huber's small-sample factor ``k``; the profile runs on the weighted residuals, weights held, its threshold
    set so that it agrees with that variance at the estimate. No effect: twice the loss saved against a robust
    constant of the same scale, over ``mean(psi**2) / mean(psi')``, as the sum of squares saved in
    `no_effect_p`. In the fit `rss` is that of all wells, unweighted by the loss.

    Parameters
    ----------
    batch, wells
        The wells are those of the batch.
    loss : {"huber", "tukey"}
        Huber's with 1.345, Tukey's biweight with 4.685 robust SDs.
    model, method, confidence, level
        As in `fit_batch`.

    References
    ----------
    Huber PJ. Robust Statistics. Wiley 1981, section 7.6. Schrader RM, Hettmansperger TP. Robust analysis of
    variance based upon a likelihood ratio criterion. Biometrika 1980;67:93-101.
    """
    rule, p = LOSSES[loss], N_PARAMETERS[model]
    n, n_wells = batch.mean.shape[1], batch.n_wells
    settled = reweight_until_settled(batch, wells, rule.weigh, model=model)
    sd, spare = settled.sd, np.maximum(n_wells - p, 1)
    residual = np.sqrt(wells.weight) * (wells.response - settled.fitted)
    with np.errstate(all="ignore"):
        u = np.nan_to_num(residual / sd[wells.curve])
        square = wells.sum((settled.weight * u) ** 2, n) / spare
        slope = np.maximum(wells.sum(rule.curvature(u), n) / n_wells, 0.05)
        spread = wells.sum(rule.curvature(u) ** 2, n) / n_wells - slope**2
        correction = 1 + p / n_wells * spread / slope**2
        variance = (correction * sd) ** 2 * square / slope**2
        mean_weight = wells.sum(settled.weight * wells.weight, n) / wells.sum(wells.weight, n)
        weighted = replace(
            wells.reweight(batch, wells.weight * settled.weight), variance=mean_weight * variance
        )
        fit = fit_batch(weighted, model=model, method=method, confidence=confidence, level=level)
        saved = 2 * sd**2 * (_flat_loss(wells, sd, rule, n) - wells.sum(rule.rho(u), n))
        unit = correction * sd**2 * square / slope
        none = no_effect_p(spare * unit, spare * unit + saved, n_wells, (batch.weight > 0).sum(0), p)
        constant = fit.rss_flat <= 1e-24 * wells.sum(wells.weight * wells.response**2, n)
    none = np.select([constant, sd == 0], [1.0, 0.0], none)
    return replace(fit, rss=wells.sum(residual**2, n), p_no_effect=none)


def _flat_loss(wells: Wells, sd: Array, rule: Loss, n: int) -> Array:
    """Loss of the robust constant of each curve, at the robust SD of the curve."""
    root = np.sqrt(wells.weight)
    level = pd.Series(wells.response).groupby(wells.curve).median().to_numpy(float)
    for _ in range(FLAT_ITERATIONS):
        weight = wells.weight * rule.weigh(root * (wells.response - level[wells.curve]) / sd[wells.curve])
        total = wells.sum(weight, n)
        level = np.where(
            total > 0, wells.sum(weight * wells.response, n) / np.where(total > 0, total, 1), level
        )
    return wells.sum(rule.rho(root * (wells.response - level[wells.curve]) / sd[wells.curve]), n)
