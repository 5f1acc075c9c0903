"""Evidence from tables of reports, and the list of what contradicts or is missing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from lib import overview
from lib.overview import HEADINGS, NOTHING, OTHER, Finding, Known, list_gaps
from lib.overview.questions import mentions

KNOWN = Known(
    questions={
        "Is ABL hit?": ["target_engagement", "ihc"], "Does signalling fall?": ["target_engagement"],
        "Is growth inhibited?": ["ic50"], "Do pairs do more?": ["synergy"], "Do cells shift?": ["immune_shifts", "flow_gating"],
        "Do cytokines fall?": ["cytokines"], "Do patients benefit?": ["clinical_endpoints", "reconstruct"],
    },
    target="pABL_Y412",
    stains=("ABL", "pABL", "pABL_Y412"),
    treatment="ABL inhibition",
    readouts={"CRK_complex": "CRK–ABL association"},
    directions={"ABL inhibition": {"pABL Y412": "reduced", "CRK–ABL association": "reduced", "pAKT S473": "reduced",
                                   "pERK": "reduced", "pS6": "unchanged"}}.get,
    cellular_ic50={"ABL inhibition": {"pABL Y412": "not found"}, "other": {"pABL Y412": "0.1 µM"}}.get,
    population={"CD8+ T cells": "increased", "Tregs": "reduced"}.get,
    interaction=lambda one, other: "synergy" if {one, other} == {"alpha", "beta"} else "",
    analyte=lambda name: name == "IL-6",
    endpoints={"Objective response rate": "ORR", "Median duration of response": "DoR"},
    reasons={"ihc": "no score of ABL is published", "cytokines": "only an expectation is published"},
    ic50=True,
    models={"bliss": "Bliss"},
)  # fmt: skip
KNOWN = replace(KNOWN, directions=lambda t, given=KNOWN.directions: given(t) or {},
                cellular_ic50=lambda t, given=KNOWN.cellular_ic50: given(t) or {},
                population=lambda p, given=KNOWN.population: given(p) or "")  # fmt: skip
COMPARED = pd.DataFrame({
    "name": ["UTE1", "UTE10"], "estimate": [2.9, 9.0], "low": [2.2, 6.0], "high": [3.6, 13.0], "unit": "µM",
    "published": [2.8, 2.5], "verdict": ["agrees", "differs"], "why": ["inside the margin", "3.6 times"],
    "n_experiments": [3, 3],
})  # fmt: skip
COURSE = pd.DataFrame({
    "target": ["pAKT_S473", "pAKT_S473", "pERK", "CRK_complex", "pAKT_S473", "tubulin", "pABL_Y412", "pS6"],
    "dose_uM": [3.0, 0.1, 3.0, 3.0, 3.0, 3.0, 3.0, 3.0], "time_h": 24.0,
    "log2_fold_change": [-1.5, -0.2, 0.9, -2.0, 5.0, 0.0, -3.0, 0.1], "low": [-2.0, -0.5, 0.4, -2.3, 4.0, -0.1, -4.0, -0.1],
    "high": [-1.0, 0.1, 1.4, -1.7, 6.0, 0.1, -2.0, 0.2], "n_experiments": 4,
    "treatment": ["ABL inhibition"] * 4 + ["MEK inhibition"] + ["ABL inhibition"] * 3,
})  # fmt: skip


def ic50(origin: str = "simulated") -> Finding:
    return Finding("ic50", "ic50", "abc123", origin=origin, tables={"against_published": COMPARED})


def gather(*findings: Finding, known: Known = KNOWN) -> pd.DataFrame:
    return overview.gather_evidence(findings, known)


def rows_of(analysis: str, known: Known = KNOWN, **tables: pd.DataFrame) -> pd.DataFrame:
    table = gather(Finding(analysis, analysis, "v", tables=tables), known=known)
    return table[table["analysis"] == analysis].set_index("quantity")


# --- the matrix


def test_without_reports_every_question_stands_unanswered() -> None:
    table = gather()
    assert list(table["question"]) == list(KNOWN.questions)
    assert (table["analysis"] == "none").all()
    assert overview.answered_questions(table, KNOWN.questions) == []


def test_columns_of_the_contract_come_first() -> None:
    assert list(gather(ic50()).columns[:12]) == [
        "question", "analysis", "version", "estimate", "low", "high", "unit", "n", "published", "agreement",
        "simulated", "why"]  # fmt: skip


def test_numbers_and_verdicts_are_those_of_the_report() -> None:
    table = gather(ic50()).set_index("quantity")
    row = table.loc["IC50, UTE10"]
    assert (row["estimate"], row["low"], row["high"], row["n"]) == (9.0, 6.0, 13.0, 3)
    assert (row["published"], row["agreement"], row["version"]) == ("2.5", "differs", "abc123")
    assert overview.count_verdicts(table) == {
        "agrees": 1,
        "differs": 1,
        "cannot tell": 0,
        "not comparable": 0,
    }
    assert overview.answered_questions(table, KNOWN.questions) == ["Is growth inhibited?"]


@pytest.mark.parametrize(
    ("origin", "simulated"), [("simulated", True), ("measured", False), ("digitised", False)]
)
def test_simulated_follows_the_origin(origin: str, simulated: bool) -> None:
    table = gather(ic50(origin))
    assert set(table.loc[table["analysis"] == "ic50", "simulated"]) == {simulated}


def test_other_reports_give_their_headline_after_the_rest() -> None:
    key = {"label": "Hazard ratio", "estimate": 0.6, "low": None, "high": None, "unit": "", "n": 109}
    finding = Finding("from-curve", "reconstruct", "v", origin="digitised", summary={"key": key})
    row = gather(finding).set_index("report").loc["from-curve"]
    assert (row["question"], row["estimate"], row["agreement"]) == (
        "Do patients benefit?",
        0.6,
        "not comparable",
    )
    assert "Digitised" in row["why"]


def test_a_report_without_tables_or_key_still_stands() -> None:
    row = gather(Finding("mine", "mine", "v", title="Mine?")).iloc[-1]
    assert (row["question"], row["quantity"]) == (OTHER, "Mine?")
    assert gather(Finding("mine", "mine", "v", summary={"key": None})).iloc[-1]["quantity"] == "mine"


def test_an_analysis_without_question_stands_under_its_own_heading_after_the_questions() -> None:
    shifts = pd.DataFrame({"measurement": ["alignment"], "marker": "collagen", "scale": "difference", "n_pairs": 5,
                           "shift": -0.1, "shift_low": -0.2, "shift_high": -0.05})  # fmt: skip
    table = gather(Finding("stroma", "stroma", "v", tables={"stroma_shifts": shifts}), ic50())
    assert list(table["question"].drop_duplicates()) == [*KNOWN.questions, HEADINGS["stroma"]]


# --- target engagement


def engaged(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"target": "pABL_Y412", "treatment": "ABL inhibition", "time_h": 24.0, "normalised_to": "total protein",
                         "ic50_uM": 0.1, "ic50_low_uM": 0.05, "ic50_high_uM": 0.2, "ic50_qualifier": "=", "n_experiments": 4,
                         "status": "ok", **columns}, index=range(len(next(iter(columns.values())))))  # fmt: skip


def test_signalling_takes_the_top_dose_and_the_directions_published_for_its_treatment() -> None:
    rows = rows_of("target_engagement", time_course=COURSE)
    assert rows["agreement"].to_dict() == {
        "CRK complex at 3 µM, 24 h": "agrees", "pAKT S473 at 3 µM, 24 h": "agrees", "pERK at 3 µM, 24 h": "differs",
        "pS6 at 3 µM, 24 h": "not comparable",
    }  # fmt: skip
    assert set(rows["question"]) == {"Does signalling fall?"}
    assert rows.loc["pAKT S473 at 3 µM, 24 h", "estimate"] == -1.5
    assert "unchanged" in rows.loc["pS6 at 3 µM, 24 h", "why"]


def test_directions_under_two_treatments_name_them() -> None:
    both = replace(
        KNOWN, directions=lambda t: {"pAKT S473": "reduced" if t == "ABL inhibition" else "increased"}
    )
    rows = rows_of("target_engagement", both, time_course=COURSE)
    assert rows["agreement"].to_dict() == {"pAKT S473 at 3 µM, 24 h under ABL inhibition": "agrees",
                                           "pAKT S473 at 3 µM, 24 h under MEK inhibition": "agrees"}  # fmt: skip


def test_a_course_without_treatments_is_of_the_usual_one() -> None:
    rows = rows_of(
        "target_engagement", time_course=COURSE[COURSE["target"] == "pERK"].drop(columns="treatment")
    )
    assert rows["agreement"].to_dict() == {"pERK at 3 µM, 24 h": "differs"}


def test_the_target_is_shown_under_every_treatment_and_each_says_what_is_published_of_it() -> None:
    table = engaged(treatment=["ABL inhibition", "other", "third"])
    rows = rows_of("target_engagement", engagement=pd.concat([table, engaged(target=["pERK"])]))
    assert [(name.split(", ")[2], row["published"], row["why"]) for name, row in rows.iterrows()] == [
        ("ABL inhibition", "none", "no cellular IC50 is published"),
        ("other", "0.1 µM", "a cellular IC50 is published, no margin to hold it against"),
        ("third", "none", NOTHING),
    ]
    assert set(rows["question"]) == {"Is ABL hit?"}
    assert set(rows["agreement"]) == {"not comparable"}


def test_a_target_goes_by_its_name_without_marks() -> None:
    rows = rows_of("target_engagement", engagement=engaged(target=["p-ABL (Y412)"]))
    assert rows["question"].tolist() == ["Is ABL hit?"]


def test_a_midpoint_beyond_the_doses_is_no_estimate() -> None:
    table = engaged(
        ic50_qualifier=[">", None], ic50_uM=[3.0, None], status=["ok", "failed"], time_h=[1.0, 24.0]
    )
    rows = rows_of("target_engagement", engagement=table)
    assert rows["estimate"].isna().all()
    assert rows["why"].str.split("; ").str[1].tolist() == [
        "beyond the doses (> 3 µM)",
        "not estimable: failed",
    ]


@pytest.mark.parametrize(
    ("label", "question"),
    [
        ("Midpoint, pABL_Y412, 24 h", "Is ABL hit?"),
        ("Midpoint, pERK, ABL inhibition", "Does signalling fall?"),
    ],
)
def test_the_headline_of_engagement_speaks_of_the_target_only_where_it_names_it(
    label: str, question: str
) -> None:
    finding = Finding("te", "target_engagement", "v", summary={"key": {"label": label, "estimate": 1.0}})
    table = gather(finding)
    assert table.loc[table["report"] == "te", "question"].tolist() == [question]


def test_a_programme_that_asks_one_question_of_engagement() -> None:
    one = replace(KNOWN, questions={"Is ABL hit?": ["target_engagement"]})
    other = Finding(
        "te", "target_engagement", "v", summary={"key": {"label": "Midpoint, pERK", "estimate": 1.0}}
    )
    assert gather(other, known=one).set_index("report").loc["te", "question"] == HEADINGS["target_engagement"]
    assert set(rows_of("target_engagement", one, time_course=COURSE)["question"]) == {"Is ABL hit?"}


# --- stains


def stained(*populations: str) -> pd.DataFrame:
    return pd.DataFrame({"population": populations, "measurement": "h_score", "shift": -90.0, "shift_low": -110.0,
                         "shift_high": -70.0, "n_pairs": 8})  # fmt: skip


def test_only_stains_of_the_target_say_that_it_is_hit() -> None:
    rows = rows_of("ihc", ihc_shifts=stained("pABL_Y412/cytoplasm", "Ki-67/nucleus"))
    assert rows["question"].tolist() == ["Is ABL hit?", HEADINGS["ihc"]]
    assert rows["why"].tolist() == ["no score of ABL is published", NOTHING]


def test_a_programme_may_ask_another_question_of_stains() -> None:
    asked = {**KNOWN.questions, "Does proliferation fall?": ["ihc"]}
    rows = rows_of(
        "ihc", replace(KNOWN, questions=asked), ihc_shifts=stained("ABL/cytoplasm", "Ki-67/nucleus")
    )
    assert rows["question"].tolist() == ["Is ABL hit?", "Does proliferation fall?"]


@pytest.mark.parametrize(
    ("label", "question"),
    [("pABL/cytoplasm, H-score", "Is ABL hit?"), ("Ki-67/nucleus, H-score", HEADINGS["ihc"])],
)
def test_the_headline_of_stains_speaks_of_the_target_only_where_it_names_it(
    label: str, question: str
) -> None:
    finding = Finding("ihc", "ihc", "v", summary={"key": {"label": label, "estimate": 1.0}})
    assert question in gather(finding).set_index("report").loc[["ihc"], "question"].tolist()


def test_names_are_found_as_words() -> None:
    assert mentions("Midpoint, p-ABL (Y412)", ["pABL_Y412"])
    assert not mentions("metabolism", ["MET"])
    assert not mentions("anything", [""])


# --- other analyses


def scores(one: str, other: str) -> pd.DataFrame:
    return pd.DataFrame({"cell_line": ["A"], "compound_1": one, "compound_2": other, "model": "bliss", "score": 5.0,
                         "score_low": 2.0, "score_high": 8.0, "n_replicates": 4, "verdict": "synergy", "reference": True})  # fmt: skip


def test_a_pair_of_which_nothing_is_published_has_no_word() -> None:
    known, unknown = (
        rows_of("synergy", synergy=scores("beta", "alpha")),
        rows_of("synergy", synergy=scores("alpha", "cisplatin")),
    )
    assert known.iloc[0][["published", "why"]].tolist() == [
        "synergy", "a word is published, no score for these lines; here synergy"]  # fmt: skip
    assert unknown.iloc[0][["published", "why"]].tolist() == ["none", f"{NOTHING}; here synergy"]
    assert list(known.index) == ["beta + alpha, A, over Bliss"]


def shifted(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"population": ["CD8+ T cells", "Tregs", "B cells"], "denominator": "parent", "n_pairs": 9, "odds_ratio": 1.4,
                         "odds_ratio_low": 1.1, "odds_ratio_high": 1.9, "verdict": "agrees", "why": "on its side", **columns})  # fmt: skip


def test_only_a_published_direction_is_held_against() -> None:
    rows = rows_of("immune_shifts", shifts=shifted(expected=["increased", "increased", "increased"]))
    assert rows["published"].tolist() == ["increased", "none", "none"]
    assert rows["agreement"].tolist() == ["agrees", "not comparable", "not comparable"]
    assert rows["why"].tolist()[:2] == [
        "direction only; on its side", "increased is the study's own expectation, not a published one"]  # fmt: skip


def test_without_any_expectation_every_population_stands() -> None:
    rows = rows_of("immune_shifts", shifts=shifted(expected="none", verdict="not comparable"))
    assert len(rows) == 3
    assert set(rows["why"]) == {NOTHING}


def test_analytes_of_which_nothing_is_published_say_so() -> None:
    table = pd.DataFrame(
        {"analyte": ["IL-6", "TNF-α"], "log2_fold_change": -1.0, "low": -2.0, "high": -0.5, "n_pairs": 8}
    )
    rows = rows_of("cytokines", cytokine_shifts=table)
    assert rows["why"].to_dict() == {"IL-6": "only an expectation is published", "TNF-α": NOTHING}


def test_patients_are_those_of_the_endpoint_and_group_of_the_published_item() -> None:
    compared = pd.DataFrame({
        "name": ["Objective response rate, arm 1, late", "Median duration of response, arm 1, late", "Objective response rate, arm 2",
                 "Complete response rate, arm 1, late"],
        "scale": ["difference", "ratio", "difference", "difference"], "estimate": [40.0, 9.0, None, 5.0], "low": [30.0, None, None, 1.0],
        "high": 50.0, "unit": "percent", "published": [44.0, 9.2, 17.0, 3.0], "verdict": "agrees", "why": "inside",
    })  # fmt: skip
    rates = pd.DataFrame({"endpoint": ["ORR"], "group": "arm 1, late", "n": 57})
    times = pd.DataFrame({"endpoint": ["DoR"], "group": "arm 1, late", "n": 25})
    rows = rows_of(
        "clinical_endpoints", published_comparison=compared, response_rates=rates, time_to_event=times
    )
    assert rows["n"].to_dict() == {
        "Objective response rate, arm 1, late": 57,
        "Median duration of response, arm 1, late": 25,
    }
    assert rows["log_scale"].tolist() == [False, True]


def test_a_limit_of_the_tested_doses_is_no_estimate() -> None:
    summary = pd.DataFrame({
        "compound": "x", "cell_line": ["a", "b", "c", "d"], "n_experiments": [3, 3, 0, 0],
        "geometric_mean_uM": [30.0, 2.0, None, None], "geometric_low_uM": [None, 1.0, None, None],
        "geometric_high_uM": [None, 4.0, None, None], "qualifier": [">", "=", None, None],
        "why": ["none", "none", "the wells do not hold the lower plateau", "the response rises with concentration"],
        "absolute_geometric_mean_uM": [30.0, 2.5, 37.0, None], "absolute_geometric_low_uM": [None, 1.2, 20.0, None],
        "absolute_geometric_high_uM": [None, 5.0, 39.0, None], "absolute_qualifier": [">", "=", "=", None],
    })  # fmt: skip
    rows = rows_of("ic50", ic50_summary=summary)
    assert list(rows.index) == ["IC50, x, b", "absolute IC50, x, c", "IC50, x, a", "IC50, x, d"]
    assert rows["estimate"].tolist()[:2] == [2.0, 37.0]
    assert rows["estimate"].isna().tolist() == [False, False, True, True]
    assert rows.loc["IC50, x, a", "why"].endswith("; beyond the doses (> 30 µM)")
    assert rows.loc["IC50, x, d", "why"].endswith("; the response rises with concentration")
    assert rows.loc["IC50, x, b", "why"] == "nothing is published for this line and compound"
    assert rows_of("ic50", Known(), ic50_summary=summary).loc["IC50, x, b", "why"] == NOTHING


# --- without a programme


def test_without_programme_no_question_and_nothing_published() -> None:
    findings = [
        Finding("te", "target_engagement", "v", tables={"engagement": engaged(target=["pABL_Y412", "pERK"]), "time_course": COURSE}),
        Finding("ihc", "ihc", "v", tables={"ihc_shifts": stained("pABL_Y412/cytoplasm", "Ki-67/nucleus")}),
        Finding("synergy", "synergy", "v", tables={"synergy": scores("alpha", "beta")}),
        Finding("immune", "immune_shifts", "v", tables={"shifts": shifted(expected="increased")}),
        ic50(),
    ]  # fmt: skip
    table = gather(*findings, known=Known())
    assert list(table["question"].drop_duplicates()) == [
        HEADINGS[name] for name in ("target_engagement", "ihc", "ic50", "synergy", "immune_shifts")]  # fmt: skip
    assert set(table["published"]) == {"none"}
    assert set(table["agreement"]) == {"not comparable"}
    assert len(table) == 2 + 2 + 1 + 1 + 3
    assert gather(known=Known()).empty


# --- contradictions and gaps


RECORD = pd.DataFrame({"kind": ["gap", "contradiction"], "subject": ["IL-6, clinical", "Table 4"], "what": ["no data", "two studies"],
                       "source": ["guide", "trial"]})  # fmt: skip


def test_record_and_unanswered_questions_are_listed_contradictions_first() -> None:
    gaps = list_gaps(gather(), pd.DataFrame(), RECORD)
    assert list(gaps["subject"]) == ["Table 4", "IL-6, clinical", *KNOWN.questions]
    assert list(gaps["kind"]) == ["contradiction", *["gap"] * (1 + len(KNOWN.questions))]
    assert set(gaps["source"]) == {"trial", "guide", "this study"}


def test_study_contradictions_come_before_those_of_the_record() -> None:
    edges = pd.DataFrame({"edge": ["AKT-SOX2", "ABL-PI3K"], "state": ["contradicted", "supported"],
                          "evidence": ["SOX2 rises", "falls"]})  # fmt: skip
    gaps = list_gaps(gather(ic50()), edges, RECORD)
    assert list(gaps["subject"])[:3] == ["IC50, UTE10", "AKT-SOX2", "Table 4"]
    told = gaps.set_index("subject")["what"]
    assert told["IC50, UTE10"] == "This study differs from the published 2.5: 3.6 times"
    assert "SOX2 rises" in told["AKT-SOX2"]
    assert "ABL-PI3K" not in told.index


def test_without_programme_there_are_no_gaps() -> None:
    gaps = list_gaps(gather(ic50(), known=Known()), pd.DataFrame(), pd.DataFrame(columns=RECORD.columns))
    assert gaps.empty
    assert list(gaps.columns) == list(RECORD.columns)
