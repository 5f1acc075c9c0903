"""How fast a readout falls once its production is inhibited, and recovers after washout."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from lmfit import Model, Parameters
from lmfit.model import ModelResult
from numpy.typing import ArrayLike, NDArray

from lib.engagement.changes import Changes
from lib.errors import Fault, InputError


@dataclass(frozen=True)
class Turnover:
    """An indirect response: production of the readout is inhibited, its loss is not (Dayneka, Garg & Jusko 1993).

    ``half_life_h`` is how fast the readout falls once production stops, and recovers after washout.
    Intervals are profile likelihoods by lmfit; an open side is NaN and ``note`` says so.
    """

    target: str
    max_inhibition: float
    ic50_uM: float
    half_life_h: float
    half_life_low_h: float
    half_life_high_h: float
    n_points: int
    status: str
    note: str

    def to_frame(self) -> pd.DataFrame:
        """One row, columns named as the fields."""
        return pd.DataFrame([vars(self)])


def predict_turnover(
    time_h: ArrayLike, dose_uM: ArrayLike, washout_h: ArrayLike, ln_k: float, imax: float, ln_ic50: float
) -> NDArray[np.float64]:
    r"""Log2 remaining signal under inhibited production.

    .. math:: R(t) = 1 - E (1 - e^{-kt}), \qquad E = I_{max} C / (IC_{50} + C)

    and after washout at :math:`t_w`: :math:`R(t) = 1 - (1 - R(t_w)) e^{-k (t - t_w)}`.
    """
    time, dose, washout = (np.asarray(a, dtype=float) for a in (time_h, dose_uM, washout_h))
    k, effect = np.exp(ln_k), imax * dose / (np.exp(ln_ic50) + dose)
    exposed = np.where(np.isnan(washout), time, np.minimum(time, washout))
    fallen = effect * -np.expm1(-k * exposed) * np.exp(-k * (time - exposed))
    return np.asarray(np.log2(np.maximum(1 - fallen, 1e-6)))


def fit_turnover(changes: Changes, target: str, *, confidence: float = 0.95) -> Turnover:
    """Fit the turnover of one readout over dose, time and washout.

    Parameters
    ----------
    changes : Changes
        As from :func:`normalise_readouts`; needs at least two doses and three times.

    Raises
    ------
    InputError
        If the target was not measured.
    """
    lanes = changes.lanes[changes.lanes["target"] == target]
    if lanes.empty:
        known = ", ".join(sorted(set(changes.lanes["target"])))
        raise InputError(Fault(f"target must be one of {known}", target))
    lanes = lanes[lanes["dose_uM"] > 0]
    if lanes["time_h"].nunique() < 3 or lanes["dose_uM"].nunique() < 2:
        note = "needs at least two doses and three times"
        return Turnover(target, np.nan, np.nan, np.nan, np.nan, np.nan, len(lanes), "too few times", note)
    washout = lanes["washout_h"] if "washout_h" in lanes else pd.Series(np.nan, index=lanes.index)
    data = {
        "time_h": lanes["time_h"].to_numpy(),
        "dose_uM": lanes["dose_uM"].to_numpy(),
        "washout_h": washout.to_numpy(float),
    }
    model = Model(predict_turnover, independent_vars=list(data))
    fits = [
        model.fit(lanes["log2_fold_change"].to_numpy(), _starts(ln_k, lanes), **data)
        for ln_k in np.log([0.05, 0.3, 2.0])
    ]
    best = min(fits, key=lambda fit: fit.chisqr)
    low, high, note = _profile(best, "ln_k", confidence)
    half = np.log(2) / np.exp(np.array([best.params["ln_k"].value, high, low]))
    return Turnover(
        target, best.params["imax"].value, float(np.exp(best.params["ln_ic50"].value)), float(half[0]), float(half[1]),
        float(half[2]), len(lanes), "ok" if best.success else "failed", note,
    )  # fmt: skip


def _starts(ln_k: float, lanes: pd.DataFrame) -> Parameters:
    doses = lanes["dose_uM"]
    parameters = Parameters()
    parameters.add("ln_k", ln_k, min=np.log(1e-3), max=np.log(1e2))
    parameters.add("imax", 0.8, min=0.0, max=1.0)
    parameters.add(
        "ln_ic50",
        float(np.log(np.median(doses))),
        min=np.log(doses.min() / 100),
        max=np.log(doses.max() * 100),
    )
    return parameters


def _profile(best: ModelResult, name: str, confidence: float) -> tuple[float, float, str]:
    """Profile bounds of one parameter by lmfit; NaN where the profile stays open."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an open side is told in words below
            bounds = best.conf_interval(p_names=[name], sigmas=[confidence])[name]
    except (
        Exception
    ) as error:  # lmfit raises several kinds where a profile is flat: then there is no interval, and why
        return np.nan, np.nan, f"no interval: {str(error).splitlines()[0]}"
    low, high = bounds[0][1], bounds[-1][1]
    ends = (low if np.isfinite(low) else np.nan, high if np.isfinite(high) else np.nan)
    return (*ends, "" if np.isfinite(ends).all() else "one side of the interval stays open")


def gather_turnovers(found: Mapping[str, Turnover]) -> pd.DataFrame:
    """Turnovers as one table, also where there are none."""
    return pd.DataFrame(
        [vars(turnover) for turnover in found.values()], columns=list(Turnover.__dataclass_fields__)
    )
