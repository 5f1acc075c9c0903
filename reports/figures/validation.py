"""Simulated rates beside what was promised."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lib.validation import Rates
from reports.figures.forest import FLAGGED, PLAIN, ForestRow, plot_forest
from reports.wording import fixed

ERRORS_DRAWN = 1.96
"""Standard errors of the count on either side: its 95 % range."""


def plot_rates(rates: Rates, *, xlabel: str, ax: Axes | None = None) -> Figure | Axes:
    """A row a method and setting, in percent, under a heading a method; the line is the 95 % Monte-Carlo
    range."""
    rows = [
        ForestRow(
            r.setting,
            100 * r.observed,
            100 * (r.observed - ERRORS_DRAWN * r.monte_carlo_error),
            100 * min(1.0, r.observed + ERRORS_DRAWN * r.monte_carlo_error),
            group=r.method,
            columns=(fixed(100 * r.observed, 1),),
            look=FLAGGED if r.role == "warning" else PLAIN,
        )
        for r in rates.frame.sort_values("method", kind="stable").itertuples()
    ]
    nominal = 100 * float(rates["nominal"].iloc[0])
    return plot_forest(rows, xlabel=xlabel, reference=nominal, columns=("%",), ax=ax)
