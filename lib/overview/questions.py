"""Under which question a number stands: the programme's, or the neutral heading of its analysis."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lib.overview.known import Known, plain

HEADINGS = {
    "target_engagement": "Do readouts change?", "ihc": "Does staining change?", "ic50": "How potent are the compounds?",
    "synergy": "Do compounds do more together?", "immune_shifts": "Do populations shift?",
    "flow_gating": "How large are the populations?", "cytokines": "Do analytes change?", "stroma": "Does tissue change?",
    "clinical_endpoints": "How do patients fare?", "reconstruct": "What do printed curves hold?",
    "validation": "Do the methods hold?",
}  # fmt: skip
"""Heading of an analysis that answers no question of the programme."""
OTHER = "Other reports"
ENGAGEMENT = "target_engagement"


def order_questions(known: Known) -> list[str]:
    """Questions of the programme, then neutral headings."""
    return list(dict.fromkeys([*known.questions, *HEADINGS.values(), OTHER]))


def asked_of(known: Known, analysis: str) -> list[str]:
    """Questions that an analysis answers, in the programme's order."""
    return [question for question, analyses in known.questions.items() if analysis in analyses]


def question_of(known: Known, analysis: str, *, on_target: bool | None = None) -> str:
    """Question or heading of a number; `on_target` where it matters whether it is one of the target.

    The target's question is the first that target engagement answers: numbers of anything else stand under a further
    question of their analysis, or its neutral heading.
    """
    asked = asked_of(known, analysis)
    if on_target is False and known.target:
        asked = [question for question in asked if question not in asked_of(known, ENGAGEMENT)[:1]]
    return asked[0] if asked else HEADINGS.get(analysis, OTHER)


def question_of_readouts(known: Known, analysis: str) -> str:
    """Question of readouts other than the target's: the second of their analysis, where it answers two."""
    asked = asked_of(known, analysis)
    return (asked[1:2] or asked[:1] or [HEADINGS[analysis]])[0]


def mentions(text: str, names: Iterable[str]) -> bool:
    """Whether one of the names stands in a text as a word, however it is hyphenated.

    >>> mentions("Midpoint, p-ABL (Y412)", ["pABL_Y412"]), mentions("metabolism", ["MET"])
    (True, False)
    """
    patterns = [r"[\W_]*".join(map(re.escape, plain(name))) for name in names]
    return any(re.search(rf"(?<![^\W_]){p}(?![^\W_])", text, re.IGNORECASE) for p in patterns if p)
