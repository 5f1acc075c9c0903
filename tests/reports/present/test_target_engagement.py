"""Target engagement in words: the lead curve, saturation, and nothing that another programme would make false."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lib.engagement import (
    find_saturation,
    fit_engagement,
    fit_turnovers,
    gather_turnovers,
    normalise_readouts,
)
from lib.programme import Programme, Target, load_programme
from reports.present import target_engagement as page
from tests.core.engagement.test_engagement import study
from tests.core.engagement.test_saturation import blots

HIT = Target("pFAK_Y397", "FAK inhibition")


def lead(lanes: pd.DataFrame, target: Target | None = HIT) -> pd.Series:
    return page.lead_readout(fit_engagement(normalise_readouts(lanes)), lanes, target)


def named(lanes: pd.DataFrame, target: Target | None) -> tuple[str, str]:
    row = lead(lanes, target)
    return row["target"], row["treatment"]


def test_the_lead_curve_is_the_latest_of_a_full_grid_and_named() -> None:
    """At 1 h little is gone; the headline speaks of 24 h, and says so."""
    row = lead(study({"MEK inhibition": 2.0, "FAK inhibition": 6.0}))
    assert (row["treatment"], row["time_h"]) == ("FAK inhibition", 24.0)
    said = page.say_answer(row)
    assert said.startswith("pFAK_Y397 under FAK inhibition at 24 h: half is left at 0.1")
    assert "; the midpoint of its curve (IC50) is 0." in said
    assert said.endswith("; n = 4 experiments; at the highest dose, 3 µM, 77 % of it is gone.")
    fewer = study({"FAK inhibition": 6.0})
    fewer = fewer[(fewer["time_h"] < 24) | fewer["dose_uM"].isin([0, 0.1, 0.3, 1, 3])]
    assert lead(fewer)["time_h"] == 4.0


def test_the_lead_is_the_programmes_target_else_the_first_of_the_table() -> None:
    one, other = (study({"B": 3.0, "A": 3.0}, times=(24.0,)).assign(target=name) for name in ("pZ", "pX_S1"))
    lanes = pd.concat([one, other], ignore_index=True)
    assert named(lanes, None) == ("pZ", "B")
    assert named(lanes, Target("pX_S1", "A")) == ("pX_S1", "A")
    assert named(lanes, Target("pX_S1", "C")) == ("pX_S1", "B")  # its treatment was not given
    assert named(lanes, Target("pQ", "A")) == ("pZ", "A")  # its target was not measured
    assert named(lanes, Target("pX", "A")) == ("pX_S1", "A")  # without the site in its name
    assert named(lanes, Target("pX_S1_long", "A")) == ("pX_S1", "A")
    assert named(lanes, Target("p", "A")) == ("pZ", "A")  # a beginning alone is no name


def test_a_dose_that_is_never_reached_is_said() -> None:
    row = lead(study({"FAK inhibition": 0.5}, times=(24.0,), imax=0.3, noise=0.02))
    assert "half is left only above the tested doses (> 3 µM); the midpoint" in page.say_answer(row)


def test_a_readout_that_rises_is_not_inhibited() -> None:
    frame = study({"FAK inhibition": 3.0})
    row = lead(frame.assign(signal=1e6 / frame["signal"]))
    said = page.say_answer(row)
    assert "at 24 h: it rises with dose, so no inhibitory concentration can be told; n = 4" in said
    assert said.endswith("% more than vehicle is there.")
    assert "IC50" not in said
    assert page.key_qualifier(row) == "not estimable"


def test_columns_tell_apart_what_differs() -> None:
    engaged = fit_engagement(normalise_readouts(study({"FAK inhibition": 6.0, "both": 0.3})))
    shown = page.show_engagement(engaged)
    assert list(shown.columns[:3]) == ["Target", "Treatment", "Time\nh"]
    assert page.say_when(engaged) == "FAK inhibition at 1, 4 and 24 h and both at 1, 4 and 24 h"
    assert "Treatment" not in page.show_engagement(engaged[engaged["treatment"] == "both"])


# --- saturation


def test_the_case_is_named_and_gives_no_ic50() -> None:
    frame = pd.concat(
        [blots(cap=4100.0), blots(target="FAK", level=3000, seed=3, ic50=1e9)], ignore_index=True
    )
    changes, n = normalise_readouts(frame), int((frame.signal == 4100).sum())
    said = page.say_saturation(changes.saturated)
    assert said == [f"pFAK_Y397: {n} of 21 lanes tie at the maximum signal 4,100: saturated"]
    engaged = fit_engagement(changes)
    answer = page.say_answer(page.lead_readout(engaged, frame, HIT), said)
    assert answer == f"pFAK_Y397 under treatment at 24 h: no IC50 can be told; {said[0]}."
    assert set(page.shown_curves(engaged)["target"]) == {"FAK", "pFAK_Y397"}
    assert page.drawn_curves(engaged)["target"].tolist() == ["FAK"]
    assert page.say_quality(frame, changes.excluded) == (
        "**21 of 42 lanes used,** 3 experiments.",
        f"Excluded: {n} saturated lanes and {21 - n} lanes held against a saturated vehicle.",
    )


def test_saturated_blots_and_experiments_are_named() -> None:
    frame = blots(4, noise=0.05, cap=[3000.0, 1e9, 1e9, 1e9])
    (said,) = page.say_saturation(find_saturation(frame))
    tied = int((frame.signal == 3000).sum())
    assert said == f"pFAK_Y397, blot b1: {tied} of 7 lanes tie at the maximum signal 3,000: saturated"
    frame = blots(3, noise=0.05, cap=[2500.0, 3100.0, 1e9])
    counts = [int((frame.signal == cap).sum()) for cap in (2500.0, 3100.0)]
    for unnamed, blot in ((frame.drop(columns="blot"), ""), (frame.assign(blot="1"), ", blot 1")):
        assert page.say_saturation(normalise_readouts(unnamed).saturated) == [
            f"pFAK_Y397, experiment {k}{blot}: {n} of 7 lanes tie at the maximum signal {cap}: saturated"
            for k, n, cap in zip((1, 2), counts, ("2,500", "3,100"), strict=True)
        ]


def test_what_ties_is_said_of_signal_and_normaliser() -> None:
    constant = blots(3).assign(signal=4321.0, normaliser=7.0)
    assert page.say_saturation(find_saturation(constant)) == [
        "pFAK_Y397: 21 of 21 lanes tie at the maximum signal 4,321: saturated"
    ]
    frame = blots(4)
    frame["normaliser"] = np.minimum(frame["normaliser"], 48_000.0)
    n = int((frame.normaliser == 48_000).sum())
    (said,) = page.say_saturation(normalise_readouts(frame).saturated)
    assert (
        said == f"pFAK_Y397: {n} of 28 lanes tie at the maximum normaliser (total protein) 48,000: saturated"
    )


def test_an_all_saturated_table_is_still_a_report() -> None:
    engaged = fit_engagement(normalise_readouts(blots(3, cap=4100.0)))
    assert page.show_engagement(page.drawn_curves(engaged))["Status"].tolist() == ["saturated"]


def test_lanes_at_background_are_said_to_be_held_as_read() -> None:
    frame = blots(4, noise=0.03, loading=0.02)
    frame["signal"] = np.maximum(frame["signal"] - 1800, 0.0)
    assert (
        "dose curves hold them as read (8)" in page.say_quality(frame, normalise_readouts(frame).excluded)[1]
    )


# --- pathway and published


def edges(*states: str) -> pd.DataFrame:
    return pd.DataFrame({"edge": [f"e{k}" for k in range(len(states))], "state": states})


@pytest.mark.parametrize(
    ("states", "said"),
    [
        ((), "These readouts can tell of no edge of the pathway"),
        (("no data",), "These readouts can tell of no edge of the pathway"),
        (("supported",), "Supported: 1 of 1 edge of which these readouts can tell; contradicted: none"),
        (("no data", "contradicted", "supported"),
         "Supported: 1 of 2 edges of which these readouts can tell; contradicted: e1"),
    ],
)  # fmt: skip
def test_edges_are_counted(states: tuple[str, ...], said: str) -> None:
    assert page.say_edges(edges(*states)) == said
    assert page.flag_edges(edges(*states)) == [
        f"contradicted: e{k}" for k, state in enumerate(states) if state == "contradicted"
    ]
    assert page.flag_edges(None) == []


def test_published_is_of_the_compounds_given_alone() -> None:
    programme = load_programme()
    known = programme.mechanism_of(["FAK inhibition"])
    assert {"defactinib", "BI 853520", "defactinib in human macrophages"} <= set(known["group"])
    assert page.say_published(known) == "**Not comparable:** no cellular IC50 is published."
    for treatments in ([], ["MEK inhibition"], ["treatment"], ["XYZ 1"]):
        nothing = programme.mechanism_of(treatments)
        assert nothing.empty
        assert list(nothing.columns) == list(known.columns)
        assert page.say_published(nothing) == ""
    assert page.say_published(Programme("none").mechanism_of(["FAK inhibition"])) == ""


def test_a_published_cellular_ic50_is_named_with_its_source() -> None:
    known = pd.DataFrame([{"item": "pX", "group": "drug A", "quantity": "cellular_ic50", "value": "20", "number": 20.0,
                           "unit": "nM", "source": "Somebody 2024"}])  # fmt: skip
    assert "IC50, pX of drug A 20.0 nM (Somebody 2024)" in page.say_published(known)


def test_words_of_treatments_and_half_lives_name_no_treatment_but_the_tables() -> None:
    lanes = study({"treatment": 3.0})
    changes = normalise_readouts(lanes)
    engaged, turnover = fit_engagement(changes), gather_turnovers(fit_turnovers(changes))
    said = [page.say_when(engaged), page.say_treatments(turnover), page.say_half_lives(turnover), page.say_alt(engaged),
            page.name_key(lead(lanes, None)), page.say_caution(engaged)]  # fmt: skip
    assert not any("inhibition" in text for text in said)
    assert page.measured_under(lanes) == {"treatment": {"pFAK_Y397"}}
