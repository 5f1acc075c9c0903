"""Pictures of tumour response: rates, waterfall, swimmer and spider."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from lib.units import DAYS_PER_MONTH
from reports.figures.intervals import draw_intervals, draw_published
from reports.figures.style import (
    AXIS,
    BESIDE_CAPTION,
    FULL_WIDTH,
    INK,
    OURS,
    PALETTE,
    SOFT,
    one_panel,
    themed,
)
from reports.wording import count, percent

RESPONSE_COLOURS = {
    "CR": "#00664a",
    "PR": "#56b4e9",
    "SD": "#aab2b9",
    "NON-CR/NON-PD": "#cfd4d9",
    "PD": "#d55e00",
    "NE": "#e69f00",
}
"""Best response: from complete response to progression, with a colour of its own for what was not
evaluable."""

OTHER = "#1f2429"
PARTIAL, PROGRESSION = -30.0, 20.0
CEILING = 100.0
"""Growth, in percent, beyond which a bar or line is cut and says so."""


@themed
def plot_response_rates(
    rates: pd.DataFrame,
    *,
    published: Mapping[tuple[str, str], float] | None = None,
    ax: Axes | None = None,
) -> Figure | Axes:
    """Bars of rates with their intervals and counts, grouped by endpoint.

    Parameters
    ----------
    rates : DataFrame
        ``endpoint, group, responders, n, rate, rate_low, rate_high``; rates as fractions.
    published : mapping of (endpoint, group) to rate, optional
        Drawn as open grey diamonds.
    ax : Axes, optional
        Drawn on, and returned, in place of a figure of its own.

    Returns
    -------
    Figure, or `ax`
    """
    endpoints, groups = list(dict.fromkeys(rates["endpoint"])), list(dict.fromkeys(rates["group"]))
    width = 0.8 / max(len(groups), 1)
    axes = one_panel(ax, BESIDE_CAPTION, 3.2)
    for row in rates.itertuples(index=False):
        j = groups.index(row.group)
        x = endpoints.index(row.endpoint) + width * (j - (len(groups) - 1) / 2)
        colour = PALETTE[j % len(PALETTE)] if len(groups) > 1 else OURS
        _draw_rate(axes, x, width, row, colour)
        known = (published or {}).get((row.endpoint, row.group))
        if known is not None:
            draw_published(axes, x + 0.3 * width, 100 * known, upright=True, size=6)
    axes.set_xticks(range(len(endpoints)), endpoints)
    axes.set_ylim(0, 116)  # room for the words above an interval that ends at 100
    axes.set_yticks(range(0, 101, 20))
    axes.set_ylabel("Rate, %")
    if len(groups) > 1:
        handles = [Patch(color=PALETTE[i % len(PALETTE)], alpha=0.75) for i in range(len(groups))]
        axes.legend(
            handles, groups, loc="lower left", bbox_to_anchor=(0, 1.0), ncols=len(groups), fontsize=8.5
        )
    return axes


@themed
def plot_waterfall(
    best: pd.DataFrame,
    *,
    ax: Axes | None = None,
) -> Figure | Axes:
    """Best change of the sum of diameters, a bar a patient, worst first, with lines at +20 and −30 %.

    Parameters
    ----------
    best : DataFrame
        ``best_change_percent`` (empty = no measurement after baseline: counted, not drawn) and
        ``confirmed_best_response``, which colours the bars; optional ``group``, drawn as a strip of marks
        below them.
    ax : Axes, optional
        Drawn on, and returned, in place of a figure of its own.

    Returns
    -------
    Figure, or `ax`
    """
    shown = best.dropna(subset="best_change_percent")
    shown = shown.sort_values("best_change_percent", ascending=False, kind="stable").reset_index(drop=True)
    axes = one_panel(ax, FULL_WIDTH, 3.6)
    change = np.minimum(shown["best_change_percent"].to_numpy(float), CEILING)
    response = shown["confirmed_best_response"]
    axes.bar(shown.index, change, width=0.84, color=[_colour(r) for r in response], zorder=3)
    # A change of exactly zero would be invisible.
    axes.plot(shown.index[change == 0], change[change == 0], "_", color=INK, ms=4, zorder=4)
    _cut_marks(axes, shown)
    _response_lines(axes)
    axes.set_xticks([])
    axes.set_xlim(-1, max(len(shown), 1))
    axes.set_xlabel(
        f"{count(len(shown), 'patient')} with a measurement after baseline; {len(best) - len(shown)} without"
    )
    axes.set_ylabel("Best change in sum of diameters, %")
    _mark_groups(axes, shown)
    _name_responses(axes, response)
    return axes


@themed
def plot_swimmer(
    courses: pd.DataFrame,
    *,
    unit_days: float = DAYS_PER_MONTH,
    labels: bool = False,
    ax: Axes | None = None,
) -> Figure | Axes:
    """A bar a patient from the start to the end of observation, with response, progression and death on it.

    Parameters
    ----------
    courses : DataFrame
        ``end_day`` and any of
        ``group, best_response, response_day, progression_day, death_day, ongoing, subject``. Days count from
        the reference day; ``ongoing`` draws an arrow.
    unit_days : float
        Days in a month.
    labels : bool
        Write ``subject`` beside each bar; leave out where identifiers must not be shown.
    ax : Axes, optional
        Drawn on, and returned, in place of a figure of its own.

    Returns
    -------
    Figure, or `ax`
    """
    order = ["group", "end_day"] if "group" in courses else ["end_day"]
    lanes = courses.sort_values(order, kind="stable").reset_index(drop=True)
    axes = one_panel(ax, FULL_WIDTH, 0.9 + max(0.11 * len(lanes), 1.2))
    end = lanes["end_day"].to_numpy(float) / unit_days
    colours = [_colour(r) for r in lanes["best_response"]] if "best_response" in lanes else OURS
    axes.barh(lanes.index, end, height=0.62, color=colours, alpha=0.75, zorder=2)
    marks = {
        "response_day": ("^", INK, "response"),
        "progression_day": ("X", "#a11d2b", "progression"),
        "death_day": ("s", INK, "death"),
    }
    for column, (marker, colour, _) in marks.items():
        if column in lanes:
            at = lanes[column].to_numpy(float) / unit_days
            axes.plot(
                at, lanes.index, marker, color=colour, ms=4.5, mec="white", mew=0.4, ls="none", zorder=4
            )
    if "ongoing" in lanes:
        going = lanes["ongoing"].fillna(False).astype(bool).to_numpy()
        axes.plot(
            end[going] + 0.004 * end.max(initial=1), lanes.index[going], ">", color=SOFT, ms=4.5, zorder=3
        )
    _frame_swimmer(axes, lanes, labels)
    handles = [
        Line2D([], [], marker=m, color=c, ls="none", ms=5, label=name)
        for column, (m, c, name) in marks.items()
        if column in lanes
    ]
    if "ongoing" in lanes:
        handles.append(Line2D([], [], marker=">", color=SOFT, ls="none", ms=5, label="ongoing"))
    marks_named = axes.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1.0), ncols=4, fontsize=8)
    axes.add_artist(marks_named)
    if "best_response" in lanes:
        _name_responses(axes, lanes["best_response"])
    return axes


@themed
def plot_spider(
    visits: pd.DataFrame,
    *,
    unit_days: float = DAYS_PER_MONTH,
    ax: Axes | None = None,
) -> Figure | Axes:
    """Change of the sum of diameters from baseline over time, a line a patient.

    Parameters
    ----------
    visits : DataFrame
        ``subject, day, change_percent`` and optionally ``best_response``, which colours the lines.
    unit_days : float
        Days in a month.
    ax : Axes, optional
        Drawn on, and returned, in place of a figure of its own.

    Returns
    -------
    Figure, or `ax`
    """
    axes = one_panel(ax, FULL_WIDTH, 3.6)
    known = visits.dropna(subset=["day", "change_percent"]).sort_values("day", kind="stable")
    for _, line in known.groupby("subject", sort=True):
        time = np.concatenate([[0.0], line["day"].to_numpy(float).clip(0) / unit_days])
        change = np.concatenate([[0.0], np.minimum(line["change_percent"].to_numpy(float), CEILING)])
        colour = _colour(line["best_response"].iloc[0]) if "best_response" in line else OURS
        axes.plot(time, change, "-", color=colour, lw=1.0, alpha=0.85, zorder=3)
        axes.plot(time[-1], change[-1], "o", color=colour, ms=3, zorder=4)
    _response_lines(axes)
    axes.set_xlim(left=0)
    axes.set(xlabel="Time from start, months", ylabel="Change from baseline, %")
    if (known["change_percent"] > CEILING).any():
        axes.text(
            0.01,
            0.98,
            f"growth beyond {CEILING:g} % is drawn at {CEILING:g} %",
            transform=axes.transAxes,
            va="top",
            fontsize=7.5,
            color=SOFT,
        )
    if "best_response" in known:
        _name_responses(axes, known["best_response"])
    return axes


def _colour(response: object) -> str:
    return RESPONSE_COLOURS.get(str(response).upper(), OTHER)


def _draw_rate(axes: Axes, x: float, width: float, row: Any, colour: str) -> None:
    if np.isnan(row.rate):
        axes.text(x, 2, "no subjects", ha="center", va="bottom", rotation=90, fontsize=8, color=SOFT)
        return
    axes.bar(x, 100 * row.rate, width=0.86 * width, color=colour, alpha=0.75, zorder=2)
    ends = 100 * np.array([row.rate, row.rate_low, row.rate_high])
    draw_intervals(axes, x, *ends, upright=True, marker="", colour=INK, width=1.4)
    axes.text(
        x,
        100 * row.rate_high + 1.5,
        f"{percent(row.rate)} %\n{row.responders:.0f}/{row.n:.0f}",
        ha="center",
        va="bottom",
        fontsize=8,
        zorder=6,
        linespacing=1.1,
    )


def _response_lines(axes: Axes) -> None:
    axes.axhline(0, color=AXIS, lw=0.8, zorder=2)
    for level, text in ((PROGRESSION, "+20 %"), (PARTIAL, "−30 %")):
        axes.axhline(level, color=SOFT, lw=0.9, ls=(0, (4, 3)), zorder=2)
        axes.annotate(
            text, (1.004, level), xycoords=axes.get_yaxis_transform(), va="center", fontsize=8, color=SOFT
        )
    low, high = axes.get_ylim()
    axes.set_ylim(max(min(low, -35.0), -105.0), min(max(high, 25.0), CEILING + 8))


def _cut_marks(axes: Axes, shown: pd.DataFrame) -> None:
    for x, change in enumerate(shown["best_change_percent"]):
        if change > CEILING:
            axes.annotate(
                f"{change:.0f}",
                (x, CEILING),
                xytext=(0, 2),
                textcoords="offset points",
                ha="center",
                fontsize=7,
                color=SOFT,
            )


def _mark_groups(axes: Axes, shown: pd.DataFrame) -> None:
    """A strip under the bars: one mark colour a group, named at its left."""
    if "group" not in shown or shown["group"].nunique() < 2:
        return
    for j, group in enumerate(dict.fromkeys(shown["group"])):
        at = shown.index[shown["group"] == group]
        y = -0.03 - 0.035 * j
        axes.plot(
            at,
            np.full(at.size, y),
            "s",
            color=PALETTE[j % len(PALETTE)],
            ms=3,
            clip_on=False,
            transform=axes.get_xaxis_transform(),
        )
        axes.annotate(
            str(group),
            (1.004, y),
            xycoords="axes fraction",
            va="center",
            fontsize=8,
            color=PALETTE[j % len(PALETTE)],
        )
    axes.xaxis.labelpad = 8 + 9 * shown["group"].nunique()


def _name_responses(axes: Axes, responses: pd.Series) -> None:
    """Colours of the responses that occur, over the axes at the right."""
    counts = responses.astype(str).str.upper().value_counts()
    named = [
        name
        for name in [*RESPONSE_COLOURS, *sorted(set(counts.index) - set(RESPONSE_COLOURS))]
        if name in counts
    ]
    axes.legend(
        [Patch(color=_colour(name)) for name in named],
        named,
        loc="lower right",
        bbox_to_anchor=(1.0, 1.0),
        ncols=len(named),
        fontsize=8,
    )


def _frame_swimmer(axes: Axes, lanes: pd.DataFrame, labels: bool) -> None:
    axes.grid(True, axis="x")
    axes.grid(False, axis="y")
    axes.set_xlim(left=0)
    axes.set(ylim=(-0.8, len(lanes) - 0.2), xlabel="Time from start, months")
    axes.set_yticks(lanes.index if labels else [], lanes["subject"].astype(str) if labels else [])
    if "group" in lanes:
        for group, part in lanes.groupby("group", sort=False):
            middle, top = part.index.to_numpy().mean(), part.index.max()
            axes.annotate(
                f"{group}\nn = {len(part)}",
                (1.004, middle),
                xycoords=axes.get_yaxis_transform(),
                va="center",
                fontsize=8.5,
                color=SOFT,
            )
            if top < len(lanes) - 1:
                axes.axhline(top + 0.5, color=AXIS, lw=0.8)
