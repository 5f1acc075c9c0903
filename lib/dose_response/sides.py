"""On which side of the tested concentrations an IC50 lies, as far as the wells tell it, and which plateaus
they hold.

A flat response says nothing of the side by itself; its level against the vehicle does. A fitted plateau that
the wells do not hold is no plateau: the IC50 half-way to it is then no more than a way to draw the curve.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from lib.dose_response.batch import BatchFit
from lib.dose_response.shape import Array
from lib.dose_response.ties import NEAR_DECADES

VEHICLE, HALF = 1.0, 0.5
VEHICLE_TOLERANCE = 0.2
"""A flat response at 80 % of vehicle or more is near it; one below half is called dead only where it stays
below half with a vehicle a fifth lower than the one it was divided by."""
EDGE = 1e-9
"""Of a response, for comparisons at a limit."""


@dataclass(frozen=True)
class Sides:
    """Masks of curves and the interval of their mean, arrays (n_curves,).

    `too_few`: no fit at all. `flat`: no dependence on concentration found, then `near_vehicle`, `dead` or
    neither. `killed`: all concentrations dead whether flat or not. `rising`, `above`, `below`: of fitted
    curves, the latter two where the IC50 is outside the tested concentrations. `contradicted`: it is, on the
    word of a plateau that the wells do not hold, and against what they show. `top_held`, `bottom_held`:
    whether the wells hold a plateau.
    """

    too_few: Array
    flat: Array
    near_vehicle: Array
    killed: Array
    mean: Array
    mean_low: Array
    mean_high: Array
    rising: Array
    above: Array
    below: Array
    contradicted: Array
    top_held: Array
    bottom_held: Array

    @property
    def plateaus_held(self) -> Array:
        """``both``, ``top``, ``bottom`` or ``none``."""
        both = self.top_held & self.bottom_held
        return np.select([both, self.top_held, self.bottom_held], ["both", "top", "bottom"], "none")


def tell_sides(
    frame: pd.DataFrame, fit: BatchFit, n_parameters: int, confidence: float, level: float, floor: float
) -> Sides:
    """Sides of fitted curves.

    *Flat*: no effect by the F test; near the vehicle if the interval of the mean reaches 80 % of it.
    *Killed*: below `level` and below 40 % of vehicle at all concentrations, and no well without compound to
    say that this is how untreated cells read. *Plateaus*: the lower one is held if the profile of the IC50 is
    bounded above (or the model fixes it), the upper one if it is bounded below or there are wells at
    concentration 0. *Contradicted*: an IC50 above the doses although the curve has fallen there more than
    half-way from its top to `floor`, or starts below `level`; an IC50 below the doses although the response
    at the lowest is nearer to the vehicle than to the plateau, or nowhere falls to `level`: a vehicle that
    reads too high looks the same.

    Parameters
    ----------
    frame : DataFrame
        ``n_points, n_concentrations, lowest_uM, highest_uM, n_at_zero, at_lowest, at_highest, model``; the
        responses are those fitted at the lowest and highest concentration tested.
    level, floor : float
        Response of the absolute IC50; least response there can be.
    """
    lowest, highest, n = (frame[k].to_numpy(float) for k in ("lowest_uM", "highest_uM", "n_points"))
    at_zero, first, last = (frame[k].to_numpy(float) for k in ("n_at_zero", "at_lowest", "at_highest"))
    few = (frame["n_concentrations"].to_numpy() < n_parameters) | ~(highest > lowest) | ~np.isfinite(fit.rss)
    with np.errstate(divide="ignore", invalid="ignore"):
        above = fit.log10_ic50 > np.log10(highest) + NEAR_DECADES
        below = fit.log10_ic50 < np.log10(lowest) - NEAR_DECADES
        margin = stdtrit(np.maximum(n - 1, 1), 0.5 + confidence / 2) * fit.mean_se
    low, high = fit.mean - margin, fit.mean + margin
    flat = (fit.p_no_effect >= 1 - confidence) & ~few
    near = high >= VEHICLE * (1 - VEHICLE_TOLERANCE) - EDGE
    most = np.where(flat, high, np.maximum(first, last))
    dead = min(HALF * (1 - VEHICLE_TOLERANCE), level) - EDGE
    killed = (most < dead) & (at_zero == 0) & ~few
    fitted = ~(flat | killed | few)
    rising = (fit.bottom > fit.top) & fitted
    falling = fitted & ~rising
    half_to_floor = (fit.top + floor) / 2
    impossible = fit.bottom < floor - VEHICLE_TOLERANCE * (fit.top - floor)
    bottom_open = (fit.open_high > 0) & (frame["model"] != "3pl").to_numpy()
    unseen_below = falling & above & (bottom_open | impossible) & (last < half_to_floor)
    top_open = (fit.open_low > 0) & (at_zero == 0)
    unseen_above = falling & below & top_open & (first > (VEHICLE + fit.bottom) / 2)
    partial = falling & below & (last > level)
    contradicted = unseen_below | unseen_above | partial | (falling & above & (first < level))
    return Sides(
        few,
        flat,
        near,
        killed,
        fit.mean,
        low,
        high,
        rising,
        above & falling,
        below & falling,
        contradicted,
        ~(top_open | few),
        ~(bottom_open | unseen_below | few),
    )
