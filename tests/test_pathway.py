"""The pathway: what it predicts under each treatment, and how readouts speak of its edges."""

from __future__ import annotations

import pandas as pd
import pytest

from lib.errors import InputError
from lib.pathway import Pathway, compare_edges, compare_predictions, load_pathway, predict_directions
from lib.plots.pathway import plot_pathway


@pytest.fixture(scope="module")
def pathway() -> Pathway:
    return load_pathway()


def change(target: str, low: float, high: float) -> dict[str, object]:
    return {"target": target, "log2_fold_change": (low + high) / 2, "low": low, "high": high}


def test_every_edge_joins_known_nodes_and_states_its_evidence(pathway: Pathway) -> None:
    known = set(pathway.nodes["node"])
    assert set(pathway.edges["source"]) | set(pathway.edges["target"]) <= known
    assert pathway.edges["evidence"].str.len().min() > 5
    assert pathway.edges["edge"].is_unique


def test_no_fak_only_arrow_to_il6(pathway: Pathway) -> None:
    into = pathway.edges[pathway.edges["target"] == "IL6"]
    assert list(into["source"]) == ["PYK2"]


@pytest.mark.parametrize(
    ("treatment", "expected"),
    [
        ("FAK inhibition", {"FAK": -1, "PI3K": -1, "AKT": -1, "ERK": -1, "SOX2": -1, "MYC": -1, "IL6": -1}),
        ("MEK inhibition", {"FAK": 1, "AKT": 1, "ERK": -1, "PYK2": 0, "IL6": 0}),
        ("both", {"FAK": -1, "AKT": -1, "ERK": -1, "MET": -1}),
    ],
)
def test_directions_follow_the_source(pathway: Pathway, treatment: str, expected: dict[str, int]) -> None:
    found = predict_directions(pathway, treatment)
    assert {node: int(found[node]) for node in expected} == expected


def test_unknown_treatment_is_named(pathway: Pathway) -> None:
    with pytest.raises(InputError, match="got surgery"):
        predict_directions(pathway, "surgery")


def test_edges_supported_contradicted_and_silent(pathway: Pathway) -> None:
    changes = pd.DataFrame([
        change("pFAK_Y397", -3, -2), change("PI3K_FAK_complex", -2, -1), change("pAKT_S473", -0.1, 0.1),
        change("pERK", -1.0, 0.8), change("MYC", 0.5, 1.0),
    ])  # fmt: skip
    state = compare_edges(pathway, changes).set_index("edge")
    assert state.state["defactinib-FAK"] == "supported"
    assert state.state["FAK-PI3K"] == "supported"
    assert state.state["PI3K-AKT"] == "contradicted"  # PI3K left FAK and AKT did not follow
    assert state.state["MEK-ERK"] == "no data"
    assert "neither a change nor its absence" in state.evidence["MEK-ERK"]
    assert state.state["AKT-MET"] == "no data"
    assert state.state["MEK-FAK"] == "no data"  # adaptive: FAK inhibition alone does not speak of it
    assert set(state.state) <= {"supported", "contradicted", "no data"}
    assert len(plot_pathway(pathway, state.reset_index()).axes) == 1


def test_order_of_readouts_does_not_matter(pathway: Pathway) -> None:
    changes = pd.DataFrame([change("pFAK_Y397", -3, -2), change("pAKT_S473", -2, -1)])
    pd.testing.assert_frame_equal(compare_edges(pathway, changes), compare_edges(pathway, changes[::-1]))


def test_no_readouts_is_no_data(pathway: Pathway) -> None:
    nothing = pd.DataFrame(columns=["target", "log2_fold_change", "low", "high"])
    assert set(compare_edges(pathway, nothing).state) == {"no data"}


def test_predictions_are_held_against_measurements(pathway: Pathway) -> None:
    found = compare_predictions(
        pathway, {"FAK inhibition": pd.DataFrame([change("pERK", 0.5, 1), change("MYC", -2, -1)])}
    )
    verdict = found.set_index(["treatment", "readout"]).verdict
    assert verdict["FAK inhibition", "pERK"] == "differs"
    assert verdict["FAK inhibition", "MYC"] == "agrees"
    assert verdict["both", "MYC"] == "no data"
