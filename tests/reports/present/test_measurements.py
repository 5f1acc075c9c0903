"""Paired change of measurements in words."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lib.paired.measurements import MeasurementShifts, compare_measurements
from lib.records import REASONS
from reports.present.measurements import (
    Words,
    failed_in_words,
    flag_of,
    lead_in_words,
    reasons_in_words,
    shift_claims,
    shift_table,
    slope_panels,
    told_in_words,
)
from tests.core.paired.test_measurements import frame_of

WORDS = Words("tissue", "changes", "Marker", {"x": "the area"}, {"x": "area"}, {"x": "mm²"})


def compare(frame: pd.DataFrame, **options: object) -> MeasurementShifts:
    return compare_measurements(frame, {"x": "difference"}, by="marker", **options)  # type: ignore[arg-type]


def said_of(found: MeasurementShifts, failed: str = "") -> str:
    (lead,) = shift_claims(
        found, WORDS, 0, subject=lambda row: (row["marker"], ""), question=lambda _: "?", note=lambda _: ""
    )
    return lead_in_words(lead, found.frame.iloc[0], found, failed)


def test_sentences_name_measurement_scale_and_n() -> None:
    found = compare(frame_of([1, 2, 3, 4, 5, 6.0], [2, 3, 4, 5, 6, 7.0]))
    assert (
        said_of(found, "1 of 12 images was not measured")
        == "Shift of the area in collagen, post against pre: 1.00 mm² (95 % interval 1.00 to 1.00; n = 6"
        " subjects), from a median of 3.50 to 4.50; 1 of 1 shift has an interval without 0; 1 of 12 images"
        " was not measured."
    )
    table = shift_table(found, WORDS)
    assert list(table.show["Measurement"]) == ["area"]
    assert "Scale" not in table.show
    alone = compare(frame_of([1.0], [np.nan]))
    assert (
        said_of(alone)
        == "Shift of the area in collagen, post against pre: not estimable (no interval; n = 0 subjects) [not"
        " judged: no subject has a value at both timepoints; 1 subject without a pair: no value at post"
        " (1)]; the one shift has no interval."
    )


def test_a_headline_names_who_was_left_out_and_why():
    frame = frame_of([1, 2, 3, 4, 5.0], [2, np.nan, np.nan, 5, np.nan]).assign(
        status=lambda f: np.where(f["x"].isna(), "no tissue", "ok")
    )
    frame = frame[~((frame["subject"] == "S4") & (frame["timepoint"] == "post"))]
    said = said_of(compare(frame, reason="status"))
    assert (
        "n = 2 subjects) [caution: no 95 % interval from 2 pairs; 3 subjects without a pair: no tissue at"
        " post (2), not sampled at post (1)]" in said
    )


@pytest.mark.parametrize(
    ("bounds", "said"),
    [
        ([], "no shift was estimated"),
        ([(np.nan, np.nan)], "the one shift has no interval"),
        ([(np.nan, np.nan)] * 2, "none of 2 shifts has an interval"),
        ([(1, 2)], "1 of 1 shift has an interval without 0"),
        ([(-1, 2), (1, 2)], "1 of 2 shifts has an interval without 0"),
        ([(-1, 2), (-1, 2)], "0 of 2 shifts have an interval without 0"),
        ([(1, 2), (-2, -1), (np.nan, np.nan)], "2 of 3 shifts have an interval without 0; 1 has no interval"),
    ],
)
def test_how_many_shifts_are_told(bounds, said):
    assert told_in_words(pd.DataFrame(bounds, columns=["shift_low", "shift_high"], dtype=float)) == said


def test_flags_and_failures_for_0_1_and_many():
    assert flag_of([], "image", "not measured") == []
    assert flag_of(["a"], "image", "not measured") == ["1 image not measured: a"]
    assert flag_of(list("abcde"), "image", "not measured") == ["5 images not measured: a; b; c; and 2 more"]
    assert failed_in_words(0, 3, "image", "not measured") == ""
    assert failed_in_words(1, 3, "image", "not measured") == "1 of 3 images was not measured"
    assert failed_in_words(2, 3, "image", "not measured") == "2 of 3 images were not measured"


def test_reasons_of_a_group_are_said_once():
    rows = {"marker": ["a", "a", "b"], "measurement": ["x", "y", "x"], "reasons": ["p; q", "p", "r"]}
    frame = pd.DataFrame(rows).reindex(columns=["marker", *MeasurementShifts.COLUMNS])
    words = Words("n", "t", "Marker", {}, {"x": "area", "y": "length"}, {})
    said = reasons_in_words(MeasurementShifts(frame, {"by": "marker"}), words)
    assert said == ["a: p.", "a, area: q.", "b: r."]
    assert REASONS == "; "


def test_nothing_to_draw_without_rows():
    empty = MeasurementShifts(pd.DataFrame(columns=["marker", *MeasurementShifts.COLUMNS]), {"by": "marker"})
    assert slope_panels(empty, pd.DataFrame(), WORDS, "slopes") is None


def test_markers_that_differ_by_a_mark_have_claims_of_their_own():
    frame = pd.concat([frame_of([1, 2.0], [2, 3.0]).assign(marker=m) for m in ("CD8", "CD8+", "cd8")])
    claims = shift_claims(
        compare(frame),
        WORDS,
        1,
        subject=lambda row: (row["marker"], ""),
        question=lambda _: "?",
        note=lambda _: "",
    )
    assert [c.id for c in claims] == [
        "tissue/x-shift/cd8/post-against-pre",
        "tissue/x-shift/cd8/post-against-pre-2",
        "tissue/x-shift/cd8/post-against-pre-3",
    ]
    assert [c.source.row for c in claims] == [1, 0, 2]
