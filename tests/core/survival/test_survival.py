"""Curves, quantiles, landmarks and means against R survival 3.5-3, and at their edges."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib import survival
from lib.errors import InputError
from lib.places import REFERENCE
from lib.proportions import estimate_proportion


@pytest.fixture(scope="module")
def lung():
    frame = pd.read_csv(REFERENCE / "lung.csv")
    return frame.assign(event=(frame["status"] == 2).astype(int), ecog=frame["ph.ecog"])


@pytest.fixture(scope="module")
def ovarian(truth):
    return pd.read_csv(truth / "ovarian.csv")


samples = st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=1, max_size=40)


def by_sex(lung, conf_type="log"):
    curves = survival.fit_by_group(lung["time"], lung["event"], lung["sex"], conf_type=conf_type)
    return curves["1"], curves["2"]


@pytest.mark.parametrize(
    ("conf_type", "male", "female"),
    [
        ("log", (212, 310), (348, 550)),
        ("log-log", (210, 306), (345, 524)),
        ("plain", (212, 306), (345, 524)),
        ("logit", (210, 310), (345, 524)),
        ("arcsin", (212, 310), (345, 524)),
    ],
)
def test_lung_medians_as_r_prints_them(lung, conf_type, male, female):
    for curve, point, bounds in zip(by_sex(lung, conf_type), (270, 426), (male, female), strict=True):
        median = survival.estimate_median(curve)
        assert (median.estimate, median.low, median.high) == (point, *bounds)
        assert median.status == median.low_status == median.high_status == "reached"


@pytest.mark.parametrize(
    ("conf_type", "low", "high"),
    [
        ("log", 0.260900503789725, 0.432942945497811),
        ("log-log", 0.252729143327973, 0.421302168222719),
        ("plain", 0.250979164429979, 0.421196504848778),
    ],
)
def test_lung_survival_at_a_year(lung, conf_type, low, high):
    row = survival.estimate_landmarks(by_sex(lung, conf_type)[0], [365]).to_frame().iloc[0]
    assert row["survival"] == pytest.approx(0.336087834639379, rel=1e-13)
    assert row["std_error"] == pytest.approx(0.0434235888417982, rel=1e-13)
    assert [row["low"], row["high"]] == pytest.approx([low, high], rel=1e-13)


def test_lung_second_group_and_numbers_at_risk(lung):
    row = survival.estimate_landmarks(by_sex(lung, "log-log")[1], 365).to_frame().iloc[0]
    expected = [0.526463030185906, 0.403579823266731, 0.635316232824086]
    assert [row["survival"], row["low"], row["high"]] == pytest.approx(expected, rel=1e-13)
    male = lung.loc[lung["sex"] == 1, "time"]
    assert survival.count_at_risk(male, [310, 365]).tolist() == [43, 35]
    assert survival.estimate_landmarks(by_sex(lung)[0], [310, 365]).at_risk.tolist() == [43, 35]


def test_lung_restricted_means(lung):
    male, female = (survival.estimate_rmst(curve, 365) for curve in by_sex(lung))
    assert [male.estimate, male.std_error] == pytest.approx([241.495085192057, 10.3582264910969], rel=1e-13)
    assert [female.estimate, female.std_error] == pytest.approx(
        [297.465409532037, 10.7913239788001], rel=1e-13
    )
    gap = survival.compare_rmst(*reversed(by_sex(lung)), 365)
    assert gap.difference == pytest.approx(297.465409532037 - 241.495085192057, rel=1e-12)
    assert gap.std_error == pytest.approx(np.hypot(10.3582264910969, 10.7913239788001), rel=1e-12)
    assert gap.low < gap.difference < gap.high
    assert 0 < gap.p_value < 0.001


def test_lung_follow_up_by_reverse_kaplan_meier(lung):
    follow_up = survival.estimate_follow_up(lung["time"], lung["event"])
    assert (follow_up.estimate, follow_up.low, follow_up.high) == (588, 511, 1010)


@pytest.mark.parametrize(("conf_type", "low"), [("log", 475), ("log-log", 464)])
def test_ovarian_median_not_reached_is_said(ovarian, conf_type, low):
    curves = survival.fit_by_group(ovarian["futime"], ovarian["fustat"], ovarian["rx"], conf_type=conf_type)
    median = survival.estimate_median(curves["2"])
    assert (median.status, median.low, median.high_status) == ("not reached", low, "not reached")
    assert np.isnan(median.estimate)
    assert np.isnan(median.high)


def test_plateau_at_one_half_gives_its_middle():
    assert survival.estimate_median(survival.fit_kaplan_meier([1, 2, 3, 4], [1] * 4)).estimate == 2.5
    # R's quantile() takes a level end to the last observation.
    assert survival.estimate_median(survival.fit_kaplan_meier([1, 2, 5, 9], [1, 1, 0, 0])).estimate == 5.5
    # 10 of 20 one after the other: the product is not exactly 1/2, the median still is between 10 and 11.
    assert survival.estimate_median(survival.fit_kaplan_meier(np.arange(1, 21), [1] * 20)).estimate == 10.5


def test_bounds_take_their_plateau_too():
    curve = survival.fit_kaplan_meier(np.arange(1, 9), [1] * 8, conf_type="plain", confidence=0.6)
    shifted = survival.SurvivalCurve(**{**vars(curve), "low": curve.survival, "high": curve.survival})
    median = survival.estimate_median(shifted)
    assert (median.low, median.estimate, median.high) == (4.5, 4.5, 4.5)


def test_empty_one_patient_and_all_censored():
    empty = survival.estimate_median(survival.fit_kaplan_meier([], []))
    assert (empty.status, empty.low_status, empty.high_status) == ("not estimable",) * 3
    one = survival.estimate_median(survival.fit_kaplan_meier([5], [1]))
    assert (one.estimate, one.low_status, one.high_status) == (5, "not estimable", "not reached")
    censored = survival.fit_kaplan_meier([3, 4, 5], [0, 0, 0])
    assert survival.estimate_median(censored).status == "not reached"
    assert survival.estimate_median(censored).at_risk == 1
    assert censored.survival.tolist() == [1, 1, 1]
    assert survival.estimate_landmarks(censored, [4, 6]).status.tolist() == [
        "no event yet",
        "beyond follow-up",
    ]


def test_event_at_time_zero_lowers_the_curve_at_once():
    curve = survival.fit_kaplan_meier([0, 0, 2, 3], [1, 0, 1, 0])
    assert curve.survival_at([0, 1]).tolist() == [0.75, 0.75]
    assert survival.estimate_rmst(curve, 2).estimate == pytest.approx(1.5)


def test_landmarks_beyond_follow_up_and_after_the_last_death():
    alive = survival.estimate_landmarks(survival.fit_kaplan_meier([1, 2, 3], [1, 0, 0]), [2.5, 4])
    assert alive.status.tolist() == ["ok", "beyond follow-up"]
    assert np.isnan(alive.survival[1])
    gone = survival.estimate_landmarks(survival.fit_kaplan_meier([1, 2, 3], [1, 1, 1]), [4])
    assert (gone.survival[0], gone.status[0]) == (0, "no survivors")


def test_landmark_difference_keeps_both_methods_apart(lung):
    male, female = by_sex(lung, "log-log")
    mover = survival.compare_landmarks(female, male, [365])
    wald = survival.compare_landmarks(female, male, [365], method="wald")
    assert mover.difference[0] == wald.difference[0] == pytest.approx(0.526463030185906 - 0.336087834639379)
    low = mover.difference[0] - np.hypot(
        0.526463030185906 - 0.403579823266731, 0.421302168222719 - 0.336087834639379
    )
    assert mover.low[0] == pytest.approx(low, rel=1e-12)
    assert mover.p_value[0] == wald.p_value[0]
    with pytest.raises(InputError, match="mover or wald; got 'exact'"):
        survival.compare_landmarks(female, male, [365], method="exact")


def test_rmst_says_how_far_it_could_go():
    curve = survival.fit_kaplan_meier([1, 2, 8], [1, 1, 0])
    late = survival.estimate_rmst(curve, 9)
    assert (late.status, np.isnan(late.estimate)) == ("beyond follow-up", True)
    assert "ends at 8" in late.advice
    assert survival.largest_common_time([curve, survival.fit_kaplan_meier([3, 5], [1, 1])]) == 8
    assert survival.compare_rmst(curve, curve, 9).status == "beyond follow-up"
    with pytest.raises(InputError, match="must be > 0; got -3"):
        survival.estimate_rmst(curve, -3)


@pytest.mark.parametrize(
    ("time", "event", "message"),
    [
        ([1, -2.5], [1, 0], "time must be >= 0; got -2.5 in row 1"),
        ([1, np.nan], [1, 0], "time must be a number; got nan in row 1"),
        ([1, 2], [1, 2], "event must be 0 or 1; got 2 in row 1"),
        ([1, 2], [1], "2 times and 1 events"),
    ],
)
def test_unusable_times_are_named(time, event, message):
    with pytest.raises(InputError, match=message):
        survival.fit_kaplan_meier(time, event)


def test_all_faults_come_at_once():
    with pytest.raises(InputError, match="got -1 in row 0") as caught:
        survival.fit_kaplan_meier([-1, np.inf], [3, 0])
    assert len(caught.value.faults) == 3


@pytest.mark.parametrize("conf_type", ["log", "log-log", "plain", "logit", "arcsin"])
def test_before_the_first_event_the_interval_is_clopper_and_pearsons(conf_type):
    curve = survival.fit_kaplan_meier([2, 3, 5, 6, 7], [0, 0, 0, 1, 0], conf_type=conf_type, confidence=0.9)
    marks = survival.estimate_landmarks(curve, [1, 3, 5.5, 6])
    assert marks.status.tolist() == ["no event yet"] * 3 + ["ok"]
    for k, n in enumerate([5, 4, 2]):
        exact = estimate_proportion(n, n, method="clopper-pearson", confidence=0.9)
        assert (marks.low[k], marks.high[k]) == pytest.approx((exact.low, 1.0), rel=1e-12)
    assert np.isnan(marks.std_error[:3]).all()
    assert marks.low[3] < marks.survival[3] < marks.high[3] or conf_type in ("log", "plain")


def test_the_interval_before_the_first_event_covers():
    """At most 2.5 % of samples may exclude the truth from below; 1,500 samples, Monte-Carlo error 0.4 %."""
    rng, excluded, none = np.random.default_rng(6), 0, 0
    for n in rng.integers(2, 12, 1500):
        death, end = rng.exponential(20, n), rng.uniform(2, 9, n)
        marks = survival.estimate_landmarks(
            survival.fit_kaplan_meier(np.minimum(death, end), death <= end), [3]
        )
        if marks.status[0] == "no event yet":
            none += 1
            excluded += marks.low[0] > np.exp(-3 / 20)
    assert none > 300
    assert excluded / 1500 < 0.025 + 3 * 0.004


@pytest.mark.parametrize(
    ("time", "event", "status", "estimate"),
    [
        ([4, 5, 6, 9], [0, 0, 0, 0], "no event yet", 6),
        ([4, 5, 6, 9], [0, 0, 1, 0], "no event yet", 6),  # the event comes no earlier than the horizon
        ([4], [1], "one event time", 4),
        ([4, 4, 4], [1, 1, 1], "one event time", 4),
        ([2, 3, 4], [0, 0, 1], "one event time", 4),
        ([4, 4, 7], [1, 1, 0], "ok", 4 + 2 / 3),
    ],
)
def test_a_variance_of_0_is_no_precision(time, event, status, estimate):
    mean = survival.estimate_rmst(survival.fit_kaplan_meier(time, event), 6)
    assert (mean.status, mean.estimate) == (status, pytest.approx(estimate))
    assert np.isnan([mean.std_error, mean.low, mean.high]).all() == (status != "ok")
    other = survival.fit_kaplan_meier(np.arange(1, 9), [1] * 8)
    for gap in (
        survival.compare_rmst(survival.fit_kaplan_meier(time, event), other, 6),
        survival.compare_rmst(other, survival.fit_kaplan_meier(time, event), 6),
    ):
        assert gap.status == status
        assert np.isnan([gap.difference, gap.low, gap.high, gap.p_value]).all() == (status != "ok")


@settings(max_examples=60, deadline=None)
@given(samples, st.integers(1, 12))
def test_no_interval_of_a_restricted_mean_has_no_width(sample, at):
    time, event = map(list, zip(*sample, strict=True))
    mean = survival.estimate_rmst(survival.fit_kaplan_meier(time, event), at)
    assert (mean.low < mean.estimate < mean.high) == (mean.status == "ok")


def test_unknown_interval_type_is_named():
    with pytest.raises(InputError, match="got 'loglog'"):
        survival.fit_kaplan_meier([1], [1], conf_type="loglog")
    with pytest.raises(InputError, match="confidence must lie between 0 and 1; got 95"):
        survival.fit_kaplan_meier([1], [1], confidence=95)
    with pytest.raises(InputError, match=r"got 1\.5"):
        survival.estimate_quantile(survival.fit_kaplan_meier([1], [1]), 1.5)


@settings(max_examples=80, deadline=None)
@given(samples, st.sampled_from(["log", "log-log", "plain", "logit", "arcsin"]))
def test_curve_falls_inside_its_band(sample, conf_type):
    time, event = map(list, zip(*sample, strict=True))
    curve = survival.fit_kaplan_meier(time, event, conf_type=conf_type)
    assert (np.diff(curve.survival) <= 0).all()
    known = ~np.isnan(curve.low)
    assert (curve.low[known] <= curve.survival[known] + 1e-12).all()
    assert (curve.high[known] >= curve.survival[known] - 1e-12).all()
    assert curve.events.sum() + curve.censored.sum() == len(time)


@settings(max_examples=60, deadline=None)
@given(samples)
def test_without_censoring_the_curve_is_the_empirical_one(sample):
    time = np.array([t for t, _ in sample])
    curve = survival.fit_kaplan_meier(time, np.ones(time.size))
    assert curve.survival == pytest.approx([(time > t).mean() for t in curve.time])
    assert survival.estimate_median(curve).estimate == pytest.approx(np.median(time))


@pytest.mark.parametrize("conf_type", ["log", "log-log", "plain", "logit", "arcsin"])
def test_batch_equals_one_at_a_time(conf_type):
    rng = np.random.default_rng(7)
    time, event = rng.integers(0, 15, (120, 23)).astype(float), rng.random((120, 23)) < 0.6
    time[::3, 17:] = np.nan
    batch = survival.fit_batch(time, event, conf_type=conf_type)
    for i, (t, e) in enumerate(zip(time, event, strict=True)):
        kept = ~np.isnan(t)
        one = survival.estimate_median(survival.fit_kaplan_meier(t[kept], e[kept], conf_type=conf_type))
        ours = [batch.median[i], batch.low[i], batch.high[i]]
        assert np.array_equal(ours, [one.estimate, one.low, one.high], equal_nan=True), i


def test_batch_edges():
    empty = survival.fit_batch(np.empty((2, 0)), np.empty((2, 0)))
    assert empty.to_frame()["median_status"].tolist() == ["not estimable"] * 2
    assert survival.fit_batch([[1, 2, 3]], [[0, 0, 0]]).to_frame()["median_status"].tolist() == [
        "not reached"
    ]
    with pytest.raises(InputError, match=r"\(1, 2\), \(1, 1\)"):
        survival.fit_batch([[1, 2]], [[1]])


@pytest.mark.parametrize("conf_type", ["log", "log-log", "plain", "logit", "arcsin"])
def test_median_interval_covers_the_truth(conf_type):
    # 3,000 exponential samples of 57 with a third censored; Monte-Carlo error 0.4 points.
    rng = np.random.default_rng(2024)
    death, censoring = rng.exponential(1.0, (3000, 57)), rng.uniform(0.5, 3.0, (3000, 57))
    batch = survival.fit_batch(np.minimum(death, censoring), death <= censoring, conf_type=conf_type)
    covered = (batch.low <= np.log(2)) & ~(batch.high < np.log(2))
    assert 0.93 < covered.mean() < 0.98


def test_rmst_interval_covers_the_truth():
    rng = np.random.default_rng(5)
    truth, covered = 1 - np.exp(-1), 0
    for _ in range(400):
        death, censoring = rng.exponential(1.0, 80), rng.uniform(0.5, 3.0, 80)
        mean = survival.estimate_rmst(
            survival.fit_kaplan_meier(np.minimum(death, censoring), death <= censoring), 1.0
        )
        covered += mean.low <= truth <= mean.high
    assert 0.92 < covered / 400 < 0.98
