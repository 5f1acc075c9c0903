"""Cox's proportional-hazards model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from lib.errors import Fault, InputError, name_rows
from lib.survival.bands import normal_quantile
from lib.survival.risk_sets import RiskSets, order_risk_sets, partial_likelihood
from lib.survival.subjects import Floats, check_labels, check_times

Ties = Literal["efron", "breslow"]

MAX_STEPS = 50
STEP_TOLERANCE = 1e-12
Wald = tuple[Floats, Floats, Floats, Floats, Floats, Floats]

SLACK = 1e-13
"""Fall of the likelihood, relative, that is rounding and not an overshoot."""

FADED = 1e-8
"""Information left at the end, of that at the start, below which a coefficient was running to infinity."""

COLLINEAR = 1e-10
"""Information an event, in units of standardised covariates, that counts as none."""

LEAVE_OUT = "Leave the subjects without it out, and count them."

INFINITE_LOG_RATIO = 15.0
"""A log hazard ratio per standard deviation beyond which the likelihood has no maximum in practice."""


@dataclass(frozen=True)
class CoxFit:
    """A fitted model; (p,) arrays over the covariates.

    Attributes
    ----------
    names : tuple of str
    log_hazard_ratio, std_error, hazard_ratio, low, high, p_value : ndarray
        Per unit of each covariate, with Wald's interval and test; NaN where `status` says why.
    covariance : ndarray, (p, p)
        Of the log hazard ratios.
    log_likelihood : float
    score_chi2 : float
        Score test of all coefficients; finite even where a coefficient runs to infinity.
    ties : str
    n, n_events, n_strata : int
    confidence : float
    status : {"ok", "monotone", "no events", "collinear"}
    advice : str
    """

    names: tuple[str, ...]
    log_hazard_ratio: Floats
    std_error: Floats
    hazard_ratio: Floats
    low: Floats
    high: Floats
    p_value: Floats
    covariance: Floats
    log_likelihood: float
    score_chi2: float
    ties: str
    n: int
    n_events: int
    n_strata: int
    confidence: float
    status: str
    advice: str
    risk_sets: RiskSets = field(repr=False)

    def to_frame(self) -> pd.DataFrame:
        """One row a covariate."""
        names = ["log_hazard_ratio", "std_error", "hazard_ratio", "low", "high", "p_value"]
        frame = pd.DataFrame({"covariate": self.names, **{name: getattr(self, name) for name in names}})
        return frame.assign(ties=self.ties, n=self.n, events=self.n_events, status=self.status)


def fit_cox(
    time: ArrayLike,
    event: ArrayLike,
    covariates: ArrayLike | pd.DataFrame,
    *,
    strata: ArrayLike | None = None,
    ties: Ties = "efron",
    confidence: float = 0.95,
    names: Sequence[str] | None = None,
) -> CoxFit:
    """Maximise the partial likelihood of h(t | x) = h₀(t) exp(x'β), by Newton's method.

    ℓ(β) = Σ_events [x'β − log(Σ_{at risk} e^{x'β} − (l/d) Σ_{tied events} e^{x'β})], l = 0 … d − 1 (Efron),
    or l = 0 throughout (Breslow); strata each have an h₀ of their own.

    Parameters
    ----------
    time, event : array_like, (n,)
    covariates : array_like, (n,) or (n, p), or DataFrame
        Numbers; code a group as 0 / 1.
    strata : array_like, (n,), optional
        Labels with a baseline hazard of their own.
    ties : {"efron", "breslow"}
    confidence : float
    names : sequence of str, optional
        Of the covariates; default the frame's columns or ``x1, x2, …``.

    Returns
    -------
    CoxFit

    Raises
    ------
    InputError
        For unusable times, events, labels or covariates, or an unknown rule for ties.

    Notes
    -----
    Assumes hazards that stay proportional over time (`check_proportional_hazards`) and censoring that tells
    nothing of the outlook. Wald's interval needs events: with fewer than about ten per covariate read it as
    rough.

    References
    ----------
    Efron, J Am Stat Assoc 1977;72:557. Therneau and Grambsch, Modeling Survival Data, 2000.
    """
    if ties not in ("efron", "breslow"):
        raise InputError(Fault("ties must be efron or breslow", value=repr(ties)))
    times, happened = check_times(time, event)
    x, labels = _check_covariates(covariates, times.size, names)
    stratum = _stratum(strata, times.size)
    sets = order_risk_sets(times, happened, x, stratum, ties)
    beta, null, best = _newton(sets)
    status, advice = _status(sets, beta, null[2], best[2], labels)
    covariance = _invert(best[2]) / np.outer(sets.scale, sets.scale)
    score_chi2 = float(null[1] @ _invert(null[2]) @ null[1])
    n_strata = int(np.unique(stratum).size)
    b, error, ratio, low, high, p_value = _wald(
        beta / sets.scale, covariance, normal_quantile(confidence), status
    )
    return CoxFit(
        labels,
        b,
        error,
        ratio,
        low,
        high,
        p_value,
        covariance,
        best[0],
        score_chi2,
        ties,
        times.size,
        int(happened.sum()),
        n_strata,
        confidence,
        status,
        advice,
        sets,
    )


def _check_covariates(
    covariates: ArrayLike | pd.DataFrame, n: int, names: Sequence[str] | None
) -> tuple[Floats, tuple[str, ...]]:
    if isinstance(covariates, pd.DataFrame) and names is None:
        names = [str(column) for column in covariates.columns]
    x = np.asarray(covariates, dtype=np.float64)
    x = x[:, None] if x.ndim == 1 else x
    if x.shape[0] != n:
        raise InputError(Fault("covariates must hold one row a subject", value=f"{x.shape[0]} rows for {n}"))
    labels = tuple(names) if names is not None else tuple(f"x{i + 1}" for i in range(x.shape[1]))
    if len(labels) != x.shape[1]:
        raise InputError(Fault("names must hold one a covariate", value=f"{len(labels)} for {x.shape[1]}"))
    faults = [
        Fault(
            f"covariate {label} must be a number",
            value=f"{column[bad[0]]:g}",
            where=name_rows(bad.tolist()),
            remedy=LEAVE_OUT,
        )
        for label, column in zip(labels, x.T, strict=True)
        if (bad := np.flatnonzero(~np.isfinite(column))).size
    ]
    if faults:
        raise InputError(faults)
    return x, labels


def _stratum(strata: ArrayLike | None, n: int) -> NDArray[np.intp]:
    if strata is None:
        return np.zeros(n, dtype=np.intp)
    return np.unique(check_labels(strata, n, "strata").astype(str), return_inverse=True)[1]


def _newton(sets: RiskSets) -> tuple[Floats, tuple[float, Floats, Floats], tuple[float, Floats, Floats]]:
    """Maximum of the likelihood, by Newton steps halved where they overshoot."""
    beta = np.zeros(sets.x.shape[1])
    null = current = partial_likelihood(sets, beta)
    for _ in range(MAX_STEPS):
        step = _invert(current[2]) @ current[1]
        if np.max(np.abs(step), initial=0.0) < STEP_TOLERANCE or np.max(np.abs(beta)) > INFINITE_LOG_RATIO:
            break
        proposal = partial_likelihood(sets, beta + step)
        while (
            not proposal[0] >= current[0] - SLACK * abs(current[0]) and np.max(np.abs(step)) > STEP_TOLERANCE
        ):
            step = step / 2
            proposal = partial_likelihood(sets, beta + step)
        beta, current = beta + step, proposal
    return beta, null, current


def _status(
    sets: RiskSets, beta: Floats, null_information: Floats, information: Floats, names: tuple[str, ...]
) -> tuple[str, str]:
    if not sets.dead.size:
        return "no events", "No event was observed; hazards cannot be compared."
    if np.linalg.matrix_rank(null_information, tol=COLLINEAR * sets.dead.size, hermitian=True) < beta.size:
        return (
            "collinear",
            "A covariate is constant, or others determine it, among those at risk; leave it out.",
        )
    gone = (np.abs(beta) > INFINITE_LOG_RATIO) | (np.diag(information) < FADED * np.diag(null_information))
    runaway = [name for name, far in zip(names, gone, strict=True) if far]
    if runaway:
        advice = "has no finite hazard ratio: every event falls on one side; read the score or log-rank test."
        return "monotone", f"{', '.join(runaway)} {advice}"
    return "ok", ""


def _invert(information: Floats) -> Floats:
    return np.asarray(np.linalg.pinv(information, rcond=1e-13, hermitian=True), dtype=np.float64)


def _wald(beta: Floats, covariance: Floats, z: float, status: str) -> Wald:
    """Log hazard ratio, its error, hazard ratio, bounds and p-value; all NaN without a maximum."""
    if status != "ok":
        beta = np.full(beta.size, np.nan)
    error = np.sqrt(np.maximum(np.diag(covariance), 0)) + 0 * beta
    p_value = 2 * ndtr(-np.abs(beta / error))
    return beta, error, np.exp(beta), np.exp(beta - z * error), np.exp(beta + z * error), p_value
