"""Paired change of measurements: subjects are n, images of one visit are averaged, scales and edges."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.errors import InputError
from lib.paired.measurements import MeasurementShifts, compare_measurements, pair_measurements


def frame_of(pre: list[float], post: list[float]) -> pd.DataFrame:
    subjects = [f"S{i}" for i in range(len(pre))]
    times = {"pre": pre, "post": post}
    parts = [
        pd.DataFrame({"subject": subjects, "timepoint": t, "marker": "collagen", "x": v})
        for t, v in times.items()
    ]
    return pd.concat(parts, ignore_index=True)


def test_shift_of_a_constant_change_is_that_change() -> None:
    found = compare_measurements(
        frame_of([1, 2, 3, 4, 5, 6.0], [2, 3, 4, 5, 6, 7.0]), {"x": "difference"}, by="marker"
    ).frame.iloc[0]
    assert found["shift"] == 1.0
    assert found["n_pairs"] == 6
    assert found["p_value"] == found["smallest_p"] == pytest.approx(2 / 2**6)
    assert found["fraction_moving"] == 1.0


def test_log2_scale_reads_doubling_as_one() -> None:
    found = compare_measurements(
        frame_of([1, 2, 4, 8, 3, 5.0], [2, 4, 8, 16, 6, 10.0]), {"x": "log2"}, by="marker"
    ).frame.iloc[0]
    assert found["shift"] == pytest.approx(1.0)


def test_images_of_one_visit_are_averaged_first() -> None:
    once = frame_of([1, 2, 3, 4, 5, 6.0], [2, 3, 5, 5, 7, 7.0])
    twice = pd.concat([once.assign(x=once.x - 0.25), once.assign(x=once.x + 0.25)])
    columns = ["n_pairs", "shift", "p_value"]
    a, b = (compare_measurements(f, {"x": "difference"}, by="marker").frame[columns] for f in (once, twice))
    pd.testing.assert_frame_equal(a, b)


@given(st.lists(st.floats(0.02, 0.98), min_size=6, max_size=12, unique=True), st.randoms())
@settings(max_examples=20)
def test_order_of_rows_does_not_matter(values: list[float], random: object) -> None:
    frame = frame_of(values, [min(0.99, v * 1.1 + 0.001 * i) for i, v in enumerate(values)])
    shuffled = frame.sample(frac=1, random_state=3)
    a, b = (compare_measurements(f, {"x": "logit"}, by="marker") for f in (frame, shuffled))
    np.testing.assert_allclose(a["shift"], b["shift"], rtol=1e-12)


def test_incomplete_pairs_are_counted_not_used() -> None:
    frame = frame_of([1, 2, 3, 4, 5, 6.0], [2, 3, 4, 5, 6, np.nan])
    found = compare_measurements(frame, {"x": "difference"}, by="marker").frame.iloc[0]
    assert (found["n_pairs"], found["n_excluded"]) == (5, 1)
    assert pair_measurements(frame, "x").notna().all(axis=1).sum() == 5


def test_one_pair_has_no_interval_and_says_so() -> None:
    found = compare_measurements(frame_of([1.0], [2.0]), {"x": "difference"}, by="marker").frame.iloc[0]
    assert np.isnan(found["shift_low"])
    assert found["note"]


def test_zeros_take_the_scale_of_differences_and_no_constant() -> None:
    """Fractions lost to 0: the shift is −0.3 of tissue, not the logit of a stand-in for 0."""
    frame = frame_of([0.3, 0.32, 0.28, 0.31, 0.29, 0.33], [0.0] * 6)
    found = compare_measurements(frame, {"x": "logit"}, by="marker").frame.iloc[0]
    assert (found["scale"], found["shift"]) == ("difference", pytest.approx(-0.305))
    assert (found["shift_low"], found["shift_high"]) == (-0.33, -0.28)
    assert found["note"] == "6 of 12 values are 0 and have no logit: plain differences"
    full = compare_measurements(frame_of([0.0, 0.5], [1.0, 1.0]), {"x": "logit"}, by="marker").frame.iloc[0]
    assert "3 of 4 values are 0 or 1" in full["note"]
    gone = compare_measurements(frame_of([4, 5, 6.0], [1, 0, 2.0]), {"x": "log2"}, by="marker").frame.iloc[0]
    assert (gone["scale"], gone["n_pairs"]) == ("difference", 3)


def test_subjects_left_out_are_counted_by_reason() -> None:
    frame = frame_of([1, 2, 3, 4, np.nan, 6.0], [2, 3, np.nan, np.nan, 6, 7.0]).assign(status="ok")
    frame.loc[frame["x"].isna(), "status"] = ["no direction", "no direction", "no tissue"]
    frame = frame[~((frame["subject"] == "S5") & (frame["timepoint"] == "post"))]
    found = compare_measurements(frame, {"x": "difference"}, by="marker", reason="status").frame.iloc[0]
    assert (found["n_pairs"], found["n_excluded"]) == (2, 4)
    assert found["note"].endswith(
        "4 subjects without a pair: no direction at pre (1), no direction at post (1), no tissue at post (1),"
        " not sampled at post (1)"
    )
    plain = compare_measurements(frame, {"x": "difference"}, by="marker").frame.iloc[0]
    assert plain["note"].endswith("no value at pre (1), no value at post (2), not sampled at post (1)")


def test_without_pairs_there_is_no_p() -> None:
    found = compare_measurements(
        frame_of([1.0, np.nan], [np.nan, 2.0]), {"x": "difference"}, by="marker"
    ).frame.iloc[0]
    assert found[["p_value", "q_value", "smallest_p", "shift"]].isna().all()


def test_unknown_timepoints_are_named() -> None:
    with pytest.raises(InputError, match="must be one of week 4, week 8; got pre"):
        compare_measurements(
            frame_of([1.0], [2.0]).replace({"pre": "week 4", "post": "week 8"}),
            {"x": "difference"},
            by="marker",
        )


def test_a_time_point_that_does_not_occur_is_refused_by_the_names_there_are():
    frame = pd.DataFrame(
        {"subject": ["a", "a"], "timepoint": ["pre", "post"], "value": [1.0, 2.0], "by": "x"}
    )
    with pytest.raises(InputError, match=r"must be one of pre, post; got nope.*the images"):
        compare_measurements(frame, ["value"], by="by", baseline="nope")


# --- quality


def quality_of(found: MeasurementShifts) -> tuple[str, str]:
    row = found.frame.iloc[0]
    return row["quality"], row["reasons"]


def test_a_shift_of_enough_pairs_passes_and_keeps_its_settings() -> None:
    found = compare_measurements(
        frame_of([1, 2, 3, 4, 5, 6.0], [2, 3, 4, 5, 6, 7.0]), {"x": "difference"}, by="marker", confidence=0.9
    )
    assert quality_of(found) == ("pass", "")
    assert (found.confidence, found.by, found.visits) == (
        0.9,
        "marker",
        {"baseline": "pre", "followup": "post"},
    )
    assert "MeasurementShifts, 1 row; by marker, baseline pre, followup post, confidence 0.9" in repr(found)


@pytest.mark.parametrize(
    ("pre", "post", "quality"),
    [
        (
            [1.0],
            [np.nan],
            (
                "not judged",
                "no subject has a value at both timepoints; 1 subject without a pair: no value at post (1)",
            ),
        ),
        ([1.0], [2.0], ("caution", "no 95 % interval from 1 pair")),
        ([1.0] * 8, [1.0] * 8, ("caution", "no pair moved")),
        ([1.0] * 8, [1.0] * 5 + [2.0] * 3, ("caution", "the least p of 3 pairs that moved is 0.25")),
        ([1.0] * 7, [2.0] * 6 + [np.nan], ("caution", "1 subject without a pair: no value at post (1)")),
    ],
)
def test_what_speaks_against_a_shift_stands_in_its_row(pre, post, quality) -> None:
    assert quality_of(compare_measurements(frame_of(pre, post), {"x": "difference"}, by="marker")) == quality


def test_doubts_of_images_are_reasons_of_their_own_shift_only() -> None:
    frame = frame_of([1, 2, 3, 4, 5, 6.0], [2, 3, 4, 5, 6, 7.0])
    both = pd.concat([frame, frame.assign(marker="FAP")])
    found = compare_measurements(
        both, {"x": "difference"}, by="marker", doubts={("FAP", "x"): ["a.png: pale"]}
    ).frame.set_index("marker")
    assert found["quality"].to_dict() == {"FAP": "caution", "collagen": "pass"}
    assert found.loc["FAP", "reasons"] == "a.png: pale"
