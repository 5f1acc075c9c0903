"""Analytes of which the assay itself asks for care, whatever the study."""

from __future__ import annotations

from collections.abc import Iterable

from lib.immunoassay import Assay, match_analyte
from lib.programme import Programme
from reports.present.cytokines.words import analytes_of
from reports.shown import Text
from reports.wording import listing

MOVED, LATENT = ("IL-6", "IL-8"), "TGF-β"
DELICATE: dict[str, tuple[str, ...]] = {
    "IL-6": ("interleukin 6",),
    "IL-8": ("interleukin 8", "CXCL8"),
    LATENT: ("TGF-β1", "TGF-β2", "TGF-β3"),
}
"""Analytes that ask for care, and other names of theirs."""


def limits(found: Assay, *, programme: Programme) -> Text | None:
    """Limits of the analytes measured, a point each; nothing where there are none."""
    notes = [*list_handling(analytes_of(found)), *programme.note("cytokines", "limits")]
    return Text("\n".join(f"- {note}" for note in notes)) if notes else None


def list_handling(analytes: Iterable[str]) -> list[str]:
    """What handling and form of the analytes measured can do to them, a note each."""
    there = {match_analyte(name, DELICATE) for name in analytes}
    moved = [name for name in MOVED if name in there]
    notes = [f"Handling, time of day and activation in the tube move {listing(moved)}."] if moved else []
    if LATENT in there:
        notes += [
            "Platelets release TGF-β.",
            (
                "Total TGF-β needs acid activation of latent TGF-β; without it only the free form is read."
                " Assays of the two must never be compared."
            ),
        ]
    return notes


def say_caution(analytes: Iterable[str], *, paired: bool) -> str:
    """The card's caution: the form read where that matters, and what a paired change is not."""
    said = []
    if LATENT in {match_analyte(name, DELICATE) for name in analytes}:
        said.append("Total TGF-β is read after acid activation only; check which form was measured.")
    if paired:
        said.append("Before and after without a control arm: not a treatment effect by itself.")
    return " ".join(said)
