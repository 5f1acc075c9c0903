"""What a reconstruction publishes, as results, and how far each row can be relied on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from lib.reconstruct.guyot import Reconstruction
from lib.records import Quality, Verdict, join_reasons
from lib.result import Result

OF_STATUS: Mapping[str, Verdict] = {"close": "pass", "usable": "caution", "poor": "fail"}
WORST_LAST: tuple[Verdict, ...] = ("pass", "caution", "not judged", "fail")


class Accuracy(Result):
    """How well each reconstruction gives its curve back, one row a group; distances are fractions of
    survival."""

    COLUMNS = (
        *("group", "n", "events", "events_printed", "n_points", "n_points_lowered", "root_mean_square"),
        *("largest_residual", "at_risk_missed_by", "status", "advice", "quality", "reasons"),
    )


class Individuals(Result):
    """Reconstructed times, one row an individual, as the clinical tables want them."""

    COLUMNS = ("group", "time", "event", "subject", "endpoint", "time_days")


class NumbersAtRisk(Result):
    """Printed and reconstructed numbers at risk."""

    COLUMNS = ("group", "time", "n_printed", "n_found")


class ReadingSpread(Result):
    """Between which ends repeated readings move a result; `n_estimable` of `n_draws` gave it at all."""

    COLUMNS = ("quantity", "group", "reading_low", "reading_high", "n_draws", "n_estimable")


class CurveResults(Result):
    """Medians and hazard ratios of the reconstructed times; `quantity` is ``median`` or ``hazard_ratio``."""

    COLUMNS = ("quantity", "group", "reference", "value", "low", "high", "status", "quality", "reasons")

    def with_reading(self, spread: ReadingSpread) -> CurveResults:
        """The same rows with what reading alone moves; draws that gave no result are a reason for caution."""
        frame = self.frame.merge(spread.frame, on=["quantity", "group"], how="left")
        judged = [_with_lost_draws(row) for row in frame.to_dict("records")]
        frame = frame.drop(columns=["quality", "reasons"])
        frame = frame.assign(
            quality=[q.verdict for q in judged], reasons=[join_reasons(q.reasons) for q in judged]
        )
        return CurveResults(frame, {**self.settings, **spread.settings})


def judge_curve(group: str, found: Reconstruction) -> tuple[Verdict, str]:
    """Quality of a reconstruction, and why, with the name of its curve."""
    verdict = OF_STATUS[found.status]
    why = f"curve {group}: {found.status}" + (f" ({found.advice.rstrip('.')})" if found.advice else "")
    return verdict, "" if verdict == "pass" else join_reasons([why])


def judge_results(frame: pd.DataFrame, accuracy: Accuracy) -> pd.DataFrame:
    """The results with the quality of the worst curve that each rests on."""
    curves = {str(row["group"]): Quality.of_row(row) for row in accuracy.frame.to_dict("records")}
    judged = [_judge(row, curves) for row in frame.to_dict("records")]
    return frame.assign(
        quality=[q.verdict for q in judged], reasons=[join_reasons(q.reasons) for q in judged]
    )


def _judge(row: Mapping[str, Any], curves: Mapping[str, Quality]) -> Quality:
    under = [curves[name] for name in (str(row["group"]), str(row["reference"])) if name in curves]
    own: list[Quality] = []
    if row["status"] not in ("ok", "reached", "not reached"):
        verdict: Verdict = "not judged" if pd.isna(row["value"]) else "caution"
        own = [Quality(verdict, (str(row["status"]),))]
    return _worst([*under, *own])


def _with_lost_draws(row: Mapping[str, Any]) -> Quality:
    known = Quality.of_row(row)
    lost = 0 if pd.isna(row["n_draws"]) else int(row["n_draws"] - row["n_estimable"])
    if not lost or pd.isna(row["value"]):
        return known
    said = f"{lost} of {int(row['n_draws'])} repeated readings gave no {row['quantity'].replace('_', ' ')}"
    return _worst([known, Quality("caution", (said,))])


def _worst(found: list[Quality]) -> Quality:
    verdicts = {q.verdict for q in found}
    verdict: Verdict = next((v for v in reversed(WORST_LAST) if v in verdicts), "pass")
    return Quality(verdict, tuple(dict.fromkeys(why for q in found for why in q.reasons)))
