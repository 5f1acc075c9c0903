"""Cohorts, and more than two time points."""

from __future__ import annotations

from lib.paired import Groups, TimeCourse
from reports.fields import Bounds, Column, words
from reports.shown import Table
from reports.wording import count, p_value


def cohorts(found: Groups) -> Table | None:
    """Shifts by cohort; nothing where there are no two of them."""
    if not len(found):
        return None
    tests = [
        Column("p_groups", missing="in the adjusted row"),
        Column("why", "Why no interval", missing="none"),
    ]
    columns = ["population", "group", "n_pairs", "shift", Bounds("shift"), *tests]
    shown = words(found.frame, columns, table="groups", confidence=found.confidence)
    caption = f"**{_differences(found)}** Not randomised: descriptive only."
    return Table("groups", found.frame, caption, show=shown, fold=True)


def _differences(found: Groups) -> str:
    """How many populations differ between cohorts at p < .05, of how many tested."""
    tests = found.frame.loc[found["group"] == "adjusted", "p_groups"].dropna()
    if tests.empty:
        return "Cohorts are too small to be compared."
    n = len(tests)
    return (
        f"{int((tests < 0.05).sum())} of {count(n, 'population')} {'differs' if n == 1 else 'differ'} between"
        f" cohorts at p < 0.05 (least p {p_value(float(tests.min()))}, not adjusted)."
    )


def time_course(found: TimeCourse) -> Table | None:
    """Changes from baseline; nothing where one later time point is all there is."""
    if not len(found):
        return None
    columns = ["population", "timepoint", "n_samples", "shift", Bounds("shift"), "p_value", "status"]
    shown = words(found.frame, columns, table="time_course", confidence=found.confidence)
    caption = (
        f"**{_changes(found)}** Change from baseline at every time point, mixed model of the logits, all"
        " samples used."
    )
    return Table("time_course", found.frame, caption, show=shown, fold=True)


def _changes(found: TimeCourse) -> str:
    """At each time point, of how many populations the interval excludes no change."""
    told = found.frame.assign(moved=(found["low"] > 0) | (found["high"] < 0))
    parts = [
        f"{int(part['moved'].sum())} of {count(len(part), 'population')} at {timepoint}"
        for timepoint, part in told.groupby("timepoint", sort=False)
    ]
    return f"The interval excludes no change for {', '.join(parts)}."
