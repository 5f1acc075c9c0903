"""What the edge correction of plates did: sides with their factors, and the IC50s it moved."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib.plates import Edges
from reports.wording import MINUS, censored, count, fixed, interval, listing, number, p_value


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
        return f"Edge correction: no loss along a side was found on {count(n, 'plate')}; nothing was corrected.{left}"
    named = [f"{plate} ({listing([f'{s} {_percent(f)}' for s, f in zip(part['side'], part['factor'], strict=True)])})"
             for plate, part in corrected.groupby("plate", sort=False)]  # fmt: skip
    shown = named if len(named) <= 6 else [*named[:5], f"{len(named) - 5} more"]
    return f"{len(edges.corrected)} of {count(n, 'plate')} corrected at the edge: {listing(shown)}.{left}"


def _percent(factor: float) -> str:
    return f"{100 * (factor - 1):+.0f} %".replace("-", MINUS)


def show_edges(edges: Edges) -> pd.DataFrame:
    """Sides as displayed: corrected first, then those that could not be judged."""
    order = {"corrected": 0, "not estimable": 1, "no loss found": 2}
    frame = edges.frame.sort_values("verdict", key=lambda v: v.map(order), kind="stable")
    none = {"missing": "not testable"}
    return pd.DataFrame({
        "Plate": frame["plate"], "Side": frame["side"],
        "Signal / like inside": frame["factor"].map(lambda v: fixed(v, 2, missing="not estimable")),
        "Interval": [interval(a, b, none="no interval") for a, b in zip(frame["factor_low"], frame["factor_high"], strict=True)],
        "Wells there\nn": frame["n_outer"].astype(str), "Like inside\nn": frame["n_inner"].astype(str),
        "p before": frame["p_before"].map(lambda p: p_value(p, **none)),
        "p after": frame["p_after"].map(lambda p: p_value(p, **none)), "Wells scaled\nn": frame["n_scaled"].astype(str),
        "Verdict": frame["verdict"], "Reason": frame["reason"],
    })  # fmt: skip


def show_corrected(effect: pd.DataFrame) -> pd.DataFrame:
    """IC50s before and after, as displayed."""
    before, after = ([censored(v, q) if q else "cannot be told" for v, q in zip(effect[f"ic50_{n}_uM"], effect[f"ic50_{n}_qualifier"], strict=True)]
                     for n in ("before", "after"))  # fmt: skip
    return pd.DataFrame({
        "Compound": effect["compound"], "Cell line": effect["cell_line"], "Experiment": effect["experiment"],
        "Wells scaled\nn": effect["n_wells_scaled"].astype(str), "IC50 before\nµM": before, "IC50 after\nµM": after,
        "After / before": effect["ratio"].map(lambda v: number(v) if np.isfinite(v) else "none"),
        "Shift\nSE": effect["shift_in_se"].map(lambda v: fixed(v, 1, missing="none")),
    })  # fmt: skip


def say_corrected(effect: pd.DataFrame) -> str:
    """By how much the correction moved the IC50s of the curves it touched."""
    known = effect[effect["ratio"].notna()]
    if known.empty:
        return (
            f"The correction touched {count(len(effect), 'curve')}; none has an IC50 within the tested range."
        )
    fold = np.exp(np.abs(np.log(known["ratio"])))
    most = known.loc[fold.idxmax()]
    if len(known) == 1:
        return (f"The correction took the IC50 of {most['compound']} in {most['cell_line']}, experiment {most['experiment']}, "
                f"from {number(most['ic50_before_uM'])} to {number(most['ic50_after_uM'])} µM.")  # fmt: skip
    return (f"The correction moved {count(len(known), 'IC50')} by {number(float(fold.median()), 3)}-fold in the median; most that of "
            f"{most['compound']} in {most['cell_line']}, experiment {most['experiment']}, from {number(most['ic50_before_uM'])} "
            f"to {number(most['ic50_after_uM'])} µM.")  # fmt: skip
