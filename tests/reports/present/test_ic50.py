"""What the report on IC50s says: which IC50 it names, what it counts, what it holds against what, what it leaves unsaid."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lib import dose_response as dr
from lib.dose_response.agreement import compare_published
from lib.dose_response.answers import choose_answers, find_lead
from lib.dose_response.curves import CurveFits
from lib.dose_response.edges import compare_corrected
from lib.dose_response.hormesis import compare_hormesis
from lib.plates import Edges, check_plates, correct_edges, estimate_edges, normalise_plates
from lib.programme import Programme, load_programme
from reports.present import ic50 as page
from tests.core.dose_response.test_answers import CUT, DOSES, a_screen, flat, full, means, study
from tests.core.dose_response.test_experiments import fits_of
from tests.core.dose_response.test_hormesis import make_wells
from tests.core.plates.test_plates import plate as controlled_plate
from tests.reports.figures.test_dose_response import screen
from tests.reports.figures.test_plates import plate


def answer(fits: CurveFits) -> tuple[str, pd.DataFrame, pd.DataFrame]:
    summary, absolute = means(fits)
    return page.say_answer(summary, fits, absolute), summary, absolute


def test_fits_that_failed_are_counted_and_listed() -> None:
    few = [full(1.0)[:n] for n in (3, 6, 9)]
    fits = study({("one", "A549"): [few[0]], ("two", "A549"): [few[1]], ("three", "A549"): [few[2]],
                  ("four", "A549"): [full(1.0)]})  # fmt: skip
    said, _, _ = answer(fits)
    assert said.startswith("The IC50 of four in A549 is ")
    assert "interval of the fit" in said
    assert said.endswith(
        "3 of 4 compounds (one, two and three) could not be fitted (too few concentrations)."
    )
    assert page.show_fits(fits)["IC50\nµM"].tolist()[:3] == ["not fitted"] * 3


def test_no_value_within_the_range_names_the_sides() -> None:
    three = {"dead": flat(0.03), "inert": flat(1.0), "half": flat(0.5)}
    said, summary, absolute = answer(study({(name, "A549"): [y] * 3 for name, y in three.items()}))
    assert said == (
        "No compound has an IC50 within the tested range: 1 of 3 compounds (dead) lies below the lowest "
        "concentration, 1 of 3 (inert) shows no effect, 1 of 3 (half) cannot be told (flat at a level that tells no side)."
    )
    shown = page.show_summary(summary, absolute).set_index("Compound")["IC50, geometric mean\nµM"]
    assert shown.to_dict() == {"dead": "< 0.01", "inert": "> 30", "half": "cannot be told"}


def test_a_response_that_rises_gets_no_headline() -> None:
    fits = study({("x", "A549"): [full(1.0)[::-1]] * 2})
    assert answer(fits)[0] == "No IC50 of x in A549 can be told: the response rises with concentration."
    assert page.show_fits(fits)["IC50\nµM"].tolist() == ["rises", "rises"]


def test_without_a_plateau_the_absolute_ic50_is_the_answer() -> None:
    said, summary, absolute = answer(study({("x", "A549"): [CUT]}))
    assert said.startswith("The absolute IC50 of x in A549 is 1") or said.startswith(
        "The absolute IC50 of x in A549 is 2"
    )
    assert "interval of the fit" in said
    assert "do not hold the plateaus" in said
    assert ">" not in said
    lead = find_lead(summary, absolute)
    assert lead is not None
    assert page.name_key(lead, summary) == "Absolute IC50, A549"


def test_a_second_step_below_half_is_not_the_answer() -> None:
    said, _, _ = answer(study({("x", "A549"): [0.45 / (1 + (DOSES / 3) ** 1.5)]}))
    assert said.startswith("The absolute IC50 of x in A549 is < 0.01 µM")


def test_a_screen_counts_values_limits_and_the_untold() -> None:
    said, summary, absolute = answer(a_screen())
    # an inert line may show a fall by chance, hence the numbers from the table
    inside = choose_answers(summary, absolute)["qualifier"].eq("=").sum()
    assert said.startswith(
        f"{inside} of 68 lines have an IC50 within the tested range (of 4 the absolute one: the wells"
    )
    assert "1 of 68 (r) cannot be told (the response rises with concentration)" in said


def test_experiments_that_inform_nothing_are_counted() -> None:
    said, _, _ = answer(study({("x", "a"): [full(1.0), full(1.2), full(1.0)[:6]]}))
    assert said.endswith(" µM, 2 of 3 experiments.")


def test_caution_counts_told_lines_only() -> None:
    _, summary, absolute = answer(study({("one", "a"): [full(1.0)[:6]], ("two", "a"): [full(1.0)] * 3}))
    assert "Fewer than three experiments" not in page.say_caution(summary, absolute)


def test_caution_names_the_level_of_the_absolute_ic50() -> None:
    _, summary, absolute = answer(study({("x", "a"): [full(1.0, bottom=0.7)] * 3}))
    assert "does not fall to half of vehicle" in page.say_caution(summary, absolute)
    assert "does not fall to 30 % of vehicle" in page.say_caution(summary, absolute, level=0.3)


def test_answer_carries_estimate_interval_and_n() -> None:
    fits = fits_of({"UTE1": [(v, "=") for v in (2.6, 2.8, 3.0)], "UTE3": [(v, "=") for v in (1.6, 1.7, 1.8)]})
    said = page.say_answer(dr.combine_experiments(fits), fits)
    assert "1.7 µM in UTE3" in said
    assert "3 experiments each" in said


def test_the_answer_to_a_screen_names_its_lead() -> None:
    fits = dr.fit_curves(screen(70, 1, seed=3))
    said, summary, absolute = answer(fits)
    assert page.rank_fits(fits).iloc[0]["absolute_ic50_qualifier"] != ">"
    lead = find_lead(summary, absolute)
    assert lead is not None
    assert page.name_key(lead, summary).split(", ", 1)[1] in said
    assert page.say_contrasts(pd.DataFrame(), fits) == "No ratio of IC50: one line only."


def test_what_the_edge_correction_did() -> None:
    before = plate(0.8)
    edges = estimate_edges(before)
    assert page.say_edges(edges).startswith("1 of 1 plate corrected at the edge: P1 (row A −19 %)")
    assert page.show_edges(edges)["Verdict"].iloc[0] == "corrected"
    effect = compare_corrected(before, dr.fit_curves(correct_edges(before, edges)), edges)
    assert effect.loc[0, "n_wells_scaled"] == 9
    assert "experiment 1, from" in page.say_corrected(effect)
    assert page.show_corrected(effect).shape == (1, 8)


def test_nothing_corrected_says_so() -> None:
    edges = estimate_edges(plate(1.0))
    assert "nothing was corrected" in page.say_edges(edges)
    assert "nothing could be corrected" in page.say_edges(Edges(edges.frame.iloc[:0], edges.scale))


def test_quality_counts_plates_and_wells_left_out() -> None:
    wells = plate(1.0)
    wells.loc[5, "exclude"] = "spilt"
    assert page.say_quality(check_plates(wells), wells) == "1 of 1 plate passes. 1 of 96 wells excluded."
    flagged = normalise_plates(controlled_plate(edge=0.8))
    said = page.say_quality(check_plates(flagged), flagged)
    assert said.startswith("0 of 1 plate pass. Flagged: P1: ")
    assert "edge effect, −" in said


def test_stimulation_is_counted_shown_and_drawn() -> None:
    wells = make_wells(3, 0.3)
    both = compare_hormesis(wells)
    found = int((both["preferred"] == "hormesis").sum())
    assert found > 0
    assert page.say_hormesis(both) == (
        f"Stimulation at low doses describes {found} of 3 curves better than none (AICc)."
    )
    assert page.show_hormesis(both)["Better by AICc"].tolist().count("hormesis") == found
    assert len(page.choose_hormetic(both, dr.fit_curves(wells).frame, wells)) == found


# ---- against the published


def held(fits: CurveFits, programme: Programme) -> tuple[pd.DataFrame, str]:
    """As the notebook does it."""
    summary = dr.combine_experiments(fits)
    names = {c: programme.compound_named(c) for c in summary["compound"].unique()}
    compared = compare_published(summary, programme.ic50, names)
    return compared, page.say_agreement(compared, programme.ic50)


UTE = {"UTE1": [(v, "=") for v in (2.6, 2.8, 3.0)], "A549": [(1.0, "=")] * 3}


@pytest.mark.parametrize("name", ["defactinib", "VS-6063", "vs 6063", "PF-04554878"])
def test_a_published_ic50_is_found_under_any_name_of_the_compound(name: str) -> None:
    compared, said = held(fits_of(UTE, compound=name), load_programme())
    assert said == "1 agrees of 1 line with a published IC50."
    shown = page.show_agreement(compared)
    assert shown["Published mean ± SD\nµM"].tolist() == ["2.8 ± 0.5"]


@pytest.mark.parametrize("name", ["avutometinib", "paclitaxel"])
def test_another_compound_is_held_against_nothing(name: str) -> None:
    compared, said = held(fits_of(UTE, compound=name), load_programme())
    assert compared.empty
    assert said == "Not comparable: no published IC50 is of a compound and line of this study."


def test_without_a_programme_nothing_published_is_said() -> None:
    compared, said = held(fits_of(UTE), Programme("none"))
    assert (len(compared), said) == (0, "")


def test_references_of_any_size_and_without_sd_are_shown_as_printed() -> None:
    references = pd.DataFrame({
        "compound": "P1", "cell_line": ["A549", "UTE1"], "mean_uM": [0.012, 25.0], "sd_uM": [np.nan, 5.0],
        "source": "a paper", "status": "primary"})  # fmt: skip
    compared = compare_published(dr.combine_experiments(fits_of(UTE)), references, {"defactinib": "P1"})
    shown = page.show_agreement(compared).set_index("Cell line")["Published mean ± SD\nµM"]
    assert shown.to_dict() == {"UTE1": "25 ± 5", "A549": "0.012"}
    assert "its SD" in page.key_of_agreement(compared)
    assert "SD" not in page.key_of_agreement(compared[compared["name"] == "A549"])


def test_an_ic50_beyond_the_range_is_drawn_as_a_limit() -> None:
    fits = fits_of({"UTE1": [(30.0, ">")] * 3, "UTE3": [(0.1, "<")] * 3, "UTE2": [(3.0, "=")] * 3})
    rows = {r.label: r for r in page.rows_of_agreement(held(fits, load_programme())[0])}
    assert {k: (r.estimate, r.qualifier) for k, r in rows.items()} == {
        "UTE1": (pytest.approx(30.0), ">"), "UTE3": (pytest.approx(0.1), "<"), "UTE2": (pytest.approx(3.0), "=")
    }  # fmt: skip
    assert rows["UTE2"].published == 3.8
