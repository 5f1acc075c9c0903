"""Dose-response curves: fits of whole screens at once, intervals, statuses, and what follows over experiments."""

from lib.dose_response.bands import DrawnCurve, draw_curves
from lib.dose_response.batch import Batch, BatchFit, batch_from_matrix, fit_batch
from lib.dose_response.combine import combine_experiments, compare_lines, join_absolute
from lib.dose_response.curves import CurveFits, fit_curves, predict_response, select_wells

__all__ = [
    "Batch",
    "BatchFit",
    "CurveFits",
    "DrawnCurve",
    "batch_from_matrix",
    "combine_experiments",
    "compare_lines",
    "draw_curves",
    "fit_batch",
    "fit_curves",
    "join_absolute",
    "predict_response",
    "select_wells",
]
