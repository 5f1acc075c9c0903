"""Best overall response, with and without confirmation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from lib.recist.settings import ResponseRules

WORST_LAST = {"NE": 0, "CR": 1, "PR": 2, "SD": 3, "NON-CR/NON-PD": 4, "PD": 5}
"""On one date the worst wins; NE loses to any assessment."""


@dataclass(frozen=True)
class _Best:
    response: str
    day: float
    why: str


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
    frame = responses.assign(
        start=responses.subject.map(who.reference_day), stop=responses.subject.map(who.new_therapy_day),
        rank=responses.overall_response.map(WORST_LAST),
    )  # fmt: skip
    frame = frame[(frame.day >= frame.start) & ~(frame.day >= frame.stop)]
    frame = frame.sort_values(["subject", "day", "rank"]).drop_duplicates(["subject", "day"], keep="last")
    first_pd = frame.day.where(frame.overall_response.eq("PD")).groupby(frame.subject).transform("min")
    return frame[~(frame.day > first_pd)].drop(columns=["start", "stop", "rank"]).reset_index(drop=True)


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
        ``subject, group, best_response, confirmed_best_response, response_day`` (first day of the confirmed
        response)``, unconfirmed_response_day, progression_day, n_assessments, status, why``.

    References
    ----------
    Eisenhauer et al., Eur J Cancer 2009;45:228 (RECIST 1.1), section 4.6 and table 3.
    """
    rules = rules or ResponseRules()
    used = select_assessments(responses, subjects)
    visits = split_visits(used)
    nothing = (np.array([]), np.array([], dtype=object))
    rows = [
        _row(s, g, visits.get(s, nothing), start, rules)
        for s, g, start in zip(subjects.subject, subjects.group, subjects.reference_day, strict=True)
    ]
    return pd.DataFrame(rows)


def _row(
    subject: str, group: str, visits: tuple[np.ndarray, np.ndarray], start: float, rules: ResponseRules
) -> dict:
    day, said = _after_complete(*visits, rules)
    plain, confirmed = _unconfirmed(day, said, start, rules), _confirmed(day, said, start, rules)
    progression = day[said == "PD"]
    first = day[np.isin(said, ["CR", "PR"])]
    return {
        "subject": subject, "group": group, "best_response": plain.response,
        "confirmed_best_response": confirmed.response,
        "response_day": confirmed.day if confirmed.response in ("CR", "PR") else np.nan,
        "unconfirmed_response_day": first[0] if first.size else np.nan,
        "progression_day": progression[0] if progression.size else np.nan, "n_assessments": day.size,
        "status": _status(plain, confirmed, day), "why": confirmed.why,
    }  # fmt: skip


def _status(plain: _Best, confirmed: _Best, day: np.ndarray) -> str:
    if not day.size:
        return "no assessment"
    return (
        "response not confirmed"
        if plain.response in ("CR", "PR") and confirmed.response != plain.response
        else "ok"
    )


def _after_complete(day: np.ndarray, said: np.ndarray, rules: ResponseRules) -> tuple[np.ndarray, np.ndarray]:
    if rules.partial_after_complete != "progression" or "CR" not in said:
        return day, said
    back = np.isin(said, ["PR", "SD"]) & (np.arange(said.size) > np.argmax(said == "CR"))
    said = np.where(back, "PD", said)
    stop = np.argmax(said == "PD") + 1 if "PD" in said else said.size
    return day[:stop], said[:stop]


def _unconfirmed(day: np.ndarray, said: np.ndarray, start: float, rules: ResponseRules) -> _Best:
    for response in ("CR", "PR"):
        if response in said:
            return _Best(response, day[said == response][0], f"{response} on record")
    return _lesser(day, said, start, rules)


def _confirmed(day: np.ndarray, said: np.ndarray, start: float, rules: ResponseRules) -> _Best:
    for response in ("CR", "PR"):
        for i in np.flatnonzero(np.isin(said, ["CR", "PR"] if response == "PR" else ["CR"])):
            by = _confirming(day, said, int(i), response, rules)
            if by is not None:
                return _Best(
                    response,
                    day[i],
                    f"{response} on day {day[i]:g}, confirmed by {said[by]} on day {day[by]:g}",
                )
    return _lesser(day, said, start, rules)


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
        return _Best("MISSING", np.nan, "no assessment")
    stable = np.isin(said, ["CR", "PR", "SD"])
    long_enough = day - start >= rules.sd_minimum_days
    if rules.response_then_progression == "PD" and _lost_at_once(said):
        return _Best("PD", day[said == "PD"][0], "response not confirmed, then PD")
    for mask, name in (
        (stable & long_enough, "SD"),
        ((said == "NON-CR/NON-PD") & long_enough, "NON-CR/NON-PD"),
        (said == "PD", "PD"),
    ):
        if mask.any():
            early = (
                "" if name == "PD" else f", at least {rules.sd_minimum_days:g} days after the reference day"
            )
            return _Best(name, day[mask][0], f"{said[mask][0]} on day {day[mask][0]:g}{early}")
    why = "stable only before the least time for SD" if stable.any() else "no evaluable assessment"
    return _Best("NE", day[0], why)


def _lost_at_once(said: np.ndarray) -> bool:
    seen = said[said != "NE"]
    return bool(seen.size > 1 and seen[-1] == "PD" and seen[-2] in ("CR", "PR"))
