"""Tails and quantiles of the distributions that fits and tests read off, under the names of scipy.stats.

They are scipy.special's, from which scipy.stats takes them too; but scipy.stats takes longer to import than a
screen takes to fit, and scipy.special is imported when the first number is asked for.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


class _StudentT:
    """Student's t; infinite degrees of freedom are the normal distribution."""

    def ppf(self, q: ArrayLike, df: ArrayLike) -> Any:
        """Quantiles at probabilities `q`."""
        from scipy.special import ndtri, stdtrit

        found = _where_infinite(df, ndtri(q), stdtrit(df, q))
        return np.where(np.equal(q, 0), -np.inf, found)[()] if np.any(np.equal(q, 0)) else found

    def interval(self, confidence: float, df: ArrayLike, loc: Any, scale: Any) -> tuple[Any, Any]:
        """The middle `confidence` of the distribution at `loc`, stretched by `scale`."""
        reach = self.ppf((1 + confidence) / 2, df) * scale
        return loc - reach, loc + reach

    def sf(self, x: ArrayLike, df: ArrayLike) -> Any:
        """Probabilities above `x`."""
        from scipy.special import ndtr, stdtr

        return _where_infinite(df, ndtr(np.negative(x)), stdtr(df, np.negative(x)))


class _F:
    """The F distribution."""

    def ppf(self, q: ArrayLike, dfn: ArrayLike, dfd: ArrayLike) -> Any:
        """Quantiles at probabilities `q`."""
        from scipy.special import fdtri

        return fdtri(dfn, dfd, q)

    def sf(self, x: ArrayLike, dfn: ArrayLike, dfd: ArrayLike) -> Any:
        """Probabilities above `x`; 1 below zero, where rounding may put a ratio."""
        from scipy.special import fdtrc

        return fdtrc(dfn, dfd, np.maximum(x, 0.0))


def adjust_p(p_values: ArrayLike) -> NDArray[np.float64]:
    """Benjamini–Hochberg q-values over those p-values that exist, (n,); the others stay NaN."""
    from scipy.stats import false_discovery_control

    p = np.asarray(p_values, float)
    q, there = np.full(p.shape, np.nan), ~np.isnan(p)
    if there.any():
        q[there] = false_discovery_control(p[there])
    return q


def _where_infinite(df: ArrayLike, normal: Any, other: Any) -> Any:
    infinite = np.isposinf(np.asarray(df, dtype=float))
    return np.where(infinite, normal, other)[()] if np.any(infinite) else other


t, f = _StudentT(), _F()
