"""Figures of dose-response reports: curves, ranked and tabulated IC50s."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.markers import TICKUP
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MultipleLocator

from lib.dose_response.bands import DrawnCurve
from lib.dose_response.curves import predict_response
from lib.dose_response.hormesis import predict_hormesis
from reports.figures.intervals import draw_intervals
from reports.figures.style import (
    AXIS,
    EXCLUDED,
    FLAG,
    FULL_WIDTH,
    GRID,
    INK,
    OURS,
    SOFT,
    one_panel,
    place,
    sequential,
    set_log_axis,
    themed,
)
from reports.wording import censored, interval, p_value

MARKERS = ("o", "s", "^", "v", "P", "p")
"""Experiments; the diamond is kept for flagged wells."""


@themed
def plot_curve(
    curve: DrawnCurve, answer: pd.Series | None = None, *, ax: Axes | None = None
) -> Figure | Axes:
    """Experiment means, fitted curve with its band, and the IC50 with its interval on the axis.

    `answer` is a row of `choose_answers`, or of `combine_experiments` for the relative IC50.
    """
    axes = one_panel(ax)
    set_log_axis(axes)
    axes.fill_between(curve.concentration_uM, curve.low, curve.high, color=OURS, alpha=0.2, lw=0)
    axes.plot(curve.concentration_uM, curve.response, color=OURS)
    floor = curve.concentration_uM[0] / 3
    for k, (_, part) in enumerate(curve.points.groupby("experiment", sort=False)):
        dose = part["concentration_uM"].clip(lower=floor)
        axes.plot(dose, part["viability"], MARKERS[k % len(MARKERS)], ms=3.4, mfc="none", mec=INK, mew=0.7)
    if len(curve.excluded):
        axes.plot(curve.excluded["concentration_uM"], curve.excluded["viability"], "x", color=EXCLUDED, ms=4)
    values = [curve.points["viability"].to_numpy(float), [0.0, 1.05]]
    if len(curve.flagged):
        odd = curve.flagged["viability"].to_numpy(float)
        dose = curve.flagged["concentration_uM"].clip(lower=floor)
        axes.plot(dose, odd, "D", ms=4.8, mfc="none", mec=FLAG, mew=1.1, zorder=4)
        values.append(odd)
    lowest, highest = (float(f(np.concatenate(values))) for f in (np.nanmin, np.nanmax))
    axes.set_ylim(min(0.0, lowest) - 0.06, highest + 0.06)
    label = _mark_ic50(axes, curve, answer)
    _name_panel(axes, ax, curve.cell_line, label, curve.compound)
    return axes


def _name_panel(axes: Axes, ax: Axes | None, title: str, found: str, compound: str) -> None:
    """Title, what was found below it, names of the axes, and room for them all."""
    axes.set_title(f"{title}\n", fontsize=9)
    axes.text(0, 1.03, found, transform=axes.transAxes, fontsize=8, color=SOFT)
    axes.set(xlabel=f"{compound}, µM", ylabel="viability, fraction")
    place(axes, ax, (0.17, 0.19, 0.80, 0.63))


@themed
def plot_hormesis(
    row: pd.Series, fit: pd.Series, wells: pd.DataFrame, *, ax: Axes | None = None
) -> Figure | Axes:
    """Wells of a curve, the Brain–Cousens curve with its peak and half-way dose, and the monotone curve,
    dashed."""
    axes = one_panel(ax)
    set_log_axis(axes)
    tested = wells.loc[wells["concentration_uM"] > 0, "concentration_uM"]
    dose = np.geomspace(tested.min(), tested.max(), 200)
    floor = dose[0] / 3
    axes.plot(
        wells["concentration_uM"].clip(lower=floor),
        wells["viability"],
        "o",
        ms=3.2,
        mfc="none",
        mec=INK,
        mew=0.7,
    )
    axes.plot(dose, predict_response(fit, dose), color=SOFT, ls=(0, (4, 2)), lw=1.2)
    axes.plot(dose, predict_hormesis(row, dose), color=OURS)
    axes.axhline(row["top"], color=GRID, lw=0.8, zorder=0)
    if np.isfinite(row["peak_uM"]):
        axes.plot([row["peak_uM"]], [row["peak_response"]], "^", color=OURS, ms=5)
    axes.set_ylim(min(0.0, float(wells["viability"].min())) - 0.06, float(wells["viability"].max()) + 0.08)
    if row["ic50_qualifier"] == "=":
        axes.plot(
            [row["ic50_uM"]] * 2, [axes.get_ylim()[0], (row["top"] + row["bottom"]) / 2], color=INK, lw=1.0
        )
    said = f"p of stimulation {p_value(row['p_hormesis'])}"
    _name_panel(axes, ax, f"{row['cell_line']}, {row['experiment']}", said, row["compound"])
    return axes


def _mark_ic50(axes: Axes, curve: DrawnCurve, answer: pd.Series | None) -> str:
    """Tick and bar on the axis, open at the ends of the tested range; returns the label."""
    quantity, value, mark, low, high = _read_answer(curve, answer)
    base = axes.get_ylim()[0]
    limits = tuple(curve.concentration_uM[[0, -1]])
    look: dict[str, Any] = {"colour": INK, "marker": TICKUP, "size": 7, "width": 3, "clip_on": False}
    draw_intervals(axes, base, value, low, high, qualifier=mark, limits=limits, **look)
    if mark in (">", "<"):
        return f"{quantity} {censored(value, mark)} µM"
    if pd.isna(value):
        return "not fitted" if curve.fit["status"] == "failed" else f"{quantity} cannot be told"
    bounds = interval(low, high, none="no interval", open_high="unbounded", open_low="unbounded")
    return f"{quantity} {censored(value, mark)} µM ({bounds})"


def _read_answer(curve: DrawnCurve, answer: pd.Series | None) -> tuple[str, float, str, float, float]:
    """Quantity, value, qualifier and bounds; without an interval over experiments, those of the drawn
    curve."""
    quantity = "IC50" if answer is None else str(answer.get("quantity", "IC50"))
    name = "ic50" if quantity == "IC50" else "absolute_ic50"
    drawn = [curve.fit[f"{name}_{part}"] for part in ("uM", "qualifier", "low_uM", "high_uM")]
    if answer is None:
        return quantity, *drawn
    own = [
        answer[part] for part in ("geometric_mean_uM", "qualifier", "geometric_low_uM", "geometric_high_uM")
    ]
    open_ended = own[1] == "=" and pd.isna(own[2]) and pd.isna(own[3])
    return quantity, *(drawn if open_ended and drawn[1] == "=" else own)


TESTED = ("ic50_qualifier", "ic50_uM", "lowest_uM", "highest_uM")
THIN: dict[str, Any] = {"upright": True, "size": 2.5, "width": 0.6, "alpha": 0.4, "rasterized": True}
"""Intervals of a screen, thousands side by side."""


@themed
def plot_ranked(frame: pd.DataFrame, *, ax: Axes | None = None) -> Figure | Axes:
    """IC50 of every curve of a screen in order, with intervals; those beyond the tested range at the limit.

    Curves whose status is not ok are grey: their interval is open or their plateaus are not held by the data.
    Curves whose IC50 cannot be told are counted, not drawn.
    """
    axes = one_panel(ax, FULL_WIDTH, 3.4)
    told = frame["ic50_qualifier"] != ""
    shown = frame[told].sort_values(["ic50_qualifier", "ic50_uM"], key=_order)
    rank = np.arange(1, len(shown) + 1)
    mark, value, lowest, highest = (shown[name] for name in TESTED)
    low, high = shown["ic50_low_uM"].fillna(lowest), shown["ic50_high_uM"].fillna(highest)
    ends = (low.clip(lower=lowest), high.clip(upper=highest))
    exact, ok = mark == "=", shown["status"] == "ok"
    for which, colour in ((exact & ~ok, AXIS), (exact & ok, OURS), (~exact, SOFT)):
        found = (column[which] for column in (value, *ends))
        draw_intervals(axes, rank[which], *found, qualifier=mark[which], colour=colour, marker=".", **THIN)
    for sign, words in ((">", "above range or no effect"), ("<", "below range")):
        where, above = (mark == sign).to_numpy(), sign == ">"
        if where.any():
            end = rank[where].max() if above else rank[where].min()
            axes.annotate(
                f"{where.sum():,} {words}",
                (end, value[where].iloc[0]),
                (0, 8 if above else -14),
                textcoords="offset points",
                ha="right" if above else "left",
                fontsize=8,
                color=SOFT,
            )
    set_log_axis(axes, "y")
    axes.margins(x=0.01, y=0.12)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    untold = int((~told).sum())
    axes.set_xlabel("curves, most sensitive first" + (f"; {untold:,} cannot be told" if untold else ""))
    axes.set_ylabel("IC50, µM")
    return axes


def _order(column: pd.Series) -> pd.Series:
    return column.map({"<": 0, "=": 1, ">": 2}) if column.dtype == object else column


BEYOND = (
    ("above the tested range", "#f0d9c4"),
    ("no effect", "#d3d8dc"),
    ("below the tested range", "#1f2429"),
)
"""Cells without a value within the tested range, kept off the scale of colours."""


@themed
def plot_overview(frame: pd.DataFrame, *, ax: Axes | None = None) -> Figure | Axes:
    """Heat map of the IC50, compound by line (geometric mean over experiments), most sensitive top left.

    Cells whose experiments all lie beyond the tested range have colours of their own; white: not tested, or
    no IC50 can be told. Above 60 compounds or lines every second, third … is named.
    """
    value, beyond = _cells(frame)
    axes = one_panel(ax, FULL_WIDTH, float(np.clip(0.14 * len(value) + 1.4, 2.4, 11.0)))
    axes.grid(False)
    axes.set_facecolor("none")
    image = axes.imshow(
        value.to_numpy(float), cmap=sequential().reversed(), aspect="auto", interpolation="nearest"
    )
    colours = ListedColormap([colour for _, colour in BEYOND])
    axes.imshow(
        beyond.to_numpy(float),
        cmap=colours,
        vmin=-0.5,
        vmax=len(BEYOND) - 0.5,
        aspect="auto",
        interpolation="nearest",
    )
    _name_ticks(axes, value)
    bar = axes.figure.colorbar(image, ax=axes, shrink=0.8, pad=0.01, aspect=30)
    bar.ax.yaxis.set_major_locator(MultipleLocator(1))
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{10.0**v:g}"))
    bar.set_label("IC50, µM (dark: sensitive)")
    found = [k for k in range(len(BEYOND)) if (beyond == k).to_numpy().any()]
    if found:
        marks = [
            Patch(fc=BEYOND[k][1], ec="none", label=f"{BEYOND[k][0]}: {int((beyond == k).sum().sum()):,}")
            for k in found
        ]
        words: dict[str, Any] = {"handles": marks, "ncols": len(marks), "fontsize": 8, "labelcolor": SOFT}
        if ax is None:
            axes.figure.legend(loc="outside upper left", **words)
        else:  # the rest of the figure is the caller's
            ax.legend(loc="lower left", bbox_to_anchor=(0, 1), **words)
    return axes


def _cells(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """log10 IC50 where an experiment has one, and the number in `BEYOND` where none has; in the order
    drawn."""
    mark = frame["ic50_qualifier"]
    code = np.select([mark == "<", frame["status"] == "no_effect", mark == ">"], [2.0, 1.0, 0.0], np.nan)
    cells = frame.assign(
        value=np.log10(frame["ic50_uM"]).where(mark == "="), code=code, rank=np.log10(frame["ic50_uM"])
    ).groupby(["compound", "cell_line"])
    table = cells.agg(value=("value", "mean"), code=("code", "median"), rank=("rank", "mean")).unstack()  # noqa: PD010
    table["code"] = table["code"].round().where(table["value"].isna())
    rows, columns = table["rank"].mean(axis=1).sort_values().index, table["rank"].mean().sort_values().index
    return table["value"].loc[rows, columns], table["code"].loc[rows, columns]


MOST_NAMES = 60


def _name_ticks(axes: Axes, table: pd.DataFrame) -> None:
    """Names as far as they can be read; where not all, the axis says which."""
    parts = (
        (axes.set_yticks, axes.set_ylabel, table.index, 0, "compounds"),
        (axes.set_xticks, axes.set_xlabel, table.columns, 90, "cell lines"),
    )
    for set_ticks, set_label, names, rotation, words in parts:
        every = -(-len(names) // MOST_NAMES)
        set_ticks(
            range(0, len(names), every),
            [str(name)[:24] for name in names[::every]],
            fontsize=7,
            rotation=rotation,
        )
        which = "" if every == 1 else f", one in {every} named"
        set_label(f"{len(names):,} {words}{which}")
