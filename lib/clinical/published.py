"""Clinical results against published ones that are handed in: equivalence, and the method behind printed
intervals."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from lib.agreement import Concordance, Concordances, compare_with_published
from lib.clinical.results import PrintedIntervals, Rates, Times
from lib.errors import Fault, InputError
from lib.proportions import RateMethod, rate_interval

RATE, MEDIAN = ("rate", "rate_low", "rate_high"), ("median", "median_low", "median_high")
COLUMNS = {"rate": RATE, "median": MEDIAN}
UNITS = {"rate": {"percent": 100.0, "%": 100.0, "fraction": 1.0}, "median": {"months": 1.0}}
"""Published units that the results can be brought to, and by which factor."""
OWN_UNIT = {"rate": "percent", "median": "months"}
METHODS: tuple[RateMethod, ...] = ("clopper-pearson", "wilson", "jeffreys")
BOUNDS = re.compile(r"(\d+)(?:\.(\d+))?\s*%?\s*(?:-|–|—|to)\s*(\d+)(?:\.(\d+))?\s*%?")


def compare_with_references(rates: Rates, times: Times, references: pd.DataFrame) -> Concordances:
    """Every reference with what was computed for the group of the same name, where there is one.

    Parameters
    ----------
    rates, times : Rates, Times
    references : DataFrame
        ``endpoint, item, group, quantity`` (``rate`` or
        ``median``)``, value, unit, scale, margin, source, status``; without rows, nothing is compared.

    Returns
    -------
    Concordances
        Each of quantity, endpoint and group.
    """
    frames = {"rate": rates.frame, "median": times.frame}
    held = [
        ((str(row.quantity), str(row.endpoint), str(row.group)), _compare(row, frames[str(row.quantity)]))
        for row in references.itertuples()
    ]
    return Concordances.collect(held, confidence=times.confidence)


def choose_references(references: pd.DataFrame, groups: Iterable[str]) -> pd.DataFrame:
    """References that apply to a study: all where it has one of their groups, else none."""
    there = references["group"].isin(list(groups)).any()
    return references if there else references.head(0)


def _compare(reference: Any, frame: pd.DataFrame) -> Concordance:
    mine = (
        frame[(frame.endpoint == reference.endpoint) & (frame.group == reference.group)]
        if len(frame)
        else frame
    )
    factor = UNITS[reference.quantity].get(reference.unit, math.nan)
    columns = COLUMNS[reference.quantity]
    value, low, high = (float(mine.iloc[0][c]) * factor for c in columns) if len(mine) else [math.nan] * 3
    return compare_with_published(
        value,
        low,
        high,
        reference.value,
        scale=reference.scale,
        margin=reference.margin,
        name=f"{reference.item}, {reference.group}",
        unit=reference.unit,
        source=reference.source,
        status=reference.status,
        not_comparable=_why_not(reference, len(mine), factor, value, low),
    )


def _why_not(reference: Any, found: int, factor: float, value: float, low: float) -> str:
    if not found:
        return "no group of that name here"
    if math.isnan(factor):
        return f"published in {reference.unit or 'no unit'}, here in {OWN_UNIT[reference.quantity]}"
    if math.isnan(value) and math.isnan(low):
        return f"{reference.quantity} not {'reached' if reference.quantity == 'median' else 'estimable'}"
    return "no ratio to a result of 0" if reference.scale == "ratio" and value <= 0 else ""


def match_rates(rates: Rates, references: pd.DataFrame) -> dict[tuple[str, str], float]:
    """Published rates, as fractions, of the endpoints and groups that `rates` holds."""
    here = set(zip(rates["endpoint"], rates["group"], strict=True))
    return {
        (r.endpoint, r.group): r.value / UNITS["rate"][r.unit]
        for r in references.itertuples()
        if r.quantity == "rate" and r.unit in UNITS["rate"] and (r.endpoint, r.group) in here
    }


def reproduce_printed_intervals(printed: Iterable[Mapping[str, object]]) -> PrintedIntervals:
    """Which method of a rate's 95 % interval gives those printed, at the digits to which they are printed.

    Parameters
    ----------
    printed : iterable of mapping
        ``group, responders, n`` and ``printed``: both bounds in percent, as ``31–58``.

    Raises
    ------
    InputError
        For an interval that lacks one of these, or whose bounds cannot be read.
    """
    rows = []
    for one in map(_read_printed, printed):
        group, responders, n, said, decimals = one
        for method in METHODS:
            bounds = rate_interval(responders, n, method=method)
            ours = [f"{100 * float(b):.{d}f}" for b, d in zip(bounds, decimals, strict=True)]
            same = "yes" if ours == re.findall(r"\d+(?:\.\d+)?", said) else "no"
            rows.append((group, responders, n, said, method, "–".join(ours), same))
    return PrintedIntervals(pd.DataFrame(rows, columns=list(PrintedIntervals.COLUMNS)))


def _read_printed(one: Mapping[str, object]) -> tuple[str, int, int, str, tuple[int, int]]:
    names = ("group", "responders", "n", "printed")
    absent = [name for name in names if name not in one]
    if absent:
        raise InputError(
            Fault(f"a printed interval must hold {', '.join(names)}", value=f"no {', '.join(absent)}")
        )
    said = str(one["printed"]).strip()
    bounds = BOUNDS.fullmatch(said)
    if not bounds:
        remedy = "Write both bounds in percent as they were printed, such as 31–58."
        raise InputError(Fault("a printed interval must have two bounds", value=said, remedy=remedy))
    decimals = (len(bounds[2] or ""), len(bounds[4] or ""))
    return str(one["group"]), int(str(one["responders"])), int(str(one["n"])), said, decimals
