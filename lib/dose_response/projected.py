"""Residual sum of squares with top and bottom projected out, its gradient and its exact Hessian.

With ``B`` the shape less an offset, ``a = <y, B> / <B, B>`` is the best amplitude and ``r = y - a B`` the
residual (variable projection). Then, writing ``B_k`` for derivatives and ``a_k`` for those of the amplitude,

    f    = <r, r>
    f_k  = -2 a <r, B_k>
    f_kl = 2 (a**2 <B_k, B_l> - <B, B> a_k a_l - a <r, B_kl>)

The offset decides which linear parameter is free: the weighted mean (bottom free), zero (bottom fixed at 0),
or the shape at the concentration where the curve crosses a stated level (that concentration then is a
parameter).

References
----------
Golub GH, Pereyra V. The differentiation of pseudo-inverses and nonlinear least squares problems whose
variables separate. SIAM J Numer Anal 1973;10:413-432.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

import numpy as np

from lib.dose_response.shape import LN10, Array, Shape, columns_of, dot, evaluate_shape, total_of
from lib.dose_response.ties import Pull

Offset = Literal["mean", "zero", "crossing"]
TINY = 1e-300


@dataclass(frozen=True)
class Evaluation:
    """Objective, gradient (n_parameters, n_curves), Hessian and Gauss-Newton matrix (p, p, n_curves)."""

    value: Array
    gradient: Array
    hessian: Array
    gauss_newton: Array
    amplitude: Array

    def take(self, index: Array) -> Evaluation:
        """Of a subset of the curves."""
        return Evaluation(*(columns_of(getattr(self, f.name), index) for f in fields(self)))


@dataclass(frozen=True)
class Problem:
    """Curves to be fitted together: each column is a curve, padded with zero weights.

    Parameters
    ----------
    ln_concentration, response, weight : array, (n_points, n_curves)
        Response is centred on its weighted mean, or on the level crossed, as the offset asks.
    offset : {"mean", "zero", "crossing"}
        See the module.
    pull : Pull
        Added to the sum of squares, so that curves which the wells do not tell apart are told apart by a
        rule.
    """

    ln_concentration: Array
    response: Array
    weight: Array
    offset: Offset
    pull: Pull | None = None

    def take(self, index: Array) -> Problem:
        """The problem of a subset of the curves."""
        x, y, w = (columns_of(a, index) for a in (self.ln_concentration, self.response, self.weight))
        return Problem(x, y, w, self.offset, None if self.pull is None else self.pull.take(index))

    def basis(self, theta: Array, *, derivatives: bool = True) -> Shape:
        """Shape less its offset, by all parameters (for a crossing, the concentration crossed comes first).

        Derivatives are not centred on their mean: sums with the residual or the centred shape need no
        centring.
        """
        if self.offset == "crossing":
            return self._crossing_basis(theta)
        shape = evaluate_shape(self.ln_concentration, theta, derivatives=derivatives)
        if self.offset == "zero":
            return shape
        value = shape.value
        # far below the IC50 the shape is 1 to all digits: centre its complement there instead
        high = value.min(0) > 0.5
        if high.any():
            value = np.where(high, -shape.complement, value)
        value = value - dot(self.weight, value) / total_of(self.weight)
        return Shape(value, shape.complement, shape.first, shape.second)

    def _crossing_basis(self, theta: Array) -> Shape:
        shape = evaluate_shape(self.ln_concentration, theta[1:])
        at = evaluate_shape(LN10 * theta[:1], theta[1:])
        value = shape.value - at.value
        far = at.value[0] > 0.5
        if far.any():
            value = np.where(far, at.complement - shape.complement, value)
        size, wide = len(theta) - 1, self.ln_concentration.shape
        first = [np.broadcast_to(at.first[0], wide)]
        first += [d - e for d, e in zip(shape.first, at.first, strict=True)]
        second = {(k + 1, j + 1): shape.second[k, j] - at.second[k, j] for k, j in shape.second}
        second[0, 0] = np.broadcast_to(-at.second[0, 0], wide)
        for k in range(size):
            second[0, k + 1] = np.broadcast_to(at.second[0, k], wide)
        return Shape(value, shape.complement, first, second)

    def evaluate(self, theta: Array) -> Evaluation:
        """Objective and derivatives at `theta`, (n_parameters, n_curves)."""
        basis = self.basis(theta)
        w, b = self.weight, basis.value
        wb = w * b
        norm = np.maximum(dot(wb, b), TINY)
        amplitude = dot(wb, self.response) / norm
        residual = self.response - amplitude * b
        wr = w * residual
        size = len(basis.first)
        along = [dot(wb, d) / norm for d in basis.first]
        # less its part along the curve before any product: of a power of the dose nothing is left but
        # rounding
        across = [d - share * b for d, share in zip(basis.first, along, strict=True)]
        wd = [w * d for d in across]
        rho = np.array([dot(wr, d) for d in across])
        if self.offset == "mean":
            total = total_of(w)
            sums = [total_of(d) for d in wd]
        shape = (size, size, *amplitude.shape)
        hessian, gauss_newton = np.empty(shape), np.empty(shape)
        square = amplitude**2
        for (k, j), second in basis.second.items():
            inner = dot(wd[k], across[j])
            if self.offset == "mean":
                inner -= sums[k] * sums[j] / total
            # a**2 <B, B> along_k along_j stands in both terms of f_kl and is left out of both
            both = rho[k] * rho[j] / norm - amplitude * (along[k] * rho[j] + along[j] * rho[k])
            curved = square * inner - both - amplitude * dot(wr, second)
            hessian[k, j] = hessian[j, k] = 2 * curved
            gauss_newton[k, j] = gauss_newton[j, k] = 2 * square * inner
        at = Evaluation(dot(wr, residual), -2 * amplitude * rho, hessian, gauss_newton, amplitude)
        if self.pull is not None:
            self._add_pull(self.pull, at, theta)
        return at

    def _add_pull(self, pull: Pull, at: Evaluation, theta: Array) -> None:
        """In place; a concentration crossed is not pulled, the curve's own parameters behind it are."""
        first = int(self.offset == "crossing")
        away = pull.away(theta[first:])
        at.value[:] += pull.strength * total_of(away * away)
        at.gradient[first:] += 2 * pull.strength * away
        for k in range(first, len(theta)):
            at.hessian[k, k] += 2 * pull.strength
            at.gauss_newton[k, k] += 2 * pull.strength

    def objective(self, theta: Array) -> Array:
        """Sum of squares alone, without the pull."""
        b = self.basis(theta, derivatives=False).value
        wb = self.weight * b
        amplitude = dot(wb, self.response) / np.maximum(dot(wb, b), TINY)
        residual = self.response - amplitude * b
        return dot(self.weight * residual, residual)
