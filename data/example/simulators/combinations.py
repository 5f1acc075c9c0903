"""Simulate defactinib + avutometinib on three lines with known interaction: `combinations.csv`.

Truth, documented: viability follows a MuSyC surface per line. SIM-S has synergy of potency and of efficacy;
SIM-I is independent by construction (each compound kills completely, α = 1), so that its Bliss score is
exactly 0 in expectation; SIM-A is antagonistic in potency. Four experiments a line, one plate each: 7 x 6
doses in one well each, 12 vehicle and 6 blank wells. Potencies vary between experiments by a factor of e^0.08
(SD), wells by 3.5 % of the vehicle signal. `combinations_truth.csv` carries the parameters and the Bliss and
HSA scores of the noise-free surface. Nothing here was measured; line names and parameters are invented.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

DOSES_1 = (0.0, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
DOSES_2 = (0.0, 0.003, 0.01, 0.03, 0.1, 0.3)
EXPERIMENTS = 4
POTENCY_SD, WELL_SD = 0.08, 0.035
VEHICLE, BLANK = 52000.0, 1800.0


@dataclass(frozen=True)
class Truth:
    """Surface of one line: viability at saturation (e), half-effect doses (c, µM), slopes (h), and α."""

    cell_line: str
    e1: float
    e2: float
    e3: float
    c1: float
    c2: float
    h1: float
    h2: float
    alpha_12: float
    alpha_21: float
    what: str


TRUTHS = (
    Truth("SIM-S", 0.35, 0.40, 0.05, 3.0, 0.05, 1.2, 1.1, 5.0, 3.0, "synergy"),
    Truth("SIM-I", 0.0, 0.0, 0.0, 4.0, 0.08, 1.1, 1.0, 1.0, 1.0, "independent"),
    Truth("SIM-A", 0.30, 0.35, 0.30, 2.5, 0.04, 1.2, 1.1, 0.25, 0.4, "antagonism"),
)


def write_combinations(folder: Path, seed: int) -> list[Path]:
    """Write `combinations.csv` and `combinations_truth.csv` into `folder`."""
    rng = np.random.default_rng([seed, 3, 6])
    plates = [_plate(truth, experiment, rng) for truth in TRUTHS for experiment in range(1, EXPERIMENTS + 1)]
    wells, truth = folder / "combinations.csv", folder / "combinations_truth.csv"
    pd.concat(plates).to_csv(wells, index=False, lineterminator="\n")
    pd.DataFrame([_known(t) for t in TRUTHS]).to_csv(
        truth, index=False, lineterminator="\n", float_format="%.6g"
    )
    return [wells, truth]


def viability(
    truth: Truth, x1: np.ndarray, x2: np.ndarray, shift_1: float = 1.0, shift_2: float = 1.0
) -> np.ndarray:
    """Steady state of the four-state cycle, by solving its balance at each dose pair."""
    values = []
    for d1, d2 in zip(x1, x2, strict=True):
        a, b = (d1 / (truth.c1 * shift_1)) ** truth.h1, (d2 / (truth.c2 * shift_2)) ** truth.h2
        a_after, b_after = a * truth.alpha_21**truth.h1, b * truth.alpha_12**truth.h2
        balance = [[-(a + b), 1, 1, 0], [a, -(1 + b_after), 0, 1], [b, 0, -(1 + a_after), 1], [1, 1, 1, 1]]
        share = np.linalg.solve(np.array(balance), np.array([0.0, 0.0, 0.0, 1.0]))
        values.append(share @ np.array([1.0, truth.e1, truth.e2, truth.e3]))
    return np.array(values)


def _plate(truth: Truth, experiment: int, rng: np.random.Generator) -> pd.DataFrame:
    x1, x2 = (grid.ravel() for grid in np.meshgrid(DOSES_1, DOSES_2, indexing="ij"))
    shift_1, shift_2 = np.exp(rng.normal(0, POTENCY_SD, 2))
    level = VEHICLE * np.exp(rng.normal(0, 0.1))
    alive = np.concatenate([viability(truth, x1, x2, shift_1, shift_2), np.ones(12), np.zeros(6)])
    noise = rng.normal(0, WELL_SD * np.where(alive > 0, 1, 0.1))
    n = len(x1)
    return pd.DataFrame(
        {
            "cell_line": truth.cell_line,
            "experiment": experiment,
            "plate": f"{truth.cell_line}-{experiment}",
            "role": ["sample"] * n + ["vehicle"] * 12 + ["blank"] * 6,
            "compound_1": ["defactinib"] * n + [""] * 18,
            "concentration_1_uM": [*x1, *[""] * 18],
            "compound_2": ["avutometinib"] * n + [""] * 18,
            "concentration_2_uM": [*x2, *[""] * 18],
            "signal": np.round(BLANK + np.maximum(alive + noise, 0.002) * level).astype(int),
        }
    )


def _known(truth: Truth) -> dict[str, object]:
    x1, x2 = (grid.ravel() for grid in np.meshgrid(DOSES_1, DOSES_2, indexing="ij"))
    y = 1 - viability(truth, x1, x2).reshape(len(DOSES_1), len(DOSES_2))
    one, two = y[1:, :1], y[:1, 1:]
    scores = {"bliss": y[1:, 1:] - (one + two - one * two), "hsa": y[1:, 1:] - np.maximum(one, two)}
    truths = {f"true_{model}_score": round(100 * excess.mean(), 6) + 0.0 for model, excess in scores.items()}
    best = min(truth.e1, truth.e2)
    return {
        "cell_line": truth.cell_line,
        "compound_1": "defactinib",
        "compound_2": "avutometinib",
        "truth": truth.what,
        **truths,
        "beta": (best - truth.e3) / (1 - best),
        "alpha_12": truth.alpha_12,
        "alpha_21": truth.alpha_21,
    }
