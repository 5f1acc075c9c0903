"""From raw plate signals to viability."""

from __future__ import annotations

import pandas as pd

from lib.plates import normalise_plates


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
    plate = wells["plate"].fillna("1") if "plate" in wells else "1"
    normalised = normalise_plates(wells.assign(plate=plate, exclude=""))
    samples["viability"] = normalised.loc[samples.index, "viability"]
    return samples
