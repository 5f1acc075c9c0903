"""The fit engine against outside truth, and by property."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from lib import dose_response as dr
from lib.dose_response.projected import Problem
from lib.dose_response.shape import evaluate_shape, half_shift, log_concentration
from lib.errors import InputError

# R package drcData, ryegrass: root length by ferulic acid, mM
RYEGRASS = {
    0: (7.58, 8.0, 8.328571429, 7.25, 7.375, 7.9625),
    0.94: (8.355555556, 6.914285714, 7.75),
    1.88: (6.871428571, 6.45, 5.922222222),
    3.75: (1.925, 2.885714286, 4.233333333),
    7.5: (1.1875, 0.857142857, 1.057142857),
    15: (0.6875, 0.525, 0.825),
    30: (0.25, 0.22, 0.44),
}
# NIST StRD, Rat43: onion bulbs, dry weight by time 1 to 15
RAT43 = np.array(
    [
        16.08,
        33.83,
        65.80,
        97.20,
        191.55,
        326.20,
        386.87,
        520.53,
        590.03,
        651.92,
        724.93,
        699.56,
        689.96,
        637.56,
        717.41,
    ]
)
HALF_LOG = np.repeat(30 / 3.0 ** np.arange(10), 3)


def tidy(concentration: object, viability: object, line: str = "line", experiment: str = "1") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "compound": "drug",
            "cell_line": line,
            "experiment": experiment,
            "concentration_uM": np.asarray(concentration, float),
            "viability": np.asarray(viability, float),
        }
    )


@pytest.fixture(scope="module")
def ryegrass() -> tuple[np.ndarray, np.ndarray]:
    pairs = [(c, y) for c, values in RYEGRASS.items() for y in values]
    concentration, response = (np.array(v) for v in zip(*pairs, strict=True))
    return concentration, response


def logistic(c: np.ndarray, ic50: float, hill: float, top: float = 1.0, bottom: float = 0.1) -> np.ndarray:
    return bottom + (top - bottom) / (1 + (c / ic50) ** hill)


def test_ryegrass_equals_the_exact_optimum(ryegrass: tuple[np.ndarray, np.ndarray]) -> None:
    c, y = ryegrass
    fit = dr.fit_curves(tidy(c, y), level=7.79296232773781 / 2).frame.iloc[0]
    expected = {
        "ic50_uM": 3.05795516933537,
        "hill": 2.98222866622252,
        "bottom": 0.481409942938716,
        "top": 7.79296232773781,
        "rss": 5.40021462777151,
        "log10_ic50_se": 0.0263916450136,
        "hill_se": 0.458428817105,
        "absolute_ic50_uM": 3.19621376283,
    }
    for name, value in expected.items():
        assert fit[name] == pytest.approx(value, rel=1e-8), name
    assert fit["ic50_low_uM"] == pytest.approx(2.6910983119, rel=1e-8)
    assert fit["ic50_high_uM"] == pytest.approx(3.4753869101, rel=1e-8)
    assert fit["p_lack_of_fit"] == pytest.approx(0.866483043, rel=1e-6)
    assert fit["status"] == "ok"


def test_ryegrass_wald_on_the_logarithm(ryegrass: tuple[np.ndarray, np.ndarray]) -> None:
    fit = dr.fit_curves(tidy(*ryegrass), method="wald").frame.iloc[0]
    assert (fit["ic50_low_uM"], fit["ic50_high_uM"]) == pytest.approx((2.69388534, 3.47122785), rel=1e-7)


@pytest.mark.parametrize(
    ("model", "ic50", "rss", "digits"),
    [("3pl", 3.2633581597, 6.622819819, 1e-5), ("5pl", 3.023544554, 5.277047398, 2e-5)],
)
def test_other_models_on_ryegrass(
    ryegrass: tuple[np.ndarray, np.ndarray], model: str, ic50: float, rss: float, digits: float
) -> None:
    # drc stops a little before the optimum here: our residual sum of squares is never above its
    fit = dr.fit_curves(tidy(*ryegrass), model=model).frame.iloc[0]
    assert fit["ic50_uM"] == pytest.approx(ic50, rel=digits)
    assert fit["rss"] <= rss * (1 + 1e-9)


@pytest.mark.parametrize("offset", ["mean", "zero", "crossing"])
def test_derivatives_are_those_of_the_objective(offset: str) -> None:
    rng = np.random.default_rng(1)
    c = np.concatenate([[0.0], 30 / 3.0 ** np.arange(9)])[:, None]
    y = logistic(c, 2.0, 1.3) + 0.05 * rng.normal(size=c.shape)
    shift = {"mean": y.mean(), "zero": 0.0, "crossing": 0.5}[offset]
    problem = Problem(log_concentration(c), y - shift, np.full_like(y, 3.0), offset)  # type: ignore[arg-type]
    theta = np.array(([0.5] if offset == "crossing" else []) + [0.3, 0.2, -0.4])[:, None]
    at, h = problem.evaluate(theta), 1e-5
    for k in range(len(theta)):
        step = np.zeros_like(theta)
        step[k] = h
        up, down = problem.evaluate(theta + step), problem.evaluate(theta - step)
        assert (up.value - down.value) / (2 * h) == pytest.approx(at.gradient[k], abs=1e-7)
        assert (up.gradient - down.gradient) / (2 * h) == pytest.approx(at.hessian[:, k], abs=1e-6)


@settings(max_examples=25)
@given(ic50=st.floats(0.02, 15), hill=st.floats(0.4, 6), bottom=st.floats(-0.1, 0.6), rising=st.booleans())
def test_recovers_an_exact_curve_falling_or_rising(
    ic50: float, hill: float, bottom: float, rising: bool
) -> None:
    top, low = (bottom, 1.0) if rising else (1.0, bottom)
    fit = dr.fit_curves(tidy(HALF_LOG, logistic(HALF_LOG, ic50, hill, top, low))).frame.iloc[0]
    assert 10 ** fit["fitted_log10_ic50"] == pytest.approx(ic50, rel=1e-5)
    assert (fit["top"], fit["bottom"]) == pytest.approx((top, low), abs=1e-4)
    assert fit["hill"] > 0
    # half-way up a response that rises is no IC50
    assert fit["ic50_uM"] == pytest.approx(np.nan if rising else ic50, rel=1e-5, nan_ok=True)
    assert (fit["ic50_qualifier"], fit["status"] == "ambiguous") == (("", True) if rising else ("=", False))


@settings(max_examples=25)
@given(scale=st.floats(0.01, 100), gain=st.floats(0.1, 10), seed=st.integers(0, 50))
def test_moves_with_units(scale: float, gain: float, seed: int) -> None:
    y = logistic(HALF_LOG, 1.5, 1.2) + 0.05 * np.random.default_rng(seed).normal(size=30)
    a = dr.fit_curves(tidy(HALF_LOG, y)).frame.iloc[0]
    b = dr.fit_curves(tidy(HALF_LOG * scale, y * gain), level=0.5 * gain).frame.iloc[0]
    for name in ("ic50_uM", "ic50_low_uM", "ic50_high_uM", "absolute_ic50_uM", "absolute_ic50_high_uM"):
        assert b[name] == pytest.approx(a[name] * scale, rel=1e-5, nan_ok=True), name
    assert b["rss"] == pytest.approx(a["rss"] * gain**2, rel=1e-7)


def test_batch_equals_one_by_one() -> None:
    rng = np.random.default_rng(3)
    frames = [
        tidy(HALF_LOG, logistic(HALF_LOG, ic50, 1.1) + 0.06 * rng.normal(size=30), f"line {k}")
        for k, ic50 in enumerate((0.05, 0.4, 2.0, 9.0, 40.0))
    ]
    frames[2] = frames[2].drop(index=[4, 5, 6, 20])
    together = dr.fit_curves(pd.concat(frames, ignore_index=True)).to_frame()
    apart = pd.concat([dr.fit_curves(f).to_frame() for f in frames], ignore_index=True)
    pd.testing.assert_frame_equal(together, apart, rtol=1e-6)


def test_replicates_as_wells_or_as_weighted_means_give_one_optimum() -> None:
    y = logistic(HALF_LOG, 1.5, 1.2) + 0.05 * np.random.default_rng(8).normal(size=30)
    wells = tidy(HALF_LOG, y)
    means = wells.groupby("concentration_uM", as_index=False)["viability"].mean()
    weighted = tidy(means["concentration_uM"], means["viability"]).assign(weight=3.0)
    a = dr.fit_curves(wells).frame.iloc[0]
    for loss in ("squares", "huber"):
        b = dr.fit_curves(weighted, weights="weight", loss=loss).frame.iloc[0]  # type: ignore[arg-type]
        assert b["ic50_uM"] == pytest.approx(a["ic50_uM"], rel=1e-8 if loss == "squares" else 0.1)


def test_a_larger_model_never_fits_worse() -> None:
    rng = np.random.default_rng(4)
    doses = np.r_[0, 0, 0, np.geomspace(0.1, 30, 7)]
    ic50, hill, bottom = (
        10 ** rng.uniform(-2, 2, (800, 1)),
        rng.uniform(0.3, 5, (800, 1)),
        rng.uniform(-0.1, 1.2, (800, 1)),
    )
    y = bottom + (1 - bottom) / (1 + (doses / ic50) ** hill) + rng.normal(0, 0.06, (800, 10))
    batch = dr.batch_from_matrix(doses, y)
    rss = [dr.fit_batch(batch, model=m, method="wald", level=None).rss for m in ("3pl", "4pl", "5pl")]  # type: ignore[arg-type]
    assert (rss[1] <= rss[0] * (1 + 1e-9)).all()
    assert (rss[2] <= rss[1] * (1 + 1e-9)).all()


def test_a_column_called_weight_is_ignored_unless_named() -> None:
    wells = tidy(HALF_LOG, logistic(HALF_LOG, 1.5, 1.2) + 0.05 * np.random.default_rng(8).normal(size=30))
    heavy = wells.assign(weight=np.geomspace(1, 100, 30))
    plain, ignored, used = (
        dr.fit_curves(w, weights=name).frame["ic50_uM"].iloc[0]
        for w, name in ((wells, ""), (heavy, ""), (heavy, "weight"))
    )
    assert ignored == plain
    assert abs(used / plain - 1) > 1e-3


def test_weights_that_are_none_are_named() -> None:
    wells = tidy(HALF_LOG, logistic(HALF_LOG, 1.5, 1.2)).assign(weight="1")
    with pytest.raises(
        InputError, match=r"weights must name a column of the table; got wieght.*There are: .*weight"
    ):
        dr.fit_curves(wells, weights="wieght")
    wells.loc[3, "weight"] = "-2"
    with pytest.raises(InputError, match=r"weight, as weights, must be > 0; got -2 in row 3"):
        dr.fit_curves(wells, weights="weight")


def test_weights_are_those_of_scipy() -> None:
    y = logistic(HALF_LOG, 1.5, 1.2) + 0.05 * np.random.default_rng(8).normal(size=30)
    weight = np.random.default_rng(1).uniform(0.2, 5, 30)
    fit = dr.fit_curves(tidy(HALF_LOG, y).assign(w=weight), weights="w").frame.iloc[0]
    found, _ = optimize.curve_fit(
        lambda c, top, bottom, x, hill: bottom + (top - bottom) / (1 + (c / 10**x) ** hill),
        HALF_LOG,
        y,
        [1, 0, 0, 1],
        sigma=1 / np.sqrt(weight),
        ftol=1e-14,
        xtol=1e-14,
    )
    assert fit["fitted_log10_ic50"] == pytest.approx(found[2], abs=1e-7)
    assert fit["hill"] == pytest.approx(found[3], rel=1e-6)


def test_never_worse_than_a_dense_multistart(shared_data: Path) -> None:
    curves = read_ctrp(shared_data).groupby("cell_line").filter(lambda g: len(g) == 17)
    names = curves["cell_line"].unique()[::170]
    fits = dr.fit_curves(curves[curves["cell_line"].isin(names)]).frame.set_index("cell_line")
    for name in names:
        part = curves[curves["cell_line"] == name]
        assert fits.loc[name, "rss"] <= multistart(part) * (1 + 1e-7), name


def read_ctrp(shared_data: Path) -> pd.DataFrame:
    d = pd.read_csv(shared_data / "dose_response" / "ctrp_40uM_ratios.tsv", sep="\t").drop_duplicates("Name")
    d = d.set_index("Name")
    d.columns = [
        0,
        0.0012,
        0.0024,
        0.0049,
        0.0097,
        0.019,
        0.039,
        0.078,
        0.16,
        0.31,
        0.62,
        1.2,
        2.5,
        5,
        10,
        20,
        40,
    ]
    long = d.stack().dropna().rename("viability").reset_index()  # noqa: PD013
    long.columns = ["cell_line", "concentration_uM", "viability"]
    return long.assign(compound="x", experiment="1")


def multistart(curve: pd.DataFrame) -> float:
    c, y = curve["concentration_uM"].to_numpy(float), curve["viability"].to_numpy(float)
    low, high = np.log10(c[c > 0].min()) - 2, np.log10(c.max()) + 2

    def residual(p: np.ndarray) -> np.ndarray:
        z = (c / 10 ** p[0]) ** np.exp(p[1])
        # far below the IC50 the curve is 1 to rounding: its complement still has a shape
        s = 1 / (1 + z) if z.max() > 1 else z / (1 + z) / max((z / (1 + z)).max(), 1e-300)
        basis = np.column_stack([np.ones_like(s), s])
        return np.asarray(y - basis @ np.linalg.lstsq(basis, y, rcond=None)[0])

    starts = [(t, h) for t in np.linspace(low + 0.3, high - 0.3, 9) for h in (-1.5, 0.0, 1.5)]
    bounds = ([low, np.log(0.1)], [high, np.log(10)])
    return min(
        2 * optimize.least_squares(residual, s, bounds=bounds, xtol=1e-12, ftol=1e-12).cost for s in starts
    )


@pytest.mark.parametrize(
    ("truth", "status", "qualifier", "value"),
    [(300.0, "above_range", ">", 30.0), (1e-4, "below_range", "<", 30 / 3.0**9)],
)
def test_beyond_the_range_is_said_with_the_limit(
    truth: float, status: str, qualifier: str, value: float
) -> None:
    y = logistic(HALF_LOG, truth, 0.9, 1.0, 0.0) + 0.002 * np.random.default_rng(2).normal(size=30)
    fit = dr.fit_curves(tidy(HALF_LOG, y)).frame.iloc[0]
    assert (fit["status"], fit["ic50_qualifier"]) == (status, qualifier)
    assert fit["ic50_uM"] == pytest.approx(value)
    assert np.isnan(fit["ic50_high_uM" if qualifier == ">" else "ic50_low_uM"])
    assert "concentrations" in fit["advice"]


def test_partial_effect_has_an_absolute_ic50_beyond_range() -> None:
    fit = dr.fit_curves(tidy(HALF_LOG, logistic(HALF_LOG, 2.0, 1.2, 1.0, 0.6))).frame.iloc[0]
    assert fit["ic50_uM"] == pytest.approx(2.0)
    assert (fit["absolute_ic50_qualifier"], fit["absolute_ic50_uM"]) == (">", 30.0)


@pytest.mark.parametrize("doses", [[3.0] * 6, [0.0, 3.0, 3.0], [0.0, 1.0, 3.0]])
def test_too_few_concentrations_are_a_status_with_advice(doses: list[float]) -> None:
    fit = dr.fit_curves(tidy(doses, np.linspace(1, 0.2, len(doses)))).frame.iloc[0]
    assert fit["status"] == "failed"
    assert "at least 4" in fit["advice"]
    assert np.isnan(fit["ic50_uM"])


def test_nothing_infinite_reaches_the_table() -> None:
    rng = np.random.default_rng(4)
    wells = pd.concat([tidy(HALF_LOG, 1 + 0.1 * rng.normal(size=30), f"{k}") for k in range(40)])
    frame = dr.fit_curves(wells).to_frame()
    assert not np.isinf(frame.select_dtypes("number")).any(axis=None)
    assert (frame["status"] != "").all()


def test_auto_takes_the_curve_that_the_data_have() -> None:
    rng = np.random.default_rng(2)
    wells = tidy(HALF_LOG, logistic(HALF_LOG, 1.0, 1.2, 1.0, 0.4) + 0.02 * rng.normal(size=30))
    assert dr.fit_curves(wells, model="auto").frame.loc[0, "model"] == "4pl"
    full = tidy(HALF_LOG, logistic(HALF_LOG, 1.0, 1.2, 1.0, 0.0) + 0.02 * rng.normal(size=30))
    assert dr.fit_curves(full, model="auto").frame.loc[0, "model"] == "3pl"


def test_wrong_options_are_named() -> None:
    wells = tidy(HALF_LOG, logistic(HALF_LOG, 1.0, 1.2))
    with pytest.raises(InputError, match=r"model must be one of .*; got 6pl"):
        dr.fit_curves(wells, model="6pl")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="confidence must lie between 0 and 1; got 2"):
        dr.fit_curves(wells, confidence=2)
    with pytest.raises(InputError, match=r"usable; got 0 of 30 wells"):
        dr.fit_curves(wells.assign(exclude="spilt"))


def test_rat43_is_certified_at_our_five_parameters() -> None:
    """NIST's Richards curve is ours with bottom 0 over exp(-time): at its certified parameters our sum of squares
    is theirs, and our derivatives say that it is the least."""
    top, shift, hill, power = 699.64151270, 5.2771253025, 0.75962938329, 1.2792483859
    kappa = half_shift(np.array([-np.log(power)]))[0][0]
    theta = np.array([(kappa - shift) / hill / np.log(10), np.log(hill), -np.log(power)])
    shape = evaluate_shape(-np.arange(1.0, 16.0)[:, None], theta[:, None])
    residual = RAT43 - top * shape.value[:, 0]
    assert (residual**2).sum() == pytest.approx(8786.4049080, rel=1e-10)
    for slope in (shape.value, *(top * d for d in shape.first)):
        cosine = residual @ slope[:, 0] / np.linalg.norm(residual) / np.linalg.norm(slope)
        assert abs(cosine) < 1e-8
