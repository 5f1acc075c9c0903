"""Figures of immunoassays: standard curves with their range, and paired changes."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from lib import stats
from lib.immunoassay import Assay, pair_values
from reports.figures.style import BESIDE_CAPTION, EXCLUDED, INK, OURS, SOFT, drawn, one_panel
from reports.wording import number


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
    return drawn(axes, ax)


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
    for row in pairs.itertuples():
        beyond = row.side_before != 0 or row.side_after != 0
        axes.plot(
            [0, 1],
            [2**row.before, 2**row.after],
            color=EXCLUDED if beyond else OURS,
            lw=0.9,
            ls=":" if beyond else "-",
        )
        for x, value, side in ((0, row.before, row.side_before), (1, row.after, row.side_after)):
            marker = {-1: "v", 0: "o", 1: "^"}[int(side)]
            axes.plot(x, 2**value, marker, color=OURS, mfc=OURS if side == 0 else "none", ms=5)
    axes.set(yscale="log", xlim=(-0.3, 1.3), ylabel="pg/ml")
    axes.set_xticks([0, 1], [baseline, followup])
    _plain_numbers(axes)
    axes.set_title(f"{analyte}\nopen triangle: beyond the assay's range", fontsize=8.5)
    return drawn(axes, ax)


def _plain_numbers(axes: Axes) -> None:
    """1, 2, 5, 10 … in place of powers."""
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())


def plot_shifts(
    shifts: pd.DataFrame, truths: dict[str, float] | None = None, *, ax: Axes | None = None
) -> Figure | Axes:
    """Mean log2 change with its interval; left of zero = lower at follow-up; open diamond: known truth."""
    told = shifts[shifts.log2_fold_change.notna()].reset_index(drop=True)
    axes = one_panel(ax, BESIDE_CAPTION, 0.32 * max(len(told), 2) + 0.9)
    axes.grid(visible=False)
    axes.axvline(0, color=SOFT, lw=0.8)
    for y, row in told.iterrows():
        axes.plot([row.low, row.high], [y, y], color=OURS, lw=1.6, solid_capstyle="butt")
        axes.plot(row.log2_fold_change, y, "o", color=OURS, ms=5)
        if truths and row.analyte in truths:
            axes.plot(truths[row.analyte], y, "D", mfc="none", mec=EXCLUDED, ms=6.5)
    axes.set_yticks(range(len(told)), told.analyte)
    axes.set_xlabel("← lower    mean log2 change, follow-up over baseline    higher →")
    axes.set_ylim(max(len(told), 2) - 0.5, -0.6)
    return drawn(axes, ax)
