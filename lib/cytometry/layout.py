"""Where the segments of an FCS data set lie and how its events are written, checked against the file's
size."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lib.cytometry.keywords import Keywords
from lib.errors import Fault, InputError

HEADER_BYTES = 58
LOOKED_AT = 4096
"""Events that are looked at where two places of the DATA segment are possible."""

SANE, ODD = 0.95, 0.80
"""Shares of believable values: the right place has more than the first, a wrong one fewer than the second."""

ORDERS = {
    "1,2,3,4": "<",
    "4,3,2,1": ">",
    "1,2": "<",
    "2,1": ">",
    "1": "<",
    "1,2,3,4,5,6,7,8": "<",
    "8,7,6,5,4,3,2,1": ">",
}
BYTES = {"F": 4, "D": 8}


@dataclass(frozen=True)
class Field:
    """How one parameter is written: type ``I``, ``F`` or ``D``, bytes, byte order, mask of its bits, top of
    scale."""

    kind: str
    n_bytes: int
    order: str
    mask: int
    top: float

    @property
    def dtype(self) -> np.dtype:
        """Numpy's type; whole numbers of 3, 5, 6 or 7 bytes are read as bytes."""
        if self.kind != "I":
            return np.dtype(f"{self.order}f{self.n_bytes}")
        if self.n_bytes in (1, 2, 4, 8):
            return np.dtype(f"{self.order}u{self.n_bytes}")
        return np.dtype(("u1", (self.n_bytes,)))

    def values(self, raw: NDArray[Any]) -> NDArray[Any]:
        """Numbers of what was read with `dtype`, the unused bits of whole numbers masked."""
        if raw.ndim == 2:
            places = np.arange(self.n_bytes) if self.order == "<" else np.arange(self.n_bytes)[::-1]
            raw = (raw.astype(np.uint64) << (8 * places).astype(np.uint64)).sum(axis=1, dtype=np.uint64)
        return raw & raw.dtype.type(self.mask) if self.mask else raw


@dataclass(frozen=True)
class Span:
    """First and last byte of a segment, counted from the beginning of the data set, and who says so."""

    begin: int
    end: int
    source: str

    def __str__(self) -> str:
        return f"{self.source} bytes {self.begin} to {self.end}"


@dataclass(frozen=True)
class Layout:
    """Where the events lie in the file, and how they are written.

    Parameters
    ----------
    begin : int
        First byte, from the beginning of the file.
    n_events : int
    fields : tuple of Field
        In the order of the parameters.
    note : str
        What a reader must be told of the place; empty where HEADER and TEXT agree.
    """

    begin: int
    n_events: int
    fields: tuple[Field, ...]
    note: str = ""

    @property
    def record(self) -> np.dtype:
        """One event."""
        return np.dtype([(f"p{i}", field.dtype) for i, field in enumerate(self.fields)])

    @property
    def plain(self) -> np.dtype | None:
        """The type that all parameters share; None where they differ, or are no type of numpy's."""
        kinds = {field.dtype for field in self.fields}
        kind = kinds.pop()
        return None if kinds or kind.subdtype else kind


def read_span(header: bytes, first: int, source: str = "HEADER") -> Span | None:
    """One of the three segments that the HEADER names, at its column; None where it names none."""
    try:
        begin, end = (int(header[at : at + 8].strip() or b"0") for at in (first, first + 8))
    except ValueError:
        return None
    return Span(begin, end, source) if begin > 0 else None


def plan_layout(path: Path, base: int, header: bytes, words: Keywords) -> Layout:
    """Place and form of the events of the data set that begins at byte `base`.

    HEADER and TEXT both say where DATA lies. Where they disagree, that one is taken which fits ``$TOT``, the
    width of an event and the size of the file; where both fit, the one at which the values are believable.

    Raises
    ------
    InputError
        If a keyword cannot be read, neither place fits, or which of two is right cannot be told.
    """
    fields = _fields(words)
    total = words.whole("TOT", least=0)
    words.check()
    if total == 0:
        raise InputError(
            Fault(
                "an FCS file must hold events",
                value="$TOT 0",
                where=words.source,
                remedy="Nothing was recorded: leave it out of samples.",
            )
        )
    spans = _spans(header, words)
    width, room = sum(field.n_bytes for field in fields), path.stat().st_size - base
    fitting = [span for span in spans if _fits(span, total, width, room)]
    if not fitting:
        raise InputError(_no_fit(spans, total, width, room, words.source))
    chosen, note = fitting[0], ""
    if len({span.begin for span in spans}) > 1:
        chosen, note = _choose(spans, fitting, path, base, fields, words.source)
    n_events = (chosen.end + 1 - chosen.begin) // width if math.isnan(total) else int(total)
    return Layout(base + chosen.begin, n_events, fields, note)


def _fields(words: Keywords) -> tuple[Field, ...]:
    if words.word("MODE", "L") != "L":
        words.refuse("MODE", "L (list mode)", 0, "Export events, not histograms.")
    n_parameters = words.whole("PAR", least=1)
    order = ORDERS.get(words.word("BYTEORD").replace(" ", ""), "")
    if not order:
        words.refuse("BYTEORD", "1,2,3,4 or 4,3,2,1", 0)
    if math.isnan(n_parameters) or f"P{int(n_parameters)}B" not in words.text:
        words.refuse("PAR", "the number of parameters that $PnB describe", 0)
    words.check()
    return tuple(_field(words, i, order) for i in range(1, int(n_parameters) + 1))


def _field(words: Keywords, i: int, order: str) -> Field:
    """One parameter; FCS 3.2 lets each have a type of its own."""
    own = f"P{i}DATATYPE"
    kind, bits = words.word(own) or words.word("DATATYPE"), words.whole(f"P{i}B", least=1)
    top = words.number(f"P{i}R")
    if kind not in ("I", "F", "D"):
        words.refuse(
            own if words.word(own) else "DATATYPE",
            "F, D or I",
            0,
            "Export the file as FCS 3.1, floating point.",
        )
        return Field("F", 4, order, 0, top)
    allowed = (8 * BYTES[kind],) if kind in BYTES else range(8, 72, 8)
    if bits not in allowed:
        rule = (
            f"{allowed[0]} for $DATATYPE {kind}"
            if kind in BYTES
            else "8, 16, 24, 32, 40, 48, 56 or 64 for $DATATYPE I"
        )
        words.refuse(f"P{i}B", rule, 0, "Export the file as FCS 3.1, floating point.")
        return Field("F", 4, order, 0, top)
    return Field(kind, int(bits) // 8, order, _mask(top, int(bits)) if kind == "I" else 0, top)


def _mask(top: float, bits: int) -> int:
    """Bits that $PnR leaves to a whole number; 0 where it leaves all, or says nothing."""
    if not 1 <= top < 2**bits:
        return 0
    return max((1 << (math.ceil(top) - 1).bit_length()) - 1, 1)


def _spans(header: bytes, words: Keywords) -> list[Span]:
    """Places of DATA that HEADER and TEXT name; one where they agree."""
    begin, end = (int(words.whole(name, 0)) for name in ("BEGINDATA", "ENDDATA"))
    words.check()
    said = [read_span(header, 26), Span(begin, end, "TEXT") if begin > 0 else None]
    spans = [span for span in said if span is not None]
    if not spans:
        raise InputError(
            Fault(
                "HEADER or $BEGINDATA must say where the events begin",
                value="neither does",
                where=words.source,
                remedy="The file is damaged; copy it from the cytometer again.",
            )
        )
    return spans


def _fits(span: Span, total: float, width: int, room: int) -> bool:
    """Whether the events fit between two places and into the file; less than an event too many or few is no
    fault."""
    length = span.end + 1 - span.begin
    if span.begin < HEADER_BYTES:
        return False
    if math.isnan(total):
        return length >= width and span.end < room
    unsaid = span.end <= span.begin  # some programs repeat the beginning, or leave a zero
    return span.begin + total * width <= room and (unsaid or abs(length - total * width) < width)


def _no_fit(spans: list[Span], total: float, width: int, room: int, source: str) -> Fault:
    where = " and ".join(map(str, dict.fromkeys(spans)))
    first = spans[0]
    if math.isnan(total):
        return Fault(
            "the DATA segment must hold events within the file",
            value=f"{where} in {room} bytes",
            where=source,
            remedy="The file is empty or damaged; copy it from the cytometer again.",
        )
    held = max(min(first.end + 1, room) - first.begin, 0) // width
    if len({(span.begin, span.end) for span in spans}) > 1:
        return Fault(
            "HEADER or TEXT must give the place of $TOT events within the file",
            value=f"{where}; {total:.0f} events of {width} bytes in {room} bytes",
            where=source,
            remedy="Neither place fits; copy the file again, or export it again.",
        )
    if first.end + 1 > room:
        return Fault(
            f"the DATA segment must reach byte {first.end}",
            value=f"{room} bytes, {held} of {total:.0f} events",
            where=source,
            remedy="The file is truncated; copy it from the cytometer again.",
        )
    return Fault(
        "$TOT must equal the number of events in the DATA segment",
        value=f"$TOT {total:.0f} and {held} events",
        where=source,
        remedy="Export the file again; a program has changed one without the other.",
    )


def _choose(
    spans: list[Span], fitting: list[Span], path: Path, base: int, fields: tuple[Field, ...], source: str
) -> tuple[Span, str]:
    """One of two places, and why."""
    said = " and ".join(map(str, spans))
    if len(fitting) == 1:
        return (
            fitting[0],
            f"DATA: {said} disagree; {fitting[0].source} fits $TOT and the size of the file and is used",
        )
    shares = [_believable(path, base + span.begin, fields) for span in fitting]
    best = int(np.argmax(shares))
    if shares[best] < SANE or sorted(shares)[-2] > ODD:
        raise InputError(
            Fault(
                "HEADER and TEXT must agree where the events begin",
                value=said,
                where=source,
                remedy="Both places fit the size of the file and neither is the likelier by its values;"
                " export it again.",
            )
        )
    return (
        fitting[best],
        (
            f"DATA: {said} disagree; {fitting[best].source} is used: at the other place only "
            f"{100 * min(shares):.0f} % of the values are believable"
        ),
    )


def _believable(path: Path, begin: int, fields: tuple[Field, ...]) -> float:
    """Share of values that a detector could have given; 1 where the type holds nothing else."""
    record = np.dtype([(f"p{i}", field.dtype) for i, field in enumerate(fields)])
    rows = np.fromfile(path, dtype=record, count=LOOKED_AT, offset=begin)
    shares = [
        share for i, field in enumerate(fields) if (share := _sane_share(field, rows[f"p{i}"])) is not None
    ]
    return float(np.mean(shares)) if shares else 1.0


def _sane_share(field: Field, raw: NDArray[Any]) -> float | None:
    if field.kind == "I":
        spare = field.mask and field.mask < 2 ** (8 * field.n_bytes) - 1
        return (
            float(np.mean(Field("I", field.n_bytes, field.order, 0, 0).values(raw) <= field.mask))
            if spare
            else None
        )
    with np.errstate(invalid="ignore"):
        size = np.abs(raw.astype(np.float64))
    top = max(field.top if field.top > 0 else 0.0, 2.0**18)
    return float(np.mean((size == 0) | ((size > 1e-6) & (size < 1e3 * top))))
