"""Heat maps of few cells, whose colours and numbers a dark page can turn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from numpy.typing import NDArray
from seaborn.utils import relative_luminance

from reports.figures.style import INK

MOST_CELLS = 400
"""Above, cells are drawn as one picture: each would add to the weight of the page."""
LIGHT = 0.21
"""Relative luminance at which dark and white words stand out alike."""


def draw_heat(axes: Axes, values: pd.DataFrame | NDArray[np.float64], **options: Any) -> None:
    """Cells in colour, the first row on top; missing ones are left free.

    Parameters
    ----------
    values : DataFrame, or array of shape (n_rows, n_columns)
        The names of a frame become the ticks.
    options
        Of `seaborn.heatmap`; with ``annot`` the numbers stand in the cells, dark or white.
    """
    before = len(axes.texts)
    sns.heatmap(values, ax=axes, cbar=False, rasterized=values.size > MOST_CELLS, **options)
    axes.grid(False)
    if words := axes.texts[before:]:
        cells = np.asarray(axes.collections[-1].get_facecolor())
        colours = cells[~np.isnan(np.asarray(values, dtype=float)).ravel()]
        for word, colour in zip(words, colours, strict=True):
            word.set_color(INK if relative_luminance(colour) > LIGHT else "white")
