"""What the report on IC50s shows and claims: which IC50 it names, what it counts, holds against what, leaves
unsaid."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lib import dose_response as dr
from lib import plates
from lib.dose_response import agreement, nested, outliers
from lib.dose_response.answers import choose_answers
from lib.dose_response.curves import CurveFits
from lib.dose_response.edges import compare_corrected
from lib.dose_response.growth import estimate_growth
from lib.dose_response.hormesis import compare_hormesis
from lib.plates import check_plates, correct_edges, estimate_edges, normalise_plates
from lib.programme import Programme, load_programme
from lib.records import Claim
from reports import publish
from reports.present import ic50 as page
from reports.present.ic50.claiming import MOST_CLAIMS, TITLE
from reports.present.ic50.correction import say_edges
from reports.present.ic50.drawings import choose_curves
from reports.present.ic50.published import say_agreement
from reports.present.ic50.tables import rank_fits
from reports.present.ic50.wells import say_quality
from reports.shown import Answer, Panels, Parts, Table, Text
from reports.wording import phrase
from tests.core.dose_response.test_answers import CUT, DOSES, a_screen, flat, full, study
from tests.core.dose_response.test_experiments import fits_of
from tests.core.dose_response.test_hormesis import make_wells
from tests.core.plates.test_plates import plate as controlled_plate
from tests.makers.plated import plated
from tests.makers.presented import check_snapshot
from tests.reports.figures.test_dose_response import screen
from tests.reports.figures.test_plates import plate

NONE = Programme("none")
THREE = [full(1.0), full(1.2), full(0.9)]


def compare(potency: dr.Potency, programme: Programme, margin: float = 2.0) -> agreement.Agreement:
    return agreement.compare_published(potency, programme.ic50, named=programme.compound_named, margin=margin)


def answer_of(fits: CurveFits, programme: Programme = NONE) -> Answer:
    """As the notebook does it, where no plates were read."""
    potency, empty = dr.combine_experiments(fits), pd.DataFrame({"exclude": []})
    return page.claims(
        potency, fits, check_plates(empty), compare(potency, programme), edges=NOT_ASKED, programme=programme
    )


def said_of(fits: CurveFits) -> str:
    return answer_of(fits).answer


NOT_ASKED = estimate_edges(pd.DataFrame({"well": []}), asked=False)


def run(
    wells: pd.DataFrame,
    *,
    programme: Programme = NONE,
    edge_correction: bool = False,
    fdr: float = 0.01,
    hormesis: bool = False,
    **fitting: Any,
) -> tuple[list[Parts], Answer]:
    """All that the notebook shows of raw wells, in its order, and its answer."""
    raw = normalise_plates(wells)
    sides = estimate_edges(raw, asked=edge_correction)
    corrected = correct_edges(raw, sides)
    quality = check_plates(corrected)
    flagged = outliers.flag_outliers(corrected, fdr=fdr)
    fits = dr.fit_curves(corrected, plates=quality, **fitting)
    potency = dr.combine_experiments(fits)
    compared = compare(potency, programme)
    parts = [
        page.quality(quality),
        page.exclusions(plates.list_exclusions(corrected)),
        page.plates(quality, corrected),
        page.edges(sides),
        page.corrected_plates(raw, corrected, sides),
        page.outliers(flagged),
        page.summary(potency),
        page.fits(fits),
        page.contrasts(dr.compare_lines(fits)),
        page.corrected(compare_corrected(raw, fits, sides)),
        page.parallelism(nested.compare_parallelism(corrected, fits)),
        page.growth(estimate_growth(corrected, fits)),
        page.hormesis(compare_hormesis(corrected, fits, asked=hormesis), fits, corrected),
        page.ranked(fits),
        page.compound_by_line(fits, potency),
        page.curves(corrected, fits, potency, flagged),
        page.agreement(compared, programme),
        page.forest(compared),
        page.limits(potency, programme),
    ]
    return parts, page.claims(potency, fits, quality, compared, edges=sides, programme=programme)


def publish_all(parts: list[Parts], answer: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuses a claim that says something else than the table it points at."""
    monkeypatch.delenv("TME_OUTPUT", raising=False)
    monkeypatch.setattr("reports.publish.displays.display", lambda *_, **__: None)
    report = publish.Report("study", "measured", {})
    report.show(parts)
    report.answer(answer)


# ---- all that is shown, for 0, 1, many and failed


def dead_and_inert() -> pd.DataFrame:
    shapes = {"dead": flat(0.03), "inert": flat(1.0), "half": flat(0.5)}
    return plated({(name, "A549"): [y] * 3 for name, y in shapes.items()})


CASES = {
    "nothing": (dead_and_inert, {}),
    "one": (lambda: plated({("x", "A549"): [full(1.0)]}), {"fdr": 0.0}),
    "many": (
        lambda: plated(
            {
                ("defactinib", n): [k * y for y in THREE]
                for n, k in (("UTE1", 1.0), ("UTE3", 0.9), ("A549", 0.95))
            }
        ),
        {"programme": load_programme(), "edge_correction": True},
    ),
    "failed": (
        lambda: plated(
            {
                ("x", "a"): THREE,
                ("x", "b"): [full(3.0), full(2.5)],
                ("x", "c"): [full(1.0)[:6]] * 2,
                ("x", "r"): [full(1.0)[::-1]],
            },
            noisy=["P04"],
            broken=["P02"],
        ),
        {},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_shown_and_claimed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    wells, options = CASES[name]
    parts, answer = run(wells(), **options)
    check_snapshot(f"ic50/{name}", [*[p for p in parts if p is not None], answer])
    publish_all(parts, answer, monkeypatch)


@pytest.mark.parametrize(
    "fits",
    [
        lambda: study({("x", "a"): [CUT], ("x", "b"): [flat(0.5)]}),
        a_screen,
        lambda: study({("x", "a"): [full(1.0)] * 2}),
    ],
)
def test_claims_are_the_cells_they_point_at(fits: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    found = fits()
    parts = [page.summary(dr.combine_experiments(found)), page.fits(found)]
    publish_all(parts, answer_of(found), monkeypatch)


# ---- the answer


def test_fits_that_failed_are_counted_and_listed() -> None:
    few = [full(1.0)[:n] for n in (3, 6, 9)]
    fits = study(
        {
            ("one", "A549"): [few[0]],
            ("two", "A549"): [few[1]],
            ("three", "A549"): [few[2]],
            ("four", "A549"): [full(1.0)],
        }
    )
    said = said_of(fits)
    assert said.startswith("IC50 of four in A549: ")
    assert "interval of the fit" in said
    assert said.endswith(
        "3 of 4 compounds (one, two and three) could not be fitted (too few concentrations)."
    )
    assert page.fits(fits).show["IC50\nµM"].tolist()[:3] == ["not fitted"] * 3


def test_no_value_within_the_range_names_the_sides() -> None:
    three = {"dead": flat(0.03), "inert": flat(1.0), "half": flat(0.5)}
    fits = study({(name, "A549"): [y] * 3 for name, y in three.items()})
    assert said_of(fits).startswith(
        "No compound has an IC50 within the tested range: 1 of 3 compounds (dead) lies below the lowest"
        " concentration, 1 of 3 (inert) shows no effect, 1 of 3 (half) cannot be told (flat at a level that"
        " tells no side). First of them: IC50 of dead in A549: < 0.01 µM (no interval; n = 3 experiments)"
    )
    shown = page.summary(dr.combine_experiments(fits)).show.set_index("Compound")["IC50, geometric mean\nµM"]
    assert shown.to_dict() == {"dead": "< 0.01", "inert": "> 30", "half": "cannot be told"}


def test_a_response_that_rises_gets_no_number() -> None:
    fits = study({("x", "A549"): [full(1.0)[::-1]] * 2})
    said = said_of(fits)
    assert said.startswith("IC50 of x in A549: not estimable (no interval; n = 0 experiments) [not judged: ")
    assert "the response rises with concentration" in said
    assert page.fits(fits).show["IC50\nµM"].tolist() == ["rises", "rises"]


def test_without_a_plateau_the_absolute_ic50_is_the_answer() -> None:
    answer = answer_of(study({("x", "A549"): [CUT]}))
    assert answer.answer.startswith("Absolute IC50 of x in A549: 1") or answer.answer.startswith(
        "Absolute IC50 of x in A549: 2"
    )
    assert "interval of the fit" in answer.answer
    assert "do not hold the plateaus" in answer.answer
    assert ">" not in answer.answer
    (lead,) = answer.claims
    assert (lead.id, lead.source.value) == ("ic50/absolute-ic50/x/a549//", "absolute_geometric_mean_uM")
    assert lead.estimate.qualifier == "="


def test_a_second_step_below_half_is_not_the_answer() -> None:
    said = said_of(study({("x", "A549"): [0.45 / (1 + (DOSES / 3) ** 1.5)]}))
    assert said.startswith("Absolute IC50 of x in A549: < 0.01 µM")


def test_a_screen_counts_values_limits_and_the_untold() -> None:
    fits = a_screen()
    said, potency = said_of(fits), dr.combine_experiments(fits)
    # an inert line may show a fall by chance, hence the numbers from the table
    inside = choose_answers(potency.relative, potency.absolute)["qualifier"].eq("=").sum()
    assert said.startswith(
        f"{inside} of 68 lines have an IC50 within the tested range (of 4 the absolute one: the wells"
    )
    assert "1 of 68 (r) cannot be told (the response rises with concentration)" in said


def test_experiments_that_inform_nothing_are_counted() -> None:
    said = said_of(study({("x", "a"): [full(1.0), full(1.2), full(1.0)[:6]]}))
    assert "n = 2 experiments) [caution: " in said
    assert "1 of 3 left out: not fitted: too few concentrations" in said


def test_caution_counts_told_lines_only() -> None:
    answer = answer_of(study({("one", "a"): [full(1.0)[:6]], ("two", "a"): [full(1.0)] * 3}))
    assert "Fewer than three experiments" not in answer.caution


@pytest.mark.parametrize(("level", "words"), [(0.5, "half of vehicle"), (0.3, "30 % of vehicle")])
def test_caution_names_the_level_of_the_absolute_ic50(level: float, words: str) -> None:
    fits = study({("x", "a"): [full(1.0, bottom=0.7)] * 3})
    at = replace(fits, settings={**fits.settings, "level": level})
    assert f"does not fall to {words}" in answer_of(at).caution


def test_an_absolute_ic50_at_another_level_says_so() -> None:
    wells = plated({("x", "a"): [CUT] * 3})
    fits = dr.fit_curves(normalise_plates(wells), level=0.4)
    (lead,) = answer_of(fits).claims
    assert (lead.subject.what, lead.subject.condition) == ("absolute IC50", "at 40 % of vehicle")


def test_answer_carries_estimate_interval_and_n() -> None:
    fits = fits_of({"UTE1": [(v, "=") for v in (2.6, 2.8, 3.0)], "UTE3": [(v, "=") for v in (1.6, 1.7, 1.8)]})
    said = said_of(fits)
    assert said.startswith(
        "IC50 of defactinib in UTE3: 1.70 µM (95 % interval 1.47 to 1.97; n = 3 experiments)"
    )
    assert (
        "the lowest of 2 lines; the highest is 2.80 µM (95 % interval 2.34 to 3.34; n = 3 experiments)"
        in said
    )
    assert said.endswith(" in UTE1.")


def test_the_answer_to_a_screen_names_its_lead() -> None:
    fits = dr.fit_curves(screen(70, 1, seed=3))
    answer = answer_of(fits)
    assert rank_fits(fits.frame).iloc[0]["absolute_ic50_qualifier"] != ">"
    assert phrase(answer.claims[0])[1:] in answer.answer
    assert page.contrasts(dr.compare_lines(fits)).caption.startswith("**No ratio of IC50: one line only.**")


def test_several_compounds_and_lines_are_both_named() -> None:
    curves = {(c, n): [k * full(1.0)] * 3 for c, n, k in (("x", "a", 1.0), ("y", "a", 0.9), ("x", "b", 0.8))}
    said = said_of(study(curves))
    assert ", the lowest of 3 pairs of compound and line; the highest is" in said
    assert said.endswith((" for x in a.", " for x in b.", " for y in a."))


def test_the_highest_says_which_ic50_it_is_where_the_lowest_is_another() -> None:
    said = said_of(study({("x", "a"): THREE, ("x", "b"): [CUT] * 3}))
    assert said.startswith("IC50 of x in a: ")
    assert "the lowest of 2 lines (of 1 the absolute one: the wells do not hold the plateaus" in said
    assert said.endswith(" in b (absolute IC50).")


def test_a_plate_that_failed_is_counted_in_the_headline() -> None:
    _, answer = run(plated({("x", "a"): THREE, ("x", "b"): THREE}, broken=["P02"]))
    assert "[failed: plate P02: Z′ −1.02 below 0.5" in answer.answer
    assert answer.answer.endswith("1 of 2 lines (a) rests on a plate that failed.")
    assert [c.quality.verdict for c in answer.claims if c.subject.system == "a"] == ["fail"]


def test_flags_are_complete_or_say_how_many_more() -> None:
    noisy = [f"P{k:02d}" for k in range(1, 16)]
    normal = normalise_plates(plated({("x", f"l{k}"): [full(1.0)] for k in range(15)}, noisy=noisy))
    fits = fits_of({"a": [(1.0, "=")] * 3})
    potency = dr.combine_experiments(fits)
    flags = page.claims(
        potency, fits, check_plates(normal), compare(potency, NONE), edges=NOT_ASKED, programme=NONE
    ).flags
    assert len(flags) == 13
    assert flags[0].startswith("plate P01: Z′ ")
    assert flags[-1] == "and 3 more plates flagged"


# ---- claims


def test_a_screen_claims_the_first_in_order() -> None:
    rng = np.random.default_rng(4)
    values = {
        f"l{k:03d}": [(float(v), "=")] * 2 for k, v in enumerate(10 ** rng.uniform(-1, 1, MOST_CLAIMS + 5))
    }
    claims = answer_of(fits_of(values)).claims
    assert len(claims) == MOST_CLAIMS
    made = [c.estimate.value for c in claims]
    assert made == sorted(made)
    assert len({c.id for c in claims}) == MOST_CLAIMS


def test_ids_do_not_depend_on_numbers_and_differ() -> None:
    names = ("A+", "A-", "a+")
    ids = [[c.id for c in answer_of(fits_of({n: [(v, "=")] * 3 for n in names})).claims] for v in (1.0, 2.0)]
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == 3


def claims_of(fits: CurveFits, programme: Programme) -> dict[str, Claim]:
    return {c.id: c for c in answer_of(fits, programme).claims}


def test_claims_meet_the_published_ic50_and_say_why_others_do_not() -> None:
    claims = claims_of(fits_of(UTE), load_programme())
    ute1, a549 = claims["ic50/ic50/defactinib/ute1//"], claims["ic50/ic50/defactinib/a549//"]
    assert ute1.published is not None
    assert (ute1.published.verdict, ute1.published.value, ute1.published.margin) == ("agrees", 2.8, 2.0)
    assert (ute1.note, a549.published, a549.note) == (
        "",
        None,
        "nothing is published for this line and compound",
    )
    assert ute1.question == "Is growth inhibited?"


def test_without_a_programme_claims_stand_alone() -> None:
    first, _ = claims_of(fits_of(UTE), NONE).values()
    assert (first.published, first.note, first.question) == (
        None,
        "nothing is published to compare with",
        TITLE,
    )


def test_a_published_relative_ic50_is_held_against_the_relative_one() -> None:
    fits = study({("x", "a"): [CUT] * 3})
    potency = dr.combine_experiments(fits)
    held = agreement.compare_published(potency, references(["a"]), named={"x": "P1"}.get)
    answer = page.claims(
        potency, fits, check_plates(pd.DataFrame({"exclude": []})), held, edges=NOT_ASKED, programme=NONE
    )
    lead, other = answer.claims
    assert (lead.subject.what, lead.published, lead.note) == (
        "absolute IC50",
        None,
        "the published IC50 is a relative one",
    )
    assert (other.subject.what, other.source.value) == ("IC50", "geometric_mean_uM")
    assert other.published is not None
    assert other.published.verdict == held.frame.loc[0, "verdict"]


def test_each_of_several_references_has_a_claim() -> None:
    fits = fits_of({"a": [(v, "=") for v in (2.6, 2.8, 3.0)]}, compound="x")
    potency = dr.combine_experiments(fits)
    held = agreement.compare_published(potency, references(["a", "a"]), named={"x": "P1"}.get)
    answer = page.claims(
        potency, fits, check_plates(pd.DataFrame({"exclude": []})), held, edges=NOT_ASKED, programme=NONE
    )
    assert [(c.id, c.published.value) for c in answer.claims if c.published] == [
        ("ic50/ic50/x/a//", 2.5),
        ("ic50/ic50/x/a//-2", 5.0),
    ]


def references(lines: list[str]) -> pd.DataFrame:
    means = [2.5 * (k + 1) for k in range(len(lines))]
    return pd.DataFrame(
        {
            "compound": "P1",
            "cell_line": lines,
            "mean_uM": means,
            "sd_uM": 0.5,
            "source": "a paper",
            "status": "primary",
        }
    )


# ---- plates, edges, outliers, stimulation


def test_what_the_edge_correction_did() -> None:
    before = plate(0.8)
    edges = estimate_edges(before)
    table = page.edges(edges)
    assert table is not None
    assert say_edges(edges).startswith("1 of 1 plate corrected at the edge: P1 (row A −19 %)")
    assert table.show["Verdict"].iloc[0] == "corrected"
    effect = compare_corrected(before, dr.fit_curves(correct_edges(before, edges)), edges)
    assert effect.frame.loc[0, "n_wells_scaled"] == 9
    shown = page.corrected(effect)
    assert shown is not None
    assert "experiment 1, from" in shown.caption
    assert shown.show.shape == (1, 8)


def test_nothing_corrected_says_so() -> None:
    edges = estimate_edges(plate(1.0))
    assert "nothing was corrected" in say_edges(edges)
    assert "nothing could be corrected" in say_edges(replace(edges, frame=edges.frame.iloc[:0]))
    assert page.corrected_plates(plate(1.0), plate(1.0), edges) is None
    assert page.edges(NOT_ASKED) is None


def test_quality_counts_plates_and_wells_left_out() -> None:
    wells = plate(1.0)
    wells.loc[5, "exclude"] = "spilt"
    assert say_quality(check_plates(wells)) == "1 of 1 plate passes. 1 of 96 wells excluded."
    flagged = normalise_plates(controlled_plate(edge=0.8))
    said = say_quality(check_plates(flagged))
    assert said.startswith("0 of 1 plate pass. Flagged: P1: ")
    assert "edge effect, −" in said


def test_without_signals_no_plate_is_drawn_or_judged() -> None:
    wells = normalise_plates(plated({("x", "a"): THREE})).drop(columns="signal")
    found = check_plates(wells)
    text, table = page.quality(found)
    assert isinstance(text, Text)
    assert isinstance(table, Table)
    assert text.markdown == "No raw signals, so no plate can be judged. 0 of 108 wells excluded."
    assert table.fold
    assert page.plates(found, wells) is None


@pytest.mark.parametrize(("drop", "words"), [(False, "kept in the fit"), (True, "left out of the fit")])
def test_outliers_are_counted_with_their_fate(drop: bool, words: str) -> None:
    wells = normalise_plates(plated({("x", "a"): [full(1.0)]}))
    wells.loc[7, "viability"] = 1.9
    table = page.outliers(outliers.flag_outliers(wells, drop=drop))
    assert table is not None
    assert table.caption.startswith(f"**1 of 24 wells flagged as an outlier, {words}.**")
    assert page.outliers(outliers.flag_outliers(wells, fdr=0)) is None


def test_stimulation_is_counted_shown_and_drawn() -> None:
    wells = make_wells(3, 0.3)
    fits = dr.fit_curves(wells)
    both = compare_hormesis(wells, fits)
    found = int((both["preferred"] == "hormesis").sum())
    assert found > 0
    shown = page.hormesis(both, fits, wells)
    assert shown is not None
    table, panels = shown
    assert isinstance(table, Table)
    assert isinstance(panels, Panels)
    told = f"Stimulation at low doses describes {found} of 3 curves better than none (AICc)."
    assert table.caption.startswith(f"**{told}**")
    assert table.show["Better by AICc"].tolist().count("hormesis") == found
    assert len(panels.drawings) == found
    assert page.hormesis(compare_hormesis(wells, fits, asked=False), fits, wells) is None


def test_growth_is_shown_where_time_zero_was_counted() -> None:
    wells = plated({("x", "a"): [full(1.0)]})
    zero = wells[wells["role"] == "vehicle"].assign(role="time_zero", signal=10_000.0)
    grown = normalise_plates(pd.concat([wells, zero], ignore_index=True))
    table = page.growth(estimate_growth(grown, dr.fit_curves(grown)))
    assert table is not None
    assert table.caption == "**Growth-rate metrics** from time-zero wells: 1 of 1 curve with a GR50."
    normal = normalise_plates(wells)
    assert page.growth(estimate_growth(normal, dr.fit_curves(normal))) is None


# ---- screens


def test_a_screen_folds_draws_the_extremes_and_counts_the_rest() -> None:
    wells = screen(31, 2, seed=5)
    fits = dr.fit_curves(wells)
    potency = dr.combine_experiments(fits)
    assert page.summary(potency).fold
    assert not page.fits(fits).fold
    assert len(choose_curves(fits)) == 12
    ranked, heat_map = page.ranked(fits), page.compound_by_line(fits, potency)
    assert ranked is not None
    assert ranked.caption.startswith("**62 curves: ")
    assert heat_map is not None
    flagged = outliers.flag_outliers(wells)
    curves = page.curves(wells, fits, potency, flagged)
    assert len(curves.drawings) == 12
    assert curves.caption.endswith("Drawn are the most and least sensitive and the most doubtful.")


def test_quality_stands_in_a_column_only_where_rows_differ() -> None:
    alike = page.summary(dr.combine_experiments(study({("x", "a"): THREE, ("x", "b"): THREE})))
    assert "Quality" not in alike.show
    assert "Quality of each row: not judged: the quality of the plates was not given." in alike.note
    normal = normalise_plates(plated({("x", "a"): THREE, ("x", "b"): THREE}, noisy=["P05"]))
    fits = dr.fit_curves(normal, plates=check_plates(normal))
    words = page.summary(dr.combine_experiments(fits)).show.set_index("Cell line")["Quality"]
    assert words["a"] == "pass"
    assert words["b"].startswith("caution: plate P05: Z′ 0.")


# ---- against the published


def held(fits: CurveFits, programme: Programme) -> tuple[agreement.Agreement, str]:
    """As the notebook does it."""
    compared = compare(dr.combine_experiments(fits), programme)
    return compared, say_agreement(compared)


def table_of(compared: agreement.Agreement) -> pd.DataFrame:
    table = page.agreement(compared, NONE)[-1]
    assert isinstance(table, Table)
    assert table.show is not None
    return table.show


UTE = {"UTE1": [(v, "=") for v in (2.6, 2.8, 3.0)], "A549": [(1.0, "=")] * 3}


@pytest.mark.parametrize("name", ["defactinib", "VS-6063", "vs 6063", "PF-04554878"])
def test_a_published_ic50_is_found_under_any_name_of_the_compound(name: str) -> None:
    compared, said = held(fits_of(UTE, compound=name), load_programme())
    assert said == "1 agrees of 1 line with a published IC50."
    assert table_of(compared)["Published mean ± SD\nµM"].tolist() == ["2.8 ± 0.5"]


@pytest.mark.parametrize("name", ["avutometinib", "paclitaxel"])
def test_another_compound_is_held_against_nothing(name: str) -> None:
    compared, said = held(fits_of(UTE, compound=name), load_programme())
    assert len(compared) == 0
    assert said == "Not comparable: no published IC50 is of a compound and line of this study."
    assert page.forest(compared) is None


def test_without_a_programme_nothing_published_is_said() -> None:
    compared, said = held(fits_of(UTE), NONE)
    assert (len(compared), said) == (0, "")
    assert page.agreement(compared, NONE) == []
    assert page.limits(dr.combine_experiments(fits_of(UTE)), NONE) is None


def test_references_of_any_size_and_without_sd_are_shown_as_printed() -> None:
    published = pd.DataFrame(
        {
            "compound": "P1",
            "cell_line": ["A549", "UTE1"],
            "mean_uM": [0.012, 25.0],
            "sd_uM": [np.nan, 5.0],
            "source": "a paper",
            "status": "primary",
        }
    )
    potency = dr.combine_experiments(fits_of(UTE))
    compared = agreement.compare_published(potency, published, named={"defactinib": "P1"}.get)
    shown = table_of(compared).set_index("Cell line")["Published mean ± SD\nµM"]
    assert shown.to_dict() == {"UTE1": "25 ± 5", "A549": "0.012"}
    one = replace(compared, frame=compared.frame[compared["name"] == "A549"])
    figures = [page.forest(compared), page.forest(one)]
    assert [figure is not None and "its SD" in figure.caption for figure in figures] == [True, False]


def test_an_ic50_beyond_the_range_is_drawn_as_a_limit() -> None:
    from reports.present.ic50.published import _rows

    fits = fits_of({"UTE1": [(30.0, ">")] * 3, "UTE3": [(0.1, "<")] * 3, "UTE2": [(3.0, "=")] * 3})
    rows = {r.label: r for r in _rows(held(fits, load_programme())[0].frame)}
    assert {k: (r.estimate, r.qualifier) for k, r in rows.items()} == {
        "UTE1": (pytest.approx(30.0), ">"),
        "UTE3": (pytest.approx(0.1), "<"),
        "UTE2": (pytest.approx(3.0), "="),
    }
    assert rows["UTE2"].published == 3.8


def test_counts_agree_with_their_verbs() -> None:
    lines = {
        name: [(v * f, "=") for f in (0.98, 1.0, 1.02)]
        for name, v in (("UTE1", 2.8), ("UTE3", 1.7), ("UTE2", 40.0))
    }
    assert held(fits_of(lines), load_programme())[1] == "2 agree, 1 differs of 3 lines with a published IC50."
