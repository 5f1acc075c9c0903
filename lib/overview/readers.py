"""The leading numbers of each analysis, from the tables of its report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pandas as pd

from lib.agreement import DIRECTIONS
from lib.engagement import strongest_changes
from lib.overview.finding import Finding
from lib.overview.known import NOT_FOUND, NOTHING, Known, plain
from lib.overview.questions import question_of, question_of_readouts
from lib.overview.rows import Row, directed_row, make_row

MOST_UNCOMPARED = 5
WITHOUT_CURVE = ["too few doses", "no vehicle"]


def read_engagement(finding: Finding, known: Known) -> Iterator[Row]:
    """Midpoints of the target's readout (of all without a target), then readouts whose direction is published."""
    yield from _midpoints(finding, known)
    yield from _directions(finding, known)


def _midpoints(finding: Finding, known: Known) -> Iterator[Row]:
    engaged = finding.table("engagement")
    told = engaged[~engaged["status"].isin(WITHOUT_CURVE)] if len(engaged) else engaged
    if known.target and len(told):
        told = told[told["target"].map(known.is_target)]
    question = question_of(known, finding.notebook, on_target=True)
    for r in told.itertuples():
        there = r.ic50_qualifier == "="  # a tested limit is no estimate
        numbers = (r.ic50_uM, r.ic50_low_uM, r.ic50_high_uM) if there else (None, None, None)
        by = f", by {r.normalised_to}" if len(set(told["normalised_to"])) > 1 else ""
        name = f"{_spaced(r.target)}, midpoint IC50, {r.treatment}, {r.time_h:g} h{by}"
        published, why = _cellular(known, r)
        yield make_row(finding, question, name, numbers, "µM", r.n_experiments, published=published,
                       why=why if there else f"{why}; {_no_midpoint(r)}", log_scale=True)  # fmt: skip


def _cellular(known: Known, row: Any) -> tuple[str, str]:
    """Published cellular IC50 of a readout under its treatment, and why none is held against it."""
    values = {plain(name): value for name, value in known.cellular_ic50(str(row.treatment)).items()}
    value = values.get(known.published_name(row.target))
    if value is None:
        return "none", NOTHING
    if value == NOT_FOUND:
        return "none", "no cellular IC50 is published"
    return value, "a cellular IC50 is published, no margin to hold it against"


def _no_midpoint(row: Any) -> str:
    """Why a dose curve has no midpoint among its doses."""
    if pd.isna(row.ic50_qualifier) or not str(row.ic50_qualifier):
        return f"not estimable: {row.status}"
    return f"beyond the doses ({row.ic50_qualifier} {row.ic50_uM:g} µM)"


def _directions(finding: Finding, known: Known) -> Iterator[Row]:
    """Without washout at the highest dose, there at the longest time, one row a treatment and readout."""
    course = finding.table("time_course")
    if not len(course):
        return
    usual = {"treatment": known.treatment, "normalised_to": "total protein"}
    course = course.assign(**{name: course.get(name, value) for name, value in usual.items()})
    judged = {name: _known_of(part, name, known) for name, part in strongest_changes(course).items()}
    several = sum(len(found) > 0 for found in judged.values()) > 1
    question = question_of_readouts(known, finding.notebook)
    for treatment, found in judged.items():
        under = f" under {treatment}" if several else ""
        for r, expected in found:
            name = f"{_spaced(r.target)} at {r.dose_uM:g} µM, {r.time_h:g} h{under}"
            yield directed_row(finding, question, name, (r.log2_fold_change, r.low, r.high), "log2", r.n_experiments,
                               expected)  # fmt: skip


def _known_of(course: pd.DataFrame, treatment: str, known: Known) -> list[tuple[Any, str]]:
    """Readouts other than the target's whose direction is published, in the order of publication."""
    expected = {plain(name): direction for name, direction in known.directions(treatment).items()}
    place = {name: i for i, name in enumerate(expected)}
    told = [(place[known.published_name(r.target)], r) for r in course.itertuples()
            if known.published_name(r.target) in expected and not known.is_target(r.target)]  # fmt: skip
    return [(r, expected[known.published_name(r.target)]) for _, r in sorted(told, key=lambda pair: pair[0])]


def _spaced(name: object) -> str:
    return str(name).replace("_", " ")


def read_ihc(finding: Finding, known: Known) -> Iterator[Row]:
    """Shift of the H-score of each marker; only stains of the target speak of it."""
    shifts = finding.table("ihc_shifts")
    for r in (shifts[shifts["measurement"] == "h_score"] if len(shifts) else shifts).itertuples():
        hit = known.is_stain(str(r.population).partition("/")[0])
        yield make_row(finding, question_of(known, finding.notebook, on_target=hit), f"{r.population}, H-score shift",
                       (r.shift, r.shift_low, r.shift_high), "H-score points", r.n_pairs,
                       why=known.reason(finding.notebook) if hit else NOTHING, null=0.0)  # fmt: skip


def read_ic50(finding: Finding, known: Known) -> Iterator[Row]:
    """IC50s beside the published ones; without any, the lowest of the report."""
    question = question_of(known, finding.notebook)
    compared = finding.table("against_published") if known.ic50 else pd.DataFrame()
    for r in compared.itertuples():
        yield make_row(finding, question, f"IC50, {r.name}", (r.estimate, r.low, r.high), r.unit,
                       getattr(r, "n_experiments", None), published=f"{r.published:g}", agreement=r.verdict, why=r.why,
                       log_scale=True)  # fmt: skip
    if len(compared):
        return
    reason = "nothing is published for this line and compound" if known.ic50 else NOTHING
    found = sorted(map(_ic50_of, finding.table("ic50_summary").to_dict("records")), key=_by_value)
    for quantity, numbers, n, why in found[:MOST_UNCOMPARED]:
        yield make_row(finding, question, quantity, numbers, "µM", n, why=f"{reason}{why}", log_scale=True)


Ic50 = tuple[str, tuple[Any, Any, Any], Any, str]


def _ic50_of(row: Mapping[str, Any]) -> Ic50:
    """The relative IC50 of a row where it has a value, else the absolute one, else why there is none: a limit is none."""
    name, n = f"{row['compound']}, {row['cell_line']}", row["n_experiments"]
    for prefix, word in (("", "IC50"), ("absolute_", "absolute IC50")):
        if row.get(f"{prefix}qualifier", "=") == "=" and pd.notna(row.get(f"{prefix}geometric_mean_uM")):
            mean, low, high = (row[f"{prefix}geometric_{end}_uM"] for end in ("mean", "low", "high"))
            return f"{word}, {name}", (mean, low, high), n, ""
    mark = row.get("qualifier")
    beyond = f"beyond the doses ({mark} {row['geometric_mean_uM']:g} µM)" if mark in ("<", ">") else ""
    return f"IC50, {name}", (None, None, None), n, f"; {beyond or row.get('why', 'no IC50')}"


def _by_value(found: Ic50) -> tuple[bool, float]:
    value = found[1][0]
    return value is None, 0.0 if value is None else float(value)


def read_synergy(finding: Finding, known: Known) -> Iterator[Row]:
    """Score of each pair under the model that judges it, beside the published word for the pair."""
    question, scores = question_of(known, finding.notebook), finding.table("synergy")
    judged = scores.get("reference", scores.get("model", pd.Series(dtype=object)) == "bliss").astype(bool)
    for r in scores[judged].itertuples():
        pair = f"{r.compound_1} + {r.compound_2}, {r.cell_line}, over {known.models.get(r.model, r.model)}"
        word = known.interaction(str(r.compound_1), str(r.compound_2))
        why = "a word is published, no score for these lines" if word else NOTHING
        yield make_row(finding, question, pair, (r.score, r.score_low, r.score_high), "points", r.n_replicates,
                       published=word or "none", why=f"{why}; here {r.verdict}", null=0.0)  # fmt: skip


def read_immune(finding: Finding, known: Known) -> Iterator[Row]:
    """Odds ratio of each population of which a direction is expected; of all where none is of any."""
    shifts = finding.table("shifts")
    if not len(shifts):
        return
    question, told = question_of(known, finding.notebook), shifts[shifts["denominator"] == "parent"]
    expected = told["expected"].isin(list(DIRECTIONS))
    for r in (told[expected] if expected.any() else told).itertuples():
        yield make_row(finding, question, f"{r.population}, odds ratio", (r.odds_ratio, r.odds_ratio_low, r.odds_ratio_high),
                       "times baseline", r.n_pairs, null=1.0, log_scale=True, **_held(r, known))  # fmt: skip


def _held(row: Any, known: Known) -> dict[str, str]:
    """Published direction and verdict; a verdict on an expectation of the study's own is none on the published."""
    published = known.population(str(row.population))
    if published and published == row.expected:
        why = f"direction only; {row.why}" if hasattr(row, "why") else ""
        return {"published": published, "agreement": str(row.verdict), "why": why}
    if row.expected not in DIRECTIONS:
        return {"why": NOTHING}
    return {"why": f"{row.expected} is the study's own expectation, not a published one"}


def read_cytokines(finding: Finding, known: Known) -> Iterator[Row]:
    """Change of each analyte."""
    question = question_of(known, finding.notebook)
    for r in finding.table("cytokine_shifts").itertuples():
        why = known.reason(finding.notebook) if known.analyte(str(r.analyte)) else NOTHING
        yield make_row(finding, question, str(r.analyte), (r.log2_fold_change, r.low, r.high), "log2", r.n_pairs,
                       why=why, null=0.0)  # fmt: skip


def read_stroma(finding: Finding, known: Known) -> Iterator[Row]:
    """Shift of area and alignment of each marker."""
    question, shifts = question_of(known, finding.notebook), finding.table("stroma_shifts")
    kept = shifts[shifts["measurement"].isin(["area_fraction", "alignment"])] if len(shifts) else shifts
    for r in kept.itertuples():
        unit = "logits" if r.scale == "logit" else "R"
        yield make_row(finding, question, f"{r.marker}, {_spaced(r.measurement)}", (r.shift, r.shift_low, r.shift_high),
                       unit, r.n_pairs, null=0.0, why=known.reason(finding.notebook))  # fmt: skip


def read_clinical(finding: Finding, known: Known) -> Iterator[Row]:
    """Rates and medians beside the published ones, each with the patients of its own endpoint."""
    question = question_of(known, finding.notebook)
    sizes = {(r.endpoint, r.group): r.n for name in ("response_rates", "time_to_event")
             for r in finding.table(name).itertuples()}  # fmt: skip
    named = {f"{item}, ": endpoint for item, endpoint in known.endpoints.items()}
    for r in finding.table("published_comparison").itertuples():
        start = next((start for start in named if str(r.name).startswith(start)), None)
        n = sizes.get((named[start], str(r.name).removeprefix(start))) if start else None
        if start is None or (
            n is None and pd.isna(r.estimate)
        ):  # another programme's item; no such group here
            continue
        published = "none" if pd.isna(r.published) else f"{r.published:g}"
        yield make_row(finding, question, str(r.name), (r.estimate, r.low, r.high), r.unit, n, published=published,
                       agreement=r.verdict, why=r.why, log_scale=r.scale == "ratio")  # fmt: skip


READERS: dict[str, Callable[[Finding, Known], Iterator[Row]]] = {
    "target_engagement": read_engagement, "ihc": read_ihc, "ic50": read_ic50, "synergy": read_synergy,
    "immune_shifts": read_immune, "cytokines": read_cytokines, "stroma": read_stroma,
    "clinical_endpoints": read_clinical,
}  # fmt: skip
