"""A row of evidence."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from lib.agreement import DIRECTIONS, NOT_COMPARABLE, compare_direction
from lib.overview.finding import Finding
from lib.overview.known import Known
from lib.overview.questions import ENGAGEMENT, mentions, question_of

COLUMNS = ["question", "analysis", "version", "estimate", "low", "high", "unit", "n", "published", "agreement",
           "simulated", "why", "quantity", "report", "null", "log_scale", "confidence"]  # fmt: skip
HEADLINE = "the report's own headline; held against nothing here."
ABSENT = "none"
"""Analysis of a question that no report answers."""
NAN = float("nan")
Row = dict[str, Any]


def make_row(finding: Finding, question: str, quantity: str, numbers: Iterable[Any], unit: str, n: Any, *,
             published: Any = "none", agreement: str = NOT_COMPARABLE, why: str = "", null: float = NAN,
             log_scale: bool = False) -> Row:  # fmt: skip
    """One number of a report under its question."""
    estimate, low, high = (pd.to_numeric(v, errors="coerce") for v in numbers)
    return {
        "question": question, "analysis": finding.notebook, "version": finding.version, "estimate": estimate,
        "low": low, "high": high, "unit": unit, "n": pd.to_numeric(n, errors="coerce"),
        "published": str(published), "agreement": agreement, "simulated": finding.origin == "simulated",
        "why": why, "quantity": quantity, "report": finding.report, "null": null, "log_scale": log_scale,
        "confidence": finding.confidence,
    }  # fmt: skip


def absent_row(question: str) -> Row:
    """A question that no report answers."""
    return make_row(Finding("", ABSENT, ""), question, "no report", (None, None, None), "", None,
                    why="no report of this study answers this question")  # fmt: skip


def directed_row(finding: Finding, question: str, quantity: str, numbers: tuple[Any, Any, Any], unit: str, n: Any,
                 expected: str) -> Row:  # fmt: skip
    """A shift held against its published direction."""
    if expected not in DIRECTIONS:
        why = f"no direction of change is published, but {expected}: without a margin nothing can be held against it"
        return make_row(finding, question, quantity, numbers, unit, n, published=expected, why=why, null=0.0)
    estimate, low, high = (float(v) for v in numbers)
    judged = compare_direction(estimate, low, high, expected)
    return make_row(finding, question, quantity, numbers, unit, n, published=expected, agreement=judged.verdict,
                    why=judged.why, null=0.0)  # fmt: skip


def missing_word(row: Any) -> str:
    """What stands in the place of an estimate that is not there."""
    if row.analysis == ABSENT:
        return "none"
    return "not reached" if row.analysis == "clinical_endpoints" else "no estimate"


def headline_row(finding: Finding, known: Known) -> Row:
    """The number by which any other report is remembered."""
    key, names = finding.key, [known.target] if finding.notebook == ENGAGEMENT else known.stains
    on_target = mentions(finding.label, names) if finding.notebook in (ENGAGEMENT, "ihc") else None
    digitised = " Digitised, not measured." if finding.origin == "digitised" else ""
    numbers = (key.get("estimate"), key.get("low"), key.get("high"))
    return make_row(finding, question_of(known, finding.notebook, on_target=on_target), finding.label, numbers,
                    key.get("unit", ""), key.get("n"), why=f"{HEADLINE}{digitised}")  # fmt: skip
