"""Paired change of measurements as its reader sees it."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from lib.paired.measurements import WITHOUT_PAIR
from reports.wording import count, fixed, interval, p_value


def show_measurements(shifts: pd.DataFrame, names: Mapping[str, str], *, by: str) -> pd.DataFrame:
    """Rows of ``compare_measurements`` for the page; `names` puts measurements into words."""
    bounds = zip(shifts["shift_low"], shifts["shift_high"], strict=True)
    return pd.DataFrame({
        by.capitalize(): shifts[by], "Measurement": shifts["measurement"].map(names), "Pairs\nn": shifts["n_pairs"],
        "Before\nmedian": shifts["baseline_median"].map(fixed), "After\nmedian": shifts["followup_median"].map(fixed),
        "Shift": shifts["shift"].map(fixed), "Interval": [interval(a, b, decimals=2) for a, b in bounds],
        "Scale": shifts["scale"], "p": shifts["p_value"].map(p_value), "q": shifts["q_value"].map(p_value),
    })  # fmt: skip


def say_shift(row: pd.Series, names: Mapping[str, str], *, by: str) -> str:
    """One sentence: the shift with its interval, where it came from, and the number of subjects."""
    what = f"{row[by]}, {names[row['measurement']]}"
    if not row["n_pairs"]:
        why = f" ({row['note']})" if row["note"] else ""
        return f"{what[0].upper()}{what[1:]}: no subject has a value at both timepoints{why}."
    scale = " logits" if row["scale"] == "logit" else " log2 units" if row["scale"] == "log2" else ""
    bounds = interval(row["shift_low"], row["shift_high"], decimals=2)
    people = count(int(row["n_pairs"]), "subject") + without_pair(row)
    medians = f"median {fixed(row['baseline_median'])} to {fixed(row['followup_median'])}"
    return f"{what[0].upper()}{what[1:]}, shifts by {fixed(row['shift'])}{scale} ({bounds}; {medians}) in {people}."


def without_pair(row: pd.Series) -> str:
    """Who is not in the shift, with the reasons of the note: a value that is lost may be the change itself."""
    if not row["n_excluded"]:
        return ""
    why = next((text for text in row["note"].split("; ") if WITHOUT_PAIR in text), "")
    return f"; {why}" if why else f"; {count(int(row['n_excluded']), 'subject')} {WITHOUT_PAIR}"
