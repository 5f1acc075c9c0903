"""Scales of cytometry: logicle, hyperlog, asinh, log and linear as Gating-ML 2.0 defines them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
from flowutils import transforms as exact
from numpy.typing import NDArray

MANTISSA_BITS = 8
"""Segments per octave are 2^8: the chord's error, h²/8 · |f''|, stays below 2e-7 of the unit scale."""

SHIFT = 23 - MANTISSA_BITS
SMALLEST_OCTAVE = -3
"""Below 2^-3 of a unit the scale is a straight line: its curvature vanishes at zero."""

BLOCK = 16384
"""Values looked up at a time: keys and results stay in the processor's cache."""

TABLE_ENTRIES = 1 << (32 - SHIFT)


class Transform(Protocol):
    """A monotone map of scale values onto the unit interval; linear in, displayed out."""

    def apply(self, values: NDArray[Any]) -> NDArray[Any]:
        """Transformed values, same shape."""
        ...


@dataclass(frozen=True)
class Lookup:
    """Piecewise-linear form of a smooth function, indexed by the leading bits of a float32.

    The sign, the exponent and the first eight mantissa bits of a float32 name one of 2^17 segments, so that
    the segments widen with the value, as a logarithm wants them; finding one is a shift, not a search.
    Only octaves up to `top` are filled; beyond, the exact function is called.
    """

    offset: NDArray[np.float32]
    slope: NDArray[np.float32]
    limit: float
    function: Callable[[NDArray[np.float64]], NDArray[np.float64]]

    def apply(self, values: NDArray[Any]) -> NDArray[Any]:
        """Function of float32 values; error below 1e-6 of the unit scale."""
        values = np.ascontiguousarray(values, dtype=np.float32)
        flat, out = values.ravel(), np.empty(values.size, dtype=np.float32)
        for start in range(0, flat.size, BLOCK):
            self._fill(flat[start : start + BLOCK], out[start : start + BLOCK])
        return out.reshape(values.shape)

    def _fill(self, values: NDArray[np.float32], out: NDArray[np.float32]) -> None:
        key = (values.view(np.uint32) >> SHIFT).astype(np.intp)
        np.take(self.slope, key, out=out, mode="clip")
        out *= values
        out += np.take(self.offset, key, mode="clip")
        if not (values.max() < self.limit and values.min() > -self.limit):
            beyond = ~(np.abs(values) < self.limit)
            out[beyond] = self.function(values[beyond].astype(np.float64))


def tabulate(function: Callable[[NDArray[np.float64]], NDArray[np.float64]], *, top: float) -> Lookup:
    """Lookup of a smooth increasing function on (-4·top, 4·top).

    Parameters
    ----------
    function : callable
        Exact function of a float64 vector; odd around zero in curvature, as the logicle is.
    top : float
        Top of the scale, the parameter T.
    """
    octaves = int(np.ceil(np.log2(top))) + 2 - SMALLEST_OCTAVE
    first = (127 + SMALLEST_OCTAVE) << MANTISSA_BITS
    keys = np.arange(first, first + (octaves << MANTISSA_BITS) + 1, dtype=np.uint32)
    knots = (keys << SHIFT).view(np.float32).astype(np.float64)
    offset, slope = np.zeros((2, TABLE_ENTRIES), dtype=np.float32)
    for sign, base in ((1.0, 0), (-1.0, TABLE_ENTRIES // 2)):
        heights = function(sign * knots)
        steep = np.diff(heights) / np.diff(sign * knots)
        slope[base + keys[:-1]] = steep
        offset[base + keys[:-1]] = heights[:-1] - steep * sign * knots[:-1]
    centre = function(np.array([-knots[0], 0.0, knots[0]]))
    for base in (0, TABLE_ENTRIES // 2):
        slope[base : base + first] = (centre[2] - centre[0]) / (2 * knots[0])
        offset[base : base + first] = centre[1]
    return Lookup(offset, slope, float(knots[-1]), function)


@dataclass(frozen=True)
class Logicle:
    """Logicle scale: root of a e^{by} − c e^{−dy} − f = x.

    Parameters
    ----------
    top : float
        T, the value that maps to 1.
    width : float
        W, decades of the linear part.
    decades : float
        M, decades of the whole scale.
    negative : float
        A, additional negative decades.

    References
    ----------
    Moore WA, Parks DR. Update for the logicle data scale including operational code implementations.
    Cytometry A 2012;81A:273-277.
    """

    top: float = 262144.0
    width: float = 0.5
    decades: float = 4.5
    negative: float = 0.0

    def exact(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """The scale by root finding, event by event."""
        return np.asarray(
            exact.logicle(
                np.asarray(values, dtype=np.float64), None, self.top, self.decades, self.width, self.negative
            )
        )

    def apply(self, values: NDArray[Any]) -> NDArray[Any]:
        """Transformed values, through the table."""
        return lookup(self).apply(values)

    def inverse(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Scale values of displayed ones."""
        return np.asarray(
            exact.logicle_inverse(
                np.asarray(values, dtype=np.float64), None, self.top, self.decades, self.width, self.negative
            )
        )


@dataclass(frozen=True)
class Hyperlog:
    """Hyperlog scale: root of a e^{by} + c y − f = x (Bagwell, Cytometry A 2005;64:34-42)."""

    top: float
    width: float
    decades: float
    negative: float = 0.0

    def exact(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """The scale by root finding, event by event."""
        return np.asarray(
            exact.hyperlog(
                np.asarray(values, dtype=np.float64), None, self.top, self.decades, self.width, self.negative
            )
        )

    def apply(self, values: NDArray[Any]) -> NDArray[Any]:
        """Transformed values, through the table."""
        return lookup(self).apply(values)


@lru_cache(maxsize=128)
def lookup(scale: Logicle | Hyperlog) -> Lookup:
    """Table of a scale, made once for all files that use it."""
    return tabulate(scale.exact, top=scale.top)


@dataclass(frozen=True)
class Asinh:
    """fasinh of Gating-ML: (asinh(x sinh(M ln10)/T) + A ln10) / ((M + A) ln10)."""

    top: float
    decades: float
    negative: float = 0.0

    def apply(self, values: NDArray[Any]) -> NDArray[Any]:
        """Transformed values."""
        ln10 = np.log(10.0)
        bent = np.arcsinh(np.asarray(values, np.float64) * (np.sinh(self.decades * ln10) / self.top))
        return np.asarray((bent + self.negative * ln10) / ((self.decades + self.negative) * ln10))


@dataclass(frozen=True)
class Log:
    """flog of Gating-ML: log10(x/T)/M + 1; values at or below zero have no logarithm and lie below all
    gates."""

    top: float
    decades: float

    def apply(self, values: NDArray[Any]) -> NDArray[Any]:
        """Transformed values."""
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.log10(np.maximum(np.asarray(values, np.float64), 0) / self.top)
        return np.asarray(logs / self.decades + 1)


@dataclass(frozen=True)
class Linear:
    """flin of Gating-ML: (x + A) / (T + A)."""

    top: float
    below: float = 0.0

    def apply(self, values: NDArray[Any]) -> NDArray[Any]:
        """Transformed values."""
        return np.asarray((values + self.below) / (self.top + self.below))


@dataclass(frozen=True)
class Ratio:
    """fratio of Gating-ML, of two channels: A (x − B) / (y − C)."""

    numerator: str
    denominator: str
    factor: float
    shift_numerator: float
    shift_denominator: float

    def apply(self, x: NDArray[Any], y: NDArray[Any]) -> NDArray[np.float64]:
        """Ratio of two channels, same shape."""
        with np.errstate(divide="ignore", invalid="ignore"):
            above = x.astype(np.float64) - self.shift_numerator
            return np.asarray(self.factor * above / (y.astype(np.float64) - self.shift_denominator))


def estimate_logicle(values: NDArray[np.float32], *, top: float = 262144.0, decades: float = 4.5) -> Logicle:
    """Logicle whose linear part spans the negative values of a channel.

    W = (M − log10(T / |r|)) / 2 with r the 5th percentile of the negative values; 0.5 where there are fewer
    than 20 of them.

    References
    ----------
    Parks DR, Roederer M, Moore WA. A new "logicle" display method. Cytometry A 2006;69A:541-551.
    """
    below = values[values < 0]
    if below.size < 20:
        return Logicle(top=top, decades=decades)
    reference = abs(float(np.percentile(below, 5)))
    width = (decades - math.log10(top / max(reference, 1e-3))) / 2
    return Logicle(top=top, width=float(np.clip(width, 0.1, decades / 2 - 0.05)), decades=decades)
