"""Synergy results as a reader sees them: tables of strings and sentences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lib.programme import Combination
from lib.synergy.isobole import BELOW
from lib.synergy.score import NOT_JUDGED, SynergyScores
from reports.wording import count, fixed, interval, interval_name, listing, number

MODEL_NAMES = {"bliss": "Bliss", "hsa": "HSA", "loewe": "Loewe", "zip": "ZIP", "musyc": "MuSyC"}
NEAR_OPTIMUM = 1.05
PARAMETER_NAMES = {
    "beta": "β, efficacy",
    "alpha_12": "α₁₂, potency of 2 given 1",
    "alpha_21": "α₂₁, potency of 1 given 2",
}


def show_scores(scores: pd.DataFrame, *, confidence: float = 0.95) -> pd.DataFrame:
    """`synergy.csv` for reading."""
    points = "percentage points"
    return pd.DataFrame({
        "Line": scores.cell_line, "Pair": scores.compound_1 + " + " + scores.compound_2,
        "Model": scores.model.map(MODEL_NAMES), f"Score\n{points}": [fixed(v, 1) for v in scores.score],
        f"{interval_name(confidence)}\n{points}": [interval(a, b, decimals=1) for a, b in zip(scores.score_low, scores.score_high, strict=True)],
        "Dose pairs": scores.n_doses, "Experiments": scores.n_replicates, "Verdict": scores.verdict,
    })  # fmt: skip


def say_not_judged(scores: pd.DataFrame) -> str:
    """Why rows of `synergy.csv` or `musyc.csv` are not judged, each reason once; empty where all are."""
    why = scores.loc[scores.verdict == NOT_JUDGED, "why"].drop_duplicates()
    return f" Not judged: {'; '.join(why)}." if len(why) else ""


def show_parameters(parameters: pd.DataFrame, *, confidence: float = 0.95) -> pd.DataFrame:
    """`musyc.csv` for reading."""
    return pd.DataFrame({
        "Line": parameters.cell_line, "Pair": parameters.compound_1 + " + " + parameters.compound_2,
        "Parameter": parameters.parameter.map(PARAMETER_NAMES), "Estimate": [number(v) for v in parameters.estimate],
        interval_name(confidence): [interval(a, b) for a, b in zip(parameters.low, parameters.high, strict=True)],
        "Without interaction": [number(v, 1) for v in parameters.no_interaction], "Verdict": parameters.verdict,
    })  # fmt: skip


def show_index(index: pd.DataFrame, *, confidence: float = 0.95) -> pd.DataFrame:
    """`combination_index.csv` for reading."""
    bounds = zip(index.low, index.high, strict=True)
    return pd.DataFrame({
        "Line": index.cell_line, "Pair": index.compound_1 + " + " + index.compound_2,
        "Effect\n%": [f"{e:g}" for e in index.effect_percent],
        "First alone\nµM": _doses_alone(index, "1"), "Second alone\nµM": _doses_alone(index, "2"),
        "Points": index.n_points, "Index": [number(v) for v in index.combination_index],
        interval_name(confidence): [interval(a, b) for a, b in bounds], "Status": index.status,
    })  # fmt: skip


def _doses_alone(index: pd.DataFrame, which: str) -> list[str]:
    """Doses of one compound alone, or on which side of the tested doses they lie."""
    rows = zip(index[f"dose_{which}_alone_uM"], index[f"compound_{which}"], index.status, strict=True)
    sides = {True: "below the doses", False: "not reached"}
    return [
        number(dose, missing=sides[BELOW in said and f"by {name} alone" in said]) for dose, name, said in rows
    ]


def show_recovery(recovery: pd.DataFrame, *, confidence: float = 0.95) -> pd.DataFrame:
    """`recovery.csv` for reading."""
    names = {"bliss": "Bliss score", "hsa": "HSA score", **PARAMETER_NAMES}
    return pd.DataFrame({
        "Line": recovery.cell_line, "Pair": recovery.compound_1 + " + " + recovery.compound_2,
        "Quantity": recovery.quantity.map(names), "Truth": [number(v) for v in recovery.truth],
        "Estimate": [number(v) for v in recovery.estimate],
        interval_name(confidence): [interval(a, b) for a, b in zip(recovery.low, recovery.high, strict=True)], "Held": recovery.recovered,
    })  # fmt: skip


def show_quality(quality: pd.DataFrame) -> pd.DataFrame:
    """`matrix_quality.csv` for reading."""
    grid = [f"{a} × {b}" for a, b in zip(quality.n_doses_1, quality.n_doses_2, strict=True)]
    return pd.DataFrame({
        "Line": quality.cell_line, "Pair": quality.compound_1 + " + " + quality.compound_2, "Doses": grid,
        "Wells": quality.n_wells, "Repeats": _repeats(quality), "Missing\nwells": quality.n_missing,
        "Untreated\n% of vehicle": [fixed(100 * v, 0, missing="no well") for v in quality.untreated_viability],
        "SD between repeats\npoints": [fixed(v, 1, missing="one matrix") for v in quality.replicate_sd_points],
        "Verdict": quality.verdict, "Reason": quality.reason,
    })  # fmt: skip


def _repeats(quality: pd.DataFrame) -> list[str]:
    pairs = zip(quality.n_replicates, quality.replicate_unit, strict=True)
    return [count(n, unit) if unit != "none" else "none" for n, unit in pairs]


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


def name_pair(result: SynergyScores) -> str:
    """``"A + B in SIM-S"``."""
    return f"{result.matrix.compound_1} + {result.matrix.compound_2} in {result.matrix.cell_line}"


def say_answer(results: Sequence[SynergyScores]) -> str:
    """The answer in one sentence: how many pairs say what under the reference model, and the highest with its interval."""
    top = strongest(results)
    if len(results) == 1:
        return say_score(top) + "."
    verdicts = pd.Series([r.verdict(r.reference) for r in results]).value_counts()
    counts = listing([f"{word} in {n}" for word, n in verdicts.items()])
    return f"Of {count(len(results), 'pair')} by line: {counts}; the highest score, {say_score(top)}."


def strongest(results: Sequence[SynergyScores]) -> SynergyScores:
    """The pair with the highest score over the reference model; pairs without one come last."""
    scores = [result.score[result.reference] for result in results]
    return results[int(np.argmax(np.where(np.isnan(scores), -np.inf, scores)))]


def say_published(results: Sequence[SynergyScores], published: Sequence[Combination | None]) -> str:
    """Verdicts beside what is published of the pair, by pair, with the source; empty where nothing is of any.

    Parameters
    ----------
    published : sequence of Combination or None
        What is published of each result's pair.
    """
    ours: dict[tuple[str, str], list[str]] = {}
    for result, known in zip(results, published, strict=True):
        if known is not None:
            pair = f"{result.matrix.compound_1} + {result.matrix.compound_2}"
            verdict = f"{result.matrix.cell_line} {result.verdict(result.reference)}"
            said = f"{known.interaction} of {known.compound} + {known.partner}; source: {known.source}"
            ours.setdefault((pair, said), []).append(verdict)
    parts = [
        f"{pair}, verdict over {MODEL_NAMES[results[0].reference]}: {listing(verdicts)}; published: {said}"
        for (pair, said), verdicts in ours.items()
    ]
    return f"{'. '.join(parts)}. No size is published: not comparable in size." if parts else ""


def say_agreement(results: Sequence[SynergyScores]) -> str:
    """Where the models agree and where they do not, by pair."""
    parts = []
    for result in results:
        signs = {m: np.sign(result.score[m]) for m in MODEL_NAMES if np.isfinite(result.score[m])}
        positive = [MODEL_NAMES[m] for m, s in signs.items() if s > 0]
        parts.append(
            f"{name_pair(result)}: {len(positive)} of {len(signs)} models positive ({listing(positive)})"
        )
    return (
        "; ".join(parts[:6])
        + (f"; and {len(parts) - 6} more pairs in the table" if len(parts) > 6 else "")
        + "."
    )


def say_reference_search(results: Sequence[SynergyScores]) -> str:
    """How far from the least-squares optimum synergyfinder's search ended, by pair; empty where it was not asked for."""
    parts = []
    for result in results:
        if result.reference_zip is not None:
            times = result.reference_zip.worst_excess_rss
            far = f"{number(times, 2)} times the least" if times > NEAR_OPTIMUM else "at the least"
            parts.append(f"{name_pair(result)}: sum of squares {far}")
    if not parts:
        return ""
    return (
        "ZIP is scored as synergyfinder searches its curves, not at their optimum. Worse of the two single-agent "
        f"curves: {'; '.join(parts)}. A curve far from the least misses the wells, and its ZIP score is of no use."
    )
