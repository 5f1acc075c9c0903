"""The pathway: what it predicts under each treatment, and how readouts speak of its edges."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lib.engagement import strongest_changes
from lib.errors import InputError
from lib.programme import Compound, Programme, load_programme
from lib.programme.edges import compare_edges, compare_predictions
from lib.programme.pathway import EDGE_COLUMNS, NODE_COLUMNS, Pathway, predict_directions

PROGRAMME = load_programme()
FAK, MEK, BOTH = "FAK inhibition", "MEK inhibition", "both"

GRAPH = Pathway(
    pd.DataFrame(
        [
            ("A", "A", "drug", None, 0, 0),
            ("B", "B", "drug", None, 1, 0),
            ("X", "X", "kinase", "pX", 0, 1),
            ("Y", "Y", "kinase", "pY", 1, 1),
            ("Z", "Z", "kinase", None, 2, 1),
        ],
        columns=NODE_COLUMNS,
    ),
    pd.DataFrame(
        [
            ("A-X", "A", "X", -1, "all", "", "told", "secondary", 0),
            ("B-Y", "B", "Y", -1, "", "", "told", "secondary", 0),
            ("X-Y", "X", "Y", 1, "all", "", "told", "secondary", 0),
            ("Y-X", "Y", "X", -1, "", "B", "told", "secondary", 0),
            ("X-Z", "X", "Z", 1, "all", "", "told", "secondary", 0),
            ("Z-X", "Z", "X", 1, "all", "", "told", "secondary", 0),
        ],
        columns=EDGE_COLUMNS,
    ),
)
"""A second, small programme: drug A blocks X, drug B blocks Y, and Y holds X down where B is given."""
DRUGS = {"a": ("A",), "b": ("B",), "a + b": ("A", "B")}


@pytest.fixture(scope="module")
def pathway() -> Pathway:
    assert PROGRAMME.pathway is not None
    return PROGRAMME.pathway


def judge(pathway: Pathway, changes: pd.DataFrame) -> pd.DataFrame:
    """Edges by readouts under the programme's target treatment."""
    return compare_edges(pathway, {FAK: changes}, PROGRAMME.drugs, treatment=FAK).frame.set_index("edge")


def told(changes: dict[str, list[dict[str, object]]], **options: object) -> pd.DataFrame:
    frames = {
        name: pd.DataFrame(rows, columns=["target", "log2_fold_change", "low", "high"])
        for name, rows in changes.items()
    }
    return compare_edges(GRAPH, frames, DRUGS, **options).frame.set_index("edge")  # type: ignore[arg-type]


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
    found = predict_directions(pathway, PROGRAMME.drugs, treatment)
    assert {node: int(found[node]) for node in expected} == expected


def test_unknown_treatment_is_named(pathway: Pathway) -> None:
    with pytest.raises(InputError, match="one of FAK inhibition, MEK inhibition, both; got surgery"):
        predict_directions(pathway, PROGRAMME.drugs, "surgery")


def test_edges_supported_contradicted_and_silent(pathway: Pathway) -> None:
    changes = pd.DataFrame(
        [
            change("pFAK_Y397", -3, -2),
            change("PI3K_FAK_complex", -2, -1),
            change("pAKT_S473", -0.1, 0.1),
            change("pERK", -1.0, 0.8),
            change("MYC", 0.5, 1.0),
        ]
    )
    state = judge(pathway, changes)
    assert state.state["defactinib-FAK"] == "supported"
    assert state.state["FAK-PI3K"] == "supported"
    assert state.state["PI3K-AKT"] == "contradicted"  # PI3K left FAK and AKT did not follow
    assert state.state["MEK-ERK"] == "no data"
    assert state.evidence["MEK-ERK"] == "not tested: MEK was not measured"
    assert state.state["AKT-MET"] == "no data"
    assert state.state["MEK-FAK"] == "no data"  # adaptive: FAK inhibition alone does not speak of it
    assert set(state.state) <= {"supported", "contradicted", "no data"}
    assert (
        state.evidence["MEK-FAK"]
        == "arises under RAF/MEK inhibition; readouts under FAK inhibition alone do not speak of it"
    )


def test_an_edge_is_tested_only_where_its_source_moved_beyond_the_margin(pathway: Pathway) -> None:
    still, small, unclear = (-0.2, 0.2), (-0.31, -0.05), (-1.5, -0.3)
    for source, why in ((still, "did not move"), (small, "did not move"), (unclear, "did not move")):
        moved = [change("PI3K_FAK_complex", *source), change("pAKT_S473", -0.1, 0.1), change("pERK", -3, -2)]
        state = judge(pathway, pd.DataFrame(moved))
        assert state.state["PI3K-AKT"] == "no data", source
        assert state.evidence["PI3K-AKT"].startswith(
            f"not tested: PI3K_FAK_complex {why} by more than 0.32 log2"
        )


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ((-2.0, -0.1), "supported"),
        ((-0.3, -0.05), "contradicted"),
        ((0.1, 2.0), "contradicted"),
        ((-0.2, 0.3), "contradicted"),
        ((-0.4, 0.1), "no data"),
    ],
)
def test_what_follows_a_source_that_moved(
    pathway: Pathway, target: tuple[float, float], expected: str
) -> None:
    moved = pd.DataFrame([change("PI3K_FAK_complex", -2, -1), change("pAKT_S473", *target)])
    assert judge(pathway, moved).state["PI3K-AKT"] == expected


def test_a_drug_that_moved_nothing_contradicts_nothing(pathway: Pathway) -> None:
    nothing = pd.DataFrame([change(name, -0.1, 0.1) for name in pathway.readout_of().values()])
    state = judge(pathway, nothing)
    assert set(state.state) == {"no data"}
    assert (
        state.evidence["defactinib-FAK"]
        == "not tested: no readout moved by more than 0.32 log2 under Defactinib"
    )
    elsewhere = pd.concat([nothing[nothing.target != "pERK"], pd.DataFrame([change("pERK", -3, -2)])])
    assert judge(pathway, elsewhere).state["defactinib-FAK"] == "contradicted"


def test_a_fall_below_background_counts_as_moved(pathway: Pathway) -> None:
    dark = {"target": "PI3K_FAK_complex", "log2_fold_change": np.nan, "low": np.nan, "high": -1.0}
    state = judge(pathway, pd.DataFrame([dark, change("pAKT_S473", -2, -1)]))
    assert state.state["PI3K-AKT"] == "supported"


@pytest.mark.parametrize(("n", "sd"), [(3, 0.17), (3, 0.5), (4, 0.3)])
def test_null_studies_are_rarely_contradicted(pathway: Pathway, n: int, sd: float) -> None:
    """300 studies in which nothing moves: at most 5 % hold a contradicted edge (7 of 12 did once)."""
    rng, names = np.random.default_rng(4), list(pathway.readout_of().values())
    found = 0
    for values in rng.normal(0, sd, (300, len(names), n)):
        half = stats.t.ppf(0.975, n - 1) * values.std(1, ddof=1) / np.sqrt(n)
        seen = pd.DataFrame(
            {
                "target": names,
                "log2_fold_change": values.mean(1),
                "low": values.mean(1) - half,
                "high": values.mean(1) + half,
            }
        )
        found += (judge(pathway, seen).state == "contradicted").any()
    assert found <= 0.05 * 300


def test_of_several_normalisers_one_speaks() -> None:
    rows = [
        {
            **change("pERK", -1, -0.5),
            "treatment": "FAK inhibition",
            "dose_uM": dose,
            "time_h": time,
            "n_experiments": 4,
            "normalised_to": by,
        }
        for dose, time, by in (
            (1, 24.0, "total form"),
            (3, 4.0, "total form"),
            (3, 24.0, "total protein"),
            (3, 24.0, "total form"),
        )
    ]
    for order in (rows, rows[::-1]):
        found = strongest_changes(pd.DataFrame(order))["FAK inhibition"]
        assert found[["dose_uM", "time_h", "normalised_to"]].to_numpy().tolist() == [[3, 24.0, "total form"]]


def test_order_of_readouts_does_not_matter(pathway: Pathway) -> None:
    changes = pd.DataFrame([change("pFAK_Y397", -3, -2), change("pAKT_S473", -2, -1)])
    pd.testing.assert_frame_equal(judge(pathway, changes), judge(pathway, changes[::-1]))


def test_no_readouts_is_no_data(pathway: Pathway) -> None:
    nothing = pd.DataFrame(columns=["target", "log2_fold_change", "low", "high"])
    assert set(judge(pathway, nothing).state) == {"no data"}


def test_predictions_are_held_against_measurements(pathway: Pathway) -> None:
    found = compare_predictions(
        pathway, {FAK: pd.DataFrame([change("pERK", 0.5, 1), change("MYC", -2, -1)])}, PROGRAMME.drugs
    )
    verdict = found.frame.set_index(["treatment", "readout"]).verdict
    assert verdict["FAK inhibition", "pERK"] == "differs"
    assert verdict["FAK inhibition", "MYC"] == "agrees"
    assert verdict["both", "MYC"] == "no data"


# --- whatever the treatment


def test_readouts_are_judged_under_the_treatment_that_they_were_measured_under(pathway: Pathway) -> None:
    under_mek = pd.DataFrame(
        [change("pERK", -3, -2), change("pFAK_Y397", 1, 2), change("PI3K_FAK_complex", 1, 2)]
    )
    state = compare_edges(pathway, {MEK: under_mek}, PROGRAMME.drugs, treatment=FAK).frame.set_index("edge")
    assert not state.evidence.str.contains("pERK was not measured").any()
    assert (state.state["FAK-PI3K"], state.evidence["FAK-PI3K"]) == (
        "supported",
        "PI3K_FAK_complex: log2 change 1.50 (1.00 to 2.00), under MEK inhibition",
    )
    assert state.evidence["defactinib-FAK"] == "not tested: Defactinib was not given under MEK inhibition"
    assert state.evidence["MEK-ERK"] == "not tested: MEK was not measured"
    assert not state.evidence.str.contains("FAK inhibition").any()


def test_every_edge_of_a_second_programme_is_judged() -> None:
    state = told({"a": [change("pX", -2, -1), change("pY", 1, 2)]}, treatment="a")
    assert state.state.to_dict() == {
        "A-X": "supported",
        "B-Y": "no data",
        "X-Y": "contradicted",
        "Y-X": "no data",
        "X-Z": "no data",
        "Z-X": "no data",
    }
    assert state.evidence["B-Y"] == "not tested: B was not given under a"
    assert state.evidence["Y-X"] == "arises under B; readouts under a alone do not speak of it"
    assert state.evidence["X-Z"] == "Z is not a readout of this study"
    assert state.evidence["Z-X"] == "not tested: Z was not measured"


def test_the_treatment_asked_for_speaks_first_and_the_others_where_it_is_silent() -> None:
    up, down = change("pX", 1, 2), change("pX", -2, -1)
    fell, rose = change("pY", -2, -1), change("pY", 1, 2)
    first = told({"b": [up, fell], "a": [down, fell]}, treatment="a")
    assert first.evidence["X-Y"] == "pY: log2 change −1.50 (−2.00 to −1.00)"
    assert first.evidence["Y-X"] == "pX: log2 change 1.50 (1.00 to 2.00), under b"
    split = told({"a": [down], "b": [fell]}, treatment="a")
    assert split.evidence["X-Y"] == "pY was not measured under a"
    assert split.evidence["B-Y"] == "pY: log2 change −1.50 (−2.00 to −1.00), under b"
    disagree = told({"a": [up, rose], "a + b": [down, fell], "b": [down, rose]}, treatment="elsewhere")
    assert disagree.state["Y-X"] == "supported"  # B acts on Y alone, and Y on X only where B is given
    assert disagree.evidence["X-Y"] == "pY: log2 change 1.50 (1.00 to 2.00), under a"


def test_of_treatments_that_disagree_the_contradiction_stands() -> None:
    drugs = {"a": ("A",), "again": ("A",)}
    frames = {
        name: pd.DataFrame([change("pX", -2, -1), change("pY", low, low + 1)])
        for name, low in (("a", -2), ("again", 1))
    }
    state = compare_edges(GRAPH, frames, drugs, treatment="b").frame.set_index("edge")
    assert state.state["X-Y"] == "contradicted"
    assert (
        state.evidence["X-Y"]
        == "supported: pY: log2 change −1.50 (−2.00 to −1.00), under a; contradicted: pY: log2 change 1.50"
        " (1.00 to 2.00), under again"
    )
    assert state.evidence["A-X"].count("under a") == 2


def test_what_several_drugs_moved_tests_none_of_them() -> None:
    state = told({"a + b": [change("pX", 1, 2), change("pY", -2, -1)]})
    assert set(state.state[["A-X", "B-Y"]]) == {"no data"}
    assert (
        state.evidence["A-X"]
        == "not tested: under a + b several drugs were given, and which moved what cannot be told"
    )
    assert state.evidence["X-Y"] == "not tested: B acts on Y itself, under a + b"


def test_what_was_measured_is_never_said_not_to_be() -> None:
    lost = told({"a": [change("pY", -2, -1)]}, treatment="a", measured={"a": {"pX", "pY"}, "b": {"pX"}})
    assert lost.evidence["A-X"] == "no change of pX can be told under a"
    assert lost.evidence["X-Y"] == "not tested: no change of pX can be told under a"
    alike = told({"a": [change("pX_S5", -2, -1), change("pY", -2, -1), change("pZ", -2, -1)]}, treatment="a")
    assert alike.evidence["A-X"] == "no readout here is named pX"
    assert alike.evidence["X-Z"] == "the pathway names no readout of Z"
    for state, false in ((lost, "pX was not|pY was not measured"), (alike, "pX was not|Z is not|Z was not")):
        assert not state.evidence.str.contains(false).any()


def test_a_treatment_that_the_pathway_does_not_hold_says_nothing() -> None:
    state = told({"surgery": [change("pX", -2, -1), change("pY", -2, -1)]}, treatment="a")
    assert set(state.state) == {"no data"}
    assert set(state.evidence) == {"measured under surgery alone, whose drugs the pathway does not hold"}
    assert set(told({}).evidence) == {"nothing was measured"}
    nothing = compare_predictions(GRAPH, {}, {})
    assert list(nothing.frame.columns[:5]) == ["treatment", "readout", "predicted", "measured", "verdict"]
    assert (
        len(nothing) == len(compare_predictions(None, {}, DRUGS)) == len(compare_edges(None, {}, DRUGS)) == 0
    )


def test_an_edge_that_requires_a_drug_arises_under_it_alone() -> None:
    found = {name: predict_directions(GRAPH, DRUGS, name).to_dict() for name in DRUGS}
    assert found["a"] == {"A": 1, "B": 0, "X": -1, "Y": -1, "Z": -1}
    assert found["b"] == {"A": 0, "B": 1, "X": 1, "Y": -1, "Z": 1}
    assert found["a + b"] == {"A": 1, "B": 1, "X": -1, "Y": -1, "Z": -1}


def test_treatments_with_a_compound_outside_the_pathway_are_not_predicted() -> None:
    compounds = {"A": Compound("A", node="A"), "C": Compound("C")}
    programme = Programme(
        "second", compounds=compounds, treatments={"a": ("A",), "c": ("C",), "a + c": ("A", "C")}
    )
    assert programme.drugs == {"a": ("A",)}
    assert Programme("none").drugs == {}
