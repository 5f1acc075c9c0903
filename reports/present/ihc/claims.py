"""What a report of immunohistochemistry claims: every shift, the leading H-score first."""

from __future__ import annotations

import pandas as pd

from lib.errors import check_rows
from lib.paired.measurements import MeasurementShifts
from lib.programme import Programme
from lib.programme.programme import plain_name
from lib.stains import Patients, Scores, Sensitivity, name_units
from reports.present.claimed import NOTHING_PUBLISHED, question_of, why_not_compared
from reports.present.ihc.shown import WORDS
from reports.present.ihc.words import name_unit, scored_in_words, sensitivity_in_words
from reports.present.measurements import failed_in_words, flag_of, lead_in_words, shift_claims
from reports.shown import Answer
from reports.wording import fixed

TITLE = "Does the marker's staining change under treatment?"


def claims(
    found: MeasurementShifts,
    lead: str,
    patients: Patients,
    scores: Scores,
    varied: Sensitivity,
    programme: Programme,
) -> Answer:
    """Every shift, the leading population's H-score first, then the H-scores of the others.

    Only stains of the target answer the target's question, and have a reason of the programme's for what is
    not comparable.
    """
    shifts = found.frame
    leads = shifts.index[(shifts["population"] == lead) & (shifts["measurement"] == "h_score")]
    check_rows(leads, f"the changes of the H-score of {lead}")
    row = leads[0]
    stains = {plain_name(name) for name in programme.target_stains}

    def hits(one: pd.Series) -> bool:
        return plain_name(_system(one)[0]) in stains

    made = shift_claims(
        found,
        WORDS,
        int(row),
        subject=_system,
        question=lambda one: question_of(programme, "ihc", otherwise=TITLE, on_target=hits(one)),
        note=lambda one: why_not_compared(programme, "ihc") if hits(one) else NOTHING_PUBLISHED,
    )
    ours = programme.markers_among(scores.sections.markers)
    unit, poor = name_unit(scores.frame), scores.poor
    failed = [f"{name}, {status}" for name, status in zip(name_units(poor), poor["status"], strict=True)]
    return Answer(
        made,
        lead_in_words(
            made[0], shifts.loc[row], found, _failed(shifts.loc[row], patients, scores), decimals=0
        ),
        quality=scored_in_words(scores.frame),
        published=" ".join(programme.note("ihc", "summary", measured=ours)),
        caution=f"**{sensitivity_in_words(varied.frame)}** The thresholds are conventions.",
        flags=[*flag_of(failed, unit, "not compared"), *scores.warnings],
    )


def _failed(lead: pd.Series, patients: Patients, scores: Scores) -> str:
    """What was not compared, and without a pair the median of all visits."""
    named = scores.named
    lost = failed_in_words(
        int((named["status"] != "ok").sum()), len(named), name_unit(scores.frame), "not compared"
    )
    middle = patients.frame.loc[patients["population"] == lead["population"], "h_score"].median()
    alone = "" if lead["n_pairs"] else f"the median H-score of all visits is {fixed(middle, 0)}"
    return "; ".join(text for text in (alone, lost) if text)


def _system(row: pd.Series) -> tuple[str, str]:
    """Marker and compartment; a marker's name may hold a stroke."""
    marker, _, compartment = str(row["population"]).rpartition("/")
    return marker, compartment
