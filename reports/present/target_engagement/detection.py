"""Which lanes were used, and which a detector could not follow."""

from __future__ import annotations

import pandas as pd

from lib.engagement import Changes, Saturation
from lib.engagement.changes import BELOW
from lib.engagement.quality import BY_VEHICLE as VEHICLE_SATURATED
from lib.engagement.quality import name_tie
from reports.shown import Table, Text
from reports.wording import count, listing


def quality(changes: Changes) -> list[Text | Table]:
    """Lanes used and left out, each with its reason, and the ties of saturated ones."""
    tied = name_ties(changes.saturated)
    ties = "".join(f"**{said}.** " for said in tied) or "No lanes tie at a maximum."
    caption = (
        "**Lanes that tie at the maximum** of a signal or normaliser are saturated; they, and what is held "
        "against them, are left out."
    )
    return [
        Text(f"{count_lanes(changes)} {_left_out(changes.excluded)} {ties}"),
        Table("saturation", changes.saturated.frame, caption, fold=not tied),
    ]


def count_lanes(changes: Changes) -> str:
    """How many lanes were used, of how many experiments."""
    n, experiments = len(changes.readouts), changes.readouts["experiment"].nunique()
    used = f"**{n - len(changes.excluded):,} of {count(n, 'lane')} used,**"
    return f"{used} {count(experiments, 'experiment')}."


def name_ties(saturated: Saturation) -> list[str]:
    """A sentence for each tie at a maximum: ``"pX, blot b1: 4 of 7 lanes tie at the maximum signal 3,000:
    saturated"``."""
    said = []
    for tie in saturated.frame.itertuples():
        where, what = name_tie(tie)
        said.append(f"{tie.target}{', ' if where else ''}{where}: {what}: saturated")
    return said


def _left_out(excluded: pd.DataFrame) -> str:
    saturated = excluded["reason"].str.startswith("saturated").sum()
    against = (excluded["reason"] == VEHICLE_SATURATED).sum()
    named = excluded[~excluded["reason"].str.contains("saturated")]
    lost = [
        f"{r.target}, experiment {r.experiment}, {r.dose_uM:g} µM: {r.reason}" for r in named.itertuples()
    ]
    lost += [f"{count(int(saturated), 'saturated lane')}"] * bool(saturated)
    lost += [f"{count(int(against), 'lane')} held against a saturated vehicle"] * bool(against)
    dark = int((excluded["reason"] == BELOW).sum())
    also = f" Lanes not above background have no log2 change; dose curves hold them as read ({dark})."
    return f"Excluded: {listing(lost)}.{also if dark else ''}"
