"""Hodges–Lehmann shift and exact signed rank, against R, scipy and enumeration."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from lib.errors import InputError
from lib.paired import empirical_logits, estimate_shift, percent_logits, smallest_p

# R 4.2.2: wilcox.test(d, conf.int = TRUE, exact = TRUE) on differences of empirical logits of pairs_8.csv
R_PAIRS_8 = {
    "CD8+ T cells": (0.549869836235, 0.122040965669, 1.373335062492, 0.015625),
    "Regulatory T cells": (-0.798831475069, -1.019784729966, -0.478163525824, 0.0078125),
}
differences = st.lists(st.floats(-5, 5).filter(lambda x: abs(x) > 1e-3), min_size=1, max_size=30)


@pytest.mark.parametrize("population", R_PAIRS_8)
def test_pairs_8_as_r(reference, population):
    cells = pd.read_csv(reference / "pairs_8.csv")
    cells = cells[cells["population"] == population]
    logits = pd.Series(empirical_logits(cells["count"], cells["parent_count"]), index=cells.index)
    wide = cells.assign(y=logits).pivot_table("y", "subject", "timepoint")
    result = estimate_shift(wide["post"] - wide["pre"])
    found = (result.shift, result.low, result.high, result.p_value)
    assert found == pytest.approx(R_PAIRS_8[population], abs=5e-13)
    assert result.smallest_p == 0.0078125
    assert result.coverage == pytest.approx(1 - 2 * 5 / 256)


def test_hollander_and_wolfe_depression_data():
    # Hollander & Wolfe 1973, p. 29 (Hamilton depression factor, nine patients), as on R's help page of
    # wilcox.test: V = 5 for baseline − follow-up reversed, two-sided p = 10/256 = .0390625
    first = np.array([1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30])
    second = np.array([0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29])
    result = estimate_shift(second - first)
    assert result.statistic == 5
    assert result.p_value == pytest.approx(0.0390625, abs=1e-15)


@pytest.mark.parametrize("n", [6, 13, 50])
def test_exact_p_as_scipy(n):
    d = np.random.default_rng(n).normal(0.3, 1, n)
    assert estimate_shift(d).p_value == pytest.approx(stats.wilcoxon(d, method="exact").pvalue, rel=1e-10)


def test_beyond_fifty_pairs_the_approximation_is_named_and_as_scipy():
    d = np.random.default_rng(3).normal(0.2, 1, 80)
    result = estimate_shift(d)
    assert "normal approximation, continuity corrected" in result.test
    expected = stats.wilcoxon(d, correction=True, method="asymptotic").pvalue
    assert result.p_value == pytest.approx(expected, rel=1e-10)


def test_ties_are_exact_by_enumeration_of_all_signs():
    d = np.array([1.0, 1.0, -1.0, 2.0, 2.0, 3.0, -2.0])
    ranks = stats.rankdata(np.abs(d))
    v = ranks[d > 0].sum()
    all_v = np.array([np.dot(signs, ranks) for signs in itertools.product((0, 1), repeat=7)])
    expected = min(1.0, 2 * min((all_v <= v).mean(), (all_v >= v).mean()))
    result = estimate_shift(d)
    assert result.p_value == pytest.approx(expected, abs=1e-14)
    assert result.test.endswith("exact, given ties")


def test_zero_differences_leave_the_test_and_stay_in_the_estimate():
    result = estimate_shift([0.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    assert (result.n, result.n_zero) == (8, 2)
    assert result.p_value == smallest_p(6) == 0.03125
    assert result.shift < estimate_shift([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).shift


def test_five_pairs_cannot_reach_five_percent_and_have_no_interval():
    result = estimate_shift([1, 2, 3, 4, 5])
    assert result.p_value == result.smallest_p == 0.0625
    assert math.isnan(result.low)
    assert result.note == "no 95 % interval from 5 pairs"
    assert not math.isnan(estimate_shift([1, 2, 3, 4, 5], confidence=0.9).low)


def test_six_pairs_have_the_range_as_interval():
    result = estimate_shift([1, 2, 3, 4, 5, 6])
    assert (result.low, result.high) == (1, 6)
    assert result.coverage == pytest.approx(1 - 2 / 64)


@pytest.mark.parametrize("d", [[], [0.0, 0.0], [1.5]])
def test_too_few_to_test_says_so(d):
    result = estimate_shift(d)
    assert result.p_value == 1
    assert f"from {len(d)} pair" in result.note


@given(differences, st.floats(-3, 3))
@settings(max_examples=50, deadline=None)
def test_shift_moves_and_mirrors_with_the_data(d, c):
    a, b, m = estimate_shift(d), estimate_shift(np.array(d) + c), estimate_shift(-np.array(d))
    assert b.shift == pytest.approx(a.shift + c, abs=1e-9)
    assert m.shift == pytest.approx(-a.shift, abs=1e-12)
    assert m.p_value == pytest.approx(a.p_value)
    assert a.p_value >= a.smallest_p * (1 - 1e-9)


@given(st.lists(st.floats(0.01, 5), min_size=6, max_size=30, unique=True), st.integers(0, 2**30 - 1))
@settings(max_examples=60, deadline=None)
def test_interval_and_test_tell_the_same(magnitudes, signs):
    """Without ties, p < .05 exactly where the interval leaves out 0."""
    d = np.array([m if signs >> i & 1 else -m for i, m in enumerate(magnitudes)])
    result = estimate_shift(d)
    assert (result.p_value <= 1 - result.coverage + 1e-12) == (result.low > 0 or result.high < 0)


def test_coverage_of_the_interval_is_at_least_nominal():
    rng = np.random.default_rng(20260611)
    draws = rng.standard_t(4, (1500, 9)) + 0.7
    held = np.mean([r.low <= 0.7 <= r.high for r in map(estimate_shift, draws)])
    # attained level at n = 9 is 1 − 2·5/512·… ≥ .95; three Monte-Carlo errors are .017
    assert held >= 0.95 - 0.017


def test_bad_differences_are_refused():
    with pytest.raises(InputError, match=r"differences must be finite; got nan"):
        estimate_shift([1.0, math.nan])
    with pytest.raises(InputError, match=r"confidence must lie between 0 and 1; got 1\.5"):
        estimate_shift([1.0], confidence=1.5)


def test_empirical_logits_stay_finite_and_mirror():
    assert empirical_logits([0, 5, 10], [10, 10, 10]) == pytest.approx(
        [math.log(0.5 / 10.5), 0, math.log(10.5 / 0.5)]
    )
    with pytest.raises(InputError, match=r"between 0 and its parent; got 11 of 10"):
        empirical_logits([11], [10])


def test_percent_logits_take_the_stated_offset():
    assert percent_logits([0, 50], offset=0.1) == pytest.approx([math.log(0.1 / 100.1), 0])
    with pytest.raises(InputError, match=r"from 0 to 100; got 101"):
        percent_logits([101])
    with pytest.raises(InputError, match=r"offset of a percentage must be > 0; got 0"):
        percent_logits([1], offset=0)
