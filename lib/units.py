"""Conversions between units; each quantity has one canonical unit in the suite."""

from __future__ import annotations

DAYS_PER_MONTH = 30.4375
"""Days in a month as clinical reports count them: 365.25 / 12."""

MICROMOLAR_PER = {"M": 1e6, "mM": 1e3, "uM": 1.0, "nM": 1e-3, "pM": 1e-6}
"""Micromolar in one of each unit that a concentration column may end in."""
