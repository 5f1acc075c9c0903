"""Paired change of each analyte, with values beyond the assay's range kept as such."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy import stats

from lib.immunoassay.censored import PairedChange, fit_paired_change
from lib.immunoassay.quality import Run, name_failures, name_run, rate
from lib.immunoassay.readings import OTHER
from lib.paired.pairing import check_timepoints
from lib.result import Result
from lib.stats import adjust_p

SIDES = {"<": -1, "=": 0, ">": 1}
COLUMNS = [
    "analyte",
    "n_pairs",
    "n_censored",
    "log2_fold_change",
    "low",
    "high",
    "p_value",
    "q_value",
    "method",
    "half_lloq_log2_fold_change",
    "n_excluded",
    "run_verdict",
    "quality",
    "reasons",
]


class CytokineShifts(Result):
    """Paired change of each analyte, as ``tables/cytokine_shifts.csv``; settings name both time points."""

    COLUMNS = tuple(COLUMNS)

    @property
    def told(self) -> pd.DataFrame:
        """Rows with an estimate."""
        return self.frame[self.frame["log2_fold_change"].notna()]


class Replacements(Result):
    """What replacing values below the limit does to a known difference, as
    ``tables/replacement_bias.csv``."""

    COLUMNS = ("rule", "difference", "truth")


def estimate_cytokine_shifts(
    concentrations: pd.DataFrame,
    *,
    acceptance: pd.DataFrame | None = None,
    baseline: str = "pre",
    followup: str = "post",
    confidence: float = 0.95,
) -> CytokineShifts:
    """Mean log2 fold change from `baseline` to `followup` of each analyte.

    Parameters
    ----------
    concentrations : DataFrame
        ``analyte, subject, timepoint, concentration_pg_ml, qualifier``; of a table with ``reported`` and
        ``note`` only what is reported enters, and of one with ``run_verdict`` the verdict goes along.
    acceptance : DataFrame, optional
        Acceptance of the runs, ``plate, analyte, rule, verdict, note``: which rule a run fails, for the
        reasons.
    baseline, followup : str
        Time points.

    Returns
    -------
    CytokineShifts
        q-values by Benjamini–Hochberg over the analytes that have a p-value.
        ``half_lloq_log2_fold_change`` is what replacing values below the limit by half of it would say:
        biased towards no change, shown for comparison only. ``n_excluded``: subjects read at both times of
        whom a reading is not reported; ``run_verdict``: fail where any value (without pairs: any reading)
        comes from a run that failed a rule. ``quality``: fail with such a run, not judged without an
        estimate, caution where subjects were left out or there is no interval.

    Raises
    ------
    InputError
        If a time point does not occur in a table of several.
    """
    if len(set(concentrations.timepoint[concentrations.subject.notna()].dropna())) > 1:
        check_timepoints(concentrations, baseline, followup, where="the plate")
    kept = concentrations[
        concentrations.subject.notna() & concentrations.timepoint.isin([baseline, followup])
    ]
    failures = {} if acceptance is None else name_failures(acceptance)
    rows = [
        _shift(analyte, rows, baseline, followup, confidence, failures)
        for analyte, rows in kept.groupby("analyte", sort=True)
    ]
    frame = pd.DataFrame(rows, columns=COLUMNS)
    frame["q_value"] = adjust_p(frame.p_value)
    return CytokineShifts(frame, {"baseline": baseline, "followup": followup, "confidence": confidence})


def pair_values(rows: pd.DataFrame, baseline: str, followup: str) -> pd.DataFrame:
    """One row a subject with both time points: ``before, after`` (log2) and their sides (−1, 0, 1).

    Several reported results of one subject and time (other plates) are averaged where within range.
    """
    rows = _reported(rows)
    rows = rows.assign(log2=np.log2(rows.concentration_pg_ml), side=rows.qualifier.map(SIDES))
    order = rows.assign(outside=rows.side != 0).sort_values("outside", kind="stable")
    keys = ["subject", "timepoint"]
    first = order.drop_duplicates(keys)[[*keys, "outside"]]
    one = (
        rows.assign(outside=rows.side != 0)
        .merge(first, on=[*keys, "outside"])
        .groupby(keys)[["log2", "side"]]
        .mean()
    )
    wide = one.unstack("timepoint").dropna()  # noqa: PD010
    if wide.empty or not {baseline, followup} <= set(wide["log2"].columns):
        return pd.DataFrame(columns=["before", "after", "side_before", "side_after"], dtype=float)
    return pd.DataFrame(
        {
            "before": wide["log2"][baseline],
            "after": wide["log2"][followup],
            "side_before": np.sign(wide["side"][baseline]),
            "side_after": np.sign(wide["side"][followup]),
        }
    )


def _reported(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows.reported.eq("yes")] if "reported" in rows else rows


def _shift(
    analyte: object,
    rows: pd.DataFrame,
    baseline: str,
    followup: str,
    confidence: float,
    failures: Mapping[Run, Sequence[str]],
) -> list[object]:
    pairs = pair_values(rows, baseline, followup)
    columns = [pairs[name].to_numpy(float) for name in ("before", "after", "side_before", "side_after")]
    change = fit_paired_change(*columns, confidence=confidence)
    halves = pairs.after - (pairs.side_after < 0) - pairs.before + (pairs.side_before < 0)
    left_out, why = _excluded(rows, pairs.index, baseline, followup)
    method = change.method
    if np.isnan(change.change) and len(left_out):
        method = why if change.n_pairs == 0 else f"{method}; {why.removeprefix('none: ')}"
    used = _reported(rows)
    used = used[used.subject.isin(pairs.index)] if len(pairs) else rows
    failed = used[used.run_verdict.eq("fail")] if "run_verdict" in rows else used.head(0)
    return [
        analyte,
        change.n_pairs,
        change.n_censored,
        change.change,
        change.low,
        change.high,
        change.p_value,
        np.nan,
        method,
        float(halves.mean()) if len(halves) else np.nan,
        len(left_out),
        "fail" if len(failed) else "pass",
        *_rate(change, failed, failures, method, why).values(),
    ]


def _rate(
    change: PairedChange, failed: pd.DataFrame, failures: Mapping[Run, Sequence[str]], method: str, why: str
) -> dict[str, str]:
    """Columns ``quality, reasons`` of a change: the runs that it rests on, then what it lacks, then who was
    left out."""
    runs = (
        failed[["plate", "analyte"]].drop_duplicates()
        if len(failed)
        else pd.DataFrame(columns=["plate", "analyte"])
    )
    named = [
        reason
        for plate, analyte in zip(runs["plate"], runs["analyte"], strict=True)
        for reason in failures.get((str(plate), str(analyte)), [f"{name_run(plate, analyte)} fails"])
    ]
    if np.isnan(change.change):
        return rate(named, method.removeprefix("none: "))
    return rate(
        named,
        cautions=[method if np.isnan([change.low, change.high]).all() else "", why.removeprefix("none: ")],
    )


def _excluded(rows: pd.DataFrame, paired: pd.Index, baseline: str, followup: str) -> tuple[list[object], str]:
    """Subjects read at both times of whom a reading is not reported, and a clause that says why."""
    times = rows.groupby("subject").timepoint.agg(set)
    read = times.index[[{baseline, followup} <= seen for seen in times]]
    out = [s for s in read if s not in paired]
    if not out:
        return [], ""
    lost = rows[rows.subject.isin(out) & rows.reported.eq("no") & rows.note.ne(OTHER)]
    who = f"{len(out):,} subject{'' if len(out) == 1 else 's'}"
    return out, f"none: {who} left out: {_joined(list(dict.fromkeys(lost.note)))}"


def _joined(reasons: list[str], most: int = 3) -> str:
    """``"a, b and c"``; of more than `most` the first, and how many more."""
    if len(reasons) > most:
        return f"{', '.join(reasons[:most])} and {len(reasons) - most} more"
    return " and ".join(part for part in (", ".join(reasons[:-1]), *reasons[-1:]) if part) or "none"


def compare_replacements(
    *, difference: float = -0.70, sd: float = 1.0, censored: float = 0.48, n: int = 20000, seed: int = 1
) -> Replacements:
    """Show by simulation what replacing censored values does to a known difference between two groups.

    Normal logs, `censored` of all values below the limit, many subjects so that what remains is bias.
    """
    rng = np.random.default_rng(seed)
    group = np.repeat([0, 1], n)
    y = rng.normal(difference * group, sd)
    limit = float(np.quantile(y, censored))
    below = y < limit
    seen = np.maximum(y, limit)
    rules = {"limit": seen, "half the limit": np.where(below, limit - np.log(2), y)}
    rows = [(name, float(v[group == 1].mean() - v[group == 0].mean())) for name, v in rules.items()]
    frame = pd.DataFrame(
        [("Tobit", _tobit_difference(seen, below, group)), *rows], columns=["rule", "difference"]
    )
    return Replacements(
        frame.assign(truth=difference), {"sd": sd, "censored": censored, "n": n, "seed": seed}
    )


def _tobit_difference(y: np.ndarray, below: np.ndarray, group: np.ndarray) -> float:
    """Difference of two censored normals. In 1/sd and mean/sd the likelihood is concave (Olsen 1978,
    Econometrica 46:1211), so that Newton's steps find its one optimum to the last digits on every machine.
    """
    seen = np.column_stack([y, -np.ones_like(y), -group.astype(float)])
    at = np.array([1.0, y.mean(), 0.0]) / y.std()
    for _ in range(100):
        z = seen @ at
        hazard = np.exp(stats.norm.logpdf(z) - stats.norm.logcdf(z))
        slope = seen.T @ np.where(below, hazard, -z)
        slope[0] += (~below).sum() / at[0]
        curvature = (seen.T * np.where(below, -hazard * (z + hazard), -1.0)) @ seen
        curvature[0, 0] -= (~below).sum() / at[0] ** 2
        step = np.linalg.solve(curvature, slope)
        at -= step * min(1.0, 0.5 * at[0] / max(step[0], 1e-300))
        if np.abs(step).max() < 1e-13 * np.abs(at).max():
            break
    return float(at[2] / at[0])
