"""Sections scored: images and cores with their quality, patients, regions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import pandas as pd

from lib.result import Result
from lib.stains.quality import judge_scores
from lib.stains.settings import NOTHING_KNOWN, Known, Settings
from lib.stains.slide import Measured
from lib.stains.study import (
    KEYS,
    NO_CORE,
    PATIENT,
    cells_frame,
    classify_frame,
    measure_slides,
    score_images,
    score_regions,
    score_study,
    warn_compartments,
    with_compartments,
)
from lib.stains.views import View, view_slides
from lib.tables.ihc import Sections


@dataclass(frozen=True, repr=False, eq=False)
class Scores(Result):
    """Scores of every image and core, one row each, with their quality; ``settings``:
    ``thresholds_od, least_cells``.

    ``cells`` holds every classified cell, ``warnings`` the markers that are scored where they do not belong,
    ``places`` the row of each in what was measured.
    """

    cells: pd.DataFrame = field(default_factory=pd.DataFrame)
    warnings: Sequence[str] = ()
    sections: Sections = field(default_factory=Sections)
    measured: Sequence[Measured] = ()
    used: Settings = field(default_factory=Settings)
    places: Sequence[int] = ()
    ALIGNED: ClassVar[tuple[str, ...]] = ("places",)
    COLUMNS: ClassVar[tuple[str, ...]] = (*KEYS, "status")

    @property
    def counted(self) -> pd.DataFrame:
        """Cells of the images and cores that have a row: all, unless rows were chosen."""
        left = pd.MultiIndex.from_frame(self.frame[KEYS])
        return self.cells[pd.MultiIndex.from_frame(self.cells[KEYS]).isin(left)]

    @property
    def poor(self) -> pd.DataFrame:
        """Rows that are shown and not compared."""
        return self.frame[self.frame["status"] != "ok"]

    @property
    def named(self) -> pd.DataFrame:
        """Rows without the cells between the cores of an array."""
        return self.frame[self.frame["status"] != NO_CORE]


class Patients(Result):
    """Means over cores, one row a patient, timepoint and marker; ``h_score_min, h_score_max`` are of the
    cores."""

    COLUMNS: ClassVar[tuple[str, ...]] = (*PATIENT, "population", "n_cores", "n_cells", "h_score")


class Regions(Result):
    """Scores inside and outside the masks, one row an image, core and region."""

    COLUMNS: ClassVar[tuple[str, ...]] = (*KEYS, "region")


def score_sections(
    sections: Sections, settings: Settings, *, known: Known = NOTHING_KNOWN, least_cells: int = 20
) -> Scores:
    """Measure the slides, or take the detections, and score every image and core.

    Parameters
    ----------
    sections : Sections
        From :func:`lib.tables.ihc.read_sections`.
    known : mapping
        Names of the study's own markers and where each is read; see :func:`default_compartment`.
    least_cells : int
        Images and cores with fewer are not compared.
    """
    manifest, found, measured = _find_cells(sections, settings, known)
    cells = classify_frame(found, settings.thresholds_od)
    frame = score_images(manifest, cells, settings, least_cells=least_cells, measured=measured)
    options = {
        "thresholds_od": " / ".join(f"{t:g}" for t in settings.thresholds_od),
        "least_cells": least_cells,
    }
    return Scores(
        judge_scores(frame, known),
        options,
        cells,
        warn_compartments(frame, known),
        sections,
        measured or (),
        settings,
        range(len(frame)),
    )


def average_patients(scores: Scores) -> Patients:
    """Mean over the cores of each patient, timepoint and marker; see :func:`score_study`."""
    return Patients(score_study(scores.cells, scores.frame)[1], scores.settings)


def score_masks(scores: Scores) -> Regions:
    """Tumour (inside the mask) and stroma (outside it); no row where no cell lies outside a mask."""
    cells = scores.counted
    outside = "in_mask" in cells and not cells["in_mask"].all()
    empty = pd.DataFrame(columns=[*KEYS, "region"])
    return Regions(score_regions(cells) if outside else empty, scores.settings)


def view_scores(scores: Scores, most: int = 6) -> list[View]:
    """What was counted on the first images that were scored, one a marker, patient and timepoint; none of
    detections."""
    if not scores.measured or scores.sections.manifest is None:
        return []
    good = scores[scores["status"] == "ok"]
    firsts = good.drop_duplicates(["marker", "subject", "timepoint"]).head(most)
    places = list(firsts.places)
    manifest = scores.sections.manifest.iloc[places].assign(compartment=firsts["compartment"].to_numpy())
    titles = [f"{row.marker}, {row.timepoint}: H {row.h_score:.0f}" for row in firsts.itertuples()]
    slides, measured = ([of[i] for i in places] for of in (scores.sections.pictures, scores.measured))
    return view_slides(manifest, slides, measured, scores.used, titles)


def _find_cells(
    sections: Sections, settings: Settings, known: Known
) -> tuple[pd.DataFrame, pd.DataFrame, list[Measured] | None]:
    """The manifest, every cell, and of slides what was seen around them."""
    if sections.detections is not None:
        found = with_compartments(sections.detections, known)
        return found.drop_duplicates(KEYS).assign(name=lambda f: f["image"]), found, None
    manifest = with_compartments(sections.slides, known)
    measured = measure_slides(manifest, sections.pictures, sections.masks, settings)
    return manifest, cells_frame(manifest, measured), measured
