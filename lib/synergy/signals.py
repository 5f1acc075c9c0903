"""From raw plate signals to viability."""

from __future__ import annotations

import pandas as pd

from lib.errors import check_rows
from lib.plates import normalise_plates


def normalise_signals(wells: pd.DataFrame) -> pd.DataFrame:
    """Sample wells with ``viability`` = (signal − blank) / (vehicle − blank), means of each plate's controls.

    A plate without blank wells has blank 0. A frame that brings viability keeps it. Where plates of several
    experiments have one name, each with its own vehicle wells, they are told apart by their experiment.

    Parameters
    ----------
    wells : DataFrame
        As :func:`lib.tables.synergy.read_combinations` returns it.
    """
    check_rows(wells, "the wells")
    samples = wells[wells.role == "sample"].copy()
    if "viability" in wells:
        return samples
    normalised = normalise_plates(wells.assign(plate=_own_plates(wells), exclude=""))
    samples["viability"] = normalised.loc[samples.index, "viability"]
    return samples


def _own_plates(wells: pd.DataFrame) -> pd.Series:
    """The plate of each well; with its experiment where every experiment of that name brought its own
    vehicle."""
    plate = wells["plate"].fillna("1").astype(str) if "plate" in wells else pd.Series("1", index=wells.index)
    if "experiment" not in wells:
        return plate
    experiment = wells["experiment"].astype(str)
    own = experiment + " / " + plate
    with_vehicle = set(own[(wells["role"] == "vehicle") & wells["signal"].notna()])
    bare = set(plate[(wells["role"] == "sample") & ~own.isin(with_vehicle)])
    bare |= set(plate[wells["experiment"].isna()])
    return own.where(~plate.isin(bare), plate)
