"""What speaks against a count: its file, its few events, a rule of the panel that fails for its markers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from lib.cytometry.findings import Finding
from lib.cytometry.gates import BooleanGate, GatingStrategy
from lib.cytometry.names import bare_name
from lib.cytometry.study import StudyGating
from lib.records import join_reasons

PANEL = "panel: "
VERDICTS = {"fail": "fails", "flag": "flagged"}


def judge_counts(
    counted: pd.DataFrame,
    gating: StudyGating,
    quality: pd.DataFrame,
    findings: Sequence[Finding],
    *,
    lloq_events: int,
) -> pd.DataFrame:
    """The counts with ``quality`` and ``reasons``.

    A count fails with its file; a flagged file, fewer than `lloq_events` events, or a failing rule of the
    panel for one of the markers that define the population make it a caution; without an event of the parent
    there is none to judge.
    """
    failing = [f for f in findings if f.severity == "fail"]
    against = [
        {
            name: _panel_reasons(failing, markers_of(strategy, name, gating.study.labels))
            for name in gated.parents
        }
        for strategy, gated in zip(gating.strategies, gating.gated, strict=True)
    ]
    by_panel = dict(zip([gated.file for gated in gating.gated], against, strict=True))
    by_file = {row["file"]: _file_reason(row) for _, row in quality.iterrows()}
    verdict = counted["file"].map(quality.set_index("file")["verdict"])
    reasons = [
        join_reasons([by_file[file], _few(file, name, parent, n, of, lloq_events), *by_panel[file][name]])
        for file, name, parent, n, of in counted[
            ["file", "population", "parent", "count", "parent_count"]
        ].itertuples(index=False, name=None)
    ]
    said = pd.Series(reasons, index=counted.index) != ""
    judged = np.select(
        [counted["parent_count"] == 0, verdict == "fail", said], ["not judged", "fail", "caution"], "pass"
    )
    return counted.assign(quality=judged, reasons=reasons)


def markers_of(strategy: GatingStrategy, name: str, labels: Mapping[str, str]) -> set[str]:
    """Markers by which a population is defined: those of its gate, of the gates above, of the operands of a
    Boolean one.

    `labels` are channel to marker.
    """
    gates = {gate.name: gate for gate in strategy.gates}
    named = {bare_name(channel): marker for channel, marker in labels.items()}
    waiting, seen, found = [name], set(), set()
    while waiting:
        one = waiting.pop()
        if one in seen or one not in gates:
            continue
        seen.add(one)
        gate = gates[one]
        found |= {bare_name(channel) for d in gate.dimensions for channel in d.names}
        waiting += [gate.parent] if gate.parent else []
        waiting += [operand for operand, _ in gate.operands] if isinstance(gate, BooleanGate) else []
    return {named[channel] for channel in found if channel in named}


def _panel_reasons(failing: Sequence[Finding], markers: set[str]) -> list[str]:
    """Rules that fail for these markers, or for every population."""
    return [f"{PANEL}{f.rule} ({f.items})" for f in failing if not f.markers or markers & set(f.markers)]


def _file_reason(row: Mapping[str, str] | pd.Series) -> str:
    word = VERDICTS.get(row["verdict"])
    return f"{row['file']} {word}: {row['reason']}" if word else ""


def _few(file: str, name: str, parent: str, n: int, of: int, lloq_events: int) -> str:
    if of == 0:
        return f"{file}: no event in {parent}"
    events = "1 event" if n == 1 else f"{n:,} events"
    return f"{file}: {events} in {name}, fewer than {lloq_events:,}" if n < lloq_events else ""
