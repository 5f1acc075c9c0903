"""Figures of the report on IC50s: curves, and of a screen its IC50s in order and as a map."""

from __future__ import annotations

from typing import cast

import pandas as pd
from matplotlib.figure import Figure as Drawing

from lib.dose_response import CurveFits, Potency, draw_curves
from lib.dose_response.answers import KEYS, SCREEN, answer_fits
from lib.dose_response.outliers import Outliers
from reports.figures.dose_response import plot_curve, plot_overview, plot_ranked
from reports.present.ic50.answers import say_range
from reports.present.ic50.tables import say_status
from reports.shown import Figure, Panels
from reports.wording import level_name

MOST_DRAWN = 12


def ranked(fits: CurveFits) -> Figure | None:
    """IC50s of a screen in order; None of a small study."""
    if len(fits) <= SCREEN:
        return None
    caption = (
        f"**{say_status(fits)}** Disc and line: IC50 with interval; grey: interval open, or the absolute IC50"
        " where a plateau is not held; open triangle: at the tested limit, the IC50 lies beyond."
    )
    return Figure("ranked", cast(Drawing, plot_ranked(answer_fits(fits))), caption, say_status(fits))


def compound_by_line(fits: CurveFits, potency: Potency) -> Figure | None:
    """Map of a screen's IC50s; None of a small study, or one of a single compound or line."""
    if len(fits) <= SCREEN or min(fits.frame[name].nunique() for name in KEYS) < 2:
        return None
    caption = (
        "**Compound by line.** Geometric mean IC50 over experiments, dark: sensitive; rows and columns"
        " sorted, most sensitive top left. White: not tested, or no IC50 can be told."
    )
    return Figure("overview", cast(Drawing, plot_overview(answer_fits(fits))), caption, say_range(potency))


def curves(wells: pd.DataFrame, fits: CurveFits, potency: Potency, flagged: Outliers) -> Panels:
    """Curves by compound and line: all of a small study; of a screen the extremes and the doubtful."""
    chosen = choose_curves(fits)
    answers = {tuple(row[KEYS]): row for _, row in potency.answers().iterrows()}
    drawn = draw_curves(wells, fits, chosen, flagged=flagged.index)
    keys = [(curve.compound, curve.cell_line) for curve in drawn]
    drawings = [cast(Drawing, plot_curve(c, answers.get(key))) for c, key in zip(drawn, keys, strict=True)]
    return Panels("curves", drawings, _legend(fits, potency), say_range(potency))


def _legend(fits: CurveFits, potency: Potency) -> str:
    some = "" if len(fits) <= SCREEN else " Drawn are the most and least sensitive and the most doubtful."
    return (
        f"**{say_range(potency)}** Marker shapes: experiments (means of their wells); line and band: curve"
        " fitted to these means (of one experiment: to its wells) with its pointwise"
        f" {level_name(fits.confidence)} band; tick and bar on the axis: IC50 (absolute where a plateau is"
        " not held) and interval, open triangle: it goes on; cross: excluded; open diamond: a single well"
        f" flagged as an outlier.{some}"
    )


def choose_curves(fits: CurveFits, most: int = MOST_DRAWN) -> pd.DataFrame:
    """Curves to draw: all of a small study; of a screen the most and least sensitive and the doubtful."""
    frame = fits.frame.drop_duplicates(KEYS)
    if len(frame) <= most or len(fits) <= SCREEN:
        return frame.head(SCREEN)
    ok = frame[(frame["status"] == "ok") & (frame["fitted_bottom"] < frame["fitted_top"])]
    # a step of a few percent can have the lowest IC50 of all: those that reach the level come first
    ok = ok.assign(partial=ok["absolute_ic50_qualifier"] != "=").sort_values(["partial", "ic50_uM"])
    doubtful = frame[frame["status"] == "ambiguous"].sort_values("p_lack_of_fit")
    part = most // 3
    chosen = pd.concat([ok.head(part), ok.tail(part), doubtful.head(part), frame])
    return chosen.drop_duplicates(KEYS).head(most)
