"""Synergy models against synergyfinder's published scores, closed forms, simulation and their own
symmetries."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from lib.errors import InputError
from lib.synergy import (
    arrange_matrices,
    check_effects,
    check_matrices,
    compare_with_truth,
    estimate_all,
    estimate_combination_index,
    estimate_synergy,
    normalise_signals,
)
from lib.synergy.curves import HillCurves, fit_from_baseline, fit_single_agents
from lib.synergy.musyc import fit_musyc, occupancies
from lib.synergy.references import expect_bliss, expect_hsa, expect_loewe
from lib.synergy.resampling import draw_units, estimate_interval, name_method
from lib.tables.synergy import read_combinations, read_truth

DOSES_1 = np.array([0, 0.1, 0.3, 1, 3, 10, 30.0])
DOSES_2 = np.array([0, 0.003, 0.01, 0.03, 0.1, 0.3])


def curve(baseline: float, maximum: float, ec50: float, hill: float) -> HillCurves:
    return HillCurves(*(np.array([v]) for v in (baseline, maximum, ec50, hill)))


def frame(surface: np.ndarray, experiments: int = 1, noise: float = 0.0, seed: int = 0) -> pd.DataFrame:
    """Wells of an inhibition surface over DOSES_1 x DOSES_2."""
    rng = np.random.default_rng(seed)
    x1, x2 = (g.ravel() for g in np.meshgrid(DOSES_1, DOSES_2, indexing="ij"))
    parts = [
        pd.DataFrame(
            {
                "cell_line": "L",
                "compound_1": "A",
                "compound_2": "B",
                "concentration_1_uM": x1,
                "concentration_2_uM": x2,
                "viability": 1 - surface.ravel() + rng.normal(0, noise, x1.size),
                "experiment": str(e),
            }
        )
        for e in range(experiments)
    ]
    return pd.concat(parts, ignore_index=True)


def bliss_surface(shift_1: float = 1.0, shift_2: float = 1.0) -> np.ndarray:
    one = curve(0, 0.8, 2.0 * shift_1, 1.2).predict(DOSES_1)[0][:, None]
    two = curve(0, 0.9, 0.05 * shift_2, 1.0).predict(DOSES_2)[0][None, :]
    return one + two - one * two


@pytest.fixture(scope="module")
def mathews(truth: Path) -> dict[str, object]:
    raw = pd.read_csv(truth / "mathews.csv")
    wells = pd.DataFrame(
        {
            "cell_line": "TMD8",
            "compound_1": raw.drug_row,
            "compound_2": raw.drug_col,
            "concentration_1_uM": raw.conc_r / 1e3,
            "concentration_2_uM": raw.conc_c / 1e3,
            "viability": raw.response / 100,
        }
    )
    return {m.compound_1: estimate_synergy(m) for m in arrange_matrices(wells)}


@pytest.mark.parametrize(
    ("pair", "model", "score"),
    [
        ("ispinesib", "bliss", 10.856470723),
        ("ispinesib", "hsa", 20.195098920),
        ("canertinib", "bliss", -13.072695136),
        ("canertinib", "hsa", -41.417556480),
    ],
)
def test_bliss_and_hsa_equal_synergyfinder(mathews, pair, model, score):
    assert mathews[pair].score[model] == pytest.approx(score, abs=1e-6)


@pytest.mark.parametrize(("pair", "score"), [("ispinesib", 25.529686072), ("canertinib", -41.789783262)])
def test_loewe_within_a_quarter_of_synergyfinder(mathews, pair, score):
    assert mathews[pair].score["loewe"] == pytest.approx(score, rel=0.25)


def test_zip_does_not_depend_on_the_unit_of_the_doses(mathews):
    matrix = mathews["ispinesib"].matrix
    scaled = replace(matrix, doses_1=matrix.doses_1 / 1e3, doses_2=matrix.doses_2 / 1e3)
    assert estimate_synergy(scaled).score["zip"] == pytest.approx(mathews["ispinesib"].score["zip"], rel=1e-6)


@pytest.mark.parametrize(("pair", "sign"), [("ispinesib", 1), ("canertinib", -1)])
def test_zip_at_the_optimum_has_synergyfinders_sign(mathews, pair, sign):
    """11.5 and −12.6 against 19.6 and −3.0: its search, from one start, ends above the least sum of squares
    (ispinesib alone at 45 % where 54 to 61 % are measured), and with doses in µM it scores 11.5."""
    assert np.sign(mathews[pair].score["zip"]) == sign


def test_one_matrix_has_no_interval_and_says_so(mathews):
    rows = mathews["ispinesib"].to_frame()
    assert rows.score_low.isna().all()
    assert set(rows.verdict) == {"not judged"}
    assert set(rows.why) == {"one matrix, no experiments to compare"}
    assert rows.interval_method.iloc[0] == "none: one matrix, no experiments to compare"


def test_an_independent_pair_scores_zero_under_bliss_zip_and_musyc():
    """Bliss is MuSyC at α = 1 only if each compound can kill everything."""
    one, two = (curve(0, 1, c, h).predict(d)[0] for c, h, d in ((2.0, 1.2, DOSES_1), (0.05, 1.0, DOSES_2)))
    surface = one[:, None] + two - one[:, None] * two
    result = estimate_synergy(arrange_matrices(frame(surface))[0])
    assert result.score["bliss"] == pytest.approx(0, abs=1e-9)
    assert result.score["zip"] == pytest.approx(0, abs=0.1)
    assert result.score["musyc"] == pytest.approx(0, abs=0.5)


def test_a_compound_with_itself_is_additive_under_loewe():
    self = curve(0, 0.9, 1.0, 1.5)
    doses = np.array([0, 0.25, 0.5, 1.0, 2.0])
    expected = self.predict((doses[:, None] + doses).ravel())[0].reshape(5, 5)
    assert expect_loewe(self, self, doses, doses)[0][1:, 1:] == pytest.approx(expected[1:, 1:], abs=1e-9)


def test_loewe_with_a_silent_partner_is_the_other_alone():
    active, silent = curve(0, 0.9, 1.0, 1.5), curve(0.02, 0.02, 1.0, 1.0)
    got = expect_loewe(active, silent, DOSES_1, DOSES_2)[0]
    assert got[1:, 1:] == pytest.approx(np.repeat(active.predict(DOSES_1)[0][1:, None], 5, 1), abs=1e-9)


def test_loewe_above_the_weaker_maximum_follows_the_stronger():
    strong, weak = curve(0, 1.0, 1.0, 1.0), curve(0, 0.3, 0.01, 1.0)
    got = expect_loewe(strong, weak, np.array([0, 9.0]), np.array([0, 1.0]))[0, 1, 1]
    assert got == pytest.approx(0.9, abs=1e-9)


@given(st.lists(st.floats(0, 1), min_size=9, max_size=9))
def test_bliss_expects_at_least_the_highest_single_agent(values):
    y = np.array(values).reshape(3, 3)
    assert (expect_bliss(y) >= expect_hsa(y) - 1e-12).all()


@given(st.floats(0.4, 5), st.floats(0.3, 0.95), st.floats(-1, 1), st.floats(-0.1, 0.1))
def test_curves_from_a_baseline_recover_their_parameters(hill, maximum, log_ec50, baseline):
    doses = np.geomspace(0.01, 100, 13)
    truth = curve(baseline, maximum, 10**log_ec50, hill)
    fitted = fit_from_baseline(doses, truth.predict(doses), np.array([baseline]))
    assert fitted.predict(doses) == pytest.approx(truth.predict(doses), abs=2e-4)


def test_curves_from_a_baseline_are_never_worse_than_a_dense_search():
    rng = np.random.default_rng(3)
    doses = np.geomspace(0.01, 30, 7)
    y = rng.normal(0.4, 0.3, (40, 7))
    fitted = ((fit_from_baseline(doses, y, np.full(40, 0.1)).predict(doses) - y) ** 2).sum(1)
    best = np.full(40, np.inf)
    for place, hill in itertools.product(np.linspace(-4, np.log10(30) + 2, 120), np.geomspace(0.1, 10, 60)):
        rise = curve(0, 1, 10**place, hill).predict(doses)[0]
        amplitude = (y - 0.1) @ rise / (rise @ rise)
        best = np.minimum(best, ((y - 0.1 - amplitude[:, None] * rise) ** 2).sum(1))
    assert (fitted <= best * 1.001 + 1e-12).all()


def test_single_agents_with_gaps_and_too_few_wells():
    truth = curve(0.05, 0.8, 2.0, 1.2)
    rows = np.repeat(truth.predict(DOSES_1), 3, 0)
    rows[1, 3] = np.nan
    rows[2, 2:] = np.nan
    fitted = fit_single_agents(DOSES_1, rows)
    assert fitted.ec50_uM[:2] == pytest.approx([2.0, 2.0], rel=1e-3)
    assert fitted.active.tolist() == [True, True, False]
    assert fitted.baseline[2] == pytest.approx(np.nanmean(rows[2]))


def test_occupancies_solve_the_balance_of_states():
    theta = np.array([0.3, -0.2, 0.1, 0.05, 0.6, -0.4])
    d1, d2 = np.array([0, 0.5, 3.0]), np.array([0.2, 0, 4.0])
    c1, c2, h1, h2, a12, a21 = 10**theta
    for share, x1, x2 in zip(occupancies(d1, d2, theta[None])[0], d1, d2, strict=True):
        a, b, a_after, b_after = (
            (x1 / c1) ** h1,
            (x2 / c2) ** h2,
            (a21 * x1 / c1) ** h1,
            (a12 * x2 / c2) ** h2,
        )
        balance = np.array(
            [[-(a + b), 1, 1, 0], [a, -(1 + b_after), 0, 1], [b, 0, -(1 + a_after), 1], [1, 1, 1, 1]]
        )
        assert share == pytest.approx(np.linalg.solve(balance, [0, 0, 0, 1]), abs=1e-12)


def test_musyc_recovers_known_parameters():
    x1, x2 = (g.ravel() for g in np.meshgrid(DOSES_1, DOSES_2, indexing="ij"))
    theta = np.log10([3.0, 0.05, 1.2, 1.1, 5.0, 3.0])
    alive = (occupancies(x1, x2, theta[None])[0] @ [1, 0.35, 0.4, 0.05]).reshape(1, 7, 6)
    fit = fit_musyc(alive, curve(0, 0.65, 3.0, 1.2), curve(0, 0.6, 0.05, 1.1), DOSES_1, DOSES_2)
    assert fit.alpha_12[0] == pytest.approx(5, rel=0.05)
    assert fit.alpha_21[0] == pytest.approx(3, rel=0.05)
    assert fit.beta[0] == pytest.approx(0.3 / 0.65, abs=0.02)


def test_interval_of_a_mean_is_students():
    values = np.array([3.0, 5.0, 4.0, 9.0])
    draws = draw_units(4)
    low, high = estimate_interval(values.mean(), draws.weights @ values / 4, draws)
    student = stats.t.interval(0.95, 3, values.mean(), stats.sem(values))
    assert (low, high) == pytest.approx(student, rel=1e-9)


@pytest.mark.parametrize(("n", "exact"), [(3, True), (5, True), (6, True), (7, False)])
def test_few_units_are_resampled_exhaustively(n, exact):
    draws = draw_units(n, n_draws=300)
    assert draws.exact is exact
    assert draws.probability.sum() == pytest.approx(1)
    assert (draws.weights.sum(1) == n).all()
    assert ("300 random resamples, width ± 4.1 %" in name_method(draws)) is not exact


def test_two_replicates_have_no_interval():
    draws = draw_units(2)
    assert np.isnan(estimate_interval(1.0, np.ones(len(draws.weights)), draws)).all()
    assert name_method(draws, "2 experiments, at least 3 needed") == "none: 2 experiments, at least 3 needed"


@pytest.mark.parametrize("n", [3, 4])
def test_independent_pairs_are_rarely_called_interacting(n):
    """1,000 studies of independent action; Monte-Carlo error of .05 is .007. The percentile interval rejects
    about .23 at n = 3.

    Potencies differ between replicates by 10 %, plates by 4 %, wells by 5 points.
    """
    rng = np.random.default_rng(11)
    draws = draw_units(n)
    rejected = 0
    for _ in range(1000):
        y = np.stack(
            [
                1 - (1 - bliss_surface(*np.exp(rng.normal(0, 0.1, 2)))) * np.exp(rng.normal(0, 0.04))
                for _ in range(n)
            ]
        )
        y += rng.normal(0, 0.05, y.shape)
        mean = np.concatenate([y.mean(0)[None], np.tensordot(draws.weights, y, 1) / n])
        scores = (mean - expect_bliss(mean))[:, 1:, 1:].mean((1, 2))
        low, high = estimate_interval(scores[0], scores[1:], draws)
        rejected += not low <= 0 <= high
    assert 0.03 <= rejected / 1000 <= 0.072


def test_swapped_pairs_and_order_do_not_change_scores():
    wells = frame(bliss_surface() ** 0.8, experiments=3, noise=0.02)
    swapped = wells.rename(
        columns={
            "compound_1": "compound_2",
            "compound_2": "compound_1",
            "concentration_1_uM": "concentration_2_uM",
            "concentration_2_uM": "concentration_1_uM",
        }
    )
    mixed = pd.concat([wells[:40], swapped[40:]]).sample(frac=1, random_state=1)
    one, two = (
        estimate_synergy(arrange_matrices(w)[0])
        for w in (wells, pd.concat([wells[:1], mixed]).drop_duplicates())
    )
    assert one.score["bliss"] == pytest.approx(two.score["bliss"], rel=1e-9)
    assert one.score["loewe"] == pytest.approx(two.score["loewe"], rel=1e-6)


def test_gaps_are_left_out_and_counted():
    wells = frame(bliss_surface() + 0.1 * np.outer(DOSES_1 > 0, DOSES_2 > 0))
    gap = (wells.concentration_1_uM == 3) & (wells.concentration_2_uM == 0.1)
    matrix = arrange_matrices(wells[~gap])[0]
    result = estimate_synergy(matrix)
    assert result.score["bliss"] == pytest.approx(10, abs=1e-9)
    assert result.to_frame().n_doses.tolist() == [29] * 5
    assert check_matrices([matrix], wells)["n_gaps"].tolist() == [1]


def test_two_doses_have_bliss_but_no_curves():
    wells = frame(bliss_surface())
    few = wells[wells.concentration_1_uM.isin([0, 1, 3])]
    rows = estimate_synergy(arrange_matrices(few)[0]).to_frame().set_index("model")
    assert rows.verdict["loewe"] == "not judged"
    assert rows.why["loewe"] == "fewer than three doses of a compound alone: no curve"
    assert rows.score["bliss"] == pytest.approx(0, abs=1e-9)
    assert np.isnan(rows.score["musyc"])


def test_technical_wells_are_not_replicates():
    wells = frame(bliss_surface(), experiments=2, noise=0.02).drop(columns="experiment")
    matrix = arrange_matrices(wells)[0]
    assert (matrix.n_units, matrix.unit, matrix.why) == (1, "none", "one matrix, no experiments to compare")


def test_plates_that_share_a_matrix_are_not_replicates():
    wells = (
        frame(bliss_surface())
        .drop(columns="experiment")
        .assign(plate=lambda w: np.where(w.concentration_1_uM > 1, "b", "a"))
    )
    assert arrange_matrices(wells)[0].unit == "none"


def test_untreated_well_as_reference():
    wells = frame(bliss_surface()).assign(viability=lambda w: 1.2 * w.viability)
    plain, relative = (arrange_matrices(wells, to_untreated=t)[0] for t in (False, True))
    assert plain.untreated_viability == pytest.approx(1.2)
    assert relative.mean == pytest.approx(bliss_surface(), abs=1e-12)
    assert "reads 120 % of vehicle" in check_matrices([plain], wells)["reason"][0]


def test_untreated_wells_must_be_there_to_divide_by():
    wells = frame(bliss_surface())
    treated = wells[(wells.concentration_1_uM > 0) | (wells.concentration_2_uM > 0)]
    assert np.isnan(arrange_matrices(treated)[0].untreated_viability)
    with pytest.raises(InputError, match=r'"untreated_well" needs wells with both .* A \+ B on L'):
        arrange_matrices(treated, to_untreated=True)


def test_no_combination_index_without_curves():
    wells = frame(bliss_surface())
    (half,) = estimate_combination_index(
        arrange_matrices(wells[wells.concentration_1_uM.isin([0, 3])])[0], effects=[0.5]
    )
    assert (half.status, len(half.doses_1)) == (
        "fewer than three doses of a compound alone: no curve to read",
        0,
    )
    assert np.isnan([half.index, half.low, half.high, half.alone_1_uM]).all()


def test_a_pair_without_single_agents_is_refused_by_name():
    wells = frame(bliss_surface())
    with pytest.raises(InputError, match=r"wells of B alone .*A \+ B on L"):
        arrange_matrices(wells[wells.concentration_1_uM > 0])


def test_combination_index_of_a_compound_with_itself_is_one():
    self = curve(0, 1.0, 1.0, 1.3)
    surface = self.predict((DOSES_1[:, None] + 100 * DOSES_2).ravel())[0].reshape(7, 6)
    for index in estimate_combination_index(arrange_matrices(frame(surface))[0], effects=[0.3, 0.5, 0.7]):
        assert index.index == pytest.approx(1, abs=0.05), index.effect


def test_combination_index_below_one_for_synergy_and_open_where_not_reached():
    one, two = (curve(0, 0.6, c, 1.1).predict(d)[0] for c, d in ((2.0, DOSES_1), (0.05, DOSES_2)))
    surface = np.minimum(1.25 * (one[:, None] + two - one[:, None] * two), 0.98)
    surface[0], surface[:, 0] = two, one
    half, high = estimate_combination_index(arrange_matrices(frame(surface))[0], effects=[0.5, 0.8])
    assert half.index < 0.9
    assert np.isnan(high.index)
    assert "not reached by either compound alone; only the combination reaches it" in high.status


def test_no_combination_index_from_doses_below_the_tested_ones():
    """A compound that acts fully at its lowest dose tells no dose for half an effect, on no CPU."""
    one, two = (
        curve(0, 0.7, 1e-4, 2.0).predict(DOSES_1)[0][:, None],
        curve(0, 0.9, 0.05, 1.0).predict(DOSES_2)[0],
    )
    wells = frame(one + two - one * two, experiments=3, noise=0.02)
    half, high = estimate_combination_index(arrange_matrices(wells)[0], effects=[0.5, 0.73])
    assert half.status == "50 % reached below the lowest tested dose by A alone: no index"
    assert np.isnan([half.index, half.low, half.high, half.alone_1_uM]).all()
    assert 0.003 < half.alone_2_uM < 0.3
    assert high.status == "73 % not reached by A alone: its term is 0"


@pytest.mark.parametrize("effects", [[0.5, 50], [0.0]])
def test_effects_in_percent_are_refused(effects):
    with pytest.raises(InputError, match=f"got {effects[-1]:g}"):
        check_effects(effects)


def test_example_truth_is_recovered(root: Path):
    example = root / "data/example"
    matrices = arrange_matrices(normalise_signals(read_combinations(example / "combinations.csv")))
    scores = estimate_all(matrices)
    recovery = compare_with_truth(scores, read_truth(example / "combinations_truth.csv")).frame
    assert dict(zip(scores.judged.cell_line, scores.judged.verdict, strict=True)) == {
        "SIM-A": "antagonism",
        "SIM-I": "cannot tell",
        "SIM-S": "synergy",
    }
    assert "no" not in set(recovery.recovered[recovery.quantity == "bliss"])


def test_compounds_without_effect_determine_no_surface():
    idle = frame(np.full((7, 6), 0.01), experiments=3, noise=0.005)
    result = estimate_synergy(arrange_matrices(idle)[0])
    assert result.verdict("musyc") == "cannot tell"
    assert set(result.to_parameters().verdict) == {"not judged"}
    assert set(result.to_parameters().why) == {"not determined by these doses"}
    assert result.to_parameters().estimate.isna().all()
