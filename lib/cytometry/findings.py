"""What one rule of the panel check found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["fail", "warn", "ok"]


@dataclass(frozen=True)
class Finding:
    """One rule of the panel check: what was found, why it matters, what to do.

    ``markers`` are those whose populations it touches; empty: all.
    """

    rule: str
    severity: Severity
    items: str
    why: str
    remedy: str
    markers: tuple[str, ...] = ()

    @classmethod
    def ok(cls, rule: str, why: str) -> Finding:
        """Of a rule that holds."""
        return cls(rule, "ok", "all", why, "None needed.")
