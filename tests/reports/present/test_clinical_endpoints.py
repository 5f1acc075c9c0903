"""What a clinical report says: true of any groups, and nothing of a programme that is not there."""

from __future__ import annotations

import pandas as pd
import pytest

from lib import clinical
from lib.clinical.endpoints import RULES
from lib.programme import Programme, load_programme
from reports.present import clinical_endpoints as page
from tests.makers.clinical_times import DYING, arms

MARKED = ["KRAS mutant", "KRAS wild type"]
SCORES = {"BRAF V600E": "mutation", "BRAF wild type": "mutation"}


def references(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["endpoint", "quantity", "scale", "margin", "unit"])


@pytest.mark.parametrize(
    ("group", "status"),
    [
        ((range(100, 450, 35), [0] * 10), "no event yet"),
        (([230], [0]), "no event yet"),
        (([230], [1]), "one event time"),
        (([230] * 6, [1] * 6), "one event time"),
        (([100, 120, 230], [0, 0, 1]), "one event time"),
    ],
)
def test_a_mean_without_spread_says_so(group: tuple, status: str) -> None:
    times = arms(control=DYING, treated=group)
    said = page.say_without_spread(clinical.compare_further(times, "control", [3]))
    assert f"PFS, treated against control: {status}" in said
    shown = page.show_times(clinical.tabulate_times(times))["Restricted mean\nmonths"].tolist()
    assert "event" in shown[1]
    assert "event" not in shown[0]


def test_without_an_event_the_reader_is_told() -> None:
    times = arms(control=DYING, treated=(range(100, 450, 35), [0] * 10))
    table, versus = clinical.tabulate_times(times), clinical.compare_times(times, "control")
    warned = page.warn_small(table, versus)
    assert "PFS, treated: no event yet, so no interval of its restricted mean" in warned


def test_a_group_followed_for_no_time_is_shown() -> None:
    table = clinical.tabulate_times(arms(control=DYING, treated=([0], [0])))
    assert page.show_times(table)["Restricted mean\nmonths"].tolist() == ["no follow-up"] * 2


@pytest.mark.parametrize(
    ("groups", "kinds", "said"),
    [
        (MARKED, None, "Groups were not randomised"),
        (MARKED, Programme("none").groups, "Groups were not randomised"),
        (MARKED, load_programme().groups, "Groups by marker were not randomised"),
        ([*MARKED, "unknown"], load_programme().groups, "Groups were not randomised"),
        (["cohort A", "cohort B"], load_programme().groups, "Groups were not randomised"),
        (list(SCORES), SCORES, "Groups by mutation were not randomised"),
    ],
)
def test_groups_are_called_what_the_programme_knows_of_them(groups: list, kinds: dict, said: str) -> None:
    assert page.say_design(groups, False, kinds) == f"{said}: differences between them are descriptive."
    assert "randomised;" in page.say_design(groups, True, kinds)
    assert page.say_design(groups[:1], False, kinds) == "One group: nothing is compared."


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("fda", "FDA: new therapy before progression censors at the last assessment before it; an event after 2 or more missed"),
        ("ema", "EMA: new therapy does not stop follow-up; events count however long the gap"),
        ("fda-therapy-as-event", "FDA-THERAPY-AS-EVENT: new therapy counts as an event; an event after 2 or more missed"),
        ("gap-only", "GAP-ONLY: new therapy does not stop follow-up; an event after 2 or more missed"),
    ],
)  # fmt: skip
def test_rules_of_censoring_in_words(name: str, words: str) -> None:
    assert page.say_censoring(RULES[name]).startswith(words)


def test_without_references_nothing_is_said_of_them() -> None:
    assert page.say_published([]) == ""
    one = clinical.compare_with_references(
        clinical.tabulate_rates(pd.DataFrame(columns=["subject", "group"])),
        clinical.tabulate_times(arms(control=DYING)), load_programme().clinical.head(1),
    )  # fmt: skip
    assert page.say_published(one) == "Of 1 published value 1 is not comparable."
    assert page.say_published(one * 3) == "Of 3 published values 3 are not comparable."


def test_margins_are_those_of_the_references() -> None:
    ours = page.say_margins(load_programme().clinical)
    assert ours.startswith(
        "Rates: within ± 15 percentage points; medians: within 1.5 times either way. Agrees: the whole 95 % interval"
    )
    assert "90 % interval" in page.say_margins(load_programme().clinical, confidence=0.9)
    other = references(("ORR", "rate", "difference", 0.1, "fraction"), ("PFS", "median", "difference", 2, "months"),
                       ("OS", "median", "ratio", 1.25, "months"))  # fmt: skip
    assert page.say_margins(other).startswith(
        "Rates: within ± 10 percentage points; PFS: within ± 2 months; OS: within 1.25 times either way. Agrees"
    )


def test_printed_intervals_are_counted_by_method() -> None:
    printed = load_programme().printed_intervals
    said = page.say_printed_intervals(clinical.reproduce_printed_intervals(printed), printed)
    assert said == (
        "**Clopper–Pearson reproduces 2 of 2 printed intervals, Wilson 0 and Jeffreys 0.** "
        f"As printed in {printed[0]['source']}."
    )
    wilson = [{"group": "a", "responders": 25, "n": 57, "printed": "31.8–56.7"}]
    said = page.say_printed_intervals(clinical.reproduce_printed_intervals(wilson), wilson)
    assert said == "**Clopper–Pearson reproduces 0 of 1 printed interval, Wilson 1 and Jeffreys 0.**"
