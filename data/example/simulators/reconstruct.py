"""Simulate a printed Kaplan–Meier figure and a hand that reads points off it.

Truth, documented: progression-free times of 57 + 52 patients are exponential with medians of 22 and 12.8
months (a hazard ratio of 12.8 / 22 = 0.58), one drawn from each equal slice of probability, censored between
10 and 40 months. From them come the curve, the
numbers at risk every six months, the events, and the medians and hazard ratio "as printed" (one decimal, two
decimals). The reading clicks the top and foot of every step, with a normal error of 0.3 points of survival
and 0.05 months, and writes three decimals. `reconstruct_truth.csv` keeps the individual times. Nothing here
was measured.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from lib import survival

STREAM = 35
"""Chosen among five because its medians lie nearest to 22 and 12.8 months: calibration, on purpose."""
GROUPS = {"KRAS mutant": (57, 22.0), "KRAS wild type": (52, 12.8)}
REFERENCE = "KRAS wild type"
RISK_EVERY_MONTHS = 6
ERROR_SURVIVAL, ERROR_MONTHS = 0.003, 0.05


def write_reconstruct(folder: Path, seed: int) -> None:
    """Write the digitised curve, the numbers at risk, the events, what was printed, and the truth."""
    rng = np.random.default_rng([seed, STREAM])
    people = pd.concat([draw_people(name, n, median, rng) for name, (n, median) in GROUPS.items()])
    curves = survival.fit_by_group(people["time"], people["event"], people["group"])
    read = pd.concat([read_points(name, curve, rng) for name, curve in curves.items()])
    read.to_csv(folder / "km_curve.csv", index=False, lineterminator="\n")
    risk = pd.concat([count_risk(name, people) for name in GROUPS])
    risk.to_csv(folder / "km_at_risk.csv", index=False, lineterminator="\n")
    events = people.groupby("group", sort=False)["event"].sum().rename("events").reset_index()
    events.to_csv(folder / "km_events.csv", index=False, lineterminator="\n")
    print_results(people, curves).to_csv(folder / "km_printed.csv", index=False, lineterminator="\n")
    people.to_csv(folder / "reconstruct_truth.csv", index=False, lineterminator="\n", float_format="%.6f")


def draw_people(name: str, n: int, median: float, rng: np.random.Generator) -> pd.DataFrame:
    slices = (rng.permutation(n) + rng.random(n)) / n
    progression, censoring = -np.log1p(-slices) * median / np.log(2), rng.uniform(10, 40, n)
    time = np.minimum(progression, censoring).round(6)
    return pd.DataFrame({"group": name, "time": time, "event": (progression <= censoring).astype(int)})


def read_points(name: str, curve: survival.SurvivalCurve, rng: np.random.Generator) -> pd.DataFrame:
    """Tops and feet of all steps and the end of the line, each read with error."""
    steps = curve.events > 0
    time, foot = curve.time[steps], curve.survival[steps]
    top = np.append(1.0, foot)[:-1]
    t = np.concatenate([np.column_stack([time, time]).ravel(), [curve.last_time]])
    s = np.concatenate([np.column_stack([top, foot]).ravel(), [curve.survival[-1]]])
    slip = np.repeat(rng.normal(0, ERROR_MONTHS, time.size + 1), 2)[:-1]
    read = np.where(s < 1, s + rng.normal(0, ERROR_SURVIVAL, s.size), s).clip(0, 1)
    return pd.DataFrame({"group": name, "time": (t + slip).clip(0).round(3), "survival": read.round(3)})


def count_risk(name: str, people: pd.DataFrame) -> pd.DataFrame:
    time = people.loc[people["group"] == name, "time"]
    at = np.arange(0, time.max(), RISK_EVERY_MONTHS)
    return pd.DataFrame({"group": name, "time": at.astype(int), "n": survival.count_at_risk(time, at)})


def print_results(people: pd.DataFrame, curves: dict[str, survival.SurvivalCurve]) -> pd.DataFrame:
    """Medians to one decimal and the hazard ratio to two, as papers print them."""
    rows = []
    for name, curve in curves.items():
        median = survival.estimate_median(curve)
        rows.append(("median", name, *np.round([median.estimate, median.low, median.high], 1)))
    for c in survival.compare_groups(people["time"], people["event"], people["group"], reference=REFERENCE):
        rows.append(("hazard_ratio", c.group, *np.round([c.hazard_ratio, c.hr_low, c.hr_high], 2)))
    return pd.DataFrame(rows, columns=["quantity", "group", "value", "low", "high"])
