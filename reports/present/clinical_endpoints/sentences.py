"""Sentences about clinical results."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from lib.clinical.endpoints import CensoringRules
from reports.present.clinical_endpoints.tables import bounds
from reports.wording import count, interval, interval_name, is_missing, listing, number, p_value, percent


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
            f"{value} in {r.group} ({interval_name(confidence, 'CI')} {bounds(r.median_low, r.median_high, 2)}; n = {r.n}, {r.median_at_risk} at risk there)"
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


def say_design(groups: list[str], randomised: bool, kinds: Mapping[str, str] | None = None) -> str:
    """What the groups allow: a contrast, a description, or nothing.

    Parameters
    ----------
    groups : list of str
    randomised : bool
    kinds : mapping of group to what defines it, optional
        As a programme knows them, such as ``marker``.
    """
    if len(groups) < 2:
        return "One group: nothing is compared."
    if randomised:
        return "Groups are declared as randomised; p-values are not corrected for the number of endpoints."
    known = {(kinds or {}).get(g, "") for g in groups}
    by = f" by {known.pop()}" if len(known) == 1 and "" not in known else ""
    return f"Groups{by} were not randomised: differences between them are descriptive."


def say_censoring(rules: CensoringRules) -> str:
    """Rules of censoring in one clause."""
    therapy = {
        "censor": "new therapy before progression censors at the last assessment before it",
        "ignore": "new therapy does not stop follow-up",
        "event": "new therapy counts as an event",
    }[rules.new_therapy]
    n = rules.missed_visits
    gap = f"an event after {n} or more missed visits is censored at the last assessment"
    return f"{rules.name.upper()}: {therapy}; {gap if n else 'events count however long the gap'}"


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


def say_without_spread(further: pd.DataFrame) -> str:
    """Which differences of restricted means have no interval, and why; empty where all have one."""
    bare = further[
        further.status.isin(["no event yet", "one event time"]) & further.quantity.str.contains("restricted")
    ]
    said = [f"{r.endpoint}, {r.group} against {r.reference}: {r.status}" for r in bare.itertuples()]
    if not said:
        return ""
    return f" Where a group has no event, or all at one time, its restricted mean has no standard error and the difference neither interval nor p ({listing(said)})."
