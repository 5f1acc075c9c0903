"""Outlier wells: planted ones are found, clean curves are left alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lib.dose_response.outliers import OUTLIER_COLUMNS, adjust_within, drop_outliers, flag_outliers
from lib.errors import InputError

DOSES = np.repeat(np.geomspace(0.001, 30, 10), 3)


def clean(n_curves: int, seed: int, sd: float = 0.05) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    truth = 0.1 + 0.9 / (1 + (DOSES / 1.5) ** 1.3)
    viability = truth + rng.normal(scale=sd, size=(n_curves, len(DOSES)))
    return pd.DataFrame(
        {
            "compound": np.repeat([f"c{i}" for i in range(n_curves)], len(DOSES)),
            "cell_line": "line",
            "experiment": "1",
            "plate": "1",
            "well": None,
            "concentration_uM": np.tile(DOSES, n_curves),
            "viability": viability.ravel(),
            "role": "sample",
            "exclude": "",
        }
    )


def test_clean_wells_are_rarely_flagged() -> None:
    wells = clean(600, 1)
    outliers = flag_outliers(wells)
    assert outliers.n_tested == len(wells)
    # Motulsky and Brown report 1 to 3 % of clean data sets with a false flag at Q = 1 %
    with_flag = wells.loc[outliers.index, "compound"].nunique() / 600
    assert with_flag < 0.04
    assert len(outliers.index) / len(wells) < 0.003


def test_planted_wells_are_found() -> None:
    wells = clean(200, 2)
    planted = wells.index[7 :: len(DOSES)]
    wells.loc[planted, "viability"] -= 0.05 * 8
    outliers = flag_outliers(wells)
    assert planted.isin(outliers.index).mean() > 0.95
    assert (~outliers.index.isin(planted)).sum() / (len(wells) - len(planted)) < 0.003


def test_two_of_three_wells_at_the_top_dose() -> None:
    wells = clean(100, 3, sd=0.02)
    first = wells.index[:: len(DOSES)]
    planted = first.append(first + 12)
    wells.loc[planted, "viability"] += 0.5
    assert planted.isin(flag_outliers(wells).index).mean() > 0.95


def test_robust_sd_is_that_of_the_wells() -> None:
    outliers = flag_outliers(clean(400, 4))
    assert outliers.tests["robust_sd"].mean() == pytest.approx(0.05, rel=0.12)


def test_off_few_wells_and_bad_rate() -> None:
    wells = clean(2, 5)
    wells.loc[7, "viability"] = 5.0
    assert len(flag_outliers(wells, fdr=0).index) == 0
    assert flag_outliers(wells.iloc[:7]).n_tested == 0
    with pytest.raises(InputError, match=r"got 1\.5"):
        flag_outliers(wells, fdr=1.5)


def test_dropping_is_listed_with_its_reason() -> None:
    wells = clean(1, 6)
    wells.loc[7, "viability"] = 3.0
    wells.loc[9, "exclude"] = "noted"
    kept = flag_outliers(wells)
    assert drop_outliers(wells, kept) is wells
    assert kept.to_frame().loc[0, "fate"] == "kept in the fit"
    outliers = flag_outliers(wells, drop=True)
    dropped = drop_outliers(wells, outliers)
    assert dropped.loc[7, "exclude"] == "outlier at a false discovery rate of 1 %"
    assert dropped.loc[9, "exclude"] == "noted"
    table = outliers.to_frame()
    assert list(table) == OUTLIER_COLUMNS
    assert table.loc[0, "fate"] == "left out of the fit"


def test_constant_curve_flags_nothing() -> None:
    assert len(flag_outliers(clean(1, 7).assign(viability=1.0)).index) == 0


def test_adjustment_matches_scipy_within_groups() -> None:
    rng = np.random.default_rng(8)
    p, group = rng.uniform(size=60) ** 2, rng.integers(0, 3, 60)
    expected = np.empty(60)
    for g in range(3):
        expected[group == g] = stats.false_discovery_control(p[group == g])
    assert adjust_within(p, group) == pytest.approx(expected)
