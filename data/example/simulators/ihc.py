"""Stained sections, simulated: phospho-FAK (Y397) in the cytoplasm, before and on treatment.

Truth: each cell's cytoplasm has a DAB density drawn from a log-normal about its subject's level, 0.42 OD
before and 0.24 OD on treatment on average (spread 0.35 between cells, 0.12 between subjects, on the log
scale); a third of it lies over the nucleus. Nuclei are haematoxylin alone, 0.32 OD. Nothing of this is
published for defactinib: the size of the change is invented. Subjects 1 and 2 have two cores; the second core
of subject 8 on treatment holds too few cells and must be flagged. `ihc_truth.csv` holds, for every image, the
cells drawn and their true scores.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image
from scipy import ndimage

SIZE, SUBJECTS, UM_PER_PX = 200, 8, 0.5
LEVEL_OD = {"pre": 0.42, "post": 0.24}
CELL_SPREAD, SUBJECT_SPREAD = 0.35, 0.12
GLASS = np.array([243.0, 241.0, 238.0])
HAEMATOXYLIN, DAB = np.array([0.650, 0.704, 0.286]), np.array([0.268, 0.570, 0.776])
NUCLEUS_PX, CELL_PX, APART_PX, STRIP_PX = 10.5, 20.0, 25.0, 20
THRESHOLDS_OD = (0.2, 0.4, 0.6)


def write_ihc(folder: Path, seed: int) -> None:
    """Write `slides.csv`, its images under `ihc/`, `ihc_deviations.csv` and `ihc_truth.csv`."""
    (folder / "ihc").mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng([seed, 7])
    rows, truth = [], []
    for number in range(1, SUBJECTS + 1):
        shift = rng.normal(0, SUBJECT_SPREAD)
        for timepoint in ("pre", "post"):
            for core in _cores(number, timepoint):
                few = (number, timepoint, core) == (8, "post", "B")
                pixels, densities = _section(rng, LEVEL_OD[timepoint] * np.exp(shift), 8 if few else 60)
                name = f"ihc/S{number:02d}_{timepoint}_{core}.png"
                Image.fromarray(pixels).save(folder / name, optimize=False, compress_level=9)
                row = {
                    "image": name,
                    "subject": f"S{number:02d}",
                    "timepoint": timepoint,
                    "marker": "pFAK_Y397",
                }
                rows.append({**row, "um_per_px": UM_PER_PX, "compartment": "cytoplasm", "core": core})
                truth.append({**row, **_score(densities)})
    pd.DataFrame(rows).to_csv(folder / "slides.csv", index=False)
    pd.DataFrame(truth).to_csv(folder / "ihc_truth.csv", index=False, float_format="%.12g")
    pd.DataFrame(DEVIATIONS, columns=["step", "this_study"]).to_csv(
        folder / "ihc_deviations.csv", index=False
    )


DEVIATIONS = [(4, "simulated sections: no clone, no dilution"), (6, "simulated sections: no developing time")]


def _cores(number: int, timepoint: str) -> tuple[str, ...]:
    return ("A", "B") if number in (1, 2) or (number, timepoint) == (8, "post") else ("A",)


def _section(rng: np.random.Generator, level_od: float, most: int) -> tuple[np.ndarray, np.ndarray]:
    centres = _scatter(rng, most)
    y, x = np.indices((SIZE, SIZE))
    stretch = rng.uniform(0.85, 1.15, (len(centres), 1, 1))
    dy, dx = y - centres[:, 0, None, None], x - centres[:, 1, None, None]
    distance = np.sqrt((dy * stretch) ** 2 + (dx / stretch) ** 2)
    owner = distance.argmin(axis=0)
    nearest = distance.min(axis=0)
    densities = level_od * np.exp(rng.normal(-(CELL_SPREAD**2) / 2, CELL_SPREAD, len(centres)))
    nucleus, cytoplasm = nearest < NUCLEUS_PX, (nearest >= NUCLEUS_PX) & (nearest < CELL_PX)
    dab = densities[owner] * (cytoplasm + nucleus / 3)
    texture = 1 + 0.15 * ndimage.gaussian_filter(rng.normal(size=(SIZE, SIZE)), 1.5) * 4
    density = (0.32 * nucleus * texture)[..., None] * _unit(HAEMATOXYLIN) + (dab * texture)[
        ..., None
    ] * _unit(DAB)
    light = GLASS * 10 ** -ndimage.gaussian_filter(density, (0.7, 0.7, 0))
    noisy = light + rng.normal(0, 1.0, (SIZE, SIZE, 1))
    return np.clip(np.round(noisy), 0, 255).astype(np.uint8), densities


def _scatter(rng: np.random.Generator, most: int) -> np.ndarray:
    """Centres at least a cell apart, beside a strip of bare glass; those that would be cut by an edge are
    left out."""
    found: list[np.ndarray] = []
    for point in rng.uniform((12, STRIP_PX + 12), SIZE - 12, (4000, 2)):
        if len(found) < most and all(np.hypot(*(point - other)) >= APART_PX for other in found):
            found.append(point)
    return np.array(found)


def _score(densities: np.ndarray) -> dict[str, float]:
    classes = np.searchsorted(THRESHOLDS_OD, densities, side="right")
    return {
        "true_cells": len(densities),
        "true_h_score": 100 * float(classes.mean()),
        "true_percent_positive": 100 * float((classes > 0).mean()),
        "true_median_od": float(np.median(densities)),
    }


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)
