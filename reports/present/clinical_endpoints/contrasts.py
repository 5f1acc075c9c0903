"""What the results hang on: rules of censoring, visits, proportional hazards, subgroups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from matplotlib.figure import Figure as Drawing

from lib.clinical import FurtherContrasts, HazardRatios, SubgroupRatios, Times, VisitTiming
from lib.survival import SurvivalCurve
from reports.fields import Bounds, Column, words
from reports.figures.forest import ForestRow, plot_forest
from reports.figures.survival import plot_log_log
from reports.present.clinical_endpoints.estimates import read_times
from reports.present.clinical_endpoints.words import PATIENTS, named
from reports.shown import Figure, Table
from reports.wording import interval_name, is_missing, listing, p_value

MOST_NAMED = 12
OWN_WORDS = ("ok", "few events")
"""States in which a subgroup's ratio stands in the picture."""


def sensitivity(found: Times) -> Table:
    """Progression-free survival under other rules of censoring."""
    caption = (
        "**Progression-free survival under other censoring rules.** FDA: new therapy and two missed visits"
        " censor; EMA: neither does."
    )
    return Table(
        "censoring_sensitivity", found.frame, caption, show=read_times(found, "censoring_sensitivity")
    )


def further(found: FurtherContrasts) -> Table:
    """Contrasts that do not rest on proportional hazards."""
    estimate = [Column("estimate", missing=found["status"]), Bounds("estimate")]
    at, p = Column("at_months", missing="all times"), Column("p_value", "p\n(descriptive)")
    columns = ["endpoint", "group", "quantity", at, *estimate, p]
    shown = words(found.frame, columns, table="further_comparisons", confidence=found.confidence)
    caption = (
        "**Contrasts that do not rest on proportional hazards.** Weighted log-rank tests, survival at fixed"
        f" times, restricted means.{say_without_spread(found)}"
    )
    return Table("further_comparisons", found.frame, caption, show=shown, fold=True)


def say_without_spread(found: FurtherContrasts) -> str:
    """Which differences of restricted means have no interval, and why; empty where all have one."""
    bare = found["status"].isin(["no event yet", "one event time"])
    bare &= found["quantity"].str.contains("restricted")
    said = [
        f"{r.endpoint}, {r.group} against {r.reference}: {r.status}" for r in found.frame[bare].itertuples()
    ]
    if not said:
        return ""
    return (
        " Where a group has no event, or all at one time, its restricted mean has no standard error and the"
        f" difference neither interval nor p ({listing(said)})."
    )


def timing(found: VisitTiming) -> Table:
    """Medians by where progression is put."""
    none = ["no interval" if method == "turnbull" else "not reached" for method in found["method"]]
    median = [Column("median", missing=found["median_status"]), Bounds("median", missing=none)]
    columns = ["group", "method", PATIENTS, "events", *median]
    shown = words(found.frame, columns, table="visit_timing", confidence=found.confidence)
    caption = (
        "**Median progression-free survival, months, by where between two visits progression is put.** At"
        " detection is the convention. A death stays on its day."
    )
    return Table("visit_timing", found.frame, caption, show=shown, fold=True)


def proportional_hazards(
    curves: Mapping[str, Mapping[str, SurvivalCurve]], ratios: HazardRatios, times: Times
) -> Figure | None:
    """log-minus-log curves of the first endpoint; nothing with one group."""
    if not len(ratios) or not curves:
        return None
    endpoint = next(iter(curves))
    tested = ratios["ph_test_p"][ratios["endpoint"].eq(endpoint)]
    least = tested.min() if len(tested) else float("nan")
    said = "none, for want of events" if is_missing(least) else f"p = {p_value(least)}"
    said = f"{'least ' if len(tested) > 1 and not is_missing(least) else ''}{said}"
    drawing = plot_log_log(curves[endpoint], per_unit=times.settings["days_per_month"])
    caption = (
        f"**Test of proportional hazards, {endpoint}: {said}.** Lines that keep their distance mean hazards"
        " in proportion."
    )
    alt = f"log-minus-log curves of {endpoint}; test of proportional hazards: {said}"
    return Figure("proportional_hazards", cast(Drawing, drawing), caption, alt)


def subgroups(found: SubgroupRatios) -> list[Table | Figure]:
    """Hazard ratios in subgroups as table and forest; nothing without any."""
    if not len(found):
        return []
    return [_subgroup_table(found), _subgroup_forest(found)]


def _subgroup_table(found: SubgroupRatios) -> Table:
    made = found.settings
    counts = [Column("n", "Patients", missing="few"), Column("events", missing="few")]
    ratio = [Column("hazard_ratio", missing=found["status"]), Bounds("hazard_ratio", low="hr_low")]
    columns = ["variable", "subgroup", *counts, *ratio, "interaction_p"]
    shown = words(found.frame, columns, table="subgroups", confidence=found.confidence)
    absent = f" Not in the tables: {listing(list(made['absent']), MOST_NAMED)}." if made["absent"] else ""
    caption = (
        f"**{made['endpoint']} in subgroups: hazard ratio against {made['reference']}.** Interaction: does"
        f" the ratio differ between the levels? Descriptive; small subgroups say little.{absent}"
    )
    return Table("subgroups", found.frame, caption, show=shown)


def _subgroup_forest(found: SubgroupRatios) -> Figure:
    frame, made = found.frame, found.settings
    drawing = plot_forest(
        [_subgroup_row(r) for r in frame.itertuples()],
        xlabel="Hazard ratio",
        log=True,
        reference=1,
        columns=["Events/patients"],
        estimate_column=f"Hazard ratio ({interval_name(found.confidence, 'CI')})",
    )
    labels = list(frame.variable + " " + frame.subgroup)
    said = named(labels, list(frame.hazard_ratio), list(frame.status))
    caption = f"**Subgroups, {made['endpoint']}.** Hazard ratio against {made['reference']}."
    return Figure("subgroups", cast(Drawing, drawing), caption, f"Subgroup hazard ratios: {said}")


def _subgroup_row(row: Any) -> ForestRow:
    return ForestRow(
        row.subgroup,
        row.hazard_ratio,
        row.hr_low,
        row.hr_high,
        group=f"{row.variable} (interaction p = {p_value(row.interaction_p)})",
        columns=(_fraction(row.events, row.n),),
        note="" if row.status in OWN_WORDS else row.status,
    )


def _fraction(events: float, n: float) -> str:
    """Events of patients, ``12/30``; ``few`` where a count is left out."""
    return "few" if is_missing(events) or is_missing(n) else f"{events:.0f}/{n:.0f}"
