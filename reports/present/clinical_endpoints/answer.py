"""What a clinical report claims: rates, medians and hazard ratios, most important first, and the sentence
around them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from lib.agreement import Concordance, Concordances
from lib.clinical import DerivedStudy, HazardRatios, Rates, Times
from lib.clinical.published import UNITS
from lib.clinical.quality import NOT_RANDOMISED, RESPONDERS
from lib.programme import Programme
from lib.records import Claim, Comparison, Estimate, Interval, Qualifier, Quality, Source, Subject
from reports.present.claimed import NOTHING_PUBLISHED, claim_ids, question_of
from reports.present.clinical_endpoints.estimates import curve_name
from reports.present.clinical_endpoints.patients import say_design, say_missing
from reports.present.clinical_endpoints.published import say_published
from reports.present.flags import all_flags
from reports.shown import Answer
from reports.wording import count, listing, phrase

NOTEBOOK = "clinical_endpoints"
TITLE = "How many patients respond, for how long, and how long without progression?"
ORR, ALL = "ORR", "all"
NAMES = {ORR: "confirmed response rate"}
"""Rates by another name than that of their endpoint."""
STANDING = (NOT_RANDOMISED, RESPONDERS)
"""Reasons that the card's caution or the limits say once for all."""
MOST_GROUPS = 12


def claims(
    rates: Rates,
    times: Times,
    ratios: HazardRatios,
    against: Concordances,
    study: DerivedStudy,
    programme: Programme,
) -> Answer:
    """The confirmed response rate of the first group, else its first median, leads; then what is published;
    then the rest."""
    question = question_of(programme, NOTEBOOK, otherwise=TITLE)
    of_rates = _rates(rates, against, question)
    of_times = _medians(times, against, question)
    found = _in_order([*of_rates, *of_times, *_ratios(ratios, times, question)], against)
    names = claim_ids(NOTEBOOK, (claim.subject for claim in found))
    found = [replace(claim, id=name) for claim, name in zip(found, names, strict=True)]
    allowed = say_design(study.groups, ratios.settings["randomised"], programme.groups)
    gaps = " ".join([say_missing(study.best), *study.gaps]).strip()
    return Answer(
        found,
        _sentence(found),
        quality=f"**{count(len(study.subjects), 'patient')}** analysed. {gaps}".strip(),
        published=say_published(against.found),
        caution=allowed,
        flags=_flags(rates, times, ratios),
    )


def _rates(found: Rates, against: Concordances, question: str) -> list[Claim]:
    several = found["group"].ne(ALL).any()
    claims = []
    for i, row in enumerate(found.frame.itertuples()):
        held = against.of("rate", row.endpoint, row.group)
        estimate = Estimate(
            float(row.rate),
            "fraction",
            Interval(float(row.rate_low), float(row.rate_high), found.confidence, row.ci_method),
            qualifier=_qualifier(row.rate, "not estimable"),
        )
        figure = "" if several and row.group == ALL else "response_rates"
        source = Source("response_rates", i, "rate", "rate_low", "rate_high", figure)
        subject = Subject(NAMES.get(row.endpoint, row.endpoint), population=_group(row.group))
        claims.append(_claim(subject, estimate, row, int(row.n), source, question, held))
    return claims


def _medians(found: Times, against: Concordances, question: str) -> list[Claim]:
    claims = []
    for i, row in enumerate(found.frame.itertuples()):
        held = against.of("median", row.endpoint, row.group)
        missing: Qualifier = "not reached" if row.median_status.startswith("not reached") else "not estimable"
        estimate = Estimate(
            float(row.median),
            "months",
            Interval(float(row.median_low), float(row.median_high), found.confidence, row.conf_type),
            "log",
            qualifier=_qualifier(row.median, missing),
        )
        figure = "" if row.endpoint == "TTR" else curve_name(row.endpoint)
        source = Source("time_to_event", i, "median", "median_low", "median_high", figure)
        subject = Subject(f"median {row.endpoint}", population=_group(row.group))
        claims.append(_claim(subject, estimate, row, int(row.n), source, question, held))
    return claims


def _ratios(found: HazardRatios, times: Times, question: str) -> list[Claim]:
    sizes = {(r.endpoint, r.group): int(r.n) for r in times.frame.itertuples()}
    strata = found.settings["strata"]
    claims = []
    for i, row in enumerate(found.frame.itertuples()):
        estimate = Estimate(
            float(row.hazard_ratio),
            "",
            Interval(float(row.hr_low), float(row.hr_high), found.confidence, f"Cox, {row.ties}"),
            "log",
            1.0,
            _qualifier(row.hazard_ratio, "not estimable"),
        )
        source = Source("comparisons", i, "hazard_ratio", "hr_low", "hr_high", "hazard_ratios")
        subject = Subject(
            f"hazard ratio of {row.endpoint}",
            population=f"{row.group} against {row.reference}",
            condition=f"stratified by {strata}" if strata else "",
        )
        of = [sizes.get((row.endpoint, group)) for group in (row.group, row.reference)]
        n = None if None in of else sum(filter(None, of))
        claims.append(_claim(subject, estimate, row, n, source, question, None))
    return claims


def _claim(
    subject: Subject,
    estimate: Estimate,
    row: Any,
    n: int | None,
    source: Source,
    question: str,
    held: Concordance | None,
) -> Claim:
    return Claim(
        "",  # all at once, for ids must differ
        question,
        subject,
        estimate,
        n,
        "patient" if n == 1 else "patients",
        Quality.of_row(row._asdict()),
        source,
        published=_comparison(held, estimate.unit) if held else None,
        note="" if held else NOTHING_PUBLISHED,
    )


def _comparison(held: Concordance, unit: str) -> Comparison:
    """The published value in the unit of the claim, or as published where it cannot be brought to it."""
    points = UNITS["rate" if unit == "fraction" else "median"].get(held.unit)
    if points is None:
        return Comparison(
            held.verdict, f"{held.published:g} {held.unit}".strip(), None, held.source, held.why
        )
    return held.to_comparison(divisor=points)


def _qualifier(value: float, missing: Qualifier) -> Qualifier:
    return missing if math.isnan(value) else "="


def _group(name: str) -> str:
    return "all patients" if name == ALL else str(name)


def _in_order(found: Sequence[Claim], against: Concordances) -> list[Claim]:
    """The lead; what is held against a published value, in the order of publication; the rest as in the
    tables."""
    lead = next((c for c in found if c.subject.what == NAMES[ORR]), None) or next(iter(found), None)
    place = {names: i for i, names in enumerate(against.names)}

    def rank(claim: Claim) -> tuple[bool, int]:
        return claim is not lead, place.get(_names(claim), len(place))

    return sorted(found, key=rank)


def _names(claim: Claim) -> tuple[str, ...]:
    """What a claim is of, as comparisons name it."""
    quantity = {"response_rates": "rate", "time_to_event": "median"}.get(claim.source.table, "")
    endpoint = {name: e for e, name in NAMES.items()}.get(claim.subject.what, claim.subject.what)
    group = ALL if claim.subject.population == _group(ALL) else claim.subject.population
    return quantity, endpoint.removeprefix("median "), group


def _sentence(found: Sequence[Claim]) -> str:
    """Response rate of every group, then the median of the first endpoint; last, how many numbers could not
    be told."""
    rates = [c for c in found if c.subject.what == NAMES[ORR]]
    each = [c for c in rates if c.subject.population != _group(ALL)] or rates
    medians = [c for c in found if c.source.table == "time_to_event" and c.source.figure]
    first = min(medians, key=lambda c: c.source.row).subject.what if medians else ""
    groups = (each, sorted((c for c in medians if c.subject.what == first), key=lambda c: c.source.row))
    parts = [_of_groups(claims) for claims in groups if claims]
    if not parts:
        return "Nothing could be estimated from the tables given."
    said = "; ".join(parts)
    return f"{said[:1].upper()}{said[1:]}.{_untold(found)}"


def _of_groups(claims: Sequence[Claim]) -> str:
    """``"median PFS: 22.0 months (…) in mutant and 13.0 months (…) in wild type"``."""
    said = [f"{phrase(c, names=False)} in {c.subject.population}" for c in claims]
    return f"{claims[0].subject.what}: {listing(said, MOST_GROUPS)}"


def _untold(found: Sequence[Claim]) -> str:
    """How many medians are not reached, and how many numbers cannot be estimated; empty where there is none
    such."""
    medians = [c for c in found if c.source.table == "time_to_event"]
    open_ended = sum(c.estimate.qualifier == "not reached" for c in medians)
    lacking = sum(c.estimate.qualifier == "not estimable" for c in found)
    is_open = (
        f"{open_ended} of {count(len(medians), 'median')} {'is' if open_ended == 1 else 'are'} not reached"
    )
    not_there = f"{lacking} of {count(len(found), 'number')} cannot be estimated"
    said = [text for n, text in ((open_ended, is_open), (lacking, not_there)) if n]
    return f" Not told: {listing(said)}." if said else ""


def _flags(rates: Rates, times: Times, ratios: HazardRatios) -> list[str]:
    rows = [
        (f"{row.endpoint}, {_group(row.group)}{more}", Quality.of_row(row._asdict()).reasons)
        for found, more in ((rates, ""), (times, ""), (ratios, ", hazard ratio"))
        for row in found.frame.itertuples()
    ]
    return all_flags([f"{of}: {why}" for of, reasons in rows for why in reasons if why not in STANDING])
