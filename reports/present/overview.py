"""The overview as its reader sees it: the matrix of evidence, the pathway, contradictions and gaps, the
answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import pandas as pd
from matplotlib.figure import Figure as Drawing

from lib.door import expose
from lib.overview import Evidence, Finding, answered_questions, common_level, count_verdicts
from lib.overview.matrix import ABSENT
from lib.programme import Programme
from lib.records import Claim, Estimate, Quality, Source, Subject
from reports.fields import Bounds, Column, words
from reports.figures.overview import plot_evidence
from reports.figures.pathway import plot_pathway
from reports.present.claimed import claim_ids
from reports.shown import Answer, Figure, Table, Text
from reports.wording import MARKS, count, interval, level_name, limited, listing, number

EDGES = ["edge", "source", "target", "state", "evidence"]
UNTESTED = "no report of target engagement speaks of it"
CALIBRATION = "Simulated inputs: calibration, not evidence."
MOST_FLAGS = 5
TITLE = "What does the study say, on one page?"


def read(found: Sequence[Finding]) -> list[Text]:
    """How many reports were read, and what each says of its quality; what to do where there are none."""
    said = [Text(f"**{one.report}:** {one.card.get('quality') or 'no verdict of quality'}") for one in found]
    return [Text(_reading(found)), *said]


def _reading(found: Sequence[Finding]) -> str:
    if not found:
        return "**No report of this study is in the site yet.** Run the study first."
    simulated = sum(one.origin == "simulated" for one in found)
    return f"**{count(len(found), 'report')} read**, {simulated} of them from simulated data."


def matrix(evidence: Evidence, *, rows_per_question: int) -> list[Figure | Table]:
    """The picture of the matrix and the table behind it."""
    if not len(evidence):
        return []
    frame, said = evidence.frame, _answer(evidence)
    beside = " Open diamond: published." if (frame["published"] != "none").any() else ""
    caption = f"**{said}.** Disc and line: estimate and interval.{beside} Tick: no effect."
    drawing = plot_evidence(frame, rows_per_question=rows_per_question)
    table = Table(
        "evidence",
        frame,
        "**Every number of the matrix,** with the reason of its verdict and the version it comes from.",
        show=_shown(frame),
        flagged=list((frame["agreement"] == "differs") | (frame["quality"] == "fail")),
        fold=True,
    )
    return [
        Figure("evidence", cast(Drawing, drawing), caption, said),
        table,
    ]


def _shown(frame: pd.DataFrame) -> pd.DataFrame:
    level, rows = common_level(frame), list(frame.itertuples())
    bounds = [interval(r.low, r.high, unit=r.unit) + ("" if level else _level_beside(r)) for r in rows]
    estimate = [Column("estimate", cells=map(missing_or_number, rows)), Bounds("estimate", cells=bounds)]
    report = Column("report", cells=(frame["report"] + " " + frame["version"]).str.strip())
    against = ["published", "agreement", "why", Column("quality", cells=map(_quality, rows)), report]
    columns = ["question", "quantity", *estimate, "unit", "n", *against]
    return words(frame, columns, table="evidence", confidence=level)


def missing_or_number(row: Any) -> str:
    """An estimate, or the word in its place."""
    if row.analysis == ABSENT:
        return "none"
    return number(row.estimate, missing=row.qualifier if row.qualifier.startswith("not") else "no estimate")


def _level_beside(row: Any) -> str:
    return "" if pd.isna(row.low) and pd.isna(row.high) else f" ({level_name(row.confidence)})"


def _quality(row: Any) -> str:
    said = MARKS[row.quality] or "pass"
    return f"{said}: {row.reasons}" if row.reasons else said


def links(found: Sequence[Finding]) -> Text:
    """A list of the reports, each linked from the page of another version of the same site."""
    lines = [
        f"- [{one.report}](../../{one.report}/{one.version}/report.html), version {one.version}. "
        f"{str(one.card.get('answer', '')).strip()}"
        for one in found
    ]
    return Text("\n".join(lines) or "No reports to link to.")


def edges_of(programme: Programme, found: Sequence[Finding]) -> pd.DataFrame:
    """``edge, source, target, state, evidence`` of the programme's pathway as target engagement judged them;
    maybe none.

    Edges that the report does not hold, as one made under another programme, have no data.
    """
    if programme.pathway is None:
        return pd.DataFrame(columns=EDGES)
    edges = programme.pathway.edges[["edge", "source", "target"]]
    judged = next((one.edges for one in found if one.edges is not None), pd.DataFrame())
    told = judged.reindex(columns=EDGES)[lambda rows: rows["edge"].isin(edges["edge"])]
    silent = edges[~edges["edge"].isin(told["edge"])]
    return pd.concat([told, silent.assign(state="no data", evidence=UNTESTED)], ignore_index=True)


def pathway(programme: Programme, edges: pd.DataFrame) -> Figure | None:
    """The pathway with what the readouts say of its edges; nothing where the programme has none."""
    if programme.pathway is None:
        return None
    told = ", ".join(f"{n} {state}" for state, n in edges["state"].value_counts().items())
    caption = f"**Edges of the pathway: {told}.** What the readouts of target engagement say of each."
    drawn = cast(Drawing, plot_pathway(programme.pathway, edges))
    return Figure("pathway", drawn, caption, f"Edges by state: {told}")


def gaps(found: pd.DataFrame) -> Table | None:
    """What contradicts and what is missing."""
    if not len(found):
        return None
    caption = f"**{_gaps(found)}** in the published record, and between it and this study."
    return Table("gaps", found, caption, show=words(found, found.columns, table="gaps"))


def _gaps(found: pd.DataFrame) -> str:
    kinds = found["kind"].value_counts()
    n_against, n_missing = int(kinds.get("contradiction", 0)), int(kinds.get("gap", 0))
    return f"{count(n_against, 'contradiction')} and {count(n_missing, 'gap')}"


def counts(evidence: Evidence) -> Table:
    """How many numbers have which verdict."""
    frame = pd.DataFrame(count_verdicts(evidence.frame).items(), columns=["agreement", "n"])
    shown = words(frame, frame.columns, table="verdicts")
    return Table("verdicts", frame, "**Numbers by verdict.**", show=shown, fold=True)


def claims(evidence: Evidence, found: Sequence[Finding], gaps: pd.DataFrame) -> Answer:
    """The overview's answer: how many questions have evidence, how many numbers agree, what stands against
    them."""
    frame = evidence.frame
    differ = [f"differs: {row.quantity}" for row in frame[frame["agreement"] == "differs"].itertuples()]
    failed = [f"failed: {row.quantity}" for row in frame[frame["quality"] == "fail"].itertuples()]
    listed = [f"**{_gaps(gaps)}** are listed."] if len(gaps) else []
    simulated = [CALIBRATION] if any(one.origin == "simulated" for one in found) else []
    flags = limited([*differ, *failed], MOST_FLAGS)
    return Answer(
        [_agreement(evidence)],
        f"{_answer(evidence)}.",
        quality=_reading(found),
        published=_published(frame),
        caution=" ".join([*listed, *simulated]),
        flags=[flags] if flags else [],
    )


def _agreement(evidence: Evidence) -> Claim:
    told, comparable = count_verdicts(evidence.frame), _comparable(evidence.frame)
    subject = Subject("numbers that agree with the published")
    estimate = Estimate(float(told["agrees"]), "numbers")
    return Claim(
        claim_ids("overview", [subject])[0],
        TITLE,
        subject,
        estimate,
        comparable,
        "comparable numbers",
        Quality(),
        Source("verdicts", 0, "n"),
    )


def _comparable(frame: pd.DataFrame) -> int:
    told = count_verdicts(frame)
    return sum(told.values()) - told["not comparable"]


def _published(frame: pd.DataFrame) -> str:
    """How many comparable numbers agree; empty where nothing published stands beside any."""
    told, comparable = count_verdicts(frame), _comparable(frame)
    if not comparable:
        return ""
    agree = "agrees" if told["agrees"] == 1 else "agree"
    return (
        f"**{told['agrees']} of {count(comparable, 'comparable number')} {agree}** with the published ones."
    )


def _answer(evidence: Evidence) -> str:
    frame, questions = evidence.frame, evidence.settings["questions"]
    told = count_verdicts(frame)
    total = count(sum(told.values()), "number")
    if not questions:
        reports = int(frame.loc[frame["analysis"] != ABSENT, "report"].nunique())
        return f"{count(reports, 'report')} read, with {total}" if len(frame) else "No report read yet"
    n, asked = len(answered_questions(frame, questions)), len(questions)
    if not n:
        which = f"any of the {asked} questions" if asked > 1 else "the question"
        return f"No report of this study answers {which} yet"
    one = {"agrees": "agrees with the published"}
    many = {"agrees": "agree with the published", "differs": "differ"}
    words = [f"{k} {(one if k == 1 else many).get(word, word)}" for word, k in told.items() if k]
    return (
        f"{n} of {count(asked, 'question')} {'have' if n > 1 else 'has'} evidence; of {total}:"
        f" {listing(words)}"
    )


__dir__ = expose(globals(), numbered=True)
