"""Wells of dose-response experiments: viability, or raw signal with the role of each well."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from lib.errors import Fault, InputError
from lib.tables.contract import (
    Column,
    Contract,
    Unique,
    examine_table,
    find_repeats,
    name_faults,
)
from lib.tables.doses import refuse_logarithms
from lib.tables.files import read_cells
from lib.tables.intake.header import fold
from lib.tables.sense import copied_experiments, odd_units, spellings, summary_rows

READINGS = {"viability", "signal"}
ROLES = ("sample", "vehicle", "blank", "positive_control", "time_zero")
WELLS = Contract(
    "wells",
    (
        Column("cell_line", required=True, also=("line", "cell"), help="Line that was treated."),
        Column(
            "compound",
            required=True,
            also=("drug", "inhibitor"),
            help="Compound; control wells may leave it empty.",
        ),
        Column(
            "concentration_uM",
            "number",
            at_least=0,
            also=("conc", "dose"),
            help='Vehicle wells: set role to "vehicle". Say the unit: "concentration [nM]".',
        ),
        Column(
            "viability",
            "number",
            required=False,
            unit="fraction",
            help="Fraction of vehicle: 1 = untreated, 0 = all dead.",
        ),
        Column("signal", "number", required=False, help="Raw reading, with its role."),
        Column(
            "role",
            required=False,
            choices=ROLES,
            help='What the well is there for; untreated or solvent (DMSO) wells are "vehicle".',
        ),
        Column(
            "experiment",
            default="1",
            required=False,
            roles=("sample",),
            help="Biological replicate: the unit of n.",
        ),
        Column("plate", default="1", required=False, help="Plate; signals are normalised per plate."),
        Column("well", required=False, help="Position, A01 or a number counted along rows."),
        Column("exclude", required=False, help="Why the well is not to be used; it stays listed."),
    ),
    unique=(
        Unique(
            ("plate", "well"),
            rule="a well must stand once on its plate",
            remedy="Remove the repeat, or name the plates apart.",
        ),
    ),
)
"""Either `viability`, or `signal` with `role`."""

KEYS = ["cell_line", "compound"]
MOST_GROWTH = 3.0
"""Wells of one dose that read above so many times their vehicle are percent: no compound triples a
culture."""
PERCENT_LIKELY = 5.0
"""A median viability above this is percent, not a fraction: no assay triples its vehicle in half of the
wells."""


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
        With every fault: absent columns, percent for fraction, samples without compound, line or
        concentration, a plate without vehicle wells, one well named twice.
    """
    return check_wells(read_cells(path, WELLS.columns), source=Path(path).name)


def check_wells(frame: pd.DataFrame, *, source: str = "the table") -> pd.DataFrame:
    """Hold a frame of wells against the contract; see :func:`read_wells`."""
    wells, broken = examine_table(frame, WELLS, source=source)
    faults = [*_advise(broken, frame, source), *_check_reading(wells, source)]
    if {"cell_line", "compound", "concentration_uM"} <= set(wells) and READINGS & set(wells):
        wells = _complete(wells)
        faults += _faults(wells, source, wells.attrs["units"].get("concentration_uM", "uM"))
    if faults:
        raise InputError(faults)
    return wells.assign(exclude=_exclusions(wells))


def _complete(wells: pd.DataFrame) -> pd.DataFrame:
    for name in ("well", "exclude", "role"):
        if name not in wells:
            wells[name] = pd.Series(None, index=wells.index, dtype=object)
    wells["role"] = wells["role"].fillna("sample")
    return wells


def _faults(wells: pd.DataFrame, source: str, unit: str) -> list[Fault]:
    rules = (_sample_keys, _percent, _vehicle, _window, _unread)
    faults = [fault for rule in rules for fault in rule(wells, source)] + find_repeats(wells, WELLS, source)
    return faults + _sense(wells, source) + refuse_logarithms(wells, reading_of(wells), unit, source)


def _sense(wells: pd.DataFrame, source: str) -> list[Fault]:
    """Names and experiments that cannot be what they say."""
    faults = [*summary_rows(wells, KEYS, source), *spellings(wells, KEYS, source)]
    used = wells[(wells["role"] == "sample") & wells["exclude"].isna()]
    if (used["experiment"] == used["experiment"].iloc[:1].squeeze()).all():
        return faults
    for key, rows in used.groupby(KEYS, sort=False):
        if len(rows["experiment"].unique()) > 1:
            named = " in ".join(map(str, reversed(key)))
            faults += odd_units(rows, "experiment", "concentration_uM", named, source)
    return faults + copied_experiments(used, KEYS, reading_of(wells), source)


def _advise(faults: list[Fault], frame: pd.DataFrame, source: str) -> list[Fault]:
    """The contract's faults, with the remedy that fits wells."""
    names = [str(name) for name in frame.columns]
    unit = next((n for n in names if fold(n) in ("unit", "units", "concentrationunit", "doseunit")), None)
    advised = [_advise_one(fault, frame, unit) for fault in faults]
    if any(fault.rule.count('"') >= 2 * WIDE_LACKS for fault in faults) and len(names) > 1:
        advised.append(
            Fault(
                "a wells table has one row a well",
                value=f"columns {', '.join(names[:8])}",
                where=source,
                remedy=(
                    "Where each column is a line or a replicate (Prism, spreadsheets), stack the columns: "
                    "cell_line, compound, concentration_uM, viability; `tme new` writes such a table."
                ),
            )
        )
    return advised


def _advise_one(fault: Fault, frame: pd.DataFrame, unit: str | None) -> Fault:
    if not fault.rule.startswith("concentration_uM") and '"concentration_uM"' not in fault.rule:
        return fault
    if unit is not None:
        held = ", ".join(map(str, frame[unit].dropna().unique()[:4]))
        return replace(
            fault,
            remedy=(
                f'The column "{unit}" holds {held}: convert to one unit and put it into the '
                'column\'s name, such as "concentration_nM".'
            ),
        )
    if re.search(r"\d\s*[munpµμ]?M\b", fault.value):
        return replace(
            fault,
            remedy=(
                "Numbers only, all in one unit; the unit goes into the column's name, such as "
                '"concentration_nM".'
            ),
        )
    if "must be >= 0" in fault.rule and fault.value.count(",") >= LOG_LIKELY - 1:
        return replace(
            fault,
            remedy="If these are logarithms, give the concentrations themselves (10 to that power). "
            + fault.remedy,
        )
    return fault


def reading_of(wells: pd.DataFrame) -> str:
    """Which column carries the reading: ``signal`` where there is one, else ``viability``."""
    return "signal" if "signal" in wells and wells["signal"].notna().any() else "viability"


def _check_reading(wells: pd.DataFrame, source: str) -> list[Fault]:
    if not READINGS & set(wells):
        rule = 'a wells table needs the column "viability", or "signal" with "role"'
        return [Fault(rule, value=f"columns {', '.join(map(str, wells.columns[:12]))}", where=source)]
    if "viability" not in wells and "role" not in wells:
        remedy = f"Say for each well which it is: {', '.join(ROLES)}."
        return [Fault('"signal" needs the column "role"', value="no role", where=source, remedy=remedy)]
    return []


PERCENT_SURELY = 20.0
"""A single viability above this, beside a median that is a fraction, is percent or a slip of the hand."""

WIDE_LACKS = 2
"""Required columns a file lacks before it is taken for another kind of table."""

LOG_LIKELY = 3
"""Different negative concentrations that look like logarithms rather than slips."""


def _sample_keys(wells: pd.DataFrame, source: str) -> list[Fault]:
    sample, remedy = (
        wells["role"] == "sample",
        'Control wells: set role to "vehicle", "blank" or "positive_control".',
    )
    return [
        fault
        for name in ("cell_line", "compound", "concentration_uM")
        for fault in name_faults(
            sample & wells[name].isna(),
            f"{name} of a sample well must not be empty",
            found="empty",
            source=source,
            remedy=remedy,
        )
    ]


def _percent(wells: pd.DataFrame, source: str) -> list[Fault]:
    if reading_of(wells) == "signal" or wells["viability"].notna().sum() == 0:
        return []
    used = wells["viability"].where((wells["role"] == "sample") & wells["exclude"].isna())
    median, far = float(wells["viability"].median()), used > PERCENT_SURELY
    by_dose = used.groupby([wells["cell_line"], wells["compound"], wells["concentration_uM"]]).median()
    if median <= PERCENT_LIKELY and by_dose.max() > MOST_GROWTH and not far.any():
        return [
            Fault(
                "viability must be a fraction of vehicle (1 = untreated)",
                value=f"wells of one dose with a median of {by_dose.max():.4g}",
                where=source,
                remedy=(
                    "These look like percent: divide by 100, or write the unit into the name, as in"
                    " Viability %."
                ),
            )
        ]
    if median <= PERCENT_LIKELY and not far.any():
        return []
    if median <= PERCENT_LIKELY:
        values = ", ".join(f"{v:g}" for v in used[far].head(3)) + (", …" if far.sum() > 3 else "")
        return name_faults(
            far,
            "viability must be a fraction of vehicle (1 = untreated) in every row",
            found=f"{values} beside a median of {median:.3g}",
            source=source,
            remedy="Divide percentages by 100; a wrong reading gets its reason in the column exclude.",
        )
    return [
        Fault(
            "viability must be a fraction of vehicle (1 = untreated)",
            value=f"median {median:.4g}",
            where=source,
            remedy="Divide percentages by 100; for raw readings use the columns signal and role.",
        )
    ]


def _vehicle(wells: pd.DataFrame, source: str) -> list[Fault]:
    if reading_of(wells) != "signal":
        return []
    usable = wells["exclude"].isna() & wells["signal"].notna() & (wells["role"] == "vehicle")
    sampled = wells.loc[wells["role"] == "sample", "plate"].unique()
    bare = [str(p) for p in sampled if not usable[wells["plate"] == p].any()]
    if not bare:
        return []
    return [
        Fault(
            "a plate needs vehicle wells to normalise by",
            value=f"none on plate {', '.join(bare[:6])}",
            where=source,
            remedy='Set role to "vehicle" on untreated wells, or give viability instead of signal.',
        )
    ]


def _window(wells: pd.DataFrame, source: str) -> list[Fault]:
    """Plates whose vehicle reads no higher than their blank: nothing can be expressed as a fraction between
    them."""
    if reading_of(wells) != "signal":
        return []
    used = wells[wells["exclude"].isna() & wells["role"].isin(["vehicle", "blank"]) & ~(wells["signal"] < 0)]
    mean = used.pivot_table(index="plate", columns="role", values="signal", aggfunc="mean", sort=False)
    if not {"vehicle", "blank"} <= set(mean.columns):
        return []
    bad = mean[mean["vehicle"] <= mean["blank"]]
    if bad.empty:
        return []
    first = bad.iloc[0]
    found = f"vehicle {first['vehicle']:.4g}, blank {first['blank']:.4g} on plate {bad.index[0]}"
    more = f" ({len(bad)} plates)" if len(bad) > 1 else ""
    return [
        Fault(
            "vehicle wells must read above blank wells",
            value=found + more,
            where=source,
            remedy="Check which wells are vehicle and which blank.",
        )
    ]


def _unread(wells: pd.DataFrame, source: str) -> list[Fault]:
    """No sample well that can be used, and why."""
    sample = wells[wells["role"] == "sample"]
    reasons = _exclusions(sample)
    if (reasons == "").any():
        return []
    counts = ", ".join(f"{n} {reason}" for reason, n in reasons.value_counts().items()) or "no sample wells"
    return [
        Fault(
            f"{reading_of(wells)} of at least one sample well must be usable",
            value=counts,
            where=source,
            remedy='Fill in the readings; wells with drug have the role "sample".',
        )
    ]


def _exclusions(wells: pd.DataFrame) -> pd.Series:
    reading = wells[reading_of(wells)]
    given = wells["exclude"].astype(object)
    reason = given.where(given.notna(), "")
    reason = reason.where((reason != "") | reading.notna(), "no reading")
    if reading.name == "signal":
        reason = reason.where((reason != "") | ~(reading < 0), "negative signal")
    return reason.replace(np.nan, "")
