"""What is published of the drugs given, and what of it a number of the study can be held against."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from lib.agreement import DIRECTIONS, NOT_COMPARABLE, compare_direction
from lib.engagement import Changes, TimeCourse, strongest_changes
from lib.engagement.quality import is_rising
from lib.programme import Programme
from lib.programme.programme import plain_name
from lib.records import Comparison
from reports.present.claimed import NOTHING_PUBLISHED
from reports.shown import Table, Text
from reports.wording import listing, number

NOTEBOOK, NOT_FOUND = "target_engagement", "not found"
QUANTITIES = ["direction", "cellular_ic50", "inhibition_constant"]
WITHOUT_MARGIN = "a cellular IC50 is published, no margin to hold it against"


def published(programme: Programme, changes: Changes) -> list[Text | Table]:
    """What is published of the compounds given; nothing where nothing is."""
    rows = published_of(programme, changes)
    if rows.empty:
        return []
    said = " ".join(programme.note(NOTEBOOK, "published")) or compare_in_words(rows)
    caption = "**What is published,** with its source and status."
    return [Text(said), Table("published_mechanism", rows, caption, fold=True)]


def limits(programme: Programme, changes: Changes) -> Text | None:
    """What the programme says against these numbers, where something is published of the compounds given."""
    further = programme.note(NOTEBOOK, "limits") if len(published_of(programme, changes)) else ()
    return Text("\n".join(f"- {point}" for point in further)) if further else None


def published_of(programme: Programme, changes: Changes) -> pd.DataFrame:
    """Published values of the compounds that the study gave."""
    rows = programme.mechanism_of(changes.measured).drop(columns="role")
    return rows[rows["quantity"].isin(QUANTITIES)]


def compare_in_words(rows: pd.DataFrame) -> str:
    """Whether a cellular IC50 is published of the compounds given; empty where nothing is published of
    them."""
    if rows.empty:
        return ""
    known = rows[(rows["quantity"] == "cellular_ic50") & rows["number"].notna()]
    told = [f"{r.item} of {r.group} {number(r.number)} {r.unit} ({r.source})" for r in known.itertuples()]
    if not told:
        return "**Not comparable:** no cellular IC50 is published."
    return f"**Not compared:** no margin is set for the published cellular IC50, {listing(told)}."


def is_target(programme: Programme, readout: str) -> bool:
    """Whether a readout is the one by which the target is said to be hit, under any of its names."""
    target = programme.target_readout
    return bool(target) and _published_name(programme, readout) == _published_name(programme, target)


def compare_midpoint(programme: Programme, row: pd.Series) -> tuple[Comparison | None, str]:
    """The published cellular IC50 of a readout, and why none is held against its midpoint."""
    known = _under(programme, str(row["treatment"]), "cellular_ic50")
    found = known.get(_published_name(programme, row["target"]))
    lacking = _no_midpoint(row)
    if found is None or found.value == NOT_FOUND:
        why = NOTHING_PUBLISHED if found is None else "no cellular IC50 is published"
        return None, why + lacking
    value = f"{found.value} {found.unit}".strip()
    return Comparison(NOT_COMPARABLE, value, source=found.source, why=WITHOUT_MARGIN + lacking), ""


def _no_midpoint(row: pd.Series) -> str:
    """Why a dose curve has no midpoint among its doses; empty where it has one."""
    if is_rising(row):
        return "; not estimable: it rises with dose"
    if row["ic50_qualifier"] == "=":
        return ""
    if not row["ic50_qualifier"]:
        return f"; not estimable: {row['status']}"
    return f"; beyond the doses ({row['ic50_qualifier']} {row['ic50_uM']:g} µM)"


def directed_changes(programme: Programme, course: TimeCourse) -> Iterator[tuple[pd.Series, Comparison]]:
    """Readouts other than the target's whose direction is published, each at its highest dose and latest
    time.

    By treatment, in the order of publication. The name of a row is its place in `course`.
    """
    for treatment, rows in strongest_changes(course).items():
        known = _under(programme, treatment, "direction")
        place = {name: i for i, name in enumerate(known)}
        names = rows["target"].map(lambda readout: _published_name(programme, readout))
        own = rows["target"].map(lambda readout: is_target(programme, readout))
        told = rows[names.isin(place) & ~own.astype(bool)]
        for i in sorted(told.index, key=lambda i: place[names[i]]):
            yield told.loc[i], _compare_change(told.loc[i], known[names[i]])


def _compare_change(row: pd.Series, known: Any) -> Comparison:
    if known.value not in DIRECTIONS:
        why = f"no direction of change is published, but {known.value}: "
        why += "without a margin nothing can be held against it"
        return Comparison(NOT_COMPARABLE, known.value, source=known.source, why=why)
    judged = compare_direction(row["log2_fold_change"], row["low"], row["high"], known.value)
    return Comparison(judged.verdict, known.value, source=known.source, why=judged.why)


def _under(programme: Programme, treatment: str, quantity: str) -> dict[str, Any]:
    """Plain name of a readout → its published row under a treatment."""
    mine = programme.published_under(treatment, quantity)
    return {plain_name(row.item): row for row in mine.itertuples()}


def _published_name(programme: Programme, readout: object) -> str:
    """Plain published name of a readout."""
    own = {plain_name(name): plain_name(known) for name, known in programme.readouts.items()}
    plain = plain_name(str(readout))
    return own.get(plain, plain)
