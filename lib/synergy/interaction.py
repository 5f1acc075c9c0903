"""ZIP: how much each compound moves the other's curve, against curves that do not move."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lib.synergy.curves import HillCurves, fit_from_baseline

Array = NDArray[np.float64]


def expect_zip(one: HillCurves, two: HillCurves, doses_1: Array, doses_2: Array) -> Array:
    """Zero interaction potency: y₁ + y₂ − y₁y₂ from the fitted single-agent curves.

    Returns
    -------
    ndarray, shape (n_curves, n_1, n_2)

    References
    ----------
    Yadav B et al. (2015) Comput Struct Biotechnol J 13:504–513.
    """
    y1, y2 = one.predict(doses_1)[:, :, None], two.predict(doses_2)[:, None, :]
    return y1 + y2 - y1 * y2


def fit_conditional(
    inhibition: Array, one: HillCurves, two: HillCurves, doses_1: Array, doses_2: Array
) -> Array:
    """Smoothed combination surface: the mean of the curves along either compound.

    At each fixed dose of one compound the curve of the other has its lower end fixed at what the first does
    alone (its fitted effect); upper end, ec50 and slope are free, also to fall, and found by global least
    squares. Others differ: Yadav (2015) fixes the upper end at 100 % and both ends of the single agents,
    which cannot follow an antagonism below the single agent; synergyfinder 3 fixes the lower end at the
    measured single agent and searches downhill from one start.

    Parameters
    ----------
    inhibition : ndarray, shape (n_draws, n_1, n_2)
        First row and column hold the single agents.

    Returns
    -------
    ndarray, shape (n_draws, n_1, n_2)
        NaN in the row and column of the single agents.
    """
    along_1 = conditional_curves(np.swapaxes(inhibition, 1, 2), two.predict(doses_2), doses_1)
    along_2 = conditional_curves(inhibition, one.predict(doses_1), doses_2)
    n_draws, n_1, n_2 = inhibition.shape
    fitted = np.full(inhibition.shape, np.nan)
    first = along_1.predict(doses_1[1:]).reshape(n_draws, n_2 - 1, n_1 - 1)
    second = along_2.predict(doses_2[1:]).reshape(n_draws, n_1 - 1, n_2 - 1)
    fitted[:, 1:, 1:] = (np.swapaxes(first, 1, 2) + second) / 2
    return fitted


def conditional_curves(inhibition: Array, baseline: Array, doses: Array) -> HillCurves:
    """Curves along the last axis of `inhibition` (n_draws, n_fixed, n_doses) at each fixed dose > 0.

    Returns
    -------
    HillCurves, shape (n_draws · (n_fixed − 1),)
    """
    rows = inhibition[:, 1:, 1:].reshape(-1, len(doses) - 1)
    return fit_from_baseline(doses[1:], rows, baseline[:, 1:].ravel())
