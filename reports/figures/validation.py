"""Simulated rates beside what was promised."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.figures.forest import ForestRow, plot_forest
from reports.wording import fixed


def plot_rates(table: pd.DataFrame, *, xlabel: str, ax: Axes | None = None) -> Figure | Axes:
    """A row a method and setting, in percent, under a heading a method; the line is the 95 % Monte-Carlo range."""
    rows = [
        ForestRow(
            r.setting, 100 * r.observed, 100 * (r.observed - 1.96 * r.monte_carlo_error),
            100 * min(1.0, r.observed + 1.96 * r.monte_carlo_error), group=r.method,
            columns=(fixed(100 * r.observed, 1),), flagged=r.role == "warning",
        )
        for r in table.sort_values("method", kind="stable").itertuples()
    ]  # fmt: skip
    nominal = 100 * float(table["nominal"].iloc[0])
    return plot_forest(rows, xlabel=xlabel, reference=nominal, columns=("%",), ax=ax)
