"""Single-agent and conditional dose–inhibition curves, fitted many at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lib.dose_response import batch_from_matrix, fit_batch
from lib.least_squares import polish

Array = NDArray[np.float64]
HILL_BOUNDS = (0.1, 10.0)
DECADES_BEYOND = 2.0
GRID, STARTS = (31, 17), 2
"""Points of (log10 ec50, ln hill) that all curves share; peaks of each curve's own on it that are climbed."""
NO_RISE, FEWEST_WELLS = 1e-90, 4


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
        found: Array = 1 / (1 + np.exp(np.minimum(exponent, 700.0))) * (np.asarray(doses) > 0)
        return found


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
            theta = np.column_stack([1 - found.top, 1 - found.bottom, found.log10_ic50, np.log(found.hill)])
            fields[:, rows] = _finish_singles(doses[pattern], inhibition[np.ix_(rows, pattern)], theta)
    return HillCurves(*fields)


def _finish_singles(doses: Array, inhibition: Array, theta: Array) -> Array:
    """The same optima (baseline, maximum, log10 ec50, ln hill) to the last digits, as the fields of curves
    (4, n)."""
    logs = np.where(doses > 0, np.log10(np.maximum(doses, np.finfo(float).tiny)), 0.0)

    def evaluate(at: Array, rows: NDArray[np.intp]) -> tuple[Array, Array]:
        baseline, maximum, place, hill = (at[:, k, None] for k in range(4))
        rise = hill_rise(place, np.exp(hill), doses)
        bend = (maximum - baseline) * rise * (1 - rise) * np.log(10) * np.exp(hill)
        slopes = np.stack([1 - rise, rise, -bend, bend * (logs - place)], -1)
        return inhibition[rows] - baseline - (maximum - baseline) * rise, -slopes

    low, high = _shape_bounds(doses)
    ends = np.array([np.inf, np.inf])
    _, theta = polish(evaluate, theta, (np.concatenate([-ends, low]), np.concatenate([ends, high])))
    return np.stack([theta[:, 0], theta[:, 1], 10 ** theta[:, 2], np.exp(theta[:, 3])])


def _shape_bounds(doses: Array) -> tuple[Array, Array]:
    """Lowest and highest (log10 ec50, ln hill) that are searched."""
    tested = np.log10(doses[doses > 0])
    ends = tested.min() - DECADES_BEYOND, tested.max() + DECADES_BEYOND
    return np.array([ends[0], np.log(HILL_BOUNDS[0])]), np.array([ends[1], np.log(HILL_BOUNDS[1])])


def fit_from_baseline(doses: Array, inhibition: Array, baseline: Array) -> HillCurves:
    """Fit y = baseline + a / (1 + (ec50/x)^hill) by least squares, many curves on the same doses at a time.

    The amplitude is linear and projected out; (log10 ec50, ln hill) are searched on a grid shared by all
    curves, of which each curve's highest peaks are climbed by :func:`lib.least_squares.polish`, so that no
    start value matters. A curve that falls with dose is kept as fitted; it is then not active.

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
    low, high = _shape_bounds(doses)
    shapes = np.stack(np.meshgrid(*map(np.linspace, low, high, GRID), indexing="ij"), -1).reshape(-1, 2)
    explained = problem.explained_by(hill_rise(shapes[:, :1], np.exp(shapes[:, 1:]), doses))
    starts = shapes[_peaks(explained)]
    owner = np.repeat(np.arange(len(inhibition)), STARTS)
    cost, theta = polish(
        lambda at, rows: problem.evaluate(at, owner[rows]), starts.reshape(-1, 2), (low, high)
    )
    best = cost.reshape(-1, STARTS).argmin(1)
    place, slope = theta.reshape(-1, STARTS, 2)[np.arange(len(best)), best].T
    return problem.finish(place, np.exp(slope))


def _peaks(explained: Array) -> NDArray[np.intp]:
    """The highest `STARTS` points of a grid, flattened, that no neighbour exceeds, (n_curves, STARTS)."""
    heights = explained.reshape(-1, *GRID)
    around = np.pad(heights, ((0, 0), (1, 1), (1, 1)), constant_values=-np.inf)
    middle = around[:, 1:-1, 1:-1]
    top = np.ones(heights.shape, dtype=bool)
    for neighbour in (around[:, :-2, 1:-1], around[:, 2:, 1:-1], around[:, 1:-1, :-2], around[:, 1:-1, 2:]):
        top &= middle >= neighbour
    ranked = np.where(top, heights, -1.0).reshape(len(heights), -1)
    found = np.argpartition(-ranked, STARTS, axis=1)[:, :STARTS]
    return np.take_along_axis(found, np.argsort(found, axis=1), axis=1)


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

    def evaluate(self, theta: Array, rows: NDArray[np.intp]) -> tuple[Array, Array]:
        """Residuals (m, n_doses) of some curves at (log10 ec50, ln hill), and their derivatives, the
        amplitude following."""
        there, response = self.there[rows], self.response[rows]
        hill, logs = np.exp(theta[:, 1:]), np.log10(self.doses)
        rise = hill_rise(theta[:, :1], hill, self.doses) * there
        size = np.maximum((rise**2).sum(1, keepdims=True), NO_RISE)
        amplitude = (rise * response).sum(1, keepdims=True) / size
        bend = rise * (1 - rise) * np.log(10) * hill
        slopes = np.stack([-bend, bend * (logs - theta[:, :1])], -1)  # of the rise
        along = (rise[..., None] * slopes).sum(1, keepdims=True) / size[..., None]
        slopes = slopes - rise[..., None] * along
        return response - amplitude * rise, -amplitude[..., None] * slopes

    def finish(self, place: Array, slope: Array) -> HillCurves:
        """The curves of these shapes with their best amplitudes."""
        rise = hill_rise(place[:, None], slope[:, None], self.doses) * self.there
        product, size = (rise * self.response).sum(1), (rise**2).sum(1)
        amplitude = np.divide(product, size, out=np.zeros(len(size)), where=size > NO_RISE)
        return HillCurves(self.baseline, self.baseline + amplitude, 10**place, slope)


def _explained(product: Array, size: Array) -> Array:
    """Sum of squares that the best amplitude explains; a shape that is flat over the doses explains none."""
    return np.divide(product**2, size, out=np.zeros_like(product), where=size > NO_RISE)
