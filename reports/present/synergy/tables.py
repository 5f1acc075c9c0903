"""Tables of synergy: matrices, scores, parameters, isoboles, recovery."""

from __future__ import annotations

import pandas as pd

from lib.synergy import Isoboles, MatrixQuality, Parameters, Recovery, Scores, Surface
from lib.synergy.isobole import BELOW
from lib.synergy.score import NOT_JUDGED
from reports.fields import Bounds, Column, Wanted, words
from reports.present.synergy.words import MODEL_NAMES, finding, say_not_judged, say_passing
from reports.shown import Table
from reports.wording import count, listing

POINTS = "percentage points"
PARAMETER_NAMES = {
    "beta": "β, efficacy",
    "alpha_12": "α₁₂, potency of 2 given 1",
    "alpha_21": "α₂₁, potency of 1 given 2",
}
QUANTITY_NAMES = {"bliss": "Bliss score", "hsa": "HSA score", **PARAMETER_NAMES}
SEARCHED = dict.fromkeys(("loewe", "zip", "musyc"), 1e-6)
"""Accuracy of the surfaces whose models are searched for."""
OF_THE_INDEX = (
    "Geometric mean over the points of the isobole; at an effect that one compound does not reach alone"
    " within its tested doses, its term is 0, the smallest it can be: such an index is a lower limit."
)


def quality(found: MatrixQuality) -> Table:
    """Dose matrices, the flagged ones tinted."""
    return Table(
        "matrix_quality",
        found.frame,
        f"**{say_passing(found)}.** Untreated: mean of the matrix's own wells without compound.",
        show=_show_quality(found.frame),
        flagged=list(found.flagged),
    )


def scores(found: Scores) -> Table:
    """Scores under every model."""
    methods = f"Interval: {listing(sorted(found['interval_method'].unique()))}."
    return Table(
        "synergy",
        found.frame,
        f"**{finding(found)}** Mean over dose pairs of observed minus expected inhibition; positive = more.",
        show=_show_scores(found),
        flagged=list(found["quality"] != "pass"),
        note=" ".join(filter(None, [methods, say_not_judged(found.frame)])),
    )


def dose_pairs(found: Surface) -> Table:
    """Excess of every dose pair, folded."""
    return Table(
        "synergy_surface",
        found.frame,
        "**Every dose pair.** Inhibition in percent; model columns hold observed minus expected, percentage"
        " points, positive = more.",
        fold=True,
        accuracy=SEARCHED,
    )


def isoboles(found: Isoboles) -> Table:
    """Combination indices; how many lie below 1 with their whole interval."""
    reached = found.frame[found["status"] == "ok"]
    below = int((reached["high"] < 1).sum())
    return Table(
        "combination_index",
        found.frame,
        f"**Index below 1 (less dose than additivity needs) with its whole interval in {below:,} of"
        f" {count(len(reached), 'isobole')} whose effect both compounds reach alone.** Doses of the pair over"
        " doses alone for the same effect.",
        show=_show_index(found),
        note=OF_THE_INDEX,
    )


def parameters(found: Parameters) -> Table:
    """MuSyC's parameters, those that are not judged tinted."""
    undetermined = found["verdict"] == NOT_JUDGED
    above = int((found["verdict"] == "more").sum())
    return Table(
        "musyc",
        found.frame,
        f"**MuSyC: {above:,} of {count(len(found), 'parameter')} above no interaction,"
        f" {int(undetermined.sum()):,} not judged.** β > 0: the pair reaches more than the better compound; α"
        " > 1: one raises the other's potency.",
        show=_show_parameters(found),
        flagged=list(undetermined),
        note=say_not_judged(found.frame),
    )


def recovery(found: Recovery) -> Table | None:
    """Known values beside estimates; nothing where none are known."""
    yes, told = int((found["recovered"] == "yes").sum()), int((found["recovered"] != "cannot tell").sum())
    if not len(found):
        return None
    return Table(
        "recovery",
        found.frame,
        f"**The interval holds the known truth in {yes:,} of {count(told, 'case')} that can be told.** Scores"
        " in percentage points; simulated truth: calibration, not evidence.",
        show=_show_recovery(found),
    )


def _pair(frame: pd.DataFrame) -> list[Wanted]:
    return ["cell_line", ("Pair", frame["compound_1"] + " + " + frame["compound_2"])]


def _show_quality(frame: pd.DataFrame) -> pd.DataFrame:
    doses = [f"{a} × {b}" for a, b in zip(frame["n_doses_1"], frame["n_doses_2"], strict=True)]
    wells = [("Doses", doses), "n_wells", ("Repeats", _repeats(frame)), "n_missing"]
    untreated = Column("untreated_viability", missing="no well")
    scatter = Column("replicate_sd_points", missing="one matrix")
    return words(
        frame, [*_pair(frame), *wells, untreated, scatter, "verdict", "reason"], table="matrix_quality"
    )


def _repeats(frame: pd.DataFrame) -> list[str]:
    pairs = zip(frame["n_replicates"], frame["replicate_unit"], strict=True)
    return [count(n, unit) if unit != "none" else "none" for n, unit in pairs]


def _show_scores(found: Scores) -> pd.DataFrame:
    model = Column("model", cells=found["model"].map(MODEL_NAMES))
    score = ["score", Bounds("score"), "n_doses", "n_replicates", "verdict"]
    columns = [*_pair(found.frame), model, *score]
    return words(found.frame, columns, table="synergy", confidence=found.confidence)


def _show_parameters(found: Parameters) -> pd.DataFrame:
    named = Column("parameter", cells=found["parameter"].map(PARAMETER_NAMES))
    columns = [*_pair(found.frame), named, "estimate", Bounds("estimate"), "no_interaction", "verdict"]
    return words(found.frame, columns, table="musyc", confidence=found.confidence)


def _show_index(found: Isoboles) -> pd.DataFrame:
    alone = [Column(f"dose_{i}_alone_uM", missing=_not_alone(found.frame, i)) for i in ("1", "2")]
    index = ["n_points", "combination_index", Bounds("combination_index"), "status"]
    columns = [*_pair(found.frame), "effect_percent", *alone, *index]
    return words(found.frame, columns, table="combination_index", confidence=found.confidence)


def _not_alone(frame: pd.DataFrame, which: str) -> list[str]:
    """On which side of its tested doses a compound would reach the effect alone."""
    rows = zip(frame[f"compound_{which}"], frame["status"], strict=True)
    sides = {True: "below the doses", False: "not reached"}
    return [sides[BELOW in said and f"by {name} alone" in said] for name, said in rows]


def _show_recovery(found: Recovery) -> pd.DataFrame:
    named = Column("quantity", cells=found["quantity"].map(QUANTITY_NAMES))
    columns = [*_pair(found.frame), named, "truth", "estimate", Bounds("estimate"), "recovered"]
    return words(found.frame, columns, table="recovery", confidence=found.confidence)
