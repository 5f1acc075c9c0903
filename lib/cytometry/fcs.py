"""Reading FCS 2.0, 3.0 and 3.1 files into one array, channel by channel."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lib.errors import Fault, InputError

BLOCK = 8192
"""Events moved at a time: a block of raw and transposed values stays in the processor's cache."""

HEADER_BYTES = 58


@dataclass(frozen=True)
class FlowFile:
    """The list-mode data of one FCS file.

    Parameters
    ----------
    name : str
        File name without folder.
    version : str
        ``"FCS3.1"`` and the like.
    text : dict
        Keywords of the TEXT segment; names in capitals, without the leading ``$``.
    channels, markers : tuple of str
        ``$PnN`` and ``$PnS`` (empty where the file names none).
    tops : tuple of float
        Top of the scale of each channel, ``$PnR`` in the units of `events`.
    events : ndarray, shape (n_channels, n_events)
        Scale values: logarithmic amplification (``$PnE``) and gain (``$PnG``) undone, not compensated.
        float32 as the file holds them; float64 for integers and doubles, whose scale values need it.
    sha256 : str
        Of the file's bytes; empty unless asked for.
    """

    name: str
    version: str
    text: dict[str, str]
    channels: tuple[str, ...]
    markers: tuple[str, ...]
    tops: tuple[float, ...]
    events: NDArray[np.floating]
    sha256: str = ""

    @property
    def n_events(self) -> int:
        """Number of events, ``$TOT``."""
        return int(self.events.shape[1])

    def row(self, channel: str) -> int:
        """Row of `events` that holds a channel.

        Raises
        ------
        InputError
            If the file has no channel of that name.
        """
        if channel not in self.channels:
            raise InputError(
                Fault("a channel that is asked for must be in the file", channel, self.name,
                      f"The file has {', '.join(self.channels)}.")
            )  # fmt: skip
        return self.channels.index(channel)


@dataclass(frozen=True)
class Layout:
    """Where the events of a file lie, and how they are written."""

    begin: int
    n_events: int
    dtypes: tuple[str, ...]
    masks: tuple[int, ...]

    @property
    def record(self) -> np.dtype:
        """One event; a plain type where all parameters are written alike."""
        return np.dtype([(f"p{i}", kind) for i, kind in enumerate(self.dtypes)])


def read_fcs(path: str | Path, *, with_hash: bool = False) -> FlowFile:
    """Read an FCS file.

    Parameters
    ----------
    path : str or Path
        FCS 2.0, 3.0 or 3.1, list mode, floating point or whole-byte integers.
    with_hash : bool
        Also compute the SHA-256 of the file, for a MIFlowCyt record.

    Raises
    ------
    InputError
        If the file is absent, not FCS, truncated, holds another number of events than ``$TOT`` says, or
        is written in a way that is not read here (histograms, ASCII, packed bits).

    References
    ----------
    Spidlen J et al. Data File Standard for Flow Cytometry, version FCS 3.1. Cytometry A 2010;77:97-100.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(Fault("an FCS file must exist", path.name, "", "Check the file column of samples."))
    with path.open("rb") as handle:
        header = handle.read(HEADER_BYTES)
        version = header[:6].decode("latin-1")
        if not version.startswith("FCS") or len(header) < HEADER_BYTES:
            raise InputError(Fault("an FCS file must begin with its version", repr(header[:6].decode("latin-1")),
                                   path.name, "Export the file again as FCS 3.0 or 3.1."))  # fmt: skip
        begin, end = int(header[10:18]), int(header[18:26])
        handle.seek(begin)
        text = parse_text(handle.read(end - begin + 1), path.name)
    size = path.stat().st_size
    layout = plan_layout(text, header, size, path.name)
    channels = tuple(text.get(f"P{i}N", f"P{i}").strip() for i in range(1, len(layout.dtypes) + 1))
    return FlowFile(
        name=path.name,
        version=version.strip(),
        text=text,
        channels=channels,
        markers=tuple(text.get(f"P{i}S", "").strip() for i in range(1, len(channels) + 1)),
        tops=tuple(_top(text, i) for i in range(1, len(channels) + 1)),
        events=_linearise(_read_events(path, layout), text),
        sha256=hashlib.sha256(path.read_bytes()).hexdigest() if with_hash else "",
    )


def parse_text(segment: bytes, source: str) -> dict[str, str]:
    """Keywords of a TEXT segment; a doubled delimiter inside a value stands for itself.

    Raises
    ------
    InputError
        If the segment is cut short or names no parameters.
    """
    try:
        words = segment.decode("utf-8")
    except UnicodeDecodeError:
        words = segment.decode("latin-1")
    delimiter, body = words[:1], words[1:].rstrip(" \x00\r\n")
    kept = body.replace(delimiter * 2, "\x1f") if delimiter else ""
    parts = [part.replace("\x1f", delimiter) for part in kept.removesuffix(delimiter).split(delimiter)]
    text = {
        key.strip().upper().removeprefix("$"): value
        for key, value in zip(parts[::2], parts[1::2], strict=False)
    }
    if "PAR" not in text:
        raise InputError(Fault("the TEXT segment must hold $PAR", f"{len(text)} keywords", source,
                               "The file is cut short or damaged; copy it again."))  # fmt: skip
    return text


def plan_layout(text: dict[str, str], header: bytes, size: int, source: str) -> Layout:
    """Place and form of the events, checked against the size of the file.

    Raises
    ------
    InputError
        See :func:`read_fcs`.
    """
    dtypes, masks = _number_types(text, source)
    begin = int(header[26:34].strip() or 0) or int(text.get("BEGINDATA", 0))
    end = int(header[34:42].strip() or 0) or int(text.get("ENDDATA", 0))
    width = sum(np.dtype(kind).itemsize for kind in dtypes)
    held = (min(end + 1, size) - begin) // width
    n_events = int(text["TOT"]) if text.get("TOT", "").strip() else held
    if end + 1 > size and (size - begin) // width < n_events:
        raise InputError(
            Fault(f"the DATA segment must reach byte {end}", f"{size} bytes, {max(held, 0)} of {n_events} events",
                  source, "The file is truncated; copy it from the cytometer again.")
        )  # fmt: skip
    # Some instruments count the segment one byte or one pad short: less than an event is no fault.
    if abs(held - n_events) > 0:
        raise InputError(
            Fault("$TOT must equal the number of events in the DATA segment", f"$TOT {n_events} and {held} events",
                  source, "Export the file again; a program has changed one without the other.")
        )  # fmt: skip
    return Layout(begin, n_events, dtypes, masks)


def _number_types(text: dict[str, str], source: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Numpy type of each parameter, and the bit mask that $PnR asks for in integers."""
    if text.get("MODE", "L").strip().upper() != "L":
        raise InputError(
            Fault("$MODE must be L (list mode)", text["MODE"], source, "Export events, not histograms.")
        )
    order = "<" if text.get("BYTEORD", "1,2,3,4").strip().startswith("1") else ">"
    kind = text.get("DATATYPE", "").strip().upper()
    bits = [text.get(f"P{i}B", "").strip() for i in range(1, int(text["PAR"]) + 1)]
    if kind in "FD" and kind:
        return (f"{order}f{4 if kind == 'F' else 8}",) * len(bits), (0,) * len(bits)
    if kind != "I" or any(b not in {"8", "16", "32", "64"} for b in bits):
        raise InputError(Fault("events must be $DATATYPE F, D or I with 8, 16, 32 or 64 bits",
                               f"{kind or 'none'} with {', '.join(sorted(set(bits)))} bits", source,
                               "Export the file as FCS 3.1, floating point."))  # fmt: skip
    ranges = [int(float(text[f"P{i}R"])) for i in range(1, len(bits) + 1)]
    masks = tuple((1 << (r - 1).bit_length()) - 1 for r in ranges)
    return tuple(f"{order}u{int(b) // 8}" for b in bits), masks


def _read_events(path: Path, layout: Layout) -> NDArray[np.floating]:
    """The DATA segment as (n_channels, n_events), transposed block by block."""
    n_channels = len(layout.dtypes)
    single = layout.dtypes[0].endswith("f4")
    out = np.empty((n_channels, layout.n_events), dtype=np.float32 if single else np.float64)
    if len(set(layout.dtypes)) > 1:
        rows = np.fromfile(path, dtype=layout.record, count=layout.n_events, offset=layout.begin)
        for i, mask in enumerate(layout.masks):
            out[i] = rows[f"p{i}"] & mask if mask else rows[f"p{i}"]
        return out
    masks = np.asarray(layout.masks, dtype=layout.dtypes[0]) if any(layout.masks) else None
    with path.open("rb") as handle:
        handle.seek(layout.begin)
        for start in range(0, layout.n_events, BLOCK):
            n_block = min(BLOCK, layout.n_events - start)
            block = np.fromfile(handle, dtype=layout.dtypes[0], count=n_block * n_channels).reshape(
                n_block, n_channels
            )
            out[:, start : start + n_block] = block.T if masks is None else (block & masks).T
    return out


def _linearise(events: NDArray[np.floating], text: dict[str, str]) -> NDArray[np.floating]:
    """Channel values to scale values, in place: undo logarithmic amplifiers and gains."""
    for i, row in enumerate(events, start=1):
        decades, offset = _amplification(text, i)
        if decades > 0:
            top = float(text[f"P{i}R"])
            row[:] = 10 ** (decades * row.astype(np.float64) / top) * (offset or 1.0)
        elif (divisor := _gain(text, i)) != 1:
            row[:] = row.astype(np.float64) / divisor
    return events


def _amplification(text: dict[str, str], i: int) -> tuple[float, float]:
    numbers = re.findall(r"[-+.\deE]+", text.get(f"P{i}E", "0,0"))
    decades, offset = (float(n) for n in ([*numbers, "0", "0"])[:2])
    return decades, offset


def _gain(text: dict[str, str], i: int) -> float:
    """Divisor of a linear channel; time counts in $TIMESTEP seconds and has no gain (FCS 3.1)."""
    if text.get(f"P{i}N", "").strip().lower() == "time":
        step = float(text.get("TIMESTEP", 1) or 1)
        return 1 / step if step > 0 else 1.0
    gain = float(text.get(f"P{i}G", 1) or 1)
    return gain if gain > 0 else 1.0


def _top(text: dict[str, str], i: int) -> float:
    top = float(text.get(f"P{i}R", 262144) or 262144)
    decades, offset = _amplification(text, i)
    return 10**decades * (offset or 1.0) if decades > 0 else top / _gain(text, i)
