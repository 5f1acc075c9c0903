"""A small table of fluorochromes, and what two kinds of cytometer see of them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

LASERS = (405, 488, 640)


@dataclass(frozen=True)
class Dye:
    """Emission peak and widths, how well each laser excites it, and what a tandem leaks of its donor.

    Parameters
    ----------
    name : str
    peak_nm : float
        Emission maximum.
    left_nm, right_nm : float
        Standard deviations of the emission below and above the peak; spectra fall slower to the red.
    excitation : tuple of float
        Efficiency at 405, 488 and 640 nm relative to the best of them.
    tandem : bool
        Two dyes coupled: fixation and light break the coupling.
    donor_peak_nm, donor_share : float
        Emission of the donor that an intact tandem still shows.
    """

    name: str
    peak_nm: float
    left_nm: float
    right_nm: float
    excitation: tuple[float, float, float]
    tandem: bool = False
    donor_peak_nm: float = 0.0
    donor_share: float = 0.0


DYES = (
    Dye("Pacific Blue", 455, 18, 38, (1.0, 0.0, 0.0)),
    Dye("BV421", 421, 10, 26, (1.0, 0.0, 0.0)),
    Dye("Alexa Fluor 405", 421, 10, 26, (1.0, 0.0, 0.0)),
    Dye("BV510", 510, 24, 42, (1.0, 0.05, 0.0)),
    Dye("Alexa Fluor 430", 541, 24, 40, (1.0, 0.15, 0.0)),
    Dye("BV605", 603, 12, 30, (1.0, 0.06, 0.01), True, 421, 0.03),
    Dye("Qdot 605", 605, 9, 9, (1.0, 0.35, 0.02)),
    Dye("BV650", 650, 12, 30, (1.0, 0.04, 0.12), True, 421, 0.03),
    Dye("BV711", 711, 14, 28, (1.0, 0.03, 0.15), True, 421, 0.03),
    Dye("BV786", 785, 16, 26, (1.0, 0.03, 0.08), True, 421, 0.03),
    Dye("FITC", 519, 10, 25, (0.05, 1.0, 0.0)),
    Dye("Alexa Fluor 488", 519, 10, 25, (0.05, 1.0, 0.0)),
    Dye("PE", 576, 9, 24, (0.04, 1.0, 0.0)),
    Dye("PE-Texas Red", 615, 12, 24, (0.03, 1.0, 0.01), True, 576, 0.12),
    Dye("PE-Cy5", 667, 11, 24, (0.03, 1.0, 0.25), True, 576, 0.03),
    Dye("7-AAD", 647, 24, 45, (0.02, 1.0, 0.05)),
    Dye("PerCP", 675, 9, 18, (0.30, 1.0, 0.06)),
    Dye("PerCP-Cy5.5", 695, 11, 24, (0.25, 1.0, 0.12), True, 675, 0.06),
    Dye("PE-Cy7", 774, 15, 28, (0.03, 1.0, 0.02), True, 576, 0.04),
    Dye("APC", 660, 10, 24, (0.01, 0.01, 1.0)),
    Dye("Alexa Fluor 647", 668, 11, 24, (0.01, 0.01, 1.0)),
    Dye("Alexa Fluor 700", 719, 14, 28, (0.01, 0.01, 1.0)),
    Dye("APC-Cy7", 785, 16, 28, (0.01, 0.01, 1.0), True, 660, 0.06),
    Dye("APC-H7", 785, 16, 28, (0.01, 0.01, 1.0), True, 660, 0.04),
)
"""Peaks as the makers print them (BD, BioLegend and Thermo Fisher fluorochrome charts; FPbase for PE, APC and
PerCP); widths and excitation are rounded readings of the same curves, good to about 20 %. A model, not a
measurement."""

SAME_AS = {
    "fluoresceinisothiocyanate": "FITC",
    "phycoerythrin": "PE",
    "allophycocyanin": "APC",
    "af647": "Alexa Fluor 647",
    "alexa647": "Alexa Fluor 647",
    "af488": "Alexa Fluor 488",
    "alexa488": "Alexa Fluor 488",
    "af700": "Alexa Fluor 700",
    "alexa700": "Alexa Fluor 700",
    "brilliantviolet421": "BV421",
    "brilliantviolet510": "BV510",
    "brilliantviolet605": "BV605",
    "brilliantviolet650": "BV650",
    "brilliantviolet711": "BV711",
    "brilliantviolet785": "BV786",
    "bv785": "BV786",
    "percpcyanine55": "PerCP-Cy5.5",
    "pecyanine7": "PE-Cy7",
    "apccyanine7": "APC-Cy7",
    "pb": "Pacific Blue",
    "pacblue": "Pacific Blue",
    "af405": "Alexa Fluor 405",
    "af430": "Alexa Fluor 430",
    "qd605": "Qdot 605",
    "apcefluor780": "APC-H7",
}


@dataclass(frozen=True)
class Detector:
    """A band of wavelengths read after one laser."""

    laser_nm: int
    low_nm: float
    high_nm: float

    @property
    def name(self) -> str:
        """As on a filter: centre/width and the laser."""
        return (
            f"{(self.low_nm + self.high_nm) / 2:.0f}/{self.high_nm - self.low_nm:.0f} ({self.laser_nm} nm"
            " laser)"
        )


@dataclass(frozen=True)
class Instrument:
    """Detectors of a cytometer, and whether each dye must have one to itself."""

    name: str
    detectors: tuple[Detector, ...]
    one_detector_a_dye: bool


def _filters(laser: int, *bands: tuple[int, int]) -> tuple[Detector, ...]:
    return tuple(Detector(laser, centre - width / 2, centre + width / 2) for centre, width in bands)


def _array(laser: int, first: int, last: int, n: int) -> tuple[Detector, ...]:
    edges = np.linspace(first, last, n + 1)
    return tuple(Detector(laser, float(a), float(b)) for a, b in itertools.pairwise(edges))


CONVENTIONAL = Instrument(
    "conventional",
    _filters(405, (450, 50), (525, 50), (610, 20), (710, 50), (780, 60))
    + _filters(488, (530, 30), (575, 26), (610, 20), (680, 30), (780, 60))
    + _filters(640, (660, 20), (730, 45), (780, 60)),
    True,
)
"""Three lasers, the usual band-pass filters."""

SPECTRAL = Instrument(
    "spectral", _array(405, 420, 830, 16) + _array(488, 500, 830, 14) + _array(640, 650, 830, 8), False
)
"""Three lasers, 38 adjoining bands."""


@lru_cache(maxsize=512)
def dye_named(name: str) -> Dye | None:
    """The dye of that name, however it is spelt; None if the table has none."""
    plain = re.sub(r"[^a-z0-9]", "", name.lower().replace("™", ""))
    return next(
        (
            d
            for d in DYES
            if d.name == SAME_AS.get(plain) or re.sub(r"[^a-z0-9]", "", d.name.lower()) == plain
        ),
        None,
    )


def signatures(dyes: Sequence[str], instrument: Instrument) -> NDArray[np.float64]:
    """Light of each dye in each detector, rows of length 1, shape (n_dyes, n_detectors)."""
    rows = [_signature(dye, instrument) for name in dyes if (dye := dye_named(name)) is not None]
    matrix = np.array(rows, dtype=np.float64).reshape(len(rows), len(instrument.detectors))
    return np.asarray(matrix / np.linalg.norm(matrix, axis=1, keepdims=True))


def _signature(dye: Dye, instrument: Instrument) -> list[float]:
    return [
        dye.excitation[LASERS.index(d.laser_nm)]
        * (
            (1 - dye.donor_share) * _share(d, dye.peak_nm, dye.left_nm, dye.right_nm)
            + (dye.donor_share * _share(d, dye.donor_peak_nm, 10, 24) if dye.donor_share else 0.0)
        )
        for d in instrument.detectors
    ]


def _share(detector: Detector, peak: float, left: float, right: float) -> float:
    """Share of a two-sided Gaussian emission that falls into the band; light below the laser is blocked."""

    def below(wavelength: float) -> float:
        z = (wavelength - peak) / (left if wavelength < peak else right)
        side = left if wavelength < peak else right
        part = side * (ndtr(z) - 0.5) if wavelength >= peak else -left * (0.5 - ndtr(z))
        return float((left / 2 + part) / ((left + right) / 2))

    low = max(detector.low_nm, detector.laser_nm + 5.0)
    return max(below(max(detector.high_nm, low)) - below(low), 0.0)
