"""Residual sum of squares with top and bottom projected out, its gradient and its exact Hessian.

With ``B`` the shape less an offset, ``a = <y, B> / <B, B>`` is the best amplitude and ``r = y - a B`` the residual
(variable projection). Then, writing ``B_k`` for derivatives and ``a_k`` for those of the amplitude,

    f    = <r, r>
    f_k  = -2 a <r, B_k>
    f_kl = 2 (a**2 <B_k, B_l> - <B, B> a_k a_l - a <r, B_kl>)

The offset decides which linear parameter is free: the weighted mean (bottom free), zero (bottom fixed at 0), or
the shape at the concentration where the curve crosses a stated level (that concentration then is a parameter).

References
----------
Golub GH, Pereyra V. The differentiation of pseudo-inverses and nonlinear least squares problems whose variables
separate. SIAM J Numer Anal 1973;10:413-432.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from lib.dose_response.shape import LN10, Array, Shape, evaluate_shape

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


@dataclass(frozen=True)
class Problem:
    """Curves to be fitted together: each column is a curve, padded with zero weights.

    Parameters
    ----------
    ln_concentration, response, weight : array, (n_points, n_curves)
        Response is centred on its weighted mean, or on the level crossed, as the offset asks.
    offset : {"mean", "zero", "crossing"}
        See the module.
    """

    ln_concentration: Array
    response: Array
    weight: Array
    offset: Offset

    def take(self, index: Array) -> Problem:
        """The problem of a subset of the curves."""
        columns = (self.ln_concentration[:, index], self.response[:, index], self.weight[:, index])
        return Problem(*columns, self.offset)

    def basis(self, theta: Array, *, derivatives: bool = True) -> Shape:
        """Shape less its offset, by all parameters (for a crossing, the concentration crossed comes first)."""
        if self.offset == "crossing":
            return self._crossing_basis(theta)
        shape = evaluate_shape(self.ln_concentration, theta, derivatives=derivatives)
        if self.offset == "zero":
            return shape
        total = self.weight.sum(0)

        def centred(values: Array) -> Array:
            return values - (self.weight * values).sum(0) / total

        # far below the IC50 the shape is 1 to all digits: centre its complement there instead
        high = shape.value.min(0) > 0.5
        value = np.where(high, -shape.complement, shape.value)
        second = shape.second  # the residual is orthogonal to a constant, so these need no centring
        return Shape(centred(value), shape.complement, [centred(d) for d in shape.first], second)

    def _crossing_basis(self, theta: Array) -> Shape:
        shape = evaluate_shape(self.ln_concentration, theta[1:])
        at = evaluate_shape(LN10 * theta[:1], theta[1:])
        far = at.value > 0.5
        value = np.where(far, at.complement - shape.complement, shape.value - at.value)
        size = len(theta) - 1
        ones = np.ones_like(self.ln_concentration)
        first = [ones * at.first[0]] + [d - e for d, e in zip(shape.first, at.first, strict=True)]
        second = {(k + 1, j + 1): shape.second[k, j] - at.second[k, j] for k, j in shape.second}
        second[0, 0] = -ones * at.second[0, 0]
        for k in range(size):
            second[0, k + 1] = ones * at.second[0, k]
        return Shape(value, shape.complement, first, second)

    def evaluate(self, theta: Array) -> Evaluation:
        """Objective and derivatives at `theta`, (n_parameters, n_curves)."""
        basis = self.basis(theta)
        w, b = self.weight, basis.value
        wb = w * b
        norm = np.maximum((wb * b).sum(0), TINY)
        amplitude = (wb * self.response).sum(0) / norm
        residual = self.response - amplitude * b
        wr = w * residual
        size = len(basis.first)
        along = [(wb * d).sum(0) for d in basis.first]
        rho = np.array([(wr * d).sum(0) for d in basis.first])
        change = [(rho[k] - amplitude * along[k]) / norm for k in range(size)]
        shape = (size, size, *amplitude.shape)
        hessian, gauss_newton = np.empty(shape), np.empty(shape)
        for (k, j), second in basis.second.items():
            inner = (w * basis.first[k] * basis.first[j]).sum(0)
            square = amplitude**2
            curved = square * inner - norm * change[k] * change[j] - amplitude * (wr * second).sum(0)
            hessian[k, j] = hessian[j, k] = 2 * curved
            gauss_newton[k, j] = gauss_newton[j, k] = 2 * square * (inner - along[k] * along[j] / norm)
        return Evaluation((wr * residual).sum(0), -2 * amplitude * rho, hessian, gauss_newton, amplitude)

    def objective(self, theta: Array) -> Array:
        """Objective alone."""
        b = self.basis(theta, derivatives=False).value
        wb = self.weight * b
        amplitude = (wb * self.response).sum(0) / np.maximum((wb * b).sum(0), TINY)
        return np.asarray((self.weight * (self.response - amplitude * b) ** 2).sum(0))
