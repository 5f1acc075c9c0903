"""Which column of a file is which of ours: names folded, units read from them, near misses refused."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lib.errors import Fault
from lib.tables.column import Column
from lib.units import Unit, find_unit, stem_of_name, unit_of_name

NEAR = 2
"""Letters by which a name may differ and still be taken for a slip of the hand."""
SHORTEST_NEAR = 5
"""Shorter names differ in too few letters to say."""
LISTED = 12
UNITS_NEEDED = ("molar concentration", "mass concentration", "time", "length", "length per pixel")
"""Quantities whose numbers mean nothing without their unit."""
_BRACKET = re.compile(r"^(?P<stem>.*?)\s*[\[(](?P<unit>[^\])]+)[\])]\s*$")
_TAIL = re.compile(r"^(?P<stem>.*?)(?:\s+in\s+|[\s_,/]+)(?P<unit>[^\s_,]+|%)\s*$", re.I)
_PERCENT = re.compile(r"^(?P<stem>.*?)\s*(?P<unit>%)\s*$|^(?P<unit2>%)\s*(?:of\s+)?(?P<stem2>.+)$", re.I)


@dataclass(frozen=True)
class Found:
    """A column of the file that is one of ours: its place and name there, its unit, and by what it is
    multiplied."""

    place: int
    theirs: str
    unit: str = ""
    factor: float = 1.0
    note: str = ""


@dataclass(frozen=True)
class Match:
    """The columns found, by our names, and what is wrong with the header."""

    found: Mapping[str, Found]
    faults: Sequence[Fault] = field(default=())


def fold(text: str) -> str:
    """A name without case, accents, spaces and punctuation; ``µ`` is u."""
    plain = re.sub(r"[µμ]", "u", str(text))
    plain = unicodedata.normalize("NFKD", plain)
    return "".join(c for c in plain.casefold() if c.isalnum())


def split_unit(theirs: str) -> list[tuple[str, str]]:
    """The ways in which a header may be a name and a unit: ``Conc [nM]`` is (``Conc``, ``nM``)."""
    splits = []
    for pattern in (_BRACKET, _PERCENT, _TAIL):
        found = pattern.match(theirs.strip())
        if found:
            parts = found.groupdict()
            stem, unit = parts.get("stem") or parts.get("stem2"), parts.get("unit") or parts.get("unit2")
            if stem and unit:
                splits.append((stem, unit))
    return splits


def unit_of(column: Column) -> Unit | None:
    """The unit in which a column of ours stands."""
    return find_unit(column.unit) if column.unit else unit_of_name(column.name)


def match_header(
    theirs: Sequence[str], columns: Sequence[Column], *, source: str, units: Mapping[str, str] | None = None
) -> Match:
    """Find a contract's columns in a file's header.

    A name is ours if it is the same after folding case, spaces and punctuation, or one of the other words for
    it (`also`), with a unit of the same quantity or none. A quantity that needs a unit must have it. An exact
    name goes before all others. Names that are left over and differ from a column that is absent by two
    letters at most are refused: neither a match nor a default would be safe.

    Parameters
    ----------
    theirs : sequence of str
        The file's header.
    columns : sequence
        Those of the contract.
    source : str
        File, and sheet, for faults.
    units : mapping, optional
        Unit of a column where the header does not say it, by our name.
    """
    found, faults, blamed = {}, [], set()
    for column in columns:
        ours, wrong = _find(theirs, column, source, (units or {}).get(column.name, ""))
        if ours:
            found[column.name] = ours
        if wrong:
            faults += wrong
            blamed.add(column.name)
    taken = {one.place for one in found.values()}
    left = [(k, name) for k, name in enumerate(theirs) if k not in taken and name]
    absent = [c for c in columns if c.name not in found and c.name not in blamed]
    nearly = ((name, next((c for c in absent if _is_near(name, c)), None)) for _, name in left)
    faults += [_near_fault(name, column, source) for name, column in nearly if column]
    return Match(found, faults)


def _find(theirs: Sequence[str], column: Column, source: str, unit: str) -> tuple[Found | None, list[Fault]]:
    """The one header that is the column; a fault where several are, or where one is in all but its unit."""
    hits: list[Found] = []
    wrong: list[Fault] = []
    for place, name in enumerate(theirs):
        hit, fault = _try(place, name, column, unit, source)
        hits += [hit] if hit else []
        wrong += [fault] if fault else []
    exact = [hit for hit in hits if hit.theirs == column.name]
    if len(exact) == 1:  # another word for it may be a column of the user's own
        hits = [hit for hit in hits if hit in exact or not _is_alias(hit.theirs, column)]
    if len(hits) <= 1:
        return (hits[0], []) if hits else (None, wrong[:1])
    names = " and ".join(hit.theirs for hit in hits)
    remedy = "Keep one of them, or say which in the study file under read: columns."
    rule = f"{column.name} must be one column" + (", in one unit" if hits[0].unit else "")
    return None, [Fault(rule=rule, value=names, where=source, remedy=remedy)]


def _is_alias(name: str, column: Column) -> bool:
    stems = {fold(name), *(fold(stem) for stem, unit in split_unit(name) if find_unit(unit))}
    return not stems & {fold(column.name), fold(stem_of_name(column.name))}


def _with_unit(
    place: int, name: str, column: Column, unit: str, source: str
) -> tuple[Found | None, Fault | None]:
    """A header without a unit of its own: in that of our name, or the one that the user says."""
    own = unit_of(column)
    if not unit or own is None:
        return Found(place, name, own.name if own else ""), None
    said = find_unit(unit, own.dimension)
    if said is None or said.dimension != own.dimension:
        return None, _wrong_unit(name, unit, column, own, source)
    return Found(place, name, said.name, said.factor_to(own)), None


def _try(place: int, name: str, column: Column, unit: str, source: str) -> tuple[Found | None, Fault | None]:
    """A header as one of ours: found, or why it is not though its name is."""
    own = unit_of(column)
    if name == column.name:
        return _with_unit(place, name, column, unit, source)
    words = {fold(word) for word in (stem_of_name(column.name) if own else column.name, *column.also)}
    for stem, written in split_unit(name) if own else ():
        said = find_unit(written, own.dimension) if own and fold(stem) in words else None
        if own and said and said.dimension == own.dimension:
            note = "" if written in (said.name, said.symbol) else f"{written} read as {said.symbol}"
            return Found(place, name, said.name, said.factor_to(own), note), None
        if own and said:
            return None, _wrong_unit(name, said.symbol, column, own, source)
    if fold(name) == fold(column.name):
        return _with_unit(place, name, column, unit, source)
    if fold(name) not in words:
        return None, None
    if own is not None and not unit and own.dimension in UNITS_NEEDED:
        return None, _no_unit(name, column, own, source)
    return _with_unit(place, name, column, unit, source)


def _wrong_unit(name: str, written: str, column: Column, own: Unit, source: str) -> Fault:
    if own.dimension == "molar concentration":
        said = find_unit(written)
        if said is not None and said.dimension == "mass concentration":
            remedy = (
                "A mass needs the molar mass of the compound: divide by it (in g/mol), and give the result"
                " in a column whose name says its unit, such as concentration_nM."
            )
            return Fault(rule=f"{column.name} must be molar", value=f"{name}", where=source, remedy=remedy)
    return Fault(
        rule=f"{column.name} must be in a unit of {own.dimension}",
        value=f"{name} ({written})",
        where=source,
        remedy=f"Give it in {own.symbol}, or in another unit of {own.dimension} that its name says.",
    )


def _no_unit(name: str, column: Column, own: Unit, source: str) -> Fault:
    example = f"{stem_of_name(column.name)} [{own.symbol}]"
    return Fault(
        rule=f"{column.name} needs its unit",
        value=name,
        where=source,
        remedy=f'Write the unit that its numbers have into the name, such as "{example}" if they are in'
        f" {own.symbol}, or say it in the study file under read: units.",
    )


def _is_near(name: str, column: Column) -> bool:
    stems = [fold(name), *(fold(stem) for stem, unit in split_unit(name) if find_unit(unit))]
    words = [fold(column.name), fold(stem_of_name(column.name))]
    return any(
        len(word) >= SHORTEST_NEAR
        and word != stem
        and word.rstrip("0123456789") != stem.rstrip("0123456789")
        and _edits(stem, word) <= NEAR
        for stem in stems
        for word in words
    )


def _edits(one: str, other: str) -> int:
    """Letters to insert, delete, replace or swap with a neighbour to make one word of the other."""
    if abs(len(one) - len(other)) > NEAR:
        return NEAR + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        last, before, row = before, row, [i]
        for j, b in enumerate(other, 1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                best = min(best, last[j - 2] + 1)
            row.append(best)
    return row[-1]


def _near_fault(name: str, column: Column, source: str) -> Fault:
    own, right = unit_of(column), column.name
    if own is not None and own.dimension in UNITS_NEEDED:
        said = next((u for _, written in split_unit(name) if (u := find_unit(written, own.dimension))), None)
        right = f"{stem_of_name(column.name)} [{said.symbol if said else 'the unit of its numbers'}]"
    return Fault(
        rule=f"a name that is nearly {column.name} must be it, or be told apart from it",
        value=name,
        where=source,
        remedy=f'If it is, rename "{name}" to "{right}"; if it is something else, give it another name.',
    )
