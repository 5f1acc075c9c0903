"""Figures of dose-response reports: what each mark stands for, and that nothing is drawn that is not
there."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from lib.dose_response import DrawnCurve, average_experiments, draw_curves, fit_curves
from lib.dose_response.answers import answer_fits, choose_answers
from lib.dose_response.outliers import drop_outliers, flag_outliers
from reports.figures.dose_response import BEYOND, MOST_NAMES, plot_curve, plot_overview, plot_ranked
from reports.figures.style import FLAG
from tests.core.dose_response.test_answers import CUT, a_screen, flat, means, study

DOSES = np.repeat(np.geomspace(0.01, 30, 8), 3)


def screen(n_compounds: int, n_lines: int, *, seed: int = 1, sd: float = 0.04) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    parts = []
    for c in range(n_compounds):
        for n in range(n_lines):
            ic50, bottom = 10 ** (rng.uniform(-3, 2.5)), rng.choice([0.1, 0.9])
            viability = (
                bottom + (1 - bottom) / (1 + (DOSES / ic50) ** 1.2) + rng.normal(scale=sd, size=len(DOSES))
            )
            parts.append(
                pd.DataFrame(
                    {
                        "compound": f"c{c:03d}",
                        "cell_line": f"l{n:03d}",
                        "concentration_uM": DOSES,
                        "viability": viability,
                    }
                )
            )
    extra = {"experiment": "1", "plate": "1", "well": None, "role": "sample", "exclude": ""}
    return pd.concat(parts, ignore_index=True).assign(**extra)


def one_curve(**cells: object) -> pd.DataFrame:
    wells = screen(1, 1)
    wells["viability"] = (
        0.1 + 0.9 / (1 + DOSES / 1.0) + np.random.default_rng(2).normal(scale=0.03, size=len(DOSES))
    )
    for row, value in cells.items():
        wells.loc[int(row[1:]), "viability"] = value
    return wells


def diamonds(figure: Figure) -> np.ndarray:
    lines = [line for line in figure.axes[0].lines if line.get_marker() == "D"]
    return np.vstack([line.get_xydata() for line in lines]) if lines else np.empty((0, 2))


@pytest.mark.parametrize("drop", [False, True])
def test_flagged_wells_stand_at_their_own_value(drop: bool) -> None:
    wells = one_curve(r7=1.9)
    outliers = flag_outliers(wells, drop=drop)
    assert list(outliers.index) == [7]
    shown = drop_outliers(wells, outliers)
    (curve,) = draw_curves(shown, fit_curves(shown), flagged=outliers.index)
    figure = plot_curve(curve)
    assert diamonds(figure) == pytest.approx(np.array([[DOSES[7], 1.9]]))
    crosses = [line for line in figure.axes[0].lines if line.get_marker() == "x"]
    assert bool(crosses) is drop
    assert figure.axes[0].get_ylim()[1] > 1.9
    (mark,) = [line for line in figure.axes[0].lines if line.get_marker() == "D"]
    assert to_hex(mark.get_markeredgecolor()) == FLAG
    assert mark.get_markerfacecolor() == "none"


def test_no_flags_no_diamonds() -> None:
    wells = one_curve()
    (curve,) = draw_curves(wells, fit_curves(wells))
    assert curve.flagged.empty
    assert len(diamonds(plot_curve(curve))) == 0


def test_the_curve_of_one_experiment_is_that_of_the_table() -> None:
    wells = one_curve()
    fit = fit_curves(wells).frame.iloc[0]
    (curve,) = draw_curves(wells, fit_curves(wells))
    for name in ("ic50_uM", "ic50_low_uM", "ic50_high_uM", "rss"):
        assert curve.fit[name] == pytest.approx(fit[name], rel=1e-9)
    assert len(curve.points) == 8
    label = plot_curve(curve, average_experiments(fit_curves(wells)).iloc[0]).axes[0].texts[0].get_text()
    assert label.startswith(f"IC50 {fit['ic50_uM']:.3g}"[:8])


def test_band_of_a_curve_covers_the_truth() -> None:
    truth, covered = 0.1 + 0.9 / (1 + np.geomspace(0.01, 30, 120)), []
    for seed in range(40):
        wells = screen(1, 1, seed=seed)
        noise = np.random.default_rng([seed, 5]).normal(scale=0.05, size=len(DOSES))
        wells["viability"] = 0.1 + 0.9 / (1 + DOSES) + noise
        (curve,) = draw_curves(wells, fit_curves(wells))
        covered.append(((curve.low <= truth) & (truth <= curve.high)).mean())
    # pointwise 95 %; Monte-Carlo error 0.03, wells of one curve being tied
    assert 0.88 < float(np.mean(covered)) < 0.99


def test_an_open_side_runs_to_the_end_of_the_range_and_points_on() -> None:
    wells = one_curve()
    (curve,) = draw_curves(wells, fit_curves(wells))
    fit = curve.fit.copy()
    fit["ic50_high_uM"] = np.nan
    opened = DrawnCurve(
        curve.compound,
        curve.cell_line,
        curve.concentration_uM,
        curve.response,
        curve.low,
        curve.high,
        curve.points,
        curve.excluded,
        fit,
    )
    axes = plot_curve(opened).axes[0]
    (mark,) = [line for line in axes.lines if line.get_marker() == ">"]
    assert mark.get_xdata()[0] == curve.concentration_uM[-1]
    assert "unbounded" in axes.texts[0].get_text()


def test_heat_map_keeps_cells_beyond_the_range_apart() -> None:
    frame = fit_curves(screen(70, 4)).frame
    figure = plot_overview(frame)
    values, beyond = (np.ma.getdata(image.get_array()).astype(float) for image in figure.axes[0].images)
    masks = [
        ~np.isnan(a) & ~np.ma.getmaskarray(i.get_array())
        for a, i in zip((values, beyond), figure.axes[0].images, strict=True)
    ]
    assert not (masks[0] & masks[1]).any()
    assert masks[0].sum() == (frame["ic50_qualifier"] == "=").sum()
    legend = [text.get_text() for text in figure.legends[0].texts]
    n_none, n_above = (frame["status"] == "no_effect").sum(), (frame["ic50_qualifier"] == ">").sum()
    assert f"{BEYOND[1][0]}: {n_none:,}" in legend
    assert f"{BEYOND[0][0]}: {n_above - n_none:,}" in legend or n_above == n_none
    axes = figure.axes[0]
    assert len(axes.get_yticks()) == 35 <= MOST_NAMES
    assert axes.get_ylabel() == "70 compounds, one in 2 named"
    assert axes.get_xlabel() == "4 cell lines"


def test_colour_bar_is_in_micromolar() -> None:
    figure = plot_overview(fit_curves(screen(3, 3, seed=4)).frame)
    figure.draw_without_rendering()
    labels = [t.get_text() for t in figure.axes[1].get_yticklabels() if t.get_text()]
    assert set(labels) & {"0.01", "0.1", "1", "10"}
    assert figure.axes[1].get_ylabel().startswith("IC50, µM")


def test_ranked_counts_what_lies_beyond() -> None:
    frame = fit_curves(screen(40, 2)).frame
    notes = [t.get_text() for t in plot_ranked(frame).axes[0].texts]
    assert f"{(frame['ic50_qualifier'] == '>').sum()} above range or no effect" in notes


def test_the_panel_says_which_ic50_it_marks() -> None:
    fits = study({("x", "a"): [CUT], ("x", "b"): [flat(0.5)]})
    rng = np.random.default_rng(3)
    wells = pd.concat(
        [
            pd.DataFrame(
                {
                    "compound": "x",
                    "cell_line": n,
                    "experiment": "1",
                    "concentration_uM": DOSES,
                    "viability": y + 0.02 * rng.normal(size=24),
                }
            )
            for n, y in (("a", CUT), ("b", flat(0.5)))
        ]
    )
    answers = choose_answers(*means(fits))
    labels = [
        plot_curve(curve, row).axes[0].texts[0].get_text()
        for curve, (_, row) in zip(draw_curves(wells, fits, answers), answers.iterrows(), strict=True)
    ]
    assert labels[0].startswith("absolute IC50 ")
    assert labels[1] == "IC50 cannot be told"


def test_ranked_counts_what_cannot_be_told() -> None:
    drawn = answer_fits(a_screen())
    assert plot_ranked(drawn).axes[0].get_xlabel() == "curves, most sensitive first; 1 cannot be told"
