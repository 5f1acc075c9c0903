"""Claims of a version as its folder holds them, and what of them changed between two versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lib.records import Claim
from reports.json_files import read_json
from reports.store.sameness import Tolerance, same_value
from reports.wording import estimate_in_words, mark, name_subject

FILE = "claims.json"
NUMBERS = ("estimate", "low", "high", "qualifier", "n", "quality", "reasons")
"""What of a claim is a result; the rest says what it is about."""


def read_claims(folder: Path) -> list[Claim]:
    """Claims of the version in a folder, most important first; none where it has none that can be read."""
    try:
        return [Claim.from_json(one) for one in read_json(folder / FILE, list)]
    except (ValueError, KeyError, TypeError):
        return []


def compare_claims(before: Sequence[Claim], now: Sequence[Claim], accuracy: Mapping[str, Any]) -> list[str]:
    """A sentence for each claim that changed, came or went, in the order of `now`.

    Parameters
    ----------
    accuracy : mapping
        Table → column → tolerance, as versions state it.
    """
    old, new = ({claim.id: claim for claim in claims} for claims in (before, now))
    said = [_changed(old[name], claim, accuracy) for name, claim in new.items() if name in old]
    said += [
        f"{name_subject(claim.subject)} is new: {_words(claim)}"
        for name, claim in new.items()
        if name not in old
    ]
    return [
        *filter(None, said),
        *(f"{name_subject(c.subject)} is gone" for name, c in old.items() if name not in new),
    ]


def _changed(before: Claim, now: Claim, accuracy: Mapping[str, Any]) -> str:
    stated = accuracy.get(now.source.table, {}).get(now.source.value)
    tolerance = None if stated is None else Tolerance.of(stated)
    old, new = ({k: claim.to_json()[k] for k in NUMBERS} for claim in (before, now))
    if same_value(old, new, tolerance):
        return ""
    return f"{name_subject(now.subject)}: {_words(before)} → {_words(now)}"


def _words(claim: Claim) -> str:
    return estimate_in_words(claim.estimate) + mark(claim.quality)
