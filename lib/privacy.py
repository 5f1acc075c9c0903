"""Pseudonyms in place of subject identifiers."""

from __future__ import annotations

import hashlib
import hmac

import pandas as pd

LENGTH = 6


def pseudonymise(subjects: pd.Series, salt: str) -> pd.Series:
    """Stable pseudonyms: ``P-`` and the first hex digits of HMAC-SHA256(salt, identifier).

    The same identifier and salt give the same pseudonym, so that tables can be joined; another salt gives
    others, so that studies cannot. Digits are added where two identifiers would collide.

    Parameters
    ----------
    subjects : Series of str
    salt : str
        Secret of the study. Whoever knows it and the identifiers can reproduce the pseudonyms.
    """
    known = pd.unique(subjects.dropna())
    digests = {s: hmac.new(salt.encode(), str(s).encode(), hashlib.sha256).hexdigest() for s in known}
    length = LENGTH
    while len({d[:length] for d in digests.values()}) < len(digests):
        length += 1
    return subjects.map({s: f"P-{d[:length]}" for s, d in digests.items()})


def choose_salt(salt: str, subjects: pd.Series) -> str:
    """The salt given, or one drawn from the list of subjects, so that another study gets another."""
    return salt or hashlib.sha256("\n".join(sorted(map(str, pd.unique(subjects)))).encode()).hexdigest()


def replace_subjects(frame: pd.DataFrame, *, show: bool, salt: str) -> pd.DataFrame:
    """The frame with its column `subject` as it is (`show`) or as pseudonyms."""
    return (
        frame if show or "subject" not in frame else frame.assign(subject=pseudonymise(frame.subject, salt))
    )


def suppress_small_cells(frame: pd.DataFrame, counts: list[str], below: int) -> pd.DataFrame:
    """Empty every count above 0 and under `below`, so that nobody can be told apart by it."""
    hidden = {c: frame[c].where((frame[c] == 0) | (frame[c] >= below)) for c in counts}
    return frame.assign(**hidden)
