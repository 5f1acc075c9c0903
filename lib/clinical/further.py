"""Further comparisons: weighted log-rank tests, restricted means, landmarks, subgroups, interval censoring."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from lib.clinical.efficacy import RESPONDERS_ONLY
from lib.survival import (
    SurvivalCurve,
    compare_interval_censoring,
    compare_landmarks,
    compare_logrank,
    compare_rmst,
    compare_subgroups,
    fit_by_group,
    largest_common_time,
)
from lib.units import DAYS_PER_MONTH

WEIGHTS = {
    "log-rank": (0.0, 0.0),
    "Peto and Peto (early weight)": (1.0, 0.0),
    "Fleming and Harrington (late weight)": (0.0, 1.0),
}
SAME_DAY = 1.6
"""Days by which two records of one death may differ: months with one decimal, and day counts with or without + 1."""
FURTHER_COLUMNS = [
    "endpoint",
    "group",
    "reference",
    "quantity",
    "at_months",
    "estimate",
    "low",
    "high",
    "p_value",
    "status",
]
SUBGROUP_COLUMNS = ["endpoint", "variable", "subgroup", "group", "reference", "n", "events", "hazard_ratio", "hr_low", "hr_high",
                    "interaction_p", "status"]  # fmt: skip


def fit_curves(
    times: pd.DataFrame, endpoint: str, *, conf_type: str = "log", confidence: float = 0.95
) -> dict[str, SurvivalCurve]:
    """Curve of every group for one endpoint, in the alphabetical order of the groups, on days."""
    part = times[times.endpoint == endpoint].sort_values("group", kind="stable")
    return fit_by_group(part.time_days, part.event, part.group, conf_type=conf_type, confidence=confidence)


def compare_further(
    times: pd.DataFrame, reference: str, months: list[float], *, strata: str = "", conf_type: str = "log",
    confidence: float = 0.95, days_per_month: float = DAYS_PER_MONTH,
) -> pd.DataFrame:  # fmt: skip
    """Contrasts that do not rest on proportional hazards, a row each; times in months.

    Weighted log-rank tests (chi-square in `estimate`), differences of survival at `months`, and the difference of
    restricted means to the longest time both groups' curves reach. The column `strata` stratifies the tests, as in
    :func:`~lib.clinical.efficacy.compare_times`, and their `quantity` names it; curves are of whole groups.
    """
    rows: list[tuple[Any, ...]] = []
    for endpoint, part in times.groupby("endpoint", sort=False):
        if endpoint in RESPONDERS_ONLY or reference not in set(part.group):
            continue
        curves = fit_curves(part, str(endpoint), conf_type=conf_type, confidence=confidence)
        for group in [g for g in curves if g != reference]:
            pair = part[part.group.isin([group, reference])]
            rows += [(endpoint, group, reference, *r) for r in _weighted(pair, strata)]
            rows += [
                (endpoint, group, reference, *r)
                for r in _at_landmarks(curves[group], curves[reference], months, days_per_month)
            ]
            rows.append(
                (endpoint, group, reference, *_restricted(curves[group], curves[reference], days_per_month))
            )
    return pd.DataFrame(rows, columns=FURTHER_COLUMNS)


def _weighted(pair: pd.DataFrame, strata: str) -> list[tuple[Any, ...]]:
    rows = []
    layers = pair[strata].fillna("unknown") if strata else None
    by = f" stratified by {strata}" if strata else ""
    for name, (rho, gamma) in WEIGHTS.items():
        test = compare_logrank(pair.time_days, pair.event, pair.group, strata=layers, rho=rho, gamma=gamma)
        rows.append((f"{name}{by}, chi-square", np.nan, test.chi2, np.nan, np.nan, test.p_value, test.status))
    return rows


def _at_landmarks(
    curve: SurvivalCurve, reference: SurvivalCurve, months: list[float], days: float
) -> list[tuple[Any, ...]]:
    found = compare_landmarks(curve, reference, np.asarray(months, float) * days).to_frame()
    return [("difference of survival", m, r.difference, r.low, r.high, r.p_value, r.status)
            for m, r in zip(months, found.itertuples(), strict=True)]  # fmt: skip


def _restricted(curve: SurvivalCurve, reference: SurvivalCurve, days: float) -> tuple[Any, ...]:
    horizon = largest_common_time([curve, reference])
    d = compare_rmst(curve, reference, horizon)
    return (
        "difference of restricted means, months",
        horizon / days,
        d.difference / days,
        d.low / days,
        d.high / days,
        d.p_value,
        d.status,
    )


def compare_in_subgroups(
    times: pd.DataFrame, endpoint: str, reference: str, columns: list[str], *, confidence: float = 0.95
) -> pd.DataFrame:
    """Hazard ratio in every level of `columns`, with a likelihood-ratio test of interaction for each column.

    Empty unless the endpoint has two groups. Columns that are absent, or hold one level, are left out.
    """
    part = times[times.endpoint == endpoint]
    if len(part.group.unique()) != 2 or reference not in set(part.group):
        return pd.DataFrame(columns=SUBGROUP_COLUMNS)
    frames = []
    for column in columns:
        if column not in part or len(part[column].dropna().unique()) < 2:
            continue
        known = part.dropna(subset=[column]).sort_values(column, kind="stable")
        found = compare_subgroups(
            known.time_days,
            known.event,
            known.group,
            known[column].astype(str),
            reference=reference,
            confidence=confidence,
        )
        frame = found.to_frame().assign(endpoint=endpoint, variable=column)
        frames.append(
            frame.assign(n=frame.n + frame.n_reference, events=frame.events + frame.events_reference)
        )
    return (
        pd.concat(frames, ignore_index=True)[SUBGROUP_COLUMNS]
        if frames
        else pd.DataFrame(columns=SUBGROUP_COLUMNS)
    )


def compare_visit_timing(
    times: pd.DataFrame, responses: pd.DataFrame, subjects: pd.DataFrame, *, conf_type: str = "log",
    confidence: float = 0.95, days_per_month: float = DAYS_PER_MONTH,
) -> pd.DataFrame:  # fmt: skip
    """Median PFS when progression is put at the visit that showed it, half way back, or left open between visits.

    Only a progression is found at a visit. A death has its own day, and so has new therapy where the rules count it
    as an event: these stay where they are under all three.
    """
    part = times[times.endpoint.eq("PFS")]
    if not len(part) or not len(responses):
        return pd.DataFrame(
            columns=["group", "method", "n", "events", "median", "median_low", "median_high", "median_status"]
        )
    seen = responses.assign(time=responses.day - responses.subject.map(_start(subjects)) + 1)
    free = seen[~seen.overall_response.isin(["NE", "PD"])].merge(part[["subject", "time_days"]], on="subject")
    last = free[free.time < free.time_days].groupby("subject").time.max()
    by_visit = part.event.eq(1) & ~_has_own_day(part, seen, subjects, times)
    left = part.subject.map(last).fillna(0.0).where(by_visit, part.time_days)
    right = part.time_days.where(part.event.eq(1), np.inf)
    frames = []
    for group in sorted(part.group.unique()):
        mine = part.group == group
        frames.append(
            compare_interval_censoring(
                left[mine], right[mine], conf_type=conf_type, confidence=confidence
            ).assign(group=group)
        )
    frame = pd.concat(frames, ignore_index=True)
    frame[["median", "median_low", "median_high"]] /= days_per_month
    return frame[["group", "method", "n", "events", "median", "median_low", "median_high", "median_status"]]


def _start(subjects: pd.DataFrame) -> pd.Series:
    return subjects.set_index("subject").reference_day


def _has_own_day(
    part: pd.DataFrame, seen: pd.DataFrame, subjects: pd.DataFrame, times: pd.DataFrame
) -> pd.Series:
    """Events that are deaths or new therapy: named so where derived, else at the death and without a PD before."""
    died = times[times.endpoint.eq("OS") & times.event.eq(1)].set_index("subject").time_days
    death = part.subject.map(subjects.set_index("subject").death_day - _start(subjects) + 1)
    death = death.fillna(part.subject.map(died))
    progressed = part.subject.map(seen[seen.overall_response.eq("PD")].groupby("subject").time.min())
    at_death = ((part.time_days - death).abs() <= SAME_DAY) & ~(progressed <= part.time_days + SAME_DAY)
    return at_death | (part.why.eq("new therapy") if "why" in part else False)
