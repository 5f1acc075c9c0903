"""Shift of every population between two time points, patients as the unit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from lib.agreement import DIRECTIONS, compare_direction
from lib.paired.directions import GIVEN, Directions, expected_directions
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
    open_ends,
    status_of,
    without_mark,
)
from lib.paired.pairing import Pairs
from lib.paired.quality import pair_cautions, quality_columns, why_no_pair
from lib.paired.signed_rank import SignedRank, estimate_shift
from lib.result import Result
from lib.stats import adjust_p

NO_DIRECTION = "none"


@dataclass(frozen=True, repr=False, eq=False)
class Shifts(Result):
    """Shifts of a family of populations, a row a population: the columns of ``shifts.csv``.

    Settings: those of `Pairs`, ``confidence``, ``method``, and ``expected`` (whose directions: ``published``,
    ``given`` or ``none``). ``pairs`` has a row a subject and population, used or not, with the difference
    that enters (±inf where it is a bound); ``cd45`` the same family as part of all CD45+ events, where the
    table counts those.
    """

    pairs: pd.DataFrame = field(default_factory=pd.DataFrame)
    cd45: Shifts | None = None

    def _further(self, found: pd.DataFrame) -> dict[str, Any]:
        """The pairs of the populations that are left, and the same populations as part of CD45+."""
        left, cd45 = list(found["population"]), self.cd45
        of_pairs = self.pairs[self.pairs["population"].isin(left)] if len(self.pairs) else self.pairs
        return {"pairs": of_pairs, "cd45": None if cd45 is None else cd45[cd45["population"].isin(left)]}

    COLUMNS = (
        "population",
        "denominator",
        "n_pairs",
        "n_excluded",
        "baseline_median_percent",
        "followup_median_percent",
        "shift_logit",
        "shift_low",
        "shift_high",
        "odds_ratio",
        "odds_ratio_low",
        "odds_ratio_high",
        "odds_ratio_qualifier",
        "test",
        "p_value",
        "q_value",
        "smallest_p",
        "rank_biserial",
        "fraction_moving",
        "expected",
        "verdict",
        "why",
        "status",
        "quality",
        "reasons",
    )
    SHOWN = (
        "population",
        "n_pairs",
        "odds_ratio_qualifier",
        "odds_ratio",
        "odds_ratio_low",
        "odds_ratio_high",
        "p_value",
        "q_value",
        "expected",
        "verdict",
        "quality",
        "reasons",
    )


def compare_shifts(
    pairs: Pairs, *, expected: Mapping[str, str] | None = None, confidence: float = 0.95
) -> Shifts:
    """Hodges–Lehmann shift of the empirical logits of each population, and what to make of it.

    Per population the differences of log((count + ½)/(parent − count + ½)) over subjects go to
    :func:`estimate_shift`; exp(shift) is an odds ratio. q-values are Benjamini–Hochberg over all populations
    of the table under this denominator: the family is declared by what is in the file, not by results. Cells
    or events are never the unit: a binomial model of events rejects a true null in most studies of eight.

    A population that is absent at one of the time points, and percentages of 0 or 100, have a bound of the
    odds ratio and no number (see :func:`~lib.paired.ends.open_ends`); their change in percentage points has
    both ends.

    Parameters
    ----------
    pairs : Pairs
        As `pair_populations` returns them.
    expected : mapping, optional
        Expected direction by population, as `find_directions` gives it; none by default.
    confidence : float
        Level of the intervals.

    Returns
    -------
    Shifts

    Notes
    -----
    `fraction_moving` is the part of pairs that moved in the expected direction or, where none is expected,
    in that of the shift. `verdict` compares the interval with the expected direction.

    `status` is ``ok``, ``bounded`` (zeros leave a bound), ``absent at baseline``, ``absent at follow-up``,
    ``absent at both``, ``100 % at both`` or ``no pairs``. Where it is not ``ok``, `odds_ratio` is the bound
    that `odds_ratio_qualifier` (``>``, ``<``) says, of the interval where that has one. `shift_logit` of
    counts that are absent at a time point is the estimate with the half count throughout; else the bound. Of
    counts a few zeros leave status ``ok`` while the estimate does not hang on the half count; `why` says
    where a bound of the interval does. `shift_points` is the Hodges–Lehmann shift in percentage points, with
    interval; `smallest_p` is that of `n_moved` pairs. `quality` is ``pass``, ``caution`` (a bound, few pairs,
    counts near the limit, no counts) or ``not judged`` (no number), for `reasons`.

    References
    ----------
    Benjamini & Hochberg 1995, J R Stat Soc B 57:289; Hodges & Lehmann 1963, Ann Math Stat 34:598.
    """
    opened = open_ends(pairs.frame, confidence=confidence)
    by_name = dict(tuple(opened.groupby("population", sort=False)))
    directions = expected_directions(list(by_name), expected or {})
    whose = expected.whose if isinstance(expected, Directions) else GIVEN
    settings = {
        **pairs.settings,
        "confidence": confidence,
        "method": "Hodges–Lehmann",
        "expected": whose if directions else NO_DIRECTION,
    }
    table = pd.DataFrame([_row(part, directions.get(name), settings) for name, part in by_name.items()])
    table.insert(1, "denominator", settings["denominator"])
    table.insert(table.columns.get_loc("p_value") + 1, "q_value", adjust_p(table["p_value"]))
    cd45 = None
    if pairs.cd45 is not None and _is_counted(pairs.cd45):
        cd45 = compare_shifts(pairs.cd45, expected=expected, confidence=confidence)
    return Shifts(table, settings, opened, cd45)


def _is_counted(pairs: Pairs) -> bool:
    return bool(pairs.frame[["baseline_parent", "followup_parent"]].notna().any(axis=None))


def _row(pairs: pd.DataFrame, expected: str | None, settings: Mapping[str, Any]) -> dict[str, Any]:
    used, confidence = pairs[pairs["used"]], settings["confidence"]
    result = estimate_pairs(used, confidence=confidence)
    judged = compare_direction(result.shift, result.low, result.high, expected)
    status = status_of(pairs, result)
    hanging = [_why(status, used), _half_count(status, used, result, confidence)]
    sizes = _sizes(used, result, status, confidence)
    return {
        "population": pairs["population"].iloc[0],
        "n_pairs": result.n,
        "n_excluded": len(pairs) - result.n,
        "baseline_median_percent": used["baseline_percent"].median(),
        "followup_median_percent": used["followup_percent"].median(),
        **sizes,
        "test": result.test if result.n else "none: no pairs",
        "p_value": result.p_value if result.n else math.nan,
        "smallest_p": result.smallest_p if result.n else math.nan,
        "rank_biserial": result.rank_biserial if result.n else math.nan,
        "fraction_moving": _fraction_moving(used["difference"], result, expected),
        "expected": expected or NO_DIRECTION,
        "verdict": judged.verdict,
        "why": "; ".join(dict.fromkeys(text for text in (*hanging, result.note or judged.why) if text)),
        "status": status,
        "direction": int(result.low > 0) - int(result.high < 0),
        "n_moved": result.n - result.n_zero,
        "n_below_lloq": int((used["below_lloq"] != "none").sum()),
        "coverage": result.coverage,
        **_points(used, confidence),
        **_quality(pairs, result, settings, hanging, sizes["odds_ratio"]),
    }


def _quality(
    pairs: pd.DataFrame, result: SignedRank, settings: Mapping[str, Any], hanging: list[str], ratio: float
) -> dict[str, str]:
    if math.isnan(ratio):
        return quality_columns(none=hanging if any(hanging) else why_no_pair(pairs))
    return quality_columns([*hanging, *pair_cautions(pairs[pairs["used"]], settings, result)])


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
        "shift_logit": shift,
        "shift_low": low,
        "shift_high": high,
        "odds_ratio": math.exp(ratio),
        "odds_ratio_low": math.exp(low),
        "odds_ratio_high": math.exp(high),
        "odds_ratio_qualifier": qualifier,
    }


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
