"""Log-rank, Cox, proportionality, subgroups, interval censoring and power."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.stats import chi2 as chi2_distribution

from lib import survival
from lib.errors import InputError
from lib.places import REFERENCE
from lib.survival.risk_sets import partial_likelihood

R_STOPS = 1e-8
"""R's coxph stops when the likelihood gains less than 1e-9, here 2.4e-9 from the maximum; ours goes on to
it."""


@pytest.fixture(scope="module")
def lung():
    frame = pd.read_csv(REFERENCE / "lung.csv").rename(columns={"ph.ecog": "ecog"})
    return frame.assign(event=(frame["status"] == 2).astype(int))


def test_lung_logrank_plain_weighted_and_stratified(lung):
    plain = survival.compare_logrank(lung["time"], lung["event"], lung["sex"])
    assert plain.chi2 == pytest.approx(10.3267419548856, rel=1e-13)
    assert plain.p_value == pytest.approx(0.00131116452035549, rel=1e-12)
    peto = survival.compare_logrank(lung["time"], lung["event"], lung["sex"], rho=1)
    assert peto.chi2 == pytest.approx(12.7141514011575, rel=1e-13)
    known = lung.dropna(subset="ecog")
    strata = survival.compare_logrank(known["time"], known["event"], known["sex"], strata=known["ecog"])
    assert strata.chi2 == pytest.approx(10.7950596334964, rel=1e-13)
    assert strata.n_strata == 4


def test_logrank_of_several_groups_and_late_weights():
    rng = np.random.default_rng(3)
    time, group = rng.exponential(1, 300), np.repeat(["a", "b", "c"], 100)
    time[group == "c"] *= 3
    test = survival.compare_logrank(time, np.ones(300), group)
    assert (test.df, test.observed.sum()) == (2, 300)
    assert test.expected.sum() == pytest.approx(300)
    assert test.p_value == pytest.approx(chi2_distribution.sf(test.chi2, 2))
    late = survival.compare_logrank(time, np.ones(300), group, gamma=1)
    assert late.chi2 != test.chi2
    assert late.p_value < 1e-6


def test_logrank_without_a_comparison():
    assert survival.compare_logrank([1, 2], [0, 0], ["a", "b"]).status == "not estimable"
    assert survival.compare_logrank([1, 2], [1, 1], ["a", "a"]).status == "not estimable"
    assert survival.compare_logrank([], [], []).status == "not estimable"
    with pytest.raises(InputError, match="got -1 and 0"):
        survival.compare_logrank([1], [1], ["a"], rho=-1)
    with pytest.raises(InputError, match="group must not be missing; got no value in row 1"):
        survival.compare_logrank([1, 2], [1, 1], ["a", None])


def test_groups_never_at_risk_together_have_a_variance_of_exactly_0():
    rng = np.random.default_rng(2)
    for n in rng.integers(3, 60, 50):
        time = np.concatenate([rng.uniform(0, 1, n), rng.uniform(2, 3, n)])
        event = np.concatenate([np.zeros(n), np.ones(n)])
        assert survival.compare_logrank(time, event, ["a"] * n + ["b"] * n).status == "not estimable"


def test_logrank_holds_its_level():
    rng = np.random.default_rng(11)
    group = np.repeat(["a", "b"], [57, 52])
    p = [
        survival.compare_logrank(rng.exponential(1, 109), rng.random(109) < 0.6, group).p_value
        for _ in range(600)
    ]
    assert 0.03 < np.mean(np.array(p) < 0.05) < 0.075


def test_lung_cox_by_efron_and_breslow(lung):
    fit = survival.fit_cox(lung["time"], lung["event"], lung["sex"])
    assert fit.log_hazard_ratio[0] == pytest.approx(-0.531023537619508, rel=R_STOPS)
    assert fit.std_error[0] == pytest.approx(0.167178583230754, rel=R_STOPS)
    ours = [fit.hazard_ratio[0], fit.low[0], fit.high[0]]
    assert ours == pytest.approx([0.588002818563588, 0.423717830353915, 0.815984813171387], rel=R_STOPS)
    breslow = survival.fit_cox(lung["time"], lung["event"], lung["sex"], ties="breslow")
    assert breslow.hazard_ratio[0] == pytest.approx(0.588371590230542, rel=R_STOPS)
    sets, at = fit.risk_sets, fit.log_hazard_ratio * fit.risk_sets.scale
    assert abs(partial_likelihood(sets, at)[1][0]) < 1e-12


def test_lung_cox_stratified(lung):
    known = lung.dropna(subset="ecog")
    fit = survival.fit_cox(known["time"], known["event"], known[["sex", "age"]], strata=known["ecog"])
    assert fit.names == ("sex", "age")
    ours = [fit.hazard_ratio[0], fit.low[0], fit.high[0]]
    assert ours == pytest.approx([0.574924284608837, 0.411304490669034, 0.803633173309937], rel=R_STOPS)


def test_lung_proportional_hazards(lung):
    check = survival.check_proportional_hazards(survival.fit_cox(lung["time"], lung["event"], lung["sex"]))
    assert check.chi2[0] == pytest.approx(2.86323514932059, rel=R_STOPS)
    assert check.global_chi2 == pytest.approx(check.chi2[0])


def test_crossing_hazards_are_noticed():
    rng = np.random.default_rng(4)
    x = np.repeat([0, 1], 200)
    time = np.where(x == 1, rng.weibull(3, 400), rng.weibull(0.7, 400))
    fit = survival.fit_cox(time, np.ones(400), x)
    assert survival.check_proportional_hazards(fit).p_value[0] < 1e-6


def test_score_test_without_ties_is_the_logrank_test():
    rng = np.random.default_rng(8)
    time, x = rng.exponential(1, 60), rng.random(60) < 0.5
    fit = survival.fit_cox(time, np.ones(60), x)
    test = survival.compare_logrank(time, np.ones(60), x)
    assert fit.score_chi2 == pytest.approx(test.chi2, rel=1e-10)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_cox_gradient_vanishes_and_shift_does_not_matter(ties):
    rng = np.random.default_rng(9)
    time, x = rng.integers(1, 12, 200), rng.normal(size=(200, 3)) * [1, 50, 0.01]
    event, strata = rng.random(200) < 0.7, rng.integers(0, 5, 200)
    fit = survival.fit_cox(time, event, x, strata=strata, ties=ties)
    moved = survival.fit_cox(time, event, x + np.array([100, -3000, 7]), strata=strata, ties=ties)
    assert moved.log_hazard_ratio == pytest.approx(fit.log_hazard_ratio, rel=1e-7)
    assert (fit.n_strata, fit.status) == (5, "ok")


def test_cox_recovers_the_truth_in_many_rows():
    rng = np.random.default_rng(10)
    x = rng.normal(size=(20_000, 2))
    time = rng.exponential(np.exp(-(x @ [0.5, -0.3])))
    fit = survival.fit_cox(np.minimum(time, 2).round(2), time < 2, x)
    assert (np.abs(fit.log_hazard_ratio - [0.5, -0.3]) < 4 * fit.std_error).all()


def test_group_without_events_has_no_finite_ratio():
    time, event = np.arange(1, 21), np.repeat([1, 0], 10)
    (contrast,) = survival.compare_groups(time, event, np.repeat(["a", "b"], 10), reference="a")
    assert (contrast.status, np.isnan(contrast.hazard_ratio)) == ("monotone", True)
    assert contrast.logrank_p < 0.01
    assert "b has no finite hazard ratio" in contrast.advice


def test_rare_covariate_without_events_is_noticed():
    rng = np.random.default_rng(15)
    x, rare = rng.normal(size=4000), np.zeros(4000)
    rare[:3] = 1
    event = (rng.random(4000) < 0.7) & (rare == 0)
    fit = survival.fit_cox(
        rng.exponential(np.exp(-0.4 * x)), event, np.column_stack([x, rare]), names=["x", "rare"]
    )
    assert fit.status == "monotone"
    assert fit.advice.startswith("rare has no finite hazard ratio")


def test_cox_and_weighted_logrank_agree_with_lifelines():
    lifelines = pytest.importorskip("lifelines")
    from lifelines.statistics import logrank_test, multivariate_logrank_test

    rng = np.random.default_rng(16)
    frame = pd.DataFrame(
        {"a": rng.normal(size=150), "b": rng.integers(0, 2, 150), "s": rng.integers(0, 3, 150)}
    )
    frame["t"] = rng.exponential(np.exp(-0.6 * frame["a"])).round(1) + 0.1
    frame["e"] = (rng.random(150) < 0.7).astype(int)
    ours = survival.fit_cox(frame["t"], frame["e"], frame[["a", "b"]], strata=frame["s"])
    options = {"duration_col": "t", "event_col": "e", "strata": ["s"], "fit_options": {"precision": 1e-12}}
    theirs = lifelines.CoxPHFitter().fit(frame, **options)
    assert ours.log_hazard_ratio == pytest.approx(theirs.params_.to_numpy(), rel=1e-6)
    assert ours.std_error == pytest.approx(theirs.standard_errors_.to_numpy(), rel=1e-6)
    three = multivariate_logrank_test(frame["t"], frame["s"], frame["e"]).test_statistic
    assert survival.compare_logrank(frame["t"], frame["e"], frame["s"]).chi2 == pytest.approx(three, rel=1e-9)
    one, two = (frame[frame["b"] == value] for value in (0, 1))
    late = logrank_test(one["t"], two["t"], one["e"], two["e"], weightings="fleming-harrington", p=0.5, q=1)
    ours_late = survival.compare_logrank(frame["t"], frame["e"], frame["b"], rho=0.5, gamma=1)
    assert ours_late.chi2 == pytest.approx(late.test_statistic, rel=1e-6)


def test_cox_says_why_there_is_no_fit():
    assert survival.fit_cox([1, 2, 3], [0, 0, 0], [0, 1, 0]).status == "no events"
    assert survival.fit_cox([1, 2, 3], [1, 1, 1], [2, 2, 2]).status == "collinear"
    twice = np.random.default_rng(1).normal(size=30)
    assert (
        survival.fit_cox(np.arange(30), [1] * 30, np.column_stack([twice, 2 * twice])).status == "collinear"
    )
    assert survival.fit_cox([], [], np.empty((0, 1))).status == "no events"
    with pytest.raises(InputError, match="covariate age must be a number; got nan in row 1"):
        survival.fit_cox([1, 2], [1, 1], pd.DataFrame({"age": [50, np.nan]}))
    with pytest.raises(InputError, match="got 'exact'"):
        survival.fit_cox([1], [1], [1], ties="exact")


def test_compare_groups_takes_pairs_against_the_reference(lung):
    labels = lung["sex"].map({1: "male", 2: "female"})
    (row,) = survival.compare_groups(lung["time"], lung["event"], labels, reference="male")
    assert (row.group, row.n, row.n_reference, row.status) == ("female", 90, 138, "ok")
    assert row.hazard_ratio == pytest.approx(0.588002818563588, rel=R_STOPS)
    assert row.ph_test_p == pytest.approx(chi2_distribution.sf(2.86323514932059, 1), rel=R_STOPS)
    with pytest.raises(InputError, match="one of male, female; got 'other'"):
        survival.compare_groups(lung["time"], lung["event"], labels, reference="other")
    assert survival.compare_groups([1, 2], [1, 1], ["a", "a"]) == []


def test_subgroups_with_interaction(lung):
    known = lung[lung["ecog"].isin([0, 1, 2])]
    result = survival.compare_subgroups(
        known["time"], known["event"], known["sex"], known["ecog"], reference="1"
    )
    assert result.interaction_df == 2
    assert 0 < result.interaction_p < 1
    for name, contrast in zip(result.subgroups, result.contrasts, strict=True):
        part = known[known["ecog"].astype(str) == name]
        alone = survival.fit_cox(part["time"], part["event"], part["sex"])
        assert contrast.hazard_ratio == pytest.approx(alone.hazard_ratio[0], rel=1e-10)
    with pytest.raises(InputError, match="exactly two groups; got 3"):
        survival.compare_subgroups([1, 2, 3], [1, 1, 1], ["a", "b", "c"], ["x"] * 3)


def test_interaction_is_found_where_there_is_one():
    rng = np.random.default_rng(12)
    group, part = rng.integers(0, 2, 600), rng.integers(0, 2, 600)
    time = rng.exponential(np.where(part == 1, np.exp(1.2 * group), np.exp(-0.2 * group)))
    result = survival.compare_subgroups(time, np.ones(600), group, part, reference="0")
    assert result.interaction_p < 1e-4
    single = survival.compare_subgroups(time, np.ones(600), group, ["all"] * 600, reference="0")
    assert single.interaction_status == "one subgroup only"


def test_turnbull_on_exact_times_is_kaplan_meier():
    time, event = np.array([1.0, 2, 3, 4, 5, 6]), np.array([1, 0, 1, 1, 0, 1])
    curve = survival.fit_turnbull(time, np.where(event == 1, time, np.inf))
    exact = survival.fit_kaplan_meier(time, event)
    assert curve.survival == pytest.approx(exact.survival[event == 1], abs=1e-6)


def test_turnbull_puts_mass_only_where_the_data_allow():
    # Peto's example: (0, 2], (1, 3], (4, 6] have innermost intervals (1, 2] and (4, 6].
    curve = survival.fit_turnbull([0, 1, 4], [2, 3, 6])
    assert curve.left.tolist() == [1, 4]
    assert curve.right.tolist() == [2, 6]
    assert curve.mass == pytest.approx([2 / 3, 1 / 3], abs=1e-6)


def probabilities(curve):
    """S at each right end."""
    return dict(zip(curve.right.tolist(), curve.survival.tolist(), strict=True))


def test_an_interval_that_opens_at_an_exact_time_does_not_hold_it():
    # One event at 4, one subject free of it at 4: Kaplan and Meier's 0.5.
    curve = survival.fit_turnbull([4, 4], [4, np.inf])
    assert curve.survival.tolist() == pytest.approx([0.5, 0])
    assert (curve.left.tolist(), curve.right.tolist()) == ([4, 4], [4, np.inf])
    assert (curve.median, curve.status) == (4, "reached")
    # (1, 3] closes at 3 and holds the exact time there; (3, 5] does not.
    assert probabilities(survival.fit_turnbull([3, 1], [3, 3])) == {3: pytest.approx(0)}
    assert probabilities(survival.fit_turnbull([3, 3], [3, 5])) == pytest.approx({3: 0.5, 5: 0}, abs=1e-12)


@pytest.mark.parametrize("events", [[1, 0, 1, 1, 0, 1, 0], [1, 1, 0, 0, 1, 0, 1], [0, 1, 1, 0, 1, 1, 1]])
def test_turnbull_of_tied_right_censored_times_is_kaplan_meier(events):
    time, event = np.array([2.0, 2, 3, 4, 4, 6, 6]), np.array(events)
    curve = survival.fit_turnbull(time, np.where(event == 1, time, np.inf))
    exact = survival.fit_kaplan_meier(time, event)
    died = exact.events > 0
    seen = np.isfinite(curve.right)
    assert curve.right[seen].tolist() == exact.time[died].tolist()
    assert curve.survival[seen] == pytest.approx(exact.survival[died], abs=1e-10)
    assert curve.median == pytest.approx(survival.estimate_median(exact).estimate, nan_ok=True)


def test_turnbull_as_r_prints_it():
    # R survival 3.5-3, survfit(Surv(left, right, type = "interval2")).
    left, right = [0, 8, 8, 7, 7, 17, 37, 46, 46, 45], [7, 8, 10, 16, 14, np.inf, 44, np.inf, np.inf, np.inf]
    seen = probabilities(survival.fit_turnbull(left, right))
    assert (seen[8], seen[10], seen[44]) == pytest.approx((0.7, 0.5, 0.375), abs=1e-9)
    # Turnbull 1974, table 1 (R survival's test `turnbull`): exact, right- and left-censored at four times.
    counts = {1: (12, 3, 2), 2: (6, 2, 4), 3: (2, 0, 2), 4: (3, 3, 5)}
    rows = [r for t, (d, c, e) in counts.items() for r in [(t, t)] * d + [(t, np.inf)] * c + [(0, t)] * e]
    seen = probabilities(survival.fit_turnbull(*zip(*rows, strict=True)))
    assert [round(seen[t], 3) for t in (1, 2, 3, 4)] == [0.538, 0.295, 0.210, 0.095]


def test_turnbull_in_closed_form():
    # Likelihood p₁(p₁ + p₂)p₂ over (0, 1] and (1, 2]: one half each.
    assert survival.fit_turnbull([0, 0, 1], [1, 2, 2]).mass == pytest.approx([0.5, 0.5])
    # (0, 2] twice and an exact 1 and 3: everything of (0, 2] lies at 1.
    curve = survival.fit_turnbull([0, 0, 1, 3], [2, 2, 1, 3])
    assert (curve.right.tolist(), curve.mass.tolist()) == ([1, 3], pytest.approx([0.75, 0.25]))


def likelihood_over_all_pieces(left, right):
    """Greatest log likelihood of masses on every point and every gap between points, by many plain EM
    steps."""
    points = np.unique(np.concatenate([left, right[np.isfinite(right)]]))
    pieces = []
    for point, after in zip(points, np.append(points[1:], np.inf), strict=True):
        pieces.append(np.where(left == right, left == point, (left < point) & (point <= right)))
        pieces.append((left != right) & (left <= point) & (right >= after))
    inside = np.array(pieces).T.astype(float)
    inside = inside[:, inside.any(axis=0)]
    mass = np.full(inside.shape[1], 1 / inside.shape[1])
    for _ in range(4000):
        mass = mass * ((1 / (inside @ mass)) @ inside) / len(inside)
    return np.log(inside @ mass).sum()


subjects = st.lists(
    st.tuples(st.integers(0, 5), st.sampled_from([0, 1, 2, 3, np.inf])), min_size=1, max_size=8
)


@settings(max_examples=60, deadline=None)
@given(subjects)
def test_turnbull_is_the_most_likely_of_all_distributions(rows):
    left, width = (np.array(x, float) for x in zip(*rows, strict=True))
    right = left + width
    curve = survival.fit_turnbull(left, right)
    point = curve.left == curve.right
    after = np.where(point, curve.left > left[:, None], curve.left >= left[:, None])
    exact = (left == right)[:, None]
    held = np.where(exact, point & (curve.left == left[:, None]), after & (curve.right <= right[:, None]))
    assert curve.status != "not converged"
    assert curve.mass.sum() == pytest.approx(1)
    # Plain EM creeps towards masses of 0, so that it may lie a little below.
    ours, brute = np.log(held @ curve.mass).sum(), likelihood_over_all_pieces(left, right)
    assert -1e-8 < ours - brute < 1e-2 * len(rows)
    gradient = (1 / (held @ curve.mass)) @ held
    assert gradient.max() <= len(rows) * (1 + 1e-9)  # no mass can gain: Gentleman and Geyer's condition


def test_turnbull_of_many_overlapping_visits_converges():
    rng = np.random.default_rng(3)
    truth, visits = rng.exponential(20, 300), np.sort(rng.uniform(0, 60, (300, 8)), axis=1)
    left = np.where(visits < truth[:, None], visits, 0).max(axis=1)
    right = np.where(visits >= truth[:, None], visits, np.inf).min(axis=1)
    curve = survival.fit_turnbull(left, right)
    assert curve.status == "reached"
    assert curve.median_low <= curve.median <= curve.median_high
    assert abs(curve.median - np.median(truth)) < 2.5


@pytest.mark.parametrize(
    ("time", "event", "group"),
    [
        ([5] * 6, [1] * 6, "aaabbb"),  # everybody at one time: no order
        ([1, 2, 3, 5, 6, 7], [0, 0, 0, 1, 1, 1], "aaabbb"),  # never at risk together
    ],
)
def test_events_that_compare_nobody_give_no_hazard_ratio(time, event, group):
    (row,) = survival.compare_groups(time, event, list(group))
    assert row.status == "not comparable"
    assert np.isnan(
        [row.hazard_ratio, row.hr_low, row.hr_high, row.wald_p, row.logrank_p, row.ph_test_p]
    ).all()
    assert "hazards cannot be compared" in row.advice


def test_interval_censoring_moves_the_median_back_by_half_a_visit():
    rng = np.random.default_rng(13)
    truth = rng.exponential(10 / np.log(2), 400)
    left, right = np.floor(truth / 2) * 2, np.floor(truth / 2) * 2 + 2
    table = survival.compare_interval_censoring(left, np.where(right > 24, np.nan, right)).set_index("method")
    assert table.loc["at detection", "median"] - table.loc["midpoint", "median"] == pytest.approx(1)
    assert abs(table.loc["turnbull", "median"] - np.median(truth)) < 0.6
    with pytest.raises(InputError, match=r"right must be >= left; got \(3, 2\] in row 0"):
        survival.fit_turnbull([3], [2])
    assert survival.fit_turnbull([], []).status == "not estimable"


@pytest.mark.parametrize(
    ("ratio", "events", "share"), [(0.7, 1, 0.5), (0.9, 8, 0.3), (1.6, 3, 0.2), (0.5, 40, 0.5), (1, 25, 0.5)]
)
def test_power_counts_both_tails_of_the_two_sided_test(ratio, events, share):
    """A two-sided z-test is a χ² test: its power is the upper tail of a noncentral χ² with one degree of
    freedom."""
    shift = events * share * (1 - share) * np.log(ratio) ** 2
    truth = stats.ncx2.sf(stats.chi2.isf(0.05, 1), 1, shift) if shift else 0.05
    power = survival.estimate_logrank_power(ratio, events, allocation=share)
    assert power == pytest.approx(truth, rel=1e-9)
    assert power >= 0.05 * (1 - 1e-12)


def test_power_by_schoenfeld():
    # 66 events at 1:1 for a hazard ratio of 0.5 and 80 % power (Schoenfeld 1983, table).
    assert survival.estimate_logrank_power(0.5, 66) == pytest.approx(0.8, abs=0.005)
    with pytest.raises(InputError, match="hazard_ratio must be > 0; got -1"):
        survival.estimate_logrank_power(-1, 50)
    with pytest.raises(InputError, match=r"got 1\.2"):
        survival.estimate_logrank_power(0.5, 50, allocation=1.2)
