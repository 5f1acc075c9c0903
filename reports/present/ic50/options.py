"""What is shown where it was asked for or can be: stimulation at low doses, and growth rates."""

from __future__ import annotations

from typing import cast

import pandas as pd
from matplotlib.figure import Figure as Drawing

from lib.dose_response import CurveFits
from lib.dose_response.growth import GrowthMetrics
from lib.dose_response.hormesis import Hormesis
from lib.dose_response.wells import KEYS, select_wells
from reports.figures.dose_response import plot_hormesis
from reports.present.ic50.rows import LONG, join_notes, with_quality
from reports.shown import Panels, Shown, Table
from reports.wording import censored, count, fixed, interval, number, p_value

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
    shown, note = _displayed(found.frame)
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
    """The comparison as displayed, strongest evidence first."""
    frame = frame.sort_values("p_hormesis")
    values = zip(frame["ic50_uM"], frame["ic50_qualifier"], strict=True)
    gains = zip(frame["aicc_monotone"], frame["aicc_hormesis"], strict=True)
    bounds = zip(frame["ic50_low_uM"], frame["ic50_high_uM"], strict=True)
    shown = pd.DataFrame(
        {
            "Compound": frame["compound"],
            "Cell line": frame["cell_line"],
            "Experiment": frame["experiment"],
            "Better by AICc": frame["preferred"],
            "p of stimulation": frame["p_hormesis"].map(p_value),
            "ΔAICc": [fixed(a - b, 1) for a, b in gains],
            "Peak at\nµM": [number(v, missing="no peak") for v in frame["peak_uM"]],
            "Peak\nfraction of vehicle": [fixed(v, missing="no peak") for v in frame["peak_response"]],
            "Half-way at\nµM": [censored(v, q) if q else "not fitted" for v, q in values],
            "Interval\nµM": [interval(a, b) for a, b in bounds],
            "Why": frame["why"],
        }
    )
    shown, note = with_quality(shown, frame)
    return shown, join_notes(note)
