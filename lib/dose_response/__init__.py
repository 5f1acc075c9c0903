"""Dose-response curves: fits of whole screens at once, intervals, statuses, and what follows over
experiments."""

from lib.door import expose
from lib.dose_response.bands import DrawnCurve, draw_curves
from lib.dose_response.batch import Batch, BatchFit, batch_from_matrix, fit_batch
from lib.dose_response.combine import average_experiments
from lib.dose_response.contrasts import Contrasts, compare_lines
from lib.dose_response.curves import CurveFits, fit_curves, predict_response
from lib.dose_response.potency import Potency, combine_experiments
from lib.dose_response.wells import select_wells

__all__ = [
    "Batch",
    "BatchFit",
    "Contrasts",
    "CurveFits",
    "DrawnCurve",
    "Potency",
    "average_experiments",
    "batch_from_matrix",
    "combine_experiments",
    "compare_lines",
    "draw_curves",
    "fit_batch",
    "fit_curves",
    "predict_response",
    "select_wells",
]

__dir__ = expose(globals())
