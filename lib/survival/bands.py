"""Pointwise intervals of a survival probability on five scales."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from scipy.special import ndtri

from lib.errors import Fault, InputError, check_confidence
from lib.survival.subjects import Floats

ConfType = Literal["log", "log-log", "plain", "logit", "arcsin"]


def check_conf_type(conf_type: str) -> str:
    """One of the five interval types, or an error that names them."""
    known = get_args(ConfType)
    if conf_type not in known:
        raise InputError(Fault(f"conf_type must be one of {', '.join(known)}", value=repr(conf_type)))
    return conf_type


def normal_quantile(confidence: float) -> float:
    """Two-sided normal quantile of a confidence level: 1.96 for 0.95."""
    return float(ndtri(1 - (1 - check_confidence(confidence)) / 2))


def estimate_band(
    survival: Floats, relative_error: Floats, z: float, conf_type: str
) -> tuple[Floats, Floats]:
    """Interval g⁻¹(g(S) ± z·SE(g(S))) with g one of log, log(-log), identity, logit, arcsin √.

    Parameters
    ----------
    survival : ndarray, any shape
        Survival probabilities S.
    relative_error : ndarray, same shape
        Standard error of log S (Greenwood), that is SE(S) / S.
    z : float
        Normal quantile.
    conf_type : str
        ``log``, ``log-log``, ``plain``, ``logit`` or ``arcsin``.

    Returns
    -------
    low, high : ndarray, same shape
        NaN where the scale gives no bound: S = 0 on every scale, S = 1 on log-log, logit and arcsin.

    References
    ----------
    Kalbfleisch and Prentice, The Statistical Analysis of Failure Time Data, 2nd ed., 2002, section 1.4.
    """
    s = np.where(survival > 0, survival, np.nan)
    se = np.where(survival > 0, relative_error, np.nan)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return _BANDS[check_conf_type(conf_type)](s, z * se)


def _plain(s: Floats, width: Floats) -> tuple[Floats, Floats]:
    return np.maximum(s - s * width, 0.0), np.minimum(s + s * width, 1.0)


def _log(s: Floats, width: Floats) -> tuple[Floats, Floats]:
    return s * np.exp(-width), np.minimum(s * np.exp(width), 1.0)


def _log_log(s: Floats, width: Floats) -> tuple[Floats, Floats]:
    inner = np.where(s < 1, s, np.nan)
    hazard = np.log(inner)
    factor = np.exp(-width / hazard)
    return np.exp(hazard * factor), np.exp(hazard / factor)


def _logit(s: Floats, width: Floats) -> tuple[Floats, Floats]:
    inner = np.where(s < 1, s, np.nan)
    odds = (1 - inner) / inner
    factor = np.exp(width / (1 - inner))
    return 1 / (1 + odds * factor), 1 / (1 + odds / factor)


def _arcsin(s: Floats, width: Floats) -> tuple[Floats, Floats]:
    inner = np.where(s < 1, s, np.nan)
    centre, half = np.arcsin(np.sqrt(inner)), 0.5 * width * np.sqrt(inner / (1 - inner))
    return np.sin(np.maximum(centre - half, 0.0)) ** 2, np.sin(np.minimum(centre + half, np.pi / 2)) ** 2


_BANDS = {"plain": _plain, "log": _log, "log-log": _log_log, "logit": _logit, "arcsin": _arcsin}
