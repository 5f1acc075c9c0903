"""Fibres of the extracellular matrix: how much of the tissue they fill and how they are aligned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import ndimage
from skimage.filters import threshold_otsu

from lib.errors import Fault, InputError
from lib.tables.stroma import STAINS

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


@dataclass(frozen=True)
class Fibres:
    """What one image says of its fibres.

    Attributes
    ----------
    tissue_area_mm2 : float
        Area looked at: the mask, or what is not glass, or the frame where a dark-field image has no mask.
    area_fraction : float
        Positive area / tissue area, 0 to 1.
    threshold : float
        Signal (optical density or intensity) from which a pixel is positive; NaN for a binary mask.
    coherency : float
        Coherency of the image's mean structure tensor, 0 (no common direction) to 1.
    mean_local_coherency : float
        Mean over pixels of the local coherency.
    dominant_angle_deg : float
        0 to 180, counter-clockwise from the horizontal as seen; NaN where nothing has a direction.
    alignment : float
        Axial mean resultant length R over the pixels' directions, 0 to 1.
    n_orientations : int
        Pixels whose direction was counted. Neighbours share a window: they are not independent.
    border_angle_deg : float
        Mean acute angle between fibres and the nearest tumour border (0 along, 90 across); NaN without one.
    region : str
        Where direction was measured: ``"mask"`` or ``"positive pixels"``.
    status : str
        ``"ok"``, ``"no tissue"``, ``"no positive area"`` or ``"no direction"``.
    """

    tissue_area_mm2: float
    area_fraction: float
    threshold: float
    coherency: float
    mean_local_coherency: float
    dominant_angle_deg: float
    alignment: float
    n_orientations: int
    border_angle_deg: float
    region: str
    status: str


@dataclass(frozen=True)
class Orientation:
    """The local structure tensor of an image, each array of shape (rows, columns).

    ``angle_deg`` is the direction of the fibres (perpendicular to the gradient), 0 to 180,
    ``coherency`` 0 to 1, ``energy`` the tensor's trace in squared grey levels per px²; ``tensor`` holds
    (Jxx, Jxy, Jyy).
    """

    angle_deg: NDArray[np.float64]
    coherency: NDArray[np.float64]
    energy: NDArray[np.float64]
    tensor: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


def measure_fibres(
    image: NDArray[np.generic],
    stain: Stain,
    *,
    um_per_px: float,
    mask: NDArray[np.bool_] | None = None,
    tumour: NDArray[np.bool_] | None = None,
    window_px: float = 2.0,
    threshold: float | None = None,
) -> Fibres:
    """Measure the area fraction and the alignment of fibres in one image.

    The positive area is what exceeds Otsu's threshold within the tissue, on the dye's optical density
    (brightfield) or the intensity (dark field), unless a threshold is given. Directions come from the
    structure tensor, ``J = G_σ * (∇I ∇Iᵀ)``, with cubic-spline gradients; they are counted over the mask
    where one is given, otherwise over the positive pixels.

    Parameters
    ----------
    image : array, shape (rows, columns) or (rows, columns, 3)
        Grey or RGB, 8 or 16 bit or floating.
    stain : str
        One of `STAINS`.
    um_per_px : float
        Pixel size.
    mask : array of bool, shape (rows, columns), optional
        The region to look at.
    tumour : array of bool, shape (rows, columns), optional
        Tumour cells; adds the angle between fibres and its border.
    window_px : float
        Standard deviation σ of the tensor's Gaussian window.
    threshold : float, optional
        Fixed threshold, so that images of one study are judged alike.

    Raises
    ------
    InputError
        For an unknown stain, a mask of another shape, or a pixel size that is not positive.

    References
    ----------
    Püspöki et al. (2016), Transforms and operators for directional bioimage analysis, Adv Anat Embryol 219.
    """
    _check_inputs(image, stain, um_per_px, mask, tumour)
    signal = separate_signal(image, stain)
    tissue = mask.astype(bool) if mask is not None else find_tissue(image, stain)
    positive, cut = find_positive(signal, tissue, stain, threshold)
    where = (tissue, "mask") if mask is not None else (positive, "positive pixels")
    orientation = estimate_orientation(signal, window_px=window_px)
    directed = where[0] & (orientation.energy > 1e-12 * max(float(orientation.energy.max()), 1e-300))
    coherency, angle, alignment = summarise_directions(orientation, directed)
    return Fibres(
        tissue_area_mm2=float(tissue.sum()) * (um_per_px / 1000) ** 2,
        area_fraction=float(positive.sum() / tissue.sum()) if tissue.any() else float("nan"),
        threshold=cut,
        coherency=coherency,
        mean_local_coherency=float(orientation.coherency[directed].mean())
        if directed.any()
        else float("nan"),
        dominant_angle_deg=angle,
        alignment=alignment,
        n_orientations=int(directed.sum()),
        border_angle_deg=_angle_to_border(orientation, directed, tumour),
        region=where[1],
        status=_status(tissue, positive, directed),
    )


def to_frame(images: pd.DataFrame, measured: Sequence[Fibres]) -> pd.DataFrame:
    """Measurements beside the manifest's rows, one row an image, columns as the contract names them."""
    named = images[["name", "subject", "timepoint", "stain", "marker"]].rename(columns={"name": "image"})
    values = pd.DataFrame([vars(one) for one in measured], index=images.index)
    order = ["image", "subject", "timepoint", "stain", "tissue_area_mm2", "area_fraction", "coherency"]
    order += ["mean_local_coherency", "dominant_angle_deg", "alignment", "n_orientations", "marker"]
    frame = pd.concat([named, values], axis=1)
    return frame[order + [c for c in frame.columns if c not in order]].reset_index(drop=True)


@dataclass(frozen=True)
class View:
    """What one image's figures show: its positive pixels, its directions and where those were counted."""

    positive: NDArray[np.bool_]
    orientation: Orientation
    region: NDArray[np.bool_]


def view_image(
    image: NDArray[np.generic],
    row: pd.Series,
    mask: NDArray[np.bool_] | None = None,
    *,
    window_px: float = 2.0,
    threshold: float | None = None,
) -> View:
    """The maps behind one measurement, for drawing; `row` is the image's row of the manifest."""
    signal = separate_signal(image, row["stain"])
    tissue = find_tissue(image, row["stain"]) if mask is None else mask
    positive, _ = find_positive(signal, tissue, row["stain"], threshold)
    return View(
        positive, estimate_orientation(signal, window_px=window_px), positive if mask is None else mask
    )


def separate_signal(image: NDArray[np.generic], stain: Stain) -> NDArray[np.float64]:
    """The fibres' own signal: dye optical density (brightfield) or grey level (dark field)."""
    pixels = np.asarray(image, dtype=float)
    if stain not in BRIGHTFIELD:
        return pixels if pixels.ndim == 2 else pixels[..., :3].mean(axis=-1)
    density = _optical_density(pixels)
    dye = np.asarray(STAIN_OD[stain]) / np.linalg.norm(STAIN_OD[stain])
    other = _counterstain(stain)
    unmix = np.linalg.pinv(np.stack([dye, other]))
    return np.clip(density @ unmix[:, 0], 0, None)


def find_tissue(image: NDArray[np.generic], stain: Stain) -> NDArray[np.bool_]:
    """What is not glass (brightfield); a dark-field image without a mask is taken whole."""
    pixels = np.asarray(image, dtype=float)
    if stain not in BRIGHTFIELD:
        return np.ones(pixels.shape[:2], dtype=bool)
    density = ndimage.gaussian_filter(_optical_density(pixels).mean(axis=-1), 2)
    return ndimage.binary_fill_holes(density > TISSUE_OD)


def find_positive(
    signal: NDArray[np.float64], tissue: NDArray[np.bool_], stain: Stain, threshold: float | None = None
) -> tuple[NDArray[np.bool_], float]:
    """Positive pixels within the tissue, and the threshold that they exceed."""
    if stain == "binary_mask":
        return (signal > 0) & tissue, float("nan")
    if threshold is None:
        inside = signal[tissue]
        if inside.size == 0 or inside.min() == inside.max():
            return np.zeros_like(tissue), float("nan")
        threshold = float(threshold_otsu(inside))
    return (signal > threshold) & tissue, float(threshold)


def estimate_orientation(signal: NDArray[np.float64], *, window_px: float = 2.0) -> Orientation:
    """Local direction and coherency from the structure tensor.

    Angles follow OrientationJ: counter-clockwise from the horizontal as seen on the screen.
    """
    spline = (
        ndimage.spline_filter(np.asarray(signal, float), 3, mode="mirror")
        if min(signal.shape) > 1
        else signal
    )
    smooth, slope = (1 / 6, 4 / 6, 1 / 6), (0.5, 0.0, -0.5)

    def derivative(axis: int) -> NDArray[np.float64]:
        along = ndimage.convolve1d(spline, slope, axis=axis, mode="mirror")
        return ndimage.convolve1d(along, smooth, axis=1 - axis, mode="mirror")

    gx, gy = derivative(1), derivative(0)
    xx, xy, yy = (ndimage.gaussian_filter(p, window_px, mode="mirror") for p in (gx * gx, gx * gy, gy * gy))
    energy = xx + yy
    coherency = np.hypot(yy - xx, 2 * xy) / np.maximum(energy, np.finfo(float).tiny)
    angle = np.rad2deg(0.5 * np.arctan2(2 * xy, yy - xx)) % 180.0
    return Orientation(angle, np.clip(coherency, 0, 1), energy, (xx, xy, yy))


def summarise_directions(orientation: Orientation, where: NDArray[np.bool_]) -> tuple[float, float, float]:
    """Coherency of the mean tensor, mean axial direction (degrees) and alignment R over `where`.

    ``R exp(2iθ̄) = mean exp(2iθ)``: doubling makes opposite directions one.
    """
    if not where.any():
        return float("nan"), float("nan"), float("nan")
    xx, xy, yy = (float(part[where].mean()) for part in orientation.tensor)
    coherency = float(np.hypot(yy - xx, 2 * xy) / (xx + yy)) if xx + yy > 0 else float("nan")
    resultant = np.exp(2j * np.deg2rad(orientation.angle_deg[where])).mean()
    return coherency, float(np.rad2deg(np.angle(resultant)) / 2 % 180.0), float(abs(resultant))


def _angle_to_border(
    orientation: Orientation, where: NDArray[np.bool_], tumour: NDArray[np.bool_] | None
) -> float:
    """Mean acute angle to the nearest border, from the gradient of the distance to the tumour."""
    if tumour is None or not tumour.any() or tumour.all():
        return float("nan")
    inside = ndimage.distance_transform_edt(tumour)
    outside = ndimage.distance_transform_edt(~tumour.astype(bool))
    gy, gx = np.gradient(ndimage.gaussian_filter(np.asarray(outside - inside, float), 2))
    border = (
        np.rad2deg(np.arctan2(gx, gy)) % 180.0
    )  # along the border: the normal turned by 90°, rows pointing down
    outer = where & ~tumour.astype(bool)
    if not outer.any():
        return float("nan")
    gap = np.abs(orientation.angle_deg[outer] - border[outer]) % 180.0
    return float(np.minimum(gap, 180.0 - gap).mean())


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


def _status(tissue: NDArray[np.bool_], positive: NDArray[np.bool_], directed: NDArray[np.bool_]) -> str:
    if not tissue.any():
        return "no tissue"
    if not positive.any():
        return "no positive area"
    return "ok" if directed.any() else "no direction"


def _check_inputs(
    image: NDArray[np.generic],
    stain: str,
    um_per_px: float,
    mask: NDArray[np.bool_] | None,
    tumour: NDArray[np.bool_] | None,
) -> None:
    faults = []
    if stain not in STAINS:
        faults.append(Fault(f"stain must be one of {', '.join(STAINS)}", stain))
    if not um_per_px > 0:
        faults.append(
            Fault("um_per_px must be > 0", f"{um_per_px}", "", "It is in the microscope's metadata.")
        )
    if stain in BRIGHTFIELD and (image.ndim != 3 or image.shape[-1] < 3):
        faults.append(Fault(f"a {stain} image must be RGB", f"shape {image.shape}"))
    for name, region in (("mask", mask), ("tumour", tumour)):
        if region is not None and region.shape != image.shape[:2]:
            faults.append(Fault(f"{name} must have the image's shape {image.shape[:2]}", f"{region.shape}"))
    if faults:
        raise InputError(faults)
