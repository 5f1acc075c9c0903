"""What counts as the same result, said once: `tme verify`, `tme diff`, the alarm of a run, nbval and the
tests use it.

Processors add up in different orders, so the last bits of a sum differ between machines; what was found must
not.

- Words, statuses, verdicts, booleans and whole numbers are equal.
- Floating-point numbers are equal within a tolerance,
  ``|x - y| <= max(absolute, relative * max(|x|, |y|, s))`` with s the column's scale, the median size of its
  numbers that are not 0. The relative one is 1e-9 unless the table states a wider one for a column, as it
  does where a method is iterative.
- Numbers in sentences and shown tables are roundings of those: two that differ by one in the last decimal
  shown are the same. Whole numbers there are counts, and equal.
- Pictures are drawings of the tables; they are not compared.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

RELATIVE_TOLERANCE = 1e-9
"""Summing 10^6 numbers in another order moves a sum by about 1e-13; a matrix of condition 10^4 makes 1e-9 of
it."""
PICTURES = ("image/", "application/pdf")
NUMBER = re.compile(r"(?<![\w.])[-−]?\d[\d,]*(?:\.\d+)?(?:e[-−+]?\d+)?")
VOLATILE = re.compile(
    r"\b0x[0-9a-fA-F]{6,}\b|data:image/[^\"')\s]*|\d+(?:\.\d+)?"
    r" (?:[nµμum]?s)\b|\bT_[0-9a-f]{5}(?![0-9a-zA-Z])"
    r"|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])"
)
"""Addresses of objects, pictures within HTML, times taken, and names drawn at random for parts of an
output."""


@dataclass(frozen=True)
class Tolerance:
    """How far two numbers of a column may lie apart and still be the same.

    Parameters
    ----------
    relative : float
        Of the larger of the two and of the column's scale.
    absolute : float
        In the column's unit: for columns of differences, whose size is that of rounding.
    """

    relative: float = RELATIVE_TOLERANCE
    absolute: float = 0.0

    @classmethod
    def of(cls, stated: Any) -> Tolerance:
        """From what a table states: a relative tolerance as a number, or this record, as such or from
        JSON."""
        if isinstance(stated, Mapping):
            return cls(**stated)
        return stated if isinstance(stated, cls) else cls(float(stated))


def unequal_cells(old: Any, new: Any, tolerance: Tolerance | None = None) -> Any:
    """Which cells of two columns differ.

    Parameters
    ----------
    old, new : Series
        Of one length, rows matched.
    tolerance : Tolerance, optional
        For numbers.

    Returns
    -------
    ndarray of bool
    """
    import numpy as np

    empty = old.isna().to_numpy() & new.isna().to_numpy()
    differ = np.asarray((old != new).to_numpy(), dtype=bool) & ~empty
    if not differ.any() or (_is_whole(old) and _is_whole(new)):
        return differ
    x, y = (_as_numbers(column) for column in (old, new))
    allowed = tolerance or Tolerance()
    sizes = np.abs(np.concatenate([x, y]))
    sizes = sizes[np.isfinite(sizes) & (sizes > 0)]
    scale = float(np.median(sizes)) if sizes.size else 0.0
    size = np.maximum(np.maximum(np.abs(x), np.abs(y)), scale)
    near = np.abs(x - y) <= np.maximum(allowed.absolute, allowed.relative * size)  # False where either is NaN
    return differ & ~near


def _is_whole(column: Any) -> bool:
    return column.dtype.kind in "iub"


def _as_numbers(column: Any) -> Any:
    """The column's numbers, NaN for words; a number among words, such as beside a ``>``, stands there as
    text."""
    import pandas as pd

    return pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=float("nan"))


def same_text(old: str, new: str) -> bool:
    """Whether two texts say the same: equal words and whole numbers, decimals within one of the last one
    shown."""
    if old == new:
        return True
    old, new = (VOLATILE.sub("…", text) for text in (old, new))
    return _words(old) == _words(new) and all(
        _same_printed(a, b) for a, b in zip(NUMBER.findall(old), NUMBER.findall(new), strict=True)
    )


def _words(text: str) -> list[str]:
    """The text around its numbers, without the blanks that align a table's columns."""
    return [" ".join(part.split()) for part in NUMBER.split(text)]


def _same_printed(old: str, new: str) -> bool:
    (x, unit_x), (y, unit_y) = _printed(old), _printed(new)
    unit = max(unit_x, unit_y)
    return x == y or (unit > 0 and abs(x - y) <= 1.01 * unit)


def _printed(text: str) -> tuple[float, float]:
    """A printed number and one unit of its last decimal; 0 for a whole number."""
    plain = text.replace("−", "-").replace(",", "")
    mantissa, _, exponent = plain.partition("e")
    decimals = len(mantissa.partition(".")[2])
    unit = 10.0 ** (int(exponent or 0) - decimals) if decimals or exponent else 0.0
    return float(plain), unit


def same_value(old: Any, new: Any, tolerance: Tolerance | None = None) -> bool:
    """Whether two values as JSON holds them are the same, all the way down."""
    if isinstance(old, str) and isinstance(new, str):
        return same_text(old, new)
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return old.keys() == new.keys() and all(same_value(old[k], new[k], tolerance) for k in old)
    if isinstance(old, (list, tuple)) and isinstance(new, (list, tuple)):
        return len(old) == len(new) and all(map(lambda a, b: same_value(a, b, tolerance), old, new))
    if isinstance(old, float) and isinstance(new, float):
        allowed = tolerance or Tolerance()
        return (math.isnan(old) and math.isnan(new)) or math.isclose(
            old, new, rel_tol=allowed.relative, abs_tol=allowed.absolute
        )
    return type(old) is type(new) and bool(old == new)


def spoken(notebook: Mapping[str, Any]) -> list[Any]:
    """What a notebook's outputs say, cell by cell: no pictures, no warnings of libraries."""
    outputs = [_spoken(output) for cell in notebook["cells"] for output in cell.get("outputs", [])]
    return [output for output in outputs if output]


def _spoken(output: Mapping[str, Any]) -> Any:
    if output["output_type"] == "stream":
        return ["stream", _joined(output["text"])] if output["name"] == "stdout" else None
    if output["output_type"] == "error":
        return ["error", output["ename"], output["evalue"]]
    return {k: _joined(v) for k, v in output.get("data", {}).items() if not k.startswith(PICTURES)}


def _joined(value: Any) -> Any:
    """Text as one string; files may hold it as a list of lines."""
    return "".join(value) if isinstance(value, list) and all(isinstance(v, str) for v in value) else value


def first_difference(old: Mapping[str, Any], new: Mapping[str, Any], tolerance: Tolerance) -> str:
    """The first output of two notebooks that says something else, in words; "" where none does."""
    before, now = spoken(old), spoken(new)
    if len(before) != len(now):
        return f"{len(before)} outputs before, {len(now)} now"
    for a, b in zip(before, now, strict=True):
        if not same_value(a, b, tolerance):
            return f"{_excerpt(a, b)} before, {_excerpt(b, a)} now"
    return ""


def _excerpt(value: Any, other: Any) -> str:
    """A few words of an output around where it departs from the other."""
    here, there = (json.dumps(v, ensure_ascii=False, sort_keys=True) for v in (value, other))
    at = next((i for i, (a, b) in enumerate(zip(here, there, strict=False)) if a != b), 0)
    return f"“…{here[max(at - 30, 0) : at + 30]}…”"


def widest(stated: Iterable[Any]) -> Tolerance:
    """The widest of several tolerances: for sentences, which may quote any column."""
    all_of = [Tolerance(), *map(Tolerance.of, stated)]
    return Tolerance(max(t.relative for t in all_of), max(t.absolute for t in all_of))
