"""What cannot be meant is asked about, with rows and a remedy; what can be meant passes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lib.tables import sense
from lib.tables.dose_response import check_wells

DOSES = np.geomspace(0.01, 30, 8)


def wells(**changes: object) -> pd.DataFrame:
    rows = pd.DataFrame(
        {
            "cell_line": "A549",
            "compound": "x",
            "concentration_uM": np.tile(DOSES, 3),
            "viability": np.concatenate([1 / (1 + DOSES / ic50) for ic50 in (0.9, 1.0, 1.2)]).round(4),
            "experiment": np.repeat(["1", "2", "3"], 8),
        }
    )
    rows.index += 2
    return rows.assign(**changes)


def said(frame: pd.DataFrame) -> str:
    try:
        check_wells(frame, source="w.csv")
    except ValueError as error:
        return str(error)
    return ""


def test_a_plain_table_passes() -> None:
    assert said(wells()) == ""


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (
            wells(cell_line=["A549"] * 8 + ["a549"] * 8 + ["A549"] * 8),
            "cell_line must be spelled one way; got A549 and a549 in w.csv rows 10, 11",
        ),
        (
            wells(compound=["x"] * 23 + ["Mean"]),
            "compound must name what was measured.*got Mean in w.csv row 25. Remove",
        ),
        (
            wells(viability=np.tile((1 / (1 + DOSES)).round(4), 3)),
            "identical values in experiment 1 and 2 and 3 of A549 x in w.csv rows 10",
        ),
        (
            wells(concentration_uM=np.concatenate([DOSES, DOSES, 1000 * DOSES])),
            "one unit in all experiments of x in A549; got doses 1000 times the others' in experiment 3 in w.csv rows 18",
        ),
        (
            wells(viability=100 * wells()["viability"] * 0.05),
            "wells of one dose with a median of 4.9.* in w.csv. These look like percent",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_by_row(frame: pd.DataFrame, words: str) -> None:
    import re

    assert re.search(words, said(frame)), said(frame)


def test_one_rare_population_may_be_below_1_percent_and_several_are_asked_about() -> None:
    one = pd.DataFrame({"population": "a", "percent": [0.2, 0.4]})
    assert sense.fractions_for_percent(one, "percent", "population", "p.csv") == []
    (fault,) = sense.fractions_for_percent(
        one.assign(population=["a", "b"]), "percent", "population", "p.csv"
    )
    assert "nothing above 0.4: these look like fractions in p.csv" in str(fault)


def test_days_that_are_serial_dates_say_which_date_they_are() -> None:
    days = pd.DataFrame({"day": [45296, 45352]}, index=[2, 3])
    (fault,) = sense.serial_dates(days, ["day"], "r.csv")
    assert "45296, which as a serial date of Excel is 2024-01-05 in r.csv rows 2, 3" in str(fault)
    assert sense.serial_dates(days - 45000, ["day"], "r.csv") == []


@pytest.mark.parametrize(("one", "other"), [("A549", "a549"), ("P01", "P1"), ("CD8 T", "cd8t"), ("007", "7")])
def test_names_that_differ_in_nothing_that_tells_them_apart(one: str, other: str) -> None:
    assert sense.plain_key(one) == sense.plain_key(other)


@pytest.mark.parametrize(("one", "other"), [("TT", "T-T"), ("P10", "P1"), ("A0", "A"), ("KM-H2", "KMH-2")])
def test_names_that_may_be_of_different_things(one: str, other: str) -> None:
    assert sense.plain_key(one) != sense.plain_key(other)
