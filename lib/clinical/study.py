"""A clinical study from its tidy tables to what its endpoints need: whatever the tables given allow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from lib.clinical.endpoints import (
    RULES,
    CensoringRules,
    choose_reader,
    classify_responders,
    derive_duration,
    derive_os,
    derive_pfs,
    derive_time_to_response,
)
from lib.clinical.recist import (
    ResponseRules,
    assess_targets,
    assess_visits,
    baseline_sums,
    compare_readers,
    find_best_responses,
    read_after_complete,
)
from lib.clinical.recist.overall import COLUMNS as VISIT_COLUMNS
from lib.clinical.results import Endings
from lib.errors import Fault, InputError
from lib.privacy import choose_salt, replace_subjects, suppress_small_cells
from lib.tables.clinical_tidy import ClinicalData

BEST_COLUMNS = [
    "subject",
    "group",
    "best_response",
    "confirmed_best_response",
    "response_day",
    "best_change_percent",
    "nadir_mm",
    "progression_day",
    "status",
    "why",
]
BY_RECIST = " (by RECIST)"
ENDPOINT_ORDER = ("PFS", "OS", "DoR", "TTR")


@dataclass(frozen=True)
class DerivedStudy:
    """What was derived; empty frames where the tables did not allow it.

    Attributes
    ----------
    reader : str
        Whose assessments count for the endpoints.
    visits : DataFrame
        Every reader's visits by RECIST 1.1, baseline included (``tables/target_response.csv``).
    responses : DataFrame
        The assessments used: those given, else those derived from lesions; disease after a CR as the rules
        read it.
    best : DataFrame
        Best responses, one row a subject (``tables/best_responses.csv``).
    flags : DataFrame
        Who counts in which rate.
    times : DataFrame
        ``subject, endpoint, time_days, event, group, source`` and covariates: those given, and those derived
        where none were given.
    sensitivity : DataFrame
        Progression-free times under each set of censoring rules, ``endpoint`` naming the rules.
    readers : DataFrame
        Agreement of readers, and of the responses given with those derived from the lesions.
    subjects : DataFrame
    notes : tuple of str
    gaps : tuple of str
        What was left out while reading, and what cannot be computed for want of a table, in sentences.
    shows_subject_ids : bool
        Identifiers stand as they are, no pseudonyms.
    censoring : CensoringRules
        By which progression-free times were derived.
    """

    reader: str
    visits: pd.DataFrame
    responses: pd.DataFrame
    best: pd.DataFrame
    flags: pd.DataFrame
    times: pd.DataFrame
    sensitivity: pd.DataFrame
    readers: pd.DataFrame
    subjects: pd.DataFrame
    notes: tuple[str, ...]
    gaps: tuple[str, ...] = ()
    shows_subject_ids: bool = False
    censoring: CensoringRules = RULES["fda"]

    @property
    def groups(self) -> list[str]:
        """Names of the groups, sorted."""
        return sorted(self.subjects.group.unique())

    def __repr__(self) -> str:
        counts = {name: len(getattr(self, name)) for name in ("subjects", "visits", "responses", "times")}
        said = ", ".join(f"{n} {name}" for name, n in counts.items())
        return (
            f"DerivedStudy: {said}; groups {', '.join(map(str, self.groups))}; reader {self.reader or 'none'}"
        )


def derive_study(
    data: ClinicalData,
    *,
    rules: ResponseRules | None = None,
    censoring: CensoringRules = RULES["fda"],
    evaluator: str = "",
    control_months: float = 6,
    show_subject_ids: bool = False,
    salt: str = "",
) -> DerivedStudy:
    """Derive visits, best responses, rates and times from the tables given.

    Responses that were given come first; without them, those that RECIST 1.1 gives on the lesions. Times that
    were given come first; endpoints without given times are derived. Subjects become pseudonyms unless
    `show_subject_ids`.

    Raises
    ------
    InputError
        For an evaluator that nobody is.
    """
    data = _hide(data, show_subject_ids, salt)
    reference = data.subjects.set_index("subject").reference_day
    visits = _visits(data, reference)
    everyone = _responses(data, visits)
    reader = choose_reader(sorted(everyone.reader.unique()), evaluator) if len(everyone) else ""
    responses = everyone[everyone.reader == reader].reset_index(drop=True)
    responses = read_after_complete(responses, data.subjects, rules or ResponseRules())
    best = _best(responses, visits, data.subjects, reader, rules)
    flags = (
        classify_responders(best, responses, data.subjects, control_months=control_months)
        if len(best)
        else pd.DataFrame(columns=["subject", "group"])
    )
    derived, sensitivity = _derive_times(best, responses, data, censoring)
    return DerivedStudy(
        reader=reader,
        visits=visits,
        responses=responses,
        best=best,
        flags=flags,
        times=_merge_times(data, derived),
        sensitivity=sensitivity,
        readers=_agreement(data, visits, everyone),
        subjects=data.subjects,
        notes=data.notes,
        gaps=(*data.notes, *data.name_gaps()),
        shows_subject_ids=show_subject_ids,
        censoring=censoring,
    )


def _hide(data: ClinicalData, show: bool, salt: str) -> ClinicalData:
    secret = choose_salt(salt, data.subjects.subject)
    frames = {
        n: replace_subjects(getattr(data, n), show=show, salt=secret)
        for n in ("times", "responses", "lesions", "sums", "subjects")
    }
    return ClinicalData(**frames, notes=data.notes)


def _visits(data: ClinicalData, reference: pd.Series) -> pd.DataFrame:
    if len(data.lesions):
        frames = [baseline_sums(data.lesions, reference), assess_visits(data.lesions, reference)]
        visits = pd.concat([f for f in frames if len(f)], ignore_index=True)
        return visits.sort_values(["subject", "reader", "day"], ignore_index=True)
    if len(data.sums):
        start = data.sums.subject.map(reference).fillna(1)
        last = (
            data.sums.day.where(data.sums.day <= start)
            .groupby([data.sums.subject, data.sums.reader])
            .transform("max")
        )
        read = assess_targets(data.sums.assign(is_baseline=data.sums.day.eq(last)))
        return read.assign(non_target_response="", new_lesion="", overall_response="").reindex(
            columns=VISIT_COLUMNS
        )
    return pd.DataFrame(columns=VISIT_COLUMNS)


def _responses(data: ClinicalData, visits: pd.DataFrame) -> pd.DataFrame:
    if len(data.responses):
        return data.responses[["subject", "reader", "day", "overall_response"]]
    read = visits[visits.overall_response.notna() & visits.overall_response.ne("")]
    return read[["subject", "reader", "day", "overall_response"]]


def _best(
    responses: pd.DataFrame,
    visits: pd.DataFrame,
    subjects: pd.DataFrame,
    reader: str,
    rules: ResponseRules | None,
) -> pd.DataFrame:
    if not len(responses):
        return pd.DataFrame(columns=BEST_COLUMNS)
    best = find_best_responses(responses, subjects, rules=rules)
    mine = visits[visits.reader == reader] if reader in set(visits.reader) else visits
    if len(mine.reader.unique()) > 1:  # several readers of lesions, none of them the one of the responses
        mine = mine[mine.reader == choose_reader(sorted(mine.reader.unique()))]
    stop = mine.subject.map(subjects.set_index("subject").new_therapy_day)
    mine = mine[~(mine.day >= stop)]
    sums = mine.groupby("subject").agg(
        best_change_percent=("change_percent", "min"), nadir_mm=("sum_mm", "min")
    )
    best = best.merge(sums.astype(float), left_on="subject", right_index=True, how="left")
    return best[[*BEST_COLUMNS, *[c for c in best.columns if c not in BEST_COLUMNS]]]


def _derive_times(
    best: pd.DataFrame, responses: pd.DataFrame, data: ClinicalData, censoring: CensoringRules
) -> tuple[pd.DataFrame, pd.DataFrame]:
    nothing = pd.DataFrame(columns=["subject", "endpoint", "time_days", "event", "why"])
    frames, variants = [nothing], [nothing]
    if len(responses):
        pfs = derive_pfs(responses, data.subjects, censoring)
        frames += [
            pfs.drop(columns="end_day"),
            derive_duration(best, pfs),
            derive_time_to_response(best, data.subjects),
        ]
        variants += [
            derive_pfs(responses, data.subjects, r).drop(columns="end_day").assign(endpoint=f"PFS, {n}")
            for n, r in RULES.items()
        ]
    if data.subjects[["death_day", "last_contact_day"]].notna().any(axis=None):
        frames.append(derive_os(data.subjects, data.responses))
    return _stack(frames), _with_groups(_stack(variants), data)


def _stack(frames: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [f for f in frames if len(f)]
    return pd.concat(filled, ignore_index=True) if filled else frames[0]


def _with_groups(times: pd.DataFrame, data: ClinicalData) -> pd.DataFrame:
    covariates = data.subjects.drop(
        columns=["reference_day", "first_dose_day", "death_day", "new_therapy_day", "last_contact_day"]
    )
    times = times[[c for c in times.columns if c == "subject" or c not in covariates]]
    return times.merge(covariates, on="subject", how="left")


def _merge_times(data: ClinicalData, derived: pd.DataFrame) -> pd.DataFrame:
    """Given times first; derived ones for the endpoints that were not given; reading order PFS, OS, DoR,
    TTR."""
    given = data.times.assign(source="given")
    kept = derived[~derived.endpoint.isin(set(given.endpoint))].assign(source="derived")
    times = _with_groups(_stack([given, kept]), data)
    if not len(times):
        return times.assign(group="")
    times = times.astype({"time_days": float, "event": int})
    known = {name: i for i, name in enumerate(ENDPOINT_ORDER)}
    order = times.endpoint.map(lambda e: known.get(e, len(known)))
    return (
        times.assign(_order=order)
        .sort_values("_order", kind="stable")
        .drop(columns="_order")
        .reset_index(drop=True)
    )


def _agreement(data: ClinicalData, visits: pd.DataFrame, everyone: pd.DataFrame) -> pd.DataFrame:
    """Readers with each other, and each reader's responses with those RECIST 1.1 gives on his lesions."""
    if len(data.responses) and len(visits) and visits.overall_response.ne("").any():
        derived = visits[visits.overall_response.notna() & visits.overall_response.ne("")]
        derived = derived.assign(reader=derived.reader.astype(str) + BY_RECIST)
        everyone = pd.concat([everyone, derived[everyone.columns]], ignore_index=True)
    found = compare_readers(everyone)
    by_rule = found.reader_a.str.endswith(BY_RECIST) | found.reader_b.str.endswith(BY_RECIST)
    own = found.reader_a.str.removesuffix(BY_RECIST) == found.reader_b.str.removesuffix(BY_RECIST)
    return found[~by_rule | own].reset_index(drop=True)


def check_columns(data: ClinicalData, names: list[str], parameter: str) -> list[str]:
    """Columns of covariates that exist, for strata and subgroups.

    Raises
    ------
    InputError
        For a name that neither the subjects nor the times have.
    """
    known = sorted({*data.subjects.columns, *data.times.columns})
    absent = [name for name in names if name and name not in known]
    if absent:
        raise InputError(
            [
                Fault(
                    f"{parameter} must name a column of subjects or times",
                    value=n,
                    remedy=f"There are: {', '.join(known)}.",
                )
                for n in absent
            ]
        )
    return [name for name in names if name]


def stack_sensitivity(sensitivity: pd.DataFrame, times: pd.DataFrame) -> pd.DataFrame:
    """The progression-free times under every set of rules, and those given, ready for
    `efficacy.tabulate_times`."""
    given = times[times.endpoint.eq("PFS") & times.source.eq("given")].assign(endpoint="PFS, as given")
    names = ["subject", "endpoint", "time_days", "event", "group"]
    frames = [f[names] for f in (given, sensitivity) if len(f)]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=names)


def count_events(times: pd.DataFrame, *, suppress_below: int = 0) -> Endings:
    """How times ended, by endpoint, group and reason; counts above 0 and under `suppress_below` are left
    empty."""
    if "why" not in times or not len(times):
        return Endings(pd.DataFrame(columns=list(Endings.COLUMNS)))
    usual = pd.Series(np.where(times.event.eq(1), "event", "censored"), index=times.index)
    said = times.assign(why=times.why.fillna(usual))
    frame = said.groupby(["endpoint", "group", "why"], sort=False).size().rename("subjects").reset_index()
    return Endings(suppress_small_cells(frame, ["subjects"], suppress_below))
