"""The tables of a clinical report: rates, times, landmarks and comparisons, group by group."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from lib.clinical.quality import (
    judge_difference,
    judge_median,
    judge_rate,
    judge_ratio,
    judge_rows,
    judge_share,
)
from lib.clinical.results import HazardRatios, RateDifferences, Rates, SurvivalAtTimes, Times
from lib.proportions import DifferenceMethod, RateMethod, compare_proportions, estimate_proportion
from lib.survival import (
    Quantile,
    SurvivalCurve,
    compare_groups,
    estimate_follow_up,
    estimate_landmarks,
    estimate_median,
    estimate_rmst,
    fit_by_group,
    fit_kaplan_meier,
    largest_common_time,
)
from lib.survival.cox import Ties
from lib.units import DAYS_PER_MONTH

RESPONDERS_ONLY = ("TTR",)
"""Endpoints defined among responders with an event in all of them: groups are described, not compared."""
DIFFERENCES: tuple[DifferenceMethod, ...] = ("miettinen-nurminen", "newcombe", "wald")


def tabulate_rates(
    flags: pd.DataFrame, *, method: RateMethod = "clopper-pearson", confidence: float = 0.95
) -> Rates:
    """Rate with interval of every endpoint in every group.

    Parameters
    ----------
    flags : DataFrame
        ``subject, group`` and one boolean column an endpoint; every subject counts in the denominator.
    method : {"clopper-pearson", "wilson", "jeffreys"}

    Returns
    -------
    Rates
        With more than one group also the rows of ``all``.
    """
    rows: list[tuple[Any, ...]] = []
    for endpoint in _endpoints(flags):
        for group, said in _groups(flags):
            responders = int(said[endpoint].sum())
            p = estimate_proportion(responders, len(said), method=method, confidence=confidence)
            rows.append((endpoint, group, p.successes, p.n, p.rate, p.low, p.high, p.method, p.status))
    frame = judge_rows(pd.DataFrame(rows, columns=list(Rates.COLUMNS[:-2])), judge_rate)
    return Rates(frame, {"confidence": confidence, "method": method})


def compare_rates(
    flags: pd.DataFrame, reference: str, *, randomised: bool = False, confidence: float = 0.95
) -> RateDifferences:
    """Difference of each group's rate from the reference's, by three methods, with Fisher's exact p.

    Wald's interval is empty where either rate is 0 or 1, and `status` says ``no variance``. Without rows
    where there is one group.
    """
    several = len(flags) > 0 and len(flags.group.unique()) > 1
    rows = _differences(flags, reference, confidence) if several else []
    frame = pd.DataFrame(rows, columns=list(RateDifferences.COLUMNS[:-2]))
    frame = judge_rows(frame, partial(judge_difference, randomised=randomised))
    return RateDifferences(
        frame, {"confidence": confidence, "reference": reference, "randomised": randomised}
    )


def _differences(flags: pd.DataFrame, reference: str, confidence: float) -> list[tuple[Any, ...]]:
    rows = []
    base = flags[flags.group == reference]
    for endpoint in _endpoints(flags):
        for group in [g for g in flags.group.unique() if g != reference]:
            mine = flags[flags.group == group]
            counts = (int(mine[endpoint].sum()), len(mine), int(base[endpoint].sum()), len(base))
            for method in DIFFERENCES:
                d = compare_proportions(*counts, method=method, confidence=confidence)
                rows.append(
                    (endpoint, group, reference, d.difference, d.low, d.high, d.method, d.p_fisher, d.status)
                )
    return rows


def _endpoints(flags: pd.DataFrame) -> list[str]:
    return [c for c in flags.columns if c not in ("subject", "group")]


def _groups(flags: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    if flags.empty:
        return []
    parts = [(str(name), part) for name, part in flags.groupby("group", sort=True)]
    return [*parts, ("all", flags)] if len(parts) > 1 else parts


def tabulate_times(
    times: pd.DataFrame,
    *,
    conf_type: str = "log",
    confidence: float = 0.95,
    rmst_months: float = 0,
    days_per_month: float = DAYS_PER_MONTH,
) -> Times:
    """Median, follow-up and restricted mean of every endpoint in every group, in months.

    Fitted on days, divided by `days_per_month`. A bound that was not reached is NaN; `median_status` says so.
    `median_at_risk` is the number at risk at the median, or at the end of a curve that did not reach it.

    Parameters
    ----------
    times : DataFrame
        ``subject, endpoint, time_days, event, group``.
    rmst_months : float
        Horizon of the restricted mean; 0 = the longest time that every group's curve reaches.
    """
    rows = []
    for endpoint, part in times.groupby("endpoint", sort=False):
        curves = fit_by_group(
            part.time_days, part.event, part.group, conf_type=conf_type, confidence=confidence
        )
        horizon = rmst_months * days_per_month or largest_common_time(curves.values())
        rows += [
            (endpoint, group, *_time_row(part[part.group == group], curve, horizon, days_per_month))
            for group, curve in sorted(curves.items())
        ]
    frame = judge_rows(pd.DataFrame(rows, columns=list(Times.COLUMNS[:-2])), judge_median)
    settings = {"confidence": confidence, "method": conf_type, "days_per_month": days_per_month}
    return Times(frame, settings)


def _time_row(
    mine: pd.DataFrame, curve: SurvivalCurve, horizon: float, days_per_month: float
) -> tuple[Any, ...]:
    """A group's row of `Times`, from ``n`` on."""
    follow = estimate_follow_up(
        mine.time_days, mine.event, conf_type=curve.conf_type, confidence=curve.confidence
    )
    median, mean = estimate_median(curve), estimate_rmst(curve, horizon)
    days = (median.estimate, median.low, median.high, follow.estimate, mean.estimate, mean.std_error, horizon)
    m = np.array(days) / days_per_month
    counts = (curve.n, curve.n_events, "months")
    return (*counts, *m[:3], _median_status(median), median.at_risk, curve.conf_type, *m[3:])


def _median_status(median: Quantile) -> str:
    if median.status != "reached":
        low = "" if not np.isnan(median.low) else ", no lower bound"
        return f"{median.status}{low}"
    open_ends = [n for n, bound in (("lower", median.low), ("upper", median.high)) if np.isnan(bound)]
    return "reached" + (f", {' and '.join(open_ends)} bound not reached" if open_ends else "")


def tabulate_landmarks(
    times: pd.DataFrame,
    months: list[float],
    *,
    conf_type: str = "log",
    confidence: float = 0.95,
    days_per_month: float = DAYS_PER_MONTH,
) -> SurvivalAtTimes:
    """Survival at fixed times (months) with interval and number at risk, every endpoint and group."""
    frames, columns = [], list(SurvivalAtTimes.COLUMNS[:-2])
    lasting = times[~times.endpoint.isin(RESPONDERS_ONLY)]
    for (endpoint, group), part in lasting.groupby(["endpoint", "group"], sort=False):
        curve = fit_kaplan_meier(part.time_days, part.event, conf_type=conf_type, confidence=confidence)
        frame = estimate_landmarks(curve, np.asarray(months, float) * days_per_month).to_frame()
        frames.append(frame.assign(endpoint=endpoint, group=group, time=list(months))[columns])
    frame = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)
    settings = {"confidence": confidence, "method": conf_type, "months": tuple(months)}
    return SurvivalAtTimes(judge_rows(frame, judge_share), settings)


def compare_times(
    times: pd.DataFrame,
    reference: str,
    *,
    strata: str = "",
    ties: Ties = "efron",
    randomised: bool = False,
    confidence: float = 0.95,
) -> HazardRatios:
    """Hazard ratio, log-rank test and check of proportional hazards of every group against the reference.

    Parameters
    ----------
    times : DataFrame
        ``endpoint, time_days, event, group`` and, if asked for, the column `strata`.
    strata : str
        Column that stratifies the Cox model and the log-rank test; empty for none.
    randomised : bool
        Whether patients were assigned to the groups at random; otherwise every row carries a caution.

    Returns
    -------
    HazardRatios
        Without rows where there is one group.
    """
    frames, columns = [], list(HazardRatios.COLUMNS[:-2])
    for endpoint, part in times.groupby("endpoint", sort=False):
        if endpoint in RESPONDERS_ONLY or reference not in set(part.group) or len(part.group.unique()) < 2:
            continue
        layers = part[strata].fillna("unknown") if strata else None
        found = compare_groups(
            part.time_days,
            part.event,
            part.group,
            reference=reference,
            strata=layers,
            ties=ties,
            confidence=confidence,
        )
        frames += [contrast.to_frame().assign(endpoint=endpoint) for contrast in found]
    frame = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)
    frame = judge_rows(frame.reindex(columns=columns), partial(judge_ratio, randomised=randomised))
    settings = {"confidence": confidence, "method": ties, "reference": reference, "strata": strata}
    return HazardRatios(frame, settings | {"randomised": randomised})
