"""The unit curve: a logistic that falls from 1 to 0, with the derivatives that the fits need.

Every curve here is ``bottom + (top - bottom) * s(c)``. Top and bottom enter linearly and are projected out,
so only the shape ``s`` is searched. Arrays are (n_points, n_curves): sums over points run down the first
axis.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
"""Floats, unless a name says an index or a condition."""

ModelName = Literal["4pl", "3pl", "5pl"]
N_PARAMETERS = {"4pl": 4, "3pl": 3, "5pl": 5}
LN10 = float(np.log(10.0))
LN_ZERO = -1e4
"""Stands for ln(0): far enough below any dose that the shape is exactly 1 there, yet finite."""


def log_concentration(concentration_uM: Array) -> Array:
    """Natural logarithm of a concentration, where zero becomes the limit "no drug"."""
    positive = concentration_uM > 0
    return np.where(positive, np.log(np.where(positive, concentration_uM, 1.0)), LN_ZERO)


@dataclass(frozen=True)
class Shape:
    """Shape at each point, its complement, and its first and second derivatives.

    `first[k]` and `second[k, l]` are (n_points, n_curves), by the parameters log10 IC50, ln hill and,
    where asymmetric, ln asymmetry. The complement ``1 - s`` is kept beside `value` because far below the IC50
    the shape is 1 to all digits and only its complement still carries information.
    """

    value: Array
    complement: Array
    first: list[Array]
    second: dict[tuple[int, int], Array]

    def between(self, top: Array, bottom: Array) -> Array:
        """Response of the curve between its plateaus, exact to rounding of what it is, even where one of them
        is 1e14.

        ``bottom + (top - bottom) s`` would take one 1e14 from another.
        """
        return np.asarray(top * self.value + bottom * self.complement)


def half_shift(ln_asymmetry: Array) -> tuple[Array, Array, Array]:
    """Shift that puts the IC50 of an asymmetric curve half-way between the plateaus, and its derivatives.

    ``kappa = ln(2**(1/f) - 1)`` with ``f = exp(ln_asymmetry)``; zero for the symmetric curve.
    """
    a = np.log(2.0) * np.exp(-ln_asymmetry)
    tail = -np.expm1(-a)
    ratio = a / tail
    slope = 1.0 / tail - a * np.exp(-a) / tail**2
    return np.log(np.expm1(a)), -ratio, a * slope


def evaluate_shape(ln_concentration: Array, theta: Array, *, derivatives: bool = True) -> Shape:
    """Shape ``s = (1 + exp(v))**-f`` with ``v = hill (ln c - ln IC50) + kappa(f)``.

    Parameters
    ----------
    ln_concentration : array, (n_points, n_curves)
    theta : array, (2 or 3, n_curves)
        log10 IC50, ln hill and, for the five-parameter curve, ln asymmetry.
    derivatives : bool
        Whether first and second derivatives are wanted.
    """
    hill = np.exp(theta[1])
    u = hill * (ln_concentration - LN10 * theta[0])
    if len(theta) == 2:
        return _symmetric(u, hill, derivatives)
    return _asymmetric(u, hill, theta[2], derivatives)


def locate_level(theta: Array, top: Array, bottom: Array, level: float) -> Array:
    """log10 concentration at which each curve crosses a response; NaN where `level` is not between its
    plateaus.

    ``v = ln((1 + above / below)**(1 / f) - 1)`` with ``above = top - level``, ``below = level - bottom``: in
    logarithms throughout, since a plateau that runs to 1e14 leaves ``above / below`` far below the last digit
    of 1.

    Parameters
    ----------
    theta : array, (2 or 3, n_curves)
        As in `evaluate_shape`.
    top, bottom : array, (n_curves,)
    """
    above, below = top - level, level - bottom
    crosses = ((above > 0) & (below > 0)) | ((above < 0) & (below < 0))
    above, below = (np.where(crosses, np.abs(side), 1.0) for side in (above, below))
    v = np.log(above) - np.log(below)
    if len(theta) == 3:
        f = np.exp(theta[2])
        v = np.where(f == 1.0, v, _log_expm1(np.log1p(above / below) / f) - half_shift(theta[2])[0])
    return np.where(crosses, theta[0] + v / (LN10 * np.exp(theta[1])), np.nan)


def _log_expm1(x: Array) -> Array:
    """``ln(exp(x) - 1)`` for x > 0, where the exponential would overflow too."""
    return np.where(x > 1.0, x + np.log(-np.expm1(-np.maximum(x, 1.0))), np.log(np.expm1(np.minimum(x, 1.0))))


def _logistic(v: Array) -> tuple[Array, Array]:
    """Falling logistic and its complement, both to full relative precision."""
    z = np.exp(np.minimum(v, 700.0))
    below = 1.0 / (1.0 + z)
    return below, z * below


def _symmetric(u: Array, hill: Array, derivatives: bool) -> Shape:
    s, q = _logistic(u)
    if not derivatives:
        return Shape(s, q, [], {})
    slope = -s * q
    curve = slope * (s - q)
    by_t = -hill * LN10
    u_curve = u * curve
    first = [slope * by_t, slope * u]
    second = {(0, 0): curve * by_t**2, (0, 1): (u_curve + slope) * by_t, (1, 1): u * (u_curve + slope)}
    return Shape(s, q, first, second)


def _asymmetric(u: Array, hill: Array, ln_f: Array, derivatives: bool) -> Shape:
    shift, shift1, shift2 = half_shift(ln_f)
    f = np.exp(ln_f)
    v = u + shift
    below, q = _logistic(v)
    log1p_z = np.where(v > 30, v, np.log1p(np.exp(np.minimum(v, 30.0))))
    s = np.exp(-f * log1p_z)
    complement = -np.expm1(-f * log1p_z)
    if not derivatives:
        return Shape(s, complement, [], {})
    slope = -f * q * s
    curve = slope * (below - f * q)
    by_f = -f * log1p_z * s
    mixed = slope * (1.0 - f * log1p_z)
    by_ff = by_f * (1.0 - f * log1p_z)
    by_t = -hill * LN10
    first = [slope * by_t, slope * u, slope * shift1 + by_f]
    second = {
        (0, 0): curve * by_t**2,
        (0, 1): (curve * u + slope) * by_t,
        (1, 1): u * (curve * u + slope),
        (0, 2): (curve * shift1 + mixed) * by_t,
        (1, 2): (curve * shift1 + mixed) * u,
        (2, 2): curve * shift1**2 + slope * shift2 + 2 * mixed * shift1 + by_ff,
    }
    return Shape(s, complement, first, second)


def total_of(values: Array) -> Array:
    """Sum over the points of each curve, in the order of the points.

    A lone column is added up like one of many (numpy would take it for a row, and pair its numbers): the sum
    of a curve does not depend on how many are fitted with it.
    """
    return np.asarray(values.sum(0) if values.shape[1] != 1 else np.repeat(values, 2, axis=1).sum(0)[:1])


def columns_of(values: Array, index: Array) -> Array:
    """Some curves of arrays (..., n_curves), row after row in memory as before.

    ``values[..., index]`` would lay them out curve after curve, and sums over points would pair their
    numbers.
    """
    return np.take(values, np.flatnonzero(index) if index.dtype == bool else index, axis=-1)


def dot(a: Array, b: Array) -> Array:
    """Sum of products over the points of each curve, without the product in memory; as `total_of` for a lone
    one."""
    if a.shape[1] == 1:
        a, b = np.repeat(a, 2, axis=1), np.repeat(b, 2, axis=1)
        return np.asarray(np.einsum("pn,pn->n", a, b)[:1])
    return np.asarray(np.einsum("pn,pn->n", a, b))
