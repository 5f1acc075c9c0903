"""Many Kaplan–Meier curves at once: simulations and resampling."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from lib.errors import Fault, InputError
from lib.survival.bands import estimate_band, normal_quantile
from lib.survival.quantile import TOLERANCE
from lib.survival.subjects import Bools, Floats

CELLS_AT_ONCE = 200_000
"""Samples are worked through in blocks of about this many times, so that a block stays in the cache."""


@dataclass(frozen=True)
class BatchMedians:
    """Medians of many samples, shape (n_samples,) each; NaN = not reached (never a failure).

    Attributes
    ----------
    median, low, high : ndarray
    n, events : ndarray of int
    conf_type : str
    confidence : float
    """

    median: Floats
    low: Floats
    high: Floats
    n: np.ndarray
    events: np.ndarray
    conf_type: str
    confidence: float

    def to_frame(self) -> pd.DataFrame:
        """One row a sample."""
        frame = pd.DataFrame({name: getattr(self, name) for name in ("n", "events", "median", "low", "high")})
        reached = np.where(
            frame["median"].notna(), "reached", np.where(frame["n"] > 0, "not reached", "not estimable")
        )
        return frame.assign(median_status=reached, conf_type=self.conf_type)


def fit_batch(
    time: ArrayLike, event: ArrayLike, *, conf_type: str = "log", confidence: float = 0.95
) -> BatchMedians:
    """Median and Brookmeyer–Crowley interval of each row; the same numbers as `estimate_median`.

    Parameters
    ----------
    time, event : array_like, (n_samples, n)
        One sample a row. A NaN time fills up a shorter sample.
    conf_type, confidence
        As for `fit_kaplan_meier`.

    Returns
    -------
    BatchMedians

    Raises
    ------
    InputError
        For shapes that differ or a negative time.

    Notes
    -----
    Tied events are taken one after the other, which gives the product-limit and Greenwood's sum of the whole
    block at its last row: (1 − 1/n)(1 − 1/(n−1)) = 1 − 2/n, and so on. Only last rows are looked at.
    """
    times = np.asarray(time, dtype=np.float64)
    happened = np.asarray(event).astype(bool)
    if times.ndim != 2 or times.shape != happened.shape:
        raise InputError(
            Fault("time and event must be two tables of one shape", value=f"{times.shape}, {happened.shape}")
        )
    if (times < 0).any():
        raise InputError(Fault("time must be >= 0", value=f"{np.nanmin(times):g}"))
    z = normal_quantile(confidence)
    rows = max(1, CELLS_AT_ONCE // max(1, times.shape[1]))
    blocks = [
        _fit_block(times[i : i + rows], happened[i : i + rows], z, conf_type)
        for i in range(0, len(times), rows)
    ]
    medians = np.concatenate(blocks, axis=1) if blocks else np.empty((3, 0))
    present = ~np.isnan(times)
    return BatchMedians(
        medians[0],
        medians[1],
        medians[2],
        present.sum(axis=1),
        (happened & present).sum(axis=1),
        conf_type,
        confidence,
    )


def _fit_block(time: Floats, event: Bools, z: float, conf_type: str) -> Floats:
    """Median, low and high, (3, n_samples)."""
    # At a tie events come first: a censoring counts as just later.
    order = np.argsort(np.where(event, time, np.nextafter(time, np.inf)), axis=1)
    time, event = np.take_along_axis(time, order, 1), np.take_along_axis(event, order, 1)
    present = ~np.isnan(time)
    left = (present.sum(axis=1)[:, None] - np.arange(time.shape[1])).astype(np.float64)
    event = event & present
    with np.errstate(divide="ignore", invalid="ignore"):
        steps: Floats = np.where(event, (left - 1) / left, 1.0)
        variance = np.cumsum(np.where(event, 1 / (left * (left - 1)), 0.0), axis=1)
    survival: Floats = np.cumprod(steps, axis=1, dtype=np.float64)
    low, high = estimate_band(survival, np.sqrt(variance), z, conf_type)
    last_of_tie = present & np.append(time[:, 1:] != time[:, :-1], np.ones((len(time), 1), bool), axis=1)
    end = np.max(time, axis=1, where=present, initial=0.0)
    return np.stack([_crossings(time, np.where(last_of_tie, y, np.nan), end) for y in (survival, low, high)])


def _crossings(time: Floats, y: Floats, end: Floats) -> Floats:
    """Time at which each row of `y` falls to 1/2: see `quantile._crossing`."""
    if not time.shape[1]:
        return np.full(len(time), np.nan)
    rows = np.arange(len(time))
    at_or_below, below = y <= 0.5 + TOLERANCE, y < 0.5 - TOLERANCE
    first, next_fall = at_or_below.argmax(axis=1), below.argmax(axis=1)
    reached, falls = at_or_below[rows, first], below[rows, next_fall]
    start, stop = time[rows, first], np.where(falls, time[rows, next_fall], end)
    level = ~below[rows, first]
    return np.where(reached, np.where(level, (start + stop) / 2, start), np.nan)
