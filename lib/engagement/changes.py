"""Log2 changes against vehicle, their intervals over experiments, and the IC50 of every readout."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from lib.dose_response import fit_curves, predict_response
from lib.errors import Fault, InputError

FEWEST_FOR_INTERVAL = 3
FEWEST_DOSES = 4
KEYS = ["treatment", "target", "normalised_to"]


@dataclass(frozen=True)
class Changes:
    """Log2 changes against vehicle.

    ``lanes``: one row an experiment, target, dose and time, ``log2_fold_change`` averaged over its lanes.
    ``excluded``: rows that could not be used, with ``reason``.
    """

    lanes: pd.DataFrame
    excluded: pd.DataFrame


def normalise_readouts(readouts: pd.DataFrame) -> Changes:
    """Log2 of signal over normaliser, against the vehicle of the same experiment.

    ``y = log2(signal / normaliser) − mean log2(vehicle signal / normaliser)``, with the vehicle of the same
    blot and time where there is one, else of the same blot, else of the experiment. Every experiment carries
    its own vehicle's error: nothing is divided by a control that was set to 1 for all.

    Parameters
    ----------
    readouts : DataFrame
        As from ``lib.tables.engagement.read_readouts``.

    Raises
    ------
    InputError
        If no experiment of a target has a vehicle lane.
    """
    frame = readouts.copy()
    frame["blot"] = frame["blot"].fillna("") if "blot" in frame else ""
    frame["reason"] = _reasons(frame)
    used = frame[frame["reason"] == ""].copy()
    used["log2_ratio"] = np.log2(used["signal"] / used["normaliser"])
    used["vehicle"] = _vehicle_level(used)
    lost = used[used["vehicle"].isna()]
    frame.loc[lost.index, "reason"] = "no vehicle lane in this experiment"
    used = used.drop(index=lost.index)
    if used.empty:
        raise InputError(
            Fault(
                "each experiment needs a vehicle lane",
                "none with dose_uM 0",
                "",
                "Set dose_uM to 0 for vehicle.",
            )
        )
    used["log2_fold_change"] = used["log2_ratio"] - used["vehicle"]
    keys = [*KEYS, "experiment", "dose_uM", "time_h"] + (["washout_h"] if "washout_h" in used else [])
    lanes = (
        used.groupby(keys, dropna=False, sort=True)["log2_fold_change"].agg(["mean", "size"]).reset_index()
    )
    lanes = lanes.rename(columns={"mean": "log2_fold_change", "size": "n_lanes"})
    return Changes(lanes, frame[frame["reason"] != ""])


def _reasons(frame: pd.DataFrame) -> pd.Series:
    missing = frame["signal"].isna() | frame["normaliser"].isna()
    below = (frame["signal"] <= 0) | (frame["normaliser"] <= 0)
    words = np.select([missing, below], ["signal or normaliser missing", "not above background"], "")
    return pd.Series(words, index=frame.index)


def _vehicle_level(used: pd.DataFrame) -> pd.Series:
    """Mean log2 ratio of the nearest vehicle lanes, row by row."""
    vehicle = used[used["dose_uM"] == 0]
    level = pd.Series(np.nan, index=used.index)
    base = [*KEYS, "experiment"]
    for keys in ([*base, "blot", "time_h"], [*base, "blot"], base):
        means = vehicle.groupby(keys)["log2_ratio"].mean().rename("level").reset_index()
        found = used[keys].merge(means, on=keys, how="left")["level"].to_numpy()
        level = level.where(level.notna(), found)
    return level


def estimate_changes(changes: Changes, *, confidence: float = 0.95) -> pd.DataFrame:
    """Mean log2 change over experiments with a t interval, by target, dose and time.

    Experiments are n. From fewer than three there is no interval and ``why`` says so. The interval is of the
    paired difference to vehicle; no test is made against controls, whose log2 change is zero by construction.
    """
    treated = changes.lanes[changes.lanes["dose_uM"] > 0]
    keys = [*KEYS, "dose_uM", "time_h"] + (["washout_h"] if "washout_h" in treated else [])
    grouped = treated.groupby(keys, dropna=False)["log2_fold_change"]
    table = grouped.agg(["mean", "std", "size"]).reset_index()
    enough = table["size"] >= FEWEST_FOR_INTERVAL
    half = (
        stats.t.ppf((1 + confidence) / 2, (table["size"] - 1).clip(lower=1))
        * table["std"]
        / np.sqrt(table["size"])
    )
    table["low"] = (table["mean"] - half).where(enough)
    table["high"] = (table["mean"] + half).where(enough)
    table["why"] = np.where(enough, "", f"no interval from fewer than {FEWEST_FOR_INTERVAL} experiments")
    table = table.rename(columns={"mean": "log2_fold_change", "size": "n_experiments", "std": "sd_log2"})
    first = ["target", "dose_uM", "time_h", "log2_fold_change", "low", "high", "n_experiments"]
    return table[first + [c for c in table.columns if c not in first]]


def fit_engagement(changes: Changes, *, confidence: float = 0.95) -> pd.DataFrame:
    """IC50 of every target's remaining signal, with its profile interval.

    The remaining fraction ``2^y`` of each experiment and dose, at the time with most doses, is fitted by a
    four-parameter logistic over all experiments together; experiments differ by their vehicle, so the
    interval does not carry all of their disagreement: ``time_course`` does. Maximal inhibition is one minus
    the mean remaining fraction at the highest dose.

    Returns
    -------
    DataFrame
        ``target, ic50_uM, ic50_low_uM, ic50_high_uM, ic50_qualifier, max_inhibition, n_experiments, status,
        time_h, treatment, normalised_to, hill, advice``. Targets with fewer than four doses carry the status
        ``too few doses``.
    """
    rows = [
        _fit_target(dict(zip(KEYS, key, strict=True)), lanes, confidence)
        for key, lanes in changes.lanes.groupby(KEYS)
    ]
    return pd.DataFrame(rows)


def _fit_target(names: dict[str, object], lanes: pd.DataFrame, confidence: float) -> dict[str, object]:
    lanes = lanes[lanes["washout_h"].isna()] if "washout_h" in lanes else lanes
    doses_at = lanes[lanes["dose_uM"] > 0].groupby("time_h")["dose_uM"].nunique()
    time_h = float(doses_at.idxmax()) if len(doses_at) else np.nan
    here = lanes[lanes["time_h"] == time_h]
    remaining = 2.0 ** here["log2_fold_change"]
    top_dose = here["dose_uM"] == here["dose_uM"].max()
    row: dict[str, object] = {
        "target": names["target"], "ic50_uM": np.nan, "ic50_low_uM": np.nan, "ic50_high_uM": np.nan,
        "ic50_qualifier": "", "max_inhibition": 1 - float(2.0 ** here.loc[top_dose, "log2_fold_change"].mean()),
        "n_experiments": here["experiment"].nunique(), "status": "too few doses", "time_h": time_h,
        "treatment": names["treatment"], "normalised_to": names["normalised_to"], "hill": np.nan,
        "advice": f"An IC50 needs at least {FEWEST_DOSES} doses at one time.",
    }  # fmt: skip
    if not len(doses_at) or doses_at.max() < FEWEST_DOSES:
        return row
    wells = pd.DataFrame({
        "cell_line": "all", "compound": str(names["target"]), "experiment": "all",
        "concentration_uM": here["dose_uM"].to_numpy(), "viability": remaining.to_numpy(),
    })  # fmt: skip
    fit = fit_curves(wells, confidence=confidence).frame.iloc[0]
    taken = [
        "fitted_log10_ic50",
        "asymmetry",
        "top",
        "bottom",
        "ic50_uM",
        "ic50_low_uM",
        "ic50_high_uM",
        "ic50_qualifier",
        "hill",
        "status",
        "advice",
    ]
    return row | {name: fit[name] for name in taken}


def lanes_at(changes: Changes, row: pd.Series) -> pd.DataFrame:
    """The lanes behind one row of :func:`fit_engagement`: its target, treatment and time, before any washout."""
    lanes = changes.lanes
    here = (lanes["target"] == row["target"]) & (lanes["treatment"] == row["treatment"])
    here &= (lanes["normalised_to"] == row["normalised_to"]) & (lanes["time_h"] == row["time_h"])
    return lanes[here & lanes["washout_h"].isna()] if "washout_h" in lanes else lanes[here]


def predict_remaining(
    curve: pd.Series, dose_uM: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Doses and fitted remaining fraction of one row of :func:`fit_engagement`; None where no dose had an effect."""
    if not np.isfinite(curve["hill"]) or curve["status"] == "no_effect":
        return None
    dose = np.asarray(dose_uM, dtype=float)
    return dose, predict_response(curve, dose)


def strongest_changes(course: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Per treatment, each target's change at its highest dose and the latest time before any washout."""
    before = course[course["washout_h"].isna()] if "washout_h" in course else course
    last = before.sort_values(["dose_uM", "time_h"]).groupby(["treatment", "target"], sort=True).tail(1)
    return {str(name): part for name, part in last.groupby("treatment")}
