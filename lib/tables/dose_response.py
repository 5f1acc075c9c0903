"""Wells of dose-response experiments: viability, or raw signal with the role of each well."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from lib.errors import Fault, InputError, name_rows
from lib.tables.contract import Column, Contract, check_table
from lib.tables.files import read_cells

ROLES = ("sample", "vehicle", "blank", "positive_control", "time_zero")
WELLS = Contract(
    "wells",
    (
        Column("cell_line", required=True, help="Line that was treated."),
        Column("compound", required=True, help="Compound; control wells may leave it empty."),
        Column("concentration_uM", "number", at_least=0,
               help='Vehicle wells: set role to "vehicle". The name may end in _M, _mM, _uM, _nM or _pM.'),
        Column("viability", "number", required=False, help="Fraction of vehicle: 1 = untreated, 0 = all dead."),
        Column("signal", "number", required=False, help="Raw reading, with its role."),
        Column("role", required=False, choices=ROLES, help="What the well is there for."),
        Column("experiment", default="1", required=False, help="Biological replicate: the unit of n."),
        Column("plate", default="1", required=False, help="Plate; signals are normalised per plate."),
        Column("well", required=False, help="Position, A01 or a number counted along rows."),
        Column("exclude", required=False, help="Why the well is not to be used; it stays listed."),
    ),
)  # fmt: skip
"""Either `viability`, or `signal` with `role`."""

PERCENT_LIKELY = 5.0
"""A median viability above this is percent, not a fraction: no assay triples its vehicle in half of the wells."""


def read_wells(path: str | Path) -> pd.DataFrame:
    """Read the wells of dose-response experiments; the index is the file's row number.

    Returns
    -------
    DataFrame
        The contract's columns; ``role`` filled in; ``exclude`` holds the reason a well is not used, be it the
        file's own or ours (missing or negative reading), and is empty where it is used.

    Raises
    ------
    InputError
        With every fault: absent columns, percent for fraction, samples without compound, line or concentration,
        a plate without vehicle wells, one well named twice.
    """
    return check_wells(read_cells(path), source=Path(path).name)


def check_wells(frame: pd.DataFrame, *, source: str = "the table") -> pd.DataFrame:
    """Hold a frame of wells against the contract; see :func:`read_wells`."""
    wells = check_table(frame, WELLS, source=source)
    _check_reading(wells, source)
    for name in ("well", "exclude", "role"):
        if name not in wells:
            wells[name] = pd.Series(None, index=wells.index, dtype=object)
    wells["role"] = wells["role"].fillna("sample")
    faults = [*_sample_keys(wells, source), *_percent(wells, source), *_twice(wells, source)]
    faults += _vehicle(wells, source)
    if faults:
        raise InputError(faults)
    return wells.assign(exclude=_exclusions(wells))


def reading_of(wells: pd.DataFrame) -> str:
    """Which column carries the reading: ``signal`` where there is one, else ``viability``."""
    return "signal" if "signal" in wells and wells["signal"].notna().any() else "viability"


def _check_reading(wells: pd.DataFrame, source: str) -> None:
    if "viability" not in wells and "signal" not in wells:
        raise InputError(Fault('a wells table needs the column "viability", or "signal" with "role"',
                               f"columns {', '.join(map(str, wells.columns[:12]))}", source))  # fmt: skip
    if "viability" not in wells and "role" not in wells:
        raise InputError(Fault('"signal" needs the column "role"', "no role", source,
                               f"Say for each well which it is: {', '.join(ROLES)}."))  # fmt: skip


def _sample_keys(wells: pd.DataFrame, source: str) -> list[Fault]:
    sample = wells["role"] == "sample"
    faults = []
    for name in ("cell_line", "compound", "concentration_uM"):
        bad = sample & wells[name].isna()
        if bad.any():
            faults.append(Fault(f"{name} of a sample well must not be empty", "empty",
                                f"{source} {name_rows(list(wells.index[bad]))}",
                                'Control wells: set role to "vehicle", "blank" or "positive_control".'))  # fmt: skip
    return faults


def _percent(wells: pd.DataFrame, source: str) -> list[Fault]:
    if reading_of(wells) == "signal" or wells["viability"].notna().sum() == 0:
        return []
    median = float(wells["viability"].median())
    if median <= PERCENT_LIKELY:
        return []
    return [Fault("viability must be a fraction of vehicle (1 = untreated)", f"median {median:.4g}", source,
                  "Divide percentages by 100; for raw readings use the columns signal and role.")]  # fmt: skip


def _twice(wells: pd.DataFrame, source: str) -> list[Fault]:
    named = wells["well"].notna()
    again = wells[named].duplicated(["plate", "well"], keep=False)
    rows = list(again.index[again])
    if not rows:
        return []
    first = wells.loc[rows[0]]
    return [Fault("a well must stand once on its plate", f"plate {first['plate']}, well {first['well']}",
                  f"{source} {name_rows(rows)}", "Remove the repeat, or name the plates apart.")]  # fmt: skip


def _vehicle(wells: pd.DataFrame, source: str) -> list[Fault]:
    if reading_of(wells) != "signal":
        return []
    usable = wells["exclude"].isna() & wells["signal"].notna() & (wells["role"] == "vehicle")
    sampled = wells.loc[wells["role"] == "sample", "plate"].unique()
    bare = [str(p) for p in sampled if not usable[wells["plate"] == p].any()]
    if not bare:
        return []
    return [Fault("a plate needs vehicle wells to normalise by", f"none on plate {', '.join(bare[:6])}", source,
                  'Set role to "vehicle" on untreated wells, or give viability instead of signal.')]  # fmt: skip


def _exclusions(wells: pd.DataFrame) -> pd.Series:
    reading = wells[reading_of(wells)]
    given = wells["exclude"].astype(object)
    reason = given.where(given.notna(), "")
    reason = reason.where((reason != "") | reading.notna(), "no reading")
    if reading.name == "signal":
        reason = reason.where((reason != "") | ~(reading < 0), "negative signal")
    return reason.replace(np.nan, "")
