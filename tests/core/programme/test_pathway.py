"""The pathway: what it predicts under each treatment, and how readouts speak of its edges."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lib.engagement import strongest_changes
from lib.errors import InputError
from lib.programme.pathway import (
    Pathway,
    compare_edges,
    compare_predictions,
    load_pathway,
    predict_directions,
)
from reports.figures.pathway import plot_pathway


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
    assert state.evidence["MEK-ERK"] == "not tested: MEK was not measured"
    assert state.state["AKT-MET"] == "no data"
    assert state.state["MEK-FAK"] == "no data"  # adaptive: FAK inhibition alone does not speak of it
    assert set(state.state) <= {"supported", "contradicted", "no data"}
    assert len(plot_pathway(pathway, state.reset_index()).axes) == 1


def test_an_edge_is_tested_only_where_its_source_moved_beyond_the_margin(pathway: Pathway) -> None:
    still, small, unclear = (-0.2, 0.2), (-0.31, -0.05), (-1.5, -0.3)
    for source, why in ((still, "did not move"), (small, "did not move"), (unclear, "did not move")):
        moved = [change("PI3K_FAK_complex", *source), change("pAKT_S473", -0.1, 0.1), change("pERK", -3, -2)]
        state = compare_edges(pathway, pd.DataFrame(moved)).set_index("edge")
        assert state.state["PI3K-AKT"] == "no data", source
        assert state.evidence["PI3K-AKT"].startswith(
            f"not tested: PI3K_FAK_complex {why} by more than 0.32 log2"
        )


@pytest.mark.parametrize(
    ("target", "expected"),
    [((-2.0, -0.1), "supported"), ((-0.3, -0.05), "contradicted"), ((0.1, 2.0), "contradicted"),
     ((-0.2, 0.3), "contradicted"), ((-0.4, 0.1), "no data")],
)  # fmt: skip
def test_what_follows_a_source_that_moved(
    pathway: Pathway, target: tuple[float, float], expected: str
) -> None:
    moved = pd.DataFrame([change("PI3K_FAK_complex", -2, -1), change("pAKT_S473", *target)])
    assert compare_edges(pathway, moved).set_index("edge").state["PI3K-AKT"] == expected


def test_a_drug_that_moved_nothing_contradicts_nothing(pathway: Pathway) -> None:
    nothing = pd.DataFrame([change(name, -0.1, 0.1) for name in pathway.readout_of().values()])
    state = compare_edges(pathway, nothing).set_index("edge")
    assert set(state.state) == {"no data"}
    assert (
        state.evidence["defactinib-FAK"]
        == "not tested: no readout moved by more than 0.32 log2 under Defactinib"
    )
    elsewhere = pd.concat([nothing[nothing.target != "pERK"], pd.DataFrame([change("pERK", -3, -2)])])
    assert compare_edges(pathway, elsewhere).set_index("edge").state["defactinib-FAK"] == "contradicted"


def test_a_fall_below_background_counts_as_moved(pathway: Pathway) -> None:
    dark = {"target": "PI3K_FAK_complex", "log2_fold_change": np.nan, "low": np.nan, "high": -1.0}
    state = compare_edges(pathway, pd.DataFrame([dark, change("pAKT_S473", -2, -1)])).set_index("edge")
    assert state.state["PI3K-AKT"] == "supported"


@pytest.mark.parametrize(("n", "sd"), [(3, 0.17), (3, 0.5), (4, 0.3)])
def test_null_studies_are_rarely_contradicted(pathway: Pathway, n: int, sd: float) -> None:
    """300 studies in which nothing moves: at most 5 % hold a contradicted edge (7 of 12 did once)."""
    rng, names = np.random.default_rng(4), list(pathway.readout_of().values())
    found = 0
    for values in rng.normal(0, sd, (300, len(names), n)):
        half = stats.t.ppf(0.975, n - 1) * values.std(1, ddof=1) / np.sqrt(n)
        seen = pd.DataFrame({"target": names, "log2_fold_change": values.mean(1), "low": values.mean(1) - half,
                             "high": values.mean(1) + half})  # fmt: skip
        found += (compare_edges(pathway, seen).state == "contradicted").any()
    assert found <= 0.05 * 300


def test_of_several_normalisers_one_speaks() -> None:
    rows = [{**change("pERK", -1, -0.5), "treatment": "FAK inhibition", "dose_uM": dose, "time_h": time,
             "n_experiments": 4, "normalised_to": by}
            for dose, time, by in ((1, 24.0, "total form"), (3, 4.0, "total form"), (3, 24.0, "total protein"),
                                   (3, 24.0, "total form"))]  # fmt: skip
    for order in (rows, rows[::-1]):
        found = strongest_changes(pd.DataFrame(order))["FAK inhibition"]
        assert found[["dose_uM", "time_h", "normalised_to"]].to_numpy().tolist() == [[3, 24.0, "total form"]]


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
