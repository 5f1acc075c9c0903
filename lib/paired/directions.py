"""Expected directions for the names that laboratories give their populations, and how often signs agree."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field

import pandas as pd
from scipy import stats

from lib.agreement import DIRECTIONS
from lib.errors import Fault, InputError

Aliases = Mapping[str, Sequence[str]]
"""Name by which something is expected → other spellings of it; compared as `plain_name` writes them."""
PUBLISHED, GIVEN = "published", "given"


@dataclass(frozen=True, eq=False)
class Directions(Mapping[str, str]):
    """Population of the data → ``increased`` or ``reduced``, and whose word that is: ``published`` or
    ``given``."""

    by_population: Mapping[str, str] = field(default_factory=dict)
    whose: str = PUBLISHED

    def __getitem__(self, population: str) -> str:
        return self.by_population[population]

    def __iter__(self) -> Iterator[str]:
        return iter(self.by_population)

    def __len__(self) -> int:
        return len(self.by_population)


@dataclass(frozen=True)
class SignConcordance:
    """How many populations moved in their expected direction, against a fair coin.

    ``caveat`` belongs beside ``p_value``: populations of one sample are correlated.
    """

    n_populations: int
    n_concordant: int
    p_value: float
    caveat: str

    def to_frame(self) -> pd.DataFrame:
        """One row, columns named as the fields."""
        return pd.DataFrame([asdict(self)])


def plain_name(name: str) -> str:
    """A population's name without accents, case, brackets, and the words that do not tell it apart."""
    text = unicodedata.normalize("NFKD", name)
    text = "".join(c for c in text if not unicodedata.combining(c)).lower()
    text = text.replace("⁺", "+").replace("pd1", "pd-1").replace("gr1", "gr-1")
    text = re.sub(r"\(.*?\)", " ", text)
    text = re.sub(r"\b(t[- ]?cells?|t[- ]?lymphocytes?|cells?|lymphocytes?)(?=\s|$)", " ", text)
    text = re.sub(r"\s+", " ", text.replace("_", " ")).strip()
    return re.sub(r"\+ (?=cd|pd|gr|foxp)", "+", text)


def match_population(name: str, aliases: Aliases) -> str | None:
    """The name of `aliases` that a laboratory's population goes by, or the first that has it among its
    spellings.

    >>> known = {"CD8+ T cells": ["cytotoxic"], "Regulatory T cells": ["treg", "tregs"]}
    >>> match_population("CD8+ lymphocytes", known), match_population("Tregs (CD25+FoxP3+)", known)
    ('CD8+ T cells', 'Regulatory T cells')
    >>> match_population("B cells", known) is None
    True
    """
    plain = plain_name(name)
    itself = (known for known in aliases if plain == plain_name(known))
    return next(itself, None) or next((known for known in aliases if goes_by(name, known, aliases)), None)


def goes_by(name: str, known: str, aliases: Aliases) -> bool:
    """Whether a population's name is `known` or one of its spellings; one name may be so of several."""
    return plain_name(name) in {plain_name(known), *map(plain_name, aliases.get(known, ()))}


def name_in_sentence(name: str) -> str:
    """``Regulatory T cells`` within a sentence: ``regulatory T cells``; ``CD8+`` and ``B cells`` stay."""
    return name[0].lower() + name[1:] if len(name) > 1 and name[0].isupper() and name[1].islower() else name


def expected_directions(
    populations: Sequence[str], expected: Mapping[str, str], *, aliases: Aliases | None = None
) -> dict[str, str]:
    """Direction of each population of the data of which one is expected: by its name, else by its aliases.

    Parameters
    ----------
    populations : sequence of str
        Names as in the data.
    expected : mapping
        Name → ``increased`` or ``reduced``.
    aliases : mapping, optional
        Name → other spellings, for `expected` and the data alike; without it names match as `plain_name` has
        them.
    """
    aliases = aliases or {}
    by_plain = {plain_name(name): direction for name, direction in expected.items()}
    by_alias = {match_population(name, aliases): direction for name, direction in expected.items()}
    by_alias.pop(None, None)
    found = {
        name: (
            expected.get(name)
            or by_plain.get(plain_name(name))
            or by_alias.get(match_population(name, aliases))
        )
        for name in populations
    }
    return {name: direction for name, direction in found.items() if direction}


def find_directions(
    populations: Iterable[str],
    *,
    published: Mapping[str, str],
    own: Mapping[str, str] | None = None,
    aliases: Aliases | None = None,
) -> Directions:
    """Expected direction of each population of the data: by a table of one's own, in its absence the
    published.

    Parameters
    ----------
    populations : iterable of str
        Names as in the data, once or more.
    published : mapping
        Published name → ``increased`` or ``reduced``; may be empty.
    own : mapping, optional
        As `lib.tables.populations.read_expected` gives it; None = there is none.
    aliases : mapping, optional
        Name → other spellings.

    Raises
    ------
    InputError
        If a table of one's own names no population of the data.
    """
    names = list(dict.fromkeys(populations))
    if own is not None:
        return Directions(own_directions(names, own, aliases=aliases), GIVEN)
    return Directions(expected_directions(names, published, aliases=aliases), PUBLISHED)


def own_directions(
    populations: Sequence[str], own: Mapping[str, str], *, aliases: Aliases | None = None
) -> dict[str, str]:
    """As `expected_directions`, of a table of one's own, which is never ignored in silence.

    Raises
    ------
    InputError
        If it names no population of the data.
    """
    found = expected_directions(populations, own, aliases=aliases)
    if own and not found:
        rule = f"expected directions must name populations of the data ({', '.join(populations)})"
        raise InputError(
            Fault(rule, value=", ".join(own), where="the expected directions", remedy="Use the same names.")
        )
    return found


def compare_signs(
    shifts: Mapping[str, float], expected: Mapping[str, str], *, known: str = "given"
) -> SignConcordance:
    """Exact two-sided binomial test of how many shifts have their expected sign (ties and gaps left out).

    `known` says of the directions what they are, in the caveat: given, published.
    """
    usable = {name: s for name, s in shifts.items() if name in expected and math.isfinite(s) and s != 0}
    agree = sum(s * DIRECTIONS[expected[name]] > 0 for name, s in usable.items())
    p_value = float(stats.binomtest(agree, len(usable)).pvalue) if usable else 1.0
    caveat = (
        "Populations of one sample are correlated (one that rises lowers the others' share), so this p-value"
        f" is too small by an unknown amount; nothing more than direction is {known}."
    )
    return SignConcordance(len(usable), agree, p_value, caveat)
