"""Reconstructed results beside those printed with the curve."""

from __future__ import annotations

import math

import pandas as pd

from lib.agreement import Concordance, compare_with_published

MARGINS = {"median": 1.1, "hazard_ratio": 1.05}
"""Greatest fold between a reconstructed and a printed result that counts as the same."""


def compare_with_printed(results: pd.DataFrame, printed: pd.DataFrame) -> list[Concordance]:
    """Hold medians and hazard ratios against what was printed, within the error of reading alone.

    Both numbers come from the same patients, so that sampling does not enter; margins are `MARGINS`.

    Parameters
    ----------
    results : DataFrame
        `tabulate_results` with ``reading_low, reading_high``.
    printed : DataFrame
        ``quantity, group, value``.

    Returns
    -------
    list of Concordance
        Results that were printed and that the reconstruction has.
    """
    wanted = printed[["quantity", "group", "value"]].rename(columns={"value": "printed"})
    both = results.merge(wanted, on=["quantity", "group"])
    return [
        compare_with_published(
            row.value, row.reading_low, row.reading_high, row.printed, scale="ratio", margin=MARGINS[row.quantity],
            name=f"{row.quantity.replace('_', ' ')}, {row.group}",
        )
        for row in both.itertuples()
        if not math.isnan(row.value)
    ]  # fmt: skip
