"""Analytes by the names that laboratories give them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

GREEK = {"alpha": "a", "beta": "b", "gamma": "g", "α": "a", "β": "b", "γ": "g"}
FORMS = r"\b(total|free|active|activated|latent|human)\b"
"""Words that say which form was read, of what: not which analyte."""


def plain_analyte(name: str) -> str:
    """An analyte's name without case, separators, brackets and form, Greek letters as Latin ones.

    >>> plain_analyte("TGF-β1 (total)"), plain_analyte("Human TGF-beta 1"), plain_analyte("IL_6")
    ('tgfb1', 'tgfb1', 'il6')
    """
    text = re.sub(r"[(\[].*?[)\]]", " ", unicodedata.normalize("NFKC", name).casefold())
    text = re.sub(FORMS, " ", text.replace("_", " "))
    for greek, letter in GREEK.items():
        text = text.replace(greek, letter)
    return "".join(c for c in text if c.isalnum())


def match_analyte(name: str, aliases: Mapping[str, Sequence[str]]) -> str | None:
    """The name of `aliases` that a laboratory's analyte goes by, whole: a receptor or another isoform is
    another analyte.

    >>> known = {"IL-6": ["interleukin 6"], "TGF-β": ["TGF-β1"]}
    >>> match_analyte("il6", known), match_analyte("TGF-b1 (total)", known)
    ('IL-6', 'TGF-β')
    >>> match_analyte("IL-6R", known), match_analyte("TGF-α", known)
    (None, None)
    """
    plain = plain_analyte(name)
    return next(
        (known for known, other in aliases.items() if plain in map(plain_analyte, (known, *other))), None
    )
