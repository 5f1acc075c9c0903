"""Simulate 57 + 52 patients whose responses, durations and progression resemble the published Table 4.

Truth, documented: each patient gets a fate (counts below), a visit of progression drawn from the fate's
exponential distribution, and lesions that shrink or grow so that RECIST 1.1 read on them gives that fate.
Draws are stratified (one per equal slice of probability), so that the medians lie close to their targets
for most seeds. Nothing here was measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

VISIT_DAYS = 56
DAYS_PER_MONTH = 30.4375
STREAM = 61
"""Chosen among the first 69 because its Kaplan–Meier medians lie nearest to Table 4: calibration, on
purpose."""
SITES = ("peritoneum", "liver", "ovary", "pelvis", "omentum")


@dataclass(frozen=True)
class Arm:
    """What is true of one group: numbers of patients by fate, and medians in months.

    `stable_median` counts from visit 4 (day 225), the first after six months; `death_median` from
    progression.
    """

    name: str
    responders: int
    stable: int
    early_progression: int
    withdrawn: int
    unassessed: int
    duration_median: float
    stable_median: float
    death_median: float

    @property
    def fates(self) -> list[str]:
        names = ("responders", "stable", "early_progression", "withdrawn", "unassessed")
        return [name for name in names for _ in range(getattr(self, name))]


ARMS = (
    Arm("KRAS mutant", 25, 15, 11, 4, 2, 35.0, 19.0, 26.0),
    Arm("KRAS wild type", 9, 17, 14, 8, 4, 9.2, 24.0, 18.0),
)


def write_clinical(folder: Path, seed: int) -> list[Path]:
    """Write subjects, lesions, responses, times and the truth behind them as CSV into `folder`."""
    rng = np.random.default_rng([seed, 57, 52, STREAM])
    patients = pd.concat([_draw_patients(arm, rng) for arm in ARMS], ignore_index=True)
    patients.insert(0, "subject", [f"LGS-{i + 1:03d}" for i in rng.permutation(len(patients))])
    patients = patients.sort_values("subject", ignore_index=True)
    visits = [_draw_visits(p, rng) for p in patients.to_dict("records")]
    lesions = pd.concat([v["lesions"] for v in visits], ignore_index=True)
    responses = pd.concat([v["responses"] for v in visits], ignore_index=True)
    subjects = pd.DataFrame([v["subject"] for v in visits])
    times = pd.DataFrame([row for v in visits for row in v["times"]])
    frames = {
        "subjects": subjects,
        "lesions": lesions,
        "responses": responses,
        "times": times,
        "clinical_truth": _truth(),
    }
    paths = []
    for name, frame in frames.items():
        path = Path(folder) / f"{name}.csv"
        frame.to_csv(path, index=False, lineterminator="\n")
        paths.append(path)
    return paths


def _truth() -> pd.DataFrame:
    rows = [(arm.name, key, value) for arm in ARMS for key, value in vars(arm).items() if key != "name"]
    return pd.DataFrame(rows, columns=["group", "parameter", "value"])


def _draw_patients(arm: Arm, rng: np.random.Generator) -> pd.DataFrame:
    fates = pd.Series(arm.fates, name="fate")
    frame = fates.to_frame().assign(group=arm.name, response_visit=0, progression_visit=10_000)
    months_per_visit = VISIT_DAYS / DAYS_PER_MONTH
    for fate, rows in frame.groupby("fate").groups.items():
        u = _stratified(len(rows), rng)
        if fate == "responders":
            first = rng.choice([1, 2, 3, 4], size=len(rows), p=[0.45, 0.3, 0.15, 0.1])
            length = np.maximum(2, np.rint(-np.log2(u) * arm.duration_median / months_per_visit))
            frame.loc[rows, "response_visit"] = first
            frame.loc[rows, "progression_visit"] = (first + length).astype(int)
        elif fate == "stable":
            frame.loc[rows, "progression_visit"] = 5 + (
                -np.log2(u) * arm.stable_median / months_per_visit
            ).astype(int)
        elif fate == "early_progression":
            frame.loc[rows, "progression_visit"] = rng.choice([1, 2, 3], size=len(rows), p=[0.4, 0.35, 0.25])
    return frame.assign(
        cutoff_day=np.rint((15 + 32 * _stratified(len(frame), rng)) * DAYS_PER_MONTH).astype(int),
        death_after=np.rint(-np.log2(_stratified(len(frame), rng)) * arm.death_median * DAYS_PER_MONTH) + 20,
        age=np.rint(rng.normal(55, 12, len(frame))).clip(22, 84).astype(int),
        ecog=rng.choice([0, 1], size=len(frame), p=[0.65, 0.35]),
        prior_lines=rng.choice([1, 2, 3, 4], size=len(frame), p=[0.25, 0.3, 0.25, 0.2]),
    )


def _stratified(n: int, rng: np.random.Generator) -> np.ndarray:
    return (rng.permutation(n) + rng.uniform(0.05, 0.95, n)) / n


def _draw_visits(p: dict, rng: np.random.Generator) -> dict:
    last = {"withdrawn": int(rng.integers(1, 4)), "unassessed": 0}.get(p["fate"], 10_000)
    last = min(last, p["progression_visit"], (p["cutoff_day"] - 4) // VISIT_DAYS)
    if p["fate"] in ("responders", "stable"):  # nobody of these leaves before the visits that define the fate
        last = max(last, p["response_visit"] + 1, 4)
    progressed = p["progression_visit"] <= last
    number = np.arange(0, last + 1)
    days = number * VISIT_DAYS + 1 + np.where(number > 0, rng.integers(-3, 4, number.size), 0)
    days[0] = -int(rng.integers(0, 15)) if rng.random() < 0.6 else 1
    keep = _attended(number, p, rng)
    relative = _relative_size(p, number, rng)
    route = rng.choice(["growth", "new", "non-target"], p=[0.6, 0.3, 0.1]) if progressed else ""
    lesions = _lesions(p, number[keep], days[keep], relative[keep], route, rng)
    responses = _responses(p, lesions, rng)
    return {"lesions": lesions, "responses": responses, **_follow_up(p, days[keep], progressed, rng)}


def _attended(number: np.ndarray, p: dict, rng: np.random.Generator) -> np.ndarray:
    """Visits kept: 4 % are missed, never those that define the fate; in one patient of 25 two in a row."""
    kept = rng.random(number.size) > 0.04
    final = number[-1]
    if final >= 8 and rng.random() < 0.04 * 3:
        kept[[final - 2, final - 1]] = False
    needed = {0, final, p["response_visit"], p["response_visit"] + 1, 4}
    return kept | np.isin(number, list(needed))


def _relative_size(p: dict, number: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Sum relative to baseline at each visit, before any progression by growth."""
    if p["fate"] == "responders":
        depth = 0.0 if rng.random() < 0.1 else 1 - rng.uniform(0.36, 0.8)
        steps = np.clip(number / p["response_visit"], 0, 1)
        return np.where(steps < 1, 1 - steps * rng.uniform(0.1, 0.27), depth * 0.995**number)
    depth = rng.uniform(-0.02, 0.25) if p["fate"] != "early_progression" else rng.uniform(-0.08, 0.1)
    relative = 1 - depth * np.clip(number / 2, 0, 1)
    if p["fate"] == "stable" and rng.random() < 0.2:
        relative[2:3] = 0.66  # one partial response that the next visit does not confirm
        relative[3:] = 0.73
    return relative


def _lesions(
    p: dict, number: np.ndarray, days: np.ndarray, relative: np.ndarray, route: str, rng: np.random.Generator
) -> pd.DataFrame:
    complete = relative.min() == 0
    n_targets = int(rng.choice([1, 2, 3, 4], p=[0.2, 0.35, 0.3, 0.15]))
    base = rng.uniform(14, 48, n_targets)
    nodes = (rng.random(n_targets) < 0.2) & (not complete)
    base = np.where(nodes, np.maximum(base * 0.7, 17), base)
    sizes = np.rint(base[None, :] * relative[:, None])
    if route == "growth":
        sums = sizes[:-1].sum(axis=1)
        sizes[-1] = np.ceil(sizes[-1] + (0.3 * sums.min() + 7) / n_targets)
    n_others = 0 if complete and route != "non-target" else int(rng.choice([0, 1, 2], p=[0.4, 0.4, 0.2]))
    n_others = max(n_others, int(route == "non-target"))
    sites = rng.choice(SITES, n_targets + n_others)
    rows = []
    for i, day in enumerate(days):
        final = i == len(days) - 1
        for j in range(n_targets):
            site = "lymph node" if nodes[j] else sites[j]
            rows.append((p["subject"], day, f"T{j + 1:02d}", "target", site, int(nodes[j]), sizes[i, j], ""))
        for j in range(n_others):
            state = "present"
            if final and route == "non-target" and j == 0:
                state = "unequivocal progression"
            elif complete and number[i] >= p["response_visit"]:
                state = "absent"
            rows.append(
                (p["subject"], day, f"NT{j + 1:02d}", "non-target", sites[n_targets + j], 0, np.nan, state)
            )
        if final and route == "new":
            rows.append((p["subject"], day, "NEW01", "new", "liver", 0, np.nan, "present"))
    columns = ["subject", "day", "lesion", "kind", "site", "is_node", "diameter_mm", "state"]
    return pd.DataFrame(rows, columns=columns).assign(reader="independent")


def _responses(p: dict, lesions: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Overall response by two readers; the investigator measures with 3 % scatter."""
    rows = []
    for reader, scatter in (("independent", 0.0), ("investigator", 0.03)):
        sums: list[float] = []
        for day, visit in lesions.groupby("day"):
            size = float(visit.diameter_mm.sum()) * float(np.exp(rng.normal(0, scatter)))
            if sums:
                rows.append((p["subject"], int(day), reader, _overall(size, sums, visit)))
            sums.append(size)
    if p["fate"] == "unassessed" and rng.random() < 0.5:
        rows = [(p["subject"], 40, reader, "NE") for reader in ("independent", "investigator")]
    return pd.DataFrame(rows, columns=["subject", "day", "reader", "overall_response"])


def _overall(size: float, earlier: list[float], visit: pd.DataFrame) -> str:
    nadir, baseline = min(earlier), earlier[0]
    grown = size - nadir >= 5 and size >= 1.2 * nadir
    if grown or (visit.kind == "new").any() or (visit.state == "unequivocal progression").any():
        return "PD"
    if size == 0:
        return "PR" if (visit.state == "present").any() else "CR"
    return "PR" if size <= 0.7 * baseline else "SD"


def _follow_up(p: dict, days: np.ndarray, progressed: bool, rng: np.random.Generator) -> dict:
    last_visit = int(days[-1]) if days[-1] > 1 else 1
    start = last_visit + 14
    ends_early = p["fate"] in ("withdrawn", "unassessed")
    death = int(start + p["death_after"]) if progressed or ends_early else 10**6
    last = max(p["cutoff_day"], start) if not ends_early or rng.random() < 0.6 else start + 30
    died = death <= last
    new_therapy = ""
    if progressed or (p["fate"] == "withdrawn" and rng.random() < 0.5):
        new_therapy = start + int(rng.integers(10, 40))
        new_therapy = new_therapy if new_therapy < min(death, last) else ""
    subject = {
        "subject": p["subject"],
        "group": p["group"],
        "reference_day": 1,
        "first_dose_day": 1,
        "death_day": death if died else "",
        "new_therapy_day": new_therapy,
        "last_contact_day": death if died else last,
        "age_group": "65 and over" if p["age"] >= 65 else "under 65",
        "ecog": p["ecog"],
        "prior_lines": "3 or more" if p["prior_lines"] >= 3 else "1 or 2",
    }
    keys = {k: subject[k] for k in ("group", "age_group", "ecog", "prior_lines")}
    os_row = {
        "subject": p["subject"],
        "endpoint": "OS",
        "time_days": min(death, last),
        "event": int(died),
        **keys,
    }
    died_on_study = died and death - last_visit <= 2 * VISIT_DAYS
    pfs_day = last_visit if progressed or not died_on_study else death
    pfs_row = {**os_row, "endpoint": "PFS", "time_days": pfs_day, "event": int(progressed or died_on_study)}
    return {"subject": subject, "times": [os_row, pfs_row]}
