"""Published values and concordance by equivalence."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.agreement import (
    compare_direction,
    compare_with_published,
    concordance_table,
    load_protocol,
    load_published,
    margin_in_words,
    published_value,
)
from lib.errors import InputError


@pytest.mark.parametrize(
    ("line", "mean", "sd"),
    [("UTE1", 2.8, 0.5), ("UTE2", 3.8, 0.7), ("UTE3", 1.7, 0.3), ("UTE10", 2.5, 0.4), ("UTE11", 2.1, 0.3)],
)
def test_ic50_of_table_3_as_printed(line, mean, sd):
    assert published_value("table_3", line, "ic50", group="defactinib").number == mean
    assert published_value("table_3", line, "ic50_sd", group="defactinib").number == sd


def test_table_1_has_four_falls_and_two_rises_and_the_text_one_more_of_each():
    directions = load_published("table_1").query("quantity == 'direction'")
    assert directions["value"].value_counts().to_dict() == {"reduced": 5, "increased": 3}
    assert directions["number"].isna().all()


def test_table_2_holds_eight_colours():
    dyes = load_published("table_2").query("quantity == 'fluorochrome'").set_index("item")["value"]
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
    assert published_value("table_4", item, quantity, group="KRAS mutant").number == mutant
    assert published_value("table_4", item, quantity, group="KRAS wild type").number == wild_type


def test_the_attribution_of_table_4_is_corrected_in_sight():
    study = load_published("table_4").set_index("quantity")["value"]
    assert (study["cited_study"], study["corrected_study"]) == ("FRAME", "RAMP 201")
    assert (
        "RAMP 201" in published_value("table_4", "Objective response rate", "rate", group="KRAS mutant").note
    )


def test_every_published_value_has_a_source_and_a_known_status_and_one_row():
    values = load_published()
    assert (values["source"].str.len() > 0).all()
    assert set(values["status"]) <= {"primary", "secondary", "unverified"}
    assert not values.duplicated(["table", "item", "group", "quantity"]).any()


def test_wild_type_beyond_the_response_rate_is_unverified():
    table = load_published("table_4")
    rows = table[
        (table["group"] == "KRAS wild type") & ~table["item"].isin(["Objective response rate", "Patients"])
    ]
    assert set(rows["status"]) == {"unverified"}


def test_the_ihc_protocol_has_eight_steps_in_order():
    steps = load_protocol("ihc").drop_duplicates("step")
    assert list(steps["step"]) == list(range(1, 9))
    assert steps["name"].iloc[5] == "Detection"
    blocking = load_protocol("ihc").query("step == 3")
    assert list(blocking["time_min"]) == ["10", "30"]


def test_the_flow_protocol_goes_from_dissociation_to_analysis():
    names = load_protocol("flow")["name"]
    assert (names.iloc[0], names.iloc[-1]) == ("Tissue dissociation", "Data analysis")


def test_unknown_names_are_refused_by_name():
    with pytest.raises(InputError, match=r"got table_9"):
        load_published("table_9")
    with pytest.raises(InputError, match=r"got western"):
        load_protocol("western")
    with pytest.raises(InputError, match=r"table_3, UTE99, ic50 \(0 rows\)"):
        published_value("table_3", "UTE99", "ic50")


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (2.5, 3.1, "agrees"),  # 0.89 to 1.11 of 2.8, inside 1/1.25 to 1.25
        (2.85, 3.2, "agrees"),  # excludes equality, yet inside
        (3.0, 4.0, "differs"),  # excludes equality and leaves the margin
        (4.0, 5.0, "differs"),
        (2.0, 4.0, "cannot tell"),
        (None, None, "cannot tell"),
    ],
)
def test_verdicts_of_a_ratio(low, high, verdict):
    assert compare_with_published(3.0, low, high, 2.8, scale="ratio", margin=1.25).verdict == verdict


def test_where_both_hold_the_size_of_the_difference_is_given():
    result = compare_with_published(3.0, 2.85, 3.2, 2.8, scale="ratio", margin=1.25)
    assert result.excludes_equality
    assert "1.07 times" in result.why


def test_a_difference_of_rates():
    result = compare_with_published(60, 52, 68, 44, scale="difference", margin=5, unit="percentage points")
    assert result.verdict == "differs"
    assert (result.effect, result.effect_low, result.effect_high) == (16, 8, 24)
    assert "16 percentage points above" in result.why


def test_a_published_interval_is_squared_and_added():
    # MOVER by hand: sqrt(14² + 14²) below, sqrt(14² + 13²) above
    result = compare_with_published(
        44, 30, 58, 44, scale="difference", margin=25, published_low=31, published_high=58
    )
    assert result.effect_low == pytest.approx(-math.hypot(14, 14))
    assert result.effect_high == pytest.approx(math.hypot(14, 13))
    assert result.verdict == "agrees"


def test_a_censored_estimate_differs_where_its_limit_already_leaves_the_margin():
    above = compare_with_published(math.nan, 30, None, 2.8, scale="ratio", margin=1.25)
    assert above.verdict == "differs"
    assert "at least 10.7 times" in above.why
    assert compare_with_published(22, 12, None, 22, scale="ratio", margin=1.25).verdict == "cannot tell"


def test_nothing_published_is_not_comparable_with_its_reason():
    assert compare_with_published(3, 2, 4, None, scale="ratio", margin=2).verdict == "not comparable"
    other = compare_with_published(
        3, 2, 4, 3, scale="ratio", margin=2, not_comparable="another quantity: absolute IC50"
    )
    assert (other.verdict, other.why) == ("not comparable", "another quantity: absolute IC50")


@pytest.mark.parametrize(
    ("expected", "low", "high", "verdict"),
    [
        ("increased", 0.1, 0.5, "agrees"),
        ("reduced", 0.1, 0.5, "differs"),
        ("reduced", -0.1, 0.5, "cannot tell"),
        ("reduced", None, None, "cannot tell"),
        (None, 0.1, 0.5, "not comparable"),
    ],
)
def test_verdicts_of_a_direction(expected, low, high, verdict):
    assert compare_direction(0.3, low, high, expected).verdict == verdict


def test_bad_margins_and_values_are_refused():
    with pytest.raises(InputError, match=r"margin of a ratio must be > 1; got 0.8"):
        compare_with_published(1, 1, 1, 1, scale="ratio", margin=0.8)
    with pytest.raises(InputError, match=r"ratio needs values > 0; got -3 in IC50"):
        compare_with_published(-3, 1, 1, 1, scale="ratio", margin=2, name="IC50")
    with pytest.raises(InputError, match=r"got upwards"):
        compare_direction(1, 0.5, 2, "upwards")


@given(st.floats(0.1, 10), st.floats(0.01, 2), st.floats(0.01, 2), st.floats(0.1, 10), st.floats(1.01, 5))
def test_a_ratio_does_not_depend_on_the_unit(x, below, above, published, margin):
    low, high = x * math.exp(-below), x * math.exp(above)
    first = compare_with_published(x, low, high, published, scale="ratio", margin=margin)
    # a power of two scales without rounding
    second = compare_with_published(
        1024 * x, 1024 * low, 1024 * high, 1024 * published, scale="ratio", margin=margin
    )
    assert first.effect == pytest.approx(second.effect)
    assert first.effect_low <= first.effect <= first.effect_high


@given(st.floats(-10, 10), st.floats(0.01, 5), st.floats(-10, 10), st.floats(0.1, 5))
def test_a_wider_margin_never_turns_agreement_away(x, half, published, margin):
    narrow = compare_with_published(x, x - half, x + half, published, scale="difference", margin=margin)
    wide = compare_with_published(x, x - half, x + half, published, scale="difference", margin=2 * margin)
    assert narrow.verdict != "agrees" or wide.verdict == "agrees"


def test_the_table_and_the_rule_in_words():
    table = concordance_table([compare_with_published(3, 2.9, 3.1, 3, scale="ratio", margin=2, name="UTE1")])
    assert list(table["verdict"]) == ["agrees"]
    assert "1/2 and 2 times" in margin_in_words("ratio", 2)
