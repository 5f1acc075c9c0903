"""Tables of clinical results as readers see them."""

from __future__ import annotations

from typing import Any

import pandas as pd

from reports.wording import fixed, interval, interval_name, is_missing, number, p_value, percent


def show_rates(rates: pd.DataFrame, *, confidence: float = 0.95) -> pd.DataFrame:
    """Response rates as read."""
    return pd.DataFrame({
        "Endpoint": rates.endpoint, "Group": rates.group, "Responders": rates.responders, "Patients": rates.n,
        "Rate\n%": [percent(r, 1) for r in rates.rate],
        f"{interval_name(confidence)}\n%": [interval(100 * lo, 100 * hi, decimals=1) for lo, hi in zip(rates.rate_low, rates.rate_high, strict=True)],
    })  # fmt: skip


def show_differences(differences: pd.DataFrame, *, confidence: float = 0.95) -> pd.DataFrame:
    """Rate differences as read, in percentage points."""
    return pd.DataFrame({
        "Endpoint": differences.endpoint, "Group": differences.group, "Reference": differences.reference,
        "Difference\npercentage points": [fixed(100 * d, 1) for d in differences.difference],
        f"{interval_name(confidence)}\npercentage points": [interval(100 * lo, 100 * hi, decimals=1, none=s) for lo, hi, s in zip(differences.low, differences.high, differences.status, strict=True)],
        "Method": differences.method, "Fisher's p": [p_value(p) for p in differences.p_fisher],
    })  # fmt: skip


def show_times(times: pd.DataFrame, *, confidence: float = 0.95) -> pd.DataFrame:
    """Medians as read."""
    return pd.DataFrame({
        "Endpoint": times.endpoint, "Group": times.group, "Patients": times.n, "Events": times.events,
        "Median\nmonths": [number(m, missing=s.split(",")[0]) for m, s in zip(times["median"], times.median_status, strict=True)],
        f"{interval_name(confidence)}\nmonths": [bounds(lo, hi) for lo, hi in zip(times.median_low, times.median_high, strict=True)],
        "At risk there": times.median_at_risk,
        "Follow-up\nmonths": [number(f, missing="no censoring" if n == e else "not reached") for f, n, e in zip(times.follow_up_median, times.n, times.events, strict=True)],
        "Restricted mean\nmonths": [_mean(r) for r in times.itertuples()],
    })  # fmt: skip


def _mean(row: Any) -> str:
    if is_missing(row.rmst):
        return "beyond follow-up" if row.rmst_at else "no follow-up"
    spread = "" if not is_missing(row.rmst_se) else "; one event time" if row.events else "; no event"
    return f"{number(row.rmst)} (to {number(row.rmst_at)}{spread})"


def bounds(low: float, high: float, digits: int = 3) -> str:
    """Interval of a time; a bound that does not exist was not reached."""
    return interval(low, high, digits, none="not reached")


def show_landmarks(landmarks: pd.DataFrame, *, confidence: float = 0.95) -> pd.DataFrame:
    """Survival at fixed times as read."""
    return pd.DataFrame({
        "Endpoint": landmarks.endpoint, "Group": landmarks.group, "At\nmonths": [f"{t:g}" for t in landmarks.time],
        "Free of event\n%": [percent(s, 1, missing=w) for s, w in zip(landmarks.survival, landmarks.status, strict=True)],
        f"{interval_name(confidence)}\n%": [interval(100 * lo, 100 * hi, decimals=1) for lo, hi in zip(landmarks.low, landmarks.high, strict=True)],
        "At risk": landmarks.at_risk,
    })  # fmt: skip


def show_comparisons(comparisons: pd.DataFrame, *, confidence: float = 0.95) -> pd.DataFrame:
    """Hazard ratios as read; a ratio that does not exist shows why."""
    return pd.DataFrame({
        "Endpoint": comparisons.endpoint, "Group": comparisons.group, "Reference": comparisons.reference,
        "Hazard ratio": [number(h, missing=s) for h, s in zip(comparisons.hazard_ratio, comparisons.status, strict=True)],
        interval_name(confidence): [interval(lo, hi) for lo, hi in zip(comparisons.hr_low, comparisons.hr_high, strict=True)],
        "Log-rank p\n(descriptive)": [p_value(p) for p in comparisons.logrank_p],
        "Proportional\nhazards p": [p_value(p) for p in comparisons.ph_test_p],
        "Note": [a or "none" for a in comparisons.advice.fillna("")],
    })  # fmt: skip


def show_readers(readers: pd.DataFrame) -> pd.DataFrame:
    """Agreement of readers as read."""
    return pd.DataFrame({
        "Reader": readers.reader_a, "Against": readers.reader_b, "Visits": readers.n_visits,
        "Same response\n%": [percent(a, 1) for a in readers.agreement], "Kappa": [fixed(k, 3, missing="one response only") for k in readers.kappa],
        "Response\ndisputed": readers.n_response_disputed, "Progression\ndisputed": readers.n_progression_disputed,
    })  # fmt: skip


def show_endings(endings: pd.DataFrame) -> pd.DataFrame:
    """How times ended, as read."""
    names = {"endpoint": "Endpoint", "group": "Group", "why": "Ended by", "subjects": "Patients"}
    shown = endings.rename(columns=names)
    return shown.assign(Patients=["few" if is_missing(n) else f"{n:.0f}" for n in shown["Patients"]])


def show_timing(timing: pd.DataFrame, *, confidence: float = 0.95) -> pd.DataFrame:
    """Medians by where progression is put, as read."""
    return pd.DataFrame({
        "Group": timing.group, "Progression put": timing.method, "Patients": timing.n, "Events": timing.events,
        "Median\nmonths": [number(m, missing=s) for m, s in zip(timing["median"], timing.median_status, strict=True)],
        f"{interval_name(confidence)}\nmonths": ["no interval" if t == "turnbull" else bounds(lo, hi) for t, lo, hi in zip(timing.method, timing.median_low, timing.median_high, strict=True)],
    })  # fmt: skip


def show_best(best: pd.DataFrame) -> pd.DataFrame:
    """Best responses as read, one row a patient."""
    return pd.DataFrame({
        "Patient": best.subject, "Group": best.group, "Best": best.best_response, "Confirmed": best.confirmed_best_response,
        "First day of\nresponse": [number(d, 4) for d in best.response_day],
        "Best change\n%": [fixed(c, 1, missing="not measured") for c in best.best_change_percent],
        "Why": best.why,
    })  # fmt: skip


def show_visits(visits: pd.DataFrame) -> pd.DataFrame:
    """Visits as read, each with its reason."""
    return pd.DataFrame({
        "Patient": visits.subject, "Reader": visits.reader, "Day": [fixed(d, 0) for d in visits.day],
        "Sum\nmm": [number(s, 4) for s in visits.sum_mm], "Overall": visits.overall_response.fillna("baseline"),
        "Why": visits.why,
    })  # fmt: skip


def show_further(further: pd.DataFrame, *, confidence: float = 0.95) -> pd.DataFrame:
    """Further comparisons as read."""
    return pd.DataFrame({
        "Endpoint": further.endpoint, "Group": further.group, "Quantity": further.quantity,
        "At\nmonths": [number(t, missing="all times") for t in further.at_months],
        "Estimate": [number(e, missing=s) for e, s in zip(further.estimate, further.status, strict=True)],
        interval_name(confidence): [interval(lo, hi) for lo, hi in zip(further.low, further.high, strict=True)],
        "p\n(descriptive)": [p_value(p) for p in further.p_value],
    })  # fmt: skip


def show_subgroups(found: pd.DataFrame, *, confidence: float = 0.95) -> pd.DataFrame:
    """Subgroups as read."""
    return pd.DataFrame({
        "Variable": found.variable, "Subgroup": found.subgroup, "Patients": ["few" if is_missing(n) else f"{n:.0f}" for n in found.n],
        "Events": ["few" if is_missing(n) else f"{n:.0f}" for n in found.events],
        "Hazard ratio": [number(h, missing=s) for h, s in zip(found.hazard_ratio, found.status, strict=True)],
        interval_name(confidence): [interval(lo, hi) for lo, hi in zip(found.hr_low, found.hr_high, strict=True)],
        "Interaction p": [p_value(p) for p in found.interaction_p],
    })  # fmt: skip
