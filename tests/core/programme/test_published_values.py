"""What the suite's own programme carries is what was printed, each value with its source."""

import pandas as pd
import pytest

from lib.programme import load_programme

PROGRAMME = load_programme()


def of_table(name: str) -> pd.DataFrame:
    return PROGRAMME.values[PROGRAMME.values["table"] == name]


def value_of(table: str, item: str, quantity: str, *, group: str) -> pd.Series:
    rows = of_table(table)
    rows = rows[(rows["item"] == item) & (rows["quantity"] == quantity) & (rows["group"] == group)]
    assert len(rows) == 1
    return rows.iloc[0]


@pytest.mark.parametrize(
    ("line", "mean", "sd"),
    [("UTE1", 2.8, 0.5), ("UTE2", 3.8, 0.7), ("UTE3", 1.7, 0.3), ("UTE10", 2.5, 0.4), ("UTE11", 2.1, 0.3)],
)
def test_ic50_of_table_3_as_printed(line, mean, sd):
    assert value_of("table_3", line, "ic50", group="defactinib").number == mean
    assert value_of("table_3", line, "ic50_sd", group="defactinib").number == sd


def test_table_1_has_four_falls_and_two_rises_and_the_text_one_more_of_each():
    directions = of_table("table_1").query("quantity == 'direction'")
    assert directions["value"].value_counts().to_dict() == {"reduced": 5, "increased": 3}
    assert directions["number"].isna().all()


def test_table_2_holds_eight_colours():
    dyes = of_table("table_2").query("quantity == 'fluorochrome'").set_index("item")["value"]
    assert len(dyes) == 8
    assert dyes["CD8"] == "APC"
    assert dyes["FoxP3"] == "Alexa Fluor 647"


@pytest.mark.parametrize(
    ("item", "quantity", "mutant", "wild_type"),
    [
        ("Patients", "n", 57, 52),
        ("Objective response rate", "rate", 44, 17),
        ("Median duration of response", "median", 31.1, 9.2),
        ("Disease control rate at 6 months", "rate", 70, 50),
        ("Median progression-free survival", "median", 22, 12.8),
    ],
)
def test_table_4_as_printed(item, quantity, mutant, wild_type):
    assert value_of("table_4", item, quantity, group="KRAS mutant").number == mutant
    assert value_of("table_4", item, quantity, group="KRAS wild type").number == wild_type


def test_the_attribution_of_table_4_is_corrected_in_sight():
    study = of_table("table_4").set_index("quantity")["value"]
    assert (study["cited_study"], study["corrected_study"]) == ("FRAME", "RAMP 201")
    assert "RAMP 201" in value_of("table_4", "Objective response rate", "rate", group="KRAS mutant").note


def test_every_published_value_has_a_source_and_a_known_status_and_one_row():
    values = PROGRAMME.values
    assert (values["source"].str.len() > 0).all()
    assert set(values["status"]) <= {"primary", "secondary", "unverified"}
    assert not values.duplicated(["table", "item", "group", "quantity"]).any()


def test_wild_type_beyond_the_response_rate_is_unverified():
    table = of_table("table_4")
    rows = table[
        (table["group"] == "KRAS wild type") & ~table["item"].isin(["Objective response rate", "Patients"])
    ]
    assert set(rows["status"]) == {"unverified"}


def test_the_ihc_protocol_has_eight_steps_in_order():
    steps = PROGRAMME.protocols["ihc"].drop_duplicates("step")
    assert list(steps["step"]) == list(range(1, 9))
    assert steps["name"].iloc[5] == "Detection"
    blocking = PROGRAMME.protocols["ihc"].query("step == 3")
    assert list(blocking["time_min"]) == ["10", "30"]


def test_the_flow_protocol_goes_from_dissociation_to_analysis():
    names = PROGRAMME.protocols["flow"]["name"]
    assert (names.iloc[0], names.iloc[-1]) == ("Tissue dissociation", "Data analysis")
