"""Growth-rate metrics: the effect of a drug on the rate of division, from wells counted at time zero."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import pandas as pd

from lib.door import expose
from lib.dose_response import fit_curves, select_wells
from lib.dose_response.curves import CurveFits
from lib.dose_response.judge import QUALITY, Note, judge_rows, look_up, notes_of
from lib.dose_response.shape import Array
from lib.dose_response.wells import KEYS
from lib.result import Result

GR_COLUMNS = [
    *KEYS,
    "n_points",
    "doublings",
    "gr50_uM",
    "gr50_low_uM",
    "gr50_high_uM",
    "gr50_qualifier",
    "gr_max",
    "gr_aoc",
    "status",
    "advice",
]
GR_LEVEL, GR_FLOOR = 0.5, -1.0
FEW_DOUBLINGS = 1.0


@dataclass(frozen=True, repr=False, eq=False)
class GrowthMetrics(Result):
    """GR metrics, a row a curve; `wells` hold the GR value of each well. Without time-zero wells both are
    empty."""

    wells: pd.DataFrame = field(default_factory=pd.DataFrame)

    COLUMNS: ClassVar[tuple[str, ...]] = (*GR_COLUMNS, *QUALITY)


def growth_rate(treated: Array, control: Array, start: Array) -> Array:
    """GR value, ``2**(log2(x / x0) / log2(x_control / x0)) - 1``.

    1: undisturbed growth; 0: no net growth; below 0: fewer cells than at the start, with the limit -1 (no
    signal left). NaN where the control did not grow or the start is not above 0.

    Parameters
    ----------
    treated, control, start : array
        Signals less blank, in any common unit: treated and untreated at the end, untreated at the start.

    References
    ----------
    Hafner M et al. Growth rate inhibition metrics correct for confounders in measuring sensitivity to cancer
    drugs. Nat Methods 2016;13:521-527.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        doublings = np.log2(control / start)
        value = 2.0 ** (np.log2(np.maximum(treated, 0.0) / start) / doublings) - 1
    return np.asarray(np.where((start > 0) & (doublings > 0), value, np.nan))


def has_time_zero(wells: pd.DataFrame) -> bool:
    """Whether a usable time-zero signal is there."""
    return "signal" in wells and bool(((wells["role"] == "time_zero") & (wells["exclude"] == "")).any())


def add_growth_rates(wells: pd.DataFrame) -> pd.DataFrame:
    """Sample wells with ``gr`` and ``doublings`` of their control, from the means of control wells.

    Vehicle and blank are those of the plate. Time-zero wells are those of the same plate and line, or, where
    the plate has none, of the same line and experiment (a plate read at the start); each is less its own
    plate's blank.
    """
    used = wells[wells["exclude"] == ""]
    blank = used[used["role"] == "blank"].groupby("plate")["signal"].mean()
    net = used.assign(net=used["signal"] - used["plate"].map(blank).fillna(0.0))
    control = net[net["role"] == "vehicle"].groupby("plate")["net"].mean()
    sample = net[net["role"] == "sample"].copy()
    start = _start_of(sample, net[net["role"] == "time_zero"])
    vehicle = sample["plate"].map(control).to_numpy(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        doublings = np.where(start > 0, np.log2(vehicle / start), np.nan)
    return sample.assign(
        gr=growth_rate(sample["net"].to_numpy(float), vehicle, start), doublings=doublings
    ).drop(columns="net")


def _start_of(sample: pd.DataFrame, zero: pd.DataFrame) -> Array:
    start = pd.Series(np.nan, index=sample.index)
    unnamed = zero[zero["cell_line"].isna()]
    for source, keys in (
        (zero, ["plate", "cell_line"]),
        (unnamed, ["plate"]),
        (zero, ["cell_line", "experiment"]),
    ):
        mean = source.groupby(keys)["net"].mean().rename("start").reset_index()
        found = sample[keys].merge(mean, on=keys, how="left")["start"].to_numpy(float)
        start = start.fillna(pd.Series(found, index=sample.index))
    given: Array = start.to_numpy(float)
    return given


def estimate_growth(wells: pd.DataFrame, fits: CurveFits) -> GrowthMetrics:
    """GR50, GRmax and GR_AOC of each compound, line and experiment with time-zero wells.

    A 4pl is fitted to the GR values; GR50 is where it crosses 0.5, with its profile interval, or the tested
    limit with a sign. GRmax is the mean GR at the highest concentration. GR_AOC is the area between 1 and the
    mean GR over log10 concentration (trapezoids), divided by the width of the tested range: 0 for no effect,
    above 1 for killing. Curves whose control did not grow are listed with the status ``no_growth``. By least
    squares.

    Parameters
    ----------
    wells : DataFrame
    fits : CurveFits
        Of these wells: gives the level of the intervals and what the plates say of each curve.

    Raises
    ------
    InputError
        If no sample well can be used.
    """
    settings = {"confidence": fits.confidence}
    if not has_time_zero(wells):
        return GrowthMetrics(pd.DataFrame(columns=[*GR_COLUMNS, *QUALITY]), settings)
    every = add_growth_rates(wells)
    rated = every[every["gr"].notna()]
    first = every.groupby(KEYS, sort=False)
    frame = first.agg(n_points=("gr", "count"), doublings=("doublings", "mean")).reset_index()
    frame[KEYS] = frame[KEYS].astype(str)
    if len(rated):
        frame = frame.merge(_fit(rated, fits.confidence), on=KEYS, how="left")
    frame = frame.reindex(columns=GR_COLUMNS).fillna({"gr50_qualifier": "", "status": "", "advice": "none"})
    frame = _name_status(frame)
    return GrowthMetrics(frame.join(_judge(frame, fits)), settings, every)


def _fit(rated: pd.DataFrame, confidence: float) -> pd.DataFrame:
    curves = select_wells(rated.assign(viability=rated["gr"]))
    fits = fit_curves(curves, confidence=confidence, level=GR_LEVEL, floor=GR_FLOOR).frame
    names = {f"absolute_ic50{end}": f"gr50{end}" for end in ("_uM", "_low_uM", "_high_uM", "_qualifier")}
    metrics = pd.DataFrame(
        [
            {**dict(zip(KEYS, map(str, key), strict=True)), **summarise_growth(group)}
            for key, group in curves.groupby(KEYS, sort=False)
        ]
    )
    return fits.rename(columns=names)[[*KEYS, *names.values(), "status", "advice"]].merge(metrics, on=KEYS)


def summarise_growth(curve: pd.DataFrame) -> dict[str, float]:
    """GRmax and GR_AOC of one curve (``concentration_uM, gr``); concentration 0 has no logarithm and is left
    out."""
    mean = curve[curve["concentration_uM"] > 0].groupby("concentration_uM")["gr"].mean()
    if len(mean) < 2:
        return {"gr_max": float(mean.iloc[-1]) if len(mean) else np.nan, "gr_aoc": np.nan}
    log = np.log10(mean.index.to_numpy(float))
    area = np.trapezoid(1 - mean.to_numpy(float), log) / (log[-1] - log[0])
    return {"gr_max": float(mean.iloc[-1]), "gr_aoc": float(area)}


def _judge(frame: pd.DataFrame, fits: CurveFits) -> pd.DataFrame:
    told = (frame["gr50_qualifier"] != "").to_numpy(bool)
    slow = (frame["doublings"] < FEW_DOUBLINGS).to_numpy(bool)
    notes: list[Note] = [
        *notes_of(look_up(fits.plates.set_index(KEYS), frame[KEYS])),
        (~told, "not judged", ("status " + frame["status"].str.replace("_", " ")).to_list()),
        (slow, "caution", "the control grew by less than one doubling"),
    ]
    return judge_rows(told, notes, frame.index)


def _name_status(frame: pd.DataFrame) -> pd.DataFrame:
    """Growth first: without it no GR value exists, with little of it each is uncertain."""
    missing, still = frame["doublings"].isna(), frame["doublings"] <= 0
    slow = (frame["doublings"] > 0) & (frame["doublings"] < FEW_DOUBLINGS)
    status = frame["status"].mask(still, "no_growth").mask(missing, "no_time_zero")
    advice = frame["advice"].mask(still, "The control did not grow: no growth rate to compare with.")
    advice = advice.mask(missing, "No time-zero wells above blank for this line and experiment.")
    few = "The control grew by less than one doubling: GR values are uncertain; incubate longer."
    advice = advice.mask(slow, advice.where(advice != "none", "").add(" " + few).str.strip())
    return frame.assign(status=status, advice=advice)


__dir__ = expose(globals())
