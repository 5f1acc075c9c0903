"""Where to cut between a dim and a bright population: the valley of the density."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks

Method = Literal["valley", "tail", "FMO"]
GRID = 512


@dataclass(frozen=True)
class Cut:
    """A threshold and how far it can be trusted.

    Parameters
    ----------
    position : float
        On the scale of the values.
    confidence : float
        Depth of the valley, 1 − density in the valley / lower of the two peaks beside it: 1 is a clean gap, 0
        no valley at all (then the cut is the tail of the dim population).
    method : str
        ``valley``, ``tail`` or ``FMO``.
    """

    position: float
    confidence: float
    method: Method


def find_cut(values: NDArray[np.floating], *, bandwidth: float = 0.012, least_share: float = 0.01) -> Cut:
    """Cut between the dim and the bright part of a distribution.

    The density is a histogram of 512 bins over the range of the values, smoothed by a Gaussian. Peaks must
    hold `least_share` of the events; the cut lies in the middle of the floor of the deepest valley between
    two of them. Where there is only one peak, the cut is its mode plus four robust standard deviations of its
    lower half, with confidence 0.

    Parameters
    ----------
    values : ndarray, shape (n_events,)
        Transformed values (logicle: about 0 to 1), or any scale on which populations are about symmetrical.
    bandwidth : float
        Of the Gaussian, as a fraction of the range.
    least_share : float
        Smallest share of events for a peak.

    Notes
    -----
    Deterministic: no random start, no sampling.
    """
    finite = np.asarray(values, dtype=np.float64)
    finite = finite[np.isfinite(finite)]
    if finite.size < 50:
        return Cut(float(np.median(finite)) if finite.size else 0.0, 0.0, "tail")
    low, high = np.percentile(finite, [0.05, 99.95])
    if high <= low:
        return Cut(float(low), 0.0, "tail")
    counts, edges = np.histogram(
        finite, bins=GRID, range=(low - 0.02 * (high - low), high + 0.02 * (high - low))
    )
    density = gaussian_filter1d(counts.astype(np.float64), bandwidth * GRID, mode="constant")
    centres = (edges[:-1] + edges[1:]) / 2
    peaks = _peaks_that_hold(density, counts, least_share)
    if len(peaks) < 2:
        return _tail_cut(finite, centres[int(np.argmax(density))])
    depth, floor = max(_valley(density, a, b) for a, b in itertools.pairwise(peaks))
    return Cut(float(centres[floor]), float(depth), "valley")


def fmo_cut(values: NDArray[np.floating], *, quantile: float = 0.995) -> Cut:
    """Cut above which a fluorescence-minus-one control has hardly any events.

    Confidence is the share of control events below the cut.
    """
    return Cut(float(np.quantile(values, quantile)), quantile, "FMO")


def _peaks_that_hold(
    density: NDArray[np.float64], counts: NDArray[np.integer], least_share: float
) -> list[int]:
    """Peaks with enough events around them; the smallest goes until all have."""
    peaks = [
        int(p)
        for p in find_peaks(np.concatenate([[0], density, [0]]), prominence=0.002 * density.max())[0] - 1
    ]
    while len(peaks) > 1:
        floors = [p + int(np.argmin(density[p:q])) for p, q in itertools.pairwise(peaks)]
        depths = [
            1 - density[f] / min(density[p], density[q])
            for f, p, q in zip(floors, peaks[:-1], peaks[1:], strict=True)
        ]
        shares = np.array([part.sum() for part in np.split(counts, floors)]) / counts.sum()
        if shares.min() < least_share:
            del peaks[int(np.argmin(shares))]
        elif min(depths) < 0.2:
            shallow = int(np.argmin(depths))
            del peaks[shallow if density[peaks[shallow]] < density[peaks[shallow + 1]] else shallow + 1]
        else:
            break
    return peaks


def _valley(density: NDArray[np.float64], left: int, right: int) -> tuple[float, int]:
    """Depth of the valley between two peaks and the middle of its floor."""
    between = density[left : right + 1]
    lower = min(density[left], density[right])
    floor = np.flatnonzero(between <= between.min() + 0.02 * lower)
    return float(1 - between.min() / lower), left + round(float(floor.mean()))


def _tail_cut(values: NDArray[np.float64], mode: float) -> Cut:
    below = mode - values[values <= mode]
    spread = 1.4826 * float(np.median(below)) if below.size else 0.0
    return Cut(float(mode + 4 * spread), 0.0, "tail")
