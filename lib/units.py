"""Units: conversions, each quantity having one canonical unit in the suite, and the unit in a name."""

from __future__ import annotations

import re
from dataclasses import dataclass

DAYS_PER_MONTH = 30.4375
"""Days in a month as clinical reports count them: 365.25 / 12."""

MICROMOLAR_PER = {"M": 1e6, "mM": 1e3, "uM": 1.0, "nM": 1e-3, "pM": 1e-6}
"""Micromolar in one of each unit that a concentration column may end in."""

DIMENSIONS: dict[str, dict[str, float]] = {
    "molar concentration": MICROMOLAR_PER,
    "mass concentration": {"pg/ml": 1.0, "ng/ml": 1e3, "ug/ml": 1e6, "mg/ml": 1e9, "g/ml": 1e12},
    "time": {
        "s": 1 / 86400,
        "min": 1 / 1440,
        "h": 1 / 24,
        "days": 1.0,
        "weeks": 7.0,
        "months": DAYS_PER_MONTH,
        "years": 12 * DAYS_PER_MONTH,
    },
    "length": {"nm": 1e-6, "um": 1e-3, "mm": 1.0, "cm": 10.0, "m": 1000.0},
    "length per pixel": {"nm/px": 1e-3, "um/px": 1.0, "mm/px": 1e3},
    "share": {"fraction": 1.0, "percent": 0.01},
}
"""Units of each quantity that tables hold, with their size in one unit of the quantity."""

SPELLINGS = {
    "mol/l": "M",
    "mmol/l": "mM",
    "umol/l": "uM",
    "nmol/l": "nM",
    "pmol/l": "pM",
    "molar": "M",
    "millimolar": "mM",
    "micromolar": "uM",
    "nanomolar": "nM",
    "picomolar": "pM",
    "ng/l": "pg/ml",
    "ug/l": "ng/ml",
    "mg/l": "ug/ml",
    "g/l": "mg/ml",
    "pgml": "pg/ml",
    "ngml": "ng/ml",
    "ugml": "ug/ml",
    "mgml": "mg/ml",
    "sec": "s",
    "secs": "s",
    "second": "s",
    "seconds": "s",
    "mins": "min",
    "minute": "min",
    "minutes": "min",
    "hr": "h",
    "hrs": "h",
    "hour": "h",
    "hours": "h",
    "d": "days",
    "day": "days",
    "wk": "weeks",
    "wks": "weeks",
    "week": "weeks",
    "mo": "months",
    "mos": "months",
    "mon": "months",
    "month": "months",
    "yr": "years",
    "yrs": "years",
    "year": "years",
    "micron": "um",
    "microns": "um",
    "millimeter": "mm",
    "millimetre": "mm",
    "centimeter": "cm",
    "centimetre": "cm",
    "nm/pixel": "nm/px",
    "um/pixel": "um/px",
    "mm/pixel": "mm/px",
    "%": "percent",
    "pct": "percent",
    "percentage": "percent",
    "frac": "fraction",
}
"""Other ways of writing a unit, in small letters, with u for µ."""


@dataclass(frozen=True)
class Unit:
    """A unit: its name, what it measures, and its size in that quantity's own unit."""

    name: str
    dimension: str
    size: float

    @property
    def symbol(self) -> str:
        """As a reader writes it: ``µM``, ``%``."""
        return {"percent": "%"}.get(self.name, re.sub(r"^u(?=[MmgL])", "µ", self.name))

    def factor_to(self, other: Unit) -> float:
        """By what a number in this unit is multiplied to stand in the other.

        Raises
        ------
        ValueError
            If the two measure different things.
        """
        if self.dimension != other.dimension:
            raise ValueError(f"{self.symbol} is {self.dimension}, {other.symbol} is {other.dimension}")
        return self.size / other.size


def find_unit(text: str, dimension: str = "") -> Unit | None:
    """The unit that a text writes; None where it writes none.

    Letters' case tells nM from nm; where only one of them is a unit of the dimension asked for, it is taken.

    Parameters
    ----------
    text : str
        Such as ``"nM"``, ``"µg/mL"``, ``"months"``, ``"%"``.
    dimension : str
        A key of `DIMENSIONS` to look in first; by default in all.
    """
    plain = re.sub(r"[µμ]", "u", text.strip()).replace("·", "/").replace(" per ", "/").replace(" ", "")
    plain = re.sub(r"_(ml|px|l)$", r"/\1", plain, flags=re.I)
    found = _written(plain, dimension) or _spelled(plain, dimension) if dimension else None
    if found:
        return found
    tries = (find(plain, other) for find in (_written, _spelled) for other in DIMENSIONS)
    return next((unit for unit in tries if unit), None)


def _written(plain: str, dimension: str) -> Unit | None:
    size = DIMENSIONS[dimension].get(plain)
    return Unit(plain, dimension, size) if size is not None else None


def _spelled(plain: str, dimension: str) -> Unit | None:
    known = {name.lower(): name for name in DIMENSIONS[dimension]}
    return _written(known.get(plain.lower()) or SPELLINGS.get(plain.lower(), ""), dimension)


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
"""Ending of a column's name → its unit as written."""


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


def unit_of_name(name: str) -> Unit | None:
    """The unit that a column's name says: µM of ``concentration_uM``; None where it says none."""
    written = ENDINGS.get(name) or split_unit(name)[1]
    return find_unit(written) if written else None


def stem_of_name(name: str) -> str:
    """A column's name without its unit: ``concentration`` of ``concentration_uM``."""
    return split_unit(name)[0] if unit_of_name(name) else name
