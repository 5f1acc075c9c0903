"""One patient's page: the sum of diameters over time with its limits, and what each visit was called."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lib.units import DAYS_PER_MONTH
from reports.figures.style import FAIL, OURS, PASS, PLATE, SOFT, one_panel, themed

PROFILE = (PLATE[0] + 2.9, 2.6)


@themed
def plot_profile(
    visits: pd.DataFrame,
    responses: pd.DataFrame,
    *,
    title: str,
    unit_days: float = DAYS_PER_MONTH,
    ax: Axes | None = None,
) -> Figure | Axes:
    """Sum of diameters of one patient, with the limits of response and progression and the overall responses.

    Parameters
    ----------
    visits : DataFrame
        One patient and reader: ``day, sum_mm, baseline_mm, nadir_mm``, baseline included.
    responses : DataFrame
        One patient and reader: ``day, overall_response``; written over the visits.
    title : str
        Names the patient as the report may name him.
    unit_days : float
        Days in a unit of the axis.
    ax : Axes, optional
        Drawn on, and returned, in place of a figure of its own.
    """
    axes = one_panel(ax, *PROFILE)
    known = visits.dropna(subset=["sum_mm"]).sort_values("day")
    time = known.day.to_numpy(float) / unit_days
    axes.plot(time, known.sum_mm, "-o", color=OURS, ms=3.5, zorder=3)
    baseline = known.baseline_mm.dropna().head(1)
    nadir = known.sum_mm.cummin().shift()
    limit = np.maximum(1.2 * nadir, nadir + 5)
    axes.step(time, limit, where="mid", color=FAIL, lw=1.0, label="progression: nadir + 20 % and 5 mm")
    for value in baseline:
        axes.axhline(0.7 * value, color=PASS, lw=1.0, label="response: baseline − 30 %")
    top = max(float(known.sum_mm.max()), float(limit.max()) if limit.notna().any() else 0.0, 1.0)
    axes.set_ylim(0, 1.28 * top)
    for i, row in enumerate(responses.sort_values("day").itertuples()):
        axes.text(
            row.day / unit_days,
            1.2 * top - 0.1 * top * (i % 2),
            row.overall_response,
            ha="center",
            va="center",
            fontsize=7,
            color=SOFT,
        )
    axes.set(xlabel="Time, months", ylabel="Sum of diameters, mm", title=title)
    axes.legend(loc="lower left", fontsize=6.5)
    return axes
