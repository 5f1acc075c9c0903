"""What a curve may be taken to say: on which side an IC50 lies, which plateaus the wells hold, and what
cannot be told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib import dose_response as dr
from lib.dose_response.outliers import flag_outliers
from tests.core.dose_response.test_dose_response import read_ctrp

DOSES = np.repeat([0.1, 0.3, 1.0, 3.0, 10.0, 30.0], 2)


def curves(viability: np.ndarray, doses: np.ndarray = DOSES, **keys: object) -> pd.DataFrame:
    """Wells of several curves (n_curves, n_wells), a line each unless `keys` says otherwise."""
    n = len(viability)
    names = {
        "compound": "drug",
        "cell_line": np.repeat(np.arange(n).astype(str), len(doses)),
        "experiment": "1",
    }
    return pd.DataFrame(
        {**names, **keys, "concentration_uM": np.tile(doses, n), "viability": viability.ravel()}
    )


def logistic(ic50: float, hill: float, top: float, bottom: float, doses: np.ndarray = DOSES) -> np.ndarray:
    return bottom + (top - bottom) / (1 + (doses / ic50) ** hill)


@pytest.mark.parametrize(
    ("level", "status", "qualifier", "absolute", "advice"),
    [
        (0.03, "below_range", "<", "<", "test lower concentrations"),
        (-0.4, "below_range", "<", "<", "test lower concentrations"),
        (0.25, "below_range", "<", "<", "test lower concentrations"),
        (0.5, "ambiguous", "", "", "cannot be told"),
        (0.6, "ambiguous", "", "", "at 60 % of vehicle"),
        (0.97, "no_effect", ">", ">", "Test higher"),
        (1.3, "no_effect", ">", ">", "Test higher"),
    ],
)
def test_the_level_against_vehicle_tells_the_side_of_a_flat_curve(
    level: float, status: str, qualifier: str, absolute: str, advice: str
) -> None:
    noise = 0.02 * np.random.default_rng(5).normal(size=(150, len(DOSES)))
    frame = dr.fit_curves(curves(level + noise)).frame
    flat = frame[frame["p_no_effect"] >= 0.05]
    assert len(flat) > 130  # 5 % of flat curves show an effect by chance
    assert set(flat["status"]) == {status}
    assert set(flat["ic50_qualifier"]) == {qualifier}
    assert set(flat["absolute_ic50_qualifier"]) == {absolute}
    assert flat["advice"].str.contains(advice).sum() > 0.4 * len(flat)
    if qualifier == "<":  # dead is dead, be there a slope by chance or not
        assert set(frame["ic50_qualifier"]) == {"<"}


def test_flat_untreated_wells_say_that_the_vehicle_is_not_known() -> None:
    """All wells at 3 %, those without compound too: dead against the vehicle, alike against their own
    control."""
    doses = np.r_[[0.0] * 4, DOSES]
    y = 0.03 + 0.01 * np.random.default_rng(1).normal(size=(1, len(doses)))
    fit = dr.fit_curves(curves(y, doses)).frame.iloc[0]
    assert (fit["status"], fit["ic50_qualifier"], fit["absolute_ic50_qualifier"]) == ("ambiguous", "", "")
    treated = np.where(doses == 0, 1.0, y)
    fit = dr.fit_curves(curves(treated, doses)).frame.iloc[0]
    assert (fit["status"], fit["ic50_qualifier"], fit["absolute_ic50_qualifier"]) == ("below_range", "<", "<")


def test_wells_without_a_spare_one_are_no_ok() -> None:
    doses = np.array([0.1, 1.0, 10.0, 100.0])
    dead, falling = np.array([0.05, 0.02, 0.04, 0.01]), np.array([0.98, 0.8, 0.3, 0.1])
    frame = dr.fit_curves(curves(np.array([dead, falling]), doses)).frame
    assert frame["status"].tolist() == ["below_range", "ambiguous"]
    assert frame["plateaus_held"].tolist() == ["none", "none"]
    assert "no interval and no test" in frame["advice"][1]


@pytest.mark.parametrize(("bottom", "top", "absolute"), [(0.01, 1.1, ""), (0.8, 1.2, ">"), (0.1, 0.45, "<")])
def test_a_response_that_rises_has_no_ic50(bottom: float, top: float, absolute: str) -> None:
    y = logistic(3.0, 1.5, bottom, top) + 0.02 * np.random.default_rng(3).normal(size=len(DOSES))
    fit = dr.fit_curves(curves(y[None])).frame.iloc[0]
    assert (fit["ic50_qualifier"], fit["absolute_ic50_qualifier"], fit["status"]) == (
        "",
        absolute,
        "ambiguous",
    )
    assert fit[["ic50_uM", "ic50_low_uM", "ic50_high_uM"]].isna().all()
    assert fit["advice"].startswith("The response rises with concentration")
    assert 10 ** fit["fitted_log10_ic50"] == pytest.approx(3, rel=0.3)


def test_a_step_below_half_of_vehicle_is_not_the_ic50() -> None:
    y = logistic(3.0, 1.5, 0.3, 0.02) + 0.01 * np.random.default_rng(3).normal(size=len(DOSES))
    fit = dr.fit_curves(curves(y[None])).frame.iloc[0]
    assert (fit["ic50_qualifier"], fit["absolute_ic50_qualifier"], fit["ic50_uM"]) == ("<", "<", 0.1)


SPIKE = [1.0, 1.01, 0.99, 1.02, 0.98, 1.0, 1.01, 0.97, 1.0, 1.01, 0.91, 0.92]


@settings(max_examples=60)
@given(
    top=st.floats(0.02, 1.4),
    bottom=st.floats(-0.4, 1.2),
    log10_ic50=st.floats(-3, 3.5),
    hill=st.floats(0.3, 9),
    sd=st.sampled_from([0.0, 0.02, 0.08]),
    seed=st.integers(0, 99),
    zero=st.booleans(),
)
def test_relative_and_absolute_ic50_do_not_contradict_each_other(
    top: float, bottom: float, log10_ic50: float, hill: float, sd: float, seed: int, zero: bool
) -> None:
    doses = np.r_[[0.0] * 3, DOSES] if zero else DOSES
    y = logistic(10**log10_ic50, hill, top, bottom, doses) + sd * np.random.default_rng(seed).normal(
        size=len(doses)
    )
    fit = dr.fit_curves(curves(y[None], doses)).frame.iloc[0]
    pair = (fit["ic50_qualifier"], fit["absolute_ic50_qualifier"])
    assert pair not in ((">", "<"), ("<", ">"))
    dead = y[doses == doses.max()].mean() < 0.2 * min(max(fit["top"], 0.2), 1.0)
    assert not (dead and fit["ic50_qualifier"] == ">"), pair
    shown = dr.fit_curves(curves(y[None], doses)).to_frame().iloc[0]
    plateaus = shown[["top", "bottom"]].astype(float).dropna()
    assert (plateaus.abs() < 100).all(), shown["plateaus_held"]
    if fit["ic50_qualifier"] == "":
        assert np.isnan(fit["ic50_uM"])
        assert fit["ic50_untold"]


def test_a_plateau_that_the_doses_do_not_hold_is_empty_and_named() -> None:
    seen = logistic(1.0, 1.5, 1.0, 0.05)
    cut = np.array([*SPIKE[:8], 0.9, 0.92, 0.12, 0.15])
    rng = np.random.default_rng(4)
    wells = curves(np.array([seen, cut]) + 0.01 * rng.normal(size=(2, len(DOSES))))
    fits = dr.fit_curves(wells)
    shown = fits.to_frame()
    assert shown["plateaus_held"].tolist() == ["both", "top"]
    assert shown["bottom"].tolist() == pytest.approx([0.05, np.nan], abs=0.03, nan_ok=True)
    pd.testing.assert_frame_equal(shown, fits.frame)  # one meaning, by whatever name it is asked for
    pd.testing.assert_series_equal(fits["bottom"], shown["bottom"])
    assert fits["fitted_bottom"].iloc[1] < -10
    row = shown.iloc[1]
    assert (row["ic50_qualifier"], row["status"]) == ("", "ambiguous")
    assert "do not hold the lower plateau" in row["advice"]
    assert row["ic50_low_uM"] < row["absolute_ic50_uM"] < 30
    assert row["absolute_ic50_low_uM"] < row["absolute_ic50_uM"] < row["absolute_ic50_high_uM"]
    # the curve drawn is exact although its plateau is far away
    drawn = fits.predict(1, np.array([10.0, 30.0]))
    assert drawn == pytest.approx([cut[8:10].mean(), cut[10:].mean()], abs=0.03)
    assert 0 < row["auc"] < 1


def test_real_curves_over_dead_cells_are_not_above_the_range(shared_data: Path) -> None:
    wells = read_ctrp(shared_data)
    fits = dr.fit_curves(wells)
    frame, shown = fits.frame.set_index("cell_line"), fits.to_frame().set_index("cell_line")
    highest = wells[wells["concentration_uM"] == 40].set_index("cell_line")["viability"].reindex(frame.index)
    dead = highest < 0.2
    assert dead.sum() > 300
    assert not (dead & (frame["ic50_qualifier"] == ">")).any()
    assert (frame.loc[dead, "absolute_ic50_qualifier"] == "=").all()
    lost = shown["bottom"].isna() & dead
    assert 0.2 < lost.sum() / dead.sum() < 0.8
    assert (shown.loc[lost, "plateaus_held"] == "top").all()
    assert frame.loc[lost, "absolute_ic50_low_uM"].notna().mean() > 0.95
    assert (shown[["top", "bottom"]].abs() < 10).where(shown[["top", "bottom"]].notna(), True).all(axis=None)
    # no absolute IC50 below the lowest dose where the wells there are alive
    lowest = wells[wells["concentration_uM"].between(0.001, 0.02)].groupby("cell_line")["viability"].min()
    assert not ((frame["absolute_ic50_qualifier"] == "<") & (lowest.reindex(frame.index) > 0.5)).any()


def test_noise_free_wells_choose_the_smaller_model_and_repeat_no_lack_of_fit() -> None:
    y = np.repeat(logistic(2.0, 1.3, 0.9, 0.0, DOSES[::2]), 2)
    fit = dr.fit_curves(curves(y[None]), model="auto").frame.iloc[0]
    assert fit["model"] == "3pl"
    assert np.isnan(fit["p_lack_of_fit"])
    assert fit["ic50_uM"] == pytest.approx(2.0)


def test_a_far_well_among_noise_free_ones_is_an_outlier() -> None:
    y = logistic(2.0, 1.3, 0.9, 0.1)
    y[5] = 1.9
    assert list(flag_outliers(curves(y[None]).assign(exclude="", role="sample")).index) == [5]
