"""Words of stroma: what was measured and left out, and what a programme warns of."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lib.programme import load_programme
from lib.programme.programme import Programme
from reports.present import stroma as page

TIMES = {"baseline": "pre", "followup": "post"}


def frame_of(**columns: list[object]) -> pd.DataFrame:
    n = len(next(iter(columns.values())))
    default = {
        "image": [f"{i}.png" for i in range(n)], "subject": [f"S{i // 2}" for i in range(n)],
        "timepoint": ["pre", "post"] * (n // 2), "stain": ["shg"] * n, "marker": ["collagen"] * n,
        "area_fraction": [0.3] * n, "tissue_area_mm2": [1.0] * n, "field_area_mm2": [1.0] * n,
        "excluded_fraction": [0.0] * n, "unclear_fraction": [0.0] * n, "own_threshold": [50.0] * n,
        "threshold_origin": ["study"] * n, "status": ["ok"] * n,
    }  # fmt: skip
    return pd.DataFrame({**default, **columns})


def test_what_is_alike_needs_no_note():
    stroma = frame_of(area_fraction=[0.2, 0.3, 0.3, 0.2])
    assert page.measured_in_words(stroma) == "**4 of 4 images measured.**"
    assert page.notes_in_words(stroma, **TIMES) == []


def test_notes_name_canvas_fields_brightness_and_what_is_not_measured():
    stroma = frame_of(
        area_fraction=[0.3, 0.0, 0.2, np.nan], status=["ok", "no positive area", "ok", "cut not told from noise"],
        excluded_fraction=[0, 0.36, 0, 0], field_area_mm2=[1.0, 0.8, 1, 1], tissue_area_mm2=[1.0, 0.8, 1.0, 0.5],
        own_threshold=[30.0, 45, 90, np.nan], unclear_fraction=[0, 0, 0.4, 0],
    )  # fmt: skip
    said = page.measured_in_words(stroma)
    assert said == "**3 of 4 images measured.** Nothing is positive on 1: an area fraction of 0."
    notes = " ".join(page.notes_in_words(stroma, **TIMES))
    assert "Not measured: cut not told from noise on 3.png." in notes
    assert "left out on 1 of 4 images, up to 36.0 % of the frame (1.png)" in notes
    assert (
        "Tissue area differs between pre and post in 2 of 2 pairs, 1 of them with fields of another size, by up to 2.00"
        in notes
    )
    assert "collagen (shg) from 30 to 90" in notes
    assert "reaches the edge of 2.png and counts as tissue, up to 40 % of the frame" in notes


def test_fields_of_other_size_are_named_whatever_their_cause():
    assert page.fields_in_words(frame_of(field_area_mm2=[1.0, 1.2]), **TIMES).startswith(
        "Tissue area differs between"
    )
    assert page.fields_in_words(frame_of(tissue_area_mm2=[1.0, 1.2]), **TIMES) == ""
    assert "fields of one size" in page.fields_in_words(frame_of(tissue_area_mm2=[1.0, 1.3]), **TIMES)
    assert page.fields_in_words(frame_of(field_area_mm2=[1.0, 1.2]), baseline="pre", followup="late") == ""


@pytest.mark.parametrize("marker", ["collagen", "Collagen I", "FAP", "α-SMA"])
def test_the_programmes_caution_is_said_of_stromal_markers(marker):
    said = page.caution_in_words(load_programme().note("stroma", "caution", measured=[marker]))
    assert said.startswith("**Less collagen is not always benefit:**")
    assert said.endswith("The direction of a change is reported, not judged.")


@pytest.mark.parametrize("marker", ["CD31", "periostin", "fibronectin", "smad3"])
def test_other_markers_get_no_caution_on_collagen_and_nothing_published(marker):
    programme = load_programme()
    for section in ("caution", "published", "summary"):
        assert programme.note("stroma", section, measured=[marker]) == ()


def test_without_a_programme_the_direction_is_reported_not_judged():
    said = Programme("none").note("stroma", "caution", measured=["collagen"])
    assert page.caution_in_words(said) == "The direction of a change is reported, not judged."
