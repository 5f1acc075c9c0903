"""The dose curve that a study is remembered by, chosen before looking at it."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from lib.engagement.dose import Engagement

FULLEST = ["n_doses", "n_experiments", "time_h", "own"]


def choose_lead(
    engaged: Engagement, readouts: pd.DataFrame, *, target: str = "", treatment: str = ""
) -> pd.Series:
    """The curve of `target` under `treatment` that says most.

    Where either is empty or was not measured, the first target in the order of `readouts`, under its first
    treatment. Of its curves the one with most doses, then most experiments, then the latest time, then by
    total form before total protein.

    Parameters
    ----------
    readouts : DataFrame
        As they were read, for their order.

    Returns
    -------
    Series
        A row of `engaged`; its name is the place of the row.
    """
    rows = engaged.frame
    for column, wanted in (("target", target), ("treatment", treatment)):
        known = set(rows[column])
        name = _named(wanted, known) or next(name for name in readouts[column] if name in known)
        rows, readouts = (frame[frame[column] == name] for frame in (rows, readouts))
    rows = rows.assign(own=rows["normalised_to"] == "total form")
    return rows.sort_values(FULLEST, ascending=False, kind="stable").drop(columns="own").iloc[0]


def _named(wanted: str, known: Collection[str]) -> str:
    """`wanted` where it is known, else what is known by the beginning of its name, as pX of pX_Y397."""
    alike = [
        name for name in known if wanted and (wanted.startswith(f"{name}_") or name.startswith(f"{wanted}_"))
    ]
    return wanted if wanted in known else min(alike, default="")
