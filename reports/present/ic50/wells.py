"""What is shown of the plates, of wells left out, and of wells that lie too far from their curve."""

from __future__ import annotations

from typing import cast

import pandas as pd
from matplotlib.figure import Figure as Drawing

from lib.dose_response.outliers import Outliers
from lib.plates import QUALITY_COLUMNS, Exclusions, PlateQuality
from reports.fields import Column, words
from reports.figures.plates import plot_plate
from reports.present.ic50.rows import LONG
from reports.shown import Panels, Shown, Table, Text
from reports.wording import count, limited

MOST_PLATES = 30
MOST_FLAGGED = 5
PLACES = ("edge_shift", "edge_effect_p", "row_effect_p", "column_effect_p")


def quality(found: PlateQuality) -> list[Shown]:
    """How many plates pass, and the table of their controls and position effects."""
    said = say_quality(found)
    caption = (
        f"**{count_plates(found)}** Z′ from raw vehicle and low-control signals; robust Z′ from medians."
    )
    table = Table(
        "plate_quality",
        found.frame[QUALITY_COLUMNS],
        caption,
        _displayed(found.frame),
        flagged=found.flagged.tolist(),
        fold=found.frame.empty,
    )
    return [Text(f"{said} {found.doubt}".strip()), table]


def plates(found: PlateQuality, wells: pd.DataFrame) -> Panels | None:
    """Maps of the plates, flagged ones before others where there are many; None without places of wells."""
    if found.frame.empty or not wells["well"].notna().any():
        return None
    drawn = found.frame.sort_values("verdict").head(MOST_PLATES).sort_index()
    rest = len(found) - len(drawn)
    caption = (
        f"**{count_plates(found)}** Each well against the median of its like, in steps of 5 %: blue below,"
        " orange above, grey within ± 2.5 %. White: no like wells, or too little signal. A cross marks an"
        " excluded well. Row A on top." + (f" {count(rest, 'further plate')} not drawn." if rest else "")
    )
    drawings = [cast(Drawing, plot_plate(wells, r.plate, verdict=r.verdict)) for r in drawn.itertuples()]
    return Panels("plates", drawings, caption, say_quality(found), columns=5)


def exclusions(left_out: Exclusions) -> Table:
    """Wells not used, with their reasons."""
    caption = "**Wells not used,** each with its reason; shown in the figures, not fitted."
    return Table("exclusions", left_out.frame, caption, fold=not 0 < len(left_out) <= LONG)


def outliers(flagged: Outliers) -> Table | None:
    """Wells that a robust curve cannot explain; None where none were looked for."""
    if not flagged.settings["fdr"]:
        return None
    fate = "left out of the fit" if flagged.settings["drop"] else "kept in the fit"
    caption = (
        f"**{len(flagged):,} of {count(flagged.n_tested, 'well')} flagged as {_outliers(len(flagged))},"
        f" {fate}.** Robust fit, two-sided t on residuals, false discovery rate {flagged.settings['fdr']:g}"
        " within a curve (after Motulsky & Brown 2006)."
    )
    note = "The rule assumes the same scatter at every dose."
    return Table("outliers", flagged.frame, caption, fold=True, note=note)


def _outliers(n: int) -> str:
    return "an outlier" if n == 1 else "outliers"


def count_plates(found: PlateQuality) -> str:
    """How many plates pass."""
    if found.frame.empty:
        return "No raw signals, so no plate can be judged."
    n_pass = len(found) - int(found.flagged.sum())
    return f"{n_pass} of {count(len(found), 'plate')} {'passes' if n_pass == 1 else 'pass'}."


def name_flagged(found: PlateQuality) -> list[str]:
    """Plates that did not pass, each with its reasons."""
    flagged = found.frame[found.flagged]
    return [f"{plate}: {reason}" for plate, reason in zip(flagged["plate"], flagged["reason"], strict=True)]


def say_quality(found: PlateQuality) -> str:
    """Plates that pass, those that do not with their reason, and wells left out."""
    named = name_flagged(found)
    flagged = f"Flagged: {limited(named, MOST_FLAGGED)}. " if named else ""
    out = f"{found.n_excluded:,} of {count(found.n_wells, 'well')} excluded."
    return f"{count_plates(found)} {flagged}{out}"


def _displayed(frame: pd.DataFrame) -> pd.DataFrame:
    signal = ["z_prime", "robust_z_prime", "vehicle_cv", Column("signal_to_background", missing="no blank")]
    places = [Column(name, missing="not testable") for name in PLACES]
    return words(frame, ["plate", *signal, *places, "control", "verdict", "reason"], table="plate_quality")
