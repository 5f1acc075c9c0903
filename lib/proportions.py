"""Rates and differences of rates, with intervals that hold at small n."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv, ndtr, ndtri

from lib.errors import Fault, InputError, check_confidence

Floats = NDArray[np.float64]
RateMethod = Literal["clopper-pearson", "wilson", "jeffreys"]
DifferenceMethod = Literal["miettinen-nurminen", "newcombe", "wald"]


@dataclass(frozen=True)
class Proportion:
    """A rate with its interval; `status` is ``ok``, or ``not estimable`` for n = 0 (then NaN)."""

    successes: int
    n: int
    rate: float
    low: float
    high: float
    method: str
    confidence: float
    status: str

    def to_frame(self) -> pd.DataFrame:
        """One row."""
        return pd.DataFrame([vars(self)])


@dataclass(frozen=True)
class ProportionDifference:
    """Rate minus reference rate, with Fisher's exact p; NaN with ``not estimable`` where a group is empty.

    `status` is ``no variance`` where the method has no interval: Wald's, of a group of which none or all
    succeeded.
    """

    successes: int
    n: int
    successes_reference: int
    n_reference: int
    difference: float
    low: float
    high: float
    method: str
    confidence: float
    p_fisher: float
    status: str

    def to_frame(self) -> pd.DataFrame:
        """One row."""
        return pd.DataFrame([vars(self)])


def estimate_proportion(
    successes: int, n: int, *, method: RateMethod = "clopper-pearson", confidence: float = 0.95
) -> Proportion:
    """A binomial rate with its interval; see `rate_interval` for the methods.

    Parameters
    ----------
    successes, n : int
        0 ≤ successes ≤ n.
    method : {"clopper-pearson", "wilson", "jeffreys"}
    confidence : float

    Returns
    -------
    Proportion

    Raises
    ------
    InputError
        For counts that are not whole, negative, or more successes than n.
    """
    x, total = _check_counts(successes, n)
    low, high = rate_interval(x, total, method=method, confidence=confidence)
    rate = x / total if total else float("nan")
    status = "ok" if total else "not estimable"
    return Proportion(x, total, rate, float(low), float(high), method, confidence, status)


def rate_interval(
    successes: ArrayLike, n: ArrayLike, *, method: RateMethod = "clopper-pearson", confidence: float = 0.95
) -> tuple[Floats, Floats]:
    """Intervals of many binomial rates at once.

    ``clopper-pearson``: beta quantiles B(α/2; x, n − x + 1), B(1 − α/2; x + 1, n − x); covers at least at the
    nominal level, always. ``wilson``: the rates whose score test accepts; near the nominal level on average.
    ``jeffreys``: quantiles of Beta(x + ½, n − x + ½), with 0 as the low bound at x = 0 and 1 as the high at
    x = n.

    Parameters
    ----------
    successes, n : array_like, broadcast together
    method : {"clopper-pearson", "wilson", "jeffreys"}
    confidence : float

    Returns
    -------
    low, high : ndarray
        NaN where n = 0.

    References
    ----------
    Brown, Cai and DasGupta, Stat Sci 2001;16:101.
    """
    if method not in _INTERVALS:
        raise InputError(
            Fault(f"method must be one of {', '.join(get_args(RateMethod))}", value=repr(method))
        )
    alpha = 1 - check_confidence(confidence)
    x, total = np.broadcast_arrays(np.asarray(successes, float), np.asarray(n, float))
    filled = np.where(total > 0, total, np.nan)
    low, high = _INTERVALS[method](x, filled, alpha)
    low = np.where(x == 0, 0.0, low) + 0 * filled
    return low, np.where(x == total, 1.0, high) + 0 * filled


def compare_proportions(
    successes: int,
    n: int,
    successes_reference: int,
    n_reference: int,
    *,
    method: DifferenceMethod = "miettinen-nurminen",
    confidence: float = 0.95,
) -> ProportionDifference:
    """Difference of two independent rates, first minus reference.

    ``miettinen-nurminen``: the differences δ whose score test accepts, χ²(δ) = (p̂₁ − p̂₂ − δ)² / V(δ), where
    V(δ) = [p̃₁(1 − p̃₁)/n₁ + p̃₂(1 − p̃₂)/n₂] N/(N − 1) at the rates p̃ that are most likely under δ.
    ``newcombe``: squares and adds the arms of the two Wilson intervals. ``wald``: δ̂ ± z SE; too narrow at
    small n, here for comparison only, and without bounds where either rate is 0 or 1: such a group adds a
    variance of 0 to the SE however few it holds.

    Parameters
    ----------
    successes, n, successes_reference, n_reference : int
    method : {"miettinen-nurminen", "newcombe", "wald"}
    confidence : float

    Returns
    -------
    ProportionDifference

    Raises
    ------
    InputError
        For unusable counts or an unknown method.

    References
    ----------
    Miettinen and Nurminen, Stat Med 1985;4:213. Newcombe, Stat Med 1998;17:873.
    """
    if method not in _DIFFERENCES:
        raise InputError(
            Fault(f"method must be one of {', '.join(get_args(DifferenceMethod))}", value=repr(method))
        )
    x1, n1 = _check_counts(successes, n)
    x2, n2 = _check_counts(successes_reference, n_reference)
    z = float(ndtri(1 - (1 - check_confidence(confidence)) / 2))
    if not (n1 and n2):
        nan = float("nan")
        return ProportionDifference(x1, n1, x2, n2, nan, nan, nan, method, confidence, nan, "not estimable")
    low, high = _DIFFERENCES[method](x1, n1, x2, n2, z)
    p_value = estimate_fisher_p(x1, n1, x2, n2)
    status = "no variance" if np.isnan(low) else "ok"
    return ProportionDifference(
        x1, n1, x2, n2, x1 / n1 - x2 / n2, low, high, method, confidence, p_value, status
    )


def estimate_fisher_p(successes: int, n: int, successes_reference: int, n_reference: int) -> float:
    """Fisher's exact two-sided p: the tables with these margins that are no likelier than this one."""
    from scipy.stats import fisher_exact  # slow to import, and rates alone do not need it

    table = [[successes, n - successes], [successes_reference, n_reference - successes_reference]]
    return float(fisher_exact(table)[1])


def estimate_coverage(
    n: int, rate: ArrayLike, *, method: RateMethod = "clopper-pearson", confidence: float = 0.95
) -> Floats:
    """Exact coverage of an interval: the probability that it holds the true rate.

    C(p) = Σ_x Binomial(x; n, p) 1[low(x) ≤ p ≤ high(x)].

    Parameters
    ----------
    n : int
    rate : array_like
        True rates.
    method, confidence
        As for `rate_interval`.

    Returns
    -------
    ndarray, shape of `rate`
    """
    from scipy.stats import binom

    x = np.arange(n + 1)
    low, high = rate_interval(x, n, method=method, confidence=confidence)
    p = np.asarray(rate, float)[..., None]
    return np.asarray(np.sum(binom.pmf(x, n, p) * ((low <= p) & (p <= high)), axis=-1))


def _check_counts(successes: int, n: int) -> tuple[int, int]:
    for name, value in (("successes", successes), ("n", n)):
        if value != int(value) or value < 0:
            raise InputError(Fault(f"{name} must be a whole number >= 0", value=f"{value:g}"))
    if successes > n:
        raise InputError(Fault("successes must not exceed n", value=f"{successes:g} of {n:g}"))
    return int(successes), int(n)


def _clopper_pearson(x: Floats, n: Floats, alpha: float) -> tuple[Floats, Floats]:
    with np.errstate(invalid="ignore"):
        return betaincinv(x, n - x + 1, alpha / 2), betaincinv(x + 1, n - x, 1 - alpha / 2)


def _jeffreys(x: Floats, n: Floats, alpha: float) -> tuple[Floats, Floats]:
    return betaincinv(x + 0.5, n - x + 0.5, alpha / 2), betaincinv(x + 0.5, n - x + 0.5, 1 - alpha / 2)


def _wilson(x: Floats, n: Floats, alpha: float) -> tuple[Floats, Floats]:
    z = ndtri(1 - alpha / 2)
    centre = (x + z**2 / 2) / (n + z**2)
    half = z / (n + z**2) * np.sqrt(x * (n - x) / n + z**2 / 4)
    return centre - half, centre + half


def _wald_difference(x1: int, n1: int, x2: int, n2: int, z: float) -> tuple[float, float]:
    if x1 in (0, n1) or x2 in (0, n2):
        return float("nan"), float("nan")
    p1, p2 = x1 / n1, x2 / n2
    half = z * np.sqrt(p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2)
    return float(max(p1 - p2 - half, -1.0)), float(min(p1 - p2 + half, 1.0))


def _newcombe(x1: int, n1: int, x2: int, n2: int, z: float) -> tuple[float, float]:
    p = np.array([x1 / n1, x2 / n2])
    low, high = rate_interval([x1, x2], [n1, n2], method="wilson", confidence=float(2 * ndtr(z) - 1))
    down = np.hypot(p[0] - low[0], high[1] - p[1])
    up = np.hypot(high[0] - p[0], p[1] - low[1])
    return float(p[0] - p[1] - down), float(p[0] - p[1] + up)


def _miettinen_nurminen(x1: int, n1: int, x2: int, n2: int, z: float) -> tuple[float, float]:
    from scipy.optimize import brentq

    observed = x1 / n1 - x2 / n2

    def score(delta: float) -> float:
        variance = _score_variance(x1, n1, x2, n2, delta)
        gap = observed - delta
        return 0.0 if gap == 0 else gap / np.sqrt(variance) if variance > 0 else np.copysign(np.inf, gap)

    bounds = []
    for end, level in ((-1.0, z), (1.0, -z)):
        if observed == end:
            bounds.append(end)
            continue
        bounds.append(
            float(
                brentq(
                    lambda d, at=level: np.clip(score(d), -1e3, 1e3) - at,
                    *sorted((end, observed)),
                    xtol=1e-15,
                    rtol=1e-14,
                )
            )
        )
    return bounds[0], bounds[1]


def _score_variance(x1: int, n1: int, x2: int, n2: int, delta: float) -> float:
    """Variance at the rates most likely under p₁ − p₂ = δ, with the factor N / (N − 1)."""
    total, events = n1 + n2, x1 + x2
    # ∂ log likelihood / ∂ p₂ = 0 as a cubic l₃ p₂³ + l₂ p₂² + l₁ p₂ + l₀ = 0, solved by its cosine form.
    l3 = total
    l2 = (n1 + 2 * n2) * delta - total - events
    l1 = (n2 * delta - total - 2 * x2) * delta + events
    l0 = x2 * delta * (1 - delta)
    q = (l2 / (3 * l3)) ** 3 - l1 * l2 / (6 * l3**2) + l0 / (2 * l3)
    p = np.copysign(np.sqrt(max((l2 / (3 * l3)) ** 2 - l1 / (3 * l3), 0.0)), q)
    angle = (np.pi + np.arccos(np.clip(q / p**3 if p else 0.0, -1, 1))) / 3
    p2 = float(np.clip(2 * p * np.cos(angle) - l2 / (3 * l3), max(0.0, -delta), min(1.0, 1 - delta)))
    p1 = min(max(p2 + delta, 0.0), 1.0)
    return (p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2) * total / (total - 1)


_INTERVALS = {"clopper-pearson": _clopper_pearson, "wilson": _wilson, "jeffreys": _jeffreys}
_DIFFERENCES = {"miettinen-nurminen": _miettinen_nurminen, "newcombe": _newcombe, "wald": _wald_difference}
