"""Paired shifts in words: what is shown of none, one and many, what is claimed, what is said of the
published."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from lib import paired
from lib.places import ROOT
from lib.programme import Programme, load_programme
from lib.tables.populations import read_populations
from reports import publish
from reports.present import immune_shifts as page
from reports.present.claimed import NOTHING_PUBLISHED, claim_ids, question_of
from reports.present.immune_shifts.lead import lead_claim, lead_in_words
from reports.present.immune_shifts.published import cautions, list_measured, not_measured, said_of_published
from reports.present.immune_shifts.words import agreement_in_words, limit_in_words
from reports.shown import Answer
from reports.wording import phrase
from tests.core.paired.test_paired import as_percentages, cells, incomplete, simulated
from tests.core.paired.test_zeros import RISES, counts, percents, tied
from tests.makers.paired import shifts_of
from tests.makers.presented import check_snapshot

NONE = Programme("none")
NAIVE = {"Naïve CD4+ T cells": 0.8}
BOTH = {"X": "increased", "Y": "increased"}


def example(programme: Programme) -> tuple[pd.DataFrame, paired.Shifts]:
    frame = read_populations(ROOT / "data" / "example" / "populations.csv")
    return frame, directed(frame, programme)


def directed(frame: pd.DataFrame, programme: Programme, own: dict[str, str] | None = None) -> paired.Shifts:
    expected = paired.find_directions(
        frame["population"], own=own, published=programme.directions, aliases=programme.populations
    )
    return shifts_of(frame, expected=expected)


def lone() -> pd.DataFrame:
    """Two subjects without a pair."""
    return cells([("A", "pre", "X", 100, 1000), ("B", "post", "X", 200, 1000)])


def mixed() -> pd.DataFrame:
    """A population that appears, one that is absent, one whose direction is not the expected one, one
    plain."""
    falls = [30, 31, 29, 28, 33, 35, 27, 26]
    return percents(
        X=([0] * 8, RISES),
        Y=(falls, [f - 5 - i for i, f in enumerate(falls)]),
        Z=([0] * 8, [0] * 8),
        W=([20] * 8, [21, 23, 24, 25, 26, 27, 28, 29]),
    )


CASES: dict[str, tuple[Any, Programme]] = {
    "none": (lone, NONE),
    "one": (lambda: counts([90, 120, 80, 100, 110, 95], [150, 160, 170, 140, 180, 150]), NONE),
    "failed": (mixed, NONE),
}


def shown(frame: pd.DataFrame, found: paired.Shifts, programme: Programme) -> list[Any]:
    """Everything that the notebook shows, in its order, and its answer."""
    denominators = paired.compare_denominators(frame, found)
    pairs = paired.pair_populations(frame)
    return [
        page.samples(frame),
        page.exclusions(pairs),
        page.shifts(found),
        page.slopes(found),
        page.forest(found),
        page.volcano(found),
        page.denominators(denominators),
        page.denominator_forest(denominators),
        page.cohorts(paired.compare_groups(found)),
        page.time_course(paired.fit_time_course(frame)),
        page.agreement(found, programme),
        page.limits(found, programme),
    ]


@pytest.mark.parametrize("name", CASES)
def test_what_is_shown(name: str) -> None:
    make, programme = CASES[name]
    frame = make()
    found = shifts_of(frame, expected=BOTH if name == "failed" else None)
    check_snapshot(f"immune_shifts/{name}", shown(frame, found, programme))
    check_snapshot(f"immune_shifts/{name}_answer", page.claims(found, programme=programme))


def test_what_is_shown_of_many() -> None:
    programme = load_programme()
    frame, found = example(programme)
    check_snapshot("immune_shifts/many", shown(frame, found, programme))
    check_snapshot("immune_shifts/many_answer", page.claims(found, programme=programme))


# --- claims


def answered(found: paired.Shifts, programme: Programme, monkeypatch: pytest.MonkeyPatch) -> Answer:
    """The answer, once `report.answer` has held every claim to its cell."""
    monkeypatch.setattr("reports.publish.displays.display", lambda *_, **__: None)
    report, answer = publish.Report("study", "measured", {}), page.claims(found, programme=programme)
    report.show(page.shifts(found))
    report.answer(answer)
    return answer


@pytest.mark.parametrize("name", CASES)
def test_claims_repeat_their_cells(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    make, programme = CASES[name]
    found = shifts_of(make(), expected=BOTH if name == "failed" else None)
    answer = answered(found, programme, monkeypatch)
    assert {c.subject.population for c in answer.claims} == set(found["population"])
    digits = 2 if found["n_pairs"].any() else 3
    assert phrase(answer.claims[0], digits=digits, names=False) in answer.answer


def test_claims_of_the_example_name_what_is_published(monkeypatch: pytest.MonkeyPatch) -> None:
    programme = load_programme()
    _, found = example(programme)
    answer = answered(found, programme, monkeypatch)
    assert [c.subject.population for c in answer.claims[:2]] == ["Regulatory T cells", "CD8+ T cells"]
    by_name = {c.subject.population: c for c in answer.claims}
    lead = by_name["Regulatory T cells"]
    assert lead.id == "immune_shifts/odds-ratio///regulatory-t-cells/post-against-pre"
    assert lead.question == "Does the immune infiltrate shift?"
    assert lead.subject.condition == "post against pre"
    assert lead.published is not None
    assert (lead.published.verdict, lead.published.value) == ("agrees", "reduced")
    assert lead.published.why == "direction only; the interval lies on the expected side of no change"
    assert lead.published.source.endswith("(malignant pleural mesothelioma, phase II window of opportunity)")
    assert (lead.estimate.scale, lead.estimate.null, lead.n, lead.n_of) == ("log", 1.0, 10, "pairs")
    assert (by_name["B cells"].published, by_name["B cells"].note) == (None, NOTHING_PUBLISHED)
    assert by_name["B cells"].quality.reasons == ("one count below 50 events in 1 of 11 pairs",)
    assert "contradict naïve" in by_name["Naïve CD4+ T cells"].note


def test_an_expectation_of_ones_own_is_none_on_the_published() -> None:
    programme = load_programme()
    frame = simulated(3, 8, NAIVE | {"B cells": 0.8})
    own = {"Naïve CD4+ T cells": "reduced", "B cells": "increased"}
    answer = page.claims(directed(frame, programme, own), programme=programme)
    said = {c.subject.population: (c.published, c.note) for c in answer.claims}
    assert said == {
        "Naïve CD4+ T cells": (None, "reduced is the study's own expectation, not a published one"),
        "B cells": (None, "increased is the study's own expectation, not a published one"),
    }
    assert answer.flags == ["differs from what is expected: Naïve CD4+ T cells"]


def test_without_a_programme_the_title_is_the_question() -> None:
    answer = page.claims(shifts_of(simulated(3, 8, NAIVE)), programme=NONE)
    assert answer.claims[0].question == "Which immune populations shift under treatment?"
    assert answer.published == ""


def test_ids_differ_and_keep_signs() -> None:
    names = ["CD4+ T cells", "CD4- T cells", "Tregs", "tregs", "Naïve"]
    subjects = [replace(lead_claim(shifts_of(lone())).subject, population=name) for name in names]
    ids = claim_ids("immune_shifts", subjects)
    assert len(set(ids)) == 5
    assert ids[3] == f"{ids[2]}-2"
    assert ids[4] == "immune_shifts/odds-ratio///naive/post-against-pre"


def test_a_programme_that_asks_nothing_of_an_analysis_leaves_it_its_title() -> None:
    asks = replace(NONE, questions={"Is it so?": ("ic50", "ihc")})
    assert question_of(asks, "ihc", otherwise="Title?") == "Is it so?"
    assert question_of(asks, "immune_shifts", otherwise="Title?") == "Title?"


# --- the answer


def test_without_a_pair_the_answer_says_so() -> None:
    answer = page.claims(shifts_of(lone()), programme=NONE)
    assert answer.answer.startswith(
        "No shift can be estimated, as no population has a pair that holds a change; "
    )
    assert answer.claims[0].quality.reasons == (
        "no pair is used: no sample at post (1), no sample at pre (1)",
    )
    assert answer.flags == ["not judged: X"]


def test_one_pair_is_one_pair() -> None:
    answer = page.claims(shifts_of(percents(X=([10], [20]))), programme=NONE)
    assert "(no interval; n = 1 pair) [caution: no 95 % interval from 1 pair; " in answer.answer
    assert answer.quality == "**1 of 1 pair** used, post against pre; 0 left out."


def test_five_pairs_are_told_what_they_cannot_reach() -> None:
    found = shifts_of(simulated(1, 5, {"CD8+ T cells": 2.0}))
    assert "cannot reach p < 0.05" in cautions(found, NONE)[0]
    assert "no 95 % interval from 5 pairs" in page.claims(found, programme=NONE).answer


def test_a_fall_without_change_and_a_bound_in_words() -> None:
    still = page.claims(shifts_of(percents(X=([10] * 8, [10] * 8))), programme=NONE).answer
    assert still.startswith("The odds of X, post against pre, did not move: 1.0 times baseline")
    before, after = [0] * 5 + [40, 41, 42], [150, 160, 170, 140, 180, 155, 165, 190]
    rises = page.claims(shifts_of(counts(before, after)), programme=NONE).answer
    assert rises.startswith("The odds of X, post against pre, rose: > ")
    assert "[caution: 0 or 100 % has no logit: the odds ratio is a bound" in rises


def test_what_could_not_be_estimated_is_counted() -> None:
    frame = percents(X=([0] * 6, [0] * 6), Y=(RISES[:6], RISES[1:7]))
    said = page.claims(shifts_of(frame), programme=NONE).answer
    assert said.endswith(
        "; no population here has an expected direction; 1 of 2 populations could not be estimated."
    )


@pytest.mark.parametrize("n", [1, 5])
def test_few_pairs_that_appear_have_no_interval_of_the_change(n: int) -> None:
    assert f"(no interval; n = {n} pair" in lead_in_words(shifts_of(percents(X=([0] * n, RISES[:n]))))


def test_counts_that_appear_have_a_bound_in_words() -> None:
    found = shifts_of(counts([0] * 8, [200, 220, 180, 260, 240, 210, 190, 230]))
    assert lead_in_words(found).endswith("; the odds ratio is at least 52")
    ratio = next(c for c in page.claims(found, programme=NONE).claims if c.subject.what == "odds ratio")
    assert (ratio.estimate.qualifier, round(ratio.estimate.value)) == (">", 52)


def test_the_sentence_of_a_population_that_appears() -> None:
    found = shifts_of(percents(X=([0] * 8, RISES)))
    assert lead_in_words(found).startswith(
        "X was absent at pre and has a median of 1.2 % at post, a change of 1.4 percentage points "
        f"(95 % interval {found['shift_points_low'][0]:.2f} to "
    )
    assert "[caution: absent at baseline (0 % in 8 of 8 pairs): " in lead_in_words(found)
    assert lead_in_words(found).endswith("; percentages of 0 give no odds ratio")
    gone = lead_in_words(shifts_of(percents(X=(RISES, [0] * 8))))
    assert gone.startswith("X was absent at post and has a median of 1.2 % at pre, a change of −1.4")


def test_the_report_leads_with_what_appears_and_counts_its_sign() -> None:
    frame = percents(X=([0] * 8, RISES), Y=([20] * 8, [21, 23, 24, 25, 26, 27, 28, 29]))
    found = shifts_of(frame, expected=BOTH)
    assert paired.lead_row(found.frame)["population"] == "X"
    claims = page.claims(found, programme=NONE).claims
    assert [(c.subject.what, c.subject.population, c.estimate.unit) for c in claims] == [
        ("change", "X", "percentage points"),
        ("odds ratio", "X", "times baseline"),
        ("odds ratio", "Y", "times baseline"),
    ]
    signs = paired.compare_signs(paired.signs_of(found.frame), BOTH)
    assert (signs.n_concordant, signs.n_populations) == (2, 2)


@pytest.mark.parametrize(
    ("verdicts", "said"),
    [
        (
            ["agrees", "differs", "differs"],
            "1 of 3 populations with an expected direction agree with it (whole interval on its side), 2 differ",
        ),
        (
            ["agrees", "differs", "cannot tell", "cannot tell"],
            "1 of 4 populations with an expected direction agree with it (whole interval on its side), 1 differs, 2 cannot tell",
        ),
        (
            ["agrees"],
            "1 of 1 population with an expected direction agrees with it (whole interval on its side)",
        ),
    ],
)
def test_agreement_counts_in_english(verdicts: list[str], said: str) -> None:
    assert agreement_in_words(pd.DataFrame({"expected": "reduced", "verdict": verdicts})) == said


# --- tables


def test_exclusions_name_subjects_only_if_asked() -> None:
    pairs = paired.pair_populations(incomplete())
    assert page.exclusions(pairs).frame["n_pairs"].sum() == 4
    assert "subjects" not in page.exclusions(pairs).frame
    assert "D" in set(page.exclusions(pairs, ids=True).frame["subjects"])


def test_tables_mark_bounds() -> None:
    table = page.shifts(shifts_of(percents(X=([0] * 8, RISES), Y=(RISES, RISES[::-1]))))
    assert table.show is not None
    first = table.show.iloc[0]
    assert (first["Odds ratio"], first["Shift\nlogit"]) == ("> 1.00", "> 0.00")
    assert first["95 % interval\nlogit"] == "0.00 to no upper bound"
    assert table.note.startswith(
        "X, caution: absent at baseline (0 % in 8 of 8 pairs): the odds ratio has no upper bound"
    )
    assert "Y, caution: percentages without counts." in table.note
    assert page.shifts(shifts_of(counts([900] * 8, [950 + i for i in range(8)]))).note == ""


def test_what_differs_or_has_no_number_is_tinted() -> None:
    found = shifts_of(mixed(), expected=BOTH)
    tinted = found["population"][list(page.shifts(found).flagged)]
    assert list(tinted) == ["Y", "Z"]


def test_the_file_adds_the_shares_of_all_leukocytes() -> None:
    _, found = example(NONE)
    table = page.shifts(found)
    assert list(table.frame["denominator"]) == ["parent"] * 8 + ["CD45"] * 8
    assert table.show is not None
    assert len(table.show) == 8


def test_sign_concordance_in_words() -> None:
    said = page.denominators(
        paired.compare_denominators(mixed(), shifts_of(mixed(), expected={"X": "increased"}))
    )
    assert said[1].markdown.startswith(
        "**1 of 1 population** moved in the expected direction by the estimate alone"
    )
    assert "nothing more than direction is given." in said[1].markdown


def test_one_time_point_more_and_no_cohorts_show_nothing() -> None:
    found = shifts_of(simulated(3, 8, NAIVE))
    assert page.cohorts(paired.compare_groups(found)) is None
    assert page.time_course(paired.fit_time_course(simulated(3, 8, NAIVE))) is None


# --- cautions, and what is published


def test_percentages_are_called_less_preferred(reference) -> None:
    found = shifts_of(as_percentages(reference / "pairs_8.csv"))
    assert any("Percentages without counts" in note for note in cautions(found, NONE))
    assert set(found["quality"]) == {"caution"}


def test_absence_and_half_counts_are_cautions() -> None:
    absent = shifts_of(percents(X=([0] * 6, [0] * 6), Y=(RISES[:6], RISES[1:7])))
    assert "X: absent at both time points: nothing to compare." in cautions(absent, NONE)
    before, after = [0, 90, 120, 80, 100, 110, 95, 130], [150, 160, 170, 140, 180, 150, 160, 190]
    hanging = shifts_of(counts(before, after))
    said = "the upper bound rests on the half count put for 0 or 100 % in 1 of 8 pairs"
    assert f"X: {said}." in cautions(hanging, NONE)
    assert said in hanging["reasons"].iloc[0]


def test_the_least_p_of_each_row_is_said_with_its_pairs() -> None:
    found = shifts_of(tied())
    said = cautions(found, NONE)[0]
    assert said.startswith("3 of 4 populations cannot reach p < 0.05")
    assert "3 of 9 pairs moved, least p 0.250 (stay 6)" in said
    assert "4 of 9 pairs moved, least p 0.125 (stay 5)" in said
    assert "0 of 9 pairs moved, least p 1.00 (stay 9)" in said
    assert limit_in_words(found.frame).startswith("3 of 4 populations reach")  # none where nothing moved
    assert limit_in_words(found.frame.head(1)).startswith(
        "1 of 1 population reaches the smallest p-value that its"
    )


def test_a_published_phenotype_that_contradicts_its_name_is_a_caution_where_it_was_measured() -> None:
    programme, found = load_programme(), shifts_of(simulated(3, 8, NAIVE))
    assert cautions(found, programme) == [
        "Naïve CD4+ T cells: the published phenotype (CD45RA+PD-1+CD69+) carries PD-1 and CD69, which"
        " contradict naïve; agreement is with the printed name, not with a naïve cell."
    ]
    assert cautions(found, NONE) == []
    assert cautions(shifts_of(simulated(3, 8, {"B cells": 0.8})), programme) == []
    own = directed(simulated(3, 8, NAIVE), programme, {"Naïve CD4+ T cells": "increased"})
    assert cautions(own, programme) == []  # the published record is not what is held against


def with_phenotype(phenotype: str) -> Programme:
    values = pd.DataFrame(
        [{"item": "Naïve CD4+ T cells", "quantity": "phenotype", "value": phenotype, "role": "populations"}]
    )
    return replace(NONE, values=values)


def test_phenotypes_of_another_programme_are_judged_by_themselves() -> None:
    found = shifts_of(simulated(3, 8, NAIVE))
    assert cautions(found, with_phenotype("CD45RA+CCR7+CD69-")) == []
    (said,) = cautions(found, with_phenotype("CD45RA+CD69+"))
    assert "carries CD69, which contradicts naïve" in said


def test_without_a_programme_nothing_published_is_said() -> None:
    found = shifts_of(simulated(3, 8, NAIVE))
    assert page.agreement(found, NONE) == []
    assert page.limits(found, NONE) is None
    assert said_of_published(found, NONE) == ""
    assert page.claims(found, programme=NONE).answer.endswith("no population here has an expected direction.")


def test_what_is_published_of_other_populations_is_not_on_the_card() -> None:
    assert said_of_published(shifts_of(simulated(3, 8, {"B cells": 0.8})), load_programme()) == ""


def test_the_card_says_whose_directions_were_held() -> None:
    programme, frame = load_programme(), simulated(3, 8, NAIVE)
    by_them, by_us = (
        directed(frame, programme),
        directed(frame, programme, {"Naïve CD4+ T cells": "increased"}),
    )
    assert said_of_published(by_them, programme).endswith("Directions only: no size is published.")
    assert said_of_published(by_us, programme).endswith("those of the table given, not the published ones.")
    assert not_measured(by_us, programme) == []
    assert "Exhausted T cells" in not_measured(by_them, programme)


def test_published_populations_that_are_not_measured_are_listed() -> None:
    programme = load_programme()
    measured = list_measured(["CD8 T cells", "Treg"], programme.directions, programme.populations)
    found = measured.set_index("published_population")["measured_as"]
    assert found["CD8+ T cells"] == "CD8 T cells"
    assert found["Exhausted T cells"] == "not measured"
    table = page.agreement(shifts_of(simulated(3, 8, {"CD8 T cells": 1, "Treg": -1})), programme)[-1]
    assert table.caption.startswith("**2 of 8 published populations are measured here.**")
    blood = list_measured(["Blood MDSCs"], programme.directions, programme.populations)
    assert list(blood.loc[blood["measured_as"] == "Blood MDSCs", "published_population"]) == [
        "Peripheral MDSCs",
        "MDSCs",
    ]  # of MDSCs no compartment is published
