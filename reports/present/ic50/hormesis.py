"""Stimulation at low doses: how many curves show it, the comparison as displayed, and which curves are drawn."""

from __future__ import annotations

import pandas as pd

from lib.dose_response.curves import KEYS, select_wells
from reports.wording import censored, count, fixed, interval, number, p_value


def choose_hormetic(
    frame: pd.DataFrame, fits: pd.DataFrame, wells: pd.DataFrame, *, most: int = 12
) -> list[tuple[pd.Series, pd.Series, pd.DataFrame]]:
    """Of the curves with stimulation, strongest first: their row of `frame`, their fit without it, and their wells.

    Parameters
    ----------
    frame : DataFrame
        From `compare_hormesis`.
    fits : DataFrame
        `CurveFits.frame` of the same wells.
    wells : DataFrame
    """
    found = frame[frame["preferred"] == "hormesis"].sort_values("p_hormesis").head(most)
    known, used = fits.set_index(KEYS), dict(list(select_wells(wells).groupby(KEYS)))
    rows = [(tuple(row[KEYS]), row) for _, row in found.iterrows()]
    return [(row, known.loc[key], used[key]) for key, row in rows if known.loc[key, "status"] != "failed"]


def say_hormesis(frame: pd.DataFrame) -> str:
    """Of how many curves stimulation at low doses is the better description."""
    fitted = frame[frame["p_hormesis"].notna()]
    found = int((fitted["preferred"] == "hormesis").sum())
    return f"Stimulation at low doses describes {found} of {count(len(fitted), 'curve')} better than none (AICc)."


def show_hormesis(frame: pd.DataFrame) -> pd.DataFrame:
    """The comparison as displayed, strongest evidence first."""
    frame = frame.sort_values("p_hormesis")
    bounds = zip(frame["ic50_low_uM"], frame["ic50_high_uM"], strict=True)
    value = [
        censored(v, q) if q else "not fitted"
        for v, q in zip(frame["ic50_uM"], frame["ic50_qualifier"], strict=True)
    ]
    return pd.DataFrame({
        "Compound": frame["compound"], "Cell line": frame["cell_line"], "Experiment": frame["experiment"],
        "Better by AICc": frame["preferred"], "p of stimulation": frame["p_hormesis"].map(p_value),
        "ΔAICc": [fixed(a - b, 1) for a, b in zip(frame["aicc_monotone"], frame["aicc_hormesis"], strict=True)],
        "Peak at\nµM": frame["peak_uM"].map(lambda v: number(v) if v == v else "no peak"),
        "Peak\nfraction of vehicle": frame["peak_response"].map(lambda v: fixed(v, 2) if v == v else "no peak"),
        "Half-way at\nµM": value, "Interval\nµM": [interval(a, b) for a, b in bounds], "Why": frame["why"],
    })  # fmt: skip
