"""The overview's sentences and tables, under the suite's own programme, another drug, and none."""

from __future__ import annotations

import pandas as pd
import pytest
from matplotlib.text import Text

from lib.overview import HEADINGS, NOTHING, Finding, Known, gather_evidence, list_gaps
from lib.programme import Programme, load_programme
from reports.figures.overview import plot_evidence
from reports.present import overview as page
from tests import frozen
from tests.core.test_overview import KNOWN, ic50, scores, stained

OWN = page.known_of(load_programme())
NONE = page.known_of(Programme("none"))
HEADLINE = "the report's own headline"


def read(name: str) -> Finding:
    """A report of the example study, from its frozen tables."""
    tables = {path.stem: pd.read_csv(path, keep_default_na=False, na_values=[""])
              for path in (frozen.FROZEN / name).glob("*.csv")}  # fmt: skip
    return Finding(name, name, "VERSION", origin="simulated", tables=tables)


@pytest.fixture(scope="module")
def example() -> list[Finding]:
    return [read(folder.name) for folder in sorted(frozen.FROZEN.iterdir()) if folder.name != "overview"]


@pytest.fixture(scope="module")
def matrix(example: list[Finding]) -> pd.DataFrame:
    return gather_evidence(example, OWN)


def test_the_examples_words_are_the_frozen_ones(matrix: pd.DataFrame) -> None:
    """Headlines aside, which rest on cards and not on tables."""
    old = frozen.read_table(frozen.FROZEN / "overview" / "evidence.csv")
    words = ["question", "analysis", "unit", "published", "agreement", "why", "quantity"]
    old, mine = (table[~table["why"].str.startswith(HEADLINE)][words] for table in (old, matrix))
    assert len(mine) == 38
    assert mine.to_numpy().tolist() == old.to_numpy().tolist()


def test_the_examples_gaps_are_the_frozen_ones(matrix: pd.DataFrame, example: list[Finding]) -> None:
    programme = load_programme()
    gaps = list_gaps(matrix, page.edges_of(programme, example), programme.record)
    pd.testing.assert_frame_equal(gaps, pd.read_csv(frozen.FROZEN / "overview" / "gaps.csv"))
    assert page.gaps_in_words(gaps) == "9 contradictions and 12 gaps"


# --- another drug under the suite's own programme


@pytest.mark.parametrize(
    ("pair", "word"),
    [(("VS-6063", "Trametinib"), "synergy"), (("avutometinib", "defactinib"), "synergy"), (("defactinib", "cisplatin"), "none"),
     (("alpelisib", "trametinib"), "none")],
)  # fmt: skip
def test_synergy_is_published_of_raf_and_mek_inhibitors_alone(pair: tuple[str, str], word: str) -> None:
    finding = Finding("synergy", "synergy", "v", tables={"synergy": scores(*pair)})
    row = gather_evidence([finding], OWN).set_index("analysis").loc["synergy"]
    assert row["published"] == word
    assert (NOTHING in row["why"]) == (word == "none")


def test_a_stain_of_another_marker_is_no_evidence_on_the_target() -> None:
    finding = Finding("ihc", "ihc", "v", tables={"ihc_shifts": stained("Ki-67/nucleus", "PYK2/cytoplasm")})
    table = gather_evidence([finding], OWN)
    assert table.loc[table["question"] == "Is the target hit?", "analysis"].tolist() == ["none"]
    rows = table[table["analysis"] == "ihc"]
    assert set(rows["question"]) == {HEADINGS["ihc"]}
    assert not rows["why"].str.contains("FAK").any()


def test_readouts_of_another_treatment_are_held_against_nothing() -> None:
    course = pd.DataFrame({"target": ["pERK"], "treatment": "MEK inhibition", "dose_uM": 1.0, "time_h": 24.0, "log2_fold_change": -2.0,
                           "low": -3.0, "high": -1.0, "n_experiments": 3, "normalised_to": "total protein"})  # fmt: skip
    finding = Finding("te", "target_engagement", "v", tables={"time_course": course})
    rows = gather_evidence([finding], OWN).set_index("report").loc[["te"]]
    assert rows["published"].tolist() == ["none"]
    assert rows["agreement"].tolist() == ["not comparable"]


@pytest.mark.parametrize(
    ("analyte", "known"),
    [
        ("TGF-β1 (total)", True),
        ("il6", True),
        ("IL-8", True),
        ("TNF-α", False),
        ("TGF-α", False),
        ("IL-6R", False),
    ],
)
def test_what_is_said_of_cytokines_holds_for_the_published_ones(analyte: str, known: bool) -> None:
    table = pd.DataFrame(
        {"analyte": [analyte], "log2_fold_change": -1.0, "low": -2.0, "high": -0.5, "n_pairs": 8}
    )
    finding = Finding("cytokines", "cytokines", "v", tables={"cytokine_shifts": table})
    why = gather_evidence([finding], OWN).set_index("analysis").loc["cytokines", "why"]
    assert why == ("no clinical cytokine change is published, only an expectation" if known else NOTHING)


@pytest.mark.parametrize(
    ("population", "direction"),
    [("Tregs (CD25+FoxP3+)", "reduced"), ("CD8 T cells", "increased"), ("B cells", "")],
)
def test_populations_go_by_their_aliases(population: str, direction: str) -> None:
    assert OWN.population(population) == direction
    assert NONE.population(population) == ""


def test_stains_of_the_target() -> None:
    assert {"FAK", "pFAK", "pFAK_Y397", "PTK2"} <= set(page.stains_of(load_programme()))
    assert not {"PYK2", "pPYK2"} & set(page.stains_of(load_programme()))
    assert page.stains_of(Programme("none")) == ()


# --- sentences


def test_the_answer_counts_the_programmes_questions() -> None:
    assert page.answer_in_words(gather_evidence([], OWN), OWN) == (
        "No report of this study answers any of the 8 questions yet"
    )
    assert page.answer_in_words(gather_evidence([ic50()], KNOWN), KNOWN) == (
        "1 of 7 questions has evidence; of 2 numbers: 1 agrees with the published and 1 differs"
    )
    alone = Known(questions={"Does growth fall?": ["ic50"]})
    assert page.answer_in_words(gather_evidence([], alone), alone) == (
        "No report of this study answers the question yet"
    )


def test_without_programme_the_answer_says_how_much_was_read(example: list[Finding]) -> None:
    table = gather_evidence(example, NONE)
    assert page.answer_in_words(table, NONE) == f"11 reports read, with {len(table)} numbers"
    assert page.answer_in_words(gather_evidence([], NONE), NONE) == "No report read yet"
    assert page.key_numbers(table, NONE)["label"] == "Numbers read"
    assert page.key_numbers(table, NONE)["n"] == 11


def test_without_programme_nothing_is_said_of_anything_published(example: list[Finding]) -> None:
    table = gather_evidence(example, NONE)
    gaps = list_gaps(table, page.edges_of(Programme("none"), example), Programme("none").record)
    assert gaps.empty
    assert set(table["published"]) == {"none"}
    assert page.published_in_words(table) == ""
    assert "ublished" not in page.caption_in_words(table, NONE)
    assert page.caution_in_words(gaps, []) == ""
    assert page.caution_in_words(gaps, example) == page.CALIBRATION
    drawn = {text.get_text() for text in plot_evidence(table).findobj(Text)}
    assert not {"Published", "Verdict", "not comparable"} & drawn


def test_what_is_published_is_counted_where_something_is(matrix: pd.DataFrame) -> None:
    assert page.published_in_words(matrix) == (
        "**19 of 26 comparable numbers agree** with the published ones."
    )
    one = gather_evidence([ic50()], KNOWN)
    assert page.published_in_words(one) == "**1 of 2 comparable numbers agrees** with the published ones."
    assert page.key_numbers(one, KNOWN) == {
        "label": "Numbers that agree", "estimate": 1.0, "unit": "numbers", "n": 2, "n_of": "comparable numbers"}  # fmt: skip


def test_reading_says_how_many_are_simulated() -> None:
    assert page.reading_in_words([ic50()], OWN) == "**1 report read**, 1 of them from simulated data."
    assert page.reading_in_words([], OWN).endswith("the questions stand below, unanswered.")
    assert page.reading_in_words([], NONE).endswith("Run the study first.")


def test_edges_of_another_programme_are_not_this_ones() -> None:
    programme = load_programme()
    assert programme.pathway
    judged = pd.DataFrame({"edge": ["FAK-PI3K", "ABL-AKT"], "source": "x", "target": "y", "state": "supported",
                           "evidence": "fell"})  # fmt: skip
    edges = page.edges_of(programme, [Finding("te", "target_engagement", "v", tables={"pathway": judged})])
    assert set(edges["edge"]) == set(programme.pathway.edges["edge"])
    assert edges.loc[edges["state"] == "supported", "edge"].tolist() == ["FAK-PI3K"]
    assert page.edges_in_words(edges) == f"{len(edges) - 1} no data, 1 supported"
    assert page.edges_of(Programme("none"), []).empty


@pytest.mark.parametrize(
    ("analysis", "word"), [("clinical_endpoints", "not reached"), ("ic50", "no estimate"), ("none", "none")]
)
def test_a_missing_estimate_is_named_for_what_it_is(analysis: str, word: str) -> None:
    table = gather_evidence([], KNOWN).head(1).assign(analysis=analysis)
    assert page.show_evidence(table)["Estimate"].tolist() == [word]


def test_matrix_is_drawn_with_and_without_reports() -> None:
    for findings in ([], [ic50()]):
        figure = plot_evidence(gather_evidence(findings, KNOWN), rows_per_question=1)
        words = {t.get_text() for t in figure.axes[0].texts}
        assert set(KNOWN.questions) <= words
        assert "Published" in words
    assert "1 more in the table" in words
    assert "agrees" in words
