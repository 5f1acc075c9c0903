"""Immunoassays as shown and claimed: 0, 1, many and failed, and of analytes what the programme says of those
measured."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

from lib.immunoassay import (
    Assay,
    CytokineShifts,
    analyse_assay,
    compare_replacements,
    estimate_cytokine_shifts,
)
from lib.programme import Programme, load_programme
from lib.tables.immunoassay import check_immunoassay, read_known_changes
from reports import publish
from reports.present import cytokines as page
from reports.present.cytokines import handling, words
from reports.shown import Answer
from reports.wording import phrase
from tests.core.immunoassay.test_immunoassay import (
    diluted,
    failing,
    flat,
    hooked,
    on_two_plates,
    one_of_five_disagrees,
    plate,
)
from tests.makers.presented import check_snapshot

NONE = Programme("none")


def paired(*analytes: str, factor: float = 2.0, level: float = 100.0, noise: float = 0.008) -> pd.DataFrame:
    """Six subjects before and after, of each analyte, on a plate of its own standards."""
    rows = []
    for k, analyte in enumerate(analytes):
        pairs = {
            f"{s}_{t}": level * 1.4**s * (factor if t == "post" else 1) * (1 + 0.1 * (s % 2) * (t == "post"))
            for s in range(6)
            for t in ("pre", "post")
        }
        wells = plate(noise, k, **pairs).assign(analyte=analyte)
        wells[["subject", "timepoint"]] = [
            x.split("_") if "_" in x else (None, None) for x in wells["sample"]
        ]
        rows.append(wells)
    return check_immunoassay(pd.concat(rows, ignore_index=True))


def unpaired() -> pd.DataFrame:
    """A sample in the range, one below it and one whose dilutions disagree; no subjects."""
    return diluted(a={1: 600, 10: 250}, b={1: 100.0}, c={1: 0.001})


CASES = {
    "none": (lambda: check_immunoassay(plate(0.01)), NONE),
    "one": (lambda: paired("IL-6"), load_programme()),
    "many": (lambda: paired("IL-6", "IL-10", "TGF-β1 (total)"), load_programme()),
    "failed": (failing, NONE),
    "left_out": (one_of_five_disagrees, NONE),
    "hooked": (lambda: hooked(0.1, 0.4), NONE),
    "unpaired": (unpaired, NONE),
    "flat": (flat, NONE),
}


@cache
def made(case: str) -> tuple[Assay, CytokineShifts]:
    assay = analyse_assay(CASES[case][0]())
    return assay, estimate_cytokine_shifts(assay.concentrations, acceptance=assay.acceptance)


def shown(case: str) -> list:
    (assay, shifts), programme = made(case), CASES[case][1]
    return [
        page.acceptance(assay),
        page.remarks(CASES[case][0]()),
        page.standard_curves(assay.gather_curves()),
        page.curves(assay),
        page.concentrations(assay),
        page.disagreements(assay),
        page.counts(assay.count_results(), shifts),
        page.shifts(shifts, assay),
        page.forest(shifts, read_known_changes("")),
        page.pairs(shifts, assay),
        page.published(shifts, assay, programme=programme),
        page.limits(assay, programme=programme),
    ]


def answer_of(case: str) -> Answer:
    assay, shifts = made(case)
    return page.claims(shifts, assay, programme=CASES[case][1])


@pytest.fixture
def report(monkeypatch: pytest.MonkeyPatch, tmp_path) -> publish.Report:
    monkeypatch.setenv("TME_OUTPUT", str(tmp_path))
    monkeypatch.setattr("reports.publish.displays.display", lambda *_, **__: None)
    return publish.Report("study", "measured", {})


@pytest.mark.parametrize("case", list(CASES))
def test_what_is_shown_and_claimed(case: str, report: publish.Report) -> None:
    """Claims repeat the cells that they point at, or the report refuses them."""
    assay, shifts = made(case)
    answer = answer_of(case)
    check_snapshot(f"cytokines/{case}", [*shown(case), answer])
    report.show(page.shifts(shifts, assay), page.counts(assay.count_results(), shifts))
    report.answer(answer)


def test_every_analyte_is_claimed_the_clearest_change_first() -> None:
    answer, (_, shifts) = answer_of("many"), made("many")
    first = shifts.frame.loc[shifts["p_value"].idxmin(), "analyte"]
    assert answer.claims[0].subject.what == f"change of {first}"
    assert {c.subject.what for c in answer.claims} == {f"change of {name}" for name in shifts["analyte"]}
    assert {(c.subject.condition, c.question, c.n, c.n_of) for c in answer.claims} == {
        ("pre to post", "Do cytokines fall?", 6, "pairs")
    }
    assert answer.answer.endswith(". 3 of 3 analytes are estimated.")
    assert answer_of("one").answer.endswith(". 1 of 1 analyte is estimated.")
    assert [c.id for c in answer_of("one").claims] == ["cytokines/change-of-il-6////pre-to-post"]


def test_a_claim_says_why_nothing_is_comparable() -> None:
    notes = {c.subject.what: c.note for c in answer_of("many").claims}
    only = "no clinical cytokine change is published, only an expectation"
    assert notes == {
        "change of IL-6": only,
        "change of TGF-β1 (total)": only,
        "change of IL-10": "nothing is published to compare with",
    }
    assert not [c for c in answer_of("many").claims if c.published]


def test_a_headline_from_a_run_that_fails_names_plate_and_rule() -> None:
    answer = answer_of("failed")
    (claim,) = answer.claims
    assert claim.quality.verdict == "fail"
    assert "[failed: IL-6 on plate p1 fails CV of standard replicates (off: 19.5312 pg/ml)]" in answer.answer
    assert answer.answer.endswith(". 1 of 1 analyte is estimated, 1 from a run that fails.")
    assert answer.flags[0].startswith("IL-6 on plate p1 fails: CV of standard replicates")


def test_without_a_change_the_results_within_range_lead() -> None:
    lead, *others = answer_of("unpaired").claims
    assert (lead.estimate.value, lead.n, lead.subject.what) == (1.0, 3, "results within range")
    assert others == []
    assert (
        answer_of("unpaired").answer
        == "1 analyte measured; results within range: 1 result (no interval; n = 3 results); 1 below the"
        " LLOQ, 0 above the ULOQ, 1 not reported; no subjects at two time points, so no change is"
        " estimated."
    )
    lead, *others = answer_of("hooked").claims
    assert [c.estimate.qualifier for c in (lead, *others)] == ["=", "not estimable"]
    assert "[failed: IL-6 on plate p1 fails " in phrase(others[0])
    assert answer_of("none").answer.startswith("0 analytes measured; ")


def test_flags_are_never_cut_without_a_word() -> None:
    several = pd.concat([failing().assign(plate=f"p{k}") for k in range(7)], ignore_index=True)
    assay = analyse_assay(several)
    shifts = estimate_cytokine_shifts(assay.concentrations, acceptance=assay.acceptance)
    answer = page.claims(shifts, assay, programme=NONE)
    assert answer.flags[5] == "and 2 more runs that fail"
    assert answer.quality.endswith("; and 3 more.")
    assert page.shifts(shifts, assay).flagged == [True]
    assert words.say_acceptance(assay).startswith(
        "0 of 7 runs (an analyte on a plate) pass; IL-6 on plate p0 fails: "
    )


def test_replacing_is_shown_beside_simulated_data_alone() -> None:
    replaced, known = compare_replacements(), read_known_changes("")
    assert page.replacements(replaced, known, origin="measured") is None
    assert page.replacements(replaced, known, origin="simulated").name == "replacement_bias"
    told = pd.DataFrame({"analyte": ["IL-6"], "true_log2_fold_change": [1.0]})
    assert page.replacements(replaced, told, origin="measured") is not None


def test_repairs_and_missing_readings_are_counted() -> None:
    wells = plate().assign(note=[f"read as {k}" if k < 2 else None for k in range(len(plate()))])
    wells.loc[3, "signal"] = np.nan
    said = page.remarks(wells).markdown
    assert said == "1 reading missing, left out; 2 nominal concentrations repaired: read as 0 and read as 1."
    assert page.remarks(plate()).markdown == "No reading is missing; no nominal concentration was repaired."


def test_a_hook_that_further_dilutions_settle_is_reported_and_named():
    assay = analyse_assay(diluted(a={1: 300, 10: 15000, 100: 16000}))
    said = page.disagreements(assay).markdown
    assert said.startswith("Reported from the dilutions that agree")
    assert said.endswith("(a hook): a (IL-6).")
    assert page.concentrations(assay).show["95 % interval\npg/ml"][0].endswith(" to unknown")


def test_a_sample_in_disagreement_is_named():
    assay = analyse_assay(one_of_five_disagrees())
    shifts = estimate_cytokine_shifts(assay.concentrations)
    said = words.say_disagreements(assay.concentrations)
    assert "rises with dilution" in said
    assert said.count("z_pre (IL-6)") == 1
    assert "z_post" not in said
    assert words.say_shift(shifts.frame.iloc[0], 0.95).endswith("n = 4 pairs, 1 left out)")
    assert (
        words.say_range(assay)
        == "9 of 10 results within range, 0 below the LLOQ, 0 above the ULOQ, 1 not reported"
    )
    assert words.say_disagreements(assay.concentrations[assay.concentrations.note == ""]) == ""


def test_results_of_one_subject_that_disagree_are_named():
    said = words.say_disagreements(analyse_assay(on_two_plates(400.0)).concentrations)
    assert "results of one subject and time that disagree in a (IL-6)" in said
    assert words.say_disagreements(analyse_assay(on_two_plates(220.0)).concentrations) == ""


@pytest.mark.parametrize(("fall", "second"), [(0.35, 1.0), (0.1, 0.4), (0.05, 0.15)])
def test_a_hook_of_the_standards_is_why_no_change_is_estimated(fall, second):
    assay = analyse_assay(hooked(fall, second))
    shifts = estimate_cytokine_shifts(assay.concentrations)
    answer = page.claims(shifts, assay, programme=NONE).answer
    for said in (answer, words.finding(shifts, assay)):
        assert "no change is estimated (IL-6: 6 subjects left out: the standards of its run fail)" in said
        assert "no subjects at two time points" not in said
    assert "5000 pg/ml reads" in words.say_acceptance(assay)


def test_a_flat_run_has_no_result_within_range():
    assert "0 of 1 result within range" in words.say_range(analyse_assay(flat()))


def test_a_change_from_a_run_that_fails_says_so():
    _, shifts = made("failed")
    assert words.say_shift(shifts.frame.iloc[0], 0.95).endswith("from a run that fails)")


SHIFTS = pd.DataFrame(
    {
        "analyte": ["IL-6", "IL-10", "TGF-β1", "VEGF"],
        "log2_fold_change": [-1.0, 0.8, -0.1, float("nan")],
        "low": [-1.5, 0.2, -0.6, float("nan")],
        "high": [-0.5, 1.4, 0.4, float("nan")],
    }
)


def test_changes_stand_beside_the_directions_expected_of_them():
    assert (
        words.say_expected(
            SHIFTS, {"IL-6": "reduced", "TGF-β1": "reduced", "IL-10": "increased", "VEGF": "increased"}
        )
        == "Not comparable in size: only a direction is expected. Expected to fall; here IL-6 falls and the"
        " change of TGF-β1 cannot be told. Expected to rise; here IL-10 rises and VEGF has no estimate."
    )
    assert words.say_expected(SHIFTS, {"CCL2": "reduced"}).endswith("here CCL2 has no estimate.")


def test_where_nothing_is_expected_nothing_is_said():
    none = Programme("none")
    assert none.analyte_named("IL-6") is None
    assert none.note("cytokines", "IL-6") == ()
    assert words.say_expected(SHIFTS, none.expected_analytes) == ""


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
    assert handling.list_handling(["IL-10", "TGF-α", "IL-6R"]) == []
    assert handling.list_handling(["CXCL8"]) == [
        "Handling, time of day and activation in the tube move IL-8."
    ]
    said = " ".join(handling.list_handling(["IL-6", "IL-8", "TGF-β1 (total)"]))
    assert "move IL-6 and IL-8" in said
    assert "acid activation of latent TGF-β" in said
    assert "Platelets release TGF-β." in said
    assert handling.say_caution(["IL-10"], paired=False) == ""
    assert "TGF" not in handling.say_caution(["IL-10", "TGF-α"], paired=True)
    assert handling.say_caution(["TGFb1"], paired=False).startswith(
        "Total TGF-β is read after acid activation only"
    )


def test_simulated_truth_is_counted():
    _, shifts = made("many")
    truth = dict(zip(shifts["analyte"], shifts["log2_fold_change"], strict=True))
    known = pd.DataFrame(
        {"analyte": ["IL-6", "IL-10", "VEGF"], "true_log2_fold_change": [truth["IL-6"], 9.0, 1.0]}
    )
    said = "The interval holds the simulated truth for 1 of 2 analytes: calibration, not evidence."
    assert page.calibration(shifts, known).markdown == said
    assert page.calibration(shifts, known.iloc[2:]) is None
    assert page.calibration(shifts, read_known_changes("")) is None


def test_replacing_is_said_with_its_numbers():
    said = page.replacements(compare_replacements(), read_known_changes(""), origin="simulated").caption
    assert "of a true −0.70, half the limit leaves −0.5" in said
    assert said.endswith("48 % below the limit, 40,000 values.")
