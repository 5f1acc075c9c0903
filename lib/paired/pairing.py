"""Pairing of two time points within subjects; every pair that is not used carries its reason."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from lib.errors import Fault, InputError, check_rows
from lib.paired.ends import ALL_CELLS, NO_CELL
from lib.paired.logits import PERCENT_OFFSET, empirical_logits, percent_logits
from lib.records import join_reasons
from lib.result import Result

Denominator = Literal["parent", "cd45"]
MIN_EVENTS = 50
"""Events below which a frequency counts as below the lower limit of quantification (LLOQ)."""
SIDES = ("baseline", "followup")
DENOMINATOR_NAMES = {"parent": "parent", "cd45": "CD45"}
PERCENT_ONLY = " (percent only)"
"""Behind the denominator of percentages without counts."""


@dataclass(frozen=True, repr=False, eq=False)
class Pairs(Result):
    """Both time points of each subject and population, used or not, with the reason.

    Settings: ``baseline, followup, denominator, min_events, percent_offset``. ``cd45`` holds the same pairs
    as part of all CD45+ events, where the table counts those. Shows itself by population, so that no subject
    is named.
    """

    cd45: Pairs | None = None

    COLUMNS = (
        "population",
        "subject",
        "group",
        "baseline_count",
        "followup_count",
        "baseline_parent",
        "followup_parent",
        "baseline_percent",
        "followup_percent",
        "baseline_logit",
        "followup_logit",
        "below_lloq",
        "used",
        "reason",
    )

    def _further(self, found: pd.DataFrame) -> dict[str, Pairs | None]:
        """The same pairs as part of CD45+."""
        names = ["population", "subject"]
        left = pd.MultiIndex.from_frame(found[names])
        cd45 = self.cd45
        if cd45 is not None:
            cd45 = cd45[pd.MultiIndex.from_frame(cd45.frame[names]).isin(left)]
        return {"cd45": cd45}

    @property
    def excluded(self) -> pd.DataFrame:
        """Pairs that are not used, with their reasons."""
        return self.frame.loc[~self.frame["used"], ["population", "subject", "group", "reason"]]

    def by_population(self) -> PairCounts:
        """How many pairs of each population are used, left out, and used although one count is low."""
        rows = [
            {
                "population": name,
                "n_pairs": len(part),
                "n_used": int(part["used"].sum()),
                "n_below_lloq": int((part["used"] & (part["below_lloq"] != "none")).sum()),
                "left_out": join_reasons(count_reasons(part)),
            }
            for name, part in self.frame.groupby("population", sort=False)
        ]
        return PairCounts(pd.DataFrame(rows), self.settings)

    def __repr__(self) -> str:
        return repr(self.by_population())

    def _repr_html_(self) -> str:
        return self.by_population()._repr_html_()


class PairCounts(Result):
    """A row a population: pairs, those used, those with one count below the limit, and why others are left
    out."""

    COLUMNS = ("population", "n_pairs", "n_used", "n_below_lloq", "left_out")


def count_reasons(pairs: pd.DataFrame) -> list[str]:
    """Why pairs are left out, most frequent first: ``"no sample at post (2)"``."""
    counts = pairs.loc[~pairs["used"], "reason"].value_counts()
    return [f"{reason} ({n})" for reason, n in counts.items()]


def pair_populations(
    frame: pd.DataFrame,
    *,
    baseline: str = "pre",
    followup: str = "post",
    denominator: Denominator = "parent",
    min_events: int = MIN_EVENTS,
    percent_offset: float = PERCENT_OFFSET,
) -> Pairs:
    """Pair the two time points of each subject and population.

    A pair with one count below `min_events` is used and marked (``below_lloq``); a pair with both counts
    below holds no measurable change and is left out, as does one of 0 % (or 100 %) at both. The rule treats
    the two time points alike, so that it cannot make a shift of its own.

    Parameters
    ----------
    frame : DataFrame
        As `lib.tables.populations` returns it.
    baseline, followup : str
        Names of the two time points.
    denominator : {"parent", "cd45"}
        Fraction of the parent gate, or of all CD45+ events.
    min_events : int
        A population's own events below which its frequency is below the limit of quantification; where it
        has none (or is all) of its parent at both time points, the parent's events that make this a result.
    percent_offset : float
        Percentage points added to both sides of percentages; counts have half a count.

    Returns
    -------
    Pairs
        One row per population and subject seen at either time point:
        ``population, subject, group, baseline_count, followup_count, baseline_parent, followup_parent,
        baseline_percent, followup_percent, baseline_logit, followup_logit, below_lloq`` (none, baseline,
        followup, both)``, used, reason``.

    Raises
    ------
    InputError
        If a time point does not occur, or the denominator's columns are missing.
    """
    check_timepoints(frame, baseline, followup)
    values = fractions(frame, denominator, percent_offset=percent_offset)
    sides = []
    for side, timepoint in zip(SIDES, (baseline, followup), strict=True):
        part = values[values["timepoint"] == timepoint].set_index(["population", "subject"])
        sides.append(part[["count", "parent", "percent", "logit", "missing"]].add_prefix(f"{side}_"))
    pairs = pd.concat(sides, axis=1).reindex(_order(values, baseline, followup)).reset_index()
    pairs["below_lloq"] = _below(pairs, min_events)
    pairs["reason"] = _reasons(pairs, baseline, followup, min_events)
    pairs["used"] = pairs["reason"] == ""
    pairs["group"] = pairs["subject"].map(_groups(frame))
    of_percents = denominator == "parent" and not has_counts(frame)
    settings = {
        "baseline": baseline,
        "followup": followup,
        "min_events": min_events,
        "percent_offset": percent_offset,
        "denominator": DENOMINATOR_NAMES[denominator] + (PERCENT_ONLY if of_percents else ""),
    }
    cd45 = None
    if denominator == "parent" and {"count", "cd45_count"} <= set(frame):
        cd45 = pair_populations(
            frame, baseline=baseline, followup=followup, denominator="cd45", min_events=min_events
        )
    return Pairs(pairs.drop(columns=["baseline_missing", "followup_missing"]), settings, cd45)


def check_timepoints(frame: pd.DataFrame, *wanted: str, where: str = "the populations") -> None:
    """Refuse a time point that the table does not hold, naming those it does."""
    check_rows(frame, where)
    known = [str(name) for name in frame["timepoint"].dropna().unique() if str(name)]
    absent = [name for name in wanted if name not in known]
    if len(set(wanted)) < len(wanted):
        raise InputError(Fault("baseline and followup must differ", value=wanted[0]))
    if absent:
        near = difflib.get_close_matches(absent[0].lower(), known, n=1, cutoff=0.5)
        remedy = f'Did you mean "{near[0]}"?' if near else "Set baseline and followup to two of them."
        raise InputError(
            Fault(
                f"a timepoint must be one of {', '.join(known)}", value=absent[0], where=where, remedy=remedy
            )
        )


def has_counts(frame: pd.DataFrame) -> bool:
    """True where fractions can come from counts rather than percentages."""
    return {"count", "parent_count"} <= set(frame) and bool(
        frame[["count", "parent_count"]].notna().all(axis=1).any()
    )


def fractions(
    frame: pd.DataFrame, denominator: Denominator = "parent", *, percent_offset: float = PERCENT_OFFSET
) -> pd.DataFrame:
    """``subject, timepoint, population, count, parent, percent, logit, missing`` under one denominator, a row
    a row.

    ``missing`` says why a row has no logit, and is empty where it has one.
    """
    result = frame[["subject", "timepoint", "population"]].copy()
    whole = "parent_count" if denominator == "parent" else "cd45_count"
    if denominator == "parent" and not has_counts(frame):
        return result.assign(
            count=np.nan,
            parent=np.nan,
            percent=frame["percent"],
            logit=percent_logits(frame["percent"], offset=percent_offset),
            missing=np.where(frame["percent"].isna(), "no percentage", ""),
        )
    if not {"count", whole} <= set(frame):
        raise InputError(
            Fault(
                f'fractions of {denominator} need the columns "count" and "{whole}"', where="the populations"
            )
        )
    empty = frame[whole] == 0
    missing = np.select(
        [frame["count"].isna(), frame[whole].isna(), empty],
        ["no count", f"no {whole.replace('_', ' ')}", f"{whole.replace('_', ' ')} is 0"],
        "",
    )
    logit = pd.Series(empirical_logits(frame["count"], frame[whole]), index=frame.index).where(missing == "")
    percent = 100 * frame["count"] / frame[whole].mask(empty)
    return result.assign(
        count=frame["count"], parent=frame[whole], percent=percent, logit=logit, missing=missing
    )


def _order(values: pd.DataFrame, *timepoints: str) -> pd.MultiIndex:
    """Populations and subjects as the file has them."""
    seen = values[values["timepoint"].isin(timepoints)].drop_duplicates(["population", "subject"])
    rank = {name: i for i, name in enumerate(dict.fromkeys(seen["population"]))}
    seen = seen.assign(rank=seen["population"].map(rank)).sort_values("rank", kind="stable")
    return pd.MultiIndex.from_frame(seen[["population", "subject"]])


def _below(pairs: pd.DataFrame, min_events: int) -> np.ndarray:
    low = [(pairs[f"{side}_count"] < min_events).to_numpy() for side in SIDES]
    return np.select([low[0] & low[1], low[0], low[1]], ["both", "baseline", "followup"], "none")


def _reasons(pairs: pd.DataFrame, baseline: str, followup: str, min_events: int) -> np.ndarray:
    conditions, words = [], []
    for side, name in zip(SIDES, (baseline, followup), strict=True):
        missing = pairs[f"{side}_missing"]
        conditions += [missing.isna().to_numpy(), (missing.fillna("") != "").to_numpy()]
        words += [f"no sample at {name}", (missing.fillna("") + f" at {name}").to_numpy()]
    percents = pairs[[f"{side}_percent" for side in SIDES]]
    # No cell among enough is told; of a few cells that are all of their parent, too little is.
    few = pairs[[f"{side}_parent" for side in SIDES]].lt(min_events).any(axis=1).to_numpy()
    for end, word in ((0.0, NO_CELL), (100.0, ALL_CELLS)):
        conditions.append(percents.eq(end).all(axis=1).to_numpy() & ~few)
        words.append(word)
    conditions.append((pairs["below_lloq"] == "both").to_numpy())
    words.append(f"fewer than {min_events} events at both time points")
    return np.select(conditions, words, "")


def _groups(frame: pd.DataFrame) -> dict[str, str]:
    if "group" not in frame:
        return {}
    found: dict[str, str] = (
        frame.dropna(subset=["group"]).drop_duplicates("subject").set_index("subject")["group"].to_dict()
    )
    return found
