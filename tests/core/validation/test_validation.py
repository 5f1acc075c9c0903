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
def covered() -> pd.DataFrame:
    return validation.estimate_coverage(n_simulations=400, seed=3)


@pytest.fixture(scope="module")
def alarms() -> pd.DataFrame:
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


def test_every_row_has_its_error_and_count(covered: pd.DataFrame) -> None:
    simulated = covered["n_simulations"] > 0
    assert (covered.loc[simulated, "monte_carlo_error"] > 0).all()
    assert covered.loc[~simulated, "setting"].str.contains("enumerated").all()
    assert list(covered.columns[:6]) == [
        "method", "setting", "nominal", "observed", "monte_carlo_error", "n_simulations"]  # fmt: skip


def test_methods_in_use_keep_their_promise(covered: pd.DataFrame, alarms: pd.DataFrame) -> None:
    assert not validation.flag_coverage(covered[covered["role"] == "used"]).any()
    assert not validation.flag_type_one(alarms[alarms["role"] == "used"]).any()


def test_wald_fails_at_the_top_dose_and_the_profile_nowhere(covered: pd.DataFrame) -> None:
    wald = covered[covered["method"] == "IC50, Wald"]["observed"].to_numpy()
    profile = covered[covered["method"] == "IC50, profile"]["observed"].to_numpy()
    assert wald[0] > 0.9 > wald[1]
    assert (profile > 0.92).all()


def test_event_level_model_is_a_warning(alarms: pd.DataFrame) -> None:
    """Cells as n reject most null data; patients as n do not (R: signed rank .038, t .049 for 8 patients)."""
    observed = alarms.set_index("method")["observed"]
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
    pd.testing.assert_frame_equal(first, again)


def test_reference_numbers_are_met() -> None:
    table = validation.compare_with_reference(validation.load_reference())
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
    table = validation.compare_with_reference(validation.load_reference())
    assert not table.set_index(["case", "quantity"]).loc[("50/10/10/30", "h_score"), "met"]


def test_broken_promises_are_flagged_beyond_points_and_noise() -> None:
    table = rates.rates_frame([
        rates.Rate("m", "short", 0.95, 0.92, 0.005, 1000), rates.Rate("m", "noisy", 0.95, 0.92, 0.02, 100),
        rates.Rate("m", "near", 0.95, 0.935, 0.001, 1000), rates.Rate("m", "more", 0.95, 0.99, 0.001, 1000),
    ])  # fmt: skip
    assert validation.flag_coverage(table).tolist() == [True, False, False, False]
    assert validation.flag_type_one(table).tolist() == [False, False, False, True]


def test_no_setting_is_of_a_programme(covered: pd.DataFrame, alarms: pd.DataFrame) -> None:
    """Names of groups and treatments are labels only: nothing that a programme publishes stands in the tables."""
    tables = (covered, alarms, validation.load_reference())
    words = " ".join(str(v) for table in tables for column in table for v in table[column].unique())
    known = load_programme()
    named = {*known.compounds, *known.treatments, *known.groups, *known.markers, "RAMP 201"} - {"both"}
    assert not [name for name in named if name.lower() in words.lower()]
