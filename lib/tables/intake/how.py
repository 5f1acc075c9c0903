"""How a file is to be read, as its owner says it in the study file or in a file of its own."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from lib.errors import Fault, InputError

ALL_SHEETS = "all"


@dataclass(frozen=True)
class How:
    """What a file does not say of itself; everything may be left out.

    Attributes
    ----------
    sheet : str
        Of a workbook, by name; ``all`` stacks the sheets of one header, their names in a column ``sheet``.
    header_row : int or None
        Row that names the columns, as a spreadsheet counts.
    columns : mapping
        Our name of a column to the file's.
    units : mapping
        Our name of a column to the unit of its numbers.
    values : mapping
        Our name of a column to {the file's word: ours}.
    constants : mapping
        Columns that the file does not have, the same in every row.
    decimal, thousands : str
        Marks in numbers: ``.`` or ``,``.
    dates : str
        Order of day and month; refused until a table takes dates.
    missing : tuple of str
        Further words for nothing.
    filter : mapping
        The file's name of a column to the value, or list of values, of the rows to read.
    """

    sheet: str = ""
    header_row: int | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    constants: Mapping[str, Any] = field(default_factory=dict)
    decimal: str = ""
    thousands: str = ""
    dates: str = ""
    missing: tuple[str, ...] = ()
    filter: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


PLAIN = How()


def parse_how(content: Any, where: str = "read") -> How:
    """A mapping of the study file, or of a file that ``--read`` names, as a :class:`How`.

    Raises
    ------
    InputError
        With every key that is unknown and every value of the wrong kind.
    """
    if content is None:
        return PLAIN
    if not isinstance(content, Mapping):
        raise InputError(Fault(rule="read must hold keys and values", value=str(content), where=where))
    known = [f.name for f in fields(How)]
    faults = [_unknown(key, known, where) for key in content if key not in known]
    given: dict[str, Any] = {}
    for key, value in content.items():
        if key in known:
            given[key], fault = _typed(key, value, where)
            faults += [fault] if fault else []
    if faults:
        raise InputError(faults)
    return How(**given)


def _unknown(key: object, known: list[str], where: str) -> Fault:
    near = difflib.get_close_matches(str(key), known, n=1)
    remedy = f'Did you mean "{near[0]}"?' if near else f"It takes {', '.join(known)}."
    return Fault(rule="read has no such key", value=str(key), where=where, remedy=remedy)


def _typed(key: str, value: Any, where: str) -> tuple[Any, Fault | None]:
    """A value as the key wants it, or what it must be."""
    if key == "header_row":
        good = isinstance(value, int) and not isinstance(value, bool) and value >= 1
        return value, None if good else _wrong(key, "a row number from 1 on", value, where)
    if key in ("decimal", "thousands"):
        allowed = (".", ",") if key == "decimal" else (".", ",", " ", "'", "")
        return value, None if value in allowed else _wrong(key, "one of the marks . and ,", value, where)
    if key == "dates":
        rule = "left out: no table takes dates yet, days are counted from the reference day"
        return value, _wrong(key, rule, value, where)
    if key == "sheet":
        return str(value), None
    if key == "missing":
        words = value if isinstance(value, list | tuple) else [value]
        return tuple(map(str, words)), None
    if not isinstance(value, Mapping):
        return {}, _wrong(key, "names with a value each", value, where)
    if key == "filter":
        lists = {str(k): v if isinstance(v, list | tuple) else [v] for k, v in value.items()}
        return {k: tuple(_as_text(one) for one in v) for k, v in lists.items()}, None
    if key == "values":
        if not all(isinstance(words, Mapping) for words in value.values()):
            return {}, _wrong(key, "for each column the file's words with ours", value, where)
        return {str(k): {_as_text(a): _as_text(b) for a, b in v.items()} for k, v in value.items()}, None
    return {str(k): v if key == "constants" else str(v) for k, v in value.items()}, None


def _as_text(value: Any) -> str:
    """YAML hands back true for yes and 1 for 1: as the file writes them."""
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def _wrong(key: str, rule: str, value: Any, where: str) -> Fault:
    return Fault(rule=f"read: {key} must be {rule}", value=str(value), where=where)
