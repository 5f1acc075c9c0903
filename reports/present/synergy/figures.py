"""Figures of synergy with their captions; of many pairs those with the strongest scores are drawn."""

from __future__ import annotations

from typing import cast

from matplotlib.figure import Figure as Drawing

from lib.synergy import Isoboles, Recovery, Scores, SynergyScores
from reports.figures import synergy as plots
from reports.present.synergy.words import MODEL_NAMES, finding, say_score, strongest
from reports.shown import Figure, Panels
from reports.wording import fixed

MOST_ROWS, MOST_PANELS = 8, 9


def forest(found: Scores, known: Recovery) -> Figure | None:
    """Scores by model, with the known values where there are any."""
    if not found.pairs:
        return None
    truths = {(r.cell_line, r.quantity): r.truth for r in known.frame.itertuples()}
    drawing = plots.plot_scores(found.pairs[:MOST_ROWS], truths)
    return Figure(
        "scores",
        cast(Drawing, drawing),
        "**Scores by model; right of zero = more than the model expects.** Disc: estimate; line: interval"
        " over experiments; open disc: none, under three experiments; open diamond: known truth, where there"
        " is one. At most eight pairs are drawn.",
        alt=finding(found),
    )


def excess(found: Scores) -> Panels:
    """Excess over the reference model by dose pair."""
    return Panels(
        f"surface_{found.reference}",
        [cast(Drawing, plots.plot_excess(pair, found.reference)) for pair in _strongest(found)],
        f"**Where on the dose matrix the excess over {MODEL_NAMES[found.reference]} lies.** Percentage"
        " points; orange and + = synergy, blue and − = antagonism, grey within ± 5.",
        alt=finding(found),
    )


def inhibition(found: Scores) -> Panels:
    """Contours of measured inhibition beside those that Bliss expects."""
    return Panels(
        "inhibition",
        [cast(Drawing, plots.plot_inhibition(pair)) for pair in _strongest(found)],
        "**Measured inhibition, and what Bliss expects.** Solid contours: measured; dashed: expected; the"
        " edges hold each compound alone. Solid inside dashed (less dose for the same effect) = synergy,"
        " outside = antagonism.",
        alt=(
            "Measured inhibition by dose pair with contours at 25, 50 and 75 %, beside those expected under"
            " Bliss"
        ),
    )


def surface(found: Scores) -> Figure | None:
    """The pair with the highest score as a surface over both doses."""
    if not found.pairs:
        return None
    best = strongest(found)
    return Figure(
        "surface",
        cast(Drawing, plots.plot_surface(best)),
        f"**{say_score(best, 'bliss')}.** Surface: measured inhibition; mesh: expected under Bliss. Surface"
        " above the mesh = synergy, below = antagonism.",
        alt=say_score(best),
    )


def isobolograms(found: Isoboles) -> Panels:
    """Isoboles at the middle effect level."""
    levels = sorted(found.settings["effects"])
    drawn = [one for one in found.isoboles if one.effect == levels[len(levels) // 2]][:MOST_PANELS]
    return Panels(
        "isobolograms",
        [cast(Drawing, plots.plot_isobologram(one)) for one in drawn],
        "**Isoboles at the middle effect level.** Each disc is a dose pair that reaches it, each dose as a"
        " share of the dose that reaches it alone; below the line = synergy, above it = antagonism.",
        alt="; ".join(
            f"{one.matrix.cell_line}: index {fixed(one.index, missing='not reached')}" for one in drawn
        ),
    )


def _strongest(found: Scores) -> list[SynergyScores]:
    """Pairs furthest from what the reference model expects, the furthest first."""
    return sorted(found.pairs, key=lambda pair: -abs(pair.score[found.reference]))[:MOST_PANELS]
