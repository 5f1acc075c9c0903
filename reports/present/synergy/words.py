"""Synergy in words: a pair with its score, how the models agree, and what is published of the pairs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib.programme import Programme
from lib.synergy import MatrixQuality, Scores, SynergyScores
from lib.synergy.score import NOT_JUDGED
from reports.shown import Text
from reports.wording import count, fixed, interval, interval_name, listing

MODEL_NAMES = {"bliss": "Bliss", "hsa": "HSA", "loewe": "Loewe", "zip": "ZIP", "musyc": "MuSyC"}
MOST_PAIRS = 6
NOT_INTERACTION = "HSA asks whether the pair beats its better half; that is no sign of interaction."


def name_pair(result: SynergyScores) -> str:
    """``"A + B in SIM-S"``."""
    return f"{result.matrix.compound_1} + {result.matrix.compound_2} in {result.matrix.cell_line}"


def say_score(result: SynergyScores, model: str = "") -> str:
    """``"SIM-S: 11.0 percentage points over Bliss (95 % interval 7.7–14.3, n = 4 experiments): synergy"``.

    Under `model`, by default the reference; without a verdict it says why.
    """
    model = model or result.reference
    low, high = result.interval[model]
    score = fixed(result.score[model], 1, missing="no score")
    said = f"{name_pair(result)}: {score} percentage points over {MODEL_NAMES[model]}"
    verdict, why = result.judge(model)
    if not np.isfinite(low):
        return f"{said}, {verdict}: {why}"
    level = f"{interval_name(result.confidence)} {interval(low, high, decimals=1)}"
    return f"{said} ({level}, n = {count(result.matrix.n_experiments, 'experiment')}): {verdict}"


def strongest(found: Scores) -> SynergyScores:
    """The pair with the highest score over the reference model; pairs without one come last."""
    scores = [pair.score[found.reference] for pair in found.pairs]
    return found.pairs[int(np.argmax(np.where(np.isnan(scores), -np.inf, scores)))]


def counted_verdicts(found: Scores) -> str:
    """``"synergy in 2, cannot tell in 1"``: how many pairs say what under the reference model."""
    return listing([f"{word} in {n:,}" for word, n in found.judged["verdict"].value_counts().items()])


def finding(found: Scores) -> str:
    """The finding in one sentence: how many pairs say what under the reference model, and the highest
    score."""
    if not found.pairs:
        return "No pair was scored."
    top = say_score(strongest(found))
    if len(found.pairs) == 1:
        return f"{top}."
    return f"Of {len(found.pairs):,} pairs by line: {counted_verdicts(found)}; the highest score, {top}."


def say_not_judged(frame: pd.DataFrame) -> str:
    """Why rows of scores or parameters are not judged, each reason once; empty where all are."""
    why = frame.loc[frame["verdict"] == NOT_JUDGED, "why"].drop_duplicates()
    return f"Not judged: {'; '.join(why)}." if len(why) else ""


def say_passing(found: MatrixQuality) -> str:
    """``"2 of 3 matrices pass"``."""
    passing = int((~found.flagged).sum())
    verb = "passes" if 1 in (passing, len(found)) else "pass"
    return f"{passing:,} of {count(len(found), 'matrix', 'matrices')} {verb}" if len(found) else "No matrix"


def agreement(found: Scores) -> Text:
    """Where the models agree and where they do not, by pair."""
    parts = []
    for pair in found.pairs[:MOST_PAIRS]:
        signs = {m: np.sign(pair.score[m]) for m in MODEL_NAMES if np.isfinite(pair.score[m])}
        positive = [MODEL_NAMES[m] for m, s in signs.items() if s > 0]
        among = f"{len(positive)} of {count(len(signs), 'model')} positive ({listing(positive)})"
        parts.append(f"{name_pair(pair)}: {among}")
    more = len(found.pairs) - len(parts)
    cut = f"; and {count(more, 'more pair', 'more pairs')} in the table" if more else ""
    return Text(f"{'; '.join(parts)}{cut}. {NOT_INTERACTION}" if parts else "")


def said_of_published(found: Scores, programme: Programme) -> str:
    """Verdicts beside what is published of the pair, by pair, with the source; empty where nothing is of
    any."""
    ours: dict[tuple[str, str], list[str]] = {}
    for row in found.judged.itertuples():
        known = programme.combination_of(row.compound_1, row.compound_2)
        if known is not None:
            said = f"{known.interaction} of {known.compound} + {known.partner}; source: {known.source}"
            pair = f"{row.compound_1} + {row.compound_2}"
            ours.setdefault((pair, said), []).append(f"{row.cell_line} {row.verdict}")
    parts = [
        f"{pair}, verdict over {MODEL_NAMES[found.reference]}: {listing(verdicts)}; published: {said}"
        for (pair, said), verdicts in ours.items()
    ]
    return f"{'. '.join(parts)}. No size is published: not comparable in size." if parts else ""


def published(found: Scores, *, programme: Programme) -> Text | None:
    """What is published of the pairs beside our verdicts, and what the programme says of it; nothing where
    nothing is."""
    said = said_of_published(found, programme)
    return Text("\n\n".join([said, *programme.note("synergy", "published")])) if said else None
