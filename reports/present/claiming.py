"""What claims of every notebook share: how they are called, and which question they answer."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import astuple, replace

from lib.programme import Programme
from lib.records import Claim, Subject

NOTHING_PUBLISHED = "nothing is published to compare with"
MOST_FLAGS = 12


def claim_id(notebook: str, subject: Subject) -> str:
    """``NOTEBOOK/what/compound/system/population/condition`` in lower case, without spaces and marks."""
    return "/".join((notebook, *(_plain(part) for part in astuple(subject))))


def _plain(text: str) -> str:
    signed = re.sub(r"[-−](?=$|\s|[,;/)])", " minus ", text.replace("+", " plus "))
    return re.sub(r"\W+", "-", signed.casefold()).strip("-")


def tell_apart(claims: Sequence[Claim]) -> list[Claim]:
    """Claims whose subjects differ in marks or case alone get ids that differ too, the same in every version.

    Claims of one and the same subject are numbered in their order.
    """
    times, met = Counter(claim.id for claim in claims), Counter[str]()
    found = []
    for claim in claims:
        name = f"{claim.id}~{_digest(claim.subject)}" if times[claim.id] > 1 else claim.id
        met[name] += 1
        found.append(replace(claim, id=name if met[name] == 1 else f"{name}-{met[name]}"))
    return found


def _digest(subject: Subject) -> str:
    return hashlib.sha256("\n".join(astuple(subject)).encode()).hexdigest()[:6]


def question_of(programme: Programme, notebook: str, title: str) -> str:
    """The programme's first question that a notebook answers; the notebook's own where it answers none."""
    return next((q for q, analyses in programme.questions.items() if notebook in analyses), title)


def all_flags(said: Sequence[str]) -> list[str]:
    """Flags, each once; of a long list how many more there are, never cut without a word."""
    flags = list(dict.fromkeys(said))
    more = len(flags) - (MOST_FLAGS - 1)
    return flags if len(flags) <= MOST_FLAGS else [*flags[: MOST_FLAGS - 1], f"and {more} more"]
