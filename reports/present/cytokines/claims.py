"""What the report claims of every analyte, and its answer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from lib.immunoassay import Assay, CytokineShifts, ResultCounts
from lib.programme import Programme
from lib.records import Claim, Estimate, Interval, Quality, Source, Subject
from reports.present.claimed import NOTHING_PUBLISHED, claim_ids, question_of
from reports.present.cytokines.handling import say_caution
from reports.present.cytokines.words import (
    analytes_of,
    clearest,
    expected_of,
    list_failures,
    say_acceptance,
    say_beyond,
    say_disagreements,
    say_expected,
    say_measured,
    say_none,
)
from reports.shown import Answer
from reports.wording import count, phrase

NOTEBOOK, TITLE = "cytokines", "How much of each cytokine is there, and does it change under treatment?"
MOST_CLAIMS, MOST_FLAGS, MOST_SAMPLES = 200, 5, 4


def claims(found: CytokineShifts, assay: Assay, *, programme: Programme) -> Answer:
    """A claim an analyte, the smallest p first; where no change is estimated, how many results are within
    range leads."""
    counts, told = assay.count_results(), len(found.told) > 0
    made = _name([_shift_claim(found, place, programme) for place in _order(found)], programme)
    if not told:
        made = _name([_count_claim(counts), *made], programme)
    return Answer(
        claims=made,
        answer=_answer(found, made[0]) if told else _without_change(found, assay, made[0], counts),
        quality=f"{say_acceptance(assay)}.",
        published=say_expected(found.frame, expected_of(assay, programme)),
        caution=say_caution(analytes_of(assay), paired=told),
        flags=_flags(found, assay),
    )


def _order(found: CytokineShifts) -> list[int]:
    """Places of the rows, the clearest change first and the others as they stand."""
    places = list(range(len(found)))
    top = clearest(found) if len(found.told) else 0
    return sorted(places, key=lambda place: place != top)[:MOST_CLAIMS]


def _name(made: list[Claim], programme: Programme) -> list[Claim]:
    ids = claim_ids(NOTEBOOK, [claim.subject for claim in made])
    question = question_of(programme, NOTEBOOK, otherwise=TITLE)
    return [replace(claim, id=name, question=question) for name, claim in zip(ids, made, strict=True)]


def _shift_claim(found: CytokineShifts, place: int, programme: Programme) -> Claim:
    row, times = found.frame.iloc[place], f"{found.settings['baseline']} to {found.settings['followup']}"
    n, analyte = int(row["n_pairs"]), str(row["analyte"])
    return Claim(
        "",
        "",
        Subject(f"change of {analyte}", condition=times),
        _estimate(row, found.confidence),
        n,
        "pair" if n == 1 else "pairs",
        Quality.of_row(row),
        Source("cytokine_shifts", place, "log2_fold_change", "low", "high", figure="shifts"),
        note=_why(analyte, programme),
    )


def _estimate(row: pd.Series, confidence: float) -> Estimate:
    value, low, high = (float(row[name]) for name in ("log2_fold_change", "low", "high"))
    bounds = Interval(low, high, confidence, row["method"]) if np.isfinite([low, high]).any() else None
    return Estimate(value, "log2", bounds, null=0.0, qualifier="not estimable" if np.isnan(value) else "=")


def _why(analyte: str, programme: Programme) -> str:
    """Why nothing is held against a change: no size is published of any analyte."""
    said = " ".join(programme.note("overview", NOTEBOOK)) if programme.speaks_of_analyte(analyte) else ""
    return said or NOTHING_PUBLISHED


def _count_claim(found: ResultCounts) -> Claim:
    row = found.frame.iloc[0]
    unit, n_of = ("result" if row[name] == 1 else "results" for name in ("n_within_range", "n_results"))
    return Claim(
        "",
        "",
        Subject("results within range"),
        Estimate(float(row["n_within_range"]), unit),
        int(row["n_results"]),
        n_of,
        Quality.of_row(row),
        Source("result_counts", 0, "n_within_range"),
        note=NOTHING_PUBLISHED,
    )


def _answer(found: CytokineShifts, lead: Claim) -> str:
    row, told, said = found.frame.iloc[lead.source.row], found.told, phrase(lead)
    beyond = f"; {count(row['n_censored'], 'pair')} with a value beyond range" if row["n_censored"] else ""
    failed = int((told["quality"] == "fail").sum())
    runs = f", {failed:,} from a run that fails" if failed else ""
    verb = "is" if len(found) == 1 else "are"
    counted = f"{len(told):,} of {count(len(found), 'analyte')} {verb} estimated{runs}"
    return f"{said[0].upper()}{said[1:]}{beyond}. {counted}."


def _without_change(found: CytokineShifts, assay: Assay, lead: Claim, counts: ResultCounts) -> str:
    beyond = say_beyond(counts.frame.iloc[0])
    return f"{say_measured(assay)}; {phrase(lead, digits=1)}; {beyond}; {say_none(found)}."


def _flags(found: CytokineShifts, assay: Assay) -> list[str]:
    """Runs that fail, readings that disagree, analytes without an estimate; what is cut is counted."""
    apart = say_disagreements(assay.concentrations, MOST_SAMPLES)
    lacking = found.frame[found["quality"] == "not judged"]
    bare = [f"{row.analyte} not estimated: {row.reasons}" for row in lacking.itertuples()]
    return [
        *_cut(list_failures(assay), "run that fails", "runs that fail"),
        *([apart] if apart else []),
        *_cut(bare, "analyte not estimated", "analytes not estimated"),
    ]


def _cut(items: list[str], one: str, many: str) -> list[str]:
    more = len(items) - MOST_FLAGS
    return items if more <= 0 else [*items[:MOST_FLAGS], f"and {count(more, f'more {one}', f'more {many}')}"]
