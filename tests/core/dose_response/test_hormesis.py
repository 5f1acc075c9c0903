"""Brain-Cousens curves, against R drc's lettuce example and by simulation."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lib.dose_response import fit_curves
from lib.dose_response.brain_cousens import BrainCousens, brain_cousens
from lib.dose_response.hormesis import HORMESIS_COLUMNS, compare_hormesis
from lib.dose_response.judge import QUALITY
from lib.errors import InputError

LETTUCE = pd.DataFrame(
    {  # isobutylalcohol, mg/l, and shoot biomass, g (van Ewijk & Hoekstra 1993; data set of R drc)
        "compound": "isobutylalcohol",
        "cell_line": "lettuce",
        "experiment": "1",
        "concentration_uM": np.repeat([0, 0.32, 1, 3.2, 10, 32, 100], 2),
        "viability": [
            1.126,
            0.833,
            1.096,
            1.106,
            1.163,
            1.336,
            0.985,
            0.754,
            0.716,
            0.683,
            0.560,
            0.488,
            0.375,
            0.344,
        ],
    }
)


def compared(wells: pd.DataFrame, *, model: str = "4pl") -> pd.DataFrame:
    return compare_hormesis(wells, fit_curves(wells, model=model)).frame


def test_lettuce_is_the_fit_of_drc() -> None:
    model = BrainCousens()
    c, y = LETTUCE["concentration_uM"].to_numpy(), LETTUCE["viability"].to_numpy()
    params = model.guess(y, c)
    params["bottom"].set(value=0.0, vary=False)
    fit = model.fit(y, params, concentration_uM=c)
    # drc, BC.4: d .967302, f 1.620703, e .847633, b 1.282812, residual standard error .1117922 on 10 df
    drc = {"top": 0.967302, "hormesis": 1.620703, "log10_location": np.log10(0.847633), "hill": 1.282812}
    rss = (fit.residual**2).sum()
    assert np.sqrt(rss / 10) == pytest.approx(0.1117922, rel=1e-5)
    assert (
        rss <= ((brain_cousens(c, bottom=0.0, **drc) - y) ** 2).sum()
    )  # drc stops a little short on a long ridge
    for name, value in drc.items():
        assert fit.params[name].value == pytest.approx(value, rel=5e-3, abs=2e-3)


def test_lettuce_ed50_and_its_interval_are_those_of_drc() -> None:
    row = compared(LETTUCE, model="3pl").iloc[0]
    # drc, ED(BC.4, 50): 35.022556, a little short of the optimum
    assert row["ic50_uM"] == pytest.approx(35.022556, rel=1e-3)
    # from J'J by scipy's Jacobian and a finite difference of the ED50; drc takes the observed Hessian: 13.125
    # to 93.45
    assert row["ic50_low_uM"] == pytest.approx(12.721975, rel=1e-4)
    assert row["ic50_high_uM"] == pytest.approx(96.576338, rel=1e-4)
    assert row["preferred"] == "hormesis"
    assert row["peak_response"] > 0.967
    assert 0.3 < row["peak_uM"] < 3.2


@pytest.mark.parametrize("held", ["none", "bottom", "hill"])
def test_jacobian_equals_differences(held: str) -> None:
    c, model = np.array([0, 0.1, 0.5, 1, 3, 10, 30.0]), BrainCousens()
    params = model.guess(1 / (1 + c) + 0.1, c)
    if held != "none":
        params[held].set(vary=False)
    varying = [name for name, p in params.items() if p.vary]
    exact = model.jacobian(params, c, None, concentration_uM=c)
    assert len(varying) == len(exact) == 5 - (held != "none")
    for row, name in zip(exact, varying, strict=True):
        at, sides = params[name].value, []
        for step in (1e-6, -1e-6):
            params[name].value = at + step
            sides.append(model.eval(params, concentration_uM=c))
        params[name].value = at
        assert row == pytest.approx(-(sides[0] - sides[1]) / 2e-6, abs=1e-6)


def test_a_tied_parameter_is_followed() -> None:
    model, c, y = BrainCousens(), *(LETTUCE[k].to_numpy() for k in ("concentration_uM", "viability"))
    free, tied = model.guess(y, c), model.guess(y, c)
    free["bottom"].set(value=0.0, vary=False)
    tied["bottom"].set(expr="top - top")
    one, two = (model.fit(y, params, concentration_uM=c) for params in (free, tied))
    assert two.chisqr == pytest.approx(one.chisqr, rel=1e-8)


def test_no_dose_above_zero_is_refused() -> None:
    with pytest.raises(InputError, match="concentration_uM must be > 0 in some wells; got 0 in all"):
        BrainCousens().guess(np.ones(4), np.zeros(4))


def make_wells(n: int, hormesis: float, seed: int = 1, sd: float = 0.03) -> pd.DataFrame:
    """Curves with ten doses in duplicate."""
    dose = np.repeat(np.r_[0, np.geomspace(0.03, 30, 9)], 2)
    truth = brain_cousens(dose, 1.0, 0.1, hormesis, np.log10(3.0), 2.5)
    y = truth + np.random.default_rng(seed).normal(0, sd, (n, len(dose)))
    return pd.DataFrame(
        {
            "compound": "x",
            "cell_line": np.repeat(np.arange(n).astype(str), len(dose)),
            "experiment": "1",
            "concentration_uM": np.tile(dose, n),
            "viability": y.ravel(),
        }
    )


def test_monotone_curves_are_called_hormetic_at_the_nominal_level() -> None:
    found = compared(make_wells(200, 0.0))
    # three standard errors of 200 trials at 5 %: 4.6 points
    assert 0.004 < (found["p_hormesis"] < 0.05).mean() < 0.096


def test_stimulation_is_found_with_its_peak() -> None:
    found = compared(make_wells(60, 0.3))
    assert (found["p_hormesis"] < 0.05).mean() > 0.9
    truth = brain_cousens(np.geomspace(0.03, 30, 4000), 1.0, 0.1, 0.3, np.log10(3.0), 2.5)
    peak = np.geomspace(0.03, 30, 4000)[truth.argmax()]
    assert found["peak_uM"].median() == pytest.approx(peak, rel=0.15)
    assert found["peak_response"].median() == pytest.approx(truth.max(), abs=0.03)
    half = np.geomspace(1, 30, 400_000)
    at = half[np.argmax(brain_cousens(half, 1.0, 0.1, 0.3, np.log10(3.0), 2.5) < 0.55)]
    covered = (found["ic50_low_uM"] <= at) & (found["ic50_high_uM"] >= at)
    assert covered.mean() > 0.85


def test_units_do_not_matter() -> None:
    wells = make_wells(2, 0.3)
    one = compared(wells)
    other = compared(wells.assign(concentration_uM=wells["concentration_uM"] / 1000))
    np.testing.assert_allclose(other["ic50_uM"] * 1000, one["ic50_uM"], rtol=1e-5)
    np.testing.assert_allclose(other["p_hormesis"], one["p_hormesis"], rtol=1e-3)


def test_what_cannot_be_fitted_says_why() -> None:
    few = make_wells(1, 0.3).query("concentration_uM > 1")
    row = compared(few).iloc[0]
    assert list(compared(few).columns) == [*HORMESIS_COLUMNS, *QUALITY]
    assert (row["quality"], row["reasons"].split("; ")[-1]) == ("not judged", row["why"])
    assert row["why"] == "4 concentrations: Brain–Cousens needs 6"
    assert np.isnan(row["ic50_uM"])
    high = compared(make_wells(1, 0.3).query("concentration_uM < 3"), model="3pl").iloc[0]
    assert (high["ic50_qualifier"], high["why"]) == (">", "not fallen half-way at the highest concentration")


def test_what_was_not_asked_for_is_empty() -> None:
    wells = make_wells(1, 0.3)
    assert len(compare_hormesis(wells, fit_curves(wells), asked=False)) == 0
