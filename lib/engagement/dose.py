"""IC50 of every readout: one dose curve a target, treatment, time and normaliser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from lib.dose_response import fit_curves, predict_response
from lib.engagement.changes import FEWEST_FOR_INTERVAL, KEYS, Changes
from lib.engagement.quality import judge_curves, trace_lost
from lib.result import Result

FEWEST_DOSES = 4
CURVE = [*KEYS, "time_h"]
ORDER = ["treatment", "normalised_to", "time_h", "ic50_uM", "target"]
IC50 = [
    f"{name}{part}"
    for name in ("ic50", "absolute_ic50")
    for part in ("_uM", "_low_uM", "_high_uM", "_qualifier")
]
WITHOUT_CURVE = ("too few doses", "saturated", "no vehicle")
ADVICE = {
    "too few doses": f"An IC50 needs at least {FEWEST_DOSES} doses at one time.",
    "saturated": (
        "Lanes tie at the maximum signal, so that neither they nor what is held against them can be "
        "told: expose for less time, load less, or dilute."
    ),
    "no vehicle": "No lane of this time has a vehicle to be held against.",
}
FEW = (
    f"From fewer than {FEWEST_FOR_INTERVAL} experiments the interval holds lanes, not the spread between "
    "experiments."
)


@dataclass(frozen=True, repr=False, eq=False)
class Engagement(Result):
    """Dose curves: a row a target, treatment, time and normaliser, the most potent of a time first.

    ``fits``: the same rows with the columns of the fit, for drawing.
    """

    COLUMNS = (
        "target",
        "treatment",
        "time_h",
        "normalised_to",
        *IC50[:4],
        "max_inhibition",
        "n_experiments",
        "status",
        "advice",
        *IC50[4:],
        "hill",
        "n_doses",
        "highest_dose_uM",
        "n_saturated",
        "quality",
        "reasons",
    )
    ALIGNED = ("fits",)
    fits: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def curves(self) -> pd.DataFrame:
        """Rows that have a curve, or all where none has, with the columns of the fit."""
        told = ~self.frame["status"].isin(WITHOUT_CURVE)
        return self.frame[told | (not told.any())].join(self.fits)


def fit_engagement(changes: Changes, *, confidence: float = 0.95) -> Engagement:
    """IC50 of every target's remaining signal under each treatment, at each time and by each normaliser.

    The remaining fraction of each experiment and dose before any washout is fitted by a four-parameter
    logistic over all experiments of that time together. ``ic50`` is the midpoint between the curve's own
    plateaus; ``absolute_ic50`` is where half of the vehicle's signal is left. Experiments differ by their
    vehicle and by their potency; in simulation with an SD of 12 % between lanes, and of up to 50 % in IC50
    between three to six experiments, the interval of the midpoint covers at least 92 %. Maximal inhibition is
    one minus the mean remaining fraction at the highest dose of that time.

    Returns
    -------
    Engagement
        A row a target, treatment, time and normaliser. ``status`` is that of the fit (``ok, no_effect,
        above_range, below_range, ambiguous, failed``), or ``too few doses``, ``saturated``, ``no vehicle``.
        ``n_saturated`` counts lanes left out because they, or their vehicle, are saturated.
    """
    lanes, lost = _before_washout(changes.lanes), _before_washout(changes.excluded)
    table = _measured(lanes, lost)
    rows = _with_fits(table, _fit_all(lanes, table, confidence))
    traced = trace_lost(lost[lost["dose_uM"] > 0], changes.saturated.frame, CURVE)
    judged = judge_curves(rows, traced, CURVE, fewest=(FEWEST_DOSES, FEWEST_FOR_INTERVAL))
    rows = rows.assign(quality=judged["quality"], reasons=judged["reasons"]).sort_values(
        ORDER, ignore_index=True
    )
    own = list(Engagement.COLUMNS)
    settings = {"confidence": confidence, "method": "profile likelihood"}
    return Engagement(rows[own], settings, rows.drop(columns=[*own, "reason"]))


def _with_fits(table: pd.DataFrame, fits: pd.DataFrame) -> pd.DataFrame:
    """What was measured beside its fit; of a row without one the numbers are missing and the reason is its
    status."""
    rows = table.join(fits)
    for name in IC50:
        rows[name] = rows[name] if name in rows else ("" if name.endswith("qualifier") else np.nan)
    qualifiers = ["ic50_qualifier", "absolute_ic50_qualifier"]
    rows[qualifiers] = rows[qualifiers].fillna("")
    rows["hill"] = rows.get("hill", np.nan)
    own = rows["reason"] != ""
    rows["status"] = rows["reason"].where(own, rows.get("status", ""))
    rows["advice"] = _advise(rows, rows.get("advice", pd.Series("", rows.index)))
    return rows


def _before_washout(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame["washout_h"].isna()] if "washout_h" in frame else frame


def _measured(lanes: pd.DataFrame, excluded: pd.DataFrame) -> pd.DataFrame:
    """One row a curve that was measured, used or not: doses, experiments, maximal inhibition, why there is no
    curve."""
    treated = lanes[lanes["dose_uM"] > 0]
    used = treated.groupby(CURVE)
    lost = excluded[excluded["dose_uM"] > 0]
    saturated = lost[lost["reason"].str.contains("saturated")].groupby(CURVE).size()
    table = pd.DataFrame(
        {
            "n_doses": used["dose_uM"].nunique(),
            "n_experiments": used["experiment"].nunique(),
            "highest_dose_uM": used["dose_uM"].max(),
            "max_inhibition": _max_inhibition(treated),
        }
    )
    both = table.index.union(pd.MultiIndex.from_frame(lost[CURVE].drop_duplicates()))
    table = table.reindex(both).assign(n_saturated=saturated.reindex(both).fillna(0).astype(int))
    counts = ["n_doses", "n_experiments"]
    table[counts] = table[counts].fillna(0).astype(int)
    none = table["n_doses"] == 0
    few = table["n_doses"] < FEWEST_DOSES
    reasons = np.select(
        [few & (table["n_saturated"] > 0), none, few], ["saturated", "no vehicle", "too few doses"], ""
    )
    return table.assign(reason=reasons).reset_index(names=CURVE)


def _max_inhibition(treated: pd.DataFrame) -> pd.Series:
    """One minus the mean remaining at the highest dose: the geometric mean, the arithmetic one where a lane
    reads none."""
    top = treated[treated["dose_uM"] == treated.groupby(CURVE)["dose_uM"].transform("max")]
    grouped = top.groupby(CURVE)
    geometric = 2.0 ** grouped["log2_fold_change"].mean()
    every = grouped["log2_fold_change"].count() == grouped.size()
    return 1 - geometric.where(every, grouped["remaining"].mean())


def _fit_all(lanes: pd.DataFrame, table: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """Fits of all curves in one batch, indexed as `table`; empty where none has enough doses."""
    told = table.loc[table["reason"] == "", CURVE].reset_index(names="curve")
    wells = lanes.merge(told, on=CURVE)
    if wells.empty:
        return pd.DataFrame(index=table.index)
    wells = pd.DataFrame(
        {
            "cell_line": wells["curve"].astype(str),
            "compound": "all",
            "experiment": "all",
            "concentration_uM": wells["dose_uM"],
            "viability": wells["remaining"],
        }
    )
    fits = fit_curves(wells, confidence=confidence).frame
    return fits.set_index(fits["cell_line"].astype(int)).drop(columns=["cell_line", "compound", "experiment"])


def _advise(rows: pd.DataFrame, advice: pd.Series) -> pd.Series:
    """What to do about each curve, in sentences."""
    said = rows["reason"].map(ADVICE).fillna(advice.replace("none", ""))
    curve = rows["reason"] == ""
    left_out = rows["n_saturated"].astype(str) + " lanes were left out: they or their vehicle are saturated."
    left_out = left_out.str.replace(
        r"^1 lanes were .*", "1 lane was left out: it or its vehicle is saturated.", regex=True
    )
    said = said.mask(curve & (rows["n_saturated"] > 0), said + " " + left_out)
    said = said.mask(curve & (rows["n_experiments"] < FEWEST_FOR_INTERVAL), said + " " + FEW)
    return said.str.strip().replace("", "none")


def lanes_at(changes: Changes, row: Mapping[str, object] | pd.Series) -> pd.DataFrame:
    """The lanes behind one row of :func:`fit_engagement`: its target, treatment, normaliser and time."""
    lanes = _before_washout(changes.lanes)
    here = np.logical_and.reduce([lanes[name] == row[name] for name in CURVE])
    return lanes[here]


def predict_remaining(
    curve: pd.Series, dose_uM: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Doses and fitted remaining fraction of one of `Engagement.curves`; None where no dose had an effect."""
    if not np.isfinite(curve["hill"]) or curve["status"] == "no_effect":
        return None
    dose = np.asarray(dose_uM, dtype=float)
    return dose, predict_response(curve, dose)
