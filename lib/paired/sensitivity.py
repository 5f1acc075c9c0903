"""The same question under other methods and denominators, and whether they tell the same story."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from lib.agreement import compare_direction
from lib.paired.appearances import signs_of
from lib.paired.directions import SignConcordance, compare_signs, name_in_sentence
from lib.paired.ends import estimate_pairs, without_mark
from lib.paired.groups import NO_MEAN
from lib.paired.quality import NO_PAIR, pair_cautions, quality_columns
from lib.paired.shifts import NO_DIRECTION, Shifts
from lib.paired.signed_rank import SignedRank
from lib.result import Result

SIGN = "sign"
"""Scale of the row that counts signs."""
RANKS, STUDENT = "Hodges–Lehmann", "t interval"
CORRELATED = "populations of one sample are correlated: p is too small by an unknown amount"
LEAST_PARTS = 3
"""Two parts of a whole mirror each other: CLR of them says nothing beyond the logit."""


@dataclass(frozen=True, repr=False, eq=False)
class Denominators(Result):
    """Shifts per population, method and denominator, with a reading per population: the columns of
    ``concordance.csv``.

    ``direction`` is 1, −1 or 0 where the interval tells none. Where directions are expected, ``signs`` counts
    how many populations moved so, and the last row repeats it. ``missing``: denominator → why it could not be
    computed.
    """

    missing: Mapping[str, str] = field(default_factory=dict)
    signs: SignConcordance | None = None

    COLUMNS = (
        "population",
        "denominator",
        "method",
        "scale",
        "n_pairs",
        "shift",
        "qualifier",
        "low",
        "high",
        "direction",
        "p_value",
        "expected",
        "verdict",
        "reading",
        "n_populations",
        "n_concordant",
        "quality",
        "reasons",
    )

    SHOWN = ("population", "denominator", "method", "n_pairs", "shift", "low", "high", "reading", "quality")

    def _further(self, found: pd.DataFrame) -> dict[str, SignConcordance | None]:
        """The concordance of signs, where its row is among those left."""
        kept = self.signs is not None and (found["scale"] == SIGN).any()
        return {"signs": self.signs if kept else None}

    @property
    def primary(self) -> pd.DataFrame:
        """The rows to be read side by side: one method, all pairs, a row a population and denominator."""
        return primary_rows(self.frame)


def primary_rows(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of the primary method with all pairs that are used."""
    return table[(table["method"] == RANKS) & ~table["denominator"].str.startswith("parent,")]


def compare_denominators(frame: pd.DataFrame, shifts: Shifts) -> Denominators:
    """Shift of each population as part of its parent, of CD45+, centred log-ratio, and absolute count.

    Parent and CD45: differences of empirical logits. CLR: log of a population's CD45 fraction over the
    geometric mean of all of a sample's populations (scikit-bio), half a cell added; absolute: log of cells
    per mg (to a density of 0 the difference has a sign and no size; a `cells_per_mg` that is the same for all
    populations of each sample is read as that of its CD45+ cells and multiplied by the population's share).
    Each by Hodges–Lehmann with its exact interval; the parent also by the t interval, and without pairs that
    are below LLOQ at one time point. Differences that are bounds stay so under every denominator, and have no
    mean. CLR treats the populations as parts of one whole: nested gates (regulatory T cells within CD4+)
    strain that.

    Parameters
    ----------
    frame : DataFrame
        As `lib.tables.populations` returns it.
    shifts : Shifts
        As `compare_shifts` gives them of the same table: pairs, time points, directions and level are theirs.
    """
    parent = shifts.pairs
    used = parent[parent["used"]]
    sets: Sets = {
        ("parent", RANKS, "logit"): used,
        ("parent", STUDENT, "logit"): used,
        ("parent, without pairs below LLOQ", RANKS, "logit"): used[used["below_lloq"] == "none"],
    }
    others, missing = _other_denominators(frame, shifts)
    sets.update(others)
    expected = dict(zip(shifts["population"], shifts["expected"], strict=True))
    rows = [
        _row(name, key, pairs[pairs["population"] == name], direction, shifts.settings)
        for name, direction in expected.items()
        for key, pairs in sets.items()
    ]
    table = pd.DataFrame(rows).astype({"direction": int})
    readings = {name: _reading(name, table) for name in expected}
    table.insert(table.columns.get_loc("verdict") + 1, "reading", table["population"].map(readings))
    table.insert(table.columns.get_loc("reading") + 1, "n_populations", math.nan)
    table.insert(table.columns.get_loc("reading") + 2, "n_concordant", math.nan)
    signs = _signs(shifts)
    if signs is not None:
        table.loc[len(table)] = _signs_row(signs)
    return Denominators(table, shifts.settings, missing, signs)


def _signs(shifts: Shifts) -> SignConcordance | None:
    directions = {
        row["population"]: row["expected"]
        for _, row in shifts.frame.iterrows()
        if row["expected"] != NO_DIRECTION
    }
    known = shifts.settings["expected"]
    return compare_signs(signs_of(shifts.frame), directions, known=known) if directions else None


def _signs_row(signs: SignConcordance) -> dict[str, Any]:
    judged = quality_columns([CORRELATED], none=None if signs.n_populations else ["no population has a sign"])
    return {
        "population": "all with an expected direction",
        "denominator": "parent",
        "method": "exact binomial of signs",
        "scale": SIGN,
        "p_value": signs.p_value,
        "reading": signs.caveat,
        "expected": "as each population",
        "verdict": f"{signs.n_concordant} of {signs.n_populations} as expected",
        "n_populations": signs.n_populations,
        "n_concordant": signs.n_concordant,
        **judged,
    }


def t_shift(differences: NDArray[np.float64], confidence: float = 0.95) -> tuple[float, float, float, float]:
    """Mean difference, its t interval and p-value; interval and p are NaN below two pairs.

    Assumes normal differences, which few pairs cannot show: a sensitivity, not the primary analysis.
    Differences of which only the sign is known (±inf) have no mean: all NaN.
    """
    n = differences.size
    if not np.isfinite(differences).all():
        return math.nan, math.nan, math.nan, math.nan
    if n < 2:
        return float(differences.mean()) if n else math.nan, math.nan, math.nan, math.nan
    mean, se = float(differences.mean()), float(differences.std(ddof=1)) / math.sqrt(n)
    half = float(stats.t.isf((1 - confidence) / 2, n - 1)) * se
    p_value = float(2 * stats.t.sf(abs(mean) / se, n - 1)) if se > 0 else float(mean == 0)
    return mean, mean - half, mean + half, p_value


Sets = dict[tuple[str, str, str], pd.DataFrame]


def _other_denominators(frame: pd.DataFrame, shifts: Shifts) -> tuple[Sets, dict[str, str]]:
    baseline, followup = shifts.settings["baseline"], shifts.settings["followup"]
    sets: Sets = {}
    missing: dict[str, str] = {}
    if shifts.cd45 is not None:
        sets["CD45", RANKS, "logit"] = shifts.cd45.pairs[shifts.cd45.pairs["used"]]
        ratios, why = _clr_values(frame[frame["timepoint"].isin([baseline, followup])])
        if why:
            missing["CLR"] = why
        else:
            sets["CLR", RANKS, "log ratio"] = _differences(ratios, shifts)
    else:
        missing |= dict.fromkeys(("CD45", "CLR"), "needs the columns count and cd45_count")
    if "cells_per_mg" in frame and frame["cells_per_mg"].notna().any():
        densities = frame.assign(value=_log_density(frame))
        sets["absolute", RANKS, "log cells per mg"] = _differences(densities, shifts)
    else:
        missing["absolute"] = "needs the column cells_per_mg"
    return sets, missing


def _clr_values(frame: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """CLR per row in ``value``, over samples that hold every population, or the reason there is none."""
    parts = (frame["count"] + 0.5) / frame["cd45_count"].where(frame["cd45_count"] > 0)
    wide = frame.assign(part=parts).pivot_table("part", ["subject", "timepoint"], "population").dropna()
    if wide.shape[1] < LEAST_PARTS or wide.empty:
        return frame.iloc[:0], f"needs at least {LEAST_PARTS} populations in the same samples"
    logs = np.log(wide)
    ratios = logs.sub(logs.to_numpy().mean(axis=1), axis=0)
    return ratios.melt(ignore_index=False, var_name="population", value_name="value").reset_index(), ""


def _log_density(frame: pd.DataFrame) -> pd.Series:
    """Log of cells per mg; −inf for a density of 0."""
    density = frame["cells_per_mg"] * _share_of_sample(frame)
    with np.errstate(divide="ignore"):
        return pd.Series(np.log(density), index=frame.index)


def _share_of_sample(frame: pd.DataFrame) -> pd.Series | float:
    """One density for all populations of every sample is the density of its leukocytes: take their shares."""
    per_sample = frame.dropna(subset=["cells_per_mg"]).groupby(["subject", "timepoint"])["cells_per_mg"]
    several = per_sample.size() > 1
    if (
        not several.any()
        or (per_sample.nunique()[several] > 1).any()
        or not {"count", "cd45_count"} <= set(frame)
    ):
        return 1.0
    return frame["count"] / frame["cd45_count"].where(frame["cd45_count"] > 0)


def _differences(values: pd.DataFrame, shifts: Shifts) -> pd.DataFrame:
    """Follow-up minus baseline of ``value``, for the pairs that the primary analysis uses.

    A difference that is a bound there is one here; 0 to 0 is none.
    """
    baseline, followup = shifts.settings["baseline"], shifts.settings["followup"]
    wide = values.pivot_table("value", ["population", "subject"], "timepoint")
    if not {baseline, followup} <= set(wide):
        return pd.DataFrame({"population": [], "difference": [], "below_lloq": []})
    used = shifts.pairs[shifts.pairs["used"]].set_index(["population", "subject"])
    sampled = wide[[baseline, followup]].notna().all(axis=1).reindex(used.index, fill_value=False)
    change = (wide[followup] - wide[baseline]).reindex(used.index).fillna(0.0)
    change = change.where(np.isfinite(used["difference"]), used["difference"])
    return used[["below_lloq"]].assign(difference=change)[sampled].reset_index()


def _row(
    name: str, key: tuple[str, str, str], pairs: pd.DataFrame, expected: str, settings: Mapping[str, Any]
) -> dict[str, Any]:
    denominator, method, scale = key
    result = estimate_pairs(pairs, confidence=settings["confidence"])
    shift, low, high, qualifier = result.shift, result.low, result.high, result.qualifier
    p_value = result.p_value if result.n else math.nan
    if method == STUDENT:
        qualifier = "="
        shift, low, high, p_value = t_shift(pairs["difference"].to_numpy(float), settings["confidence"])
    direction = expected if expected != NO_DIRECTION else None
    return {
        "population": name,
        "denominator": denominator,
        "method": method,
        "scale": scale,
        "n_pairs": len(pairs),
        "shift": without_mark(shift),
        "qualifier": qualifier,
        "low": without_mark(low),
        "high": without_mark(high),
        "direction": int(low > 0) - int(high < 0),
        "p_value": p_value,
        "expected": expected,
        "verdict": compare_direction(shift, low, high, direction).verdict,
        **_quality(pairs, result, math.isfinite(shift), qualifier, settings),
    }


def _quality(
    pairs: pd.DataFrame, result: SignedRank, there: bool, qualifier: str, settings: Mapping[str, Any]
) -> dict[str, str]:
    if not there:
        return quality_columns(none=[NO_MEAN if len(pairs) else NO_PAIR])
    bound = "the shift is a bound" if qualifier != "=" else ""
    return quality_columns([bound, *pair_cautions(pairs, settings, result)])


def _reading(name: str, table: pd.DataFrame) -> str:
    """One sentence: do the denominators agree, and if only shares move, whose cells changed?"""
    primary = primary_rows(table)
    own = primary[(primary["population"] == name) & (primary["n_pairs"] > 0)].set_index("denominator")
    sides = {denominator: row["direction"] for denominator, row in own.iterrows()}
    decided = {side for side in sides.values() if side}
    word = {1: "rises", -1: "falls"}
    if not decided:
        return f"no change can be told under {', '.join(map(str, sides))}" if sides else "no pair"
    if decided == {1, -1}:
        up = " and ".join(str(d) for d, s in sides.items() if s > 0)
        down = " and ".join(str(d) for d, s in sides.items() if s < 0)
        return f"depends on the denominator: rises under {up}, falls under {down}"
    (side,) = decided
    told = [str(d) for d, s in sides.items() if s]
    if len(told) == len(sides):
        return (
            f"{word[side]} under all {len(told)} denominators"
            if len(told) > 1
            else f"{word[side]} under {told[0]}, the only denominator with data"
        )
    undecided = [str(d) for d, s in sides.items() if not s]
    text = f"{word[side]} under {', '.join(told)}; no change can be told under {', '.join(undecided)}"
    return text + _whose_cells(name, side, sides, primary)


def _whose_cells(name: str, side: int, sides: Mapping[Any, int], primary: pd.DataFrame) -> str:
    """A share that moves while the cells themselves do not is another population's doing: name it."""
    if sides.get("absolute", side) or not sides.get("CD45"):
        return ""
    absolute = primary[(primary["denominator"] == "absolute") & (primary["population"] != name)]
    moved = [
        name_in_sentence(str(row["population"]))
        for _, row in absolute.iterrows()
        if row["direction"] == -side
    ]
    if not moved:
        return ""
    return (
        f": as % of CD45 it may {'rise' if side > 0 else 'fall'} only because {', '.join(moved)}"
        f" {'fall' if side > 0 else 'rise'}"
    )
