"""What does not fit together, and what is missing: in the published record, and between it and the study."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from lib.overview.matrix import ABSENT

COLUMNS = ["kind", "subject", "what", "source"]
CONTRADICTION, GAP = "contradiction", "gap"
Entry = tuple[str, str, str, str]


def list_gaps(evidence: pd.DataFrame, edges: pd.DataFrame, record: pd.DataFrame) -> pd.DataFrame:
    """Contradictions first, then gaps, each with its source: the study's, the record's, unanswered questions.

    Parameters
    ----------
    evidence : DataFrame
        As from :func:`lib.overview.gather_evidence`.
    edges : DataFrame
        ``edge, state, evidence`` of the pathway; may be empty.
    record : DataFrame
        ``kind, subject, what, source``: where the published record contradicts itself or is silent; may be
        empty.
    """
    told = [tuple(entry) for entry in record[COLUMNS].itertuples(index=False)] if len(record) else []
    entries = [*_differing(evidence), *_contradicted(edges), *told, *_unanswered(evidence)]
    frame = pd.DataFrame(entries, columns=COLUMNS)
    return frame.sort_values("kind", kind="stable", ignore_index=True)


def _differing(evidence: pd.DataFrame) -> Iterator[Entry]:
    for r in evidence[evidence["agreement"] == "differs"].itertuples():
        what = f"This study differs from the published {r.published}: {r.why}"
        yield CONTRADICTION, str(r.quantity), what, f"{r.report} {r.version}"


def _contradicted(edges: pd.DataFrame) -> Iterator[Entry]:
    for r in (edges[edges["state"] == "contradicted"] if len(edges) else edges).itertuples():
        what = f"The readouts contradict this edge of the pathway: {r.evidence}"
        yield CONTRADICTION, str(r.edge), what, "target engagement"


def _unanswered(evidence: pd.DataFrame) -> Iterator[Entry]:
    for r in evidence[evidence["analysis"] == ABSENT].itertuples():
        yield GAP, str(r.question), "No report of this study answers it.", "this study"
