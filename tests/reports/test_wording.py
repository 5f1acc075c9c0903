"""Numbers in words: never nan, a true minus, open bounds said."""

from __future__ import annotations

import doctest

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports import wording as present


def test_examples_in_the_docstrings() -> None:
    result = doctest.testmod(present)
    assert result.attempted >= 8
    assert result.failed == 0


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_nothing_reads_nan_or_hyphen_minus(value: float) -> None:
    for text in (present.number(value), present.interval(value, None), present.p_value(abs(value))):
        assert "nan" not in text.lower()
        assert not text.startswith("-")


@given(st.floats(1e-4, 1e7), st.integers(2, 6))
def test_number_keeps_its_digits(value: float, digits: int) -> None:
    assert float(present.number(value, digits).replace(",", "")) == pytest.approx(
        value, rel=0.51 * 10 ** (1 - digits) * 1.001
    )


@pytest.mark.parametrize("value", [None, np.nan, pd.NA, pd.NaT])
def test_missing_is_a_word(value: object) -> None:
    assert present.number(value) == "none"


def test_rounding_up_does_not_add_a_digit() -> None:
    assert present.number(0.9996, 3) == "1.00"
    assert present.number(99.96, 3) == "100"
