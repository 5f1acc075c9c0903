"""Images of stroma, simulated: second-harmonic collagen and α-SMA, before and on treatment.

Truth: on treatment collagen fibres are fewer (28 instead of 40 a field on average, area about a quarter less)
and less aligned (von Mises concentration 1.2 instead of 3.0 about each subject's own axis); α-SMA-positive
area falls from 30 % to 22 % of the tissue. Nothing of this is published for defactinib: the size of the
change is invented, so that the analysis has something to find. `stroma_truth.csv` holds what was drawn for
every image.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image
from scipy import ndimage
from skimage.draw import line

SIZE, SUBJECTS, UM_PER_PX = 160, 10, 0.8
FIBRES = {"pre": 40, "post": 28}
CONCENTRATION = {"pre": 3.0, "post": 1.2}
ALPHA_SMA = {"pre": 0.30, "post": 0.22}


def write_stroma(folder: Path, seed: int) -> None:
    """Write `images.csv`, its images under `stroma/`, and `stroma_truth.csv`."""
    (folder / "stroma").mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng([seed, 6])
    rows, truth = [], []
    for number in range(1, SUBJECTS + 1):
        axis, level = rng.uniform(0, 180), rng.normal(0, 0.12)
        for timepoint in ("pre", "post"):
            for stain, marker, draw in (("shg", "collagen", _collagen), ("dab", "α-SMA", _alpha_sma)):
                pixels, drawn = draw(rng, timepoint, axis, level)
                name = f"stroma/S{number:02d}_{timepoint}_{stain}.png"
                Image.fromarray(pixels).save(folder / name, optimize=False, compress_level=9)
                row = {"image": name, "subject": f"S{number:02d}", "timepoint": timepoint, "stain": stain}
                rows.append({**row, "um_per_px": UM_PER_PX, "marker": marker})
                truth.append({**row, **drawn})
    pd.DataFrame(rows).to_csv(folder / "images.csv", index=False)
    pd.DataFrame(truth).to_csv(folder / "stroma_truth.csv", index=False, float_format="%.12g")


def _collagen(
    rng: np.random.Generator, timepoint: str, axis_deg: float, level: float
) -> tuple[np.ndarray, dict]:
    canvas = np.zeros((SIZE, SIZE))
    n = rng.poisson(FIBRES[timepoint] * np.exp(level))
    doubled = rng.vonmises(0, CONCENTRATION[timepoint], n)
    angles = np.deg2rad(axis_deg) + doubled / 2
    for angle, length, (y, x) in zip(
        angles, rng.uniform(40, 140, n), rng.uniform(0, SIZE, (n, 2)), strict=True
    ):
        dy, dx = -np.sin(angle) * length / 2, np.cos(angle) * length / 2
        ys, xs = line(int(y - dy), int(x - dx), int(y + dy), int(x + dx))
        inside = (ys >= 0) & (ys < SIZE) & (xs >= 0) & (xs < SIZE)
        canvas[ys[inside], xs[inside]] += rng.uniform(0.6, 1.0)
    smooth = ndimage.gaussian_filter(canvas, 1.3)
    photons = rng.poisson(10 + 160 * np.clip(smooth / 0.35, 0, 1.3))
    return np.clip(photons, 0, 255).astype(np.uint8), {
        "fibres": n,
        "true_axis_deg": axis_deg % 180,
        "true_concentration": CONCENTRATION[timepoint],
    }


def _alpha_sma(
    rng: np.random.Generator, timepoint: str, axis_deg: float, level: float
) -> tuple[np.ndarray, dict]:
    fraction = float(np.clip(ALPHA_SMA[timepoint] * np.exp(level + rng.normal(0, 0.08)), 0.02, 0.9))
    blobs = ndimage.gaussian_filter(rng.normal(size=(SIZE, SIZE)), (2.5, 7.0))
    positive = blobs > np.quantile(blobs, 1 - fraction)
    dab, counter = np.array([0.268, 0.570, 0.776]), np.array([0.650, 0.704, 0.286])
    texture = rng.gamma(20, 1 / 20, (SIZE, SIZE, 1))
    density = (
        0.18 * texture * counter + positive[..., None] * 0.75 * rng.gamma(30, 1 / 30, (SIZE, SIZE, 1)) * dab
    )
    pixels = 255 * 10 ** -ndimage.gaussian_filter(density, (0.6, 0.6, 0))
    return np.clip(np.round(pixels), 0, 255).astype(np.uint8), {"true_area_fraction": fraction}
