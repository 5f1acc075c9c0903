"""Quality of scores and of their shifts: what failed, what is in doubt, each by the name of its image and
core."""

from __future__ import annotations

import pandas as pd
import pytest

from lib.stains.quality import doubt_shifts, judge_scores

KNOWN = {"pS6": ("cytoplasm", "it sits on ribosomes")}


def scored(**columns: object) -> pd.DataFrame:
    default = {
        "image": "a.png",
        "core": "B-1",
        "timepoint": "pre",
        "marker": "pS6",
        "compartment": "cytoplasm",
        "n_cells": 30,
        "status": "ok",
        "saturated_percent": 0.0,
        "residual_od": 0.0,
        "vectors_origin": "given",
    }
    return pd.DataFrame([{**default, **columns}])


@pytest.mark.parametrize(
    ("columns", "quality", "reasons"),
    [
        ({}, "pass", ""),
        ({"status": "few cells", "n_cells": 8}, "fail", "a.png core B-1: few cells (8)"),
        ({"status": "no tissue", "n_cells": 0, "core": ""}, "not judged", "a.png: no tissue (0)"),
        ({"status": "no core named", "n_cells": 40, "core": ""}, "not judged", "a.png: no core named (40)"),
        ({"saturated_percent": 2.5}, "caution", "a.png core B-1: 2.5 % of pixels are black"),
        ({"residual_od": 0.12}, "caution", "a.png core B-1: a third colour of 0.12 OD"),
        (
            {"vectors_origin": "given: too few stained pixels to estimate from"},
            "caution",
            "a.png core B-1: stain vectors not estimated, too few stained pixels to estimate from",
        ),
        (
            {"compartment": "nucleus"},
            "caution",
            "pS6 is scored in the nucleus, but it is not a nuclear stain: it sits on ribosomes",
        ),
    ],
)
def test_a_score_says_what_speaks_against_it(columns, quality, reasons):
    row = judge_scores(scored(**columns), KNOWN).iloc[0]
    assert (row["quality"], row["reasons"]) == (quality, reasons)


def test_detections_have_no_glass_and_no_vectors_to_doubt():
    bare = scored().drop(columns=["saturated_percent", "residual_od", "vectors_origin"])
    assert judge_scores(bare)["quality"].tolist() == ["pass"]


def test_a_shift_is_doubted_by_its_population_and_visits_only():
    frame = judge_scores(
        pd.concat(
            [
                scored(status="few cells"),
                scored(status="few cells", timepoint="week 9", core="C"),
                scored(marker="Ki67"),
                scored(status="no core named", core=""),
            ],
            ignore_index=True,
        )
    )
    found = doubt_shifts(frame, baseline="pre", followup="post")
    assert found["pS6/cytoplasm", "h_score"] == ["a.png core B-1: few cells (30)"]
    assert found["Ki67/cytoplasm", "median_od"] == [
        "Ki67 is a nuclear stain, but it is scored in the cytoplasm"
    ]
