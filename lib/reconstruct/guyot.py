"""The algorithm: one curve and its numbers at risk in, individual times out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from lib.reconstruct.points import Floats, Integers, check_curve, check_numbers, check_together
from lib.survival import fit_kaplan_meier

MOST_ROUNDS = 60
EVENT_WORTH = 50.0
"""Events missed in the tail that a distance of 1 between the curves weighs as much as."""

GOOD_MATCH, FAIR_MATCH = 0.015, 0.03
"""Largest distance between the printed and the reconstructed curve that counts as close, and as usable."""


@dataclass(frozen=True)
class Reconstruction:
    """Individual times that give back one printed curve.

    Attributes
    ----------
    time : ndarray, (n,)
        Ascending; in the unit of the curve.
    event : ndarray of bool, (n,)
    n, n_events : int
    total_events : int or None
        What was asked for; None = not known.
    curve_time, curve_survival : ndarray, (n_points,)
        The digitised points as used: ordered, never rising, from (0, 1).
    residual : ndarray, (n_points,)
        Reconstructed minus digitised survival there.
    risk_time : ndarray, (n_intervals,)
    risk_printed, risk_found : ndarray of int, (n_intervals,)
        Numbers at risk as printed and as reconstructed.
    n_raised : int
        Digitised points that rose above an earlier one and were lowered.
    status : {"close", "usable", "poor"}
        By the largest residual, the numbers at risk and the number of events.
    advice : str
    """

    time: Floats
    event: NDArray[np.bool_]
    n: int
    n_events: int
    total_events: int | None
    curve_time: Floats
    curve_survival: Floats
    residual: Floats
    risk_time: Floats
    risk_printed: Integers
    risk_found: Integers
    n_raised: int
    status: str
    advice: str

    @property
    def largest_residual(self) -> float:
        """Largest distance between the two curves, in units of survival."""
        return float(np.max(np.abs(self.residual), initial=0.0))

    @property
    def root_mean_square(self) -> float:
        """Typical distance between the two curves, in units of survival."""
        return float(np.sqrt(np.mean(self.residual**2)))

    def to_frame(self) -> pd.DataFrame:
        """One row an individual: ``time, event`` (1 = event)."""
        return pd.DataFrame({"time": self.time, "event": self.event.astype(int)})


@dataclass(frozen=True)
class _Interval:
    """Between two printed numbers at risk: the points inside, where it ends, and what it starts from."""

    start: float
    end: float
    time: Floats
    survival: Floats
    n: int
    curve: float


@dataclass(frozen=True)
class _Outcome:
    """What a number of censorings in an interval leads to."""

    events: Integers
    censored_at: Floats
    n: int
    curve: float
    worst: float


def estimate_individual_times(
    curve_time: ArrayLike,
    curve_survival: ArrayLike,
    risk_time: ArrayLike,
    n_at_risk: ArrayLike,
    *,
    total_events: int | None = None,
) -> Reconstruction:
    """Find times and events whose Kaplan–Meier curve is the printed one.

    Between two printed numbers at risk, censorings are spread evenly and events fall on the digitised points,
    d_k = n_k (1 − S_k / S_{k−1}) to the nearest whole number, S being the reconstructed curve so far, so that
    rounding does not add up. The number of censorings is what makes the next number at risk come out. After
    the last printed number it follows from `total_events`, or else from the rate of censoring before.

    Parameters
    ----------
    curve_time, curve_survival : array_like, (n_points,)
        Points read off the curve, survival as a fraction; the tops and feet of steps are best.
    risk_time, n_at_risk : array_like, (n_intervals,)
        Printed numbers at risk; the first, at time 0, is the number of subjects.
    total_events : int, optional
        Printed number of events: settles the tail, which is otherwise a guess.

    Returns
    -------
    Reconstruction

    Raises
    ------
    InputError
        For percentages, times out of range, numbers at risk that rise or do not begin at 0, or more events
        than subjects: every fault at once.

    Notes
    -----
    Good for hazard ratios and medians; the single times are not those of real patients, covariates are lost,
    and nothing can be learnt from them that the curve does not show. Assumes censoring spread evenly inside
    each interval.

    References
    ----------
    Guyot and others, BMC Med Res Methodol 2012;12:9.
    """
    at, numbers = check_numbers(risk_time, n_at_risk)
    time, survival, raised = check_curve(curve_time, curve_survival)
    check_together(time, at, numbers, total_events)
    time, survival = _reach(time, survival, at, numbers)
    outcomes = _walk(time, survival, at, numbers, total_events)
    times, events = _individuals(time, outcomes)
    return _report(times, events, time, survival, at, numbers, total_events, raised)


def _reach(time: Floats, survival: Floats, at: Floats, numbers: Integers) -> tuple[Floats, Floats]:
    """A curve read too short is carried on, level, to the last time at which somebody was at risk."""
    last = float(at[numbers > 0][-1])
    if last <= time[-1]:
        return time, survival
    return np.append(time, last), np.append(survival, survival[-1])


def _walk(
    time: Floats, survival: Floats, at: Floats, numbers: Integers, total_events: int | None
) -> list[tuple[_Interval, _Outcome]]:
    inside = at[at <= time[-1]]
    n, curve, done, exposed = int(numbers[0]), 1.0, 0, 0.0
    walked: list[tuple[_Interval, _Outcome]] = []
    for i, start in enumerate(inside):
        last = i == inside.size - 1
        end = float(time[-1]) if last else float(inside[i + 1])
        points = (time >= start) & ((time <= end) if last else (time < end))
        interval = _Interval(float(start), end, time[points], survival[points], n, curve)
        if last:
            outcome = _settle_tail(
                interval, total_events, done, sum(o.censored_at.size for _, o in walked), exposed
            )
        else:
            outcome = _match_next(interval, int(numbers[i + 1]))
        walked.append((interval, outcome))
        exposed += (end - start) * (n + outcome.n) / 2
        done += int(outcome.events.sum())
        n, curve = outcome.n, outcome.curve
    return walked


def _match_next(interval: _Interval, target: int) -> _Outcome:
    """Censorings that make the next number at risk come out, or come nearest."""
    foot = interval.survival[-1] if interval.survival.size else interval.curve
    censored = max(round(interval.n * foot / interval.curve - target), 0) if interval.curve > 0 else 0
    best, tried = _play(interval, censored), {censored}
    current = best
    for _ in range(MOST_ROUNDS):
        censored = min(max(censored + current.n - target, 0), interval.n)
        if censored in tried:
            break
        tried.add(censored)
        current = _play(interval, censored)
        if abs(current.n - target) < abs(best.n - target):
            best = current
    return best


def _settle_tail(
    interval: _Interval, total_events: int | None, done: int, censored_before: int, exposed: float
) -> _Outcome:
    """After the last printed number: by the total of events, or by the rate of censoring so far."""
    if interval.n == 0:
        return _play(interval, 0)
    rate = censored_before / exposed if exposed else 0.0
    guess = min(round(rate * interval.n * (interval.end - interval.start)), interval.n)
    if total_events is None:
        return _play(interval, guess)
    choices = [_play(interval, c) for c in range(interval.n + 1)]
    # One event missed weighs as much as a fiftieth of survival: neither is worth much of the other.
    miss = [abs(done + int(o.events.sum()) - total_events) + EVENT_WORTH * o.worst for o in choices]
    return choices[min(range(len(choices)), key=lambda c: (miss[c], abs(c - guess)))]


def _play(interval: _Interval, censored: int) -> _Outcome:
    """Walk through an interval's points with `censored` censorings spread evenly over it."""
    at = interval.start + (interval.end - interval.start) * (np.arange(censored) + 0.5) / max(censored, 1)
    gone = np.searchsorted(at, interval.time, side="left")
    events = np.zeros(interval.time.size, dtype=np.int64)
    lost, curve, worst = 0, interval.curve, 0.0
    for k, (survival, left) in enumerate(zip(interval.survival.tolist(), gone.tolist(), strict=True)):
        n = interval.n - left - lost
        if n > 0 and survival < curve:
            d = min(round(n * (1 - survival / curve)), n)
            events[k], lost, curve = d, lost + d, curve * (1 - d / n)
        worst = max(worst, abs(curve - survival))
    kept = min(censored, interval.n - lost)
    return _Outcome(events, at[:kept], interval.n - lost - kept, curve, worst)


def _individuals(time: Floats, walked: list[tuple[_Interval, _Outcome]]) -> tuple[Floats, NDArray[np.bool_]]:
    died = np.concatenate([np.repeat(interval.time, outcome.events) for interval, outcome in walked])
    left = np.concatenate([outcome.censored_at for _, outcome in walked])
    # Whoever is still at risk at the end of the curve is censored there.
    left = np.append(left, np.full(walked[-1][1].n, time[-1]))
    times = np.concatenate([died, left])
    event = np.arange(times.size) < died.size
    order = np.lexsort((~event, times))
    return times[order], event[order]


def _report(
    times: Floats,
    events: NDArray[np.bool_],
    time: Floats,
    survival: Floats,
    at: Floats,
    numbers: Integers,
    total_events: int | None,
    raised: int,
) -> Reconstruction:
    residual = fit_kaplan_meier(times, events).survival_at(time) - survival
    found = times.size - np.searchsorted(times, at, side="left")
    status, advice = _judge(residual, found - numbers, int(events.sum()), total_events, raised, time.size)
    return Reconstruction(
        times,
        events,
        int(times.size),
        int(events.sum()),
        total_events,
        time,
        survival,
        residual,
        at,
        numbers,
        found.astype(np.int64),
        raised,
        status,
        advice,
    )


def _judge(
    residual: Floats, off: Integers, events: int, total: int | None, raised: int, n_points: int
) -> tuple[str, str]:
    worst, miss = float(np.max(np.abs(residual))), int(np.max(np.abs(off)))
    advice = []
    if worst > GOOD_MATCH:
        advice.append(f"The curves differ by up to {worst:.3f}: read more points where they do.")
    if miss > 1:
        advice.append(f"A number at risk is missed by {miss}: check that row, and the unit of time.")
    if total is not None and abs(events - total) > 1:
        advice.append(f"{events} events found for {total} printed: check the last part of the curve.")
    if total is None:
        advice.append("Without the printed number of events the end of the curve is a guess.")
    if raised > 0.1 * n_points:
        advice.append(f"{raised} points rose above earlier ones and were lowered: the reading is rough.")
    poor = (
        worst > FAIR_MATCH or miss > 3 or (total is not None and abs(events - total) > 0.05 * max(total, 20))
    )
    close = worst <= GOOD_MATCH and miss <= 1 and (total is None or abs(events - total) <= 1)
    return ("poor" if poor else "close" if close else "usable"), " ".join(advice)
