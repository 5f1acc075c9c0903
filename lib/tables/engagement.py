"""Readouts of target engagement: densitometry of blots, or any signal with its normaliser."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from lib.tables.contract import Column, Contract, read_table

ONE_TREATMENT = "treatment"
"""What the treatment is called where neither the table nor a programme names one."""
TREATMENT = Column("treatment", required=False, default=ONE_TREATMENT,
                   help="What was given; where the study's programme names treatments one of these, by default its first")  # fmt: skip

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
        TREATMENT,
        Column("washout_h", "number", required=False, at_least=0, help="Time at which the drug was removed"),
        Column("blot", required=False),
        Column("lane", required=False),
    ),
)  # fmt: skip


def read_readouts(path: str | Path, *, treatments: Iterable[str] = (), target: str = "") -> pd.DataFrame:
    """Read a table of readouts, one row a lane.

    Parameters
    ----------
    treatments : iterable of str
        What a treatment may be called; the first is meant where the table names none. Without any, treatments
        are free text, and one that is not named is called `ONE_TREATMENT`.
    target : str
        The readout that those treatments are to move: a table that names no treatment and does not hold it may be
        of any drug, so its treatment is `ONE_TREATMENT` too.

    Raises
    ------
    InputError
        With every fault of the table.
    """
    names = tuple(treatments)
    lanes = read_table(path, name_treatments(names))
    unnamed = lanes["treatment"] == ONE_TREATMENT
    if names and (not target or (lanes["target"] == target).any()):
        lanes["treatment"] = lanes["treatment"].mask(unnamed, names[0])
    return lanes


def name_treatments(treatments: Sequence[str]) -> Contract:
    """The contract of readouts where only these treatments may be named; any where there are none."""
    if not treatments:
        return READOUTS
    known = replace(TREATMENT, choices=tuple(treatments),
                    help="The study's programme names these; with `programme: none` any name will do.")  # fmt: skip
    return replace(READOUTS, columns=[known if c is TREATMENT else c for c in READOUTS.columns])
