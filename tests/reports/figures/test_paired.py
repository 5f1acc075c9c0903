"""Figures of paired shifts show what the tables say."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lib import paired
from lib.paired.measurements import pair_measurements
from lib.programme import load_programme
from lib.tables.populations import read_populations
from reports.figures import paired as plots
from reports.figures.slopes import plot_slopes
from tests.core.paired.test_measurements import frame_of
from tests.core.paired.test_zeros import RISES, percents, tied
from tests.makers.paired import denominators_of, shifts_of

EXAMPLE = Path(__file__).resolve().parents[3] / "data" / "example" / "populations.csv"


@pytest.fixture(scope="module")
def shifts():
    cells, programme = read_populations(EXAMPLE), load_programme()
    names = list(dict.fromkeys(cells["population"]))
    expected = paired.expected_directions(names, programme.directions, aliases=programme.populations)
    return shifts_of(cells, expected=expected)


def texts(figure):
    return [
        t.get_text() for axes in figure.axes for t in (*axes.texts, *axes.get_yticklabels(), axes.xaxis.label)
    ]


def panel(shifts, name):
    row = shifts.frame.set_index("population", drop=False).loc[name]
    pairs = shifts.pairs[shifts.pairs["population"] == name]
    return plots.plot_pairs(shifts, name), pairs, row


def test_a_slope_for_every_pair_used_and_its_number_in_words(shifts):
    figure, pairs, row = panel(shifts, "Regulatory T cells")
    slopes = [
        line for line in figure.axes[0].lines if line.get_linestyle() == "-" and len(line.get_xdata()) == 2
    ]
    assert len(slopes) == pairs["used"].sum() + 1  # and the medians
    assert figure.axes[0].get_xlabel().startswith(f"n = {row['n_pairs']} pairs")


def test_ends_below_lloq_are_hollow_and_excluded_pairs_crosses(shifts):
    figure, pairs, _ = panel(shifts, "Naïve CD4+ T cells")
    ends = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
    hollow = [x for line in ends if line.get_markerfacecolor() == "white" for x in line.get_xdata()]
    below = pairs.loc[pairs["used"], "below_lloq"]
    assert len(hollow) == (below != "none").sum() > 0
    assert sum(len(line.get_xdata()) for line in ends) == 2 * len(below)
    crosses = [line for line in figure.axes[0].lines if line.get_marker() == "x"]
    assert len(crosses) == (~pairs["used"]).sum()


def test_the_forest_has_a_row_a_population_with_its_expected_direction(shifts):
    (axes,) = plots.plot_shifts(shifts).axes
    written = [t.get_text() for t in axes.texts]
    n = len(shifts)
    assert written[:n] == list(shifts["population"])
    pairs, beside, ratios = (written[k + 1 : k + 1 + n] for k in (n, 2 * n + 1, 3 * n + 2))
    assert pairs == [str(pairs) for pairs in shifts["n_pairs"]]
    assert beside[:2] == ["→ increased: agrees", "no direction: not comparable"]
    assert ratios[0] == "1.44 (1.06–1.96)"
    discs = [line.get_xdata()[0] for line in axes.lines if line.get_marker() == "o"]
    assert np.log(discs) == pytest.approx(list(shifts.frame["shift_logit"]))


def test_the_volcano_names_every_population_and_the_limit(shifts):
    shown = " ".join(texts(plots.plot_volcano(shifts)))
    assert all(name in shown for name in shifts.frame["population"])
    assert "smallest p that 11 pairs can reach: 0.00098" in shown


def test_without_an_interval_the_mark_is_hollow_and_without_pairs_a_word():
    cells = read_populations(EXAMPLE)
    five = shifts_of(cells[cells["subject"].isin(["P01", "P02", "P03", "P04", "P06"])])
    marks = [line for line in plots.plot_shifts(five).axes[0].lines if line.get_marker() == "o"]
    assert {line.get_markerfacecolor() for line in marks} == {"white"}
    none = dict.fromkeys(("odds_ratio", "odds_ratio_low", "odds_ratio_high"), np.nan)
    empty = replace(five, frame=five.frame.assign(**none))
    assert "no pairs" in texts(plots.plot_shifts(empty))


def test_denominators_share_their_rows():
    result = denominators_of(read_populations(EXAMPLE))
    figure = plots.plot_denominators(result)
    assert [axes.get_title(loc="left") for axes in figure.axes] == [
        "% of parent",
        "% of CD45",
        "centred log-ratio",
        "cells per mg",
    ]


def test_the_volcano_names_the_pairs_of_the_row_with_the_limit():
    figure = plots.plot_volcano(shifts_of(tied()))
    texts = [t.get_text() for t in figure.axes[0].texts]
    assert any(t.startswith("smallest p that 7 pairs can reach") for t in texts)


def test_figures_draw_a_bound_as_a_bound_and_zero_as_zero():
    shifts = shifts_of(percents(X=([0] * 8, RISES), Y=(RISES, RISES[::-1])))
    (forest,) = plots.plot_shifts(shifts).axes
    (bound,) = [line for line in forest.lines if line.get_marker() == ">"]
    assert bound.get_markerfacecolor() == "white"
    assert list(bound.get_xdata()) == [shifts["odds_ratio"][0]]
    assert "> 1.00" in [t.get_text() for t in forest.texts]
    volcano = plots.plot_volcano(shifts)
    assert "not drawn, a bound only: X" in volcano.axes[0].get_xlabel()
    slopes = plots.plot_pairs(shifts, "X")
    slopes.canvas.draw()
    labels = [t.get_text() for t in slopes.axes[0].get_yticklabels()]
    assert labels[0] == "0"
    assert "0.01" not in labels
    assert slopes.axes[0].get_xlabel().endswith("absent at baseline")


def test_incomplete_pairs_of_measurements_are_drawn_alone():
    frame = frame_of([1, 2, 3, 4, 5, 6.0], [2, 3, 4, 5, 6, np.nan])
    (axes,) = plot_slopes(pair_measurements(frame, "x"), "x", label="x").axes
    assert axes.get_title().startswith("x, 5 pairs") or axes.get_title(loc="left").startswith("x, 5 pairs")
