"""Words of immunohistochemistry: what was scored, what leads, and what a programme has to say of it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lib import stains
from lib.programme import load_programme
from lib.programme.programme import Marker, Programme, Target
from reports.present import ihc as page
from tests.core.stains.test_cores import array_of, score, serial, shifts_of, two_cores

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


def shifts_among(*populations: tuple[str, int]) -> pd.DataFrame:
    rows = [
        {"population": name, "measurement": measurement, "n_pairs": n, "shift": -10.0}
        for name, n in populations
        for measurement in ("h_score", "median_od")
    ]
    return pd.DataFrame(rows)


def lead_of(programme: Programme, shifts: pd.DataFrame) -> str:
    markers = shifts["population"].str.split("/").str[0].unique()
    return str(page.lead_shift(shifts, [m for m in markers if programme.shows_target(m)])["population"])


@pytest.mark.parametrize(
    ("programme", "lead"),
    [
        (load_programme(), "pFAK_Y397/cytoplasm"),
        (SECOND, "phospho-S6/cytoplasm"),
        (NONE, "Ki67/nucleus"),
    ],
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
    assert page.lead_shift(shifts, ["CK8/18"])["population"] == "CK8/18/cell"


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


def test_the_protocol_is_described_by_its_own_steps():
    steps = pd.DataFrame({"step": [1, 1, 2], "name": ["Fixation", "Fixation", "Mounting"]})
    assert page.protocol_in_words(steps, "The protocol of 2019").startswith(
        "**The protocol of 2019, 2 steps.**"
    )
    assert page.describe_protocol(steps, {2: "x"}) == (
        "Workflow of 2 steps from fixation to mounting; 1 with a deviation"
    )
    assert page.describe_protocol(steps[:1], {}) == "Workflow of 1 step; 0 with a deviation"


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
    assert page.deviations_in_words(deviations, protocol=protocol).startswith(said)


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
    assert page.sensitivity_in_words(varied).endswith(said)


def test_unclassified_cells_and_cells_of_no_core_are_not_counted_as_scored(tmp_path):
    detections = array_of({("K1", "pre", "B-1"): [0.3] * 25, ("K1", "pre", ""): [0.3] * 33})
    _, scores = score(detections, tmp_path)
    assert page.scored_in_words(scores) == "**1 of 1 image scored, 25 cells.**"


def test_a_patient_with_too_few_cells_was_sampled(tmp_path):
    shifts, patients, scores = shifts_of(serial([9, 9, 0, 7]), tmp_path)
    said = page.answer_in_words(page.lead_shift(shifts), patients)
    assert "no patient has a score at both timepoints (4 subjects without a pair:" in said
    assert "few cells at post (3), not sampled at post (1)" in said
    assert page.scored_in_words(scores) == "**4 of 7 cores on 1 image scored, 160 cells.**"


def test_patients_of_one_image_without_cores_are_samples(tmp_path):
    _, scores = score(two_cores().drop(columns="TMA core"), tmp_path)
    assert page.scored_in_words(scores) == "**2 of 2 samples on 1 image scored, 155 cells.**"


def test_the_headline_counts_cores_and_images(tmp_path):
    _, scores = score(two_cores(), tmp_path)
    assert page.scored_in_words(scores) == "**3 of 3 cores on 1 image scored, 155 cells.**"
    _, scores = score(two_cores(), tmp_path, least_cells=28)
    assert page.scored_in_words(scores) == "**2 of 3 cores on 1 image scored, 130 cells.**"
    assert page.poor_in_words(scores) == "array 7.ndpi core B-1: few cells (25)"


def test_canvas_is_named_with_its_images():
    scores = pd.DataFrame(
        {"image": ["a.png", "b.png"], "core": "", "canvas_percent": [0.0, 31.26], "background_origin": "stated",
         "vectors_origin": "given", "saturated_percent": 0.0, "residual_od": 0.0}
    )  # fmt: skip
    assert page.quality_notes(scores) == [
        "Borders or bars of one exact colour are neither tissue nor glass and were left out on 1 of 2 images, up to 31.3 %."
    ]
    assert page.quality_notes(scores.assign(canvas_percent=0.0)) == []


def test_images_of_one_core_or_of_none_are_counted_as_images(tmp_path):
    fields = [array_of({("K1", "pre", "B"): [0.3] * 25}).assign(Image=n) for n in ("x.svs", "y.svs")]
    _, scores = score(pd.concat(fields), tmp_path)
    assert page.scored_in_words(scores) == "**2 of 2 images scored, 50 cells.**"
    frame = two_cores().drop(columns="TMA core").query("timepoint == 'pre'")
    frame["Image"] = ["x.svs"] * 25 + ["y.svs"] * 100
    _, scores = score(frame, tmp_path)
    assert page.scored_in_words(scores) == "**2 of 2 images scored, 125 cells.**"


def test_cells_between_the_cores_are_named_and_not_counted(tmp_path):
    stray = array_of({("K1", "pre", ""): [0.7] * 40})
    _, scores = score(pd.concat([two_cores(), stray]), tmp_path)
    assert "array 7.ndpi: no core named (40)" in page.poor_in_words(scores)
    assert page.scored_in_words(scores).startswith("**3 of 3 cores on 1 image")
