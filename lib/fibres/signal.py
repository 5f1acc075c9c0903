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

DECIMALS = 6
"""Kept of a signal: processors differ in the last bits of a logarithm, and a pixel at the cut must not."""


@dataclass(frozen=True)
class Field:
    """One image, ready to be measured; arrays of shape (rows, columns).

    ``tissue`` is the mask, or what is not glass, or the frame, without canvas and bars.
    """

    signal: NDArray[np.float64]
    tissue: NDArray[np.bool_]
    canvas: Canvas


def prepare_field(image: NDArray[np.generic], stain: Stain, mask: NDArray[np.bool_] | None = None) -> Field:
    """Separate the signal and find the tissue; a binary mask has no noise to tell a canvas by."""
    nothing = np.zeros(image.shape[:2], bool)
    canvas = Canvas(nothing, nothing) if stain == "binary_mask" else find_canvas(image)
    tissue = find_tissue(image, stain, canvas.excluded) if mask is None else mask.astype(bool)
    return Field(separate_signal(image, stain), tissue & ~canvas.excluded, canvas)


def separate_signal(image: NDArray[np.generic], stain: Stain) -> NDArray[np.float64]:
    """The fibres' own signal: dye optical density (brightfield) or grey level (dark field)."""
    pixels = np.asarray(image, dtype=float)
    if stain not in BRIGHTFIELD:
        grey = pixels if pixels.ndim == 2 else pixels[..., :3].mean(axis=-1)
        return np.asarray(np.round(grey, DECIMALS))
    density = _optical_density(pixels)
    dye = np.asarray(STAIN_OD[stain]) / np.linalg.norm(STAIN_OD[stain])
    unmix = np.linalg.pinv(np.stack([dye, _counterstain(stain)]))
    return np.asarray(np.round(np.clip(density @ unmix[:, 0], 0, None), DECIMALS))


def find_tissue(
    image: NDArray[np.generic], stain: Stain, excluded: NDArray[np.bool_] | None = None
) -> NDArray[np.bool_]:
    """What is not glass (brightfield); a dark-field image without a mask is taken whole.

    `excluded` (canvas, bars) is neither, and does not darken its surroundings.
    """
    pixels = np.asarray(image, dtype=float)
    if stain not in BRIGHTFIELD:
        return np.ones(pixels.shape[:2], dtype=bool)
    density = _optical_density(pixels).mean(axis=-1)
    if excluded is not None:
        density = np.where(excluded, 0.0, density)
    smooth = np.round(ndimage.gaussian_filter(density, 2), DECIMALS)
    return np.asarray(ndimage.binary_fill_holes(smooth > TISSUE_OD))


def _optical_density(pixels: NDArray[np.float64]) -> NDArray[np.float64]:
    top = 65535.0 if pixels.max(initial=0) > WHITE else WHITE
    return -np.log10(np.clip(pixels[..., :3], 1, None) / top)


def _counterstain(stain: str) -> NDArray[np.float64]:
    vectors = {
        "picrosirius": (0.20, 0.35, 0.91),  # picric acid: yellow ground
        "trichrome": (0.22, 0.90, 0.38),  # fuchsin and Biebrich scarlet: red cytoplasm
        "dab": (0.650, 0.704, 0.286),  # haematoxylin, Ruifrok & Johnston 2001
    }
    return np.asarray(vectors[stain]) / np.linalg.norm(vectors[stain])
