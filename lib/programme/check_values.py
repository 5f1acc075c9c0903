"""Published values as methods need them: words and units that are known, numbers in range, each value
once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from lib.agreement import DIRECTIONS
from lib.programme.programme import COLUMNS, Programme, micromolar_per, plain_name
from lib.programme.said import Said, nearest
from lib.units import MICROMOLAR_PER

QUANTITIES = {
    "populations": ("direction", "phenotype"),
    "panel": ("fluorochrome",),
    "ic50": ("ic50", "ic50_sd"),
    "clinical": ("rate", "median"),
    "facts": (),
    "mechanism": ("direction", "expected_direction", "interaction", "cellular_ic50", "inhibition_constant"),
}
"""Roles of tables and the quantities that reports read of each; others are there for the reader."""
INTERACTIONS = ("synergy", "antagonism", "additivity")
CHANGES = (*DIRECTIONS, "unchanged")
WORDS = {
    ("populations", "direction"): tuple(DIRECTIONS),
    ("mechanism", "direction"): CHANGES,
    ("mechanism", "expected_direction"): CHANGES,
    ("mechanism", "interaction"): INTERACTIONS,
}
BY_ITEM = (
    ("populations", "direction"),
    ("populations", "phenotype"),
    ("panel", "fluorochrome"),
    ("mechanism", "expected_direction"),
)
"""Quantities that are looked up by their item alone, whatever the group."""
CLINICAL_UNITS = {"rate": ("percent", "%"), "median": ("months",)}
PERCENT = 100


def check_values(said: Said, programme: Programme) -> None:
    """Note every fault of the tables of published values."""
    for role in said.words("values"):
        if role not in QUANTITIES:
            said.fault(f"values must be among {', '.join(QUANTITIES)}", role, nearest(role, QUANTITIES))
            continue
        rows = _rows(said, role)
        _check_quantities(said, role, rows)
        _check_words(said, role, rows)
        if role in ("populations", "panel", "mechanism"):
            _check_once(said, role, rows)
    _check_ic50(said, programme)
    _check_clinical(said, programme)


def _rows(said: Said, role: str) -> pd.DataFrame:
    """Values of one role, indexed by the rows of their file."""
    empty = pd.DataFrame(columns=[*COLUMNS, "number"])
    return said.frames.get(f"values.{role}", empty)


def _refuse(said: Said, role: str, row: Any, rule: str, value: str, remedy: str = "") -> None:
    said.fault(rule, value, remedy, table=f"values.{role}", rows=[row.Index])


def _check_quantities(said: Said, role: str, rows: pd.DataFrame) -> None:
    """A quantity that reports read must be spelled as they do, else its value would be passed over."""
    known = {plain_name(name): name for name in QUANTITIES[role]}
    for r in rows[~rows["quantity"].isin(list(known.values()))].itertuples():
        if meant := known.get(plain_name(r.quantity)):
            _refuse(said, role, r, f"the quantity must be written {meant}", f"{r.quantity} of {r.item}")


def _check_words(said: Said, role: str, rows: pd.DataFrame) -> None:
    whose = "population" if role == "populations" else "value of " + role
    for quantity, words in ((quantity, words) for (of, quantity), words in WORDS.items() if of == role):
        for r in rows[(rows["quantity"] == quantity) & ~rows["value"].isin(words)].itertuples():
            rule = f"the {quantity} of a {whose} must be one of {', '.join(words)}"
            _refuse(said, role, r, rule, f"{r.value or 'nothing'} of {r.item}", nearest(str(r.value), words))
    if role == "panel":
        for r in rows[(rows["quantity"] == "fluorochrome") & (rows["value"] == "")].itertuples():
            _refuse(said, role, r, "every marker of the panel must have a fluorochrome", f"none of {r.item}")


def _check_once(said: Said, role: str, rows: pd.DataFrame) -> None:
    """A value stands once; by its item alone where it is looked up so."""
    again = rows.duplicated(["item", "group", "quantity"])
    by_item = rows.duplicated(["item", "quantity"])
    again |= by_item & rows["quantity"].isin([quantity for of, quantity in BY_ITEM if of == role])
    for r in rows[again].itertuples():
        _refuse(said, role, r, f"values.{role} must hold a value once", f"{r.item}, {r.group}, {r.quantity}")


def _check_ic50(said: Said, programme: Programme) -> None:
    rows = _rows(said, "ic50")
    rows = rows[rows["quantity"].isin(QUANTITIES["ic50"])]
    means = set(zip(*(rows.loc[rows["quantity"] == "ic50", c] for c in ("item", "group")), strict=True))
    units = f"µM, {', '.join(MICROMOLAR_PER)}"
    for r in rows.itertuples():
        what = f"{r.quantity} of {r.group}, {r.item}"
        if not r.number > 0:
            _refuse(said, "ic50", r, "values.ic50 must hold numbers > 0", f"{r.value or 'nothing'} as {what}")
        if not micromolar_per(str(r.unit)) > 0:
            rule = f"the unit of values.ic50 must be one of {units}"
            _refuse(said, "ic50", r, rule, f"{r.unit or 'nothing'} as that of the {what}")
        if (r.item, r.group) not in means:
            _refuse(said, "ic50", r, "an ic50_sd must stand beside the ic50 of its group and item", what)
    _check_once(said, "ic50", rows)
    _check_whose(said, programme, rows)


def _check_whose(said: Said, programme: Programme, rows: pd.DataFrame) -> None:
    """IC50s are those of compounds, under the very names that the file gives them."""
    compounds = list(said.section("compounds"))
    if "compounds" in said.unread:
        return
    for group, mine in rows[~rows["group"].isin(compounds)].groupby("group"):
        own = programme.compound_named(str(group))
        remedy = f"Write {own}." if own else nearest(str(group), compounds)
        rule = "the group of values.ic50 must be a compound of programme.yaml under its own name"
        said.fault(rule, group, remedy, table="values.ic50", rows=list(mine.index))


def _check_clinical(said: Said, programme: Programme) -> None:
    rows = _rows(said, "clinical")
    asked = list(dict.fromkeys((known.item, known.quantity) for known in programme.endpoints.values()))
    pairs = pd.Series(list(zip(rows["item"], rows["quantity"], strict=True)), rows.index, dtype=object)
    held = rows[pairs.isin(asked)]
    for r in held.itertuples():
        _check_result(said, r, CLINICAL_UNITS[str(r.quantity)])
    _check_once(said, "clinical", held)
    for name, known in programme.endpoints.items() if "values.clinical" not in said.unread else ():
        if (known.item, known.quantity) not in set(pairs):
            items = rows.loc[rows["quantity"] == known.quantity, "item"]
            rule = f"endpoints.{name}.item must be an item of values.clinical with a {known.quantity}"
            said.fault(rule, known.item, nearest(known.item, items))


def _check_result(said: Said, row: Any, units: Sequence[str]) -> None:
    what = f"{row.quantity} of {row.item}, {row.group}"
    if row.unit not in units:
        rule = f"the unit of a {row.quantity} in values.clinical must be {units[0]}"
        _refuse(
            said,
            "clinical",
            row,
            rule,
            f"{row.unit or 'nothing'} as that of the {what}",
            f"Write {units[0]}.",
        )
    if row.quantity == "rate" and not 0 <= row.number <= PERCENT:
        rule = f"a rate in values.clinical must be 0 to {PERCENT} percent"
        _refuse(said, "clinical", row, rule, f"{row.value or 'nothing'} as the {what}")
    if row.quantity == "median" and not row.number > 0:
        rule = "a median in values.clinical must be a number > 0"
        _refuse(said, "clinical", row, rule, f"{row.value or 'nothing'} as the {what}")
