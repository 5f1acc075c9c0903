"""Back-calculation: from signals of samples to concentrations with interval and qualifier."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from lib.immunoassay.curves import StandardCurve
from lib.immunoassay.limits import Limits

Array = NDArray[np.float64]
NAMES = ["sample", "subject", "timepoint"]


def estimate_concentrations(
    wells: pd.DataFrame, curve: StandardCurve, limits: Limits, *, confidence: float = 0.95
) -> pd.DataFrame:
    """Concentrations of the samples of one analyte on one plate.

    Replicate wells are averaged on log10 signal. The interval inverts the prediction band: curve error and well
    error together; a bound beyond a plateau does not exist and is empty. Outside [LLOQ, ULOQ] the value is the
    limit with ``<`` or ``>``. Of several dilutions the smallest one within range is reported. All times dilution.

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
        ``sample, subject, timepoint, concentration_pg_ml, low, high, qualifier, cv_percent, n_wells, dilution``.
    """
    wells = wells.dropna(subset=["signal"])
    if wells.empty or not np.isfinite([limits.lloq, limits.uloq]).all():
        return pd.DataFrame(
            columns=[
                *NAMES,
                "concentration_pg_ml",
                "low",
                "high",
                "qualifier",
                "cv_percent",
                "n_wells",
                "dilution",
            ]
        )
    logs = np.log10(wells.signal.clip(lower=1e-6))
    back = 10 ** pd.Series(curve.invert(logs.to_numpy()), index=wells.index)
    keys = [*NAMES, "dilution"]
    groups = wells.assign(y=logs, back=back).groupby(keys, dropna=False, sort=False)
    means = groups.agg(
        y=("y", "mean"), n_wells=("y", "size"), mean=("back", "mean"), sd=("back", "std")
    ).reset_index()
    means["cv_percent"] = (100 * means.sd / means["mean"]).where(
        np.isfinite(means["mean"]) & (means["mean"] > 0)
    )
    means = _with_interval(means, curve, limits, confidence)
    return _one_dilution(means)[
        [*NAMES, "concentration_pg_ml", "low", "high", "qualifier", "cv_percent", "n_wells", "dilution"]
    ]


def _with_interval(
    means: pd.DataFrame, curve: StandardCurve, limits: Limits, confidence: float
) -> pd.DataFrame:
    y, n = means.y.to_numpy(), means.n_wells.to_numpy(float)
    x = curve.invert(y)
    inside = np.clip(x, np.log10(limits.lloq), np.log10(limits.uloq))
    reach = stats.t.ppf((1 + confidence) / 2, curve.df) * curve.error_y(inside, n_wells=n)
    low, high = 10 ** curve.invert(y - reach), 10 ** curve.invert(y + reach)
    qualifier = np.where(x < np.log10(limits.lloq), "<", np.where(x > np.log10(limits.uloq), ">", "="))
    value = np.select([qualifier == "<", qualifier == ">"], [limits.lloq, limits.uloq], 10**x)
    low = np.select(
        [qualifier == "<", qualifier == ">"], [np.nan, limits.uloq], np.where(low > 0, low, np.nan)
    )
    high = np.select(
        [qualifier == "<", qualifier == ">"], [limits.lloq, np.nan], np.where(np.isfinite(high), high, np.nan)
    )
    times = means.dilution.to_numpy(float)
    return means.assign(concentration_pg_ml=value * times, low=low * times, high=high * times, qualifier=qualifier,
                        cv_percent=means.cv_percent.where(qualifier == "="))  # fmt: skip


def _one_dilution(means: pd.DataFrame) -> pd.DataFrame:
    """Within range before beyond it; then the least diluted for values too low, the most diluted for too high."""
    above = means.qualifier == ">"
    order = means.assign(outside=means.qualifier != "=", by=np.where(above, -means.dilution, means.dilution))
    order = order.sort_values(["outside", "by"], kind="stable")
    return order.drop_duplicates(NAMES).sort_index()
