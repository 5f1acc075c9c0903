"""Experiments combined and lines compared."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats

from lib import dose_response as dr
from lib.dose_response import agreement
from lib.dose_response.censored import CensoredNormal
from lib.dose_response.curves import CurveFits

REFERENCES = pd.DataFrame(
    {
        "compound": ["P1", "P1", "P2"],
        "cell_line": ["UTE1", "UTE2", "UTE1"],
        "mean_uM": [2.8, 3.8, 0.1],
        "sd_uM": [0.5, 0.7, np.nan],
        "source": "a paper",
        "status": "primary",
    }
)


WHOLE = {
    "n_points": 24,
    "model": "4pl",
    "p_lack_of_fit": np.nan,
    "hill_at_bound": False,
    "plateaus_held": "both",
}
SETTINGS = {"confidence": 0.95, "level": 0.5, "method": "profile"}


def fits_of(values: dict[str, list[tuple[float, str]]], *, compound: str = "defactinib") -> CurveFits:
    rows = [
        {
            "compound": compound,
            "cell_line": line,
            "experiment": str(k),
            "ic50_uM": v,
            "ic50_qualifier": q,
            "log10_ic50_se": 0.05,
            "status": "ok" if q == "=" else "above_range",
            "absolute_ic50_uM": v,
            "absolute_ic50_qualifier": q,
            **WHOLE,
        }
        for line, pairs in values.items()
        for k, (v, q) in enumerate(pairs)
    ]
    return CurveFits(pd.DataFrame(rows), SETTINGS)


def test_geometric_mean_with_t_interval() -> None:
    values = np.array([2.0, 3.0, 4.5])
    row = dr.average_experiments(fits_of({"a": [(v, "=") for v in values]})).iloc[0]
    low, high = stats.t.interval(0.95, 2, np.log(values).mean(), stats.sem(np.log(values)))
    assert row["geometric_mean_uM"] == pytest.approx(stats.gmean(values))
    assert (row["geometric_low_uM"], row["geometric_high_uM"]) == pytest.approx((np.exp(low), np.exp(high)))
    assert (row["mean_uM"], row["sd_uM"]) == pytest.approx((values.mean(), values.std(ddof=1)))


def test_two_experiments_have_no_interval_and_say_so() -> None:
    row = dr.average_experiments(fits_of({"a": [(2.0, "="), (3.0, "=")]})).iloc[0]
    assert np.isnan(row["geometric_low_uM"])
    assert row["why"] == "2 experiments: fewer than 3"


def test_a_censored_experiment_raises_the_mean_and_opens_the_interval() -> None:
    known = [(8.0, "="), (12.0, "="), (10.0, "=")]
    plain = dr.average_experiments(fits_of({"a": known})).iloc[0]
    row = dr.average_experiments(fits_of({"a": [*known, (30.0, ">")]})).iloc[0]
    assert row["geometric_mean_uM"] > stats.gmean([8, 12, 10, 30]) > plain["geometric_mean_uM"]
    assert row["geometric_high_uM"] > plain["geometric_high_uM"]
    assert row["n_censored"] == 1
    assert row["mean_uM"] == pytest.approx(10)


def with_bounds(fits: CurveFits, open_above: list[int]) -> CurveFits:
    frame = fits.frame.assign(
        ic50_low_uM=fits.frame["ic50_uM"] / 1.5, ic50_high_uM=fits.frame["ic50_uM"] * 1.5
    )
    frame.loc[open_above, "ic50_high_uM"] = np.nan
    return CurveFits(frame, SETTINGS)


def test_an_experiment_open_above_widens_the_interval_upwards_only() -> None:
    fits = fits_of({"a": [(v, "=") for v in (8.0, 12.0, 10.0, 15.0)]})
    plain = dr.average_experiments(with_bounds(fits, [])).iloc[0]
    row = dr.average_experiments(with_bounds(fits, [3])).iloc[0]
    for name in ("geometric_mean_uM", "geometric_low_uM", "geometric_sd", "n_censored"):
        assert row[name] == plain[name], name
    assert row["geometric_high_uM"] > plain["geometric_high_uM"]
    most = dr.average_experiments(with_bounds(fits, [0, 1, 3])).iloc[0]
    assert np.isnan(most["geometric_high_uM"])
    assert (most["geometric_low_uM"], most["why"]) == (
        plain["geometric_low_uM"],
        "3 of 4 experiments open above",
    )


def test_one_value_among_limits_is_a_limit() -> None:
    row = dr.average_experiments(fits_of({"a": [(12.0, "="), (30.0, ">"), (30.0, ">")]})).iloc[0]
    assert (row["qualifier"], row["n_censored"]) == (">", 2)
    assert row["geometric_mean_uM"] == pytest.approx(stats.gmean([12, 30, 30]))


def test_ratio_counts_experiments_beyond_the_range() -> None:
    known = [(8.0, "="), (12.0, "="), (10.0, "=")]
    a = [(2.0, "="), (2.5, "="), (3.0, "=")]
    dropped = dr.compare_lines(fits_of({"a": a, "b": known})).frame.iloc[0]
    row = dr.compare_lines(fits_of({"a": a, "b": [*known, (30.0, ">")]})).frame.iloc[0]
    assert row["ratio"] < dropped["ratio"]
    assert row["method"] == "Welch t over experiments, some censored"
    mean = dr.average_experiments(fits_of({"b": [*known, (30.0, ">")]})).iloc[0]["geometric_mean_uM"]
    assert row["ratio"] == pytest.approx(stats.gmean([2, 2.5, 3]) / mean)
    assert dr.compare_lines(fits_of({"a": a, "b": [(12.0, "="), (30.0, ">")]})).frame.empty


def test_all_censored_stays_a_limit() -> None:
    row = dr.average_experiments(fits_of({"a": [(30.0, ">")] * 3})).iloc[0]
    assert (row["geometric_mean_uM"], row["qualifier"], row["n_censored"]) == (pytest.approx(30.0), ">", 3)
    assert np.isnan(row["geometric_high_uM"])


def test_ratio_is_welch_over_experiments() -> None:
    a, b = [2.0, 2.5, 3.0], [4.0, 5.5, 5.0]
    row = dr.compare_lines(fits_of({"a": [(v, "=") for v in a], "b": [(v, "=") for v in b]})).frame.iloc[0]
    test = stats.ttest_ind(np.log(a), np.log(b), equal_var=False)
    assert row["ratio"] == pytest.approx(stats.gmean(a) / stats.gmean(b))
    assert row["p_value"] == pytest.approx(test.pvalue)
    low, high = test.confidence_interval(0.95)
    assert (row["ratio_low"], row["ratio_high"]) == pytest.approx((np.exp(low), np.exp(high)))


def test_single_experiments_use_the_errors_of_the_fits_and_say_so() -> None:
    row = dr.compare_lines(fits_of({"a": [(2.0, "=")], "b": [(4.0, "=")]})).frame.iloc[0]
    margin = 1.959963984540054 * np.log(10) * 0.05 * np.sqrt(2)
    assert row["ratio_high"] == pytest.approx(0.5 * np.exp(margin))
    assert row["method"] == "standard errors of single fits"


def test_q_values_are_benjamini_hochberg() -> None:
    lines = {
        name: [(v * f, "=") for f in (0.9, 1.0, 1.15)] for name, v in (("a", 1.0), ("b", 1.1), ("c", 4.0))
    }
    out = dr.compare_lines(fits_of(lines)).frame
    assert out["q_value"].to_numpy() == pytest.approx(stats.false_discovery_control(out["p_value"]))


def test_an_ic50_is_held_against_its_reference() -> None:
    summary = dr.combine_experiments(
        fits_of({"UTE1": [(v, "=") for v in (2.6, 2.8, 3.0)], "other": [(1.0, "=")] * 3})
    )
    row = agreement.compare_published(summary, REFERENCES, named={"defactinib": "P1"}.get).frame.iloc[0]
    assert (row["name"], row["published"], row["verdict"]) == ("UTE1", 2.8, "agrees")
    assert (row["published_sd"], row["n_experiments"], row["source"], row["status"]) == (
        0.5,
        3,
        "a paper",
        "primary",
    )


def test_compounds_and_lines_without_a_reference_are_left_out() -> None:
    fits = fits_of({"UTE1": [(2.8, "=")] * 3, "other": [(1.0, "=")] * 3})
    summary = dr.combine_experiments(fits)
    assert agreement.compare_published(summary, REFERENCES, named={"defactinib": "P1"}.get).frame[
        "name"
    ].tolist() == ["UTE1"]
    for names in ({"defactinib": None}, {}, {"defactinib": "another"}):
        assert agreement.compare_published(summary, REFERENCES, named=names.get).frame.empty
    empty = agreement.compare_published(summary, REFERENCES.iloc[:0], named={"defactinib": "P1"}.get).frame
    assert empty.empty
    assert list(empty.columns[-4:]) == ["published_sd", "n_experiments", "quality", "reasons"]


def test_several_compounds_are_told_apart_and_each_meets_its_own_reference() -> None:
    parts = [
        fits_of({"UTE1": [(v, "=")] * 3}, compound=c).frame for c, v in (("a", 2.8), ("b", 0.1), ("c", 1.0))
    ]
    summary = dr.combine_experiments(CurveFits(pd.concat(parts, ignore_index=True), SETTINGS))
    found = agreement.compare_published(
        summary, REFERENCES, named={"a": "P1", "b": "P2"}.get
    ).frame.set_index("name")
    assert found["published"].to_dict() == {"a in UTE1": 2.8, "b in UTE1": 0.1}
    assert np.isnan(found.loc["b in UTE1", "published_sd"])


def test_a_limit_is_held_as_a_bound() -> None:
    summary = dr.combine_experiments(fits_of({"UTE1": [(30.0, ">")] * 3, "UTE2": [(0.1, "<")] * 3}))
    found = agreement.compare_published(summary, REFERENCES, named={"defactinib": "P1"}.get).frame.set_index(
        "name"
    )
    assert found["verdict"].tolist() == ["differs", "differs"]
    assert (found.loc["UTE1", "low"], found.loc["UTE2", "high"]) == (pytest.approx(30.0), pytest.approx(0.1))
    assert found["estimate"].isna().all()


def test_limits_on_both_sides_have_no_mean_and_say_why() -> None:
    row = dr.average_experiments(fits_of({"a": [(0.1, "<"), (30.0, ">"), (0.1, "<")]})).iloc[0]
    assert np.isnan(row["geometric_mean_uM"])
    assert (row["qualifier"], row["status"], row["n_experiments"], row["n_censored"]) == ("", "no_mean", 3, 3)
    assert row["why"] == "2 below the tested range and 1 above it: no mean"
    one = dr.average_experiments(fits_of({"a": [(0.1, "<"), (30.0, ">"), (2.0, "=")]})).iloc[0]
    assert (one["qualifier"], one["status"]) == ("", "no_mean")
    far = dr.average_experiments(fits_of({"a": [(0.1, "<"), (30.0, ">"), (2.0, "="), (3.0, "=")]})).iloc[0]
    assert far["qualifier"] == ""
    # tested from 4 µM on, up to 1 µM, and in between twice: these agree
    near = dr.average_experiments(fits_of({"a": [(4.0, "<"), (1.0, ">"), (2.0, "="), (3.0, "=")]})).iloc[0]
    assert near["qualifier"] == "="
    assert 2 < near["geometric_mean_uM"] < 3


def untold(fits: CurveFits, rows: list[int], why: str, low: float = np.nan) -> CurveFits:
    frame = fits.frame.assign(
        ic50_low_uM=fits.frame["ic50_uM"] / 1.5, ic50_high_uM=fits.frame["ic50_uM"] * 1.5, ic50_untold=""
    )
    frame.loc[rows, ["ic50_uM", "ic50_low_uM", "ic50_high_uM"]] = np.nan, low, np.nan
    frame.loc[rows, ["ic50_qualifier", "ic50_untold", "status"]] = "", why, "ambiguous"
    return CurveFits(frame, SETTINGS)


def test_an_experiment_that_tells_no_side_informs_no_mean() -> None:
    values = [(2.0, "="), (3.0, "="), (4.5, "="), (9.0, "=")]
    row = dr.average_experiments(untold(fits_of({"a": values}), [3], "flat")).iloc[0]
    plain = dr.average_experiments(fits_of({"a": values[:3]})).iloc[0]
    for name in ("geometric_mean_uM", "geometric_low_uM", "geometric_high_uM", "n_experiments", "n_censored"):
        assert row[name] == plain[name], name
    assert row["why"] == "1 of 4 left out: flat"
    none = dr.average_experiments(untold(fits_of({"a": values}), [0, 1, 2, 3], "flat")).iloc[0]
    assert (none["n_experiments"], none["qualifier"], none["status"], none["why"]) == (
        0,
        "",
        "ambiguous",
        "flat",
    )


def test_an_unheld_plateau_counts_as_a_limit_beside_two_values_only() -> None:
    values = [(2.0, "="), (3.0, "="), (4.5, "="), (9.0, "=")]
    row = dr.average_experiments(untold(fits_of({"a": values}), [3], "unheld", low=8.0)).iloc[0]
    limit = dr.average_experiments(fits_of({"a": [*values[:3], (8.0, ">")]})).iloc[0]
    assert row["geometric_mean_uM"] == pytest.approx(limit["geometric_mean_uM"], rel=1e-12)
    assert (row["n_experiments"], row["n_censored"]) == (4, 1)
    few = dr.average_experiments(untold(fits_of({"a": values[2:]}), [1], "unheld", low=8.0)).iloc[0]
    assert (few["n_experiments"], few["geometric_mean_uM"]) == (1, pytest.approx(4.5))


def test_lines_are_compared_by_the_absolute_ic50_where_one_experiment_holds_no_plateau() -> None:
    values = [(2.0, "="), (3.0, "="), (4.5, "="), (9.0, "=")]
    known = fits_of({"a": values, "b": values[:3]})
    fits = untold(known, [3], "unheld", low=8.0)
    absolute = {f"absolute_{name}": known.frame[name] for name in ("ic50_uM", "ic50_qualifier")}
    fits = CurveFits(fits.frame.assign(**absolute), SETTINGS)
    ratio, plain = dr.compare_lines(fits).frame.iloc[0], dr.compare_lines(known).frame.iloc[0]
    assert ratio["method"] == "Welch t over experiments, of the absolute IC50"
    assert (ratio["ratio"], ratio["ratio_low"]) == pytest.approx((plain["ratio"], plain["ratio_low"]))


def test_an_experiment_killed_at_every_dose_drags_no_mean() -> None:
    """Two experiments at 0.05 µM, a third all dead: the mean was 2.8 µM, with the third taken for above 30
    µM."""
    doses, rng = np.repeat([0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0], 2), np.random.default_rng(2)
    mean = [1 / (1 + (doses / 0.05) ** 1.2)] * 2 + [np.full(16, 0.03)]
    wells = pd.DataFrame(
        {
            "compound": "x",
            "cell_line": "a",
            "experiment": np.repeat(["1", "2", "3"], 16),
            "concentration_uM": np.tile(doses, 3),
            "viability": np.concatenate(mean) + 0.02 * rng.normal(size=48),
        }
    )
    fits = dr.fit_curves(wells)
    assert fits.frame["ic50_qualifier"].tolist() == ["=", "=", "<"]
    for quantity in ("ic50", "absolute_ic50"):
        row = dr.average_experiments(fits, quantity=quantity).iloc[0]
        assert 0.01 < row["geometric_mean_uM"] < 0.05
        assert row["geometric_high_uM"] < 2.8
        assert row["n_censored"] == 1


def test_censored_mean_is_the_maximum_of_the_likelihood() -> None:
    log, mark = np.array([0.2, 0.9, 1.1, 1.4, 0.1]), np.array(["=", "=", "=", ">", "<"], object)
    fit = CensoredNormal(log, mark)

    def loss(p: np.ndarray) -> float:
        z = (log - p[0]) / np.exp(p[1])
        beyond = stats.norm.logsf(z[3]) + stats.norm.logcdf(z[4])
        return float(0.5 * (z[:3] ** 2).sum() + 3 * p[1] - beyond)

    best = optimize.minimize(loss, [1.0, 0.0], method="Nelder-Mead", options={"xatol": 1e-10, "fatol": 1e-15})
    assert (fit.mean, fit.sd * np.sqrt(4 / 5)) == pytest.approx((best.x[0], np.exp(best.x[1])), rel=1e-7)


def test_censored_log_normal_equals_the_reference() -> None:
    """Ammonium at Fanno Creek (NADA), 46 of 102 below the limit."""
    data = pytest.importorskip("lifelines.datasets").load_nh4()
    log = np.log(data["NH4.mg.per.L"].astype(float).to_numpy())
    fit = CensoredNormal(log, np.where(data["Censored"], "<", "="))
    by_likelihood = fit.sd * np.sqrt(101 / 102)
    assert (fit.n, fit.mean, by_likelihood) == pytest.approx((102, -4.7145, 1.2534), abs=1e-4)


def test_failed_fits_stay_in_the_summary_and_compare_with_nothing() -> None:
    fits = fits_of({"UTE1": [(2.0, "="), (3.0, "="), (4.0, "=")], "UTE2": [(1.0, "=")] * 3})
    failed = untold(fits, [3, 4, 5], "not fitted: too few concentrations")
    failed.frame.loc[[3, 4, 5], "status"] = "failed"
    summary = dr.combine_experiments(failed)
    assert summary["n_experiments"].tolist() == [3, 0]
    assert summary["status"].tolist() == ["ok", "failed"]
    compared = agreement.compare_published(summary, REFERENCES, named={"defactinib": "P1"}.get).frame
    assert compared["verdict"].tolist()[1] == "not comparable"
    assert compared["why"].tolist()[1] == "not fitted: too few concentrations"
