"""A pathway as methods need it: nodes and edges each once, of kinds that are known, and a graph that
settles."""

from __future__ import annotations

import pandas as pd

from lib.errors import InputError
from lib.programme.pathway import Pathway, predict_directions
from lib.programme.programme import Programme
from lib.programme.said import Said, nearest

NODES, EDGES = "pathway.nodes", "pathway.edges"
NODE_KINDS = (
    "drug",
    "receptor",
    "ligand",
    "growth factor",
    "cytokine",
    "chemokine",
    "hormone",
    "integrin",
    "adhesion molecule",
    "matrix",
    "adaptor",
    "kinase",
    "phosphatase",
    "GTPase",
    "enzyme",
    "complex",
    "ion channel",
    "transporter",
    "transcription factor",
    "gene",
    "RNA",
    "metabolite",
    "second messenger",
    "protein",
    "process",
    "phenotype",
    "other",
)
"""What a node can be. Only ``drug`` is computed with: a treatment switches it on, and no edge leads into
it."""


def check_pathway(said: Said, programme: Programme, pathway: Pathway) -> None:
    """Note every fault of the pathway's tables."""
    if {"pathway", NODES, EDGES} & said.unread:
        return
    before = said.noted
    _check_nodes(said, said.frames[NODES])
    _check_compounds(said, programme, said.frames[NODES])
    _check_edges(said, said.frames[EDGES], said.frames[NODES])
    _check_agreement(said, said.frames[EDGES])
    if said.noted == before:
        _check_settling(said, programme, pathway)


def _check_once(said: Said, table: str, cells: pd.Series, rule: str) -> None:
    for name, rows in cells.groupby(cells):
        if len(rows) > 1 and name:
            said.fault(rule, name, table=table, rows=list(rows.index))


def _check_nodes(said: Said, nodes: pd.DataFrame) -> None:
    _check_once(said, NODES, nodes["node"], "every node of the pathway must stand once")
    _check_once(said, NODES, nodes["readout"], "a readout must be that of one node of the pathway")
    for kind, rows in nodes[~nodes["kind"].isin(NODE_KINDS)].groupby("kind"):
        remedy = nearest(str(kind), NODE_KINDS) or "Write other where none fits."
        rule = f"the kind of a node must be one of {', '.join(NODE_KINDS)}"
        said.fault(rule, kind, remedy, table=NODES, rows=list(rows.index))
    for row in nodes.index[nodes["node"] == ""]:
        said.fault("every node of the pathway must have a name", "nothing", table=NODES, rows=[row])


def _check_compounds(said: Said, programme: Programme, nodes: pd.DataFrame) -> None:
    kinds = dict(zip(nodes["node"], nodes["kind"], strict=True))
    for node in filter(None, (compound.node for compound in programme.compounds.values())):
        if node not in kinds:
            said.fault("a compound's node must be one of the pathway", node, nearest(node, kinds))
        elif kinds[node] != "drug":
            said.fault("a compound's node must be of the kind drug", f"{node}, of the kind {kinds[node]}")


def _check_edges(said: Said, edges: pd.DataFrame, nodes: pd.DataFrame) -> None:
    _check_once(said, EDGES, edges["edge"], "every edge of the pathway must stand once")
    known, drugs = list(nodes["node"]), list(nodes.loc[nodes["kind"] == "drug", "node"])
    for r in edges.itertuples():
        row = [int(str(r.Index))]
        for end in dict.fromkeys((str(r.source), str(r.target))):
            if end not in known:
                rule = f"both ends of the edge {r.edge} must be nodes of the pathway"
                said.fault(rule, end, nearest(end, known), table=EDGES, rows=row)
        if r.sign not in (1, -1):
            said.fault(f"the sign of the edge {r.edge} must be 1 or -1", f"{r.sign:g}", table=EDGES, rows=row)
        if r.source == r.target:
            said.fault(
                f"the edge {r.edge} must join two nodes", f"{r.source} with itself", table=EDGES, rows=row
            )
        elif r.target in drugs:
            rule = f"the edge {r.edge} must not lead into a drug, which only a treatment gives"
            said.fault(rule, r.target, table=EDGES, rows=row)
        if r.requires and r.requires not in drugs:
            rule = f"what the edge {r.edge} requires must be a node of the kind drug"
            said.fault(rule, r.requires, nearest(str(r.requires), drugs), table=EDGES, rows=row)


def _check_agreement(said: Said, edges: pd.DataFrame) -> None:
    """Of two edges from one node to another the last sign alone would count."""
    for (source, target), mine in edges.groupby(["source", "target"]):
        if not (mine["sign"] == mine["sign"].iloc[0]).all():
            rule = "edges between the same nodes must have one sign"
            remedy = "Take one out, or put a node between."
            said.fault(rule, f"{source} to {target} with both", remedy, table=EDGES, rows=list(mine.index))


def _check_settling(said: Said, programme: Programme, pathway: Pathway) -> None:
    known = programme.compounds
    for treatment, given in programme.treatments.items():
        nodes = [known[name].node if name in known else "" for name in given]
        if not all(nodes):
            continue
        try:
            predict_directions(pathway, {treatment: nodes}, treatment)
        except InputError as error:
            for fault in error.faults:
                said.fault(fault.rule, fault.value, "Look for a loop of edges.", table=EDGES)
