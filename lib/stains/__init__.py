"""Immunohistochemistry: stain separation, cells, and their scores."""

from lib.door import expose
from lib.stains.cells import measure_cells
from lib.stains.compare import Sensitivity, choose_lead, compare_scores, vary_thresholds
from lib.stains.density import (
    StainVectors,
    estimate_background,
    estimate_vectors,
    optical_density,
    read_vectors,
    separate_stains,
)
from lib.stains.nuclei import expand_cells, find_tissue, segment_nuclei
from lib.stains.results import (
    Patients,
    Regions,
    Scores,
    average_patients,
    score_masks,
    score_sections,
    view_scores,
)
from lib.stains.scores import Score, classify_cells, score_cells
from lib.stains.settings import Settings, compartment_warning, default_compartment
from lib.stains.slide import Measured, calibrate_slide, measure_slide, segment_window
from lib.stains.study import (
    KEYS,
    cells_frame,
    classify_frame,
    measure_slides,
    name_cores,
    name_units,
    score_cores,
    score_frame,
    score_images,
    score_patients,
    score_regions,
    score_study,
    warn_compartments,
    with_compartments,
)
from lib.stains.views import View, view_cells, view_slides
from lib.stains.windows import Calibration, read_window

__all__ = [
    "KEYS",
    "Calibration",
    "Measured",
    "Patients",
    "Regions",
    "Score",
    "Scores",
    "Sensitivity",
    "Settings",
    "StainVectors",
    "View",
    "average_patients",
    "calibrate_slide",
    "cells_frame",
    "choose_lead",
    "classify_cells",
    "classify_frame",
    "compare_scores",
    "compartment_warning",
    "default_compartment",
    "estimate_background",
    "estimate_vectors",
    "expand_cells",
    "find_tissue",
    "measure_cells",
    "measure_slide",
    "measure_slides",
    "name_cores",
    "name_units",
    "optical_density",
    "read_vectors",
    "read_window",
    "score_cells",
    "score_cores",
    "score_frame",
    "score_images",
    "score_masks",
    "score_patients",
    "score_regions",
    "score_sections",
    "score_study",
    "segment_nuclei",
    "segment_window",
    "separate_stains",
    "vary_thresholds",
    "view_cells",
    "view_scores",
    "view_slides",
    "warn_compartments",
    "with_compartments",
]

__dir__ = expose(globals())
