"""Lines of a compound against each other: ratios of IC50s, and whether their curves are parallel."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib.dose_response.curves import CurveFits
from reports.present.ic50.tables import ROWS_SHOWN
from reports.wording import count, interval, listing, number, p_value


def show_contrasts(contrasts: pd.DataFrame) -> pd.DataFrame:
    """Ratios between lines, most different first."""
    frame = contrasts.sort_values("p_value").head(ROWS_SHOWN)
    return pd.DataFrame({
        "Compound": frame["compound"], "Line A": frame["cell_line_a"], "Line B": frame["cell_line_b"],
        "Ratio A / B": frame["ratio"].map(number),
        "Interval": [interval(a, b) for a, b in zip(frame["ratio_low"], frame["ratio_high"], strict=True)],
        "p": frame["p_value"].map(p_value), "q": frame["q_value"].map(p_value), "From": frame["method"],
    })  # fmt: skip


def say_contrasts(contrasts: pd.DataFrame, fits: CurveFits) -> str:
    """What the table of ratios holds, or why it is empty."""
    if len(contrasts):
        return f"{count(len(contrasts), 'ratio')} of IC50 between lines."
    lines = fits.frame.groupby("compound")["cell_line"].nunique()
    if lines.max() < 2:
        return "No ratio of IC50: one line only."
    return "No ratio of IC50 between lines: too few values within the range, or more pairs than the 2,000 that are compared."


def show_parallelism(tests: pd.DataFrame) -> pd.DataFrame:
    """What the lines of each compound share, as displayed."""
    return pd.DataFrame({
        "Compound": tests["compound"], "Lines\nn": tests["n_lines"].astype(str),
        "Curves\nn": tests["n_curves"].astype(str), "Held equal in all lines": tests["shared"],
        "F (df)": [_f_value(*v) for v in zip(tests["f"], tests["df_numerator"], tests["df_denominator"], strict=True)],
        "p": tests["p_value"].map(p_value), "Error": tests["error"].where(tests["why"] == "none", tests["why"]),
    })  # fmt: skip


def _f_value(f: float, numerator: float, denominator: float) -> str:
    return "no test" if not np.isfinite(f) else f"{number(f)} ({numerator:.0f}, {denominator:.0f})"


def say_parallelism(tests: pd.DataFrame, *, level: float = 0.05) -> str:
    """Of which compounds the lines differ in more than their IC50."""
    whole = tests[tests["shared"].str.contains("hill") & tests["shared"].str.contains("top")]
    tested = whole[whole["p_value"].notna()]
    differ = tested[tested["p_value"] < level]
    if tested.empty:
        return "Parallelism: no test could be made."
    if differ.empty:
        return f"No difference between lines in hill or plateaus was found, for {count(len(tested), 'compound')} tested."
    named = [f"{c} (p {_relation(p)})" for c, p in zip(differ["compound"], differ["p_value"], strict=True)]
    return (f"The curves of the lines are not parallel for {listing(named)}: the lines differ in hill or plateaus, "
            "so a ratio of IC50s is not one potency at every effect.")  # fmt: skip


def _relation(p: float) -> str:
    said = p_value(p)
    return said if said[0] in "<>" else f"= {said}"
