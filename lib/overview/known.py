"""What a programme asks and publishes, as an overview is handed it; everything may be empty."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

NOTHING = "nothing is published to compare with"
NOT_FOUND = "not found"
"""Published value of what was looked for and not found."""


def _nothing_of(_name: str) -> dict[str, str]:
    return {}


def _no_direction(_name: str) -> str:
    return ""


def _no_interaction(_one: str, _other: str) -> str:
    return ""


def _not_named(_name: str) -> bool:
    return False


@dataclass(frozen=True)
class Known:
    """Questions and published record of a programme; without any, every number stands alone.

    ``questions``: question → analyses that answer it, in order; an analysis may answer two.
    ``target``: the readout by which the target is said to be hit; ``stains``: markers that show the target.
    ``treatment``: the one meant where a table names none.
    ``readouts``: readout as tables name it → its published name; names are compared without marks and case.
    ``directions``: treatment → published direction of each readout under it.
    ``cellular_ic50``: treatment → published cellular IC50 of each readout, with its unit, or `NOT_FOUND`.
    ``population``: population as data name it → published direction, empty where there is none.
    ``interaction``: pair of compounds → published word, empty where there is none.
    ``analyte``: whether anything is published of an analyte.
    ``endpoints``: published item → endpoint, as the tables of rates and times name it.
    ``reasons``: analysis → why its numbers have nothing to stand beside, where more can be said than that.
    ``ic50``: whether IC50s are published at all. ``models``: model of a score → its name.
    """

    questions: Mapping[str, Sequence[str]] = field(default_factory=dict)
    target: str = ""
    stains: Collection[str] = ()
    treatment: str = ""
    readouts: Mapping[str, str] = field(default_factory=dict)
    directions: Callable[[str], Mapping[str, str]] = _nothing_of
    cellular_ic50: Callable[[str], Mapping[str, str]] = _nothing_of
    population: Callable[[str], str] = _no_direction
    interaction: Callable[[str, str], str] = _no_interaction
    analyte: Callable[[str], bool] = _not_named
    endpoints: Mapping[str, str] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    ic50: bool = False
    models: Mapping[str, str] = field(default_factory=dict)

    def reason(self, analysis: str) -> str:
        """Why numbers of an analysis have nothing to stand beside."""
        return self.reasons.get(analysis) or NOTHING

    def published_name(self, readout: object) -> str:
        """Plain published name of a readout."""
        own = {plain(name): plain(published) for name, published in self.readouts.items()}
        return own.get(plain(readout), plain(readout))

    def is_target(self, readout: object) -> bool:
        """Whether a readout is the one by which the target is said to be hit."""
        return bool(self.target) and self.published_name(readout) == self.published_name(self.target)

    def is_stain(self, marker: object) -> bool:
        """Whether a marker shows the target."""
        return plain(marker) in {plain(name) for name in self.stains}


def plain(name: object) -> str:
    """A name without case, spaces and marks."""
    return "".join(c for c in str(name).lower() if c.isalnum())
