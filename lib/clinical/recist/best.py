"""Best overall response, with and without confirmation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from lib.clinical.recist.settings import ResponseRules

WORST_LAST = {"NE": 0, "CR": 1, "PR": 2, "SD": 3, "NON-CR/NON-PD": 4, "PD": 5}
"""On one date the worst wins; NE loses to any assessment."""


@dataclass(frozen=True)
class _Best:
    response: str
    why: str
    since: float = np.nan  # first recorded of a confirmed CR or PR


def select_assessments(responses: pd.DataFrame, subjects: pd.DataFrame) -> pd.DataFrame:
    """The visits that count: from the reference day, before new therapy, up to and including the first PD.

    Parameters
    ----------
    responses : DataFrame
        ``subject, day, overall_response`` of one reader.
    subjects : DataFrame
        ``subject, reference_day, new_therapy_day``.

    Returns
    -------
    DataFrame
        Sorted, one row a subject and date (the worst of several wins).
    """
    who = subjects.set_index("subject")
    start, stop = (responses.subject.map(who[name]) for name in ("reference_day", "new_therapy_day"))
    frame = _worst_of_day(responses[(responses.day >= start) & ~(responses.day >= stop)])
    first_pd = frame.day.where(frame.overall_response.eq("PD")).groupby(frame.subject).transform("min")
    return frame[~(frame.day > first_pd)].reset_index(drop=True)


def _worst_of_day(responses: pd.DataFrame) -> pd.DataFrame:
    ranked = responses.assign(rank=responses.overall_response.map(WORST_LAST))
    ranked = ranked.sort_values(["subject", "day", "rank"]).drop_duplicates(["subject", "day"], keep="last")
    return ranked.drop(columns="rank")


def read_after_complete(
    responses: pd.DataFrame, subjects: pd.DataFrame, rules: ResponseRules
) -> pd.DataFrame:
    """Assessments with disease seen again after a CR read as `rules` say: as recorded, or as PD.

    Whatever is derived from assessments (best response, rates, progression-free time, duration) must take
    them from here, or the day of progression differs between them.

    Parameters
    ----------
    responses, subjects : DataFrame
        As for `select_assessments`.
    rules : ResponseRules
        ``partial_after_complete``.
    """
    if rules.partial_after_complete != "progression" or not len(responses):
        return responses
    frame = _worst_of_day(responses)
    counts = frame.day >= frame.subject.map(subjects.set_index("subject").reference_day)
    complete = frame.day.where(frame.overall_response.eq("CR") & counts)
    back = frame.overall_response.isin(["PR", "SD"])
    back &= frame.day > complete.groupby(frame.subject).transform("min")
    return frame.assign(overall_response=frame.overall_response.mask(back, "PD")).reset_index(drop=True)


def split_visits(responses: pd.DataFrame) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Days and responses of every subject, in order of day; quicker than a frame a subject."""
    ordered = responses.sort_values(["subject", "day"], kind="stable")
    names, starts = np.unique(ordered.subject.to_numpy(str), return_index=True)
    days = np.split(ordered.day.to_numpy(float), starts[1:])
    said = np.split(ordered.overall_response.to_numpy(object), starts[1:])
    return dict(zip(names.tolist(), zip(days, said, strict=True), strict=True)) if len(names) else {}


def find_best_responses(
    responses: pd.DataFrame, subjects: pd.DataFrame, *, rules: ResponseRules | None = None
) -> pd.DataFrame:
    """Best overall response of every subject, unconfirmed and confirmed.

    Parameters
    ----------
    responses : DataFrame
        ``subject, day, overall_response`` of one reader.
    subjects : DataFrame
        ``subject, group, reference_day, new_therapy_day``; everybody here stays in the denominator.
    rules : ResponseRules, optional

    Returns
    -------
    DataFrame
        ``subject, group, best_response, confirmed_best_response, response_day`` (the first recorded of the
        confirmed CR or PR: a response that deepens started with the PR)``, unconfirmed_response_day,
        progression_day, n_assessments, status, why``.

    Notes
    -----
    A CR followed by PR is not confirmed by it, not even as a PR: disease seen again after a CR contradicts
    the CR (footnote a of table 3), so that the response counts from the first assessment which a later one
    bears out. CR on day 43, PR on days 85 and 127 is a confirmed PR since day 85; with
    ``partial_after_complete="progression"`` it is PD on day 85.

    References
    ----------
    Eisenhauer et al., Eur J Cancer 2009;45:228 (RECIST 1.1), sections 4.6 and 4.7 and table 3.
    """
    rules = rules or ResponseRules()
    used = select_assessments(read_after_complete(responses, subjects, rules), subjects)
    visits = split_visits(used)
    nothing = (np.array([]), np.array([], dtype=object))
    rows = [
        _row(s, g, visits.get(s, nothing), start, rules)
        for s, g, start in zip(subjects.subject, subjects.group, subjects.reference_day, strict=True)
    ]
    return pd.DataFrame(rows)


def _row(
    subject: str, group: str, visits: tuple[np.ndarray, np.ndarray], start: float, rules: ResponseRules
) -> dict[str, Any]:
    day, said = visits
    plain, confirmed = _unconfirmed(day, said, start, rules), _confirmed(day, said, start, rules)
    progression = day[said == "PD"]
    first = day[np.isin(said, ["CR", "PR"])]
    return {
        "subject": subject,
        "group": group,
        "best_response": plain.response,
        "confirmed_best_response": confirmed.response,
        "response_day": confirmed.since,
        "unconfirmed_response_day": first[0] if first.size else np.nan,
        "progression_day": progression[0] if progression.size else np.nan,
        "n_assessments": day.size,
        "status": _status(plain, confirmed, day),
        "why": confirmed.why,
    }


def _status(plain: _Best, confirmed: _Best, day: np.ndarray) -> str:
    if not day.size:
        return "no assessment"
    return (
        "response not confirmed"
        if plain.response in ("CR", "PR") and confirmed.response != plain.response
        else "ok"
    )


def _unconfirmed(day: np.ndarray, said: np.ndarray, start: float, rules: ResponseRules) -> _Best:
    for response in ("CR", "PR"):
        if response in said:
            return _Best(response, f"{response} on record")
    return _lesser(day, said, start, rules)


def _confirmed(day: np.ndarray, said: np.ndarray, start: float, rules: ResponseRules) -> _Best:
    first = _first_confirmed(day, said, "PR", rules)  # what confirms a CR confirms it as a PR as well
    if first is None:
        return _lesser(day, said, start, rules)
    complete = _first_confirmed(day, said, "CR", rules)
    if complete is None or complete[0] == first[0]:
        return _Best("PR" if complete is None else "CR", _say_confirmed(day, said, *first), day[first[0]])
    why = f"{_say_confirmed(day, said, *complete)}; response since {_say_confirmed(day, said, *first)}"
    return _Best("CR", why, day[first[0]])


def _first_confirmed(
    day: np.ndarray, said: np.ndarray, response: str, rules: ResponseRules
) -> tuple[int, int] | None:
    """The first visit with a confirmed response, at least as good as `response`, and the one that confirms
    it."""
    for i in np.flatnonzero(np.isin(said, ["CR", "PR"] if response == "PR" else ["CR"])):
        by = _confirming(day, said, int(i), response, rules)
        if by is not None:
            return int(i), by
    return None


def _say_confirmed(day: np.ndarray, said: np.ndarray, i: int, by: int) -> str:
    return f"{said[i]} on day {day[i]:g}" + (
        f", confirmed by {said[by]} on day {day[by]:g}" if by != i else ""
    )


def _confirming(day: np.ndarray, said: np.ndarray, i: int, response: str, rules: ResponseRules) -> int | None:
    """Index of the first visit that confirms the response at `i`, or None."""
    good = ["CR"] if response == "CR" else ["CR", "PR"]
    later = np.flatnonzero((day - day[i] >= rules.confirmation_days) & np.isin(said, good))
    if not later.size:
        return None
    j = int(later[0])
    between, window = said[i + 1 : j], said[i : j + 1]
    allowed = [*good, "NE"] + (["SD"] if response == "PR" and rules.accept_sd_between else [])
    fine = np.isin(between, allowed).all() and (between == "NE").sum() <= rules.max_ne_between
    fine = fine and (between == "SD").sum() <= 1
    return j if fine and not _partial_after_complete(window) else None


def _partial_after_complete(window: np.ndarray) -> bool:
    complete, partial = np.flatnonzero(window == "CR"), np.flatnonzero(window == "PR")
    return bool(complete.size and partial.size and partial[-1] > complete[0])


def _lesser(day: np.ndarray, said: np.ndarray, start: float, rules: ResponseRules) -> _Best:
    """Best response below a response: SD, NON-CR/NON-PD, PD, NE or MISSING."""
    if not day.size:
        return _Best("MISSING", "no assessment")
    stable = np.isin(said, ["CR", "PR", "SD"])
    long_enough = day - start >= rules.sd_minimum_days
    if rules.response_then_progression == "PD" and _lost_at_once(said):
        return _Best("PD", "response not confirmed, then PD")
    for mask, name in (
        (stable & long_enough, "SD"),
        ((said == "NON-CR/NON-PD") & long_enough, "NON-CR/NON-PD"),
        (said == "PD", "PD"),
    ):
        if mask.any():
            early = (
                "" if name == "PD" else f", at least {rules.sd_minimum_days:g} days after the reference day"
            )
            return _Best(name, f"{said[mask][0]} on day {day[mask][0]:g}{early}")
    why = "stable only before the least time for SD" if stable.any() else "no evaluable assessment"
    return _Best("NE", why)


def _lost_at_once(said: np.ndarray) -> bool:
    seen = said[said != "NE"]
    return bool(seen.size > 1 and seen[-1] == "PD" and seen[-2] in ("CR", "PR"))
