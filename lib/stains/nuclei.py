"""Nuclei, blue and brown, and the cytoplasm around them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.filters import threshold_otsu
from skimage.segmentation import expand_labels, watershed

SEED_SCALE, EDGE_SCALE = 0.30, 0.20
"""Standard deviations of the two Laplacians, in nuclear diameters: 0.35 is ideal for a disc's centre."""

LEAST_AREA, MOST_AREA = 0.5, 3.0
"""What counts as a nucleus, in typical nuclear areas."""

TISSUE_OD = 0.03
DAB_HAZE_OD = 0.1
"""Below it DAB is background staining and does not draw nuclei."""

Plane = NDArray[np.float32]
Labels = NDArray[np.int32]


@dataclass(frozen=True)
class NucleusLevels:
    """What is learnt once per slide, so that every tile is judged alike.

    ``cap`` is the density at which the signal is cut off (so that one dark nucleus does not hide the pale
    ones), ``cut`` the density from which a pixel can be nuclear.
    """

    cap: float
    cut: float


def nuclear_signal(haematoxylin: Plane, dab: Plane, *, brown: bool) -> Plane:
    """Density that draws nuclei: haematoxylin, plus DAB where nuclei themselves are stained."""
    signal = np.maximum(haematoxylin, 0)
    return signal + np.where(dab > DAB_HAZE_OD, dab, np.float32(0)) if brown else signal


def find_tissue(haematoxylin: Plane, dab: Plane, *, px_um: float) -> NDArray[np.bool_]:
    """What is not glass: smoothed density of both stains above 0.03, holes filled."""
    both = ndimage.gaussian_filter(np.maximum(haematoxylin, 0) + np.maximum(dab, 0), 4 / px_um)
    found: NDArray[np.bool_] = ndimage.binary_fill_holes(both > TISSUE_OD)
    return found


def estimate_levels(
    signals: list[Plane], tissues: list[NDArray[np.bool_]], *, px_um: float, fraction: float = 0.7
) -> NucleusLevels:
    """Levels from windows of a slide: `fraction` of Otsu's threshold of the smoothed signal in tissue."""
    smooth = [ndimage.gaussian_filter(s, 0.75 / px_um)[t] for s, t in zip(signals, tissues, strict=True)]
    values = np.concatenate(smooth) if smooth else np.empty(0, np.float32)
    if values.size < 2 or values.min() == values.max():
        return NucleusLevels(cap=np.inf, cut=np.inf)
    top = float(np.percentile(values, 95))
    return NucleusLevels(cap=1.5 * top, cut=fraction * float(threshold_otsu(np.minimum(values, top))))


def segment_nuclei(signal: Plane, levels: NucleusLevels, *, px_um: float, area_um2: float) -> Labels:
    """Label nuclei: blobs of the size asked for, parted by watershed.

    Seeds are maxima of the negative Laplacian of Gaussian at the nucleus' own scale; a pixel belongs to a
    nucleus where the signal exceeds the slide's cut and curves downward at a finer scale.

    Parameters
    ----------
    signal : array, shape (rows, columns)
        From :func:`nuclear_signal`.
    px_um : float
        Pixel size of `signal`.
    area_um2 : float
        Typical area of a nucleus; half of it to three times it are kept.

    Returns
    -------
    array of int32, shape (rows, columns)
        0 outside, 1 to n inside.
    """
    diameter = 2 * np.sqrt(area_um2 / np.pi) / px_um
    capped = np.minimum(signal, np.float32(min(levels.cap, 10.0)))
    blob = -ndimage.gaussian_laplace(capped, SEED_SCALE * diameter, truncate=3)
    inside = ndimage.gaussian_laplace(capped, EDGE_SCALE * diameter, truncate=3) < 0
    inside &= ndimage.gaussian_filter(capped, 0.75 / px_um) > levels.cut
    inside = ndimage.binary_opening(inside, iterations=max(1, round(1.5 / px_um)))
    reach = 2 * round(SEED_SCALE * diameter) + 1
    peaks = (blob == ndimage.maximum_filter(blob, size=reach)) & (blob > 0) & inside
    labels = watershed(-blob, ndimage.label(peaks)[0], mask=inside)
    return keep_sizes(labels, LEAST_AREA * area_um2 / px_um**2, MOST_AREA * area_um2 / px_um**2)


def keep_sizes(labels: NDArray[np.integer], least_px: float, most_px: float) -> Labels:
    """Drop labels smaller or larger than asked, and number the rest from 1."""
    areas = np.bincount(labels.ravel())
    kept = (areas >= least_px) & (areas <= most_px)
    kept[0] = False
    number = np.where(kept, np.cumsum(kept), 0).astype(np.int32)
    found: Labels = number[labels]
    return found


def expand_cells(nuclei: Labels, *, px_um: float, expansion_um: float) -> Labels:
    """Cells: each nucleus grown by `expansion_um`, to where it meets its neighbour."""
    found: Labels = expand_labels(nuclei, distance=expansion_um / px_um).astype(np.int32)
    return found
