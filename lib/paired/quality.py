"""Whether a shift can be relied on, as the columns ``quality`` and ``reasons`` of its row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from lib.paired.pairing import PERCENT_ONLY, count_reasons
from lib.paired.signed_rank import SignedRank
from lib.records import Quality, join_reasons

SIGNIFICANT = 0.05
"""A test whose least p-value lies above it cannot tell anything, whatever the sizes."""
NO_PAIR = "no pair is used"


def quality_columns(cautions: Iterable[str] = (), *, none: Iterable[str] | None = None) -> dict[str, str]:
    """The two columns of a row: not judged where there is no number (`none` says why), caution, or pass.

    Nothing here fails: the table of populations brings no acceptance of the runs that they were counted in.
    """
    if none is not None:
        return _columns(Quality("not judged", tuple(none)))
    said = tuple(text for text in cautions if text)
    return _columns(Quality("caution" if said else "pass", said))


def _columns(quality: Quality) -> dict[str, str]:
    return {"quality": quality.verdict, "reasons": join_reasons(quality.reasons)}


def why_no_pair(pairs: pd.DataFrame) -> list[str]:
    """That no pair of a population is used, and why each is left out."""
    return [": ".join(text for text in (NO_PAIR, ", ".join(count_reasons(pairs))) if text)]


def pair_cautions(used: pd.DataFrame, settings: Mapping[str, Any], result: SignedRank) -> list[str]:
    """What a reader must know of the pairs behind a shift: few, near the limit of quantification, no
    counts."""
    n, low, moved = len(used), int((used["below_lloq"] != "none").sum()), result.n - result.n_zero
    return [
        f"one count below {settings['min_events']} events in {low} of {n} pairs" if low else "",
        result.note,
        (
            f"{moved} of {n} pairs moved, least p {result.smallest_p:.3g}"
            if result.smallest_p > SIGNIFICANT
            else ""
        ),
        "percentages without counts" if PERCENT_ONLY in settings["denominator"] else "",
    ]
