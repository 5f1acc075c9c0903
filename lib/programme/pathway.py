"""Signalling as a programme tells it: a signed graph, and what it predicts under a treatment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lib.errors import Fault, InputError

NODE_COLUMNS = ("node", "label", "kind", "readout", "column", "row")
EDGE_COLUMNS = ("edge", "source", "target", "sign", "context", "requires", "evidence", "status", "bend")
OUTWEIGHS = 10.0
Drugs = Mapping[str, Sequence[str]]
"""Treatment → the nodes of the drugs that it gives."""


@dataclass(frozen=True)
class Pathway:
    """Nodes and signed edges.

    ``nodes``: ``node, label, kind, readout, column, row``; ``kind`` is ``drug`` for what treatments give.
    ``edges``: ``edge, source, target, sign, context, requires, evidence, status``; sign +1 activates, −1
    inhibits; ``requires`` is the drug under which alone the edge arises, empty for one that is always there.
    """

    nodes: pd.DataFrame
    edges: pd.DataFrame

    def readout_of(self) -> dict[str, str]:
        """Node → the readout that measures it, where one does."""
        measured = self.nodes[self.nodes["readout"].notna()]
        return dict(zip(measured["node"], measured["readout"], strict=True))

    def drugs(self) -> set[str]:
        """Nodes that are drugs."""
        return set(self.nodes.loc[self.nodes["kind"] == "drug", "node"])


def predict_directions(pathway: Pathway, drugs: Drugs, treatment: str) -> pd.Series:
    """Direction of every node under a treatment, by qualitative propagation from drug to steady state.

    Each drug given is switched on (+1) and everything else starts unchanged (0). A node takes the sign of the
    sum of ``sign × state`` over its inputs; a drug's own edge outweighs every other input of its target,
    since it blocks the activity whatever activates it. Iteration stops at a fixed point, which the number of
    nodes bounds on this graph unless feedback makes it oscillate.

    Parameters
    ----------
    drugs : mapping
        Treatment → nodes of its drugs.
    treatment : str
        One of them.

    Returns
    -------
    Series
        Node → +1 up, −1 down, 0 unchanged.

    Raises
    ------
    InputError
        For an unknown treatment, or a graph that does not settle.
    """
    if treatment not in drugs:
        raise InputError(Fault(f"treatment must be one of {', '.join(drugs) or 'none'}", value=treatment))
    names, given = list(pathway.nodes["node"]), list(drugs[treatment])
    fixed = [names.index(name) for name in pathway.drugs()]
    weights = _weights(pathway, names, given)
    state = start = np.array([float(name in given) for name in names])
    for _ in range(2 * len(names)):
        following = np.sign(weights @ state)
        following[fixed] = start[fixed]
        if np.array_equal(following, state):
            return pd.Series(state.astype(int), index=names, name=treatment)
        state = following
    raise InputError(Fault("the pathway must settle", value=f"oscillation under {treatment}"))


def _weights(pathway: Pathway, names: Sequence[str], given: Sequence[str]) -> np.ndarray:
    """What each node (columns) puts into each (rows), of the edges that arise under the drugs given."""
    place, drugs = {name: i for i, name in enumerate(names)}, pathway.drugs()
    weights = np.zeros((len(names), len(names)))
    arise = pathway.edges["requires"].isin(["", *given])
    for edge in pathway.edges[arise].itertuples():
        weights[place[edge.target], place[edge.source]] = edge.sign * (
            OUTWEIGHS if edge.source in drugs else 1.0
        )
    return weights
