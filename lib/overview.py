"""What a study says on each question of the source document: rows of evidence from the tables of its reports."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from lib.agreement import compare_direction
from lib.engagement import strongest_changes
from reports.present.synergy import MODEL_NAMES
from reports.wording import count, interval, interval_name, level_name, listing, number

QUESTIONS = {
    "target": "Is the target hit?",
    "signalling": "Does signalling fall?",
    "growth": "Is growth inhibited?",
    "combination": "Does the combination do more?",
    "immune": "Does the immune infiltrate shift?",
    "cytokines": "Do cytokines fall?",
    "stroma": "Does the stroma change?",
    "patients": "Do patients benefit?",
}
METHODS = "Do the methods hold?"
OTHER = "Other reports"
COLUMNS = ["question", "analysis", "version", "estimate", "low", "high", "unit", "n", "published", "agreement",
           "simulated", "why", "quantity", "report", "null", "log_scale", "confidence"]  # fmt: skip
ENDPOINTS = {"Objective response": "ORR", "Disease control": "ORR", "Median duration of response": "DoR",
             "Median progression-free": "PFS"}  # fmt: skip
"""Endpoint whose n stands beside a published item; rates share the patients of the response rate."""

HEADLINE = "the report's own headline; held against nothing here."
NAN = float("nan")
COMPLEX = {"pi3kfakcomplex": "pi3kfakassociation"}
Row = dict[str, Any]


@dataclass(frozen=True)
class Finding:
    """One report as it stands: its newest good version.

    ``summary`` is the card on top of it, ``tables`` its tables by name, ``origin`` that of its inputs.
    """

    report: str
    notebook: str
    version: str
    title: str = ""
    origin: str = "measured"
    created: str = ""
    summary: dict[str, Any] = field(default_factory=dict)
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)

    @property
    def confidence(self) -> float:
        """Level of the report's intervals, as its key number tells; 0.95 where it tells none."""
        return float((self.summary.get("key") or {}).get("confidence") or 0.95)

    def table(self, name: str) -> pd.DataFrame:
        """A table of the report, empty where it has none of this name."""
        return self.tables.get(name, pd.DataFrame())


def gather_evidence(findings: Sequence[Finding], published: pd.DataFrame) -> pd.DataFrame:
    """One row a number, questions in the order of the source document.

    Parameters
    ----------
    findings : sequence of Finding
    published : DataFrame
        As from :func:`lib.agreement.load_published`: directions for the readouts of signalling.

    Returns
    -------
    DataFrame
        ``question, analysis, version, estimate, low, high, unit, n, published, agreement`` (``agrees, differs,
        cannot tell, not comparable``)``, simulated, why``; then ``quantity, report``, and ``null`` (the value of
        no effect, where there is one) and ``log_scale`` for drawing, and ``confidence``, the level of
        the interval. A question without a report has one row that says so.
    """
    rows = [row for finding in findings for row in _rows_of(finding, published)]
    there = {row["question"] for row in rows}
    rows += [_absent(question) for question in QUESTIONS.values() if question not in there]
    order = [*QUESTIONS.values(), METHODS, OTHER]
    rows.sort(key=lambda row: (order.index(row["question"]), row["why"].startswith(HEADLINE)))
    return pd.DataFrame(rows, columns=COLUMNS)


def _rows_of(finding: Finding, published: pd.DataFrame) -> list[Row]:
    readers: dict[str, Callable[[Finding, pd.DataFrame], Iterator[Row]]] = {
        "target_engagement": _from_engagement, "ihc": _from_ihc, "ic50": _from_ic50, "synergy": _from_synergy,
        "immune_shifts": _from_immune, "cytokines": _from_cytokines, "stroma": _from_stroma,
        "clinical_endpoints": _from_clinical,
    }  # fmt: skip
    reader = readers.get(finding.notebook)
    rows = list(reader(finding, published)) if reader else []
    return rows or [_from_key(finding)]


def _row(finding: Finding, question: str, quantity: str, numbers: Iterable[Any], unit: str, n: Any, *,
         published: Any = "none", agreement: str = "not comparable", why: str = "", null: float = NAN,
         log_scale: bool = False) -> Row:  # fmt: skip
    estimate, low, high = (pd.to_numeric(v, errors="coerce") for v in numbers)
    return {
        "question": question, "analysis": finding.notebook, "version": finding.version, "estimate": estimate,
        "low": low, "high": high, "unit": unit, "n": pd.to_numeric(n, errors="coerce"),
        "published": str(published), "agreement": agreement, "simulated": finding.origin == "simulated",
        "why": why, "quantity": quantity, "report": finding.report, "null": null, "log_scale": log_scale,
        "confidence": finding.confidence,
    }  # fmt: skip


def _absent(question: str) -> Row:
    row = _row(Finding("", "none", ""), question, "no report", (None, None, None), "", None,
               why="no report of this study answers this question")  # fmt: skip
    return row | {"simulated": False}


def _from_engagement(finding: Finding, published: pd.DataFrame) -> Iterator[Row]:
    engaged = finding.table("engagement")
    hit = engaged[engaged["target"] == "pFAK_Y397"] if len(engaged) else engaged
    hit = hit[~hit["status"].isin(["too few doses", "no vehicle"])] if len(hit) else hit
    for r in hit.itertuples():
        beyond = "" if r.ic50_qualifier == "=" else f"; {_no_midpoint(r)}"
        by = f", by {r.normalised_to}" if len(set(hit["normalised_to"])) > 1 else ""
        numbers = (r.ic50_uM, r.ic50_low_uM, r.ic50_high_uM)
        yield _row(finding, QUESTIONS["target"], f"pFAK Y397, midpoint IC50, {r.treatment}, {r.time_h:g} h{by}", numbers, "µM",
                   r.n_experiments, why=f"no cellular IC50 is published{beyond}", log_scale=True)  # fmt: skip
    expected = _directions(published)
    course = _at_top_dose(finding.table("time_course"))
    place = {name: i for i, name in enumerate(expected)}  # in the order of the source document
    for r in sorted(course.itertuples(), key=lambda r: place.get(_plain(r.target), len(place))):
        if r.target != "pFAK_Y397" and _plain(r.target) in expected:
            yield _directed(finding, QUESTIONS["signalling"], f"{str(r.target).replace('_', ' ')} at {r.dose_uM:g} µM, {r.time_h:g} h",
                            (r.log2_fold_change, r.low, r.high), "log2", r.n_experiments, expected[_plain(r.target)])  # fmt: skip


def _no_midpoint(row: Any) -> str:
    """Why a dose curve has no midpoint among its doses."""
    if pd.isna(row.ic50_qualifier) or not str(row.ic50_qualifier):
        return f"not estimable: {row.status}"
    return f"beyond the doses ({row.ic50_qualifier} tested limit)"


def _at_top_dose(course: pd.DataFrame) -> pd.DataFrame:
    """FAK inhibition without washout at the highest dose, there at the longest time, one row a target."""
    if not len(course):
        return course
    usual = {"treatment": "FAK inhibition", "normalised_to": "total protein"}
    told = course.assign(**{name: course.get(name, value) for name, value in usual.items()})
    return strongest_changes(told).get("FAK inhibition", course.head(0))


def _directions(published: pd.DataFrame) -> dict[str, str]:
    """Published direction of each readout under the drug, by its name without marks."""
    rows = published[(published["table"] == "mechanism") & (published["quantity"] == "direction")]
    rows = rows[rows["group"] == "defactinib"]
    return {_plain(item): value for item, value in zip(rows["item"], rows["value"], strict=True)}


def _plain(name: Any) -> str:
    plain = "".join(c for c in str(name).lower() if c.isalnum())
    return COMPLEX.get(plain, plain)


def _directed(finding: Finding, question: str, quantity: str, numbers: tuple[Any, Any, Any], unit: str, n: Any,
              expected: str) -> Row:  # fmt: skip
    estimate, low, high = (float(v) for v in numbers)
    judged = compare_direction(estimate, low, high, expected)
    return _row(finding, question, quantity, numbers, unit, n, published=expected, agreement=judged.verdict,
                why=judged.why, null=0.0)  # fmt: skip


def _from_ihc(finding: Finding, published: pd.DataFrame) -> Iterator[Row]:
    shifts = finding.table("ihc_shifts")
    for r in (shifts[shifts["measurement"] == "h_score"] if len(shifts) else shifts).itertuples():
        yield _row(finding, QUESTIONS["target"], f"{r.population}, H-score shift", (r.shift, r.shift_low, r.shift_high),
                   "H-score points", r.n_pairs, why="no clinical score of FAK or phospho-FAK is published", null=0.0)  # fmt: skip


def _from_ic50(finding: Finding, published: pd.DataFrame) -> Iterator[Row]:
    compared = finding.table("against_published")
    for r in compared.itertuples():
        yield _row(finding, QUESTIONS["growth"], f"IC50, {r.name}", (r.estimate, r.low, r.high), r.unit,
                   getattr(r, "n_experiments", None), published=f"{r.published:g}", agreement=r.verdict, why=r.why,
                   log_scale=True)  # fmt: skip
    if len(compared):
        return
    for quantity, numbers, n, why in sorted(
        map(_ic50_of, finding.table("ic50_summary").to_dict("records")), key=_by_value
    )[:5]:
        why = f"nothing is published for this line and compound{why}"
        yield _row(finding, QUESTIONS["growth"], quantity, numbers, "µM", n, why=why, log_scale=True)


Ic50 = tuple[str, tuple[Any, Any, Any], Any, str]


def _ic50_of(row: Mapping[str, Any]) -> Ic50:
    """The relative IC50 of a row where it has a value, else the absolute one, else why there is none: a limit is none."""
    name, n = f"{row['compound']}, {row['cell_line']}", row["n_experiments"]
    for prefix, word in (("", "IC50"), ("absolute_", "absolute IC50")):
        if row.get(f"{prefix}qualifier", "=") == "=" and pd.notna(row.get(f"{prefix}geometric_mean_uM")):
            mean, low, high = (row[f"{prefix}geometric_{end}_uM"] for end in ("mean", "low", "high"))
            return f"{word}, {name}", (mean, low, high), n, ""
    mark = row.get("qualifier")
    why = (
        f"beyond the doses ({mark} {row['geometric_mean_uM']:g} µM)"
        if mark in ("<", ">")
        else row.get("why", "no IC50")
    )
    return f"IC50, {name}", (None, None, None), n, f"; {why}"


def _by_value(found: Ic50) -> tuple[bool, float]:
    value = found[1][0]
    return value is None, 0.0 if value is None else float(value)


def _from_synergy(finding: Finding, published: pd.DataFrame) -> Iterator[Row]:
    scores = finding.table("synergy")
    judged = scores.get("reference", scores.get("model", pd.Series(dtype=object)) == "bliss").astype(bool)
    for r in scores[judged].itertuples():
        pair = f"{r.compound_1} + {r.compound_2}, {r.cell_line}, over {MODEL_NAMES.get(r.model, r.model)}"
        yield _row(finding, QUESTIONS["combination"], pair, (r.score, r.score_low, r.score_high), "points",
                   r.n_replicates, published="synergy", null=0.0,
                   why=f"a word is published, no score for these lines; here {r.verdict}")  # fmt: skip


def _from_immune(finding: Finding, published: pd.DataFrame) -> Iterator[Row]:
    shifts = finding.table("shifts")
    if not len(shifts):
        return
    told = shifts[(shifts["denominator"] == "parent") & shifts["expected"].isin(["increased", "reduced"])]
    for r in told.itertuples():
        yield _row(finding, QUESTIONS["immune"], f"{r.population}, odds ratio",
                   (r.odds_ratio, r.odds_ratio_low, r.odds_ratio_high), "times baseline", r.n_pairs,
                   published=r.expected, agreement=r.verdict, why=f"direction only; {r.why}" if "why" in shifts else "",
                   null=1.0, log_scale=True)  # fmt: skip


def _from_cytokines(finding: Finding, published: pd.DataFrame) -> Iterator[Row]:
    for r in finding.table("cytokine_shifts").itertuples():
        yield _row(finding, QUESTIONS["cytokines"], str(r.analyte), (r.log2_fold_change, r.low, r.high), "log2",
                   r.n_pairs, why="no clinical cytokine change is published, only an expectation", null=0.0)  # fmt: skip


def _from_stroma(finding: Finding, published: pd.DataFrame) -> Iterator[Row]:
    shifts = finding.table("stroma_shifts")
    kept = shifts[shifts["measurement"].isin(["area_fraction", "alignment"])] if len(shifts) else shifts
    for r in kept.itertuples():
        unit = "logits" if r.scale == "logit" else "R"
        yield _row(finding, QUESTIONS["stroma"], f"{r.marker}, {str(r.measurement).replace('_', ' ')}",
                   (r.shift, r.shift_low, r.shift_high), unit, r.n_pairs, null=0.0,
                   why="no clinical stromal change is published; less collagen is not always benefit")  # fmt: skip


def _from_clinical(finding: Finding, published: pd.DataFrame) -> Iterator[Row]:
    compared = finding.table("published_comparison")
    sizes = {(r.endpoint, r.group): r.n for name in ("response_rates", "time_to_event")
             for r in finding.table(name).itertuples()}  # fmt: skip
    for r in compared.itertuples():
        item, _, group = str(r.name).rpartition(", ")
        endpoint = next((short for start, short in ENDPOINTS.items() if item.startswith(start)), "")
        n = sizes.get((endpoint, group))
        told = "" if pd.isna(r.published) else f"{r.published:g}"
        yield _row(finding, QUESTIONS["patients"], str(r.name), (r.estimate, r.low, r.high), r.unit, n,
                   published=told or "none", agreement=r.verdict, why=r.why, log_scale=r.scale == "ratio")  # fmt: skip


def _from_key(finding: Finding) -> Row:
    """The number by which any other report is remembered."""
    homes = {"flow_gating": QUESTIONS["immune"], "reconstruct": QUESTIONS["patients"], "validation": METHODS}
    homes |= {"target_engagement": QUESTIONS["target"], "ihc": QUESTIONS["target"], "ic50": QUESTIONS["growth"],
              "synergy": QUESTIONS["combination"], "immune_shifts": QUESTIONS["immune"],
              "cytokines": QUESTIONS["cytokines"], "stroma": QUESTIONS["stroma"],
              "clinical_endpoints": QUESTIONS["patients"]}  # fmt: skip
    key = finding.summary.get("key") or {}
    numbers = (key.get("estimate"), key.get("low"), key.get("high"))
    digitised = " Digitised, not measured." if finding.origin == "digitised" else ""
    why = f"{HEADLINE}{digitised}"
    return _row(finding, homes.get(finding.notebook, OTHER), key.get("label") or finding.title or finding.report,
                numbers, key.get("unit", ""), key.get("n"), why=why)  # fmt: skip


def count_verdicts(evidence: pd.DataFrame) -> dict[str, int]:
    """Numbers by agreement, in the order agrees, differs, cannot tell, not comparable; rows without report left out."""
    told = evidence[evidence["analysis"] != "none"]["agreement"].value_counts()
    return {word: int(told.get(word, 0)) for word in ("agrees", "differs", "cannot tell", "not comparable")}


def answered_questions(evidence: pd.DataFrame) -> list[str]:
    """Questions of the source document that a report answers."""
    told = set(evidence.loc[evidence["analysis"] != "none", "question"])
    return [question for question in QUESTIONS.values() if question in told]


def answer_in_words(evidence: pd.DataFrame) -> str:
    """The overview's answer."""
    if not len(answered_questions(evidence)):
        return "No report of this study answers any of the 8 questions yet"
    n, told = len(answered_questions(evidence)), count_verdicts(evidence)
    plural = {"agrees": "agree with the published", "differs": "differ", "cannot tell": "cannot tell"}
    words = [f"{k} {plural.get(word, word)}" for word, k in told.items() if k]
    return f"{n} of {len(QUESTIONS)} questions have evidence; of {count(sum(told.values()), 'number')}: {listing(words)}"


def common_level(evidence: pd.DataFrame) -> float | None:
    """The level of all intervals of the matrix; None where the reports chose different ones."""
    levels = evidence.loc[evidence["low"].notna() | evidence["high"].notna(), "confidence"].unique()
    return 0.95 if not len(levels) else float(levels[0]) if len(levels) == 1 else None


def level_beside(row: Any) -> str:
    """A row's level behind its interval, ``" (90 %)"``, nothing where there is no interval."""
    return "" if pd.isna(row.low) and pd.isna(row.high) else f" ({level_name(row.confidence)})"


def show_evidence(evidence: pd.DataFrame) -> pd.DataFrame:
    """The table as a reader sees it."""
    absent = evidence["analysis"] == "none"
    level = common_level(evidence)
    bounds = [interval(r.low, r.high) + ("" if level else level_beside(r)) for r in evidence.itertuples()]
    return pd.DataFrame({
        "Question": evidence["question"], "Number": evidence["quantity"],
        "Estimate": [number(v, missing="none" if gone else "not reached") for v, gone in zip(evidence["estimate"], absent, strict=True)],
        interval_name(level) if level else "Interval": bounds, "Unit": evidence["unit"],
        "n": evidence["n"].map(lambda n: "none" if pd.isna(n) else f"{int(n):,}"),
        "Published": evidence["published"], "Verdict": evidence["agreement"],
        "Why": evidence["why"], "Report": (evidence["report"] + " " + evidence["version"]).str.strip(),
    })  # fmt: skip
