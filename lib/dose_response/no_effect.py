"""Whether a curve shows any effect: the F test against a constant, with the degrees of freedom that flat curves follow."""

from __future__ import annotations

import numpy as np
from scipy import stats

from lib.dose_response.shape import Array


def no_effect_p(rss: Array, flat: Array, n_wells: Array, n_concentrations: Array, n_parameters: int) -> Array:
    """p of the F test of a fitted curve against a constant; NaN without spare wells.

    IC50 and hill mean nothing on a flat curve, so F(3, n - 4) is not the law of the 4PL: it rejects 1.5 to 5 % of
    flat curves at a nominal 5 %, fewer the fewer concentrations. Simulation of flat curves (6 to 20 concentrations,
    1 to 8 wells each, 20,000 curves a design) is matched by F(d, n - 1 - d) with d = 1.06 + 0.665 ln(number of
    concentrations).
    """
    effective = np.where(
        n_parameters == 4, 1.06 + 0.665 * np.log(np.maximum(n_concentrations, 2)), n_parameters - 1.0
    )
    spare = np.maximum(n_wells - 1 - effective, 0.1)
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = (flat - rss) / effective / (rss / spare)
        p = stats.f.sf(np.where(rss > 0, statistic, np.inf), effective, spare)
    return np.asarray(np.where(n_wells > n_parameters, p, np.nan))
