"""One report as the overview reads it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class Finding:
    """One report as it stands: its newest good version.

    ``summary`` is the card on top of it, ``tables`` its tables by name, ``origin`` that of its inputs.
    """

    report: str
    notebook: str
    version: str
    title: str = ""
    origin: str = "measured"
    created: str = ""
    summary: dict[str, Any] = field(default_factory=dict)
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)

    @property
    def key(self) -> dict[str, Any]:
        """The number by which the report is remembered; empty where it has none."""
        found = self.summary.get("key")
        return found if isinstance(found, dict) else {}

    @property
    def label(self) -> str:
        """What the headline is called."""
        return str(self.key.get("label") or self.title or self.report)

    @property
    def confidence(self) -> float:
        """Level of the report's intervals, as its key number tells; 0.95 where it tells none."""
        return float(self.key.get("confidence") or 0.95)

    def table(self, name: str) -> pd.DataFrame:
        """A table of the report, empty where it has none of this name."""
        return self.tables.get(name, pd.DataFrame())
