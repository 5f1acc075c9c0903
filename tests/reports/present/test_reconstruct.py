"""What a reconstruction says of itself and of what was printed."""

import re
from collections.abc import Sequence
from dataclasses import replace

import pytest

from lib.agreement import Concordance, compare_with_published
from lib.reconstruct import (
    MARGINS,
    estimate_by_group,
    estimate_individual_times,
    estimate_reading_spread,
    tabulate_accuracy,
    tabulate_results,
)
from lib.tables.reconstruct import read_at_risk, read_curve, read_events
from reports.present.reconstruct import (
    choose_headline,
    reading_range_in_words,
    say_agreement,
    say_margins,
    show_accuracy,
    show_results,
    show_verdicts,
)


@pytest.fixture
def example(root):
    folder = root / "data/example"
    readers = {"km_curve.csv": read_curve, "km_at_risk.csv": read_at_risk, "km_events.csv": read_events}
    return [read(folder / name) for name, read in readers.items()]


@pytest.fixture
def median() -> Concordance:
    return compare_with_published(10.1, 9.9, 10.3, 10, scale="ratio", margin=1.1, name="median, a")


def test_tables_leave_no_cell_empty(example):
    curve, at_risk = example[:2]
    found = estimate_by_group(curve, at_risk)
    results = tabulate_results(found).merge(
        estimate_reading_spread(curve, at_risk, n_draws=0), on=["quantity", "group"], how="left"
    )
    shown = [show_accuracy(tabulate_accuracy(found)), show_results(results, unit="months")]
    for table in shown:
        assert (table.map(len) > 0).all().all()
        assert not table.map(lambda cell: "nan" in cell).any().any()
    assert set(shown[0]["Events\nprinted"]) == {"not given"}
    assert set(shown[1]["Interval\nof reading alone"]) == {"not asked for"}


def test_headline_is_a_median_where_there_is_one_curve(example):
    curve, at_risk, events = example[:3]
    found = estimate_by_group(curve, at_risk, events)
    alone = choose_headline(
        tabulate_results({"KRAS mutant": found["KRAS mutant"]}), endpoint="PFS", unit="months"
    )
    assert alone.in_words() == "Median PFS, KRAS mutant: 20 (15 to not reached)"
    both = choose_headline(tabulate_results(found, reference="KRAS wild type"), endpoint="PFS", unit="months")
    assert both.label == "Hazard ratio, KRAS mutant : KRAS wild type"
    never = estimate_individual_times([0, 5, 10], [1, 1, 1], [0, 5, 10], [20, 15, 8])
    words = choose_headline(tabulate_results({"a": never}), endpoint="OS", unit="months").in_words()
    assert words == "Median OS, a: not reached (no interval)"


def agreeing(one: Concordance, n: int, of: int) -> Sequence[Concordance]:
    return [one] * n + [replace(one, verdict="differs")] * (of - n)


@pytest.mark.parametrize(
    ("n", "of", "said"),
    [
        (3, 3, "**3 of 3 printed results agree.**"),
        (1, 3, "**1 of 3 printed results agrees.**"),
        (0, 3, "**0 of 3 printed results agree.**"),
        (0, 1, "**0 of 1 printed result agrees.**"),
        (0, 0, ""),
    ],
)
def test_what_agrees_is_counted_and_nothing_printed_says_nothing(median, n, of, said):
    assert say_agreement(agreeing(median, n, of)) == said


def test_verdicts_as_read(median):
    shown = show_verdicts([median]).iloc[0]
    assert (shown["Result"], shown["Printed"], shown["Reconstructed"]) == ("median, a", "10.0", "10.1")
    assert (shown["Ratio"], shown["Verdict"]) == ("1.01", "agrees")


def test_margins_are_those_that_are_used():
    assert re.findall(r"\d+\.\d+", say_margins()) == [f"{m:g}" for m in MARGINS.values()] == ["1.1", "1.05"]


def test_the_range_of_readings_follows_the_level():
    assert [reading_range_in_words(c) for c in (0.95, 0.9)] == ["2.5 to 97.5 %", "5 to 95 %"]
