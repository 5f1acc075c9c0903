"""Cell populations by subject and time point, and the directions expected of them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from lib.errors import Fault, InputError
from lib.tables.contract import (
    Column,
    Contract,
    Unique,
    examine_table,
    find_repeats,
    name_faults,
    read_table,
)
from lib.tables.files import read_cells
from lib.tables.sense import fractions_for_percent, spellings, summary_rows

POPULATIONS = Contract(
    "populations",
    (
        Column("subject", key=True, help="Patient or animal: the unit that is counted."),
        Column("timepoint", key=True, help="Such as pre and post."),
        Column("population", key=True, help="Name of the cell population."),
        Column("count", "integer", required=False, at_least=0, help="Events in the population."),
        Column("parent_count", "integer", required=False, at_least=0, help="Events in its parent gate."),
        Column(
            "percent", "number", required=False, at_least=0, at_most=100, help="Percent of the parent gate."
        ),
        Column("cd45_count", "integer", required=False, at_least=0, help="CD45+ events of the sample."),
        Column(
            "cells_per_mg",
            "number",
            required=False,
            at_least=0,
            help="Cells of this population per mg of tissue.",
        ),
        Column("group", required=False, help="Cohort of the subject, such as the days of treatment."),
    ),
    unique=(Unique(("subject", "timepoint", "population")),),
)
"""`count` with `parent_count` is preferred to `percent`."""

EXPECTED = Contract(
    "expected directions",
    (
        Column("population", key=True, help="As named in the populations table."),
        Column("direction", key=True, choices=("increased", "reduced"), help="Write increased or reduced."),
    ),
    unique=(Unique(("population",)),),
)


def read_populations(path: str | Path) -> pd.DataFrame:
    """Read a populations table; the index is the file's row number.

    Raises
    ------
    InputError
        With every fault: those of :func:`lib.tables.contract.read_table`, counts without parents and no
        percentages, a count above its parent or its CD45 count, a subject in two groups.
    """
    return check_populations(read_cells(path, POPULATIONS.columns), source=Path(path).name)


def check_populations(frame: pd.DataFrame, *, source: str = "the table") -> pd.DataFrame:
    """Hold a frame against the contract of populations; see :func:`read_populations`."""
    checked, faults = examine_table(frame, POPULATIONS, source=source)
    faults += [
        *find_repeats(checked, POPULATIONS, source),
        *_measure_missing(checked, source),
        *_above(checked, "count", "parent_count", source),
        *_above(checked, "count", "cd45_count", source),
        *_two_groups(checked, source),
        *summary_rows(checked, ["subject"], source),
        *spellings(checked, ["subject", "population"], source),
        *([] if "count" in checked else fractions_for_percent(checked, "percent", "population", source)),
    ]
    if faults:
        raise InputError(faults)
    return checked


def read_expected(path: str | Path) -> dict[str, str] | None:
    """Expected directions by population, from a table `population, direction`; None without a path."""
    if not path:
        return None
    frame = read_table(path, EXPECTED)
    return dict(zip(frame["population"], frame["direction"], strict=True))


def _measure_missing(frame: pd.DataFrame, source: str) -> list[Fault]:
    if {"count", "parent_count"} <= set(frame) or "percent" in frame:
        return []
    there = ", ".join(map(str, frame.columns))
    return [
        Fault(
            'a populations table needs "count" with "parent_count", or "percent"',
            value=f"columns {there}",
            where=source,
            remedy="Counts are preferred: they show what rests on few cells.",
        )
    ]


def _above(frame: pd.DataFrame, part: str, whole: str, source: str) -> list[Fault]:
    if not {part, whole} <= set(frame):
        return []
    wrong = frame[part] > frame[whole]
    pairs = frame.loc[wrong, [part, whole]].head(3).itertuples(index=False)
    values = ", ".join(f"{a:.0f} of {b:.0f}" for a, b in pairs)
    rule, remedy = f"{part} must be <= {whole}", "Check the parent gate."
    return name_faults(wrong, rule, found=values, source=source, remedy=remedy)


def _two_groups(frame: pd.DataFrame, source: str) -> list[Fault]:
    if not {"group", "subject"} <= set(frame):
        return []
    counts = frame.groupby("subject", sort=False)["group"].nunique()
    return [
        fault
        for subject in counts.index[counts > 1]
        for fault in name_faults(
            frame["subject"] == subject,
            "a subject must stay in one group",
            found=f"{counts[subject]} groups for one subject",
            source=source,
            remedy="Use one group for all rows of a subject.",
        )
    ]
