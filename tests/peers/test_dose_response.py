"""Peers' own suites of dose response: CurveCurator, neutcurve, R's drc and PharmacoGx, NIST, GR metrics."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lib.dose_response import CurveFits, fit_curves
from lib.dose_response.brain_cousens import BrainCousens
from lib.dose_response.growth import estimate_growth
from lib.dose_response.hormesis import compare_hormesis
from lib.plates import normalise_plates
from lib.tables.dose_response import read_wells
from tests.makers.peers import as_wells, suite


@pytest.fixture(scope="module", params=["ctrp", "sarcoma_aggregated"])
def curvecurator(request: pytest.FixtureRequest) -> tuple[pd.DataFrame, pd.DataFrame, np.ndarray]:
    """CurveCurator's example output, our fits of the same wells, and its residual sums of squares."""
    theirs = pd.read_csv(suite("bench/curvecurator") / f"{request.param}.csv.gz")
    names = [c for c in theirs if c.replace(".", "").replace("e-", "").isdigit()]
    dose, y = np.array([float(c) for c in names]), theirs[names].to_numpy(float)
    line = np.repeat(np.arange(len(theirs)).astype(str), len(dose))
    wells = as_wells(np.tile(dose, len(theirs)), y.ravel(), line)
    ours = fit_curves(wells.dropna()).frame
    ours = ours.set_index(ours["cell_line"].astype(int)).sort_index()
    front, back, slope, ec50 = (theirs[k].to_numpy()[:, None] for k in ("front", "back", "slope", "pEC50"))
    with np.errstate(divide="ignore", over="ignore"):
        reach = np.where(dose > 0, np.log10(dose) - 6, -np.inf) + ec50
        curve = back + (front - back) / (1 + 10 ** (slope * reach))
    return theirs.loc[ours.index], ours, np.nansum((y - curve) ** 2, axis=1)[ours.index]


def test_no_curve_fits_worse_than_curvecurators(
    curvecurator: tuple[pd.DataFrame, pd.DataFrame, np.ndarray],
) -> None:
    theirs, ours, rss = curvecurator
    allowed = (theirs["slope"] >= 0.1).to_numpy()  # ours is held there
    assert allowed.sum() in (1195, 2410)
    worse = ours["rss"].to_numpy() > rss * (1 + 1e-6) + 1e-7
    assert theirs["name"][allowed & worse].tolist() == []


def test_absolute_ic50s_are_where_our_own_curve_crosses(
    curvecurator: tuple[pd.DataFrame, pd.DataFrame, np.ndarray],
) -> None:
    """Where the middle lies between fitted plateaus; the column is the curve's, not CurveCurator's."""
    _, ours, _ = curvecurator
    with np.errstate(invalid="ignore", divide="ignore"):
        top, bottom = (ours.get(f"fitted_{name}", ours[name]) for name in ("top", "bottom"))  # held or not
        odds = np.log10((top - 0.5) / (0.5 - bottom))
    crossing = ours["fitted_log10_ic50"] + odds / ours["hill"]
    told = np.isfinite(crossing)
    assert told.sum() in (564, 1451)
    np.testing.assert_allclose(ours["fitted_log10_absolute"][told], crossing[told], atol=1e-3)


NEUTCURVE = [
    ("FI6v3", "WT", "average"),
    ("FI6v3", "K(-8T)", "average"),
    ("FI6v3", "P80D", "average"),
    ("FI6v3", "V135T", "average"),
    ("FI6v3", "K280A", "average"),
    ("FI6v3", "K280S", "average"),
    ("FI6v3", "K280T", "average"),
    ("FI6v3", "N291S", "average"),
    ("FI6v3", "M17L-HA2", "average"),
    ("FI6v3", "G47R-HA2", "average"),
    ("H17-L19", "WT", "average"),
    ("H17-L19", "V135T", "average"),
    ("FI6v3", "WT", "1"),
    ("FI6v3", "WT", "2"),
    ("FI6v3", "WT", "3"),
    ("FI6v3", "K(-8T)", "1"),
]


def hill_curve(c: np.ndarray, y: np.ndarray, **held: float) -> object:
    """Four parameters, some held: the curve of Brain and Cousens without stimulation."""
    model = BrainCousens()
    params = model.guess(y, c)
    params["hormesis"].set(value=0.0, vary=False)
    params["hill"].set(min=0.1)
    for name, value in held.items():
        params[name].set(value=value, vary=False)
    return model.fit(y, params, concentration_uM=c)


@pytest.mark.parametrize(("serum", "virus", "replicate"), NEUTCURVE)
def test_neutcurve_within_its_three_printed_digits(serum: str, virus: str, replicate: str) -> None:
    folder = suite("bench/neutcurve")
    data, expected = (
        pd.read_csv(folder / "data.csv"),
        pd.read_csv(folder / "expected.csv", dtype={"rep": str}),
    )
    mine = data[(data["serum"] == serum) & (data["virus"] == virus)]
    if replicate != "average":
        mine = mine[mine["replicate"].astype(str) == replicate]
    mean = mine.groupby("concentration")["fraction_infectivity"].mean()
    fit = hill_curve(mean.index.to_numpy(), mean.to_numpy(), top=1.0, bottom=0.0)
    key = (expected["serum"] == serum) & (expected["virus"] == virus) & (expected["rep"] == replicate)
    (row,) = expected[key].itertuples()
    value = fit.best_values  # type: ignore[attr-defined]
    ours = (10 ** value["log10_location"], value["hill"], np.sqrt((fit.residual**2).mean()))  # type: ignore[attr-defined]
    assert ours == pytest.approx((row.mid, row.slope, row.rmsd), rel=5.1e-3)


@pytest.mark.parametrize(
    ("percent", "expected"),
    [
        ((99, 70, 60, 50, 40), (1.28651256, 36.2653102, 1.18105330)),
        ((100, 70, 60, 50, 40), (1.33880391, 36.8315343, 1.17467467)),
    ],
)
def test_pharmacogx_with_the_top_held(percent: tuple[int, ...], expected: tuple[float, ...]) -> None:
    fit = hill_curve(np.array([0.1, 1, 2, 3, 10]), np.array(percent) / 100, top=1.0)
    value = fit.best_values  # type: ignore[attr-defined]
    ours = (value["hill"], 100 * value["bottom"], 10 ** value["log10_location"])
    assert ours == pytest.approx(expected, rel=1e-3)


def test_pharmacogx_recovers_the_curve_that_was_drawn() -> None:
    dose = 10 ** np.arange(-10, 10.05, 0.1)
    row = fit_curves(as_wells(dose, 1 / (1 + dose))).frame.iloc[0]
    assert (row["hill"], row["bottom"], row["fitted_log10_ic50"], row["auc"]) == pytest.approx(
        (1, 0, 0, 0.5), abs=1e-9
    )


def test_nist_rat42_is_certified() -> None:
    """Pasture yield by growing time: NIST's logistic is ours with bottom 0 over exp(-time / 10)."""
    time = np.array([9, 14, 21, 28, 42, 57, 63, 70, 79.0])
    y = np.array([8.93, 10.8, 18.59, 22.33, 39.35, 56.11, 61.73, 64.62, 67.08])
    row = fit_curves(as_wells(np.exp(-time / 10), y / 100), model="3pl").frame.iloc[0]
    b2 = -np.log(10) * row["fitted_log10_ic50"] * row["hill"]
    ours = (100 * row["top"], b2, row["hill"] / 10, 1e4 * row["rss"])
    assert ours == pytest.approx((72.462237576, 2.6180768402, 0.067359200066, 8.0565229338), rel=1e-9)


def drc(name: str) -> pd.DataFrame:
    return pd.read_csv(suite("bench/drc") / f"{name}.csv")


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("3pl", {"hill": 2.47033, "top": 7.85543, "ed50": 3.26336}),
        ("4pl", {"ed10": 1.46371, "ed50": 3.05795, "ed90": 6.38864}),
        (
            "5pl",
            {"hill": 3.92870, "bottom": 0.32165, "top": 7.76054, "asymmetry": 0.46831, "ed50": 3.023549},
        ),
    ],
)
def test_drc_ryegrass(model: str, expected: dict[str, float]) -> None:
    data = drc("ryegrass")
    row = fit_curves(as_wells(data["conc"], data["rootl"]), model=model).frame.iloc[0].to_dict()  # type: ignore[arg-type]
    row["ed50"] = 10 ** row["fitted_log10_ic50"]
    row |= {"ed10": row["ed50"] * 9 ** (-1 / row["hill"]), "ed90": row["ed50"] * 9 ** (1 / row["hill"])}
    # on the long ridge of five parameters drc stops a little short
    near = 1e-3 if model == "5pl" else 5e-5
    assert {name: row[name] for name in expected} == pytest.approx(expected, rel=near)


SPINACH = {
    ("1", "2"): 1.8983586,
    ("1", "3"): 1.3073016,
    ("1", "4"): 9.0963785,
    ("1", "5"): 8.5152294,
    ("2", "3"): 0.6886484,
    ("2", "4"): 4.7917071,
    ("2", "5"): 4.4855747,
    ("3", "4"): 6.9581332,
    ("3", "5"): 6.5135923,
    ("4", "5"): 0.9361120,
}


def test_drc_ratios_of_spinach() -> None:
    data = drc("spinach")
    frame = fit_curves(as_wells(data["DOSE"], data["SLOPE"], data["CURVE"].astype(str))).frame
    ed50 = dict(zip(frame["cell_line"], 10 ** frame["fitted_log10_ic50"], strict=True))
    ours = {pair: ed50[pair[0]] / ed50[pair[1]] for pair in SPINACH}
    assert ours == pytest.approx(SPINACH, rel=5e-4)


@pytest.mark.parametrize(
    ("name", "model", "expected"),
    [
        (
            "lettuce",
            "3pl",
            {"hill": 1.282812, "top": 0.967302, "location_uM": 0.847633, "hormesis_per_uM": 1.620703},
        ),
        (
            "ryegrass",
            "4pl",
            {
                "hill": 2.75688,
                "bottom": 0.41515,
                "top": 7.74173,
                "location_uM": 2.77687,
                "hormesis_per_uM": 0.35672,
            },
        ),
    ],
)
def test_drc_brain_cousens(name: str, model: str, expected: dict[str, float]) -> None:
    """drc stops a little short on long ridges: within 0.3 %."""
    data = drc(name)
    wells = as_wells(data["conc"], data["rootl" if name == "ryegrass" else "weight"])
    row = compare_hormesis(wells, fit_curves(wells, model=model)).frame.iloc[0]  # type: ignore[arg-type]
    assert {k: row[k] for k in expected} == pytest.approx(expected, rel=3e-3)


@pytest.fixture(scope="module")
def growth() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """GR metrics of the toy input, a row a curve, those of R's GRmetrics, and GR values of wells."""
    folder = suite("bench/gr_metrics")
    wells = normalise_plates(read_wells(folder / "toy1_wells.csv"))
    none = pd.DataFrame(columns=["compound", "cell_line", "experiment", "quality", "reasons"])
    found = estimate_growth(
        wells, CurveFits(pd.DataFrame(columns=CurveFits.COLUMNS), {"confidence": 0.95}, none)
    )
    theirs = pd.read_csv(folder / "expected_R.csv", dtype={"replicate": str})
    both = found.frame.merge(
        theirs, left_on=["cell_line", "compound", "experiment"], right_on=["line", "agent", "replicate"]
    )
    values = pd.read_csv(folder / "expected_gr_values.csv.gz", dtype={"replicate": str})
    ours = found.wells.assign(experiment=found.wells["experiment"].astype(str)).merge(
        values,
        left_on=["cell_line", "compound", "experiment", "concentration_uM"],
        right_on=["line", "agent", "replicate", "concentration"],
    )
    return both, theirs, ours


def test_gr_values_and_areas_are_those_of_gr_metrics(
    growth: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame],
) -> None:
    both, theirs, wells = growth
    assert (len(both), len(theirs), len(wells)) == (112, 112, 1008)
    np.testing.assert_allclose(wells["gr"], wells["GR"], atol=1e-9)
    np.testing.assert_allclose(both["gr_aoc"], both["GR_AOC"], atol=1e-9)


def test_gr50s_of_gr_metrics_but_for_the_top_that_it_holds_at_1(
    growth: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame],
) -> None:
    both, _, _ = growth
    told = (both["gr50_qualifier"] == "=").to_numpy()
    assert np.array_equal(np.isfinite(both["GR50"]), told)
    far = np.abs(np.log10(both["gr50_uM"]) - np.log10(both["GR50"]))[told]
    assert (told.sum(), (far > 0.1).sum()) == (95, 2)
    assert (np.median(far) < 0.01, far.max() < 0.24) == (True, True)


def test_grmax_of_gr_metrics_is_the_lower_of_two_doses_and_ours_the_highest(
    growth: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame],
) -> None:
    both, _, wells = growth
    curve = ["line", "agent", "replicate"]
    mean = wells.pivot_table(index=curve, columns="concentration", values="gr", aggfunc="mean")
    last = mean.loc[pd.MultiIndex.from_frame(both[curve])].to_numpy()[:, -2:]
    np.testing.assert_allclose(both["GRmax"], last.min(axis=1), atol=1e-9)
    np.testing.assert_allclose(both["gr_max"], last[:, 1], atol=1e-9)
    assert (both["GRmax"] < both["gr_max"] - 1e-9).sum() == 35
