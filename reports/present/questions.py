"""Which question of the programme a number answers, and why it has nothing published beside it."""

from __future__ import annotations

from lib.overview.known import NOTHING
from lib.programme import Programme

ENGAGEMENT = "target_engagement"


def question_of(programme: Programme, notebook: str, title: str, *, on_target: bool | None = None) -> str:
    """The first question that a notebook answers, else its title.

    The target's question is the first that target engagement answers; with `on_target` false it is left out, as a
    number of anything else does not answer it.
    """
    asked = [question for question, analyses in programme.questions.items() if notebook in analyses]
    if on_target is False and programme.target is not None:
        targets = [question for question, analyses in programme.questions.items() if ENGAGEMENT in analyses][
            :1
        ]
        asked = [question for question in asked if question not in targets]
    return asked[0] if asked else title


def why_not_compared(programme: Programme, notebook: str) -> str:
    """Why the numbers of a notebook have nothing published to stand beside."""
    return " ".join(programme.notes.get("overview", {}).get(notebook, ())) or NOTHING
