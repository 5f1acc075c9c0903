"""Immunohistochemistry: stain separation, cells, and their scores."""

from lib.stains.cells import measure_cells
from lib.stains.density import (
    StainVectors,
    estimate_background,
    estimate_vectors,
    optical_density,
    read_vectors,
    separate_stains,
)
from lib.stains.nuclei import expand_cells, find_tissue, segment_nuclei
from lib.stains.scores import Score, classify_cells, score_cells
from lib.stains.settings import Settings, compartment_warning, default_compartment
from lib.stains.slide import Calibration, Measured, calibrate_slide, measure_slide, read_window, segment_window
from lib.stains.study import (
    cells_frame,
    classify_frame,
    compare_scores,
    measure_slides,
    score_cores,
    score_images,
    score_patients,
    score_regions,
    score_study,
    vary_thresholds,
    warn_compartments,
    with_compartments,
)

__all__ = [
    "Calibration", "Measured", "Score", "Settings", "StainVectors", "calibrate_slide", "cells_frame",
    "classify_cells", "classify_frame", "compare_scores", "compartment_warning", "default_compartment",
    "estimate_background", "estimate_vectors", "expand_cells", "find_tissue", "measure_cells", "measure_slide",
    "measure_slides", "optical_density", "read_vectors", "read_window", "score_cells", "score_cores", "score_images",
    "score_patients", "score_regions", "score_study", "segment_nuclei", "segment_window", "separate_stains",
    "vary_thresholds", "warn_compartments", "with_compartments",
]  # fmt: skip
