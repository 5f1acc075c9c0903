"""Stimulation at low doses: the Brain-Cousens curve beside the monotone one, curve by curve, by lmfit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import lmfit
import numpy as np
import pandas as pd
from scipy import optimize

from lib import stats
from lib.door import expose
from lib.dose_response.batch import fit_batch
from lib.dose_response.brain_cousens import BrainCousens, brain_cousens, slopes_of, slopes_of_varying
from lib.dose_response.curves import CurveFits, estimate_aicc
from lib.dose_response.judge import QUALITY, Note, judge_rows, look_up, notes_of
from lib.dose_response.shape import N_PARAMETERS, Array, ModelName
from lib.dose_response.status import UNHELD_LOW
from lib.dose_response.ties import least_scatter
from lib.dose_response.wells import KEYS, build_batch, select_wells, weigh_wells
from lib.result import Result

HORMESIS_COLUMNS = [
    *KEYS,
    "n_points",
    "hormesis_per_uM",
    "p_hormesis",
    "aicc_monotone",
    "aicc_hormesis",
    "peak_uM",
    "peak_response",
    "ic50_uM",
    "ic50_low_uM",
    "ic50_high_uM",
    "ic50_qualifier",
    "top",
    "bottom",
    "hill",
    "location_uM",
    "preferred",
    "why",
]
FEWEST_CONCENTRATIONS = 6
GRID = 400


@dataclass(frozen=True, repr=False, eq=False)
class Hormesis(Result):
    """The Brain-Cousens curve beside the one without stimulation, a row a curve; empty where it was not asked
    for."""

    COLUMNS: ClassVar[tuple[str, ...]] = (*HORMESIS_COLUMNS, *QUALITY)


def compare_hormesis(wells: pd.DataFrame, fits: CurveFits, *, asked: bool = True) -> Hormesis:
    """Brain-Cousens against the curve without stimulation, for each compound, line and experiment.

    ``viability(c) = bottom + (top - bottom + f c) / (1 + (c / e)**hill)``, f free, hill above 1. The test is
    the extra-sum-of-squares F(1, n - p) for f = 0; AICc counts the error variance as a parameter. The IC50
    here is the dose beyond the peak at which the curve has fallen half-way from the response *without drug*
    to the bottom (the ED50 of van Ewijk and Hoekstra), with a Wald interval on its logarithm.

    Parameters
    ----------
    wells : DataFrame
        As for `fit_curves`; curves with fewer than six concentrations are listed without a fit.
    fits : CurveFits
        Of these wells, with the curve without stimulation; with model 3pl the bottom is 0 in both, others
        count as 4pl. Weights and level of the intervals are theirs; the fit is by least squares.
    asked : bool
        False: fit nothing, so that a notebook with the choice need not branch.

    Returns
    -------
    Hormesis
        `HORMESIS_COLUMNS`, then `QUALITY`; `preferred` is ``hormesis`` where f > 0 and its AICc is lower, and
        ``why`` says what is missing where a value is.

    References
    ----------
    Brain P, Cousens R. Weed Research 1989;29:93-96. Van Ewijk PH, Hoekstra JA. Ecotoxicol Environ Saf
    1993;25:25-32.
    """
    settings = {"confidence": fits.confidence, "asked": asked}
    if not asked:
        return Hormesis(pd.DataFrame(columns=[*HORMESIS_COLUMNS, *QUALITY]), settings)
    used = select_wells(wells)
    weights = fits.settings.get("weights", "")
    plain: ModelName = "3pl" if fits.settings.get("model") == "3pl" else "4pl"
    with np.errstate(all="ignore"):
        monotone = fit_batch(build_batch(used, weights=weights)[0], model=plain, method="wald", level=None)
    used = used.assign(root_weight=np.sqrt(weigh_wells(used, weights)))
    rows = [
        {**dict(zip(KEYS, key, strict=True)), **_compare(group, plain, float(rss), fits.confidence)}
        for (key, group), rss in zip(used.groupby(KEYS, sort=False), monotone.rss, strict=True)
    ]
    frame = pd.DataFrame(rows, columns=HORMESIS_COLUMNS)
    return Hormesis(frame.join(_judge(frame, fits)), settings)


def _judge(frame: pd.DataFrame, fits: CurveFits) -> pd.DataFrame:
    """By the plates of each curve; one that was not fitted says nothing."""
    unfitted = frame["p_hormesis"].isna().to_numpy()
    untold = (frame["ic50_qualifier"] == "").to_numpy(bool) & ~unfitted
    notes: list[Note] = [
        *notes_of(look_up(fits.plates.set_index(KEYS), frame[KEYS])),
        (unfitted, "not judged", frame["why"].to_list()),
        (untold, "caution", frame["why"].to_list()),
    ]
    return judge_rows(~unfitted, notes, frame.index)


def _compare(group: pd.DataFrame, model: ModelName, rss_one: float, confidence: float) -> dict[str, object]:
    """Against the monotone curve, of which `rss_one` is the weighted sum of squares."""
    c, y = group["concentration_uM"].to_numpy(float), group["viability"].to_numpy(float)
    weight = group["root_weight"].to_numpy(float)
    empty: dict[str, object] = {"n_points": len(c), "ic50_qualifier": "", "preferred": "monotone"}
    distinct = len(np.unique(c))
    if distinct < FEWEST_CONCENTRATIONS:
        return {**empty, "why": f"{distinct} concentrations: Brain–Cousens needs {FEWEST_CONCENTRATIONS}"}
    curved = BrainCousens()
    start = curved.guess(y, c)
    if model == "3pl":
        start["bottom"].set(value=0.0, vary=False)
    two = curved.fit(y, start, concentration_uM=c, weights=weight)
    spare = two.nfree
    if spare < 1:
        return {**empty, "why": "as many parameters as wells"}
    rss_two = float((two.residual**2).sum())
    gain = max(rss_one - rss_two, 0.0)
    p = float(stats.f.sf(gain / (rss_two / spare), 1, spare)) if rss_two > 0 else 0.0
    least = float(least_scatter((weight**2 * (y - np.average(y, weights=weight**2)) ** 2).sum()))
    criteria = (
        float(estimate_aicc(max(rss, least), len(c), n_parameters))
        for rss, n_parameters in ((rss_one, N_PARAMETERS[model]), (rss_two, len(c) - spare))
    )
    aicc = [v if np.isfinite(v) else np.nan for v in criteria]  # exact data have none
    value = {name: float(v.value) for name, v in two.params.items()}
    preferred = value["hormesis"] > 0 and aicc[1] < aicc[0]
    found = _half_way(two.params, c, weight, rss_two / spare, stats.t.ppf(0.5 + confidence / 2, spare))
    return {
        **empty,
        "hormesis_per_uM": value["hormesis"],
        "p_hormesis": p,
        "aicc_monotone": aicc[0],
        "aicc_hormesis": aicc[1],
        **_peak(value, c),
        **found,
        **{name: value[name] for name in ("top", "bottom", "hill")},
        "location_uM": 10 ** value["log10_location"],
        "preferred": "hormesis" if preferred else "monotone",
    }


def _peak(value: Mapping[str, float], c: Array) -> dict[str, float]:
    """Dose of the highest fitted response among those tested, if that is above the response without drug."""
    low, high = np.log10(c[c > 0].min()), np.log10(c.max())
    found = optimize.minimize_scalar(
        lambda x: -float(_curve(value, x)[0]),
        bounds=_around_best(value, low, high),
        method="bounded",
        options={"xatol": 1e-9},
    )
    response = -float(found.fun)
    if value["hormesis"] <= 0 or response <= value["top"]:
        return {"peak_uM": float("nan"), "peak_response": float("nan")}
    return {"peak_uM": float(10**found.x), "peak_response": response}


def _around_best(value: Mapping[str, float], low: float, high: float) -> tuple[float, float]:
    x = np.linspace(low, high, GRID)
    best, step = x[np.argmax(_curve(value, x))], (high - low) / (GRID - 1)
    return float(max(best - step, low)), float(min(best + step, high))


def _curve(value: Mapping[str, float], log10_uM: Array | float) -> Array:
    return brain_cousens(10.0 ** np.atleast_1d(np.asarray(log10_uM, float)), **value)


def _half_way(
    params: lmfit.Parameters, c: Array, weight: Array, variance: float, t: float
) -> dict[str, object]:
    """Last dose at which the curve passes the middle between top and bottom, with its interval."""
    value = {name: float(p.value) for name, p in params.items()}
    low, high = np.log10(c[c > 0].min()), np.log10(c.max())
    x = np.linspace(low - 1, high, GRID)
    target = (value["top"] + value["bottom"]) / 2
    above = _curve(value, x) > target
    if above[-1] == (value["top"] > value["bottom"]):
        if float(_curve(value, high)[0]) < value["top"] / 2:  # only a plateau below 0 could be further down
            return {"ic50_qualifier": "", "why": UNHELD_LOW}
        return {
            "ic50_uM": 10**high,
            "ic50_qualifier": ">",
            "why": "not fallen half-way at the highest concentration",
        }
    last = int(np.flatnonzero(above != above[-1]).max(initial=-1))
    if last < 0:
        return {
            "ic50_uM": 10**low,
            "ic50_qualifier": "<",
            "why": "fallen half-way below the lowest concentration",
        }
    at = float(
        optimize.brentq(lambda v: float(_curve(value, v)[0]) - target, x[last], x[last + 1], xtol=1e-13)
    )
    jacobian = slopes_of_varying(params, c) * weight
    covariance = np.linalg.pinv(jacobian @ jacobian.T, rcond=1e-14) * variance
    here = slopes_of(value, np.array([10**at]))
    step = 1e-6
    slope = float(np.diff(_curve(value, np.array([at - step, at + step])))[0]) / (2 * step)
    moved = [
        here[name][0] - (0.5 if name in ("top", "bottom") else 0.0) for name, p in params.items() if p.vary
    ]
    gradient = np.array(moved) / -slope
    margin = t * float(np.sqrt(gradient @ covariance @ gradient))
    return {
        "ic50_uM": 10**at,
        "ic50_low_uM": 10 ** (at - margin),
        "ic50_high_uM": 10 ** min(at + margin, 300),
        "ic50_qualifier": "=",
        "why": "none",
    }


def predict_hormesis(row: pd.Series, concentration_uM: Array) -> Array:
    """Fitted response of a row of `compare_hormesis` at concentrations in µM."""
    return brain_cousens(
        concentration_uM,
        row["top"],
        row["bottom"],
        row["hormesis_per_uM"],
        float(np.log10(row["location_uM"])),
        row["hill"],
    )


__dir__ = expose(globals())
