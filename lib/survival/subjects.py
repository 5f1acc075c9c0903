"""What every survival method asks of its input."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lib.errors import Fault, InputError, name_rows

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
SAME = 1e-11
"""Times nearer than this part of themselves are one: √2² and 2, or months from days by two ways."""


def check_times(time: ArrayLike, event: ArrayLike) -> tuple[Floats, Bools]:
    """Times and event indicators as arrays, or every fault found in them.

    Parameters
    ----------
    time : array_like, (n,)
        Time from the start to the event or to censoring, >= 0, in any one unit.
    event : array_like, (n,)
        1 or True where the event happened, 0 or False where the subject was censored.

    Returns
    -------
    time, event : ndarray, (n,)
        Times that only rounding tells apart are ties, at the first of them.

    Raises
    ------
    InputError
        For lengths that differ, a missing, infinite or negative time, or an event other than 0 or 1.
    """
    times = np.asarray(time, dtype=np.float64).reshape(-1)
    indicator = np.asarray(event, dtype=np.float64).reshape(-1)
    if times.size != indicator.size:
        raise InputError(
            Fault(
                "time and event must be equally long", value=f"{times.size} times and {indicator.size} events"
            )
        )
    faults = _time_faults(times) + _event_faults(indicator)
    if faults:
        raise InputError(faults)
    return _tie(times), indicator == 1


def _tie(times: Floats) -> Floats:
    order = np.argsort(times)
    rising = times[order]
    near = np.diff(rising) <= SAME * rising[1:]
    if not (near & (np.diff(rising) > 0)).any():
        return times
    first = np.maximum.accumulate(np.where(np.insert(near, 0, False), 0, np.arange(rising.size)))
    tied = np.empty_like(times)
    tied[order] = rising[first]
    return tied


def check_labels(labels: ArrayLike, n: int, name: str) -> NDArray[np.object_]:
    """Labels of `n` subjects as strings, in their order; missing labels are a fault."""
    values = np.asarray(labels, dtype=object).reshape(-1)
    if values.size != n:
        raise InputError(
            Fault(f"{name} must hold one label a subject", value=f"{values.size} labels for {n}")
        )
    missing = [i for i, value in enumerate(values) if value is None or value != value]
    if missing:
        remedy = f"Leave the subjects without {name} out, and count them."
        raise InputError(
            Fault(f"{name} must not be missing", value="no value", where=name_rows(missing), remedy=remedy)
        )
    return np.array([str(value) for value in values], dtype=object)


def _time_faults(times: Floats) -> list[Fault]:
    faults = []
    unusable = np.flatnonzero(~np.isfinite(times))
    if unusable.size:
        remedy = "A subject without a time cannot enter; leave the row out, and count it."
        value = f"{times[unusable[0]]:g}"
        faults.append(
            Fault("time must be a number", value=value, where=name_rows(unusable.tolist()), remedy=remedy)
        )
    negative = np.flatnonzero(times < 0)
    if negative.size:
        value = f"{times[negative[0]]:g}"
        remedy = "Check the start and end dates."
        faults.append(
            Fault("time must be >= 0", value=value, where=name_rows(negative.tolist()), remedy=remedy)
        )
    return faults


def _event_faults(indicator: Floats) -> list[Fault]:
    odd = np.flatnonzero((indicator != 0) & (indicator != 1))
    if not odd.size:
        return []
    remedy = "Code the event as 1 and censoring as 0 (ADaM's CNSR is the other way round)."
    return [
        Fault(
            "event must be 0 or 1",
            value=f"{indicator[odd[0]]:g}",
            where=name_rows(odd.tolist()),
            remedy=remedy,
        )
    ]
