"""Fibres of the extracellular matrix: how much of the tissue they fill and how they are aligned."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from lib.errors import Fault, InputError
from lib.stroma.cuts import Cut, Origin, propose_cut
from lib.stroma.orientation import (
    Orientation,
    estimate_angle_to_border,
    estimate_orientation,
    summarise_directions,
)
from lib.stroma.signal import BRIGHTFIELD, Field, Stain, prepare_field
from lib.tables.stroma import STAINS

NO_TISSUE, NO_CUT, NOTHING = "no tissue", "cut not told from noise", "no positive area"
FEWEST_WINDOWS = 4
"""Windows of the structure tensor (8πσ² px) from which a direction is told: R of so many at random is 0.5."""


@dataclass(frozen=True)
class Fibres:
    """What one image says of its fibres.

    Attributes
    ----------
    tissue_area_mm2 : float
        Area looked at: the mask, or what is not glass, or the frame where a dark-field image has no mask;
        without canvas and bars.
    area_fraction : float
        Positive area / tissue area, 0 to 1; NaN without tissue or where the cut is not told from noise.
    threshold : float
        Signal (optical density or intensity) from which a pixel is positive; NaN where there is none.
    threshold_origin : str
        ``"given"``, ``"study"``, ``"image"``, ``"none needed"`` or ``"none"``; see
        :class:`~lib.stroma.cuts.Cut`.
    own_threshold, separation : float
        Otsu's cut of this image where it is told from noise, and its distance from the image's background in
        standard widths.
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
    field_area_mm2, excluded_fraction, unclear_fraction : float
        Area of the frame without canvas and bars, the part of the frame that they are, and the part that is
        black or white to the last bit though neither; see :class:`~lib.canvas.Canvas`.
    status : str
        ``"ok"``, ``"no tissue"``, ``"cut not told from noise"``, ``"no positive area"`` (an area fraction of
        0, which is a result) or ``"no direction"`` (too few pixels to tell one).
    """

    tissue_area_mm2: float
    area_fraction: float
    threshold: float
    threshold_origin: Origin
    own_threshold: float
    separation: float
    coherency: float
    mean_local_coherency: float
    dominant_angle_deg: float
    alignment: float
    n_orientations: int
    border_angle_deg: float
    region: str
    field_area_mm2: float
    excluded_fraction: float
    unclear_fraction: float
    status: str


def measure_fibres(
    image: NDArray[np.generic],
    stain: Stain,
    *,
    um_per_px: float,
    mask: NDArray[np.bool_] | None = None,
    tumour: NDArray[np.bool_] | None = None,
    window_px: float = 2.0,
    threshold: float | Cut | None = None,
) -> Fibres:
    """Measure the area fraction and the alignment of fibres in one image.

    The positive area is what exceeds the threshold within the tissue, on the dye's optical density
    (brightfield) or the intensity (dark field); canvas and bars are not tissue. Directions come from the
    structure tensor, ``J = G_σ * (∇I ∇Iᵀ)``, with cubic-spline gradients; they are counted over the mask
    where one is given, otherwise over the positive pixels, away from canvas and bars.

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
    threshold : float or Cut, optional
        Fixed threshold, so that images of one study are judged alike; by default Otsu's of this image, if it
        is told from noise.

    Raises
    ------
    InputError
        For an unknown stain, a mask of another shape, or a pixel size that is not positive.

    References
    ----------
    Püspöki et al. (2016), Transforms and operators for directional bioimage analysis, Adv Anat Embryol 219.
    """
    _check_inputs(image, stain, um_per_px, mask, tumour)
    field = prepare_field(image, stain, mask)
    cut = threshold if isinstance(threshold, Cut) else cut_of(field, stain, threshold)
    positive = find_positive(field, cut)
    orientation, directed = find_directions(positive if mask is None else field.tissue, field, window_px)
    coherency, angle, alignment = summarise_directions(orientation, directed)
    excluded, px_mm2 = field.canvas.excluded, (um_per_px / 1000) ** 2
    return Fibres(
        tissue_area_mm2=float(field.tissue.sum()) * px_mm2,
        area_fraction=_area_fraction(positive, field.tissue, cut),
        threshold=cut.value,
        threshold_origin=cut.origin,
        own_threshold=cut.own,
        separation=cut.separation,
        coherency=coherency,
        mean_local_coherency=(
            float(orientation.coherency[directed].mean()) if directed.any() else float("nan")
        ),
        dominant_angle_deg=angle,
        alignment=alignment,
        n_orientations=int(directed.sum()),
        border_angle_deg=estimate_angle_to_border(orientation, directed, tumour),
        region="positive pixels" if mask is None else "mask",
        field_area_mm2=float((~excluded).sum()) * px_mm2,
        excluded_fraction=float(excluded.mean()),
        unclear_fraction=field.canvas.unclear,
        status=_status(field.tissue, positive, directed, cut),
    )


def find_positive(field: Field, cut: Cut) -> NDArray[np.bool_]:
    """Positive pixels within the tissue; none where there is no cut. A binary mask is positive above 0."""
    level = 0.0 if cut.origin == "none needed" else cut.value
    return np.asarray((field.signal > level) & field.tissue)


def cut_of(field: Field, stain: Stain, threshold: float | None) -> Cut:
    """The cut of one image: none needed for a mask, the one given, or its own where it is told from noise."""
    if stain == "binary_mask":
        return Cut(float("nan"), "none needed")
    if threshold is not None:
        return Cut(float(threshold), "given")
    box = field.canvas.box
    return propose_cut(field.signal[box], field.tissue[box], field.unclipped[box])


def find_directions(
    region: NDArray[np.bool_], field: Field, window_px: float
) -> tuple[Orientation, NDArray[np.bool_]]:
    """Directions of the picture without its canvas, and where in the region they are counted.

    That is where there is a gradient which is not the edge of what was left out, if enough of it is there.
    """
    box = field.canvas.box
    orientation = estimate_orientation(field.signal[box], window_px=window_px).on_frame(
        field.signal.shape, box
    )
    directed = region & (orientation.energy > 1e-12 * max(float(orientation.energy.max()), 1e-300))
    excluded = field.canvas.excluded[box]
    if excluded.any():
        reach = 2 * int(np.ceil(3 * window_px) + 4) + 1
        directed[box] &= ndimage.maximum_filter(excluded.view(np.uint8), size=reach, mode="constant") == 0
    enough = directed.sum() >= FEWEST_WINDOWS * 8 * np.pi * window_px**2
    return orientation, directed if enough else np.zeros_like(directed)


def _area_fraction(positive: NDArray[np.bool_], tissue: NDArray[np.bool_], cut: Cut) -> float:
    if not tissue.any() or cut.origin == "none":
        return float("nan")
    return float(positive.sum() / tissue.sum())


def _status(
    tissue: NDArray[np.bool_], positive: NDArray[np.bool_], directed: NDArray[np.bool_], cut: Cut
) -> str:
    if not tissue.any():
        return NO_TISSUE
    if cut.origin == "none":
        return NO_CUT
    if not positive.any():
        return NOTHING
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
        faults.append(Fault(f"stain must be one of {', '.join(STAINS)}", value=stain))
    if not um_per_px > 0:
        faults.append(
            Fault("um_per_px must be > 0", value=f"{um_per_px}", remedy="It is in the microscope's metadata.")
        )
    if stain in BRIGHTFIELD and (image.ndim != 3 or image.shape[-1] < 3):
        faults.append(Fault(f"a {stain} image must be RGB", value=f"shape {image.shape}"))
    for name, region in (("mask", mask), ("tumour", tumour)):
        if region is not None and region.shape != image.shape[:2]:
            faults.append(
                Fault(f"{name} must have the image's shape {image.shape[:2]}", value=f"{region.shape}")
            )
    if faults:
        raise InputError(faults)
