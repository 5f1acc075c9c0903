"""One report as the overview reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lib.records import Claim


@dataclass(frozen=True)
class Finding:
    """One report as it stands: its newest good version.

    ``claims``: what it claims, the lead first. ``card``: what stands on top of it (``answer, quality, key``
    ...). ``edges``: ``edge, state, evidence`` of the pathway, where it judged any.
    """

    report: str
    notebook: str
    version: str
    title: str = ""
    origin: str = "measured"
    created: str = ""
    claims: Sequence[Claim] = ()
    card: Mapping[str, Any] = field(default_factory=dict)
    edges: Any = None
