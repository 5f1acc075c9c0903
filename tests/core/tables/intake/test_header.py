"""A header's names are ours, or refused: never passed over for a default."""

from __future__ import annotations

import pytest

from lib.tables.column import Column
from lib.tables.intake.header import match_header

WANTED = (
    Column("cell_line", also=("line",)),
    Column("compound", also=("drug",)),
    Column("concentration_uM", "number", also=("conc", "dose")),
    Column("viability", "number", unit="fraction"),
    Column("experiment", required=False, default="1"),
    Column("time_h", "number", required=False),
)


@pytest.mark.parametrize(
    ("theirs", "ours", "unit", "factor"),
    [
        ("concentration_uM", "concentration_uM", "uM", 1.0),
        ("Concentration_nM", "concentration_uM", "nM", 1e-3),
        ("Conc [nM]", "concentration_uM", "nM", 1e-3),
        ("CONC (µM)", "concentration_uM", "uM", 1.0),
        ("Dose in mM", "concentration_uM", "mM", 1e3),
        ("concentration_nm", "concentration_uM", "nM", 1e-3),
        ("Conc., nmol/L", "concentration_uM", "nM", 1e-3),
        ("Viability %", "viability", "percent", 0.01),
        ("% viability", "viability", "percent", 0.01),
        ("Viability", "viability", "fraction", 1.0),
        ("EXPERIMENT", "experiment", "", 1.0),
        ("Cell line", "cell_line", "", 1.0),
        ("Drug", "compound", "", 1.0),
        ("time (min)", "time_h", "min", 1 / 60),
        ("Time [days]", "time_h", "days", 24.0),
    ],
)
def test_a_name_of_the_field_is_ours_with_its_unit(theirs: str, ours: str, unit: str, factor: float) -> None:
    found = match_header([theirs], WANTED, source="f.csv").found
    assert list(found) == [ours]
    assert found[ours].unit == unit
    assert found[ours].factor == pytest.approx(factor, rel=1e-12)


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (
            ["concentration_ngml"],
            "concentration_uM must be molar; got concentration_ngml in f.csv. A mass needs",
        ),
        (["Dose"], 'concentration_uM needs its unit; got Dose in f.csv. .*"concentration \\[µM\\]"'),
        (["Experimnt"], 'nearly experiment .*got Experimnt in f.csv. .*rename "Experimnt" to "experiment"'),
        (["time_uM"], r"time_h must be in a unit of time; got time_uM \(µM\) in f.csv"),
        (
            ["concentration_uM", "Conc [nM]", "Concentration [pM]"],
            "concentration_uM and Concentration \\[pM\\]",
        ),
        (
            ["viability", "Viability %"],
            "viability must be one column, in one unit; got viability and Viability %",
        ),
        (["concentation_nM"], 'rename "concentation_nM" to "concentration \\[nM\\]"'),
    ],
)
def test_what_is_nearly_ours_is_refused_without_crossing_units(header: list[str], said: str) -> None:
    import re

    faults = "\n".join(map(str, match_header(header, WANTED, source="f.csv").faults))
    assert re.search(said, faults), faults
    assert not re.search(r'rename "[^"]*" to "\w+_uM"', faults)


@pytest.mark.parametrize("extra", ["group2", "comment", "experiment_date", "plate", "cell_line_origin", "id"])
def test_columns_of_the_users_own_are_left_alone(extra: str) -> None:
    match = match_header(["cell_line", "experiment", extra], WANTED, source="f.csv")
    assert sorted(match.found) == ["cell_line", "experiment"]
    assert not match.faults


def test_an_exact_name_goes_before_another_word_for_it() -> None:
    match = match_header(["Line", "cell_line", "dose", "concentration_uM"], WANTED, source="f.csv")
    assert match.found["cell_line"].theirs == "cell_line"
    assert match.found["concentration_uM"].theirs == "concentration_uM"
    assert not match.faults


def test_a_unit_that_the_owner_says() -> None:
    found = match_header(["Dose"], WANTED, source="f.csv", units={"concentration_uM": "nM"}).found
    assert found["concentration_uM"].factor == 1e-3
