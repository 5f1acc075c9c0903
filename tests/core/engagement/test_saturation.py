"""Saturated bands: ties at a maximum are named and left out; rounding, copies and relative scales are not
ties."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from lib.engagement import find_saturation, fit_engagement, fit_turnovers, normalise_readouts
from lib.tables.contract import check_table
from lib.tables.engagement import READOUTS

DOSES = np.array([0, 0.01, 0.03, 0.1, 0.3, 1, 3])


def blots(
    experiments: int = 3,
    *,
    level: float = 9000.0,
    noise: float = 0.1,
    loading: float = 0.15,
    seed: int = 0,
    cap: float | list[float] = np.inf,
    read: Callable[[np.ndarray], np.ndarray] = lambda v: np.round(v, 1),
    target: str = "pFAK_Y397",
    ic50: float = 0.1,
) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    shape = (experiments, len(DOSES))
    left = 1 - 0.9 * DOSES / (ic50 + DOSES)
    load = np.exp(rng.normal(0, loading, shape))
    signal = np.minimum(level * left * load * np.exp(rng.normal(0, noise, shape)), np.reshape(cap, (-1, 1)))
    frame = pd.DataFrame(
        {
            "experiment": np.repeat(np.arange(1, experiments + 1), len(DOSES)),
            "target": target,
            "dose_uM": np.tile(DOSES, experiments),
            "time_h": 24.0,
            "signal": read(signal).ravel(),
            "normaliser": np.round(5e4 * load.ravel(), 1),
            "blot": np.repeat([f"b{k}" for k in range(1, experiments + 1)], len(DOSES)),
        }
    )
    return check_table(frame, READOUTS)


def test_the_case_is_named_and_gives_no_ic50() -> None:
    frame = pd.concat(
        [blots(cap=4100.0), blots(target="FAK", level=3000, seed=3, ic50=1e9)], ignore_index=True
    )
    changes = normalise_readouts(frame)
    n = int((frame.signal == 4100).sum())
    assert n >= 9
    (found,) = changes.saturated.frame.itertuples()
    assert (found.target, found.reading, found.maximum, found.n_tied, found.n_lanes) == (
        "pFAK_Y397",
        "signal",
        4100,
        n,
        21,
    )
    row = fit_engagement(changes).frame.set_index("target").loc["pFAK_Y397"]
    assert (row["status"], row["n_saturated"]) == ("saturated", 18)
    assert np.isnan([row["ic50_uM"], row["ic50_high_uM"], row["max_inhibition"]]).all()
    assert "expose for less time" in row["advice"]
    assert fit_engagement(changes).frame.set_index("target").loc["FAK", "status"] == "no_effect"


def test_one_saturated_blot_leaves_the_others() -> None:
    frame = blots(4, noise=0.05, cap=[3000.0, 1e9, 1e9, 1e9])
    changes = normalise_readouts(frame)
    (found,) = changes.saturated.frame.itertuples()
    tied = int((frame.signal == 3000).sum())
    assert (found.blot, found.maximum, found.n_tied, found.n_lanes) == ("b1", 3000, tied, 7)
    row = fit_engagement(changes).frame.iloc[0]
    assert (row["status"], row["n_experiments"], row["n_saturated"]) == ("ok", 3, 6)
    assert row["ic50_low_uM"] < 0.1 < row["ic50_high_uM"]
    assert "6 lanes were left out" in row["advice"]


def test_different_caps_of_different_exposures_are_each_found() -> None:
    found = find_saturation(blots(3, cap=[2500.0, 3100.0, 3700.0]))
    assert sorted(found["maximum"]) == [2500, 3100, 3700]
    assert set(found["blot"]) <= {"", "b1", "b2", "b3"}


def test_without_names_of_blots_each_experiment_is_an_exposure() -> None:
    frame = blots(3, noise=0.05, cap=[2500.0, 3100.0, 1e9])
    for unnamed in (frame.drop(columns="blot"), frame.assign(blot="1")):
        changes = normalise_readouts(unnamed)
        named = "1" if "blot" in unnamed else ""
        tied = [int((frame.signal == cap).sum()) for cap in (2500.0, 3100.0)]
        found = [
            (str(r.experiment), r.blot, r.n_tied, r.n_lanes, r.maximum)
            for r in changes.saturated.frame.itertuples()
        ]
        assert found == [("1", named, tied[0], 7, 2500), ("2", named, tied[1], 7, 3100)]
        assert set(changes.lanes.experiment.astype(str)) == {"3"}


def test_lanes_that_are_all_one_number_are_saturated() -> None:
    frame = blots(3).assign(signal=4321.0)
    (found,) = find_saturation(frame.assign(normaliser=7.0)).frame.itertuples()
    assert (found.reading, found.n_tied, found.n_lanes, found.maximum) == ("signal", 21, 21, 4321)


def test_a_vehicle_of_another_blot_never_stands_in_for_a_saturated_one() -> None:
    reasons = normalise_readouts(blots(3, cap=4100.0)).excluded.reason
    assert set(reasons) == {"saturated: signal at its maximum, 4,100", "its vehicle lane is saturated"}


def test_a_saturated_normaliser_is_named() -> None:
    frame = blots(4)
    frame["normaliser"] = np.minimum(frame["normaliser"], 48_000.0)
    n = int((frame.normaliser == 48_000).sum())
    (found,) = normalise_readouts(frame).saturated.frame.itertuples()
    assert (found.reading, found.n_tied, found.n_lanes, found.maximum) == ("normaliser", n, 28, 48_000)


@pytest.mark.parametrize(
    ("value", "lanes", "flagged"),
    [(65535.0, 1, True), (255.0, 2, True), (4095.0, 2, True), (4094.0, 2, False), (255.0, 1, False)],
)
def test_full_scale_of_a_detector_needs_fewer_ties(value: float, lanes: int, flagged: bool) -> None:
    frame = blots(3)
    frame["signal"] = np.round(frame["signal"] * value * 0.9 / frame["signal"].max(), 1)
    frame.loc[frame.index[:lanes], "signal"] = value
    assert (len(find_saturation(frame)) == 1) is flagged


def test_vehicles_set_to_one_are_no_tie() -> None:
    frame = blots(4)
    vehicle = frame[frame.dose_uM == 0].set_index("experiment").signal
    frame["signal"], frame["normaliser"] = frame.signal / frame.experiment.map(vehicle), 1.0
    frame["signal"] = frame["signal"].where(frame.dose_uM == 0, frame["signal"].clip(upper=0.98) * 0.99)
    assert (frame.loc[frame.dose_uM == 0, "signal"] == 1).all()
    assert find_saturation(frame).frame.query("maximum == 1").empty


def test_one_vehicle_lane_listed_with_every_treatment_is_one_lane() -> None:
    frame = pd.concat(
        [
            blots(2, noise=0.02).assign(treatment=name)
            for name in ("FAK inhibition", "MEK inhibition", "both")
        ],
        ignore_index=True,
    )
    treated = frame.dose_uM > 0
    frame.loc[treated, "signal"] *= np.random.default_rng(1).uniform(0.5, 0.7, int(treated.sum()))
    assert (frame.signal == frame.signal.max()).sum() == 3
    assert find_saturation(frame).frame.empty


def significant(digits: int) -> Callable[[np.ndarray], np.ndarray]:
    return np.vectorize(lambda v: float(f"{v:.{digits}g}"))


@pytest.mark.parametrize(
    ("level", "read"),
    [
        (10, np.rint),
        (50, np.rint),
        (250, np.rint),
        (5000, np.rint),
        (1, lambda v: np.round(v, 1)),
        (1, lambda v: np.round(v, 2)),
        (5200, significant(2)),
        (5200, significant(3)),
        (32, lambda v: np.rint(v) * 0.3713),
        (200, lambda v: np.rint(v) * 0.0123),
    ],
)
def test_rounding_is_not_saturation(level: float, read: Callable[[np.ndarray], np.ndarray]) -> None:
    """Of 60 clean targets rounded so, at most 3 % are called (below 1 % in 14,400 of them)."""
    frames = [
        blots(1 + k % 4, level=level, read=read, noise=0.03 + 0.09 * (k % 2), seed=k, target=f"t{k}")
        for k in range(60)
    ]
    assert len(find_saturation(pd.concat(frames, ignore_index=True)).frame.query("reading == 'signal'")) <= 1


@pytest.mark.parametrize("experiments", [1, 2, 4])
def test_real_saturation_is_found(experiments: int) -> None:
    frames = [blots(experiments, cap=4500.0, seed=k, target=f"t{k}") for k in range(40)]
    assert len(find_saturation(pd.concat(frames, ignore_index=True))["target"].unique()) >= 38


def test_an_all_saturated_table_is_still_a_report() -> None:
    changes = normalise_readouts(blots(3, cap=4100.0))
    engaged = fit_engagement(changes)
    assert tuple(engaged.frame) == engaged.COLUMNS
    assert engaged["status"].tolist() == ["saturated"]
    (turnover,) = fit_turnovers(changes).fits
    assert (turnover.status, turnover.n_experiments) == ("saturated", 0)
    assert np.isnan([turnover.half_life_h, turnover.max_inhibition]).all()


def test_lanes_at_background_count_as_nothing_left_and_not_as_nothing_measured() -> None:
    """Of a readout that falls below background, the fall is not forgotten: clipped lanes stay in the dose
    curve."""
    frame = blots(4, noise=0.03, loading=0.02)
    frame["signal"] = np.maximum(frame["signal"] - 1800, 0.0)  # the two highest doses, over-subtracted
    clipped = frame.groupby("dose_uM").signal.max()
    assert (clipped.loc[[1.0, 3.0]] == 0).all()
    changes = normalise_readouts(frame)
    assert (changes.excluded.reason == "not above background").all()
    row = fit_engagement(changes).frame.iloc[0]
    assert (row["max_inhibition"], row["n_doses"], row["highest_dose_uM"]) == (1.0, 6, 3.0)
