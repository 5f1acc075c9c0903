"""Whether an image's area fraction, and a shift, can be relied on, as columns ``quality`` and ``reasons``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from lib.records import join_reasons

FIELD_DIFFERS, TISSUE_DIFFERS, CUTS_DIFFER = 1.01, 1.25, 2.0
"""Ratios from which fields, tissue areas within subjects, and own cuts of images are said to differ."""


def judge_images(fields: pd.DataFrame) -> pd.DataFrame:
    """The images' table with its quality: not judged without an area fraction, caution where something is
    known."""
    told = fields["area_fraction"].notna()
    reasons = [
        join_reasons([f"{row.image}: {row.status}" if row.status != "ok" else "", *row.doubts])
        for row in fields.assign(doubts=_doubts(fields)).itertuples()
    ]
    quality = pd.Series("pass", index=fields.index).where(
        pd.Series(reasons, index=fields.index) == "", "caution"
    )
    return fields.assign(quality=quality.where(told, "not judged"), reasons=reasons)


def doubt_shifts(
    fields: pd.DataFrame, measurements: Iterable[str], *, baseline: str, followup: str
) -> Mapping[tuple[str, str], list[str]]:
    """Marker and measurement → images that lost it, images whose tissue or cut is in doubt, and unlike
    fields."""
    seen = fields[fields["timepoint"].isin([baseline, followup])]
    seen, found = seen.assign(doubts=_doubts(fields).reindex(seen.index)), {}
    for name, part in seen.groupby("marker"):
        known = [reason for reasons in part["doubts"] for reason in reasons]
        ratio = compare_areas(part, baseline=baseline, followup=followup)
        unlike = int(ratio["differs"].sum())
        areas = [f"tissue area differs between {baseline} and {followup} in {unlike} of {len(ratio)} pairs"]
        for measurement in measurements:
            lost = part[part[measurement].isna()]
            gone = [f"{image}: {status}" for image, status in zip(lost["image"], lost["status"], strict=True)]
            found[str(name), measurement] = [*gone, *known, *(areas if unlike else [])]
    return found


def compare_areas(fields: pd.DataFrame, *, baseline: str, followup: str) -> pd.DataFrame:
    """Ratios (1 or more) of field and tissue area between the visits, a row a marker and subject with both.

    Columns ``tissue_area_mm2, field_area_mm2`` (ratios), ``other_field`` and ``differs`` (either area).
    """
    areas = fields.pivot_table(
        ["tissue_area_mm2", "field_area_mm2"], ["marker", "subject"], "timepoint", aggfunc="mean"
    )
    if not {baseline, followup} <= set(areas.columns.get_level_values("timepoint")):
        return pd.DataFrame(columns=["tissue_area_mm2", "field_area_mm2", "other_field", "differs"])
    ratio = areas.xs(followup, axis=1, level="timepoint") / areas.xs(baseline, axis=1, level="timepoint")
    ratio = ratio.dropna().where(lambda r: r >= 1, 1 / ratio)
    other = ratio["field_area_mm2"] > FIELD_DIFFERS
    return ratio.assign(other_field=other, differs=other | (ratio["tissue_area_mm2"] > TISSUE_DIFFERS))


def spread_cuts(fields: pd.DataFrame) -> pd.DataFrame:
    """``min, max`` of the images' own cuts, by stain and marker, where one cut for all parts cuts more than
    twofold apart."""
    shared = fields[fields["threshold_origin"] == "study"].groupby(["stain", "marker"])["own_threshold"]
    spread = shared.agg(["min", "max"])
    return spread[spread["max"] > CUTS_DIFFER * spread["min"]]


def _doubts(fields: pd.DataFrame) -> pd.Series:
    """Of each image, what may be wrong with an area that it has: its tissue, its cut."""
    apart = set(spread_cuts(fields).index)
    return pd.Series(
        [
            [
                *(
                    [f"{row.image}: constant black or white counts as tissue"]
                    if row.unclear_fraction > 0
                    else []
                ),
                *(
                    [f"own cuts of {row.marker} ({row.stain}) differ more than twofold"]
                    if (row.stain, row.marker) in apart
                    else []
                ),
            ]
            for row in fields.itertuples()
        ],
        index=fields.index,
        dtype=object,
    )
