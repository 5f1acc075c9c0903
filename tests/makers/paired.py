"""Paired shifts of a table of populations in one call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from lib import paired


def shifts_of(
    frame: pd.DataFrame,
    *,
    expected: Mapping[str, str] | None = None,
    confidence: float = 0.95,
    **pairing: Any,
) -> paired.Shifts:
    """Pair and compare; `pairing` as of `pair_populations`."""
    return paired.compare_shifts(
        paired.pair_populations(frame, **pairing), expected=expected, confidence=confidence
    )


def denominators_of(frame: pd.DataFrame, **options: Any) -> paired.Denominators:
    """The same populations under each denominator; options as of `shifts_of`."""
    return paired.compare_denominators(frame, shifts_of(frame, **options))
