"""How the experiment is told: MIFlowCyt, the files, the staining protocol."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from lib.cytometry import Checklist, FileList
from lib.programme import Programme
from reports.present.protocols import list_protocol
from reports.shown import Table, Text
from reports.wording import listing

KIND = "flow"
OPEN = {"time_min": "times", "temperature_c": "temperatures", "concentration": "concentrations"}


def record(checklist: Checklist, files: FileList) -> list[Table]:
    """What a reader of the experiment must be told, what of it is missing, and the files."""
    missing = checklist["status"] == "missing"
    given = int((~missing).sum())
    said = (
        f"**{given} of {len(checklist)} items of MIFlowCyt are given.** "
        f"Missing: {listing(list(checklist['item'][missing]))}."
    )
    return [
        Table("miflowcyt", checklist.frame, said, flagged=list(missing), fold=True),
        Table("files", files.frame, "**The files read**, each with its SHA-256.", fold=True),
    ]


def protocol(programme: Programme, deviations: Sequence[str]) -> list[Text | Table | None]:
    """The programme's staining protocol as a list and as a table, and how this study deviates from it."""
    steps = programme.protocols.get(KIND)
    if steps is None:
        return [Text(deviations_in_words(deviations))] if deviations else []
    title = programme.protocol_titles[KIND]
    table = Table(
        "protocol",
        steps,
        f"**{title}**, a row a step, with what it leaves open.{gaps_in_words(steps)}",
        fold=True,
        note=deviations_in_words(deviations),
    )
    return [list_protocol(steps, title), table]


def gaps_in_words(steps: pd.DataFrame) -> str:
    """Which kinds of figures a protocol gives nowhere; empty where it gives some of each."""
    absent = [words for column, words in OPEN.items() if steps[column].eq("").all()]
    return f" {listing(absent).capitalize()} are given nowhere." if absent else ""


def deviations_in_words(deviations: Sequence[str]) -> str:
    """What this study did otherwise than its protocol."""
    return f"Deviations of this study: {'; '.join(deviations) or 'none stated'}."
