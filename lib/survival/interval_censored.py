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

PLAIN_STEPS, MAX_STEPS = 100, 200
GRADIENT_TOLERANCE = 1e-10
"""Excess of the likelihood's gradient, relative, at which no mass can gain any more."""
SLACK, SMALLEST_STEP = 1e-13, 1e-10
"""Fall of the likelihood, relative, that is rounding and not an overshoot; share of a step not worth
halving."""


@dataclass(frozen=True)
class IntervalCensoredCurve:
    """Turnbull's estimate: probability on the innermost intervals, where alone there can be any.

    Attributes
    ----------
    left, right : ndarray, (m,)
        The intervals (left, right], or the point where both are one exact time; right is infinite where
        events may lie beyond all follow-up.
    mass : ndarray, (m,)
        Probability of an event in each; where in the interval it lies, the data do not say.
    survival : ndarray, (m,)
        S at the right end of each.
    median_low, median_high : float
        The interval that holds the median; NaN where `status` is ``not reached``.
    median : float
        Inside that interval by linear interpolation; where S is level at 1/2, the middle of the level, as
        `estimate_median` has it.
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
    """Nonparametric maximum likelihood for events known to lie in (left, right], or at an exact time.

    Maximises Σ_i log Σ_j α_ij p_j over masses p_j ≥ 0 that sum to 1, with α_ij = 1 where the innermost
    interval j lies within subject i's, until no mass can gain. Intervals are half-open: (4, ∞] does not hold
    an event at exactly 4.

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
    Turnbull, J R Stat Soc B 1976;38:290. Gentleman and Geyer, Biometrika 1994;81:618. Wang, J R Stat Soc B
    2007;69:185 (the algorithm).
    """
    start, end = _check_intervals(left, right)
    if not start.size:
        none = np.empty(0)
        nan = float("nan")
        return IntervalCensoredCurve(none, none, none, none, nan, nan, nan, 0, 0, "not estimable")
    low, high, inside = _innermost(start, end)
    mass, steps = _maximise(inside)
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

    ``at detection`` puts the event at the visit that showed it (the usual convention, late on average by half
    a visit), ``midpoint`` half way back to the visit before; both are Kaplan–Meier estimates. ``turnbull``
    assumes neither, and has no interval here. An event whose day is known, such as a death, has one time
    under all three.

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
        raise InputError(Fault("left and right must be equally long", value=f"{start.size} and {end.size}"))
    end = np.where(np.isnan(end), np.inf, end)
    faults = []
    for rule, bad in (
        ("left must be a number >= 0", ~(start >= 0) | np.isinf(start)),
        ("right must be >= left", end < start),
    ):
        if bad.any():
            rows = np.flatnonzero(bad)
            faults.append(
                Fault(rule, value=f"({start[rows[0]]:g}, {end[rows[0]]:g}]", where=name_rows(rows.tolist()))
            )
    if faults:
        raise InputError(faults)
    return start, end


def _innermost(start: Floats, end: Floats) -> tuple[Floats, Floats, Floats]:
    """Intervals from a left end to a right end with no other end between, and which subjects' hold each, (n,
    m)."""
    # At one time an exact time opens, then what ends there closes, then what starts after it opens.
    opens = np.where(start == end, 0, 2)
    points, kind = np.concatenate([start, end]), np.concatenate([opens, np.ones(end.size)])
    order = np.lexsort((kind, points))
    points, kind = points[order], kind[order]
    pair = np.flatnonzero((kind[:-1] != 1) & (kind[1:] == 1))
    low, high = points[pair], points[pair + 1]
    after = (low > start[:, None]) | ((low == start[:, None]) & (kind[pair] >= opens[:, None]))
    return low, high, (after & (high <= end[:, None])).astype(float)


def _maximise(inside: Floats) -> tuple[Floats, int]:
    """Masses of greatest likelihood and the steps taken.

    Self-consistency (p_j ← p_j times its gradient) first, which is quick where times are exact; then Wang's
    constrained Newton method, which is quick where masses run to 0.
    """
    held, repeats = np.unique(inside, axis=0, return_counts=True)
    times = repeats.astype(float)
    mass = np.full(held.shape[1], 1 / held.shape[1])
    for step in range(1, MAX_STEPS + 1):
        share = held / (held @ mass)[:, None]
        gradient = times @ share / times.sum()
        if np.max(gradient) <= 1 + GRADIENT_TOLERANCE:
            return mass, step
        mass = mass * gradient if step <= PLAIN_STEPS else _newton(held, times, mass, share)
    return mass, MAX_STEPS


def _newton(held: Floats, times: Floats, mass: Floats, share: Floats) -> Floats:
    root = np.sqrt(times)[:, None]
    from scipy.optimize import nnls  # slow to import, and for visits apart only

    target = nnls(
        np.vstack([root * (share - 2), np.ones(mass.size)]), np.eye(len(held) + 1)[-1], maxiter=30 * mass.size
    )[0]
    return _ascend(held, times, mass, target / target.sum())


def _ascend(held: Floats, times: Floats, mass: Floats, target: Floats) -> Floats:
    """From `mass` towards `target`, half as far until the likelihood does not fall."""
    now, share = times @ np.log(held @ mass), 1.0
    least = now - SLACK * abs(now)
    while share > SMALLEST_STEP:
        proposal = (1 - share) * mass + share * target
        with np.errstate(divide="ignore"):
            if times @ np.log(held @ proposal) >= least:
                return proposal
        share /= 2
    return mass


def _median(low: Floats, high: Floats, mass: Floats, survival: Floats) -> tuple[float, float, float, str]:
    at = np.flatnonzero(survival <= 0.5 + TOLERANCE)
    if not at.size or not np.isfinite(high[at[0]]):
        return float("nan"), float("nan"), float("nan"), "not reached"
    j = at[0]
    below = np.flatnonzero(survival < 0.5 - TOLERANCE)
    if survival[j] >= 0.5 - TOLERANCE and below.size:
        end = low[below[0]]  # S is level at 1/2 from here to where the next mass may begin
        return float((high[j] + end) / 2), float(high[j]), float(end), "reached"
    share = min((survival[j] + mass[j] - 0.5) / mass[j], 1.0)
    return float(low[j] + share * (high[j] - low[j])), float(low[j]), float(high[j]), "reached"
