"""M-estimation of dose-response curves, against scipy's robust losses, and by simulation."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import optimize

from lib.dose_response import fit_curves
from lib.dose_response.robust import HUBER, LOSSES, TUKEY
from lib.errors import InputError

DOSES = np.repeat(np.geomspace(0.01, 30, 8), 3)


def make_wells(
    n: int, ic50_uM: float, *, seed: int, contaminated: float = 0.0, flat: bool = False
) -> pd.DataFrame:
    """Curves of 8 concentrations in triplicate; some wells 6 to 12 SD off."""
    rng = np.random.default_rng(seed)
    truth = np.full(24, 0.9) if flat else 0.1 + 0.9 / (1 + (DOSES / ic50_uM) ** 1.2)
    y = truth + rng.normal(0, 0.06, (n, 24))
    off = rng.choice([-1, 1], y.shape) * rng.uniform(6, 12, y.shape) * 0.06
    y += np.where(rng.random(y.shape) < contaminated, off, 0)
    return pd.DataFrame(
        {
            "compound": "x",
            "cell_line": np.repeat(np.arange(n).astype(str), 24),
            "experiment": "1",
            "concentration_uM": np.tile(DOSES, n),
            "viability": y.ravel(),
        }
    )


def residuals(parameters: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Of the 4PL: top, bottom, log10 IC50, hill."""
    top, bottom, log10_ic50, hill = parameters
    return np.asarray(bottom + (top - bottom) / (1 + (DOSES / 10**log10_ic50) ** hill) - y)


def robust_sd(u: np.ndarray) -> float:
    """Motulsky and Brown's: the 68.27th percentile, times n / (n - p)."""
    return float(np.quantile(np.abs(u), 0.6827) * 24 / 20)


@pytest.mark.parametrize("seed", range(4))
def test_huber_is_the_minimum_that_scipy_finds_at_the_same_scale(seed: int) -> None:
    wells = make_wells(1, 1.0, seed=seed, contaminated=0.1)
    fit = fit_curves(wells, loss="huber").frame.iloc[0]
    y = wells["viability"].to_numpy()
    ours = np.array([fit["top"], fit["bottom"], fit["fitted_log10_ic50"], fit["hill"]])
    sd = robust_sd(residuals(ours, y))
    theirs = optimize.least_squares(
        residuals,
        ours + 0.05,
        args=(y,),
        loss="huber",
        f_scale=HUBER * sd,
        xtol=1e-14,
        ftol=1e-14,
        gtol=1e-14,
    )
    np.testing.assert_allclose(ours, theirs.x, rtol=2e-3)


@pytest.mark.parametrize("loss", ["huber", "tukey"])
def test_the_estimate_is_stationary(loss: str) -> None:
    wells = make_wells(1, 1.0, seed=7, contaminated=0.1)
    fit = fit_curves(wells, loss=loss).frame.iloc[0]  # type: ignore[arg-type]
    y = wells["viability"].to_numpy()
    ours = np.array([fit["top"], fit["bottom"], fit["fitted_log10_ic50"], fit["hill"]])
    sd = robust_sd(residuals(ours, y))

    def total(parameters: np.ndarray) -> float:
        return float(LOSSES[loss].rho(residuals(parameters, y) / sd).sum())

    slope = optimize.approx_fprime(ours, total, 1e-6)
    assert np.abs(slope).max() < 0.01
    assert all(total(ours + move) > total(ours) for move in 0.05 * np.vstack([np.eye(4), -np.eye(4)]))


@pytest.mark.parametrize("loss", ["huber", "tukey"])
def test_weights_and_losses_belong_together(loss: str) -> None:
    rule, u = LOSSES[loss], np.linspace(-8, 8, 1601)
    psi = rule.weigh(u) * u
    np.testing.assert_allclose(np.gradient(rule.rho(u), u)[1:-1], psi[1:-1], atol=0.006)
    inside = np.abs(np.abs(u) - HUBER) > 0.02
    inside &= np.abs(np.abs(u) - TUKEY) > 0.02
    np.testing.assert_allclose(np.gradient(psi, u)[inside][1:-1], rule.curvature(u)[inside][1:-1], atol=0.02)


@pytest.mark.parametrize("loss", ["huber", "tukey"])
def test_a_wild_well_moves_the_robust_fit_little(loss: str) -> None:
    wells = make_wells(1, 1.0, seed=3)
    wild = wells.assign(viability=wells["viability"].where(wells.index != 20, 3.0))
    clean, pulled = (fit_curves(w).frame["ic50_uM"].iloc[0] for w in (wells, wild))
    robust = fit_curves(wild, loss=loss).frame["ic50_uM"].iloc[0]  # type: ignore[arg-type]
    assert abs(np.log10(robust / clean)) < 0.25 * abs(np.log10(pulled / clean))


@pytest.mark.parametrize("loss", ["huber", "tukey"])
def test_intervals_cover_with_and_without_contamination(loss: str) -> None:
    for share, least in ((0.0, 0.93), (0.1, 0.89)):
        wells = make_wells(700, 1.0, seed=11, contaminated=share)
        fits = fit_curves(wells, loss=loss).frame  # type: ignore[arg-type]
        low, high = fits["ic50_low_uM"].fillna(0), fits["ic50_high_uM"].fillna(np.inf)
        # three standard errors of 700 trials: 2.5 points
        assert ((low <= 1) & (high >= 1)).mean() > least - 0.025
    squares = fit_curves(wells).frame
    spread = [np.log10(f["ic50_uM"]).std() for f in (fits, squares)]
    assert spread[0] < 0.8 * spread[1]


@pytest.mark.parametrize("loss", ["huber", "tukey"])
def test_flat_curves_show_no_effect_at_the_nominal_level(loss: str) -> None:
    wells = make_wells(1500, 1.0, seed=5, flat=True)
    p = fit_curves(wells, loss=loss, method="wald").frame["p_no_effect"]  # type: ignore[arg-type]
    assert 0.033 < (p < 0.05).mean() < 0.067


def test_units_and_order_do_not_matter() -> None:
    wells = make_wells(3, 1.0, seed=2, contaminated=0.1)
    fit = fit_curves(wells, loss="tukey").frame
    other = fit_curves(
        wells.sample(frac=1, random_state=1).assign(concentration_uM=lambda w: w["concentration_uM"] * 1000),
        loss="tukey",
    ).frame.sort_values("cell_line")
    np.testing.assert_allclose(other["ic50_uM"], 1000 * fit["ic50_uM"], rtol=1e-4)
    np.testing.assert_allclose(other["ic50_high_uM"], 1000 * fit["ic50_high_uM"], rtol=1e-3)


def test_exact_and_flat_data_have_an_answer() -> None:
    wells = make_wells(1, 1.0, seed=2)
    exact = wells.assign(viability=0.1 + 0.9 / (1 + (wells["concentration_uM"] / 2.0) ** 1.5))
    fit = fit_curves(exact, loss="huber").frame.iloc[0]
    assert fit["ic50_uM"] == pytest.approx(2.0, rel=1e-6)
    constant = fit_curves(wells.assign(viability=1.0), loss="tukey").frame.iloc[0]
    assert constant["status"] == "no_effect"


def test_what_cannot_be_is_refused() -> None:
    wells = make_wells(1, 1.0, seed=2)
    with pytest.raises(InputError, match="loss must be one of squares, huber, tukey; got cauchy"):
        fit_curves(wells, loss="cauchy")  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"model auto needs loss squares.*loss huber"):
        fit_curves(wells, loss="huber", model="auto")
