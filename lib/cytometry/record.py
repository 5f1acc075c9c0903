"""A record in the order of MIFlowCyt: what a reader of the experiment must be told, and what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import pandas as pd

from lib.cytometry.fcs import FlowFile
from lib.cytometry.study import StudyGating
from lib.result import Result

NOT_GIVEN = "not given"


class Checklist(Result):
    """Items of MIFlowCyt, each given or missing."""

    COLUMNS: ClassVar[tuple[str, ...]] = ("section", "item", "value", "status")


class FileList(Result):
    """The files that were read."""

    COLUMNS: ClassVar[tuple[str, ...]] = ("file", "version", "n_events", "n_channels", "instrument", "sha256")


def fill_miflowcyt(gating: StudyGating) -> Checklist:
    """Items of MIFlowCyt 1.0 with what the files and tables say: ``section, item, value, status``.

    `status` is ``given`` or ``missing``; what is missing only the experimenter can add.

    References
    ----------
    Lee JA et al. MIFlowCyt: the minimum information about a flow cytometry experiment. Cytometry A
    2008;73A:926-930.
    """
    study, files, samples, panel = gating.study, gating.study.files, gating.study.samples, gating.study.panel
    stained = panel[panel["marker"].notna() & panel["fluorochrome"].notna()]
    reagents = "; ".join(f"{r['marker']} {r['fluorochrome']}" for _, r in stained.iterrows())
    with_matrix = sum(bool(s.dyes) for s in study.spillovers)
    items = [
        (
            "1 Experiment",
            "purpose and design",
            (
                f"{samples['subject'].nunique()} subjects, time points"
                f" {', '.join(dict.fromkeys(samples['timepoint'].astype(str)))}"
            ),
        ),
        ("1 Experiment", "quality control", "see the acquisition quality table"),
        ("2 Sample", "organism", study.species),
        ("2 Sample", "source and treatment", ""),
        ("2 Sample", "reagents", reagents),
        ("2 Sample", "clones, lots and concentrations", ""),
        ("3 Instrument", "maker and model", _keyword(files, "CYT")),
        ("3 Instrument", "serial number", _keyword(files, "CYTNUM")),
        (
            "3 Instrument",
            "lasers, filters and voltages",
            "voltages are in the files" if any("P3V" in f.text for f in files) else "",
        ),
        (
            "4 Data",
            "list-mode files",
            (
                f"{len(files)} files, {', '.join(sorted({f.version for f in files}))}; SHA-256 in the files"
                " table"
            ),
        ),
        ("4 Data", "compensation", f"a matrix for {with_matrix} of {len(files)} files"),
        (
            "4 Data",
            "gating",
            f"{len(gating.strategy.gates)} gates from {gating.strategy.source}"
            + (f", {len(gating.auto.cuts)} cuts by density" if gating.auto else ""),
        ),
        ("4 Data", "statistics", "counts, percent of parent and of CD45+, Wilson intervals"),
    ]
    frame = pd.DataFrame(items, columns=["section", "item", "value"])
    frame["status"] = frame["value"].map(lambda text: "given" if text else "missing")
    frame["value"] = frame["value"].replace("", NOT_GIVEN)
    return Checklist(frame)


def list_files(files: Sequence[FlowFile]) -> FileList:
    """Files with their version, events, instrument and hash."""
    notes = ["; ".join(note.text for note in f.notes) for f in files]
    return FileList(
        pd.DataFrame(
            {
                "file": [f.name for f in files],
                "version": [f.version for f in files],
                "n_events": [f.n_events for f in files],
                "n_channels": [len(f.channels) for f in files],
                "instrument": [f.text.get("CYT", NOT_GIVEN) for f in files],
                "sha256": [f.sha256 for f in files],
                **({"note": notes} if any(notes) else {}),
            }
        )
    )


def _keyword(files: Sequence[FlowFile], name: str) -> str:
    return ", ".join(sorted({f.text[name].strip() for f in files if f.text.get(name, "").strip()}))
