"""Numbers are read one way, or both readings are spelled out."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import pytest

from lib.errors import InputError
from lib.tables.intake.how import How
from lib.tables.intake.numbers import Marks, decide_marks, read_numbers


def cells(*values: object, text: bool = True) -> pd.Series:
    kind = pd.StringDtype("pyarrow") if text else object
    return pd.Series(list(values), index=range(2, 2 + len(values)), dtype=kind)


POINT, COMMA, PLAIN = Marks(".", ","), Marks(",", "."), Marks(".", "")


@pytest.mark.parametrize(
    ("columns", "delimiter", "whole", "marks"),
    [
        ({"a": ["0.5", "1.25"]}, "comma", (), POINT),
        ({"a": ["0,5"], "b": ["50.123"]}, "semicolon", (), COMMA),
        ({"a": ["50.123"]}, "comma", (), PLAIN),
        ({"a": ["50,123"], "b": ["0.01"]}, "comma", (), POINT),
        ({"n": ["12,345", "900"]}, "semicolon", ("n",), POINT),
        ({"n": ["12.345"]}, "semicolon", ("n",), COMMA),
        ({"a": ["1.234.567"]}, "tab", (), COMMA),
        ({"a": ["1,234.5"]}, "tab", (), POINT),
        ({"a": ["31,2%"]}, "semicolon", (), COMMA),
        ({"a": ["10", "100"]}, "semicolon", (), PLAIN),
        ({"a": ["1000.125", "1000.250"]}, "tab", (), POINT),
    ],
)
def test_marks_of_a_file(columns: dict, delimiter: str, whole: tuple, marks: Marks) -> None:
    series = {name: cells(*values) for name, values in columns.items()}
    assert decide_marks(series, delimiter=delimiter, whole=whole) == marks


@pytest.mark.parametrize(
    ("columns", "delimiter", "said"),
    [
        ({"a": ["50.123"]}, "semicolon", "50.123 in a, which is 50.123 or 50123 in f row 2"),
        ({"a": ["50,123"]}, "comma", "50,123 in a, which is 50.123 or 50123 in f row 2"),
        ({"a": ["0,5", "0.5"]}, "semicolon", "0.5 in a row 3, and 0,5 in a row 2"),
    ],
)
def test_what_stays_open_is_refused_with_both_readings(columns: dict, delimiter: str, said: str) -> None:
    series = {name: cells(*values) for name, values in columns.items()}
    with pytest.raises(InputError, match=said):
        decide_marks(series, delimiter=delimiter, source="f")


def test_the_owners_word_decides() -> None:
    series = {"a": cells("50.123")}
    assert decide_marks(series, delimiter="semicolon", how=How(decimal=",")) == COMMA
    assert read_numbers(series["a"], COMMA).values[0] == 50123


def test_cells_as_people_write_them() -> None:
    read = read_numbers(
        cells("1e-3", "−2.5", "31.2%", "NA", "n.d.", "<0.05", "50 123", "1'234.5", None), POINT
    )
    np.testing.assert_array_equal(
        read.values, [0.001, -2.5, 31.2, np.nan, np.nan, np.nan, 50123, 1234.5, np.nan]
    )
    assert list(read.missing) == [False, False, False, True, True, False, False, False, True]
    assert list(read.unread) == [False, False, False, False, False, True, False, False, False]
    assert list(read.percent) == [False, False, True, False, False, False, False, False, False]


def test_a_workbooks_dates_and_truths_are_no_numbers() -> None:
    read = read_numbers(cells(1.5, datetime.datetime(2024, 1, 3), True, "2,5", None, text=False), COMMA)
    np.testing.assert_array_equal(read.values, [1.5, np.nan, np.nan, 2.5, np.nan])
    assert list(read.unread) == [False, True, True, False, False]


@pytest.mark.parametrize("seed", range(5))
def test_long_columns_are_read_like_short_ones(seed: int) -> None:
    numbers = np.random.default_rng(seed).lognormal(0, 4, 3000)
    texts = cells(*map(repr, map(float, numbers)))
    np.testing.assert_array_equal(read_numbers(texts).values, numbers)
    np.testing.assert_array_equal(read_numbers(texts.iloc[:50]).values, numbers[:50])


@pytest.mark.parametrize("seed", range(5))
def test_numbers_written_in_german_come_back(seed: int) -> None:
    numbers = np.random.default_rng(seed).uniform(0, 1e6, 200).round(2)
    texts = cells(*(f"{v:,.2f}".translate(str.maketrans(",.", ".,")) for v in numbers))
    marks = decide_marks({"a": texts}, delimiter="semicolon")
    np.testing.assert_allclose(read_numbers(texts, marks).values, numbers, rtol=1e-15)
