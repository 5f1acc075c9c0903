"""Where a well lies on its plate, and how it differs from its like."""

from __future__ import annotations

import pandas as pd

PLATE_SHAPES = ((8, 12), (16, 24), (32, 48))
DOSE_KEYS = ["plate", "role", "compound", "cell_line", "concentration_uM"]
"""Wells that agree in these are alike."""
LEAST_SIGNAL = 0.2
"""Fraction of the vehicle below which the ratio of two wells is noise."""


def locate_wells(well: pd.Series) -> pd.DataFrame:
    """Row and column (from 0) of well names, ``A01`` or numbers counted along rows of 96, 384 or 1536
    wells."""
    text = well.astype(object).map(lambda w: "" if pd.isna(w) else str(w).strip())
    lettered = text.str.extract(r"^([A-Za-z]{1,2})0*(\d+)$")
    row = lettered[0].map(_row_of_letters, na_action="ignore").astype(float)
    column = lettered[1].astype(float) - 1
    counted = pd.to_numeric(text.where(text.str.fullmatch(r"\d+")), errors="coerce")
    if counted.notna().any():
        width = _width_for(int(counted.max()))
        row = row.where(counted.isna(), (counted - 1) // width)
        column = column.where(counted.isna(), (counted - 1) % width)
    return pd.DataFrame({"row": row, "column": column}, index=well.index)


def _row_of_letters(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


def _width_for(last: int) -> int:
    return next((columns for rows, columns in PLATE_SHAPES if last <= rows * columns), 48)


def plate_shape(position: pd.DataFrame) -> tuple[int, int]:
    """Smallest standard plate that holds all positions."""
    rows, columns = position["row"].max() + 1, position["column"].max() + 1
    return next(((r, c) for r, c in PLATE_SHAPES if rows <= r and columns <= c), PLATE_SHAPES[-1])


def estimate_position_effects(wells: pd.DataFrame) -> pd.DataFrame:
    """Deviation of each well from its like on the plate, as a fraction of their median signal.

    Wells are alike when they share plate, role, compound, line and concentration. A deviation is taken only
    where at least two are alike and they hold a fifth or more of the vehicle's signal (below that a ratio is
    noise).

    Returns
    -------
    DataFrame
        ``plate, row, column, edge, deviation, group`` of the wells that inform.
    """
    used = wells[(wells["exclude"] == "") & wells["role"].isin(["sample", "vehicle"]) & wells["well"].notna()]
    position = locate_wells(used["well"])
    frame = (
        used[["plate", "signal", "viability"]]
        .join(position)
        .assign(group=used.groupby(DOSE_KEYS, dropna=False, sort=False).ngroup())
    )
    grouped = frame.groupby("group")
    median = grouped["signal"].transform("median")
    alike = (grouped["signal"].transform("count") > 1) & (
        grouped["viability"].transform("median") > LEAST_SIGNAL
    )
    rows, columns = plate_shape(position) if len(position.dropna()) else PLATE_SHAPES[0]
    # wells that differ alike are ties, whatever the last digit of their ratios
    frame["deviation"] = (frame["signal"] / median - 1).round(12)
    frame["edge"] = (frame["row"].isin([0, rows - 1])) | (frame["column"].isin([0, columns - 1]))
    return frame[alike & frame["row"].notna()].drop(columns=["signal", "viability"]).rename_axis(None)
