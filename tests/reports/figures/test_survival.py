"""What the survival, forest and response figures show, read back from their artists."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from lib import survival
from reports.figures.forest import ForestRow, plot_forest
from reports.figures.response import plot_response_rates, plot_spider, plot_swimmer, plot_waterfall
from reports.figures.survival import (
    plot_kaplan_meier,
    plot_log_log,
)

NAN = float("nan")


@pytest.fixture
def curves():
    time, event = [5, 8, 12, 20, 3, 4, 9, 10], [1, 1, 1, 0, 1, 1, 0, 0]
    return survival.fit_by_group(time, event, ["a"] * 4 + ["b"] * 4, conf_type="log-log")


def texts(figure: Figure) -> list[str]:
    figure.canvas.draw()
    return [t.get_text() for axes in figure.axes for t in axes.texts]


def test_risk_table_and_labels(curves):
    figure = plot_kaplan_meier(curves, xlabel="days")
    written = texts(figure)
    assert {"a", "b", "At risk"} <= set(written)
    ticks = figure.axes[0].get_xticks()
    assert (len(ticks), ticks[0]) == (7, 0)
    counts = [sum(t >= at for t in times) for times in ([5, 8, 12, 20], [3, 4, 9, 10]) for at in ticks]
    assert [t for t in written if t.isdigit()] == [str(n) for n in counts]
    assert any(t.startswith("median 10.0 (") for t in written)
    assert figure.axes[0].get_xlabel() == "Time, days"


def test_days_are_drawn_in_months():
    curve = survival.fit_kaplan_meier([30.4375, 60.875], [1, 0])
    figure = plot_kaplan_meier({"all": curve}, per_unit=30.4375)
    step = figure.axes[0].lines[0].get_xdata()
    assert list(step) == [0, 1, 2]
    assert [t for t in texts(figure) if "median" in t] == ["median 1.50 (1.00 to not reached)"]


def test_band_is_closed_before_the_first_event(curves):
    figure = plot_kaplan_meier(curves)
    for band in figure.axes[0].collections:
        assert np.isfinite(band.get_paths()[0].vertices).all()


def test_not_reached_is_written():
    figure = plot_kaplan_meier({"all": survival.fit_kaplan_meier([1, 2, 3], [1, 0, 0])})
    assert any("not reached" in t for t in texts(figure))


def test_labels_keep_apart():
    same = survival.fit_by_group([1, 2] * 3, [1, 0] * 3, np.repeat(["a", "b", "c"], 2))
    figure = plot_kaplan_meier(same)
    figure.canvas.draw()
    names = [t for t in figure.axes[0].texts if "median" not in t.get_text()]
    assert len(names) == 3
    assert np.diff(sorted(t.get_position()[1] for t in names)).min() > 0.1


def test_empty_and_degenerate_curves_still_draw(curves):
    empty = survival.fit_kaplan_meier([], [])
    assert texts(plot_kaplan_meier({"none": empty}))
    texts(plot_kaplan_meier({}))
    texts(plot_log_log({"none": empty, **curves}))


def test_forest_shows_published_limits_and_words():
    rows = [
        ForestRow("first", 2.0, 1.0, NAN, published=2.5, group="lines", columns=("12",)),
        ForestRow("second", 30.0, qualifier=">", group="lines", columns=("3",)),
        ForestRow("third", NAN, note="no data", columns=("0",)),
    ]
    figure = plot_forest(rows, xlabel="IC50, µM", log=True, columns=("n",), estimate_column="IC50")
    written = texts(figure)
    assert {"lines", "first", "second", "third", "12", "> 30.0", "2.00 (1.00 to no upper bound)"} <= set(
        written
    )
    assert written.count("no data") == 2
    markers = [line.get_marker() for line in figure.axes[0].lines]
    assert {"D", "o", ">"} <= set(markers)
    assert texts(plot_forest([], xlabel="nothing")) == []


def test_a_bound_that_a_ratio_axis_cannot_hold_is_an_arrow():
    figure = plot_forest([ForestRow("a", 1.0, 0.0, 2.0)], xlabel="ratio", log=True)
    left, _ = figure.axes[0].get_xlim()
    arrows = [line for line in figure.axes[0].lines if line.get_marker() == "<"]
    assert [list(a.get_xdata()) for a in arrows] == [[left]]


def test_waterfall_counts_who_has_no_measurement():
    best = pd.DataFrame(
        {
            "best_change_percent": [-100, 150, 0, NAN],
            "confirmed_best_response": ["CR", "PD", "SD", "NE"],
            "group": ["a", "b", "a", "b"],
        }
    )
    figure = plot_waterfall(best)
    axes = figure.axes[0]
    assert axes.get_xlabel() == "3 patients with a measurement after baseline; 1 without"
    assert [bar.get_height() for bar in axes.patches[:3]] == [100, 0, -100]
    assert {"+20 %", "−30 %", "150", "a", "b"} <= set(texts(figure))


def test_rates_carry_counts_and_published_diamonds():
    rates = pd.DataFrame(
        [("ORR", "mutant", 25, 57, 25 / 57, 0.31, 0.58), ("ORR", "wild", 0, 0, NAN, NAN, NAN)],
        columns=["endpoint", "group", "responders", "n", "rate", "rate_low", "rate_high"],
    )
    figure = plot_response_rates(rates, published={("ORR", "mutant"): 0.44})
    assert {"44 %\n25/57", "no subjects"} <= set(texts(figure))
    diamonds = [line for line in figure.axes[0].lines if line.get_marker() == "D"]
    assert [line.get_ydata()[0] for line in diamonds] == [44]


def test_swimmer_and_spider_keep_subjects_out_unless_asked():
    courses = pd.DataFrame(
        {
            "subject": ["S-1", "S-2"],
            "group": ["a", "b"],
            "end_day": [300, 100],
            "response_day": [60, NAN],
            "progression_day": [NAN, 90],
            "best_response": ["PR", "PD"],
            "ongoing": [True, False],
        }
    )
    assert plot_swimmer(courses).axes[0].get_yticklabels() == []
    shown = [t.get_text() for t in plot_swimmer(courses, labels=True).axes[0].get_yticklabels()]
    assert shown == ["S-1", "S-2"]
    visits = pd.DataFrame({"subject": ["S-1"] * 2, "day": [50, 100], "change_percent": [-20, 130]})
    figure = plot_spider(visits)
    assert "growth beyond 100 % is drawn at 100 %" in texts(figure)
    assert not [t for t in texts(figure) if "S-1" in t]
