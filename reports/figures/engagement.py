"""Target engagement: remaining signal over dose, and log2 change over time with washout; a panel a
readout."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.markers import TICKUP

from lib.engagement import (
    Changes,
    Engagement,
    TimeCourse,
    Turnover,
    Turnovers,
    lanes_at,
    predict_remaining,
    predict_turnover,
)
from reports.figures.intervals import draw_intervals
from reports.figures.style import FLAG, INK, OURS, PALETTE, PANEL, SOFT, new_figure, set_log_axis, themed
from reports.wording import censored

MARKERS = "osD^v<>P"
READOUT = ["target", "treatment", "normalised_to"]
POINTS, BAR_STEP = 80, 0.045


@themed
def plot_doses(changes: Changes, engaged: Engagement | pd.DataFrame) -> list[Figure]:
    """A panel a readout, treatment and normaliser, in the order of `engaged`; a colour a time where there are
    several.

    Parameters
    ----------
    changes : Changes
    engaged : Engagement, or some rows of its ``curves``
    """
    curves = engaged.curves if isinstance(engaged, Engagement) else engaged
    several = curves[READOUT].nunique()
    return [_plot_dose(changes, rows, several) for _, rows in curves.groupby(READOUT, sort=False)]


def _plot_dose(changes: Changes, rows: pd.DataFrame, several: pd.Series) -> Figure:
    figure = new_figure(PANEL[0], PANEL[1] + 0.2)
    axes = figure.subplots()
    rows = rows.sort_values("time_h")
    colours = [OURS] if len(rows) == 1 else [PALETTE[i % len(PALETTE)] for i in range(len(rows))]
    axes.axhline(1.0, color=SOFT, linewidth=0.8, linestyle=":")
    axes.axhline(0.5, color=SOFT, linewidth=0.6, linestyle=":")
    top = [
        _draw_curve(axes, changes, row, colour, place)
        for place, ((_, row), colour) in enumerate(zip(rows.iterrows(), colours, strict=True))
    ]
    set_log_axis(axes)
    axes.set_ylim(0, max(1.35, *top) * (1.0 if len(rows) == 1 else 1.1))
    axes.set_title(_name(rows.iloc[0], several, rows), fontsize=8.5)
    axes.set(xlabel="dose, µM", ylabel="remaining, fraction of vehicle")
    if len(rows) > 1:
        axes.legend(
            fontsize=7, loc="upper right", ncols=min(len(rows), 3), handlelength=1.0, columnspacing=0.8
        )
    return figure


def _draw_curve(axes: Axes, changes: Changes, row: pd.Series, colour: str, place: int) -> float:
    """Points, curve and the midpoint's interval of one time; returns the highest point."""
    lanes = lanes_at(changes, row)
    treated = lanes[lanes["dose_uM"] > 0]
    for marker, (_, part) in zip(MARKERS * 99, treated.groupby("experiment"), strict=False):
        axes.plot(part["dose_uM"], part["remaining"], marker, color=colour, alpha=0.6, markersize=3.4)
    if treated.empty:
        return 1.0
    lowest, highest = treated["dose_uM"].min(), treated["dose_uM"].max()
    curve = predict_remaining(row, np.geomspace(lowest, highest, POINTS))
    label = f"{row['time_h']:g} h: {censored(row['ic50_uM'], row['ic50_qualifier'])}"
    axes.plot(*(curve or ([], [])), color=colour, label=label)
    draw_intervals(
        axes,
        0.03 + BAR_STEP * place,
        *row[["ic50_uM", "ic50_low_uM", "ic50_high_uM"]],
        qualifier=row["ic50_qualifier"],
        limits=(lowest, highest),
        colour=INK if colour == OURS else colour,
        marker=TICKUP,
        width=2.6,
    )
    return float(treated["remaining"].max()) * 1.05


def _name(row: pd.Series, several: pd.Series, rows: pd.DataFrame | None = None) -> str:
    """Target, treatment and time; the normaliser where there are several; the midpoint where there is one."""
    by = f", by {row['normalised_to']}" if several["normalised_to"] > 1 else ""
    if rows is None:
        return f"{row['target']}\n{row['treatment']}{by}"
    if len(rows) > 1:
        return f"{row['target']}: midpoints, µM\n{row['treatment']}{by}"
    words = censored(row["ic50_uM"], row["ic50_qualifier"])
    value = f"midpoint {words} µM" if words != "none" else str(row["status"])
    return f"{row['target']}: {value}\n{row['treatment']}, {row['time_h']:g} h{by}"


@themed
def plot_time_courses(course: TimeCourse, turnovers: Turnovers) -> list[Figure]:
    """A panel a readout, treatment and normaliser that was followed over time, with its turnover fit."""
    fits = {(t.target, t.treatment, t.normalised_to): t for t in turnovers.fits}
    rows = course.frame
    several = rows[READOUT].nunique()
    followed = [(key, part) for key, part in rows.groupby(READOUT, sort=True) if len(set(part["time_h"])) > 1]
    return [_plot_time_course(part, fits.get(key), several) for key, part in followed]


def _plot_time_course(course: pd.DataFrame, turnover: Turnover | None, several: pd.Series) -> Figure:
    """Log2 change over time, a colour a dose, with intervals, the washout and the turnover fit."""
    figure = new_figure(*PANEL)
    axes = figure.subplots()
    washout = course["washout_h"].dropna() if "washout_h" in course else pd.Series(dtype=float)
    times = course.groupby("dose_uM")["time_h"].nunique()
    drawn = course[course["dose_uM"].isin(times[times > 1].index)]
    for colour, (dose, part) in zip(PALETTE * 99, drawn.groupby("dose_uM"), strict=False):
        part = part.sort_values("time_h")
        found = (part[name] for name in ("time_h", "log2_fold_change", "low", "high"))
        draw_intervals(axes, *found, upright=True, colour=colour, size=4.2, width=1.0, label=f"{dose:g} µM")
        if turnover is not None and turnover.status != "no_effect" and np.isfinite(turnover.theta).all():
            time = np.linspace(0, course["time_h"].max(), 120)
            removed = "washout_h" in part and part["washout_h"].notna().any()
            stop = np.where(time > washout.min(), washout.min(), np.nan) if removed else np.nan
            axes.plot(time, predict_turnover(time, dose, stop, *turnover.theta), color=colour, linewidth=1.2)
    if len(washout):
        axes.axvline(washout.min(), color=FLAG, linewidth=0.8, linestyle="--")
        axes.text(washout.min(), axes.get_ylim()[1], " washout", color=FLAG, fontsize=7.5, va="top")
    axes.axhline(0, color=SOFT, linewidth=0.8, linestyle=":")
    axes.set(xlabel="time, h", ylabel="log2 change")
    axes.set_title(_name(course.iloc[0], several), fontsize=8.5)
    if len(drawn):
        axes.legend(fontsize=7.5, loc="lower right")
    return figure
