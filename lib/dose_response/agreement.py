"""IC50s held against references: the same compound, under whatever name, in the same line."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from lib.agreement import Concordance, compare_with_published, concordance_table

REFERENCE_COLUMNS = {"mean_uM": "reference_uM", "sd_uM": "reference_sd_uM", "status": "reference_status"}
"""Columns of references whose names a summary has too, and what they are called beside it."""


def compare_published(
    summary: pd.DataFrame,
    references: pd.DataFrame,
    names: Mapping[str, str | None],
    *,
    margin: float = 2.0,
) -> pd.DataFrame:
    """Each line's geometric mean against its published mean, by equivalence of the ratio within `margin` times.

    A published mean counts as exact. An IC50 beyond the tested range is held with its limit as a bound.

    Parameters
    ----------
    summary : DataFrame
        From `combine_experiments`.
    references : DataFrame
        ``compound, cell_line, mean_uM, sd_uM, source, status``; a compound and line that has none is left out, one
        with several has a row for each.
    names : mapping of str to str or None
        Compound of the summary → the name by which the references know it; None or absent where they do not.
    margin : float
        Greatest fold that still agrees. Two is about what repeated cell assays of one laboratory vary by.

    Returns
    -------
    DataFrame
        Columns of `lib.agreement.Concordance`, then ``published_sd`` (NaN where none is published) and
        ``n_experiments``. ``name`` is the line; where several compounds are compared, "compound in line".
    """
    known = references.rename(columns={"compound": "published_as", **REFERENCE_COLUMNS})
    mine = summary.assign(published_as=[names.get(c) or "" for c in summary["compound"]])
    found = mine.merge(known, on=["published_as", "cell_line"])
    several = len(set(found["compound"])) > 1
    frame = concordance_table(_compare(row, margin, several=several) for _, row in found.iterrows())
    return frame.assign(published_sd=found["reference_sd_uM"], n_experiments=found["n_experiments"])


def _compare(row: pd.Series, margin: float, *, several: bool) -> Concordance:
    mean, mark = float(row["geometric_mean_uM"]), row["qualifier"]
    return compare_with_published(
        mean if mark == "=" else float("nan"),
        mean if mark == ">" else row["geometric_low_uM"],
        mean if mark == "<" else row["geometric_high_uM"],
        row["reference_uM"],
        scale="ratio",
        margin=margin,
        name=f"{row['compound']} in {row['cell_line']}" if several else row["cell_line"],
        unit="µM",
        source=row["source"],
        status=row["reference_status"],
        not_comparable="" if mark else row["why"],
    )
