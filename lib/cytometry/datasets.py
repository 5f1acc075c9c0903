"""The data sets of an FCS file: their HEADER, their keywords, and where the next one begins."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from lib.cytometry.keywords import Keywords, parse_text, read_pairs
from lib.cytometry.layout import HEADER_BYTES, read_span
from lib.errors import Fault, InputError

MAGIC = re.compile(rb"FCS[23]\.\d")
GAP = 64
"""Bytes looked through behind a data set for another one: a checksum takes eight."""


@dataclass(frozen=True)
class DataSet:
    """HEADER and keywords of one data set of a file.

    Parameters
    ----------
    base : int
        First byte in the file; every offset of the data set counts from here.
    header : bytes
    version : str
    text : dict of str to str
        See :func:`lib.cytometry.keywords.parse_text`; the supplemental TEXT included.
    n_data_sets : int
        In the whole file.
    stray : str
        What is odd about ``$NEXTDATA``; empty where nothing is.
    """

    base: int
    header: bytes
    version: str
    text: dict[str, str]
    n_data_sets: int = 1
    stray: str = ""


def open_data_set(path: Path, number: int) -> DataSet:
    """The data set of that number, from 1, and how many there are.

    Raises
    ------
    InputError
        If the file is absent or no FCS file, or holds fewer data sets.
    """
    if not path.is_file():
        raise InputError(
            Fault("an FCS file must exist", value=path.name, remedy="Check the file column of samples.")
        )
    with path.open("rb") as handle:
        size = path.stat().st_size
        found, stray = [_open_at(handle, 0, path.name)], ""
        while (base := _next(handle, found[-1], size, path.name)) is not None:
            if isinstance(base, str):
                stray = base
                break
            found.append(_open_at(handle, base, path.name))
    if number > len(found):
        raise InputError(
            Fault(
                "data_set must be one that the file holds",
                value=str(number),
                where=path.name,
                remedy=f"It holds {len(found)}.",
            )
        )
    one = found[number - 1]
    return DataSet(one.base, one.header, one.version, one.text, len(found), stray)


def _open_at(handle: BinaryIO, base: int, source: str) -> DataSet:
    header = _read(handle, base, HEADER_BYTES)
    if not MAGIC.match(header) or len(header) < HEADER_BYTES:
        raise InputError(
            Fault(
                "an FCS file must begin with its version",
                value=repr(header[:6].decode("latin-1")),
                where=source,
                remedy="Export the file again as FCS 3.0 or 3.1.",
            )
        )
    span = read_span(header, 10)
    if span is None or span.end <= span.begin:
        raise InputError(
            Fault(
                "the HEADER must give the place of TEXT",
                value=repr(header[10:26].decode("latin-1")),
                where=source,
                remedy="The file is damaged; copy it from the cytometer again.",
            )
        )
    text = parse_text(_read(handle, base + span.begin, span.end - span.begin + 1), source)
    words = Keywords(text, source)
    begin, end = (int(words.whole(name, 0)) for name in ("BEGINSTEXT", "ENDSTEXT"))
    if 0 < begin < end and begin != span.begin:
        text = {**read_pairs(_read(handle, base + begin, end - begin + 1)), **text}
    return DataSet(base, header, header[:10].decode("latin-1").strip(), text)


def _read(handle: BinaryIO, begin: int, length: int) -> bytes:
    handle.seek(begin)
    return handle.read(length)


def _next(handle: BinaryIO, one: DataSet, size: int, source: str) -> int | str | None:
    """First byte of the data set behind this one; words where $NEXTDATA points at none; None at the end."""
    words = Keywords(one.text, source)
    step = int(words.whole("NEXTDATA", 0))
    words.check()
    if step > 0:
        base = one.base + step
        if base < size and MAGIC.match(_read(handle, base, HEADER_BYTES)):
            return base
        return f"$NEXTDATA points to byte {base}, where no data set begins"
    ends = [one.base + HEADER_BYTES]
    for first, name in ((10, "STEXT"), (26, "DATA"), (42, "ANALYSIS")):
        span = read_span(one.header, first)
        ends += [one.base + (span.end if span else 0), one.base + int(words.whole(f"END{name}", 0))]
    last = max(ends)
    behind = MAGIC.search(_read(handle, last, GAP)) if last < size else None
    return last + behind.start() if behind else None
