"""How the experiment is told: MIFlowCyt, the files, the staining protocol."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from lib.cytometry import Checklist, FileList
from lib.programme import Programme
from reports.shown import Table, Text
from reports.wording import count, listing

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


def protocol(programme: Programme, deviations: Sequence[str]) -> list[Text | Table]:
    """The programme's staining protocol as a list and as a table, and how this study deviates from it."""
    steps = programme.protocols.get(KIND)
    if steps is None:
        return [Text(deviations_in_words(deviations))] if deviations else []
    title = programme.protocol_titles[KIND]
    return [
        Text(f"{protocol_in_words(steps, title)}\n\n{list_steps(steps)}"),
        Table("protocol", steps, f"**{title}**, a row a step, with what it leaves open.", fold=True,
              note=deviations_in_words(deviations)),
    ]  # fmt: skip


def protocol_in_words(steps: pd.DataFrame, title: str) -> str:
    """How long a protocol is, and which kinds of figures it gives nowhere."""
    absent = [words for column, words in OPEN.items() if steps[column].eq("").all()]
    left_open = f" {listing(absent).capitalize()} are not given there." if absent else ""
    return f"**{title} in {count(steps['step'].nunique(), 'step')}.**{left_open}"


def list_steps(steps: pd.DataFrame) -> str:
    """The steps as a numbered list in Markdown: what is done in each, with what, and whether only if needed."""
    lines = []
    for number, (name, part) in enumerate(steps.groupby("name", sort=False), start=1):
        done = "; ".join(
            _action(action, reagent) for action, reagent in zip(part["action"], part["reagent"], strict=True)
        )
        optional = " (if needed)" if part["optional"].astype(str).str.lower().eq("yes").all() else ""
        lines.append(f"{number}. **{name}**: {done}{optional}")
    return "\n".join(lines)


def _action(action: str, reagent: str) -> str:
    return f"{action} ({reagent})" if reagent else action


def deviations_in_words(deviations: Sequence[str]) -> str:
    """What this study did otherwise than its protocol."""
    return f"Deviations of this study: {'; '.join(deviations) or 'none stated'}."
