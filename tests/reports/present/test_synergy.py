"""Synergy in words: reasons, counts, and what is published of a pair and of no other."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lib.programme import Combination, Compound, Programme, load_programme
from lib.synergy import (
    SynergyScores,
    arrange_matrices,
    check_matrices,
    estimate_combination_index,
    estimate_synergy,
)
from reports.present import synergy as page
from tests.core.synergy.test_synergy import DOSES_1, DOSES_2, curve, frame, mathews  # noqa: F401 (a fixture)
from tests.core.synergy.test_units import wells

SECOND = Programme(
    "second",
    compounds={"P": Compound("P", ("PP-1",)), "Q": Compound("Q", kind="Q-like"), "Q2": Compound("Q2", kind="Q-like")},
    combinations=(Combination("P", "Q-like", "antagonism", "Somebody 2024"),),
)  # fmt: skip


def result(one: str = "P", two: str = "Q", line: str = "L7", **options: str) -> SynergyScores:
    rows = wells(4, 0.12).rename(columns={"n": "experiment"})
    return estimate_synergy(
        arrange_matrices(rows.assign(compound_1=one, compound_2=two, cell_line=line))[0], **options
    )


def published(results: list[SynergyScores], programme: Programme) -> str:
    pairs = [programme.combination_of(r.matrix.compound_1, r.matrix.compound_2) for r in results]
    return page.say_published(results, pairs)


def test_sentences_say_why() -> None:
    (matrix,) = arrange_matrices(wells(extra=0.1).rename(columns={"n": "replicate"}))
    result = estimate_synergy(matrix)
    assert "over Bliss, not judged: 3 replicates, but no column experiment" in page.say_score(result)
    assert page.say_not_judged(result.to_frame()).count("3 replicates") == 1
    judged = [estimate_synergy(arrange_matrices(wells(4, extra, seed=s).rename(columns={"n": "experiment"}))[0], reference="zip")
              for s, extra in enumerate((0.0, 0.12))]  # fmt: skip
    said = page.say_answer(judged)
    assert said.startswith("Of 2 pairs by line: ")
    assert "percentage points over ZIP (95 % interval" in said
    assert said.endswith("n = 4 experiments): synergy.")


def test_a_reference_search_that_missed_the_wells_is_said(mathews) -> None:  # noqa: F811
    borrowed = [
        estimate_synergy(mathews[p].matrix, zip_search="synergyfinder") for p in ("ispinesib", "canertinib")
    ]
    said = page.say_reference_search(borrowed)
    assert "ispinesib + ibrutinib in TMD8: sum of squares 186 times the least" in said.replace("190", "186")
    assert "canertinib + ibrutinib in TMD8: sum of squares at the least" in said
    assert page.say_reference_search(list(mathews.values())) == ""


def test_doses_alone_stand_on_their_side_of_the_tested_ones() -> None:
    one, two = (
        curve(0, 0.7, 1e-4, 2.0).predict(DOSES_1)[0][:, None],
        curve(0, 0.9, 0.05, 1.0).predict(DOSES_2)[0],
    )
    rows = frame(one + two - one * two, experiments=3, noise=0.02)
    both = estimate_combination_index(arrange_matrices(rows)[0], effects=[0.5, 0.73])
    shown = page.show_index(pd.concat([index.to_frame() for index in both]))
    assert shown["First alone\nµM"].tolist() == ["below the doses", "not reached"]


def test_parameters_that_no_dose_determines_are_none() -> None:
    idle = frame(np.full((7, 6), 0.01), experiments=3, noise=0.005)
    found = estimate_synergy(arrange_matrices(idle)[0]).to_parameters()
    assert set(page.show_parameters(found).Estimate) == {"none"}


@pytest.mark.parametrize("unit", ["replicate", "plate"])
def test_repeats_are_called_what_they_are(unit: str) -> None:
    (matrix,) = arrange_matrices(wells(noise=0.05).rename(columns={"n": unit}))
    assert page.show_quality(check_matrices([matrix], wells())).Repeats.tolist() == [f"3 {unit}s"]


def test_of_a_pair_stands_what_is_published_of_it_with_its_source() -> None:
    said = published([result("pp1", "Q2"), result("PP 1", "Q2", "L8")], SECOND)
    assert (
        "verdict over Bliss: L7 synergy; published: antagonism of P + Q-like; source: Somebody 2024" in said
    )
    assert said.endswith("No size is published: not comparable in size.")
    same = published([result(reference="zip"), result(line="L8", reference="zip")], SECOND)
    assert same.startswith("P + Q, verdict over ZIP: L7 synergy and L8 synergy; published: antagonism")


@pytest.mark.parametrize("partner", ["paclitaxel", "P", "5-FU"])
def test_of_another_partner_nothing_is_published(partner: str) -> None:
    assert published([result("P", partner)], SECOND) == ""
    assert published([result("P", "Q")], Programme("none")) == ""
    mixed = published([result("P", "Q"), result("P", partner, "L8")], SECOND)
    assert "L8" not in mixed
    assert partner not in mixed.replace("P + Q", "")


def test_the_programme_speaks_of_its_class_of_partners_only() -> None:
    programme = load_programme()
    assert published([result("VS-6063", "taxol")], programme) == ""
    said = published([result("trametinib", "VS-6063")], programme)
    assert "published: synergy of defactinib + RAF or MEK inhibitor; source: Technical guide" in said
