"""FCS files as programs write them, right and wrong, byte by byte."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

CHANNELS = ("FSC-A", "SSC-A", "FITC-A", "PE-A", "Time")
SPILL = "2,FITC-A,PE-A,1,0.2,0.02,1"
ORDER = {"<": "1,2,3,4", ">": "4,3,2,1"}
TYPES = {"F": "f4", "D": "f8", "I": "u2"}


def cells(n: int = 6000, seed: int = 1) -> np.ndarray:
    """Scatter, two dyes that spill as `SPILL` says, and time; shape (n, 5). Half of the cells carry FITC, a
    fifth PE."""
    rng = np.random.default_rng(seed)
    dyes = np.column_stack(
        [np.where(rng.random(n) < p, 2e4, 200.0) * rng.lognormal(0, 0.3, n) for p in (0.5, 0.2)]
    )
    scatter = rng.lognormal(11, 0.3, (n, 2))
    return np.column_stack([scatter, dyes @ [[1, 0.2], [0.02, 1]], np.sort(rng.uniform(0, 60, n))])


def fcs_bytes(
    events: np.ndarray,
    channels: Sequence[str] = CHANNELS,
    *,
    kind: str = "F",
    order: str = "<",
    data: bytes | None = None,
    words: Mapping[str, str | None] | None = None,
    delimiter: str = "/",
    header: Mapping[str, int] | None = None,
    supplement: Mapping[str, str] | None = None,
    tail: bytes = b"00000000",
) -> bytes:
    """One data set. `words` replace or (None) remove keywords, `header` offsets; `data` the events as they
    are written."""
    body = events.astype(f"{order}{TYPES[kind]}").tobytes() if data is None else data
    bits = str(8 * np.dtype(TYPES[kind]).itemsize)
    text = {
        "$BYTEORD": ORDER[order],
        "$DATATYPE": kind,
        "$MODE": "L",
        "$NEXTDATA": "0",
        "$PAR": str(len(channels)),
        "$TOT": str(len(events)),
        "$TIMESTEP": "1",
    }
    for i, channel in enumerate(channels, start=1):
        text |= {f"$P{i}N": channel, f"$P{i}B": bits, f"$P{i}R": "262144", f"$P{i}E": "0,0"}
    extra = _segment(supplement, delimiter) if supplement else b""
    changes = dict(words or {})
    begin = 4096
    end = begin + len(body) - 1
    text |= {"$BEGINDATA": str(begin), "$ENDDATA": str(end)}
    if extra:
        text |= {"$BEGINSTEXT": str(begin - len(extra)), "$ENDSTEXT": str(begin - 1)}
    text |= {key: value for key, value in changes.items() if value is not None}
    words_kept = {key: value for key, value in text.items() if changes.get(key, "") is not None}
    segment = _segment(words_kept, delimiter)
    said = {"text": 58, "text_end": 57 + len(segment), "data": begin, "data_end": end} | dict(header or {})
    offsets = (said["text"], said["text_end"], said["data"], said["data_end"], 0, 0)
    head = b"FCS3.1    " + b"".join(f"{offset:>8d}".encode()[:8] for offset in offsets)
    return (head + segment).ljust(begin - len(extra), b" ") + extra + body + tail


def _segment(words: Mapping[str, str], delimiter: str) -> bytes:
    pairs = (f"{k}{delimiter}{v.replace(delimiter, 2 * delimiter)}{delimiter}" for k, v in words.items())
    return (delimiter + "".join(pairs)).encode("latin-1")
