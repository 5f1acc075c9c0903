"""Each patient's course, for swimmer, spider and profile figures."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib.clinical.study import DerivedStudy


def trace_courses(study: DerivedStudy) -> pd.DataFrame:
    """One row a patient: start 0, marks and end in days from the reference day.

    ``subject, group, best_response, response_day, progression_day, death_day, end_day, ongoing``: the end is
    the last thing known of the patient; ongoing means a confirmed response without progression, death or new
    therapy.
    """
    if not len(study.best):
        return pd.DataFrame(columns=["subject", "group", "end_day"])
    days = ["subject", "reference_day", "death_day", "new_therapy_day", "last_contact_day"]
    frame = study.best.merge(study.subjects[days], on="subject")
    last = frame.subject.map(study.responses.groupby("subject").day.max())
    frame["end_day"] = frame.progression_day.fillna(last).fillna(frame.reference_day)
    frame["end_day"] = np.fmax(frame.end_day, frame.death_day.where(frame.progression_day.isna()))
    stopped = frame[["progression_day", "death_day", "new_therapy_day"]].notna().any(axis=1)
    frame["ongoing"] = frame.confirmed_best_response.isin(["CR", "PR"]) & ~stopped
    frame["death_day"] = frame.death_day.where(frame.death_day <= frame.end_day)
    for name in ("response_day", "progression_day", "death_day", "end_day"):
        frame[name] = frame[name] - frame.reference_day
    return frame.assign(best_response=frame.confirmed_best_response)[
        [
            "subject",
            "group",
            "best_response",
            "response_day",
            "progression_day",
            "death_day",
            "end_day",
            "ongoing",
        ]
    ]


def trace_sums(study: DerivedStudy) -> pd.DataFrame:
    """Change of the sum at every visit of the reader whose assessments count, with the best response."""
    names = ["subject", "day", "change_percent"]
    if not len(study.visits):
        return pd.DataFrame(columns=[*names, "best_response"])
    readers = set(study.visits.reader)
    mine = study.visits[study.visits.reader == study.reader] if study.reader in readers else study.visits
    best = (
        study.best.set_index("subject").confirmed_best_response
        if len(study.best)
        else pd.Series(dtype=object)
    )
    return mine[names].assign(best_response=mine.subject.map(best))


def choose_profiles(study: DerivedStudy, n: int) -> list[str]:
    """Patients worth a page of their own: responses not confirmed first, then the longest responses."""
    if not len(study.best) or not len(study.visits):
        return []
    measured = study.best[study.best.subject.isin(set(study.visits.subject[study.visits.sum_mm.notna()]))]
    unconfirmed = measured.status.eq("response not confirmed")
    order = measured.assign(first=~unconfirmed, length=-measured.n_assessments).sort_values(
        ["first", "length"], kind="stable"
    )
    return list(order.subject.head(n))
