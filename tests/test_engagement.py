"""Target engagement: normalisation against the nearest vehicle, intervals over experiments, IC50, turnover."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from lib.engagement import (
    estimate_changes,
    fit_engagement,
    fit_turnover,
    normalise_readouts,
    predict_turnover,
)
from lib.errors import InputError
from lib.tables.contract import check_table
from lib.tables.engagement import READOUTS, read_readouts

DOSES = (0.0, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)


def readouts(
    experiments: int = 4, noise: float = 0.05, seed: int = 1, times: tuple[float, ...] = (24.0,)
) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    rows = []
    for experiment in range(experiments):
        gain = rng.lognormal(3, 0.5)
        for time in times:
            for dose in DOSES:
                left = 1 - 0.9 * dose / (0.1 + dose) * (1 - np.exp(-np.log(2) / 3.0 * time))
                rows.append({"experiment": experiment, "target": "pFAK_Y397", "dose_uM": dose, "time_h": time,
                             "signal": gain * left * rng.lognormal(0, noise), "normaliser": 1.0})  # fmt: skip
    return check_table(pd.DataFrame(rows), READOUTS)


def test_vehicle_of_the_same_blot_and_time_comes_first() -> None:
    frame = pd.DataFrame({
        "experiment": 1, "target": "pERK", "blot": ["a", "a", "b", "b"], "dose_uM": [0, 1, 0, 1], "time_h": 1.0,
        "signal": [10.0, 5.0, 40.0, 10.0], "normaliser": 1.0,
    })  # fmt: skip
    lanes = normalise_readouts(check_table(frame, READOUTS)).lanes
    assert lanes.loc[lanes.dose_uM == 1, "log2_fold_change"].item() == pytest.approx(
        -1.5
    )  # mean of −1 and −2


@given(st.floats(0.01, 100), st.floats(0.01, 100))
@settings(max_examples=20)
def test_exposure_of_a_blot_does_not_matter(gain: float, loading: float) -> None:
    frame = readouts(2)
    scaled = frame.assign(signal=frame.signal * gain, normaliser=frame.normaliser * loading)
    first, second = (normalise_readouts(f).lanes["log2_fold_change"] for f in (frame, scaled))
    np.testing.assert_allclose(first, second, atol=1e-9)


def test_interval_is_students_over_experiments() -> None:
    changes = normalise_readouts(readouts(5))
    top = estimate_changes(changes).set_index("dose_uM").loc[3.0]
    values = changes.lanes.loc[changes.lanes.dose_uM == 3.0, "log2_fold_change"]
    low, high = stats.t.interval(0.95, 4, values.mean(), stats.sem(values))
    assert (top["low"], top["high"]) == pytest.approx((low, high))
    assert top["n_experiments"] == 5


def test_two_experiments_have_no_interval_and_say_so() -> None:
    table = estimate_changes(normalise_readouts(readouts(2)))
    assert table["low"].isna().all()
    assert (table["why"] == "no interval from fewer than 3 experiments").all()


def test_ic50_recovers_what_was_simulated() -> None:
    row = fit_engagement(normalise_readouts(readouts(6, noise=0.03))).iloc[0]
    assert row["status"] == "ok"
    assert row["ic50_low_uM"] < 0.1 < row["ic50_high_uM"]
    assert row["max_inhibition"] == pytest.approx(0.87, abs=0.03)


def test_too_few_doses_is_a_status() -> None:
    frame = readouts(3)
    row = fit_engagement(normalise_readouts(frame[frame.dose_uM.isin([0.0, 1.0])])).iloc[0]
    assert row["status"] == "too few doses"
    assert np.isnan(row["ic50_uM"])


def test_turnover_recovers_half_life_with_its_interval() -> None:
    found = fit_turnover(normalise_readouts(readouts(4, times=(1.0, 3.0, 8.0, 24.0))), "pFAK_Y397")
    assert found.status == "ok"
    assert found.half_life_low_h < 3.0 < found.half_life_high_h
    assert found.ic50_uM == pytest.approx(0.1, rel=0.25)


def test_turnover_closed_form_limits() -> None:
    none, nan = np.log(1e-9), np.nan
    assert predict_turnover(10.0, 5.0, nan, 0.0, 0.0, 0.0) == pytest.approx(0.0)
    assert predict_turnover(1e4, 1.0, nan, 0.0, 0.5, none) == pytest.approx(-1.0)  # steady state 1 − Imax
    falling = predict_turnover(24.0, 1.0, 24.0, -1.0, 0.9, 0.0)
    assert (
        falling < predict_turnover(30.0, 1.0, 24.0, -1.0, 0.9, 0.0) < 0
    )  # recovers after washout, not beyond


def test_one_time_is_too_few_for_a_turnover() -> None:
    assert fit_turnover(normalise_readouts(readouts(3)), "pFAK_Y397").status == "too few times"


def test_unknown_target_is_named() -> None:
    with pytest.raises(InputError, match="must be one of pFAK_Y397; got pFAK"):
        fit_turnover(normalise_readouts(readouts(3)), "pFAK")


def test_lost_lanes_are_listed_with_their_reason() -> None:
    frame = readouts(3)
    frame.loc[3, "signal"] = np.nan
    frame.loc[4, "signal"] = -2.0
    excluded = normalise_readouts(frame).excluded
    assert sorted(excluded["reason"]) == ["not above background", "signal or normaliser missing"]


def test_no_vehicle_is_refused() -> None:
    frame = readouts(3)
    with pytest.raises(InputError, match="got none with dose_uM 0"):
        normalise_readouts(frame[frame.dose_uM > 0])


def test_negative_dose_is_named_with_its_row(tmp_path: Path) -> None:
    readouts(2).assign(dose_uM=-1.0).head(1).to_csv(tmp_path / "r.csv", index=False)
    with pytest.raises(InputError, match=r"dose_uM must be >= 0; got -1.0 in r.csv row 2"):
        read_readouts(tmp_path / "r.csv")


def test_interval_covers_at_its_level() -> None:
    """400 targets of four experiments: t intervals over experiments cover 95 %, within Monte-Carlo error."""
    n, rng, truth = 400, np.random.default_rng(5), -1.2
    index = pd.MultiIndex.from_product(
        [range(n), range(4), (0.0, 1.0)], names=["target", "experiment", "dose_uM"]
    )
    frame = index.to_frame(index=False).astype({"target": str})
    level = truth * frame["dose_uM"] + rng.normal(0, 0.3, len(frame))
    frame = frame.assign(time_h=24.0, signal=2.0**level, normaliser=1.0)
    found = estimate_changes(normalise_readouts(check_table(frame, READOUTS)))
    covered = ((found["low"] <= truth) & (truth <= found["high"])).mean()
    assert abs(covered - 0.95) < 3 * np.sqrt(0.95 * 0.05 / n)
