"""Reconstruction of individual times against trials that are known."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib import survival
from lib.errors import InputError
from lib.places import REFERENCE
from lib.reconstruct import (
    compare_with_printed,
    estimate_by_group,
    estimate_individual_times,
    estimate_reading_spread,
    tabulate_accuracy,
    tabulate_individuals,
    tabulate_numbers_at_risk,
    tabulate_results,
)
from lib.tables.reconstruct import (
    check_same_groups,
    choose_reference,
    read_at_risk,
    read_curve,
    read_events,
    read_printed,
)


def digitise(time, event, rng, *, error=0.003, intervals=7):
    """What a careful hand reads off a printed curve, and the numbers below it."""
    curve = survival.fit_kaplan_meier(time, event)
    steps = curve.events > 0
    at, foot = curve.time[steps], curve.survival[steps]
    top = np.append(1.0, foot)[:-1]
    t = np.append(np.column_stack([at, at]).ravel(), curve.last_time)
    s = np.append(np.column_stack([top, foot]).ravel(), curve.survival[-1])
    read = np.clip(np.where(s < 1, s + rng.normal(0, error, s.size), s), 0, 1).round(3)
    risk_time = np.linspace(0, 0.95 * curve.last_time, intervals)
    return t, read, risk_time, survival.count_at_risk(time, risk_time)


def log_ratio(time, event, group):
    return survival.fit_cox(time, event, group).log_hazard_ratio[0]


def reconstruct_both(time, event, group, rng, *, known_events=True):
    parts = []
    for value in (0, 1):
        t, e = time[group == value], event[group == value]
        total = int(e.sum()) if known_events else None
        parts.append(estimate_individual_times(*digitise(t, e, rng), total_events=total))
    times, events = (np.concatenate([getattr(p, name) for p in parts]) for name in ("time", "event"))
    return log_ratio(times, events, np.repeat([0, 1], [p.n for p in parts]))


@pytest.mark.parametrize("known_events", [True, False])
def test_hazard_ratio_within_two_hundredths(known_events):
    """40 trials of 2 × 110; the median error in log units is asked to be within 0.02."""
    rng = np.random.default_rng(21)
    group, errors = np.repeat([0, 1], 110), []
    for _ in range(40):
        death = rng.exponential(np.where(group == 1, 18, 12) / np.log(2))
        censoring = rng.uniform(6, 40, 220)
        time, event = np.minimum(death, censoring), death <= censoring
        found = reconstruct_both(time, event, group, rng, known_events=known_events)
        errors.append(found - log_ratio(time, event, group))
    assert np.median(np.abs(errors)) < 0.012
    assert np.max(np.abs(errors)) < 0.08
    assert abs(np.mean(errors)) < 0.01


def test_real_trials(truth):
    lung = pd.read_csv(REFERENCE / "lung.csv")
    kras = pd.read_csv(truth / "km_X20050181_1A.csv")
    rng = np.random.default_rng(22)
    for time, event, group in (
        (lung["time"].to_numpy(float), lung["status"].to_numpy() == 2, (lung["sex"] == 2).to_numpy(int)),
        (
            kras["time"].to_numpy(float),
            kras["event"].to_numpy() == 1,
            (kras["arm"] == "folfiri").to_numpy(int),
        ),
    ):
        truth = log_ratio(time, event, group)
        errors = [reconstruct_both(time, event, group, rng) - truth for _ in range(12)]
        assert np.median(np.abs(errors)) < 0.02


def test_curve_and_numbers_come_back():
    rng = np.random.default_rng(23)
    time, event = rng.exponential(10, 150).round(1), rng.random(150) < 0.7
    points = digitise(time, event, rng, error=0.0)
    found = estimate_individual_times(*points, total_events=int(event.sum()))
    assert found.n == 150
    assert found.status in ("close", "usable")
    assert abs(found.n_events - event.sum()) <= 3
    assert found.risk_found.tolist() == points[3].tolist()
    assert found.largest_residual < 0.01
    median, truth = (
        survival.estimate_median(survival.fit_kaplan_meier(*pair)).estimate
        for pair in ((found.time, found.event), (time, event))
    )
    assert median == pytest.approx(truth, abs=0.8)


def test_without_censoring_everyone_comes_back():
    time = np.arange(1, 31)
    found = estimate_individual_times(*digitise(time, np.ones(30), np.random.default_rng(0), error=0))
    assert found.event.all()
    assert found.time == pytest.approx(time)


def test_numbers_at_risk_at_the_start_only():
    rng = np.random.default_rng(24)
    time, event = rng.exponential(10, 80), rng.random(80) < 0.8
    t, s, _, _ = digitise(time, event, rng)
    found = estimate_individual_times(t, s, [0], [80], total_events=int(event.sum()))
    assert found.n == 80
    assert abs(found.n_events - event.sum()) <= 3


def test_flat_curve_has_no_events():
    found = estimate_individual_times([0, 5, 10], [1, 1, 1], [0, 5, 10], [20, 15, 8])
    assert (found.n, found.n_events) == (20, 0)
    assert found.risk_found.tolist() == [20, 15, 8]


def test_rising_points_are_lowered_and_counted():
    found = estimate_individual_times([1, 2, 3, 4], [0.9, 0.95, 0.8, 0.8], [0], [10])
    assert found.n_raised == 1
    assert (np.diff(found.curve_survival) <= 0).all()


def test_curve_read_too_short_is_carried_on():
    found = estimate_individual_times([1, 4], [0.8, 0.6], [0, 3, 6], [10, 7, 4])
    assert found.curve_time[-1] == 6
    assert found.risk_found.tolist()[-1] == 4


@settings(max_examples=50)
@given(st.integers(2, 60), st.integers(0, 10_000), st.floats(0, 0.02), st.booleans())
def test_any_reading_gives_n_people_and_a_falling_curve(n, seed, error, known):
    rng = np.random.default_rng(seed)
    time, event = rng.exponential(10, n) + 0.1, rng.random(n) < 0.6
    points = digitise(time, event, rng, error=error, intervals=4)
    found = estimate_individual_times(*points, total_events=int(event.sum()) if known else None)
    assert found.n == n
    assert (np.diff(found.time) >= 0).all()
    assert found.time.min() >= 0
    assert found.time.max() <= max(points[0].max(), points[2].max()) + 1e-9
    assert found.status in ("close", "usable", "poor")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1, 2], [90, 60], [0], [10]), "survival must lie in .0, 1.; got 90. Divide percentages by 100"),
        (([1, 2], [0.9], [0], [10]), "got 1 for 2"),
        (([1, 2], [0.9, 0.5], [1], [10]), "at_risk must begin at time 0; got 1"),
        (([1, 9], [0.9, 0.5], [0, 5], [10, 12]), "n at risk must not rise; got 10 then 12 at 5"),
        (([1, 9], [0.9, 0.5], [0, 0], [10, 9]), "times of at_risk must differ; got 0 twice"),
        (([1, 9], [0.9, 0.5], [0], [10.5]), "got 10.5"),
        (([0.1, 0.7], [0.9, 0.5], [0, 6], [10, 5]), "second time of at_risk, 6; got 0.7.*same unit"),
        (([0], [1], [0], [10]), "got 1 points, all at 0"),
    ],
)
def test_unusable_readings_are_named(arguments, message):
    with pytest.raises(InputError, match=message):
        estimate_individual_times(*arguments)


def test_more_events_than_people():
    with pytest.raises(InputError, match="between 0 and the 10 subjects; got 11"):
        estimate_individual_times([1, 2], [0.9, 0.5], [0], [10], total_events=11)


@pytest.fixture
def example(root):
    folder = root / "data/example"
    names = ("km_curve.csv", "km_at_risk.csv", "km_events.csv", "km_printed.csv")
    readers = (read_curve, read_at_risk, read_events, read_printed)
    tables = [read(folder / name) for read, name in zip(readers, names, strict=True)]
    return [*tables, pd.read_csv(folder / "reconstruct_truth.csv")]


def test_example_study_comes_back(example):
    curve, at_risk, events, printed, truth = example
    check_same_groups(curve, at_risk, events, printed)
    found = estimate_by_group(curve, at_risk, events)
    ours = tabulate_results(found, reference="KRAS wild type").frame.set_index(["quantity", "group"])
    ratio = np.log(ours.loc[("hazard_ratio", "KRAS mutant"), "value"])
    assert abs(ratio - log_ratio(truth["time"], truth["event"], truth["group"] == "KRAS mutant")) < 0.05
    # A median where the curve runs level near one half hangs on the reading; the spread says how much.
    spread = estimate_reading_spread(curve, at_risk, events, reference="KRAS wild type", n_draws=15)
    spread = spread.frame.set_index(["quantity", "group"])
    for row in printed[printed["quantity"] == "median"].itertuples():
        low, high = spread.loc[("median", row.group), ["reading_low", "reading_high"]]
        assert low - 0.3 <= row.value <= high + 0.3
    assert set(tabulate_accuracy(found)["status"]) <= {"close", "usable"}
    risk = tabulate_numbers_at_risk(found).frame
    assert (risk["n_printed"] - risk["n_found"]).abs().max() <= 1


def test_individuals_read_as_clinical_times(example):
    found = estimate_by_group(*example[:3])
    people = tabulate_individuals(found, endpoint="PFS", unit="months").frame
    assert list(people.columns[:3]) == ["group", "time", "event"]
    assert people["subject"].is_unique
    assert people["time_days"].to_numpy() == pytest.approx(people["time"] * 30.4375)
    with pytest.raises(InputError, match="got 'fortnights'"):
        tabulate_individuals(found, unit="fortnights")


def test_reading_spread_is_repeatable_and_holds_the_estimate(example):
    curve, at_risk, events = example[:3]
    options = {"reference": "KRAS wild type", "n_draws": 8, "seed": 3}
    spread = estimate_reading_spread(curve, at_risk, events, **options)
    assert spread.frame.equals(estimate_reading_spread(curve, at_risk, events, **options).frame)
    ratio = spread.frame.set_index("quantity").loc["hazard_ratio"]
    assert 0.4 < ratio["reading_low"] < ratio["reading_high"] < 0.9
    assert np.log(ratio["reading_high"] / ratio["reading_low"]) < 0.1


def test_groups_must_match(example):
    curve, at_risk = example[:2]
    with pytest.raises(InputError, match='curve "KRAS mutant" needs numbers at risk'):
        check_same_groups(curve, at_risk[at_risk["group"] != "KRAS mutant"])
    with pytest.raises(InputError, match='group "other" needs a curve'):
        check_same_groups(curve, at_risk, pd.DataFrame({"group": ["other"], "events": [3]}))


def test_faults_of_all_groups_name_their_group(example):
    curve, at_risk = example[:2]
    with pytest.raises(InputError, match="in group KRAS mutant") as caught:
        estimate_by_group(curve, at_risk.assign(time=at_risk["time"] + 1))
    assert len(caught.value.faults) == 2


def test_percentages_in_a_file_are_refused_with_rows(tmp_path):
    path = tmp_path / "curve.csv"
    path.write_text("group,time,survival\na,1,0.9\na,2,85\n")
    with pytest.raises(InputError, match=r"got 85 in curve\.csv row 3"):
        read_curve(path)
    assert read_events("").empty
    assert read_printed("").empty


def test_reference_must_have_a_curve(example):
    with pytest.raises(InputError, match="one of KRAS mutant, KRAS wild type; got 'placebo'"):
        choose_reference(example[0], "placebo")
    assert choose_reference(example[0]) == "KRAS wild type"
    assert choose_reference(example[0], "KRAS mutant") == "KRAS mutant"


def test_printed_results_are_held_against_the_reading_alone(example):
    curve, at_risk, events, printed, _ = example
    results = tabulate_results(estimate_by_group(curve, at_risk, events), reference="KRAS wild type")
    spread = estimate_reading_spread(curve, at_risk, events, reference="KRAS wild type", n_draws=20)
    read = results.with_reading(spread)
    verdicts = compare_with_printed(read, printed).found
    assert {v.name: v.verdict for v in verdicts}["hazard ratio, KRAS mutant"] == "agrees"
    assert [v.published for v in verdicts] == [22.2, 12.7, 0.56]
    assert [v.margin_high for v in verdicts] == [1.1, 1.1, 1.05]
    assert compare_with_printed(read, read_printed("")).found == ()
