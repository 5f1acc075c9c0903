"""Readouts of target engagement: densitometry of blots, or any signal with its normaliser."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from lib.tables.contract import Column, Contract, read_table

READOUTS = Contract(
    "readouts",
    (
        Column("experiment", key=True, help="Biological replicate: the unit of replication"),
        Column("target", key=True, help="pFAK_Y397, FAK, PI3K_FAK_complex, pAKT_S473, pERK, SOX2, MYC, EGFR, MET …"),
        Column("dose_uM", "number", key=True, at_least=0, help="Vehicle is dose 0"),
        Column("time_h", "number", key=True, at_least=0),
        Column("signal", "number", help="Background-subtracted; an empty cell is listed as an exclusion"),
        Column("normaliser", "number", help="Total protein or the total form on the same lane"),
        Column("normalised_to", required=False, default="total protein", help="total protein or total form"),
        Column("treatment", required=False, default="FAK inhibition",
               choices=("FAK inhibition", "MEK inhibition", "both")),
        Column("washout_h", "number", required=False, at_least=0, help="Time at which the drug was removed"),
        Column("blot", required=False),
        Column("lane", required=False),
    ),
)  # fmt: skip


def read_readouts(path: str | Path) -> pd.DataFrame:
    """Read a table of readouts, one row a lane.

    Raises
    ------
    InputError
        With every fault of the table.
    """
    return read_table(path, READOUTS)
