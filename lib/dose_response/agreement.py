"""IC50s held against references: the same compound, under whatever name, in the same line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar

import pandas as pd

from lib.agreement import Concordance, compare_with_published, concordance_table
from lib.door import expose
from lib.dose_response.judge import QUALITY
from lib.dose_response.potency import PAIR, Potency
from lib.result import Result

REFERENCE_COLUMNS = {"mean_uM": "reference_uM", "sd_uM": "reference_sd_uM", "status": "reference_status"}
"""Columns of references whose names a summary has too, and what they are called beside it."""


AGREEMENT_COLUMNS = [*Concordance.__dataclass_fields__, "published_sd", "n_experiments", *QUALITY]


@dataclass(frozen=True, repr=False, eq=False)
class Agreement(Result):
    """IC50s held against references, a row a comparison.

    ``margin`` of the settings is the greatest fold that agrees, ``n_references`` how many there were to hold
    against; `pairs` names the compound and line of each row.
    """

    pairs: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=PAIR))

    COLUMNS: ClassVar[tuple[str, ...]] = tuple(AGREEMENT_COLUMNS)
    ALIGNED: ClassVar[tuple[str, ...]] = ("pairs",)


def compare_published(
    potency: Potency, references: pd.DataFrame, *, named: Callable[[str], str | None], margin: float = 2.0
) -> Agreement:
    """Each line's geometric mean against its published mean, by equivalence of the ratio within `margin`
    times.

    A published mean counts as exact. An IC50 beyond the tested range is held with its limit as a bound.

    Parameters
    ----------
    potency : Potency
        Its relative IC50s, which are what is published.
    references : DataFrame
        ``compound, cell_line, mean_uM, sd_uM, source, status``; a compound and line that has none is left
        out, one with several has a row for each.
    named : callable
        Name of a compound as measured → the name by which the references know it; None where they do not.
    margin : float
        Greatest fold that still agrees. Two is about what repeated cell assays of one laboratory vary by.

    Returns
    -------
    Agreement
        Columns of `lib.agreement.Concordance`, then ``published_sd`` (NaN where none is published),
        ``n_experiments`` and `QUALITY`. ``name`` is the line; where several compounds are compared, "compound
        in line".
    """
    known = references.rename(columns={"compound": "published_as", **REFERENCE_COLUMNS})
    summary = potency.frame
    mine = summary.assign(published_as=[named(c) or "" for c in summary["compound"]])
    found = mine.merge(known, on=["published_as", "cell_line"])
    several = len(set(found["compound"])) > 1
    frame = concordance_table(_compare(row, margin, several=several) for _, row in found.iterrows())
    further = {"published_sd": found["reference_sd_uM"], "n_experiments": found["n_experiments"]}
    frame = frame.assign(**further, **{name: found[name] for name in QUALITY})
    settings = {"confidence": potency.confidence, "margin": margin, "n_references": len(references)}
    return Agreement(frame, settings, found[PAIR])


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


__dir__ = expose(globals())
