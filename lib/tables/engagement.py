"""Readouts of target engagement: densitometry of blots, or any signal with its normaliser."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from lib.errors import Fault, InputError
from lib.tables.contract import Column, Contract, name_faults, read_table

ONE_TREATMENT = "treatment"
"""What the treatment is called where neither the table nor a programme names one."""
ALIKE = 0.85  # ratio of difflib above which a name is taken for a misspelt treatment
TREATMENT = Column(
    "treatment",
    required=False,
    default=ONE_TREATMENT,
    help=(
        "What was given, by the programme's name for it, that of its compound, or any other; by default the"
        " programme's first"
    ),
)

READOUTS = Contract(
    "readouts",
    (
        Column("experiment", key=True, help="Biological replicate: the unit of replication"),
        Column(
            "target",
            key=True,
            help="pFAK_Y397, FAK, PI3K_FAK_complex, pAKT_S473, pERK, SOX2, MYC, EGFR, MET …",
        ),
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
)


def read_readouts(
    path: str | Path,
    *,
    treatments: Iterable[str] = (),
    names: Mapping[str, str] | None = None,
    target: str = "",
) -> pd.DataFrame:
    """Read a table of readouts, one row a lane.

    Parameters
    ----------
    treatments : iterable of str
        What a programme calls its treatments; the first is meant where the table names none. Other treatments
        keep the names that the table gives them; without a programme one that is not named is called
        `ONE_TREATMENT`.
    names : mapping
        Other names of those treatments, such as that of the one compound that each gives.
    target : str
        The readout that those treatments are to move: a table that names no treatment and does not hold it
        may be of any drug, so its treatment is `ONE_TREATMENT` too.

    Raises
    ------
    InputError
        With every fault of the table; also for a treatment that is nearly one of the programme's.
    """
    lanes, own = read_table(path, READOUTS), tuple(treatments)
    unnamed = lanes["treatment"] == ONE_TREATMENT
    known = {_plain(name): name for name in own} | {_plain(k): v for k, v in (names or {}).items()}
    given = lanes.loc[~unnamed, "treatment"]
    _refuse_misspelt(given, known, Path(path).name)
    lanes["treatment"] = lanes["treatment"].map(lambda name: known.get(_plain(name), name))
    if own and (not target or (lanes["target"] == target).any()):
        lanes["treatment"] = lanes["treatment"].mask(unnamed, own[0])
    return lanes


def _refuse_misspelt(given: pd.Series, known: Mapping[str, str], file: str) -> None:
    faults: list[Fault] = []
    for name in sorted(given.unique()):
        near = difflib.get_close_matches(_plain(name), known, n=1, cutoff=ALIKE)
        if near and _plain(name) not in known:
            rule = f"treatment must be {known[near[0]]}, or another name altogether"
            faults += name_faults(given == name, rule, found=str(name), source=file)
    if faults:
        raise InputError(faults)


def _plain(name: str) -> str:
    return "".join(c for c in str(name).lower() if c.isalnum())
