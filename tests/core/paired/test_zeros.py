"""Populations that are absent, or at 0 or 100 %: bounds without constants, and p-values of their own row."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logit

from lib import paired
from lib.errors import InputError
from lib.paired.ends import known_ends
from lib.tables.populations import check_populations
from tests.makers.paired import denominators_of, shifts_of

INF = math.inf


def percents(**populations: tuple[list[float], list[float]]) -> pd.DataFrame:
    """Population → percentages before and after, a subject each."""
    rows = [
        (f"S{i}", time, name.replace("_", " "), value)
        for name, sides in populations.items()
        for time, values in zip(("pre", "post"), sides, strict=True)
        for i, value in enumerate(values)
    ]
    return check_populations(pd.DataFrame(rows, columns=["subject", "timepoint", "population", "percent"]))


def counts(before: list[int], after: list[int], parent: int = 20_000) -> pd.DataFrame:
    rows = [
        (f"S{i}", time, "X", value, parent)
        for time, values in (("pre", before), ("post", after))
        for i, value in enumerate(values)
    ]
    columns = ["subject", "timepoint", "population", "count", "parent_count"]
    return check_populations(pd.DataFrame(rows, columns=columns))


def row_of(frame: pd.DataFrame, name: str = "X", **options: object) -> pd.Series:
    return shifts_of(frame, **options).frame.set_index("population", drop=False).loc[name]


RISES = [0.4, 1.1, 2.3, 0.7, 1.9, 3.2, 0.9, 1.4]


@pytest.mark.parametrize("offset", [0.0001, 0.01, 1.0])
def test_absent_at_baseline_has_no_number_whatever_the_offset(offset):
    row = row_of(percents(X=([0] * 8, RISES)), percent_offset=offset, expected={"X": "increased"})
    assert (row["status"], row["odds_ratio_qualifier"], row["odds_ratio"]) == ("absent at baseline", ">", 1)
    assert math.isnan(row["odds_ratio_high"])
    assert math.isnan(row["shift_high"])
    assert (row["n_pairs"], row["p_value"], row["smallest_p"]) == (8, 2 / 2**8, 2 / 2**8)
    assert row["verdict"] == "agrees"
    walsh = sorted((a + b) / 2 for i, a in enumerate(RISES) for b in RISES[i:])
    assert row["shift_points"] == pytest.approx(np.median(walsh))
    assert (row["shift_points_low"], row["shift_points_high"]) == pytest.approx((walsh[3], walsh[-4]))


def test_absent_at_follow_up_mirrors_it():
    row = row_of(percents(X=(RISES, [0] * 8)), expected={"X": "increased"})
    assert (row["status"], row["odds_ratio_qualifier"], row["verdict"]) == (
        "absent at follow-up",
        "<",
        "differs",
    )
    assert (row["odds_ratio"], row["odds_ratio_high"]) == (1, 1)
    assert math.isnan(row["odds_ratio_low"])
    assert row["shift_points_high"] < 0


def test_absent_at_both_has_nothing_to_say():
    shifts = shifts_of(percents(X=([0] * 6, [0] * 6), Y=(RISES[:6], RISES[1:7])))
    row = shifts.frame.set_index("population").loc["X"]
    assert (row["status"], row["n_pairs"], row["n_excluded"]) == ("absent at both", 0, 6)
    assert row[["shift_logit", "odds_ratio", "p_value", "smallest_p", "shift_points"]].isna().all()
    assert set(shifts.pairs.loc[~shifts.pairs["used"], "reason"]) == {"0 % at both time points"}


def test_one_pair_and_five_pairs_that_appear_have_no_interval():
    for n in (1, 5):
        row = row_of(percents(X=([0] * n, RISES[:n])))
        assert row["status"] == "absent at baseline"
        assert row[["shift_low", "shift_points_low"]].isna().all()
        assert f"no 95 % interval from {n} pair" in row["why"]


def test_counts_that_appear_are_bounded_by_their_own_number():
    """0 of 20,000 before: Clopper–Pearson's upper limit is 1 − 0.025^(1/20000) = 1.844e-4, not half a
    cell."""
    after = [200, 220, 180, 260, 240, 210, 190, 230]
    row = row_of(counts([0] * 8, after))
    limit = 1 - 0.025 ** (1 / 20_000)
    assert limit == pytest.approx(1.844e-4, rel=1e-3)
    least = np.sort(paired.empirical_logits(after, [20_000] * 8)) - logit(limit)
    walsh = sorted((a + b) / 2 for i, a in enumerate(least) for b in least[i:])
    assert row["shift_low"] == pytest.approx(walsh[3])
    assert row["odds_ratio"] == row["odds_ratio_low"] == pytest.approx(math.exp(walsh[3]))
    assert (row["odds_ratio_qualifier"], row["status"]) == (">", "absent at baseline")
    assert math.isnan(row["shift_high"])
    plain = paired.empirical_logits(after, [20_000] * 8) - paired.empirical_logits([0] * 8, [20_000] * 8)
    assert row["shift_logit"] == pytest.approx(
        paired.estimate_shift(plain).shift
    )  # as the contract defines it
    assert "no cell in 8 of 8 pairs" in row["why"]
    assert row["odds_ratio"] == pytest.approx(52.4, abs=0.5)


def test_a_deeper_count_of_nothing_bounds_more():
    after = [0.01] * 8
    bounds = [
        row_of(counts([0] * 8, [int(p * n) for p in after], n))["odds_ratio"] for n in (10_000, 100_000)
    ]
    assert bounds[1] / bounds[0] == pytest.approx(10, rel=0.02)


def test_counts_with_one_zero_keep_the_half_count():
    before, after = [0, 90, 120, 80, 100, 110, 95, 130], [150, 160, 170, 140, 180, 150, 160, 190]
    row = row_of(counts(before, after))
    d = paired.empirical_logits(after, [20_000] * 8) - paired.empirical_logits(before, [20_000] * 8)
    plain = paired.estimate_shift(d)
    assert (row["shift_logit"], row["shift_low"], row["shift_high"]) == (plain.shift, plain.low, plain.high)
    assert row["status"] == "ok"


@pytest.mark.parametrize("n", [3, 6, 9])
def test_counts_absent_at_both_say_so_as_percentages_do(n):
    shifts = shifts_of(counts([0] * n, [0] * n))
    row = shifts.frame.iloc[0]
    assert (row["status"], row["n_pairs"], row["why"].split(";")[0]) == (
        "absent at both",
        0,
        "absent in every pair",
    )
    assert set(shifts.pairs.loc[~shifts.pairs["used"], "reason"]) == {"0 % at both time points"}
    assert row_of(counts([0] * n, [0] * n, parent=12))["status"] == "no pairs"  # none of twelve is no absence
    assert row_of(counts([0, *[7] * n], [0, *[5] * n]))["status"] == "no pairs"
    full = row_of(counts([900] * n, [900] * n, parent=900))
    assert (full["status"], full["why"].split(";")[0]) == ("100 % at both", "100 % in every pair")


@pytest.mark.parametrize("parent", [5_000, 50_000])
@pytest.mark.parametrize("zeros", [4, 5, 7])
def test_counts_that_are_mostly_absent_have_a_bound_and_no_upper_end(zeros, parent):
    there = [150, 160, 170, 140, 180, 155, 165, 190]
    before = [0] * zeros + [40 + i for i in range(8 - zeros)]
    rises, falls = row_of(counts(before, there, parent)), row_of(counts(there, before, parent))
    assert (rises["status"], rises["odds_ratio_qualifier"]) == ("bounded", ">")
    assert math.isnan(rises["odds_ratio_high"])
    assert rises["odds_ratio_low"] > 1
    assert (falls["status"], falls["odds_ratio_qualifier"]) == ("bounded", "<")
    assert falls["odds_ratio_high"] == pytest.approx(1 / rises["odds_ratio_low"])
    # The bound is that of the limit of no cell among so many, not of half a cell.
    least = np.array(
        paired.empirical_logits(there, [parent] * 8) - paired.empirical_logits(before, [parent] * 8)
    )
    limit = logit(1 - 0.025 ** (1 / parent))
    least[:zeros] = paired.empirical_logits(there, [parent] * 8)[:zeros] - limit
    assert rises["shift_logit"] == pytest.approx(paired.estimate_shift(least).shift)


def test_a_bound_that_rests_on_the_half_count_is_named():
    before, after = [0, 90, 120, 80, 100, 110, 95, 130], [150, 160, 170, 140, 180, 150, 160, 190]
    said = "the upper bound rests on the half count put for 0 or 100 % in 1 of 8 pairs"
    shifts = shifts_of(counts(before, after))
    assert shifts.frame["why"].iloc[0].startswith(said)
    assert "half count" not in row_of(counts([60, *before[1:]], after))["why"]


@pytest.mark.parametrize("offset", [0.0001, 0.01, 1.0])
def test_a_few_zeros_among_percentages_leave_what_does_not_hang_on_them(offset):
    """Ten pairs, two from 0: the lower ends hold for any size of the two, the upper ones as if they were
    endless."""
    before = [0, 0, 4, 5, 6, 7, 8, 9, 10, 11]
    after = [1, 2, 6, 7, 8, 10, 11, 12, 15, 16]
    row = row_of(percents(X=(before, after)), percent_offset=offset)
    d = paired.percent_logits(after, offset=offset) - paired.percent_logits(before, offset=offset)
    smallest, endless = (np.where(np.array(before) == 0, size, d) for size in (1e-9, 1e9))
    low, high = paired.estimate_shift(smallest), paired.estimate_shift(endless)
    assert (row["status"], row["odds_ratio_qualifier"]) == ("bounded", ">")
    assert row["shift_logit"] == pytest.approx(low.shift, abs=1e-6)
    assert row["shift_low"] == pytest.approx(low.low, abs=1e-6)
    assert row["p_value"] == 2 / 2**10
    assert math.isnan(row["shift_high"]) == (high.high > 100)


def test_p_of_a_pair_from_nothing_does_not_hang_on_the_offset():
    before, after = [0, 4, 5, 6, 7, 8, 9], [0.3, 3, 6, 5, 9, 9, 8]
    found = {o: row_of(percents(X=(before, after)), percent_offset=o)["p_value"] for o in (1e-5, 0.01, 0.1)}
    assert len(set(found.values())) == 1


def test_all_cells_are_an_end_as_none_is():
    row = row_of(percents(X=([100] * 7, [95, 90, 99, 92, 97, 91, 94])))
    assert (row["status"], row["odds_ratio_qualifier"], row["direction"]) == ("bounded", "<", -1)
    both = shifts_of(percents(X=([100] * 6 + [90], [100] * 6 + [95])))
    assert set(both.pairs.loc[~both.pairs["used"], "reason"]) == {"100 % at both time points"}


def test_estimates_between_ends():
    d, (low, high) = np.array([INF] * 7), known_ends(np.array([INF] * 7))
    found = paired.estimate_shift(d, low=low, high=high)
    assert (found.qualifier, math.isnan(found.high), found.low > 0) == (">", True, True)
    mixed = np.array([INF, -INF, 0.3, -0.2, 0.1, 0.4, -0.1])
    low, high = known_ends(mixed)
    assert paired.estimate_shift(mixed, low=low, high=high).qualifier == "not estimable"
    with pytest.raises(InputError, match="differences must be finite; got inf"):
        paired.estimate_shift([INF, 1.0])
    with pytest.raises(InputError, match="differences must be finite; got nan"):
        paired.estimate_shift([math.nan], low=[0.0], high=[1.0])


@given(st.lists(st.floats(-3, 3).filter(lambda x: abs(x) > 1e-3), min_size=6, max_size=14), st.data())
@settings(max_examples=60, deadline=None)
def test_whatever_the_zeros_stand_for_the_bounds_hold(sizes, data):
    """Any finite sizes in the place of the open differences give an estimate and an interval within the
    ends."""
    d = np.array(sizes)
    hidden = np.array(data.draw(st.lists(st.booleans(), min_size=d.size, max_size=d.size)))
    known = np.where(hidden, np.copysign(INF, d), d)
    low, high = known_ends(known)
    found, truth = paired.estimate_shift(known, low=low, high=high), paired.estimate_shift(d)
    if found.qualifier == ">":
        assert truth.shift >= found.shift - 1e-12
    elif found.qualifier == "<":
        assert truth.shift <= found.shift + 1e-12
    elif found.qualifier == "=":
        assert truth.shift == pytest.approx(found.shift)
    if not math.isnan(found.low):
        assert truth.low >= found.low - 1e-12
    if not math.isnan(found.high):
        assert truth.high <= found.high + 1e-12


def tied() -> pd.DataFrame:
    """Nine pairs: as many that stay as each name says."""
    base = [5, 10, 20, 30, 40, 12, 8, 16, 25]
    stays = lambda n: [b if i < n else b + 1 + 0.1 * i for i, b in enumerate(base)]  # noqa: E731
    return percents(
        stay_6=(base, stays(6)), stay_9=(base, base), stay_2=(base, stays(2)), stay_5=(base, stays(5))
    )


def test_the_least_p_belongs_to_its_row():
    table = shifts_of(tied()).frame.set_index("population", drop=False)
    assert table["n_moved"].to_dict() == {"stay 6": 3, "stay 9": 0, "stay 2": 7, "stay 5": 4}
    assert table["smallest_p"].to_dict() == {
        "stay 6": 0.25,
        "stay 9": 1.0,
        "stay 2": 2 / 2**7,
        "stay 5": 0.125,
    }


def test_no_denominator_cohort_or_course_makes_a_number_of_it():
    frame = percents(X=([0] * 8, RISES)).assign(group=["a", "b"] * 8)
    table = denominators_of(frame).frame.set_index("method")
    assert math.isnan(table.loc["t interval", "shift"])
    parent = table.loc["Hodges–Lehmann"].iloc[0]
    assert (parent["qualifier"], parent["direction"], parent["shift"]) == (">", 1, 0)
    assert parent["reading"] == "rises under parent, the only denominator with data"
    groups = paired.compare_groups(shifts_of(frame))
    assert groups["shift"].isna().all()
    assert set(groups["why"]) == {"0 or 100 % has no logit: a bound has no mean"}
    course = paired.fit_time_course(frame, least_later=1).frame.iloc[0]
    assert course["status"] == "zeros"
    assert math.isnan(course["shift"])
    assert paired.fit_time_course(counts([0] * 8, [90] * 8), least_later=1).frame.iloc[0]["status"] == "zeros"


def test_cells_per_mg_of_none_are_a_sign_without_a_size():
    """Half the least density is no datum: with 0 per mg before in one of eight, the upper end is open."""
    rows = [
        (f"S{i}", time, "X", 300 + i, 1000, mg)
        for time, values in (("pre", [0, 5, 6, 7, 8, 9, 10, 11]), ("post", [3, 6, 8, 9, 9, 12, 13, 15]))
        for i, mg in enumerate(values)
    ]
    columns = ["subject", "timepoint", "population", "count", "parent_count", "cells_per_mg"]
    table = denominators_of(check_populations(pd.DataFrame(rows, columns=columns))).frame
    absolute = table.set_index("denominator").loc["absolute"]
    d = np.log([6 / 5, 8 / 6, 9 / 7, 9 / 8, 12 / 9, 13 / 10, 15 / 11])
    assert absolute["low"] == pytest.approx(paired.estimate_shift([1e-12, *d]).low)
    assert absolute["p_value"] == 2 / 2**8
