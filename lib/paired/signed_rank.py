"""Wilcoxon signed rank with the Hodges–Lehmann shift and its interval, exact up to 50 pairs."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from lib.errors import Fault, InputError, check_confidence

EXACT_UP_TO = 50
"""Pairs up to which the null distribution is enumerated by convolution; beyond, the normal approximation."""


@dataclass(frozen=True)
class SignedRank:
    """Shift of paired differences. ``low`` and ``high`` are NaN where no interval exists; ``note`` says why.

    ``coverage`` is what the interval attains (exact intervals step, so it exceeds the nominal level);
    ``smallest_p`` is the least p-value that the pairs that moved can give. ``qualifier`` is ``"="``, or, of
    differences that are known by a bound only, ``">"`` or ``"<"`` (``shift`` is the bound of the estimate) or
    ``"not estimable"``.
    """

    n: int
    n_zero: int
    shift: float
    low: float
    high: float
    coverage: float
    statistic: float
    p_value: float
    smallest_p: float
    rank_biserial: float
    test: str
    note: str
    qualifier: str = "="

    def to_frame(self) -> pd.DataFrame:
        """One row, columns named as the fields."""
        return pd.DataFrame([asdict(self)])


def estimate_shift(
    differences: ArrayLike,
    *,
    confidence: float = 0.95,
    low: ArrayLike | None = None,
    high: ArrayLike | None = None,
) -> SignedRank:
    r"""Hodges–Lehmann shift, its interval, and the two-sided Wilcoxon signed-rank test of no shift.

    .. math:: \hat\Delta = \operatorname{median}_{i \le j} \frac{d_i + d_j}{2}

    The interval runs between order statistics of these Walsh averages, at the quantiles of the exact null
    distribution of V; the p-value is min(1, 2 min(P(V ≤ v), P(V ≥ v))). Up to 50 pairs both are exact. Under
    tied differences p is exact given the mid-ranks (permutation of signs), and the interval, built on the
    distribution without ties, is conservative. Zero differences carry no sign: they leave the test, and stay
    in the estimate and interval. Beyond 50 pairs the normal approximation with continuity correction is used
    and `test` says so.

    Parameters
    ----------
    differences : array_like, shape (n_pairs,)
        Follow-up minus baseline, one per subject, on the scale of inference.
    confidence : float
        Nominal level.
    low, high : array_like, shape (n_pairs,), optional
        What each difference is at least and at most, where some are not known: those stand in `differences`
        as ±inf, moved further than any other. Estimate and interval rise with every difference, so theirs at
        the two ends hold whatever the truth; where the ends disagree the estimate is a bound, and an infinite
        bound of the interval is NaN.

    Raises
    ------
    InputError
        For a difference that is NaN, or infinite without `low` and `high`, or a level outside (0, 1).

    Notes
    -----
    Assumes independent subjects and differences symmetric about the shift. Not for cells or events as
    units: those of one subject are not independent.

    References
    ----------
    Hodges & Lehmann 1963, Ann Math Stat 34:598; Hollander, Wolfe & Chicken 2014, ch. 3; Pratt 1959.
    """
    d = np.asarray(differences, dtype=float).ravel()
    first, last = (d if end is None else np.asarray(end, dtype=float).ravel() for end in (low, high))
    _check(d, confidence, bounded=low is not None and high is not None)
    n = d.size
    moved = d[d != 0]
    shift, qualifier = shift_between(first, last)
    least, _, coverage, note = walsh_interval(first, confidence)
    most = walsh_interval(last, confidence)[1]
    v, p_value, test, biserial = _signed_rank_test(moved)
    return SignedRank(
        n=n,
        n_zero=n - moved.size,
        shift=shift,
        low=_finite(least),
        high=_finite(most),
        coverage=coverage,
        statistic=v,
        p_value=p_value,
        smallest_p=smallest_p(moved.size),
        rank_biserial=biserial,
        test=test,
        note=note,
        qualifier=qualifier,
    )


def smallest_p(n_pairs: int) -> float:
    """Least two-sided p-value that `n_pairs` can reach: 2 / 2ⁿ, all moving the same way.

    Five pairs stop at .0625: no data of theirs can fall below .05.
    """
    return min(1.0, 2.0 ** (1 - n_pairs))


def walsh_averages(differences: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sorted means of all pairs i ≤ j; shape (n (n + 1) / 2,)."""
    i, j = np.triu_indices(differences.size)
    return np.sort((differences[i] + differences[j]) / 2)


def walsh_interval(differences: NDArray[np.float64], confidence: float) -> tuple[float, float, float, str]:
    """Interval of the shift and the coverage attained; NaN and a reason where no interval reaches the
    level."""
    n, alpha = differences.size, 1 - confidence
    most = n * (n + 1) // 2
    if n and n <= EXACT_UP_TO:
        cdf = np.cumsum(_null_distribution(tuple(range(2, 2 * n + 2, 2))))[::2]
        k = int(np.searchsorted(cdf, alpha / 2 * (1 - 1e-12)))
        missed = 2 * float(cdf[k - 1]) if k else 1.0
    else:
        sd = math.sqrt(n * (n + 1) * (2 * n + 1) / 24)
        k = int(most / 2 - stats.norm.isf(alpha / 2) * sd)
        missed = alpha
    if k < 1:
        return (
            math.nan,
            math.nan,
            math.nan,
            f"no {100 * confidence:g} % interval from {n} pair{'' if n == 1 else 's'}",
        )
    walsh = walsh_averages(differences)
    return float(walsh[k - 1]), float(walsh[most - k]), 1 - missed, ""


def shift_between(first: NDArray[np.float64], last: NDArray[np.float64]) -> tuple[float, str]:
    """The Hodges–Lehmann estimate at both ends of what the differences can be, as one number and its mark."""
    if not first.size:
        return math.nan, "="
    least, most = (float(np.median(walsh_averages(end))) for end in (first, last))
    if least == most:
        return least, "="
    falling, rising = (first == -math.inf).any(), (last == math.inf).any()
    if math.isfinite(least) and not falling:
        return least, ">"
    return (most, "<") if math.isfinite(most) and not rising else (math.nan, "not estimable")


def _finite(bound: float) -> float:
    return bound if math.isfinite(bound) else math.nan


def _check(d: NDArray[np.float64], confidence: float, *, bounded: bool) -> None:
    check_confidence(confidence)
    bad = d[np.isnan(d) if bounded else ~np.isfinite(d)]
    if bad.size:
        raise InputError(
            Fault(
                "differences must be finite", value=f"{bad[0]}", remedy="Leave out pairs that miss a value."
            )
        )


def _signed_rank_test(moved: NDArray[np.float64]) -> tuple[float, float, str, float]:
    """V, two-sided p, the test in words, and the matched-pairs rank-biserial correlation."""
    n = moved.size
    if n == 0:
        return 0.0, 1.0, "none: no pair moved", 0.0
    ranks = stats.rankdata(np.abs(moved))
    v = float(ranks[moved > 0].sum())
    total = n * (n + 1) / 2
    tied = np.unique(ranks).size < n
    p_value = _exact_p(ranks, v) if n <= EXACT_UP_TO else _normal_p(ranks, v)
    how = "exact" if n <= EXACT_UP_TO else "normal approximation, continuity corrected"
    test = f"Wilcoxon signed rank, {how}{', given ties' if tied else ''}"
    return v, p_value, test, 2 * v / total - 1


def _exact_p(ranks: NDArray[np.float64], v: float) -> float:
    """Two-sided p over all 2ⁿ signs; ranks are doubled so that mid-ranks become whole numbers."""
    doubled = np.rint(2 * ranks).astype(int)
    null = _null_distribution(tuple(sorted(doubled.tolist())))
    at = round(2 * v)
    return min(1.0, 2 * float(min(null[: at + 1].sum(), null[at:].sum())))


def _normal_p(ranks: NDArray[np.float64], v: float) -> float:
    """Mean Σr/2 and variance Σr²/4 hold with and without ties."""
    away = v - ranks.sum() / 2
    z = (abs(away) - 0.5) / math.sqrt(float((ranks**2).sum()) / 4)
    return min(1.0, 2 * float(stats.norm.sf(max(z, 0.0))))


@lru_cache(maxsize=256)
def _null_distribution(doubled_ranks: tuple[int, ...]) -> NDArray[np.float64]:
    """P(2V = k) for k = 0 … Σ ranks when each sign is a fair coin, by convolution."""
    null = np.zeros(sum(doubled_ranks) + 1)
    null[0] = 1.0
    for rank in doubled_ranks:
        shifted = np.zeros_like(null)
        shifted[rank:] = null[:-rank]
        null = (null + shifted) / 2
    return null
