"""Limits of detection and quantification, each by a stated rule."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from lib.immunoassay.curves import StandardCurve

Array = NDArray[np.float64]
FEWEST_BLANKS = 3
CUTS = 100


@dataclass(frozen=True)
class Limits:
    """Limits in pg/ml at dilution 1; NaN where the curve never gets there.

    Parameters
    ----------
    lod, lloq, uloq : float
    lod_rule, loq_rule : str
        How they were found.
    """

    lod: float
    lloq: float
    uloq: float
    lod_rule: str
    loq_rule: str


def estimate_limits(curve: StandardCurve, blanks: Array, *, rule: str = "cv", max_cv: float = 0.20) -> Limits:
    """Limits of one curve.

    LOD: concentration at mean + 3 SD of log10 blank signals (three or more blanks), else at the upper
    one-sided 97.5 % prediction limit of a well on the lower asymptote. LLOQ and ULOQ: the first and last of
    100 equal steps of the standards' log10 signal at which the CV of a back-calculated concentration, from
    the delta-method error of its log, is at most `max_cv`; or (``derivative``) the extremes of the curve's
    second derivative. The LLOQ is never below the LOD, nor either outside the standards.

    Parameters
    ----------
    curve : StandardCurve
    blanks : ndarray
        Signals of blank wells, > 0.
    rule : {"cv", "derivative"}
    max_cv : float
    """
    if not np.isfinite(curve.theta).all():
        return Limits(np.nan, np.nan, np.nan, "no curve", "no curve")
    lod, lod_rule = _detection(curve, blanks)
    low, high = quantification_cv(curve, max_cv=max_cv) if rule == "cv" else quantification_derivative(curve)
    low, high = max(low, curve.range_x[0]), min(high, curve.range_x[1])
    loq_rule = (
        f"CV of back-calculation at most {100 * max_cv:g} %"
        if rule == "cv"
        else "extremes of the second derivative"
    )
    low = max(low, lod) if np.isfinite(lod) else low
    if not low < high:
        low = high = np.nan
    return Limits(_power(lod), _power(low), _power(high), lod_rule, loq_rule)


def _power(x: float) -> float:
    return float(10**x) if np.isfinite(x) else np.nan


def _detection(curve: StandardCurve, blanks: Array) -> tuple[float, str]:
    signal, rule = detection_signal(curve, blanks)
    return float(curve.invert(np.array(signal))), rule


def detection_signal(curve: StandardCurve, blanks: Array) -> tuple[float, str]:
    """log10 signal above which a well holds something, and by which rule; see :func:`estimate_limits`."""
    if len(blanks) >= FEWEST_BLANKS:
        logs = np.log10(blanks)
        return float(logs.mean() + 3 * logs.std(ddof=1)), f"mean + 3 SD of {len(blanks)} blanks"
    bottom_error = np.sqrt(curve.covariance[1, 1] + curve.residual_sd**2)
    limit = curve.theta[1] + stats.t.ppf(0.975, curve.df) * bottom_error
    return float(limit), "97.5 % prediction limit of the lower asymptote"


def quantification_cv(curve: StandardCurve, *, max_cv: float = 0.20) -> tuple[float, float]:
    """log10 LLOQ and ULOQ by the CV of back-calculation; NaN if no concentration is precise enough."""
    x = curve.invert(np.linspace(*curve.range_y, CUTS))
    x = x[np.isfinite(x)]
    precise = x[lognormal_cv(curve.error_x(x)) <= max_cv] if len(x) else x
    return (float(precise.min()), float(precise.max())) if len(precise) else (np.nan, np.nan)


def lognormal_cv(error_log10: Array) -> Array:
    """CV of a quantity whose log10 has that standard error: √(exp((ln 10 · s)²) − 1)."""
    found: Array = np.sqrt(np.expm1(np.minimum((np.log(10) * error_log10) ** 2, 100.0)))
    return found


def quantification_derivative(curve: StandardCurve) -> tuple[float, float]:
    """log10 LLOQ and ULOQ where the second derivative of the curve has its maximum and minimum.

    With z = 10^{b(x − e)} these solve f²z² − (3f + 1)z + 1 = 0.
    """
    b, _, _, e, f = curve.theta
    root = np.sqrt((3 * f + 1) ** 2 - 4 * f**2)
    ends = sorted(float(e + np.log10((3 * f + 1 + sign * root) / (2 * f**2)) / b) for sign in (-1, 1))
    return ends[0], ends[1]
