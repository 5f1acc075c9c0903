"""The same question under other methods and denominators, and whether they tell the same story."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from skbio.stats.composition import clr

from lib.paired.directions import SignConcordance, expected_directions, name_in_sentence
from lib.paired.pairing import MIN_EVENTS, pair_populations
from lib.paired.signed_rank import estimate_shift
from lib.published import compare_direction

LEAST_PARTS = 3
"""Two parts of a whole mirror each other: CLR of them says nothing beyond the logit."""


@dataclass(frozen=True)
class DenominatorConcordance:
    """Shifts per population, method and denominator, with a reading per population.

    ``table``: ``population, denominator, method, scale, n_pairs, shift, low, high, p_value, expected, verdict,
    reading``. ``missing``: denominator → why it could not be computed.
    """

    table: pd.DataFrame
    missing: Mapping[str, str]

    def to_frame(self, signs: SignConcordance | None = None) -> pd.DataFrame:
        """The table, a row per population and denominator; with `signs`, a last row for all populations."""
        table = self.table.assign(n_populations=math.nan, n_concordant=math.nan)
        if signs is None:
            return table
        last = {
            "population": "all with an expected direction", "denominator": "parent", "method": "exact binomial of signs",
            "scale": "sign", "p_value": signs.p_value, "reading": signs.caveat, "expected": "as each population",
            "verdict": f"{signs.n_concordant} of {signs.n_populations} as expected",
            "n_populations": signs.n_populations, "n_concordant": signs.n_concordant,
        }  # fmt: skip
        table.loc[len(table)] = last
        return table


def compare_denominators(
    frame: pd.DataFrame,
    *,
    baseline: str = "pre",
    followup: str = "post",
    expected: Mapping[str, str] | None = None,
    min_events: int = MIN_EVENTS,
    confidence: float = 0.95,
) -> DenominatorConcordance:
    """Shift of each population as part of its parent, of CD45+, centred log-ratio, and absolute count.

    Parent and CD45: differences of empirical logits. CLR: log of a population's CD45 fraction over the
    geometric mean of all of a sample's populations (scikit-bio), half a cell added; absolute: log of cells per
    mg (a density of 0 becomes half the least positive; a `cells_per_mg` that is the same for all populations of
    each sample is read as that of its CD45+ cells and multiplied by the population's share). Each by Hodges–Lehmann with its exact interval; the
    parent also by the t interval, and without pairs that are below LLOQ at one time point. CLR treats the
    populations as parts of one whole: nested gates (regulatory T cells within CD4+) strain that.

    Parameters
    ----------
    frame : DataFrame
        As `lib.tables.populations` returns it.

    Raises
    ------
    InputError
        If a time point does not occur.
    """
    parent = pair_populations(frame, baseline=baseline, followup=followup, min_events=min_events)
    used = parent[parent["used"]]
    sets = {
        ("parent", "Hodges–Lehmann", "logit"): used,
        ("parent", "t interval", "logit"): used,
        ("parent, without pairs below LLOQ", "Hodges–Lehmann", "logit"): used[used["below_lloq"] == "none"],
    }
    others, missing = _other_denominators(frame, parent, baseline, followup, min_events)
    sets.update(others)
    names = list(dict.fromkeys(parent["population"]))
    directions = expected_directions(names, expected)
    rows = [
        _row(
            name,
            key,
            pairs.loc[pairs["population"] == name, "difference"].to_numpy(float),
            directions.get(name),
            confidence,
        )
        for name in names
        for key, pairs in sets.items()
    ]
    table = pd.DataFrame(rows)
    readings = {name: _reading(name, table) for name in names}
    return DenominatorConcordance(table.assign(reading=table["population"].map(readings)), missing)


def t_shift(differences: NDArray[np.float64], confidence: float = 0.95) -> tuple[float, float, float, float]:
    """Mean difference, its t interval and p-value; interval and p are NaN below two pairs.

    Assumes normal differences, which few pairs cannot show: a sensitivity, not the primary analysis.
    """
    n = differences.size
    if n < 2:
        return float(differences.mean()) if n else math.nan, math.nan, math.nan, math.nan
    mean, se = float(differences.mean()), float(differences.std(ddof=1)) / math.sqrt(n)
    half = float(stats.t.isf((1 - confidence) / 2, n - 1)) * se
    p_value = float(2 * stats.t.sf(abs(mean) / se, n - 1)) if se > 0 else float(mean == 0)
    return mean, mean - half, mean + half, p_value


Sets = dict[tuple[str, str, str], pd.DataFrame]


def _other_denominators(
    frame: pd.DataFrame, parent: pd.DataFrame, baseline: str, followup: str, min_events: int
) -> tuple[Sets, dict[str, str]]:
    sets: Sets = {}
    missing: dict[str, str] = {}
    if {"count", "cd45_count"} <= set(frame):
        cd45 = pair_populations(
            frame, baseline=baseline, followup=followup, denominator="cd45", min_events=min_events
        )
        sets["CD45", "Hodges–Lehmann", "logit"] = cd45[cd45["used"]]
        ratios, why = _clr_values(frame[frame["timepoint"].isin([baseline, followup])])
        if why:
            missing["CLR"] = why
        else:
            sets["CLR", "Hodges–Lehmann", "log ratio"] = _differences(ratios, parent, baseline, followup)
    else:
        missing |= dict.fromkeys(("CD45", "CLR"), "needs the columns count and cd45_count")
    if "cells_per_mg" in frame and frame["cells_per_mg"].notna().any():
        densities = frame.assign(value=_log_density(frame))
        sets["absolute", "Hodges–Lehmann", "log cells per mg"] = _differences(
            densities, parent, baseline, followup
        )
    else:
        missing["absolute"] = "needs the column cells_per_mg"
    return sets, missing


def _clr_values(frame: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """CLR per row in ``value``, over samples that hold every population, or the reason there is none."""
    parts = (frame["count"] + 0.5) / frame["cd45_count"].where(frame["cd45_count"] > 0)
    wide = frame.assign(part=parts).pivot_table("part", ["subject", "timepoint"], "population").dropna()
    if wide.shape[1] < LEAST_PARTS or wide.empty:
        return frame.iloc[:0], f"needs at least {LEAST_PARTS} populations in the same samples"
    ratios = pd.DataFrame(clr(wide.to_numpy()), index=wide.index, columns=wide.columns)
    return ratios.melt(ignore_index=False, var_name="population", value_name="value").reset_index(), ""


def _log_density(frame: pd.DataFrame) -> pd.Series:
    """A density of 0 has no logarithm: half the least positive of its population stands for it."""
    density = frame["cells_per_mg"] * _share_of_sample(frame)
    least = density.where(density > 0).groupby(frame["population"]).transform("min")
    return pd.Series(np.log(density.mask(density == 0, least / 2)), index=frame.index)


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


def _differences(values: pd.DataFrame, parent: pd.DataFrame, baseline: str, followup: str) -> pd.DataFrame:
    """Follow-up minus baseline of ``value``, for the pairs that the primary analysis uses."""
    wide = values.pivot_table("value", ["population", "subject"], "timepoint")
    if not {baseline, followup} <= set(wide):
        return pd.DataFrame({"population": [], "difference": []})
    used = pd.MultiIndex.from_frame(parent.loc[parent["used"], ["population", "subject"]])
    change = (wide[followup] - wide[baseline]).reindex(used).dropna()
    return change.rename("difference").reset_index()


def _row(
    name: str, key: tuple[str, str, str], d: NDArray[np.float64], expected: str | None, confidence: float
) -> dict[str, Any]:
    denominator, method, scale = key
    if method == "t interval":
        shift, low, high, p_value = t_shift(d, confidence)
    else:
        result = estimate_shift(d, confidence=confidence)
        shift, low, high = result.shift, result.low, result.high
        p_value = result.p_value if result.n else math.nan
    return {
        "population": name, "denominator": denominator, "method": method, "scale": scale, "n_pairs": d.size,
        "shift": shift, "low": low, "high": high, "p_value": p_value, "expected": expected or "none",
        "verdict": compare_direction(shift, low, high, expected).verdict,
    }  # fmt: skip


def _side(row: pd.Series) -> int:
    return int(row["low"] > 0) - int(row["high"] < 0)


def _reading(name: str, table: pd.DataFrame) -> str:
    """One sentence: do the denominators agree, and if only shares move, whose cells changed?"""
    primary = table[(table["method"] == "Hodges–Lehmann") & ~table["denominator"].str.startswith("parent,")]
    own = primary[(primary["population"] == name) & (primary["n_pairs"] > 0)].set_index("denominator")
    sides = {denominator: _side(row) for denominator, row in own.iterrows()}
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
        name_in_sentence(str(row["population"])) for _, row in absolute.iterrows() if _side(row) == -side
    ]
    if not moved:
        return ""
    return f": as % of CD45 it may {'rise' if side > 0 else 'fall'} only because {', '.join(moved)} {'fall' if side > 0 else 'rise'}"
