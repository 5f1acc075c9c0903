"""Densities, stains and scores: against outside values, and what must hold for any image."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib import stains
from lib.errors import InputError
from lib.programme import load_programme
from lib.stains.density import DAB, HAEMATOXYLIN

GLASS = (240.0, 238.0, 235.0)


def unit(v: tuple[float, ...]) -> np.ndarray:
    return np.asarray(v) / np.linalg.norm(v)


def paint(h: np.ndarray, d: np.ndarray) -> np.ndarray:
    """An 8-bit image of known haematoxylin and DAB densities, by Beer–Lambert's law."""
    density = h[..., None] * unit(HAEMATOXYLIN) + d[..., None] * unit(DAB)
    return np.clip(np.round(np.asarray(GLASS) * 10**-density), 0, 255).astype(np.uint8)


# Published definitions: H-score McCarty 1985; Allred 1998
@pytest.mark.parametrize(
    ("counts", "h", "positive", "allred"),
    [
        ((25, 25, 25, 25), 150, 75, 5 + 2),
        ((50, 10, 10, 30), 120, 50, 4 + 2),
        ((100, 0, 0, 0), 0, 0, 0),
        ((100, 0, 0, 1), 300 / 101, 100 / 101, 1 + 3),
        ((0, 0, 0, 7), 300, 100, 5 + 3),
    ],
)
def test_scores_of_counted_cells(counts, h, positive, allred):
    score = stains.score_cells(np.repeat(np.arange(4), counts))
    assert (score.h_score, score.percent_positive, score.allred) == pytest.approx((h, positive, allred))


def test_unclassified_cells_are_left_out_and_counted():
    score = stains.score_cells([0, 1, 2, 3, -1, -1])
    assert (score.n_cells, score.n_unclassified, score.h_score) == (4, 2, 150)


def test_no_cells_no_score():
    score = stains.score_cells([])
    assert score.n_cells == 0
    assert np.isnan(score.h_score)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=200))
def test_scores_stay_in_their_bounds_and_agree(classes):
    score = stains.score_cells(classes)
    assert 0 <= score.h_score <= 300
    assert score.h_score == pytest.approx(100 * np.mean(classes))
    assert score.percent_negative + score.percent_positive == pytest.approx(100)
    assert score.allred == 0 or 2 <= score.allred <= 8


def test_a_density_at_a_threshold_is_in_the_higher_class():
    assert stains.classify_cells([0.19, 0.2, 0.4, 0.6, np.nan]).tolist() == [0, 1, 2, 3, -1]


@pytest.mark.parametrize("cuts", [(0.4, 0.2, 0.6), (0.2, 0.4), (0.0, 0.2, 0.4)])
def test_thresholds_that_do_not_rise_are_refused(cuts):
    with pytest.raises(InputError, match=rf"three rising numbers > 0; got \[{cuts[0]}"):
        stains.classify_cells([0.1], cuts)
    with pytest.raises(InputError, match=rf"three rising numbers > 0; got \[{cuts[0]}"):
        stains.Settings(thresholds_od=cuts)


@given(st.floats(0, 0.8), st.floats(0, 0.8))
@settings(max_examples=40)
def test_separation_gives_back_true_densities(h, d):
    image = paint(np.full((4, 4), h), np.full((4, 4), d))
    found = stains.separate_stains(stains.optical_density(image, GLASS), stains.StainVectors())
    # one grey level at a density near 1 is 0.02 OD
    np.testing.assert_allclose(found[0, 0], (h, d, 0), atol=0.03)


def test_density_of_black_and_of_glass():
    image = np.array([[[240, 238, 235], [24, 24, 24], [0, 0, 0]]], np.uint8)
    density = stains.optical_density(image, GLASS)
    np.testing.assert_allclose(density[0, 0], 0, atol=1e-6)
    assert density[0, 1, 0] == pytest.approx(1.0, abs=1e-6)
    assert density[0, 2, 0] == pytest.approx(np.log10(240), abs=1e-6)


@pytest.mark.parametrize("glass", [(240.0, 0.0, 240.0), (300.0, 240.0, 240.0), (240.0, 240.0)])
def test_impossible_glass_is_refused(glass):
    with pytest.raises(
        InputError, match=rf"background must be three numbers in \(0, 255\]; got \[{glass[0]}"
    ):
        stains.optical_density(np.zeros((1, 1, 3), np.uint8), glass)


@pytest.mark.parametrize("n", [1, 2, 57, 4096])
def test_glass_is_numpys_percentile(n):
    image = np.random.default_rng(n).integers(0, 256, (n, 1, 3), dtype=np.uint8)
    expected = np.percentile(image.reshape(-1, 3).astype(float), 97, axis=0)
    np.testing.assert_allclose(stains.estimate_background(image), expected, rtol=1e-12)


def test_vectors_are_found_again_where_both_stains_show():
    rng = np.random.default_rng(3)
    h, d = rng.gamma(2, 0.15, (200, 200)), rng.gamma(2, 0.15, (200, 200))
    alone = rng.random((200, 200))
    image = paint(np.where(alone < 0.6, h, 0), np.where(alone > 0.4, d, 0))
    found = stains.estimate_vectors(stains.optical_density(image, GLASS))
    assert found.origin == "estimated"
    assert unit(found.haematoxylin) @ unit(HAEMATOXYLIN) > np.cos(np.deg2rad(4))
    assert unit(found.dab) @ unit(DAB) > np.cos(np.deg2rad(4))


def test_vectors_fall_back_where_a_stain_is_missing():
    rng = np.random.default_rng(4)
    image = paint(rng.gamma(2, 0.2, (200, 200)), np.zeros((200, 200)))
    found = stains.estimate_vectors(stains.optical_density(image, GLASS))
    assert found.origin == "given: the image does not show both stains"
    assert found.dab == DAB


@pytest.mark.parametrize("numbers", [[0.65, 0.7, 0.29], [0.65, 0.7, 0.29, 0.65, 0.7, 0.3]])
def test_vectors_that_cannot_separate_are_refused(numbers):
    with pytest.raises(InputError, match=rf"stain_vectors must be .*; got \[{numbers[0]}"):
        stains.read_vectors(numbers)


KNOWN = {"pS6 (S235)": ("cytoplasm", "it sits on ribosomes"), "TCF21": ("nucleus", "it binds DNA")}


@pytest.mark.parametrize(
    ("marker", "compartment"),
    [
        ("pS6_S235", "cytoplasm"),
        ("ps6 s235", "cytoplasm"),
        ("TCF-21", "nucleus"),
        ("Ki67", "nucleus"),
        ("HER2", "cell"),
    ],
)
def test_default_compartments(marker, compartment):
    assert stains.default_compartment(marker, KNOWN) == compartment
    assert stains.compartment_warning(marker, compartment, KNOWN) == ""


@pytest.mark.parametrize("marker", ["pFAK_Y397", "FAK", "PYK2"])
def test_no_marker_of_a_programme_is_built_in(marker):
    assert stains.default_compartment(marker) == "cell"
    assert stains.compartment_warning(marker, "nucleus") == ""
    assert stains.default_compartment(marker, load_programme().compartments) == "cytoplasm"


def test_a_compartment_that_is_stated_stays_and_others_are_filled():
    frame = pd.DataFrame({"marker": ["pS6_S235", "pS6_S235", "Ki67"], "compartment": ["cell", None, None]})
    assert stains.with_compartments(frame, KNOWN)["compartment"].tolist() == ["cell", "cytoplasm", "nucleus"]
    assert stains.with_compartments(frame)["compartment"].tolist() == ["cell", "cell", "nucleus"]


def test_a_marker_scored_where_it_is_not_is_warned_of():
    assert (
        stains.compartment_warning("pS6 S235", "nucleus", KNOWN)
        == "pS6 S235 is scored in the nucleus, but it is not a nuclear stain: it sits on ribosomes"
    )
    assert stains.compartment_warning("X", "nucleus", {"x": ("cytoplasm", "")}).endswith(
        "not a nuclear stain"
    )
    assert "TCF21 is a nuclear stain, but it is scored in the cell" in stains.compartment_warning(
        "TCF21", "cell", KNOWN
    )
    frame = pd.DataFrame({"marker": ["Ki67", "Ki67", "FAK"], "compartment": ["cell", "cell", "nucleus"]})
    known = load_programme().compartments
    assert stains.warn_compartments(frame, known) == [
        "Ki67 is a nuclear stain, but it is scored in the cell",
        (
            "FAK is scored in the nucleus, but it is not a nuclear stain: it sits at focal adhesions and in"
            " the cytoplasm"
        ),
    ]
    assert len(stains.warn_compartments(frame)) == 1


def cells(subject: str, timepoint: str, core: str, density: list[float]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "image": f"{subject}{timepoint}{core}",
            "subject": subject,
            "timepoint": timepoint,
            "marker": "pS6",
            "compartment": "cytoplasm",
            "core": core,
            "cytoplasm_dab_od": density,
            "nucleus_dab_od": 0.9,
        }
    )


def test_cells_of_a_core_are_pooled_and_cores_averaged():
    """Core A: one cell of 3; core B: three cells of 0. The patient scores (300 + 0) / 2, not 75."""
    scored = stains.classify_frame(
        pd.concat([cells("a", "pre", "A", [0.7]), cells("a", "pre", "B", [0.1] * 3)])
    )
    patients = stains.score_patients(stains.score_cores(scored))
    assert patients["h_score"].tolist() == [150]
    assert patients["n_cores"].tolist() == [2]


def test_thresholds_move_the_score_as_the_full_way_does():
    rng = np.random.default_rng(5)
    frame = pd.concat(
        [
            cells(s, t, "A", list(rng.gamma(9, m / 9, 40)))
            for s in "abcdefgh"
            for t, m in (("pre", 0.5), ("post", 0.3))
        ]
    )
    images = frame[stains.KEYS].drop_duplicates().assign(status="ok")
    quick = stains.vary_thresholds(stains.Scores(images, cells=frame), [1.0]).frame.iloc[0]
    _, patients = stains.score_study(stains.classify_frame(frame), images)
    full = stains.compare_scores(stains.Patients(patients)).frame.set_index("measurement").loc["h_score"]
    assert (quick["shift"], quick["shift_low"]) == pytest.approx((full["shift"], full["shift_low"]))
    assert full["n_pairs"] == 8
