"""Synergy as shown and claimed: reasons, counts, 0, 1 and many pairs, and what is published of a pair and of
no other."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

from lib import synergy
from lib.programme import Combination, Compound, Programme, load_programme
from lib.synergy import (
    Scores,
    SynergyScores,
    arrange_matrices,
    check_matrices,
    estimate_all,
    estimate_isoboles,
    estimate_synergy,
    gather_scores,
)
from lib.tables.synergy import read_combinations, read_truth
from reports import publish
from reports.present import synergy as page
from reports.present.synergy import words
from reports.shown import Answer
from reports.wording import phrase
from tests.core.synergy.test_synergy import DOSES_1, DOSES_2, curve, frame, mathews  # noqa: F401 (a fixture)
from tests.core.synergy.test_units import wells
from tests.makers.presented import check_snapshot

SECOND = Programme(
    "second",
    compounds={
        "P": Compound("P", ("PP-1",)),
        "Q": Compound("Q", kind="Q-like"),
        "Q2": Compound("Q2", kind="Q-like"),
    },
    combinations=(Combination("P", "Q-like", "antagonism", "Somebody 2024"),),
    questions={"Do P and Q do more?": ("synergy",)},
)
NONE = Programme("none")


def result(one: str = "P", two: str = "Q", line: str = "L7", **options: str) -> SynergyScores:
    rows = wells(4, 0.12).rename(columns={"n": "experiment"})
    return estimate_synergy(
        arrange_matrices(rows.assign(compound_1=one, compound_2=two, cell_line=line))[0], **options
    )


def published(results: list[SynergyScores], programme: Programme) -> str:
    return words.said_of_published(gather_scores(results), programme)


def made(rows: pd.DataFrame, reference: str = "bliss") -> dict[str, object]:
    """Everything that the report shows of some wells."""
    matrices = arrange_matrices(rows) if len(rows) else []
    scores = estimate_all(matrices, n_draws=100, reference=reference)
    quality = check_matrices(matrices, rows)
    return {
        "scores": scores,
        "quality": quality,
        "isoboles": estimate_isoboles(matrices, n_draws=100),
        "recovery": synergy.compare_with_truth(scores, read_truth("")),
    }


def experiments(
    n: int = 4, extra: float = 0.12, line: str = "L7", unit: str = "experiment", **options
) -> pd.DataFrame:
    return wells(n, extra, **options).rename(columns={"n": unit}).assign(cell_line=line)


def odd_untreated(rows: pd.DataFrame) -> pd.DataFrame:
    bare = (rows.concentration_1_uM == 0) & (rows.concentration_2_uM == 0)
    return rows.assign(viability=rows.viability.where(~bare, 0.7))


CASES = {
    "none": (pd.DataFrame(), NONE),
    "one": (experiments(), SECOND),
    "many": (
        pd.concat(
            [
                experiments(4, extra, line, seed=s)
                for s, (line, extra) in enumerate([("L7", 0.12), ("L8", 0.0), ("L9", -0.12)])
            ],
            ignore_index=True,
        ),
        SECOND,
    ),
    "flagged": (
        pd.concat([odd_untreated(experiments()), experiments(line="L8", extra=0.0)], ignore_index=True),
        NONE,
    ),
    "not_judged": (experiments(3, unit="replicate"), SECOND),
}


@cache
def made_of(case: str) -> dict[str, object]:
    return made(CASES[case][0])


def shown(case: str) -> list:
    found, programme = made_of(case), CASES[case][1]
    scores: Scores = found["scores"]
    return [
        page.quality(found["quality"]),
        page.scores(scores),
        page.agreement(scores),
        page.forest(scores, found["recovery"]),
        page.excess(scores),
        page.inhibition(scores),
        page.surface(scores),
        page.isoboles(found["isoboles"]),
        page.isobolograms(found["isoboles"]),
        page.parameters(scores.gather_parameters()),
        page.recovery(found["recovery"]),
        page.published(scores, programme=programme),
        page.claims(scores, found["quality"], programme=programme),
    ]


@pytest.fixture
def report(monkeypatch: pytest.MonkeyPatch, tmp_path) -> publish.Report:
    monkeypatch.setenv("TME_OUTPUT", str(tmp_path))
    monkeypatch.setattr("reports.publish.displays.display", lambda *_, **__: None)
    return publish.Report("study", "measured", {})


@pytest.mark.parametrize("case", list(CASES))
def test_what_is_shown_and_claimed(case: str, report: publish.Report) -> None:
    """Claims repeat the cells that they point at, or the report refuses them."""
    *parts, answer = shown(case)
    check_snapshot(f"synergy/{case}", [*parts, answer])
    report.show(page.scores(made_of(case)["scores"]))
    report.answer(answer)


def answer_of(case: str) -> Answer:
    found, programme = made_of(case), CASES[case][1]
    return page.claims(found["scores"], found["quality"], programme=programme)


def test_every_pair_is_claimed_under_the_reference_alone_the_highest_first() -> None:
    found = answer_of("many")
    assert [(c.subject.what, c.subject.system) for c in found.claims] == [
        ("Bliss score", "L7"),
        ("Bliss score", "L8"),
        ("Bliss score", "L9"),
    ]
    by_zip = made(CASES["many"][0], reference="zip")
    assert {
        c.subject.what for c in page.claims(by_zip["scores"], by_zip["quality"], programme=NONE).claims
    } == {"ZIP score"}
    assert [c.id for c in found.claims] == [f"synergy/bliss-score/p-+-q/l{n}//" for n in (7, 8, 9)]
    assert {c.question for c in found.claims} == {"Do P and Q do more?"}
    assert {c.question for c in answer_of("flagged").claims} == {
        "Do two compounds do more together than apart?"
    }


def test_an_answer_counts_verdicts_and_names_compounds_and_line() -> None:
    many, one = answer_of("many").answer, answer_of("one").answer
    assert many.startswith("Of 3 pairs by line: ")
    assert all(f"{word} in 1" in many for word in ("synergy", "cannot tell", "antagonism"))
    assert "The highest is the Bliss score of P + Q in L7: " in many
    assert one.startswith("Bliss score of P + Q in L7: ")
    assert many.endswith("; n = 4 experiments), synergy.")
    none = answer_of("none")
    assert (none.claims, none.answer, none.quality) == ([], "No pair was scored.", "No matrix. No flags.")


def test_what_is_not_judged_says_why_in_the_answer() -> None:
    found = answer_of("not_judged")
    (claim,) = found.claims
    assert (claim.quality.verdict, claim.estimate.interval, claim.n_of) == ("not judged", None, "matrix")
    assert "(no interval; n = 1 matrix) [not judged: 3 replicates, but no column experiment" in found.answer
    assert ", not judged." not in found.answer


def test_a_flag_of_the_matrix_goes_with_its_number() -> None:
    found = answer_of("flagged")
    assert [c.quality.verdict for c in found.claims] == ["caution", "pass"]
    assert "[caution: the matrix's untreated well reads 70 % of vehicle" in phrase(found.claims[0])
    assert found.flags == [
        "L7: the matrix's untreated well reads 70 % of vehicle; Bliss and HSA do not use it"
    ]


def test_what_is_published_of_a_pair_stands_beside_its_claim() -> None:
    (claim,) = answer_of("one").claims
    assert (claim.published.verdict, claim.published.value) == ("not comparable", "antagonism")
    assert claim.published.why == "a word is published, no score for these lines; here synergy"
    first, *_ = answer_of("flagged").claims
    assert (first.published, first.note) == (None, "nothing is published to compare with; here synergy")


def test_flags_are_never_cut_without_a_word() -> None:
    rows = pd.concat([odd_untreated(experiments(line=f"L{n}")) for n in range(7)], ignore_index=True)
    found = made(rows)
    answer = page.claims(found["scores"], found["quality"], programme=NONE)
    assert (len(answer.flags), answer.flags[-1]) == (6, "and 2 more")
    assert answer.quality.endswith("; and 2 more.")
    assert "; and 1 more pair in the table. HSA asks" in page.agreement(found["scores"]).markdown


def test_every_dose_pair_is_folded_and_states_its_accuracy() -> None:
    found = page.dose_pairs(made_of("one")["scores"].gather_surface())
    assert (found.fold, len(found.frame), set(found.accuracy)) == (True, 20, {"loewe", "zip", "musyc"})


def test_known_values_are_counted(root) -> None:
    example = root / "data/example"
    matrices = arrange_matrices(synergy.normalise_signals(read_combinations(example / "combinations.csv")))
    scores = estimate_all(matrices)
    found = synergy.compare_with_truth(scores, read_truth(example / "combinations_truth.csv"))
    assert page.recovery(found).caption.startswith("**The interval holds the known truth in 14 of 14 cases")
    assert page.forest(scores, found).alt.startswith("Of 3 pairs by line: ")


def test_sentences_say_why() -> None:
    (matrix,) = arrange_matrices(wells(extra=0.1).rename(columns={"n": "replicate"}))
    result = estimate_synergy(matrix)
    assert "over Bliss, not judged: 3 replicates, but no column experiment" in words.say_score(result)
    assert words.say_not_judged(result.to_frame()).count("3 replicates") == 1
    judged = [
        estimate_synergy(
            arrange_matrices(wells(4, extra, seed=s).rename(columns={"n": "experiment"}))[0], reference="zip"
        )
        for s, extra in enumerate((0.0, 0.12))
    ]
    said = words.finding(gather_scores(judged))
    assert said.startswith("Of 2 pairs by line: ")
    assert "percentage points over ZIP (95 % interval" in said
    assert said.endswith("n = 4 experiments): synergy.")


def test_doses_alone_stand_on_their_side_of_the_tested_ones() -> None:
    one, two = (
        curve(0, 0.7, 1e-4, 2.0).predict(DOSES_1)[0][:, None],
        curve(0, 0.9, 0.05, 1.0).predict(DOSES_2)[0],
    )
    rows = frame(one + two - one * two, experiments=3, noise=0.02)
    shown = page.isoboles(estimate_isoboles(arrange_matrices(rows), effects=[0.5, 0.73])).show
    assert shown["First alone\nµM"].tolist() == ["below the doses", "not reached"]


def test_parameters_that_no_dose_determines_are_none() -> None:
    idle = frame(np.full((7, 6), 0.01), experiments=3, noise=0.005)
    found = estimate_all(arrange_matrices(idle)).gather_parameters()
    assert set(page.parameters(found).show.Estimate) == {"none"}


@pytest.mark.parametrize("unit", ["replicate", "plate"])
def test_repeats_are_called_what_they_are(unit: str) -> None:
    (matrix,) = arrange_matrices(wells(noise=0.05).rename(columns={"n": unit}))
    assert page.quality(check_matrices([matrix], wells())).show.Repeats.tolist() == [f"3 {unit}s"]


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
    assert published([result("P", "Q")], NONE) == ""
    assert page.published(gather_scores([result("P", partner)]), programme=SECOND) is None
    mixed = published([result("P", "Q"), result("P", partner, "L8")], SECOND)
    assert "L8" not in mixed
    assert partner not in mixed.replace("P + Q", "")


def test_the_programme_speaks_of_its_class_of_partners_only() -> None:
    programme = load_programme()
    assert published([result("VS-6063", "taxol")], programme) == ""
    said = published([result("trametinib", "VS-6063")], programme)
    assert "published: synergy of defactinib + RAF or MEK inhibitor; source: Technical guide" in said
