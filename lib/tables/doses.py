"""Do concentrations look like logarithms? A column of -log10 M reads as micromolar without a complaint."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.errors import Fault
from lib.units import MICROMOLAR_PER

MINUS_LOG10_M = (3.0, 11.0)
"""From millimolar to 10 pM: where -log10 M of doses lies."""
LEAST_LOG = 0.1
LEAST_DOSES = 4
DECIMALS = 3
"""Logarithms of one dose, rounded here or there, are one dose."""
MOST_UNEVEN = 1.5
"""Largest step over the smallest: half-log doses rounded to 1, 3, 10 have steps of 0.48 and 0.52, 1-2-5 doses
0.30 and 0.40."""
CLEAR_CHANGE = 0.2
"""Of vehicle, or of the highest signal, between the lowest and the highest third of the doses."""


def refuse_logarithms(wells: pd.DataFrame, reading: str, unit: str, source: str) -> list[Fault]:
    """A fault where every compound's doses look like -log10 M and the response rises with them.

    A higher -log10 M is a lower dose, so cells recover as it rises. Evenly spaced doses whose response falls
    may well be what they say: see `ask_about_doses`.

    Parameters
    ----------
    wells : DataFrame
        Wells in µM, with ``compound, cell_line, concentration_uM, role`` and the reading.
    reading : {"viability", "signal"}
    unit : str
        In which the concentrations were typed.
    """
    sample = _used(wells, reading)
    typed = sample.assign(dose=sample["concentration_uM"] / MICROMOLAR_PER[unit])
    series = _series(typed)
    if not series or not all(_is_even(s) and _within(s, MINUS_LOG10_M) for s in series):
        return []
    changes = np.array([_change(group, reading) for _, group in typed.groupby(["compound", "cell_line"])])
    rising, falling = int((changes > CLEAR_CHANGE).sum()), int((changes < -CLEAR_CHANGE).sum())
    if rising <= 3 * falling:
        return []
    said = (
        f"{_listed(series[0])}: equal steps between {MINUS_LOG10_M[0]:g} and {MINUS_LOG10_M[1]:g}, and"
        f" {reading} rises with them"
    )
    return [
        Fault(
            f"concentration_{unit} must hold concentrations, not their logarithms",
            value=said,
            where=source,
            remedy="If these are -log10 of M, give 10^(6 - value) as concentration_uM (8 is 0.01 µM). If they"
            f" are {_symbol(unit)} and the response does rise, say so by a smaller unit in the column's"
            " name.",
        )
    ]


def ask_about_doses(wells: pd.DataFrame) -> str:
    """A question, where evenly spaced doses could be logarithms as well; empty where they could not."""
    sample = wells[wells["role"] == "sample"]
    for unit in sorted(MICROMOLAR_PER, key=lambda u: u != "uM"):
        series = _series(sample.assign(dose=sample["concentration_uM"] / MICROMOLAR_PER[unit]))
        if series and all(_is_even(s) and _within(s, (LEAST_LOG, MINUS_LOG10_M[1])) for s in series):
            return (
                f"Concentrations are evenly spaced ({_listed(series[0])} {_symbol(unit)}), as logarithms are"
                " and dose series rarely: are they logarithms? They were read as concentrations."
            )
    return ""


def _used(wells: pd.DataFrame, reading: str) -> pd.DataFrame:
    sample = (wells["role"] == "sample") & wells[reading].notna() & wells["exclude"].isna()
    return wells[sample & wells["concentration_uM"].notna()]


def _series(sample: pd.DataFrame) -> list[NDArray[np.float64]]:
    """Doses above 0 of each compound, rising; those of too few are left out, they show no spacing."""
    doses = sample.loc[sample["dose"] > 0, "dose"].astype(float).groupby(sample["compound"], sort=False)
    series = [np.unique(values.to_numpy().round(DECIMALS)) for _, values in doses]
    return [values for values in series if len(values) >= LEAST_DOSES]


def _is_even(series: NDArray[np.float64]) -> bool:
    steps = np.diff(series)
    return bool(steps.max() <= MOST_UNEVEN * steps.min())


def _within(series: NDArray[np.float64], limits: tuple[float, float]) -> bool:
    return bool(series[0] >= limits[0] and series[-1] <= limits[1])


def _change(group: pd.DataFrame, reading: str) -> float:
    """Mean response in the highest third of the doses less that in the lowest."""
    mean = group.groupby("dose")[reading].mean().to_numpy(float)
    third = max(len(mean) // 3, 1)
    change = float(mean[-third:].mean() - mean[:third].mean())
    return change / max(float(np.abs(mean).max()), 1e-300) if reading == "signal" else change


def _listed(series: NDArray[np.float64]) -> str:
    words = [f"{v:.4g}" for v in series]
    return ", ".join(words) if len(words) <= 6 else f"{', '.join(words[:3])}, … {words[-1]}"


def _symbol(unit: str) -> str:
    return unit.replace("u", "µ")
