"""A protocol as a list: its own steps, what it leaves open, what was done here."""

from __future__ import annotations

import pandas as pd
import pytest

from lib.programme import load_programme
from lib.programme.programme import PROTOCOL_COLUMNS
from reports.page.markup import markdown_html
from reports.present.protocols import list_protocol
from tests.makers.presented import check_snapshot


def steps_of(*rows: dict[str, object]) -> pd.DataFrame:
    return pd.DataFrame([{**dict.fromkeys(PROTOCOL_COLUMNS, ""), **row} for row in rows])


FIX = {
    "step": 1,
    "name": "Fixation",
    "action": "immerse",
    "reagent": "formalin",
    "concentration": "4 %",
    "time_min": "5",
}


@pytest.mark.parametrize("name", ["ihc", "flow"])
def test_published_protocols(name):
    check_snapshot(f"protocols/{name}", list_protocol(load_programme().protocols[name], "The protocol"))


def test_no_steps_show_nothing():
    assert list_protocol(steps_of().reindex(columns=list(PROTOCOL_COLUMNS)), "The protocol") is None


def test_one_step_with_repeats_temperature_and_nothing_open():
    said = list_protocol(
        steps_of({**FIX, "repeats": "2", "temperature_c": "4"}), "The protocol of 2019"
    ).markdown
    assert (
        said == "**The protocol of 2019, 1 step.** It leaves nothing open.\n\n"
        "1. **Fixation:** immerse: 4 % formalin, 2 × 5 min, 4 °C."
    )


def test_what_is_left_open_is_counted_by_step_and_other_notes_are_no_gap():
    steps = steps_of(
        {**FIX, "note": "Time not given: state your own"},
        {**FIX, "note": "No viability dye is named"},
        {**FIX, "step": 2, "note": "Given as an example"},
        {**FIX, "step": 3, "optional": "yes"},
    )
    said = list_protocol(steps, "P").markdown
    assert "It leaves something open at 1 step:" in said
    assert "(*left open:* time not given: state your own)" in said
    assert "(*left open:* no viability dye is named)" in said
    assert "(given as an example)" in said
    assert "(optional)" in said


def test_a_list_never_counts_other_numbers_than_the_steps_own():
    gap = list_protocol(steps_of(FIX, {**FIX, "step": 3}), "P", {3: "longer"}).markdown
    assert "- 3 **Fixation:**" in gap
    assert "*Here: longer.*" in gap
    later = list_protocol(steps_of({**FIX, "step": 4}, {**FIX, "step": 5}), "P").markdown
    assert '<ol start="4">' in markdown_html(later)


def test_repeats_without_a_time_are_told():
    assert (
        "immerse: 4 % formalin, 3 times."
        in list_protocol(steps_of({**FIX, "time_min": "", "repeats": "3"}), "P").markdown
    )
