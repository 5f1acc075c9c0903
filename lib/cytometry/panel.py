"""Can a panel of dyes measure what it is meant to? Spectra, species, populations, chemistry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from types import MappingProxyType

import numpy as np
import pandas as pd

from lib.cytometry.dye_rules import check_condition, check_detectors, check_known, check_neighbours
from lib.cytometry.findings import Finding
from lib.cytometry.marker_rules import (
    check_dump,
    check_fixation,
    check_phenotypes,
    check_species,
    check_viability,
    check_wanted,
)
from lib.cytometry.names import bare_name, find_channel, is_colour
from lib.cytometry.separation import compare_spectra
from lib.cytometry.shown import ShownByRows
from lib.cytometry.spectra import dye_named


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
        *check_neighbours(similarity, dyes, markers),
        *check_condition(separation, markers),
        *check_species(markers, species),
        *(check_wanted(markers, wanted, species) if wanted else ()),
        *(check_phenotypes(wanted) if wanted else ()),
        *check_fixation(markers, dyes),
        *check_viability(markers, dyes),
        *check_dump(markers),
        *check_known(dyes),
        *_check_channels(panel, file_channels),
    ]
    return PanelCheck(tuple(findings), similarity, separation, species)


def _check_channels(panel: pd.DataFrame, file_channels: Sequence[str]) -> list[Finding]:
    if not len(file_channels) or "channel" not in panel:
        return []
    named = {str(c).strip() for c in panel["channel"]}
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
    return findings or [Finding.ok("channels named by the panel", "panel and files agree")]
