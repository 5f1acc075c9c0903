"""Figures of immunoassays: standard curves with their range, and paired changes."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from lib import stats
from lib.immunoassay import Assay, pair_values
from reports.figures.forest import ForestRow, plot_forest
from reports.figures.slopes import draw_slopes
from reports.figures.style import BESIDE_CAPTION, INK, OURS, SOFT, one_panel, themed
from reports.wording import number


@themed
def plot_standard_curve(assay: Assay, key: tuple[str, str], *, ax: Axes | None = None) -> Figure | Axes:
    """One curve with its prediction band for a well, the standards, and the range of quantification.

    Samples are ticks on the lower axis where they are within range.
    """
    curve, limits = assay.curves[key], assay.limits[key]
    axes = one_panel(ax, 3.0, 2.6)
    rows = assay.standards[
        (assay.standards.plate.astype(str) == key[0]) & (assay.standards.analyte == key[1])
    ]
    axes.plot(rows.concentration_pg_ml, rows.signal, "o", color=OURS, ms=3.5)
    if np.isfinite(curve.theta).all():
        x = np.linspace(curve.range_x[0] - 0.2, curve.range_x[1] + 0.2, 120)
        y = curve.predict(x)
        low, high = stats.t.interval(assay.confidence, curve.df, y, curve.error_y(x, n_wells=1))
        axes.plot(10**x, 10**y, color=OURS)
        axes.fill_between(10**x, 10**low, 10**high, color=OURS, alpha=0.2, lw=0)
    for value, name, height in ((limits.lloq, "LLOQ", 0.98), (limits.uloq, "ULOQ", 0.45)):
        if np.isfinite(value):
            axes.axvline(value, color=SOFT, lw=0.8, ls=(0, (4, 3)))
            axes.text(
                value,
                height,
                f"{name} {number(value, 2)} ",
                transform=axes.get_xaxis_transform(),
                fontsize=7,
                color=SOFT,
                ha="right",
                va="top",
                rotation=90,
            )
    found = assay.concentrations
    inside = (
        found[(found.plate == key[0]) & (found.analyte == key[1]) & (found.qualifier == "=")]
        if len(found)
        else found
    )
    axes.plot(
        inside.concentration_pg_ml / inside.dilution,
        np.full(len(inside), 0.02),
        "|",
        color=INK,
        ms=6,
        transform=axes.get_xaxis_transform(),
    )
    axes.set(xscale="log", yscale="log", xlabel="pg/ml in the well", ylabel="signal")
    axes.set_title(
        f"{key[1]}, {key[0]}: {curve.model}" + ("" if curve.status == "ok" else f", {curve.status}"),
        fontsize=8.5,
    )
    return axes


@themed
def plot_pairs(
    concentrations: pd.DataFrame,
    analyte: str,
    *,
    baseline: str = "pre",
    followup: str = "post",
    ax: Axes | None = None,
) -> Figure | Axes:
    """Each subject's two concentrations; an open triangle lies at the limit that the value is beyond."""
    axes = one_panel(ax, 3.0, 2.6)
    kept = concentrations[(concentrations.analyte == analyte) & concentrations.subject.notna()]
    pairs = pair_values(kept, baseline, followup)
    values, sides = (pairs[[f"{what}before", f"{what}after"]].to_numpy().T for what in ("", "side_"))
    draw_slopes(axes, 2.0**values, (baseline, followup), beyond=sides, median=None, size=5)
    axes.set(yscale="log", ylabel="pg/ml")
    _plain_numbers(axes)
    axes.set_title(f"{analyte}\nopen triangle: beyond the assay's range", fontsize=8.5)
    return axes


def _plain_numbers(axes: Axes) -> None:
    """1, 2, 5, 10 … in place of powers."""
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())


def plot_shifts(
    shifts: pd.DataFrame, truths: dict[str, float] | None = None, *, ax: Axes | None = None
) -> Figure | Axes:
    """Mean log2 change with its interval; left of zero = lower at follow-up; open diamond: known truth."""
    told, known = shifts[shifts.log2_fold_change.notna()], truths or {}
    rows = [
        ForestRow(r.analyte, r.log2_fold_change, r.low, r.high, published=known.get(r.analyte, np.nan))
        for r in told.itertuples()
    ]
    label, sides = "mean log2 change, follow-up over baseline", ("lower", "higher")
    return plot_forest(rows, xlabel=label, reference=0, sides=sides, width_in=BESIDE_CAPTION, ax=ax)
