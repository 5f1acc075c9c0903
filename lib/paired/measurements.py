"""Paired change of any measurement, one value a subject and timepoint: area fractions, H-scores, alignments."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from scipy.special import logit

from lib.errors import Fault, InputError
from lib.paired.shifts import adjust_p
from lib.paired.signed_rank import estimate_shift

Scale = Literal["difference", "log2", "logit"]
CLIP = 1e-4
"""Fractions of exactly 0 or 1 are moved inside by this much before their logit is taken."""


def compare_measurements(
    frame: pd.DataFrame,
    values: dict[str, Scale],
    *,
    by: str,
    baseline: str = "pre",
    followup: str = "post",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Hodges–Lehmann shift of each measurement within subjects, exact, one row a measurement and group.

    Several images of a subject and timepoint are averaged first: subjects are n.

    Parameters
    ----------
    frame : DataFrame
        Columns ``subject, timepoint``, `by`, and the measurements.
    values : dict
        Measurement column → scale on which the difference is taken.
    by : str
        Column that tells families of images apart: marker, stain, compartment.
    baseline, followup : str
        The two timepoints compared.
    confidence : float
        Nominal level of the interval.

    Returns
    -------
    DataFrame
        ``measurement``, `by`, ``scale, n_pairs, n_excluded, baseline_median, followup_median, shift, shift_low,
        shift_high, test, p_value, q_value, smallest_p, rank_biserial, fraction_moving, note``; q is Benjamini–Hochberg over
        all rows. Bounds that do not exist are empty and ``note`` says why.

    Raises
    ------
    InputError
        If neither timepoint occurs in the frame.
    """
    there = set(frame["timepoint"])
    if not {baseline, followup} & there:
        raise InputError(
            Fault(f"timepoint must be {baseline} or {followup}", ", ".join(sorted(map(str, there))), "",
                  "Set the parameters baseline and followup to your own words.")
        )  # fmt: skip
    rows = [
        {"measurement": value, by: group, **_compare(part, value, scale, baseline, followup, confidence)}
        for group, part in frame.groupby(by, sort=True)
        for value, scale in values.items()
    ]
    shifts = pd.DataFrame(rows)
    q_value = adjust_p(shifts["p_value"])
    shifts.insert(shifts.columns.get_loc("p_value") + 1, "q_value", q_value)
    return shifts


def pair_measurements(
    frame: pd.DataFrame, value: str, *, baseline: str = "pre", followup: str = "post"
) -> pd.DataFrame:
    """One row a subject with columns ``baseline`` and ``followup``; images of one subject and time averaged."""
    wide = frame.pivot_table(index="subject", columns="timepoint", values=value, aggfunc="mean", dropna=False)
    wide = wide.reindex(columns=[baseline, followup])
    return wide.set_axis(["baseline", "followup"], axis=1).rename_axis(columns=None)


def _compare(
    frame: pd.DataFrame, value: str, scale: Scale, baseline: str, followup: str, confidence: float
) -> dict[str, object]:
    paired = pair_measurements(frame, value, baseline=baseline, followup=followup)
    complete = paired.dropna()
    moved = _on_scale(complete["followup"], scale) - _on_scale(complete["baseline"], scale)
    moved = moved[np.isfinite(moved)]
    found = estimate_shift(moved.to_numpy(), confidence=confidence)
    agree = np.sign(moved) == np.sign(found.shift)
    return {
        "scale": scale, "n_pairs": found.n, "n_excluded": len(paired) - found.n,
        "baseline_median": complete["baseline"].median(), "followup_median": complete["followup"].median(),
        "shift": found.shift, "shift_low": found.low, "shift_high": found.high, "test": found.test,
        "p_value": found.p_value, "smallest_p": found.smallest_p, "rank_biserial": found.rank_biserial,
        "fraction_moving": float(agree.mean()) if found.n else np.nan, "note": found.note,
    }  # fmt: skip


def _on_scale(values: pd.Series, scale: Scale) -> pd.Series:
    if scale == "logit":
        return pd.Series(logit(values.clip(CLIP, 1 - CLIP)), index=values.index)
    if scale == "log2":
        return np.log2(values.where(values > 0))
    return values
