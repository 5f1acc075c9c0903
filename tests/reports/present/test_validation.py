"""What the simulations and comparisons say, and what is claimed of them."""

from __future__ import annotations

import pandas as pd
import pytest

from lib.validation import Agreement, Coverage, TypeOneErrors, rates
from reports import publish
from reports.present import validation as page
from tests.makers.presented import check_snapshot

PROFILE = rates.Rate("profile", "top dose", 0.95, 0.951, 0.005, 1000)
SHORT = rates.Rate("log", "52 patients", 0.95, 0.90, 0.005, 1000)
ENUMERATED = rates.Rate("wilson", "57 patients (enumerated)", 0.95, 0.94, 0.0, 0)
WALD = rates.Rate("Wald", "top dose", 0.95, 0.7, 0.01, 1000, "warning")
RANKS = rates.Rate("signed rank", "8 patients", 0.05, 0.05, 0.005, 1000)
EVENTS = rates.Rate("event-level model", "8 patients", 0.05, 0.8, 0.01, 1000, "warning")


def coverage_of(*found: rates.Rate, confidence: float = 0.95) -> Coverage:
    table = rates.rates_frame(found)
    return Coverage(
        rates.judge_rates(table, rates.flag_coverage(table), "covers"), {"confidence": confidence}
    )


def alarms_of(*found: rates.Rate) -> TypeOneErrors:
    table = rates.rates_frame(found)
    return TypeOneErrors(rates.judge_rates(table, rates.flag_type_one(table), "rejects"), {"level": 0.05})


def agreement_of(*ours: float) -> Agreement:
    table = pd.DataFrame(
        {
            "method": "H-score",
            "case": [f"case {i}" for i in range(len(ours))],
            "quantity": "h_score",
            "reference": 150.0,
            "ours": list(ours),
            "relative_error": [o / 150 - 1 for o in ours],
            "source": "definition",
            "met": [o == 150.0 for o in ours],
        }
    )
    words = table["met"].map(
        {True: ("pass", ""), False: ("caution", "differs in a digit that the reference prints")}
    )
    return Agreement(table.assign(quality=[w[0] for w in words], reasons=[w[1] for w in words]))


STUDIES = {
    "one": ((PROFILE,), (RANKS,), (150.0,)),
    "many": ((PROFILE, ENUMERATED, WALD), (RANKS, EVENTS), (150.0, 150.0, 151.0)),
    "failed": (
        (PROFILE, SHORT, WALD),
        (rates.Rate("t", "n = 3", 0.05, 0.2, 0.01, 1000), EVENTS),
        (151.0, 152.0, 149.0, 148.0, 147.0),
    ),
}


@pytest.mark.parametrize("name", STUDIES)
def test_what_is_shown(name: str) -> None:
    covered, alarms, ours = STUDIES[name]
    found = coverage_of(*covered), alarms_of(*alarms), agreement_of(*ours)
    check_snapshot(
        f"validation/{name}", [*page.coverage(found[0]), page.type_one(found[1]), page.agreement(found[2])]
    )
    check_snapshot(f"validation/{name}_claims", page.claims(*found))


def test_claims_repeat_the_cells_of_the_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reports.publish.displays.display", lambda *_, **__: None)
    covered, alarms, ours = STUDIES["many"]
    found = coverage_of(*covered), alarms_of(*alarms), agreement_of(*ours)
    report = publish.Report("study", "simulated", {})
    report.show(page.coverage(found[0]), page.type_one(found[1]), page.agreement(found[2]))
    report.answer(page.claims(*found))


def test_the_least_coverage_in_use_leads() -> None:
    found = coverage_of(WALD, PROFILE, ENUMERATED), alarms_of(RANKS), agreement_of(150.0)
    lead, *further = page.claims(*found).claims
    assert lead.subject.what == "coverage of wilson"
    assert (lead.estimate.interval, lead.n) == (None, 0)
    assert not [c for c in further if "Wald" in c.subject.what]


def test_a_broken_promise_is_flagged_with_its_reason() -> None:
    said = page.claims(coverage_of(PROFILE, SHORT), alarms_of(RANKS), agreement_of(150.0))
    assert said.flags == ["coverage of log, 52 patients [failed: covers 90.0 %, promised 95 %]"]


def test_what_is_not_met_is_named_and_what_is_cut_counted() -> None:
    said = page.agreement(agreement_of(150.0, 153.0)).caption
    assert said.startswith("**1 of 2 reference numbers are met")
    assert "H-score, case 1, h_score is off by 2e−2" in said
    assert "is off" not in page.agreement(agreement_of(150.0)).caption
    assert "; and 2 more" in page.agreement(agreement_of(151, 152, 153, 154, 155)).caption
    shown = page.agreement(agreement_of(150.0)).show
    assert shown is not None
    assert shown["Relative error"][0] == page.BELOW


def test_warnings_do_not_count_among_the_methods_in_use() -> None:
    table = page.coverage(coverage_of(PROFILE, SHORT, WALD))[0]
    assert "1 of 2 intervals in use cover within 2 points of 95 %" in table.caption
    assert "the least, log (52 patients), covers 90.0 %" in table.caption
    assert table.show["Role"].tolist() == ["in use", "in use", "shown as a warning"]
    assert table.flagged == [False, True, True]


def test_the_level_is_told_as_it_is() -> None:
    assert "points of 90 % or more" in page.coverage(coverage_of(PROFILE, confidence=0.9))[0].caption


@pytest.mark.parametrize(("observed", "kept"), [(0.05, 1), (0.2, 0)])
def test_tests_that_reject_too_often_are_counted(observed: float, kept: int) -> None:
    found = alarms_of(rates.Rate("signed rank", "8 patients", 0.05, observed, 0.005, 1000), EVENTS)
    said = (
        f"**{kept} of 1 test in use rejects at most 7 % of null data; the event-level model rejects 80.0 % of"
        " it.**"
    )
    assert page.type_one(found).caption.startswith(said)
