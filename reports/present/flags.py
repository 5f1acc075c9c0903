"""Flags of a report, complete or with the number of those that are left out; what is to mind of a row."""

from __future__ import annotations

from collections.abc import Iterable

from lib.result import Result
from reports.fields import Column

MOST_FLAGS = 12


def all_flags(said: Iterable[str]) -> list[str]:
    """Flags, each once; of a long list how many more there are, never cut without a word.

    >>> all_flags(["one", "one", "two"]), all_flags(map(str, range(20)))[-1]
    (['one', 'two'], 'and 9 more')
    """
    flags = list(dict.fromkeys(said))
    more = len(flags) - (MOST_FLAGS - 1)
    return flags if len(flags) <= MOST_FLAGS else [*flags[: MOST_FLAGS - 1], f"and {more} more"]


def name_reasons(found: Result) -> list[Column]:
    """What a reader must know of each row as a column to show, where there is anything."""
    return [Column("reasons", missing="nothing")] if found["reasons"].ne("").any() else []
