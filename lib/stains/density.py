"""Optical density and the separation of stains on its true scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lib.errors import Fault, InputError

HAEMATOXYLIN = (0.650, 0.704, 0.286)
DAB = (0.268, 0.570, 0.776)
"""Absorbance of red, green and blue light by the two dyes; Ruifrok & Johnston 2001."""

SAMPLE = 200_000
DECIMALS = 7
"""Kept of a logarithm, of which processors differ in the last bits."""

MIN_ANGLE_DEG, MAX_TURN_DEG = 15.0, 30.0
"""Estimated vectors nearer to each other, or farther from the reference, mean that one stain is missing."""

Image = NDArray[np.uint8]
Densities = NDArray[np.float32]


@dataclass(frozen=True)
class StainVectors:
    """Unit absorbances of haematoxylin and DAB, and where they come from.

    ``origin`` is ``"given"``, ``"estimated"`` or ``"given: …"`` with the reason why they were not estimated.
    """

    haematoxylin: tuple[float, float, float] = HAEMATOXYLIN
    dab: tuple[float, float, float] = DAB
    origin: str = "given"

    @property
    def unmix(self) -> NDArray[np.float32]:
        """Matrix of shape (3, 3) from optical densities (red, green, blue) to (haematoxylin, DAB,
        residual)."""
        stains = np.stack([_unit(self.haematoxylin), _unit(self.dab)])
        residual = _unit(np.cross(*stains))
        return np.linalg.inv(np.vstack([stains, residual])).round(DECIMALS).astype(np.float32)


def read_vectors(numbers: Sequence[float]) -> StainVectors:
    """Vectors from six numbers, haematoxylin then DAB; none are Ruifrok & Johnston's.

    Raises
    ------
    InputError
        For another count, a negative absorbance, or two vectors less than 15° apart.
    """
    if len(numbers) == 0:
        return StainVectors()
    if len(numbers) != 6 or min(numbers) < 0:
        raise InputError(
            Fault(
                "stain_vectors must be six numbers >= 0",
                value=f"{list(numbers)}",
                remedy="Haematoxylin red, green, blue, then DAB red, green, blue.",
            )
        )
    h, d = np.array(numbers[:3], float), np.array(numbers[3:], float)
    if min(h.sum(), d.sum()) == 0 or _angle(h, d) < MIN_ANGLE_DEG:
        raise InputError(
            Fault(f"stain_vectors must be {MIN_ANGLE_DEG:g}° or more apart", value=f"{list(numbers)}")
        )
    return StainVectors(_triple(h), _triple(d))


def optical_density(image: Image, background: ArrayLike) -> Densities:
    """Optical density of each channel, ``OD = log10(background / intensity)``.

    Parameters
    ----------
    image : array of uint8, shape (rows, columns, 3)
        An intensity of 0 counts as 1, the least that 8 bits can tell from none: OD ends near 2.4.
    background : array, shape (3,)
        Red, green and blue where light passes through glass alone.

    Returns
    -------
    array of float32, shape (rows, columns, 3)
    """
    levels = np.maximum(np.arange(256), 1)
    table = np.log10(check_background(background)[:, None] / levels).round(DECIMALS).astype(np.float32)
    # a plane a channel lies together in memory: three times as fast as interleaved
    planes = np.stack([table[channel][image[..., channel]] for channel in range(3)])
    return np.moveaxis(planes, 0, -1)


def separate_stains(density: Densities, vectors: StainVectors) -> Densities:
    """Optical density of haematoxylin, of DAB, and the residual, shape (rows, columns, 3).

    Beer–Lambert: densities add, so the stains' are the solution of ``OD = c_H v_H + c_D v_D + c_R v_R`` with
    unit vectors. The scale is that of optical density, so 0.2 / 0.4 / 0.6 mean what they mean in QuPath. DAB
    scatters light and is not strictly additive: above about 1 OD read the order, not the amount.

    References
    ----------
    Ruifrok & Johnston (2001), Quantification of histochemical staining by color deconvolution.
    """
    planes, unmix = np.moveaxis(density, -1, 0), vectors.unmix
    # sums of products one by one: a matrix product's last bits, and then a pixel at a cut, hang on the
    # processor
    stains = [planes[0] * unmix[0, i] + planes[1] * unmix[1, i] + planes[2] * unmix[2, i] for i in range(3)]
    return np.moveaxis(np.stack(stains), 0, -1)


def estimate_background(image: Image, excluded: NDArray[np.bool_] | None = None) -> NDArray[np.float64]:
    """Red, green and blue of the glass: the 97th percentile of each channel; NaN where all is `excluded`.

    Assumes that some of the image is glass or nearly clear; otherwise state the background.

    Parameters
    ----------
    image : array of uint8, shape (rows, columns, 3)
    excluded : array of bool, shape (rows, columns), optional
        Canvas, whose white is not that of glass.
    """
    flat = image.reshape(-1, image.shape[-1])[:, :3]
    seen = _sample(flat if excluded is None else flat[~excluded.ravel()])
    return np.array([_percentile(channel, 97) for channel in seen.T]) if len(seen) else np.full(3, np.nan)


def estimate_vectors(density: Densities, *, least: float = 0.15, tail: float = 1.0) -> StainVectors:
    """Vectors from the image: the extreme directions of the plane that holds most of the colour.

    Falls back to the reference, and says why in ``origin``, where one of the stains is missing.

    Parameters
    ----------
    density : array, shape (rows, columns, 3)
        Optical densities.
    least : float
        Sum of densities from which a pixel counts as stained.
    tail : float
        Percentile of angles taken as the extreme.

    References
    ----------
    Macenko et al. (2009), A method for normalizing histology slides, ISBI 1107.
    """
    flat = _sample(density.reshape(-1, 3)).astype(float)
    flat = flat[flat.sum(axis=1) > least]
    if len(flat) < 1000:
        return StainVectors(origin="given: too few stained pixels to estimate from")
    _, axes = np.linalg.eigh(flat.T @ flat / len(flat))
    plane = axes[:, [2, 1]] * np.where(axes[:, 2].sum() < 0, -1.0, 1.0)
    along, across = (flat @ plane).T
    ends = np.percentile(np.arctan2(across, along), [tail, 100 - tail])
    first, second = (np.clip(plane @ [np.cos(a), np.sin(a)], 0, None) for a in ends)
    h, d = (first, second) if first[0] / first.sum() > second[0] / second.sum() else (second, first)
    return _judge(h, d)


def check_background(background: ArrayLike) -> NDArray[np.float64]:
    """Three numbers above 0 and up to 255.

    Raises
    ------
    InputError
        Otherwise.
    """
    levels = np.asarray(background, dtype=float)
    if levels.shape != (3,) or not ((levels > 0) & (levels <= 255)).all():
        raise InputError(
            Fault(
                "background must be three numbers in (0, 255]",
                value=f"{levels.tolist()}",
                remedy="Red, green and blue of clear glass; leave it empty to estimate it.",
            )
        )
    return levels


def _judge(h: NDArray[np.float64], d: NDArray[np.float64]) -> StainVectors:
    turns = _angle(h, HAEMATOXYLIN), _angle(d, DAB)
    if _angle(h, d) < MIN_ANGLE_DEG or max(turns) > MAX_TURN_DEG:
        return StainVectors(origin="given: the image does not show both stains")
    return StainVectors(_triple(_unit(h)), _triple(_unit(d)), "estimated")


def _percentile(levels: NDArray[np.uint8], percent: float) -> float:
    """As numpy's, which sorts; 256 levels need only be counted."""
    at_most = np.cumsum(np.bincount(levels, minlength=256))
    place, rest = divmod((levels.size - 1) * percent / 100, 1)
    below, above = np.searchsorted(at_most, [place, min(place + 1, levels.size - 1)], side="right")
    return float(below + (above - below) * rest)


def _sample(rows: NDArray[np.generic]) -> NDArray[np.generic]:
    return rows[:: max(1, len(rows) // SAMPLE)]


def _unit(vector: ArrayLike) -> NDArray[np.float64]:
    v = np.asarray(vector, dtype=float)
    found: NDArray[np.float64] = v / np.linalg.norm(v)
    return found


def _angle(a: ArrayLike, b: ArrayLike) -> float:
    return float(np.degrees(np.arccos(np.clip(_unit(a) @ _unit(b), -1, 1))))


def _triple(v: NDArray[np.float64]) -> tuple[float, float, float]:
    return float(v[0]), float(v[1]), float(v[2])
