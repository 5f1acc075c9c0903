"""Paired shifts of populations: pairing, families, denominators, cohorts, time points, directions."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lib import paired
from lib.errors import InputError
from lib.tables.populations import check_populations, read_populations
from reports.present import immune_shifts as page


def cells(rows, columns=("subject", "timepoint", "population", "count", "parent_count")):
    return check_populations(pd.DataFrame(rows, columns=list(columns)))


def simulated(seed, n, changes, *, spread=0.3, timepoints=("pre", "post"), events=20_000):
    """Populations over subjects with true logit changes; extra-binomial noise as real samples have."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(n):
        for name, change in changes.items():
            own = rng.normal(-1.5, 0.5)
            for step, timepoint in enumerate(timepoints):
                logit = own + step * change + rng.normal(0, spread)
                rows.append(
                    (f"S{i}", timepoint, name, rng.binomial(events, 1 / (1 + np.exp(-logit))), events)
                )
    return cells(rows)


def test_pairs_8_gives_q_values_of_r(reference):
    table = paired.compare_shifts(read_populations(reference / "pairs_8.csv")).table
    assert list(table["q_value"]) == [0.015625, 0.015625]
    assert list(table["denominator"]) == ["parent", "parent"]
    assert list(table["expected"]) == ["increased", "reduced"]
    assert list(table["verdict"]) == ["agrees", "agrees"]
    assert list(table["fraction_moving"]) == [0.875, 1.0]
    assert table["odds_ratio"].to_numpy() == pytest.approx(np.exp(table["shift_logit"].to_numpy()))


def test_every_pair_left_out_has_its_reason():
    rows = [
        ("A", "pre", "X", 500, 1000), ("A", "post", "X", 600, 1000),
        ("B", "pre", "X", 500, 1000),
        ("C", "pre", "X", None, 1000), ("C", "post", "X", 600, 1000),
        ("D", "pre", "X", 10, 1000), ("D", "post", "X", 20, 1000),
        ("E", "pre", "X", 10, 1000), ("E", "post", "X", 200, 1000),
        ("F", "pre", "X", 0, 0), ("F", "post", "X", 200, 1000),
    ]  # fmt: skip
    pairs = paired.pair_populations(cells(rows)).set_index("subject")
    assert pairs["reason"].to_dict() == {
        "A": "", "B": "no sample at post", "C": "no count at pre", "D": "fewer than 50 events at both time points",
        "E": "", "F": "parent count is 0 at pre",
    }  # fmt: skip
    assert pairs["below_lloq"].to_dict()["E"] == "baseline"
    shifts = paired.compare_shifts(cells(rows))
    assert list(shifts.table[["n_pairs", "n_excluded", "n_below_lloq"]].iloc[0]) == [2, 4, 1]
    assert page.list_exclusions(shifts)["n_pairs"].sum() == 4
    assert "subjects" not in page.list_exclusions(shifts)
    assert "D" in set(page.list_exclusions(shifts, ids=True)["subjects"])


def test_a_time_point_that_is_not_there_is_refused_with_the_nearest():
    data = cells([("A", "pre", "X", 1, 10), ("A", "post", "X", 2, 10)])
    with pytest.raises(
        InputError, match=r"one of pre, post; got Post in the populations. Did you mean \"post\"\?"
    ):
        paired.compare_shifts(data, followup="Post")
    with pytest.raises(InputError, match=r"baseline and followup must differ; got pre"):
        paired.compare_shifts(data, followup="pre")


def test_no_pair_at_all_is_a_row_and_not_an_error():
    table = paired.compare_shifts(cells([("A", "pre", "X", 100, 1000), ("B", "post", "X", 200, 1000)])).table
    row = table.iloc[0]
    assert (row["n_pairs"], row["n_excluded"], row["test"], row["verdict"]) == (
        0,
        2,
        "none: no pairs",
        "not comparable",
    )
    assert math.isnan(row["p_value"])
    assert page.answer_in_words(table).startswith("No population has a pair")


def test_percentages_are_used_and_flagged_as_less_preferred(reference):
    counts = read_populations(reference / "pairs_8.csv")
    percents = counts.assign(percent=100 * counts["count"] / counts["parent_count"])
    table = paired.compare_shifts(percents.drop(columns=["count", "parent_count"])).table
    assert set(table["denominator"]) == {"parent (percent only)"}
    assert table["shift_logit"].to_numpy() == pytest.approx([0.549869836, -0.798831475], abs=2e-3)
    assert any("Percentages without counts" in note for note in page.cautions_in_words(table))


def test_five_pairs_are_told_what_they_cannot_reach():
    table = paired.compare_shifts(simulated(1, 5, {"CD8+ T cells": 2.0})).table
    assert table["smallest_p"].iloc[0] == 0.0625
    assert "cannot reach p < 0.05" in page.cautions_in_words(table)[0]
    assert "no 95 % interval from 5 pairs" in page.answer_in_words(table)
    assert table["verdict"].iloc[0] == "cannot tell"


def test_benjamini_hochberg_by_hand():
    # Benjamini & Hochberg 1995 step-up by hand: p·m/rank, made monotone from the right
    q = paired.adjust_p(pd.Series([0.01, 0.04, 0.03, math.nan, 0.5]))
    assert q.to_numpy() == pytest.approx([0.04, 0.16 / 3, 0.16 / 3, math.nan, 0.5], nan_ok=True)


def test_type_one_error_of_the_signed_rank_stays_below_nominal_and_of_events_does_not():
    """Eight subjects, no true change, extra-binomial noise: oracle .038 for Wilcoxon, .85 for a model of events."""
    rng = np.random.default_rng(8)
    n_sim, n, events, null = 1000, 8, 15_000, []
    naive = []
    for _ in range(n_sim):
        own = rng.normal(-1.5, 0.5, n)
        k = [rng.binomial(events, 1 / (1 + np.exp(-(own + rng.normal(0, 0.3, n))))) for _ in range(2)]
        d = paired.empirical_logits(k[1], [events] * n) - paired.empirical_logits(k[0], [events] * n)
        null.append(paired.estimate_shift(d).p_value)
        a, b = k[0].sum(), k[1].sum()
        z = (b - a) / math.sqrt((a + b) * (1 - (a + b) / (2 * n * events)))
        naive.append(2 * stats.norm.sf(abs(z)))
    rate = np.mean(np.array(null) < 0.05)
    assert abs(rate - 10 / 256) < 3 * math.sqrt(0.039 * 0.961 / n_sim)  # attainable level at n = 8
    assert np.mean(np.array(naive) < 0.05) > 0.6


def test_a_true_shift_is_recovered():
    table = paired.compare_shifts(simulated(4, 40, {"Regulatory T cells": -0.8})).table
    assert table["shift_low"].iloc[0] < -0.8 < table["shift_high"].iloc[0]
    assert table["verdict"].iloc[0] == "agrees"


@pytest.mark.parametrize(
    ("name", "published"),
    [
        ("CD8+ T cells", "CD8+ T cells"), ("CD8 T cells", "CD8+ T cells"), ("Cytotoxic T lymphocytes", "CD8+ T cells"),
        ("Tregs (CD25+FoxP3+)", "Regulatory T cells"), ("treg", "Regulatory T cells"), ("MDSC", "MDSCs"),
        ("Blood MDSCs", "Peripheral MDSCs"), ("Naive CD4 T cells", "Naïve CD4+ T cells"),
        ("Naïve CD8+ T cells (CD45RA+PD-1+CD69+)", "Naïve CD8+ T cells"), ("Exhausted T cells", "Exhausted T cells"),
        ("Myeloid immuno-suppressive cells", "Myeloid immunosuppressive cells"), ("B cells", None), ("CD4+ T cells", None),
    ],
)  # fmt: skip
def test_names_are_matched_by_documented_aliases(name, published):
    assert paired.match_population(name) == published


def test_own_expectations_replace_the_published_ones():
    own = paired.expected_directions(["B cells", "CD8+ T cells"], {"b cells": "increased"})
    assert own == {"B cells": "increased"}


def test_own_expectations_match_by_alias_and_are_never_ignored_in_silence():
    assert paired.expected_directions(["CD8+ T cells"], {"CD8 T cells": "reduced"}) == {
        "CD8+ T cells": "reduced"
    }
    with pytest.raises(InputError, match=r"populations of the data \(B cells\); got NK cells"):
        paired.expected_directions(["B cells"], {"NK cells": "reduced"})


def test_sign_concordance_is_an_exact_binomial_with_its_caveat():
    shifts = dict.fromkeys(["a", "b", "c", "d", "e", "f"], -1.0) | {"g": 0.0, "h": math.nan}
    signs = paired.compare_signs(shifts, dict.fromkeys([*"abcdefgh"], "reduced"))
    assert (signs.n_concordant, signs.n_populations, signs.p_value) == (6, 6, 2 / 64)
    assert "correlated" in signs.caveat


def test_a_share_that_rises_only_because_others_fall_is_told():
    """CD8 cells per mg stay, suppressive myeloid cells fall to a third: CD8 as % of CD45 rises."""
    rng = np.random.default_rng(2)
    rows = []
    for i in range(10):
        own = rng.normal(0, 0.3, 3)
        for timepoint, myeloid in (("pre", 3000), ("post", 1000)):
            density = np.array([1000, myeloid, 1500]) * np.exp(own + rng.normal(0, 0.08, 3))
            counts = np.rint(20_000 * density / density.sum()).astype(int)
            for name, count, mg in zip(("CD8+ T cells", "MDSC", "B cells"), counts, density, strict=True):
                rows.append((f"S{i}", timepoint, name, count, counts.sum(), counts.sum(), mg))
    columns = ("subject", "timepoint", "population", "count", "parent_count", "cd45_count", "cells_per_mg")
    result = paired.compare_denominators(cells(rows, columns))
    reading = result.table.drop_duplicates("population").set_index("population")["reading"]
    assert "only because MDSC fall" in reading["CD8+ T cells"]
    assert reading["MDSC"].startswith("falls under all 4")
    assert set(result.table["denominator"]) == {
        "parent",
        "parent, without pairs below LLOQ",
        "CD45",
        "CLR",
        "absolute",
    }
    signs = paired.compare_signs({"MDSC": -1.0}, {"MDSC": "reduced"})
    assert result.to_frame(signs).iloc[-1]["verdict"] == "1 of 1 as expected"


def test_one_density_for_a_whole_sample_is_shared_out():
    rows = []
    for i in range(6):
        for timepoint, density in (("pre", 100.0), ("post", 50.0)):
            rows += [
                (f"S{i}", timepoint, n, k, 1000, 1000, density)
                for n, k in (("X", 300), ("Y", 200 + i), ("Z", 100))
            ]
    columns = ("subject", "timepoint", "population", "count", "parent_count", "cd45_count", "cells_per_mg")
    table = paired.compare_denominators(cells(rows, columns)).table
    absolute = table[table["denominator"] == "absolute"].set_index("population")["shift"]
    assert absolute["X"] == pytest.approx(math.log(0.5))


def test_clr_is_the_log_ratio_to_the_geometric_mean():
    rows = []
    for timepoint, counts in (("pre", (100, 200, 400)), ("post", (200, 200, 400))):
        rows += [
            (f"S{i}", timepoint, n, k, 1000, 1000)
            for i in range(6)
            for n, k in zip("XYZ", counts, strict=True)
        ]
    columns = ("subject", "timepoint", "population", "count", "parent_count", "cd45_count")
    table = paired.compare_denominators(cells(rows, columns)).table
    clr = table[table["denominator"] == "CLR"].set_index("population")["shift"]
    gain = math.log(200.5 / 100.5)
    assert list(clr[["X", "Y"]]) == pytest.approx([gain * 2 / 3, -gain / 3])


def test_what_cannot_be_computed_is_named(reference):
    result = paired.compare_denominators(read_populations(reference / "pairs_8.csv"))
    assert result.missing["absolute"] == "needs the column cells_per_mg"
    assert "cd45_count" in result.missing["CD45"]
    t_row = result.table.query("method == 't interval'").iloc[0]
    assert t_row["shift"] == pytest.approx(0.657630, abs=1e-6)  # mean of the eight differences


def test_cohorts_are_adjusted_for_and_tested_as_anova():
    data = simulated(5, 12, {"X": 0.5})
    data["group"] = data["subject"].str[1:].astype(int).mod(3).map({0: "12 days", 1: "35 days", 2: "21 days"})
    pairs = paired.compare_shifts(data).pairs
    groups = paired.compare_groups(pairs)
    parts = [g["difference"] for _, g in pairs.groupby("group")]
    adjusted = groups[groups["group"] == "adjusted"].iloc[0]
    assert adjusted["p_groups"] == pytest.approx(stats.f_oneway(*parts).pvalue)
    assert adjusted["shift"] == pytest.approx(np.mean([p.mean() for p in parts]))
    assert list(groups["group"]) == ["12 days", "21 days", "35 days", "adjusted"]
    assert paired.compare_groups(pairs.assign(group=None)).empty


def test_the_mixed_model_of_two_complete_time_points_is_the_paired_t():
    data = simulated(6, 10, {"X": 0.5})
    d = paired.pair_populations(data)["difference"].to_numpy()
    course = paired.fit_time_course(data).iloc[0]
    half = stats.t.isf(0.025, 9) * d.std(ddof=1) / math.sqrt(10)
    assert (course["shift"], course["low"], course["high"]) == pytest.approx(
        (d.mean(), d.mean() - half, d.mean() + half), abs=1e-4
    )


def test_three_time_points_keep_subjects_with_gaps():
    data = simulated(7, 10, {"X": 0.5}, timepoints=("pre", "post", "late"))
    data = data[~((data["subject"] == "S0") & (data["timepoint"] == "late"))]
    course = paired.fit_time_course(data).set_index("timepoint")
    assert course.loc["late", "n_samples"] == 9
    assert course.loc["late", "shift"] > course.loc["post", "shift"] > 0
    few = paired.fit_time_course(data[data["subject"].isin(["S1", "S2"])])
    assert set(few["status"]) == {"too_few"}


def test_published_populations_that_are_not_measured_are_listed():
    shown = page.show_measured(["CD8 T cells", "Treg"]).set_index("published_population")["measured_as"]
    assert shown["CD8+ T cells"] == "CD8 T cells"
    assert shown["Exhausted T cells"] == "not measured"


def test_the_example_study_moves_as_its_documented_truth():
    from pathlib import Path

    folder = Path(__file__).resolve().parents[3] / "data" / "example"
    truth = pd.read_csv(folder / "populations_truth.csv").set_index("population")["mean_change"]
    table = paired.compare_shifts(read_populations(folder / "populations.csv")).table.set_index("population")
    for name in ("Naïve CD4+ T cells", "Exhausted T cells", "Peripheral MDSCs"):
        assert table.loc[name, "shift_low"] < truth[name] < table.loc[name, "shift_high"]
    assert table.loc["Regulatory T cells", "n_excluded"] == 2


@pytest.mark.parametrize(("verdicts", "said"), [
    (["agrees", "differs", "differs"], "1 of 3 populations with an expected direction agree with it, 2 differ"),
    (["agrees", "differs", "cannot tell", "cannot tell"], "1 of 4 populations with an expected direction agree with it, 1 differs, 2 cannot tell"),
    (["agrees"], "1 of 1 population with an expected direction agrees with it"),
])  # fmt: skip
def test_agreement_counts_in_english(verdicts, said):
    table = pd.DataFrame({"expected": "reduced", "verdict": verdicts})
    assert page.agreement_in_words(table) == said
