"""How far each row of a clinical table can be relied on, and why not.

*pass*: nothing against it; *caution*: the number stands, but a reader must know the reasons; *not judged*:
there is no number, or no event to judge it by. Nothing *fails* here: tables carry no acceptance of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pandas as pd

from lib.records import Verdict, join_reasons
from lib.survival.contrast import FEW_EVENTS

FEW = FEW_EVENTS
"""Patients, events or patients at risk below which a number is called one of few."""
NOT_PROPORTIONAL = 0.05
NOT_RANDOMISED = "groups were not randomised"
RESPONDERS = "responders only, who are known only later"
Judged = tuple[Verdict, Iterable[str]]


def judge_rows(frame: pd.DataFrame, judge: Callable[[Any], Judged]) -> pd.DataFrame:
    """The frame with the columns ``quality`` and ``reasons`` at its end."""
    judged = [judge(row) for row in frame.itertuples()]
    return frame.assign(
        quality=pd.Series([verdict for verdict, _ in judged], frame.index, dtype=object),
        reasons=pd.Series([join_reasons(reasons) for _, reasons in judged], frame.index, dtype=object),
    )


def judge_rate(row: Any) -> Judged:
    """A rate: of nobody none, of few with a caution."""
    if pd.isna(row.rate):
        return "not judged", ["no patient"]
    return _stands([_only(row.n, "patient")])


def judge_difference(row: Any, *, randomised: bool) -> Judged:
    """A difference of rates: without variance Wald's interval is lacking."""
    if pd.isna(row.difference):
        return "not judged", [row.status]
    return _stands([_unless_ok(row.status), "" if randomised else NOT_RANDOMISED])


def judge_median(row: Any) -> Judged:
    """A median time: nothing without an event; few events, or few at risk there, with a caution."""
    if not row.events:
        return "not judged", ["no event yet, so no interval of its restricted mean"]
    at_risk = row.median_at_risk
    rests = f"median rests on {at_risk} at risk" if pd.notna(row.median) and at_risk < FEW else ""
    return _stands([_only(row.events, "event") or rests])


def judge_share(row: Any) -> Judged:
    """A share free of event at a fixed time: nothing beyond follow-up."""
    if pd.isna(row.survival):
        return "not judged", [row.status]
    no_bounds = row.status if pd.isna(row.low) and pd.isna(row.high) else ""
    return _stands([no_bounds, f"{row.at_risk} at risk" if row.at_risk < FEW else ""])


def judge_ratio(row: Any, *, randomised: bool) -> Judged:
    """A hazard ratio of a table of comparisons."""
    if pd.isna(row.hazard_ratio):
        return "not judged", [str(row.advice or row.status).rstrip(".")]
    bent = pd.notna(row.ph_test_p) and row.ph_test_p < NOT_PROPORTIONAL
    return _stands(
        [
            "" if row.status == "ok" else str(row.advice or row.status).rstrip("."),
            f"hazards not proportional (p = {row.ph_test_p:.2g})" if bent else "",
            RESPONDERS if row.endpoint == "DoR" else "",
            "" if randomised else NOT_RANDOMISED,
        ]
    )


def judge_contrast(row: Any, *, randomised: bool) -> Judged:
    """A further contrast: a test, a difference of survival or of restricted means."""
    if pd.isna(row.estimate):
        return "not judged", [row.status]
    responders = RESPONDERS if row.endpoint == "DoR" else ""
    return _stands([_unless_ok(row.status), responders, "" if randomised else NOT_RANDOMISED])


def judge_subgroup(row: Any, *, randomised: bool) -> Judged:
    """A hazard ratio in a subgroup; its reasons hold no count, since counts may have to be left out."""
    if pd.isna(row.hazard_ratio):
        return "not judged", [row.status]
    return _stands([_unless_ok(row.status), "" if randomised else NOT_RANDOMISED])


def judge_timing(row: Any) -> Judged:
    """A median by where progression is put."""
    if not row.events:
        return "not judged", ["no event yet"]
    unsure = "" if row.median_status in ("reached", "not reached") else str(row.median_status)
    return _stands([unsure, _only(row.events, "event")])


def _stands(reasons: list[str]) -> Judged:
    said = [reason for reason in reasons if reason]
    return ("caution" if said else "pass"), said


def _unless_ok(status: str) -> str:
    return "" if status == "ok" else status


def _only(n: int, what: str) -> str:
    return f"{n} {what}{'' if n == 1 else 's'} only" if n < FEW else ""
