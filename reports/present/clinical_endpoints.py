"""Clinical results in words: the frames that readers see and the sentences around them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from lib.agreement import Concordance
from reports.wording import (
    count,
    fixed,
    interval,
    interval_name,
    is_missing,
    listing,
    number,
    p_value,
    percent,
)

PERCENT = "%"


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
        f"{interval_name(confidence)}\nmonths": [_bounds(lo, hi) for lo, hi in zip(times.median_low, times.median_high, strict=True)],
        "At risk there": times.median_at_risk,
        "Follow-up\nmonths": [number(f, missing="no censoring" if n == e else "not reached") for f, n, e in zip(times.follow_up_median, times.n, times.events, strict=True)],
        "Restricted mean\nmonths": [_mean(r) for r in times.itertuples()],
    })  # fmt: skip


def _mean(row: Any) -> str:
    if is_missing(row.rmst):
        return "beyond follow-up" if row.rmst_at else "no follow-up"
    spread = "" if not is_missing(row.rmst_se) else "; one event time" if row.events else "; no event"
    return f"{number(row.rmst)} (to {number(row.rmst_at)}{spread})"


def _bounds(low: float, high: float, digits: int = 3) -> str:
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
        f"{interval_name(confidence)}\nmonths": ["no interval" if t == "turnbull" else _bounds(lo, hi) for t, lo, hi in zip(timing.method, timing.median_low, timing.median_high, strict=True)],
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


def show_published(results: Iterable[Concordance], *, confidence: float = 0.95) -> pd.DataFrame:
    """Comparison with published values as read."""
    rows = [
        (r.name, number(r.estimate, missing="not reached"), interval(r.low, r.high), number(r.published), r.unit,
         r.verdict, r.why, r.status)
        for r in results
    ]  # fmt: skip
    return pd.DataFrame(
        rows,
        columns=[
            "Quantity",
            "Here",
            interval_name(confidence),
            "Published",
            "Unit",
            "Verdict",
            "Why",
            "Source is",
        ],
    )


def say_rate(rates: pd.DataFrame, endpoint: str = "ORR", *, confidence: float = 0.95) -> str:
    """Confirmed response rate of every group, in one clause."""
    rows = rates[(rates.endpoint == endpoint) & (rates.group != "all")]
    rows = rows if len(rows) else rates[rates.endpoint == endpoint]
    parts = [
        f"{percent(r.rate)} % in {r.group} ({r.responders}/{r.n}; {interval_name(confidence, 'CI')} {interval(100 * r.rate_low, 100 * r.rate_high, decimals=0)} %)"
        for r in rows.itertuples()
    ]
    return f"Confirmed response {listing(parts)}" if parts else ""


def say_median(times: pd.DataFrame, endpoint: str, *, confidence: float = 0.95) -> str:
    """Median of every group, with its interval and the number at risk there, in one clause."""
    parts = []
    for r in times[times.endpoint == endpoint].itertuples():
        value = f"{number(r.median, 2)} months" if not is_missing(r.median) else "not reached"
        parts.append(
            f"{value} in {r.group} ({interval_name(confidence, 'CI')} {_bounds(r.median_low, r.median_high, 2)}; n = {r.n}, {r.median_at_risk} at risk there)"
        )
    return f"median {endpoint} {listing(parts)}" if parts else ""


def say_answer(rates: pd.DataFrame, times: pd.DataFrame, *, confidence: float = 0.95) -> str:
    """The report's answer: response rate first, then the median of the first endpoint."""
    first = say_rate(rates, confidence=confidence) if len(rates) else ""
    main = [e for e in pd.unique(times.endpoint) if e != "TTR"][:1] if len(times) else []
    second = say_median(times, main[0], confidence=confidence) if main else ""
    sentence = (
        "; ".join(part for part in (first, second) if part)
        or "Nothing could be estimated from the tables given"
    )
    return f"{sentence[0].upper()}{sentence[1:]}."


def say_published(results: Iterable[Concordance]) -> str:
    """How many values agree, differ, cannot be told or compared."""
    verdicts = [r.verdict for r in results]
    one = {
        "agrees": "agrees",
        "differs": "differs",
        "cannot tell": "cannot tell",
        "not comparable": "is not comparable",
    }
    many = {
        "agrees": "agree",
        "differs": "differ",
        "cannot tell": "cannot tell",
        "not comparable": "are not comparable",
    }
    counts = {v: verdicts.count(v) for v in one if v in verdicts}
    return f"Of {len(verdicts)} published values {listing([f'{n} {(one if n == 1 else many)[v]}' for v, n in counts.items()])}."


def say_missing(best: pd.DataFrame) -> str:
    """Patients without assessment, who stay in the denominator."""
    n = int(best.confirmed_best_response.eq("MISSING").sum()) if len(best) else 0
    if not len(best):
        return ""
    return (
        f"{count(n, 'patient')} without any assessment {'stays' if n == 1 else 'stay'} in the denominator."
        if n
        else "Every patient was assessed."
    )


def write_fraction(events: float, n: float) -> str:
    """Events of patients, ``12/30``; ``few`` where a count was suppressed."""
    return "few" if is_missing(events) or is_missing(n) else f"{events:.0f}/{n:.0f}"


def say_design(groups: list[str], randomised: bool) -> str:
    """What the groups allow: a contrast, a description, or nothing."""
    if len(groups) < 2:
        return "One group: nothing is compared."
    if randomised:
        return "Groups are declared as randomised; p-values are not corrected for the number of endpoints."
    kras = " by KRAS" if any("kras" in g.lower() for g in groups) else ""
    return f"Groups{kras} were not randomised: differences between them are descriptive."


def warn_small(times: pd.DataFrame, comparisons: pd.DataFrame) -> list[str]:
    """Warnings that a reader must know: few events, curves that end on few patients, hazards not proportional."""
    flags = []
    for r in times[times.endpoint != "TTR"].itertuples() if len(times) else ():
        if not r.events:
            flags.append(f"{r.endpoint}, {r.group}: no event yet, so no interval of its restricted mean")
        elif r.events < 10:
            flags.append(f"{r.endpoint}, {r.group}: {count(r.events, 'event')} only")
        elif not is_missing(r.median) and r.median_at_risk < 10:
            flags.append(f"{r.endpoint}, {r.group}: median rests on {r.median_at_risk} at risk")
    for c in comparisons.itertuples() if len(comparisons) else ():
        if not is_missing(c.ph_test_p) and c.ph_test_p < 0.05:
            flags.append(f"{c.endpoint}: hazards not proportional (p = {p_value(c.ph_test_p)})")
    return flags


def show_further(further: pd.DataFrame, *, confidence: float = 0.95) -> pd.DataFrame:
    """Further comparisons as read."""
    return pd.DataFrame({
        "Endpoint": further.endpoint, "Group": further.group, "Quantity": further.quantity,
        "At\nmonths": [number(t, missing="all times") for t in further.at_months],
        "Estimate": [number(e, missing=s) for e, s in zip(further.estimate, further.status, strict=True)],
        interval_name(confidence): [interval(lo, hi) for lo, hi in zip(further.low, further.high, strict=True)],
        "p\n(descriptive)": [p_value(p) for p in further.p_value],
    })  # fmt: skip


def say_without_spread(further: pd.DataFrame) -> str:
    """Which differences of restricted means have no interval, and why; empty where all have one."""
    bare = further[
        further.status.isin(["no event yet", "one event time"]) & further.quantity.str.contains("restricted")
    ]
    said = [f"{r.endpoint}, {r.group} against {r.reference}: {r.status}" for r in bare.itertuples()]
    if not said:
        return ""
    return f" Where a group has no event, or all at one time, its restricted mean has no standard error and the difference neither interval nor p ({listing(said)})."


def show_subgroups(found: pd.DataFrame, *, confidence: float = 0.95) -> pd.DataFrame:
    """Subgroups as read."""
    return pd.DataFrame({
        "Variable": found.variable, "Subgroup": found.subgroup, "Patients": ["few" if is_missing(n) else f"{n:.0f}" for n in found.n],
        "Events": ["few" if is_missing(n) else f"{n:.0f}" for n in found.events],
        "Hazard ratio": [number(h, missing=s) for h, s in zip(found.hazard_ratio, found.status, strict=True)],
        interval_name(confidence): [interval(lo, hi) for lo, hi in zip(found.hr_low, found.hr_high, strict=True)],
        "Interaction p": [p_value(p) for p in found.interaction_p],
    })  # fmt: skip
