"""Peers' own suites of immunoassays and combinations: nCal, drLumi's reading of xPONENT, the package synergy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lib.immunoassay import StandardCurve, fit_standard_curves
from lib.synergy import SynergyScores, arrange_matrices, estimate_synergy
from lib.tables.immunoassay import read_immunoassay
from lib.tables.synergy import read_combinations
from tests.makers.peers import suite, unpacked

LN10 = np.log(10)


@pytest.mark.parametrize(("model", "expected"), [("4pl", 3.9829620), ("5pl", 3.9388941)])
def test_ncal_reads_a_signal_back(model: str, expected: float) -> None:
    """ln concentration at ln signal 6.75, and of 4pl the parameters."""
    data = pd.read_csv(suite("bench/ncal") / "standards.csv")
    (curve,) = fit_standard_curves([(data["conc"].to_numpy(), data["fi"].to_numpy())], model=model)
    assert curve.invert(np.array([6.75 / LN10]))[0] * LN10 == pytest.approx(expected, abs=1e-3)
    if model == "4pl":
        b, c, d, e, _ = curve.theta
        theirs = (0.86770147, 4.25401765, 10.38578190, 1 / 0.01207711)
        assert (-b, c * LN10, d * LN10, 10**e) == pytest.approx(theirs, rel=1e-4)


@pytest.mark.parametrize(
    ("c", "d", "b", "e", "f", "expected"),
    [
        (4.365218, 10.23603, -0.9155976, 59.07240, 1.250254, (135.5713, 327.9885)),
        (4.299157, 10.21859, -0.9746818, 79.79308, 1.044031, (142.5312, 334.9337)),
    ],
)
def test_ncal_reads_back_from_a_curve_given(
    c: float, d: float, b: float, e: float, f: float, expected: tuple[float, float]
) -> None:
    theta = np.array([b, c / LN10, d / LN10, np.log10(e), f])
    curve = StandardCurve("5pl", theta, np.zeros((5, 5)), 0, 1, (0, 1), (0, 1), "ok", "")
    read = 10 ** curve.invert(np.array([8, 9, 1, 11]) / LN10)
    assert read[:2] == pytest.approx(expected, rel=1e-5)
    assert read[2:].tolist() == [0, np.inf]


@pytest.fixture(scope="module")
def xponent(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, pd.DataFrame]:
    folder = suite("bench/xponent")
    return folder, read_immunoassay(unpacked(folder / "plate1.csv.gz", tmp_path_factory.mktemp("xponent")))


def test_xponent_medians_are_those_that_drlumi_reads(xponent: tuple[Path, pd.DataFrame]) -> None:
    folder, plate = xponent
    both = plate.merge(pd.read_csv(folder / "expected_medians.csv.gz"), on=["well", "analyte"])
    assert len(both) == len(plate) == 2880
    assert both["signal"].tolist() == both["mfi"].tolist()


def test_recoveries_of_xponent_within_20_points_but_for_five(xponent: tuple[Path, pd.DataFrame]) -> None:
    """Its 5PL takes the background off and weighs by 1/y²; ours leaves it on and is straight in log signal."""
    folder, plate = xponent
    used = plate[(plate["role"] == "standard") & (plate["signal"] > 0) & (plate["concentration_pg_ml"] > 0)]
    parts = dict(list(used.groupby("analyte")))
    curves = fit_standard_curves(
        [(p["concentration_pg_ml"].to_numpy(), p["signal"].to_numpy()) for p in parts.values()], model="5pl"
    )
    of = dict(zip(parts, curves, strict=True))
    controls = plate[plate["role"] == "control"].merge(
        pd.read_csv(folder / "expected_recoveries.csv"), on=["well", "analyte"]
    )
    found = np.array(
        [
            100
            * 10 ** of[r.analyte].invert(np.array([np.log10(r.signal)]))[0]
            * r.dilution
            / r.concentration_pg_ml
            for r in controls.itertuples()
        ]
    )
    apart = controls[np.abs(found - controls["rec"]) > 20]
    assert len(controls) == 180
    assert sorted(apart["analyte"] + " " + apart["well"]) == [
        "FGF B1",
        "FGF G10",
        "IFNa B1",
        "IFNa G10",
        "MIP1A G10",
    ]


@pytest.fixture(scope="module")
def combinations() -> tuple[dict[str, SynergyScores], pd.DataFrame]:
    folder = suite("bench/synergy")
    matrices = arrange_matrices(read_combinations(folder / "matrices.csv"))
    theirs = pd.read_csv(folder / "theirs.csv").set_index(["case", "model"])
    return {m.name[0]: estimate_synergy(m, n_draws=100) for m in matrices}, theirs


TOLERANCE = {"bliss": 0.005, "hsa": 0.005, "loewe": 0.02, "zip": 0.05}
"""Percentage points; 0.25 where experiments vary and theirs is of their mean."""
OTHER_ZIP = {
    "sham": (-0.10993, -1.04617),
    "sham_antagonism": (-0.09206, -1.36375),
    "sham_synergy": (1.01212, 0.89787),
}
"""Of the package, and ours, which a least-squares search from 216 starts a curve, of another program, gives too."""


@pytest.mark.parametrize("model", TOLERANCE)
def test_mean_excess_of_the_package_synergy(
    model: str, combinations: tuple[dict[str, SynergyScores], pd.DataFrame]
) -> None:
    ours, theirs = combinations
    assert len(ours) == 17
    for case, scores in ours.items():
        mean = theirs.loc[(case, model), "mean"]
        if model == "zip" and case in OTHER_ZIP:
            assert (mean, scores.score[model]) == pytest.approx(OTHER_ZIP[case], abs=1e-3)
            continue
        within = TOLERANCE[model] if scores.matrix.n_units < 2 else 0.25
        assert scores.score[model] == pytest.approx(mean, abs=within), case


@pytest.mark.parametrize(
    ("case", "model", "sign"),
    [
        ("zip_synergy", "zip", 1),
        ("zip_antagonism", "zip", -1),
        ("hsa_synergy", "hsa", 1),
        ("hsa_antagonism", "hsa", -1),
        ("sham_synergy", "loewe", 1),
        ("sham_antagonism", "loewe", -1),
    ],
)
def test_every_dose_pair_has_the_sign_that_was_built_in(
    case: str, model: str, sign: int, combinations: tuple[dict[str, SynergyScores], pd.DataFrame]
) -> None:
    excess = combinations[0][case].excess[model][1:, 1:]
    assert (np.sign(excess[np.isfinite(excess)]) == sign).all()


@pytest.mark.parametrize(
    ("case", "beta", "alpha_12", "alpha_21"),
    [
        ("musyc_reference_1", 0.0, 1, 1),
        ("musyc_efficacy_1", 3 / 7, 1, 1),
        ("musyc_efficacy_2", -0.3, 1, 1),
        ("musyc_potency_1", 3 / 7, 0.5, 2),
    ],
)
def test_musyc_parameters_within_the_packages_tolerance(
    case: str,
    beta: float,
    alpha_12: float,
    alpha_21: float,
    combinations: tuple[dict[str, SynergyScores], pd.DataFrame],
) -> None:
    fit = combinations[0][case].musyc
    ours = (fit.beta[0], np.log(fit.alpha_12[0]), np.log(fit.alpha_21[0]))
    assert ours == pytest.approx((beta, np.log(alpha_12), np.log(alpha_21)), abs=0.25)
