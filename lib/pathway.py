"""FAK signalling as the source document tells it: a signed graph, what it predicts, what this study's data say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lib.errors import Fault, InputError
from lib.places import PUBLISHED

UNCHANGED_WITHIN_LOG2 = 0.32
"""A readout whose whole interval lies within ± this (a quarter up, a fifth down) has not moved."""

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


def load_pathway() -> Pathway:
    """The pathway of the source document, from ``data/published``."""
    return Pathway(pd.read_csv(PUBLISHED / "pathway_nodes.csv"), pd.read_csv(PUBLISHED / "pathway_edges.csv"))


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

    An edge is supported when its target moved in the direction that its source's movement and its sign
    predict; contradicted when it moved the other way, or stayed within ± `UNCHANGED_WITHIN_LOG2` although
    the source moved; otherwise there are no data, with the reason in ``evidence``. A source that is not
    measured takes the movement that the drug gives it. Support is not proof that the edge is direct.

    Parameters
    ----------
    changes : DataFrame
        Columns ``target`` (a readout), ``log2_fold_change, low, high``.

    Returns
    -------
    DataFrame
        ``edge, source, target, state, evidence``.
    """
    predicted = predict_directions(pathway, "FAK inhibition")
    readout = pathway.readout_of()
    moved = {row.target: _movement(row.low, row.high) for row in changes.itertuples()}
    words = {row.target: _in_words(row) for row in changes.itertuples()}
    rows = []
    for edge in pathway.edges.itertuples():
        target = readout.get(edge.target)
        source = moved.get(readout.get(edge.source, ""), int(predicted[edge.source]))
        state, why = _judge(edge, source, target, moved, words)
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
        moved = {row.target: _movement(row.low, row.high) for row in measured.itertuples()}
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


def _movement(low: float, high: float) -> int | None:
    """Direction that an interval of a log2 fold change shows; None where it shows neither."""
    if not (np.isfinite(low) and np.isfinite(high)):
        return None
    if low > 0 or high < 0:
        return 1 if low > 0 else -1
    return 0 if max(-low, high) <= UNCHANGED_WITHIN_LOG2 else None


def _judge(
    edge: object,
    source: int | None,
    target: str | None,
    moved: Mapping[str, int | None],
    words: Mapping[str, str],
) -> tuple[str, str]:
    name, sign = getattr(edge, "target", ""), int(getattr(edge, "sign", 0))
    if str(getattr(edge, "context", "")).startswith("adaptive"):
        return (
            "no data",
            "arises under RAF/MEK inhibition; readouts under FAK inhibition alone do not speak of it",
        )
    if target is None:
        return "no data", f"{name} is not a readout of this study"
    if target not in moved:
        return "no data", f"{target} was not measured"
    if not source:
        return (
            "no data",
            f"{getattr(edge, 'source', '')} does not move under FAK inhibition, or cannot be told to",
        )
    if moved[target] is None:
        return "no data", f"{words[target]}: the interval shows neither a change nor its absence"
    return ("supported" if moved[target] == sign * source else "contradicted"), words[target]


def _in_words(row: object) -> str:
    value, low, high = (getattr(row, name) for name in ("log2_fold_change", "low", "high"))
    if not np.isfinite(low):
        return f"{getattr(row, 'target', '')}: no interval"
    return f"{getattr(row, 'target', '')}: log2 change {value:.2f} ({low:.2f} to {high:.2f})".replace(
        "-", "−"
    )
