"""Wells that lie too far from a robust curve: flagged by a stated rule, listed and drawn, never silently
dropped."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import pandas as pd

from lib import stats
from lib.door import expose
from lib.dose_response.robust import reweight_until_settled
from lib.dose_response.shape import N_PARAMETERS, Array, ModelName
from lib.dose_response.wells import KEYS, build_batch, locate_wells, select_wells
from lib.errors import Fault, InputError
from lib.result import Result

OUTLIER_COLUMNS = [
    "plate",
    "well",
    *KEYS,
    "concentration_uM",
    "viability",
    "fitted",
    "robust_sd",
    "p_value",
    "q_value",
    "fate",
]
TEST_COLUMNS = ["fitted", "robust_sd", "p_value", "q_value", "outlier"]
ITERATIONS, SETTLED = 20, 1e-3
FEWEST_SPARE = 4
"""Wells beyond the number of parameters: with fewer, a robust SD says nothing and no well is tested."""


@dataclass(frozen=True, repr=False, eq=False)
class Outliers(Result):
    """Flagged wells, most extreme first, with what becomes of them; `settings` hold ``fdr`` and ``drop``.

    `tests` has a row for each well that was fitted, index that of the wells:
    ``fitted, robust_sd, p_value, q_value, outlier``; wells of curves with too few spare wells have no p.
    `labels` are those of the flagged wells in that index, in the order of the rows.
    """

    tests: pd.DataFrame = field(default_factory=pd.DataFrame)
    labels: tuple[Hashable, ...] = ()

    COLUMNS: ClassVar[tuple[str, ...]] = tuple(OUTLIER_COLUMNS)
    ALIGNED: ClassVar[tuple[str, ...]] = ("labels",)

    @property
    def index(self) -> pd.Index:
        """Index labels of the flagged wells."""
        return pd.Index(self.labels)

    @property
    def n_tested(self) -> int:
        """Number of wells with a test."""
        return int(self.tests["p_value"].notna().sum())


def flag_outliers(
    wells: pd.DataFrame, *, fdr: float = 0.01, model: str = "4pl", drop: bool = False
) -> Outliers:
    """Flag wells that a robust curve through their like cannot explain.

    A curve is fitted with Lorentzian weights ``1 / (1 + (r / s)**2)``, recomputed until the robust SD ``s``
    settles: ``s`` is the 68.27th percentile of the absolute residuals times ``n / (n - p)``. Each residual
    then has a two-sided p from t with ``n - p`` degrees of freedom, and the p of a curve are held to the
    false discovery rate by Benjamini and Hochberg. Assumes the same scatter at all concentrations.

    Parameters
    ----------
    wells : DataFrame
        As for `fit_curves`; only used sample wells are tested.
    fdr : float
        In [0, 1); 0 flags nothing.
    model : str
        Of the robust curve; ``auto`` takes the 4pl.
    drop : bool
        Whether `drop_outliers` shall leave them out of the fit.

    Raises
    ------
    InputError
        For an fdr outside [0, 1), or if no well can be used.

    References
    ----------
    Motulsky HJ, Brown RE. Detecting outliers when fitting data with nonlinear regression. BMC Bioinformatics
    2006;7:123.
    """
    if not 0 <= fdr < 1:
        raise InputError(Fault("outlier_fdr must be in [0, 1)", value=f"{fdr:g}"))
    settings = {"fdr": fdr, "drop": drop}
    if fdr == 0:
        none = pd.DataFrame(columns=TEST_COLUMNS).astype({"outlier": bool})
        return Outliers(pd.DataFrame(columns=OUTLIER_COLUMNS), settings, none)
    curve_model: ModelName = "3pl" if model == "3pl" else "5pl" if model == "5pl" else "4pl"
    used = select_wells(wells)
    batch, _ = build_batch(used)
    placed = locate_wells(batch, used)
    found = reweight_until_settled(
        batch, placed, _lorentz, model=curve_model, settled=SETTLED, iterations=ITERATIONS
    )
    curve, fitted, scale = placed.curve, found.fitted, found.sd
    spare = (batch.n_wells - N_PARAMETERS[curve_model])[curve]
    residual = np.abs(placed.response - fitted)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = 2 * stats.t.sf(residual / scale[curve], np.maximum(spare, 1))
    p = np.where((spare >= FEWEST_SPARE) & (scale[curve] > 0), p, np.nan)
    q = adjust_within(p, curve)
    values = (fitted, scale[curve], p, q, q < fdr)
    tests = pd.DataFrame(dict(zip(TEST_COLUMNS, values, strict=True)), index=used.index)
    flagged = _list_flagged(wells, tests, drop)
    return Outliers(flagged.reset_index(drop=True), settings, tests, tuple(flagged.index))


def _list_flagged(wells: pd.DataFrame, tests: pd.DataFrame, drop: bool) -> pd.DataFrame:
    """The flagged wells, most extreme first, by their own index."""
    flagged = tests[tests["outlier"]].drop(columns="outlier")
    found = wells.loc[flagged.index].join(flagged).sort_values("p_value")
    fate = "left out of the fit" if drop else "kept in the fit"
    return found.assign(fate=fate).reindex(columns=OUTLIER_COLUMNS)


def drop_outliers(wells: pd.DataFrame, outliers: Outliers) -> pd.DataFrame:
    """Exclude the flagged wells, with that as the reason, if they were flagged to be dropped."""
    if not outliers.settings["drop"]:
        return wells
    reason = f"outlier at a false discovery rate of {100 * outliers.settings['fdr']:g} %"
    return wells.assign(exclude=wells["exclude"].mask(wells.index.isin(outliers.index), reason))


def _lorentz(u: Array) -> Array:
    return 1 / (1 + u**2)


def adjust_within(p: Array, group: Array) -> Array:
    """Benjamini-Hochberg q within each group, (n,); NaN stays and does not count."""
    q = np.full(len(p), np.nan)
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.lexsort((p[known], group[known]))]
    owner = group[order]
    size = np.bincount(owner, minlength=int(group.max()) + 1)[owner] if len(order) else owner
    rank = np.arange(len(owner)) - np.searchsorted(owner, owner) + 1
    raw = pd.Series(p[order] * size / rank)[::-1]
    q[order] = raw.groupby(owner[::-1]).cummin()[::-1].clip(upper=1.0).to_numpy()
    return q


__dir__ = expose(globals())
