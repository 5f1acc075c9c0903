"""Whether the response depends on concentration at all: an F test with the degrees of freedom that flat
curves follow.

The question is one of the data and not of the model: it is asked with the best S-shaped curve, falling or
rising. The 4PL and the 5PL fits are such curves. The 3PL is not: with its bottom at 0 it approaches a flat
curve only as IC50 goes to infinity, on one side, and what it then gains depends on how far the level lies
above the noise. For it the least of the 4PL on the grid, `search.least_rss`, stands for the fit: it misses
0.2 % of what the optimum explains of a flat curve, nothing to a test, in a tenth of a fit's time. As every
model then asks the same question, a choice between models (``auto``) does not inflate it.
"""

from __future__ import annotations

import numpy as np

from lib import stats
from lib.dose_response.shape import Array


def no_effect_p(
    rss: Array, flat: Array, n_wells: Array, n_concentrations: Array, n_parameters: int = 4
) -> Array:
    """p of the F test of the best curve against a constant; NaN without spare wells.

    ``F = ((flat - rss) / d) / (rss / (n - 1 - d))`` with ``d = 1.06 + 0.665 ln(number of concentrations)``.

    IC50 and hill mean nothing on a flat curve, so F(3, n - 4) is not its law. With equal errors the share of
    the scatter that the best curve takes is free of level and variance: it is the product of a beta variable
    (what of it lies between concentrations) and of the largest squared cosine between a random direction and
    the curves of the design. Simulated, that cosine follows a beta law with d degrees of freedom closely.

    Parameters
    ----------
    rss, flat : array, (n_curves,)
        Residual sum of squares of the best 4PL or 5PL, or from `least_rss`; and about the mean. Both
        weighted.
    n_wells, n_concentrations : array of int, (n_curves,)
        Concentration 0 counts.
    n_parameters : int
        Of the curve that left `rss`: no test unless there are more wells. 4 with `least_rss`. With 3, `rss`
        is of a 3PL fit and F(2, n - 3) is used, which is conservative: it rejects 0.5 to 3.5 % at a nominal 5
        %.

    Notes
    -----
    Rejections of flat curves at nominal 5 % (12,000 curves a design; 6 to 20 concentrations 2- to 10-fold
    apart, with and without 0, 1 to 8 wells each): 4.4 to 5.7 %, by 4PL, 5PL, 3PL and ``auto`` alike. At
    nominal 10 %: 9.2 to 11.9 %; at 1 %: 0.7 to 1.2 %. Where one concentration has 12 times the wells (or
    weight) of the others, 4.0 to 5.8 %; 50 times, 3.8 to 5.9 %. Errors are taken as independent and normal,
    weights as right.
    """
    d = 2.0 if n_parameters == 3 else 1.06 + 0.665 * np.log(np.maximum(n_concentrations, 2))
    spare = np.maximum(n_wells - 1 - d, 0.1)
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = (flat - rss) / d / (rss / spare)
        p = stats.f.sf(np.where(rss > 0, statistic, np.inf), d, spare)
    return np.asarray(np.where(n_wells > n_parameters, p, np.nan))
