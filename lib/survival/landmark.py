"""Survival at fixed times, and its difference between two groups."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from lib.errors import Fault, InputError
from lib.survival.bands import normal_quantile
from lib.survival.kaplan_meier import Integers, SurvivalCurve
from lib.survival.subjects import Floats


@dataclass(frozen=True)
class Landmarks:
    """Survival at fixed times, shape (n_landmarks,) each.

    Attributes
    ----------
    time : ndarray
    survival, std_error, low, high : ndarray
        NaN where `status` says why. Without an event Greenwood's error is 0, which is no precision:
        `std_error` is NaN and the interval Clopper and Pearson's for all of those still at risk, (α/2)^(1/n)
        to 1.
    at_risk : ndarray of int
        Subjects with an observed time ≥ the landmark.
    status : ndarray of str
        ``ok``, ``no event yet`` (S = 1), ``no survivors`` (S = 0: no interval), ``beyond follow-up`` (nobody
        was observed so long).
    """

    time: Floats
    survival: Floats
    std_error: Floats
    low: Floats
    high: Floats
    at_risk: Integers
    status: NDArray[np.str_]

    def to_frame(self) -> pd.DataFrame:
        """One row a landmark."""
        return pd.DataFrame(vars(self))


@dataclass(frozen=True)
class LandmarkDifferences:
    """Differences of survival at fixed times, group minus reference, shape (n_landmarks,) each.

    `difference, low, high, p_value` are NaN where `status` is not ``ok``; `p_value` is of z = difference /
    √(SE² + SE²).
    """

    time: Floats
    difference: Floats
    low: Floats
    high: Floats
    p_value: Floats
    method: str
    status: NDArray[np.str_]

    def to_frame(self) -> pd.DataFrame:
        """One row a landmark."""
        return pd.DataFrame(vars(self))


def estimate_landmarks(curve: SurvivalCurve, times: ArrayLike) -> Landmarks:
    """Survival with its interval at fixed times.

    Parameters
    ----------
    curve : SurvivalCurve
    times : array_like, (n_landmarks,)
        In the unit of the curve.

    Returns
    -------
    Landmarks
        The interval is the curve's own, at its `conf_type`; before the first event Clopper and Pearson's.

    References
    ----------
    Clopper and Pearson, Biometrika 1934;26:404.
    """
    marks = np.atleast_1d(np.asarray(times, dtype=float))
    step = np.searchsorted(curve.time, marks, side="right")
    later = np.searchsorted(curve.time, marks, side="left")
    at_risk = np.concatenate([curve.at_risk, [0]])[later]
    survival = np.concatenate([[1.0], curve.survival])[step]
    status = _status(survival, (marks > curve.last_time) & (survival > 0) | (curve.n == 0))
    error, low, high = (
        np.concatenate([[np.nan], values])[step] for values in (curve.std_error, curve.low, curve.high)
    )
    none = status == "no event yet"
    error, high = np.where(none, np.nan, error), np.where(none, 1.0, high)
    low = np.where(none, ((1 - curve.confidence) / 2) ** (1 / np.maximum(at_risk, 1)), low)
    columns = [
        np.where(status == "beyond follow-up", np.nan, column) for column in (survival, error, low, high)
    ]
    return Landmarks(marks, columns[0], columns[1], columns[2], columns[3], at_risk, status)


def compare_landmarks(
    curve: SurvivalCurve, reference: SurvivalCurve, times: ArrayLike, *, method: str = "mover"
) -> LandmarkDifferences:
    """Difference of survival at fixed times between two independent groups.

    ``mover`` recovers the variance of each side from its own interval,
    low = δ − √((S₁ − l₁)² + (u₂ − S₂)²), high = δ + √((u₁ − S₁)² + (S₂ − l₂)²), and so keeps the scale of the
    curves' intervals; ``wald`` is δ ± z √(SE₁² + SE₂²).

    Parameters
    ----------
    curve, reference : SurvivalCurve
        The difference is `curve` minus `reference`.
    times : array_like, (n_landmarks,)
    method : {"mover", "wald"}

    Returns
    -------
    LandmarkDifferences

    Raises
    ------
    InputError
        For an unknown method or curves of different confidence.

    References
    ----------
    Zou and Donner, Stat Med 2008;27:1693.
    """
    if method not in ("mover", "wald"):
        raise InputError(Fault("method must be mover or wald", value=repr(method)))
    if curve.confidence != reference.confidence:
        got = f"{curve.confidence:g} and {reference.confidence:g}"
        raise InputError(Fault("both curves must have one confidence level", value=got))
    a, b = estimate_landmarks(curve, times), estimate_landmarks(reference, times)
    difference, error = a.survival - b.survival, np.hypot(a.std_error, b.std_error)
    if method == "wald":
        half = normal_quantile(curve.confidence) * error
        low, high = difference - half, difference + half
    else:
        low = difference - np.hypot(a.survival - a.low, b.high - b.survival)
        high = difference + np.hypot(a.high - a.survival, b.survival - b.low)
    with np.errstate(divide="ignore", invalid="ignore"):
        p_value = 2 * ndtr(-np.abs(difference / error))
    status = np.where(a.status == "ok", b.status, a.status)
    bounds = [np.where(status == "ok", values, np.nan) for values in (difference, low, high, p_value)]
    return LandmarkDifferences(a.time, bounds[0], bounds[1], bounds[2], bounds[3], method, status)


def _status(survival: Floats, beyond: NDArray[np.bool_]) -> NDArray[np.str_]:
    status = np.where(survival == 1, "no event yet", np.where(survival == 0, "no survivors", "ok"))
    return np.where(beyond, "beyond follow-up", status)
