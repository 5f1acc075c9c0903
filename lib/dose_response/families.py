"""Curve families: linear in their plateaus once the shape is given, so that only the shape is searched.

Every family writes the response as a sum of columns, ``y = Σ βₗ · colₗ(c; φ)``. The shape φ holds
``log10 IC50``, ``ln hill`` and, for five parameters, ``ln asymmetry``; the coefficients β are the plateaus. All
arrays are batches: shapes ``(n_curves, n_points)``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

Array = NDArray[np.float64]
ModelName = Literal["4pl", "3pl", "5pl", "hormesis"]
LN10 = np.log(10.0)
HILL_BOUNDS = (0.1, 10.0)
ASYMMETRY_BOUNDS = (0.1, 10.0)
DECADES_BEYOND = 2.0
"""log10 IC50 is searched this far beyond the tested concentrations on either side."""


@dataclass(frozen=True)
class Family:
    """A curve family.

    Attributes
    ----------
    name : str
        ``"4pl"``: ``bottom + (top − bottom) / (1 + (c / IC50)^hill)``; ``"3pl"``: bottom fixed at 0;
        ``"5pl"``: the same to the power of an asymmetry, with IC50 still halfway between the plateaus;
        ``"hormesis"``: Brain & Cousens (1989), ``top`` replaced by ``top + f·c``.
    n_linear, n_shape : int
        Number of coefficients and of shape parameters.
    """

    name: ModelName
    n_linear: int
    n_shape: int

    @property
    def n_parameters(self) -> int:
        """All parameters that are estimated."""
        return self.n_linear + self.n_shape

    def columns(self, log_c: Array, shape: Array) -> list[Array]:
        """The columns at ``log_c`` (n_points,) or (n_curves, n_points), for shapes (n_curves, n_shape)."""
        decay = self.decay(log_c, shape)
        if self.name == "3pl":
            return [decay]
        ones = np.ones_like(decay)
        return [ones, decay, _relative_dose(log_c) * decay] if self.name == "hormesis" else [ones, decay]

    def slopes(self, log_c: Array, shape: Array) -> list[tuple[int, Array, Array | None]]:
        """For each shape parameter: its number, the derivative of the decay, and of the dose column if there is one."""
        found: list[tuple[int, Array, Array | None]] = []
        for number, slope in enumerate(self._decay_slopes(log_c, shape)):
            found.append((number, slope, _relative_dose(log_c) * slope if self.name == "hormesis" else None))
        return found

    def decay(self, log_c: Array, shape: Array) -> Array:
        """The falling part: 1 at concentration zero, 1/2 at the IC50, 0 at infinity."""
        u = _steps(log_c, shape)
        if self.name != "5pl":
            return expit(-u)
        asymmetry = np.exp(shape[:, 2:3])
        return np.exp(-asymmetry * np.logaddexp(0.0, u + _half_shift(asymmetry)))

    def _decay_slopes(self, log_c: Array, shape: Array) -> list[Array]:
        u, hill = _steps(log_c, shape), np.exp(shape[:, 1:2])
        if self.name != "5pl":
            down = expit(-u) * expit(u)
            return [down * hill * LN10, -down * u]
        asymmetry = np.exp(shape[:, 2:3])
        shifted = u + _half_shift(asymmetry)
        decay, reached = np.exp(-asymmetry * np.logaddexp(0.0, shifted)), expit(shifted)
        steep = -asymmetry * decay * reached
        half = 2.0 ** (1.0 / asymmetry)
        shift_slope = -np.log(2.0) * half / (asymmetry * (half - 1.0))  # d half_shift / d ln asymmetry
        along = decay * -asymmetry * np.logaddexp(0.0, shifted) + steep * shift_slope
        return [-steep * hill * LN10, steep * u, along]


FAMILIES: dict[str, Family] = {
    "4pl": Family("4pl", 2, 2),
    "3pl": Family("3pl", 1, 2),
    "5pl": Family("5pl", 2, 3),
    "hormesis": Family("hormesis", 3, 2),
}


def shape_bounds(family: Family, log_c: Array) -> tuple[Array, Array]:
    """Lowest and highest shape, each (n_shape,), for tested concentrations ``log_c`` (n_points,; −inf is zero)."""
    tested = log_c[np.isfinite(log_c)]
    low = [tested.min() - DECADES_BEYOND, np.log(HILL_BOUNDS[0]), np.log(ASYMMETRY_BOUNDS[0])]
    high = [tested.max() + DECADES_BEYOND, np.log(HILL_BOUNDS[1]), np.log(ASYMMETRY_BOUNDS[1])]
    return np.array(low[: family.n_shape]), np.array(high[: family.n_shape])


def _steps(log_c: Array, shape: Array) -> Array:
    """``hill · ln(c / IC50)``, held finite: concentration zero is the limit, not a small number."""
    return np.clip(np.exp(shape[:, 1:2]) * LN10 * (log_c - shape[:, 0:1]), -700.0, 700.0)


def _half_shift(asymmetry: Array) -> Array:
    return np.log(2.0 ** (1.0 / asymmetry) - 1.0)


def _relative_dose(log_c: Array) -> Array:
    finite = np.isfinite(log_c)
    return np.where(finite, 10.0 ** np.where(finite, log_c - log_c[finite].max(), 0.0), 0.0)
