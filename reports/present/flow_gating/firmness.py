"""How firm are the cuts? Their confidence, what moves with them, and how near they come to a known truth."""

from __future__ import annotations

from typing import cast

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Drawing

from lib.cytometry import AutoGating, MovedCuts, Recovery
from reports.fields import Column, words
from reports.figures.cytometry import plot_recovery, plot_robustness
from reports.shown import Figure, Table, Text
from reports.wording import count, listing, number

WEAK = 0.5
"""Confidence below which a cut does not lie in a clear valley."""
BY_HAND = "Gates were drawn by hand: their cuts carry no confidence."
METHODS = {"tail": "tail: no valley", "valley": "valley"}


def cuts(auto: AutoGating | None) -> Table | Text:
    """Every cut that was found, or that somebody drew them."""
    if auto is None:
        return Text(BY_HAND)
    left_out = "; ".join(f"{name}: {why}" for name, why in auto.left_out.items()) or "none"
    return Table(
        "cuts",
        auto.to_frame(),
        show=_cuts_shown(auto),
        flagged=[c.confidence < WEAK for c in auto.cuts],
        caption=f"{cuts_in_words(auto)} Left out: {left_out}.",
        accuracy={"position": 1e-6, "position_linear": 1e-5},  # found in single precision
    )


def cuts_in_words(auto: AutoGating | None) -> str:
    """How many cuts lie in a clear valley, and which do not."""
    if auto is None:
        return BY_HAND
    weak = [c.marker for c in auto.cuts if c.confidence < WEAK]
    n = len(auto.cuts)
    verb = "lies" if n == 1 else "lie"
    return f"**{n - len(weak)} of {count(n, 'cut')} {verb} in a clear valley**; weak: {listing(weak)}."


def robustness(moved: MovedCuts) -> list[Table | Figure]:
    """How far each frequency moves with its cuts; nothing of gates that somebody drew."""
    if not len(moved):
        return []
    said = robustness_in_words(moved)
    plain = said.replace("*", "")
    return [
        Table("robustness", moved.frame, fold=True, caption=said),
        Figure(
            "robustness",
            cast(Drawing, plot_robustness(moved)),
            said,
            f"Change of each frequency when its cuts move. {plain}",
        ),
    ]


def robustness_in_words(moved: MovedCuts) -> str:
    """Which population depends most on where its cut lies."""
    sizes = moved["shift_percent_axis"].abs()
    at_most = moved.frame[sizes.round(6) == sizes.max().round(6)]
    reach = at_most["change_relative_percent"].abs()
    if reach.notna().sum() == 0:
        return "No frequency could be moved."
    worst = at_most.loc[reach.idxmax()]
    return (
        f"**No frequency moves by more than {number(float(np.nanmax(reach)), 2)} % of itself** when its cuts"
        f" move by {number(sizes.max(), 2)} % of the axis; {worst['population']} moves most."
    )


def recovery(found: Recovery) -> list[Table | Figure] | Text:
    """Found beside true shares of simulated files, or that none are given."""
    if not len(found):
        return Text("No true frequencies are given: how well the gates recover them is not judged here.")
    said = recovery_in_words(found)
    return [
        Table(
            "recovery", found.frame, fold=True, caption=f"{said} Simulated files: calibration, not evidence."
        ),
        Figure(
            "recovery",
            cast(Drawing, plot_recovery(found)),
            f"{said} Shaded: within 1 point. A disc a file.",
            said.replace("*", ""),
        ),
    ]


def recovery_in_words(found: Recovery) -> str:
    """The largest miss, in points and relative."""
    worst = found.frame.loc[found["difference_points"].abs().idxmax()]
    relative = found.frame.loc[found["relative_percent"].abs().idxmax()]
    return (
        f"**The largest miss is {number(abs(worst['difference_points']), 2)} percentage points** "
        f"({worst['population']}); relative to the true value "
        f"{number(abs(relative['relative_percent']), 2)} % ({relative['population']})."
    )


def _cuts_shown(auto: AutoGating) -> pd.DataFrame:
    frame = auto.to_frame()
    method = Column("method", cells=frame["method"].replace(METHODS))
    columns = ["marker", "channel", "population", "position_linear", "confidence", method]
    return words(frame, columns, table="cuts")
