"""Simulate cell counts of twelve patients before and under treatment, in the published directions of Table 1.

Truth, documented: each compartment of CD45+ cells has a log density per patient (standard deviation .5) that
changes on treatment by the mean of `CHANGES` (patient standard deviation .25); what a sample holds of it is
its share, so that shares change also where densities do not (CD4+ T cells other than regulatory: no change in
cells, a rise in share). Subsets of a parent gate change on the logit scale by `SUBSETS`. Shares of events
carry extra sample noise (standard deviation .1). Cohorts are treated for 12, 35 or 21 days without any
difference in truth. Six patients have a late sample, at half the change.

Planted for the report to find: no post sample of P05, blood of P09 lost at pre, two small biopsies (P03 post,
P11 both). Naïve CD8+ T cells of Table 1 are not in this panel. The published effect sizes are unknown: those
here are invented. Nothing here was measured.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

COHORT_DAYS = (12, 35, 21)
PATIENTS = 12
TIMEPOINTS = {"pre": 0.0, "post": 1.0, "late": 0.5}
COMPARTMENTS = {
    # log density at baseline (cells per mg), mean change of log density under treatment
    "CD8": (6.2, 0.35),
    "CD4 other": (6.4, 0.0),
    "Treg": (5.0, -0.8),
    "B": (5.4, 0.0),
    "Myeloid suppressive": (6.6, -0.8),
    "Myeloid other": (6.3, 0.0),
}
CHANGES = {name: change for name, (_, change) in COMPARTMENTS.items()}
SUBSETS = {
    # population: (parent, logit of its fraction at baseline, mean change of that logit)
    "Naïve CD4+ T cells": ("CD4", -1.4, 0.5),
    "Exhausted T cells": ("CD3", -1.0, -0.6),
    "Peripheral MDSCs": ("blood", -2.6, -0.6),
}
SMALL = {("P03", "post"): 900, ("P11", "pre"): 700, ("P11", "post"): 650}
LATE = 6


def write_populations(folder: Path, seed: int) -> list[Path]:
    """Write `populations.csv` and the truth behind it as `populations_truth.csv` into `folder`."""
    rng = np.random.default_rng([seed, PATIENTS])
    rows = [row for i in range(PATIENTS) for row in _patient(i, rng)]
    counts = pd.DataFrame(rows).astype(dict.fromkeys(("count", "parent_count", "cd45_count"), "Int64"))
    folder = Path(folder)
    paths = [folder / "populations.csv", folder / "populations_truth.csv"]
    counts.to_csv(paths[0], index=False, lineterminator="\n")
    _truth().to_csv(paths[1], index=False, lineterminator="\n")
    return paths


def _truth() -> pd.DataFrame:
    densities = [(name, "log density", change) for name, change in CHANGES.items()]
    subsets = [
        (name, f"logit of fraction of {parent}", change) for name, (parent, _, change) in SUBSETS.items()
    ]
    return pd.DataFrame(densities + subsets, columns=["population", "scale", "mean_change"])


def _patient(number: int, rng: np.random.Generator) -> list[dict]:
    subject = f"P{number + 1:02d}"
    own = rng.normal(0, 0.5, len(COMPARTMENTS))
    moves = rng.normal(list(CHANGES.values()), 0.25)
    subset_own = rng.normal(0, 0.4, len(SUBSETS))
    subset_moves = rng.normal([change for _, _, change in SUBSETS.values()], 0.25)
    rows = []
    for timepoint, dose in TIMEPOINTS.items():
        logs = np.array([start for start, _ in COMPARTMENTS.values()]) + own + dose * moves
        logits = np.array([start for _, start, _ in SUBSETS.values()]) + subset_own + dose * subset_moves
        sample = _sample(subject, timepoint, logs, logits, rng)
        if (subject, timepoint) == ("P05", "post") or (timepoint == "late" and number >= LATE):
            continue
        lost = subject == "P09" and timepoint == "pre"
        cohort = f"{COHORT_DAYS[number % len(COHORT_DAYS)]} days"
        rows += [
            {"subject": subject, "timepoint": timepoint, **row, "group": cohort}
            for row in sample
            if not (lost and row["population"] == "Peripheral MDSCs")
        ]
    return rows


def _sample(
    subject: str, timepoint: str, logs: np.ndarray, logits: np.ndarray, rng: np.random.Generator
) -> list[dict]:
    """Counts of one tumour sample and one blood sample, with the density that a bead count would give."""
    total = SMALL.get((subject, timepoint), int(rng.integers(18_000, 45_000)))
    noisy = np.exp(logs + rng.normal(0, 0.1, len(logs)))
    seen = dict(zip(COMPARTMENTS, rng.multinomial(total, noisy / noisy.sum()).tolist(), strict=True))
    density = float(np.exp(logs).sum()) * float(np.exp(rng.normal(0, 0.1)))
    cd4 = seen["CD4 other"] + seen["Treg"]
    parents = {"CD4": cd4, "CD3": cd4 + seen["CD8"], "blood": int(rng.integers(60_000, 90_000))}
    table = [
        ("CD8+ T cells", seen["CD8"], parents["CD3"]),
        ("CD4+ T cells", cd4, parents["CD3"]),
        ("Regulatory T cells", seen["Treg"], cd4),
        ("Myeloid immunosuppressive cells", seen["Myeloid suppressive"], total),
        ("B cells", seen["B"], total),
    ]
    for (name, (parent, _, _)), logit in zip(SUBSETS.items(), logits, strict=True):
        fraction = 1 / (1 + np.exp(-logit - rng.normal(0, 0.1)))
        table.append((name, int(rng.binomial(parents[parent], fraction)), parents[parent]))
    return [_row(name, count, parent, total, density) for name, count, parent in table]


def _row(name: str, count: int, parent: int, total: int, density: float) -> dict:
    """Blood holds no CD45+ count of the tumour and no density."""
    blood = name == "Peripheral MDSCs"
    return {
        "population": name,
        "count": count,
        "parent_count": parent,
        "cd45_count": None if blood else total,
        "cells_per_mg": None if blood else round(density * count / total, 2),
    }
