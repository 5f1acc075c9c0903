"""Concordance by equivalence, and directions."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.agreement import compare_direction, compare_with_published, concordance_table
from lib.errors import InputError
from reports.present.agreement import margin_in_words


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (2.5, 3.1, "agrees"),  # 0.89 to 1.11 of 2.8, inside 1/1.25 to 1.25
        (2.85, 3.2, "agrees"),  # excludes equality, yet inside
        (3.0, 4.0, "differs"),  # excludes equality and leaves the margin
        (4.0, 5.0, "differs"),
        (2.0, 4.0, "cannot tell"),
        (None, None, "cannot tell"),
    ],
)
def test_verdicts_of_a_ratio(low, high, verdict):
    assert compare_with_published(3.0, low, high, 2.8, scale="ratio", margin=1.25).verdict == verdict


def test_where_both_hold_the_size_of_the_difference_is_given():
    result = compare_with_published(3.0, 2.85, 3.2, 2.8, scale="ratio", margin=1.25)
    assert result.excludes_equality
    assert "1.07 times" in result.why


def test_a_difference_of_rates():
    result = compare_with_published(60, 52, 68, 44, scale="difference", margin=5, unit="percentage points")
    assert result.verdict == "differs"
    assert (result.effect, result.effect_low, result.effect_high) == (16, 8, 24)
    assert "16 percentage points above" in result.why


def test_a_published_interval_is_squared_and_added():
    # MOVER by hand: sqrt(14² + 14²) below, sqrt(14² + 13²) above
    result = compare_with_published(
        44, 30, 58, 44, scale="difference", margin=25, published_low=31, published_high=58
    )
    assert result.effect_low == pytest.approx(-math.hypot(14, 14))
    assert result.effect_high == pytest.approx(math.hypot(14, 13))
    assert result.verdict == "agrees"


def test_a_censored_estimate_differs_where_its_limit_already_leaves_the_margin():
    above = compare_with_published(math.nan, 30, None, 2.8, scale="ratio", margin=1.25)
    assert above.verdict == "differs"
    assert "at least 10.7 times" in above.why
    assert compare_with_published(22, 12, None, 22, scale="ratio", margin=1.25).verdict == "cannot tell"


def test_nothing_published_is_not_comparable_with_its_reason():
    assert compare_with_published(3, 2, 4, None, scale="ratio", margin=2).verdict == "not comparable"
    other = compare_with_published(
        3, 2, 4, 3, scale="ratio", margin=2, not_comparable="another quantity: absolute IC50"
    )
    assert (other.verdict, other.why) == ("not comparable", "another quantity: absolute IC50")


@pytest.mark.parametrize(
    ("expected", "low", "high", "verdict"),
    [
        ("increased", 0.1, 0.5, "agrees"),
        ("reduced", 0.1, 0.5, "differs"),
        ("reduced", -0.1, 0.5, "cannot tell"),
        ("reduced", None, None, "cannot tell"),
        (None, 0.1, 0.5, "not comparable"),
    ],
)
def test_verdicts_of_a_direction(expected, low, high, verdict):
    assert compare_direction(0.3, low, high, expected).verdict == verdict


def test_bad_margins_and_values_are_refused():
    with pytest.raises(InputError, match=r"margin of a ratio must be > 1; got 0.8"):
        compare_with_published(1, 1, 1, 1, scale="ratio", margin=0.8)
    with pytest.raises(InputError, match=r"ratio needs values > 0; got -3 in IC50"):
        compare_with_published(-3, 1, 1, 1, scale="ratio", margin=2, name="IC50")
    with pytest.raises(InputError, match=r"got upwards"):
        compare_direction(1, 0.5, 2, "upwards")


@given(st.floats(0.1, 10), st.floats(0.01, 2), st.floats(0.01, 2), st.floats(0.1, 10), st.floats(1.01, 5))
def test_a_ratio_does_not_depend_on_the_unit(x, below, above, published, margin):
    low, high = x * math.exp(-below), x * math.exp(above)
    first = compare_with_published(x, low, high, published, scale="ratio", margin=margin)
    # a power of two scales without rounding
    second = compare_with_published(
        1024 * x, 1024 * low, 1024 * high, 1024 * published, scale="ratio", margin=margin
    )
    assert first.effect == pytest.approx(second.effect)
    assert first.effect_low <= first.effect <= first.effect_high


@given(st.floats(-10, 10), st.floats(0.01, 5), st.floats(-10, 10), st.floats(0.1, 5))
def test_a_wider_margin_never_turns_agreement_away(x, half, published, margin):
    narrow = compare_with_published(x, x - half, x + half, published, scale="difference", margin=margin)
    wide = compare_with_published(x, x - half, x + half, published, scale="difference", margin=2 * margin)
    assert narrow.verdict != "agrees" or wide.verdict == "agrees"


def test_the_table_and_the_rule_in_words():
    table = concordance_table([compare_with_published(3, 2.9, 3.1, 3, scale="ratio", margin=2, name="UTE1")])
    assert list(table["verdict"]) == ["agrees"]
    assert "1/2 and 2 times" in margin_in_words("ratio", 2)
