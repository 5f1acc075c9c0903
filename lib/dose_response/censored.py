"""Means of values of which some are known only to lie beyond a limit."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lib import stats
from lib.dose_response.shape import Array


class CensoredNormal:
    """Normal of values of which some are known only to lie beyond a limit, by maximum likelihood.

    `sd` and `error`, the standard error of `mean` from the curvature of its profile, are times sqrt(n / (n - 1)), so
    that without censoring they are the usual ones.

    Parameters
    ----------
    log : array, (n,)
        Values, or limits.
    qualifier : array, (n,)
        ``=``, ``>`` or ``<``; two or more ``=``.
    """

    def __init__(self, log: Array, qualifier: Array) -> None:
        self.log, self.n = log, len(log)
        self._exact, self._above, self._below = (qualifier == mark for mark in ("=", ">", "<"))
        self._least_sd = max(1e-3, 0.05 * float(np.ptp(log)))
        reach = (log.min() - 3, log.max() + 3)
        self.mean, self._loss = _least(lambda m: self._profile(m)[0], reach)
        sd, unbiased = self._profile(self.mean)[1], np.sqrt(self.n / (self.n - 1))
        step = 0.05 * sd
        around = [self._profile(self.mean + k * step)[0] for k in (-1, 0, 1)]
        self.error = float(unbiased * step / np.sqrt(max(around[0] - 2 * around[1] + around[2], 1e-12)))
        self.sd = float(sd * unbiased)

    def interval(self, confidence: float) -> tuple[float, float]:
        """Profile interval of the mean; its threshold is that of t with n - 1 degrees of freedom."""
        from scipy.optimize import brentq

        quantile = stats.t.ppf(0.5 + confidence / 2, self.n - 1)
        allowed = self._loss + 0.5 * self.n * np.log1p(quantile**2 / (self.n - 1))

        def excess(mean: float) -> float:
            return self._profile(mean)[0] - allowed

        ends = (self.mean - 12.0, self.mean + 12.0)
        low, high = (brentq(excess, self.mean, e) if excess(e) > 0 else np.nan for e in ends)
        return float(low), float(high)

    def _profile(self, mean: float) -> tuple[float, float]:
        """Negative log-likelihood of a mean, least over the SD, and that SD."""
        bounds = (np.log(self._least_sd), 4)
        ln_sd, loss = _least(lambda s: self._negative(mean, s), bounds)
        return loss, float(np.exp(ln_sd))

    def _negative(self, mean: float, ln_sd: float) -> float:
        from scipy.special import log_ndtr

        z = (self.log - mean) / np.exp(ln_sd)
        beyond = log_ndtr(-z[self._above]).sum() + log_ndtr(z[self._below]).sum()
        return float(0.5 * (z[self._exact] ** 2).sum() + self._exact.sum() * ln_sd - beyond)


def _least(loss: Callable[[float], float], bounds: tuple[float, float]) -> tuple[float, float]:
    """Where a function of one number is least, and how much it is there."""
    from scipy.optimize import minimize_scalar

    best = minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-9})
    return float(best.x), float(best.fun)
