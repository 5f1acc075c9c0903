"""Units: conversions, each quantity having one canonical unit in the suite, and the unit in a name."""

from __future__ import annotations

DAYS_PER_MONTH = 30.4375
"""Days in a month as clinical reports count them: 365.25 / 12."""

MICROMOLAR_PER = {"M": 1e6, "mM": 1e3, "uM": 1.0, "nM": 1e-3, "pM": 1e-6}
"""Micromolar in one of each unit that a concentration column may end in."""

ENDINGS = {
    "uM": "µM",
    "pg_ml": "pg/ml",
    "percent": "%",
    "points": "percentage points",
    "days": "days",
    "months": "months",
    "h": "h",
    "mm": "mm",
    "mm2": "mm²",
    "um": "µm",
    "um2": "µm²",
    "um_per_px": "µm/px",
    "deg": "°",
    "od": "OD",
    "logit": "logit",
    "log2": "log2",
    "log10": "log10",
}
"""Ending of an output column's name → its unit as written."""


def split_unit(name: str) -> tuple[str, str]:
    """A column's name without its unit, and the unit as written; empty where the name holds none.

    >>> split_unit("ic50_uM"), split_unit("n_pairs")
    (('ic50', 'µM'), ('n_pairs', ''))
    """
    endings = [] if name.startswith("n_") else [end for end in ENDINGS if name.endswith(f"_{end}")]
    if not endings:
        return name, ""
    longest = max(endings, key=len)
    return name.removesuffix(f"_{longest}"), ENDINGS[longest]
