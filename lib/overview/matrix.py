"""The evidence matrix of a study: every report's leading claims under the questions that they answer."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

import pandas as pd

from lib.agreement import NOT_COMPARABLE
from lib.overview.finding import Finding
from lib.records import Claim, Estimate, Subject, join_reasons
from lib.result import Result

VERDICTS = ("agrees", "differs", "cannot tell", NOT_COMPARABLE)
COLUMNS = [
    "question",
    "analysis",
    "version",
    "estimate",
    "low",
    "high",
    "unit",
    "n",
    "published",
    "agreement",
    "simulated",
    "why",
    "quantity",
    "report",
    "null",
    "log_scale",
    "confidence",
    "qualifier",
    "quality",
    "reasons",
]
ABSENT, OTHER = "none", "Other reports"
"""Analysis of a question that no report answers; question of a report that claims nothing and has no
title."""
HEADLINE = "the report's own headline, held against nothing here"
MOST_UNCOMPARED = 5
"""Claims of a report under one question where none of them is held against anything published."""
NAN, USUAL = math.nan, 0.95
"""No number; the level of a headline that tells none."""
Row = dict[str, Any]


class Evidence(Result):
    """One row a number: `COLUMNS`; settings ``questions``, those of the programme in their order."""

    COLUMNS: ClassVar[tuple[str, ...]] = tuple(COLUMNS)


def gather_evidence(
    findings: Sequence[Finding], questions: Iterable[str], *, name: Callable[[Subject], str]
) -> Evidence:
    """Claims of the reports under their questions, those of the programme first and in its order.

    Of a report's claims under one question those that were held against something published are taken, all of
    them; where none was, the first few. Of a report that answers no question of the programme the first claim
    stands for all; without a programme the first few do. Nothing is computed again.

    Parameters
    ----------
    findings : sequence of Finding
    questions : iterable of str
        What the programme asks; a question without a report has one row that says so.
    name : callable
        Puts a claim's subject into words.

    Returns
    -------
    Evidence
        ``question, analysis, version, estimate, low, high, unit`` (fractions in
        percent)``, n, published, agreement``
        (``agrees, differs, cannot tell, not comparable``)``, simulated, why, quantity, report, null`` (the
        value of no effect, where there is one)``, log_scale, confidence`` (level of the
        interval)``, qualifier, quality, reasons``.
    """
    asked = list(questions)
    rows = [row for finding in findings for row in _rows_of(finding, asked, name)]
    there = {row["question"] for row in rows}
    rows += [_absent(question) for question in asked if question not in there]
    order = list(dict.fromkeys([*asked, *(row["question"] for row in rows)]))
    rows.sort(
        key=lambda row: (
            order.index(row["question"]),
            row["agreement"] == NOT_COMPARABLE and row["why"] == HEADLINE,
        )
    )
    return Evidence(pd.DataFrame(rows, columns=COLUMNS), {"questions": tuple(asked)})


def _rows_of(finding: Finding, asked: Sequence[str], name: Callable[[Subject], str]) -> Iterator[Row]:
    if not finding.claims:
        yield _headline(finding)
    by_question: dict[str, list[Claim]] = {}
    for claim in finding.claims:
        by_question.setdefault(claim.question, []).append(claim)
    answers = [question for question in by_question if question in asked]
    for claims in [by_question[question] for question in answers or by_question]:
        for claim in _leading(claims, asked):
            yield _row(finding, claim, name(claim.subject))


def _leading(claims: Sequence[Claim], asked: Sequence[str]) -> Sequence[Claim]:
    """Claims under one question that stand for all of them; under a question of the report's own the first
    alone."""
    if asked and claims[0].question not in asked:
        return claims[:1]
    compared = [claim for claim in claims if claim.published is not None] if asked else []
    return compared or claims[:MOST_UNCOMPARED]


def _row(finding: Finding, claim: Claim, quantity: str) -> Row:
    estimate, interval, known = claim.estimate, claim.estimate.interval, claim.published
    factor, unit = (100.0, "percent") if estimate.unit == "fraction" else (1.0, estimate.unit)
    told = estimate.qualifier == "="  # a tested limit is no estimate
    published = known.value if known else "none"
    return {
        "question": claim.question,
        "analysis": finding.notebook,
        "version": finding.version,
        "estimate": factor * estimate.value if told else NAN,
        "low": factor * interval.low if interval else NAN,
        "high": factor * interval.high if interval else NAN,
        "unit": unit,
        "n": claim.n,
        "published": f"{factor * published:g}" if isinstance(published, float) else published,
        "agreement": known.verdict if known else NOT_COMPARABLE,
        "simulated": finding.origin == "simulated",
        "why": "; ".join(
            filter(None, [known.why if known else claim.note, "" if told else _beyond(estimate)])
        ),
        "quantity": quantity,
        "report": finding.report,
        "null": NAN if estimate.null is None else estimate.null,
        "log_scale": estimate.scale == "log",
        "confidence": interval.confidence if interval else NAN,
        "qualifier": estimate.qualifier,
        "quality": claim.quality.verdict,
        "reasons": join_reasons(claim.quality.reasons),
    }


def _beyond(estimate: Estimate) -> str:
    """Why there is no estimate."""
    if estimate.qualifier in ("<", ">"):
        return f"beyond what was tested ({estimate.qualifier} {estimate.value:g} {estimate.unit})".replace(
            " )", ")"
        )
    return estimate.qualifier


def _headline(finding: Finding) -> Row:
    """The number by which a report that claims nothing is remembered."""
    key: Mapping[str, Any] = finding.card.get("key") or {}
    numbers = {name: pd.to_numeric(key.get(name), errors="coerce") for name in ("estimate", "low", "high")}
    return _blank(finding.title or OTHER) | {
        "analysis": finding.notebook,
        "version": finding.version,
        **numbers,
        "unit": key.get("unit", ""),
        "n": key.get("n"),
        "simulated": finding.origin == "simulated",
        "why": HEADLINE,
        "quantity": str(key.get("label") or finding.report),
        "report": finding.report,
        "confidence": key.get("confidence") or USUAL,
        "qualifier": key.get("qualifier") or "=",
    }


def _absent(question: str) -> Row:
    return _blank(question) | {
        "why": "no report of this study answers this question",
        "quantity": "no report",
    }


def _blank(question: str) -> Row:
    return {
        "question": question,
        "analysis": ABSENT,
        "version": "",
        "estimate": NAN,
        "low": NAN,
        "high": NAN,
        "unit": "",
        "n": None,
        "published": "none",
        "agreement": NOT_COMPARABLE,
        "simulated": False,
        "report": "",
        "null": NAN,
        "log_scale": False,
        "confidence": NAN,
        "qualifier": "not estimable",
        "quality": "not judged",
        "reasons": "",
    }


def count_verdicts(evidence: pd.DataFrame) -> dict[str, int]:
    """Numbers by agreement, in the order agrees, differs, cannot tell, not comparable; rows without report
    left out."""
    told = evidence[evidence["analysis"] != ABSENT]["agreement"].value_counts()
    return {word: int(told.get(word, 0)) for word in VERDICTS}


def answered_questions(evidence: pd.DataFrame, questions: Iterable[str]) -> list[str]:
    """Questions of the programme that a report answers."""
    told = set(evidence.loc[evidence["analysis"] != ABSENT, "question"])
    return [question for question in questions if question in told]


def common_level(evidence: pd.DataFrame) -> float | None:
    """The level of all intervals of the matrix; None where the reports chose different ones."""
    levels = evidence.loc[evidence["low"].notna() | evidence["high"].notna(), "confidence"].unique()
    return 0.95 if not len(levels) else float(levels[0]) if len(levels) == 1 else None
