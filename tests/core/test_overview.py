"""Evidence from the claims of reports, and the list of what contradicts or is missing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from lib.overview import (
    COLUMNS,
    Finding,
    answered_questions,
    common_level,
    count_verdicts,
    gather_evidence,
    list_gaps,
)
from lib.records import Claim, Comparison, Estimate, Interval, Quality, Source, Subject

GROWTH, HIT = "Is growth inhibited?", "Is the target hit?"
RECORD = pd.DataFrame(
    {"kind": ["gap", "contradiction"], "subject": ["a", "b"], "what": ["x", "y"], "source": ["s", "s"]}
)


def claim(line: str = "A", question: str = GROWTH, **changed) -> Claim:
    made = Claim(
        f"ic50/{line}",
        question,
        Subject("IC50", "x", line),
        Estimate(2.5, "µM", Interval(2.0, 3.1, 0.95), "log"),
        3,
        "experiments",
        Quality(),
        Source("t", 0, "v"),
        published=Comparison("agrees", 2.8, 2.0, "somebody", "inside the margin"),
    )
    return replace(made, **changed)


def ic50(*claims: Claim, origin: str = "measured", **changed) -> Finding:
    return Finding("ic50", "ic50", "abc123", origin=origin, claims=claims or (claim(),), **changed)


def gather(*findings: Finding, questions: tuple[str, ...] = (HIT, GROWTH)) -> pd.DataFrame:
    return gather_evidence(
        findings, questions, name=lambda s: f"{s.what} of {s.compound} in {s.system}"
    ).frame


def test_without_reports_every_question_stands_unanswered() -> None:
    table = gather()
    assert list(table["question"]) == [HIT, GROWTH]
    assert set(table["analysis"]) == {"none"}
    assert set(table["why"]) == {"no report of this study answers this question"}
    assert answered_questions(table, [HIT, GROWTH]) == []
    assert count_verdicts(table) == {"agrees": 0, "differs": 0, "cannot tell": 0, "not comparable": 0}


def test_columns_of_the_contract_come_first() -> None:
    contract = [
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
    ]
    assert COLUMNS[: len(contract)] == contract


def test_a_row_repeats_its_claim_with_its_quality() -> None:
    row = gather(ic50(claim(quality=Quality("fail", ("plate 2: Z′ 0.1", "plate 3"))))).iloc[-1]
    assert (row["question"], row["quantity"], row["report"], row["version"]) == (
        GROWTH,
        "IC50 of x in A",
        "ic50",
        "abc123",
    )
    assert (row["estimate"], row["low"], row["high"], row["unit"], row["n"]) == (2.5, 2.0, 3.1, "µM", 3)
    assert (row["published"], row["agreement"], row["why"]) == ("2.8", "agrees", "inside the margin")
    assert (row["quality"], row["reasons"]) == ("fail", "plate 2: Z′ 0.1; plate 3")
    assert (row["log_scale"], row["confidence"]) == (True, 0.95)


@pytest.mark.parametrize(
    ("origin", "simulated"), [("simulated", True), ("measured", False), ("digitised", False)]
)
def test_simulated_follows_the_origin(origin: str, simulated: bool) -> None:
    assert gather(ic50(origin=origin))["simulated"].iloc[-1] == simulated


def test_fractions_stand_in_percent() -> None:
    share = Estimate(0.44, "fraction", Interval(0.31, 0.58, 0.95))
    row = gather(ic50(claim(estimate=share, published=Comparison("agrees", 0.4)))).iloc[-1]
    np.testing.assert_allclose([row["estimate"], row["low"], row["high"]], [44, 31, 58], rtol=1e-12)
    assert (row["unit"], row["published"]) == ("percent", "40")


@pytest.mark.parametrize(
    ("estimate", "why"),
    [
        (Estimate(30.0, "µM", qualifier=">"), "inside the margin; beyond what was tested (> 30 µM)"),
        (
            Estimate(float("nan"), "months", Interval(5.5, float("nan"), 0.95), qualifier="not reached"),
            "inside the margin; not reached",
        ),
    ],
)
def test_a_limit_or_nothing_is_no_estimate(estimate: Estimate, why: str) -> None:
    row = gather(ic50(claim(estimate=estimate))).iloc[-1]
    assert np.isnan(row["estimate"])
    assert (row["qualifier"], row["why"]) == (estimate.qualifier, why)


def test_what_was_held_against_something_goes_before_what_was_not() -> None:
    alone = [claim(line, published=None, note="nothing there") for line in "BCDEFGH"]
    assert list(gather(ic50(claim(), *alone))["quantity"]) == ["no report", "IC50 of x in A"]
    few = gather(ic50(*alone))
    assert list(few["quantity"])[1:] == [f"IC50 of x in {line}" for line in "BCDEF"]
    assert set(few["why"].iloc[1:]) == {"nothing there"}


def test_of_claims_that_answer_no_question_the_first_stands_for_its_report() -> None:
    own = [claim(line, question="Do the methods hold?") for line in "AB"]
    table = gather(ic50(*own), ic50())
    assert list(table["question"]) == [HIT, GROWTH, "Do the methods hold?"]
    assert list(gather(ic50(claim(), *own))["question"]) == [
        HIT,
        GROWTH,
    ]  # it answers one: the rest stays in it


def test_without_a_programme_reports_stand_under_their_own_questions() -> None:
    table = gather(
        ic50(*(claim(line, question="Title?", published=None) for line in "ABCDEFG")), questions=()
    )
    assert set(table["question"]) == {"Title?"}
    assert len(table) == 5
    assert gather(questions=()).empty


def test_a_report_without_claims_gives_its_headline_last() -> None:
    card = {"key": {"label": "x", "estimate": 1.5, "unit": "mm", "n": 4}}
    table = gather(Finding("mine", "mine", "v", title="Mine?", card=card), ic50())
    row = table.iloc[-1]
    assert (row["question"], row["quantity"], row["estimate"], row["unit"]) == ("Mine?", "x", 1.5, "mm")
    assert gather(Finding("bare", "bare", "v")).iloc[-1][["question", "quantity"]].tolist() == [
        "Other reports",
        "bare",
    ]


def test_the_level_is_common_or_none() -> None:
    assert common_level(gather(ic50())) == 0.95
    other = claim("B", estimate=Estimate(1.0, "µM", Interval(0.5, 2.0, 0.9)))
    assert common_level(gather(ic50(claim(), other))) is None


# --- contradictions and gaps


def test_record_and_unanswered_questions_are_listed_contradictions_first() -> None:
    gaps = list_gaps(gather(), pd.DataFrame(), RECORD)
    assert list(gaps["subject"]) == ["b", "a", HIT, GROWTH]
    assert list(gaps["kind"]) == ["contradiction", "gap", "gap", "gap"]


def test_study_contradictions_come_before_those_of_the_record() -> None:
    differs = claim(published=Comparison("differs", 0.5, 2.0, "s", "5 times"))
    edges = pd.DataFrame(
        {"edge": ["X-Y", "Y-Z"], "state": ["contradicted", "supported"], "evidence": ["Y rises", ""]}
    )
    gaps = list_gaps(gather(ic50(differs)), edges, RECORD)
    assert list(gaps["subject"])[:3] == ["IC50 of x in A", "X-Y", "b"]
    assert gaps["what"].iloc[0] == "This study differs from the published 0.5: 5 times"
    assert gaps["source"].iloc[0] == "ic50 abc123"


def test_without_programme_there_are_no_gaps() -> None:
    assert list_gaps(gather(ic50(claim(published=None)), questions=()), pd.DataFrame(), RECORD.head(0)).empty
