"""From raw signals to viability, plate by plate."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib.errors import check_rows


def normalise_plates(wells: pd.DataFrame) -> pd.DataFrame:
    """Viability of each well, ``(signal - blank) / (vehicle - blank)`` by the means of its own plate.

    A plate without blank wells is taken to have a blank of 0. Column ``vehicle_se`` carries the relative
    standard error of the plate's control window: it scales a whole curve, hence moves an absolute IC50 and
    not a relative one. Tables that hold viability already pass through.
    """
    check_rows(wells, "the wells")
    if "signal" not in wells or wells["signal"].notna().sum() == 0:
        return wells.assign(vehicle_se=0.0)
    used = wells[wells["exclude"] == ""]
    signal = used.groupby(["role", "plate"])["signal"].agg(["mean", "std", "count"])
    plates = wells["plate"].drop_duplicates()
    vehicle = _control(signal, "vehicle", plates)
    blank = _control(signal, "blank", plates).fillna({"mean": 0.0, "std": 0.0, "count": 1})
    window = vehicle["mean"] - blank["mean"]
    variance = vehicle["std"] ** 2 / vehicle["count"] + blank["std"] ** 2 / blank["count"]
    at = wells["plate"]
    return wells.assign(
        viability=(wells["signal"] - at.map(blank["mean"])) / at.map(window),
        vehicle_se=at.map(np.sqrt(variance) / window.abs()),
    )


def _control(signal: pd.DataFrame, role: str, plates: pd.Series) -> pd.DataFrame:
    found = signal.loc[role] if role in signal.index.get_level_values(0) else signal.iloc[:0].droplevel(0)
    return found.reindex(plates.to_numpy())
