"""What a flow cytometry report claims: the median share of each population at each time point."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from lib.cytometry import Acquisitions, AutoGating, PanelCheck, Populations, PopulationSummary
from lib.programme import Programme
from lib.records import Claim, Estimate, Interval, Qualifier, Quality, Source, Subject
from reports.present.flow_gating.acquisition import quality_flags, quality_in_words
from reports.present.flow_gating.counts import headline, rare_in_words
from reports.present.flow_gating.firmness import cuts_in_words
from reports.present.flow_gating.stains import NOTEBOOK, panel_flags, panel_in_words
from reports.shown import Answer
from reports.wording import phrase

QUESTION = "Which cell populations are in each sample, and can the panel tell them apart?"
NOT_PUBLISHED = "shares of one study's samples: the programme publishes none to compare with"
SIGNS = (("+", " pos "), ("−", " neg "), ("%", " percent "))
NEGATIVE = re.compile(r"(?<=\w)-(?!\w)")
"""A minus that ends a marker, as in CD8- T cells; a hyphen stands between letters."""


def claims(
    found: PopulationSummary,
    counts: Populations,
    quality: Acquisitions,
    panel: PanelCheck,
    auto: AutoGating | None,
    *,
    programme: Programme,
) -> Answer:
    """The headline population at its last time point leads; then every other median.

    Parameters
    ----------
    found : PopulationSummary
        The medians.
    counts, quality, panel, auto
        What they rest on: counts of every file, verdicts on files and panel, and the cuts (None: drawn by
        hand).
    programme : Programme
        For its question and notes.
    """
    asked = next((q for q, notebooks in programme.questions.items() if NOTEBOOK in notebooks), QUESTION)
    name = headline(counts)
    every = _distinct([_claim(found, i, asked) for i in range(len(found))])
    of_name = [i for i, population in enumerate(found["population"]) if population == name]
    told = [i for i in of_name if found["n_subjects"].iloc[i] > 0]
    lead = (told or of_name)[-1]
    order = [every[lead], *(claim for i, claim in enumerate(every) if i != lead)]
    return Answer(
        order,
        _answer(
            name, str(found["parent"].iloc[lead]), [every[i] for i in told] or [every[lead]], told=bool(told)
        ),
        quality=f"{quality_in_words(quality)} Panel: {panel_in_words(panel)}",
        published=" ".join(programme.note(NOTEBOOK, "summary")),
        caution=f"{cuts_in_words(auto)} {rare_in_words(counts).replace('*', '')}.",
        flags=quality_flags(quality) + panel_flags(panel),
    )


def _answer(name: str, parent: str, of_name: Sequence[Claim], *, told: bool) -> str:
    """The lead stands last and says why it is marked; those before it only that they are."""
    *before, lead = of_name
    if not told:
        return f"{phrase(lead)}. The parent gate is empty in every file."
    short = [replace(claim, quality=Quality(claim.quality.verdict)) for claim in before]
    pieces = [f"{phrase(claim, names=False)} at {claim.subject.condition}" for claim in (*short, lead)]
    return f"{name} are a median {' and '.join(pieces)}, as a share of {parent}."


def _claim(found: PopulationSummary, i: int, question: str) -> Claim:
    row = found.frame.iloc[i]
    n = int(row["n_subjects"])
    return Claim(
        "/".join(
            [NOTEBOOK, f"share-of-{_slug(row['parent'])}", _slug(row["population"]), _slug(row["timepoint"])]
        ),
        question,
        Subject(f"{row['population']} as a share of {row['parent']}", condition=str(row["timepoint"])),
        _estimate(row, found.confidence, found.settings["method"]),
        n,
        "subject" if n == 1 else "subjects",
        Quality.of_row(row),
        Source("population_summary", i, "median_percent", "low", "high"),
        note=NOT_PUBLISHED,
    )


def _estimate(row: pd.Series, confidence: float, method: str) -> Estimate:
    bounded = not pd.isna(row["low"])
    bounds = Interval(float(row["low"]), float(row["high"]), confidence, method) if bounded else None
    qualifier: Qualifier = "not estimable" if pd.isna(row["median_percent"]) else "="
    return Estimate(float(row["median_percent"]), "%", bounds, qualifier=qualifier)


def _slug(name: object) -> str:
    """A name in lower case and hyphens; CD8+ and CD8- stay two."""
    said = NEGATIVE.sub(" neg ", str(name).lower())
    for sign, word in SIGNS:
        said = said.replace(sign, word)
    return re.sub(r"[^\w]+", "-", said).strip("-")


def _distinct(made: Sequence[Claim]) -> list[Claim]:
    """Claims whose names differ only by signs that a slug has no word for are numbered in their order."""
    seen: dict[str, int] = {}
    named = []
    for claim in made:
        seen[claim.id] = seen.get(claim.id, 0) + 1
        named.append(claim if seen[claim.id] == 1 else replace(claim, id=f"{claim.id}-{seen[claim.id]}"))
    return named
