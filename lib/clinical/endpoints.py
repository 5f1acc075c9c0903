"""Endpoints from assessments: response rates, time to and duration of response, PFS and OS, with declared
censoring.

Days count from each subject's reference day; a time is ``day - start + 1``, as CDISC's ADaM counts, so that
an event on the day of the start takes one day.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from lib.clinical.recist import CONTROLLED, RESPONDERS, select_assessments, split_visits
from lib.errors import Fault, InputError
from lib.units import DAYS_PER_MONTH

TIME_COLUMNS = ["subject", "endpoint", "time_days", "event", "why"]
CLINICAL_BENEFIT_DAYS = 168


@dataclass(frozen=True)
class CensoringRules:
    """When progression-free time stops being observed.

    Parameters
    ----------
    name : str
    missed_visits : int
        An event after more than this many missed visits in a row counts as censored at the last adequate
        assessment; 0 = gaps do not matter. A visit is missed where the gap exceeds the usual one by as much.
    new_therapy : {"censor", "ignore", "event"}
        New anticancer therapy before progression: censored at the last adequate assessment before it,
        followed on regardless, or an event itself.
    window_days : float
        Tolerance on a gap.

    References
    ----------
    FDA, Clinical Trial Endpoints for the Approval of Cancer Drugs and Biologics, 2018, appendix 3 (tables A
    to C). EMA, Guideline on the evaluation of anticancer medicinal products in man, appendix 1, 2012.
    """

    name: str
    missed_visits: int
    new_therapy: str
    window_days: float = 14


RULES = {
    "fda": CensoringRules("fda", missed_visits=2, new_therapy="censor"),
    "ema": CensoringRules("ema", missed_visits=0, new_therapy="ignore"),
    "fda-therapy-as-event": CensoringRules("fda-therapy-as-event", missed_visits=2, new_therapy="event"),
    "gap-only": CensoringRules("gap-only", missed_visits=2, new_therapy="ignore"),
}


def choose_rules(name: str) -> CensoringRules:
    """The named rules.

    Raises
    ------
    InputError
        For an unknown name.
    """
    if name not in RULES:
        raise InputError(Fault(f"censoring must be one of {', '.join(RULES)}", value=name))
    return RULES[name]


def estimate_visit_interval(responses: pd.DataFrame) -> float:
    """Usual distance of assessments in days: the median gap within subjects; NaN without two visits."""
    days = responses.drop_duplicates(["subject", "day"]).sort_values(["subject", "day"])
    gaps = days.groupby("subject").day.diff().dropna()
    return float(gaps.median()) if len(gaps) else float("nan")


def derive_pfs(responses: pd.DataFrame, subjects: pd.DataFrame, rules: CensoringRules) -> pd.DataFrame:
    """Progression-free survival: reference day to PD or death, whichever is first.

    Parameters
    ----------
    responses : DataFrame
        ``subject, day, overall_response`` of one reader.
    subjects : DataFrame
        ``subject, reference_day, death_day, new_therapy_day``.
    rules : CensoringRules

    Returns
    -------
    DataFrame
        ``subject, endpoint, time_days, event, why, end_day``. Subjects without any assessment and without
        death are censored on the reference day.
    """
    interval = estimate_visit_interval(responses)
    limit = (
        rules.missed_visits * interval + interval + rules.window_days if rules.missed_visits else float("inf")
    )
    limit = float("inf") if np.isnan(limit) else limit
    visits = split_visits(responses)
    nothing = (np.array([]), np.array([]))
    rows = [
        (
            s.subject,
            "PFS",
            *_pfs(
                visits.get(s.subject, nothing), s.reference_day, s.death_day, s.new_therapy_day, rules, limit
            ),
        )
        for s in subjects.itertuples()
    ]
    frame = pd.DataFrame(rows, columns=["subject", "endpoint", "end_day", "event", "why"])
    frame["time_days"] = frame.end_day - subjects.reference_day.to_numpy() + 1
    return frame[[*TIME_COLUMNS, "end_day"]]


def _pfs(
    visits: tuple[np.ndarray, np.ndarray],
    start: float,
    death: float,
    therapy: float,
    rules: CensoringRules,
    limit: float,
) -> tuple[float, int, str]:
    day, said = visits
    inside = day >= start
    day, said = day[inside], said[inside]
    adequate = day[(said != "NE") & (said != "PD")]
    progressed = day[said == "PD"]
    candidates = {
        "progression": progressed[0] if progressed.size else np.inf,
        "death": death if death == death else np.inf,
    }
    if rules.new_therapy == "event" and therapy == therapy:
        candidates["new therapy"] = therapy
    what = min(candidates, key=lambda name: candidates[name])
    when = float(candidates[what])
    adequate = adequate[adequate <= when]
    if rules.new_therapy == "censor" and therapy == therapy and therapy < when:
        return _last(adequate[adequate < therapy], start), 0, "censored: new therapy before progression"
    if not np.isfinite(when):
        return (
            _last(adequate, start),
            0,
            "censored: last assessment without progression" if adequate.size else "censored: no assessment",
        )
    if when - _last(adequate, start) > limit:
        return _last(adequate, start), 0, f"censored: {what} after missed visits"
    return when, 1, what


def _last(days: np.ndarray, start: float) -> float:
    return float(days[-1]) if days.size else start


def derive_os(subjects: pd.DataFrame, responses: pd.DataFrame | None = None) -> pd.DataFrame:
    """Overall survival: reference day to death; the others censored when last known alive.

    Last contact where given, else the last assessment; one before the reference day counts as that day.
    Subjects about whom nothing is known are left out.
    """
    alive = subjects.last_contact_day
    if responses is not None and len(responses):
        seen = subjects.subject.map(responses.groupby("subject").day.max())
        alive = alive.where(alive.notna(), seen)
    end = subjects.death_day.where(subjects.death_day.notna(), alive)
    dead = subjects.death_day.notna()
    frame = pd.DataFrame(
        {
            "subject": subjects.subject,
            "endpoint": "OS",
            "time_days": (end - subjects.reference_day + 1).clip(lower=1),
            "event": dead.astype(int),
            "why": np.where(dead, "death", "censored: last known alive"),
        }
    )
    return frame[frame.time_days.notna()].reset_index(drop=True)


def derive_duration(best: pd.DataFrame, pfs: pd.DataFrame) -> pd.DataFrame:
    """Duration of confirmed response: first day of the response to the end of progression-free time."""
    held = best[best.confirmed_best_response.isin(RESPONDERS)].merge(
        pfs[["subject", "end_day", "event", "why"]], on="subject", suffixes=("_best", "")
    )
    return held.assign(endpoint="DoR", time_days=(held.end_day - held.response_day + 1).clip(lower=1))[
        TIME_COLUMNS
    ]


def derive_time_to_response(best: pd.DataFrame, subjects: pd.DataFrame) -> pd.DataFrame:
    """Time to confirmed response, among responders only: descriptive, since who responds is known only
    later."""
    held = best[best.confirmed_best_response.isin(RESPONDERS)].merge(
        subjects[["subject", "reference_day"]], on="subject"
    )
    held = held.assign(
        endpoint="TTR",
        time_days=held.response_day - held.reference_day + 1,
        event=1,
        why="first day of response",
    )
    return held[TIME_COLUMNS]


def classify_responders(
    best: pd.DataFrame,
    responses: pd.DataFrame,
    subjects: pd.DataFrame,
    *,
    control_months: float = 6,
    window_days: float = 7,
) -> pd.DataFrame:
    """Who counts in each rate: one row a subject, one flag an endpoint; missing patients count as no.

    ORR: confirmed CR or PR. DCR: confirmed best response CR, PR, SD or NON-CR/NON-PD. DCR at t months:
    confirmed response, or still CR, PR, SD or NON-CR/NON-PD at a visit not earlier than t months −
    `window_days`. CBR: the same at 24 weeks.
    """
    used = select_assessments(responses, subjects)
    held = used[used.overall_response.isin(CONTROLLED)]
    start = subjects.set_index("subject").reference_day
    last = (held.groupby("subject").day.max() - start).reindex(best.subject).to_numpy()
    responded = best.confirmed_best_response.isin(RESPONDERS).to_numpy()

    def held_to(days: float) -> np.ndarray:
        found: np.ndarray = responded | (np.nan_to_num(last, nan=-1.0) >= days - window_days)
        return found

    return pd.DataFrame(
        {
            "subject": best.subject,
            "group": best.group,
            "ORR": responded,
            "ORR unconfirmed": best.best_response.isin(RESPONDERS),
            "DCR": best.confirmed_best_response.isin(CONTROLLED),
            f"DCR at {control_months:g} months": held_to(control_months * DAYS_PER_MONTH),
            "CBR": held_to(CLINICAL_BENEFIT_DAYS),
        }
    )


def choose_reader(readers: list[str], asked: str = "") -> str:
    """The reader whose assessments count.

    `asked` where given; else the only one; else the one independent reader; else the investigator; else the
    first alphabetically.

    Raises
    ------
    InputError
        If `asked` is not among the readers.
    """
    if asked and asked not in readers:
        raise InputError(Fault(f"evaluator must be one of {', '.join(sorted(readers))}", value=asked))
    independent = [r for r in readers if "independent" in r.lower() or "bicr" in r.lower()]
    investigator = [r for r in readers if "investigator" in r.lower()]
    if asked:
        return asked
    return independent[0] if len(independent) == 1 else (investigator or sorted(readers) or [""])[0]
