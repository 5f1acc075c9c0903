"""Indirect response: production of a readout is inhibited, its loss is not (Dayneka, Garg & Jusko 1993)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
LEAST_REMAINING = 1e-6


def predict_turnover(
    time_h: ArrayLike, dose_uM: ArrayLike, washout_h: ArrayLike, ln_k: float, imax: float, ln_ic50: float
) -> Array:
    r"""Log2 remaining signal under inhibited production.

    .. math:: R(t) = 1 - E (1 - e^{-kt}), \qquad E = I_{max} C / (IC_{50} + C)

    and after washout at :math:`t_w`: :math:`R(t) = 1 - (1 - R(t_w)) e^{-k (t - t_w)}`.
    """
    time, dose, washout = (np.asarray(a, dtype=float) for a in (time_h, dose_uM, washout_h))
    exposed = exposed_time(time, washout)
    k, effect = np.exp(ln_k), imax * dose / (np.exp(ln_ic50) + dose)
    fallen = effect * -np.expm1(-k * exposed) * np.exp(-k * (time - exposed))
    return np.asarray(np.log2(np.maximum(1 - fallen, LEAST_REMAINING)))


def exposed_time(time_h: Array, washout_h: Array) -> Array:
    """Hours under the drug: until measured, or until it was removed."""
    return np.where(np.isnan(washout_h), time_h, np.minimum(time_h, washout_h))


@dataclass(frozen=True)
class Design:
    """Where a readout was measured, and how its errors go together; every array has shape (n_points,).

    ``exposed_h`` hours under the drug, ``since_h`` hours since it was removed; ``experiment`` holds codes
    from 0; ``whiten`` (n_points, n_points) turns errors that share a vehicle into independent ones of equal
    variance.
    """

    dose_uM: Array
    exposed_h: Array
    since_h: Array
    experiment: NDArray[np.intp]
    whiten: Array

    @property
    def n_experiments(self) -> int:
        """How many experiments there are."""
        return int(self.experiment.max()) + 1

    def occupied(self, ln_ic50: Array) -> Array:
        """Share of the maximal inhibition, (..., n_points) for `ln_ic50` (...)."""
        return np.asarray(self.dose_uM / (np.exp(ln_ic50)[..., None] + self.dose_uM))

    def fall(self, ln_k: Array) -> tuple[Array, Array]:
        """Share of the full effect reached under the drug, and what recovery leaves of it, (..., n_points)
        each."""
        k = np.exp(ln_k)[..., None]
        return -np.expm1(-k * self.exposed_h), np.exp(-k * self.since_h)

    def predict(self, theta: Array) -> tuple[Array, Array]:
        """Log2 remaining signal (..., n_points) and its derivatives (..., n_points, 3).

        `theta` (..., 3) holds ln k, maximal inhibition, ln IC50.
        """
        ln_k, imax = theta[..., 0], theta[..., 1, None]
        occupied, (lost, kept) = self.occupied(theta[..., 2]), self.fall(ln_k)
        left = np.maximum(1 - imax * occupied * lost * kept, LEAST_REMAINING)
        slowed = self.exposed_h * (1 - lost) - self.since_h * lost
        by_k = imax * occupied * np.exp(ln_k)[..., None] * kept * slowed
        by_ic50 = -imax * lost * kept * occupied * (1 - occupied)
        slopes = np.stack([by_k, occupied * lost * kept, by_ic50], -1)
        return np.log2(left), slopes * (-1 / (left * np.log(2)))[..., None]


def share_variance(reference: NDArray[np.intp], n_lanes: Array, n_reference: Array) -> Array:
    """Matrix (n, n) that whitens changes whose vehicle is shared.

    A change is a mean of ``n_lanes`` minus its vehicle's mean of ``n_reference`` lanes, so that with lanes of
    variance 1 its own variance is 1/n_lanes, and every two changes against one vehicle share 1/n_reference.
    """
    same = reference[:, None] == reference[None, :]
    covariance = np.diag(1 / n_lanes) + same / n_reference[:, None]
    return np.asarray(np.linalg.inv(np.linalg.cholesky(covariance)))
