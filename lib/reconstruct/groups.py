"""All curves of a figure at once: reconstruction, its accuracy, and the results it leads to."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from lib.errors import Fault, InputError, check_rows
from lib.reconstruct.guyot import Reconstruction, estimate_individual_times
from lib.reconstruct.results import (
    Accuracy,
    CurveResults,
    Individuals,
    NumbersAtRisk,
    ReadingSpread,
    judge_curve,
    judge_results,
)
from lib.survival import compare_groups, estimate_median, fit_cox, fit_kaplan_meier
from lib.units import DAYS_PER_MONTH

DAYS_PER = {"days": 1.0, "weeks": 7.0, "months": DAYS_PER_MONTH, "years": 12 * DAYS_PER_MONTH}


def estimate_by_group(
    curve: pd.DataFrame, at_risk: pd.DataFrame, events: pd.DataFrame | None = None
) -> dict[str, Reconstruction]:
    """Reconstruct every curve of a figure; see `estimate_individual_times`.

    Parameters
    ----------
    curve : DataFrame
        ``group, time, survival``.
    at_risk : DataFrame
        ``group, time, n``.
    events : DataFrame, optional
        ``group, events``; groups without a row have no known total.

    Returns
    -------
    dict of group to Reconstruction
        In the order in which the curves appear.

    Raises
    ------
    InputError
        With the faults of all groups, each naming its group.
    """
    check_rows(curve, "the curve")
    check_rows(at_risk, "the numbers at risk")
    totals = {} if events is None else dict(zip(events["group"], events["events"], strict=True))
    found, faults = {}, []
    for name, points in curve.groupby("group", sort=False):
        printed = at_risk[at_risk["group"] == name]
        total = int(totals[name]) if name in totals else None
        try:
            found[str(name)] = estimate_individual_times(
                points["time"], points["survival"], printed["time"], printed["n"], total_events=total
            )
        except InputError as error:
            faults += [
                Fault(f.rule, value=f.value, where=f.where or f"group {name}", remedy=f.remedy)
                for f in error.faults
            ]
    if faults:
        raise InputError(faults)
    return found


def tabulate_individuals(
    found: Mapping[str, Reconstruction], *, endpoint: str = "PFS", unit: str = "months"
) -> Individuals:
    """Individual times of all groups, as the clinical tables want them.

    Parameters
    ----------
    found : mapping of group to Reconstruction
    endpoint : str
        Goes into the column ``endpoint``.
    unit : {"days", "weeks", "months", "years"}
        Of the curve's times; months of 30.4375 days.

    Returns
    -------
    Individuals
        The subjects are numbers, not people.
    """
    if unit not in DAYS_PER:
        raise InputError(Fault(f"unit must be one of {', '.join(DAYS_PER)}", value=repr(unit)))
    frames = [result.to_frame().assign(group=name) for name, result in found.items()]
    frame = pd.concat(frames, ignore_index=True)[["group", "time", "event"]]
    subjects = [f"reconstructed-{i:04d}" for i in range(1, len(frame) + 1)]
    frame = frame.assign(subject=subjects, endpoint=endpoint, time_days=frame["time"] * DAYS_PER[unit])
    return Individuals(frame, {"endpoint": endpoint, "unit": unit})


def tabulate_accuracy(found: Mapping[str, Reconstruction]) -> Accuracy:
    """How well each reconstruction gives its curve back, one row a group."""
    rows = [
        (
            name,
            r.n,
            r.n_events,
            r.total_events if r.total_events is not None else np.nan,
            r.curve_time.size,
            r.n_raised,
            r.root_mean_square,
            r.largest_residual,
            int(np.max(np.abs(r.risk_found - r.risk_printed))),
            r.status,
            r.advice,
        )
        for name, r in found.items()
    ]
    judged = [judge_curve(name, r) for name, r in found.items()]
    frame = pd.DataFrame(rows, columns=list(Accuracy.COLUMNS[:-2]))
    return Accuracy(frame.assign(quality=[q for q, _ in judged], reasons=[why for _, why in judged]))


def tabulate_numbers_at_risk(found: Mapping[str, Reconstruction]) -> NumbersAtRisk:
    """Printed and reconstructed numbers at risk, one row each."""
    frames = [
        pd.DataFrame(
            {"group": name, "time": r.risk_time, "n_printed": r.risk_printed, "n_found": r.risk_found}
        )
        for name, r in found.items()
    ]
    return NumbersAtRisk(pd.concat(frames, ignore_index=True))


def tabulate_results(
    found: Mapping[str, Reconstruction],
    *,
    reference: str = "",
    endpoint: str = "PFS",
    unit: str = "months",
    conf_type: str = "log",
    confidence: float = 0.95,
) -> CurveResults:
    """Medians and hazard ratios of the reconstructed times.

    Parameters
    ----------
    found : mapping of group to Reconstruction
    reference : str
        Group that hazard ratios refer to; default the first.
    endpoint, unit : str
        What the curves are of, and the unit of their times; kept in the settings.
    conf_type, confidence
        As for `fit_kaplan_meier`.
    """
    rows: list[tuple[object, ...]] = []
    for name, r in found.items():
        median = estimate_median(
            fit_kaplan_meier(r.time, r.event, conf_type=conf_type, confidence=confidence)
        )
        rows.append(("median", name, "", median.estimate, median.low, median.high, median.status))
    time, event, group = _together(found)
    for c in compare_groups(time, event, group, reference=reference or None, confidence=confidence):
        rows.append(("hazard_ratio", c.group, c.reference, c.hazard_ratio, c.hr_low, c.hr_high, c.status))
    frame = pd.DataFrame(rows, columns=list(CurveResults.COLUMNS[:-2]))
    settings = {"confidence": confidence, "method": conf_type, "endpoint": endpoint, "unit": unit}
    return CurveResults(judge_results(frame, tabulate_accuracy(found)), settings)


def estimate_reading_spread(
    curve: pd.DataFrame,
    at_risk: pd.DataFrame,
    events: pd.DataFrame | None = None,
    *,
    reference: str = "",
    reading_error: float = 0.005,
    n_draws: int = 50,
    seed: int = 1,
    confidence: float = 0.95,
) -> ReadingSpread:
    """How medians and hazard ratios move when the curve was read a little differently.

    Each draw adds a normal error to every survival strictly between 0 and 1 and to every time after 0, and
    reconstructs again. The spread is the error of reading alone, not of sampling.

    Parameters
    ----------
    curve, at_risk, events
        As for `estimate_by_group`.
    reference : str
        As for `tabulate_results`.
    reading_error : float
        Standard deviation as a fraction of either axis; 0.005 is a careful reading of a printed figure.
    n_draws : int
    seed : int
    confidence : float
        Share of the draws between ``reading_low`` and ``reading_high``, equal tails left out.

    Returns
    -------
    ReadingSpread
        At 0.95 from 2.5 % to 97.5 % of the draws.
    """
    check_rows(curve, "the curve")
    rng = np.random.default_rng(seed)
    draws = []
    for _ in range(n_draws):
        found = estimate_by_group(_misread(curve, reading_error, rng), at_risk, events)
        draws.append(_point_estimates(found, reference))
    frame = pd.DataFrame(draws)
    rows = [
        (
            quantity,
            group,
            *_spread(frame[quantity, group].to_numpy(float), confidence),
            n_draws,
            int(frame[quantity, group].notna().sum()),
        )
        for quantity, group in frame.columns
    ]
    settings = {"confidence": confidence, "reading_error": reading_error, "n_draws": n_draws, "seed": seed}
    return ReadingSpread(pd.DataFrame(rows, columns=list(ReadingSpread.COLUMNS)), settings)


def _misread(curve: pd.DataFrame, reading_error: float, rng: np.random.Generator) -> pd.DataFrame:
    survival = curve["survival"].to_numpy(float)
    inner = (survival > 0) & (survival < 1)
    times, where = np.unique(curve["time"].to_numpy(float), return_inverse=True)
    slipped = times + np.where(times > 0, rng.normal(0, reading_error * times.max(), times.size), 0.0)
    moved = np.where(inner, survival + rng.normal(0, reading_error, survival.size), survival)
    return curve.assign(time=np.clip(slipped, 0, times.max())[where], survival=np.clip(moved, 0, 1))


def _point_estimates(found: Mapping[str, Reconstruction], reference: str) -> dict[tuple[str, str], float]:
    medians = {
        ("median", name): estimate_median(fit_kaplan_meier(r.time, r.event)).estimate
        for name, r in found.items()
    }
    time, event, group = _together(found)
    base = reference or next(iter(found))
    ratios = {}
    for name in found:
        if name != base:
            pair = (group == name) | (group == base)
            fit = fit_cox(time[pair], event[pair], group[pair] == name)
            ratios["hazard_ratio", name] = float(fit.hazard_ratio[0])
    return {**medians, **ratios}


def _spread(values: np.ndarray, confidence: float) -> tuple[float, float]:
    known = values[~np.isnan(values)]
    if not known.size:
        return float("nan"), float("nan")
    low, high = np.quantile(known, _tails(confidence))
    return float(low), float(high)


def _tails(confidence: float) -> tuple[float, float]:
    """Shares of the draws below the two ends: (0.025, 0.975) at 0.95."""
    tail = round((1 - confidence) / 2, 12)
    return tail, 1 - tail


def _together(found: Mapping[str, Reconstruction]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    time = np.concatenate([r.time for r in found.values()])
    event = np.concatenate([r.event for r in found.values()])
    group = np.repeat(np.array(list(found), dtype=object), [r.n for r in found.values()])
    return time, event, group
