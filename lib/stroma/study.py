"""The images of a study, measured alike, and the change of their measurements within subjects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.errors import check_rows
from lib.paired.measurements import MeasurementShifts, Scale, compare_measurements
from lib.result import Result
from lib.stroma.cuts import Cut, CutFrom, choose_cuts
from lib.stroma.measure import Fibres, cut_of, find_directions, find_positive, measure_fibres
from lib.stroma.orientation import Orientation
from lib.stroma.quality import doubt_shifts, judge_images
from lib.stroma.signal import prepare_field

FIRST = [
    "image",
    "subject",
    "timepoint",
    "stain",
    "tissue_area_mm2",
    "area_fraction",
    "coherency",
    "mean_local_coherency",
    "dominant_angle_deg",
    "alignment",
    "n_orientations",
    "marker",
]


@dataclass(frozen=True, repr=False, eq=False)
class Fields(Result):
    """Measurements of every image, one row an image; ``fibres`` holds them in the same order, ``places`` the
    row of each in the manifest.

    ``settings``: ``window_px, threshold, cut_from``, as :func:`measure_study` takes them.
    """

    fibres: Sequence[Fibres] = ()
    places: Sequence[int] = ()
    ALIGNED: ClassVar[tuple[str, ...]] = ("fibres", "places")
    COLUMNS: ClassVar[tuple[str, ...]] = (*FIRST, "status", "quality", "reasons")


def measure_study(
    manifest: pd.DataFrame,
    images: Sequence[NDArray[np.generic]],
    masks: Sequence[NDArray[np.bool_] | None],
    tumours: Sequence[NDArray[np.bool_] | None],
    *,
    window_px: float = 2.0,
    threshold: float | None = None,
    cut_from: CutFrom = "study",
) -> Fields:
    """Measure every image of a manifest, by default with one cut for each stain, marker and depth of file.

    Parameters
    ----------
    manifest : DataFrame
        As :func:`lib.tables.stroma.read_stroma_images` returns it, a row an image.
    images, masks, tumours : sequences in its order
    threshold : float, optional
        One for all, as :func:`measure_fibres` takes it; 0 and None find one.
    cut_from : {"study", "image"}
        See :func:`~lib.stroma.cuts.choose_cuts`.
    """
    check_rows(manifest, "the manifest")
    rows = list(manifest.itertuples())
    own = [
        cut_of(prepare_field(image, row.stain, mask), row.stain, threshold or None)
        for row, image, mask in zip(rows, images, masks, strict=True)
    ]
    alike = [(row.stain, row.marker, str(image.dtype)) for row, image in zip(rows, images, strict=True)]
    cuts = choose_cuts(alike, own, cut_from)
    measured = [
        measure_fibres(
            image,
            row.stain,
            um_per_px=row.um_per_px,
            mask=mask,
            tumour=tumour,
            window_px=window_px,
            threshold=cut,
        )
        for row, image, mask, tumour, cut in zip(rows, images, masks, tumours, cuts, strict=True)
    ]
    settings = {"window_px": window_px, "threshold": threshold or "found", "cut_from": cut_from}
    return Fields(judge_images(_frame_of(manifest, measured)), settings, measured, range(len(rows)))


def compare_fields(
    fields: Fields,
    scales: Mapping[str, Scale],
    *,
    baseline: str = "pre",
    followup: str = "post",
    confidence: float = 0.95,
) -> MeasurementShifts:
    """Change of each measurement within subjects, by marker; see
    :func:`~lib.paired.measurements.compare_measurements`.

    Parameters
    ----------
    scales : mapping
        Measurement → scale on which the difference is taken, such as ``{"area_fraction": "logit"}``.
    """
    visits = {"baseline": baseline, "followup": followup}
    doubts = doubt_shifts(fields.frame, scales, **visits)
    return compare_measurements(
        fields.frame, scales, by="marker", confidence=confidence, reason="status", doubts=doubts, **visits
    )


@dataclass(frozen=True)
class View:
    """What figures show of one image: the picture, its positive pixels, its directions and where those were
    counted."""

    marker: str
    timepoint: str
    image: NDArray[np.generic]
    um_per_px: float
    fibres: Fibres
    positive: NDArray[np.bool_]
    orientation: Orientation
    region: NDArray[np.bool_]


def view_images(
    fields: Fields,
    manifest: pd.DataFrame,
    images: Sequence[NDArray[np.generic]],
    masks: Sequence[NDArray[np.bool_] | None],
) -> list[View]:
    """The first image with status ``ok`` of each marker and timepoint, with the maps behind its
    measurements."""
    good = fields[fields["status"] == "ok"].drop_duplicates(["marker", "timepoint"])
    window = float(fields.settings["window_px"])
    return [
        _view(manifest.iloc[i], images[i], fibres, masks[i], window)
        for i, fibres in zip(good.places, good.fibres, strict=True)
    ]


def _view(
    row: pd.Series,
    image: NDArray[np.generic],
    measured: Fibres,
    mask: NDArray[np.bool_] | None,
    window_px: float,
) -> View:
    field = prepare_field(image, row["stain"], mask)
    positive = find_positive(field, Cut(measured.threshold, measured.threshold_origin))
    orientation, region = find_directions(positive if mask is None else field.tissue, field, window_px)
    return View(
        row["marker"], row["timepoint"], image, row["um_per_px"], measured, positive, orientation, region
    )


def _frame_of(images: pd.DataFrame, measured: Sequence[Fibres]) -> pd.DataFrame:
    named = images[["name", "subject", "timepoint", "stain", "marker"]].rename(columns={"name": "image"})
    values = pd.DataFrame([vars(one) for one in measured], index=images.index)
    frame = pd.concat([named, values], axis=1)
    return frame[FIRST + [c for c in frame.columns if c not in FIRST]].reset_index(drop=True)
