"""Words of immunohistochemistry: what was scored, what leads, and what a programme has to say of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lib import stains
from lib.paired.measurements import MeasurementShifts
from lib.programme import load_programme
from lib.programme.programme import Marker, Programme, Target
from lib.tables.ihc import Sections, read_sections
from reports import publish
from reports.page.markup import markdown_html
from reports.present import ihc as page
from reports.present.ihc import words
from reports.present.protocols import deviations_in_words
from reports.shown import Answer, Parts
from reports.wording import phrase
from tests.core.stains.test_cores import KNOWN, array_of, score, serial, two_cores
from tests.makers.presented import check_snapshot

NONE = Programme("none")
SECOND = Programme(
    "second",
    treatments={"kinase inhibition": ()},
    target=Target("pS6_S235", "kinase inhibition"),
    markers={
        "S6": Marker("cytoplasm"),
        "pS6": Marker("cytoplasm", ("pS6_S235", "phospho-S6"), "it sits on ribosomes"),
        "TCF21": Marker("nucleus"),
    },
    notes={"ihc": {"published": ("No score of S6.",), "about": ("S6", "pS6")}},
)


def shifts_among(*populations: tuple[str, int]) -> MeasurementShifts:
    rows = [
        {"population": name, "measurement": measurement, "n_pairs": n, "shift": -10.0}
        for name, n in populations
        for measurement in ("h_score", "median_od")
    ]
    return MeasurementShifts(pd.DataFrame(rows, columns=["population", *MeasurementShifts.COLUMNS]))


def lead_of(programme: Programme, shifts: MeasurementShifts) -> str:
    return stains.choose_lead(shifts, programme.shows_target)


@pytest.mark.parametrize(
    ("programme", "lead"),
    [(load_programme(), "pFAK_Y397/cytoplasm"), (SECOND, "phospho-S6/cytoplasm"), (NONE, "Ki67/nucleus")],
    ids=["default", "second", "none"],
)
def test_the_targets_readout_leads_where_it_was_measured(programme, lead):
    measured = (
        ("FAK/cytoplasm", 5),
        ("pFAK_Y397/cytoplasm", 3),
        ("phospho-S6/cytoplasm", 2),
        ("Ki67/nucleus", 9),
    )
    assert lead_of(programme, shifts_among(*measured)) == lead


@pytest.mark.parametrize("programme", [load_programme(), SECOND, NONE], ids=["default", "second", "none"])
def test_without_the_targets_readout_the_most_pairs_lead_and_then_the_first(programme):
    assert lead_of(programme, shifts_among(("HER2/cell", 4), ("ER/nucleus", 8))) == "ER/nucleus"
    assert lead_of(programme, shifts_among(("HER2/cell", 4), ("ER/nucleus", 4))) == "HER2/cell"


def test_a_marker_whose_name_holds_a_stroke_can_lead():
    shifts = shifts_among(("CK8/18/cell", 1), ("ER/nucleus", 8))
    assert stains.choose_lead(shifts, lambda marker: marker == "CK8/18") == "CK8/18/cell"


@pytest.mark.parametrize("spelt", ["pFAK_Y397", "pFAK (Y397)", "pFAK", "p-FAK"])
def test_the_note_is_said_of_the_markers_it_is_about_however_spelt(spelt):
    programme = load_programme()
    ours = programme.markers_among([spelt, "Ki67"])
    assert ours == ("pFAK",)
    assert "not comparable" in " ".join(programme.note("ihc", "published", measured=ours))
    assert programme.note("ihc", "limits", measured=ours)


@pytest.mark.parametrize("markers", [["Ki67"], ["HER2", "ER"], ["PYK2"], []])
def test_nothing_is_said_of_a_target_that_was_not_measured(markers):
    programme = load_programme()
    ours = programme.markers_among(markers)
    for section in ("published", "limits", "summary"):
        assert programme.note("ihc", section, measured=ours) == ()
    assert not programme.speaks_of("ihc", ours)  # nor is its protocol shown


def test_another_programme_speaks_of_its_own_markers_only():
    assert SECOND.note("ihc", "published", measured=SECOND.markers_among(["pS6 S235"])) == (
        "No score of S6.",
    )
    assert SECOND.note("ihc", "published", measured=SECOND.markers_among(["pFAK_Y397", "TCF21"])) == ()
    assert SECOND.compartments["phospho-S6"] == ("cytoplasm", "it sits on ribosomes")
    assert stains.default_compartment("pFAK_Y397", SECOND.compartments) == "cell"


def test_no_programme_says_nothing():
    assert NONE.markers_among(["pFAK_Y397", "Ki67"]) == ()
    assert NONE.note("ihc", "published", measured=["pFAK"]) == ()
    assert NONE.compartments == {}
    assert not NONE.shows_target("pFAK_Y397")


@pytest.mark.parametrize(
    ("deviations", "protocol", "said"),
    [
        ({4: "clone B", 2: "heat"}, True, "**Deviations from the protocol:** step 2, heat; step 4, clone B."),
        ({}, True, "**Deviations from the protocol:** none stated. State antibody clone"),
        (
            {4: "clone B"},
            False,
            "**Staining:** step 4, clone B. The steps are those of the study's own protocol",
        ),
        ({}, False, "**Staining:** not described. State antibody clone"),
    ],
)
def test_deviations_with_and_without_a_protocol(deviations, protocol, said):
    assert deviations_in_words(deviations, protocol=protocol).startswith(said)


@pytest.mark.parametrize(
    ("lows", "said"),
    [
        ([np.nan] * 3, "too few pairs for an interval."),
        ([-30, -30, -30], "its interval without 0 throughout."),
        ([np.nan, -30, -30], "its interval without 0 at the 2 of 3 thresholds that have one."),
        ([-30, -30, 3], "its interval holds 0 at 1 of 3 thresholds."),
        ([np.nan, -30, 3], "its interval holds 0 at 1 of 2 thresholds that have one."),
    ],
)
def test_an_interval_that_is_not_there_holds_nothing(lows, said):
    """The shift is -20; a bound of 3 stands for an interval from -40 to 3."""
    high = [np.nan if np.isnan(v) else v if v > 0 else -5 for v in lows]
    low = [np.nan if np.isnan(v) else -40 for v in lows]
    varied = pd.DataFrame(
        {"threshold_1": [0.1, 0.2, 0.3], "shift": [-20.0, -21, -22], "shift_low": low, "shift_high": high}
    )
    assert words.sensitivity_in_words(varied).endswith(said)


def test_unclassified_cells_and_cells_of_no_core_are_not_counted_as_scored(tmp_path):
    detections = array_of({("K1", "pre", "B-1"): [0.3] * 25, ("K1", "pre", ""): [0.3] * 33})
    _, scores = score(detections, tmp_path)
    assert words.scored_in_words(scores) == "**1 of 1 image scored, 25 cells.**"


def test_a_patient_with_too_few_cells_was_sampled(tmp_path):
    scores, patients, shifts = study(serial([9, 9, 0, 7]), tmp_path)
    said = answer(scores, patients, shifts).answer
    assert "[not judged: no subject has a value at both timepoints; 4 subjects without a pair:" in said
    assert "few cells at post (3), not sampled at post (1)" in said
    assert words.scored_in_words(scores.frame) == "**4 of 7 cores on 1 image scored, 160 cells.**"


def test_patients_of_one_image_without_cores_are_samples(tmp_path):
    _, scores = score(two_cores().drop(columns="TMA core"), tmp_path)
    assert words.scored_in_words(scores) == "**2 of 2 samples on 1 image scored, 155 cells.**"


def test_the_headline_counts_cores_and_images(tmp_path):
    _, scores = score(two_cores(), tmp_path)
    assert words.scored_in_words(scores) == "**3 of 3 cores on 1 image scored, 155 cells.**"
    _, scores = score(two_cores(), tmp_path, least_cells=28)
    assert words.scored_in_words(scores) == "**2 of 3 cores on 1 image scored, 130 cells.**"
    assert words.poor_in_words(scores) == "array 7.ndpi core B-1: few cells (25)"


def test_canvas_is_named_with_its_images():
    scores = pd.DataFrame(
        {
            "image": ["a.png", "b.png"],
            "core": "",
            "canvas_percent": [0.0, 31.26],
            "background_origin": "stated",
            "vectors_origin": "given",
            "saturated_percent": 0.0,
            "residual_od": 0.0,
        }
    )
    assert words.quality_notes(scores) == [
        "Borders or bars of one exact colour are neither tissue nor glass and were left out on 1 of 2 images,"
        " up to 31.3 %."
    ]
    assert words.quality_notes(scores.assign(canvas_percent=0.0)) == []


def test_images_of_one_core_or_of_none_are_counted_as_images(tmp_path):
    fields = [array_of({("K1", "pre", "B"): [0.3] * 25}).assign(Image=n) for n in ("x.svs", "y.svs")]
    _, scores = score(pd.concat(fields), tmp_path)
    assert words.scored_in_words(scores) == "**2 of 2 images scored, 50 cells.**"
    frame = two_cores().drop(columns="TMA core").query("timepoint == 'pre'")
    frame["Image"] = ["x.svs"] * 25 + ["y.svs"] * 100
    _, scores = score(frame, tmp_path)
    assert words.scored_in_words(scores) == "**2 of 2 images scored, 125 cells.**"


def test_cells_between_the_cores_are_named_and_not_counted(tmp_path):
    stray = array_of({("K1", "pre", ""): [0.7] * 40})
    _, scores = score(pd.concat([two_cores(), stray]), tmp_path)
    assert "array 7.ndpi: no core named (40)" in words.poor_in_words(scores)
    assert words.scored_in_words(scores).startswith("**3 of 3 cores on 1 image")


# --- what is shown


def sections_of(detections: pd.DataFrame, folder: Path) -> Sections:
    detections.to_csv(folder / "d.tsv", sep="\t", index=False)
    return read_sections("", folder / "d.tsv")


def study(detections: pd.DataFrame, folder: Path) -> tuple[stains.Scores, stains.Patients, MeasurementShifts]:
    """As the notebook goes."""
    scores = stains.score_sections(sections_of(detections, folder), stains.Settings(), known=KNOWN)
    patients = stains.average_patients(scores)
    return scores, patients, stains.compare_scores(patients, scores)


def answer(
    scores: stains.Scores, patients: stains.Patients, shifts: MeasurementShifts, programme: Programme = NONE
) -> Answer:
    lead = stains.choose_lead(shifts, programme.shows_target)
    return page.claims(
        shifts, lead, patients, scores, stains.vary_thresholds(scores, population=lead), programme
    )


def everything(
    scores: stains.Scores, patients: stains.Patients, shifts: MeasurementShifts
) -> list[Parts | Answer]:
    lead = stains.choose_lead(shifts)
    varied = stains.vary_thresholds(scores, [0.5, 1, 2], population=lead)
    return [
        page.quality(scores),
        page.shifts(shifts),
        page.slopes(patients, shifts),
        page.scores(scores),
        page.patients(patients),
        page.regions(stains.score_masks(scores)),
        page.counted(stains.view_scores(scores)),
        page.densities(scores, lead, shifts),
        page.sensitivity(varied),
        answer(scores, patients, shifts),
    ]


def both(detections: pd.DataFrame) -> pd.DataFrame:
    """The same cells under a second marker."""
    return pd.concat([detections, detections.assign(marker="Ki67", **{"DAB: Nucleus: Mean": 0.3})])


CASES = {
    "many": lambda: both(serial([40] * 8)),
    "one": lambda: serial([40]),
    "none": lambda: serial([0, 0]),
    "failed": lambda: serial([40, 40, 40, 40, 40, 40, 5, 7]),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_shown(case, tmp_path):
    check_snapshot(f"ihc/{case}", everything(*study(CASES[case](), tmp_path)))


@pytest.mark.parametrize("case", CASES)
def test_claims_repeat_the_tables(case, tmp_path, monkeypatch):
    monkeypatch.setattr("reports.publish.displays.display", lambda *_, **__: None)
    scores, patients, shifts = study(CASES[case](), tmp_path)
    report = publish.Report("study", "measured", {})
    report.show(page.shifts(shifts))
    said = answer(scores, patients, shifts)
    report.answer(said)
    assert len(said.claims) == len(shifts)
    assert phrase(said.claims[0]) in said.answer


def test_h_scores_are_claimed_first_and_only_stains_of_the_target_answer_its_question(tmp_path):
    programme = replace(
        SECOND,
        questions={"Hit?": ("target_engagement", "ihc"), "Does it divide?": ("ihc",)},
        notes={**SECOND.notes, "overview": {"ihc": ("no score of S6",)}},
    )
    scores, patients, shifts = study(both(serial([40] * 8)), tmp_path)
    target = Target("pS6", "kinase inhibition", stains=("pS6",))
    claims = answer(scores, patients, shifts, replace(programme, target=target)).claims
    assert [c.id for c in claims[:3]] == [
        "ihc/h-score-shift/ps6/cytoplasm-post-against-pre",
        "ihc/h-score-shift/ki67/nucleus-post-against-pre",
        "ihc/percent-positive-shift/ki67/nucleus-post-against-pre",
    ]
    said = {c.subject.system: (c.question, c.note) for c in claims}
    assert said == {
        "pS6": ("Hit?", "no score of S6"),
        "Ki67": ("Does it divide?", "nothing is published to compare with"),
    }


def test_the_protocol_is_a_list_and_deviations_stand_in_it():
    steps = load_programme().protocols["ihc"]
    listed, sentence = page.protocol(steps, {4: "clone *B*"}, load_programme())
    assert sentence is None
    html = markdown_html(listed.markdown)
    assert html.count("<li>") == 8
    assert "<em>Here: clone *B*.</em>" in html
    assert page.protocol(steps, {}, load_programme())[1].markdown.startswith(
        "**Deviations from the protocol:** none stated"
    )
    none, staining = page.protocol(steps.head(0), {2: "heat"}, NONE)
    assert (none, staining.markdown[:12]) == (None, "**Staining:*")


def test_limits_and_published_are_of_the_programmes_markers_only():
    programme = load_programme()
    assert page.limits(programme, ["pFAK"]).markdown.startswith("- ")
    assert page.limits(programme, ["Ki67"]).markdown == ""
    assert page.published(programme, ["Ki67"]) == []
