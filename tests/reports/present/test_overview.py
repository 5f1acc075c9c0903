"""What the overview shows and answers, for no report, one, many and failed."""

from __future__ import annotations

import pandas as pd
import pytest

from lib.overview import Evidence, Finding, gather_evidence, list_gaps
from lib.programme import Programme, load_programme
from lib.records import Comparison, Estimate, Quality
from reports.figures.overview import plot_evidence
from reports.present import overview as page
from reports.shown import Table
from reports.wording import name_subject
from tests.core.test_overview import GROWTH, HIT, RECORD, claim, ic50
from tests.makers.presented import check_snapshot

PROGRAMME = load_programme()
DIFFERS = claim("B", published=Comparison("differs", 0.5, 2.0, "s", "5 times the published value"))
FAILED = claim(
    "C",
    question=HIT,
    published=None,
    note="nothing is published",
    quality=Quality("fail", ("run 1: no blank",)),
)
LIMIT = claim("D", estimate=Estimate(30.0, "µM", qualifier=">"), published=None, note="nothing is published")
CARD = {"answer": "It is so.", "quality": "All plates pass."}
CASES = {
    "none": [],
    "one": [ic50(card=CARD)],
    "many": [
        ic50(claim(), DIFFERS, card=CARD),
        Finding("mine", "mine", "v", title="Mine?", origin="simulated"),
    ],
    "failed": [ic50(claim(), DIFFERS, FAILED, LIMIT, card=CARD)],
}


def gather(found: list[Finding], questions: tuple[str, ...] = (HIT, GROWTH)) -> Evidence:
    return gather_evidence(found, questions, name=name_subject)


@pytest.mark.parametrize("case", CASES)
def test_what_is_shown(case: str) -> None:
    found = CASES[case]
    evidence = gather(found)
    gaps = list_gaps(evidence.frame, pd.DataFrame(), RECORD)
    shown = [
        page.read(found),
        page.matrix(evidence, rows_per_question=4),
        page.counts(evidence),
        page.links(found),
        page.gaps(gaps),
    ]
    check_snapshot(f"overview/{case}", [*shown, page.claims(evidence, found, gaps)])


def test_without_programme_the_answer_says_how_much_was_read() -> None:
    found = [ic50(claim(published=None))]
    evidence = gather(found, ())
    said = page.claims(evidence, found, pd.DataFrame(columns=["kind"]))
    assert said.answer == "1 report read, with 1 number."
    assert (said.published, said.caution) == ("", "")
    assert page.claims(gather([], ()), [], pd.DataFrame(columns=["kind"])).answer == "No report read yet."


def test_what_differs_or_failed_is_flagged_and_never_cut_without_a_word() -> None:
    many = [claim(f"L{i}", published=Comparison("differs", 0.5)) for i in range(8)]
    found = [ic50(*many)]
    (flags,) = page.claims(gather(found), found, RECORD.head(0)).flags
    assert flags.startswith("differs: IC50 of x in L0; differs:")
    assert flags.endswith("; and 3 more")


def test_edges_of_another_programme_are_not_this_ones() -> None:
    judged = pd.DataFrame(
        {"edge": ["X-Y", "FAK-PI3K"], "source": "", "target": "", "state": "supported", "evidence": "seen"}
    )
    edges = page.edges_of(PROGRAMME, [ic50(edges=judged)])
    assert "X-Y" not in set(edges["edge"])
    assert edges.set_index("edge").loc["FAK-PI3K", "state"] == "supported"
    assert set(edges.loc[edges["edge"] != "FAK-PI3K", "evidence"]) == {page.UNTESTED}
    assert page.edges_of(Programme("none"), []).empty
    assert page.pathway(Programme("none"), pd.DataFrame()) is None


def test_chosen_rows_are_shown_and_claimed() -> None:
    found = CASES["failed"]
    whole = gather(found)
    half = whole.iloc[len(whole) // 2 :]
    assert isinstance(half, Evidence)
    (shown,) = [part for part in page.matrix(half, rows_per_question=4) if isinstance(part, Table)]
    assert len(shown.frame) == len(half) < len(whole)
    gaps = list_gaps(half.frame, pd.DataFrame(), RECORD)
    assert page.claims(half, found, gaps).answer


def test_matrix_is_drawn_with_and_without_reports() -> None:
    for found in CASES.values():
        frame = gather(found).frame
        drawn = {t.get_text() for t in plot_evidence(frame, rows_per_question=1).axes[0].texts}
        assert {HIT, GROWTH} <= drawn


def test_stains_and_analytes_of_the_programme() -> None:
    assert {"FAK", "pFAK", "pFAK_Y397", "PTK2"} <= set(PROGRAMME.target_stains)
    assert not {"PYK2", "pPYK2"} & set(PROGRAMME.target_stains)
    assert Programme("none").target_stains == ()
    assert PROGRAMME.speaks_of_analyte("IL-6")
    assert not PROGRAMME.speaks_of_analyte("IL-10")
