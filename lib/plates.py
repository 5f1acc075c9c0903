"""From plate to curve: normalisation, quality of the controls, and effects of position."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

QUALITY_COLUMNS = [
    "plate", "z_prime", "robust_z_prime", "vehicle_cv", "signal_to_background", "row_effect_p",
    "column_effect_p", "edge_effect_p", "verdict", "reason",
]  # fmt: skip
Z_PRIME_PASS, VEHICLE_CV_PASS = 0.5, 0.15
EFFECT_P, EFFECT_SIZE = 0.001, 0.05
PLATE_SHAPES = ((8, 12), (16, 24), (32, 48))
MAD_TO_SD = 1.4826
DOSE_KEYS = ["plate", "role", "compound", "cell_line", "concentration_uM"]


@dataclass(frozen=True)
class PlateQuality:
    """Quality of each plate; `frame` carries the contract's columns and the sizes of the position effects."""

    frame: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """One row a plate, columns as promised."""
        return self.frame[QUALITY_COLUMNS]

    @property
    def flagged(self) -> NDArray[np.bool_]:
        """Which plates did not pass."""
        return (self.frame["verdict"] != "pass").to_numpy(bool)


def normalise_plates(wells: pd.DataFrame) -> pd.DataFrame:
    """Viability of each well, ``(signal - blank) / (vehicle - blank)`` by the means of its own plate.

    A plate without blank wells is taken to have a blank of 0. Column ``vehicle_se`` carries the relative standard
    error of the plate's control window: it scales a whole curve, hence moves an absolute IC50 and not a relative one.
    Tables that hold viability already pass through.
    """
    if "signal" not in wells or wells["signal"].notna().sum() == 0:
        return wells.assign(vehicle_se=0.0)
    used = wells[wells["exclude"] == ""]
    signal = used.groupby(["role", "plate"])["signal"].agg(["mean", "std", "count"])
    plates = wells["plate"].drop_duplicates()
    vehicle = _control(signal, "vehicle", plates)
    blank = _control(signal, "blank", plates).fillna({"mean": 0.0, "std": 0.0, "count": 1})
    window = vehicle["mean"] - blank["mean"]
    variance = vehicle["std"] ** 2 / vehicle["count"] + blank["std"] ** 2 / blank["count"]
    at = wells["plate"]
    return wells.assign(
        viability=(wells["signal"] - at.map(blank["mean"])) / at.map(window),
        vehicle_se=at.map(np.sqrt(variance) / window.abs()),
    )


def _control(signal: pd.DataFrame, role: str, plates: pd.Series) -> pd.DataFrame:
    found = signal.loc[role] if role in signal.index.get_level_values(0) else signal.iloc[:0].droplevel(0)
    return found.reindex(plates.to_numpy())


def locate_wells(well: pd.Series) -> pd.DataFrame:
    """Row and column (from 0) of well names, ``A01`` or numbers counted along rows of 96, 384 or 1536 wells."""
    text = well.astype(object).map(lambda w: "" if pd.isna(w) else str(w).strip())
    lettered = text.str.extract(r"^([A-Za-z]{1,2})0*(\d+)$")
    row = lettered[0].map(_row_of_letters, na_action="ignore").astype(float)
    column = lettered[1].astype(float) - 1
    counted = pd.to_numeric(text.where(text.str.fullmatch(r"\d+")), errors="coerce")
    if counted.notna().any():
        width = _width_for(int(counted.max()))
        row = row.where(counted.isna(), (counted - 1) // width)
        column = column.where(counted.isna(), (counted - 1) % width)
    return pd.DataFrame({"row": row, "column": column}, index=well.index)


def _row_of_letters(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


def _width_for(last: int) -> int:
    return next((columns for rows, columns in PLATE_SHAPES if last <= rows * columns), 48)


def plate_shape(position: pd.DataFrame) -> tuple[int, int]:
    """Smallest standard plate that holds all positions."""
    rows, columns = position["row"].max() + 1, position["column"].max() + 1
    return next(((r, c) for r, c in PLATE_SHAPES if rows <= r and columns <= c), PLATE_SHAPES[-1])


def estimate_position_effects(wells: pd.DataFrame) -> pd.DataFrame:
    """Deviation of each well from its like on the plate, as a fraction of their median signal.

    Wells are alike when they share plate, role, compound, line and concentration. A deviation is taken only
    where at least two are alike and they hold a fifth or more of the vehicle's signal (below that a ratio is noise).

    Returns
    -------
    DataFrame
        ``plate, row, column, edge, deviation, group`` of the wells that inform.
    """
    used = wells[(wells["exclude"] == "") & wells["role"].isin(["sample", "vehicle"]) & wells["well"].notna()]
    position = locate_wells(used["well"])
    frame = (
        used[["plate", "signal", "viability"]]
        .join(position)
        .assign(group=used.groupby(DOSE_KEYS, dropna=False, sort=False).ngroup())
    )
    grouped = frame.groupby("group")
    median = grouped["signal"].transform("median")
    alike = (grouped["signal"].transform("count") > 1) & (grouped["viability"].transform("median") > 0.2)
    rows, columns = plate_shape(position) if len(position.dropna()) else PLATE_SHAPES[0]
    frame["deviation"] = frame["signal"] / median - 1
    frame["edge"] = (frame["row"].isin([0, rows - 1])) | (frame["column"].isin([0, columns - 1]))
    return frame[alike & frame["row"].notna()].drop(columns=["signal", "viability"]).rename_axis(None)


def correct_edges(wells: pd.DataFrame) -> pd.DataFrame:
    """Divide the signal of outer wells by their median ratio to their like, plate by plate (an option, never default)."""
    effects = estimate_position_effects(wells)
    outer = effects[effects["edge"]].groupby("plate")["deviation"].median()
    inner = effects[~effects["edge"]].groupby("plate")["deviation"].median()
    factor = (1 + outer) / (1 + inner.reindex(outer.index).fillna(0.0))
    position = locate_wells(wells["well"])
    rows, columns = plate_shape(position) if position["row"].notna().any() else PLATE_SHAPES[0]
    edge = position["row"].isin([0, rows - 1]) | position["column"].isin([0, columns - 1])
    scale = (
        wells["plate"].map(factor).fillna(1.0).where(edge & wells["role"].isin(["sample", "vehicle"]), 1.0)
    )
    return normalise_plates(wells.assign(signal=wells["signal"] / scale))


def check_plates(wells: pd.DataFrame) -> PlateQuality:
    """Quality of each plate from its controls and from the pattern of its wells.

    ``Z' = 1 - 3 (sd_v + sd_p) / |mean_v - mean_p|`` of raw vehicle and positive-control signals (blank where there
    is no positive control), sd with n - 1; robust Z' takes medians and 1.4826 MAD. Rows and columns: Kruskal-Wallis
    of the deviations from like wells; edge: Mann-Whitney of outer against inner wells. A plate passes with
    Z' >= 0.5, a vehicle CV of at most 15 %, and no position effect with both p < 0.001 and size > 5 %.

    References
    ----------
    Zhang JH, Chung TDY, Oldenburg KR. A simple statistical parameter for use in evaluation and validation of high
    throughput screening assays. J Biomol Screen 1999;4:67-73.
    """
    extra = ["row_shift", "column_shift", "edge_shift", "control"]
    if "signal" not in wells or wells["signal"].notna().sum() == 0:
        return PlateQuality(pd.DataFrame(columns=QUALITY_COLUMNS + extra))
    effects = estimate_position_effects(wells)
    used = wells[wells["exclude"] == ""]
    rows = [_check_plate(str(plate), group, effects[effects["plate"] == plate])
            for plate, group in used.groupby("plate", sort=False)]  # fmt: skip
    return PlateQuality(pd.DataFrame(rows, columns=QUALITY_COLUMNS + extra))


def _check_plate(plate: str, wells: pd.DataFrame, effects: pd.DataFrame) -> dict[str, object]:
    signals = {role: group.to_numpy(float) for role, group in wells.groupby("role")["signal"]}
    none = np.array([])
    vehicle, blank = signals.get("vehicle", none), signals.get("blank", none)
    control = signals.get("positive_control", none)
    low, name = (control, "positive control") if len(control) > 1 else (blank, "blank")
    row_p, row_shift = _factor_effect(effects, "row")
    column_p, column_shift = _factor_effect(effects, "column")
    edge_p, edge_shift = _edge_effect(effects)
    found: dict[str, object] = {
        "plate": plate, "z_prime": z_prime(vehicle, low), "robust_z_prime": robust_z_prime(vehicle, low),
        "vehicle_cv": vehicle.std(ddof=1) / vehicle.mean() if len(vehicle) > 1 else np.nan,
        "signal_to_background": vehicle.mean() / blank.mean() if len(blank) and blank.mean() > 0 else np.nan,
        "row_effect_p": row_p, "column_effect_p": column_p, "edge_effect_p": edge_p,
        "row_shift": row_shift, "column_shift": column_shift, "edge_shift": edge_shift, "control": name,
    }  # fmt: skip
    reasons = _reasons(found)
    return {**found, "verdict": "flagged" if reasons else "pass", "reason": "; ".join(reasons) or "none"}


def z_prime(vehicle: NDArray[np.float64], low: NDArray[np.float64]) -> float:
    """Z' of two sets of control signals; NaN where either holds fewer than two wells."""
    if len(vehicle) < 2 or len(low) < 2 or vehicle.mean() == low.mean():
        return float("nan")
    return float(1 - 3 * (vehicle.std(ddof=1) + low.std(ddof=1)) / abs(vehicle.mean() - low.mean()))


def robust_z_prime(vehicle: NDArray[np.float64], low: NDArray[np.float64]) -> float:
    """Z' from medians and 1.4826 times the median absolute deviation."""
    if len(vehicle) < 2 or len(low) < 2 or np.median(vehicle) == np.median(low):
        return float("nan")
    spread = sum(MAD_TO_SD * float(np.median(np.abs(x - np.median(x)))) for x in (vehicle, low))
    return float(1 - 3 * spread / abs(np.median(vehicle) - np.median(low)))


def _factor_effect(effects: pd.DataFrame, factor: str) -> tuple[float, float]:
    """p and largest median shift over rows or columns; only from like wells that lie across several of them."""
    if effects.empty:
        return np.nan, np.nan
    across = effects.groupby("group")[factor].transform("nunique") > 1
    levels = [g.to_numpy(float) for _, g in effects[across].groupby(factor)["deviation"] if len(g) > 1]
    if len(levels) < 2 or np.ptp(np.concatenate(levels)) == 0:
        return np.nan, np.nan
    shifts = [float(np.median(level)) for level in levels]
    return float(stats.kruskal(*levels).pvalue), max(shifts, key=abs)


def _edge_effect(effects: pd.DataFrame) -> tuple[float, float]:
    if effects.empty:
        return np.nan, np.nan
    mixed = effects.groupby("group")["edge"].transform("nunique") > 1
    outer = effects.loc[mixed & effects["edge"], "deviation"].to_numpy(float)
    inner = effects.loc[mixed & ~effects["edge"], "deviation"].to_numpy(float)
    if len(outer) < 2 or len(inner) < 2 or np.ptp(np.concatenate([outer, inner])) == 0:
        return np.nan, np.nan
    return float(stats.mannwhitneyu(outer, inner).pvalue), float(np.median(outer) - np.median(inner))


def _reasons(found: dict[str, object]) -> list[str]:
    value = {k: float(v) for k, v in found.items() if isinstance(v, (int, float))}
    reasons = []
    if np.isnan(value["z_prime"]):
        reasons.append("Z′ cannot be computed: fewer than two vehicle or low-control wells")
    elif value["z_prime"] < Z_PRIME_PASS:
        reasons.append(f"Z′ {value['z_prime']:.2f} below {Z_PRIME_PASS}")
    if value["vehicle_cv"] > VEHICLE_CV_PASS:
        reasons.append(f"vehicle CV {100 * value['vehicle_cv']:.0f} % above {100 * VEHICLE_CV_PASS:.0f} %")
    for name in ("edge", "row", "column"):
        size = value[f"{name}_shift"]
        if value[f"{name}_effect_p"] < EFFECT_P and abs(size) > EFFECT_SIZE:
            reasons.append(f"{name} effect, {100 * size:+.0f} %".replace("-", "\u2212"))
    return reasons
