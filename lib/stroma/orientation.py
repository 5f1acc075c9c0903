"""Directions of fibres from the local structure tensor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage


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

    def on_frame(self, shape: tuple[int, ...], box: tuple[slice, slice]) -> Orientation:
        """The same in its place on a larger frame, with no gradient around it."""
        if self.energy.shape == shape:
            return self

        def place(values: NDArray[np.float64]) -> NDArray[np.float64]:
            frame = np.zeros(shape)
            frame[box] = values
            return frame

        xx, xy, yy = (place(part) for part in self.tensor)
        return Orientation(place(self.angle_deg), place(self.coherency), place(self.energy), (xx, xy, yy))


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
        found: NDArray[np.float64] = ndimage.convolve1d(along, smooth, axis=1 - axis, mode="mirror")
        return found

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


def estimate_angle_to_border(
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
