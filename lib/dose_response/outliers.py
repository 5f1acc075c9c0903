"""Wells that lie too far from a robust curve: flagged by a stated rule, listed and drawn, never silently dropped."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import stats

from lib.dose_response.batch import N_PARAMETERS, Batch, BatchFit, ModelName, fit_batch
from lib.dose_response.curves import KEYS, build_batch, select_wells
from lib.dose_response.shape import Array, evaluate_shape, log_concentration
from lib.errors import Fault, InputError

OUTLIER_COLUMNS = [
    "plate", "well", *KEYS, "concentration_uM", "viability", "fitted", "robust_sd", "p_value", "q_value", "fate",
]  # fmt: skip
SHARE_WITHIN_ONE_SD = 0.6827
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
    curve, _ = pd.factorize(pd.MultiIndex.from_frame(used[KEYS].astype(str)))
    batch, _ = build_batch(used.drop(columns="weight", errors="ignore"))
    fitted, scale = _fit_robustly(batch, used, np.asarray(curve), curve_model)
    spare = (batch.n_wells - N_PARAMETERS[curve_model])[curve]
    residual = np.abs(used["viability"].to_numpy(float) - fitted)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = 2 * stats.t.sf(residual / scale[curve], np.maximum(spare, 1))
    p = np.where((spare >= FEWEST_SPARE) & (scale[curve] > 0), p, np.nan)
    q = adjust_within(p, np.asarray(curve))
    frame = pd.DataFrame({"fitted": fitted, "robust_sd": scale[curve], "p_value": p, "q_value": q,
                          "outlier": q < fdr}, index=used.index)  # fmt: skip
    return Outliers(frame, fdr)


def drop_outliers(wells: pd.DataFrame, outliers: Outliers) -> pd.DataFrame:
    """Exclude the flagged wells, with that as the reason."""
    reason = f"outlier at a false discovery rate of {100 * outliers.fdr:g} %"
    return wells.assign(exclude=wells["exclude"].mask(wells.index.isin(outliers.index), reason))


def _fit_robustly(batch: Batch, used: pd.DataFrame, curve: Array, model: ModelName) -> tuple[Array, Array]:
    """Robustly fitted response of each well, and robust SD of each curve."""
    ln = log_concentration(used["concentration_uM"].to_numpy(float))
    response = used["viability"].to_numpy(float)
    # padding stands at the limit of concentration 0, which comes first where it is real
    row = np.argmin(np.abs(batch.ln_concentration[:, curve] - ln), axis=0)
    # medians hold a single bad well out of the start, from where least squares could fail to recover
    median = used.groupby([curve, row])["viability"].transform("median").to_numpy(float)
    weight, fitted, target = np.ones(len(used)), median.copy(), median
    scale = np.full(len(batch.n_wells), np.inf)
    open_curves = np.arange(len(scale))
    for _ in range(ITERATIONS):
        place = np.full(len(scale), -1)
        place[open_curves] = np.arange(len(open_curves))
        at = np.flatnonzero(place[curve] >= 0)
        mine = place[curve[at]]
        fit = _fit_weighted(batch.take(open_curves), target[at], weight[at], row[at], mine, model)
        fitted[at] = _predict(fit, ln[at], mine)
        residual = response[at] - fitted[at]
        previous = scale[open_curves]
        now = _robust_sd(np.abs(residual), mine, batch.n_wells[open_curves], model)
        scale[open_curves] = now
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.nan_to_num(residual / now[mine], nan=0.0, posinf=1e3, neginf=-1e3)
        weight[at] = 1 / (1 + np.clip(ratio, -1e3, 1e3) ** 2)
        target, open_curves = response, open_curves[~(np.abs(now - previous) <= SETTLED * now)]
        if not len(open_curves):
            break
    return fitted, scale


def _fit_weighted(
    batch: Batch, response: Array, weight: Array, row: Array, curve: Array, model: ModelName
) -> BatchFit:
    shape = batch.mean.shape
    slot = np.ravel_multi_index((row, curve), shape)
    total = np.bincount(slot, weight, batch.mean.size)
    mean = np.bincount(slot, weight * response, batch.mean.size) / np.where(total > 0, total, 1.0)
    weighted = replace(
        batch, mean=mean.reshape(shape), weight=total.reshape(shape), pure_error=np.zeros(shape[1])
    )
    with np.errstate(all="ignore"):
        return fit_batch(weighted, model=model, method="wald", level=None)


def _predict(fit: BatchFit, ln_concentration: Array, curve: Array) -> Array:
    theta = np.array([fit.log10_ic50, np.log(fit.hill), np.log(fit.asymmetry)])
    theta = theta[:2] if np.all(fit.asymmetry == 1) else theta
    shape = evaluate_shape(ln_concentration[None], theta[:, curve], derivatives=False).value[0]
    return np.asarray(fit.bottom[curve] + (fit.top - fit.bottom)[curve] * shape)


def _robust_sd(residual: Array, curve: Array, n: Array, model: ModelName) -> Array:
    percentile = pd.Series(residual).groupby(curve).quantile(SHARE_WITHIN_ONE_SD).to_numpy(float)
    return np.asarray(percentile * n / np.maximum(n - N_PARAMETERS[model], 1))


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
