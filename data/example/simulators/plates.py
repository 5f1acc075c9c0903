"""Simulate raw plates of five endometrial cancer lines under defactinib: `plates.csv`, `plates_truth.csv`.

Truth, documented: the line's IC50 is the published mean (technical guide, Table 3); experiments scatter about
it log-normally with the published SD / mean as their SD of logarithms, centred so that the three experiments'
geometric mean is the published mean times a random factor of e^0.03 (SD). Top is 1; hill and bottom are
invented; UTE2 is only partly inhibited (bottom 0.56), so its absolute IC50 lies above the tested range. One
96-well plate an experiment: columns 1 to 10 hold ten half-log doses up to 30 µM in rows A to H; column 11
holds vehicle, column 12 four blanks and four positive controls. Wells scatter by 3.5 % of the signal. Planted
faults: plate P07 has outer rows A and H reading 15 % low; three wells of P11 carry an exclusion and read
half.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

LINES = {
    "UTE1": (2.8, 0.5, 1.3, 0.15),
    "UTE2": (3.8, 0.7, 1.2, 0.56),
    "UTE3": (1.7, 0.3, 1.5, 0.10),
    "UTE10": (2.5, 0.4, 1.2, 0.18),
    "UTE11": (2.1, 0.3, 1.3, 0.10),
}
DOSES = np.array([30.0, 10.0, 3.0, 1.0, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001])[::-1]
EXPERIMENTS, WELL_SD, MEAN_SD = 3, 0.035, 0.03
VEHICLE, BLANK, POSITIVE = 60000.0, 1100.0, 0.02
EDGE_PLATE, EDGE, EXCLUDED_PLATE = "P07", 0.85, "P11"


def write_plates(folder: Path, seed: int) -> None:
    """Write the wells and the truth they were drawn from."""
    rng = np.random.default_rng([seed, 3])
    wells, truth = [], []
    for line, (mean, sd, hill, bottom) in LINES.items():
        scatter = rng.normal(size=EXPERIMENTS)
        centred = (scatter - scatter.mean()) / scatter.std(ddof=1) * sd / mean + rng.normal(scale=MEAN_SD)
        for experiment, shift in enumerate(centred, start=1):
            plate = f"P{len(truth) + 1:02d}"
            ic50 = mean * np.exp(shift)
            truth.append((plate, line, experiment, ic50, hill, 1.0, bottom))
            wells.append(_plate(rng, plate, line, experiment, ic50, hill, bottom))
    columns = ["plate", "cell_line", "experiment", "true_ic50_uM", "hill", "top", "bottom"]
    pd.concat(wells).to_csv(folder / "plates.csv", index=False)
    pd.DataFrame(truth, columns=columns).to_csv(
        folder / "plates_truth.csv", index=False, float_format="%.12g"
    )


def _plate(
    rng: np.random.Generator, plate: str, line: str, experiment: int, ic50: float, hill: float, bottom: float
) -> pd.DataFrame:
    row, column = (grid.ravel() for grid in np.indices((8, 12)))
    dose = np.where(column < 10, DOSES[np.minimum(column, 9)], np.nan)
    role = np.select([column < 10, column == 10, row < 4], ["sample", "vehicle", "blank"], "positive_control")
    viability = np.select(
        [role == "sample", role == "vehicle", role == "blank"],
        [bottom + (1 - bottom) / (1 + (dose / ic50) ** hill), 1.0, 0.0],
        POSITIVE,
    )
    gain = VEHICLE * np.exp(rng.normal(scale=0.08))
    signal = (BLANK + gain * viability) * np.exp(rng.normal(scale=WELL_SD, size=96))
    if plate == EDGE_PLATE:
        signal = np.where(np.isin(row, (0, 7)) & (role != "blank"), signal * EDGE, signal)
    bad = (plate == EXCLUDED_PLATE) & (column == 7) & np.isin(row, (2, 3, 4))
    return pd.DataFrame(
        {
            "plate": plate,
            "well": [f"{'ABCDEFGH'[r]}{c + 1:02d}" for r, c in zip(row, column, strict=True)],
            "cell_line": line,
            "compound": np.where(role == "sample", "defactinib", ""),
            "experiment": experiment,
            "concentration_uM": dose,
            "role": role,
            "signal": np.round(np.where(bad, signal * 0.5, signal)).astype(int),
            "exclude": np.where(bad, "dispensing failure, noted at the instrument", ""),
        }
    )
