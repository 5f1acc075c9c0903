"""The evidence matrix: a row a number, each on a scale of its own, with words for what it says."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lib.overview import common_level
from lib.overview.matrix import ABSENT
from reports.figures.intervals import draw_intervals, draw_published
from reports.figures.style import AXIS, FLAG, GRID, INK, PASS, SOFT, one_panel, place, themed
from reports.wording import interval, interval_name, level_name, number

ROW_IN, HEAD_IN = 0.235, 0.3
WIDTH_IN, LEFT, RIGHT = 9.6, 0.315, 0.485
PLACES = {"quantity": 0.0, "estimate": 0.5, "n": 0.757, "published": 0.775, "agreement": 0.868}
MARKS = {
    "agrees": ("o", PASS),
    "differs": ("D", FLAG),
    "cannot tell": ("s", SOFT),
    "not comparable": ("_", SOFT),
}


@themed
def plot_evidence(
    evidence: pd.DataFrame, *, rows_per_question: int = 4, ax: Axes | None = None
) -> Figure | Axes:
    """Draw the first rows of each question under its heading.

    Each row's axis runs over its own interval, the published value (open diamond) and no effect (tick), so
    positions compare within a row and never between rows. Where nothing is published beside any number, there
    is no column of it.
    """
    shown = evidence.groupby("question", sort=False).head(rows_per_question)
    lines = sum(1 for _ in shown["question"].drop_duplicates()) + len(shown)
    height = HEAD_IN + ROW_IN * (lines + 0.5)
    axes = one_panel(ax, WIDTH_IN, height)
    place(axes, ax, (0.01, 0.02, 0.98, 0.97))
    axes.set(xlim=(0, 1), ylim=(lines + 0.2, -1.2))
    axes.axis("off")
    level = common_level(evidence)
    beside = bool((evidence["published"] != "none").any() or (evidence["analysis"] == ABSENT).any())
    _head(axes, interval_name(level) if level else "interval", beside)
    y = 0
    for question, rows in shown.groupby("question", sort=False):
        more = int((evidence["question"] == question).sum()) - len(rows)
        _heading(axes, y, str(question), more)
        for offset, (_, row) in enumerate(rows.iterrows(), start=1):
            _draw_row(axes, y + offset, row, level, beside)
        y += 1 + len(rows)
    return axes


def _head(axes: Axes, bounds: str, beside: bool) -> None:
    words = {"quantity": "Number", "estimate": f"Estimate ({bounds})"}
    words |= {"published": "Published", "agreement": "Verdict"} if beside else {}
    for name, word in words.items():
        axes.text(PLACES[name], -0.8, word, fontsize=8, color=SOFT, va="center")
    axes.text(PLACES["n"], -0.8, "n", fontsize=8, color=SOFT, va="center", ha="right")
    axes.text(
        (LEFT + RIGHT) / 2,
        -0.8,
        "each row on its own scale",
        fontsize=8,
        color=SOFT,
        va="center",
        ha="center",
    )


def _heading(axes: Axes, y: float, question: str, more: int) -> None:
    axes.plot([0, 1], [y - 0.48, y - 0.48], color=GRID, linewidth=0.8, clip_on=False)
    axes.text(0, y, question, fontsize=9.5, weight="bold", color=INK, va="center")
    if more > 0:
        axes.text(1, y, f"{more} more in the table", fontsize=8, color=SOFT, va="center", ha="right")


def _draw_row(axes: Axes, y: float, row: pd.Series, level: float | None, beside: bool) -> None:
    axes.text(0.012, y, _short(str(row["quantity"]), 50), fontsize=8.5, color=INK, va="center")
    if row["analysis"] == ABSENT:
        axes.text(PLACES["agreement"], y, "no report", fontsize=8.5, color=SOFT, va="center")
        return
    _draw_interval(axes, y, row)
    axes.text(PLACES["estimate"], y, _in_words(row, level), fontsize=8.5, color=INK, va="center")
    size = "" if pd.isna(row["n"]) else f"{int(row['n']):,}"
    axes.text(PLACES["n"], y, size, fontsize=8.5, color=SOFT, va="center", ha="right")
    if beside:
        _draw_verdict(axes, y, row)


def _draw_verdict(axes: Axes, y: float, row: pd.Series) -> None:
    axes.text(
        PLACES["published"], y, _short(str(row["published"]), 12), fontsize=8.5, color=SOFT, va="center"
    )
    mark, colour = MARKS[str(row["agreement"])]
    axes.plot([PLACES["agreement"] + 0.006], [y], mark, color=colour, markersize=5, linestyle="none")
    axes.text(PLACES["agreement"] + 0.018, y, str(row["agreement"]), fontsize=8.5, color=colour, va="center")


def _draw_interval(axes: Axes, y: float, row: pd.Series) -> None:
    published = pd.to_numeric(row["published"], errors="coerce")
    values = [float(v) for v in (row["estimate"], row["low"], row["high"], published, row["null"])]
    log = bool(row["log_scale"]) and all(v > 0 for v in values if math.isfinite(v))
    at = _place([math.log(v) if log and math.isfinite(v) else v for v in values])
    estimate, low, high, target, null = at
    if math.isfinite(null):
        axes.plot([null, null], [y - 0.3, y + 0.3], color=AXIS, linewidth=0.8)
    draw_intervals(axes, y, estimate, low, high, limits=(LEFT, RIGHT), size=4.6)
    draw_published(axes, y, target, size=6)


def _place(values: list[float]) -> list[float]:
    """Positions between `LEFT` and `RIGHT`, with a tenth of the room free on either side."""
    known = [v for v in values if math.isfinite(v)]
    if not known:
        return values
    first, last = min(known), max(known)
    span = (last - first) or 1.0
    share = [0.1 + 0.8 * (v - first) / span if last > first else 0.5 + 0 * v for v in values]
    return [float(LEFT + (RIGHT - LEFT) * s) if np.isfinite(s) else math.nan for s in share]


def _in_words(row: pd.Series, level: float | None) -> str:
    if pd.isna(row["estimate"]):
        return str(row["qualifier"]) if str(row["qualifier"]).startswith("not") else "no estimate"
    own = (
        "" if level else f"{level_name(row['confidence'])}: "
    )  # reports of different levels: each row names its own
    bounded = pd.notna(row["low"]) or pd.notna(row["high"])
    bounds = f" ({own}{interval(row['low'], row['high'], unit=row['unit'])})" if bounded else ""
    return _short(f"{number(row['estimate'])}{bounds} {row['unit']}".strip(), 36 + len(own))


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
