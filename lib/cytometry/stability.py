"""Was the acquisition steady? Event rate and signals along its time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from lib.cytometry.fcs import FlowFile
from lib.cytometry.names import is_time

EVENTS_PER_BIN = 400
FEWEST_BINS = 5
ASINH_COFACTOR = 150.0

STEP_BACK = 0.01
"""Share of the time range: a smaller step back is events that left the electronics out of turn."""

OUT_OF_ORDER = 0.01
"""Share of events that step back, other than by about the whole range, from where on the file is not in order
of time."""


@dataclass(frozen=True)
class Stability:
    """Share of events acquired in stable stretches, and the bins over time behind it.

    Parameters
    ----------
    share : float
        0 to 1; NaN where it cannot be judged.
    bins : DataFrame
        ``start, stop`` (of the time channel, a counter that starts again joined end to end),
        ``n_events, rate_ratio`` (events per time over the median), ``drift`` (largest deviation of a
        channel's mean, in that channel's standard deviations), ``stable``.
    worst_channel : str
        Where the drift is largest.
    note : str
        What is odd about the time channel, or why nothing can be judged.
    file : str
        Which file.
    """

    share: float
    bins: pd.DataFrame
    worst_channel: str
    note: str = ""
    file: str = ""


def check_stability(file: FlowFile, *, false_alarm: float = 1e-3) -> Stability:
    """Stretches of the acquisition where the rate or a channel's mean leaves the rest.

    Events are cut in time order into bins of 400. In each bin the mean of asinh(x / 150) of every channel is
    held against the median of the bins; a bin is unstable if it lies further than a Bonferroni limit at
    `false_alarm` for the whole file and further than 0.15 standard deviations, or if its event rate is below
    0.6 or above 1.8 times the median.
    """
    row = next((i for i, name in enumerate(file.channels) if is_time(name)), None)
    n_bins = file.n_events // EVENTS_PER_BIN
    if why := _not_judged(file, row, n_bins):
        return Stability(float("nan"), pd.DataFrame(), "", f"{why}: stability not judged", file.name)
    order, joined, note = order_in_time(file.events[row])
    order = order[: n_bins * EVENTS_PER_BIN]
    time = joined[order].reshape(n_bins, EVENTS_PER_BIN)
    others = [i for i in range(len(file.channels)) if i != row]
    drift = np.array([_drift(file.events[i][order].reshape(n_bins, EVENTS_PER_BIN)) for i in others])
    rate, coarse = _rate(time)
    largest = np.abs(drift).max(axis=0)
    limit = norm.isf(false_alarm / (2 * n_bins * len(others))) / np.sqrt(EVENTS_PER_BIN)
    stable = (largest <= max(limit, 0.15)) & (rate > 0.6) & (rate < 1.8)
    bins = pd.DataFrame(
        {
            "start": time[:, 0],
            "stop": time[:, -1],
            "n_events": EVENTS_PER_BIN,
            "rate_ratio": rate,
            "drift": largest,
            "stable": stable,
        }
    )
    worst = others[int(np.abs(drift).max(axis=1).argmax())]
    said = "; ".join(filter(None, (note, coarse)))
    return Stability(float(stable.mean()), bins, file.channels[worst], said, file.name)


def _not_judged(file: FlowFile, row: int | None, n_bins: int) -> str:
    if row is None:
        return "no time channel"
    if n_bins < FEWEST_BINS:
        return f"fewer than {FEWEST_BINS * EVENTS_PER_BIN:,} events"
    if len(file.channels) < 2:
        return "no channel but time"
    return f"time is {file.events[row][0]:g} in every event" if np.ptp(file.events[row]) == 0 else ""


def order_in_time(time: NDArray[np.floating]) -> tuple[NDArray[np.intp], NDArray[np.float64], str]:
    """Order of events in time, their time with restarts of the counter joined, and what is odd about it.

    A counter that wraps falls back by about its range; one that was reset, or a file put together of two, by
    some of it. Such stretches follow one another as they do in the file. Where many events step back
    otherwise, the file is not in the order of acquisition, and time itself is taken.
    """
    values = time.astype(np.float64)
    steps, span = np.diff(values), np.ptp(values)
    wraps = steps < -0.5 * span
    resets = (steps < -STEP_BACK * span) & ~wraps
    if resets.mean() > OUT_OF_ORDER:
        back = 100 * float((wraps | resets).mean())
        note = (
            f"time is not in the order of the file ({back:.0f} % of events step back): judged in the order of"
            " time"
        )
        return np.argsort(values, kind="stable"), values, note
    starts = wraps | resets
    if not starts.any():
        return np.argsort(values, kind="stable"), values, ""
    forward = steps[steps > 0]
    lift = np.where(starts, (float(np.median(forward)) if forward.size else 0.0) - steps, 0.0)
    joined = values + np.concatenate([[0.0], np.cumsum(lift)])
    n = int(starts.sum())
    note = (
        f"time starts again {'once' if n == 1 else f'{n:,} times'} (a counter that wraps or was reset):"
        " joined in the order of the file"
    )
    return np.argsort(joined, kind="stable"), joined, note


def _rate(time: NDArray[np.float64]) -> tuple[NDArray[np.float64], str]:
    """Events per time of each bin over the median; 1 and a word where the clock is too coarse to tell."""
    duration = time[:, -1] - time[:, 0]
    middle = float(np.median(duration))
    if middle <= 0:
        return np.ones(len(duration)), "time is too coarse to judge the event rate"
    return middle / np.maximum(duration, 1e-9), ""


def _drift(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Deviation of each bin's mean from the median bin, in standard deviations of the events."""
    bent = np.arcsinh(values.astype(np.float64) / ASINH_COFACTOR)
    means, spread = bent.mean(axis=1), bent.std()
    return np.asarray((means - np.median(means)) / (spread or 1.0))


def find_least_stable(files: Sequence[FlowFile]) -> Stability:
    """That of the file with the smallest stable share; of the first where none could be judged."""
    found = [check_stability(file) for file in files]
    shares = np.array([s.share for s in found])
    return found[int(np.nanargmin(shares)) if np.isfinite(shares).any() else 0]
