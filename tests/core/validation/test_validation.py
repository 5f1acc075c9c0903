"""The validation's own numbers: settings of known answer, and the reference table complete and met."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from lib import validation
from lib.programme import load_programme
from lib.validation import agreement, coverage, false_alarms, rates


@pytest.fixture(scope="module")
def covered() -> validation.Coverage:
    return validation.estimate_coverage(n_simulations=400, seed=3)


@pytest.fixture(scope="module")
def alarms() -> validation.TypeOneErrors:
    return validation.estimate_type_one_error(n_simulations=600, seed=3)


def test_monte_carlo_error_is_that_of_a_binomial() -> None:
    rate = rates.count_rate("m", "s", 0.95, np.arange(200) < 180)
    assert rate.observed == 0.9
    assert rate.monte_carlo_error == pytest.approx(math.sqrt(0.9 * 0.1 / 200))


def test_unanimous_simulations_still_have_an_error() -> None:
    assert rates.count_rate("m", "s", 0.95, np.ones(100, bool)).monte_carlo_error == pytest.approx(
        math.sqrt(0.95 * 0.05 / 100)
    )


def test_open_bound_holds_what_lies_beyond() -> None:
    low, high = np.array([0.0, np.nan, 2.0]), np.array([np.nan, 3.0, 3.0])
    assert coverage.holds(low, high, 1.0).tolist() == [True, True, False]


def test_every_row_has_its_error_and_count(covered: validation.Coverage) -> None:
    simulated = covered["n_simulations"] > 0
    assert (covered["monte_carlo_error"][simulated] > 0).all()
    assert covered["setting"][~simulated].str.contains("enumerated").all()
    assert list(covered.frame.columns[:6]) == [
        "method",
        "setting",
        "nominal",
        "observed",
        "monte_carlo_error",
        "n_simulations",
    ]


def test_methods_in_use_keep_their_promise(
    covered: validation.Coverage, alarms: validation.TypeOneErrors
) -> None:
    for found in (covered, alarms):
        assert (found["quality"][found["role"] == "used"] == "pass").all()
        assert (found["quality"][found["role"] == "warning"] == "caution").all()


def test_wald_fails_at_the_top_dose_and_the_profile_nowhere(covered: validation.Coverage) -> None:
    wald = covered["observed"][covered["method"] == "IC50, Wald"].to_numpy()
    profile = covered["observed"][covered["method"] == "IC50, profile"].to_numpy()
    assert wald[0] > 0.9 > wald[1]
    assert (profile > 0.92).all()


def test_event_level_model_is_a_warning(alarms: validation.TypeOneErrors) -> None:
    """Cells as n reject most null data; patients as n do not (R: signed rank .038, t .049 for 8 patients)."""
    observed = alarms.frame.set_index("method")["observed"]
    assert observed["event-level binomial model"] > 0.7
    assert observed["paired shift, signed rank"] == pytest.approx(0.038, abs=0.03)
    assert observed["paired shift, t on logits"] == pytest.approx(0.049, abs=0.03)


def test_event_level_p_is_that_of_a_binomial_model() -> None:
    import statsmodels.api as sm

    counts, parents = false_alarms.simulate_counts(np.random.default_rng(1), 1)
    k, n = counts.reshape(-1), parents.reshape(-1)
    visit = np.tile([0.0, 1.0], counts.shape[1])
    fit = sm.GLM(np.c_[k, n - k], sm.add_constant(visit), family=sm.families.Binomial()).fit()
    assert false_alarms.event_level_p(counts, parents)[0] == pytest.approx(
        fit.pvalues[1], rel=1e-6, abs=1e-12
    )


def test_same_seed_same_numbers() -> None:
    first, again = (validation.estimate_type_one_error(n_simulations=100, seed=5) for _ in range(2))
    pd.testing.assert_frame_equal(first.frame, again.frame)
    assert first.settings == {"n_simulations": 100, "seed": 5, "level": 0.05}


def test_reference_numbers_are_met() -> None:
    table = validation.compare_with_reference(validation.load_reference()).frame
    missed = table[~table["met"]]
    assert set(missed["case"]) <= {"ryegrass 5pl"}
    rss = table[(table["case"] == "ryegrass 5pl") & (table["quantity"] == "rss")].iloc[0]
    assert rss["ours"] <= rss["reference"], "the 5PL reference is a flat optimum: ours must not be worse"
    said = table["source"].str.fullmatch(r"R \d+\.\d+\.\d+|.{11,}")
    assert said.all(), "a source is software with its version, or words enough to find it by"


def test_a_wrong_number_is_not_met(monkeypatch: pytest.MonkeyPatch) -> None:
    made = agreement.compute_cases()
    made["H-score", "50/10/10/30"]["h_score"] = 123.0
    monkeypatch.setattr(agreement, "compute_cases", lambda: made)
    table = validation.compare_with_reference(validation.load_reference()).frame
    row = table.set_index(["case", "quantity"]).loc[("50/10/10/30", "h_score")]
    assert not row["met"]
    assert (row["quality"], row["reasons"]) == ("caution", "differs in a digit that the reference prints")


def test_broken_promises_are_flagged_beyond_points_and_noise() -> None:
    table = rates.rates_frame(
        [
            rates.Rate("m", "short", 0.95, 0.92, 0.005, 1000),
            rates.Rate("m", "noisy", 0.95, 0.92, 0.02, 100),
            rates.Rate("m", "near", 0.95, 0.935, 0.001, 1000),
            rates.Rate("m", "more", 0.95, 0.99, 0.001, 1000),
        ]
    )
    assert rates.flag_coverage(table).tolist() == [True, False, False, False]
    assert rates.flag_type_one(table).tolist() == [False, False, False, True]


def test_quality_is_of_the_promise_and_of_the_use() -> None:
    table = rates.rates_frame(
        [
            rates.Rate("m", "kept", 0.95, 0.95, 0.005, 1000),
            rates.Rate("m", "broken", 0.95, 0.9, 0.005, 1000),
            rates.Rate("m", "unused", 0.95, 0.95, 0.005, 1000, "warning"),
            rates.Rate("m", "unused and broken", 0.95, 0.8, 0.01, 1000, "warning"),
        ]
    )
    judged = rates.judge_rates(table, rates.flag_coverage(table), "covers")
    assert judged["quality"].tolist() == ["pass", "fail", "caution", "caution"]
    assert judged["reasons"].tolist() == [
        "",
        "covers 90.0 %, promised 95 %",
        rates.UNUSED,
        f"covers 80.0 %, promised 95 %; {rates.UNUSED}",
    ]


def test_no_setting_is_of_a_programme(covered: validation.Coverage, alarms: validation.TypeOneErrors) -> None:
    """Names of groups and treatments are labels only: nothing that a programme publishes stands in the
    tables."""
    tables = (covered.frame, alarms.frame, validation.load_reference())
    words = " ".join(str(v) for table in tables for column in table for v in table[column].unique())
    known = load_programme()
    named = {*known.compounds, *known.treatments, *known.groups, *known.markers, "RAMP 201"} - {"both"}
    assert not [name for name in named if name.lower() in words.lower()]
