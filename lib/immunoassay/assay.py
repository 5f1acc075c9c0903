"""A whole assay: every analyte on every plate through curve, limits, acceptance and concentrations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from lib.errors import check_rows
from lib.immunoassay.acceptance import NO_CURVE_WITHOUT, check_run
from lib.immunoassay.concentrations import estimate_concentrations
from lib.immunoassay.curves import WEIGHTING, StandardCurve, fit_standard_curves
from lib.immunoassay.limits import Limits, estimate_limits
from lib.immunoassay.quality import Run, name_failures, name_run, rate, rate_readings
from lib.immunoassay.readings import MAX_DISAGREEMENT, NAMES, judge_readings
from lib.result import Result


class StandardCurves(Result):
    """Curves with their limits, a row a run, as ``tables/standard_curves.csv``."""

    COLUMNS = (
        "plate",
        "analyte",
        "model",
        "b",
        "c",
        "d",
        "e",
        "f",
        "lod_pg_ml",
        "lloq_pg_ml",
        "uloq_pg_ml",
        "weighting",
        "status",
        "advice",
        "residual_sd_log10",
        "lod_rule",
        "loq_rule",
        "quality",
        "reasons",
    )


class ResultCounts(Result):
    """How many results are within range, beyond it and not reported: a row of all, and one an analyte where
    several."""

    COLUMNS = (
        "analyte",
        "n_results",
        "n_within_range",
        "n_below",
        "n_above",
        "n_not_reported",
        "quality",
        "reasons",
    )


@dataclass(frozen=True, repr=False, eq=False)
class Assay(Result):
    """Results of an assay: the concentrations of every dilution, as ``tables/concentrations.csv``, and what
    they rest on.

    Parameters
    ----------
    curves : dict of (plate, analyte) to StandardCurve
    limits : dict of (plate, analyte) to Limits
    acceptance : DataFrame
        As ``tables/run_acceptance.csv``.
    standards : DataFrame
        The standard wells that were fitted.
    """

    curves: Mapping[Run, StandardCurve] = field(default_factory=dict)
    limits: Mapping[Run, Limits] = field(default_factory=dict)
    acceptance: pd.DataFrame = field(default_factory=pd.DataFrame)
    standards: pd.DataFrame = field(default_factory=pd.DataFrame)

    COLUMNS = (
        "plate",
        "analyte",
        "sample",
        "subject",
        "timepoint",
        "concentration_pg_ml",
        "low",
        "high",
        "qualifier",
        "cv_percent",
        "n_wells",
        "dilution",
        "run_verdict",
        "reported",
        "note",
        "quality",
        "reasons",
    )

    def _further(self, found: pd.DataFrame) -> dict[str, Any]:
        """What the results rest on, without the runs of which none is left."""
        gone = _runs_of(self.frame) - _runs_of(found)

        def left(table: pd.DataFrame) -> pd.DataFrame:
            runs = zip(table["plate"].astype(str), table["analyte"].astype(str), strict=True)
            return table[[run not in gone for run in runs]]

        by_run = {"curves": self.curves, "limits": self.limits}
        tables = {"acceptance": self.acceptance, "standards": self.standards}
        return {
            **{name: {run: one for run, one in of.items() if run not in gone} for name, of in by_run.items()},
            **{name: left(table) if len(table) else table for name, table in tables.items()},
        }

    @property
    def concentrations(self) -> pd.DataFrame:
        """Every dilution of every sample, with ``reported`` and ``note``."""
        return self.frame

    @property
    def failures(self) -> dict[Run, list[str]]:
        """Run → the rules that it fails, as reasons; only runs that fail."""
        return name_failures(self.acceptance)

    def gather_curves(self) -> StandardCurves:
        """Curves with their limits, a row a run."""
        failures = self.failures
        rows = [
            _curve_row(key, curve, self.limits[key])
            | rate(failures.get(key, ()), cautions=_of_note(key, curve))
            for key, curve in self.curves.items()
        ]
        return StandardCurves(pd.DataFrame(rows, columns=list(StandardCurves.COLUMNS)), self.settings)

    def count_results(self) -> ResultCounts:
        """Results within range, beyond it and not reported."""
        names = list(dict.fromkeys(self.frame["analyte"]))
        parts = [
            ("all", self.frame),
            *((n, self.frame[self.frame["analyte"] == n]) for n in names if len(names) > 1),
        ]
        rows = [_count_row(str(name), part, self.failures) for name, part in parts]
        return ResultCounts(pd.DataFrame(rows, columns=list(ResultCounts.COLUMNS)), self.settings)

    @property
    def verdicts(self) -> pd.Series:
        """pass or fail of each plate and analyte: fail if any rule fails."""
        return self.acceptance.groupby(["plate", "analyte"]).verdict.agg(
            lambda v: "fail" if (v == "fail").any() else "pass"
        )


def _runs_of(rows: pd.DataFrame) -> set[Run]:
    return {(str(p), str(a)) for p, a in zip(rows["plate"], rows["analyte"], strict=True)}


def _of_note(key: Run, curve: StandardCurve) -> list[str]:
    return [] if curve.status == "ok" else [f"{name_run(*key)}: {curve.advice or curve.status}"]


def _count_row(name: str, found: pd.DataFrame, failures: Mapping[Run, Sequence[str]]) -> dict[str, object]:
    """A count rests on every run that it counts: it fails where all fail, and is of caution where some do."""
    n, told = len(found.drop_duplicates(NAMES)), found.loc[found["reported"] == "yes", "qualifier"]
    runs = _runs_of(found)
    reasons = [reason for run in sorted(runs & set(failures)) for reason in failures[run]]
    all_fail = bool(runs) and runs <= set(failures)
    return {
        "analyte": name,
        "n_results": n,
        "n_within_range": int((told == "=").sum()),
        "n_below": int((told == "<").sum()),
        "n_above": int((told == ">").sum()),
        "n_not_reported": n - len(told),
        **rate(reasons if all_fail else (), "" if n else "no sample was read", () if all_fail else reasons),
    }


def _curve_row(key: tuple[str, str], curve: StandardCurve, limits: Limits) -> dict[str, object]:
    b, c, d, e, f = curve.theta
    return {
        "plate": key[0],
        "analyte": key[1],
        "model": curve.model,
        "b": b,
        "c": c,
        "d": d,
        "e": e,
        "f": f,
        "lod_pg_ml": limits.lod,
        "lloq_pg_ml": limits.lloq,
        "uloq_pg_ml": limits.uloq,
        "weighting": WEIGHTING,
        "status": curve.status,
        "advice": curve.advice,
        "residual_sd_log10": curve.residual_sd,
        "lod_rule": limits.lod_rule,
        "loq_rule": limits.loq_rule,
    }


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
    check_rows(wells, "the wells")
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
    acceptance, standards = _join(accepted), _join([p["standard"] for p in parts.values()])
    settings = {
        "confidence": confidence,
        "model": model,
        "loq_rule": loq_rule,
        "max_cv": max_cv,
        "max_disagreement": max_disagreement,
    }
    rated = rate_readings(judged, name_failures(acceptance))
    return Assay(rated, settings, curves, limits, acceptance, standards)


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
