"""What the report on IC50s claims: the answer for each compound and line, beside what is published of it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from lib.dose_response import CurveFits, Potency
from lib.dose_response.agreement import Agreement
from lib.dose_response.answers import ABSOLUTE, RELATIVE
from lib.dose_response.potency import METHODS, PAIR
from lib.plates import Edges, PlateQuality
from lib.programme import Programme
from lib.records import Claim, Comparison, Estimate, Interval, Quality, Source, Subject
from reports.present.claimed import NOTHING_PUBLISHED, claim_ids, question_of
from reports.present.ic50.answers import say_answer, say_caution
from reports.present.ic50.correction import say_edges
from reports.present.ic50.published import say_agreement
from reports.present.ic50.wells import name_flagged, say_quality
from reports.shown import Answer
from reports.wording import level_name

NOTEBOOK = "ic50"
TITLE = "At what concentration does a compound reach half of its effect on viability?"
MOST_CLAIMS, MOST_FLAGS = 200, 12
NOT_THIS = "nothing is published for this line and compound"
OTHER_IC50 = "the published IC50 is a relative one"


def claims(
    potency: Potency,
    fits: CurveFits,
    quality: PlateQuality,
    compared: Agreement,
    *,
    edges: Edges,
    programme: Programme,
) -> Answer:
    """The report's answer: a claim for each compound and line, the lead first, and the sentence around it."""
    question = question_of(programme, NOTEBOOK, otherwise=TITLE)
    unnamed = list(_claims(potency, compared, question))
    ids = claim_ids(NOTEBOOK, (claim.subject for claim in unnamed))
    made = [replace(claim, id=name) for claim, name in zip(unnamed, ids, strict=True)]
    said = [say_quality(quality), *([say_edges(edges)] if edges.asked else [])]
    by_row = {claim.source.row: claim for claim in reversed(made)}
    return Answer(
        made,
        say_answer(potency, fits, by_row),
        quality=" ".join(said),
        published=say_agreement(compared),
        caution=say_caution(potency),
        flags=list(_flags(quality)),
    )


def _flags(quality: PlateQuality) -> Iterator[str]:
    if quality.doubt:
        yield quality.doubt
    named = name_flagged(quality)
    yield from (f"plate {name}" for name in named[:MOST_FLAGS])
    if len(named) > MOST_FLAGS:
        yield f"and {len(named) - MOST_FLAGS:,} more plates flagged"


def _claims(potency: Potency, compared: Agreement, question: str) -> Iterator[Claim]:
    """The lead, then what is compared, then the others in the order of their answers, `MOST_CLAIMS` of
    them."""
    answers, held = potency.answers(), _comparisons(compared)
    lead = potency.lead()
    by_key = {
        key: row
        for row, key in zip(answers.index, zip(*(answers[n] for n in PAIR), strict=True), strict=True)
    }
    first = [] if lead is None else [lead.name]
    order = list(dict.fromkeys([*first, *(by_key[key] for key in held if key in by_key), *answers.index]))
    nothing = NOT_THIS if compared.settings["n_references"] else NOTHING_PUBLISHED
    for row in order[: max(MOST_CLAIMS, len(held) + 1)]:
        answer = answers.loc[row]
        comparisons = held.get(tuple(answer[PAIR]), [])
        yield from _claims_of(potency, answer, comparisons, question, nothing)


def _comparisons(compared: Agreement) -> dict[tuple[str, str], list[Comparison]]:
    """By compound and line, in the order of the references."""
    held: dict[tuple[str, str], list[Comparison]] = {}
    margin = float(compared.settings["margin"])
    keys = zip(*(compared.pairs[name] for name in PAIR), strict=True)
    for key, r in zip(keys, compared.frame.itertuples(), strict=True):
        held.setdefault(key, []).append(Comparison(r.verdict, float(r.published), margin, r.source, r.why))
    return held


def _claims_of(
    potency: Potency, answer: pd.Series, held: list[Comparison], question: str, nothing: str
) -> Iterator[Claim]:
    """The answer of one row; its relative IC50 besides, where a reference is held against that, once for
    each."""
    relative = answer["quantity"] == RELATIVE
    first = held[0] if held and relative else None
    note = "" if first else OTHER_IC50 if held else nothing
    yield replace(_claim(potency, answer, question), published=first, note=note)
    further = held[1:] if relative else held
    if further:
        row = potency.relative.loc[answer.name].to_dict() | {"quantity": RELATIVE}
        row |= {name: answer[name] for name in ("quality", "reasons")}
        one = _claim(potency, pd.Series(row, name=answer.name), question)
        yield from (replace(one, published=comparison) for comparison in further)


def _claim(potency: Potency, row: pd.Series, question: str) -> Claim:
    """The claim of a row of answers; its number is that of the published row of the same index."""
    absolute = row["quantity"] == ABSOLUTE
    at = "" if potency.level == 0.5 or not absolute else f"at {level_name(potency.level)} of vehicle"
    subject = Subject(row["quantity"], str(row["compound"]), str(row["cell_line"]), condition=at)
    prefix = "absolute_geometric" if absolute else "geometric"
    mean, low, high = (f"{prefix}_{end}_uM" for end in ("mean", "low", "high"))
    n = int(row["n_experiments"])
    return Claim(
        id="",
        question=question,
        subject=subject,
        estimate=_estimate(row, potency.confidence),
        n=n,
        n_of="experiment" if n == 1 else "experiments",
        quality=Quality.of_row(row),
        source=Source("ic50_summary", int(row.name), mean, low, high, "curves"),
    )


def _estimate(row: pd.Series, confidence: float) -> Estimate:
    low, high = float(row["geometric_low_uM"]), float(row["geometric_high_uM"])
    bounded = not (math.isnan(low) and math.isnan(high))
    method = METHODS[bool(row["n_censored"])]
    return Estimate(
        float(row["geometric_mean_uM"]),
        "µM",
        Interval(low, high, confidence, method) if bounded else None,
        "log",
        qualifier=row["qualifier"] or "not estimable",
    )
