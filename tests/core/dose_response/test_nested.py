"""Do lines share parameters? The level of the tests by simulation, where all lines are parallel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lib import dose_response as dr
from lib.dose_response import nested

DOSES = np.repeat(30 / 3.0 ** np.arange(8), 2)
NOISE_SD, IC50_SD = 0.03, 0.2
SPREADS = {"none": (0.0, 0.0, 0.0), "top": (0.08, 0.0, 0.0), "all": (0.08, 0.04, 0.12)}
"""SD between experiments of top, of bottom, and of ln hill."""


def parallel_lines(
    n_lines: int, n_experiments: int, spread: str, *, n_sets: int, seed: int = 7
) -> pd.DataFrame:
    """Sets (a compound each) of lines that differ in IC50 only; experiments vary about their line."""
    rng = np.random.default_rng([seed, n_lines, n_experiments])
    sets, lines, experiments = (v.ravel() for v in np.indices((n_sets, n_lines, n_experiments)))
    top_sd, bottom_sd, hill_sd = SPREADS[spread]
    shape = (len(sets), 1)
    top, bottom = 1 + top_sd * rng.normal(size=shape), 0.1 + bottom_sd * rng.normal(size=shape)
    hill = 1.2 * np.exp(hill_sd * rng.normal(size=shape))
    ic50 = 1.5 * 2.0 ** (lines[:, None] - n_lines / 2) * np.exp(IC50_SD * rng.normal(size=shape))
    y = (
        bottom
        + (top - bottom) / (1 + (DOSES / ic50) ** hill)
        + NOISE_SD * rng.normal(size=(len(sets), len(DOSES)))
    )
    repeated = {"compound": sets, "cell_line": lines, "experiment": experiments}
    columns = {name: np.repeat(v, len(DOSES)).astype(str) for name, v in repeated.items()}
    return pd.DataFrame(columns | {"concentration_uM": np.tile(DOSES, len(sets)), "viability": y.ravel()})


def p_values(wells: pd.DataFrame) -> pd.DataFrame:
    fits = dr.fit_curves(wells)
    out = nested.compare_parallelism(wells, fits, most_curves=10**9).frame
    return out.pivot_table(index="compound", columns="shared", values="p_value")


@pytest.mark.parametrize(
    ("n_lines", "n_experiments", "spread"),
    [
        (2, 2, "all"),
        (2, 3, "top"),
        (2, 4, "top"),
        (3, 2, "none"),
        (3, 3, "all"),
        (4, 2, "all"),
        (4, 4, "none"),
    ],
)
def test_level_of_the_analysis_of_variance(n_lines: int, n_experiments: int, spread: str) -> None:
    # 1,500 sets at once: Monte-Carlo error .0056; that the table says the same as scipy is tested below
    n_sets = 1500
    wells = parallel_lines(n_lines, n_experiments, spread, n_sets=n_sets)
    batch = dr.batch_from_matrix(DOSES, wells["viability"].to_numpy().reshape(-1, len(DOSES)))
    fit = dr.fit_batch(batch, method="wald", level=None)
    p = []
    for value in (np.log(fit.hill), fit.top, fit.bottom):
        lines = value.reshape(n_sets, n_lines, n_experiments).swapaxes(0, 1)
        p.append(stats.f_oneway(*lines, axis=1).pvalue)
    strongest = np.minimum(1, 3 * np.min(p, axis=0))
    # without variation between experiments only the errors of the fits remain, unlike where doses hold lines
    # unlike
    wider = 1.4 if spread == "none" else 1.0
    for name, values in zip(("hill", "top", "bottom", "all"), [*p, strongest], strict=True):
        assert 0.033 <= (values < 0.05).mean() <= 0.067 * wider, f"{name}: {(values < 0.05).mean():.4f}"
        assert 0.07 <= (values < 0.1).mean() <= 0.125 * wider, f"{name}: {(values < 0.1).mean():.4f}"


def test_level_of_the_table() -> None:
    # 100 sets: Monte-Carlo error .022
    p = p_values(parallel_lines(2, 3, "all", n_sets=100))
    assert p.shape == (100, 3)
    assert ((p < 0.05).mean() <= 0.11).all()
    assert p["hill"].mean() == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("n_lines", [2, 3])
def test_level_against_wells(n_lines: int) -> None:
    # 60 sets, each a joint fit: coarse, Monte-Carlo error .03; larger simulations stand in
    # `compare_parallelism`
    p = p_values(parallel_lines(n_lines, 1, "none", n_sets=60))
    assert ((p < 0.05).mean() <= 0.14).all()
    assert (p.mean().between(0.38, 0.62)).all()


def test_one_f_over_parameters_of_unequal_spread_would_reject_too_often() -> None:
    """The law behind the choice, on parameters themselves: Box 1954."""
    rng, n_lines, n_experiments = np.random.default_rng(3), 2, 3
    z = rng.normal(size=(20_000, n_lines, n_experiments, 2)) * np.array([1.0, 0.1])
    mean = z.mean(2)
    between = n_experiments * ((mean - mean.mean(1, keepdims=True)) ** 2).sum(1)
    within = ((z - mean[:, :, None]) ** 2).sum((1, 2))
    pooled = stats.f.sf(between.sum(1) / 2 / (within.sum(1) / 8), 2, 8)
    single = stats.f.sf(between / (within / 4), 1, 4)
    assert (pooled < 0.05).mean() > 0.09
    assert 0.045 <= (2 * single.min(1) < 0.05).mean() <= 0.055


def test_variance_between_lines_is_that_of_scipy() -> None:
    wells = parallel_lines(3, 2, "all", n_sets=1)
    fits = dr.fit_curves(wells)
    out = nested.compare_parallelism(wells, fits).frame.set_index("shared")
    by_line = [np.log(part["hill"]) for _, part in fits.frame.groupby("cell_line")]
    expected = stats.f_oneway(*by_line)
    assert out.loc["hill", "f"] == pytest.approx(expected.statistic, rel=1e-6)
    assert out.loc["hill", "p_value"] == pytest.approx(expected.pvalue, rel=1e-6)


def test_lines_of_unlike_hill_are_found() -> None:
    wells = parallel_lines(2, 3, "all", n_sets=1)
    other = wells["cell_line"] == "1"
    c = wells.loc[other, "concentration_uM"]
    rng = np.random.default_rng(1)
    wells.loc[other, "viability"] = (
        0.1 + 0.9 / (1 + (c / 1.5) ** 3.0) + NOISE_SD * rng.normal(size=other.sum())
    )
    out = nested.compare_parallelism(wells, dr.fit_curves(wells)).frame.set_index("shared")
    assert (out["p_value"] < 0.05).loc[["hill", "top, bottom and hill"]].all()
    hill, whole = out.loc["hill"], out.loc["top, bottom and hill"]
    assert (hill["df_numerator"], hill["df_denominator"], hill["error"]) == (1, 4, "between experiments")
    assert whole["p_value"] == pytest.approx(3 * hill["p_value"])
    assert whole["error"] == "between experiments; strongest of 3, p times 3"


def test_one_experiment_each_is_tested_against_wells() -> None:
    wells = parallel_lines(2, 1, "none", n_sets=1)
    out = nested.compare_parallelism(wells, dr.fit_curves(wells)).frame
    assert set(out["error"]) == {"between wells of one experiment"}
    assert out["df_numerator"].to_list() == [1, 2, 3]
    assert (out["df_denominator"] == len(wells) - 8).all()


def test_no_scatter_is_no_test() -> None:
    wells = parallel_lines(2, 1, "none", n_sets=1)
    c, line = wells["concentration_uM"], wells["cell_line"].map({"0": 1.0, "1": 2.0})
    twice = pd.concat([wells.assign(experiment=e, viability=0.1 + 0.9 / (1 + c / line)) for e in "01"])
    out = nested.compare_parallelism(twice, dr.fit_curves(twice)).frame
    assert ((out["why"] == "no scatter to test against") == out["p_value"].isna()).all()


def test_shared_plateaus_of_s_alba(truth: Path) -> None:
    data = pd.read_csv(truth / "s_alba.csv").sort_values("Herbicide", kind="stable")
    wells = pd.DataFrame(
        {
            "compound": "drug",
            "cell_line": data["Herbicide"],
            "experiment": "1",
            "concentration_uM": data["Dose"].astype(float),
            "viability": data["DryMatter"].astype(float),
        }
    )
    fits = dr.fit_curves(wells)
    assert fits.frame["ic50_uM"].to_numpy() == pytest.approx([29.264816268481, 62.048043988038], rel=1e-6)
    test = nested.compare_parallelism(wells, fits).frame.set_index("shared").loc["top and bottom"]
    assert (test["df_numerator"], test["df_denominator"]) == (2, 60)
    assert test["f"] == pytest.approx(0.587444942024, rel=1e-9)
    assert test["p_value"] == pytest.approx(0.55890966907, rel=1e-9)
