"""Scores compared between two visits, patients as the unit, and what the thresholds do to the change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import pandas as pd

from lib.errors import check_rows
from lib.paired.measurements import MeasurementShifts, Scale, compare_measurements
from lib.result import Result
from lib.stains.quality import doubt_shifts
from lib.stains.results import Patients, Scores
from lib.stains.study import MEASURES, PATIENT, classify_frame, cores_of_status_ok

FACTORS = tuple(0.5 + 0.125 * step for step in range(13))
"""By which all three thresholds are multiplied: a half to two."""


class Sensitivity(Result):
    """The change of the H-score under other thresholds, a row a factor; ``settings`` as of the shifts, and
    ``used``.

    ``used`` is the report's own threshold of 1+.
    """

    COLUMNS: ClassVar[tuple[str, ...]] = (
        "factor",
        "threshold_1",
        "population",
        "n_pairs",
        "baseline_median",
        "followup_median",
        "shift",
        "shift_low",
        "shift_high",
    )


def compare_scores(
    patients: Patients,
    scores: Scores | None = None,
    *,
    baseline: str = "pre",
    followup: str = "post",
    confidence: float = 0.95,
) -> MeasurementShifts:
    """Paired change of H-score, percent positive and median density; see :func:`compare_measurements`.

    With `scores`, ``note`` tells patients whose cores all failed (``few cells``) from patients who were not
    sampled, and images and cores that failed or are in doubt are reasons of the shift's quality.
    """
    seen, doubts = patients.frame.assign(status="ok"), None
    if scores is not None:
        seen = pd.concat([seen, _without_score(patients.frame, scores.named)], ignore_index=True)
        judged = scores.frame if "reasons" in scores.frame else scores.frame.assign(reasons="")
        doubts = doubt_shifts(judged, baseline=baseline, followup=followup)
    scales: dict[str, Scale] = dict.fromkeys(MEASURES, "difference")
    found = compare_measurements(
        seen,
        scales,
        by="population",
        baseline=baseline,
        followup=followup,
        confidence=confidence,
        reason="status",
        doubts=doubts,
    )
    first = ["population", "measurement"]
    return MeasurementShifts(found.frame[first + [c for c in found.frame if c not in first]], found.settings)


def choose_lead(shifts: MeasurementShifts, shows_target: Callable[[str], bool] = lambda _: False) -> str:
    """The population that a report leads with: of the target's readout before others, then the most pairs."""
    h_scores = shifts.frame[shifts.frame["measurement"] == "h_score"]
    check_rows(h_scores, "the changes of the H-score")
    marker = h_scores["population"].str.rsplit("/", n=1).str[0]
    order = pd.DataFrame({"other": ~marker.map(shows_target).astype(bool), "pairs": -h_scores["n_pairs"]})
    return str(h_scores.loc[order.sort_values(["other", "pairs"], kind="stable").index[0], "population"])


def vary_thresholds(
    scores: Scores, factors: Sequence[float] = FACTORS, *, population: str = "", **options: Any
) -> Sensitivity:
    """The paired change of the H-score when all three thresholds are multiplied by each factor.

    Parameters
    ----------
    population : str
        Only this one, as ``marker/compartment``; all by default.
    **options
        ``baseline, followup, confidence``, as :func:`compare_scores` takes them.
    """
    cells, thresholds_od = scores.cells, scores.used.thresholds_od
    if population:
        cells = cells[(cells["marker"] + "/" + cells["compartment"]) == population]
    good = cores_of_status_ok(cells, scores.frame)
    good = good[good["in_mask"]] if "in_mask" in good else good
    rows = []
    for factor in factors:
        cuts = [float(factor) * t for t in thresholds_od]
        changed = compare_measurements(
            _h_scores(classify_frame(good, cuts)), {"h_score": "difference"}, by="population", **options
        )
        rows.append(changed.frame.assign(factor=factor, threshold_1=cuts[0]))
    settings = {**changed.settings, "used": thresholds_od[0]}
    return Sensitivity(pd.concat(rows, ignore_index=True)[list(Sensitivity.COLUMNS)], settings)


def _without_score(patients: pd.DataFrame, named: pd.DataFrame) -> pd.DataFrame:
    """Patients and timepoints whose cores all failed, each with its reasons, of the populations that have
    scores."""
    status = named.groupby(PATIENT)["status"].agg(lambda s: " and ".join(dict.fromkeys(s)))
    status = status[~named["status"].eq("ok").groupby([named[c] for c in PATIENT]).any()]
    failed = status.reset_index()
    failed["population"] = failed["marker"] + "/" + failed["compartment"]
    return failed[failed["population"].isin(patients["population"])]


def _h_scores(cells: pd.DataFrame) -> pd.DataFrame:
    """H-score by patient: 100 × the mean class of a core's cells, cores averaged. Quick, for many
    thresholds."""
    known = cells[cells["class_0_3"] >= 0]
    cores = 100 * known.groupby([*PATIENT, "core"])["class_0_3"].mean()
    patients = cores.groupby(level=PATIENT).mean().rename("h_score").reset_index()
    return patients.assign(population=patients["marker"] + "/" + patients["compartment"])
