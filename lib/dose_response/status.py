"""What a fit may be taken to say: its status, qualifiers, and advice."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib.dose_response.batch import BatchFit
from lib.dose_response.grid import HILL_BOUNDS
from lib.dose_response.shape import Array
from lib.dose_response.sides import Sides, tell_sides
from lib.dose_response.ties import NEAR_DECADES

ADVICE = {
    "failed": (
        "Too few distinct concentrations for this model: test at least {needed}, two of them beyond each "
        "side of the expected IC50."
    ),
    "no_effect": (
        "No dependence on concentration was found; the IC50, if any, lies above the tested range. Test "
        "higher concentrations, or more wells if a small effect matters."
    ),
    "above_range": "The fitted IC50 lies above the highest tested concentration; test higher concentrations.",
    "below_range": "The fitted IC50 lies below the lowest tested concentration; test lower concentrations.",
    "ambiguous": "The data do not bound the IC50 on both sides; test concentrations that show both plateaus.",
    "ok": "",
}
KILLED = (
    "All concentrations read far below half of vehicle, {mean} on average: half of the effect lies below the"
    " lowest; test lower concentrations."
)
BETWEEN = (
    "No dependence on concentration was found, at {mean} of vehicle: whether the IC50 lies above or below the"
    " tested range cannot be told. Look at the vehicle wells; test lower and higher concentrations."
)
PARTIAL = (
    "All concentrations read about {mean} of vehicle: whether that is an effect below the lowest, or a"
    " vehicle that reads too high, cannot be told. Look at the vehicle wells; test lower concentrations."
)
UNHELD_BELOW = (
    "The data do not hold the lower plateau, so half-way to it cannot be told: read the absolute IC50, or"
    " test higher concentrations."
)
UNHELD_ABOVE = (
    "The data do not hold the upper plateau, so half-way from it cannot be told: read the absolute IC50, or"
    " test lower concentrations."
)
STEEP = "Hill is at its upper limit of 10: the fall lies between two doses; test doses between them."
SHALLOW = "Hill is at its lower limit of 0.1: the curve has no visible plateau."
RISING = (
    "The response rises with concentration: half-way up is no inhibitory concentration. Are the"
    " concentrations in the right order, and no logarithms?"
)
LACKING = "The curve misses the means of its concentrations (lack of fit); look at it, try 5pl."
SATURATED = "As many parameters as wells: no interval and no test."
FLAT = "flat at a level that tells no side"
TOO_FEW = "not fitted: too few concentrations"
UNHELD_LOW = "the wells do not hold the lower plateau"
RISES = "the response rises with concentration"
LACK_OF_FIT_P = 0.01
AT_BOUND = 1e-4
"""In ln hill: this near to its limit it is at its limit."""
WIDEST_SE_DECADES = 10.0
"""A standard error beyond this many decades is no information; it is left empty."""


def judge_curves(
    frame: pd.DataFrame, fit: BatchFit, n_parameters: int, confidence: float, level: float, floor: float
) -> pd.DataFrame:
    """Add status, qualifiers, IC50s, what plateaus the data hold, and advice to the frame of fits.

    Rules, the first that holds: *failed*: fewer distinct concentrations than parameters, or nothing above 0
    tested; *below_range* where all concentrations read dead; the F test against a constant has p >= 1 -
    confidence: *no_effect* near the vehicle, else *ambiguous* (see `tell_sides`); *above_range*,
    *below_range*: the estimate lies outside the tested concentrations, and nothing contradicts it;
    *ambiguous*: it does and something does, the curve rises, or a side of the interval is open; *ok*. An IC50
    that cannot be told is empty, with an empty qualifier.
    """
    sides = tell_sides(frame, fit, n_parameters, confidence, level, floor)
    status, failed = _statuses(fit, sides), sides.too_few
    relative = _relative_qualifier(status, sides)
    absolute = _absolute_qualifier(frame, fit, sides, level)
    relative_logs = (fit.log10_ic50, fit.log10_low, fit.log10_high)
    absolute_logs = (fit.log10_absolute, fit.log10_absolute_low, fit.log10_absolute_high)
    frame = frame.assign(
        **_limits("ic50", frame, relative, relative_logs, sides.flat | sides.killed | sides.rising | failed),
        **_limits(
            "absolute_ic50", frame, absolute, absolute_logs, sides.flat | sides.killed | (absolute == "")
        ),
        ic50_untold=_why_untold(sides),
        absolute_ic50_untold=_why_absolute_untold(sides, absolute),
        status=status,
        plateaus_held=sides.plateaus_held,
        hill_at_bound=(_at_bound(fit.hill, 0) | _at_bound(fit.hill, 1)) & ~failed,
    )
    for name in ("hill", "top", "bottom", "log10_ic50_se", "auc", "p_no_effect", "p_lack_of_fit"):
        frame[name] = frame[name].where(~failed)
    # Beyond the doses, or with a plateau that may be anything, the curvature is no error of anything.
    informed = (relative == "=") & (frame["log10_ic50_se"] < WIDEST_SE_DECADES)
    frame["log10_ic50_se"] = frame["log10_ic50_se"].where(informed)
    return frame.assign(advice=_advise(frame, fit, sides, n_parameters))


def _why_untold(sides: Sides) -> Array:
    """Why an experiment informs no mean of IC50s; empty where it does."""
    unheld_below, untold_below = sides.contradicted & sides.above, sides.contradicted & sides.below
    rules = {
        TOO_FEW: sides.too_few,
        "": sides.killed | (sides.flat & sides.near_vehicle),
        FLAT: sides.flat,
        RISES: sides.rising,
        UNHELD_LOW: unheld_below,
        "the wells do not hold the upper plateau": untold_below & ~sides.top_held,
        "an effect below the lowest concentration, or a vehicle that reads too high": untold_below,
    }
    return np.select(list(rules.values()), list(rules), "")


def _why_absolute_untold(sides: Sides, qualifier: Array) -> Array:
    why = np.select([sides.too_few, sides.flat], [TOO_FEW, FLAT], RISES)
    return np.where(qualifier == "", why, "")


def _at_bound(hill: Array, side: int) -> Array:
    return np.asarray(np.abs(np.log(hill / HILL_BOUNDS[side])) < AT_BOUND)


def _statuses(fit: BatchFit, sides: Sides) -> Array:
    rules = {
        "failed": sides.too_few,
        "below_range": sides.killed | (sides.below & ~sides.contradicted),
        "no_effect": sides.flat & sides.near_vehicle,
        "ambiguous": sides.flat | sides.contradicted | sides.rising,
        "above_range": sides.above,
    }
    told = np.select(list(rules.values()), list(rules), "")
    open_side = np.isnan(fit.log10_low) | np.isnan(fit.log10_high)
    return np.where(told == "", np.where(open_side, "ambiguous", "ok"), told)


def _relative_qualifier(status: Array, sides: Sides) -> Array:
    untold = sides.too_few | ((status == "ambiguous") & (sides.flat | sides.contradicted | sides.rising))
    return np.select(
        [untold, np.isin(status, ["no_effect", "above_range"]), status == "below_range"], ["", ">", "<"], "="
    )


def _absolute_qualifier(frame: pd.DataFrame, fit: BatchFit, sides: Sides, level: float) -> Array:
    """``=`` where the curve falls through the level among tested doses, else the side on which it would have
    to.

    A curve that rises through the level among the doses says neither; one that is flat says so only where it
    is near the vehicle and above the level, or dead and below it.
    """
    with np.errstate(divide="ignore"):
        low, high = (np.log10(frame[name].to_numpy(float)) for name in ("lowest_uM", "highest_uM"))
    where = fit.log10_absolute
    under = np.isnan(where) & (np.maximum(fit.top, fit.bottom) <= level)
    over = np.isnan(where) & ~under
    before, after = where < low - NEAR_DECADES, where > high + NEAR_DECADES
    alive = over | np.where(sides.rising, before, after)
    dead = under | np.where(sides.rising, after, before)
    near_and_above = sides.flat & sides.near_vehicle & (sides.mean_low > level)
    rules = [sides.too_few, sides.killed, near_and_above, sides.flat, dead, alive, sides.rising]
    return np.select(rules, ["", "<", ">", "", "<", ">", ""], "=")


def _limits(
    name: str, frame: pd.DataFrame, qualifier: Array, logs: tuple[Array, Array, Array], unbounded: Array
) -> dict[str, Array]:
    """Estimate and bounds in µM; a censored estimate is the tested limit and has no bound beyond it.

    Where the estimate cannot be told, a bound that the profile has found still stands.
    """
    low, high = (frame[k].to_numpy(float) for k in ("lowest_uM", "highest_uM"))
    with np.errstate(over="ignore"):
        estimate, lower, upper = (10.0**v for v in logs)
    return {
        f"{name}_uM": np.select(
            [qualifier == ">", qualifier == "<", qualifier == ""], [high, low, np.nan], estimate
        ),
        f"{name}_low_uM": np.where((qualifier == "<") | unbounded, np.nan, lower),
        f"{name}_high_uM": np.where((qualifier == ">") | unbounded, np.nan, upper),
        f"{name}_qualifier": qualifier,
    }


def _advise(frame: pd.DataFrame, fit: BatchFit, sides: Sides, n_parameters: int) -> pd.Series:
    advice = frame["status"].map(ADVICE).str.replace("{needed}", str(n_parameters))
    for where, sentence in (
        (sides.killed, KILLED),
        (sides.flat & ~(sides.near_vehicle | sides.killed), BETWEEN),
        (sides.contradicted & sides.above, UNHELD_BELOW),
        (sides.contradicted & sides.below & sides.top_held, PARTIAL),
        (sides.contradicted & sides.below & ~sides.top_held, UNHELD_ABOVE),
        (sides.rising, RISING),
    ):
        advice = advice.where(~where, sentence)
    levels = np.flatnonzero(advice.str.contains("{mean}", regex=False))
    advice.iloc[levels] = [
        words.format(mean=_percent(mean))
        for words, mean in zip(advice.iloc[levels], sides.mean[levels], strict=True)
    ]
    known = ~(sides.flat | sides.killed | sides.too_few)
    for where, sentence in (
        (_at_bound(fit.hill, 1), STEEP),
        (_at_bound(fit.hill, 0), SHALLOW),
        ((frame["p_lack_of_fit"] < LACK_OF_FIT_P).to_numpy(), LACKING),
        ((frame["n_points"] <= n_parameters).to_numpy(), SATURATED),
    ):
        advice = advice.where(~(known & where), advice + " " + sentence)
    return advice.str.strip().replace("", "none")


def _percent(fraction: float) -> str:
    """Rounded after its last bits are dropped, so that a half rounds alike on every machine."""
    return f"{round(float(f'{100 * fraction:.12g}')):,} %".replace("-", "\u2212")
