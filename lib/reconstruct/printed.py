"""Reconstructed results beside those printed with the curve."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from lib.agreement import Concordance, Concordances, compare_with_published
from lib.reconstruct.results import CurveResults

MARGINS = {"median": 1.1, "hazard_ratio": 1.05}
"""Greatest fold between a reconstructed and a printed result that counts as the same."""


def compare_with_printed(results: CurveResults, printed: pd.DataFrame) -> Concordances:
    """Hold medians and hazard ratios against what was printed, within the error of reading alone.

    Both numbers come from the same patients, so that sampling does not enter; margins are `MARGINS`.

    Parameters
    ----------
    results : CurveResults
        `with_reading`.
    printed : DataFrame
        ``quantity, group, value``.

    Returns
    -------
    Concordances
        Results that were printed and that the reconstruction has, each of quantity and group.
    """
    wanted = printed[["quantity", "group", "value"]].rename(columns={"value": "printed"})
    both = results.frame.merge(wanted, on=["quantity", "group"])
    held = [
        ((str(row.quantity), str(row.group)), _compare(row))
        for row in both.itertuples()
        if not math.isnan(row.value)
    ]
    return Concordances.collect(held, confidence=results.confidence)


def _compare(row: Any) -> Concordance:
    name = f"{row.quantity.replace('_', ' ')}, {row.group}"
    reading, margin = (row.reading_low, row.reading_high), MARGINS[row.quantity]
    return compare_with_published(row.value, *reading, row.printed, scale="ratio", margin=margin, name=name)
