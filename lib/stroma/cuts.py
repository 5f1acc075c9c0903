"""Where a signal is positive: a cut that is told from noise, and one cut for the images of a study."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.filters import threshold_otsu

from lib.stroma.signal import smooth_within

CutFrom = Literal["study", "image"]
Origin = Literal["given", "study", "image", "none needed", "none"]

SEPARATED = 2.0
"""Standard widths of the background's peak from which a cut is told from noise. Of noise of one kind Otsu's
cut lies 0.0 to 1.3 widths from the peak; of fibres, at 2 to 90 % of the field, 2.7 to 18."""

LEAST_PX = 32**2
"""Pixels of tissue from which noise is told: fewer hold too few independent patches."""

BINS, MOST_VALUES, FULL_WIDTH = 128, 200_000, 2.355
"""Of the histogram in which the peak is sought, and of values for it (every n-th of more); full width at half
maximum of a Gaussian of standard deviation 1."""


@dataclass(frozen=True)
class Cut:
    """The signal from which a pixel is positive.

    Attributes
    ----------
    value : float
        NaN where there is none.
    origin : str
        ``"given"``, ``"study"`` (median of the images' own), ``"image"`` (Otsu's, of this image),
        ``"none needed"`` (a binary mask), ``"none"`` (not told from noise).
    own : float
        Otsu's cut of this image where it is told from noise, else NaN.
    separation : float
        Distance of Otsu's cut from this image's background, in standard widths of the background's peak; NaN
        where it was not looked at.
    noise : tuple of float
        Ends of the main peak of this image's signal, `SEPARATED` widths to either side: a cut between them is
        not told from noise by an image that has one kind of signal only.
    """

    value: float
    origin: Origin
    own: float = float("nan")
    separation: float = float("nan")
    noise: tuple[float, float] = (float("nan"), float("nan"))


@dataclass(frozen=True)
class Peak:
    """The main peak of a histogram, with its standard width (half-width at half maximum / 1.18) to either
    side.

    A width is infinite where the histogram does not fall to half on that side.
    """

    position: float
    below: float
    above: float


def propose_cut(
    signal: NDArray[np.float64], tissue: NDArray[np.bool_], unclipped: NDArray[np.float64] | None = None
) -> Cut:
    """Otsu's cut of one image, if it is told from noise.

    Otsu's threshold parts anything in two, noise too (0.64 of a Gaussian's variance lies between its halves).
    Two things must hold. Of the smoothed signal, the histogram falls to half of its main peak before the cut,
    and the cut is `SEPARATED` standard widths (half-width at half maximum / 1.18) away: smoothing turns
    independent noise Gaussian, whatever its distribution, and leaves noise that is smooth already as it is.
    And where the smoothed signal is calm, positive pixels are at most half as frequent as in all the tissue:
    otherwise the fibres are there but a pixel's own noise decides.

    Parameters
    ----------
    signal : array, shape (rows, columns)
    tissue : array of bool, shape (rows, columns)
    unclipped : array, shape (rows, columns), optional
        The signal before it was cut off at 0, in which the noise is looked for: of noise around 0 the clipped
        half is a peak without a width, from which anything is told. By default `signal`.

    Returns
    -------
    Cut
        ``origin`` ``"image"``, or ``"none"`` with its separation.

    Notes
    -----
    Slow shading and grain wider than the smoothing are not noise of one kind; shading up to a factor of two
    and grain up to 6 px stay below the limit on fields of 64 px and more.

    References
    ----------
    Otsu (1979), A threshold selection method from gray-level histograms, IEEE Trans SMC 9:62.
    """
    inside, whole = signal[tissue], signal if unclipped is None else unclipped
    noise = _ends_of(find_peak(whole[tissue])) if inside.size else (float("nan"), float("nan"))
    if inside.size < LEAST_PX or inside.min() == inside.max():
        return Cut(float("nan"), "none", noise=noise)
    smooth = smooth_within(whole, tissue)
    value, level = (float(threshold_otsu(v)) for v in (inside, smooth[tissue]))
    separation = measure_separation(smooth[tissue], level)
    calm = tissue & ~ndimage.binary_dilation(tissue & (smooth > level), iterations=3)
    noisy = calm.any() and (signal[calm] > value).mean() > 0.5 * (inside > value).mean()
    told = separation >= SEPARATED and not noisy
    own = value if told else float("nan")
    return Cut(own, "image" if told else "none", own, separation, noise)


def measure_separation(values: NDArray[np.float64], cut: float) -> float:
    """Distance of a cut from the main peak of a histogram, in standard widths of the peak on that side."""
    peak = find_peak(values)
    width = peak.above if cut > peak.position else peak.below
    return abs(cut - peak.position) / width if width else 0.0


def find_peak(values: NDArray[np.float64]) -> Peak:
    """The main peak of the values between their 0.1 and 99.9 percentiles."""
    values = values[:: -(-values.size // MOST_VALUES)]
    low, high = np.percentile(values, [0.1, 99.9])
    if not high > low:
        return Peak(float(low), 0.0, 0.0)
    counts, edges = np.histogram(np.clip(values, low, high), bins=BINS, range=(low, high))
    height = ndimage.gaussian_filter1d(counts.astype(float), 2.0, mode="constant")
    top = int(height.argmax())
    step = (edges[1] - edges[0]) / (FULL_WIDTH / 2)
    below, above = (np.flatnonzero(side <= height[top] / 2) for side in (height[top::-1], height[top:]))
    widths = [float(fallen[0] * step) if fallen.size else float("inf") for fallen in (below, above)]
    return Peak(float((edges[top] + edges[top + 1]) / 2), *widths)


def _ends_of(peak: Peak) -> tuple[float, float]:
    return peak.position - SEPARATED * peak.below, peak.position + SEPARATED * peak.above


def choose_cuts(groups: Sequence[Hashable], own: Sequence[Cut], cut_from: CutFrom = "study") -> list[Cut]:
    """One cut for each group of images that are stained and taken alike, or each image's own.

    A study's cut is the median of its images' own that are told from noise; an image that lost its fibres is
    then judged by the others and finds nothing. Where no image of a group tells, there is none; nor for an
    image in whose noise the cut lies, as after an automatic contrast.

    Parameters
    ----------
    groups : sequence
        What makes images alike: stain, marker, depth of the file.
    own : sequence of Cut
        From :func:`propose_cut`, in the same order.
    cut_from : {"study", "image"}
    """
    if cut_from == "image":
        return list(own)
    told: dict[Hashable, list[float]] = {}
    for group, cut in zip(groups, own, strict=True):
        if cut.origin == "image":
            told.setdefault(group, []).append(cut.value)
    shared = {group: float(np.median(values)) for group, values in told.items()}
    return [
        (
            replace(cut, value=shared[group], origin="study")
            if _holds(cut, shared.get(group, float("nan")))
            else cut
        )
        for group, cut in zip(groups, own, strict=True)
    ]


def _holds(own: Cut, shared: float) -> bool:
    """Whether a shared cut can be used on an image: it has both kinds of signal, or noise away from the
    cut."""
    return own.origin == "image" or (
        own.origin == "none" and (shared < own.noise[0] or shared > own.noise[1])
    )
