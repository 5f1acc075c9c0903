"""What the claims of every notebook have in common: their ids, the question that they answer."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from lib.programme import Programme
from lib.records import Subject

NOTHING_PUBLISHED = "nothing is published to compare with"
ENGAGEMENT = "target_engagement"


def claim_ids(notebook: str, subjects: Iterable[Subject]) -> list[str]:
    """An id for each claim, the same from version to version and different from all others.

    >>> claim_ids("ic50", [Subject("IC50", "Drug A", "Line B"), Subject("IC50", "drug A", "line b")])
    ['ic50/ic50/drug-a/line-b//', 'ic50/ic50/drug-a/line-b//-2']
    """
    found: list[str] = []
    for s in subjects:
        parts = (notebook, s.what, s.compound, s.system, s.population, s.condition)
        base = name = "/".join(map(_slug, parts))
        count = 2
        while name in found:  # names that differ in case alone
            name, count = f"{base}-{count}", count + 1
        found.append(name)
    return found


def _slug(text: str) -> str:
    """Lower case without accents and spaces; signs stay, for CD4+ is not CD4−."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return re.sub(r"[\s/]+", "-", plain.strip().lower())


def question_of(programme: Programme, notebook: str, *, otherwise: str, on_target: bool | None = None) -> str:
    """The programme's question that a notebook answers, the first of several; else the notebook's own title.

    The target's question is the first that target engagement answers; with `on_target` false it is left out,
    as a number of anything else does not answer it.
    """
    asked = [question for question, notebooks in programme.questions.items() if notebook in notebooks]
    if on_target is False and programme.target is not None:
        of_target = next((q for q, notebooks in programme.questions.items() if ENGAGEMENT in notebooks), None)
        asked = [question for question in asked if question != of_target]
    return asked[0] if asked else otherwise


def why_not_compared(programme: Programme, notebook: str) -> str:
    """Why the numbers of a notebook have nothing published to stand beside."""
    return " ".join(programme.notes.get("overview", {}).get(notebook, ())) or NOTHING_PUBLISHED
