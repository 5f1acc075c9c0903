"""What the edge correction of plates did: sides with their factors, and the IC50s it moved."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib.dose_response.edges import CorrectionEffect
from lib.dose_response.wells import KEYS
from lib.plates import Edges
from reports.fields import Bounds, Column, words
from reports.figures.plates import plot_edge_correction
from reports.present.ic50.rows import LONG
from reports.shown import Panels, Table
from reports.wording import MINUS, count, limited, listing, number

MOST_DRAWN, MOST_NAMED = 12, 6


def edges(found: Edges) -> Table | None:
    """Sides of plates with their factors; None where the correction was not asked for."""
    if not found.asked:
        return None
    shown = _sides(found.frame)
    caption = (
        f"**{say_edges(found)}** Signal above blank of a side's wells over that of like wells inside (same"
        " plate, compound, line, dose; corners apart). Corrected below p = 0.01."
    )
    note = "p after: the same wells tell the loss and judge its correction; it is no independent check."
    flagged = [v == "corrected" for v in shown["Verdict"]]
    return Table("edge_correction", found.frame, caption, shown, flagged, len(found) > LONG, note)


def corrected_plates(raw: pd.DataFrame, wells: pd.DataFrame, found: Edges) -> Panels | None:
    """Corrected plates before and after; None where none was."""
    if not found.corrected:
        return None
    drawn, moved = found.corrected[:MOST_DRAWN], say_edges(found)
    rest = len(found.corrected) - len(drawn)
    more = f" {count(rest, 'further plate')} not drawn." if rest else ""
    caption = f"**{moved}** Corrected plates before and after, on the scale of the plates above.{more}"
    drawings = [plot_edge_correction(raw, wells, plate) for plate in drawn]
    return Panels("edges", drawings, caption, moved, columns=2)


def corrected(effect: CorrectionEffect) -> Table | None:
    """IC50s before and after the edge correction; None where it touched no curve."""
    if not len(effect):
        return None
    caption = (
        f"**{_say_corrected(effect.frame)}** Curves with wells on corrected plates; SE: standard error of"
        " log10 IC50."
    )
    return Table("edge_effect", effect.frame, caption, _before_and_after(effect.frame), fold=True)


def say_edges(edges: Edges) -> str:
    """Which plates were corrected along which sides, and how many sides could not be judged."""
    frame = edges.frame
    if frame.empty:
        return "Edge correction: no raw signals with well positions, so nothing could be corrected."
    n = frame["plate"].nunique()
    blind = int((frame["verdict"] == "not estimable").sum())
    left = f" {blind} of {len(frame):,} sides could not be judged and were left as they are." if blind else ""
    corrected = frame[frame["verdict"] == "corrected"]
    if corrected.empty:
        return (
            f"Edge correction: no loss along a side was found on {count(n, 'plate')}; nothing was"
            f" corrected.{left}"
        )
    named = [f"{plate} ({_name_sides(part)})" for plate, part in corrected.groupby("plate", sort=False)]
    said = f"{len(named):,} of {count(n, 'plate')} corrected at the edge"
    return f"{said}: {limited(named, MOST_NAMED)}.{left}"


def _name_sides(part: pd.DataFrame) -> str:
    sides = zip(part["side"], part["factor"], strict=True)
    return listing([f"{side} {_percent(factor)}" for side, factor in sides])


def _percent(factor: float) -> str:
    return f"{100 * (factor - 1):+.0f} %".replace("-", MINUS)


def _sides(frame: pd.DataFrame) -> pd.DataFrame:
    """Sides as displayed: corrected first, then those that could not be judged."""
    order = {"corrected": 0, "not estimable": 1, "no loss found": 2}
    frame = frame.sort_values("verdict", key=lambda v: v.map(order), kind="stable")
    factor = [Column("factor", missing="not estimable"), Bounds("factor")]
    before, after = (Column(p, missing="not testable") for p in ("p_before", "p_after"))
    counts = ["n_outer", "n_inner", before, after, "n_scaled"]
    return words(frame, ["plate", "side", *factor, *counts, "verdict", "reason"], table="edge_correction")


def _before_and_after(effect: pd.DataFrame) -> pd.DataFrame:
    values = [Column(name, missing="cannot be told") for name in ("ic50_before_uM", "ic50_after_uM")]
    columns = [*KEYS, "n_wells_scaled", *values, "ratio", "shift_in_se"]
    return words(effect, columns, table="edge_effect")


def _say_corrected(effect: pd.DataFrame) -> str:
    """By how much the correction moved the IC50s of the curves it touched."""
    known = effect[effect["ratio"].notna()]
    if known.empty:
        touched = count(len(effect), "curve")
        return f"The correction touched {touched}; none has an IC50 within the tested range."
    fold = np.exp(np.abs(np.log(known["ratio"])))
    most = known.loc[fold.idxmax()]
    of = f"{most['compound']} in {most['cell_line']}, experiment {most['experiment']}"
    moved = f"from {number(most['ic50_before_uM'])} to {number(most['ic50_after_uM'])} µM"
    if len(known) == 1:
        return f"The correction took the IC50 of {of}, {moved}."
    middle = f"{number(float(fold.median()), 3)}-fold in the median"
    return f"The correction moved {count(len(known), 'IC50')} by {middle}; most that of {of}, {moved}."
