"""How far each number of target engagement can be relied on, and why not: the columns ``quality`` and
``reasons``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from lib.records import REASONS, Verdict, join_reasons

COLUMNS = ("quality", "reasons")
TIES, LOST = "ties", "lost"
BY_VEHICLE = "its vehicle lane is saturated"
RISES = "it stands above vehicle at the highest dose, so that its midpoint inhibits nothing"
NO_FALL = "it rises with dose, so that no inhibitory concentration can be told"
UNBOUNDED = "the data do not bound the IC50 on both sides"
LANES_ALONE = "the interval holds lanes, not the spread between experiments"


def name_tie(tie: Any) -> tuple[str, str]:
    """Of a row of ``find_saturation``: the experiment and blot (empty: over all), and how many lanes tie at
    what."""
    where = [f"experiment {tie.experiment}"] * (tie.experiment != "") + [f"blot {tie.blot}"] * (
        tie.blot != ""
    )
    reading = "signal" if tie.reading == "signal" else f"normaliser ({tie.normalised_to})"
    lanes = f"{tie.n_lanes} lane{'' if tie.n_lanes == 1 else 's'}"
    return ", ".join(where), f"{tie.n_tied} of {lanes} tie at the maximum {reading} {tie.maximum:,.10g}"


def trace_lost(excluded: pd.DataFrame, saturated: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Per curve or point that lost lanes: `keys`, the ``ties`` that took them, and why others were
    ``lost``."""
    rows = []
    for names, part in excluded.groupby(keys, dropna=False, sort=False):
        dark = part["reason"].str.contains("saturated")
        ties = join_reasons(_ties(part[dark], saturated)) if dark.any() else ""
        rows.append((*names, ties, join_reasons(part.loc[~dark, "reason"])))
    return pd.DataFrame(rows, columns=[*keys, TIES, LOST])


def _ties(lost: pd.DataFrame, saturated: pd.DataFrame) -> Iterator[str]:
    """Ties of a target that lie where its lost lanes do; a vehicle may lie on another blot of the
    experiment."""
    experiments, blots = {"", *lost["experiment"].astype(str)}, {"", *lost["blot"].astype(str)}
    anywhere = (lost["reason"] == BY_VEHICLE).any()
    mine = saturated[
        (saturated["target"] == lost["target"].iloc[0])
        & (saturated["normalised_to"] == lost["normalised_to"].iloc[0])
        & saturated["experiment"].astype(str).isin(experiments)
    ]
    for tie in mine.itertuples():
        if anywhere or str(tie.blot) in blots:
            where, what = name_tie(tie)
            yield f"{where}{': ' if where else ''}{what}"


def _joined(rows: pd.DataFrame, traced: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """``ties`` and ``lost`` of each row, empty where nothing was lost; indexed as `rows`."""
    if traced.empty:
        return pd.DataFrame({TIES: "", LOST: ""}, index=rows.index)
    typed = traced.astype({key: rows[key].dtype for key in keys})
    return rows[keys].merge(typed, on=keys, how="left").set_index(rows.index)[[TIES, LOST]].fillna("")


def judge_curves(
    rows: pd.DataFrame, traced: pd.DataFrame, keys: list[str], *, fewest: tuple[int, int]
) -> pd.DataFrame:
    """Quality of dose curves; `fewest` are the doses that a curve and the experiments that an interval
    need."""
    known = _joined(rows, traced, keys)
    found = [
        _judge_curve(row, ties, lost, *fewest)
        for row, ties, lost in zip(rows.itertuples(), known[TIES], known[LOST], strict=True)
    ]
    return _columns(found, rows.index)


def _judge_curve(row: Any, ties: str, lost: str, doses: int, experiments: int) -> tuple[Verdict, str]:
    if row.status == "saturated":
        return "fail", ties or "its lanes are saturated"
    if row.status == "no vehicle":
        return "not judged", lost or "no lane can be held against a vehicle"
    if row.status == "too few doses":
        return "not judged", f"{row.n_doses} of the {doses} doses that an IC50 needs"
    if np.isnan(row.ic50_uM):
        why = "the fit failed" if row.status == "failed" else "no midpoint can be told"
        return "not judged", NO_FALL if is_rising(row) else why
    against = [UNBOUNDED] if row.status == "ambiguous" else []
    against += [RISES] if is_rising(row) else []
    against += [_left_out(row.n_saturated), *ties.split(REASONS)] if row.n_saturated else []
    against += [_few(row.n_experiments)] if row.n_experiments < experiments else []
    return ("caution" if against else "pass"), join_reasons(against)


def is_rising(row: Any) -> bool:
    """Whether a readout stands above its vehicle at the highest dose, with a dose curve: its midpoint
    inhibits nothing."""
    return bool(row.max_inhibition < 0) and row.status != "no_effect"


def _left_out(n: int) -> str:
    if n == 1:
        return "1 lane left out, since it or its vehicle is saturated"
    return f"{n} lanes left out, since they or their vehicle are saturated"


def _few(n: int) -> str:
    return f"{n} experiment{'' if n == 1 else 's'}: {LANES_ALONE}"


def judge_changes(table: pd.DataFrame, traced: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Quality of log2 changes: their own ``why``, and lanes of the same point that were saturated."""
    ties = _joined(table, traced, keys)[TIES]
    verdict = np.select(
        [table["log2_fold_change"].isna(), (table["why"] != "") | (ties != "")],
        ["not judged", "caution"],
        "pass",
    )
    reasons = [join_reasons([why, *tie.split(REASONS)]) for why, tie in zip(table["why"], ties, strict=True)]
    return pd.DataFrame({"quality": verdict, "reasons": reasons}, index=table.index, dtype=object)


def judge_half_lives(table: pd.DataFrame, traced: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Quality of half-lives, from their status and note, and from saturated lanes left out."""
    ties = _joined(table, traced, keys)[TIES]
    pairs = zip(table.itertuples(), ties, strict=True)
    return _columns([_judge_half_life(row, tie) for row, tie in pairs], table.index)


def _judge_half_life(row: Any, ties: str) -> tuple[Verdict, str]:
    if row.status == "saturated":
        return "fail", ties or row.note
    told = join_reasons([row.note, *ties.split(REASONS)])
    if np.isnan(row.half_life_h):
        return "not judged", told or row.status
    return ("caution" if told else "pass"), told


def _columns(found: list[tuple[Verdict, str]], index: pd.Index) -> pd.DataFrame:
    return pd.DataFrame(found, index=index, columns=list(COLUMNS), dtype=object)
