"""Blots of target engagement, simulated: four experiments, doses and times, with a washout.

Truth (invented: no cellular pFAK IC50 of defactinib is published): production of each readout is inhibited
with the maximal effect, IC50 and half-life below, on its own in each of four experiments; lanes carry 12 %
noise and blots 15 %. ERK does not follow FAK here, as under BI 853520. `readouts_truth.csv` repeats the
table.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

TRUTH = pd.DataFrame(
    [
        ("pFAK_Y397", 0.95, 0.06, 0.5),
        ("FAK", 0.00, 0.06, 12.0),
        ("PI3K_FAK_complex", 0.80, 0.15, 1.5),
        ("pAKT_S473", 0.70, 0.30, 2.0),
        ("pERK", 0.00, 0.30, 1.0),
        ("SOX2", 0.60, 0.40, 6.0),
        ("MYC", 0.65, 0.35, 3.0),
        ("EGFR", 0.45, 0.50, 10.0),
        ("MET", 0.50, 0.45, 8.0),
    ],
    columns=["target", "max_inhibition", "ic50_uM", "half_life_h"],
)
DOSES_UM = (0.0, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
TIMES_H = (1.0, 4.0, 24.0)
WASHOUT_H, AFTER_H = 24.0, (26.0, 30.0, 48.0)
EXPERIMENTS = 4


def write_engagement(folder: Path, seed: int) -> None:
    """Write `readouts.csv` and `readouts_truth.csv`."""
    rng = np.random.default_rng([seed, 4])
    rows = []
    for experiment in range(1, EXPERIMENTS + 1):
        for truth in TRUTH.itertuples():
            gain, shift = rng.lognormal(8, 0.15), rng.normal(0, 0.12)
            rows += _series(rng, truth, experiment, gain, float(truth.ic50_uM) * np.exp(shift))
    frame = pd.DataFrame(rows)
    frame.loc[[17, 203], "signal"] = np.nan  # two lanes lost to a bubble
    frame.to_csv(folder / "readouts.csv", index=False)
    TRUTH.to_csv(folder / "readouts_truth.csv", index=False, float_format="%.12g")


def _series(rng: np.random.Generator, truth, experiment: int, gain: float, ic50: float) -> list[dict]:
    plan = [(d, 24.0, np.nan) for d in DOSES_UM] + [
        (d, t, np.nan) for d in (0.0, 0.3, 3.0) for t in TIMES_H[:2]
    ]
    plan += [(d, t, WASHOUT_H) for d in (0.0, 3.0) for t in AFTER_H]
    rows = []
    for lane, (dose, time, washout) in enumerate(plan, start=1):
        k, effect = np.log(2) / truth.half_life_h, truth.max_inhibition * dose / (ic50 + dose)
        exposed = time if np.isnan(washout) else min(time, washout)
        left = 1 - effect * (1 - np.exp(-k * exposed)) * np.exp(-k * (time - exposed))
        protein = rng.lognormal(9, 0.15)
        signal = gain * left * protein / np.exp(9) * rng.lognormal(0, 0.12)
        rows.append(
            {
                "experiment": experiment,
                "target": truth.target,
                "dose_uM": dose,
                "time_h": time,
                "signal": round(signal, 1),
                "normaliser": round(protein, 1),
                "washout_h": washout,
                "blot": f"{truth.target}-{experiment}",
                "lane": lane,
            }
        )
    return rows
