"""Intervals of rates and differences against R, and their exact coverage."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import xlog1py, xlogy

from lib.errors import InputError
from lib.proportions import (
    compare_proportions,
    estimate_coverage,
    estimate_proportion,
    rate_interval,
)

# R 4.2.2: binom.test and PropCIs.
INTERVALS = {
    (25, 57, "clopper-pearson"): (0.307415433440419, 0.576378581253424),
    (25, 57, "wilson"): (0.317726968997944, 0.567219905457685),
    (25, 57, "jeffreys"): (0.315465269952504, 0.567789531734157),
    (9, 52, "clopper-pearson"): (0.0823256854420929, 0.303280106103133),
    (9, 52, "wilson"): (0.093824743913102, 0.297308641244808),
    (9, 52, "jeffreys"): (0.0892433662846661, 0.292099696748247),
    (34, 109, "clopper-pearson"): (0.226623591542082, 0.407750632289074),
    (34, 109, "wilson"): (0.232611145773676, 0.404047220499758),
    (34, 109, "jeffreys"): (0.23074470866066, 0.40294691654705),
}


@pytest.mark.parametrize(("case", "bounds"), INTERVALS.items())
def test_intervals_as_r_gives_them(case, bounds):
    x, n, method = case
    rate = estimate_proportion(x, n, method=method)
    assert [rate.low, rate.high] == pytest.approx(bounds, rel=1e-12)
    assert rate.rate == x / n


@pytest.mark.parametrize(
    ("method", "low", "high"),
    [
        ("wald", 0.100694282921212, 0.430344853381083),
        ("newcombe", 0.0921905134514699, 0.416598655354828),
        ("miettinen-nurminen", 0.0933821740287, 0.423214911387),
    ],
)
def test_differences_as_r_gives_them(method, low, high):
    ours = compare_proportions(25, 57, 9, 52, method=method)
    assert ours.difference == pytest.approx(0.265519568151147, rel=1e-13)
    assert [ours.low, ours.high] == pytest.approx([low, high], rel=1e-11)
    assert ours.p_fisher == pytest.approx(0.00363347444355425, rel=1e-12)


@pytest.mark.parametrize("method", ["clopper-pearson", "wilson", "jeffreys"])
def test_edges_of_a_rate(method):
    none, everyone = estimate_proportion(0, 10, method=method), estimate_proportion(10, 10, method=method)
    assert (none.low, everyone.high) == (0, 1)
    assert none.high == pytest.approx(1 - everyone.low, abs=1e-12)
    empty = estimate_proportion(0, 0, method=method)
    assert (empty.status, np.isnan(empty.low)) == ("not estimable", True)


def test_clopper_pearson_at_zero_is_closed_form():
    assert estimate_proportion(0, 10).high == pytest.approx(1 - 0.025 ** (1 / 10), rel=1e-13)


@pytest.mark.parametrize("method", ["newcombe", "miettinen-nurminen"])
@pytest.mark.parametrize(
    "counts", [(0, 10, 0, 10), (10, 10, 0, 10), (0, 10, 10, 10), (1, 1, 0, 1), (10, 10, 10, 10)]
)
def test_edges_of_a_difference(method, counts):
    ours = compare_proportions(*counts, method=method)
    assert -1 <= ours.low <= ours.difference <= ours.high <= 1
    assert ours.low < ours.high
    assert compare_proportions(3, 7, 0, 0, method=method).status == "not estimable"


@pytest.mark.parametrize("counts", [(1, 1, 2, 8), (9, 9, 3, 11), (4, 11, 0, 6), (0, 5, 5, 5), (3, 3, 7, 7)])
def test_wald_has_no_interval_where_a_group_has_no_variance(counts):
    ours = compare_proportions(*counts, method="wald")
    assert np.isnan([ours.low, ours.high]).all()
    assert ours.status == "no variance"
    assert ours.difference == pytest.approx(counts[0] / counts[1] - counts[2] / counts[3])
    assert compare_proportions(*counts, method="newcombe").status == "ok"


counts = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@settings(max_examples=80, deadline=None)
@given(counts, counts, st.sampled_from(["newcombe", "miettinen-nurminen", "wald"]))
def test_swapping_groups_turns_the_interval_round(a, b, method):
    there, back = compare_proportions(*a, *b, method=method), compare_proportions(*b, *a, method=method)
    assert [there.low, there.high] == pytest.approx([-back.high, -back.low], abs=1e-10, nan_ok=True)


@settings(max_examples=40, deadline=None)
@given(counts, counts)
def test_miettinen_nurminen_bounds_are_where_the_score_test_rejects(a, b):
    """The bound solves the score equation, with the most likely rates found by search instead."""
    ours = compare_proportions(*a, *b)
    for bound in (ours.low, ours.high):
        if abs(bound) < 0.999 and abs(bound - ours.difference) > 1e-6:
            assert score_chi2(*a, *b, bound) == pytest.approx(1.959963984540054**2, rel=1e-2)


def score_chi2(x1, n1, x2, n2, delta):
    p2 = np.linspace(max(0, -delta), min(1, 1 - delta), 20_001)
    p1 = np.clip(p2 + delta, 0, 1)
    likelihood = xlogy(x1, p1) + xlog1py(n1 - x1, -p1) + xlogy(x2, p2) + xlog1py(n2 - x2, -p2)
    best = likelihood.argmax()
    variance = p1[best] * (1 - p1[best]) / n1 + p2[best] * (1 - p2[best]) / n2
    return (x1 / n1 - x2 / n2 - delta) ** 2 / (variance * (n1 + n2) / (n1 + n2 - 1))


def test_exact_coverage_of_each_interval():
    rates = np.linspace(0.02, 0.98, 97)
    for n in (8, 26, 57):
        assert (estimate_coverage(n, rates) >= 0.95).all()
        assert 0.94 < estimate_coverage(n, rates, method="wilson").mean() < 0.965
        assert 0.94 < estimate_coverage(n, rates, method="jeffreys").mean() < 0.965


def test_coverage_of_the_difference():
    # 600 simulated pairs at Table 4's rates and sizes; Monte-Carlo error 0.9 points.
    rng = np.random.default_rng(6)
    a, b = rng.binomial(57, 0.44, 600), rng.binomial(52, 0.17, 600)
    for method in ("miettinen-nurminen", "newcombe"):
        ours = [compare_proportions(x, 57, y, 52, method=method) for x, y in zip(a, b, strict=True)]
        assert 0.93 < np.mean([r.low <= 0.27 <= r.high for r in ours]) < 0.97


def test_unusable_counts_are_named():
    with pytest.raises(InputError, match="successes must not exceed n; got 12 of 10"):
        estimate_proportion(12, 10)
    with pytest.raises(InputError, match=r"n must be a whole number >= 0; got 10\.5"):
        estimate_proportion(2, 10.5)
    with pytest.raises(InputError, match="got 'agresti'"):
        rate_interval(1, 2, method="agresti")
    with pytest.raises(InputError, match="got 'score'"):
        compare_proportions(1, 2, 1, 2, method="score")
    with pytest.raises(InputError, match="got 95"):
        estimate_proportion(1, 2, confidence=95)
