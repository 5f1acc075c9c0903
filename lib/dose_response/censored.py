"""Means of values of which some are known only to lie beyond a limit."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lib import stats
from lib.dose_response.shape import Array


class CensoredNormal:
    """Normal of values of which some are known only to lie beyond a limit, by maximum likelihood.

    `sd` and `error`, the standard error of `mean` from the curvature of its profile, are times sqrt(n / (n -
    1)), so that without censoring they are the usual ones.

    Parameters
    ----------
    log : array, (n,)
        Values, or limits.
    qualifier : array, (n,)
        ``=``, ``>`` or ``<``; two or more ``=``.

    References
    ----------
    Tobin J (1958) Econometrica 26:24–36; Helsel DR (2012) Statistics for censored environmental data.
    """

    def __init__(self, log: Array, qualifier: Array) -> None:
        self.log, self.n = log, len(log)
        self._exact, self._above, self._below = (qualifier == mark for mark in ("=", ">", "<"))
        self._ln_sds = np.log(max(1e-3, 0.05 * float(np.ptp(log)))), 4.0
        self.mean = _root(lambda m: self._slopes(m, self._ln_sd(m))[0], log.min() - 3, log.max() + 3)
        sd, unbiased = float(np.exp(self._ln_sd(self.mean))), np.sqrt(self.n / (self.n - 1))
        self._loss, step = self._profile(self.mean), 0.05 * sd
        around = [self._profile(self.mean + k * step) for k in (-1, 1)]
        self.error = float(unbiased * step / np.sqrt(max(around[0] - 2 * self._loss + around[1], 1e-12)))
        self.sd = float(sd * unbiased)

    def interval(self, confidence: float) -> tuple[float, float]:
        """Profile interval of the mean; its threshold is that of t with n - 1 degrees of freedom."""
        quantile = stats.t.ppf(0.5 + confidence / 2, self.n - 1)
        allowed = self._loss + 0.5 * self.n * np.log1p(quantile**2 / (self.n - 1))

        def excess(mean: float) -> float:
            found: float = self._profile(mean) - allowed
            return found

        ends = (self.mean - 12.0, self.mean + 12.0)
        low, high = (_root(excess, self.mean, e) if excess(e) > 0 else np.nan for e in ends)
        return float(low), float(high)

    def _profile(self, mean: float) -> float:
        """Negative log-likelihood of a mean, least over the SD."""
        from scipy.special import log_ndtr

        ln_sd = self._ln_sd(mean)
        z = (self.log - mean) / np.exp(ln_sd)
        beyond = log_ndtr(-z[self._above]).sum() + log_ndtr(z[self._below]).sum()
        return float(0.5 * (z[self._exact] ** 2).sum() + self._exact.sum() * ln_sd - beyond)

    def _ln_sd(self, mean: float) -> float:
        """ln SD of the highest likelihood beside a mean, within its limits."""
        least, most = self._ln_sds
        if self._slopes(mean, least)[1] >= 0:
            return float(least)
        return (
            most
            if self._slopes(mean, most)[1] <= 0
            else _root(lambda s: self._slopes(mean, s)[1], least, most)
        )

    def _slopes(self, mean: float, ln_sd: float) -> tuple[float, float]:
        """Derivatives of the negative log-likelihood by the mean and by ln SD."""
        from scipy.special import log_ndtr

        sd = np.exp(ln_sd)
        z = (self.log - mean) / sd
        side = np.where(self._below, -1.0, 1.0)
        # phi(z) / Phi(-z), the pull of a value that lies beyond z
        ratio = np.exp(-0.5 * z**2 - 0.5 * np.log(2 * np.pi) - log_ndtr(-side * z))
        by_z = np.where(self._exact, z, side * ratio)
        return float(-by_z.sum() / sd), float(self._exact.sum() - (by_z * z).sum())


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    from scipy.optimize import brentq

    return float(brentq(function, low, high, xtol=1e-14, rtol=1e-14))
