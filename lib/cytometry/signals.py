"""Values that no detector gives: misread bytes, a dead or transformed channel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lib.cytometry.fcs import FlowFile
from lib.cytometry.names import is_colour, is_time

SMALLEST, MOST_TIMES_TOP = 1e-20, 1e4
"""Beyond these a value was not recorded but misread: wrong byte order, wrong type, wrong place in the
file."""

LEAST_MISREAD = 0.01
LEAST_SIGNAL = 5.0
"""A fluorescence channel without one event above it was not recorded, or holds logarithms."""


def judge_signals(file: FlowFile) -> list[str]:
    """What makes the values of channels nonsense, a sentence each with the channels named; empty where
    nothing does.

    Misread: more than 1 % of the events are smaller than 1e-20 (and not 0) or larger than 10,000 times the
    top of the scale. Constant: every event has one value. Empty: no event of a fluorescence channel reaches
    5.
    """
    found: dict[str, list[str]] = {}
    for channel, values, top in zip(file.channels, file.events, file.tops, strict=True):
        if file.n_events > 1 and not is_time(channel) and (what := _nonsense(channel, values, top)):
            found.setdefault(what, []).append(channel)
    return [f"{', '.join(channels)}: {what}" for what, channels in found.items()]


def _nonsense(channel: str, values: NDArray[np.floating], top: float) -> str:
    size = np.abs(values)
    beyond = ((size < SMALLEST) & (size > 0)) | (size > MOST_TIMES_TOP * (top if top > 0 else 2.0**18))
    if (share := float(beyond.mean())) > LEAST_MISREAD:
        return f"{100 * share:.0f} % of the events have values that no detector gives (misread bytes or type)"
    low, high = float(values.min()), float(values.max())
    if low == high:
        return f"every event has the value {low:g}"
    if is_colour(channel) and high < LEAST_SIGNAL:
        scale = f" on a scale to {top:,.0f}" if top > LEAST_SIGNAL else ""
        return (
            f"all events lie below {LEAST_SIGNAL:g}{scale}: nothing recorded, or values already transformed"
        )
    return ""
