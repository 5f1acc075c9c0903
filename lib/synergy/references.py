"""What two compounds would do together if they did not interact: Bliss, highest single agent, Loewe."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lib.synergy.curves import HillCurves

Array = NDArray[np.float64]
BISECTIONS = 60
"""Halvings of the effect range; 2⁻⁶⁰ is below double precision of an effect of order 1."""


def expect_bliss(inhibition: Array) -> Array:
    """Independent action: y₁ + y₂ − y₁y₂ from the measured single-agent wells.

    Parameters
    ----------
    inhibition : ndarray, shape (..., n_1, n_2)
        Fractions; row 0 and column 0 hold the single agents.

    Returns
    -------
    ndarray, shape (..., n_1, n_2)

    References
    ----------
    Bliss CI (1939) The toxicity of poisons applied jointly. Ann Appl Biol 26:585–615.
    """
    one, two = inhibition[..., :, :1], inhibition[..., :1, :]
    return one + two - one * two


def expect_hsa(inhibition: Array) -> Array:
    """Highest single agent: max(y₁, y₂) from the measured single-agent wells.

    Parameters
    ----------
    inhibition : ndarray, shape (..., n_1, n_2)
        Fractions; row 0 and column 0 hold the single agents.

    References
    ----------
    Berenbaum MC (1989) What is synergy? Pharmacol Rev 41:93–141.
    """
    return np.maximum(inhibition[..., :, :1], inhibition[..., :1, :])


def expect_loewe(one: HillCurves, two: HillCurves, doses_1: Array, doses_2: Array) -> Array:
    """Dose additivity: the effect y that solves x₁/D₁(y) + x₂/D₂(y) = 1.

    D(y) is the dose of a compound alone that reaches y. Above a compound's maximal effect D is infinite: that
    compound then adds nothing, and the other alone sets y. (Some programs take the effect of the summed dose
    there instead, which counts a dose of one compound as if it were the other.)

    Parameters
    ----------
    one, two : HillCurves, shape (n_curves,)
        Fitted single-agent curves.
    doses_1, doses_2 : ndarray, shapes (n_1,) and (n_2,)
        Concentrations in µM.

    Returns
    -------
    ndarray, shape (n_curves, n_1, n_2)

    References
    ----------
    Loewe S (1953) Arzneimittelforschung 3:285–290; Greco WR et al. (1995) Pharmacol Rev 47:331–385.
    """
    x1, x2 = doses_1[None, :, None], doses_2[None, None, :]
    shape = (len(one.baseline), len(doses_1), len(doses_2))
    floor, ceiling = _effect_range(one, two)
    low, high = (np.broadcast_to(bound[:, None, None], shape).copy() for bound in (floor, ceiling))
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        enough = _share(x1, one.doses_at(middle)) + _share(x2, two.doses_at(middle)) >= 1
        low, high = np.where(enough, middle, low), np.where(enough, high, middle)
    return (low + high) / 2


def _effect_range(one: HillCurves, two: HillCurves) -> tuple[Array, Array]:
    """Bounds of y; a compound without effect sets neither, two such leave the mean of what they show."""
    bottoms = np.stack([np.where(c.active, c.baseline, np.nan) for c in (one, two)])
    tops = np.stack([np.where(c.active, c.maximum, np.nan) for c in (one, two)])
    none = ~(one.active | two.active)
    flat = (one.baseline + two.baseline) / 2
    floor = np.where(none, flat, np.nanmin(np.where(none, 0.0, bottoms), axis=0))
    ceiling = np.where(none, flat, np.nanmax(np.where(none, 0.0, tops), axis=0))
    return floor, ceiling


def _share(dose: Array, alone: Array) -> Array:
    """dose/alone, with 0 where no dose is given and infinity where no dose would be needed."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(dose > 0, dose / alone, 0.0)
