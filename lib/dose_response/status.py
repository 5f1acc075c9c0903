"""What a fit may be taken to say: its status, qualifiers, and advice."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib.dose_response.batch import BatchFit
from lib.dose_response.grid import HILL_BOUNDS
from lib.dose_response.shape import Array

ADVICE = {
    "failed": "Too few distinct concentrations for this model: test at least {needed}, two of them beyond each "
              "side of the expected IC50.",
    "no_effect": "No dependence on concentration was found; the IC50, if any, lies above the tested range. Test "
                 "higher concentrations, or more wells if a small effect matters.",
    "above_range": "The fitted IC50 lies above the highest tested concentration; test higher concentrations.",
    "below_range": "The fitted IC50 lies below the lowest tested concentration; test lower concentrations.",
    "ambiguous": "The data do not bound the IC50 on both sides; test concentrations that show both plateaus.",
    "ok": "",
}  # fmt: skip


WIDEST_SE_DECADES = 10.0
"""A standard error beyond this many decades is no information; it is left empty."""


def judge_curves(
    frame: pd.DataFrame, fit: BatchFit, n_parameters: int, confidence: float, level: float
) -> pd.DataFrame:
    """Add status, qualifiers, IC50s and advice to the frame of fits.

    Rules, the first that holds: *failed*: fewer distinct concentrations than parameters, or nothing above 0 tested;
    *no_effect*: the F test against a constant has p >= 1 - confidence; *above_range*, *below_range*: the estimate
    lies outside the tested concentrations; *ambiguous*: a side of the interval is open; *ok*.
    """
    status = _statuses(frame, fit, n_parameters, confidence)
    failed = status == "failed"
    low, high = frame["lowest_uM"].to_numpy(float), frame["highest_uM"].to_numpy(float)
    absolute = _absolute_qualifier(frame, fit, failed, level)
    relative = np.select([np.isin(status, ["no_effect", "above_range"]), status == "below_range", failed],
                         [">", "<", ""], "=")  # fmt: skip
    frame = frame.assign(
        **_limits("ic50", relative, (fit.log10_ic50, fit.log10_low, fit.log10_high), low, high, status == "no_effect"),
        **_limits("absolute_ic50", absolute, (fit.log10_absolute, fit.log10_absolute_low, fit.log10_absolute_high),
                  low, high, status == "no_effect"),
        status=status,
    )  # fmt: skip
    for name in ("hill", "top", "bottom", "log10_ic50_se", "auc", "p_no_effect", "p_lack_of_fit"):
        frame[name] = frame[name].where(~failed)
    # With the estimate outside the doses, or nothing to locate, the curvature is rounding error: an SE of 1e16 says nothing.
    frame["log10_ic50_se"] = frame["log10_ic50_se"].where(frame["log10_ic50_se"] < WIDEST_SE_DECADES)
    return frame.assign(advice=_advise(frame, fit, n_parameters))


def _statuses(frame: pd.DataFrame, fit: BatchFit, n_parameters: int, confidence: float) -> Array:
    tested = frame["highest_uM"] > frame["lowest_uM"]
    few = (frame["n_concentrations"] < n_parameters) | ~tested | ~np.isfinite(fit.rss)
    estimate = fit.log10_ic50
    with np.errstate(divide="ignore"):
        above = estimate > np.log10(frame["highest_uM"]) + 1e-12
        below = estimate < np.log10(frame["lowest_uM"]) - 1e-12
    open_side = (np.isnan(fit.log10_low) | np.isnan(fit.log10_high)) & (frame["n_points"] > n_parameters)
    unclear = frame["p_no_effect"] >= 1 - confidence
    names = ["failed", "no_effect", "above_range", "below_range", "ambiguous"]
    return np.select([few, unclear, above, below, open_side], names, "ok")


def _absolute_qualifier(frame: pd.DataFrame, fit: BatchFit, failed: Array, level: float) -> Array:
    """``=`` where the curve crosses the level among tested doses, else the side on which it would have to."""
    with np.errstate(divide="ignore"):
        low, high = np.log10(frame["lowest_uM"]), np.log10(frame["highest_uM"])
    where = fit.log10_absolute
    never_above = np.isnan(where) & (fit.top < level)
    below = (where < low) | never_above
    above = (where > high) | (np.isnan(where) & ~never_above)
    return np.select([failed, below, above], ["", "<", ">"], "=")


def _limits(
    name: str, qualifier: Array, logs: tuple[Array, Array, Array], low: Array, high: Array, unknown: Array
) -> dict[str, Array]:
    """Estimate and bounds in µM; a censored estimate is the tested limit and has no bound beyond it."""
    with np.errstate(over="ignore"):
        estimate, lower, upper = (10.0**v for v in logs)
    estimate = np.select([qualifier == ">", qualifier == "<", qualifier == ""], [high, low, np.nan], estimate)
    lower = np.where((qualifier == "<") | (qualifier == "") | unknown, np.nan, lower)
    upper = np.where((qualifier == ">") | (qualifier == "") | unknown, np.nan, upper)
    return {
        f"{name}_uM": estimate,
        f"{name}_low_uM": lower,
        f"{name}_high_uM": upper,
        f"{name}_qualifier": qualifier,
    }


def _advise(frame: pd.DataFrame, fit: BatchFit, n_parameters: int) -> pd.Series:
    advice = frame["status"].map(ADVICE).str.replace("{needed}", str(n_parameters))
    known = ~frame["status"].isin(["failed", "no_effect"])
    steep = known & (fit.hill >= HILL_BOUNDS[1] * (1 - 1e-6))
    shallow = known & (fit.hill <= HILL_BOUNDS[0] * (1 + 1e-6))
    rising = known & (fit.bottom > fit.top)
    lacking = known & (frame["p_lack_of_fit"] < 0.01)
    saturated = known & (frame["n_points"] <= n_parameters)
    for where, sentence in (
        (
            steep,
            "Hill is at its upper limit of 10: the fall lies between two doses; test doses between them.",
        ),
        (shallow, "Hill is at its lower limit of 0.1: the curve has no visible plateau."),
        (rising, "The response rises with concentration."),
        (lacking, "The curve misses the means of its concentrations (lack of fit); look at it, try 5pl."),
        (saturated, "As many parameters as wells: no interval and no test."),
    ):
        advice = advice.where(~where, advice + " " + sentence)
    return advice.str.strip().replace("", "none")
