"""What a reader must know of the images: what was measured, what was left out, what may not be alike."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from lib.stroma.measure import NO_CUT, NOTHING
from reports.wording import count, fixed, listing

FIELD_DIFFERS, TISSUE_DIFFERS, CUTS_DIFFER = 1.01, 1.25, 2.0
"""Ratios from which fields, tissue areas within subjects, and own cuts of images are said to differ."""


def measured_in_words(stroma: pd.DataFrame) -> str:
    """How many images have an area fraction, and how many of those have nothing positive."""
    measured, empty = stroma["area_fraction"].notna(), int((stroma["status"] == NOTHING).sum())
    found = f" Nothing is positive on {empty}: an area fraction of 0." if empty else ""
    return f"**{measured.sum()} of {count(len(stroma), 'image')} measured.**{found}"


def caution_in_words(said: Iterable[str]) -> str:
    """What is to be read with care: a programme's own points, and that no direction is taken for a benefit."""
    return " ".join([*said, "The direction of a change is reported, not judged."])


def notes_in_words(stroma: pd.DataFrame, *, baseline: str, followup: str) -> list[str]:
    """Sentences on images without an area, canvas and bars, fields of other size, and unlike brightness."""
    notes = [
        _not_measured(stroma),
        _canvas(stroma),
        _unclear(stroma),
        fields_in_words(stroma, baseline=baseline, followup=followup),
        _brightness(stroma),
    ]
    return [note for note in notes if note]


def fields_in_words(stroma: pd.DataFrame, *, baseline: str, followup: str) -> str:
    """Subjects whose visits show fields or tissue of another size, empty where none does."""
    areas = stroma.pivot_table(
        ["tissue_area_mm2", "field_area_mm2"], ["marker", "subject"], "timepoint", aggfunc="mean"
    )
    if not {baseline, followup} <= set(areas.columns.get_level_values("timepoint")):
        return ""
    ratio = areas.xs(followup, axis=1, level="timepoint") / areas.xs(baseline, axis=1, level="timepoint")
    ratio = ratio.dropna().where(lambda r: r >= 1, 1 / ratio)
    other = ratio["field_area_mm2"] > FIELD_DIFFERS
    differs = other | (ratio["tissue_area_mm2"] > TISSUE_DIFFERS)
    if not differs.any():
        return ""
    most = fixed(ratio.loc[differs, "tissue_area_mm2"].max(), 2)
    fields = (
        f"{int(other.sum())} of them with fields of another size"
        if other.any()
        else "from fields of one size"
    )
    return (
        f"Tissue area differs between {baseline} and {followup} in {int(differs.sum())} of {count(len(ratio), 'pair')}, "
        f"{fields}, by up to {most} times: other fields may show other tissue."
    )


def _not_measured(stroma: pd.DataFrame) -> str:
    poor = stroma[stroma["area_fraction"].isna()]
    if poor.empty:
        return ""
    why = (
        " A cut not told from noise parts nothing, and no area follows from it."
        if (poor["status"] == NO_CUT).any()
        else ""
    )
    said = [
        f"{status} on {listing(list(part['image']))}" for status, part in poor.groupby("status", sort=False)
    ]
    return f"Not measured: {'; '.join(said)}.{why}"


def _canvas(stroma: pd.DataFrame) -> str:
    cut = stroma[stroma["excluded_fraction"] > 0]
    if cut.empty:
        return ""
    most = cut.loc[cut["excluded_fraction"].idxmax()]
    return (
        f"Borders or bars of one exact colour are no tissue and were left out on {len(cut)} of {count(len(stroma), 'image')}, "
        f"up to {fixed(100 * most['excluded_fraction'], 1)} % of the frame ({most['image']})."
    )


def _unclear(stroma: pd.DataFrame) -> str:
    doubtful = stroma[stroma["unclear_fraction"] > 0]
    if doubtful.empty:
        return ""
    return (
        f"Constant black or white reaches the edge of {listing(list(doubtful['image']))} and counts as tissue, "
        f"up to {fixed(100 * doubtful['unclear_fraction'].max(), 0)} % of the frame: where it is none, give a mask."
    )


def _brightness(stroma: pd.DataFrame) -> str:
    """Own cuts that lie far apart: one cut for all measures brightness too."""
    shared = stroma[stroma["threshold_origin"] == "study"].groupby(["stain", "marker"])["own_threshold"]
    spread = shared.agg(["min", "max"])
    apart = spread[spread["max"] > CUTS_DIFFER * spread["min"]]
    said = [
        f"{marker} ({stain}) from {low:.3g} to {high:.3g}"
        for (stain, marker), low, high in apart.itertuples()
    ]
    if not said:
        return ""
    return (
        f"The images' own cuts differ more than twofold: {listing(said)}. One cut for all holds where images were "
        "stained and taken alike; otherwise give each its own (cut_from = image)."
    )
