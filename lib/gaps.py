"""What does not fit together, and what is missing: in the published record, and between it and the study."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from reports.wording import listing

COLUMNS = ["kind", "subject", "what", "source"]
CONTRADICTION, GAP = "contradiction", "gap"
Entry = tuple[str, str, str, str]


def list_gaps(evidence: pd.DataFrame, edges: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """Contradictions first, then gaps, each with its source.

    Parameters
    ----------
    evidence : DataFrame
        As from :func:`lib.overview.gather_evidence`.
    edges : DataFrame
        ``edge, state, evidence`` of the pathway; may be empty.
    published : DataFrame
        As from :func:`lib.agreement.load_published`.
    """
    entries = [
        *_of_study(evidence, edges), *_of_attribution(published), *_of_phenotypes(published), *_of_panel(published),
        *_of_mechanism(published), *_unverified(published), *_unanswered(evidence),
    ]  # fmt: skip
    frame = pd.DataFrame(entries, columns=COLUMNS)
    return frame.sort_values("kind", kind="stable", ignore_index=True)


def _of_study(evidence: pd.DataFrame, edges: pd.DataFrame) -> Iterator[Entry]:
    for r in evidence[evidence["agreement"] == "differs"].itertuples():
        yield (
            CONTRADICTION,
            str(r.quantity),
            f"This study differs from the published {r.published}: {r.why}",
            f"{r.report} {r.version}",
        )
    if len(edges):
        for r in edges[edges["state"] == "contradicted"].itertuples():
            yield (
                CONTRADICTION,
                str(r.edge),
                f"The readouts contradict this edge of the pathway: {r.evidence}",
                "target engagement",
            )


def _of_attribution(published: pd.DataFrame) -> Iterator[Entry]:
    rows = published[published["item"] == "Attribution"].set_index("quantity")
    if {"cited_study", "corrected_study"} <= set(rows.index):
        cited, correct = rows.loc["cited_study"], rows.loc["corrected_study"]
        yield (
            CONTRADICTION,
            "Table 4, attribution",
            f"Cited as {cited['value']}: {correct['note']}",
            correct["source"],
        )


def _of_phenotypes(published: pd.DataFrame) -> Iterator[Entry]:
    rows = published[(published["table"] == "table_1") & (published["quantity"] == "phenotype")]
    for r in rows.itertuples():
        yield (
            CONTRADICTION if "Naïve" in r.item else GAP,
            str(r.item),
            f"Phenotype printed as {r.value}. {r.note}",
            str(r.source),
        )
    told = set(rows["item"])
    directions = published[(published["table"] == "table_1") & (published["quantity"] == "direction")]
    unknown = [item for item in dict.fromkeys(directions["item"]) if item not in told]
    if unknown:
        yield (
            GAP,
            "Table 1, phenotypes",
            f"No phenotype is printed for {listing([u[0].lower() + u[1:] if not u[1].isupper() else u for u in unknown])}; only directions, no sizes.",
            str(directions["source"].iloc[0]),
        )


def _of_panel(published: pd.DataFrame) -> Iterator[Entry]:
    rows = published[(published["table"] == "facts") & (published["group"] == "Panel")]
    for r in rows.drop_duplicates("item").itertuples():
        yield (
            CONTRADICTION if "APC" in r.item else GAP,
            f"Table 2, {r.item}",
            str(r.note) or "Absent from the panel.",
            str(r.source),
        )


def _of_mechanism(published: pd.DataFrame) -> Iterator[Entry]:
    rows = published[published["table"] == "mechanism"]
    expected = rows[rows["quantity"] == "expected_direction"]
    for r in expected.itertuples():
        yield (
            GAP,
            f"{r.item}, clinical",
            f"Expected to be {r.value}: no clinical data. {r.note}",
            str(r.source),
        )
    for r in rows[rows["value"] == "not found"].itertuples():
        yield GAP, f"{r.item}, {r.quantity.replace('_', ' ')}", str(r.note), str(r.source)
    for r in rows[rows["value"] == "unchanged"].itertuples():
        yield CONTRADICTION, f"{r.item}, {r.group}", f"Unchanged there. {r.note}", str(r.source)


def _unverified(published: pd.DataFrame) -> Iterator[Entry]:
    rows = published[(published["table"] == "table_4") & (published["status"] == "unverified")]
    if len(rows):
        items = list(dict.fromkeys(f"{r.item}, {r.group}" for r in rows.itertuples()))
        yield (
            GAP,
            "Table 4, unverified",
            f"Rests on the guide alone: {'; '.join(items)}.",
            str(rows["source"].iloc[0]),
        )


def _unanswered(evidence: pd.DataFrame) -> Iterator[Entry]:
    for r in evidence[evidence["analysis"] == "none"].itertuples():
        yield GAP, str(r.question), "No report of this study answers it.", "this study"
