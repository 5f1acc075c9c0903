"""The evidence matrix of a study: every report's leading numbers under the questions that they answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from lib.overview.finding import Finding
from lib.overview.known import Known
from lib.overview.questions import order_questions
from lib.overview.readers import READERS
from lib.overview.rows import ABSENT, COLUMNS, HEADLINE, Row, absent_row, headline_row

VERDICTS = ("agrees", "differs", "cannot tell", "not comparable")


def gather_evidence(findings: Sequence[Finding], known: Known) -> pd.DataFrame:
    """One row a number, questions in the order of the programme, then what answers none of them.

    Parameters
    ----------
    findings : sequence of Finding
    known : Known
        What the programme asks and publishes; ``Known()`` where there is none.

    Returns
    -------
    DataFrame
        ``question, analysis, version, estimate, low, high, unit, n, published, agreement`` (``agrees, differs,
        cannot tell, not comparable``)``, simulated, why``; then ``quantity, report``, and ``null`` (the value of
        no effect, where there is one) and ``log_scale`` for drawing, and ``confidence``, the level of
        the interval. A question without a report has one row that says so.
    """
    rows = [row for finding in findings for row in _rows_of(finding, known)]
    there = {row["question"] for row in rows}
    rows += [absent_row(question) for question in known.questions if question not in there]
    order = order_questions(known)
    rows.sort(key=lambda row: (order.index(row["question"]), row["why"].startswith(HEADLINE)))
    return pd.DataFrame(rows, columns=COLUMNS)


def _rows_of(finding: Finding, known: Known) -> list[Row]:
    reader = READERS.get(finding.notebook)
    rows = list(reader(finding, known)) if reader else []
    return rows or [headline_row(finding, known)]


def count_verdicts(evidence: pd.DataFrame) -> dict[str, int]:
    """Numbers by agreement, in the order agrees, differs, cannot tell, not comparable; rows without report left out."""
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
