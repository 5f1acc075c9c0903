"""From an image to the signal of its fibres, and to where there is tissue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from lib.canvas import Canvas, find_canvas

Stain = Literal["picrosirius", "trichrome", "shg", "dab", "fluorescence", "binary_mask"]
BRIGHTFIELD = {"picrosirius", "trichrome", "dab"}
WHITE = 255.0
TISSUE_OD = 0.10
"""Mean optical density from which a brightfield pixel counts as tissue rather than glass."""

STAIN_OD = {
    "picrosirius": (0.104, 0.835, 0.540),  # Direct Red 80 in tissue: absorbs green and blue
    "trichrome": (0.800, 0.590, 0.105),  # aniline blue: absorbs red and green
    "dab": (0.268, 0.570, 0.776),  # Ruifrok & Johnston 2001
}
"""Unit absorbance (red, green, blue) of the dye that marks fibres or fibroblasts."""

SMOOTH_PX = 2.0
"""Standard deviation of the smoothing under which independent noise comes to be Gaussian."""

DECIMALS = 9
"""Kept of a signal: processors differ in the last bits of a logarithm, and a pixel at the cut must not."""


@dataclass(frozen=True)
class Field:
    """One image, ready to be measured; arrays of shape (rows, columns).

    ``tissue`` is the mask, or what is not glass, or the frame, without canvas and bars. ``unclipped`` is the
    signal as unmixed: a dye's density below 0 is noise, but noise that is cut off at 0 looks like a calm
    background.
    """

    signal: NDArray[np.float64]
    unclipped: NDArray[np.float64]
    tissue: NDArray[np.bool_]
    canvas: Canvas


def prepare_field(image: NDArray[np.generic], stain: Stain, mask: NDArray[np.bool_] | None = None) -> Field:
    """Separate the signal and find the tissue; a binary mask has no noise to tell a canvas by."""
    nothing = np.zeros(image.shape[:2], bool)
    canvas = Canvas(nothing, nothing) if stain == "binary_mask" else find_canvas(image)
    excluded = canvas.excluded
    if stain not in BRIGHTFIELD:
        tissue = ~excluded if mask is None else mask.astype(bool) & ~excluded
        grey = _grey(image)
        return Field(grey, grey, tissue, canvas)
    density = _optical_density(image)
    if mask is None:
        tissue = np.zeros_like(excluded)
        tissue[canvas.box] = _denser_than_glass(density[canvas.box], excluded[canvas.box])
    else:
        tissue = mask.astype(bool)
    unclipped = _unmix(density, stain)
    return Field(np.clip(unclipped, 0, None), unclipped, tissue & ~excluded, canvas)


def _grey(image: NDArray[np.generic]) -> NDArray[np.float64]:
    pixels = np.asarray(image, dtype=float)
    return np.asarray(np.round(pixels if pixels.ndim == 2 else pixels[..., :3].mean(axis=-1), DECIMALS))


def _unmix(density: NDArray[np.float64], stain: Stain) -> NDArray[np.float64]:
    dye = np.asarray(STAIN_OD[stain]) / np.linalg.norm(STAIN_OD[stain])
    of_dye = np.linalg.pinv(np.stack([dye, _counterstain(stain)]))[:, 0]
    return np.asarray(np.round(density @ of_dye, DECIMALS))


def _denser_than_glass(density: NDArray[np.float64], excluded: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Mean density above that of glass, holes filled; what is excluded neither darkens nor pales its
    surroundings."""
    smooth = np.round(smooth_within(density.mean(axis=-1), ~excluded), DECIMALS)
    return np.asarray(ndimage.binary_fill_holes(smooth > TISSUE_OD))


def _optical_density(image: NDArray[np.generic]) -> NDArray[np.float64]:
    """Of red, green and blue over white; a file whose levels exceed 255 has 16 bits."""
    pixels = image[..., :3]
    top = 65535.0 if float(image.max(initial=0)) > WHITE else WHITE
    if np.issubdtype(
        pixels.dtype, np.unsignedinteger
    ):  # levels are few: a logarithm for each, not for each pixel
        return np.asarray(-np.log10(np.maximum(np.arange(int(top) + 1), 1) / top)[pixels])
    return np.asarray(-np.log10(np.clip(np.asarray(pixels, float), 1, None) / top))


def smooth_within(values: NDArray[np.float64], region: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Gaussian mean (`SMOOTH_PX`) over the region alone; shape (rows, columns)."""
    if region.all():
        return np.asarray(ndimage.gaussian_filter(values, SMOOTH_PX))
    weight = ndimage.gaussian_filter(region.astype(float), SMOOTH_PX)
    total = ndimage.gaussian_filter(np.where(region, values, 0.0), SMOOTH_PX)
    return np.asarray(total / np.maximum(weight, 1e-6))


def _counterstain(stain: str) -> NDArray[np.float64]:
    vectors = {
        "picrosirius": (0.20, 0.35, 0.91),  # picric acid: yellow ground
        "trichrome": (0.22, 0.90, 0.38),  # fuchsin and Biebrich scarlet: red cytoplasm
        "dab": (0.650, 0.704, 0.286),  # haematoxylin, Ruifrok & Johnston 2001
    }
    found: NDArray[np.float64] = np.asarray(vectors[stain]) / np.linalg.norm(vectors[stain])
    return found
