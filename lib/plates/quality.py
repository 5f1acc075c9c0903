"""Quality of the controls of a plate, and effects of position."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.plates.position import estimate_position_effects
from lib.records import join_reasons
from lib.result import Result
from lib.tables.doses import ask_about_doses

QUALITY_COLUMNS = [
    "plate",
    "z_prime",
    "robust_z_prime",
    "vehicle_cv",
    "signal_to_background",
    "row_effect_p",
    "column_effect_p",
    "edge_effect_p",
    "verdict",
    "reason",
]
EXCLUSION_COLUMNS = ["reason", "plate", "cell_line", "compound", "concentration_uM", "n_wells"]
Z_PRIME_PASS, VEHICLE_CV_PASS = 0.5, 0.15
Z_PRIME_FAIL = 0.0
"""Below, the controls overlap within three SD: the plate shows no window in which a response could be
read."""
NO_SIGNALS = "no raw signals, so no plate can be judged"
EFFECT_P, EFFECT_SIZE = 0.001, 0.05
MAD_TO_SD = 1.4826


@dataclass(frozen=True, repr=False, eq=False)
class PlateQuality(Result):
    """Quality of each plate: the columns of `QUALITY_COLUMNS`, which are published, then the sizes of the
    position effects.

    `n_wells` were looked at, of which `n_excluded` are not used; `doubt` asks whether their concentrations
    are logarithms, empty where nothing makes one ask.
    """

    n_wells: int = 0
    n_excluded: int = 0
    doubt: str = ""

    COLUMNS: ClassVar[tuple[str, ...]] = tuple(QUALITY_COLUMNS)

    @property
    def flagged(self) -> NDArray[np.bool_]:
        """Which plates did not pass."""
        found: NDArray[np.bool_] = (self.frame["verdict"] != "pass").to_numpy(bool)
        return found

    @property
    def unjudged(self) -> str:
        """Why no plate at all was judged; empty where one was."""
        return NO_SIGNALS if self.frame.empty else ""

    def judged(self) -> pd.DataFrame:
        """What a number takes over from its plate (the index): ``quality`` and ``reasons``, which name the
        plate.

        A flagged plate makes a caution, one whose controls overlap (Z′ below 0) a failure.
        """
        plate = self.frame["plate"].astype(str)
        failed = self.flagged & (self.frame["z_prime"].to_numpy(float) < Z_PRIME_FAIL)
        said = [
            join_reasons([f"plate {p}: {why}"]) if flag else ""
            for p, why, flag in zip(plate, self.frame["reason"], self.flagged, strict=True)
        ]
        quality = np.select([failed, self.flagged], ["fail", "caution"], "pass")
        return pd.DataFrame(
            {"quality": quality, "reasons": said}, index=pd.Index(plate, name="plate"), dtype=object
        )


@dataclass(frozen=True, repr=False, eq=False)
class Exclusions(Result):
    """Wells that are not used, counted by reason, plate, line, compound and concentration."""

    COLUMNS: ClassVar[tuple[str, ...]] = tuple(EXCLUSION_COLUMNS)


def check_plates(wells: pd.DataFrame) -> PlateQuality:
    """Quality of each plate from its controls and from the pattern of its wells.

    ``Z' = 1 - 3 (sd_v + sd_p) / |mean_v - mean_p|`` of raw vehicle and positive-control signals (blank where
    there is no positive control), sd with n - 1; robust Z' takes medians and 1.4826 MAD. Rows and columns:
    Kruskal-Wallis of the deviations from like wells; edge: Mann-Whitney of outer against inner wells. A plate
    passes with Z' >= 0.5, a vehicle CV of at most 15 %, and no position effect with both p < 0.001 and size >
    5 %.

    References
    ----------
    Zhang JH, Chung TDY, Oldenburg KR. A simple statistical parameter for use in evaluation and validation of
    high throughput screening assays. J Biomol Screen 1999;4:67-73.
    """
    extra = ["row_shift", "column_shift", "edge_shift", "control"]
    n_out = int((wells["exclude"] != "").sum())
    doubt = ask_about_doses(wells) if {"role", "concentration_uM"} <= set(wells) else ""
    if "signal" not in wells or wells["signal"].notna().sum() == 0:
        return PlateQuality(pd.DataFrame(columns=QUALITY_COLUMNS + extra), {}, len(wells), n_out, doubt)
    effects = estimate_position_effects(wells)
    used = wells[wells["exclude"] == ""]
    rows = [
        _check_plate(str(plate), group, effects[effects["plate"] == plate])
        for plate, group in used.groupby("plate", sort=False)
    ]
    return PlateQuality(pd.DataFrame(rows, columns=QUALITY_COLUMNS + extra), {}, len(wells), n_out, doubt)


def list_exclusions(wells: pd.DataFrame) -> Exclusions:
    """Wells that are not used, counted by reason, plate, line, compound and concentration."""
    columns = ["exclude", "plate", "cell_line", "compound", "concentration_uM"]
    out = wells[wells["exclude"] != ""].fillna({"compound": "control", "cell_line": "control"})
    counted = out.groupby(columns, dropna=False, sort=False).size().rename("n_wells").reset_index()
    return Exclusions(counted.rename(columns={"exclude": "reason"}))


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
        "plate": plate,
        "z_prime": z_prime(vehicle, low),
        "robust_z_prime": robust_z_prime(vehicle, low),
        "vehicle_cv": vehicle.std(ddof=1) / vehicle.mean() if len(vehicle) > 1 else np.nan,
        "signal_to_background": vehicle.mean() / blank.mean() if len(blank) and blank.mean() > 0 else np.nan,
        "row_effect_p": row_p,
        "column_effect_p": column_p,
        "edge_effect_p": edge_p,
        "row_shift": row_shift,
        "column_shift": column_shift,
        "edge_shift": edge_shift,
        "control": name,
    }
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
    """p and largest median shift over rows or columns, of equally large ones a loss; only from like wells
    that lie across several of them."""
    if effects.empty:
        return np.nan, np.nan
    across = effects.groupby("group")[factor].transform("nunique") > 1
    levels = [g.to_numpy(float) for _, g in effects[across].groupby(factor)["deviation"] if len(g) > 1]
    if len(levels) < 2 or np.ptp(np.concatenate(levels)) == 0:
        return np.nan, np.nan
    shifts = [float(np.median(level)) for level in levels]
    from scipy.stats import kruskal  # slow to import, and for replicated plates only

    largest = min(shifts, key=lambda shift: (-round(abs(shift), 12), shift))
    return float(kruskal(*levels).pvalue), largest


def _edge_effect(effects: pd.DataFrame) -> tuple[float, float]:
    if effects.empty:
        return np.nan, np.nan
    mixed = effects.groupby("group")["edge"].transform("nunique") > 1
    outer = effects.loc[mixed & effects["edge"], "deviation"].to_numpy(float)
    inner = effects.loc[mixed & ~effects["edge"], "deviation"].to_numpy(float)
    if len(outer) < 2 or len(inner) < 2 or np.ptp(np.concatenate([outer, inner])) == 0:
        return np.nan, np.nan
    from scipy.stats import mannwhitneyu

    return float(mannwhitneyu(outer, inner).pvalue), float(np.median(outer) - np.median(inner))


def _reasons(found: dict[str, object]) -> list[str]:
    value = {k: float(v) for k, v in found.items() if isinstance(v, (int, float))}
    reasons = []
    if np.isnan(value["z_prime"]):
        reasons.append("Z′ cannot be computed: fewer than two vehicle or low-control wells")
    elif value["z_prime"] < Z_PRIME_PASS:
        reasons.append(f"Z′ {value['z_prime']:.2f} below {Z_PRIME_PASS}".replace("-", "\u2212"))
    if value["vehicle_cv"] > VEHICLE_CV_PASS:
        reasons.append(f"vehicle CV {100 * value['vehicle_cv']:.0f} % above {100 * VEHICLE_CV_PASS:.0f} %")
    for name in ("edge", "row", "column"):
        size = value[f"{name}_shift"]
        if value[f"{name}_effect_p"] < EFFECT_P and abs(size) > EFFECT_SIZE:
            reasons.append(f"{name} effect, {100 * size:+.0f} %".replace("-", "\u2212"))
    return reasons
