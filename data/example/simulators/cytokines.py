"""Simulate a two-plate multiplex of IL-6, TGF-β1 and IL-8 in twelve patients before and under treatment:
`cytokines.csv`.

Truth, documented: the source expects IL-6 and TGF-β to fall and publishes no number; the falls here are
invented. Mean log2 fold change: IL-6 −1.2, TGF-β1 (total, after acid activation) −0.5, IL-8 0. Signals follow
five-parameter curves per analyte with 6 % noise a well; a plate shifts all signals by up to 5 %. Eight levels
of standard and three of control in duplicate, four blanks, samples in duplicate; IL-6 at one-fold, TGF-β1 at
twenty-fold, IL-8 at two-fold dilution. IL-6 is low: about a third of the follow-up values lie below the LLOQ.
`cytokines_truth.csv` holds the true change of the patients drawn and of their population. Nothing was
measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

SUBJECTS, PLATES = 12, 2
LEVELS, STEP = 8, 4.0
WELL_SD, PLATE_SD = 0.06, 0.05
COLUMNS = "ABCDEFGH"


@dataclass(frozen=True)
class Analyte:
    """Top standard (pg/ml), curve (b, c, d, e, f on log10), median baseline (pg/ml), SD and change (log2)."""

    name: str
    top: float
    curve: tuple[float, float, float, float, float]
    dilution: float
    baseline: float
    baseline_sd: float
    change: float
    change_sd: float


ANALYTES = (
    Analyte("IL-6", 5000.0, (-0.85, 1.25, 4.25, 2.2, 0.9), 1.0, 4.0, 0.8, -1.2, 0.6),
    Analyte("TGF-β1 (total)", 8000.0, (-0.95, 1.45, 4.05, 2.6, 1.1), 20.0, 9000.0, 0.5, -0.5, 0.35),
    Analyte("IL-8", 6000.0, (-0.90, 1.35, 4.15, 2.3, 1.0), 2.0, 220.0, 0.9, 0.0, 0.5),
)


def write_cytokines(folder: Path, seed: int) -> list[Path]:
    """Write `cytokines.csv` and `cytokines_truth.csv` into `folder`."""
    rng = np.random.default_rng([seed, 6, 8])
    levels = {a.name: _subjects(a, rng) for a in ANALYTES}
    plates = [_plate(p, analyte, levels[analyte.name], rng) for p in range(PLATES) for analyte in ANALYTES]
    truth = [
        (a.name, a.change, float((levels[a.name][:, 1] - levels[a.name][:, 0]).mean())) for a in ANALYTES
    ]
    wells, known = folder / "cytokines.csv", folder / "cytokines_truth.csv"
    pd.concat(plates).to_csv(wells, index=False, lineterminator="\n")
    frame = pd.DataFrame(truth, columns=["analyte", "true_log2_fold_change", "sample_log2_fold_change"])
    frame.to_csv(known, index=False, lineterminator="\n", float_format="%.6f")
    return [wells, known]


def _subjects(analyte: Analyte, rng: np.random.Generator) -> np.ndarray:
    """log2 concentration before and under treatment, (subjects, 2)."""
    before = np.log2(analyte.baseline) + rng.normal(0, analyte.baseline_sd, SUBJECTS)
    return np.column_stack([before, before + analyte.change + rng.normal(0, analyte.change_sd, SUBJECTS)])


def _plate(plate: int, analyte: Analyte, levels: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    standards = [("standard", f"Standard{k + 1}", analyte.top / STEP**k, 1.0, "", "") for k in range(LEVELS)]
    controls = [
        ("control", f"Control{k + 1}", analyte.top / by, 1.0, "", "") for k, by in enumerate((4, 40, 200))
    ]
    blanks = [("blank", "Blank", 0.0, 1.0, "", "")] * 2
    mine = range(plate * SUBJECTS // PLATES, (plate + 1) * SUBJECTS // PLATES)
    samples = [
        ("sample", f"P{k + 1:02d}-{time}", 2 ** levels[k, t], analyte.dilution, f"P{k + 1:02d}", time)
        for k in mine
        for t, time in enumerate(("pre", "post"))
    ]
    rows = [row for row in (*standards, *controls, *blanks, *samples) for _ in range(2)]
    frame = pd.DataFrame(rows, columns=["role", "sample", "true", "dilution", "subject", "timepoint"])
    signal = _signal(analyte, frame.true.to_numpy() / frame.dilution.to_numpy())
    signal *= np.exp(rng.normal(0, PLATE_SD)) * np.exp(rng.normal(0, WELL_SD, len(frame)))
    nominal = frame.true.where(frame.role != "sample")
    wells = [f"{COLUMNS[k % 8]}{k // 8 + 1}" for k in range(len(frame))]
    return pd.DataFrame(
        {
            "plate": f"plate {plate + 1}",
            "well": wells,
            "analyte": analyte.name,
            "sample": frame["sample"],
            "role": frame.role,
            "concentration_pg_ml": nominal.round(4),
            "signal": np.round(signal, 1),
            "dilution": frame.dilution,
            "subject": frame.subject,
            "timepoint": frame.timepoint,
        }
    )


def _signal(analyte: Analyte, concentration: np.ndarray) -> np.ndarray:
    b, c, d, e, f = analyte.curve
    x = np.log10(np.maximum(concentration, 1e-12))
    return 10 ** (c + (d - c) / (1 + 10 ** (b * (x - e))) ** f)
