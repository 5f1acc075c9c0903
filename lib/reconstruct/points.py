"""What a digitised curve and its numbers at risk must be like before anything is made of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lib.errors import Fault, InputError

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

READING = 0.01
"""A point this little above an earlier one is an error of reading; further up it is a fault of the
reading."""


def check_curve(curve_time: ArrayLike, curve_survival: ArrayLike) -> tuple[Floats, Floats, int]:
    """Points ordered, never rising, from (0, 1); and how many had to be lowered."""
    time, survival = np.asarray(curve_time, dtype=float), np.asarray(curve_survival, dtype=float)
    faults = []
    if time.size != survival.size or not time.size:
        raise InputError(
            Fault("a curve needs as many survivals as times", value=f"{survival.size} for {time.size}")
        )
    if not (np.isfinite(time) & (time >= 0)).all():
        faults.append(Fault("time of a curve must be a number >= 0", value=f"{time[~(time >= 0)][:1]}"))
    if not ((survival >= 0) & (survival <= 1)).all():
        worst = survival[~((survival >= 0) & (survival <= 1))][0]
        remedy = (
            "Divide percentages by 100." if worst > 1.5 else "Readings past the axis: set them to 0 or 1."
        )
        faults.append(Fault("survival must lie in [0, 1]", value=f"{worst:g}", remedy=remedy))
    if faults:
        raise InputError(faults)
    order = np.lexsort((-survival, time))
    time, survival = np.append(0.0, time[order]), np.append(1.0, survival[order])
    falling = np.minimum.accumulate(survival)
    last = np.append(np.diff(time) > 0, True)
    return time[last], falling[last], int(np.sum(survival > falling + READING))


def check_numbers(risk_time: ArrayLike, n_at_risk: ArrayLike) -> tuple[Floats, Integers]:
    """Numbers at risk in order of time, whole, falling, from time 0."""
    at, numbers = np.asarray(risk_time, dtype=float), np.asarray(n_at_risk, dtype=float)
    if at.size != numbers.size or not at.size:
        raise InputError(
            Fault("at_risk needs as many numbers as times", value=f"{numbers.size} for {at.size}")
        )
    order = np.argsort(at, kind="stable")
    at, numbers = at[order], numbers[order]
    faults = []
    if at[0] != 0:
        remedy = "Add the number of subjects at time 0."
        faults.append(Fault("at_risk must begin at time 0", value=f"{at[0]:g}", remedy=remedy))
    if (np.diff(at) <= 0).any():
        faults.append(Fault("times of at_risk must differ", value=f"{at[1:][np.diff(at) <= 0][0]:g} twice"))
    if (numbers != np.floor(numbers)).any() or (numbers < 0).any() or not numbers[0] > 0:
        odd = numbers[(numbers != np.floor(numbers)) | (numbers < 0)]
        faults.append(
            Fault("n at risk must be a whole number >= 0, the first > 0", value=f"{[*odd, numbers[0]][0]:g}")
        )
    if (np.diff(numbers) > 0).any():
        i = int(np.flatnonzero(np.diff(numbers) > 0)[0])
        faults.append(
            Fault("n at risk must not rise", value=f"{numbers[i]:g} then {numbers[i + 1]:g} at {at[i + 1]:g}")
        )
    if faults:
        raise InputError(faults)
    return at, numbers.astype(np.int64)


def check_together(time: Floats, at: Floats, numbers: Integers, total_events: int | None) -> None:
    """Curve, numbers at risk and events must be able to belong to each other."""
    if total_events is not None and not 0 <= total_events <= numbers[0]:
        raise InputError(
            Fault(f"events must lie between 0 and the {numbers[0]} subjects", value=f"{total_events}")
        )
    if time[-1] == 0:
        raise InputError(Fault("a curve must go beyond time 0", value=f"{time.size} points, all at 0"))
    if at.size > 1 and time[-1] < at[1]:
        remedy = "Are curve and at_risk in the same unit of time?"
        raise InputError(
            Fault(
                f"a curve must reach the second time of at_risk, {at[1]:g}",
                value=f"{time[-1]:g}",
                remedy=remedy,
            )
        )
