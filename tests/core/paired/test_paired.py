"""Paired shifts of populations: pairing, families, denominators, cohorts, time points, directions."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lib import paired
from lib.errors import InputError
from lib.programme import load_programme
from lib.tables.populations import check_populations, read_populations
from tests.makers.paired import denominators_of, shifts_of


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


EXPECTED = {"CD8+ T cells": "increased", "Regulatory T cells": "reduced"}


def test_pairs_8_gives_q_values_of_r(reference):
    table = shifts_of(read_populations(reference / "pairs_8.csv"), expected=EXPECTED).frame
    assert list(table["q_value"]) == [0.015625, 0.015625]
    assert list(table["denominator"]) == ["parent", "parent"]
    assert list(table["expected"]) == ["increased", "reduced"]
    assert list(table["verdict"]) == ["agrees", "agrees"]
    assert list(table["fraction_moving"]) == [0.875, 1.0]
    assert table["odds_ratio"].to_numpy() == pytest.approx(np.exp(table["shift_logit"].to_numpy()))


def incomplete():
    """Six subjects, of whom two have a pair that is used."""
    rows = [
        ("A", "pre", "X", 500, 1000),
        ("A", "post", "X", 600, 1000),
        ("B", "pre", "X", 500, 1000),
        ("C", "pre", "X", None, 1000),
        ("C", "post", "X", 600, 1000),
        ("D", "pre", "X", 10, 1000),
        ("D", "post", "X", 20, 1000),
        ("E", "pre", "X", 10, 1000),
        ("E", "post", "X", 200, 1000),
        ("F", "pre", "X", 0, 0),
        ("F", "post", "X", 200, 1000),
    ]
    return cells(rows)


def test_every_pair_left_out_has_its_reason():
    pairs = paired.pair_populations(incomplete()).frame.set_index("subject")
    assert pairs["reason"].to_dict() == {
        "A": "",
        "B": "no sample at post",
        "C": "no count at pre",
        "D": "fewer than 50 events at both time points",
        "E": "",
        "F": "parent count is 0 at pre",
    }
    assert pairs["below_lloq"].to_dict()["E"] == "baseline"
    shifts = shifts_of(incomplete())
    assert list(shifts.frame[["n_pairs", "n_excluded", "n_below_lloq"]].iloc[0]) == [2, 4, 1]


def test_a_time_point_that_is_not_there_is_refused_with_the_nearest():
    data = cells([("A", "pre", "X", 1, 10), ("A", "post", "X", 2, 10)])
    with pytest.raises(
        InputError, match=r"one of pre, post; got Post in the populations. Did you mean \"post\"\?"
    ):
        shifts_of(data, followup="Post")
    with pytest.raises(InputError, match=r"baseline and followup must differ; got pre"):
        shifts_of(data, followup="pre")


def test_no_pair_at_all_is_a_row_and_not_an_error():
    table = shifts_of(cells([("A", "pre", "X", 100, 1000), ("B", "post", "X", 200, 1000)])).frame
    row = table.iloc[0]
    assert (row["n_pairs"], row["n_excluded"], row["test"], row["verdict"]) == (
        0,
        2,
        "none: no pairs",
        "not comparable",
    )
    assert math.isnan(row["p_value"])


def as_percentages(path):
    """A table of counts without them."""
    counts = read_populations(path)
    percents = counts.assign(percent=100 * counts["count"] / counts["parent_count"])
    return percents.drop(columns=["count", "parent_count"])


def test_percentages_are_used_and_named(reference):
    table = shifts_of(as_percentages(reference / "pairs_8.csv")).frame
    assert set(table["denominator"]) == {"parent (percent only)"}
    assert table["shift_logit"].to_numpy() == pytest.approx([0.549869836, -0.798831475], abs=2e-3)


def test_five_pairs_are_told_what_they_cannot_reach():
    table = shifts_of(simulated(1, 5, {"CD8+ T cells": 2.0}), expected=EXPECTED).frame
    assert table["smallest_p"].iloc[0] == 0.0625
    assert "no 95 % interval from 5 pairs" in table["why"].iloc[0]
    assert table["verdict"].iloc[0] == "cannot tell"


def test_type_one_error_of_the_signed_rank_stays_below_nominal_and_of_events_does_not():
    """Eight subjects, no true change, extra-binomial noise: oracle .038 for Wilcoxon, .85 for a model of
    events."""
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
    table = shifts_of(simulated(4, 40, {"Regulatory T cells": -0.8}), expected=EXPECTED).frame
    assert table["shift_low"].iloc[0] < -0.8 < table["shift_high"].iloc[0]
    assert table["verdict"].iloc[0] == "agrees"


@pytest.mark.parametrize(
    ("name", "published"),
    [
        ("CD8+ T cells", "CD8+ T cells"),
        ("CD8 T cells", "CD8+ T cells"),
        ("Cytotoxic T lymphocytes", "CD8+ T cells"),
        ("Tregs (CD25+FoxP3+)", "Regulatory T cells"),
        ("treg", "Regulatory T cells"),
        ("MDSC", "MDSCs"),
        ("Blood MDSCs", "Peripheral MDSCs"),
        ("Naive CD4 T cells", "Naïve CD4+ T cells"),
        ("Naïve CD8+ T cells (CD45RA+PD-1+CD69+)", "Naïve CD8+ T cells"),
        ("Exhausted T cells", "Exhausted T cells"),
        ("Myeloid immuno-suppressive cells", "Myeloid immunosuppressive cells"),
        ("B cells", None),
        ("CD4+ T cells", None),
    ],
)
def test_names_are_matched_by_documented_aliases(name, published):
    assert paired.match_population(name, load_programme().populations) == published


MICE = {"Tumour-associated macrophages": ["tam", "F4/80+"], "Macrophages": ["macrophage", "TAM"]}
"""Aliases of another programme, one of them under two names."""


def test_aliases_are_those_handed_in():
    assert paired.match_population("TAM", MICE) == "Tumour-associated macrophages"
    assert paired.match_population("macrophages", MICE) == "Macrophages"
    assert paired.match_population("Tregs", MICE) is None
    assert paired.match_population("Tregs", {}) is None
    assert [known for known in MICE if paired.goes_by("TAMs (F4/80+)", known, MICE)] == []
    assert [known for known in MICE if paired.goes_by("tam", known, MICE)] == list(MICE)


def test_what_is_expected_is_matched_by_name_and_alias_and_may_match_nothing():
    expected = {"Macrophages": "reduced", "Tumour-associated macrophages": "increased"}
    found = paired.expected_directions(["TAM", "Macrophage", "B cells"], expected, aliases=MICE)
    assert found == {"TAM": "increased", "Macrophage": "reduced"}
    assert paired.expected_directions(["TAM", "macrophages"], expected) == {"macrophages": "reduced"}
    assert paired.expected_directions(["B cells"], expected, aliases=MICE) == {}
    assert paired.expected_directions(["B cells"], {}) == {}


def test_own_expectations_replace_the_published_ones():
    aliases = load_programme().populations
    own = paired.own_directions(["B cells", "CD8+ T cells"], {"b cells": "increased"}, aliases=aliases)
    assert own == {"B cells": "increased"}


def test_own_expectations_match_by_alias_and_are_never_ignored_in_silence():
    aliases, own = load_programme().populations, {"CD8 T cells": "reduced"}
    assert paired.own_directions(["CD8+ T cells"], own, aliases=aliases) == {"CD8+ T cells": "reduced"}
    with pytest.raises(InputError, match=r"populations of the data \(CD8\+ T cells\); got CD8 T cells"):
        paired.own_directions(["CD8+ T cells"], own)  # without a programme names match by themselves
    with pytest.raises(InputError, match=r"populations of the data \(B cells\); got NK cells"):
        paired.own_directions(["B cells"], {"NK cells": "reduced"}, aliases=aliases)


def test_without_a_programme_nothing_is_expected(reference):
    cells_8 = read_populations(reference / "pairs_8.csv")
    table = shifts_of(cells_8).frame
    assert set(table["expected"]) == {"none"}
    assert set(table["verdict"]) == {"not comparable"}
    assert "no expected direction" in table["why"].iloc[0]
    assert set(denominators_of(cells_8).frame["verdict"]) == {"not comparable"}


def test_sign_concordance_is_an_exact_binomial_with_its_caveat():
    shifts = dict.fromkeys(["a", "b", "c", "d", "e", "f"], -1.0) | {"g": 0.0, "h": math.nan}
    signs = paired.compare_signs(shifts, dict.fromkeys([*"abcdefgh"], "reduced"))
    assert (signs.n_concordant, signs.n_populations, signs.p_value) == (6, 6, 2 / 64)
    assert "correlated" in signs.caveat
    assert signs.caveat.endswith("nothing more than direction is given.")
    assert paired.compare_signs({}, {}, known="published").caveat.endswith("direction is published.")


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
    result = denominators_of(cells(rows, columns))
    reading = result.frame.drop_duplicates("population").set_index("population")["reading"]
    assert "only because MDSC fall" in reading["CD8+ T cells"]
    assert reading["MDSC"].startswith("falls under all 4")
    assert set(result.frame["denominator"]) == {
        "parent",
        "parent, without pairs below LLOQ",
        "CD45",
        "CLR",
        "absolute",
    }
    assert "n_concordant" in result.frame
    assert result.signs is None
    signed = denominators_of(cells(rows, columns), expected={"MDSC": "reduced"}).frame.iloc[-1]
    assert (signed["verdict"], signed["quality"]) == ("1 of 1 as expected", "caution")


def test_one_density_for_a_whole_sample_is_shared_out():
    rows = []
    for i in range(6):
        for timepoint, density in (("pre", 100.0), ("post", 50.0)):
            rows += [
                (f"S{i}", timepoint, n, k, 1000, 1000, density)
                for n, k in (("X", 300), ("Y", 200 + i), ("Z", 100))
            ]
    columns = ("subject", "timepoint", "population", "count", "parent_count", "cd45_count", "cells_per_mg")
    table = denominators_of(cells(rows, columns)).frame
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
    table = denominators_of(cells(rows, columns)).frame
    clr = table[table["denominator"] == "CLR"].set_index("population")["shift"]
    gain = math.log(200.5 / 100.5)
    assert list(clr[["X", "Y"]]) == pytest.approx([gain * 2 / 3, -gain / 3])


def test_what_cannot_be_computed_is_named(reference):
    result = denominators_of(read_populations(reference / "pairs_8.csv"))
    assert result.missing["absolute"] == "needs the column cells_per_mg"
    assert "cd45_count" in result.missing["CD45"]
    t_row = result.frame.query("method == 't interval'").iloc[0]
    assert t_row["shift"] == pytest.approx(0.657630, abs=1e-6)  # mean of the eight differences


def test_cohorts_are_adjusted_for_and_tested_as_anova():
    data = simulated(5, 12, {"X": 0.5})
    data["group"] = data["subject"].str[1:].astype(int).mod(3).map({0: "12 days", 1: "35 days", 2: "21 days"})
    shifts = shifts_of(data)
    pairs, groups = shifts.pairs, paired.compare_groups(shifts).frame
    parts = [g["difference"] for _, g in pairs.groupby("group")]
    adjusted = groups[groups["group"] == "adjusted"].iloc[0]
    assert adjusted["p_groups"] == pytest.approx(stats.f_oneway(*parts).pvalue)
    assert adjusted["shift"] == pytest.approx(np.mean([p.mean() for p in parts]))
    assert list(groups["group"]) == ["12 days", "21 days", "35 days", "adjusted"]
    assert paired.compare_groups(shifts_of(data.drop(columns="group"))).frame.empty


def test_the_mixed_model_of_two_complete_time_points_is_the_paired_t():
    data = simulated(6, 10, {"X": 0.5})
    d = shifts_of(data).pairs["difference"].to_numpy()
    assert paired.fit_time_course(data).frame.empty  # of one later time point the paired shifts say more
    course = paired.fit_time_course(data, least_later=1).frame.iloc[0]
    half = stats.t.isf(0.025, 9) * d.std(ddof=1) / math.sqrt(10)
    assert (course["shift"], course["low"], course["high"]) == pytest.approx(
        (d.mean(), d.mean() - half, d.mean() + half), abs=1e-4
    )


def test_three_time_points_keep_subjects_with_gaps():
    data = simulated(7, 10, {"X": 0.5}, timepoints=("pre", "post", "late"))
    data = data[~((data["subject"] == "S0") & (data["timepoint"] == "late"))]
    course = paired.fit_time_course(data).frame.set_index("timepoint")
    assert course.loc["late", "n_samples"] == 9
    assert course.loc["late", "shift"] > course.loc["post", "shift"] > 0
    few = paired.fit_time_course(data[data["subject"].isin(["S1", "S2"])])
    assert set(few["status"]) == {"too_few"}


def test_the_example_study_moves_as_its_documented_truth():
    from pathlib import Path

    folder = Path(__file__).resolve().parents[3] / "data" / "example"
    truth = pd.read_csv(folder / "populations_truth.csv").set_index("population")["mean_change"]
    table = shifts_of(read_populations(folder / "populations.csv")).frame.set_index("population")
    for name in ("Naïve CD4+ T cells", "Exhausted T cells", "Peripheral MDSCs"):
        assert table.loc[name, "shift_low"] < truth[name] < table.loc[name, "shift_high"]
    assert table.loc["Regulatory T cells", "n_excluded"] == 2


def test_quality_says_what_a_reader_must_know_of_each_row():
    found = shifts_of(incomplete())
    assert found["quality"].tolist() == ["caution"]
    assert found["reasons"].iloc[0].split("; ") == [
        "one count below 50 events in 1 of 2 pairs",
        "no 95 % interval from 2 pairs",
        "2 of 2 pairs moved, least p 0.5",
    ]
    assert shifts_of(simulated(3, 8, {"X": 0.5}))[["quality", "reasons"]].values.tolist() == [["pass", ""]]
    lone = shifts_of(cells([("A", "pre", "X", 100, 1000), ("B", "post", "X", 200, 1000)]))
    assert lone["quality"].tolist() == ["not judged"]
    assert lone["reasons"].tolist() == ["no pair is used: no sample at post (1), no sample at pre (1)"]


def test_a_limit_of_ones_own_is_named_in_the_reason():
    data = cells([(s, t, "X", n, 1000) for s in "ABCDEF" for t, n in (("pre", 60 + ord(s)), ("post", 200))])
    assert (
        shifts_of(data, min_events=129)["reasons"]
        .iloc[0]
        .startswith("one count below 129 events in 4 of 6 pairs")
    )


def test_results_carry_what_they_were_made_by():
    data = simulated(3, 8, {"X": 0.5}, timepoints=("0", "21"))
    found = shifts_of(data, baseline="0", followup="21", confidence=0.9, expected={"X": "increased"})
    assert found.confidence == 0.9
    assert {**found.settings} == {
        "baseline": "0",
        "followup": "21",
        "min_events": 50,
        "percent_offset": 0.01,
        "denominator": "parent",
        "confidence": 0.9,
        "method": "Hodges–Lehmann",
        "expected": "given",
    }
    assert paired.compare_denominators(data, found).settings == found.settings
    assert paired.compare_groups(found).confidence == 0.9


def test_whose_directions_they_are_travels_with_them():
    names = ["CD8+ T cells", "CD8+ T cells", "B cells"]
    published = paired.find_directions(names, published={"CD8+ T cells": "increased"})
    assert (dict(published), published.whose, len(published)) == (
        {"CD8+ T cells": "increased"},
        "published",
        1,
    )
    own = paired.find_directions(names, published={"CD8+ T cells": "increased"}, own={"B cells": "reduced"})
    assert (dict(own), own.whose) == ({"B cells": "reduced"}, "given")
    with pytest.raises(InputError, match=r"\(CD8\+ T cells, B cells\); got Tregs"):
        paired.find_directions(names, published={}, own={"Tregs": "reduced"})
    data = simulated(3, 8, {"CD8+ T cells": 0.5})
    assert shifts_of(data, expected=published).settings["expected"] == "published"
    assert (
        shifts_of(data, expected=paired.find_directions(names, published={})).settings["expected"] == "none"
    )


def test_pairs_at_the_end_of_a_cell_name_no_subject():
    data = simulated(3, 8, {"X": 0.5}).replace({"subject": {"S3": "QZXSECRET"}})
    pairs = paired.pair_populations(data)
    assert "QZXSECRET" in set(pairs["subject"])
    assert "QZXSECRET" not in repr(pairs) + pairs._repr_html_()
    assert pairs.by_population().frame.to_dict("records") == [
        {"population": "X", "n_pairs": 8, "n_used": 8, "n_below_lloq": 0, "left_out": ""}
    ]
    left_out = paired.pair_populations(incomplete()).by_population()["left_out"].iloc[0].split("; ")
    assert set(left_out) == {
        "no sample at post (1)",
        "no count at pre (1)",
        "fewer than 50 events at both time points (1)",
        "parent count is 0 at pre (1)",
    }


def test_shares_of_all_leukocytes_come_with_the_pairs_where_they_were_counted():
    rows = [(f"S{i}", t, "X", n + i, 400, 1000) for i in range(6) for t, n in (("pre", 100), ("post", 150))]
    columns = ("subject", "timepoint", "population", "count", "parent_count", "cd45_count")
    found = shifts_of(cells(rows, columns))
    assert found.cd45 is not None
    assert (found.cd45["denominator"].iloc[0], found.cd45.cd45) == ("CD45", None)
    assert found.cd45["followup_median_percent"].iloc[0] == pytest.approx(15.25)
    assert shifts_of(cells([(*row[:5], None) for row in rows], columns)).cd45 is None


def test_a_course_that_cannot_be_fitted_is_not_judged():
    data = simulated(7, 3, {"X": 0.5}, timepoints=("pre", "post", "late"))
    course = paired.fit_time_course(data)
    assert course["quality"].tolist() == ["not judged"] * 2
    assert (
        course["reasons"].tolist()
        == ["needs 4 subjects and the baseline; use the paired shifts".replace("; ", ", ")] * 2
    )
