"""Clinical results beside what is published, in words; nothing where nothing is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from lib.agreement import Concordance
from reports.wording import count, interval, interval_name, listing, number

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


def show_published(results: Iterable[Concordance], *, confidence: float = 0.95) -> pd.DataFrame:
    """Comparison with published values as read."""
    names = [
        "Quantity",
        "Here",
        interval_name(confidence),
        "Published",
        "Unit",
        "Verdict",
        "Why",
        "Source is",
    ]
    rows = [
        (r.name, number(r.estimate, missing="not reached"), interval(r.low, r.high), number(r.published), r.unit,
         r.verdict, r.why, r.status)
        for r in results
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=names)


def say_published(results: Iterable[Concordance]) -> str:
    """How many values agree, differ, cannot be told or compared; empty where none is published."""
    verdicts = [r.verdict for r in results]
    if not verdicts:
        return ""
    counts = [(v, verdicts.count(v)) for v in ONE if v in verdicts]
    said = listing([f"{n} {(ONE if n == 1 else MANY)[v]}" for v, n in counts])
    return f"Of {len(verdicts)} published {'value' if len(verdicts) == 1 else 'values'} {said}."


def say_margins(references: pd.DataFrame, *, confidence: float = 0.95) -> str:
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
        f"{said[:1].upper()}{said[1:]}. Agrees: the whole {interval_name(confidence)} lies inside; differs: it excludes "
        "equality and leaves the margin; cannot tell: neither."
    )


def _rule(scale: str, margin: float, unit: str) -> str:
    if scale == "ratio":
        return f"within {margin:g} times either way"
    points = {"percent": 1, "%": 1, "fraction": 100}.get(unit)
    return f"within ± {points * margin:g} percentage points" if points else f"within ± {margin:g} {unit}"


def say_printed_intervals(computed: pd.DataFrame, printed: Iterable[Mapping[str, object]]) -> str:
    """Which method gives how many of the intervals as printed, and where they were printed."""
    counts = [
        (NAMES[str(method)], int(rows["reproduces"].eq("yes").sum()), len(rows))
        for method, rows in computed.groupby("method", sort=False)
    ]
    (first, n, of), *others = counts
    said = listing(
        [f"{first} reproduces {n} of {count(of, 'printed interval')}", *(f"{m} {k}" for m, k, _ in others)]
    )
    sources = list(dict.fromkeys(str(one["source"]) for one in printed if one.get("source")))
    return f"**{said}.**" + (f" As printed in {listing(sources)}." if sources else "")
