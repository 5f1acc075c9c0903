"""Back-calculation: from signals of samples to concentrations with interval and qualifier."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from lib.immunoassay.curves import StandardCurve
from lib.immunoassay.limits import Limits
from lib.immunoassay.readings import WELLS_CONFIDENCE

Array = NDArray[np.float64]
NAMES = ["sample", "subject", "timepoint"]
COLUMNS = [
    *NAMES,
    "concentration_pg_ml",
    "low",
    "high",
    "qualifier",
    "cv_percent",
    "n_wells",
    "dilution",
    "error",
    "excess",
]


def estimate_concentrations(
    wells: pd.DataFrame, curve: StandardCurve, limits: Limits, *, confidence: float = 0.95
) -> pd.DataFrame:
    """Concentrations of the samples of one analyte on one plate, every dilution in a row of its own.

    Replicate wells are averaged on log10 signal. The interval inverts the prediction band: curve error and
    well error together; a bound beyond a plateau does not exist and is empty. Outside [LLOQ, ULOQ] the value
    is the limit with ``<`` or ``>``. All times dilution.

    Parameters
    ----------
    wells : DataFrame
        ``sample, subject, timepoint, dilution, signal`` of sample wells; missing signals are left out.
    curve : StandardCurve
    limits : Limits
    confidence : float

    Returns
    -------
    DataFrame
        ``sample, subject, timepoint, concentration_pg_ml, low, high, qualifier, cv_percent, n_wells,
        dilution`` and, for `judge_readings`, ``error, excess``. Where the curve has no range every
        `qualifier` is ``no range``.
    """
    wells = wells.dropna(subset=["signal"])
    if wells.empty:
        return pd.DataFrame(columns=COLUMNS)
    logs = np.log10(wells.signal.clip(lower=1e-6))
    back = curve.invert(logs.to_numpy())
    groups = wells.assign(y=logs, x=np.where(np.isfinite(back), back, np.nan), back=10**back).groupby(
        [*NAMES, "dilution"], dropna=False, sort=False
    )
    means = groups.agg(
        y=("y", "mean"),
        n_wells=("y", "size"),
        mean=("back", "mean"),
        sd=("back", "std"),
        n_finite=("x", "count"),
        spread=("x", "var"),
    ).reset_index()
    means["cv_percent"] = (100 * means.sd / means["mean"]).where(
        np.isfinite(means["mean"]) & (means["mean"] > 0)
    )
    if not np.isfinite([limits.lloq, limits.uloq]).all():
        return means.assign(qualifier="no range", cv_percent=np.nan).reindex(columns=COLUMNS)
    return _with_interval(means, curve, limits, confidence)[COLUMNS]


def _with_interval(
    means: pd.DataFrame, curve: StandardCurve, limits: Limits, confidence: float
) -> pd.DataFrame:
    y, n = means.y.to_numpy(), means.n_wells.to_numpy(float)
    x = curve.invert(y)
    inside = np.clip(x, np.log10(limits.lloq), np.log10(limits.uloq))
    ends = stats.t.interval(confidence, curve.df, y, curve.error_y(inside, n_wells=n))
    low, high = (10 ** curve.invert(end) for end in ends)
    qualifier = np.where(x < np.log10(limits.lloq), "<", np.where(x > np.log10(limits.uloq), ">", "="))
    value = np.select([qualifier == "<", qualifier == ">"], [limits.lloq, limits.uloq], 10**x)
    low = np.select(
        [qualifier == "<", qualifier == ">"], [np.nan, limits.uloq], np.where(low > 0, low, np.nan)
    )
    high = np.select(
        [qualifier == "<", qualifier == ">"], [limits.lloq, np.nan], np.where(np.isfinite(high), high, np.nan)
    )
    times = means.dilution.to_numpy(float)
    return means.assign(
        concentration_pg_ml=value * times,
        low=low * times,
        high=high * times,
        qualifier=qualifier,
        cv_percent=means.cv_percent.where(qualifier == "="),
        error=curve.error_x(inside, n_wells=n),
        excess=_excess(means, curve, inside),
    )


def _excess(means: pd.DataFrame, curve: StandardCurve, x: Array) -> Array:
    """Chi-square of the wells' spread over the error of a well there, in units of its critical value."""
    df = (means.n_finite.to_numpy() - 1).clip(1)
    with np.errstate(divide="ignore"):
        well = curve.residual_sd / np.abs(curve.slope(x))
    chi2 = np.nan_to_num(means.spread.to_numpy(float)) * df / well**2
    found: Array = chi2 / stats.chi2.ppf(WELLS_CONFIDENCE, df)
    return found
