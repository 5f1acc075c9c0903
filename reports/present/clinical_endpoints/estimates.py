"""Rates, times and hazard ratios as a reader sees them: tables and figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import pandas as pd
from matplotlib.figure import Figure as Drawing

from lib.clinical import HazardRatios, Precision, RateDifferences, Rates, SurvivalAtTimes, Times, match_rates
from lib.survival import SurvivalCurve
from reports.fields import Bounds, Column, words
from reports.figures.forest import ForestRow, plot_forest
from reports.figures.response import plot_response_rates
from reports.figures.survival import plot_kaplan_meier
from reports.present.clinical_endpoints.words import (
    PATIENTS,
    named,
    say_median,
    say_rate,
)
from reports.present.flags import name_reasons
from reports.shown import Figure, Table
from reports.wording import interval_name, is_missing, number

LONG = 6
"""Rows of differences above which their table starts folded."""


def rates(found: Rates) -> Table:
    """Response rates."""
    rate = [Column("rate", missing=found["status"]), Bounds("rate")]
    columns = ["endpoint", "group", "responders", PATIENTS, *rate, *name_reasons(found)]
    shown = words(found.frame, columns, table="response_rates", confidence=found.confidence)
    caption = (
        f"**{say_rate(found) or 'No responses given'}.** Patients never assessed count as not responding. ORR"
        " and DCR are confirmed; DCR at a time: confirmed response, or still controlled at a visit then;"
        " CBR: the same at 24 weeks."
    )
    return Table("response_rates", found.frame, caption, show=shown)


def rate_bars(found: Rates, references: pd.DataFrame) -> Figure | None:
    """Rates of the groups beside the published ones; nothing without responses."""
    frame = found.frame
    if not len(frame):
        return None
    each = frame[frame.group.ne("all") | frame.group.eq("all").all()]
    marks = {k: v for k, v in match_rates(found, references).items() if k[1] in set(each.group)}
    said = say_rate(found)
    caption = f"**{said}.** Bars: rates with intervals{'; open diamonds: published' if marks else ''}."
    return Figure("response_rates", cast(Drawing, plot_response_rates(each, published=marks)), caption, said)


def differences(found: RateDifferences) -> Table:
    """Rate differences, in percentage points."""
    difference = ["difference", Bounds("difference", missing=found["status"]), "method", "p_fisher"]
    columns = ["endpoint", "group", "reference", *difference]
    shown = words(found.frame, columns, table="rate_differences", confidence=found.confidence)
    caption = (
        "**Differences of rates.** Group minus reference, three methods side by side; not randomised unless"
        " the design says so."
    )
    return Table("rate_differences", found.frame, caption, show=shown, fold=len(found) > LONG)


def times(found: Times) -> Table:
    """Medians, follow-up and restricted means."""
    medians = [say_median(found, e) for e in pd.unique(found["endpoint"]) if e != "TTR"][:1]
    caption = (
        f"**{(medians or ['No times given'])[0]}.** At risk there: patients at risk at the median, or at the"
        " end of a curve that does not reach it. Follow-up by reverse Kaplan–Meier."
    )
    return Table("time_to_event", found.frame, caption, show=read_times(found, "time_to_event"))


def read_times(found: Times, table: str) -> pd.DataFrame:
    """Times as read, for the table of that name."""
    rows = list(found.frame.itertuples())
    status = [str(row.median_status).split(",")[0] for row in rows]
    median = [Column("median", missing=status), Bounds("median", missing="not reached"), "median_at_risk"]
    means = [Column("follow_up_median", cells=map(_follow_up, rows)), Column("rmst", cells=map(_mean, rows))]
    columns = ["endpoint", "group", PATIENTS, "events", *median, *means, *name_reasons(found)]
    return words(found.frame, columns, table=table, confidence=found.confidence)


def _follow_up(row: Any) -> str:
    return number(row.follow_up_median, missing="no censoring" if row.n == row.events else "not reached")


def _mean(row: Any) -> str:
    if is_missing(row.rmst):
        return "beyond follow-up" if row.rmst_at else "no follow-up"
    spread = "" if not is_missing(row.rmst_se) else "; one event time" if row.events else "; no event"
    return f"{number(row.rmst)} (to {number(row.rmst_at)}{spread})"


def landmarks(found: SurvivalAtTimes) -> Table:
    """Survival at fixed times."""
    share = [Column("survival", missing=found["status"]), Bounds("survival"), "at_risk"]
    columns = ["endpoint", "group", "time", *share]
    shown = words(found.frame, columns, table="landmarks", confidence=found.confidence)
    caption = (
        "**Free of event at fixed times**, with the number still at risk. Before the first event the interval"
        " is Clopper and Pearson's for those at risk."
    )
    return Table("landmarks", found.frame, caption, show=shown, fold=True)


def curves(
    found: Mapping[str, Mapping[str, SurvivalCurve]], times: Times, landmarks: SurvivalAtTimes
) -> list[Figure]:
    """Kaplan–Meier curves, a figure an endpoint."""
    return [_curve(endpoint, groups, times, landmarks) for endpoint, groups in found.items()]


def _curve(
    endpoint: str, groups: Mapping[str, SurvivalCurve], times: Times, landmarks: SurvivalAtTimes
) -> Figure:
    drawing = plot_kaplan_meier(
        groups,
        per_unit=times.settings["days_per_month"],
        ylabel=f"Free of event, {endpoint}",
        landmarks=landmarks.settings["months"],
    )
    said = say_median(times, endpoint)
    caption = f"**{said}.** Bands: pointwise intervals; ticks: censored patients; numbers at risk below."
    return Figure(curve_name(endpoint), cast(Drawing, drawing), caption, f"Kaplan–Meier curves. {said}")


def curve_name(endpoint: str) -> str:
    """File of an endpoint's curves."""
    return f"kaplan_meier_{endpoint.lower().replace(' ', '_')}"


def ratios(found: HazardRatios) -> Table:
    """Hazard ratios; one that does not exist shows why."""
    ratio = [Column("hazard_ratio", missing=found["status"]), Bounds("hazard_ratio", low="hr_low")]
    p = Column("logrank_p", "" if found.settings["randomised"] else "Log-rank p\n(descriptive)")
    note = Column("reasons", "Note", missing="none")
    columns = ["endpoint", "group", "reference", *ratio, p, "ph_test_p", note]
    shown = words(found.frame, columns, table="comparisons", confidence=found.confidence)
    caption = (
        f"**{say_ratios(found)}.** Below 1: longer times than the reference. Duration of response compares"
        " responders only."
    )
    return Table("comparisons", found.frame, caption, show=shown)


def say_ratios(found: HazardRatios) -> str:
    """Hazard ratio of every endpoint and group against the reference."""
    frame = found.frame
    if not len(frame):
        return "No two groups to compare: no hazard ratio"
    labels = list(frame.endpoint + " in " + frame.group)
    said = named(labels, list(frame.hazard_ratio), list(frame.status))
    return f"Hazard ratio against {found.settings['reference']}: {said}"


def ratio_forest(found: HazardRatios) -> Figure | None:
    """Hazard ratios as a forest; nothing with one group."""
    if not len(found):
        return None
    rows = [
        ForestRow(
            f"{row.endpoint}, {row.group}",
            row.hazard_ratio,
            row.hr_low,
            row.hr_high,
            note="" if row.status == "ok" else row.status,
        )
        for row in found.frame.itertuples()
    ]
    drawing = plot_forest(
        rows,
        xlabel=f"Hazard ratio against {found.settings['reference']}",
        log=True,
        reference=1,
        estimate_column=f"Hazard ratio ({interval_name(found.confidence, 'CI')})",
    )
    said = say_ratios(found)
    caption = (
        f"**{said}.** Left of 1: longer times than the reference. Descriptive where groups were not"
        " randomised."
    )
    return Figure("hazard_ratios", cast(Drawing, drawing), caption, said)


def precision(found: Precision) -> Table:
    """What the numbers of patients and events can tell."""
    caption = (
        "**What these numbers can tell.** Half-width of the rates' intervals; power of the log-rank test with"
        " the events observed."
    )
    shown = words(found.frame, found.frame.columns, table="precision")
    return Table("precision", found.frame, caption, show=shown, fold=True)
