"""From raw plate signals to viability."""

from __future__ import annotations

import pandas as pd


def normalise_signals(wells: pd.DataFrame) -> pd.DataFrame:
    """Sample wells with ``viability`` = (signal − blank) / (vehicle − blank), means of each plate's controls.

    A plate without blank wells has blank 0. A frame that brings viability keeps it.

    Parameters
    ----------
    wells : DataFrame
        As :func:`lib.tables.synergy.read_combinations` returns it.
    """
    samples = wells[wells.role == "sample"].copy()
    if "viability" in wells:
        return samples
    plate = wells["plate"].fillna("1") if "plate" in wells else pd.Series("1", index=wells.index)
    vehicle, blank = (
        wells.signal.where(wells.role == role).groupby(plate).transform("mean")
        for role in ("vehicle", "blank")
    )
    blank = blank.fillna(0.0)
    samples["viability"] = ((wells.signal - blank) / (vehicle - blank)).loc[samples.index]
    return samples
