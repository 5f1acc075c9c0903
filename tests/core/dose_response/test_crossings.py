"""Where a curve crosses a level, and how far its profile reaches: alone, among others, beside plateaus at
1e14."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from lib import dose_response as dr
from lib.dose_response.shape import LN10, evaluate_shape, locate_level, log_concentration
from tests.core.dose_response.test_dose_response import read_ctrp

PLATEAU = st.one_of(st.floats(-6, 0), st.floats(0, 14)).map(lambda e: 10.0**e)


@settings(max_examples=300)
@given(
    above=PLATEAU,
    below=st.floats(-6, 0).map(lambda e: 10.0**e),
    swapped=st.booleans(),
    rising=st.booleans(),
    log10_ic50=st.floats(-9, 6),
    ln_hill=st.floats(-2.3, 2.3),
    ln_f=st.none() | st.floats(-2.3, 2.3),
)
def test_the_curve_is_at_the_level_where_it_crosses(
    above: float,
    below: float,
    swapped: bool,
    rising: bool,
    log10_ic50: float,
    ln_hill: float,
    ln_f: float | None,
) -> None:
    """Either plateau up to 1e14 away from the level, the other as near as 1e-6."""
    above, below = (below, above) if swapped else (above, below)
    top, bottom = (0.5 - below, 0.5 + above) if rising else (0.5 + above, 0.5 - below)
    theta = np.array([[log10_ic50], [ln_hill]] + ([] if ln_f is None else [[ln_f]]))
    where = locate_level(theta, np.array([top]), np.array([bottom]), 0.5)
    value = evaluate_shape(LN10 * where[None], theta, derivatives=False).between(
        np.array([top]), np.array([bottom])
    )
    assert value[0, 0] == pytest.approx(0.5, abs=1e-9)


def test_a_level_outside_the_plateaus_is_not_crossed() -> None:
    top, bottom = np.array([1.0, 0.4, 0.5, 0.2]), np.array([0.6, 0.1, 0.1, 0.45])
    assert np.isnan(locate_level(np.zeros((2, 4)), top, bottom, 0.5)).all()


def hct116(shared_data: Path) -> pd.DataFrame:
    return read_ctrp(shared_data).query("cell_line == 'HCT-116_CIL70'")


@pytest.mark.parametrize("model", ["4pl", "5pl"])
def test_the_crossing_of_hct116_is_right_whatever_else_is_in_the_file(shared_data: Path, model: str) -> None:
    mine = hct116(shared_data)
    others = read_ctrp(shared_data).groupby("cell_line").filter(lambda g: g["viability"].min() < 0.3)
    names = [n for n in others["cell_line"].unique()[::25] if n != mine["cell_line"].iloc[0]]
    together = pd.concat([others[others["cell_line"].isin(names)], mine], ignore_index=True)
    for wells in (mine, together):
        fit = dr.fit_curves(wells, model=model).frame.set_index("cell_line").loc["HCT-116_CIL70"]  # type: ignore[arg-type]
        assert (fit["absolute_ic50_qualifier"], fit["ic50_qualifier"]) == ("=", "")
        assert fit["absolute_ic50_uM"] == pytest.approx(37.2, rel=0.01)
        assert 20 < fit["absolute_ic50_low_uM"] < fit["absolute_ic50_uM"] < fit["absolute_ic50_high_uM"] < 40


def simulated(n: int, seed: int) -> pd.DataFrame:
    """Step-like, partial, inert and unbounded curves on designs of their own."""
    rng, parts = np.random.default_rng(seed), []
    designs = (
        np.repeat(np.geomspace(0.01, 100, 5), 3),
        np.geomspace(0.003, 30, 9),
        np.r_[0, 0, np.geomspace(0.1, 30, 7)],
    )
    for k in range(n):
        doses = designs[k % 3]
        bottom = rng.choice([0.0, 0.3, 0.9, -0.3])
        y = bottom + (1 - bottom) / (1 + (doses / 10 ** rng.uniform(-2.5, 2.5)) ** rng.uniform(0.5, 9))
        y += rng.choice([0.01, 0.06]) * rng.normal(size=len(doses))
        parts.append(
            pd.DataFrame(
                {
                    "compound": "x",
                    "cell_line": str(k),
                    "experiment": "1",
                    "concentration_uM": doses,
                    "viability": y,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


@pytest.mark.parametrize(("model", "loss"), [("4pl", "squares"), ("auto", "squares"), ("4pl", "huber")])
def test_a_curve_is_fitted_alike_alone_and_among_others(model: str, loss: str) -> None:
    wells = simulated(9 if model == "auto" else 24, seed=8)
    together = dr.fit_curves(wells, model=model, loss=loss).to_frame()  # type: ignore[arg-type]
    apart = pd.concat(
        [
            dr.fit_curves(mine, model=model, loss=loss).to_frame()
            for _, mine in wells.groupby("cell_line", sort=False)
        ],  # type: ignore[arg-type]
        ignore_index=True,
    )
    pd.testing.assert_frame_equal(together, apart, rtol=1e-12, atol=1e-300)


def profile(wells: pd.DataFrame, crossing: float, level: float = 0.5) -> float:
    """Least residual sum of squares of curves through `level` at `crossing`, on a dense grid of IC50 and
    hill."""
    ln, y = (
        log_concentration(wells["concentration_uM"].to_numpy(float))[:, None],
        wells["viability"].to_numpy() - level,
    )
    tested = wells.loc[wells["concentration_uM"] > 0, "concentration_uM"]
    locations = np.linspace(np.log10(tested.min()) - 2, np.log10(tested.max()) + 2, 700)
    theta = np.array([v.ravel() for v in np.meshgrid(locations, np.linspace(np.log(0.1), np.log(10), 120))])
    doses, there = (
        evaluate_shape(x, theta, derivatives=False) for x in (ln, np.full((1, 1), LN10 * np.log10(crossing)))
    )
    basis = np.where(there.value > 0.5, there.complement - doses.complement, doses.value - there.value)
    amplitude = y @ basis / np.maximum((basis**2).sum(0), 1e-300)
    return float(((y[:, None] - amplitude * basis) ** 2).sum(0).min())


def test_bounds_of_the_absolute_ic50_are_those_of_the_whole_profile() -> None:
    """Beyond a bound no curve at all is within the threshold: several valleys, found by a grid of 84,000
    curves."""
    wells = simulated(45, seed=2)
    frame = dr.fit_curves(wells).frame.query("absolute_ic50_qualifier == '='")
    checked = 0
    for row in frame.itertuples():
        mine = wells[wells["cell_line"] == row.cell_line]
        spare = row.n_points - 4
        threshold = row.rss * (1 + stats.t.ppf(0.975, spare) ** 2 / spare)
        for bound, out in ((row.absolute_ic50_low_uM, 0.97), (row.absolute_ic50_high_uM, 1.03)):
            if np.isfinite(bound):
                checked += 1
                assert profile(mine, bound * out) > threshold, (row.cell_line, bound)
                assert profile(mine, bound) > threshold * (1 - 1e-6), (row.cell_line, bound)
    assert checked > 25
