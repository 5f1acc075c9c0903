"""Acceptance of a run: the rules of ICH M10 for ligand-binding assays, checked before any result is read."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from lib.immunoassay.curves import FEWEST_LEVELS, StandardCurve
from lib.immunoassay.limits import Limits, detection_signal

Array = NDArray[np.float64]
TOLERANCE, TOLERANCE_AT_ENDS = 20.0, 25.0
LEVELS, SHARE_OF_STANDARDS, SHARE_OF_CONTROLS, SHARE_OF_A_CONTROL = 6, 75.0, 200 / 3, 50.0
FEWEST_BEADS = 50
RECOVERY = "standards within 20 % (25 % at the ends), % of levels"
RISE = "signals rise with concentration, levels that fall"
NO_CURVE_WITHOUT = (RECOVERY, RISE)
"""Rules without which a signal stands for no concentration: nothing read from such a run is reported."""
LEAST_FALL, LEAST_FALL_OF_ONE_WELL, FALL_CONFIDENCE, FEWEST_REPLICATES = 0.10, 0.20, 0.995, 4
"""Fall of a level's signal that counts: 10 % and beyond the error of its wells; 20 % where too few wells tell
that error."""


class Rule(NamedTuple):
    """One row of ``run_acceptance``; `good` is None where there is nothing to evaluate."""

    rule: str
    limit: str
    value: float
    good: bool | None
    note: str = ""


def check_run(
    standards: pd.DataFrame,
    controls: pd.DataFrame,
    samples: pd.DataFrame,
    blanks: Array,
    curve: StandardCurve,
    limits: Limits,
) -> pd.DataFrame:
    """One row a rule: ``rule, limit, value, verdict`` (pass, fail, not evaluated)``, note`` (which levels are
    off).

    Rules: at least 6 levels of standard; at least 75 % of the levels back-calculated within 20 % (25 % at the
    two ends), whether or not they lie within the limits that the same curve sets, except the lowest where
    they read like blanks; signals that rise with concentration (a fall at the top is a hook); a range of
    quantification; CV of the replicates within 20 % between LLOQ and ULOQ; two thirds of control wells within
    20 %, and half of those of each level; CV of sample replicates within 20 % in two thirds; blanks below the
    LLOQ; 50 beads in each well where beads are counted.

    References
    ----------
    ICH M10 (2022) Bioanalytical method validation and study sample analysis, section 4.
    """
    levels, n = _levels(standards, blanks, curve, limits), standards.concentration_pg_ml.nunique()
    rules = [Rule("levels of standard", f">= {LEVELS}", float(n), n >= LEVELS)]
    rules += [_recovery(levels), _rise(standards, levels), _range(limits)]
    inside = levels[levels.inside]
    rules += [
        _largest("CV of standard replicates, largest, %", inside.cv, inside.limit),
        _controls(controls, curve),
        _share(
            "CV of sample replicates within 20 %, % of samples",
            samples.cv_percent.dropna() <= TOLERANCE,
            SHARE_OF_CONTROLS,
        ),
        _blank(blanks, curve, limits),
    ]
    if not np.isfinite(curve.theta).all():
        rules = [r if r.rule in (rules[0].rule, RISE) else Rule(r.rule, r.limit, np.nan, None) for r in rules]
    rules.append(_beads(pd.concat([standards, controls], ignore_index=True)))
    frame = pd.DataFrame([(r.rule, r.limit, r.value) for r in rules], columns=["rule", "limit", "value"])
    verdict = ["not evaluated" if r.good is None else "pass" if r.good else "fail" for r in rules]
    return frame.assign(verdict=verdict, note=[r.note for r in rules])


def _levels(standards: pd.DataFrame, blanks: Array, curve: StandardCurve, limits: Limits) -> pd.DataFrame:
    """Per level that is judged: deviation of the back-calculated concentration and CV of replicates, their
    limit in %.

    A level beyond a plateau is off by infinitely much. Anchors are left out: from the lowest upwards those
    whose signal is no more than that of the limit of detection, so long as enough levels for a curve are
    left.
    """
    y = pd.Series(np.log10(standards.signal.to_numpy(float)), index=standards.concentration_pg_ml.to_numpy())
    mean = y.groupby(level=0).mean()
    level, back = mean.index.to_numpy(float), 10 ** curve.invert(mean.to_numpy())
    wells = pd.Series(10 ** curve.invert(y.to_numpy()), index=y.index)
    spread = wells.where(np.isfinite(wells)).groupby(level=0).agg(["mean", "std"])
    judged = np.maximum.accumulate(~(mean.to_numpy() <= detection_signal(curve, blanks)[0]))
    judged = judged if judged.sum() >= FEWEST_LEVELS else np.ones(len(level), bool)
    frame = pd.DataFrame(
        {
            "off": 100 * (back / level - 1),
            "cv": 100 * spread["std"] / spread["mean"],
            "inside": (level >= limits.lloq * (1 - 1e-9)) & (level <= limits.uloq * (1 + 1e-9)),
        }
    )[judged]
    ends = frame.index.isin([frame.index.min(), frame.index.max()])
    if frame.inside.any():
        ends |= frame.index.isin([frame.index[frame.inside].min(), frame.index[frame.inside].max()])
    return frame.assign(limit=np.where(ends, TOLERANCE_AT_ENDS, TOLERANCE))


def _recovery(levels: pd.DataFrame) -> Rule:
    good = levels.off.abs() <= levels.limit
    return _share(RECOVERY, good, SHARE_OF_STANDARDS)._replace(note=_name_levels("off", levels.index[~good]))


def _rise(standards: pd.DataFrame, levels: pd.DataFrame) -> Rule:
    """Levels whose signal lies below that of a lower level, by more than the error of their wells."""
    kept = standards[standards.concentration_pg_ml.isin(levels.index)]
    y = np.log10(kept.signal).groupby(kept.concentration_pg_ml.to_numpy(float))
    mean, n = y.mean().to_numpy(), y.size().to_numpy()
    if len(mean) < 2:
        return Rule(RISE, "<= 0", np.nan, None)
    top = np.maximum.accumulate(np.where(mean >= np.maximum.accumulate(mean), np.arange(len(mean)), 0))
    df = int(n.sum() - len(n))
    least = -np.log10(1 - (LEAST_FALL if df >= FEWEST_REPLICATES else LEAST_FALL_OF_ONE_WELL))
    if df >= FEWEST_REPLICATES:
        within = float(((n - 1) * np.nan_to_num(y.var().to_numpy())).sum()) / df
        least = np.maximum(least, stats.t.ppf(FALL_CONFIDENCE, df) * np.sqrt(within * (1 / n + 1 / n[top])))
    falls = mean[top] - mean > least
    names = list(y.groups)
    note = "; ".join(
        f"{names[k]:g} pg/ml reads {_reading(mean[k])}, less than {names[top[k]]:g} pg/ml"
        f" ({_reading(mean[top[k]])})"
        for k in np.flatnonzero(falls)
    )
    return Rule(RISE, "<= 0", float(falls.sum()), not falls.any(), note)


def _reading(log10_signal: float) -> str:
    """A signal at four significant digits, without its last bits, which differ from machine to machine."""
    value = float(f"{10**log10_signal:.12g}")
    size = int(f"{value:.3e}".split("e")[1])
    return f"{value:,.{max(3 - size, 0)}f}"


def _range(limits: Limits) -> Rule:
    fold = limits.uloq / limits.lloq
    return Rule("range of quantification, ULOQ over LLOQ", "> 1", float(np.nan_to_num(fold)), bool(fold > 1))


def _name_levels(what: str, levels: pd.Index) -> str:
    return f"{what}: {', '.join(f'{x:g}' for x in levels)} pg/ml" if len(levels) else ""


def _controls(controls: pd.DataFrame, curve: StandardCurve) -> Rule:
    """Control wells within 20 % of their nominal concentration; a well beyond a plateau is off."""
    known = controls[controls.concentration_pg_ml > 0]
    back = 10 ** curve.invert(np.log10(known.signal.to_numpy(float))) * known.dilution.to_numpy(float)
    nominal = known.concentration_pg_ml.to_numpy(float)
    good = pd.Series(np.abs(100 * (back / nominal - 1)) <= TOLERANCE, index=nominal)
    rule = _share("controls within 20 %, % of wells", good, SHARE_OF_CONTROLS)
    by_level = 100 * good.groupby(level=0).mean()
    off = by_level.index[by_level < SHARE_OF_A_CONTROL]
    return rule._replace(good=rule.good and not len(off), note=_name_levels("more than half off", off))


def _share(rule: str, good: pd.Series, least: float) -> Rule:
    if not len(good):
        return Rule(rule, f">= {least:.0f}", np.nan, None)
    share = 100 * float(good.mean())
    return Rule(rule, f">= {least:.0f}", share, share >= least - 1e-9)


def _largest(rule: str, values: pd.Series, limit: pd.Series) -> Rule:
    there = values.dropna()
    if there.empty:
        return Rule(rule, f"<= {TOLERANCE:.0f}", np.nan, None)
    good = there <= limit[there.index]
    largest = f"<= {TOLERANCE:.0f} ({TOLERANCE_AT_ENDS:.0f} at the ends)"
    return Rule(rule, largest, float(there.max()), bool(good.all()), _name_levels("off", there.index[~good]))


def _blank(blanks: Array, curve: StandardCurve, limits: Limits) -> Rule:
    rule = "blanks below the LLOQ, % of wells"
    if not len(blanks) or not np.isfinite(limits.lloq):
        return Rule(rule, ">= 100", np.nan, None)
    share = 100 * float((10 ** curve.invert(np.log10(blanks)) < limits.lloq).mean())
    return Rule(rule, ">= 100", share, share == 100)


def _beads(wells: pd.DataFrame) -> Rule:
    rule = "beads in each standard and control well, fewest"
    if "beads" not in wells or wells.beads.isna().all():
        return Rule(rule, f">= {FEWEST_BEADS}", np.nan, None)
    fewest = float(wells.beads.min())
    return Rule(rule, f">= {FEWEST_BEADS}", fewest, fewest >= FEWEST_BEADS)
