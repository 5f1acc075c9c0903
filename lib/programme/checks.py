"""What of a programme must fit together: names known elsewhere in its files, words and numbers that methods can use."""

from __future__ import annotations

from collections import Counter

import pandas as pd

from lib.agreement import DIRECTIONS
from lib.programme.pathway import Pathway
from lib.programme.programme import Programme, plain_name
from lib.programme.said import Said

ROLES = ("populations", "panel", "ic50", "clinical", "facts", "mechanism")
KINDS = ("contradiction", "gap")


def check_programme(said: Said, programme: Programme) -> None:
    """Note every fault of a programme whose records could be read."""
    _check_compounds(said, programme)
    _check_combinations(said, programme)
    _check_treatments(said, programme)
    _check_values(said, programme)
    _check_endpoints(said, programme)
    _check_record(said, programme.record)
    if programme.pathway is not None:
        _check_pathway(said, programme.pathway, [c.node for c in programme.compounds.values()])


def _check_compounds(said: Said, programme: Programme) -> None:
    owners: dict[str, str] = {}
    for compound in programme.compounds.values():
        for name in (compound.name, *compound.aliases):
            owner = owners.setdefault(plain_name(name), compound.name)
            if owner != compound.name:
                said.fault("a name must belong to one compound", f"{name} of {owner} and {compound.name}")


def _check_combinations(said: Said, programme: Programme) -> None:
    kinds = {compound.kind for compound in programme.compounds.values() if compound.kind}
    for one in programme.combinations:
        if one.compound not in programme.compounds:
            said.fault("combinations must name a compound of this file", one.compound)
        if one.partner not in {*programme.compounds, *kinds}:
            said.fault(
                "a combination's partner must be a compound of this file or the kind of one", one.partner
            )


def _check_treatments(said: Said, programme: Programme) -> None:
    for treatment, given in programme.treatments.items():
        for name in given:
            if name not in programme.compounds:
                said.fault(f"treatments.{treatment} must name compounds of this file", name)
        if not given:
            said.fault(f"treatments.{treatment} must name a compound", "nothing")
    if programme.target and programme.target.treatment not in programme.treatments:
        said.fault("target.treatment must be one of the treatments", programme.target.treatment)
    for name in programme.target.stains if programme.target else ():
        if name not in programme.markers:
            said.fault("target.stains must name markers of this file", name)
    if programme.target and programme.target.expected not in {"", *DIRECTIONS}:
        said.fault(f"target.expected must be one of {', '.join(DIRECTIONS)}", programme.target.expected)


def _check_values(said: Said, programme: Programme) -> None:
    for role in programme.values["role"].drop_duplicates():
        if role not in ROLES:
            said.fault(f"values must be among {', '.join(ROLES)}", role)
    populations = programme.table("populations")
    directed = populations[populations["quantity"] == "direction"]
    for r in directed[~directed["value"].isin(list(DIRECTIONS))].itertuples():
        said.fault(
            f"the direction of a population must be one of {', '.join(DIRECTIONS)}", f"{r.value} of {r.item}"
        )
    _check_ic50(said, programme)
    clinical = programme.table("clinical")
    asked = {(known.item, known.quantity) for known in programme.endpoints.values()}
    held = clinical[[pair in asked for pair in zip(clinical["item"], clinical["quantity"], strict=True)]]
    _check_once(said, "clinical", held)


def _check_ic50(said: Said, programme: Programme) -> None:
    rows = programme.table("ic50")
    rows = rows[rows["quantity"].isin(["ic50", "ic50_sd"])]
    for r in rows[~(rows["number"] > 0)].itertuples():
        said.fault(
            "values.ic50 must hold numbers > 0",
            f"{r.value or 'nothing'} as {r.quantity} of {r.group}, {r.item}",
        )
    _check_once(said, "ic50", rows)


def _check_once(said: Said, role: str, rows: pd.DataFrame) -> None:
    for r in rows[rows.duplicated(["item", "group", "quantity"])].itertuples():
        said.fault(f"values.{role} must hold a value once", f"{r.item}, {r.group}, {r.quantity}")


def _check_endpoints(said: Said, programme: Programme) -> None:
    for name, known in programme.endpoints.items():
        least = 1 if known.scale == "ratio" else 0
        if not known.margin > least:
            said.fault(f"endpoints.{name}.margin of a {known.scale} must be > {least}", f"{known.margin:g}")


def _check_record(said: Said, record: pd.DataFrame) -> None:
    for kind in record.loc[~record["kind"].isin(KINDS), "kind"].drop_duplicates():
        said.fault(f"the kind of a line of the record must be one of {', '.join(KINDS)}", kind or "nothing")


def _check_pathway(said: Said, pathway: Pathway, nodes: list[str]) -> None:
    known = set(pathway.nodes["node"])
    for node in filter(None, nodes):
        if node not in known:
            said.fault("a compound's node must be one of the pathway", node)
    for r in pathway.edges.itertuples():
        for end in {r.source, r.target} - known:
            said.fault(f"both ends of the edge {r.edge} must be nodes of the pathway", str(end))
        if r.sign not in (1, -1):
            said.fault(f"the sign of the edge {r.edge} must be 1 or -1", f"{r.sign:g}")
    for column, frame in (("node", pathway.nodes), ("edge", pathway.edges)):
        for name, n in Counter(frame[column]).items():
            if n > 1:
                said.fault(f"every {column} of the pathway must stand once", str(name))
