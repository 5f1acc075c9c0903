"""FAK signalling as the source document tells it: a signed graph, what it predicts, what this study's data say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from lib.errors import Fault, InputError

NODE_COLUMNS = ("node", "label", "kind", "readout", "column", "row")
EDGE_COLUMNS = ("edge", "source", "target", "sign", "context", "evidence", "status", "bend")
UNCHANGED_WITHIN_LOG2 = 0.32
"""A readout whose whole interval lies within ± this (a quarter up, a fifth down) has not moved; one whose whole
interval lies beyond it has moved enough for what it drives to be looked at."""

TREATMENTS: dict[str, tuple[str, ...]] = {
    "FAK inhibition": ("Defactinib",),
    "MEK inhibition": ("Avutometinib",),
    "both": ("Defactinib", "Avutometinib"),
}
WORDS = {1: "up", -1: "down", 0: "unchanged"}


@dataclass(frozen=True)
class Pathway:
    """Nodes and signed edges.

    ``nodes``: ``node, label, kind, readout, column, row``. ``edges``: ``edge, source, target, sign, context,
    evidence, status``; sign +1 activates, −1 inhibits.
    """

    nodes: pd.DataFrame
    edges: pd.DataFrame

    def readout_of(self) -> dict[str, str]:
        """Node → the readout that measures it, where one does."""
        measured = self.nodes[self.nodes["readout"].notna()]
        return dict(zip(measured["node"], measured["readout"], strict=True))


def predict_directions(pathway: Pathway, treatment: str) -> pd.Series:
    """Direction of every node under a treatment, by qualitative propagation from drug to steady state.

    Each drug is switched on (+1) and everything else starts unchanged (0). A node takes the sign of the sum of
    ``sign × state`` over its inputs; a drug's own edge outweighs every other input of its target, since it
    blocks the activity whatever activates it. Iteration stops at a fixed point, which the number of nodes
    bounds on this graph unless feedback makes it oscillate.

    Returns
    -------
    Series
        Node → +1 up, −1 down, 0 unchanged.

    Raises
    ------
    InputError
        For an unknown treatment, or a graph that does not settle.
    """
    if treatment not in TREATMENTS:
        raise InputError(Fault(f"treatment must be one of {', '.join(TREATMENTS)}", treatment))
    names = list(pathway.nodes["node"])
    place = {name: i for i, name in enumerate(names)}
    weights = np.zeros((len(names), len(names)))
    drugs = set(pathway.nodes.loc[pathway.nodes["kind"] == "drug", "node"])
    adaptive = pathway.edges["context"].str.startswith("adaptive")
    active = ~adaptive | ("Avutometinib" in TREATMENTS[treatment])
    for edge in pathway.edges[active].itertuples():
        weights[place[edge.target], place[edge.source]] = edge.sign * (10.0 if edge.source in drugs else 1.0)
    given = np.array([float(name in TREATMENTS[treatment]) for name in names])
    state = given.copy()
    for _ in range(2 * len(names)):
        following = np.sign(weights @ state)
        following[[place[d] for d in drugs]] = given[[place[d] for d in drugs]]
        if np.array_equal(following, state):
            return pd.Series(state.astype(int), index=names, name=treatment)
        state = following
    raise InputError(Fault("the pathway must settle", f"oscillation under {treatment}"))


def compare_edges(pathway: Pathway, changes: pd.DataFrame) -> pd.DataFrame:
    """What a study's readouts under FAK inhibition say of every edge.

    An edge is tested only where its source moved: a measured source whose whole interval lies beyond
    ± `UNCHANGED_WITHIN_LOG2`, or the drug itself where it moved any readout so far. Then it is supported when its
    target's interval lies on the side that the source's movement and the sign predict, and contradicted when it
    lies on the other side, or wholly within ± `UNCHANGED_WITHIN_LOG2`. Otherwise there are no data, with the
    reason in ``evidence``: where nothing moved, nothing was tested. Support is not proof that the edge is direct.

    Parameters
    ----------
    changes : DataFrame
        Columns ``target`` (a readout), ``log2_fold_change, low, high``.

    Returns
    -------
    DataFrame
        ``edge, source, target, state`` (supported, contradicted, no data)``, evidence``.
    """
    readout = pathway.readout_of()
    seen = _Readouts({str(row.target): _Seen.read(row) for row in changes.itertuples()})
    drugs = set(pathway.nodes.loc[pathway.nodes["kind"] == "drug", "node"])
    given = {name: 1 if seen.any_moved() else 0 for name in drugs & set(TREATMENTS["FAK inhibition"])}
    rows = []
    for edge in pathway.edges.itertuples():
        state, why = _judge(edge, seen, readout, given)
        rows.append(
            {"edge": edge.edge, "source": edge.source, "target": edge.target, "state": state, "evidence": why}
        )
    return pd.DataFrame(rows)


def compare_predictions(pathway: Pathway, changes: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Predicted against measured direction of every readout, for each treatment given.

    Parameters
    ----------
    changes : mapping
        Treatment → DataFrame as in :func:`compare_edges`.

    Returns
    -------
    DataFrame
        ``treatment, readout, predicted, measured, verdict`` (``agrees, differs, cannot tell, no data``).
    """
    readout = pathway.readout_of()
    rows = []
    for treatment in TREATMENTS:
        predicted = predict_directions(pathway, treatment)
        measured = changes.get(treatment, pd.DataFrame(columns=["target", "low", "high"]))
        moved = {str(row.target): _Seen.read(row).direction for row in measured.itertuples()}
        for node, target in readout.items():
            rows.append({"treatment": treatment, "readout": target, "predicted": WORDS[int(predicted[node])],
                         **_verdict(int(predicted[node]), moved, target)})  # fmt: skip
    return pd.DataFrame(rows)


def _verdict(predicted: int, moved: Mapping[str, int | None], target: str) -> dict[str, str]:
    if target not in moved:
        return {"measured": "no data", "verdict": "no data"}
    found = moved[target]
    if found is None:
        return {"measured": "cannot tell", "verdict": "cannot tell"}
    return {"measured": WORDS[found], "verdict": "agrees" if found == predicted else "differs"}


@dataclass(frozen=True)
class _Seen:
    """One readout: its interval in words, the direction that it shows (None: neither a change nor its absence),
    and the direction in which the whole interval lies beyond the margin (0: it does not)."""

    words: str
    direction: int | None
    moved: int

    @classmethod
    def read(cls, row: Any) -> _Seen:
        """From a row of changes; an open lower bound is a fall below what could be read."""
        high = float(row.high)
        low = -np.inf if np.isnan(row.low) and np.isfinite(high) else float(row.low)
        moved = 1 if low > UNCHANGED_WITHIN_LOG2 else -1 if high < -UNCHANGED_WITHIN_LOG2 else 0
        still = max(-low, high) <= UNCHANGED_WITHIN_LOG2
        direction = 0 if still else 1 if low > 0 else -1 if high < 0 else None
        return cls(_in_words(row), direction, moved)


class _Readouts(dict[str, _Seen]):
    """Readouts by name."""

    def any_moved(self) -> bool:
        """Whether the treatment moved anything beyond the margin."""
        return any(seen.moved for seen in self.values())


def _judge(
    edge: Any, seen: _Readouts, readout: Mapping[str, str], given: Mapping[str, int]
) -> tuple[str, str]:
    """State and evidence of one edge."""
    if str(edge.context).startswith("adaptive"):
        return (
            "no data",
            "arises under RAF/MEK inhibition; readouts under FAK inhibition alone do not speak of it",
        )
    target = readout.get(edge.target)
    if target is None:
        return "no data", f"{edge.target} is not a readout of this study"
    if target not in seen:
        return "no data", f"{target} was not measured"
    source, why = _source(edge.source, seen, readout, given)
    if not source:
        return "no data", f"not tested: {why}"
    if seen[target].direction is None:
        return "no data", f"{seen[target].words}: the interval shows neither a change nor its absence"
    follows = seen[target].direction == int(edge.sign) * source
    return ("supported" if follows else "contradicted"), seen[target].words


def _source(
    name: str, seen: _Readouts, readout: Mapping[str, str], given: Mapping[str, int]
) -> tuple[int, str]:
    """Direction in which the source moved beyond the margin, or 0 and why it cannot be said to have."""
    if name in given:
        return given[name], f"no readout moved by more than {UNCHANGED_WITHIN_LOG2:g} log2 under {name}"
    measured = readout.get(name)
    if measured is None or measured not in seen:
        return 0, f"{name} was not measured"
    return seen[
        measured
    ].moved, f"{measured} did not move by more than {UNCHANGED_WITHIN_LOG2:g} log2, by its interval"


def _in_words(row: Any) -> str:
    """Estimate and interval of one readout."""
    if np.isnan(row.high):
        return f"{row.target}: no interval"
    if np.isnan(row.low):
        said = f"{row.target}: log2 change below {row.high:.2f}, at background"
    else:
        said = f"{row.target}: log2 change {row.log2_fold_change:.2f} ({row.low:.2f} to {row.high:.2f})"
    return said.replace("-", "−")
