"""nbval compares outputs as `tme verify` does: numbers within their tolerance, words to the letter.

A pytest plugin, loaded by ``-p tests.nbval_numbers``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nbval.plugin import IPyNbCell

from reports.store.sameness import same_value


class Text(str):
    """A text that equals another that says the same."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return same_value(str(self), str(other))

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = str.__hash__


class Content(dict[str, Any]):
    """What a display carries as JSON; equals another that says the same."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mapping) and same_value(dict(self), dict(other))

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None  # type: ignore[assignment]


_sanitize = IPyNbCell.sanitize


def sanitize(cell: Any, value: Any) -> Any:
    """nbval's own, and what it gives compares by meaning."""
    plain = _sanitize(cell, value)
    return Text(plain) if isinstance(plain, str) else Content(plain) if isinstance(plain, Mapping) else plain


IPyNbCell.sanitize = sanitize
