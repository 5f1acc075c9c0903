"""What is shown where it was asked for or can be: stimulation at low doses, and growth rates."""

from __future__ import annotations

from typing import cast

import pandas as pd
from matplotlib.figure import Figure as Drawing

from lib.dose_response import CurveFits
from lib.dose_response.growth import GrowthMetrics
from lib.dose_response.hormesis import Hormesis
from lib.dose_response.wells import KEYS, select_wells
from reports.fields import Bounds, Column, words
from reports.figures.dose_response import plot_hormesis
from reports.present.ic50.rows import LONG, name_qualities
from reports.shown import Panels, Shown, Table
from reports.wording import count, fixed

MOST_DRAWN = 12
Case = tuple[pd.Series, pd.Series, pd.DataFrame]


def growth(found: GrowthMetrics) -> Table | None:
    """Growth-rate metrics; None without time-zero wells."""
    if not len(found):
        return None
    note = "Growth-rate inhibition after Hafner 2016; here the upper plateau is free, not fixed at 1."
    n = found.frame["gr50_qualifier"].eq("=").sum()
    caption = (
        f"**Growth-rate metrics** from time-zero wells: {n} of {count(len(found), 'curve')} with a GR50."
    )
    return Table("gr_metrics", found.frame, caption, note=note)


def hormesis(found: Hormesis, fits: CurveFits, wells: pd.DataFrame) -> list[Shown] | None:
    """Brain–Cousens against the monotone curve, and the curves with stimulation; None where it was not asked
    for."""
    if not found.settings["asked"]:
        return None
    told = _say_hormesis(found.frame)
    shown, note = _displayed(found.frame.sort_values("p_hormesis"))
    caption = (
        f"**{told}** Brain–Cousens against the monotone curve; half-way: between the response without drug"
        " and the bottom, beyond the peak. By least squares."
    )
    table = Table("hormesis", found.frame, caption, shown, fold=len(found) > LONG, note=note)
    drawings = [cast(Drawing, plot_hormesis(*case)) for case in _choose(found.frame, fits.frame, wells)]
    legend = (
        f"**{told}** Blue: Brain–Cousens, triangle: its peak, line: half-way; dashed: monotone curve; grey:"
        " response without drug."
    )
    return [table, Panels("hormesis", drawings, legend, told)]


def _choose(found: pd.DataFrame, fits: pd.DataFrame, wells: pd.DataFrame) -> list[Case]:
    """Of the curves with stimulation, strongest first: their row, their fit without it, and their wells."""
    stimulated = found[found["preferred"] == "hormesis"].sort_values("p_hormesis").head(MOST_DRAWN)
    known, used = fits.set_index(KEYS), dict(list(select_wells(wells).groupby(KEYS)))
    rows = [(tuple(row[KEYS]), row) for _, row in stimulated.iterrows()]
    return [
        (row, known.loc[tuple(map(str, key))], used[key])
        for key, row in rows
        if known.loc[tuple(map(str, key)), "status"] != "failed"
    ]


def _say_hormesis(frame: pd.DataFrame) -> str:
    """Of how many curves stimulation at low doses is the better description."""
    fitted = frame[frame["p_hormesis"].notna()]
    found = int((fitted["preferred"] == "hormesis").sum())
    said = (
        f"Stimulation at low doses describes {found} of {count(len(fitted), 'curve')} better than none"
        " (AICc)."
    )
    left = len(frame) - len(fitted)
    return f"{said} {count(left, 'curve')} could not be fitted." if left else said


def _displayed(frame: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """The comparison as displayed."""
    quality, note = name_qualities(frame)
    gain = ("ΔAICc", [fixed(gain, 1) for gain in frame["aicc_monotone"] - frame["aicc_hormesis"]])
    peak = [Column(name, missing="no peak") for name in ("peak_uM", "peak_response")]
    half = [Column("ic50_uM", missing="not fitted"), Bounds("ic50_uM")]
    columns = [*KEYS, "preferred", "p_hormesis", gain, *peak, *half, "why", *quality]
    return words(frame, columns, table="hormesis"), note
