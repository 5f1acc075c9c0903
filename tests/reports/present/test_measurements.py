"""Paired change of measurements in words."""

from __future__ import annotations

import numpy as np

from lib.paired.measurements import compare_measurements
from reports.present.measurements import say_shift, show_measurements
from tests.core.paired.test_measurements import frame_of


def test_sentences_name_measurement_scale_and_n() -> None:
    shifts = compare_measurements(
        frame_of([1, 2, 3, 4, 5, 6.0], [2, 3, 4, 5, 6, 7.0]), {"x": "difference"}, by="marker"
    )
    said = say_shift(shifts.iloc[0], {"x": "area"}, by="marker")
    assert said.startswith("Collagen, area, shifts by 1.00 (1.00–1.00; median 3.50 to 4.50) in 6 subjects")
    assert list(show_measurements(shifts, {"x": "area"}, by="marker")["Measurement"]) == ["area"]
    alone = compare_measurements(frame_of([1.0], [np.nan]), {"x": "difference"}, by="marker").frame.iloc[0]
    assert "no subject has a value at both timepoints" in say_shift(alone, {"x": "area"}, by="marker")


def test_a_headline_names_who_was_left_out_and_why():
    frame = frame_of([1, 2, 3, 4, 5.0], [2, np.nan, np.nan, 5, np.nan]).assign(
        status=lambda f: np.where(f["x"].isna(), "no tissue", "ok")
    )
    frame = frame[~((frame["subject"] == "S4") & (frame["timepoint"] == "post"))]
    row = compare_measurements(frame, {"x": "difference"}, by="marker", reason="status").frame.iloc[0]
    said = say_shift(row, {"x": "area"}, by="marker")
    assert said.endswith(
        "in 2 subjects; 3 subjects without a pair: no tissue at post (2), not sampled at post (1)."
    )
