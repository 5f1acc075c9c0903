"""Target engagement: what a drug does to its target and to what lies downstream, from normalised signals."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from lmfit import Model, Parameters
from lmfit.model import ModelResult
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


@dataclass(frozen=True)
class Turnover:
    """An indirect response: production of the readout is inhibited, its loss is not (Dayneka, Garg & Jusko 1993).

    ``half_life_h`` is how fast the readout falls once production stops, and recovers after washout.
    Intervals are profile likelihoods by lmfit; an open side is NaN and ``note`` says so.
    """

    target: str
    max_inhibition: float
    ic50_uM: float
    half_life_h: float
    half_life_low_h: float
    half_life_high_h: float
    n_points: int
    status: str
    note: str

    def to_frame(self) -> pd.DataFrame:
        """One row, columns named as the fields."""
        return pd.DataFrame([vars(self)])


def predict_turnover(
    time_h: ArrayLike, dose_uM: ArrayLike, washout_h: ArrayLike, ln_k: float, imax: float, ln_ic50: float
) -> NDArray[np.float64]:
    r"""Log2 remaining signal under inhibited production.

    .. math:: R(t) = 1 - E (1 - e^{-kt}), \qquad E = I_{max} C / (IC_{50} + C)

    and after washout at :math:`t_w`: :math:`R(t) = 1 - (1 - R(t_w)) e^{-k (t - t_w)}`.
    """
    time, dose, washout = (np.asarray(a, dtype=float) for a in (time_h, dose_uM, washout_h))
    k, effect = np.exp(ln_k), imax * dose / (np.exp(ln_ic50) + dose)
    exposed = np.where(np.isnan(washout), time, np.minimum(time, washout))
    fallen = effect * -np.expm1(-k * exposed) * np.exp(-k * (time - exposed))
    return np.asarray(np.log2(np.maximum(1 - fallen, 1e-6)))


def fit_turnover(changes: Changes, target: str, *, confidence: float = 0.95) -> Turnover:
    """Fit the turnover of one readout over dose, time and washout.

    Parameters
    ----------
    changes : Changes
        As from :func:`normalise_readouts`; needs at least two doses and three times.

    Raises
    ------
    InputError
        If the target was not measured.
    """
    lanes = changes.lanes[changes.lanes["target"] == target]
    if lanes.empty:
        known = ", ".join(sorted(set(changes.lanes["target"])))
        raise InputError(Fault(f"target must be one of {known}", target))
    lanes = lanes[lanes["dose_uM"] > 0]
    if lanes["time_h"].nunique() < 3 or lanes["dose_uM"].nunique() < 2:
        note = "needs at least two doses and three times"
        return Turnover(target, np.nan, np.nan, np.nan, np.nan, np.nan, len(lanes), "too few times", note)
    washout = lanes["washout_h"] if "washout_h" in lanes else pd.Series(np.nan, index=lanes.index)
    data = {
        "time_h": lanes["time_h"].to_numpy(),
        "dose_uM": lanes["dose_uM"].to_numpy(),
        "washout_h": washout.to_numpy(float),
    }
    model = Model(predict_turnover, independent_vars=list(data))
    fits = [
        model.fit(lanes["log2_fold_change"].to_numpy(), _starts(ln_k, lanes), **data)
        for ln_k in np.log([0.05, 0.3, 2.0])
    ]
    best = min(fits, key=lambda fit: fit.chisqr)
    low, high, note = _profile(best, "ln_k", confidence)
    half = np.log(2) / np.exp(np.array([best.params["ln_k"].value, high, low]))
    return Turnover(
        target, best.params["imax"].value, float(np.exp(best.params["ln_ic50"].value)), float(half[0]), float(half[1]),
        float(half[2]), len(lanes), "ok" if best.success else "failed", note,
    )  # fmt: skip


def _starts(ln_k: float, lanes: pd.DataFrame) -> Parameters:
    doses = lanes["dose_uM"]
    parameters = Parameters()
    parameters.add("ln_k", ln_k, min=np.log(1e-3), max=np.log(1e2))
    parameters.add("imax", 0.8, min=0.0, max=1.0)
    parameters.add(
        "ln_ic50",
        float(np.log(np.median(doses))),
        min=np.log(doses.min() / 100),
        max=np.log(doses.max() * 100),
    )
    return parameters


def _profile(best: ModelResult, name: str, confidence: float) -> tuple[float, float, str]:
    """Profile bounds of one parameter by lmfit; NaN where the profile stays open."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an open side is told in words below
            bounds = best.conf_interval(p_names=[name], sigmas=[confidence])[name]
    except (
        Exception
    ) as error:  # lmfit raises several kinds where a profile is flat: then there is no interval, and why
        return np.nan, np.nan, f"no interval: {str(error).splitlines()[0]}"
    low, high = bounds[0][1], bounds[-1][1]
    ends = (low if np.isfinite(low) else np.nan, high if np.isfinite(high) else np.nan)
    return (*ends, "" if np.isfinite(ends).all() else "one side of the interval stays open")


def gather_turnovers(found: Mapping[str, Turnover]) -> pd.DataFrame:
    """Turnovers as one table, also where there are none."""
    columns = list(Turnover.__dataclass_fields__)
    return pd.concat(
        [pd.DataFrame(columns=columns), *(t.to_frame() for t in found.values())], ignore_index=True
    )


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
