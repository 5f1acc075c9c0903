"""Counts of populations with their denominators, intervals and limits."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from lib.cytometry.gates import GatingStrategy, RectangleGate
from lib.cytometry.gating import GatedFile
from lib.cytometry.names import bare_name
from lib.proportions import rate_interval

ALL_EVENTS = "all events"
LIVE = re.compile(r"(?<![a-z])(live|viable|alive)(?![a-z])", re.IGNORECASE)
SINGLETS = re.compile(r"sing(le|let)", re.IGNORECASE)
BEADS = re.compile(r"\bbeads\b", re.IGNORECASE)
LEUKOCYTES = re.compile(r"^(leu[ck]ocytes|cd45\s*\+?|cd45 ?(pos|positive).*)$", re.IGNORECASE)


def count_populations(
    gated: Sequence[GatedFile],
    samples: pd.DataFrame,
    *,
    cd45_gate: str | None = None,
    lod_events: int = 20,
    lloq_events: int = 50,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Every population of every file, one row each.

    Parameters
    ----------
    gated : sequence of GatedFile
        In the order of `samples`.
    samples : DataFrame
        ``subject, timepoint``, optionally ``tube, cells_per_mg, beads_added``.
    cd45_gate : str, optional
        Population whose count is the denominator of ``percent_cd45``; see :func:`find_cd45_gate`.
    lod_events, lloq_events : int
        Fewer events than the first are "not detected", than the second "not quantifiable".
    confidence : float
        Of the Wilson interval of the percentage of the parent.

    Returns
    -------
    DataFrame
        ``file, subject, timepoint, population, parent, count, parent_count, total_count, percent_parent,
        percent_cd45, percent_low, percent_high, quantifiable, detection, cd45_count, cells_per_mg,
        cells_per_tube`` (the last two where given). Percent of
        CD45 only for populations within that gate; a percentage of no events is missing.

    Notes
    -----
    The interval speaks of counting events only. Animals and patients vary far more: never use it to compare
    time points.
    """
    rows = [
        row
        | {
            "file": one.file,
            "subject": sample["subject"],
            "timepoint": sample["timepoint"],
            "tube": sample.get("tube"),
            "given_per_mg": sample.get("cells_per_mg"),
            "beads_added": sample.get("beads_added"),
        }
        for one, (_, sample) in zip(gated, samples.iterrows(), strict=True)
        for row in _rows_of(one, cd45_gate)
    ]
    return _add_rates(pd.DataFrame(rows), lod_events, lloq_events, confidence)


def find_cd45_gate(strategy: GatingStrategy, cd45_channel: str | None) -> str | None:
    """The gate of leukocytes: named so, or the first that asks for bright values of the CD45 channel
    alone."""
    named = next((gate.name for gate in strategy.gates if LEUKOCYTES.match(gate.name.strip())), None)
    if named or cd45_channel is None:
        return named
    return next(
        (
            gate.name
            for gate in strategy.gates
            if isinstance(gate, RectangleGate)
            and any(
                bare_name(d.channel) == bare_name(cd45_channel) and d.low is not None for d in gate.dimensions
            )
        ),
        None,
    )


def find_reference_gate(names: Sequence[str]) -> str | None:
    """The gate of countable cells: live, else single cells; None means all events."""
    return next((n for pattern in (LIVE, SINGLETS) for n in names if pattern.search(n)), None)


def descendants(parents: Mapping[str, str | None], ancestor: str) -> set[str]:
    """A gate and all gates below it."""
    found = {ancestor}
    for _ in parents:
        more = {name for name, parent in parents.items() if parent in found}
        if more <= found:
            break
        found |= more
    return found


def _rows_of(one: GatedFile, cd45_gate: str | None) -> list[dict[str, object]]:
    counts = one.counts
    within = descendants(one.parents, cd45_gate) if cd45_gate in counts else set()
    reference = find_reference_gate(list(counts))
    beads = next((name for name in counts if BEADS.search(name)), None)
    return [
        {
            "population": name,
            "parent": parent or ALL_EVENTS,
            "count": counts[name],
            "parent_count": counts[parent] if parent else one.n_events,
            "total_count": one.n_events,
            "cd45_count": counts[cd45_gate] if name in within and cd45_gate else np.nan,
            "reference_count": counts[reference] if reference else one.n_events,
            "beads_count": counts[beads] if beads else np.nan,
        }
        for name, parent in one.parents.items()
    ]


def _add_rates(frame: pd.DataFrame, lod: int, lloq: int, confidence: float) -> pd.DataFrame:
    count, parent = frame["count"].to_numpy(float), frame.parent_count.to_numpy(float)
    low, high = rate_interval(count, parent, method="wilson", confidence=confidence)
    given = pd.to_numeric(frame.given_per_mg, errors="coerce")
    with np.errstate(divide="ignore", invalid="ignore"):
        frame["percent_parent"] = np.where(parent > 0, 100 * count / parent, np.nan)
        frame["percent_cd45"] = 100 * count / frame.cd45_count.where(frame.cd45_count > 0)
        added = pd.to_numeric(frame.beads_added, errors="coerce")
        frame["cells_per_tube"] = added * count / frame.beads_count.where(frame.beads_count > 0)
        frame["cells_per_mg"] = given * count / frame.reference_count.where(frame.reference_count > 0)
    frame["percent_low"], frame["percent_high"] = 100 * low, 100 * high
    frame["quantifiable"] = (count >= lloq) & (parent > 0)
    words = [
        f"not detected: fewer than {lod} events",
        f"detected, not quantifiable: fewer than {lloq} events",
    ]
    frame["detection"] = np.select(
        [parent == 0, count < lod, count < lloq], ["parent is empty", *words], default="quantifiable"
    )
    order = [
        "file",
        "subject",
        "timepoint",
        "population",
        "parent",
        "count",
        "parent_count",
        "total_count",
        "percent_parent",
        "percent_cd45",
        "percent_low",
        "percent_high",
        "quantifiable",
        "detection",
        "cd45_count",
        "cells_per_mg",
        "cells_per_tube",
        "tube",
    ]
    return frame[
        [
            name
            for name in order
            if frame[name].notna().any() or name not in ("cells_per_mg", "cells_per_tube", "tube")
        ]
    ]
