"""Target engagement: remaining signal over dose, and log2 change over time with washout."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lib.engagement import Turnover, predict_turnover
from lib.plots.style import FLAG, INK, OURS, PALETTE, PANEL, SOFT, new_figure, set_log_axis
from lib.present import censored

MARKERS = "osD^v<>P"


def plot_dose(lanes: pd.DataFrame, row: pd.Series, curve: tuple[np.ndarray, np.ndarray] | None) -> Figure:
    """Remaining signal of one target over dose; a marker shape an experiment, the IC50 with its interval as a bar.

    Parameters
    ----------
    lanes : DataFrame
        Rows of one target at one time: ``experiment, dose_uM, log2_fold_change``.
    row : Series
        The target's row of ``engagement``.
    curve : pair of arrays, optional
        Doses in µM and fitted remaining fraction.
    """
    figure = new_figure(*PANEL)
    axes = figure.subplots()
    treated = lanes[lanes["dose_uM"] > 0]
    for marker, (_, part) in zip(MARKERS * 9, treated.groupby("experiment"), strict=False):
        axes.plot(
            part["dose_uM"], 2.0 ** part["log2_fold_change"], marker, color=OURS, alpha=0.6, markersize=3.4
        )
    axes.axhline(1.0, color=SOFT, linewidth=0.8, linestyle=":")
    if curve is not None:
        axes.plot(*curve, color=OURS)
    set_log_axis(axes)
    axes.set_ylim(0, max(1.35, float((2.0 ** treated["log2_fold_change"]).max()) * 1.05))
    if row["ic50_qualifier"] == "=":
        high = row["ic50_high_uM"] if np.isfinite(row["ic50_high_uM"]) else treated["dose_uM"].max()
        if np.isfinite(row["ic50_low_uM"]):
            axes.plot(
                [row["ic50_low_uM"], high], [0.03, 0.03], color=INK, linewidth=2.6, solid_capstyle="butt"
            )
        axes.plot([row["ic50_uM"]], [0.03], "|", color=INK, markersize=9)
    words = censored(row["ic50_uM"], row["ic50_qualifier"])
    axes.set_title(f"{row['target']}: {words + ' µM' if words != 'none' else row['status']}")
    axes.set_xlabel("dose, µM")
    axes.set_ylabel("remaining, fraction of vehicle")
    return figure


def plot_time_course(course: pd.DataFrame, target: str, turnover: Turnover | None = None) -> Figure:
    """Log2 change over time, a colour a dose, with intervals, the washout and the turnover fit."""
    figure = new_figure(*PANEL)
    axes = figure.subplots()
    washout = course["washout_h"].dropna() if "washout_h" in course else pd.Series(dtype=float)
    several = course[
        course["dose_uM"].isin(course.groupby("dose_uM")["time_h"].nunique().loc[lambda n: n > 1].index)
    ]
    for colour, (dose, part) in zip(PALETTE * 3, several.groupby("dose_uM"), strict=False):
        part = part.sort_values("time_h")
        axes.vlines(part["time_h"], part["low"], part["high"], color=colour, linewidth=1.0)
        axes.plot(part["time_h"], part["log2_fold_change"], "o", color=colour, label=f"{dose:g} µM")
        if turnover is not None and turnover.status == "ok":
            time = np.linspace(0, course["time_h"].max(), 120)
            stop = (
                np.where(time > washout.min(), washout.min(), np.nan)
                if part.get("washout_h", washout).notna().any()
                else np.nan
            )
            shape = (
                np.log(np.log(2) / turnover.half_life_h),
                turnover.max_inhibition,
                np.log(turnover.ic50_uM),
            )
            axes.plot(time, predict_turnover(time, dose, stop, *shape), color=colour, linewidth=1.2)
    if len(washout):
        axes.axvline(washout.min(), color=FLAG, linewidth=0.8, linestyle="--")
        axes.text(washout.min(), axes.get_ylim()[1], " washout", color=FLAG, fontsize=7.5, va="top")
    axes.axhline(0, color=SOFT, linewidth=0.8, linestyle=":")
    axes.set_xlabel("time, h")
    axes.set_ylabel("log2 change")
    axes.set_title(target)
    if len(several):
        axes.legend(fontsize=7.5, loc="lower right")
    return figure
