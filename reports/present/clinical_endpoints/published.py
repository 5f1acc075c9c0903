"""Clinical results beside what is published, in words; nothing where nothing is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from lib.agreement import Concordance, Concordances
from lib.clinical import PrintedIntervals
from lib.programme import Programme
from reports.fields import Bounds, Column, words
from reports.shown import Table, Text
from reports.wording import count, interval_name, listing

NAMES = {"clopper-pearson": "Clopper–Pearson", "wilson": "Wilson", "jeffreys": "Jeffreys"}
ONE = {
    "agrees": "agrees",
    "differs": "differs",
    "cannot tell": "cannot tell",
    "not comparable": "is not comparable",
}
MANY = {
    "agrees": "agree",
    "differs": "differ",
    "cannot tell": "cannot tell",
    "not comparable": "are not comparable",
}


def against_published(
    found: Concordances, references: pd.DataFrame, programme: Programme
) -> list[Text | Table]:
    """What the programme says of its record, and every value of it beside ours; nothing where none
    applies."""
    if not len(found):
        return []
    note = " ".join(programme.note("clinical_endpoints", "published"))
    here = [Column("estimate", "Here", missing="not reached"), Bounds("estimate", unit=found["unit"])]
    columns = [Column("name", "Quantity"), *here, "published", "unit", "verdict", "why", "status"]
    shown = words(found.frame, columns, table="published_comparison", confidence=found.confidence)
    margins = say_margins(references, confidence=found.confidence)
    caption = f"**{say_published(found.found)}** {margins}"
    return [
        Text(note or "Results are held against the published ones."),
        Table("published_comparison", found.frame, caption, show=shown),
    ]


def say_published(results: Iterable[Concordance]) -> str:
    """How many values agree, differ, cannot be told or compared; empty where none is published."""
    verdicts = [r.verdict for r in results]
    if not verdicts:
        return ""
    counts = [(v, verdicts.count(v)) for v in ONE if v in verdicts]
    said = listing([f"{n} {(ONE if n == 1 else MANY)[v]}" for v, n in counts])
    return f"Of {len(verdicts)} published {'value' if len(verdicts) == 1 else 'values'} {said}."


def say_margins(references: pd.DataFrame, *, confidence: float) -> str:
    """How far a result may lie from its reference, and what the verdicts mean."""
    parts = []
    for quantity, rows in references.groupby("quantity", sort=False):
        rules = {r.endpoint: _rule(r.scale, r.margin, r.unit) for r in rows.itertuples()}
        alike = len(set(rules.values())) == 1
        parts += (
            [f"{quantity}s: {next(iter(rules.values()))}"]
            if alike
            else [f"{e}: {r}" for e, r in rules.items()]
        )
    said = "; ".join(parts)
    return (
        f"{said[:1].upper()}{said[1:]}. Agrees: the whole {interval_name(confidence)} lies inside; differs:"
        " it excludes equality and leaves the margin; cannot tell: neither."
    )


def _rule(scale: str, margin: float, unit: str) -> str:
    if scale == "ratio":
        return f"within {margin:g} times either way"
    points = {"percent": 1, "%": 1, "fraction": 100}.get(unit)
    return f"within ± {points * margin:g} percentage points" if points else f"within ± {margin:g} {unit}"


def printed_intervals(
    computed: PrintedIntervals, found: Concordances, printed: Iterable[Mapping[str, object]]
) -> Table | None:
    """Which method gives the intervals as printed; nothing where none is, or where the record does not
    apply."""
    if not len(computed) or not len(found):
        return None
    caption = say_printed_intervals(computed, printed)
    return Table("printed_intervals", computed.frame, caption, fold=True)


def say_printed_intervals(computed: PrintedIntervals, printed: Iterable[Mapping[str, object]]) -> str:
    """Which method gives how many of the intervals as printed, and where they were printed."""
    counts = [
        (NAMES[str(method)], int(rows["reproduces"].eq("yes").sum()), len(rows))
        for method, rows in computed.frame.groupby("method", sort=False)
    ]
    (first, n, of), *others = counts
    said = listing(
        [f"{first} reproduces {n} of {count(of, 'printed interval')}", *(f"{m} {k}" for m, k, _ in others)]
    )
    sources = list(dict.fromkeys(str(one["source"]) for one in printed if one.get("source")))
    return f"**{said}.**" + (f" As printed in {listing(sources)}." if sources else "")
