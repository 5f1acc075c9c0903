"""What the report says on top: its claims, and the sentence around the first of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from lib.engagement import Changes, Engagement, TimeCourse, choose_lead
from lib.engagement.dose import WITHOUT_CURVE
from lib.engagement.quality import is_rising
from lib.programme import Programme
from lib.programme.edges import Edges
from lib.records import Claim, Comparison, Estimate, Interval, Quality, Source, Subject
from reports.figures.engagement import READOUT
from reports.present.claimed import claim_ids
from reports.present.target_engagement.detection import count_lanes, name_ties
from reports.present.target_engagement.kinetics import course_panels
from reports.present.target_engagement.potency import (
    bounds,
    curve_panels,
    name_normaliser,
    name_times,
    shown_curves,
)
from reports.present.target_engagement.record import (
    NOTEBOOK,
    compare_in_words,
    compare_midpoint,
    directed_changes,
    is_target,
    published_of,
)
from reports.present.target_engagement.signalling import name_contradicted
from reports.shown import Answer
from reports.wording import censored, count, fixed, interval_name, listing, phrase

TITLE = "At what dose does the drug hit its target, and what follows downstream?"
MOST_CLAIMS = 200


def claims(
    changes: Changes, engaged: Engagement, course: TimeCourse, edges: Edges, *, programme: Programme
) -> Answer:
    """The midpoint by which the report is remembered; the target's others; changes whose direction is
    published; the rest.

    The lead is of the readout and treatment by which the programme says that the target is hit, chosen before
    looking at it by :func:`lib.engagement.choose_lead`.
    """
    lead = choose_lead(
        engaged, changes.readouts, target=programme.target_readout, treatment=programme.target_treatment
    )
    made = list(_all(engaged, course, lead, programme))[:MOST_CLAIMS]
    names = claim_ids(NOTEBOOK, [claim.subject for claim in made])
    found = [replace(claim, id=name) for claim, name in zip(made, names, strict=True)]
    ties, contradicted = name_ties(changes.saturated), name_contradicted(edges)
    return Answer(
        found,
        f"{phrase(found[0])}{_say_half(lead, engaged.confidence)}{_say_gone(lead)}.{_say_doubtful(engaged)}",
        quality=count_lanes(changes),
        published=compare_in_words(published_of(programme, changes)),
        caution=_say_still(engaged.curves),
        flags=[*ties, *(f"contradicted: {name}" for name in contradicted)],
    )


def _all(engaged: Engagement, course: TimeCourse, lead: pd.Series, programme: Programme) -> Iterator[Claim]:
    rows = engaged.frame
    own = rows["target"].map(lambda name: is_target(programme, name)).astype(bool)
    on_target = own | (not programme.target_readout)
    fitted = ~rows["status"].isin({*WITHOUT_CURVE} - {"saturated"})
    places = [lead.name, *rows.index[on_target & fitted]]
    panels = curve_panels(engaged)
    asked = [question for question, analyses in programme.questions.items() if NOTEBOOK in analyses]
    first, second = (asked or [TITLE])[0], (asked[1:2] or asked[:1] or [TITLE])[0]

    def midpoint(place: int) -> Claim:
        row = rows.loc[place]
        figure = panels.get(tuple(row[READOUT]), "") if fitted[place] else ""
        return _midpoint(row, engaged, first if on_target[place] else TITLE, figure, programme)

    yield from map(midpoint, dict.fromkeys(places))
    yield from _changes(course, second, programme)
    yield from map(midpoint, shown_curves(engaged).index.difference(places))


def _midpoint(row: pd.Series, engaged: Engagement, question: str, figure: str, programme: Programme) -> Claim:
    """The midpoint of a dose curve; of one that rises none is claimed, since it inhibits nothing."""
    columns = ("ic50_uM", "ic50_low_uM", "ic50_high_uM")
    if is_rising(row) and np.isfinite(row["ic50_uM"]):
        columns = ("", "", "")
    value, low, high = (float(row[column]) if column else np.nan for column in columns)
    estimate = Estimate(
        value,
        "µM",
        _interval(low, high, engaged),
        "log",
        qualifier="not estimable" if np.isnan(value) else row["ic50_qualifier"],
    )
    condition = f"under {row['treatment']} at {row['time_h']:g} h{name_normaliser(row)}"
    source = Source("engagement", int(row.name), *columns, figure=figure)
    subject = Subject(f"{row['target']} midpoint IC50", condition=condition)
    return _claim(subject, question, estimate, row, source, *compare_midpoint(programme, row))


def _changes(course: TimeCourse, question: str, programme: Programme) -> Iterator[Claim]:
    panels = course_panels(course)
    for row, comparison in directed_changes(programme, course):
        value = float(row["log2_fold_change"])
        estimate = Estimate(
            value,
            "log2",
            _interval(row["low"], row["high"], course),
            null=0.0,
            qualifier="not estimable" if np.isnan(value) else "=",
        )
        when = f"{row['dose_uM']:g} µM and {row['time_h']:g} h"
        condition = f"under {row['treatment']} at {when}{name_normaliser(row)}"
        figure = panels.get(tuple(row[READOUT]), "")
        source = Source("time_course", int(row.name), "log2_fold_change", "low", "high", figure)
        yield _claim(
            Subject(f"{row['target']} change", condition=condition),
            question,
            estimate,
            row,
            source,
            comparison,
        )


def _interval(low: float, high: float, found: Engagement | TimeCourse) -> Interval | None:
    if np.isnan(low) and np.isnan(high):
        return None
    return Interval(float(low), float(high), found.confidence, found.settings["method"])


def _claim(
    subject: Subject,
    question: str,
    estimate: Estimate,
    row: pd.Series,
    source: Source,
    published: Comparison | None,
    note: str = "",
) -> Claim:
    n = int(row["n_experiments"])
    return Claim(
        "",
        question,
        subject,
        estimate,
        n,
        "experiment" if n == 1 else "experiments",
        Quality.of_row(row),
        source,
        published=published,
        note=note,
    )


def _say_half(row: pd.Series, confidence: float) -> str:
    """Where half of the lead readout is left, or that no dose moved it."""
    if row["status"] in (*WITHOUT_CURVE, "failed") or is_rising(row):
        return ""
    if row["status"] == "no_effect":
        return "; no dependence on dose was found"
    if row["absolute_ic50_qualifier"] == "":
        return "; where half is left cannot be told"
    value = f"{censored(row['absolute_ic50_uM'], row['absolute_ic50_qualifier'])} µM"
    if row["absolute_ic50_qualifier"] == "=":
        limits = bounds(row["absolute_ic50_low_uM"], row["absolute_ic50_high_uM"])
        return f"; half is left at {value} ({interval_name(confidence)} {limits})"
    side = "above" if row["absolute_ic50_qualifier"] == ">" else "below"
    return f"; half is left only {side} the tested doses ({value})"


def _say_gone(row: pd.Series) -> str:
    """What is gone at the highest dose, or how far it stands above vehicle."""
    share = row["max_inhibition"]
    if not np.isfinite(share):
        return ""
    what = "of it is gone" if share >= 0 else "more than vehicle is there"
    return f"; at the highest dose, {row['highest_dose_uM']:g} µM, {fixed(100 * abs(share), 0)} % {what}"


def _say_doubtful(engaged: Engagement) -> str:
    """How many dose curves failed, cannot be judged or need caution; empty where there is one curve, which
    says so itself."""
    n = engaged["quality"].value_counts()
    verbs = {
        "fail": ("failed", "failed"),
        "not judged": ("cannot be told", "cannot be told"),
        "caution": ("needs caution", "need caution"),
    }
    told = [f"{n[name]:,} {verbs[name][int(n[name] > 1)]}" for name in verbs if n.get(name, 0)]
    return f" Of {count(len(engaged), 'dose curve')} {listing(told)}." if told and len(engaged) > 1 else ""


def _say_still(curves: pd.DataFrame) -> str:
    """Which readouts no dose changed, in how many of their curves where there are several; empty where there
    is none."""
    still = curves[curves["status"] == "no_effect"].groupby("target", sort=True).size()
    of = curves.groupby("target").size()
    named = [name if of[name] == 1 else f"{name} in {n} of {of[name]} curves" for name, n in still.items()]
    return f"**No dose changed** {listing(named)} ({name_times(curves)})." if named else ""
