"""Do hazards stay proportional over time?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from lib.survival.cox import CoxFit
from lib.survival.kaplan_meier import fit_kaplan_meier
from lib.survival.risk_sets import RiskSets
from lib.survival.subjects import Floats


@dataclass(frozen=True)
class ProportionalHazards:
    """Score tests of β(t) = β + θ g(t) against θ = 0.

    Attributes
    ----------
    names : tuple of str
    chi2, p_value : ndarray, (p,)
        One degree of freedom each; NaN where `status` is not ``ok``.
    global_chi2, global_p : float
        All covariates together, p degrees of freedom.
    status : str
    """

    names: tuple[str, ...]
    chi2: Floats
    p_value: Floats
    global_chi2: float
    global_p: float
    status: str

    def to_frame(self) -> pd.DataFrame:
        """One row a covariate, and one for all together."""
        return pd.DataFrame(
            {
                "covariate": [*self.names, "all"],
                "chi2": [*self.chi2, self.global_chi2],
                "df": [1] * len(self.names) + [len(self.names)],
                "p_value": [*self.p_value, self.global_p],
                "status": self.status,
            }
        )


def check_proportional_hazards(fit: CoxFit) -> ProportionalHazards:
    """Score test that a Cox model's hazard ratios do not change over time.

    With Schoenfeld residuals r_k and the covariance V_k of the covariates in the risk set of event k, and
    g_k = 1 − S(t_k−) of the pooled Kaplan–Meier curve (R's default): u = Σ g_k r_k, and
    χ² = u_j² / [(I₂₂ − I₂₁ I₁₁⁻¹ I₁₂)_jj], with I₁₁ = Σ V_k, I₁₂ = Σ g_k V_k, I₂₂ = Σ g_k² V_k.

    Parameters
    ----------
    fit : CoxFit

    Returns
    -------
    ProportionalHazards
        `status` is the fit's where there is no fit to test, ``too few events`` below two distinct times.

    Notes
    -----
    A large p-value does not show proportionality: with few events the test sees little. Look at the plot.

    References
    ----------
    Grambsch and Therneau, Biometrika 1994;81:515; as the score test of R survival 3, `cox.zph`.
    """
    sets, p = fit.risk_sets, len(fit.names)
    at = sets.time[sets.dead]
    if fit.status != "ok" or np.unique(at).size < 2:
        status = fit.status if fit.status != "ok" else "too few events"
        nothing = np.full(p, np.nan)
        return ProportionalHazards(fit.names, nothing, nothing, np.nan, np.nan, status)
    beta = fit.log_hazard_ratio * sets.scale
    residuals, spread = _schoenfeld(sets, beta)
    g = _transformed(sets)
    u, information = g @ residuals, _adjusted_information(g, spread)
    chi2 = u**2 / np.diag(information)
    overall = float(u @ np.linalg.solve(information, u))
    return ProportionalHazards(fit.names, chi2, chdtrc(1, chi2), overall, float(chdtrc(p, overall)), "ok")


def _schoenfeld(sets: RiskSets, beta: Floats) -> tuple[Floats, Floats]:
    """Residuals (n_events, p) and risk-set covariances (n_events, p, p), of standardised covariates."""
    p = sets.x.shape[1]
    weight = np.exp(sets.x @ beta)
    products = (sets.x[:, :, None] * sets.x[:, None, :]).reshape(-1, p * p)
    columns = np.column_stack([weight, sets.x * weight[:, None], products * weight[:, None]])
    suffix = np.vstack([np.cumsum(columns[::-1], axis=0)[::-1], np.zeros(columns.shape[1])])
    total = suffix[sets.first[sets.dead]] - suffix[sets.end[sets.dead]]
    tied = np.zeros((sets.tie.max() + 1, columns.shape[1]))
    np.add.at(tied, sets.tie, columns[sets.dead])
    total -= sets.share[:, None] * tied[sets.tie]
    means = total[:, 1 : p + 1] / total[:, :1]
    second = (total[:, p + 1 :] / total[:, :1]).reshape(-1, p, p)
    return sets.x[sets.dead] - means, second - means[:, :, None] * means[:, None, :]


def _adjusted_information(g: Floats, spread: Floats) -> Floats:
    """Information on θ after β was estimated, (p, p)."""
    whole = spread.sum(axis=0)
    cross = np.tensordot(g, spread, axes=1)
    return np.asarray(np.tensordot(g**2, spread, axes=1) - cross @ np.linalg.solve(whole, cross))


def _transformed(sets: RiskSets) -> Floats:
    curve = fit_kaplan_meier(sets.time, sets.event)
    before = np.searchsorted(curve.time, sets.time[sets.dead], side="left")
    g = 1 - np.concatenate([[1.0], curve.survival])[before]
    return np.asarray(g - g.mean())
