"""Raw signals of small dose-response studies, a plate a line and experiment, with controls of known
quality."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

DOSES = np.repeat(np.geomspace(0.01, 30, 8), 3)
VEHICLE, BLANK = 40_000.0, 500.0


def full(ic50: float, bottom: float = 0.1, hill: float = 1.2) -> np.ndarray:
    """Viability at `DOSES`."""
    return bottom + (1 - bottom) / (1 + (DOSES / ic50) ** hill)


def plated(
    curves: Mapping[tuple[str, str], Sequence[np.ndarray]],
    *,
    noisy: Sequence[str] = (),
    broken: Sequence[str] = (),
    seed: int = 3,
) -> pd.DataFrame:
    """Wells as `read_wells` gives them: 24 samples, 8 vehicle and 4 blank wells a plate.

    Plates are named P01, P02 … in the order of `curves` and their experiments. Controls of plates in `noisy`
    scatter by 20 % (Z′ below 0.5), of those in `broken` they overlap (Z′ below 0). A curve shorter than
    `DOSES` has the first.
    """
    rng, parts = np.random.default_rng(seed), []
    for (compound, line), experiments in curves.items():
        for k, viability in enumerate(experiments, start=1):
            plate = f"P{len(parts) + 1:02d}"
            scatter = 0.6 if plate in broken else 0.2 if plate in noisy else 0.02
            level = viability + 0.02 * rng.normal(size=len(viability))
            control = np.linspace(-1, 1, 8) * scatter * 1.6
            signal = np.r_[level, 1 + control, np.zeros(4)]
            role = ["sample"] * len(level) + ["vehicle"] * 8 + ["blank"] * 4
            names = [f"{'ABCD'[i // 12]}{i % 12 + 1}" for i in range(len(role))]
            sample = np.array(role) == "sample"
            parts.append(
                pd.DataFrame(
                    {
                        "plate": plate,
                        "well": names,
                        "role": role,
                        "compound": np.where(sample, compound, None),
                        "cell_line": line,
                        "experiment": str(k),
                        "concentration_uM": np.r_[DOSES[: len(level)], np.full(12, np.nan)],
                        "signal": BLANK + (VEHICLE - BLANK) * signal,
                        "exclude": "",
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)
