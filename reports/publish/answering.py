"""A report's answer: claims held to the tables that were shown, ``claims.json``, and the card on top."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from lib.records import Claim, Quality
from reports.shown import Answer
from reports.wording import FRACTION, begin, name_subject


@dataclass(frozen=True)
class Key:
    """The one number a report is remembered by, as the library of reports shows it.

    Parameters
    ----------
    label : str
        What it is: ``"IC50, UTE3"``.
    estimate, low, high : float or None
        The number and its interval; None where there is none.
    unit : str
        Its unit, in words.
    n : int or None
        Number of units of replication.
    n_of : str
        What was counted: ``"experiments"``.
    qualifier : str
        ``">"`` or ``"<"`` for a value beyond the tested range, or words such as ``"not reached"``.
    confidence : float
        Level of the interval.
    """

    label: str
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    unit: str = ""
    n: int | None = None
    n_of: str = ""
    qualifier: str = ""
    confidence: float = 0.95


def check_claims(claims: Sequence[Claim], tables: Mapping[str, pd.DataFrame]) -> None:
    """Every claim repeats a cell of a published table under an id of its own; anything else is a fault of
    ours.

    Raises
    ------
    ValueError
        With the claim, and what the table holds.
    """
    for claim in claims:
        hold_to_table(claim, tables)
    repeated = {c.id for c in claims if [d.id for d in claims].count(c.id) > 1}
    if repeated:
        raise ValueError(f"ids of claims must differ; {', '.join(sorted(repeated))} stands more than once")


def hold_to_table(claim: Claim, tables: Mapping[str, pd.DataFrame]) -> None:
    """A claim repeats a cell of a published table; anything else is a fault of ours."""
    source, interval = claim.source, claim.estimate.interval
    if source.table not in tables:
        raise ValueError(f"claim {claim.id}: no table {source.table} was shown")
    row = tables[source.table].iloc[source.row]
    bounds = (interval.low, interval.high) if interval else (np.nan, np.nan)
    for column, claimed in zip(
        (source.value, source.low, source.high), (claim.estimate.value, *bounds), strict=True
    ):
        held = float(row[column]) if column else np.nan
        if column and not (held == claimed or (np.isnan(held) and np.isnan(claimed))):
            raise ValueError(
                f"claim {claim.id}: {column} of table {source.table} is {held}, the claim says {claimed}"
            )
    if "quality" in row and Quality.of_row(row) != claim.quality:
        raise ValueError(
            f"claim {claim.id}: quality of table {source.table} is {row['quality']}, not {claim.quality}"
        )


def ranked(claims: Sequence[Claim], origin: str) -> list[Claim]:
    """The claims with the origin of their data and their roles, the first being the lead."""
    return [replace(c, origin=origin, role="further" if i else "lead") for i, c in enumerate(claims)]


def claims_json(claims: Sequence[Claim]) -> list[dict[str, Any]]:
    """The content of ``claims.json``."""
    return [_finite(claim.to_json()) for claim in claims]


def card(said: Answer, lead: Claim | None) -> dict[str, Any]:
    """The facts of the card, of which the number comes from the lead."""
    return {
        "answer": said.answer,
        "quality": said.quality,
        "published": said.published,
        "caution": said.caution,
        "key": _finite(asdict(_key(lead))) if lead else None,
        "flags": list(said.flags),
        "origin": said.origin or None,
    }


def _key(claim: Claim) -> Key:
    """The number by which the library shows a report: that of its lead."""
    estimate, interval = claim.estimate, claim.estimate.interval
    factor, unit = (100.0, "%") if estimate.unit == FRACTION else (1.0, estimate.unit)
    low, high = (factor * interval.low, factor * interval.high) if interval else (None, None)
    return Key(
        begin(name_subject(claim.subject)),
        factor * estimate.value,
        low,
        high,
        unit,
        claim.n,
        claim.n_of,
        "" if estimate.qualifier == "=" else estimate.qualifier,
        interval.confidence if interval else 0.95,
    )


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _finite(v) for k, v in value.items()}
    if isinstance(value, (float, np.floating)):
        return float(value) if np.isfinite(value) else None
    return int(value) if isinstance(value, np.integer) else value
