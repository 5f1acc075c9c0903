"""The look belongs to our figures: it neither leaks into a user's nor gets lost when ours are drawn later."""

from __future__ import annotations

import io

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
import seaborn as sns
from matplotlib.colors import BoundaryNorm, to_rgb
from seaborn.utils import relative_luminance

from reports.figures.heat import MOST_CELLS, draw_heat
from reports.figures.slopes import plot_slopes
from reports.figures.style import SOFT, diverging_steps, one_panel, theme

PAIRS = pd.DataFrame({"baseline": [1, 2.0], "followup": [2, 3.0]})


def test_a_figure_leaves_the_users_style_alone() -> None:
    with mpl.rc_context({"font.size": 17.0, "lines.linewidth": 5.0}):
        before = dict(mpl.rcParams)
        plot_slopes(PAIRS, "x", label="x").savefig(io.BytesIO())
        assert dict(mpl.rcParams) == before


def test_ours_keeps_its_look_whenever_it_is_drawn() -> None:
    figure = plot_slopes(PAIRS, "x", label="x")
    with mpl.rc_context({"xtick.labelsize": 30, "ytick.labelsize": 30, "ytick.labelcolor": "red"}):
        figure.get_layout_engine().execute(figure)
        figure.savefig(io.BytesIO(), format="svg")
    sizes = {
        t.get_fontsize()
        for axis in (figure.axes[0].xaxis, figure.axes[0].yaxis)
        for t in axis.get_ticklabels()
    }
    assert sizes == {8.5}
    assert {t.get_color() for t in figure.axes[0].yaxis.get_ticklabels()} == {SOFT}


def test_the_same_picture_twice_is_the_same_file() -> None:
    files = []
    for _ in range(2):
        buffer = io.StringIO()
        plot_slopes(PAIRS, "x", label="x").savefig(buffer, format="svg", metadata={"Date": None})
        files.append(buffer.getvalue())
    assert files[0] == files[1]
    assert "<text" in files[0]


def test_seaborn_draws_in_the_look_within_the_theme() -> None:
    axes = one_panel(None)
    with theme():
        sns.lineplot(x=[1, 2], y=[1, 2], ax=axes)
    assert axes.lines[0].get_linewidth() == 1.6
    assert axes.lines[0].get_color().upper() == "#0072B2"


@pytest.mark.parametrize("gap", [False, True])
def test_words_of_a_heat_map_stand_out_from_their_cells(gap: bool) -> None:
    values = np.linspace(-1, 1, 14).reshape(2, 7)
    if gap:
        values[0, 3] = np.nan
    axes = one_panel(None)
    axes.text(0, 0, "of the caller", color="red")
    steps = BoundaryNorm(np.linspace(-1.01, 1.01, 8), 7)
    draw_heat(axes, pd.DataFrame(values), annot=True, fmt=".2f", cmap=diverging_steps(), norm=steps)
    words = axes.texts[1:]
    assert len(words) == 14 - gap
    for word in words:
        cell = diverging_steps()(steps(float(word.get_text().replace("−", "-"))))
        light, dark = sorted((relative_luminance(cell), relative_luminance(to_rgb(word.get_color()))))[::-1]
        assert (light + 0.05) / (dark + 0.05) >= 4.5
    assert axes.texts[0].get_color() == "red"


def test_many_cells_are_one_picture() -> None:
    for n, one_picture in ((MOST_CELLS, False), (MOST_CELLS + 1, True)):
        axes = one_panel(None)
        draw_heat(axes, np.zeros((1, n)), xticklabels=False, yticklabels=False)
        assert bool(axes.collections[0].get_rasterized()) is one_picture
