"""Rules of a panel on light: can the dyes be told apart?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lib.cytometry.findings import Finding, Severity
from lib.cytometry.spectra import CONVENTIONAL, DYES, dye_named, signatures

SIMILAR, NEARLY_SAME = 0.90, 0.98
CONDITION_WARN, CONDITION_FAIL = 5.0, 10.0


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
    return findings or [Finding.ok("one detector for each dye", "no two dyes share their brightest detector")]


def _free_channels(used: Sequence[str]) -> str:
    """Where a dye may move, with one dye for each detector that is nobody's best: the start of a remedy."""
    best = {dye.name: int(signatures([dye.name], CONVENTIONAL).argmax()) for dye in DYES}
    taken = set(signatures(used, CONVENTIONAL).argmax(axis=1).tolist())
    free: dict[int, str] = {}
    for dye, detector in best.items():
        if detector not in taken:
            free.setdefault(detector, dye)
    return f"Move one to a free channel ({', '.join(free.values())}), or use" if free else "Use"


def check_neighbours(similarity: pd.DataFrame, dyes: Sequence[str], markers: Sequence[str]) -> list[Finding]:
    """Dyes so alike in spectrum that one drowns in the spread of the other."""
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
    ] or [Finding.ok("spectral neighbours", f"no pair reaches a similarity of {SIMILAR:g}")]


def check_condition(separation: pd.DataFrame, markers: Sequence[str]) -> list[Finding]:
    """How well all dyes together separate on each instrument, and which one costs most."""
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


def check_known(dyes: Sequence[str]) -> list[Finding]:
    """Dyes that the table of spectra does not hold, so that no rule on light sees them."""
    unknown = [d for d in dict.fromkeys(dyes) if dye_named(d) is None]
    if not unknown:
        return [Finding.ok("dyes with a known spectrum", "every dye is in the table of spectra")]
    return [
        Finding(
            "dyes with a known spectrum",
            "warn",
            ", ".join(unknown),
            "not in the table of spectra: left out of the spectral rules",
            "Check them against the maker's viewer.",
        )
    ]


def _with_markers(group: Sequence[str], dyes: Sequence[str], markers: Sequence[str]) -> str:
    return ", ".join(f"{dye} ({marker})" for dye, marker in zip(dyes, markers, strict=True) if dye in group)


def _markers_of(group: Sequence[str], dyes: Sequence[str], markers: Sequence[str]) -> tuple[str, ...]:
    return tuple(marker for dye, marker in zip(dyes, markers, strict=True) if dye in group)
