"""Quality of images and shifts of stroma: every reason names its image, or what is unlike."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lib.stroma.quality import compare_areas, doubt_shifts, judge_images, spread_cuts

VISITS = {"baseline": "pre", "followup": "post"}


def images(**columns: list[object]) -> pd.DataFrame:
    default = {
        "image": ["a.png", "b.png"],
        "subject": "S",
        "timepoint": ["pre", "post"],
        "stain": "shg",
        "marker": "collagen",
        "area_fraction": 0.3,
        "alignment": 0.5,
        "tissue_area_mm2": 1.0,
        "field_area_mm2": 1.0,
        "unclear_fraction": 0.0,
        "own_threshold": 50.0,
        "threshold_origin": "study",
        "status": "ok",
    }
    return pd.DataFrame({**default, **columns})


@pytest.mark.parametrize(
    ("columns", "quality", "reasons"),
    [
        ({}, ["pass", "pass"], ["", ""]),
        (
            {"area_fraction": [np.nan, 0.3], "status": ["no tissue", "ok"]},
            ["not judged", "pass"],
            ["a.png: no tissue", ""],
        ),
        (
            {"area_fraction": [0.3, 0.0], "status": ["ok", "no positive area"]},
            ["pass", "caution"],
            ["", "b.png: no positive area"],
        ),
        (
            {"unclear_fraction": [0.2, 0.0]},
            ["caution", "pass"],
            ["a.png: constant black or white counts as tissue", ""],
        ),
        (
            {"own_threshold": [20.0, 41.0]},
            ["caution"] * 2,
            ["own cuts of collagen (shg) differ more than twofold"] * 2,
        ),
        ({"own_threshold": [20.0, 41.0], "threshold_origin": "image"}, ["pass"] * 2, ["", ""]),
    ],
)
def test_an_image_says_what_speaks_against_it(columns, quality, reasons):
    found = judge_images(images(**columns))
    assert found["quality"].tolist() == quality
    assert found["reasons"].tolist() == reasons


def test_a_shift_names_images_that_lost_its_own_measurement():
    frame = images(alignment=[np.nan, 0.5], status=["no direction", "ok"])
    found = doubt_shifts(frame, ["area_fraction", "alignment"], **VISITS)
    assert found["collagen", "area_fraction"] == []
    assert found["collagen", "alignment"] == ["a.png: no direction"]


def test_a_shift_is_doubted_by_images_of_its_visits_only():
    frame = images(unclear_fraction=[0.2, 0.0]).replace({"pre": "week 9"})
    assert doubt_shifts(frame, ["alignment"], **VISITS) == {("collagen", "alignment"): []}


def test_unlike_fields_are_doubts_of_every_measurement():
    found = doubt_shifts(images(field_area_mm2=[1.0, 0.8]), ["alignment"], **VISITS)
    assert found["collagen", "alignment"] == ["tissue area differs between pre and post in 1 of 1 pairs"]
    ratio = compare_areas(images(field_area_mm2=[1.0, 0.8]), **VISITS).iloc[0]
    assert (ratio["field_area_mm2"], ratio["other_field"], ratio["differs"]) == (1.25, True, True)
    assert compare_areas(images(), baseline="pre", followup="late").empty


def test_cuts_twice_apart_are_not_yet_far_apart():
    assert spread_cuts(images(own_threshold=[20.0, 40.0])).empty
    assert spread_cuts(images(own_threshold=[20.0, 40.1])).index.tolist() == [("shg", "collagen")]
