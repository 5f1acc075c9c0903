"""Single-agent and conditional dose–inhibition curves, fitted many at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lib.dose_response import batch_from_matrix, fit_batch

Array = NDArray[np.float64]
HILL_BOUNDS = (0.1, 10.0)
DECADES_BEYOND = 2.0
ZOOMS = 24
NO_RISE, FEWEST_WELLS = 1e-9, 4


@dataclass(frozen=True)
class HillCurves:
    """Curves y = baseline + (maximum − baseline) / (1 + (ec50/x)^hill), each field of shape (n_curves,).

    Inhibition as a fraction; ec50 in µM. A curve whose maximum does not exceed its baseline is not active.
    """

    baseline: Array
    maximum: Array
    ec50_uM: Array
    hill: Array

    @property
    def active(self) -> NDArray[np.bool_]:
        """Whether inhibition rises with dose."""
        return self.maximum > self.baseline

    def predict(self, doses: Array) -> Array:
        """Inhibition at `doses` (n_doses,), shape (n_curves, n_doses)."""
        rise = hill_rise(np.log10(self.ec50_uM)[:, None], self.hill[:, None], doses)
        return self.baseline[:, None] + (self.maximum - self.baseline)[:, None] * rise

    def doses_at(self, inhibition: Array) -> Array:
        """Dose that reaches `inhibition` (n_curves, ...); 0 at or below baseline, infinity above maximum."""
        wide = (slice(None),) + (None,) * (inhibition.ndim - 1)
        baseline, maximum, active = self.baseline[wide], self.maximum[wide], self.active[wide]
        inside = active & (inhibition > baseline) & (inhibition < maximum)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            odds = (inhibition - baseline) / (maximum - inhibition)
            dose = self.ec50_uM[wide] * np.where(inside, odds, 1.0) ** (1 / self.hill[wide])
        return np.where(inside, dose, np.where(active & (inhibition <= baseline), 0.0, np.inf))


def hill_rise(log10_ec50: Array, hill: Array, doses: Array) -> Array:
    """1 / (1 + (ec50/x)^hill), 0 at dose 0; broadcast over its arguments."""
    with np.errstate(divide="ignore", over="ignore"):
        exponent = hill * np.log(10) * (log10_ec50 - np.log10(doses))
        return 1 / (1 + np.exp(np.minimum(exponent, 700.0))) * (np.asarray(doses) > 0)


def fit_single_agents(doses: Array, inhibition: Array) -> HillCurves:
    """Curves of a compound alone, by the suite's four-parameter dose–response fit of viability.

    Parameters
    ----------
    doses : ndarray, shape (n_doses,)
        Concentrations in µM; 0 is the limit, not a small number.
    inhibition : ndarray, shape (n_curves, n_doses)
        Fractions; NaN where there is no well. Curves with fewer than four wells are flat at their mean.
    """
    there = np.isfinite(inhibition)
    counts = np.maximum(there.sum(1), 1)
    mean = np.where(there, inhibition, 0.0).sum(1) / counts
    fields = np.stack([mean, mean, np.ones(len(mean)), np.ones(len(mean))])
    patterns, code = np.unique(there, axis=0, return_inverse=True)
    for k, pattern in enumerate(patterns):
        rows = np.flatnonzero(code.ravel() == k)
        if pattern.sum() >= FEWEST_WELLS:
            batch = batch_from_matrix(doses[pattern], 1 - inhibition[np.ix_(rows, pattern)])
            found = fit_batch(batch, method="wald", level=None)
            fields[:, rows] = 1 - found.top, 1 - found.bottom, 10**found.log10_ic50, found.hill
    return HillCurves(*fields)


def fit_from_baseline(doses: Array, inhibition: Array, baseline: Array) -> HillCurves:
    """Fit y = baseline + a / (1 + (ec50/x)^hill) by least squares, many curves on the same doses at a time.

    The amplitude is linear and projected out; (log10 ec50, hill) are searched on a grid shared by all curves
    and refined by shrinking it around each curve's best cell, so that no start value matters. A curve that
    falls with dose is kept as fitted; it is then not active.

    Parameters
    ----------
    doses : ndarray, shape (n_doses,)
        Concentrations in µM, above 0.
    inhibition : ndarray, shape (n_curves, n_doses)
        Fractions; NaN where there is no well.
    baseline : ndarray, shape (n_curves,)
        Value at dose 0.

    Returns
    -------
    HillCurves
        ``hill`` in [0.1, 10], ``ec50_uM`` from two decades below the lowest to two above the highest dose.
    """
    problem = _Curves(doses, inhibition, baseline)
    tested = np.log10(doses[doses > 0])
    bounds = tested.min() - DECADES_BEYOND, tested.max() + DECADES_BEYOND
    reach = np.array([(bounds[1] - bounds[0]) / 40, np.log(HILL_BOUNDS[1] / HILL_BOUNDS[0]) / 24])
    places, slopes = np.meshgrid(np.linspace(*bounds, 41), np.geomspace(*HILL_BOUNDS, 25), indexing="ij")
    shared = hill_rise(places.reshape(-1, 1), slopes.reshape(-1, 1), doses)
    best = np.argmax(problem.explained_by(shared), axis=1)
    place, slope = places.ravel()[best], slopes.ravel()[best]
    size = np.ones(len(place))
    for _ in range(ZOOMS):
        place, slope, stayed = problem.refine(place, slope, size[:, None] * reach, bounds)
        size = np.where(stayed, size / 2, size)  # narrow ridges are walked along before the steps shrink
    return problem.finish(place, slope)


class _Curves:
    """Responses of curves with their missing wells, reduced to what the linear part needs."""

    def __init__(self, doses: Array, inhibition: Array, baseline: Array) -> None:
        self.doses, self.baseline = doses, baseline
        self.there = np.isfinite(inhibition).astype(float)
        response = np.where(self.there > 0, inhibition, 0.0)
        self.response = (response - baseline[:, None]) * self.there

    def explained_by(self, rise: Array) -> Array:
        """Sum of squares explained by each of the shared rises (n_shapes, n_doses), (n_curves, n_shapes)."""
        return _explained(self.response @ rise.T, self.there @ (rise**2).T)

    def refine(
        self, place: Array, slope: Array, step: Array, bounds: tuple[float, float]
    ) -> tuple[Array, Array, NDArray[np.bool_]]:
        """Best of the 5 x 5 points around each curve's present one, and whether that is the present one."""
        offsets = np.array([0, -1, -0.5, 0.5, 1])
        moves = np.stack(np.meshgrid(offsets, offsets), axis=-1).reshape(-1, 2)
        places = np.clip(place[:, None] + step[:, :1] * moves[:, 0], *bounds)
        slopes = np.clip(slope[:, None] * np.exp(step[:, 1:] * moves[:, 1]), *HILL_BOUNDS)
        product, size = self._products(hill_rise(places[..., None], slopes[..., None], self.doses))
        best = np.argmax(_explained(product, size), axis=1)
        rows = np.arange(len(best))
        return places[rows, best], slopes[rows, best], best == 0

    def _products(self, rise: Array) -> tuple[Array, Array]:
        """Of rises (n_curves, n_shapes, n_doses): product with the response, and own size."""
        rise = rise * self.there[:, None, :]
        return (rise * self.response[:, None, :]).sum(-1), (rise**2).sum(-1)

    def finish(self, place: Array, slope: Array) -> HillCurves:
        rise = hill_rise(place[:, None], slope[:, None], self.doses)
        product, size = (part[:, 0] for part in self._products(rise[:, None, :]))
        amplitude = np.divide(product, size, out=np.zeros(len(size)), where=size > NO_RISE)
        return HillCurves(self.baseline, self.baseline + amplitude, 10**place, slope)


def _explained(product: Array, size: Array) -> Array:
    """Sum of squares that the best amplitude explains; a shape that is flat over the doses explains none."""
    return np.divide(product**2, size, out=np.zeros_like(product), where=size > NO_RISE)
