"""What decides where the wells do not: without a rule it would be the last bit, which is another on another
processor.

Beyond the tested doses a fall without end may be drawn with any IC50: far out the curve is a power of the
dose, and the sum of squares no longer depends on where its plateau lies. The minimum then sits wherever
rounding puts it, at another place on another processor. A pull that is far below anything the wells say, yet
above rounding, decides: the IC50 nearest to the middle of the tested doses, hill and asymmetry nearest to 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lib.dose_response.shape import LN10, Array, dot, total_of

DIGITS = 1e-5
"""Residuals below this share of the responses' SD are rounding of digits and no scatter: no plate reader
gives more than five. Without it noise-free responses would have intervals, robust weights and a best model
made of rounding errors."""
STRENGTH = 1e-12
"""Of the pull, in sums of squares about the centre for a decade (a natural logarithm) squared: a curve that
the wells hold moves by a part in 1e11."""
EQUAL = 1 + 1e-10
"""Sums of squares whose ratio is less are equally low."""
NEAR_DECADES = 1e-9
"""A concentration this near to the lowest or highest tested is that concentration."""


def least_scatter(about_mean: Array) -> Array:
    """Residual sum of squares below which there is none to speak of, from the sum of squares about the
    mean."""
    return np.asarray(DIGITS**2 * about_mean)


@dataclass(frozen=True)
class Pull:
    """A quadratic pull on the parameters of each curve: `strength` and `middle` (log10 µM), arrays
    (n_curves,)."""

    strength: Array
    middle: Array

    @staticmethod
    def towards_doses(ln_concentration: Array, response: Array, weight: Array) -> Pull:
        """The pull of curves as `Problem` holds them, arrays (n_points, n_curves)."""
        tested = (weight > 0) & (ln_concentration > -1e3)
        low, high = (
            end(np.where(tested, ln_concentration, blank), axis=0)
            for end, blank in ((np.min, np.inf), (np.max, -np.inf))
        )
        middle = np.where(np.isfinite(low), (low + high) / (2 * LN10), 0.0)
        return Pull(STRENGTH * dot(weight, response**2), middle)

    def take(self, index: Array) -> Pull:
        """Of a subset of the curves."""
        return Pull(self.strength[index], self.middle[index])

    def away(self, theta: Array) -> Array:
        """How far the parameters (log10 IC50 first) are from where they are pulled, (n_parameters,
        n_curves)."""
        away = theta.copy()
        away[0] -= self.middle
        return away

    def value(self, theta: Array) -> Array:
        """What is added to the sum of squares, (n_curves,)."""
        away = self.away(theta)
        return self.strength * total_of(away * away)
