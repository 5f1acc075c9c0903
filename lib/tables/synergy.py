"""Wells of drug combinations: two compounds, two concentrations, viability or raw signal."""

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
from lib.tables.sense import odd_units, spellings, summary_rows

ROLES = ("sample", "vehicle", "blank", "positive_control", "time_zero")


def _is_treated(wells: pd.DataFrame) -> pd.Series:
    """Sample wells with a drug; untreated ones may repeat on a plate."""
    sampled = wells["role"].fillna("sample") == "sample" if "role" in wells else True
    return ((wells["concentration_1_uM"] > 0) | (wells["concentration_2_uM"] > 0)) & sampled


COMBINATIONS = Contract(
    "combination",
    (
        Column("cell_line", help="Line that was treated."),
        Column("compound_1", help="First compound; the same order on every row of a pair."),
        Column("compound_2", help="Second compound."),
        Column("concentration_1_uM", "number", at_least=0, help="0 where the first compound is absent."),
        Column("concentration_2_uM", "number", at_least=0, help="0 where the second compound is absent."),
        Column(
            "viability",
            "number",
            required=False,
            at_least=-0.5,
            unit="fraction",
            help="Fraction of vehicle: 1 = untreated, 0 = all dead.",
        ),
        Column("signal", "number", required=False, at_least=0, help="Raw reading, with its role."),
        Column("role", required=False, choices=ROLES, help="What the well is there for."),
        Column("experiment", required=False, help="Biological replicate."),
        Column("plate", required=False, help="Plate; signals are normalised per plate."),
        Column("replicate", required=False, help="Repeat of the matrix."),
        Column("well", required=False, help="Position, where one dose pair has several wells on a plate."),
    ),
    unique=(
        Unique(
            ("cell_line", "compound_1", "compound_2", "concentration_1_uM", "concentration_2_uM"),
            also=("experiment", "plate", "replicate", "well"),
            among=_is_treated,
            rule="a well must be given once",
            remedy="Number repeats in a column replicate, or name the wells in a column well.",
        ),
    ),
)
"""Either `viability`, or `signal` with `role`."""

PAIR, DOSES = ["cell_line", "compound_1", "compound_2"], ["concentration_1_uM", "concentration_2_uM"]
LARGEST_FRACTION = 3.0
"""A line that grows to three times its vehicle wells under a compound is a wrong unit or a broken well."""
UNTREATED_AT_LEAST = 0.3


def read_combinations(path: str | Path) -> pd.DataFrame:
    """Read the wells of combination experiments; the index is the file's row number.

    Raises
    ------
    InputError
        With every fault: those of :func:`lib.tables.contract.read_table`, neither viability nor signal with
        role, percent or inhibition in the place of viability, wells without compound or concentration, one
        compound twice, a well given twice, doses of one replicate 1000 times those of the others, all
        responses equal, raw signals without vehicle wells.
    """
    return check_combinations(read_cells(path, COMBINATIONS.columns), source=Path(path).name)


def check_combinations(frame: pd.DataFrame, *, source: str = "the table") -> pd.DataFrame:
    """Hold a frame against the contract of combinations; see :func:`read_combinations`."""
    checked, faults = examine_table(frame, COMBINATIONS, source=source)
    faults += find_repeats(checked, COMBINATIONS, source)
    given = [name for name in ("viability", "signal") if name in checked]
    if not given:
        faults.append(_no_response(checked, source))
    if (faults and not {*PAIR, *DOSES, *given[:1]} <= set(checked)) or not given:
        raise InputError(faults)
    empty = [name for name in given if checked[name].isna().all()]
    if len(empty) < len(given):  # a new study's table has both
        checked = checked.drop(columns=empty)
    if "role" not in checked:
        checked["role"] = "sample"
    checked["role"] = checked.role.fillna("sample")
    samples = checked[checked.role == "sample"]
    faults += [
        *_percent(samples, source),
        *_inhibition(samples, source),
        *_unnamed(samples, source),
        *_paired_with_itself(samples, source),
        *find_repeats(checked, COMBINATIONS, source),
        *_mixed_units(samples, source),
        *_all_equal(samples, source),
        *_no_vehicle(checked, source),
        *spellings(checked, PAIR, source),
        *summary_rows(checked, PAIR, source),
    ]
    if faults:
        raise InputError(faults)
    return checked


def _no_response(frame: pd.DataFrame, source: str) -> Fault:
    there = ", ".join(map(str, frame.columns[:12]))
    return Fault(
        'a combination table needs "viability", or "signal" with "role"',
        value=f"columns {there}",
        where=source,
        remedy="Viability is a fraction of vehicle.",
    )


def _percent(samples: pd.DataFrame, source: str) -> list[Fault]:
    if "viability" not in samples:
        return []
    return name_faults(
        samples.viability > LARGEST_FRACTION,
        f"viability must be a fraction of vehicle, at most {LARGEST_FRACTION:g}",
        found=samples.viability.map("{:g}".format),
        source=source,
        remedy="If these are percent, divide by 100; leave a broken well empty.",
    )


def _inhibition(samples: pd.DataFrame, source: str) -> list[Fault]:
    """Untreated wells near 0 that rise under treatment hold inhibition."""
    if "viability" not in samples:
        return []
    bare = (samples.concentration_1_uM == 0) & (samples.concentration_2_uM == 0)
    both = (samples.concentration_1_uM > 0) & (samples.concentration_2_uM > 0)
    untreated, treated = samples.viability[bare].mean(), samples.viability[both].mean()
    if not (untreated < UNTREATED_AT_LEAST and untreated < treated):
        return []
    return name_faults(
        bare,
        "viability must be near 1 in untreated wells",
        found=f"a mean of {untreated:.3g} there and {treated:.3g} under both compounds",
        source=source,
        remedy="These look like inhibition: give 1 − inhibition.",
    )


def _unnamed(samples: pd.DataFrame, source: str) -> list[Fault]:
    remedies = dict.fromkeys(PAIR, "Name it on every sample well.")
    remedies |= dict.fromkeys(DOSES, "Write 0 where a compound is absent.")
    return [
        fault
        for column, remedy in remedies.items()
        for fault in name_faults(
            samples[column].isna(),
            f"{column} must not be empty in a sample well",
            found="empty",
            source=source,
            remedy=remedy,
        )
    ]


def _paired_with_itself(samples: pd.DataFrame, source: str) -> list[Fault]:
    return name_faults(
        samples.compound_1.notna() & (samples.compound_1 == samples.compound_2),
        "compound_1 and compound_2 must differ",
        found=samples.compound_1,
        source=source,
        remedy="Give a single-agent well the name of its partner and concentration 0.",
    )


def _mixed_units(samples: pd.DataFrame, source: str) -> list[Fault]:
    """A replicate whose doses are 1000 times those of the other replicates was entered in another unit."""
    faults = []
    for name, rows in samples.groupby(PAIR, sort=False):
        for unit in (u for u in ("experiment", "plate", "replicate") if u in rows):
            for column in DOSES:
                faults += odd_units(rows, unit, column, " + ".join(map(str, name[1:])), source)
            if faults:
                return faults
    return faults


def _all_equal(samples: pd.DataFrame, source: str) -> list[Fault]:
    column = "viability" if "viability" in samples else "signal"
    if column not in samples or len(samples) < 2:
        return []
    values = samples[column].dropna()
    if values.empty:
        return [
            Fault(
                f"{column} must hold numbers",
                value="no value",
                where=source,
                remedy="Export the readings again.",
            )
        ]
    if values.min() < values.max():
        return []
    return [
        Fault(
            f"{column} must vary over the doses",
            value=f"{values.iloc[0]:g} in all {len(values)} wells",
            where=source,
            remedy="Check the export of the reader.",
        )
    ]


def _no_vehicle(frame: pd.DataFrame, source: str) -> list[Fault]:
    if "viability" in frame or "signal" not in frame:
        return []
    plates = frame["plate"].fillna("1") if "plate" in frame else pd.Series("1", index=frame.index)
    with_vehicle = set(plates[(frame.role == "vehicle") & frame.signal.notna()])
    bare = sorted(map(str, set(plates) - with_vehicle))
    if not bare:
        return []
    return [
        Fault(
            "raw signals need vehicle wells on every plate",
            value=f"none on plate {', '.join(bare[:6])}",
            where=source,
            remedy="Set role to vehicle in the untreated control wells, or give viability.",
        )
    ]


TRUTH = Contract(
    "known interactions",
    (
        Column("cell_line", key=True, help="As in the measurements."),
        Column("compound_1", key=True, help="As in the measurements."),
        Column("compound_2", key=True, help="As in the measurements."),
        Column("true_bliss_score", "number", required=False, help="Percentage points."),
        Column("true_hsa_score", "number", required=False, help="Percentage points."),
        Column("beta", "number", required=False, help="Synergy of efficacy."),
        Column("alpha_12", "number", required=False, above=0, help="Synergy of potency, 1 on 2."),
        Column("alpha_21", "number", required=False, above=0, help="Synergy of potency, 2 on 1."),
    ),
    unique=(Unique(("cell_line", "compound_1", "compound_2")),),
)


def read_truth(path: str | Path) -> pd.DataFrame:
    """Read what is known of a simulated combination; without a file nothing is: no rows."""
    if not str(path):
        return pd.DataFrame(columns=["cell_line", "compound_1", "compound_2"])
    return read_table(path, TRUTH)
