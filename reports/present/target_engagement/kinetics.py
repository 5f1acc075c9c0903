"""Change over time: log2 changes by dose and time, half-lives, and their pictures."""

from __future__ import annotations

import pandas as pd

from lib.engagement import TimeCourse, Turnovers
from reports.fields import Bounds, Column, words
from reports.figures.engagement import READOUT, plot_time_courses
from reports.present.target_engagement.potency import (
    MOST_PANELS,
    columns_that_differ,
    name_cut,
    name_doubts,
    name_treatments,
)
from reports.shown import Panels, Table, Text
from reports.wording import count, interval_name, listing, number

FIGURE = "time_course"
NOT_AT_ALL = ["too few times", "no vehicle"]
"""Statuses of readouts of which no half-life was asked."""


def course(found: TimeCourse) -> Table:
    """Every mean log2 change."""
    rows, doubtful = found.frame, (found["quality"] != "pass").tolist()
    caption = f"**Log2 change by dose and time, {name_treatments(rows)},** mean over experiments with its "
    caption += f"{interval_name(found.confidence)}."
    if n := sum(doubtful):
        caption += f" Marked: {n:,} of {len(found):,} that cannot be told, or only with caution."
    return Table("time_course", rows, caption, show=_show_course(rows), flagged=doubtful, fold=True)


def half_lives(found: Turnovers) -> Table:
    """The table of half-lives."""
    rows = found.frame
    told, n = int(rows["half_life_h"].notna().sum()), len(rows)
    have = "has a half-life" if n == 1 else "have a half-life"
    caption = (
        f"**{told} of {count(n, 'readout')} {have} that can be told, {name_treatments(rows)}:** of the fall "
        "once production stops, and of the recovery after washout."
    )
    unsure = (
        ~rows["status"].isin(["ok", "no_effect", *NOT_AT_ALL]) | (rows["quality"] == "caution")
    ).tolist()
    return Table("turnover", rows, caption, show=_show(rows), flagged=unsure, note=name_doubts(rows))


def time_courses(found: TimeCourse, turnovers: Turnovers) -> Panels | Text:
    """Log2 change over time with the turnover fit, a panel a readout that was followed."""
    drawings = plot_time_courses(found, turnovers)
    if not drawings:
        return Text("No readout was followed over time.")
    caption = (
        f"**Change over time, {name_treatments(turnovers.frame)}.** Lines are the turnover fit; at least "
        f"three experiments carry each interval.{name_cut(len(drawings))}"
    )
    return Panels(FIGURE, drawings[:MOST_PANELS], caption, _alt(turnovers.frame))


def course_panels(found: TimeCourse) -> dict[tuple[str, ...], str]:
    """Target, treatment and normaliser → the figure that shows the change, of those that are drawn."""
    times = found.frame.groupby(READOUT)["time_h"].nunique()
    drawn = [names for names, n in times.items() if n > 1][:MOST_PANELS]
    return {tuple(names): f"{FIGURE}-{i:02d}" for i, names in enumerate(drawn, start=1)}


def _show_course(rows: pd.DataFrame) -> pd.DataFrame:
    change = ["log2_fold_change", Bounds("log2_fold_change", open_low="at background"), "n_experiments"]
    told = ["quality", Column("reasons", "Why")] if (rows["quality"] != "pass").any() else []
    columns = ["target", "dose_uM", *columns_that_differ(rows), *change, *told]
    return words(rows, columns, table="time_course")


def _show(rows: pd.DataFrame) -> pd.DataFrame:
    fit = ["half_life_h", Bounds("half_life_h"), "n_experiments", "n_points", "status"]
    return words(rows, ["target", *columns_that_differ(rows), *fit], table="turnover")


def _alt(rows: pd.DataFrame) -> str:
    """Half-lives in one line, for readers who do not see the picture."""
    told = []
    for r in rows.itertuples():
        value = f"{number(r.half_life_h, missing=r.status)}{' h' * (r.half_life_h > 0)}"
        told.append(f"{r.target} under {r.treatment} half-life {value}")
    return listing(told, 30)
