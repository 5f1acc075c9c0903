"""A piece of a slide with what was counted on it, for the reader's eye."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.stains.cells import measure_cells
from lib.stains.nuclei import Labels
from lib.stains.scores import classify_cells
from lib.stains.settings import Compartment, Settings
from lib.stains.slide import Measured, segment_window
from lib.stains.windows import Calibration, read_window
from lib.tables.slides import Slide


@dataclass(frozen=True)
class View:
    """An image with its labels at the same size, and the class of each label.

    ``classes`` has shape (n + 1,): label 0 is nothing; −1 is unclassified.
    """

    image: NDArray[np.uint8]
    nuclei: Labels
    cells: Labels
    classes: NDArray[np.int_]
    um_per_px: float
    compartment: Compartment
    title: str = ""


def view_cells(
    slide: Slide,
    calibration: Calibration,
    settings: Settings,
    compartment: Compartment,
    *,
    um_per_px: float,
    most_px: int = 400,
) -> View:
    """The middle of a slide as it was segmented, at most `most_px` pixels wide and high."""
    factor = calibration.factor
    top, bottom, left, right = (
        edge for n in slide.shape[:2] for edge in _middle(n, most_px - most_px % factor, factor)
    )
    window = read_window(slide, (top, bottom, left, right), calibration)
    nuclei, cells = segment_window(window, calibration, settings, compartment)
    found = measure_cells(nuclei, cells, window.haematoxylin, window.dab, px_um=calibration.px_um)
    classes = classify_cells(found[f"{compartment}_dab_od"], settings.thresholds_od)
    image = slide.read(top, bottom, left, right)
    return View(
        image, _grow(nuclei, factor), _grow(cells, factor), np.append(-1, classes), um_per_px, compartment
    )


def view_slides(
    manifest: pd.DataFrame,
    slides: Sequence[Slide],
    measured: Sequence[Measured],
    settings: Settings,
    titles: Sequence[str],
) -> list[View]:
    """Views of the rows of a manifest that was measured, each with its title."""
    return [
        replace(
            view_cells(slide, one.calibration, settings, row.compartment, um_per_px=row.um_per_px),
            title=title,
        )
        for row, slide, one, title in zip(manifest.itertuples(), slides, measured, titles, strict=True)
    ]


def _grow(labels: Labels, factor: int) -> Labels:
    return np.repeat(np.repeat(labels, factor, axis=0), factor, axis=1)


def _middle(length: int, most: int, factor: int) -> tuple[int, int]:
    size = min(length - length % factor, most)
    start = (length - size) // 2
    return start, start + size
