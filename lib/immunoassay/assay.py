"""A whole assay: every analyte on every plate through curve, limits, acceptance and concentrations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from lib.immunoassay.acceptance import NO_CURVE_WITHOUT, check_run
from lib.immunoassay.concentrations import estimate_concentrations
from lib.immunoassay.curves import WEIGHTING, StandardCurve, fit_standard_curves
from lib.immunoassay.limits import Limits, estimate_limits
from lib.immunoassay.readings import MAX_DISAGREEMENT, judge_readings


@dataclass(frozen=True)
class Assay:
    """Results of an assay.

    Parameters
    ----------
    curves : dict of (plate, analyte) to StandardCurve
    limits : dict of (plate, analyte) to Limits
    concentrations, acceptance : DataFrame
        As ``tables/concentrations.csv`` (every dilution, with ``reported`` and ``note``) and
        ``tables/run_acceptance.csv``.
    standards : DataFrame
        The standard wells that were fitted.
    """

    curves: dict[tuple[str, str], StandardCurve]
    limits: dict[tuple[str, str], Limits]
    concentrations: pd.DataFrame
    acceptance: pd.DataFrame
    standards: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """One row a curve, as ``tables/standard_curves.csv``."""
        return pd.DataFrame([_curve_row(key, curve, self.limits[key]) for key, curve in self.curves.items()])

    @property
    def verdicts(self) -> pd.Series:
        """pass or fail of each plate and analyte: fail if any rule fails."""
        return self.acceptance.groupby(["plate", "analyte"]).verdict.agg(
            lambda v: "fail" if (v == "fail").any() else "pass"
        )


def _curve_row(key: tuple[str, str], curve: StandardCurve, limits: Limits) -> dict[str, object]:
    b, c, d, e, f = curve.theta
    return {
        "plate": key[0], "analyte": key[1], "model": curve.model, "b": b, "c": c, "d": d, "e": e, "f": f,
        "lod_pg_ml": limits.lod, "lloq_pg_ml": limits.lloq, "uloq_pg_ml": limits.uloq, "weighting": WEIGHTING,
        "status": curve.status, "advice": curve.advice, "residual_sd_log10": curve.residual_sd,
        "lod_rule": limits.lod_rule, "loq_rule": limits.loq_rule,
    }  # fmt: skip


def analyse_assay(
    wells: pd.DataFrame,
    *,
    model: str = "auto",
    loq_rule: str = "cv",
    max_cv: float = 0.20,
    max_disagreement: float = MAX_DISAGREEMENT,
    confidence: float = 0.95,
) -> Assay:
    """Fit standards, set limits, check acceptance and back-calculate samples, per plate and analyte.

    Parameters
    ----------
    wells : DataFrame
        As :func:`lib.tables.immunoassay.read_immunoassay` returns it.
    model : {"auto", "4pl", "5pl"}
    loq_rule : {"cv", "derivative"}
    max_cv : float
        For the rule ``cv``.
    max_disagreement : float
        Largest difference of two readings of a sample, as a share of their mean; see `judge_readings`.
    confidence : float
    """
    parts = {
        (str(plate), str(analyte)): _by_role(rows)
        for (plate, analyte), rows in wells.groupby(["plate", "analyte"], sort=True)
    }
    pairs = [
        (p["standard"].concentration_pg_ml.to_numpy(float), p["standard"].signal.to_numpy(float))
        for p in parts.values()
    ]
    curves = dict(zip(parts, fit_standard_curves(pairs, model=model), strict=True))
    limits, found, accepted = {}, [], []
    for key, curve in curves.items():
        part = parts[key]
        blanks = part["blank"].signal.to_numpy(float)
        limits[key] = (
            _NONE if curve.status == "flat" else estimate_limits(curve, blanks, rule=loq_rule, max_cv=max_cv)
        )
        samples = estimate_concentrations(part["sample"], curve, limits[key], confidence=confidence)
        rules = check_run(part["standard"], part["control"], samples, blanks, curve, limits[key])
        failed = set(rules.rule[rules.verdict == "fail"])
        readable = not failed & set(NO_CURVE_WITHOUT)
        found.append(_named(samples.assign(run_verdict="fail" if failed else "pass", readable=readable), key))
        accepted.append(_named(rules, key))
    judged = judge_readings(_join(found), max_disagreement=max_disagreement)
    return Assay(curves, limits, judged, _join(accepted), _join([p["standard"] for p in parts.values()]))


def _by_role(rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Wells with a reading by role; what goes on a log scale must be above 0."""
    seen = rows[rows.signal.notna()]
    above = {role: seen[(seen.role == role) & (seen.signal > 0)] for role in ("standard", "blank", "control")}
    above["standard"] = above["standard"][above["standard"].concentration_pg_ml > 0]
    return {**above, "sample": seen[seen.role == "sample"]}


_NONE = Limits(np.nan, np.nan, np.nan, "no curve", "no curve")


def _named(frame: pd.DataFrame, key: tuple[str, str]) -> pd.DataFrame:
    named = frame.copy()
    named.insert(0, "analyte", key[1])
    named.insert(0, "plate", key[0])
    return named


def _join(frames: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [f for f in frames if len(f)]
    return pd.concat(filled or frames[:1], ignore_index=True)
