"""Cohorts as a covariate of the paired shifts, and more than two time points by a mixed model."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from lib.paired.pairing import check_timepoints, fractions
from lib.paired.quality import quality_columns
from lib.paired.shifts import Shifts
from lib.paired.signed_rank import estimate_shift
from lib.result import Result

LEAST_SUBJECTS = 4
NO_MEAN = "0 or 100 % has no logit: a bound has no mean"


class Groups(Result):
    """Shifts by group of subjects: a row a group and a row ``adjusted`` a population; none without two
    groups."""

    COLUMNS = (
        "population",
        "group",
        "n_pairs",
        "method",
        "p_groups",
        "shift",
        "low",
        "high",
        "why",
        "quality",
        "reasons",
    )


class TimeCourse(Result):
    """Change from baseline, a row a population and later time point; none where one later time point is all
    there is."""

    COLUMNS = (
        "population",
        "timepoint",
        "n_subjects",
        "n_samples",
        "shift",
        "low",
        "high",
        "p_value",
        "status",
        "advice",
        "quality",
        "reasons",
    )


def compare_groups(shifts: Shifts) -> Groups:
    """Shift of each population within each group, the group-adjusted shift, and the test that groups differ.

    The adjusted shift is the mean of the group means of the logit differences, each group weighing the same,
    with pooled within-group variance (t interval, n − groups degrees of freedom); ``p_groups`` is the F test
    of equal group means. Dose cohorts differ in patients as well as dose: a difference is descriptive.
    Differences that are bounds (±inf) have no mean and no size: their rows are empty and ``why`` says so.

    Parameters
    ----------
    shifts : Shifts
        Their pairs are compared; those of subjects without a group are left out.

    Returns
    -------
    Groups
        ``population, group, n_pairs, method, p_groups, shift, low, high, why, quality, reasons``. Empty where
        fewer than two groups have pairs.
    """
    pairs, confidence = shifts.pairs, shifts.confidence
    used = pairs[pairs["used"] & pairs["group"].notna()]
    settings = {
        "confidence": confidence,
        "baseline": shifts.settings["baseline"],
        "followup": shifts.settings["followup"],
    }
    rows: list[dict[str, Any]] = []
    if used["group"].nunique() < 2:
        return Groups(pd.DataFrame(columns=list(Groups.COLUMNS)), settings)
    for name, population in used.groupby("population", sort=False):
        parts = {
            str(g): d.to_numpy()
            for g, d in sorted(population.groupby("group")["difference"], key=_group_order)
        }
        rows += [_group_row(str(name), group, d, confidence) for group, d in parts.items()]
        rows.append(_adjusted_row(str(name), list(parts.values()), confidence))
    return Groups(_with_quality(pd.DataFrame(rows)[list(Groups.COLUMNS[:-2])], "why"), settings)


def fit_time_course(
    frame: pd.DataFrame, *, baseline: str = "pre", confidence: float = 0.95, least_later: int = 2
) -> TimeCourse:
    r"""Change from baseline at every other time point by a linear mixed model of the logits.

    .. math:: y_{it} = \beta_0 + \beta_t + b_i + \varepsilon_{it},\quad b_i \sim N(0, \tau^2)

    A random intercept per subject, restricted maximum likelihood (statsmodels); subjects with missing time
    points stay in (missing at random). Intervals are Wald with t quantiles at n subjects − 1 degrees of
    freedom, as few subjects make the normal ones too short.

    Parameters
    ----------
    frame : DataFrame
        As `lib.tables.populations` returns it.
    baseline : str
        Name of the first time point.
    confidence : float
        Level of the intervals.
    least_later : int
        Nothing is fitted to fewer later time points: of one the paired shifts say more.

    Returns
    -------
    TimeCourse
        ``population, timepoint, n_subjects, n_samples, shift, low, high, p_value, status, advice, quality,
        reasons``; status ``ok``, ``boundary`` (no variance between subjects), ``too_few``, ``zeros``
        (percentages of 0 or 100, or a time point without a cell: a constant would decide the logits) or
        ``failed``.

    Raises
    ------
    InputError
        If `baseline` does not occur.
    """
    check_timepoints(frame, baseline)
    settings = {"confidence": confidence, "baseline": baseline, "method": "mixed model, random intercept"}
    later = [t for t in dict.fromkeys(frame["timepoint"]) if t != baseline]
    if len(later) < least_later:
        return TimeCourse(pd.DataFrame(columns=list(TimeCourse.COLUMNS)), settings)
    values = fractions(frame).dropna(subset=["logit"])
    rows: list[dict[str, Any]] = []
    for name, population in values.groupby("population", sort=False):
        rows += _course_rows(str(name), population, baseline, later, confidence)
    table = pd.DataFrame(rows, columns=list(TimeCourse.COLUMNS[:-2]))
    return TimeCourse(_with_quality(table, "advice"), settings)


def _with_quality(table: pd.DataFrame, why: str) -> pd.DataFrame:
    """Not judged where there is no shift, a caution where something is said of it; the reason stands in
    `why`."""
    judged = [
        quality_columns([said], none=[said] if math.isnan(shift) else None)
        for shift, said in zip(table["shift"], table[why], strict=True)
    ]
    return table.assign(quality=[q["quality"] for q in judged], reasons=[q["reasons"] for q in judged])


def _group_order(item: tuple[Any, Any]) -> tuple[int, float, str]:
    """Cohorts named by numbers sort as numbers."""
    digits = "".join(c for c in str(item[0]) if c.isdigit() or c == ".").strip(".")
    return (0, float(digits), "") if digits.replace(".", "", 1).isdigit() else (1, 0.0, str(item[0]))


def _group_row(name: str, group: str, d: np.ndarray, confidence: float) -> dict[str, Any]:
    row = {
        "population": name,
        "group": group,
        "n_pairs": d.size,
        "method": "Hodges–Lehmann",
        "p_groups": math.nan,
    }
    if not np.isfinite(d).all():
        return row | {"shift": math.nan, "low": math.nan, "high": math.nan, "why": NO_MEAN}
    result = estimate_shift(d, confidence=confidence)
    return row | {"shift": result.shift, "low": result.low, "high": result.high, "why": result.note}


def _adjusted_row(name: str, parts: list[np.ndarray], confidence: float) -> dict[str, Any]:
    n, k = sum(map(len, parts)), len(parts)
    bounded = not np.isfinite(np.concatenate(parts)).all()
    shift = math.nan if bounded else float(np.mean([d.mean() for d in parts]))
    row = {
        "population": name,
        "group": "adjusted",
        "n_pairs": n,
        "shift": shift,
        "high": math.nan,
        "method": "mean of group means, pooled t",
        "p_groups": math.nan,
    }
    freedom = n - k
    if bounded:
        return row | {"why": NO_MEAN}
    if k < 2 or freedom < 1:
        return row | {"why": "fewer than two groups, or no group with two pairs"}
    pooled = sum(float(((d - d.mean()) ** 2).sum()) for d in parts) / freedom
    half = (
        float(stats.t.isf((1 - confidence) / 2, freedom))
        * math.sqrt(pooled * sum(1 / len(d) for d in parts))
        / k
    )
    between = sum(len(d) * (d.mean() - np.concatenate(parts).mean()) ** 2 for d in parts) / (k - 1)
    p_value = float(stats.f.sf(between / pooled, k - 1, freedom)) if pooled > 0 else math.nan
    return row | {"low": shift - half, "high": shift + half, "p_groups": p_value, "why": ""}


def _course_rows(
    name: str, values: pd.DataFrame, baseline: str, later: list[str], confidence: float
) -> list[dict[str, Any]]:
    subjects = values["subject"].nunique()
    fitted: Any = None
    status, advice = "ok", ""
    if subjects < LEAST_SUBJECTS or baseline not in set(values["timepoint"]):
        status, advice = "too_few", f"needs {LEAST_SUBJECTS} subjects and the baseline; use the paired shifts"
    elif _without_logits(values):
        status, advice = "zeros", "0 or 100 % has no logit; use the paired shifts, which give bounds"
    else:
        fitted, status, advice = _fit_mixed(values, baseline)
    rows = []
    for timepoint in later:
        here = int((values["timepoint"] == timepoint).sum())
        numbers = (
            _contrast(fitted, timepoint, subjects, confidence)
            if fitted is not None and here
            else (math.nan,) * 4
        )
        rows.append(
            {
                "population": name,
                "timepoint": timepoint,
                "n_subjects": subjects,
                "n_samples": here,
                "shift": numbers[0],
                "low": numbers[1],
                "high": numbers[2],
                "p_value": numbers[3],
                "status": status if here else "too_few",
                "advice": advice if here else "no sample at this time point",
            }
        )
    return rows


def _without_logits(values: pd.DataFrame) -> bool:
    """Percentages at an end, or counts that are all 0 at a time point: then the offset would be fitted."""
    at_end = values["percent"].isin([0.0, 100.0]) & values["count"].isna()
    empty = values["count"].eq(0).groupby(values["timepoint"]).all()
    return bool(at_end.any() or empty.any())


def _fit_mixed(values: pd.DataFrame, baseline: str) -> tuple[Any, str, str]:
    """Fit, status and advice; statsmodels warns where a status is wanted."""
    from statsmodels.regression.mixed_linear_model import MixedLM  # slow to import, for one branch only

    others = [t for t in dict.fromkeys(values["timepoint"]) if t != baseline]
    design = pd.DataFrame({"intercept": 1.0} | {t: (values["timepoint"] == t).astype(float) for t in others})
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fitted = MixedLM(values["logit"], design, groups=values["subject"]).fit(
                reml=True, method=["lbfgs", "powell"]
            )
    except (np.linalg.LinAlgError, ValueError) as error:
        return None, "failed", f"the mixed model could not be fitted ({error}); use the paired shifts"
    if not fitted.converged or not np.isfinite(fitted.bse_fe).all():
        return None, "failed", "the mixed model did not converge; use the paired shifts"
    if float(np.asarray(fitted.cov_re).ravel()[0]) < 1e-6:
        return (
            fitted,
            "boundary",
            "no variance between subjects was found; intervals are those of independent samples",
        )
    return fitted, "ok", ""


def _contrast(
    fitted: Any, timepoint: str, subjects: int, confidence: float
) -> tuple[float, float, float, float]:
    shift, se = float(fitted.fe_params[timepoint]), float(fitted.bse_fe[timepoint])
    half = float(stats.t.isf((1 - confidence) / 2, subjects - 1)) * se
    return shift, shift - half, shift + half, float(2 * stats.t.sf(abs(shift) / se, subjects - 1))
