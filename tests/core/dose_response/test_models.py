"""lmfit models of the curve families, and tests of shared parameters, against outside truth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lib.dose_response.curves import fit_curves
from lib.dose_response.models import FAMILIES, CurveModel
from lib.dose_response.nested import compare_parallelism
from lib.errors import InputError

# NIST StRD, Rat43: onion bulbs, dry weight by time
RAT43 = [
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


def tidy(concentration: object, response: object, line: object = "line") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "compound": "drug",
            "cell_line": line,
            "experiment": "1",
            "concentration_uM": np.asarray(concentration, float),
            "viability": np.asarray(response, float),
        }
    )


def test_rat43_equals_the_certified_values() -> None:
    falling, y = np.exp(-np.arange(1.0, 16.0)), np.array(RAT43)
    model = CurveModel("5pl")
    params = model.guess(y, falling)
    params["bottom"].set(value=0, vary=False)
    fit = model.fit(y, params, concentration_uM=falling)
    assert fit.chisqr == pytest.approx(8786.4049080, rel=1e-9)
    assert fit.best_values["top"] == pytest.approx(699.64151270, rel=1e-6)
    assert fit.best_values["hill"] == pytest.approx(0.75962938329, rel=1e-6)
    assert 1 / fit.best_values["asymmetry"] == pytest.approx(1.2792483859, rel=1e-6)


@pytest.mark.parametrize("family", ["3pl", "4pl", "5pl"])
def test_both_paths_agree_on_ryegrass(family: str, reference: Path) -> None:
    data = pd.read_csv(reference / "ryegrass.csv")
    ours = fit_curves(tidy(data["conc"], data["rootl"]), model=family).frame.iloc[0]  # type: ignore[arg-type]
    theirs = CurveModel(family).fit(data["rootl"].to_numpy(), concentration_uM=data["conc"].to_numpy())
    assert theirs.chisqr == pytest.approx(ours["rss"], rel=1e-9)
    assert 10 ** theirs.best_values["log10_ic50"] == pytest.approx(ours["ic50_uM"], rel=1e-6)


@pytest.mark.parametrize("family", list(FAMILIES))
def test_jacobian_equals_differences_also_under_a_constraint(family: str) -> None:
    c, model = np.array([0, 0.1, 0.5, 1, 3, 10, 30.0]), CurveModel(family)
    params = model.guess(1 / (1 + c) + 0.1, c)
    params["hill"].set(expr="1.5 + top / 4")
    varying = [n for n, p in params.items() if p.vary and p.expr is None]
    exact = model.jacobian(params, c, None, concentration_uM=c)
    for row, name in zip(exact, varying, strict=True):
        at, sides = params[name].value, []
        for step in (1e-6, -1e-6):
            params[name].value = at + step
            sides.append(model.eval(params, concentration_uM=c))
        params[name].value = at
        assert row == pytest.approx(-(sides[0] - sides[1]) / 2e-6, abs=1e-6)


def test_shared_plateaus_of_s_alba(truth: Path) -> None:
    data = pd.read_csv(truth / "s_alba.csv").sort_values("Herbicide", kind="stable")
    wells = tidy(data["Dose"], data["DryMatter"], data["Herbicide"].to_numpy())
    fits = fit_curves(wells)
    assert fits.frame["ic50_uM"].to_numpy() == pytest.approx([29.264816268481, 62.048043988038], rel=1e-6)
    test = compare_parallelism(wells, fits).frame.set_index("shared").loc["top and bottom"]
    assert (test["df_numerator"], test["df_denominator"]) == (2, 60)
    assert test["f"] == pytest.approx(0.587444942024, rel=1e-9)
    assert test["p_value"] == pytest.approx(0.55890966907, rel=1e-9)


def test_refusals() -> None:
    with pytest.raises(InputError, match="got 6pl"):
        CurveModel("6pl")
