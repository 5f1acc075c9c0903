"""The settings that move a score, kept together and stored with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from lib.errors import Fault, InputError
from lib.stains.density import StainVectors

Compartment = Literal["nucleus", "cytoplasm", "cell"]
NUCLEAR_MARKERS = {
    "ki67",
    "mib1",
    "er",
    "pr",
    "ar",
    "p53",
    "pcna",
    "foxp3",
    "sox2",
    "myc",
    "cmyc",
    "phh3",
    "ttf1",
}
"""Stains of the nucleus, whatever the study; lower case, letters and digits only."""

Known = Mapping[str, tuple[Compartment, str]]
"""Names of a study's own markers → where each is read, and why."""

NOTHING_KNOWN: Known = MappingProxyType({})


@dataclass(frozen=True)
class Settings:
    """How a slide is measured.

    Attributes
    ----------
    thresholds_od : tuple of float
        Mean DAB density from which a cell is 1+, 2+ and 3+.
    background : tuple of float or None
        Red, green and blue of clear glass; None estimates it on every slide.
    vectors : StainVectors
        Absorbance of the two stains.
    estimate_vectors : bool
        Estimate them on every slide instead.
    nucleus_area_um2 : float
        Typical area of a nucleus in the section.
    expansion_um : float
        Width of the cytoplasm around it.
    work_um_per_px : float
        Densities are averaged to pixels of at most this size before nuclei are looked for.
    """

    thresholds_od: tuple[float, float, float] = (0.2, 0.4, 0.6)
    background: tuple[float, ...] | None = None
    vectors: StainVectors = field(default_factory=StainVectors)
    estimate_vectors: bool = False
    nucleus_area_um2: float = 120.0
    expansion_um: float = 5.0
    work_um_per_px: float = 1.0

    def __post_init__(self) -> None:
        cuts = self.thresholds_od
        if len(cuts) != 3 or not 0 < cuts[0] < cuts[1] < cuts[2]:
            raise InputError(Fault("thresholds_od must be three rising numbers > 0", value=f"{list(cuts)}"))
        for name in ("nucleus_area_um2", "expansion_um", "work_um_per_px"):
            if not getattr(self, name) > 0:
                raise InputError(Fault(f"{name} must be > 0", value=f"{getattr(self, name)}"))


def default_compartment(marker: str, known: Known = NOTHING_KNOWN) -> Compartment:
    """Where a marker is read unless the table says: as `known` has it, nuclear stains in the nucleus, else
    the cell."""
    return _expected(marker, known)[0]


def compartment_warning(marker: str, compartment: str, known: Known = NOTHING_KNOWN) -> str:
    """What is wrong where the compartment contradicts the marker's biology, else empty."""
    expected, why = _expected(marker, known)
    if expected == "cytoplasm" and compartment == "nucleus":
        return f"{marker} is scored in the nucleus, but it is not a nuclear stain{f': {why}' if why else ''}"
    if expected == "nucleus" and compartment != "nucleus":
        return f"{marker} is a nuclear stain, but it is scored in the {compartment}"
    return ""


def _expected(marker: str, known: Known) -> tuple[Compartment, str]:
    plain = _plain(marker)
    of_the_study = {_plain(name): said for name, said in known.items()}
    return of_the_study.get(plain, ("nucleus" if plain in NUCLEAR_MARKERS else "cell", ""))


def _plain(marker: str) -> str:
    return "".join(c for c in marker.lower() if c.isalnum())
