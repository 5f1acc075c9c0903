"""Immunoassays in words, and what is said of analytes: what the programme says of those measured, and no more."""

from __future__ import annotations

import pandas as pd
import pytest

from lib.immunoassay import analyse_assay, compare_replacements, estimate_cytokine_shifts
from lib.programme import Programme, load_programme
from reports.present import cytokines as page
from tests.core.immunoassay.test_immunoassay import (
    diluted,
    failing,
    flat,
    hooked,
    on_two_plates,
    one_of_five_disagrees,
)


def test_a_hook_that_further_dilutions_settle_is_reported_and_named():
    found = analyse_assay(diluted(a={1: 300, 10: 15000, 100: 16000})).concentrations
    said = page.say_disagreements(found)
    assert said.startswith("Reported from the dilutions that agree")
    assert said.endswith("(a hook): a (IL-6).")
    shown = page.show_concentrations(found)
    assert shown["95 % interval\npg/ml"][0].endswith(" to unknown")


def test_a_sample_in_disagreement_is_named():
    assay = analyse_assay(one_of_five_disagrees())
    (row,) = (r for _, r in estimate_cytokine_shifts(assay.concentrations).iterrows())
    said = page.say_disagreements(assay.concentrations)
    assert "rises with dilution" in said
    assert said.count("z_pre (IL-6)") == 1
    assert "z_post" not in said
    assert page.say_shift(row).endswith("n = 4 pairs, 1 left out)")
    assert (
        page.say_range(assay)
        == "9 of 10 results within range, 0 below the LLOQ, 0 above the ULOQ, 1 not reported"
    )
    assert page.say_disagreements(assay.concentrations[assay.concentrations.note == ""]) == ""


def test_results_of_one_subject_that_disagree_are_named():
    said = page.say_disagreements(analyse_assay(on_two_plates(400.0)).concentrations)
    assert "results of one subject and time that disagree in a (IL-6)" in said
    assert page.say_disagreements(analyse_assay(on_two_plates(220.0)).concentrations) == ""


@pytest.mark.parametrize(("fall", "second"), [(0.35, 1.0), (0.1, 0.4), (0.05, 0.15)])
def test_a_hook_of_the_standards_is_why_no_change_is_estimated(fall, second):
    assay = analyse_assay(hooked(fall, second))
    answer = page.say_answer(estimate_cytokine_shifts(assay.concentrations), assay)
    assert "no change is estimated (IL-6: 6 subjects left out: the standards of its run fail)" in answer
    assert "no subjects at two time points" not in answer
    assert "5000 pg/ml reads" in page.say_acceptance(assay)


def test_a_flat_run_has_no_result_within_range():
    assert "0 of 1 result within range" in page.say_range(analyse_assay(flat()))


def test_a_change_from_a_run_that_fails_says_so():
    assay = analyse_assay(failing())
    (row,) = (r for _, r in estimate_cytokine_shifts(assay.concentrations).iterrows())
    assert page.say_shift(row).endswith("from a run that fails)")


SHIFTS = pd.DataFrame({
    "analyte": ["IL-6", "IL-10", "TGF-β1", "VEGF"], "log2_fold_change": [-1.0, 0.8, -0.1, float("nan")],
    "low": [-1.5, 0.2, -0.6, float("nan")], "high": [-0.5, 1.4, 0.4, float("nan")],
})  # fmt: skip


def test_changes_stand_beside_the_directions_expected_of_them():
    assert page.say_expected(
        SHIFTS, {"IL-6": "reduced", "TGF-β1": "reduced", "IL-10": "increased", "VEGF": "increased"}
    ) == (
        "Not comparable in size: only a direction is expected. Expected to fall; here IL-6 falls and the change of TGF-β1 "
        "cannot be told. Expected to rise; here IL-10 rises and VEGF has no estimate."
    )
    assert page.say_expected(SHIFTS, {"CCL2": "reduced"}).endswith("here CCL2 has no estimate.")


def test_where_nothing_is_expected_nothing_is_said():
    none = Programme("none")
    assert none.analyte_named("IL-6") is None
    assert none.note("cytokines", "IL-6") == ()
    assert page.say_expected(SHIFTS, none.expected_analytes) == ""


def test_the_programme_speaks_of_its_own_analytes_only():
    programme = load_programme()
    named = [programme.analyte_named(name) for name in ("IL-6", "CXCL8", "TGF-b1", "TGF-α", "IL-6R", "IL-10")]
    assert named == ["IL-6", "IL-8", "TGF-β", None, None, None]
    assert set(programme.expected_analytes) == {"IL-6", "TGF-β"}
    for name in ("IL-6", "IL-8", "TGF-β"):
        (said,) = programme.note("cytokines", name)
        assert {other for other in ("IL-6", "IL-8", "TGF-β") if other in said} == {name}


def test_an_analyte_of_another_programme_is_known_by_what_is_expected_of_it():
    rows = pd.DataFrame(
        [{"role": "mechanism", "item": "IL-10", "quantity": "expected_direction", "value": "increased"}]
    )
    other = Programme("other", values=rows)
    assert (other.analyte_named("IL 10"), other.analyte_named("IL-6")) == ("IL-10", None)


def test_care_for_an_analyte_is_asked_only_where_it_is_measured():
    assert page.list_handling(["IL-10", "TGF-α", "IL-6R"]) == []
    assert page.list_handling(["CXCL8"]) == ["Handling, time of day and activation in the tube move IL-8."]
    said = " ".join(page.list_handling(["IL-6", "IL-8", "TGF-β1 (total)"]))
    assert "move IL-6 and IL-8" in said
    assert "acid activation of latent TGF-β" in said
    assert "Platelets release TGF-β." in said
    assert page.say_caution(["IL-10"], paired=False) == ""
    assert "TGF" not in page.say_caution(["IL-10", "TGF-α"], paired=True)
    assert page.say_caution(["TGFb1"], paired=False).startswith(
        "Total TGF-β is read after acid activation only"
    )


def test_simulated_truth_is_counted():
    known = pd.DataFrame({"analyte": ["IL-6", "IL-10", "VEGF"], "true_log2_fold_change": [-1.2, 0.0, 1.0]})
    said = "The interval holds the simulated truth for 1 of 2 analytes: calibration, not evidence."
    assert page.say_truth(SHIFTS, known) == said
    assert page.say_truth(SHIFTS, known.iloc[2:]) == ""


def test_replacing_is_said_with_its_numbers():
    said = page.say_replacements(compare_replacements())
    assert "of a true −0.70, half the limit leaves −0.5" in said
