"""Kaplan–Meier curves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from lib.survival.bands import estimate_band, normal_quantile
from lib.survival.subjects import Floats, check_labels, check_times

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class SurvivalCurve:
    """A Kaplan–Meier curve at the distinct observed times, shape (n_times,) each.

    Attributes
    ----------
    time : ndarray
        Distinct times, of events and of censorings, ascending.
    at_risk, events, censored : ndarray of int
        Subjects at risk just before each time, events and censorings at it.
    survival : ndarray
        S just after each time; S = 1 before the first.
    relative_error : ndarray
        Greenwood's standard error of log S; infinite where S = 0.
    low, high : ndarray
        Pointwise interval; NaN where the scale gives none (S = 0; on some scales S = 1).
    n, n_events : int
    conf_type : str
    confidence : float
    """

    time: Floats
    at_risk: Integers
    events: Integers
    censored: Integers
    survival: Floats
    relative_error: Floats
    low: Floats
    high: Floats
    n: int
    n_events: int
    conf_type: str
    confidence: float

    @property
    def std_error(self) -> Floats:
        """Greenwood's standard error of S; 0 where S = 0."""
        return np.where(self.survival > 0, self.survival * np.nan_to_num(self.relative_error), 0.0)

    @property
    def last_time(self) -> float:
        """Longest observed time; 0 for an empty sample."""
        return float(self.time[-1]) if self.time.size else 0.0

    def survival_at(self, times: ArrayLike) -> Floats:
        """S at `times`, right-continuous; beyond the last time its last value."""
        steps = np.concatenate([[1.0], self.survival])
        return np.asarray(steps[np.searchsorted(self.time, np.asarray(times, float), side="right")])

    def to_frame(self) -> pd.DataFrame:
        """One row a distinct time."""
        names = ["time", "at_risk", "events", "censored", "survival", "std_error", "low", "high"]
        return pd.DataFrame({name: getattr(self, name) for name in names})


def fit_kaplan_meier(
    time: ArrayLike, event: ArrayLike, *, conf_type: str = "log", confidence: float = 0.95
) -> SurvivalCurve:
    """Product-limit estimate with Greenwood's pointwise interval.

    S(t) = ∏_{t_i ≤ t} (1 − d_i / n_i), Var log S(t) = Σ_{t_i ≤ t} d_i / (n_i (n_i − d_i)).

    Parameters
    ----------
    time, event : array_like, (n,)
        Times >= 0 in any one unit; 1 = event, 0 = censored. At a tie, events come before censorings.
    conf_type : {"log", "log-log", "plain", "logit", "arcsin"}
        Scale of the interval; ``log`` is R's default.
    confidence : float
        Level of the pointwise interval.

    Returns
    -------
    SurvivalCurve
        Empty arrays for an empty sample.

    Raises
    ------
    InputError
        For times or events that cannot be used.

    Notes
    -----
    Assumes censoring that tells nothing of the outlook. The band is pointwise, not simultaneous.

    References
    ----------
    Kaplan and Meier, J Am Stat Assoc 1958;53:457.
    """
    times, happened = check_times(time, event)
    distinct, where = np.unique(times, return_inverse=True)
    total = np.bincount(where, minlength=distinct.size)
    events = np.bincount(where[happened], minlength=distinct.size)
    at_risk = times.size - np.concatenate([[0], np.cumsum(total)[:-1]]) if distinct.size else total
    survival, relative_error = _product_limit(at_risk, events)
    low, high = estimate_band(survival, relative_error, normal_quantile(confidence), conf_type)
    return SurvivalCurve(
        distinct,
        at_risk,
        events,
        total - events,
        survival,
        relative_error,
        low,
        high,
        int(times.size),
        int(happened.sum()),
        conf_type,
        confidence,
    )


def fit_by_group(
    time: ArrayLike, event: ArrayLike, group: ArrayLike, *, conf_type: str = "log", confidence: float = 0.95
) -> dict[str, SurvivalCurve]:
    """A Kaplan–Meier curve for each group, in the order of first appearance.

    Parameters are those of `fit_kaplan_meier`, with `group` the label of each subject, shape (n,).
    """
    times, happened = check_times(time, event)
    labels = check_labels(group, times.size, "group")
    return {
        name: fit_kaplan_meier(
            times[labels == name], happened[labels == name], conf_type=conf_type, confidence=confidence
        )
        for name in dict.fromkeys(labels)
    }


def count_at_risk(time: ArrayLike, times: ArrayLike) -> Integers:
    """Subjects still under observation just before each of `times`: the number with time ≥ t.

    Parameters
    ----------
    time : array_like, (n,)
        Observed times of the subjects.
    times : array_like, (k,)
        Times at which to count.

    Returns
    -------
    ndarray of int, (k,)
    """
    observed = np.sort(np.asarray(time, dtype=float).reshape(-1))
    return observed.size - np.searchsorted(observed, np.asarray(times, dtype=float), side="left")


def _product_limit(at_risk: Integers, events: Integers) -> tuple[Floats, Floats]:
    survival = np.cumprod((at_risk - events.astype(np.float64)) / np.maximum(at_risk, 1))
    with np.errstate(divide="ignore"):
        terms = events / (at_risk * (at_risk - events.astype(np.float64)))
    return np.asarray(survival), np.sqrt(np.cumsum(np.where(events > 0, terms, 0.0)))
