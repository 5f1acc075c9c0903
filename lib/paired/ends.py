"""Pairs of which one time point is 0 or 100 %: their odds ratio has a bound and no number."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import logit

from lib.paired.signed_rank import SignedRank, estimate_shift
from lib.proportions import rate_interval

Floats = NDArray[np.float64]

ABOVE_NOTHING = 1e-300
"""Least of a difference of which the sign is known and not the size; averages of it stay above 0."""

NO_CELL, ALL_CELLS = "0 % at both time points", "100 % at both time points"
OK, BOUNDED, NO_PAIRS = "ok", "bounded", "no pairs"
ABSENT_BEFORE, ABSENT_AFTER, ABSENT = "absent at baseline", "absent at follow-up", "absent at both"


def open_ends(pairs: pd.DataFrame, *, confidence: float = 0.95) -> pd.DataFrame:
    """Add ``difference``, and what it is at least and at most: ``difference_low, difference_high``.

    A percentage of 0 or 100 has no logit and does not say how many cells it rests on: the difference to it has a
    sign and no size, ±inf. Counts have the half count of :func:`~lib.paired.logits.empirical_logits`, unless a
    population has no cell at all at one of the time points: then the half count would be the answer, and what is
    known is the difference to the upper limit (Clopper–Pearson) of no cell among so many.

    Parameters
    ----------
    pairs : DataFrame
        ``population, used`` and, for both sides, ``count, parent`` (NaN of percentages), ``percent, logit``.
    """
    plain = (pairs["followup_logit"] - pairs["baseline_logit"]).to_numpy(float)
    rise = (pairs["followup_percent"] - pairs["baseline_percent"]).to_numpy(float)
    counted = pairs[["baseline_count", "followup_count"]].notna().all(axis=1).to_numpy()
    at_end = pairs[["baseline_percent", "followup_percent"]].isin([0.0, 100.0]).any(axis=1).to_numpy()
    before, after = (_is_absent(pairs, side) for side in ("baseline", "followup"))
    of_sign = at_end & ~counted & (rise != 0)
    difference = np.where(of_sign, np.copysign(np.inf, rise), plain)
    low, high = known_ends(difference)
    appears, vanishes = counted & before & ~after, counted & after & ~before
    low = np.where(
        vanishes, -np.inf, np.where(appears, _to_limit(pairs, "followup", "baseline", confidence), low)
    )
    high = np.where(
        appears, np.inf, np.where(vanishes, -_to_limit(pairs, "baseline", "followup", confidence), high)
    )
    difference = np.where(appears, np.inf, np.where(vanishes, -np.inf, difference))
    return pairs.assign(difference=difference, difference_low=low, difference_high=high)


def known_ends(differences: Floats) -> tuple[Floats, Floats]:
    """What each difference is at least and at most, where ±inf stands for a sign without a size."""
    low = np.where(differences == np.inf, ABOVE_NOTHING, differences)
    return low, np.where(differences == -np.inf, -ABOVE_NOTHING, differences)


def estimate_pairs(pairs: pd.DataFrame, *, confidence: float) -> SignedRank:
    """Hodges–Lehmann over pairs with ``difference``, and ``difference_low, difference_high`` or the ends it implies."""
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
        absent = pairs[["baseline_percent", "followup_percent"]].eq(0).all(axis=1).any()
        return ABSENT if absent else FULL if (pairs["reason"] == ALL_CELLS).any() else NO_PAIRS
    if used["baseline_percent"].eq(0).all():
        return ABSENT_BEFORE
    if used["followup_percent"].eq(0).all():
        return ABSENT_AFTER
    half_open = np.isnan(result.low) != np.isnan(result.high)
    return BOUNDED if half_open or result.qualifier != "=" else OK


def _is_absent(pairs: pd.DataFrame, side: str) -> NDArray[np.bool_]:
    """Pairs of populations that have no cell on one side in any pair used."""
    there = pairs[f"{side}_percent"].gt(0) & pairs["used"]
    return ~there.groupby(pairs["population"]).transform("any").to_numpy(bool)


def _to_limit(pairs: pd.DataFrame, there: str, absent: str, confidence: float) -> Floats:
    """Logit of the side that has cells, less that of the upper limit of the side that has none."""
    parent = pairs[f"{absent}_parent"].to_numpy(float)
    _, limit = rate_interval(np.zeros(parent.size), parent, confidence=confidence)
    return np.asarray(pairs[f"{there}_logit"].to_numpy(float) - logit(limit))
