"""The overview as a reader sees it: what of a programme it is handed, and its sentences and tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from lib.overview import Finding, Known, answered_questions, common_level, count_verdicts
from lib.overview.known import plain
from lib.overview.rows import ABSENT, missing_word
from lib.paired.directions import expected_directions
from lib.programme import Programme
from reports.present.synergy import MODEL_NAMES
from reports.wording import count, interval, interval_name, level_name, listing, number

EDGES = ["edge", "source", "target", "state", "evidence"]
UNTESTED = "no report of target engagement speaks of it"
CALIBRATION = "Simulated inputs: calibration, not evidence."


def known_of(programme: Programme) -> Known:
    """Questions and published record of a programme, as plain mappings for the matrix."""
    target, aliases = programme.target, dict.fromkeys(programme.directions, ()) | dict(programme.populations)

    def population(name: str) -> str:
        return expected_directions([name], programme.directions, aliases=aliases).get(name, "")

    def interaction(one: str, other: str) -> str:
        found = programme.combination_of(one, other)
        return found.interaction if found else ""

    return Known(
        questions=programme.questions,
        target=target.readout if target else "",
        stains=stains_of(programme),
        treatment=next(iter(programme.treatments), ""),
        readouts=programme.readouts,
        directions=lambda treatment: programme.mechanism_under(treatment, "direction"),
        cellular_ic50=lambda treatment: programme.mechanism_under(treatment, "cellular_ic50"),
        population=population,
        interaction=interaction,
        analyte=lambda name: is_published(programme, name),
        endpoints={known.item: name for name, known in programme.endpoints.items()},
        reasons={analysis: " ".join(said) for analysis, said in programme.notes.get("overview", {}).items()},
        ic50=len(programme.ic50) > 0,
        models=MODEL_NAMES,
    )


def stains_of(programme: Programme) -> tuple[str, ...]:
    """Every name of the markers that speak of the target, and that of its readout."""
    if programme.target is None:
        return ()
    known = [
        (name, *programme.markers[name].aliases)
        for name in programme.target.stains
        if name in programme.markers
    ]
    return tuple(dict.fromkeys([programme.target.readout, *(name for names in known for name in names)]))


def is_published(programme: Programme, analyte: str) -> bool:
    """Whether the programme says anything of an analyte."""
    rows = programme.table("mechanism")
    items = rows.loc[rows["quantity"].isin(["direction", "expected_direction"]), "item"]
    return programme.analyte_named(analyte) is not None or plain(analyte) in set(map(plain, items))


def edges_of(programme: Programme, found: Sequence[Finding]) -> pd.DataFrame:
    """``edge, source, target, state, evidence`` of the programme's pathway as target engagement judged them; maybe none.

    Edges that the report does not hold, as one made under another programme, have no data.
    """
    if programme.pathway is None:
        return pd.DataFrame(columns=EDGES)
    edges = programme.pathway.edges[["edge", "source", "target"]]
    judged = next(
        (one.table("pathway") for one in found if one.notebook == "target_engagement"), pd.DataFrame()
    )
    told = judged.reindex(columns=EDGES)[lambda rows: rows["edge"].isin(edges["edge"])]
    silent = edges[~edges["edge"].isin(told["edge"])]
    return pd.concat([told, silent.assign(state="no data", evidence=UNTESTED)], ignore_index=True)


def reading_in_words(found: Sequence[Finding], known: Known) -> str:
    """How many reports were read; what to do where there are none."""
    if found:
        simulated = sum(one.origin == "simulated" for one in found)
        return f"**{count(len(found), 'report')} read**, {simulated} of them from simulated data."
    questions = "; the questions stand below, unanswered" if known.questions else ""
    return f"**No report of this study is in the site yet.** Run the study first{questions}."


def answer_in_words(evidence: pd.DataFrame, known: Known) -> str:
    """The overview's answer: how many questions have evidence, or without any how much was read."""
    told = count_verdicts(evidence)
    total = count(sum(told.values()), "number")
    if not known.questions:
        return (
            f"{count(_reports(evidence), 'report')} read, with {total}"
            if len(evidence)
            else "No report read yet"
        )
    n, asked = len(answered_questions(evidence, known.questions)), len(known.questions)
    if not n:
        return f"No report of this study answers {f'any of the {asked} questions' if asked > 1 else 'the question'} yet"
    one = {"agrees": "agrees with the published"}
    many = {"agrees": "agree with the published", "differs": "differ"}
    words = [f"{k} {(one if k == 1 else many).get(word, word)}" for word, k in told.items() if k]
    return f"{n} of {count(asked, 'question')} {'have' if n > 1 else 'has'} evidence; of {total}: {listing(words)}"


def _reports(evidence: pd.DataFrame) -> int:
    return int(evidence.loc[evidence["analysis"] != ABSENT, "report"].nunique())


def published_in_words(evidence: pd.DataFrame) -> str:
    """How many comparable numbers agree; empty where nothing published stands beside any."""
    told, comparable = count_verdicts(evidence), _comparable(evidence)
    if not comparable:
        return ""
    return f"**{told['agrees']} of {count(comparable, 'comparable number')} agree{'s' * (told['agrees'] == 1)}** with the published ones."


def _comparable(evidence: pd.DataFrame) -> int:
    told = count_verdicts(evidence)
    return sum(told.values()) - told["not comparable"]


def gaps_in_words(gaps: pd.DataFrame) -> str:
    """How much contradicts and is missing."""
    kinds = gaps["kind"].value_counts()
    n_against, n_missing = int(kinds.get("contradiction", 0)), int(kinds.get("gap", 0))
    return f"{count(n_against, 'contradiction')} and {count(n_missing, 'gap')}"


def caution_in_words(gaps: pd.DataFrame, found: Sequence[Finding]) -> str:
    """What to read before the numbers; empty where there is nothing."""
    listed = [f"**{gaps_in_words(gaps)}** are listed."] if len(gaps) else []
    return " ".join([*listed, *([CALIBRATION] if any(one.origin == "simulated" for one in found) else [])])


def key_numbers(evidence: pd.DataFrame, known: Known) -> dict[str, Any]:
    """The number by which the overview is remembered."""
    if not known.questions:
        total = float(sum(count_verdicts(evidence).values()))
        return {
            "label": "Numbers read",
            "estimate": total,
            "unit": "numbers",
            "n": _reports(evidence),
            "n_of": "reports",
        }
    agree, comparable = float(count_verdicts(evidence)["agrees"]), _comparable(evidence)
    return {
        "label": "Numbers that agree",
        "estimate": agree,
        "unit": "numbers",
        "n": comparable,
        "n_of": "comparable numbers",
    }


def caption_in_words(evidence: pd.DataFrame, known: Known) -> str:
    """What stands in the picture of the matrix."""
    published = " Open diamond: published." if (evidence["published"] != "none").any() else ""
    return f"**{answer_in_words(evidence, known)}.** Disc and line: estimate and interval.{published} Tick: no effect."


def edges_in_words(edges: pd.DataFrame) -> str:
    """Edges of the pathway by state."""
    return ", ".join(f"{n} {state}" for state, n in edges["state"].value_counts().items())


def level_beside(row: Any) -> str:
    """A row's level behind its interval, ``" (90 %)"``, nothing where there is no interval."""
    return "" if pd.isna(row.low) and pd.isna(row.high) else f" ({level_name(row.confidence)})"


def show_evidence(evidence: pd.DataFrame) -> pd.DataFrame:
    """The table as a reader sees it."""
    level = common_level(evidence)
    bounds = [interval(r.low, r.high) + ("" if level else level_beside(r)) for r in evidence.itertuples()]
    return pd.DataFrame({
        "Question": evidence["question"], "Number": evidence["quantity"],
        "Estimate": [number(r.estimate, missing=missing_word(r)) for r in evidence.itertuples()],
        interval_name(level) if level else "Interval": bounds, "Unit": evidence["unit"],
        "n": evidence["n"].map(lambda n: "none" if pd.isna(n) else f"{int(n):,}"),
        "Published": evidence["published"], "Verdict": evidence["agreement"],
        "Why": evidence["why"], "Report": (evidence["report"] + " " + evidence["version"]).str.strip(),
    })  # fmt: skip
