"""Non-target lesions, new lesions, and the overall response of a visit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from lib.clinical.recist.target import (
    KEYS,
    NODE_LIMIT_MM,
    assess_targets,
    measure_lesions,
    pick_baseline,
    sum_diameters,
)

COLUMNS = [
    "subject",
    "reader",
    "day",
    "sum_mm",
    "baseline_mm",
    "nadir_mm",
    "change_percent",
    "change_from_nadir_percent",
    "target_response",
    "non_target_response",
    "new_lesion",
    "overall_response",
    "why",
]
NO_DISEASE = ""


def assess_visits(lesions: pd.DataFrame, reference_day: pd.Series | None = None) -> pd.DataFrame:
    """Response of every visit by RECIST 1.1, with its reason.

    Parameters
    ----------
    lesions : DataFrame
        ``subject, reader, day, lesion, kind`` (target, non-target, new)``, is_node, diameter_mm, state``.
    reference_day : Series, optional
        By subject; day 1 where absent. The baseline is each lesion's last record on or before it.

    Returns
    -------
    DataFrame
        One row a subject, reader and visit after baseline. ``sum_mm`` is that of the lesions measured; where
        one was not, `why` says how many were and the changes are NaN. ``target_response`` is empty for
        patients without target disease, ``non_target_response`` for those without other lesions;
        ``new_lesion`` is Y or N.

    References
    ----------
    Eisenhauer et al., Eur J Cancer 2009;45:228 (RECIST 1.1), tables 1 to 3.
    """
    reference = pd.Series(dtype=float) if reference_day is None else reference_day
    late = lesions.day > lesions.subject.map(reference).fillna(1.0)
    visits = lesions[late][[*KEYS, "day"]].drop_duplicates()
    targets = lesions[lesions.kind.eq("target")]
    sums = sum_diameters(targets, reference) if len(targets) else None
    frame = _join_targets(visits, sums)
    frame = frame.merge(assess_non_targets(lesions, reference), on=[*KEYS, "day"], how="left")
    frame = frame.merge(_had_others(lesions, reference), on=KEYS, how="left")
    silent = frame.non_target_response.isna() & frame.n_others.gt(0)
    frame["non_target_response"] = frame.non_target_response.mask(silent, "NE").fillna("")
    frame["new_lesion"] = _new_lesions(frame, lesions)
    frame["overall_response"] = assess_overall(
        frame.target_response, frame.non_target_response, frame.new_lesion
    )
    frame["why"] = [_explain(row) for row in frame.itertuples()]
    frame = frame.rename(columns={"measured_mm": "sum_mm"})
    return frame.sort_values([*KEYS, "day"])[COLUMNS].reset_index(drop=True)


def baseline_sums(lesions: pd.DataFrame, reference_day: pd.Series | None = None) -> pd.DataFrame:
    """Sums of diameters at baseline: the same columns as `assess_visits`, without a response."""
    reference = pd.Series(dtype=float) if reference_day is None else reference_day
    targets = lesions[lesions.kind.eq("target")]
    if targets.empty:
        return pd.DataFrame(columns=COLUMNS)
    sums = sum_diameters(targets, reference)
    base = sums[sums.is_baseline.astype(bool)]
    base = base.assign(baseline_mm=base.sum_mm, why="baseline", new_lesion="N")
    return base.reindex(columns=COLUMNS)


def _join_targets(visits: pd.DataFrame, sums: pd.DataFrame | None) -> pd.DataFrame:
    names = ["measured_mm", "baseline_mm", "nadir_mm", "change_percent", "change_from_nadir_percent"]
    if sums is None:
        return visits.assign(
            **dict.fromkeys(names, float("nan")),
            n_measured=0,
            target_response=NO_DISEASE,
            target_why="no target disease",
        )
    base = sums[sums.is_baseline.astype(bool)].set_index(KEYS)
    # A visit at which no target was looked at is a visit with no target measured.
    unseen = visits.merge(sums[[*KEYS, "day"]], on=[*KEYS, "day"], how="left", indicator=True).query(
        "_merge == 'left_only'"
    )
    unseen = unseen.drop(columns="_merge").join(base.n_expected, on=KEYS).dropna(subset=["n_expected"])
    blank = unseen.assign(
        is_baseline=False, n_measured=0, measured_mm=0.0, sum_mm=float("nan"), all_gone=False
    )
    everything = pd.concat([sums, blank], ignore_index=True) if len(blank) else sums
    everything["n_expected"] = everything.n_expected.fillna(0).astype(int)
    read = assess_targets(everything).rename(columns={"why": "target_why"})
    frame = visits.merge(
        read[[*KEYS, "day", "n_measured", *names, "target_response", "target_why"]],
        on=[*KEYS, "day"],
        how="left",
    )
    frame["measured_mm"] = frame.measured_mm.where(frame.n_measured > 0)
    return frame.assign(
        target_response=frame.target_response.fillna(NO_DISEASE),
        target_why=frame.target_why.fillna("no target disease"),
    )


def assess_non_targets(lesions: pd.DataFrame, reference_day: pd.Series) -> pd.DataFrame:
    """Non-target response of each visit: CR, NON-CR/NON-PD, PD (unequivocal) or NE (one not looked at)."""
    others = lesions[lesions.kind.eq("non-target")]
    size = measure_lesions(others)
    small_node = others.is_node.eq(1) & (size < NODE_LIMIT_MM)
    gone = others.state.eq("absent") | (others.state.isna() & ((size == 0) | small_node))
    unknown = others.state.eq("not evaluable") | (others.state.isna() & size.isna())
    read = others.assign(gone=gone, unknown=unknown, worse=others.state.eq("unequivocal progression"))
    read = read[others.day > others.subject.map(reference_day).fillna(1.0)]
    by = read.groupby([*KEYS, "day"], as_index=False)
    visits = by.agg(
        gone=("gone", "all"), unknown=("unknown", "any"), worse=("worse", "any"), seen=("lesion", "nunique")
    )
    visits = visits.merge(_had_others(lesions, reference_day), on=KEYS, how="left")
    incomplete = visits.unknown | (visits.seen < visits.n_others.fillna(0))
    said = np.select([visits.worse, incomplete, visits.gone], ["PD", "NE", "CR"], "NON-CR/NON-PD")
    return visits.assign(non_target_response=said.astype(object))[[*KEYS, "day", "non_target_response"]]


def _had_others(lesions: pd.DataFrame, reference_day: pd.Series) -> pd.DataFrame:
    others = lesions[lesions.kind.eq("non-target")]
    base = others[pick_baseline(others, reference_day)]
    return base.groupby(KEYS).lesion.nunique().rename("n_others").reset_index()


def _new_lesions(frame: pd.DataFrame, lesions: pd.DataFrame) -> np.ndarray:
    """Y from the first visit with a new lesion onwards; one called absent or not evaluable does not count."""
    new = lesions[lesions.kind.eq("new") & ~lesions.state.isin(["absent", "not evaluable"])]
    first = new.groupby(KEYS).day.min().rename("first_new").reset_index()
    days = frame[[*KEYS, "day"]].merge(first, on=KEYS, how="left")
    return np.where(days.day >= days.first_new, "Y", "N")


def assess_overall(target: pd.Series, non_target: pd.Series, new_lesion: pd.Series) -> np.ndarray:
    """Overall response from its three parts, by tables 1 and 2 of RECIST 1.1.

    An empty `target` means no target disease, an empty `non_target` no other lesions.
    """
    t, o = (np.asarray(x, dtype=object) for x in (target, non_target))
    progressed = (t == "PD") | (o == "PD") | (np.asarray(new_lesion, dtype=object) == "Y")
    with_targets = np.select(
        [(t == "CR") & np.isin(o, ["CR", ""]), (t == "CR") | (t == "PR"), t == "SD"], ["CR", "PR", "SD"], "NE"
    )
    without = np.where(o == "", "NE", o)
    return np.select([progressed, t == NO_DISEASE], ["PD", without], with_targets).astype(object)


def _explain(visit: Any) -> str:
    parts = [visit.target_why]
    if visit.non_target_response:
        parts.append(f"non-targets: {visit.non_target_response}")
    if visit.new_lesion == "Y":
        parts.append("new lesion")
    return "; ".join(parts) + f" → {visit.overall_response}"
