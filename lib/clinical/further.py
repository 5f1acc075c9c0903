"""Further comparisons: weighted log-rank tests, restricted means, landmarks, subgroups, interval
censoring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from lib.clinical.efficacy import RESPONDERS_ONLY
from lib.clinical.quality import judge_contrast, judge_rows, judge_subgroup, judge_timing
from lib.clinical.results import FurtherContrasts, SubgroupRatios, VisitTiming
from lib.privacy import suppress_small_cells
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
"""Days by which two records of one death may differ: months with one decimal, and day counts with or without
+ 1."""


def fit_curves(
    times: pd.DataFrame, endpoint: str, *, conf_type: str = "log", confidence: float = 0.95
) -> dict[str, SurvivalCurve]:
    """Curve of every group for one endpoint, in the alphabetical order of the groups, on days."""
    part = times[times.endpoint == endpoint].sort_values("group", kind="stable")
    return fit_by_group(part.time_days, part.event, part.group, conf_type=conf_type, confidence=confidence)


def list_lasting(times: pd.DataFrame) -> list[str]:
    """Endpoints whose groups can be compared, in reading order: all but the time to response."""
    return [e for e in pd.unique(times.endpoint) if e not in RESPONDERS_ONLY]


def fit_all_curves(
    times: pd.DataFrame, *, conf_type: str = "log", confidence: float = 0.95
) -> Mapping[str, Mapping[str, SurvivalCurve]]:
    """Endpoint → group → curve on days, for the endpoints that `list_lasting` gives."""
    return {e: fit_curves(times, e, conf_type=conf_type, confidence=confidence) for e in list_lasting(times)}


def compare_further(
    times: pd.DataFrame,
    reference: str,
    months: Sequence[float],
    *,
    strata: str = "",
    conf_type: str = "log",
    randomised: bool = False,
    confidence: float = 0.95,
    days_per_month: float = DAYS_PER_MONTH,
) -> FurtherContrasts:
    """Contrasts that do not rest on proportional hazards, a row each; times in months.

    Weighted log-rank tests (chi-square in `estimate`), differences of survival at `months`, and the
    difference of restricted means to the longest time both groups' curves reach. The column `strata`
    stratifies the tests, as in
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
    frame = pd.DataFrame(rows, columns=list(FurtherContrasts.COLUMNS[:-2]))
    frame = judge_rows(frame, partial(judge_contrast, randomised=randomised))
    return FurtherContrasts(
        frame, {"confidence": confidence, "method": conf_type, "reference": reference, "strata": strata}
    )


def _weighted(pair: pd.DataFrame, strata: str) -> list[tuple[Any, ...]]:
    rows = []
    layers = pair[strata].fillna("unknown") if strata else None
    by = f" stratified by {strata}" if strata else ""
    for name, (rho, gamma) in WEIGHTS.items():
        test = compare_logrank(pair.time_days, pair.event, pair.group, strata=layers, rho=rho, gamma=gamma)
        rows.append((f"{name}{by}, chi-square", np.nan, test.chi2, np.nan, np.nan, test.p_value, test.status))
    return rows


def _at_landmarks(
    curve: SurvivalCurve, reference: SurvivalCurve, months: Sequence[float], days: float
) -> list[tuple[Any, ...]]:
    found = compare_landmarks(curve, reference, np.asarray(months, float) * days).to_frame()
    return [
        ("difference of survival", m, r.difference, r.low, r.high, r.p_value, r.status)
        for m, r in zip(months, found.itertuples(), strict=True)
    ]


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
    times: pd.DataFrame,
    reference: str,
    columns: Sequence[str],
    *,
    endpoint: str = "",
    suppress_below: int = 0,
    randomised: bool = False,
    confidence: float = 0.95,
) -> SubgroupRatios:
    """Hazard ratio in every level of `columns`, with a likelihood-ratio test of interaction for each column.

    Empty unless the endpoint has two groups. Columns that hold one level are left out, and those that are
    absent too: the setting ``absent`` names them.

    Parameters
    ----------
    endpoint : str
        Default the first that `list_lasting` gives.
    suppress_below : int
        Counts above 0 and under this are left empty.
    """
    endpoint = endpoint or next(iter(list_lasting(times)), "")
    part = times[times.endpoint == endpoint]
    comparable = len(part.group.unique()) == 2 and reference in set(part.group)
    frames = [
        _levels(part, column, reference, confidence).assign(endpoint=endpoint, variable=column)
        for column in columns
        if comparable and column in part and len(part[column].dropna().unique()) > 1
    ]
    names = list(SubgroupRatios.COLUMNS[:-2])
    frame = pd.concat(frames, ignore_index=True)[names] if frames else pd.DataFrame(columns=names)
    frame = suppress_small_cells(frame, ["n", "events"], suppress_below)
    frame = judge_rows(frame, partial(judge_subgroup, randomised=randomised))
    settings = {"confidence": confidence, "endpoint": endpoint, "reference": reference}
    return SubgroupRatios(frame, settings | {"absent": tuple(c for c in columns if c not in times)})


def _levels(part: pd.DataFrame, column: str, reference: str, confidence: float) -> pd.DataFrame:
    known = part.dropna(subset=[column]).sort_values(column, kind="stable")
    levels = known[column].astype(str)
    found = compare_subgroups(
        known.time_days, known.event, known.group, levels, reference=reference, confidence=confidence
    )
    frame = found.to_frame()
    return frame.assign(n=frame.n + frame.n_reference, events=frame.events + frame.events_reference)


def compare_visit_timing(
    times: pd.DataFrame,
    responses: pd.DataFrame,
    subjects: pd.DataFrame,
    *,
    conf_type: str = "log",
    confidence: float = 0.95,
    days_per_month: float = DAYS_PER_MONTH,
) -> VisitTiming:
    """Median PFS when progression is put at the visit that showed it, half way back, or left open between
    visits.

    Only a progression is found at a visit. A death has its own day, and so has new therapy where the rules
    count it as an event: these stay where they are under all three.
    """
    part, columns = times[times.endpoint.eq("PFS")], list(VisitTiming.COLUMNS[:-2])
    settings = {"confidence": confidence, "method": conf_type}
    if not len(part) or not len(responses):
        return VisitTiming(judge_rows(pd.DataFrame(columns=columns), judge_timing), settings)
    left, right = _bounds(part, times, responses, subjects)
    frames = []
    for group in sorted(part.group.unique()):
        mine = part.group == group
        found = compare_interval_censoring(
            left[mine], right[mine], conf_type=conf_type, confidence=confidence
        )
        frames.append(found.assign(group=group))
    frame = pd.concat(frames, ignore_index=True)
    frame[["median", "median_low", "median_high"]] /= days_per_month
    return VisitTiming(judge_rows(frame[columns], judge_timing), settings)


def _bounds(
    part: pd.DataFrame, times: pd.DataFrame, responses: pd.DataFrame, subjects: pd.DataFrame
) -> tuple[pd.Series, pd.Series]:
    """Between which days each progression lies; events with a day of their own lie on it."""
    seen = responses.assign(time=responses.day - responses.subject.map(_start(subjects)) + 1)
    free = seen[~seen.overall_response.isin(["NE", "PD"])].merge(part[["subject", "time_days"]], on="subject")
    last = free[free.time < free.time_days].groupby("subject").time.max()
    by_visit = part.event.eq(1) & ~_has_own_day(part, seen, subjects, times)
    left = part.subject.map(last).fillna(0.0).where(by_visit, part.time_days)
    right = part.time_days.where(part.event.eq(1), np.inf)
    return left, right


def _start(subjects: pd.DataFrame) -> pd.Series:
    return subjects.set_index("subject").reference_day


def _has_own_day(
    part: pd.DataFrame, seen: pd.DataFrame, subjects: pd.DataFrame, times: pd.DataFrame
) -> pd.Series:
    """Events that are deaths or new therapy: named so where derived, else at the death and without a PD
    before."""
    died = times[times.endpoint.eq("OS") & times.event.eq(1)].set_index("subject").time_days
    death = part.subject.map(subjects.set_index("subject").death_day - _start(subjects) + 1)
    death = death.fillna(part.subject.map(died))
    progressed = part.subject.map(seen[seen.overall_response.eq("PD")].groupby("subject").time.min())
    at_death = ((part.time_days - death).abs() <= SAME_DAY) & ~(progressed <= part.time_days + SAME_DAY)
    return at_death | (part.why.eq("new therapy") if "why" in part else False)
