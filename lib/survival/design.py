"""What a number of events can show."""

from __future__ import annotations

import math

from scipy.special import ndtr

from lib.errors import Fault, InputError
from lib.survival.bands import normal_quantile


def estimate_logrank_power(
    hazard_ratio: float, events: float, *, allocation: float = 0.5, significance_level: float = 0.05
) -> float:
    """Power of a two-sided log-rank test by Schoenfeld's formula.

    power = Φ(d − z_{1−α/2}) + Φ(−d − z_{1−α/2}), d = √(D a (1 − a)) |log HR|, with D events and a fraction a
    of subjects in one group. The second tail keeps the power from falling below α.

    Parameters
    ----------
    hazard_ratio : float
        > 0.
    events : float
        In both groups together.
    allocation : float
        Fraction of subjects in one group, in (0, 1).
    significance_level : float

    Raises
    ------
    InputError
        For values out of range.

    References
    ----------
    Schoenfeld, Biometrika 1981;68:316.
    """
    _check(hazard_ratio, allocation)
    z = normal_quantile(1 - significance_level)
    drift = math.sqrt(events * allocation * (1 - allocation)) * abs(math.log(hazard_ratio))
    return float(ndtr(drift - z) + ndtr(-drift - z))


def _check(hazard_ratio: float, allocation: float) -> None:
    if not hazard_ratio > 0:
        raise InputError(Fault("hazard_ratio must be > 0", value=f"{hazard_ratio:g}"))
    if not 0 < allocation < 1:
        raise InputError(Fault("allocation must lie between 0 and 1", value=f"{allocation:g}"))
