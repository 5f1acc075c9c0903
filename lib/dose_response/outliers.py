"""Wells that lie too far from a robust curve: flagged by a stated rule, listed and drawn, never silently dropped."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from lib import stats
from lib.dose_response.batch import N_PARAMETERS, ModelName
from lib.dose_response.curves import KEYS, build_batch, locate_wells, select_wells
from lib.dose_response.robust import reweight_until_settled
from lib.dose_response.shape import Array
from lib.errors import Fault, InputError

OUTLIER_COLUMNS = [
    "plate", "well", *KEYS, "concentration_uM", "viability", "fitted", "robust_sd", "p_value", "q_value", "fate",
]  # fmt: skip
ITERATIONS, SETTLED = 20, 1e-3
FEWEST_SPARE = 4
"""Wells beyond the number of parameters: with fewer, a robust SD says nothing and no well is tested."""


@dataclass(frozen=True)
class Outliers:
    """Tests of all wells that were fitted; index of `frame` is that of the wells.

    `frame` holds ``fitted, robust_sd, p_value, q_value, outlier``; wells of curves with too few spare wells have
    no p. `fdr` is the false discovery rate within a curve.
    """

    frame: pd.DataFrame
    fdr: float

    @property
    def index(self) -> pd.Index:
        """Index labels of the flagged wells."""
        return self.frame.index[self.frame["outlier"]]

    @property
    def n_tested(self) -> int:
        """Number of wells with a test."""
        return int(self.frame["p_value"].notna().sum())

    def to_frame(self, wells: pd.DataFrame, *, dropped: bool = False) -> pd.DataFrame:
        """One row a flagged well, most extreme first, with what became of it."""
        found = wells.loc[self.index].join(self.frame.drop(columns="outlier")).sort_values("p_value")
        fate = "left out of the fit" if dropped else "kept in the fit"
        return found.assign(fate=fate).reindex(columns=OUTLIER_COLUMNS).reset_index(drop=True)


def flag_outliers(wells: pd.DataFrame, *, fdr: float = 0.01, model: str = "4pl") -> Outliers:
    """Flag wells that a robust curve through their like cannot explain.

    A curve is fitted with Lorentzian weights ``1 / (1 + (r / s)**2)``, recomputed until the robust SD ``s`` settles:
    ``s`` is the 68.27th percentile of the absolute residuals times ``n / (n - p)``. Each residual then has a
    two-sided p from t with ``n - p`` degrees of freedom, and the p of a curve are held to the false discovery rate
    by Benjamini and Hochberg. Assumes the same scatter at all concentrations.

    Parameters
    ----------
    wells : DataFrame
        As for `fit_curves`; only used sample wells are tested.
    fdr : float
        In [0, 1); 0 flags nothing.
    model : str
        Of the robust curve; ``auto`` takes the 4pl.

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
        raise InputError(Fault("outlier_fdr must be in [0, 1)", f"{fdr:g}"))
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
    frame = pd.DataFrame({"fitted": fitted, "robust_sd": scale[curve], "p_value": p, "q_value": q,
                          "outlier": q < fdr}, index=used.index)  # fmt: skip
    return Outliers(frame, fdr)


def drop_outliers(wells: pd.DataFrame, outliers: Outliers) -> pd.DataFrame:
    """Exclude the flagged wells, with that as the reason."""
    reason = f"outlier at a false discovery rate of {100 * outliers.fdr:g} %"
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
