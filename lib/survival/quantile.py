"""Quantiles of a survival curve: the median above all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from lib.errors import Fault, InputError
from lib.survival.kaplan_meier import SurvivalCurve, fit_kaplan_meier
from lib.survival.subjects import Floats, check_times

TOLERANCE = float(np.sqrt(np.finfo(float).eps))
"""A curve this close to a probability is at it: products of fractions rarely give 1/2 exactly."""

Status = Literal["reached", "not reached", "not estimable"]


@dataclass(frozen=True)
class Quantile:
    """A quantile of the time to an event; NaN only where a status says why.

    Attributes
    ----------
    probability : float
        Of the event by then: 0.5 is the median.
    estimate, low, high : float
        In the unit of the times.
    status, low_status, high_status : {"reached", "not reached", "not estimable"}
        ``not reached``: the curve (or its band) never falls that far. ``not estimable``: nobody was
        observed, or the scale of the interval gives no bound there.
    at_risk : int
        Subjects at risk at the estimate (at the last time, where it is not reached).
    conf_type : str
    confidence : float
    """

    probability: float
    estimate: float
    low: float
    high: float
    status: Status
    low_status: Status
    high_status: Status
    at_risk: int
    conf_type: str
    confidence: float

    def to_frame(self) -> pd.DataFrame:
        """One row."""
        return pd.DataFrame([vars(self)])


def estimate_median(curve: SurvivalCurve) -> Quantile:
    """Median time with Brookmeyer and Crowley's interval; see `estimate_quantile`."""
    return estimate_quantile(curve, 0.5)


def estimate_quantile(curve: SurvivalCurve, probability: float) -> Quantile:
    """Time by which a fraction `probability` has had the event, with Brookmeyer and Crowley's interval.

    The estimate is where S falls to 1 − p; where S runs level at 1 − p, the middle of the level stretch
    (to the last observation, if it never falls again). The bounds are where the band does so.

    Parameters
    ----------
    curve : SurvivalCurve
    probability : float
        In (0, 1).

    Returns
    -------
    Quantile

    Raises
    ------
    InputError
        For a probability outside (0, 1).

    References
    ----------
    Brookmeyer and Crowley, Biometrics 1982;38:29. R survival, `quantile.survfit`.
    """
    if not 0 < probability < 1:
        raise InputError(Fault("probability must lie between 0 and 1", value=f"{probability:g}"))
    level = 1 - probability
    point, low, high = (_crossing(curve, y, level) for y in (curve.survival, curve.low, curve.high))
    reached = not np.isnan(point)
    return Quantile(
        probability,
        point,
        low,
        high,
        "reached" if reached else "not reached" if curve.n else "not estimable",
        _bound_status(low, "not estimable" if reached or not curve.n else "not reached"),
        _bound_status(high, "not reached" if curve.n else "not estimable"),
        int(np.sum(curve.at_risk[curve.time >= (point if reached else curve.last_time)][:1])),
        curve.conf_type,
        curve.confidence,
    )


def estimate_follow_up(
    time: ArrayLike, event: ArrayLike, *, conf_type: str = "log", confidence: float = 0.95
) -> Quantile:
    """Median potential follow-up by the reverse Kaplan–Meier method: censoring is the event.

    Parameters
    ----------
    time, event : array_like, (n,)
        As for `fit_kaplan_meier`; events end the observation of follow-up, censorings are its events.
    conf_type, confidence
        As for `fit_kaplan_meier`.

    Returns
    -------
    Quantile

    References
    ----------
    Schemper and Smith, Control Clin Trials 1996;17:343.
    """
    times, happened = check_times(time, event)
    return estimate_median(fit_kaplan_meier(times, ~happened, conf_type=conf_type, confidence=confidence))


def _crossing(curve: SurvivalCurve, y: Floats, level: float) -> float:
    """Time at which a falling step function `y` gets to `level`; NaN if it never does."""
    at_or_below = np.flatnonzero(y <= level + TOLERANCE)
    if not at_or_below.size:
        return float("nan")
    first = at_or_below[0]
    if y[first] < level - TOLERANCE:
        return float(curve.time[first])
    below = np.flatnonzero(y < level - TOLERANCE)
    end = curve.time[below[0]] if below.size else curve.last_time
    return float((curve.time[first] + end) / 2)


def _bound_status(bound: float, otherwise: Status) -> Status:
    return otherwise if np.isnan(bound) else "reached"
