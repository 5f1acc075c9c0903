"""Checks of whether values can be what their column says: what a table means, not how it is written.

Each asks its owner rather than guess, and says how to confirm: nothing is divided, joined or dropped on
suspicion.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import pandas as pd

from lib.errors import Fault, name_rows
from lib.tables.faults import name_faults
from lib.tables.intake.how import PLAIN
from lib.tables.intake.receipt import Origin

SUMMARIES = frozenset(
    [
        "mean",
        "average",
        "median",
        "sd",
        "std",
        "stdev",
        "sem",
        "se",
        "cv",
        "cv%",
        "n",
        "total",
        "sum",
        "min",
        "max",
        "geomean",
        "standard deviation",
        "standard error",
        "geometric mean",
        "coefficient of variation",
    ]
)
"""Names of rows that spreadsheets and programs add below the data."""
NAMED = 3
FACTORS = (1e3, 1e6)
FEWEST_COPIED = 6
"""Equal readings, in order, by which two experiments are copies: fewer may agree by rounding."""
SERIAL_DAYS = (20_000, 80_000)
"""Excel counts days from 1900: the years 1954 to 2119."""


def summary_rows(frame: pd.DataFrame, columns: Iterable[str], source: str) -> list[Fault]:
    """Rows that summarise others: a mean counted as a subject."""
    faults: list[Fault] = []
    for name in (c for c in columns if c in frame):
        words = frame[name].map(lambda text: str(text).strip().casefold(), na_action="ignore")
        rule = f"{name} must name what was measured: summaries of other rows must not stand among them"
        remedy = "Remove these rows."
        faults += name_faults(words.isin(SUMMARIES), rule, found=frame[name], source=source, remedy=remedy)
    return faults


def spellings(frame: pd.DataFrame, columns: Iterable[str], source: str) -> list[Fault]:
    """Names of one column that differ in case, spaces or leading zeros alone: one thing, or two?"""
    faults = []
    for name in (c for c in columns if c in frame):
        texts = [str(text) for text in pd.unique(frame[name].dropna())]
        alike: dict[str, list[str]] = {}
        for text in texts:
            alike.setdefault(plain_key(text), []).append(text)
        for several in (group for group in alike.values() if len(group) > 1):
            rows = [int(str(row)) for row in frame.index[frame[name].isin(several[1:])]]
            faults.append(
                Fault(
                    f"{name} must be spelled one way",
                    value=" and ".join(several[:NAMED]),
                    where=f"{source} {name_rows(rows)}",
                    remedy=(
                        f"Spell them alike, here or in the study file under read: values: {name}; or, if they"
                        " differ, give them names that do."
                    ),
                )
            )
    return faults


def plain_key(text: str) -> str:
    """A name without case, spaces and leading zeros."""
    return re.sub(r"(?<!\d)0+(?=\d)", "", re.sub(r"\s+", "", text.casefold()))


def odd_units(rows: pd.DataFrame, unit: str, column: str, of: str, source: str) -> list[Fault]:
    """Parts of a table whose doses are 1000 times those of the other parts: typed in another unit.

    Parameters
    ----------
    rows : DataFrame
        Of one compound or pair.
    unit : str
        Column of the parts: experiment, plate, replicate.
    column : str
        Of the doses.
    of : str
        What was given, in words.
    """
    doses = {u: {f"{d:.6g}" for d in part if d > 0} for u, part in rows.groupby(unit)[column]}
    faults: list[Fault] = []
    for one, own in doses.items():
        others = set().union(*(part for u, part in doses.items() if u != one))
        for factor in FACTORS:
            scaled = {f"{float(d) / factor:.6g}" for d in own}
            if len(own) >= 2 and scaled <= others and len(own & others) < len(own):
                faults += name_faults(
                    (rows[unit] == one) & (rows[column] > 0),
                    f"{column} must have one unit in all {unit}s of {of}",
                    found=f"doses {factor:g} times the others' in {unit} {one}",
                    source=source,
                    remedy=f"Divide them by {factor:g}, or use a column that names their unit.",
                )
    return faults


def copied_experiments(
    rows: pd.DataFrame, keys: Sequence[str], reading: str, source: str, unit: str = "experiment"
) -> list[Fault]:
    """Experiments of one thing whose readings are identical, in order: one experiment under several
    numbers."""
    if unit not in rows or rows[unit].nunique() < 2:
        return []
    faults = []
    for key, part in rows.groupby(list(keys), sort=False):
        series: dict[tuple[float, ...], list[str]] = {}
        for name, own in part.groupby(unit, sort=False):
            values = own[reading].dropna()
            if len(values) >= FEWEST_COPIED and values.nunique() > 2:
                series.setdefault(tuple(values), []).append(str(name))
        for names in (group for group in series.values() if len(group) > 1):
            copies = part.index[part[unit].astype(str).isin(names[1:])]
            faults.append(
                Fault(
                    f"{unit}s must be of their own, not copies of one another",
                    value=(
                        f"identical values in {unit} {' and '.join(names[:NAMED])} of"
                        f" {' '.join(map(str, key))}"
                    ),
                    where=f"{source} {name_rows([int(str(row)) for row in copies])}",
                    remedy="Remove the copies, or export the readings again.",
                )
            )
    return faults[:NAMED]


def fractions_for_percent(frame: pd.DataFrame, column: str, of: str, source: str) -> list[Fault]:
    """Percentages of several things none of which exceeds 1: they may be fractions. One rare thing may be so.

    Parameters
    ----------
    column : str
        Of the percentages.
    of : str
        Column that names what they are of.
    """
    origin = frame.attrs.get("origin")
    how = origin.how if isinstance(origin, Origin) else PLAIN
    values = frame[column].dropna() if column in frame else pd.Series(dtype=float)
    several = of in frame and len(frame[of].dropna().unique()) > 1
    if not several or values.empty or values.max() > 1 or values.max() <= 0 or column in how.units:
        return []
    return [
        Fault(
            f"{column} must be percent",
            value=f"nothing above {values.max():.4g}: these look like fractions",
            where=source,
            remedy=(
                "Multiply fractions by 100, or say the unit in the study file under read: units: "
                f"{column}: fraction (or percent, if they are)."
            ),
        )
    ]


def serial_dates(frame: pd.DataFrame, columns: Iterable[str], source: str) -> list[Fault]:
    """Days that are dates as Excel counts them."""
    faults: list[Fault] = []
    for name in (c for c in columns if c in frame):
        values = pd.to_numeric(frame[name], errors="coerce")
        if values.notna().any() and bool(values.dropna().between(*SERIAL_DAYS).all()):
            first = pd.Timestamp("1899-12-30") + pd.to_timedelta(float(values.dropna().iloc[0]), "D")
            rule = f"{name} must be a day of the study, counted from its reference day"
            found = f"{values.dropna().iloc[0]:g}, which as a serial date of Excel is {first:%Y-%m-%d}"
            remedy = "Subtract each subject's reference date and add 1: the reference day is day 1."
            faults += name_faults(values.notna(), rule, found=found, source=source, remedy=remedy)
    return faults
