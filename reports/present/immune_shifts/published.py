"""Paired shifts beside what is published of populations: which were measured, what their phenotypes say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from lib.paired.directions import Aliases, SignConcordance, goes_by, plain_name
from reports import wording as present

NOT_MEASURED = "not measured"
ACTIVATED = ("PD-1", "CD69")
"""Markers of activated or exhausted cells, which a naïve cell lacks."""


def list_measured(populations: Iterable[str], published: Mapping[str, str], aliases: Aliases) -> pd.DataFrame:
    """Each published population, its direction, and under which name of `populations` it was measured.

    A measured name that is a spelling of two published populations counts for both.
    """
    names = list(populations)
    own = {known: [name for name in names if goes_by(name, known, aliases)] for known in published}
    return pd.DataFrame({
        "published_population": list(published), "direction": list(published.values()),
        "measured_as": [", ".join(own[known]) or NOT_MEASURED for known in published],
    }, dtype=object)  # fmt: skip


def show_measured(measured: pd.DataFrame) -> pd.DataFrame:
    """`list_measured` with headers in words."""
    return measured.set_axis(["Published population", "Direction", "Measured here as"], axis=1)


def list_absent(measured: pd.DataFrame) -> list[str]:
    """Published populations that were not measured."""
    return list(measured.loc[measured["measured_as"] == NOT_MEASURED, "published_population"])


def say_measured(measured: pd.DataFrame) -> str:
    """How many published populations are measured, in bold, and which are not."""
    absent, n = list_absent(measured), len(measured)
    found = f"{n - len(absent)} of {present.count(n, 'published population')} {'is' if n == 1 else 'are'}"
    return f"**{found} measured here.** Not measured: {present.listing(absent, 10)}."


def say_signs(signs: SignConcordance) -> str:
    """How many populations moved as expected, with the test and its caveat."""
    return (
        f"**{signs.n_concordant} of {present.count(signs.n_populations, 'population')}** moved in the expected direction "
        f"(exact binomial p = {present.p_value(signs.p_value)}). {signs.caveat}"
    )


def say_phenotypes(phenotypes: Mapping[str, str]) -> str:
    """Published phenotypes as printed."""
    return f"Phenotypes as published: {'; '.join(f'{name}: {text}' for name, text in phenotypes.items())}."


def contradictions(names: list[str], phenotypes: Mapping[str, str], aliases: Aliases) -> list[str]:
    """Measured populations that are published as naïve with markers that naïve cells lack, a note a phenotype."""
    found: dict[str, list[str]] = {}
    for known, phenotype in phenotypes.items():
        if "naive" in plain_name(known) and _activated(phenotype):
            found.setdefault(phenotype, []).extend(name for name in names if goes_by(name, known, aliases))
    return [_say_contradiction(own, phenotype) for phenotype, own in found.items() if own]


def _activated(phenotype: str) -> list[str]:
    return [marker for marker in ACTIVATED if f"{marker}+" in phenotype]


def _say_contradiction(names: list[str], phenotype: str) -> str:
    markers = _activated(phenotype)
    return (
        f"{' and '.join(names)}: the published phenotype ({phenotype}) carries {present.listing(markers)}, which "
        f"{'contradicts' if len(markers) == 1 else 'contradict'} naïve; agreement is with the printed name, not with a "
        "naïve cell."
    )
