"""Restricted mean survival time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtr

from lib.errors import Fault, InputError
from lib.survival.bands import normal_quantile
from lib.survival.kaplan_meier import SurvivalCurve


@dataclass(frozen=True)
class RestrictedMean:
    """Mean time spent event-free up to `at`, in the unit of the curve.

    `status` is ``ok``; ``beyond follow-up`` where the curve ends above 0 before `at`: then there is no
    estimate (NaN), and `advice` says which `at` there could be; ``no event yet`` or ``one event time`` where
    every time before `at` is the same, so that nothing tells how far the estimate may be off: then
    `std_error`, `low` and `high` are NaN, not 0.
    """

    at: float
    estimate: float
    std_error: float
    low: float
    high: float
    status: str
    advice: str = ""

    def to_frame(self) -> pd.DataFrame:
        """One row."""
        return pd.DataFrame([vars(self)])


@dataclass(frozen=True)
class RestrictedMeanDifference:
    """Difference of two restricted means, group minus reference; NaN unless `status` is ``ok``.

    Otherwise `status` is that of the group, or of the reference where the group's is ``ok``.
    """

    at: float
    difference: float
    std_error: float
    low: float
    high: float
    p_value: float
    status: str

    def to_frame(self) -> pd.DataFrame:
        """One row."""
        return pd.DataFrame([vars(self)])


def estimate_rmst(curve: SurvivalCurve, at: float) -> RestrictedMean:
    """Restricted mean: the area under the Kaplan–Meier curve up to `at`.

    μ = ∫₀^τ S(t) dt, Var μ = Σ_{t_i ≤ τ} A_i² d_i / (n_i (n_i − d_i)), with A_i = ∫_{t_i}^τ S(t) dt: the
    sampling variance, as R's `survfit` and survRM2 give it.

    Parameters
    ----------
    curve : SurvivalCurve
    at : float
        τ > 0, in the unit of the curve; no later than the last observation, unless the curve has reached 0.
        At 0, which is where `largest_common_time` of a group followed for no time lies, there is no estimate.

    Returns
    -------
    RestrictedMean

    Raises
    ------
    InputError
        For τ < 0 or not finite.

    References
    ----------
    Royston and Parmar, BMC Med Res Methodol 2013;13:152. Uno and others, J Clin Oncol 2014;32:2380.
    """
    if not (np.isfinite(at) and at >= 0):
        raise InputError(Fault("the time of a restricted mean must be > 0", value=f"{at:g}"))
    if curve.n == 0 or at == 0 or (at > curve.last_time and curve.survival[-1] > 0):
        ends = f"Follow-up ends at {curve.last_time:g}; choose a time no later."
        advice = ends if curve.n and at else "Nobody was followed for any time."
        nan = float("nan")
        return RestrictedMean(float(at), nan, nan, nan, nan, "beyond follow-up", advice)
    inside = curve.time < at
    edges = np.concatenate([[0.0], curve.time[inside], [at]])
    area = np.diff(edges) * np.concatenate([[1.0], curve.survival[inside]])
    estimate = float(area.sum())
    std_error = _std_error(curve, area)
    if not std_error > 0:
        return _without_spread(float(at), estimate, bool(curve.events[: area.size - 1].any()))
    half = normal_quantile(curve.confidence) * std_error
    return RestrictedMean(float(at), estimate, std_error, estimate - half, estimate + half, "ok")


def _without_spread(at: float, estimate: float, event: bool) -> RestrictedMean:
    """A mean whose variance is 0 for want of events, which is no precision."""
    nan = float("nan")
    status = "one event time" if event else "no event yet"
    happened = "Everybody left had the event at one time" if event else f"No event before {at:g}"
    advice = f"{happened}: the error of the mean cannot be estimated."
    return RestrictedMean(at, estimate, nan, nan, nan, status, advice)


def compare_rmst(curve: SurvivalCurve, reference: SurvivalCurve, at: float) -> RestrictedMeanDifference:
    """Difference of restricted means of two independent groups, `curve` minus `reference`.

    δ = μ₁ − μ₂, SE² = SE₁² + SE₂², normal interval and test.

    Parameters
    ----------
    curve, reference : SurvivalCurve
    at : float
        τ, within the follow-up of both; see `largest_common_time`.

    Returns
    -------
    RestrictedMeanDifference
    """
    a, b = estimate_rmst(curve, at), estimate_rmst(reference, at)
    status, nan = (a.status if a.status != "ok" else b.status), float("nan")
    if status != "ok":
        return RestrictedMeanDifference(float(at), nan, nan, nan, nan, nan, status)
    difference, error = a.estimate - b.estimate, float(np.hypot(a.std_error, b.std_error))
    half = normal_quantile(curve.confidence) * error
    p_value = float(2 * ndtr(-abs(difference) / error))
    return RestrictedMeanDifference(
        float(at), difference, error, difference - half, difference + half, p_value, status
    )


def largest_common_time(curves: Iterable[SurvivalCurve]) -> float:
    """Longest τ to which every curve is known: the smallest of their last times (0 without any curve).

    A curve that has reached 0 is known for ever and does not bind, unless all have.
    """
    observed = [(curve.last_time, curve.survival[-1] > 0) for curve in curves if curve.n]
    binding = [last for last, open_ended in observed if open_ended]
    return min(binding) if binding else max((last for last, _ in observed), default=0.0)


def _std_error(curve: SurvivalCurve, area: np.ndarray) -> float:
    n_inside = area.size - 1
    after = np.cumsum(area[::-1])[::-1][1:]
    d, n = curve.events[:n_inside], curve.at_risk[:n_inside].astype(float)
    # The last subject's event leaves no area behind it, and no term.
    weight = np.divide(d, n * (n - d), out=np.zeros(n_inside), where=n > d)
    return float(np.sqrt(np.sum(after**2 * weight)))
