"""Clinical results against references that are handed in: the programme's, another's, and none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lib import clinical
from lib.errors import InputError
from lib.programme import Programme, load_programme
from lib.programme.programme import CLINICAL_COLUMNS
from lib.tables.clinical import read_clinical

NONE = Programme("none").clinical
FLAGS = pd.DataFrame(
    {"subject": range(40), "group": ["x"] * 20 + ["y"] * 20, "ORR": [True] * 10 + [False] * 30}
)
TIMES = pd.DataFrame(
    {
        "subject": range(40),
        "endpoint": "PFS",
        "event": 1,
        "group": ["x"] * 20 + ["y"] * 20,
        "time_days": np.r_[np.arange(20) + 300.0, np.arange(20) + 100.0],
    }
)


def references(*rows: tuple) -> pd.DataFrame:
    """A second programme's: endpoint, group, quantity, value, unit, scale, margin."""
    frame = pd.DataFrame(rows, columns=["endpoint", "group", "quantity", "value", "unit", "scale", "margin"])
    return frame.assign(item=frame.endpoint + " of trial Z", source="Z", status="primary")[
        list(CLINICAL_COLUMNS)
    ]


def verdicts(*rows: tuple) -> list[tuple[str, str]]:
    rates, times = clinical.tabulate_rates(FLAGS), clinical.tabulate_times(TIMES)
    found = clinical.compare_with_references(rates, times, references(*rows))
    return [(c.verdict, c.why) for c in found.found]


@pytest.fixture(scope="module")
def example(root: Path) -> tuple[clinical.Rates, clinical.Times]:
    names = ("times", "responses", "lesions", "subjects")
    study = clinical.derive_study(
        read_clinical("tidy", {n: str(root / "data" / "example" / f"{n}.csv") for n in names})
    )
    return clinical.tabulate_rates(study.flags), clinical.tabulate_times(study.times)


def test_the_example_is_held_against_its_programme(example: tuple[clinical.Rates, clinical.Times]) -> None:
    known = load_programme().clinical
    found = clinical.compare_with_references(*example, known).found
    assert [c.name for c in found] == [f"{r.item}, {r.group}" for r in known.itertuples()]
    assert "not comparable" not in {c.verdict for c in found}
    for one, r in zip(found, known.itertuples(), strict=True):
        assert (one.published, one.unit, one.source, one.scale) == (r.value, r.unit, r.source, r.scale)
        assert one.margin_high == r.margin
    marks = clinical.match_rates(example[0], known)
    rates = known[known.quantity == "rate"]
    assert marks == {(r.endpoint, r.group): r.value / 100 for r in rates.itertuples()}


def test_without_references_nothing_is_compared_drawn_or_reproduced(
    example: tuple[clinical.Rates, clinical.Times],
) -> None:
    assert clinical.compare_with_references(*example, NONE).found == ()
    assert clinical.match_rates(example[0], NONE) == {}
    assert clinical.reproduce_printed_intervals(Programme("none").printed_intervals).frame.empty


def test_other_groups_are_not_comparable() -> None:
    known = load_programme().clinical
    rates, times = clinical.tabulate_rates(FLAGS), clinical.tabulate_times(TIMES)
    found = clinical.compare_with_references(rates, times, known).found
    assert {(c.verdict, c.why) for c in found} == {("not comparable", "no group of that name here")}
    assert clinical.match_rates(rates, known) == {}
    empty = clinical.tabulate_rates(pd.DataFrame(columns=["subject", "group"]))
    assert {c.verdict for c in clinical.compare_with_references(empty, times, known).found} == {
        "not comparable"
    }
    assert clinical.match_rates(empty, known) == {}


def test_another_programme_brings_its_own_endpoints_margins_and_scales() -> None:
    rate, median = 10 / 20, (309.5) / 30.4375
    found = verdicts(
        ("ORR", "x", "rate", 50, "percent", "difference", 30),
        ("ORR", "x", "rate", 0.5, "fraction", "difference", 0.3),
        ("ORR", "x", "rate", 50, "percent", "difference", 5),
        ("PFS", "x", "median", median, "months", "difference", 1),
        ("PFS", "x", "median", 5, "months", "ratio", 1.2),
    )
    assert [v for v, _ in found] == ["agrees", "agrees", "cannot tell", "agrees", "differs"]
    marks = clinical.match_rates(
        clinical.tabulate_rates(FLAGS), references(("ORR", "x", "rate", rate, "fraction", "difference", 0.3))
    )
    assert marks == {("ORR", "x"): rate}


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (("PFS", "x", "median", 44, "weeks", "ratio", 1.5), "published in weeks, here in months"),
        (("ORR", "x", "rate", 5, "patients", "difference", 15), "published in patients, here in percent"),
        (("ORR", "y", "rate", 5, "percent", "ratio", 1.5), "no ratio to a result of 0"),
        (("PFS", "z", "median", 9, "months", "ratio", 1.5), "no group of that name here"),
        (("OS", "x", "median", 9, "months", "ratio", 1.5), "no group of that name here"),
    ],
)
def test_what_cannot_be_compared_says_why(row: tuple, why: str) -> None:
    assert verdicts(row) == [("not comparable", why)]


def test_printed_intervals_of_the_programme_are_clopper_pearson() -> None:
    printed = load_programme().printed_intervals
    seen = clinical.reproduce_printed_intervals(printed).frame
    assert set(seen.method[seen.reproduces == "yes"]) == {"clopper-pearson"}
    exact = seen[seen.method == "clopper-pearson"]
    assert exact.computed_percent.tolist() == [one["printed"] for one in printed] == ["31–58", "23–41"]


@pytest.mark.parametrize("said", ["30.7–57.6", "30.7-57.6", "30.7 to 57.6", "31–57.6", "30.7 %–57.6 %"])
def test_an_interval_is_held_against_the_digits_to_which_it_was_printed(said: str) -> None:
    seen = clinical.reproduce_printed_intervals(
        [{"group": "a", "responders": 25, "n": 57, "printed": said}]
    ).frame
    assert seen.set_index("method").reproduces.to_dict() == {
        "clopper-pearson": "yes",
        "wilson": "no",
        "jeffreys": "no",
    }


def test_an_interval_that_cannot_be_read_is_named() -> None:
    one = {"group": "a", "responders": 25, "n": 57, "printed": "about 44"}
    with pytest.raises(InputError, match="must have two bounds; got about 44"):
        clinical.reproduce_printed_intervals([one])
    with pytest.raises(InputError, match="must hold group, responders, n, printed; got no n, printed"):
        clinical.reproduce_printed_intervals([{"group": "a", "responders": 25}])
