"""A reconstruction as a reader sees it: tables, figures, what was printed, and what is claimed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from matplotlib.figure import Figure as Drawing

from lib.agreement import Concordance, Concordances
from lib.door import expose
from lib.programme import Programme
from lib.reconstruct import MARGINS, Accuracy, CurveResults, Individuals, NumbersAtRisk, Reconstruction
from lib.records import Claim, Comparison, Estimate, Interval, Qualifier, Quality, Source, Subject
from lib.survival import SurvivalCurve
from reports.fields import Bounds, Column, words
from reports.figures.reconstruct import plot_ratios, plot_reconstruction
from reports.figures.style import whole
from reports.figures.survival import plot_kaplan_meier
from reports.present.claimed import claim_ids, question_of
from reports.present.flags import all_flags, name_reasons
from reports.shown import Answer, Figure, Table, Text
from reports.wording import count, interval_name, level_name, listing, number, phrase

NOTEBOOK = "reconstruct"
TITLE = "Which individual times lie behind a printed Kaplan–Meier curve?"
MOST_CURVES = 12
RATIO = "hazard_ratio"


def accuracy(found: Accuracy) -> list[Table | Text]:
    """How well each curve comes back, and what to mind."""
    frame = found.frame
    printed = Column("events_printed", missing="not given")
    distances = ["root_mean_square", "largest_residual", "at_risk_missed_by", "status"]
    columns = ["group", Column("n", "Subjects"), "events", printed, "n_points", *distances]
    shown = words(frame, columns, table="accuracy")
    caption = (
        f"{say_close(found)} Largest and typical distance between the printed and the reconstructed curve, in"
        " points of survival."
    )
    advice = " ".join(f"{row.group}: {row.advice}" for row in frame.itertuples() if row.advice)
    table = Table("accuracy", frame, caption, show=shown, flagged=list(frame["status"] == "poor"))
    return [table, Text(f"To mind: {advice or 'nothing.'}")]


def say_close(found: Accuracy) -> str:
    """How many curves come back closely, and how many poorly."""
    close, poor, n = int(found["status"].eq("close").sum()), int(found["status"].eq("poor").sum()), len(found)
    verb = "comes" if 1 in (close, n) else "come"
    badly = f", {poor} poorly" if poor else ""
    return f"**{close} of {count(n, 'curve')} {verb} back closely{badly}.**"


def _say_worst(found: Accuracy) -> str:
    worst = found.frame.loc[found["largest_residual"].idxmax()]
    return f"The curves differ by at most {100 * worst['largest_residual']:.1f} points ({worst['group']})"


def results(found: CurveResults) -> Table:
    """Medians and hazard ratios, with the interval of sampling and that of reading alone."""
    names = {"median": f"Median, {found.settings['unit']}", RATIO: "Hazard ratio"}
    draws = found.settings.get("n_draws", 0)
    unread = "no reading gave one" if draws else "not asked for"
    rows = list(found.frame.itertuples())
    units = [_unit(row, found) for row in rows]
    columns = [
        Column("quantity", cells=found["quantity"].map(names)),
        Column("group", cells=[f"{r.group} : {r.reference}" if r.reference else r.group for r in rows]),
        Column("value", missing=found["status"]),
        Bounds("value", f"{interval_name(found.confidence)}\nof sampling", unit=units),
        Bounds("value", "Interval\nof reading alone", low="reading_low", missing=unread, unit=units),
        *name_reasons(found),
    ]
    shown = words(found.frame, columns, table="results")
    references = list(dict.fromkeys(name for name in found["reference"] if name))
    ratios = f" Hazard ratios refer to {references[0]}." if references else ""
    moved = (
        f"; the interval of reading is what reading alone moves ({reading_range_in_words(found.confidence)}"
        f" of {count(draws, 'repeated reading')})"
        if draws
        else ""
    )
    caption = (
        f"**{_say_results(found)}.** The interval of sampling is as if the times were"
        f" measured{moved}.{ratios}"
    )
    return Table("results", found.frame, caption, show=shown)


def _say_results(found: CurveResults) -> str:
    """Median of every curve, and the hazard ratios."""
    made, rows = found.settings, list(found.frame.itertuples())
    medians = [f"{r.group} {number(r.value, missing=r.status)}" for r in rows if r.quantity == "median"]
    ratios = [
        f"{r.group} : {r.reference} {number(r.value, missing=r.status)}" for r in rows if r.quantity == RATIO
    ]
    said = f"Median {made['endpoint']}, {made['unit']}: {listing(medians, MOST_CURVES)}"
    return f"{said}; hazard ratio {listing(ratios, MOST_CURVES)}" if ratios else said


def reading_range_in_words(confidence: float = 0.95) -> str:
    """Between which shares of the repeated readings their interval lies: ``"2.5 to 97.5 %"``."""
    tail = (1 - confidence) / 2
    return f"{100 * tail:.6g} to {level_name(1 - tail)}"


def individuals(found: Individuals) -> Table:
    """The reconstructed times."""
    caption = (
        "**Reconstructed times, one row an individual.** Give this file to `clinical_endpoints` as `times`."
        " The numbered subjects are not patients."
    )
    return Table("reconstructed", found.frame, caption, fold=True)


def overlay(found: Mapping[str, Reconstruction], accuracy: Accuracy, people: Individuals) -> Figure:
    """The points read on the reconstructed curves, and their distance."""
    made, said = people.settings, _say_worst(accuracy)
    ylabel = f"Free of event, {made['endpoint']}"
    drawing = whole(plot_reconstruction(found, xlabel=made["unit"], ylabel=ylabel))
    caption = (
        f"**{said}.** Crosses were read off the figure, lines are reconstructed; below, their difference."
    )
    return Figure("overlay", drawing, caption, said)


def curves(found: Mapping[str, SurvivalCurve], results: CurveResults) -> Figure:
    """Kaplan–Meier curves of the reconstructed times."""
    made = results.settings
    rows = results.frame[results["quantity"] == "median"].itertuples()
    medians = listing([f"{r.group} {number(r.value, missing=r.status)}" for r in rows], MOST_CURVES)
    drawing = plot_kaplan_meier(found, xlabel=made["unit"], ylabel=f"Free of event, {made['endpoint']}")
    caption = (
        f"**Median {made['endpoint']}, {made['unit']}: {medians}.** Bands are pointwise intervals, ticks"
        " censored individuals as reconstructed."
    )
    alt = f"Kaplan–Meier curves of the reconstructed times; medians in {made['unit']}: {medians}"
    return Figure("kaplan_meier", cast(Drawing, drawing), caption, alt)


def numbers_at_risk(found: NumbersAtRisk) -> Table:
    """Numbers at risk, printed and found."""
    caption = f"**Numbers at risk, printed and found: at most {_missed(found)} apart.**"
    return Table("numbers_at_risk", found.frame, caption, fold=True)


def _missed(found: NumbersAtRisk) -> int:
    return int((found["n_printed"] - found["n_found"]).abs().max())


def against_printed(found: Concordances) -> list[Text | Table | Figure]:
    """What was printed beside the curve, as table and ratios; nothing where nothing was."""
    if not len(found):
        return []
    printed = [Column("name", "Result"), Column("published", "Printed"), Column("estimate", "Reconstructed")]
    ratio = [Column("effect", "Ratio"), Bounds("effect", "Interval\nof reading alone")]
    shown = words(found.frame, [*printed, *ratio, "verdict", "why"], table="against_printed")
    ratios = "; ".join(
        f"{v.name} {number(v.estimate)} for {number(v.published)} printed" for v in found.found
    )
    said = say_agreement(found.found)
    return [
        Text(f"{said} {say_margins()}"),
        Table("against_printed", found.frame, f"{said} Intervals are of reading alone.", show=shown),
        Figure(
            "ratios",
            cast(Drawing, plot_ratios(found.found)),
            f"{said} Reconstructed over printed; lines: repeated readings; the vertical line is equality.",
            ratios,
        ),
    ]


def say_agreement(verdicts: Sequence[Concordance]) -> str:
    """How many printed results the reconstruction gives back; empty where none was given."""
    if not verdicts:
        return ""
    agreed = sum(v.verdict == "agrees" for v in verdicts)
    verb = "agrees" if 1 in (agreed, len(verdicts)) else "agree"
    return f"**{agreed} of {count(len(verdicts), 'printed result')} {verb}.**"


def say_margins() -> str:
    """How far a result may lie from the printed one, and which interval is held against that."""
    return (
        f"Printed medians are compared as ratios with a margin of {MARGINS['median']:g}, printed hazard"
        f" ratios with a margin of {MARGINS[RATIO]:g}. The interval held against the margin is that of"
        " reading alone: both numbers come from the same patients, so sampling does not enter."
    )


def claims(
    found: CurveResults,
    accuracy: Accuracy,
    people: Individuals,
    risk: NumbersAtRisk,
    against: Concordances,
    programme: Programme,
) -> Answer:
    """The first hazard ratio leads, or the first median where there is one curve; the others follow as in the
    table."""
    sizes = dict(zip(accuracy["group"], accuracy["n"], strict=True))
    question = question_of(programme, NOTEBOOK, otherwise=TITLE)
    each = [
        _claim(row, i, found, sizes, question, against.of(str(row.quantity), str(row.group)))
        for i, row in enumerate(found.frame.itertuples())
    ]
    lead = _lead(each)
    each = sorted(each, key=lambda claim: claim is not lead)
    names = claim_ids(NOTEBOOK, (claim.subject for claim in each))
    each = [replace(claim, id=name) for claim, name in zip(each, names, strict=True)]
    made = f"{count(int(people['event'].sum()), 'event')} in {count(len(accuracy), 'curve')}"
    said, missed = phrase(each[0]), _missed(risk)
    off = f"within {missed}" if missed else "as printed"
    return Answer(
        each,
        f"{said[:1].upper()}{said[1:]}; {made}.{_say_failed(accuracy)}",
        quality=f"{say_close(accuracy)} {_say_worst(accuracy)}; numbers at risk {off}.",
        published=say_agreement(against.found),
        caution="**Digitised:** the times are reconstructed from a picture and are not those of patients.",
        flags=_flags(accuracy, found),
        origin="digitised",
    )


def _lead(found: Sequence[Claim]) -> Claim:
    return next((c for c in found if c.estimate.null is not None), found[0])


def _claim(
    row: Any,
    place: int,
    found: CurveResults,
    sizes: Mapping[str, int],
    question: str,
    held: Concordance | None,
) -> Claim:
    made, is_ratio = found.settings, row.quantity == RATIO
    missing: Qualifier = "not reached" if row.status == "not reached" else "not estimable"
    of = [sizes.get(group) for group in ([row.group, row.reference] if is_ratio else [row.group])]
    n = None if None in of else sum(filter(None, of))
    estimate = Estimate(
        float(row.value),
        _unit(row, found),
        Interval(
            float(row.low), float(row.high), found.confidence, "Cox, efron" if is_ratio else made["method"]
        ),
        "log",
        1.0 if is_ratio else None,
        missing if math.isnan(row.value) else "=",
    )
    subject = Subject(
        f"hazard ratio of {made['endpoint']}" if is_ratio else f"median {made['endpoint']}",
        population=f"{row.group} against {row.reference}" if is_ratio else str(row.group),
    )
    return Claim(
        "",  # all at once, for ids must differ
        question,
        subject,
        estimate,
        n,
        "reconstructed time" if n == 1 else "reconstructed times",
        Quality.of_row(row._asdict()),
        Source("results", place, "value", "low", "high", "" if is_ratio else "kaplan_meier"),
        origin="digitised",
        published=_comparison(held) if held else None,
        note="held within the error of reading alone" if held else "nothing was printed to compare with",
    )


def _unit(row: Any, found: CurveResults) -> str:
    return "" if row.quantity == RATIO else str(found.settings["unit"])


def _comparison(held: Concordance) -> Comparison:
    known = held.to_comparison()
    return Comparison(known.verdict, known.value, known.margin, "printed beside the curve", known.why)


def _say_failed(found: Accuracy) -> str:
    """How many curves come back poorly, so that nothing should rest on them; empty where none does."""
    poor = list(found["group"][found["status"] == "poor"])
    if not poor:
        return ""
    verb, them = ("comes", "it") if len(poor) == 1 else ("come", "them")
    named = listing(poor, MOST_CURVES)
    return (
        f" {len(poor)} of {count(len(found), 'curve')} {verb} back poorly ({named}): rest nothing on {them}."
    )


def _flags(accuracy: Accuracy, found: CurveResults) -> list[str]:
    rows = [*accuracy.frame.to_dict("records"), *found.frame.to_dict("records")]
    return all_flags([why for row in rows for why in Quality.of_row(row).reasons])


__dir__ = expose(globals(), numbered=True)
