"""Pairs of which one time point is 0 or 100 %: their odds ratio has a bound and no number."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import logit

from lib.paired.signed_rank import SignedRank, estimate_shift, shift_between
from lib.proportions import rate_interval

Floats = NDArray[np.float64]

ABOVE_NOTHING = 1e-300
"""Least of a difference of which the sign is known and not the size; averages of it stay above 0."""

NO_CELL, ALL_CELLS = "0 % at both time points", "100 % at both time points"
OK, BOUNDED, NO_PAIRS = "ok", "bounded", "no pairs"
ABSENT_BEFORE, ABSENT_AFTER, ABSENT = "absent at baseline", "absent at follow-up", "absent at both"
FULL = "100 % at both"


def open_ends(pairs: pd.DataFrame, *, confidence: float = 0.95) -> pd.DataFrame:
    """Add ``difference``, and what it is at least and at most: ``difference_low, difference_high``.

    A percentage of 0 or 100 has no logit and does not say how many cells it rests on: the difference to it
    has a sign and no size, ±inf. Counts have the half count of :func:`~lib.paired.logits.empirical_logits`,
    unless so many pairs have no cell at one of the time points that the population's estimate would hang on
    it: then the half count would be the answer, and what is known is the difference to the limit that
    `count_ends` gives.

    Parameters
    ----------
    pairs : DataFrame
        ``population, used`` and, for both sides, ``count, parent`` (NaN of percentages), ``percent, logit``.
    """
    plain = (pairs["followup_logit"] - pairs["baseline_logit"]).to_numpy(float)
    rise = (pairs["followup_percent"] - pairs["baseline_percent"]).to_numpy(float)
    of_percents = at_an_end(pairs) & pairs[["baseline_count", "followup_count"]].isna().any(axis=1).to_numpy()
    difference = np.where(of_percents & (rise != 0), np.copysign(np.inf, rise), plain)
    low, high = known_ends(difference)
    least, most = count_ends(pairs, confidence=confidence)
    known = pairs.assign(least=least, most=most)[pairs["used"]].groupby("population")[["least", "most"]]
    hanging = {name for name, part in known if shift_between(*part.to_numpy(float).T)[1] != "="}
    opened = at_an_end(pairs) & ~of_percents & (rise != 0) & pairs["population"].isin(hanging).to_numpy()
    return pairs.assign(
        difference=np.where(opened, np.copysign(np.inf, rise), difference),
        difference_low=np.where(opened, least, low),
        difference_high=np.where(opened, most, high),
    )


def at_an_end(pairs: pd.DataFrame) -> NDArray[np.bool_]:
    """Pairs of which one time point is 0 or 100 %."""
    found: NDArray[np.bool_] = (
        pairs[["baseline_percent", "followup_percent"]].isin([0.0, 100.0]).any(axis=1).to_numpy()
    )
    return found


def count_ends(pairs: pd.DataFrame, *, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """What each difference of counts is at least and at most, if no half count is taken for a datum.

    No cell (or every cell) of so many bounds the fraction on one side, by Clopper and Pearson's limit. Pairs
    of percentages keep their logits.
    """
    (first, last), (first_after, last_after) = (
        _logit_ends(pairs, side, confidence) for side in ("baseline", "followup")
    )
    return first_after - last, last_after - first


def _logit_ends(pairs: pd.DataFrame, side: str, confidence: float) -> tuple[Floats, Floats]:
    count, parent, value = (pairs[f"{side}_{name}"].to_numpy(float) for name in ("count", "parent", "logit"))
    lower, upper = logit(rate_interval(count, parent, confidence=confidence))
    return (
        np.where(count == 0, -np.inf, np.where(count == parent, lower, value)),
        np.where(count == parent, np.inf, np.where(count == 0, upper, value)),
    )


def known_ends(differences: Floats) -> tuple[Floats, Floats]:
    """What each difference is at least and at most, where ±inf stands for a sign without a size."""
    low = np.where(differences == np.inf, ABOVE_NOTHING, differences)
    return low, np.where(differences == -np.inf, -ABOVE_NOTHING, differences)


def estimate_pairs(pairs: pd.DataFrame, *, confidence: float) -> SignedRank:
    """Hodges–Lehmann over pairs with ``difference``, and ``difference_low, difference_high`` or the ends it
    implies."""
    difference = pairs["difference"].to_numpy(float)
    low, high = known_ends(difference)
    if "difference_low" in pairs:
        low, high = (pairs[f"difference_{end}"].to_numpy(float) for end in ("low", "high"))
    return estimate_shift(difference, low=low, high=high, confidence=confidence)


def without_mark(bound: float) -> float:
    """0 in place of the mark for a sign without a size."""
    return 0.0 if abs(bound) <= ABOVE_NOTHING else bound


def status_of(pairs: pd.DataFrame, result: SignedRank) -> str:
    """What the pairs of one population allow to say; see :func:`~lib.paired.shifts.compare_shifts`."""
    used = pairs[pairs["used"]]
    if used.empty:
        both = pairs[["baseline_percent", "followup_percent"]].notna().all(axis=1)
        return {(NO_CELL,): ABSENT, (ALL_CELLS,): FULL}.get(tuple(pairs["reason"][both].unique()), NO_PAIRS)
    if used["baseline_percent"].eq(0).all():
        return ABSENT_BEFORE
    if used["followup_percent"].eq(0).all():
        return ABSENT_AFTER
    half_open = np.isnan(result.low) != np.isnan(result.high)
    return BOUNDED if half_open or result.qualifier != "=" else OK
