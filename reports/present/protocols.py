"""A published protocol as a list that reflows and can be searched: a step a line, what it leaves open, what
was done here."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pandas as pd

from reports.shown import Text
from reports.wording import count

OPEN = re.compile(r"\bnot (?:given|named|stated)\b|\bno\b.*\b(?:given|named|stated)\b", re.IGNORECASE)
"""Notes of what a protocol does not say."""


def list_protocol(
    steps: pd.DataFrame, title: str, deviations: Mapping[int, str] | None = None
) -> Text | None:
    """The steps of a protocol as a numbered list; nothing where there are none.

    Parameters
    ----------
    steps : DataFrame
        `lib.programme.programme.PROTOCOL_COLUMNS`, as text but ``step``; a row a substep.
    title : str
        What the protocol is called.
    deviations : mapping, optional
        Step → what this study did otherwise, or filled in.
    """
    if steps.empty:
        return None
    said, parts = deviations or {}, [(int(str(number)), part) for number, part in steps.groupby("step")]
    own = " What this study did otherwise stands under *Here*." if said else ""
    numbers = [number for number, _ in parts]
    gapless = numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    lead = f"**{title}, {count(len(parts), 'step')}.** {_open_in_words(steps)}{own}"
    return Text(
        "\n".join(
            [
                lead,
                "",
                *(f"{_mark(number, gapless)} {_line(part, said.get(number, ''))}" for number, part in parts),
            ]
        )
    )


def deviations_in_words(deviations: Mapping[int, str], *, protocol: bool = True) -> str:
    """What this study did otherwise, for the methods; without a protocol, what it says of its own steps."""
    what = "Deviations from the protocol" if protocol else "Staining"
    if not deviations:
        none = "none stated" if protocol else "not described"
        return (
            f"**{what}:** {none}. State antibody clone, dilution, retrieval and developing time: they move"
            " the score."
        )
    said = "; ".join(f"step {int(step)}, {text}" for step, text in sorted(deviations.items()))
    own = "" if protocol else " The steps are those of the study's own protocol, which is not given here."
    return f"**{what}:** {said}.{own}"


def _open_in_words(steps: pd.DataFrame) -> str:
    n = steps.loc[steps["note"].astype(str).str.contains(OPEN), "step"].nunique()
    return (
        f"It leaves something open at {count(n, 'step')}: *left open* says what."
        if n
        else "It leaves nothing open."
    )


def _mark(number: int, gapless: bool) -> str:
    """The step's own number: a list counts on from its first, which is true only where none is missing."""
    return f"{number}." if gapless else f"- {number}"


def _line(part: pd.DataFrame, here: str) -> str:
    acts = "; ".join(_act(row) for row in part.astype(str).to_dict("records"))
    own = f" *Here: {_plain(here)}.*" if here else ""
    return f"**{_plain(part['name'].iloc[0])}:** {acts}.{own}"


def _act(row: Mapping[str, str]) -> str:
    """``heat in a water bath: 10 mM citrate buffer, pH 6.0, 2 × 5 min, 4 °C (left open: time …)``."""
    reagent = " ".join(text for text in (row["concentration"], row["reagent"]) if text)
    what = ": ".join(text for text in (row["action"], reagent) if text)
    times = f"{row['repeats']} × " if row["repeats"] not in ("", "1") else ""
    time = f"{times}{row['time_min']} min" if row["time_min"] else f"{times}".replace(" × ", " times")
    heat = f"{row['temperature_c']} °C" if row["temperature_c"] else ""
    optional = "optional" if row["optional"] == "yes" else ""
    notes = [_first_down(text) for text in re.split(r"; |\. ", row["note"]) if text]
    left = [text for text in notes if OPEN.search(text)]
    gaps = f"*left open:* {'; '.join(left)}" if left else ""
    aside = "; ".join(text for text in (optional, *(n for n in notes if n not in left), gaps) if text)
    return _plain(", ".join(text for text in (what, time, heat) if text)) + (f" ({aside})" if aside else "")


def _first_down(text: str) -> str:
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def _plain(text: str) -> str:
    """Text without the marks that Markdown would read."""
    return re.sub(r"([*_`\[\]])", r"\\\1", text.strip().rstrip("."))
