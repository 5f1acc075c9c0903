"""Log2 changes against vehicle, and their intervals over experiments."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from lib import stats
from lib.engagement.quality import BY_VEHICLE as VEHICLE_SATURATED
from lib.engagement.quality import judge_changes, trace_lost
from lib.engagement.saturation import Saturation, find_saturation, mark_saturated
from lib.errors import Fault, InputError, check_rows
from lib.result import Result

FEWEST_FOR_INTERVAL = 3
KEYS = ["treatment", "target", "normalised_to"]
POINT = [*KEYS, "experiment", "dose_uM", "time_h"]
BELOW, NO_VEHICLE = "not above background", "no vehicle lane in this experiment"


@dataclass(frozen=True, repr=False, eq=False)
class Changes(Result):
    """Log2 changes against vehicle.

    ``lanes``, its rows: one row an experiment, target, dose and time: ``log2_fold_change`` averaged over its
    ``n_lanes``, NaN where a lane is not above background; ``remaining``, the fraction of vehicle that is
    left, which such a lane enters as it was read; ``reference``, the vehicle it was held against, of
    ``n_reference`` lanes. ``excluded``: rows that have no log2 change, with ``reason``. ``saturated``: as
    from :func:`lib.engagement.saturation.find_saturation`. ``readouts``: what was normalised, as read.
    """

    excluded: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=[*POINT, "blot", "reason"]))
    saturated: Saturation = field(default_factory=Saturation.none)
    readouts: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=POINT))

    def _further(self, found: pd.DataFrame) -> dict[str, Any]:
        """What was left out and read, without what the choice took away altogether: a target, a dose …"""
        gone = {name: set(self.frame[name]) - set(found[name]) for name in POINT}

        def left(table: pd.DataFrame) -> pd.DataFrame:
            lost = [table[name].isin(values) for name, values in gone.items() if name in table]
            return table[~np.logical_or.reduce(lost)] if len(table) else table

        return {
            "excluded": left(self.excluded),
            "saturated": replace(self.saturated, frame=left(self.saturated.frame)),
            "readouts": left(self.readouts),
        }

    @property
    def lanes(self) -> pd.DataFrame:
        """One row an experiment, target, dose and time."""
        return self.frame

    @property
    def measured(self) -> dict[str, set[str]]:
        """Treatment → readouts that were measured under it, used or not."""
        return {str(name): set(part) for name, part in self.readouts.groupby("treatment")["target"]}


class TimeCourse(Result):
    """Mean log2 changes by target, dose and time, with their intervals over experiments."""

    COLUMNS = (
        "target",
        "treatment",
        "dose_uM",
        "time_h",
        "log2_fold_change",
        "low",
        "high",
        "n_experiments",
        "quality",
        "reasons",
    )


def normalise_readouts(readouts: pd.DataFrame) -> Changes:
    """Log2 of signal over normaliser, against the vehicle of the same experiment.

    ``y = log2(signal / normaliser) − mean log2(vehicle signal / normaliser)``, with the vehicle of the same
    blot and time where there is one, else of the same blot, else of the experiment. Every experiment carries
    its own vehicle's error: nothing is divided by a control that was set to 1 for all. Saturated lanes are
    left out, and with a saturated vehicle all that would be held against it.

    Parameters
    ----------
    readouts : DataFrame
        As from ``lib.tables.engagement.read_readouts``.

    Raises
    ------
    InputError
        If no experiment of a target has a vehicle lane.
    """
    check_rows(readouts, "the lanes")
    frame = readouts.copy()
    frame["blot"] = frame["blot"].fillna("").astype(str) if "blot" in frame else ""
    found = find_saturation(frame)
    frame["reason"] = _reasons(frame, mark_saturated(frame, found.frame))
    frame = frame.assign(**_vehicles(frame))
    held = frame["vehicle"].notna()
    lacking = np.where(frame["reference"].isna(), NO_VEHICLE, VEHICLE_SATURATED)
    frame["reason"] = frame["reason"].mask(
        frame["reason"].isin(["", BELOW]) & ~held, pd.Series(lacking, frame.index)
    )
    if not frame["reference"].notna().any():
        raise InputError(
            Fault(
                "each experiment needs a vehicle lane",
                value="none with dose_uM 0",
                remedy="Set dose_uM to 0 for vehicle.",
            )
        )
    lanes = _average_lanes(frame[frame["reason"].isin(["", BELOW])])
    excluded = frame[frame["reason"] != ""].drop(columns=["vehicle", "reference", "n_reference"])
    return Changes(lanes, excluded=excluded, saturated=found, readouts=readouts)


def _reasons(frame: pd.DataFrame, saturated: pd.Series) -> pd.Series:
    """Why a lane has no log2 change; empty where it has one."""
    missing = frame["signal"].isna() | frame["normaliser"].isna()
    no_normaliser = frame["normaliser"] <= 0
    below = frame["signal"] <= 0
    words = np.select(
        [missing, saturated != "", no_normaliser, below & (frame["dose_uM"] == 0), below],
        [
            "signal or normaliser missing",
            saturated,
            "normaliser not above background",
            f"vehicle {BELOW}",
            BELOW,
        ],
        "",
    )
    return pd.Series(words, index=frame.index)


def _vehicles(frame: pd.DataFrame) -> dict[str, pd.Series]:
    """Row by row the nearest vehicle: its mean log2 ratio (NaN if saturated), its name, its number of
    lanes."""
    vehicle = frame[
        (frame["dose_uM"] == 0) & ((frame["reason"] == "") | frame["reason"].str.startswith("saturated"))
    ]
    usable = vehicle["reason"] == ""
    ratio = np.log2((vehicle["signal"] / vehicle["normaliser"]).where(usable))
    base = [*KEYS, "experiment"]
    found = pd.DataFrame({"vehicle": np.nan, "reference": None, "n_reference": np.nan}, index=frame.index)
    for keys in ([*base, "blot", "time_h"], [*base, "blot"], base):
        groups = vehicle.assign(ratio=ratio).groupby(keys)["ratio"]
        told = groups.agg(["mean", "count"]).reset_index()
        told["name"] = [" | ".join(map(str, names)) for names in told[keys].to_numpy()]
        mine = frame[keys].merge(told, on=keys, how="left").set_index(frame.index)
        missing = found["reference"].isna()
        for column, source in (("vehicle", "mean"), ("reference", "name"), ("n_reference", "count")):
            found[column] = found[column].where(~missing, mine[source])
    return {str(name): found[name] for name in found}


def _average_lanes(used: pd.DataFrame) -> pd.DataFrame:
    """One row an experiment, dose and time; a lane not above background leaves no log2 change, but what it
    read."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = used["signal"] / used["normaliser"]
        change = np.log2(ratio.where(ratio > 0)) - used["vehicle"]
    linear = ratio / 2.0 ** used["vehicle"]
    keys = [*POINT, "washout_h"] if "washout_h" in used else POINT
    code, names = pd.factorize(used["reference"], sort=True)
    grouped = used.assign(change=change, linear=linear, code=code).groupby(keys, dropna=False, sort=True)
    lanes = grouped.agg(
        log2_fold_change=("change", "mean"),
        n_lanes=("change", "size"),
        read=("change", "count"),
        linear=("linear", "mean"),
        first=("code", "min"),
        last=("code", "max"),
        n_reference=("n_reference", "mean"),
    ).reset_index()
    lanes["log2_fold_change"] = lanes["log2_fold_change"].where(lanes["read"] == lanes["n_lanes"])
    lanes["remaining"] = (2.0 ** lanes["log2_fold_change"]).fillna(lanes["linear"])
    first, last = (pd.Series(names[lanes[end]], index=lanes.index) for end in ("first", "last"))
    lanes["reference"] = first.where(first == last, first + " + " + last)
    return lanes.drop(columns=["linear", "read", "first", "last"])


def estimate_changes(changes: Changes, *, confidence: float = 0.95) -> TimeCourse:
    """Mean log2 change over experiments with a t interval, by target, dose and time.

    Experiments are n. From fewer than three there is no interval and ``why`` says so. The interval is of the
    paired difference to vehicle; no test is made against controls, whose log2 change is zero by construction.
    Where an experiment reads background, the mean cannot be told: only the upper bound of the others holds.
    """
    treated = changes.lanes[changes.lanes["dose_uM"] > 0]
    keys = [*KEYS, "dose_uM", "time_h"] + (["washout_h"] if "washout_h" in treated else [])
    grouped = treated.groupby(keys, dropna=False)["log2_fold_change"]
    table = grouped.agg(["mean", "std", "count", "size"]).reset_index()
    enough = table["count"] >= FEWEST_FOR_INTERVAL
    error = table["std"] / np.sqrt(table["count"].clip(lower=1))
    low, high = stats.t.interval(confidence, (table["count"] - 1).clip(lower=1), table["mean"], error)
    dark = table["size"] - table["count"]
    table["low"] = low.where(enough & (dark == 0))
    table["high"] = high.where(enough)
    table["mean"] = table["mean"].where(dark == 0)
    few = f"no interval from fewer than {FEWEST_FOR_INTERVAL} experiments"
    at_background = (
        dark.astype(str)
        + " of "
        + table["size"].astype(str)
        + " experiments not above background: the fall is larger than any that could be read"
    )
    table["why"] = pd.Series(np.where(enough, "", few), index=table.index).mask(dark > 0, at_background)
    table = table.drop(columns="count")
    table = table.rename(columns={"mean": "log2_fold_change", "size": "n_experiments", "std": "sd_log2"})
    first = list(TimeCourse.COLUMNS[:-2])
    table = table[first + [c for c in table.columns if c not in first]]
    judged = judge_changes(table, trace_lost(changes.excluded, changes.saturated.frame, keys), keys)
    return TimeCourse(table.join(judged), {"confidence": confidence, "method": "t over experiments"})


def strongest_changes(course: TimeCourse | pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Per treatment, each target's change at its highest dose and there the latest time before any washout.

    Of several normalisers the one with most experiments speaks, of ties the total form before total protein:
    it takes a change of the total amount out of a change of phosphorylation. The index of `course` is kept.
    """
    rows = course.frame if isinstance(course, TimeCourse) else course
    before = rows[rows["washout_h"].isna()] if "washout_h" in rows else rows
    before = before.assign(own=before["normalised_to"] == "total form")
    order = ["dose_uM", "time_h", "n_experiments", "own", "normalised_to"]
    last = before.sort_values(order, kind="stable").groupby(["treatment", "target"], sort=True).tail(1)
    last = last.drop(columns="own").sort_values(["treatment", "target"])
    return {str(name): part for name, part in last.groupby("treatment")}
