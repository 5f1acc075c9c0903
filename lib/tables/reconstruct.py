"""A digitised Kaplan–Meier curve, its numbers at risk, and what was printed beside it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from lib.errors import Fault, InputError
from lib.tables.contract import Column, Contract, Unique, read_table

CURVE = Contract(
    "curve",
    (
        Column("group", key=True, help="Name of the curve; one name throughout where there is one curve."),
        Column("time", "number", key=True, at_least=0, help="Time of the point, in the figure's unit."),
        Column(
            "survival",
            "number",
            key=True,
            at_least=0,
            at_most=1,
            help="Survival at the point as a fraction; divide percentages by 100.",
        ),
    ),
)

AT_RISK = Contract(
    "at_risk",
    (
        Column("group", key=True, help="Name of the curve, as in the curve table."),
        Column(
            "time", "number", key=True, at_least=0, help="Time of the printed number, in the figure's unit."
        ),
        Column("n", "integer", key=True, at_least=0, help="Printed number at risk."),
    ),
    unique=(Unique(("group", "time")),),
)

EVENTS = Contract(
    "events",
    (
        Column("group", key=True, help="Name of the curve, as in the curve table."),
        Column("events", "integer", key=True, at_least=0, help="Printed number of events in all."),
    ),
    unique=(Unique(("group",)),),
)

PRINTED = Contract(
    "published",
    (
        Column("quantity", choices=("median", "hazard_ratio"), key=True, help="What was printed."),
        Column("group", key=True, help="Name of the curve; for a hazard ratio the group above the line."),
        Column("value", "number", key=True, above=0, help="As printed."),
        Column("low", "number", required=False, at_least=0, help="Lower bound as printed; empty = none."),
        Column("high", "number", required=False, at_least=0, help="Upper bound as printed; empty = none."),
    ),
    unique=(Unique(("quantity", "group")),),
)


def read_curve(path: str | Path) -> pd.DataFrame:
    """Read digitised points: ``group, time, survival``."""
    return read_table(path, CURVE)


def read_at_risk(path: str | Path) -> pd.DataFrame:
    """Read printed numbers at risk: ``group, time, n``."""
    return read_table(path, AT_RISK)


def read_events(path: str | Path) -> pd.DataFrame:
    """Read printed numbers of events: ``group, events``; an empty path gives an empty table."""
    return read_table(path, EVENTS) if str(path) else pd.DataFrame({"group": [], "events": []})


def read_printed(path: str | Path) -> pd.DataFrame:
    """Read printed results: ``quantity, group, value, low, high``; an empty path gives an empty table."""
    columns = ["quantity", "group", "value", "low", "high"]
    if not str(path):
        return pd.DataFrame({name: pd.Series(dtype=float if name != "group" else object) for name in columns})
    return read_table(path, PRINTED).reindex(columns=columns)


def check_same_groups(curve: pd.DataFrame, at_risk: pd.DataFrame, *others: pd.DataFrame) -> None:
    """Every curve needs numbers at risk, and no other table may name a group that has no curve.

    Raises
    ------
    InputError
        Naming each group that stands in one table only.
    """
    drawn, counted = dict.fromkeys(curve["group"]), dict.fromkeys(at_risk["group"])
    faults = [
        Fault(
            f'curve "{name}" needs numbers at risk',
            value=f"at_risk for {', '.join(counted)}",
            where="at_risk",
            remedy="Names must agree letter by letter.",
        )
        for name in drawn
        if name not in counted
    ]
    for table in (at_risk, *others):
        faults += [
            Fault(
                f'group "{name}" needs a curve',
                value=f"curves {', '.join(drawn)}",
                where="curve",
                remedy="Names must agree letter by letter.",
            )
            for name in dict.fromkeys(table["group"])
            if name not in drawn
        ]
    if faults:
        raise InputError(faults)


def choose_reference(curve: pd.DataFrame, asked: str = "") -> str:
    """The group that hazard ratios refer to: `asked` where given, else the last curve.

    Raises
    ------
    InputError
        If `asked` has no curve.
    """
    drawn = list(dict.fromkeys(curve["group"]))
    if asked and asked not in drawn:
        raise InputError(
            Fault(f"reference_group must be one of {', '.join(drawn)}", value=repr(asked), where="curve")
        )
    return str(asked or curve["group"].iloc[-1])
