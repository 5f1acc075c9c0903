"""What counts as the same result: numbers to their tolerance, all else to the letter."""

import copy

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.store.sameness import Tolerance, first_difference, same_text, same_value, unequal_cells, widest


def differ(old, new, tolerance=None):
    return unequal_cells(pd.Series(old), pd.Series(new), tolerance).tolist()


def test_floats_are_held_to_1e9_of_themselves_and_of_their_columns_scale():
    assert differ([1.0, 2.0], [1.0 + 4e-10, 2.0 + 4e-9]) == [False, True]
    assert differ([1.0, 1e-17, 2.0], [1.0, -3e-17, 2.0]) == [False, False, False]
    assert differ([1e-6, 3.0, 1e9], [1.01e-6, 3.0, 1e9]) == [True, False, False]


def test_whole_numbers_words_and_flags_are_equal_or_not():
    assert differ([10**12, 3], [10**12 + 1, 3]) == [True, False]
    assert differ(["ok", ">"], ["ok", "="]) == [False, True]
    assert differ([True, False], [True, True]) == [False, True]
    assert differ([60.0, np.nan], [61.0, np.nan]) == [True, False]


def test_a_value_that_comes_or_goes_differs():
    assert differ([1.0, np.nan, None], [np.nan, 1.0, None]) == [True, True, False]


def test_a_number_beside_words_is_held_as_a_number():
    assert differ(["0.30000000000000004", "> 30"], ["0.3", "> 30"]) == [False, False]
    assert differ(["0.31", "> 30"], ["0.3", "> 40"]) == [True, True]


@pytest.mark.parametrize(
    ("stated", "near", "far"),
    [(1e-5, 1 + 9e-6, 1 + 2e-5), ({"relative": 1e-9, "absolute": 1e-3}, 1.0009, 1.0011)],
)
def test_tables_state_a_wider_tolerance(stated, near, far):
    assert differ([1.0, 1.0], [near, far], Tolerance.of(stated)) == [False, True]


@given(st.lists(st.floats(-1e6, 1e6, allow_subnormal=False), min_size=1, max_size=20), st.randoms())
def test_order_of_the_two_does_not_matter_and_the_same_is_the_same(values, random):
    other = [v * (1 + random.choice([0, 1e-10, 1e-7])) for v in values]
    assert differ(values, values) == [False] * len(values)
    assert differ(values, other) == differ(other, values)


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("IC50 2.85 µM (1.84–4.43), n = 3", "IC50 2.86 µM (1.84–4.43), n = 3", True),
        ("IC50 2.85 µM (1.84–4.43), n = 3", "IC50 2.87 µM (1.84–4.43), n = 3", False),
        ("n = 3", "n = 4", False),
        ("1,234 events", "1,235 events", False),
        ("0.999", "1.00", True),
        ("p = 2.34e-05", "p = 2.35e-05", True),
        ("−0.50 falls", "0.50 falls", False),
        ("3 of 4 agree", "3 of 4 differ", False),
        ("CD4 and C32", "CD8 and C32", False),
        ("<Axes at 0x7f00aa11bb22>", "<Axes at 0x7f00cc33dd44>", True),
        ("a   1.0\nb  22.0", "a 1.0\nb 22.0", True),
        ("took 1.2 s", "took 3.4 s", True),
        ("Wall time: 812 µs", "Wall time: 1.1 ms", True),
        ("id=5c6b7a80-1f2e-4d3c-9b8a-0123456789ab", "id=00c1d2e3-4f50-4a6b-8c7d-fedcba987654", True),
        ("_anim_img0123456789abcdef0123456789abcdef x", "_anim_imgffff456789abcdef0123456789ab0000 x", True),
        ("#T_a1b2c_row0 {x} T_a1b2c", "#T_0f9e8_row0 {x} T_0f9e8", True),
    ],
)
def test_sentences_say_the_same(old, new, same):
    assert same_text(old, new) is same
    assert same_text(new, old) is same


def test_contents_are_compared_all_the_way_down():
    old = {"rows": [["a", "1.25"]], "key": {"estimate": 1.0, "n": 3}, "fold": False}
    new = copy.deepcopy(old)
    new["key"]["estimate"] = 1.0 + 1e-12
    assert same_value(old, new)
    for change in ({"n": 4}, {"estimate": 1.1}, {"estimate": None}):
        assert not same_value(old, {**new, "key": {**new["key"], **change}})
    assert not same_value(old, {**new, "fold": 0})
    assert not same_value(old, {**new, "rows": [["a", "1.25"], ["b", "1"]]})


def notebook(text, picture="abc"):
    data = {"text/plain": text, "image/png": picture}
    return {"cells": [{"outputs": [{"output_type": "display_data", "data": data, "metadata": {}}]}]}


def test_first_difference_names_what_was_said_and_passes_over_pictures():
    assert first_difference(notebook("n = 3"), notebook("n = 3", "xyz"), Tolerance()) == ""
    said = first_difference(notebook("verdict: agrees"), notebook("verdict: differs"), Tolerance())
    assert "agrees" in said.partition(" before")[0]
    assert "differs" in said.partition(" before")[2]
    assert first_difference(notebook("a"), {"cells": []}, Tolerance()) == "1 outputs before, 0 now"


def test_widest_is_at_least_the_default():
    assert widest([]) == Tolerance()
    assert widest([1e-6, {"relative": 1e-9, "absolute": 0.5}]) == Tolerance(1e-6, 0.5)
