"""Who was analysed, how they were assessed, and each patient's course."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import pandas as pd
from matplotlib.figure import Figure as Drawing

from lib.clinical import DerivedStudy, Endings, HazardRatios, choose_profiles, trace_courses, trace_sums
from lib.clinical.endpoints import CensoringRules
from lib.clinical.study import BEST_COLUMNS
from lib.programme import Programme
from reports.fields import Column, words
from reports.figures.profile import plot_profile
from reports.figures.response import PARTIAL, plot_spider, plot_swimmer, plot_waterfall
from reports.shown import Figure, Panels, Table, Text
from reports.wording import count, listing

MOST_GROUPS = 12
PATIENT, DISPUTED = Column("subject", "Patient"), ("response", "progression")
THERAPY = {
    "censor": "new therapy before progression censors at the last assessment before it",
    "ignore": "new therapy does not stop follow-up",
    "event": "new therapy counts as an event",
}


def patients(study: DerivedStudy) -> list[Text]:
    """How many patients of each group, who was never assessed, and what was left out or is missing."""
    sizes = study.subjects.group.value_counts().sort_index()
    groups = listing([f"{n} {group}" for group, n in sizes.items()], MOST_GROUPS)
    said = f"{count(len(study.subjects), 'patient')}: {groups}. {say_missing(study.best)}".strip()
    return [Text(said), Text(f"Left out or missing: {' '.join(study.gaps) or 'nothing.'}")]


def say_missing(best: pd.DataFrame) -> str:
    """Patients without assessment, who stay in the denominator; empty without responses."""
    if not len(best):
        return ""
    n = int(best.confirmed_best_response.eq("MISSING").sum())
    stay = "stays" if n == 1 else "stay"
    if not n:
        return "Every patient was assessed."
    return f"{count(n, 'patient')} without any assessment {stay} in the denominator."


def readers(study: DerivedStudy) -> Table:
    """Agreement of readers."""
    kappa = Column("kappa", missing="one response only")
    disputed = [Column(f"n_{what}_disputed", f"{what.capitalize()}\ndisputed") for what in DISPUTED]
    columns = ["reader_a", "reader_b", "n_visits", "agreement", kappa, *disputed]
    shown = words(study.readers, columns, table="reader_agreement")
    caption = (
        "**Readers side by side, and each against RECIST 1.1 applied to the lesions.** Visits that both"
        " assessed; kappa is unweighted."
    )
    return Table("reader_agreement", study.readers, caption, show=shown)


def endings(found: Endings) -> Table:
    """How times ended; ``few`` where a count is left out."""
    columns = ["endpoint", "group", "why", Column("subjects", missing="few")]
    shown = words(found.frame, columns, table="endings")
    caption = (
        "**How each time ended.** Progression-free times derived here follow the declared censoring rules."
    )
    return Table("endings", found.frame, caption, show=shown, fold=True)


def design(study: DerivedStudy, ratios: HazardRatios, programme: Programme) -> Text:
    """Whose assessments count, the reference group, the rules of censoring, and what the groups allow."""
    allowed = say_design(study.groups, ratios.settings["randomised"], programme.groups)
    return Text(
        f"Assessments: {study.reader or 'none given'}. Reference group: {ratios.settings['reference']}. "
        f"{say_censoring(study.censoring)}. {allowed}"
    )


def say_design(groups: list[str], randomised: bool, kinds: Mapping[str, str] | None = None) -> str:
    """What the groups allow: a contrast, a description, or nothing; `kinds` is what defines each, as
    ``marker``."""
    if len(groups) < 2:
        return "One group: nothing is compared."
    if randomised:
        return "Groups are declared as randomised; p-values are not corrected for the number of endpoints."
    known = {(kinds or {}).get(g, "") for g in groups}
    by = f" by {known.pop()}" if len(known) == 1 and "" not in known else ""
    return f"Groups{by} were not randomised: differences between them are descriptive."


def say_censoring(rules: CensoringRules) -> str:
    """Rules of censoring in one clause."""
    missed = (
        f"an event after {rules.missed_visits} or more missed visits is censored at the last assessment"
        if rules.missed_visits
        else "events count however long the gap"
    )
    return f"{rules.name.upper()}: {THERAPY[rules.new_therapy]}; {missed}"


def best_responses(study: DerivedStudy) -> Table:
    """Best response of every patient, with its reason."""
    best = study.best
    day = Column("response_day", "First day of\nresponse")
    change = Column("best_change_percent", missing="not measured")
    columns = [PATIENT, "group", "best_response", "confirmed_best_response", day, change, "why"]
    shown = words(best, columns, table="best_responses")
    caption = "**Best response of every patient, with its reason.**"
    frame = best.reindex(columns=BEST_COLUMNS)
    return Table("best_responses", frame, caption, show=shown, fold=True)


def visits(study: DerivedStudy) -> Table:
    """Every visit with its reason."""
    found = study.visits
    overall = Column("overall_response", missing="baseline")
    shown = words(found, [PATIENT, "reader", "day", "sum_mm", overall, "why"], table="target_response")
    caption = "**Every visit by RECIST 1.1, with its reason.**"
    return Table("target_response", found, caption, show=shown, fold=True)


def waterfall(study: DerivedStudy) -> Figure | None:
    """Best change of every patient; nothing where no sum was measured."""
    if not _measured(study):
        return None
    shrunk = int((study.best.best_change_percent <= PARTIAL).sum())
    said = f"{shrunk} of {count(len(study.best), 'patient')} shrank by 30 % or more at some visit"
    caption = f"**{said}.** A bar a patient, coloured by confirmed best response; lines at +20 and −30 %."
    drawing = cast(Drawing, plot_waterfall(study.best))
    return Figure("waterfall", drawing, caption, f"Waterfall of best change: {said}")


def spider(study: DerivedStudy, *, months: float) -> Figure | None:
    """Sums of diameters over time; nothing where no sum was measured."""
    if not _measured(study):
        return None
    said = "Change of the sum of diameters over time"
    drawing = cast(Drawing, plot_spider(trace_sums(study), unit_days=months))
    caption = f"**{said}.** A line a patient, coloured by confirmed best response."
    return Figure("spider", drawing, caption, f"{said}, a line a patient")


def _measured(study: DerivedStudy) -> bool:
    return bool(trace_sums(study).change_percent.notna().any()) and len(study.best) > 0


def swimmer(study: DerivedStudy, *, months: float) -> Figure | None:
    """Each patient's course; nothing without follow-up."""
    courses = trace_courses(study)
    treated = courses[courses.end_day > 0] if len(courses) else courses
    if not len(treated):
        return None
    ongoing, undrawn = int(treated.ongoing.sum()), len(courses) - len(treated)
    said = f"{count(ongoing, 'confirmed response')} {'is' if ongoing == 1 else 'are'} ongoing"
    without = f"{count(undrawn, 'patient')} without follow-up {'is' if undrawn == 1 else 'are'} not drawn"
    caption = f"**{said}.** A bar a patient, to the last thing known before or at progression"
    caption += f"; {without}." if undrawn else "."
    drawing = plot_swimmer(treated, unit_days=months, labels=study.shows_subject_ids)
    alt = f"{'Course' if len(treated) == 1 else 'Courses'} of {count(len(treated), 'patient')}; {said}"
    return Figure("swimmer", cast(Drawing, drawing), caption, alt)


def profiles(study: DerivedStudy, *, most: int, months: float) -> Panels:
    """Patients worth a page of their own; without any, no panel."""
    known = sorted(study.visits.reader.unique())
    reader = study.reader if study.reader in known else (known or [""])[0]
    mine = study.visits[study.visits.reader.eq(reader)]
    confirmed = study.best.set_index("subject").confirmed_best_response
    drawings = [
        plot_profile(
            mine[mine.subject.eq(s)],
            study.responses[study.responses.subject.eq(s)],
            title=f"{s}: {confirmed[s]}",
            unit_days=months,
        )
        for s in choose_profiles(study, most)
    ]
    caption = (
        "**Patients worth a look: responses that were not confirmed first, then the longest followed.** Sum"
        " of diameters with the limits of response and progression; the overall response stands over each"
        " visit."
    )
    of = f"{'Profile' if len(drawings) == 1 else 'Profiles'} of {count(len(drawings), 'patient')}"
    alt = f"{of}: sum of diameters and the response of each visit"
    return Panels("patient_profiles", cast(list[Drawing], drawings), caption, alt, columns=2)
