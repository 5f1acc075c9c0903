"""Keywords of an FCS data set: the TEXT segments, and their values as numbers.

Read here and not through flowio (1.4), which was measured on 11 real files of peers and data, 10 files of
cases and 12 written for the tests. It loses what follows an empty value (the name of a channel in 3 of the
11, another keyword in a fourth), a spillover matrix behind an empty value, behind a value that begins with
the delimiter, or in the supplemental TEXT (3 of the 12, silently), and refuses 4 of the 10 and 4 of the 12
that can be read: HEADER and TEXT a byte apart, several data sets, no offsets in HEADER, no ``$TOT``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from lib.errors import Fault, InputError

PRIVATE = " (no $)"
"""Marks a keyword of the writer's own beside the standard one of the same name: SPILLOVER beside
$SPILLOVER."""

EXPORT_AGAIN = "Export the file again as FCS 3.1; a program has written the keyword wrongly."


def parse_text(segment: bytes, source: str) -> dict[str, str]:
    """Keywords of a TEXT segment, names in capitals without the leading ``$``.

    A doubled delimiter inside a value stands for itself. At the beginning of a value, where the standard
    forbids it, it is an empty value, as many programs write it, or a path; that reading is taken which finds
    more standard keywords.

    Raises
    ------
    InputError
        If the segment is cut short or names no parameters.
    """
    text = read_pairs(segment)
    if "PAR" not in text:
        raise InputError(
            Fault(
                "the TEXT segment must hold $PAR",
                value=f"{len(text)} keywords",
                where=source,
                remedy="The file is cut short or damaged; copy it again.",
            )
        )
    return text


def read_pairs(segment: bytes) -> dict[str, str]:
    """Keywords of a primary or supplemental TEXT segment, whatever they are."""
    try:
        words = segment.decode("utf-8")
    except UnicodeDecodeError:
        words = segment.decode("latin-1")
    delimiter, body = words[:1], words[1:].rstrip(" \x00\r\n")
    if not delimiter or not body:
        return {}
    d = re.escape(delimiter)
    first = (rf"[^{d}]", rf"(?:[^{d}]|{d}{d})")  # with what a value may begin
    readings = [_pairs(delimiter, body, rf"(?:{one}(?:[^{d}]|{d}{d})*)?") for one in first]
    return _by_name(max(readings, key=lambda pairs: sum(key.strip().startswith("$") for key, _ in pairs)))


def _pairs(delimiter: str, body: str, value: str) -> list[tuple[str, str]]:
    d = re.escape(delimiter)
    pair = re.compile(rf"{d}*([^{d}]+){d}({value})(?:{d}|\Z)")
    found, place = [], 0
    while one := pair.match(
        body, place
    ):  # from pair to pair: a search would start at every letter of a damaged file
        found.append((one[1], one[2].replace(delimiter * 2, delimiter)))
        place = one.end()
    return found


def _by_name(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """Standard keywords keep their names; a private one of the same name and another value is marked."""
    named = [(key.strip().upper(), value) for key, value in pairs]
    text = {key[1:]: value for key, value in named if key.startswith("$")}
    for key, value in named:
        if not key.startswith("$"):
            text.setdefault(key if text.get(key, value) == value else key + PRIVATE, value)
    return text


class Keywords:
    """Values of keywords as numbers; what cannot be read is collected, so that all faults are told at once.

    Parameters
    ----------
    text : mapping of str to str
        See :func:`parse_text`.
    source : str
        File name, for messages.
    """

    def __init__(self, text: Mapping[str, str], source: str) -> None:
        self.text, self.source = text, source
        self.faults: list[Fault] = []

    def word(self, name: str, default: str = "") -> str:
        """The value in capitals, without blanks around it."""
        return self.text.get(name, "").strip().upper() or default

    def number(self, name: str, default: float = math.nan) -> float:
        """The value as a number; the default where the keyword is absent or empty."""
        value = self.word(name)
        if not value:
            return default
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        return number if math.isfinite(number) else self.refuse(name, "a number", default)

    def whole(self, name: str, default: float = math.nan, *, least: int = 0) -> float:
        """The value as a whole number not below `least`."""
        number = self.number(name, default)
        good = math.isnan(number) or (number == int(number) and number >= least)
        return number if good else self.refuse(name, f"a whole number of {least} or more", default)

    def pair(self, name: str) -> tuple[float, float]:
        """Two numbers, of ``$PnE``: decades and offset; 0 where the keyword is absent or empty."""
        parts = [part.strip() for part in self.word(name).split(",")]
        try:
            first, second = (float(part) if part else 0.0 for part in (*parts, "0")[:2])
        except ValueError:
            first, second = math.nan, math.nan
        if not (0 <= first < 20 and 0 <= second < math.inf):
            self.refuse(name, "two numbers: decades and offset", math.nan)
            return 0.0, 0.0
        return first, second

    def refuse(self, name: str, rule: str, default: float, remedy: str = EXPORT_AGAIN) -> float:
        """Note a fault and go on with the default."""
        value = self.text.get(name, "").strip() or "nothing"
        self.faults.append(Fault(f"${name} must be {rule}", value=value, where=self.source, remedy=remedy))
        return default

    def check(self) -> None:
        """Raise what was collected.

        Raises
        ------
        InputError
            With every keyword that could not be read.
        """
        if self.faults:
            raise InputError(list(dict.fromkeys(self.faults)))
