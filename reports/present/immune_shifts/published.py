"""Paired shifts beside what is published of populations, and what must be known of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from lib.paired import Shifts
from lib.paired.directions import GIVEN, Aliases, goes_by, plain_name
from lib.paired.ends import ABSENT, ABSENT_AFTER, ABSENT_BEFORE, BOUNDED, FULL, OK
from lib.paired.pairing import PERCENT_ONLY
from lib.paired.quality import SIGNIFICANT
from lib.paired.shifts import NO_DIRECTION
from lib.programme import Programme
from reports.fields import words
from reports.present.immune_shifts.words import agreement_sentence
from reports.shown import Table, Text
from reports.wording import count, listing, number

NOTEBOOK = "immune_shifts"
NOT_MEASURED = "not measured"
ACTIVATED = ("PD-1", "CD69")
"""Markers of activated or exhausted cells, which a naïve cell lacks."""
ZEROS = {
    ABSENT_BEFORE: "absent at baseline in every pair: the odds ratio has a lower bound only",
    ABSENT_AFTER: "absent at follow-up in every pair: the odds ratio has an upper bound only",
    ABSENT: "absent at both time points: nothing to compare",
    FULL: "100 % at both time points: nothing to compare",
    BOUNDED: "percentages of 0 or 100 have no logit: estimate or interval is a bound",
}


def agreement(found: Shifts, programme: Programme) -> list[Text | Table]:
    """What is published, and under which names it was measured; nothing of a programme that publishes
    nothing."""
    said = [Text(paragraph) for paragraph in programme.note(NOTEBOOK, "published")]
    measured = list_measured(found["population"], programme.directions, programme.populations)
    if measured.empty:
        return [*said]
    shown = words(measured, measured.columns, table="published_populations")
    return [*said, Table("published_populations", measured, _measured_in_words(measured), show=shown)]


def limits(found: Shifts, programme: Programme) -> Text | None:
    """Cautions of these data, and what the programme says of the limits of its record."""
    phenotypes = _phenotypes(found, programme)
    printed = "; ".join(f"{name}: {text}" for name, text in phenotypes.items())
    said = [*cautions(found, programme), *programme.note(NOTEBOOK, "limits")]
    said += [f"Phenotypes as published: {printed}."] if printed else []
    return Text("\n".join(f"- {text}" for text in said)) if said else None


def said_of_published(found: Shifts, programme: Programme) -> str:
    """The card's line; empty where nothing is published, or no population of these was."""
    if not programme.directions or (found["expected"] == NO_DIRECTION).all():
        return ""
    own = found.settings["expected"] == GIVEN
    basis = "those of the table given, not the published ones" if own else "no size is published"
    return f"**{agreement_sentence(found.frame)}** Directions only: {basis}."


def not_measured(found: Shifts, programme: Programme) -> list[str]:
    """Published populations that were not measured; none where a table of one's own says what is expected."""
    if found.settings["expected"] == GIVEN:
        return []
    measured = list_measured(found["population"], programme.directions, programme.populations)
    return list(measured.loc[measured["measured_as"] == NOT_MEASURED, "published_population"])


def cautions(found: Shifts, programme: Programme) -> list[str]:
    """What a reader must know of these pairs: too few, zeros, percentages only, names that contradict
    phenotypes."""
    table = found.frame
    notes = [*_few_pairs(table), *_zeros(table)]
    if table["denominator"].str.contains(PERCENT_ONLY, regex=False).any():
        notes.append(
            "Percentages without counts: nothing can be called below the limit of quantification; counts are"
            " preferred."
        )
    return notes + contradictions(found, list(table["population"]), programme)


def list_measured(populations: Iterable[str], published: Mapping[str, str], aliases: Aliases) -> pd.DataFrame:
    """Each published population, its direction, and under which name of `populations` it was measured.

    A measured name that is a spelling of two published populations counts for both.
    """
    names = list(populations)
    own = {known: [name for name in names if goes_by(name, known, aliases)] for known in published}
    columns = {
        "published_population": list(published),
        "direction": list(published.values()),
        "measured_as": [", ".join(own[known]) or NOT_MEASURED for known in published],
    }
    return pd.DataFrame(columns, dtype=object)


def _measured_in_words(measured: pd.DataFrame) -> str:
    absent = list(measured.loc[measured["measured_as"] == NOT_MEASURED, "published_population"])
    n = len(measured)
    told = f"{n - len(absent)} of {count(n, 'published population')} {'is' if n == 1 else 'are'}"
    return f"**{told} measured here.** Not measured: {listing(absent, 10)}."


def _phenotypes(found: Shifts, programme: Programme) -> Mapping[str, str]:
    """Published phenotypes, where it is the published directions that are held against."""
    return {} if found.settings["expected"] == GIVEN else programme.phenotypes


def _few_pairs(table: pd.DataFrame) -> list[str]:
    few = table[table["smallest_p"] > SIGNIFICANT]
    if few.empty:
        return []
    said = [
        f"{moved} of {count(n, 'pair')} moved, least p {number(least)} ({listing(list(part['population']))})"
        for (moved, n, least), part in few.groupby(["n_moved", "n_pairs", "smallest_p"], sort=False)
    ]
    of = f"{len(few)} of {count(len(table), 'population')}"
    return [f"{of} cannot reach p < {SIGNIFICANT:g} whatever the sizes: {'; '.join(said)}."]


def _zeros(table: pd.DataFrame) -> list[str]:
    """Populations of which zeros leave a bound, by what they leave."""
    named = {status: table.loc[table["status"] == status, "population"] for status in ZEROS}
    notes = [f"{listing(list(names))}: {ZEROS[status]}." for status, names in named.items() if len(names)]
    hanging = table[(table["status"] == OK) & table["why"].str.contains("half count", regex=False)]
    return notes + [f"{row['population']}: {row['why'].split(';')[0]}." for _, row in hanging.iterrows()]


def contradictions(found: Shifts, names: list[str], programme: Programme) -> list[str]:
    """Measured populations that are published as naïve with markers that naïve cells lack, a note a
    phenotype."""
    meant: dict[str, list[str]] = {}
    for known, phenotype in _phenotypes(found, programme).items():
        if "naive" in plain_name(known) and _activated(phenotype):
            own = (name for name in names if goes_by(name, known, programme.populations))
            meant.setdefault(phenotype, []).extend(own)
    return [_say_contradiction(own, phenotype) for phenotype, own in meant.items() if own]


def _activated(phenotype: str) -> list[str]:
    return [marker for marker in ACTIVATED if f"{marker}+" in phenotype]


def _say_contradiction(names: list[str], phenotype: str) -> str:
    markers = _activated(phenotype)
    return (
        f"{' and '.join(names)}: the published phenotype ({phenotype}) carries {listing(markers)}, which"
        f" {'contradicts' if len(markers) == 1 else 'contradict'} naïve; agreement is with the printed name,"
        " not with a naïve cell."
    )
