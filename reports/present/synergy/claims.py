"""What the report claims of every pair, and its answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from lib.programme import Programme
from lib.records import Claim, Comparison, Estimate, Interval, Quality, Source, Subject
from lib.synergy import MatrixQuality, Scores
from lib.synergy.score import NOT_JUDGED
from reports.present.claimed import NOTHING_PUBLISHED, claim_ids, question_of
from reports.present.synergy.tables import POINTS
from reports.present.synergy.words import (
    MODEL_NAMES,
    counted_verdicts,
    said_of_published,
    say_not_judged,
    say_passing,
)
from reports.shown import Answer
from reports.wording import limited, phrase

NOTEBOOK, TITLE = "synergy", "Do two compounds do more together than apart?"
MOST_CLAIMS, MOST_FLAGS = 200, 5
FEWEST_EXPERIMENTS = 3


def claims(found: Scores, matrices: MatrixQuality, *, programme: Programme) -> Answer:
    """A claim a pair and line under the reference model, the highest score first, and what must be known of
    them."""
    made = _claims(found, programme)
    flags = _flags(matrices)
    return Answer(
        claims=made,
        answer=_answer(found, made),
        quality=(
            f"{say_passing(matrices)}. {f'Flagged: {limited(flags, MOST_FLAGS)}.' if flags else 'No flags.'}"
        ),
        published=said_of_published(found, programme),
        caution=_caution(found),
        flags=[
            *flags[:MOST_FLAGS],
            *([f"and {len(flags) - MOST_FLAGS:,} more"] if len(flags) > MOST_FLAGS else []),
        ],
    )


def _claims(found: Scores, programme: Programme) -> list[Claim]:
    """Rows of the reference model in their order, the highest score in front; rows without one keep their
    place."""
    rows = [(place, row) for place, row in enumerate(found.frame.to_dict("records")) if row["reference"]]
    scores = [row["score"] for _, row in rows]
    top = int(np.argmax(np.where(np.isnan(scores), -np.inf, scores))) if rows else 0
    rows = [*rows[top : top + 1], *rows[:top], *rows[top + 1 :]][:MOST_CLAIMS]
    ids = claim_ids(NOTEBOOK, [_subject(row) for _, row in rows])
    question = question_of(programme, NOTEBOOK, otherwise=TITLE)
    return [
        _claim(name, question, place, row, found, programme)
        for name, (place, row) in zip(ids, rows, strict=True)
    ]


def _subject(row: Mapping[str, Any]) -> Subject:
    what = f"{MODEL_NAMES[row['model']]} score"
    return Subject(what, f"{row['compound_1']} + {row['compound_2']}", str(row["cell_line"]))


def _claim(
    name: str, question: str, place: int, row: Mapping[str, Any], found: Scores, programme: Programme
) -> Claim:
    n = int(row["n_replicates"])
    known = programme.combination_of(row["compound_1"], row["compound_2"])
    why = "a word is published, no score for these lines" if known else NOTHING_PUBLISHED
    why = f"{why}; here {row['verdict']}"
    return Claim(
        name,
        question,
        _subject(row),
        _estimate(row, found.confidence),
        n,
        "experiments" if n > 1 else "matrix",
        Quality.of_row(row),
        Source("synergy", place, "score", "score_low", "score_high", figure="scores"),
        published=(
            Comparison("not comparable", known.interaction, source=known.source, why=why) if known else None
        ),
        note="" if known else why,
    )


def _estimate(row: Mapping[str, Any], confidence: float) -> Estimate:
    low, high = row["score_low"], row["score_high"]
    bounds = (
        Interval(low, high, confidence, row["interval_method"]) if np.isfinite([low, high]).any() else None
    )
    return Estimate(
        row["score"], POINTS, bounds, null=0.0, qualifier="not estimable" if np.isnan(row["score"]) else "="
    )


def _answer(found: Scores, made: list[Claim]) -> str:
    if not made:
        return "No pair was scored."
    lead = found.frame.iloc[made[0].source.row]
    verdict = "" if lead["verdict"] == NOT_JUDGED else f", {lead['verdict']}"
    said = f"{phrase(made[0])}{verdict}."
    if len(found.pairs) == 1:
        return said
    return f"Of {len(found.pairs):,} pairs by line: {counted_verdicts(found)}. The highest is the {said}"


def _caution(found: Scores) -> str:
    if (found["n_replicates"] < FEWEST_EXPERIMENTS).any():
        return f"Under three experiments nothing is judged. {say_not_judged(found.frame)}".strip()
    return "A score depends on the doses tested; read it with the surface."


def _flags(matrices: MatrixQuality) -> list[str]:
    rows = matrices.frame[matrices.flagged]
    several = len(set(zip(matrices["compound_1"], matrices["compound_2"], strict=True))) > 1
    pair = rows["compound_1"] + " + " + rows["compound_2"] + " in "
    return [
        f"{name if several else ''}{line}: {reason}"
        for name, line, reason in zip(pair, rows["cell_line"], rows["reason"], strict=True)
    ]
