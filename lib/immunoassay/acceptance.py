"""Acceptance of a run: the rules of ICH M10 for ligand-binding assays, checked before any result is read."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.immunoassay.curves import StandardCurve
from lib.immunoassay.limits import Limits

Array = NDArray[np.float64]
TOLERANCE, TOLERANCE_AT_ENDS = 20.0, 25.0
LEVELS, SHARE_OF_STANDARDS, SHARE_OF_CONTROLS = 6, 75.0, 200 / 3
FEWEST_BEADS = 50


def check_run(standards: pd.DataFrame, controls: pd.DataFrame, samples: pd.DataFrame, blanks: Array, curve: StandardCurve,
              limits: Limits) -> pd.DataFrame:  # fmt: skip
    """One row a rule: ``rule, limit, value, verdict`` (pass, fail, not evaluated).

    Rules: at least 6 levels of standard; at least 75 % of the levels between LLOQ and ULOQ back-calculated
    within 20 % (25 % at the two ends); CV of their replicates within the same; two thirds of control wells
    within 20 %; CV of sample replicates within 20 % in two thirds; blanks below the LLOQ; 50 beads in each well
    where beads are counted.

    References
    ----------
    ICH M10 (2022) Bioanalytical method validation and study sample analysis, section 4.
    """
    levels = _levels(standards, curve, limits)
    rows = [
        ("levels of standard", f">= {LEVELS}", float(standards.concentration_pg_ml.nunique()), standards.concentration_pg_ml.nunique() >= LEVELS),
        _share("standards within 20 % (25 % at the ends), % of levels", levels.off.abs() <= levels.limit, SHARE_OF_STANDARDS),
        _largest("CV of standard replicates, largest, %", levels.cv, levels.limit),
        _share("controls within 20 %, % of wells", _accuracy(controls, curve).abs() <= TOLERANCE, SHARE_OF_CONTROLS),
        _share("CV of sample replicates within 20 %, % of samples", samples.cv_percent.dropna() <= TOLERANCE, SHARE_OF_CONTROLS),
        _blank(blanks, curve, limits),
        _beads(pd.concat([standards, controls], ignore_index=True)),
    ]  # fmt: skip
    frame = pd.DataFrame([row[:3] for row in rows], columns=["rule", "limit", "value"])
    frame["verdict"] = ["not evaluated" if row[3] is None else "pass" if row[3] else "fail" for row in rows]
    if not np.isfinite(curve.theta).all():
        frame.loc[1:5, ["value", "verdict"]] = [np.nan, "not evaluated"]
    return frame


Rule = tuple[str, str, float, bool | None]


def _levels(standards: pd.DataFrame, curve: StandardCurve, limits: Limits) -> pd.DataFrame:
    """Per level within range: deviation of the back-calculated mean and CV of replicates, with their limit in %."""
    back = 10 ** curve.invert(np.log10(standards.signal.to_numpy()))
    wells = pd.DataFrame(
        {"level": standards.concentration_pg_ml.to_numpy(), "back": np.where(np.isfinite(back), back, np.nan)}
    )
    inside = wells.level.between(limits.lloq * (1 - 1e-9), limits.uloq * (1 + 1e-9))
    levels = wells[inside].groupby("level").back.agg(["mean", "std"])
    ends = (
        levels.index.isin([levels.index.min(), levels.index.max()])
        if len(levels)
        else np.zeros(0, dtype=bool)
    )
    return pd.DataFrame({
        "off": 100 * (levels["mean"] / levels.index.to_numpy(float) - 1), "cv": 100 * levels["std"] / levels["mean"],
        "limit": np.where(ends, TOLERANCE_AT_ENDS, TOLERANCE),
    })  # fmt: skip


def _accuracy(controls: pd.DataFrame, curve: StandardCurve) -> pd.Series:
    """Deviation of control wells from their nominal concentration, %; a well beyond a plateau counts as off."""
    known = controls[controls.concentration_pg_ml > 0]
    back = 10 ** curve.invert(np.log10(known.signal.to_numpy())) * known.dilution.to_numpy(float)
    return pd.Series(100 * (back / known.concentration_pg_ml.to_numpy() - 1))


def _share(rule: str, good: pd.Series, least: float) -> Rule:
    if not len(good):
        return rule, f">= {least:.0f}", np.nan, None
    share = 100 * float(good.mean())
    return rule, f">= {least:.0f}", share, share >= least - 1e-9


def _largest(rule: str, values: pd.Series, limit: pd.Series) -> Rule:
    there = values.dropna()
    if there.empty:
        return rule, f"<= {TOLERANCE:.0f}", np.nan, None
    return (
        rule,
        f"<= {TOLERANCE:.0f} ({TOLERANCE_AT_ENDS:.0f} at the ends)",
        float(there.max()),
        bool((there <= limit[there.index]).all()),
    )


def _blank(blanks: Array, curve: StandardCurve, limits: Limits) -> Rule:
    rule = "blanks below the LLOQ, % of wells"
    if not len(blanks) or not np.isfinite(limits.lloq):
        return rule, ">= 100", np.nan, None
    share = 100 * float((10 ** curve.invert(np.log10(blanks)) < limits.lloq).mean())
    return rule, ">= 100", share, share == 100


def _beads(wells: pd.DataFrame) -> Rule:
    rule = "beads in each standard and control well, fewest"
    if "beads" not in wells or wells.beads.isna().all():
        return rule, f">= {FEWEST_BEADS}", np.nan, None
    return rule, f">= {FEWEST_BEADS}", float(wells.beads.min()), bool(wells.beads.min() >= FEWEST_BEADS)
