"""Figures of dose-response reports: plates, curves, ranked and tabulated IC50s."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from lib.dose_response.bands import DrawnCurve
from lib.plates import estimate_position_effects, locate_wells, plate_shape
from lib.plots.style import (
    EXCLUDED,
    FLAG,
    FULL_WIDTH,
    GRID,
    INK,
    OURS,
    PLATE,
    SOFT,
    diverging_steps,
    new_axes,
    new_figure,
    sequential,
    set_log_axis,
)
from lib.present import censored, interval

MARKERS = ("o", "s", "^", "D", "v", "P")
PLATE_SPAN = 0.175
"""Seven steps of 5 %: the middle one, ± 2.5 %, is grey."""


def plot_plate(wells: pd.DataFrame, plate: str, *, verdict: str = "pass") -> Figure:
    """Deviation of each well from its like on the plate; a cross marks an excluded well."""
    mine = wells[wells["plate"] == plate]
    position = locate_wells(mine["well"])
    axes = new_axes(*PLATE)
    flagged = verdict != "pass"
    axes.set_title(
        f"{plate}{' · flagged' if flagged else ''}", fontsize=8, pad=3, color=FLAG if flagged else INK
    )
    axes.set_axis_off()
    if position["row"].notna().any():
        rows, columns = plate_shape(position)
        effects = estimate_position_effects(mine)
        image = np.full((rows, columns), np.nan)
        image[effects["row"].astype(int), effects["column"].astype(int)] = effects["deviation"]
        axes.imshow(image, cmap=diverging_steps(), vmin=-PLATE_SPAN, vmax=PLATE_SPAN, aspect="equal",
                    interpolation="nearest")  # fmt: skip
        out = position[mine["exclude"] != ""]
        axes.plot(out["column"], out["row"], "x", color=INK, ms=3, mew=0.9)
    figure = axes.figure
    assert isinstance(figure, Figure)
    figure.set_layout_engine("none")
    axes.set_position((0.02, 0.03, 0.96, 0.83))
    return figure


def plot_curve(curve: DrawnCurve, summary: pd.Series | None = None) -> Figure:
    """Experiment means, fitted curve with its band, and the IC50 with its interval on the axis."""
    axes = new_axes()
    set_log_axis(axes)
    axes.fill_between(curve.concentration_uM, curve.low, curve.high, color=OURS, alpha=0.2, lw=0)
    axes.plot(curve.concentration_uM, curve.response, color=OURS)
    floor = curve.concentration_uM[0] / 3
    for k, (_, part) in enumerate(curve.points.groupby("experiment", sort=False)):
        dose = part["concentration_uM"].clip(lower=floor)
        axes.plot(dose, part["viability"], MARKERS[k % len(MARKERS)], ms=3.4, mfc="none", mec=INK, mew=0.7)
    if len(curve.excluded):
        axes.plot(curve.excluded["concentration_uM"], curve.excluded["viability"], "x", color=EXCLUDED, ms=4)
    values = np.concatenate([curve.points["viability"].to_numpy(float), [0.0, 1.05]])
    axes.set_ylim(min(0.0, float(np.nanmin(values))) - 0.06, float(np.nanmax(values)) + 0.06)
    label = _mark_ic50(axes, curve, summary)
    axes.set_title(f"{curve.cell_line}\n", fontsize=9)
    axes.text(0, 1.03, label, transform=axes.transAxes, fontsize=8, color=SOFT)
    axes.set_xlabel(f"{curve.compound}, µM")
    axes.set_ylabel("viability, fraction")
    axes.xaxis.set_minor_locator(NullLocator())
    figure = axes.figure
    assert isinstance(figure, Figure)
    # all panels are alike: fixed margins draw twice as fast as solving the layout of each
    figure.set_layout_engine("none")
    axes.set_position((0.17, 0.19, 0.80, 0.63))
    return figure


def _mark_ic50(axes: Axes, curve: DrawnCurve, summary: pd.Series | None) -> str:
    """Tick and bar on the axis, or a triangle at the limit; returns the label."""
    source = curve.fit if summary is None or pd.isna(summary["geometric_low_uM"]) else summary
    name = "geometric_" if source is summary else "ic50_"
    value = source["geometric_mean_uM" if source is summary else "ic50_uM"]
    mark = source["qualifier" if source is summary else "ic50_qualifier"]
    low, high = source[f"{name}low_uM"], source[f"{name}high_uM"]
    base = axes.get_ylim()[0]
    if mark in (">", "<"):
        axes.plot([value], [base], ">" if mark == ">" else "<", mfc="white", mec=INK, clip_on=False, ms=6)
        return f"IC50 {censored(value, mark)} µM"
    if pd.isna(value):
        return "not fitted"
    axes.plot([value, value], [base, base + 0.07], color=INK, lw=1.2)
    if np.isfinite(low) and np.isfinite(high):
        axes.plot([max(low, curve.concentration_uM[0]), min(high, curve.concentration_uM[-1])], [base, base], color=INK,
                  lw=3, solid_capstyle="butt", clip_on=False)  # fmt: skip
    return f"IC50 {censored(value, mark)} µM ({interval(low, high, none='no interval', open_high='unbounded', open_low='unbounded')})"


def plot_ranked(frame: pd.DataFrame) -> Figure:
    """IC50 of every curve of a screen in order, with intervals; those beyond the tested range at the limit."""
    figure = new_figure(FULL_WIDTH, 3.4)
    axes = figure.subplots()
    shown = frame[frame["status"] != "failed"].sort_values(["ic50_qualifier", "ic50_uM"], key=_order)
    rank = np.arange(1, len(shown) + 1)
    exact = (shown["ic50_qualifier"] == "=").to_numpy()
    low = shown["ic50_low_uM"].fillna(shown["lowest_uM"]).clip(lower=shown["lowest_uM"] / 10)
    high = shown["ic50_high_uM"].fillna(shown["highest_uM"]).clip(upper=shown["highest_uM"] * 10)
    axes.vlines(rank[exact], low[exact], high[exact], color=OURS, alpha=0.35, lw=0.6, rasterized=True)
    axes.plot(rank[exact], shown["ic50_uM"][exact], ".", color=OURS, ms=2.5, rasterized=True)
    for mark, shape, words in ((">", "^", "above range or no effect"), ("<", "v", "below range")):
        where = (shown["ic50_qualifier"] == mark).to_numpy()
        axes.plot(
            rank[where], shown["ic50_uM"][where], shape, mfc="none", mec=SOFT, mew=0.4, ms=3, rasterized=True
        )
        if where.any():
            axes.annotate(f"{where.sum():,} {words}", (rank[where].mean(), shown["ic50_uM"][where].iloc[0]), (0, 8 if mark == ">" else -14),
                          textcoords="offset points", ha="center", fontsize=8, color=SOFT)  # fmt: skip
    set_log_axis(axes, "y")
    axes.margins(y=0.12)
    axes.set_xlabel("curves, most sensitive first")
    axes.set_ylabel("IC50, µM")
    return figure


def _order(column: pd.Series) -> pd.Series:
    return column.map({"<": 0, "=": 1, ">": 2}) if column.dtype == object else column


def plot_overview(frame: pd.DataFrame) -> Figure:
    """Heat map of log10 IC50, compound by line (geometric mean over experiments); white where there is no value."""
    value = np.log10(frame["ic50_uM"]).where(frame["ic50_qualifier"] != "")
    table = frame.assign(value=value).pivot_table(
        index="compound", columns="cell_line", values="value", dropna=False
    )
    table = table.loc[table.mean(1).sort_values().index, table.mean(0).sort_values().index]
    figure = new_figure(FULL_WIDTH, float(np.clip(0.16 * len(table) + 1.2, 2.0, 9.0)))
    axes = figure.subplots()
    axes.grid(False)
    image = axes.imshow(
        table.to_numpy(float), cmap=sequential().reversed(), aspect="auto", interpolation="nearest"
    )
    axes.set_facecolor(GRID)
    _name_ticks(axes, table)
    bar = figure.colorbar(image, ax=axes, shrink=0.8, pad=0.01)
    bar.set_label("log10 IC50, µM (dark: sensitive)")
    return figure


def _name_ticks(axes: Axes, table: pd.DataFrame) -> None:
    if table.shape[0] <= 60:
        axes.set_yticks(range(table.shape[0]), [str(v) for v in table.index], fontsize=7)
    else:
        axes.set_yticks([])
        axes.set_ylabel(f"{table.shape[0]} compounds")
    if table.shape[1] <= 60:
        axes.set_xticks(range(table.shape[1]), [str(v) for v in table.columns], fontsize=7, rotation=90)
    else:
        axes.set_xticks([])
        axes.set_xlabel(f"{table.shape[1]} cell lines")
