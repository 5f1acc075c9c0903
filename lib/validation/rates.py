"""Simulated rates, one a row with its Monte-Carlo error, and which of them break their promise."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from lib.records import join_reasons
from lib.result import Result

COLUMNS = ("method", "setting", "nominal", "observed", "monte_carlo_error", "n_simulations", "role")
SLACK, ERRORS = 0.02, 3.0
"""Below nominal by more than two points, beyond three Monte-Carlo errors, is a failure worth a flag."""
UNUSED = "shown as a warning: no report uses it"


@dataclass(frozen=True)
class Rate:
    """A probability as counted over simulated data sets.

    ``monte_carlo_error`` is the standard error of the count, sqrt(p (1 - p) / n), at the nominal probability
    where every simulation agrees; 0 with ``n_simulations`` 0 marks an exact enumeration. ``role`` is ``used``
    for a method of this suite's reports, ``warning`` for one shown because it fails.
    """

    method: str
    setting: str
    nominal: float
    observed: float
    monte_carlo_error: float
    n_simulations: int
    role: str = "used"


class Rates(Result):
    """Simulated rates, a row a method and setting.

    ``quality`` is ``fail`` where a method in use breaks its promise, ``caution`` for a method that no report
    uses and that is shown to tell why.
    """

    COLUMNS: ClassVar[tuple[str, ...]] = (*COLUMNS, "quality", "reasons")


class Coverage(Rates):
    """How often each interval holds the truth; settings ``n_simulations, seed, confidence``."""


class TypeOneErrors(Rates):
    """How often each test rejects where nothing happens; settings ``n_simulations, seed, level``."""


def count_rate(method: str, setting: str, nominal: float, hits: ArrayLike, *, role: str = "used") -> Rate:
    """Share of simulations that hit, with its Monte-Carlo error."""
    found = np.asarray(hits, dtype=bool)
    p = float(found.mean())
    spread = p if 0 < p < 1 else nominal
    return Rate(method, setting, nominal, p, math.sqrt(spread * (1 - spread) / found.size), found.size, role)


def rates_frame(rates: Sequence[Rate]) -> pd.DataFrame:
    """Rows in their order."""
    return pd.DataFrame([asdict(rate) for rate in rates], columns=list(COLUMNS))


def flag_coverage(table: pd.DataFrame) -> pd.Series:
    """Rows whose interval covers less than it promises by more than 2 points and 3 Monte-Carlo errors."""
    short = table["nominal"] - table["observed"]
    return (short > SLACK) & (short > ERRORS * table["monte_carlo_error"])


def flag_type_one(table: pd.DataFrame) -> pd.Series:
    """Rows whose test rejects more than it promises, by the same rule."""
    over = table["observed"] - table["nominal"]
    return (over > SLACK) & (over > ERRORS * table["monte_carlo_error"])


def judge_rates(table: pd.DataFrame, broken: pd.Series, verb: str) -> pd.DataFrame:
    """The rows with ``quality`` and ``reasons``; `broken` as of `flag_coverage` or `flag_type_one`."""
    warning = table["role"] == "warning"
    promise = [
        f"{verb} {100 * o:.1f} %, promised {100 * p:g} %"
        for o, p in zip(table["observed"], table["nominal"], strict=True)
    ]
    told = zip(promise, broken, warning, strict=True)
    said = [join_reasons([words if b else "", UNUSED if w else ""]) for words, b, w in told]
    quality = np.select([warning, broken], ["caution", "fail"], default="pass")
    return table.assign(quality=quality, reasons=said)
