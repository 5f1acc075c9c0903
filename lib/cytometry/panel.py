"""Can a panel of dyes measure what it is meant to? Spectra, species, populations, chemistry."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from types import MappingProxyType
from typing import Literal

import numpy as np
import pandas as pd

from lib.cytometry.separation import compare_spectra
from lib.cytometry.shown import ShownByRows
from lib.cytometry.spectra import CONVENTIONAL, DYES, dye_named, signatures

Severity = Literal["fail", "warn", "ok"]
SIMILAR, NEARLY_SAME = 0.90, 0.98
CONDITION_WARN, CONDITION_FAIL = 5.0, 10.0

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


@dataclass(frozen=True)
class Finding:
    """One rule of the panel check: what was found, why it matters, what to do.

    ``markers`` are those whose populations it touches; empty: all.
    """

    rule: str
    severity: Severity
    items: str
    why: str
    remedy: str
    markers: tuple[str, ...] = ()


@dataclass(frozen=True, repr=False)
class PanelCheck(ShownByRows):
    """All findings, and the spectra behind them.

    Parameters
    ----------
    findings : tuple of Finding
        One or more for each rule; a rule that holds says ok.
    similarity : DataFrame, shape (n_dyes, n_dyes)
        Cosine of the dyes' signatures on the spectral instrument.
    separation : DataFrame
        ``instrument, dye, condition_number`` (all dyes), ``condition_without`` (this one left out),
        ``noise_factor`` (how much the dye's own noise grows by unmixing all dyes),
        ``noise_factor_without_worst``. Missing where two dyes cannot be told apart at all.
    species : str
        Of which it was read; empty where none was given.
    """

    findings: tuple[Finding, ...]
    similarity: pd.DataFrame
    separation: pd.DataFrame
    species: str = ""

    def to_frame(self) -> pd.DataFrame:
        """Findings, worst first within the order of the rules."""
        columns = [field.name for field in fields(Finding) if field.name != "markers"]
        frame = pd.DataFrame([asdict(finding) for finding in self.findings], columns=columns)
        rank = frame.severity.map({"fail": 0, "warn": 1, "ok": 2})
        return frame.iloc[np.argsort(rank.to_numpy(), kind="stable")].reset_index(drop=True)

    def _told(self) -> dict[str, str]:
        return {"species": self.species or "not given"}


def check_panel(
    panel: pd.DataFrame,
    *,
    species: str = "",
    wanted: Mapping[str, Sequence[str]] = MappingProxyType({}),
    file_channels: Sequence[str] = (),
) -> PanelCheck:
    """Check a panel before anything is computed from it.

    Parameters
    ----------
    panel : DataFrame
        ``marker, fluorochrome``, optionally ``channel``.
    species : str
        ``human``, ``mouse`` or empty (then markers of either are a warning).
    wanted : mapping of str to sequence of str
        Population to the markers without which it cannot be computed; where none is wanted, the rules on
        populations are left out.
    file_channels : sequence of str
        Channels of the FCS files: those that stain something but are not in the panel are named.

    Notes
    -----
    Spectra are peaks and widths from public tables (see `lib.cytometry.spectra`), not measured on your
    instrument: read the numbers as orders of magnitude, and single-stain controls as the truth.
    """
    stained = panel[panel["marker"].notna() & panel["fluorochrome"].notna()].reset_index(drop=True)
    scatter = stained["fluorochrome"].astype(str).str.contains(r"^(?:fsc|ssc|time)", case=False)
    stained = stained[~scatter].reset_index(drop=True)
    markers = [str(m).strip() for m in stained["marker"]]
    dyes = [str(d).strip() for d in stained["fluorochrome"]]
    known = [dye for dye in dict.fromkeys(dyes) if dye_named(dye) is not None]
    similarity, separation = compare_spectra(known)
    findings = [
        *check_detectors(dyes, markers),
        *_check_neighbours(similarity, dyes, markers),
        *_check_condition(separation, markers),
        *_check_species(markers, species),
        *(_check_wanted(markers, wanted, species) if wanted else ()),
        *(_check_phenotypes(wanted) if wanted else ()),
        *_check_fixation(markers, dyes),
        *_check_viability(markers, dyes),
        *_check_dump(markers),
        *_check_known(dyes),
        *_check_channels(panel, file_channels),
    ]
    return PanelCheck(tuple(findings), similarity, separation, species)


def check_detectors(dyes: Sequence[str], markers: Sequence[str]) -> list[Finding]:
    """Dyes whose brightest detector on a conventional cytometer is one and the same."""
    known = [d for d in dict.fromkeys(dyes) if dye_named(d) is not None]
    groups: dict[int, list[str]] = {}
    for dye, best in zip(known, signatures(known, CONVENTIONAL).argmax(axis=1), strict=True) if known else ():
        groups.setdefault(int(best), []).append(dye)
    shared = [(CONVENTIONAL.detectors[best].name, group) for best, group in groups.items() if len(group) > 1]
    twice = [d for d in dict.fromkeys(dyes) if list(dyes).count(d) > 1]
    findings = [
        Finding(
            "one detector for each dye",
            "fail",
            _with_markers(group, dyes, markers),
            f"on a conventional cytometer both are read in {detector}: one cannot be told from the other",
            f"{_free_channels(known)} a spectral cytometer and look at the noise factor.",
            _markers_of(group, dyes, markers),
        )
        for detector, group in shared
    ] + [
        Finding(
            "one marker for each dye",
            "fail",
            _with_markers([d], dyes, markers),
            "two markers carry the same dye: their light adds up",
            "Give one of them another dye.",
            _markers_of([d], dyes, markers),
        )
        for d in twice
    ]
    return findings or [_ok("one detector for each dye", "no two dyes share their brightest detector")]


def _free_channels(used: Sequence[str]) -> str:
    """Where a dye may move, with one dye for each detector that is nobody's best: the start of a remedy."""
    best = {dye.name: int(signatures([dye.name], CONVENTIONAL).argmax()) for dye in DYES}
    taken = set(signatures(used, CONVENTIONAL).argmax(axis=1).tolist())
    free: dict[int, str] = {}
    for dye, detector in best.items():
        if detector not in taken:
            free.setdefault(detector, dye)
    return f"Move one to a free channel ({', '.join(free.values())}), or use" if free else "Use"


def _check_neighbours(similarity: pd.DataFrame, dyes: Sequence[str], markers: Sequence[str]) -> list[Finding]:
    names = list(similarity.columns)
    pairs = [(similarity.iloc[i, j], names[i], names[j]) for i in range(len(names)) for j in range(i)]
    close = sorted((p for p in pairs if p[0] >= SIMILAR), reverse=True)
    return [
        Finding(
            "spectral neighbours",
            "fail" if cosine >= NEARLY_SAME else "warn",
            _with_markers([b, a], dyes, markers),
            f"similarity {cosine:.2f} of 1 on a spectral instrument: dim cells of one drown in the spread of"
            " the other",
            "Put them on markers that no cell carries together, the dimmer antigen on the brighter dye; or"
            " change one.",
            _markers_of([b, a], dyes, markers),
        )
        for cosine, a, b in close
    ] or [_ok("spectral neighbours", f"no pair reaches a similarity of {SIMILAR:g}")]


def _check_condition(separation: pd.DataFrame, markers: Sequence[str]) -> list[Finding]:
    findings = []
    stained = tuple(markers)
    for instrument, rows in separation.groupby("instrument", sort=False):
        number = float(rows.condition_number.iloc[0])
        if np.isnan(number):
            findings.append(
                Finding(
                    "separable dyes",
                    "fail",
                    f"{instrument} cytometer",
                    "some of these dyes cannot be told apart: too few detectors, or one spectrum twice",
                    "Replace one of each pair named under spectral neighbours.",
                    stained,
                )
            )
            continue
        best = rows.loc[
            rows.condition_without.idxmin()
        ]  # a dye less never makes it worse: none is missing here
        loudest = rows.loc[rows.noise_factor.idxmax()]
        severity: Severity = (
            "fail" if number >= CONDITION_FAIL else "warn" if number >= CONDITION_WARN else "ok"
        )
        findings.append(
            Finding(
                "separable dyes",
                severity,
                f"{instrument} cytometer",
                f"condition number {number:.1f}; {best.condition_without:.1f} without {best.dye}; the noise"
                f" of {loudest.dye} grows {loudest.noise_factor:.1f}-fold by unmixing",
                f"Replace {best.dye}." if severity != "ok" else "None needed.",
                stained,
            )
        )
    return findings


def _check_species(markers: Sequence[str], species: str) -> list[Finding]:
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
    return findings or [_ok("markers of the species", f"every marker exists in {species or 'both species'}")]


def _check_wanted(markers: Sequence[str], wanted: Mapping[str, Sequence[str]], species: str) -> list[Finding]:
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
    return findings or [_ok("wanted populations", "every wanted population has its markers")]


def _check_phenotypes(wanted: Mapping[str, Sequence[str]]) -> list[Finding]:
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
    return findings or [_ok("phenotypes that agree with their names", "no contradiction")]


def _check_fixation(markers: Sequence[str], dyes: Sequence[str]) -> list[Finding]:
    inside = [m for m in markers if m.lower() in INTRACELLULAR]
    tandems = [d for d in dict.fromkeys(dyes) if (dye := dye_named(d)) is not None and dye.tandem]
    if not inside or not tandems:
        return [_ok("tandem dyes and fixation", "no intracellular marker together with a tandem dye")]
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


def _check_viability(markers: Sequence[str], dyes: Sequence[str]) -> list[Finding]:
    if any(VIABILITY.search(text) for text in (*markers, *dyes)):
        return [_ok("viability dye", "present")]
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


def _check_dump(markers: Sequence[str]) -> list[Finding]:
    if {m.lower() for m in markers} & DUMP:
        return [_ok("dump channel", "present")]
    return [
        Finding(
            "dump channel",
            "warn",
            "none in the panel",
            "B, NK and tumour cells stay among the CD3-negative and CD45-low events",
            "Add CD19, CD56 or NK1.1, and EpCAM in one channel, or read CD3-negative gates with care.",
        )
    ]


def _check_known(dyes: Sequence[str]) -> list[Finding]:
    unknown = [d for d in dict.fromkeys(dyes) if dye_named(d) is None]
    if not unknown:
        return [_ok("dyes with a known spectrum", "every dye is in the table of spectra")]
    return [
        Finding(
            "dyes with a known spectrum",
            "warn",
            ", ".join(unknown),
            "not in the table of spectra: left out of the spectral rules",
            "Check them against the maker's viewer.",
        )
    ]


def _check_channels(panel: pd.DataFrame, file_channels: Sequence[str]) -> list[Finding]:
    if not len(file_channels) or "channel" not in panel:
        return []
    named = {str(c).strip() for c in panel["channel"]}
    from lib.cytometry.names import bare_name, find_channel, is_colour

    known = {bare_name(name) for name in named}
    unnamed = [c for c in file_channels if is_colour(c) and c not in named and bare_name(c) not in known]
    absent = [c for c in sorted(named) if find_channel(file_channels, c) is None]
    findings = []
    if unnamed:
        findings.append(
            Finding(
                "channels named by the panel",
                "warn",
                ", ".join(unnamed),
                "recorded in the files, but the panel does not say what they stain",
                "Add them to the panel, with an empty marker if nothing was stained.",
            )
        )
    if absent:
        findings.append(
            Finding(
                "channels of the panel in the files",
                "fail",
                ", ".join(absent),
                "the panel names them, but no file holds them",
                "Correct the names in the panel.",
                tuple(panel.loc[panel["channel"].isin(absent), "marker"].dropna().astype(str)),
            )
        )
    return findings or [_ok("channels named by the panel", "panel and files agree")]


def _with_markers(group: Sequence[str], dyes: Sequence[str], markers: Sequence[str]) -> str:
    return ", ".join(f"{dye} ({marker})" for dye, marker in zip(dyes, markers, strict=True) if dye in group)


def _markers_of(group: Sequence[str], dyes: Sequence[str], markers: Sequence[str]) -> tuple[str, ...]:
    return tuple(marker for dye, marker in zip(dyes, markers, strict=True) if dye in group)


def _ok(rule: str, why: str) -> Finding:
    return Finding(rule, "ok", "all", why, "None needed.")


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
