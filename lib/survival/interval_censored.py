"""What changes if an event seen at a visit happened some time since the visit before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from lib.errors import Fault, InputError, name_rows
from lib.survival.kaplan_meier import fit_kaplan_meier
from lib.survival.quantile import TOLERANCE, estimate_median
from lib.survival.subjects import Floats

MAX_STEPS = 20_000
MASS_TOLERANCE = 1e-9


@dataclass(frozen=True)
class IntervalCensoredCurve:
    """Turnbull's estimate: probability on the innermost intervals, where alone there can be any.

    Attributes
    ----------
    left, right : ndarray, (m,)
        The intervals (left, right]; right is infinite where events may lie beyond all follow-up.
    mass : ndarray, (m,)
        Probability of an event in each; where in the interval it lies, the data do not say.
    survival : ndarray, (m,)
        S at the right end of each.
    median_low, median_high : float
        The interval that holds the median; NaN where `status` is ``not reached``.
    median : float
        Inside that interval by linear interpolation.
    n, steps : int
    status : {"reached", "not reached", "not estimable", "not converged"}
    """

    left: Floats
    right: Floats
    mass: Floats
    survival: Floats
    median: float
    median_low: float
    median_high: float
    n: int
    steps: int
    status: str

    def to_frame(self) -> pd.DataFrame:
        """One row an interval; an open right end is empty."""
        right = np.where(np.isfinite(self.right), self.right, np.nan)
        return pd.DataFrame({"left": self.left, "right": right, "mass": self.mass, "survival": self.survival})


def fit_turnbull(left: ArrayLike, right: ArrayLike) -> IntervalCensoredCurve:
    """Nonparametric maximum likelihood for events known to lie in (left, right].

    Self-consistency: mass p_j ← mean over subjects of α_ij p_j / Σ_k α_ik p_k, with α_ij = 1 where interval j
    lies within subject i's, until no mass moves by more than 1e-9.

    Parameters
    ----------
    left : array_like, (n,)
        Last time known free of the event.
    right : array_like, (n,)
        First time known to have had it; equal to `left` where the time is exact, infinite or NaN where it was
        never seen (censored at `left`).

    Returns
    -------
    IntervalCensoredCurve

    Raises
    ------
    InputError
        For a missing or negative left end, or a right end before the left.

    References
    ----------
    Turnbull, J R Stat Soc B 1976;38:290.
    """
    start, end = _check_intervals(left, right)
    if not start.size:
        none = np.empty(0)
        nan = float("nan")
        return IntervalCensoredCurve(none, none, none, none, nan, nan, nan, 0, 0, "not estimable")
    low, high = _innermost(start, end)
    exact = (start == end)[:, None]
    inside = np.where(exact, high == end[:, None], (low >= start[:, None]) & (high <= end[:, None])).astype(
        float
    )
    mass, steps = _self_consistent(inside)
    survival = np.maximum(1 - np.cumsum(mass), 0.0)
    median, median_low, median_high, status = _median(low, high, mass, survival)
    status = status if steps < MAX_STEPS else "not converged"
    return IntervalCensoredCurve(
        low, high, mass, survival, median, median_low, median_high, start.size, steps, status
    )


def compare_interval_censoring(
    left: ArrayLike, right: ArrayLike, *, conf_type: str = "log", confidence: float = 0.95
) -> pd.DataFrame:
    """Median under three readings of the same visits: at detection, at the midpoint, and by Turnbull.

    ``at detection`` puts the event at the visit that showed it (the usual convention, late on average by half a
    visit), ``midpoint`` half way back to the visit before; both are Kaplan–Meier estimates. ``turnbull`` assumes
    neither, and has no interval here.

    Parameters
    ----------
    left, right : array_like, (n,)
        As for `fit_turnbull`.
    conf_type, confidence
        As for `fit_kaplan_meier`.

    Returns
    -------
    DataFrame
        ``method, n, events, median, median_low, median_high, median_status``.
    """
    start, end = _check_intervals(left, right)
    seen = np.isfinite(end)
    rows = []
    for method, at in (("at detection", end), ("midpoint", (start + end) / 2)):
        curve = fit_kaplan_meier(np.where(seen, at, start), seen, conf_type=conf_type, confidence=confidence)
        median = estimate_median(curve)
        rows.append(
            [method, curve.n, curve.n_events, median.estimate, median.low, median.high, median.status]
        )
    exact = fit_turnbull(start, end)
    rows.append(["turnbull", exact.n, int(seen.sum()), exact.median, np.nan, np.nan, exact.status])
    columns = ["method", "n", "events", "median", "median_low", "median_high", "median_status"]
    return pd.DataFrame(rows, columns=columns)


def _check_intervals(left: ArrayLike, right: ArrayLike) -> tuple[Floats, Floats]:
    start = np.asarray(left, dtype=float).reshape(-1)
    end = np.asarray(right, dtype=float).reshape(-1)
    if start.size != end.size:
        raise InputError(Fault("left and right must be equally long", f"{start.size} and {end.size}"))
    end = np.where(np.isnan(end), np.inf, end)
    faults = []
    for rule, bad in (
        ("left must be a number >= 0", ~(start >= 0) | np.isinf(start)),
        ("right must be >= left", end < start),
    ):
        if bad.any():
            rows = np.flatnonzero(bad)
            faults.append(Fault(rule, f"({start[rows[0]]:g}, {end[rows[0]]:g}]", name_rows(rows.tolist())))
    if faults:
        raise InputError(faults)
    return start, end


def _innermost(start: Floats, end: Floats) -> tuple[Floats, Floats]:
    """Intervals from a left end to a right end with no other end between."""
    exact = start == end
    points = np.concatenate([start, end])
    # At one time: right ends, then left ends; but an exact time opens just before it closes.
    kind = np.concatenate([np.where(exact, 0, 2), np.ones(end.size)])
    order = np.lexsort((kind, points))
    is_left, points = (kind[order] != 1), points[order]
    pair = np.flatnonzero(is_left[:-1] & ~is_left[1:])
    return points[pair], points[pair + 1]


def _self_consistent(inside: Floats) -> tuple[Floats, int]:
    n, m = inside.shape
    mass = np.full(m, 1 / m)
    for step in range(1, MAX_STEPS + 1):
        update = mass * ((1 / (inside @ mass)) @ inside) / n
        if np.max(np.abs(update - mass)) < MASS_TOLERANCE:
            return update, step
        mass = update
    return mass, MAX_STEPS


def _median(low: Floats, high: Floats, mass: Floats, survival: Floats) -> tuple[float, float, float, str]:
    at = np.flatnonzero(survival <= 0.5 + TOLERANCE)
    if not at.size or not np.isfinite(high[at[0]]):
        return float("nan"), float("nan"), float("nan"), "not reached"
    j = at[0]
    before = survival[j] + mass[j]
    share = min((before - 0.5) / mass[j], 1.0)
    return float(low[j] + share * (high[j] - low[j])), float(low[j]), float(high[j]), "reached"
