"""The tables of a clinical report: rates, times, landmarks and comparisons, group by group."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pandas as pd

from lib.proportions import compare_proportions, estimate_proportion
from lib.survival import (
    compare_groups,
    estimate_follow_up,
    estimate_landmarks,
    estimate_median,
    estimate_rmst,
    fit_by_group,
    fit_kaplan_meier,
    largest_common_time,
)
from lib.units import DAYS_PER_MONTH

RATE_COLUMNS = [
    "endpoint",
    "group",
    "responders",
    "n",
    "rate",
    "rate_low",
    "rate_high",
    "ci_method",
    "status",
]
DIFFERENCE_COLUMNS = [
    "endpoint",
    "group",
    "reference",
    "difference",
    "low",
    "high",
    "method",
    "p_fisher",
    "status",
]
TIME_COLUMNS = ["endpoint", "group", "n", "events", "time_unit", "median", "median_low", "median_high", "median_status",
                "median_at_risk", "conf_type", "follow_up_median", "rmst", "rmst_se", "rmst_at"]  # fmt: skip
LANDMARK_COLUMNS = ["endpoint", "group", "time", "survival", "low", "high", "at_risk", "status"]
COMPARISON_COLUMNS = ["endpoint", "group", "reference", "hazard_ratio", "hr_low", "hr_high", "ties", "logrank_chi2",
                      "logrank_p", "stratified", "ph_test_p", "status", "advice"]  # fmt: skip
RESPONDERS_ONLY = ("TTR",)
"""Endpoints defined among responders with an event in all of them: groups are described, not compared."""
DIFFERENCES = ("miettinen-nurminen", "newcombe", "wald")


def tabulate_rates(
    flags: pd.DataFrame, *, method: str = "clopper-pearson", confidence: float = 0.95
) -> pd.DataFrame:
    """Rate with interval of every endpoint in every group.

    Parameters
    ----------
    flags : DataFrame
        ``subject, group`` and one boolean column an endpoint; every subject counts in the denominator.
    method : {"clopper-pearson", "wilson", "jeffreys"}

    Returns
    -------
    DataFrame
        ``endpoint, group, responders, n, rate, rate_low, rate_high, ci_method, status``; with more than one group
        also the row ``all``.
    """
    rows: list[tuple[Any, ...]] = []
    for endpoint in _endpoints(flags):
        for group, said in _groups(flags):
            responders = int(said[endpoint].sum())
            p = estimate_proportion(responders, len(said), method=cast(Any, method), confidence=confidence)
            rows.append((endpoint, group, p.successes, p.n, p.rate, p.low, p.high, p.method, p.status))
    return pd.DataFrame(rows, columns=RATE_COLUMNS)


def compare_rates(flags: pd.DataFrame, reference: str, *, confidence: float = 0.95) -> pd.DataFrame:
    """Difference of each group's rate from the reference's, by three methods, with Fisher's exact p.

    Wald's interval is empty where either rate is 0 or 1, and `status` says ``no variance``.
    """
    if flags.empty or len(flags.group.unique()) < 2:
        return pd.DataFrame(columns=DIFFERENCE_COLUMNS)
    rows = []
    base = flags[flags.group == reference]
    for endpoint in _endpoints(flags):
        for group in [g for g in flags.group.unique() if g != reference]:
            mine = flags[flags.group == group]
            counts = (int(mine[endpoint].sum()), len(mine), int(base[endpoint].sum()), len(base))
            for method in DIFFERENCES:
                d = compare_proportions(*counts, method=method, confidence=confidence)  # type: ignore[arg-type]
                rows.append(
                    (endpoint, group, reference, d.difference, d.low, d.high, d.method, d.p_fisher, d.status)
                )
    return pd.DataFrame(rows, columns=DIFFERENCE_COLUMNS)


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
) -> pd.DataFrame:
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
        for group, curve in sorted(curves.items()):
            mine = part[part.group == group]
            follow = estimate_follow_up(
                mine.time_days, mine.event, conf_type=conf_type, confidence=confidence
            )
            median, mean = estimate_median(curve), estimate_rmst(curve, horizon)
            months = np.array(
                [
                    median.estimate,
                    median.low,
                    median.high,
                    follow.estimate,
                    mean.estimate,
                    mean.std_error,
                    horizon,
                ]
            )
            m = months / days_per_month
            rows.append((endpoint, group, curve.n, curve.n_events, "months", *m[:3], _median_status(median),
                         median.at_risk, conf_type, *m[3:]))  # fmt: skip
    return pd.DataFrame(rows, columns=TIME_COLUMNS)


def _median_status(median: object) -> str:
    q = median
    if q.status != "reached":  # type: ignore[attr-defined]
        low = "" if not np.isnan(q.low) else ", no lower bound"  # type: ignore[attr-defined]
        return f"{q.status}{low}"  # type: ignore[attr-defined]
    open_ends = [n for n, bound in (("lower", q.low), ("upper", q.high)) if np.isnan(bound)]  # type: ignore[attr-defined]
    return "reached" + (f", {' and '.join(open_ends)} bound not reached" if open_ends else "")


def tabulate_landmarks(
    times: pd.DataFrame,
    months: list[float],
    *,
    conf_type: str = "log",
    confidence: float = 0.95,
    days_per_month: float = DAYS_PER_MONTH,
) -> pd.DataFrame:
    """Survival at fixed times (months) with interval and number at risk, every endpoint and group."""
    frames = []
    lasting = times[~times.endpoint.isin(RESPONDERS_ONLY)]
    for (endpoint, group), part in lasting.groupby(["endpoint", "group"], sort=False):
        curve = fit_kaplan_meier(part.time_days, part.event, conf_type=conf_type, confidence=confidence)
        frame = estimate_landmarks(curve, np.asarray(months, float) * days_per_month).to_frame()
        frames.append(frame.assign(endpoint=endpoint, group=group, time=list(months))[LANDMARK_COLUMNS])
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=LANDMARK_COLUMNS)


def compare_times(
    times: pd.DataFrame, reference: str, *, strata: str = "", ties: str = "efron", confidence: float = 0.95
) -> pd.DataFrame:
    """Hazard ratio, log-rank test and check of proportional hazards of every group against the reference.

    Parameters
    ----------
    times : DataFrame
        ``endpoint, time_days, event, group`` and, if asked for, the column `strata`.
    strata : str
        Column that stratifies the Cox model and the log-rank test; empty for none.

    Returns
    -------
    DataFrame
        Without rows where there is one group.
    """
    frames = []
    for endpoint, part in times.groupby("endpoint", sort=False):
        if endpoint in RESPONDERS_ONLY or reference not in set(part.group) or len(part.group.unique()) < 2:
            continue
        layers = part[strata].fillna("unknown") if strata else None
        found = compare_groups(part.time_days, part.event, part.group, reference=reference, strata=layers,
                               ties=ties, confidence=confidence)  # type: ignore[arg-type]  # fmt: skip
        frames += [contrast.to_frame().assign(endpoint=endpoint) for contrast in found]
    frame = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=COMPARISON_COLUMNS)
    return frame.reindex(columns=COMPARISON_COLUMNS)
