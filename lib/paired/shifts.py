"""Shift of every population between two time points, patients as the unit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from lib.agreement import DIRECTIONS, compare_direction
from lib.paired.directions import expected_directions
from lib.paired.ends import (
    ABSENT,
    ABSENT_AFTER,
    ABSENT_BEFORE,
    BOUNDED,
    FULL,
    OK,
    at_an_end,
    count_ends,
    estimate_pairs,
    status_of,
    without_mark,
)
from lib.paired.logits import PERCENT_OFFSET
from lib.paired.pairing import MIN_EVENTS, Denominator, has_counts, pair_populations
from lib.paired.signed_rank import SignedRank, estimate_shift

NO_DIRECTION = "none"
DENOMINATOR_NAMES = {"parent": "parent", "cd45": "CD45"}


@dataclass(frozen=True)
class Shifts:
    """Shifts of a family of populations under one denominator.

    ``table`` has a row a population (columns of ``shifts.csv``); ``pairs`` a row a subject and population,
    used or not, with the reason.
    """

    table: pd.DataFrame
    pairs: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """The table, one row a population."""
        return self.table.copy()

    @property
    def excluded(self) -> pd.DataFrame:
        """Pairs that were not used, with their reasons."""
        return self.pairs.loc[~self.pairs["used"], ["population", "subject", "group", "reason"]]


def compare_shifts(
    frame: pd.DataFrame,
    *,
    baseline: str = "pre",
    followup: str = "post",
    denominator: Denominator = "parent",
    expected: Mapping[str, str] | None = None,
    min_events: int = MIN_EVENTS,
    percent_offset: float = PERCENT_OFFSET,
    confidence: float = 0.95,
) -> Shifts:
    """Hodges–Lehmann shift of the empirical logits of each population, and what to make of it.

    Per population the differences of log((count + ½)/(parent − count + ½)) over subjects go to
    :func:`estimate_shift`; exp(shift) is an odds ratio. q-values are Benjamini–Hochberg over all populations
    of the table under this denominator: the family is declared by what is in the file, not by results. Cells
    or events are never the unit: a binomial model of events rejects a true null in most studies of eight.

    A population that is absent at one of the time points, and percentages of 0 or 100, have a bound of the odds
    ratio and no number (see :func:`~lib.paired.ends.open_ends`); their change in percentage points has both ends.

    Parameters
    ----------
    frame : DataFrame
        As `lib.tables.populations` returns it.
    baseline, followup : str
        Names of the two time points.
    denominator : {"parent", "cd45"}
        What a population is a fraction of.
    expected : mapping, optional
        Expected direction by population, as `expected_directions` finds it; none by default.
    min_events : int
        Lower limit of quantification; see :func:`pair_populations` for the rule.
    percent_offset : float
        For percentages only, in percentage points.
    confidence : float
        Level of the intervals.

    Returns
    -------
    Shifts

    Raises
    ------
    InputError
        If a time point or a needed column is missing.

    Notes
    -----
    `fraction_moving` is the part of pairs that moved in the expected direction or, where none is expected,
    in that of the shift. `verdict` compares the interval with the expected direction.

    `status` is ``ok``, ``bounded`` (zeros leave a bound), ``absent at baseline``, ``absent at follow-up``, ``absent at
    both``, ``100 % at both`` or ``no pairs``. Where it is not ``ok``, `odds_ratio` is the bound that `odds_ratio_qualifier` (``>``, ``<``)
    says, of the interval where that has one. `shift_logit` of counts that are absent at a time point is the
    estimate with the half count throughout; else the bound. Of counts a few zeros leave status ``ok`` while the
    estimate does not hang on the half count; `why` says where a bound of the interval does. `shift_points` is the Hodges–Lehmann shift in percentage points, with interval;
    `smallest_p` is that of `n_moved` pairs.

    References
    ----------
    Benjamini & Hochberg 1995, J R Stat Soc B 57:289; Hodges & Lehmann 1963, Ann Math Stat 34:598.
    """
    pairs = pair_populations(
        frame, baseline=baseline, followup=followup, denominator=denominator, min_events=min_events,
        percent_offset=percent_offset, confidence=confidence,
    )  # fmt: skip
    names = list(dict.fromkeys(pairs["population"]))
    directions = expected_directions(names, expected or {})
    by_name = dict(tuple(pairs.groupby("population", sort=False)))
    rows = [_row(by_name[name], directions.get(name), confidence) for name in names]
    table = pd.DataFrame(rows)
    suffix = "" if denominator == "cd45" or has_counts(frame) else " (percent only)"
    table.insert(1, "denominator", DENOMINATOR_NAMES[denominator] + suffix)
    table.insert(table.columns.get_loc("p_value") + 1, "q_value", adjust_p(table["p_value"]))
    return Shifts(table, pairs)


def adjust_p(p_values: pd.Series) -> pd.Series:
    """Benjamini–Hochberg q-values over those p-values that exist; the others stay empty."""
    result = pd.Series(np.nan, index=p_values.index)
    there = p_values.notna()
    if there.any():
        result[there] = stats.false_discovery_control(p_values[there].to_numpy(), method="bh")
    return result


def _row(pairs: pd.DataFrame, expected: str | None, confidence: float) -> dict[str, Any]:
    used = pairs[pairs["used"]]
    result = estimate_pairs(used, confidence=confidence)
    judged = compare_direction(result.shift, result.low, result.high, expected)
    status = status_of(pairs, result)
    return {
        "population": pairs["population"].iloc[0],
        "n_pairs": result.n,
        "n_excluded": len(pairs) - result.n,
        "baseline_median_percent": used["baseline_percent"].median(),
        "followup_median_percent": used["followup_percent"].median(),
        **_sizes(used, result, status, confidence),
        "test": result.test if result.n else "none: no pairs",
        "p_value": result.p_value if result.n else math.nan,
        "smallest_p": result.smallest_p if result.n else math.nan,
        "rank_biserial": result.rank_biserial if result.n else math.nan,
        "fraction_moving": _fraction_moving(used["difference"], result, expected),
        "expected": expected or NO_DIRECTION,
        "verdict": judged.verdict,
        "why": "; ".join(
            dict.fromkeys(
                text
                for text in (
                    _why(status, used),
                    _half_count(status, used, result, confidence),
                    result.note or judged.why,
                )
                if text
            )
        ),
        "status": status,
        "direction": int(result.low > 0) - int(result.high < 0),
        "n_moved": result.n - result.n_zero,
        "n_below_lloq": int((used["below_lloq"] != "none").sum()),
        "coverage": result.coverage,
        **_points(used, confidence),
    }


def _sizes(used: pd.DataFrame, result: SignedRank, status: str, confidence: float) -> dict[str, Any]:
    """Shift and odds ratio; where a bound is all there is, that of the interval if it has one."""
    low, high = without_mark(result.low), without_mark(result.high)
    shift = ratio = without_mark(result.shift)
    qualifier = result.qualifier
    if status in (ABSENT_BEFORE, ABSENT_AFTER):
        plain = (used["followup_logit"] - used["baseline_logit"]).to_numpy(float)
        counted = used["baseline_count"].notna().all()
        shift = estimate_shift(plain, confidence=confidence).shift if counted else shift
        bound = low if status == ABSENT_BEFORE else high
        ratio = ratio if math.isnan(bound) else bound
        qualifier = ">" if status == ABSENT_BEFORE else "<"
    return {
        "shift_logit": shift, "shift_low": low, "shift_high": high, "odds_ratio": math.exp(ratio),
        "odds_ratio_low": math.exp(low), "odds_ratio_high": math.exp(high), "odds_ratio_qualifier": qualifier,
    }  # fmt: skip


def _points(used: pd.DataFrame, confidence: float) -> dict[str, float]:
    """The same pairs in percentage points, which 0 has too."""
    change = (used["followup_percent"] - used["baseline_percent"]).to_numpy(float)
    found = estimate_shift(change, confidence=confidence)
    return {"shift_points": found.shift, "shift_points_low": found.low, "shift_points_high": found.high}


def _why(status: str, used: pd.DataFrame) -> str:
    """Why there is a bound and no number."""
    cells = "no cell" if used["baseline_count"].notna().all() else "0 %"
    if status in (ABSENT_BEFORE, ABSENT_AFTER):
        side = "upper" if status == ABSENT_BEFORE else "lower"
        return f"{status} ({cells} in {len(used)} of {len(used)} pairs): the odds ratio has no {side} bound"
    return {
        BOUNDED: "0 or 100 % has no logit: the odds ratio is a bound",
        ABSENT: "absent in every pair",
        FULL: "100 % in every pair",
    }.get(status, "")


def _half_count(status: str, used: pd.DataFrame, result: SignedRank, confidence: float) -> str:
    """That an end of an interval of counts hangs on the half count, where it does."""
    n = int(at_an_end(used).sum())
    if status != OK or not n or math.isnan(result.low):
        return ""
    low, high = count_ends(used, confidence=confidence)
    opened = estimate_shift(used["difference"].to_numpy(float), low=low, high=high, confidence=confidence)
    ends = [name for name, end in (("lower", opened.low), ("upper", opened.high)) if math.isnan(end)]
    if not ends:
        return ""
    which = f"the {ends[0]} bound rests" if len(ends) == 1 else "both bounds rest"
    return f"{which} on the half count put for 0 or 100 % in {n} of {len(used)} pairs"


def _fraction_moving(differences: pd.Series, result: SignedRank, expected: str | None) -> float:
    told = result.rank_biserial if math.isnan(result.shift) else result.shift
    sign = DIRECTIONS[expected] if expected else math.copysign(1, told)
    return float((differences * sign > 0).mean()) if len(differences) else math.nan
