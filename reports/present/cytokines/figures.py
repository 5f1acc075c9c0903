"""Figures of immunoassays with their captions."""

from __future__ import annotations

from typing import cast

import pandas as pd
from matplotlib.figure import Figure as Drawing

from lib.immunoassay import Assay, CytokineShifts
from reports.figures import immunoassay as plots
from reports.present.cytokines.words import finding, say_shift
from reports.shown import Figure, Panels
from reports.wording import count, fixed

MOST_CURVES, MOST_PAIRS, MOST_SAID = 12, 9, 8


def curves(found: Assay) -> Panels:
    """Standard curves of the first runs."""
    shown = list(found.curves)[:MOST_CURVES]
    ends = {key: (fixed(found.limits[key].lloq, 2), fixed(found.limits[key].uloq, 0)) for key in shown}
    return Panels(
        "curves",
        [cast(Drawing, plots.plot_standard_curve(found, key)) for key in shown],
        f"**Standard curves of {len(shown):,} of {count(len(found.curves), 'run')}.** Discs: standards; band:"
        " where a new well would lie; dashed: limits of quantification; ticks: samples within range.",
        alt="; ".join(f"{a} on {p}: LLOQ {low}, ULOQ {high} pg/ml" for (p, a), (low, high) in ends.items()),
    )


def forest(found: CytokineShifts, known: pd.DataFrame) -> Figure | None:
    """Mean change of each analyte with an estimate, and the known one where there is one."""
    told = found.told
    if told.empty:
        return None
    truths = dict(zip(known["analyte"], known["true_log2_fold_change"], strict=True))
    said = [say_shift(row, found.confidence) for _, row in told.head(MOST_SAID).iterrows()]
    more = [f"and {len(told) - MOST_SAID:,} more"] if len(told) > MOST_SAID else []
    return Figure(
        "shifts",
        cast(Drawing, plots.plot_shifts(told, truths)),
        "**Mean change of each analyte.** Disc and line: estimate and interval; open diamond: known truth,"
        " where there is one; left of zero = lower at follow-up.",
        alt="; ".join([*said, *more]),
    )


def pairs(found: CytokineShifts, assay: Assay) -> Panels:
    """Each subject before and after, of the first analytes with an estimate."""
    times = {name: found.settings[name] for name in ("baseline", "followup")}
    names = found.told["analyte"].head(MOST_PAIRS)
    return Panels(
        "pairs",
        [cast(Drawing, plots.plot_pairs(assay.concentrations, name, **times)) for name in names],
        "**Each subject before and after.** An open triangle lies at the limit that the value is beyond;"
        " dotted lines have one.",
        alt=finding(found, assay),
    )
