"""Evidence from tables of reports, and the list of what contradicts or is missing."""

from __future__ import annotations

import pandas as pd
import pytest

from lib import overview as evidence
from lib.agreement import load_published
from lib.gaps import list_gaps
from lib.overview import Finding
from reports.figures.overview import plot_evidence

PUBLISHED = load_published()
COMPARED = pd.DataFrame({
    "name": ["UTE1", "UTE10"], "estimate": [2.9, 9.0], "low": [2.2, 6.0], "high": [3.6, 13.0], "unit": "µM",
    "published": [2.8, 2.5], "verdict": ["agrees", "differs"], "why": ["inside the margin", "3.6 times"],
    "n_experiments": [3, 3],
})  # fmt: skip
COURSE = pd.DataFrame({
    "target": ["pAKT_S473", "pAKT_S473", "pERK", "PI3K_FAK_complex", "pAKT_S473", "tubulin"],
    "dose_uM": [3.0, 0.1, 3.0, 3.0, 3.0, 3.0], "time_h": 24.0, "log2_fold_change": [-1.5, -0.2, 0.9, -2.0, 5.0, 0.0],
    "low": [-2.0, -0.5, 0.4, -2.3, 4.0, -0.1], "high": [-1.0, 0.1, 1.4, -1.7, 6.0, 0.1], "n_experiments": 4,
    "treatment": ["FAK inhibition"] * 4 + ["MEK inhibition", "FAK inhibition"],
})  # fmt: skip


def ic50(origin: str = "simulated") -> Finding:
    return Finding("ic50", "ic50", "abc123", origin=origin, tables={"against_published": COMPARED})


def test_without_reports_every_question_stands_unanswered() -> None:
    table = evidence.gather_evidence([], PUBLISHED)
    assert list(table["question"]) == list(evidence.QUESTIONS.values())
    assert (table["analysis"] == "none").all()
    assert evidence.answer_in_words(table) == "No report of this study answers any of the 8 questions yet"


def test_columns_of_the_contract_come_first() -> None:
    table = evidence.gather_evidence([ic50()], PUBLISHED)
    assert list(table.columns[:12]) == [
        "question", "analysis", "version", "estimate", "low", "high", "unit", "n", "published", "agreement",
        "simulated", "why"]  # fmt: skip


def test_numbers_and_verdicts_are_those_of_the_report() -> None:
    table = evidence.gather_evidence([ic50()], PUBLISHED).set_index("quantity")
    row = table.loc["IC50, UTE10"]
    assert (row["estimate"], row["low"], row["high"], row["n"]) == (9.0, 6.0, 13.0, 3)
    assert (row["published"], row["agreement"], row["version"]) == ("2.5", "differs", "abc123")
    assert evidence.count_verdicts(table) == {
        "agrees": 1,
        "differs": 1,
        "cannot tell": 0,
        "not comparable": 0,
    }


@pytest.mark.parametrize(
    ("origin", "simulated"), [("simulated", True), ("measured", False), ("digitised", False)]
)
def test_simulated_follows_the_origin(origin: str, simulated: bool) -> None:
    table = evidence.gather_evidence([ic50(origin)], PUBLISHED)
    assert set(table.loc[table["analysis"] == "ic50", "simulated"]) == {simulated}


def test_signalling_takes_the_top_dose_of_fak_inhibition_and_published_directions() -> None:
    finding = Finding("target_engagement", "target_engagement", "v", tables={"time_course": COURSE})
    table = evidence.gather_evidence([finding], PUBLISHED)
    rows = table[table["question"] == "Does signalling fall?"].set_index("quantity")
    verdicts = rows["agreement"].to_dict()
    assert verdicts == {"PI3K FAK complex at 3 µM, 24 h": "agrees", "pAKT S473 at 3 µM, 24 h": "agrees",
                        "pERK at 3 µM, 24 h": "differs"}  # fmt: skip
    assert rows.loc["pAKT S473 at 3 µM, 24 h", "estimate"] == -1.5


def test_other_reports_give_their_headline_after_the_rest() -> None:
    key = {"label": "Hazard ratio", "estimate": 0.6, "low": None, "high": None, "unit": "", "n": 109}
    finding = Finding("from-curve", "reconstruct", "v", origin="digitised", summary={"key": key})
    row = evidence.gather_evidence([finding], PUBLISHED).set_index("report").loc["from-curve"]
    assert (row["question"], row["estimate"], row["agreement"]) == (
        "Do patients benefit?",
        0.6,
        "not comparable",
    )
    assert "Digitised" in row["why"]


def test_a_report_without_tables_or_key_still_stands() -> None:
    row = evidence.gather_evidence([Finding("mine", "mine", "v", title="Mine?")], PUBLISHED).iloc[-1]
    assert (row["question"], row["quantity"]) == (evidence.OTHER, "Mine?")


def test_published_contradictions_are_listed() -> None:
    gaps = list_gaps(evidence.gather_evidence([], PUBLISHED), pd.DataFrame(), PUBLISHED)
    told = gaps.set_index("subject")
    assert told.loc["Table 4, attribution", "kind"] == "contradiction"
    assert "RAMP 201" in told.loc["Table 4, attribution", "what"]
    assert "CD45RA+PD-1+CD69+" in told.loc["Naïve CD4+ T cells", "what"]
    assert "no clinical data" in told.loc["IL-6, clinical", "what"]
    assert told.loc["Do patients benefit?", "kind"] == "gap"
    assert (gaps["what"].str.len() > 0).all()
    assert (gaps["source"].str.len() > 0).all()


def test_study_contradictions_are_listed() -> None:
    edges = pd.DataFrame({"edge": ["AKT-SOX2", "FAK-PI3K"], "state": ["contradicted", "supported"],
                          "evidence": ["SOX2 rises", "falls"]})  # fmt: skip
    gaps = list_gaps(evidence.gather_evidence([ic50()], PUBLISHED), edges, PUBLISHED).set_index("subject")
    assert "SOX2 rises" in gaps.loc["AKT-SOX2", "what"]
    assert "FAK-PI3K" not in gaps.index
    assert "3.6 times" in gaps.loc["IC50, UTE10", "what"]


def test_matrix_is_drawn_with_and_without_reports() -> None:
    for findings in ([], [ic50()]):
        figure = plot_evidence(evidence.gather_evidence(findings, PUBLISHED), rows_per_question=1)
        words = {t.get_text() for t in figure.axes[0].texts}
        assert set(evidence.QUESTIONS.values()) <= words
    assert "1 more in the table" in words
    assert "agrees" in words


def test_a_limit_of_the_tested_doses_is_no_estimate() -> None:
    summary = pd.DataFrame({
        "compound": "x", "cell_line": ["a", "b", "c", "d"], "n_experiments": [3, 3, 0, 0],
        "geometric_mean_uM": [30.0, 2.0, None, None], "geometric_low_uM": [None, 1.0, None, None],
        "geometric_high_uM": [None, 4.0, None, None], "qualifier": [">", "=", None, None],
        "why": ["none", "none", "the wells do not hold the lower plateau", "the response rises with concentration"],
        "absolute_geometric_mean_uM": [30.0, 2.5, 37.0, None], "absolute_geometric_low_uM": [None, 1.2, 20.0, None],
        "absolute_geometric_high_uM": [None, 5.0, 39.0, None], "absolute_qualifier": [">", "=", "=", None],
    })  # fmt: skip
    finding = Finding("ic50", "ic50", "abc123", tables={"ic50_summary": summary})
    table = evidence.gather_evidence([finding], PUBLISHED)
    rows = table[table["analysis"] == "ic50"].set_index("quantity")
    assert list(rows.index) == ["IC50, x, b", "absolute IC50, x, c", "IC50, x, a", "IC50, x, d"]
    assert rows["estimate"].tolist()[:2] == [2.0, 37.0]
    assert rows["estimate"].isna().tolist() == [False, False, True, True]
    assert rows.loc["IC50, x, a", "why"].endswith("; beyond the doses (> 30 µM)")
    assert rows.loc["IC50, x, d", "why"].endswith("; the response rises with concentration")
