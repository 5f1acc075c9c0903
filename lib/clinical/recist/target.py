"""Target lesions: sums of diameters and the response they mean, visit by visit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

TOO_SMALL_MM = 5.0
NODE_LIMIT_MM = 10.0
KEYS = ["subject", "reader"]
TOLERANCE = 1e-9
"""Relative; keeps a sum that is exactly 70 % of baseline from failing by a rounding of the machine."""


def measure_lesions(lesions: pd.DataFrame) -> pd.Series:
    """Diameter of each lesion in mm: as measured; 5 if too small to measure; 0 if absent; NaN if unknown.

    Parameters
    ----------
    lesions : DataFrame
        ``diameter_mm`` (a node's short axis) and ``state``.

    References
    ----------
    Eisenhauer et al., Eur J Cancer 2009;45:228 (RECIST 1.1), section 4.2 and 4.3.
    """
    inferred = lesions.state.map({"too small": TOO_SMALL_MM, "absent": 0.0}).astype(float)
    return lesions.diameter_mm.astype(float).where(lesions.diameter_mm.notna(), inferred)


def pick_baseline(lesions: pd.DataFrame, reference_day: pd.Series) -> pd.Series:
    """Which rows are baseline: each lesion's last on or before its subject's reference day."""
    before = lesions.day <= lesions.subject.map(reference_day).fillna(1.0)
    last = lesions.day.where(before).groupby([lesions[k] for k in [*KEYS, "lesion"]]).transform("max")
    return before & lesions.day.eq(last)


def sum_diameters(targets: pd.DataFrame, reference_day: pd.Series) -> pd.DataFrame:
    """Sum of diameters by subject, reader and visit, the baseline first.

    Parameters
    ----------
    targets : DataFrame
        Target lesions: ``subject, reader, day, lesion, is_node, diameter_mm, state``.
    reference_day : Series
        By subject; day 1 where absent.

    Returns
    -------
    DataFrame
        ``subject, reader, day, is_baseline, n_expected, n_measured, measured_mm`` (of the lesions that were
        measured)``, sum_mm`` (NaN unless complete)``, all_gone``: every lesion gone, every node < 10 mm.
    """
    frame = targets.assign(size=measure_lesions(targets), is_baseline=pick_baseline(targets, reference_day))
    late = frame.day > frame.subject.map(reference_day).fillna(1.0)
    frame = frame[frame.is_baseline | late]
    own = frame[frame.is_baseline].groupby(KEYS)
    frame.loc[frame.is_baseline, "day"] = own.day.transform("max")
    frame["gone"] = np.where(frame.is_node.eq(1), frame["size"] < NODE_LIMIT_MM, frame["size"] == 0)
    visits = frame.groupby([*KEYS, "day"], as_index=False).agg(
        is_baseline=("is_baseline", "max"),
        n_measured=("size", "count"),
        measured_mm=("size", "sum"),
        all_gone=("gone", "all"),
    )
    expected = own.lesion.nunique().rename("n_expected")
    visits = visits.merge(expected, left_on=KEYS, right_index=True, how="left")
    complete = visits.n_measured >= visits.n_expected
    return visits.assign(sum_mm=visits.measured_mm.where(complete), all_gone=visits.all_gone & complete)


def assess_targets(sums: pd.DataFrame) -> pd.DataFrame:
    """Target response of each visit after baseline.

    With S the sum, B the baseline and N the smallest earlier complete sum, baseline included, in this order:
    CR if all is gone and every node < 10 mm; PD if S >= 1.2 N and S - N >= 5 mm (from N = 0: S >= 5 mm), also
    where only what was measured reaches that; PR if S <= 0.7 B; NE if a target is missing; else SD.

    Parameters
    ----------
    sums : DataFrame
        As `sum_diameters` returns; at least ``subject, reader, day, is_baseline, sum_mm``.

    Returns
    -------
    DataFrame
        The follow-up visits with ``baseline_mm, nadir_mm, change_percent, change_from_nadir_percent,
        target_response`` and ``why``.

    References
    ----------
    Eisenhauer et al., Eur J Cancer 2009;45:228 (RECIST 1.1), section 4.3.1.
    """
    frame = sums.sort_values([*KEYS, "day"]).reset_index(drop=True)
    for name, value in (
        ("measured_mm", frame.sum_mm),
        ("all_gone", frame.sum_mm == 0),
        ("n_measured", 1),
        ("n_expected", 1),
    ):
        if name not in frame:
            frame[name] = value
    groups = frame.groupby(KEYS)
    frame["baseline_mm"] = (
        frame.sum_mm.where(frame.is_baseline.astype(bool))
        .groupby([frame[k] for k in KEYS])
        .transform("first")
    )
    lowest = groups.sum_mm.cummin().groupby([frame[k] for k in KEYS]).ffill()
    frame["nadir_mm"] = lowest.groupby([frame[k] for k in KEYS]).shift()
    frame["change_percent"] = _percent(frame.sum_mm, frame.baseline_mm)
    frame["change_from_nadir_percent"] = _percent(frame.sum_mm, frame.nadir_mm)
    after = frame[~frame.is_baseline.astype(bool)].reset_index(drop=True)
    after["target_response"] = _classify(after)
    after["why"] = [_explain(row) for row in after.itertuples()]
    return after


def _percent(now: pd.Series, then: pd.Series) -> pd.Series:
    """Change in percent; NaN from a base of 0, where a percentage says nothing."""
    return 100 * (now - then) / then.where(then > 0)


def _classify(visits: pd.DataFrame) -> np.ndarray:
    nadir, size = visits.nadir_mm, visits.measured_mm
    slack = TOLERANCE * (1 + nadir.abs())
    progressed = (size - 1.2 * nadir >= -slack) & (size - nadir - 5 >= -slack)
    partial = visits.sum_mm - 0.7 * visits.baseline_mm <= TOLERANCE * visits.baseline_mm
    known = visits.sum_mm.notna() & visits.baseline_mm.notna()
    return np.select(
        [visits.all_gone.astype(bool), progressed, ~known, partial], ["CR", "PD", "NE", "PR"], "SD"
    )


def _explain(visit: Any) -> str:
    v = visit
    if v.target_response == "CR":
        return "targets: all gone, nodes < 10 mm"
    if v.target_response == "NE":
        return (
            f"targets: {v.n_measured} of {v.n_expected} measured"
            if v.n_measured < v.n_expected
            else "targets: no baseline sum"
        )
    if v.target_response == "PD":
        grown = "" if np.isnan(v.change_from_nadir_percent) else f" ({v.change_from_nadir_percent:+.1f} %)"
        part = (
            f", though only {v.n_measured} of {v.n_expected} were measured"
            if v.n_measured < v.n_expected
            else ""
        )
        return (
            f"targets: {v.measured_mm:g} mm, nadir {v.nadir_mm:g} mm, {v.measured_mm - v.nadir_mm:+.1f}"
            f" mm{grown}{part}"
        )
    rule = (
        "<= −30 %"
        if v.target_response == "PR"
        else "neither <= −30 % of baseline nor >= 20 % and 5 mm over nadir"
    )
    return f"targets: {v.sum_mm:g} mm, {v.change_percent:+.1f} % from baseline {v.baseline_mm:g} mm: {rule}"
