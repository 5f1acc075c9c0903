"""Paired shifts in words: the answer, cautions, and what is said beside the published, which may be nothing."""

from __future__ import annotations

import pandas as pd
import pytest

from lib import paired
from lib.programme import Programme, load_programme
from reports.present import immune_shifts as page
from tests.core.paired.test_paired import as_percentages, cells, incomplete, simulated
from tests.core.paired.test_zeros import RISES, counts, percents, row_of, tied


def test_exclusions_name_subjects_only_if_asked():
    shifts = shifts_of(incomplete())
    assert page.list_exclusions(shifts)["n_pairs"].sum() == 4
    assert "subjects" not in page.list_exclusions(shifts)
    assert "D" in set(page.list_exclusions(shifts, ids=True)["subjects"])


def test_without_a_pair_the_answer_says_so():
    table = shifts_of(cells([("A", "pre", "X", 100, 1000), ("B", "post", "X", 200, 1000)])).table
    assert page.answer_in_words(table).startswith("No population has a pair")


def test_percentages_are_called_less_preferred(reference):
    table = shifts_of(as_percentages(reference / "pairs_8.csv")).table
    assert any("Percentages without counts" in note for note in page.cautions_in_words(table))


def test_five_pairs_are_told_what_they_cannot_reach():
    table = shifts_of(simulated(1, 5, {"CD8+ T cells": 2.0})).table
    assert "cannot reach p < 0.05" in page.cautions_in_words(table)[0]
    assert "no 95 % interval from 5 pairs" in page.answer_in_words(table)


def test_absence_and_half_counts_are_cautions():
    absent = shifts_of(percents(X=([0] * 6, [0] * 6), Y=(RISES[:6], RISES[1:7]))).table
    assert "X: absent at both time points: nothing to compare." in page.cautions_in_words(absent)
    before, after = [0, 90, 120, 80, 100, 110, 95, 130], [150, 160, 170, 140, 180, 150, 160, 190]
    hanging = shifts_of(counts(before, after)).table
    said = "the upper bound rests on the half count put for 0 or 100 % in 1 of 8 pairs"
    assert f"X: {said}." in page.cautions_in_words(hanging)


@pytest.mark.parametrize("n", [1, 5])
def test_few_pairs_that_appear_have_no_interval_of_the_change(n):
    row = row_of(percents(X=([0] * n, RISES[:n])))
    assert "no interval of the change" in page.appearance_in_words(row)


def test_counts_that_appear_have_a_bound_in_words():
    row = row_of(counts([0] * 8, [200, 220, 180, 260, 240, 210, 190, 230]))
    assert "the odds ratio is at least 52" in page.appearance_in_words(row)


def test_the_least_p_of_each_row_is_said_with_its_pairs():
    table = shifts_of(tied()).table.set_index("population", drop=False)
    said = page.cautions_in_words(table)[0]
    assert said.startswith("3 of 4 populations cannot reach p < 0.05")
    assert "3 of 9 pairs moved, least p 0.250 (stay 6)" in said
    assert "4 of 9 pairs moved, least p 0.125 (stay 5)" in said
    assert "0 of 9 pairs moved, least p 1.00 (stay 9)" in said
    assert page.limit_in_words(table).startswith("3 of 4 populations")  # none where nothing moved


NAIVE = {"Naïve CD4+ T cells": 0.8}


def test_a_published_phenotype_that_contradicts_its_name_is_a_caution_where_it_was_measured():
    programme, table = load_programme(), shifts_of(simulated(3, 8, NAIVE)).table
    said = page.cautions_in_words(table, programme.phenotypes, programme.populations)
    assert said == [
        "Naïve CD4+ T cells: the published phenotype (CD45RA+PD-1+CD69+) carries PD-1 and CD69, which contradict naïve; "
        "agreement is with the printed name, not with a naïve cell."
    ]
    assert page.cautions_in_words(table) == []
    other = shifts_of(simulated(3, 8, {"B cells": 0.8})).table
    assert page.cautions_in_words(other, programme.phenotypes, programme.populations) == []


def test_phenotypes_of_another_programme_are_judged_by_themselves():
    table = shifts_of(simulated(3, 8, NAIVE)).table
    plain = {"Naïve CD4+ T cells": "CD45RA+CCR7+CD69-"}
    assert page.cautions_in_words(table, plain) == []
    (said,) = page.cautions_in_words(table, {"Naïve CD4+ T cells": "CD45RA+CD69+"})
    assert "carries CD69, which contradicts naïve" in said


def test_without_a_programme_nothing_published_is_said():
    none, table = Programme("none"), shifts_of(simulated(3, 8, NAIVE)).table
    assert page.list_measured(table["population"], none.directions, none.populations).empty
    assert page.say_published(table, none.directions, own=False) == ""
    assert page.say_published(table, none.directions, own=True) == ""
    assert page.cautions_in_words(table, none.phenotypes, none.populations) == []
    assert page.answer_in_words(table).endswith("no population here has an expected direction.")


def test_what_is_published_of_other_populations_is_not_on_the_card():
    programme, table = load_programme(), shifts_of(simulated(3, 8, {"B cells": 0.8})).table
    assert page.say_published(table, programme.directions, own=False) == ""


def test_the_card_says_whose_directions_were_held():
    table = shifts_of(simulated(3, 8, NAIVE), expected={"Naïve CD4+ T cells": "increased"}).table
    published = {"Naïve CD4+ T cells": "reduced"}
    assert page.say_published(table, published, own=False).endswith("Directions only: no size is published.")
    assert page.say_published(table, published, own=True).endswith(
        "those of the table given, not the published ones."
    )


def test_sign_concordance_in_words():
    signs = paired.compare_signs({"X": 1.0}, {"X": "increased"})
    assert page.say_signs(signs).startswith(
        "**1 of 1 population** moved in the expected direction (exact binomial p = 1.0)."
    )


def test_published_populations_that_are_not_measured_are_listed():
    programme = load_programme()
    measured = page.list_measured(["CD8 T cells", "Treg"], programme.directions, programme.populations)
    shown = measured.set_index("published_population")["measured_as"]
    assert shown["CD8+ T cells"] == "CD8 T cells"
    assert shown["Exhausted T cells"] == "not measured"
    assert "Exhausted T cells" in page.list_absent(measured)
    assert page.say_measured(measured).startswith("**2 of 8 published populations are measured here.**")
    blood = page.list_measured(["Blood MDSCs"], programme.directions, programme.populations)
    assert list(blood.loc[blood["measured_as"] == "Blood MDSCs", "published_population"]) == [
        "Peripheral MDSCs",
        "MDSCs",
    ]  # of MDSCs no compartment is published


@pytest.mark.parametrize(("verdicts", "said"), [
    (["agrees", "differs", "differs"], "1 of 3 populations with an expected direction agree with it, 2 differ"),
    (["agrees", "differs", "cannot tell", "cannot tell"], "1 of 4 populations with an expected direction agree with it, 1 differs, 2 cannot tell"),
    (["agrees"], "1 of 1 population with an expected direction agrees with it"),
])  # fmt: skip
def test_agreement_counts_in_english(verdicts, said):
    table = pd.DataFrame({"expected": "reduced", "verdict": verdicts})
    assert page.agreement_in_words(table) == said


def test_the_sentence_of_a_population_that_appears():
    row = row_of(percents(X=([0] * 8, RISES)))
    assert page.appearance_in_words(row) == (
        "X was absent at baseline (0 % in 8 of 8 pairs) and has a median of 1.2 % at follow-up, a rise of at least "
        f"{row['shift_points_low']:.2f} percentage points (95 % interval); percentages of 0 give no odds ratio"
    )
    gone = page.appearance_in_words(row_of(percents(X=(RISES, [0] * 8))))
    assert gone.startswith(
        "X was absent at follow-up (0 % in 8 of 8 pairs) and has a median of 1.2 % at baseline, a fall of at least"
    )


def test_the_report_leads_with_what_appears_and_counts_its_sign():
    frame = percents(X=([0] * 8, RISES), Y=([20] * 8, [21, 23, 24, 25, 26, 27, 28, 29]))
    table = shifts_of(frame, expected={"X": "increased", "Y": "increased"}).table
    assert paired.lead_row(table)["population"] == "X"
    assert page.answer_in_words(table).startswith("X was absent at baseline")
    numbers = page.lead_numbers(paired.lead_row(table))
    assert (numbers["label"], numbers["unit"], numbers["qualifier"]) == ("Change, X", "percentage points", "")
    signs = paired.compare_signs(paired.signs_of(table), {"X": "increased", "Y": "increased"})
    assert (signs.n_concordant, signs.n_populations) == (2, 2)
    plain = shifts_of(percents(Y=([20] * 8, [21, 23, 24, 25, 26, 27, 28, 29]))).table
    assert page.lead_numbers(plain.iloc[0])["unit"] == "times baseline"


def test_tables_mark_bounds():
    shown = page.show_shifts(
        shifts_of(percents(X=([0] * 8, RISES), Y=(RISES, RISES[::-1]))).table
    )
    first = shown.iloc[0]
    assert (first["Odds ratio"], first["Shift\nlogit"], first["Status"]) == (
        "> 1.00",
        "> 0.00",
        "absent at baseline",
    )
    assert first["95 % interval\nlogit"] == "0.00 to no bound"
    assert "Status" not in page.show_shifts(shifts_of(percents(Y=(RISES, RISES[::-1]))).table)
