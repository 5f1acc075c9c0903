"""Rules of a panel on cells: species, populations, and the chemistry that a stain goes through."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from lib.cytometry.findings import Finding, Severity
from lib.cytometry.spectra import dye_named

MOUSE_ONLY = {
    "gr-1": "human MDSC are CD11b+CD33+HLA-DR low with CD14 (monocytic) or CD15 (granulocytic)",
    "ly6g": "use CD66b or CD15",
    "ly6c": "use CD14",
    "f4/80": "use CD68 or CD163",
    "nk1.1": "use CD56",
    "b220": "use CD19",
}
HUMAN_ONLY = {
    "hla-dr": "use I-A/I-E (MHC class II)",
    "cd56": "use NK1.1 or CD49b",
    "cd15": "use Ly6G",
    "cd66b": "use Ly6G",
}
INTRACELLULAR = {
    "foxp3",
    "ki-67",
    "ki67",
    "t-bet",
    "tbet",
    "gata3",
    "ror-gt",
    "granzyme b",
    "perforin",
    "ifn-g",
    "ifng",
    "tnf",
    "il-2",
    "il-17",
    "tcf-1",
    "tcf1",
    "tox",
    "eomes",
}
VIABILITY = re.compile(
    r"viab|live|dead|zombie|fixable|7-?aad|propidium|\bpi\b|dapi|sytox|aqua", re.IGNORECASE
)
DUMP = {"cd19", "b220", "cd20", "cd56", "nk1.1", "dump", "lineage", "lin", "cd326", "epcam", "ter119"}

NAIVE_CONTRADICTED_BY = ("PD-1", "CD69")
HUMAN_MDSC = ("CD11b", "CD33", "HLA-DR")


def check_species(markers: Sequence[str], species: str) -> list[Finding]:
    """Markers that the species of the sample does not have."""
    foreign = {"human": MOUSE_ONLY, "mouse": HUMAN_ONLY}.get(species, {**MOUSE_ONLY, **HUMAN_ONLY})
    severity: Severity = "fail" if species in ("human", "mouse") else "warn"
    findings = [
        Finding(
            "markers of the species",
            severity,
            marker,
            (
                f"{marker} does not exist in {species}"
                if severity == "fail"
                else (
                    f"{marker} exists in {'mouse' if marker.lower() in MOUSE_ONLY else 'human'} only and no"
                    " species is given"
                )
            ),
            _sentence(foreign[marker.lower()]),
            (marker,),
        )
        for marker in markers
        if marker.lower() in foreign
    ]
    return findings or [
        Finding.ok("markers of the species", f"every marker exists in {species or 'both species'}")
    ]


def check_wanted(markers: Sequence[str], wanted: Mapping[str, Sequence[str]], species: str) -> list[Finding]:
    """Populations that cannot be computed for want of a marker."""
    have = {m.lower() for m in markers}
    findings = []
    for population, needs in wanted.items():
        asked = HUMAN_MDSC if species == "human" and "Gr-1" in needs else needs
        lacking = [m for m in asked if m.lower() not in have]
        if lacking:
            findings.append(
                Finding(
                    "wanted populations",
                    "warn",
                    population,
                    f"the panel has no {', no '.join(lacking)}: {population} cannot be computed from it",
                    f"Add {', '.join(lacking)}, or leave the population out and say so.",
                )
            )
    return findings or [Finding.ok("wanted populations", "every wanted population has its markers")]


def check_phenotypes(wanted: Mapping[str, Sequence[str]]) -> list[Finding]:
    """Populations whose markers contradict their name."""
    odd = {
        population: [m for m in needs if m in NAIVE_CONTRADICTED_BY]
        for population, needs in wanted.items()
        if re.match(r"na[iï]ve", population, re.IGNORECASE)
    }
    findings = [
        Finding(
            "phenotypes that agree with their names",
            "warn",
            population,
            f"{' and '.join(against)} mark activated or exhausted cells; a naïve cell carries none",
            "Keep the published wording, show the phenotype beside it, and gate naïve cells as CD45RA+CCR7+"
            " (human) or CD44-CD62L+ (mouse).",
        )
        for population, against in odd.items()
        if against
    ]
    return findings or [Finding.ok("phenotypes that agree with their names", "no contradiction")]


def check_fixation(markers: Sequence[str], dyes: Sequence[str]) -> list[Finding]:
    """Intracellular markers, which need fixation, beside tandem dyes, which it breaks."""
    inside = [m for m in markers if m.lower() in INTRACELLULAR]
    tandems = [d for d in dict.fromkeys(dyes) if (dye := dye_named(d)) is not None and dye.tandem]
    if not inside or not tandems:
        return [Finding.ok("tandem dyes and fixation", "no intracellular marker together with a tandem dye")]
    return [
        Finding(
            "tandem dyes and fixation",
            "warn",
            ", ".join(tandems),
            f"{', '.join(inside)} needs fixation, which breaks tandem dyes: their donor's light appears as"
            " false signal",
            "Stain compensation controls through the same fixation, or use dyes that survive it (BV421,"
            " AF700).",
        )
    ]


def check_viability(markers: Sequence[str], dyes: Sequence[str]) -> list[Finding]:
    """Is there a dye that tells dead cells?"""
    if any(VIABILITY.search(text) for text in (*markers, *dyes)):
        return [Finding.ok("viability dye", "present")]
    return [
        Finding(
            "viability dye",
            "fail",
            "none in the panel",
            "dead cells bind antibodies at random and glow: they pass as rare populations, and tumours are"
            " full of them",
            "Add a fixable viability dye in a free channel (for example one read near 510 nm on the violet"
            " laser).",
        )
    ]


def check_dump(markers: Sequence[str]) -> list[Finding]:
    """Is there a channel for the cells that nobody wants?"""
    if {m.lower() for m in markers} & DUMP:
        return [Finding.ok("dump channel", "present")]
    return [
        Finding(
            "dump channel",
            "warn",
            "none in the panel",
            "B, NK and tumour cells stay among the CD3-negative and CD45-low events",
            "Add CD19, CD56 or NK1.1, and EpCAM in one channel, or read CD3-negative gates with care.",
        )
    ]


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
