"""Reading FCS 2.0 to 3.2 files into one array, channel by channel."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lib.cytometry.datasets import DataSet, open_data_set
from lib.cytometry.keywords import Keywords
from lib.cytometry.layout import Field, Layout, plan_layout
from lib.cytometry.names import is_time
from lib.errors import Fault, InputError

BLOCK = 8192
"""Events moved at a time: a block of raw and transposed values stays in the processor's cache."""

MOST_LEVELS = 1 << 18
"""Up to so many levels of a logarithmic amplifier are computed once and looked up."""


@dataclass(frozen=True)
class Note:
    """Something about a file that a reader must be told; `severe` where it may change what is counted."""

    text: str
    severe: bool = False


@dataclass(frozen=True)
class FlowFile:
    """The list-mode data of one FCS data set.

    Parameters
    ----------
    name : str
        File name without folder; with the number of the data set where one was asked for by number. Where
        names are hidden, a number in its place: ``file 3``.
    version : str
        ``"FCS3.1"`` and the like.
    text : dict
        Keywords of the TEXT segments; names in capitals, without the leading ``$``.
    channels, markers : tuple of str
        ``$PnN`` and ``$PnS`` (empty where the file names none).
    tops : tuple of float
        Top of the scale of each channel, ``$PnR`` in the units of `events`; NaN where the file names none.
    events : ndarray, shape (n_channels, n_events)
        Scale values: logarithmic amplification (``$PnE``, whole numbers only) and gain (``$PnG``) undone, not
        compensated. float32 where the file holds nothing else; float64 otherwise.
    sha256 : str
        Of the file's bytes; empty unless asked for.
    notes : tuple of Note
        What the reader of a report must be told about the reading.
    own_name : str
        The file's own name where `name` hides it: to find it in a workspace or a table, never to be shown.
    """

    name: str
    version: str
    text: dict[str, str]
    channels: tuple[str, ...]
    markers: tuple[str, ...]
    tops: tuple[float, ...]
    events: NDArray[np.floating]
    sha256: str = ""
    notes: tuple[Note, ...] = ()
    own_name: str = ""

    @property
    def known_as(self) -> str:
        """The name by which other files speak of this one."""
        return self.own_name or self.name

    @property
    def n_events(self) -> int:
        """Number of events, ``$TOT``."""
        return int(self.events.shape[1])

    def row(self, channel: str) -> int:
        """Row of `events` that holds a channel.

        Raises
        ------
        InputError
            If the file has no channel of that name, or two.
        """
        if (n := self.channels.count(channel)) == 1:
            return self.channels.index(channel)
        if n:
            raise InputError(
                Fault(
                    "a channel's name must occur once ($PnN)",
                    value=f"{channel} {n} times",
                    where=self.name,
                    remedy="Name the channels apart and export the file again.",
                )
            )
        raise InputError(
            Fault(
                "a channel that is asked for must be in the file",
                value=channel,
                where=self.name,
                remedy=f"The file has {', '.join(self.channels)}.",
            )
        )


def read_fcs(path: str | Path, *, data_set: int | None = None, with_hash: bool = False) -> FlowFile:
    """Read a data set of an FCS file.

    Parameters
    ----------
    path : str or Path
        FCS 2.0 to 3.2, list mode, floating point or whole-byte integers.
    data_set : int, optional
        Which one, from 1, where a file holds several (``$NEXTDATA``). By default the first, with a severe
        note if there are more.
    with_hash : bool
        Also compute the SHA-256 of the file, for a MIFlowCyt record.

    Raises
    ------
    InputError
        If the file is absent, not FCS, empty, truncated, holds another number of events than ``$TOT`` says,
        events that are no numbers, a keyword that cannot be read, or is written in a way that is not read
        here (histograms, ASCII, packed bits).

    References
    ----------
    Spidlen J et al. Data File Standard for Flow Cytometry, version FCS 3.1. Cytometry A 2010;77:97-100.
    Spidlen J et al. Data File Standard for Flow Cytometry, version FCS 3.2. Cytometry A 2021;99:100-102.
    """
    path = Path(path)
    found = open_data_set(path, data_set or 1)
    words = Keywords(found.text, path.name)
    layout = plan_layout(path, found.base, found.header, words)
    names = range(1, len(layout.fields) + 1)
    channels = tuple(found.text.get(f"P{i}N", "").strip() or f"P{i}" for i in names)
    events, doubtful = _read_events(path, layout)
    if doubtful:
        _check_finite(events, channels, path.name)
    tops = _linearise(events, layout.fields, channels, words)
    words.check()
    return FlowFile(
        name=path.name if data_set is None else f"{path.name}, data set {data_set}",
        version=found.version,
        text=found.text,
        channels=channels,
        markers=tuple(found.text.get(f"P{i}S", "").strip() for i in names),
        tops=tops,
        events=events,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest() if with_hash else "",
        notes=_notes(layout, found, words, data_set),
    )


def _read_events(path: Path, layout: Layout) -> tuple[NDArray[np.floating], bool]:
    """The DATA segment as (n_channels, n_events), transposed block by block; and whether some may be no
    number.

    The sum of squares of a block tells that while the block is in the cache; a second pass over all events
    would cost as much as a scale.
    """
    fields, kind = layout.fields, layout.plain
    single = all(field.kind == "F" for field in fields)
    out = np.empty((len(fields), layout.n_events), dtype=np.float32 if single else np.float64)
    if kind is None:
        rows = np.fromfile(path, dtype=layout.record, count=layout.n_events, offset=layout.begin)
        for i, field in enumerate(fields):
            out[i] = field.values(rows[f"p{i}"])
        return out, True
    every = (1 << (8 * kind.itemsize)) - 1
    masked = any(field.mask for field in fields)
    masks = np.array([field.mask or every for field in fields], dtype=kind) if masked else None
    doubtful = False
    with path.open("rb") as handle, np.errstate(over="ignore", invalid="ignore"):
        handle.seek(layout.begin)
        for start in range(0, layout.n_events, BLOCK):
            n_block = min(BLOCK, layout.n_events - start)
            flat = np.fromfile(handle, dtype=kind, count=n_block * len(fields))
            doubtful = doubtful or (kind.kind == "f" and not np.isfinite(np.dot(flat, flat)))
            block = flat.reshape(n_block, -1)
            out[:, start : start + n_block] = block.T if masks is None else (block & masks).T
    return out, doubtful


def _linearise(
    events: NDArray[np.floating], fields: tuple[Field, ...], channels: tuple[str, ...], words: Keywords
) -> tuple[float, ...]:
    """Channel values to scale values, in place: undo logarithmic amplifiers and gains. Returns the tops of
    scale."""
    tops = []
    for i, (row, field, channel) in enumerate(zip(events, fields, channels, strict=True), start=1):
        decades, offset = (
            words.pair(f"P{i}E") if field.kind == "I" else (0.0, 0.0)
        )  # floats are linear (FCS 3.1)
        top = field.top if field.top > 0 else math.nan
        if decades > 0:
            if math.isnan(top):
                words.refuse(f"P{i}R", "above 0 where $PnE is logarithmic", 0)
            row[:] = _amplified(row, decades, offset or 1.0, top)
            tops.append(10**decades * (offset or 1.0))
            continue
        divisor = _divisor(words, i, channel)
        if divisor != 1:
            row[:] = row.astype(np.float64) / divisor
        tops.append(top / divisor)
    return tuple(tops)


def _amplified(row: NDArray[np.floating], decades: float, offset: float, top: float) -> NDArray[np.float64]:
    """Scale values of a logarithmic amplifier: 10^(decades · channel / top) · offset."""
    highest = row.max(initial=0)
    if highest < MOST_LEVELS:
        levels = np.arange(int(highest) + 1, dtype=np.float64)
        return np.asarray((10 ** (decades * levels / top) * offset)[row.astype(np.intp)])
    return np.asarray(10 ** (decades * row.astype(np.float64) / top) * offset)


def _divisor(words: Keywords, i: int, channel: str) -> float:
    """Of a linear channel its gain; time counts in $TIMESTEP seconds and has no gain (FCS 3.1)."""
    if is_time(channel):
        step = words.number("TIMESTEP", 1.0)
        return 1 / step if step > 0 else 1.0
    gain = words.number(f"P{i}G", 1.0)
    return gain if gain > 0 else 1.0


def _check_finite(events: NDArray[np.floating], channels: tuple[str, ...], source: str) -> None:
    lost = [int(row.size - np.count_nonzero(np.isfinite(row))) for row in events]
    if any(lost):
        named = ", ".join(f"{n} in {channel}" for channel, n in zip(channels, lost, strict=True) if n)
        raise InputError(
            Fault(
                "events must be finite numbers",
                value=f"NaN or infinite, of {events.shape[1]} events: {named}",
                where=source,
                remedy="Export the file again without derived parameters; where most are lost, $BYTEORD or"
                " $DATATYPE is wrong.",
            )
        )


def _notes(layout: Layout, found: DataSet, words: Keywords, asked: int | None) -> tuple[Note, ...]:
    log = [
        f"$P{i}E {found.text[f'P{i}E'].strip()}"
        for i, field in enumerate(layout.fields, start=1)
        if field.kind != "I" and words.pair(f"P{i}E")[0] > 0
    ]
    left = (
        f"floating-point values are linear: {', '.join(log[:2])}{', …' if len(log) > 2 else ''} left aside"
        if log
        else ""
    )
    notes = [Note(text) for text in (layout.note, left, found.stray) if text]
    return (*notes, *_about_data_sets(found.n_data_sets, asked))


def _about_data_sets(n: int, asked: int | None) -> tuple[Note, ...]:
    if n == 1:
        return ()
    if asked:
        return (Note(f"data set {asked} of the {n} in this file"),)
    rest = (
        "a second data set in this file ($NEXTDATA) is not counted: give it a row in samples with data_set 2"
        if n == 2
        else (
            f"{n - 1} more data sets in this file ($NEXTDATA) are not counted: give each a row in samples"
            " with its data_set"
        )
    )
    return (Note(rest, severe=True),)
