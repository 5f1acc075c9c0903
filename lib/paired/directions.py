"""Published directions for the names that laboratories give their populations, and how often signs agree."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import pandas as pd
from scipy import stats

from lib.agreement import DIRECTIONS, load_published
from lib.errors import Fault, InputError

ALIASES: dict[str, tuple[str, ...]] = {
    "Naïve CD4+ T cells": ("naive cd4", "naive cd4+", "cd4+ naive", "cd4 naive", "naive helper", "cd4+cd45ra+pd-1+cd69+"),
    "Naïve CD8+ T cells": ("naive cd8", "naive cd8+", "cd8+ naive", "cd8 naive", "naive cytotoxic", "cd8+cd45ra+pd-1+cd69+"),
    "Myeloid immunosuppressive cells": (
        "myeloid immuno-suppressive", "myeloid immunosuppressive", "immunosuppressive myeloid", "suppressive myeloid",
    ),
    "Regulatory T cells": ("regulatory t", "regulatory", "treg", "tregs", "t reg", "t regs", "cd25+foxp3+", "cd4+cd25+foxp3+", "foxp3+"),
    "Exhausted T cells": ("exhausted t", "exhausted", "exhausted cd8+", "exhausted cd8", "exhausted cd4+", "exhausted cd4", "pd-1+cd69+"),
    "Peripheral MDSCs": ("peripheral mdsc", "peripheral mdscs", "blood mdsc", "blood mdscs", "circulating mdsc", "circulating mdscs"),
    "MDSCs": ("mdsc", "mdscs", "myeloid-derived suppressor", "myeloid derived suppressor", "m-mdsc", "pmn-mdsc", "g-mdsc", "cd11b+gr-1+"),
    "CD8+ T cells": ("cd8+", "cd8", "cytotoxic", "cytotoxic t", "cytotoxic cd8+", "cytotoxic cd8", "cd8+ cytotoxic", "cd3+cd8+", "ctl", "ctls"),
}  # fmt: skip
"""Published name → other spellings, after `plain_name` (lower case, no accents, no "T cells", no brackets)."""


@dataclass(frozen=True)
class SignConcordance:
    """How many populations moved in their published direction, against a fair coin.

    ``caveat`` belongs beside ``p_value``: populations of one sample are correlated.
    """

    n_populations: int
    n_concordant: int
    p_value: float
    caveat: str

    def to_frame(self) -> pd.DataFrame:
        """One row, columns named as the fields."""
        return pd.DataFrame([asdict(self)])


def published_directions() -> dict[str, str]:
    """Published population → ``increased`` or ``reduced`` (Table 1 and the text around it)."""
    rows = load_published("table_1")
    rows = rows[rows["quantity"] == "direction"]
    return dict(zip(rows["item"], rows["value"], strict=True))


def plain_name(name: str) -> str:
    """A population's name without accents, case, brackets, and the words that do not tell it apart."""
    text = unicodedata.normalize("NFKD", name)
    text = "".join(c for c in text if not unicodedata.combining(c)).lower()
    text = text.replace("⁺", "+").replace("pd1", "pd-1").replace("gr1", "gr-1")
    text = re.sub(r"\(.*?\)", " ", text)
    text = re.sub(r"\b(t[- ]?cells?|t[- ]?lymphocytes?|cells?|lymphocytes?)(?=\s|$)", " ", text)
    text = re.sub(r"\s+", " ", text.replace("_", " ")).strip()
    return re.sub(r"\+ (?=cd|pd|gr|foxp)", "+", text)


def match_population(name: str) -> str | None:
    """Published name of a laboratory's population by the documented aliases; None where none fits.

    >>> match_population("CD8 T cells"), match_population("Tregs (CD25+FoxP3+)"), match_population("B cells")
    ('CD8+ T cells', 'Regulatory T cells', None)
    """
    plain = plain_name(name)
    for published, aliases in ALIASES.items():
        if plain == plain_name(published) or plain in aliases:
            return published
    return None


def name_in_sentence(name: str) -> str:
    """``Regulatory T cells`` within a sentence: ``regulatory T cells``; ``CD8+`` and ``B cells`` stay."""
    return name[0].lower() + name[1:] if len(name) > 1 and name[0].isupper() and name[1].islower() else name


def expected_directions(
    populations: Sequence[str], expected: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Direction expected of each population that has one.

    Parameters
    ----------
    populations : sequence of str
        Names as in the data.
    expected : mapping, optional
        Own expectations by name or alias; without it, the published directions by alias.

    Raises
    ------
    InputError
        If own expectations name no population of the data: they would be ignored in silence.
    """
    if expected is not None:
        return _own_directions(populations, expected)
    published = published_directions()
    matched = {name: match_population(name) for name in populations}
    return {name: published[known] for name, known in matched.items() if known in published}


def _own_directions(populations: Sequence[str], expected: Mapping[str, str]) -> dict[str, str]:
    """Same name first, then the same published population by alias."""
    by_plain = {plain_name(name): direction for name, direction in expected.items()}
    by_alias = {match_population(name): direction for name, direction in expected.items()}
    by_alias.pop(None, None)
    found = {
        name: by_plain.get(plain_name(name)) or by_alias.get(match_population(name)) for name in populations
    }
    if expected and not any(found.values()):
        rule = f"expected directions must name populations of the data ({', '.join(populations)})"
        raise InputError(Fault(rule, ", ".join(expected), "the expected directions", "Use the same names."))
    return {name: direction for name, direction in found.items() if direction}


def compare_signs(shifts: Mapping[str, float], expected: Mapping[str, str]) -> SignConcordance:
    """Exact two-sided binomial test of how many shifts have their expected sign (ties and gaps left out)."""
    usable = {name: s for name, s in shifts.items() if name in expected and math.isfinite(s) and s != 0}
    agree = sum(s * DIRECTIONS[expected[name]] > 0 for name, s in usable.items())
    p_value = float(stats.binomtest(agree, len(usable)).pvalue) if usable else 1.0
    caveat = (
        "Populations of one sample are correlated (one that rises lowers the others' share), so this p-value is "
        "too small by an unknown amount; nothing more than direction is published."
    )
    return SignConcordance(len(usable), agree, p_value, caveat)
