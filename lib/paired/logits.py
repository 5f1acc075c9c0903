"""Fractions of cells on the logit scale, from counts or, less well, from percentages."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lib.errors import Fault, InputError

PERCENT_OFFSET = 0.01
"""Percentage points added to both sides of a percentage, so that 0 and 100 stay finite."""


def empirical_logits(count: ArrayLike, parent_count: ArrayLike) -> NDArray[np.float64]:
    r"""log((count + ½) / (parent − count + ½)), finite at 0 and at all cells; shape as given.

    The half count removes the first-order bias of the logit of a binomial fraction (Haldane 1956, Anscombe
    1956). A missing count or parent gives NaN.

    Raises
    ------
    InputError
        For a negative count, or a count above its parent.
    """
    k, n = (np.asarray(a, dtype=float) for a in (count, parent_count))
    wrong = (k < 0) | (k > n)
    if wrong.any():
        i = tuple(np.argwhere(wrong)[0])
        raise InputError(Fault("count must lie between 0 and its parent", value=f"{k[i]:g} of {n[i]:g}"))
    return np.asarray(np.log((k + 0.5) / (n - k + 0.5)))


def percent_logits(percent: ArrayLike, *, offset: float = PERCENT_OFFSET) -> NDArray[np.float64]:
    """log((p + offset) / (100 − p + offset)) of percentages; shape as given.

    Less preferred: a percentage does not say how many cells it rests on, so nothing can be called below the
    limit of quantification, and the offset, not the count, decides what a percentage near 0 becomes.

    Raises
    ------
    InputError
        For a percentage outside 0 to 100, or an offset that is not positive.
    """
    p = np.asarray(percent, dtype=float)
    if not offset > 0:
        raise InputError(Fault("the offset of a percentage must be > 0", value=f"{offset:g}"))
    wrong = (p < 0) | (p > 100)
    if wrong.any():
        raise InputError(Fault("percent must be from 0 to 100", value=f"{p[wrong].flat[0]:g}"))
    return np.asarray(np.log((p + offset) / (100 - p + offset)))
