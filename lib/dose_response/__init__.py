"""Dose-response curves: fits of whole screens at once, intervals, statuses, and what follows over
experiments."""

from lib.door import expose
from lib.dose_response.bands import DrawnCurve as DrawnCurve
from lib.dose_response.bands import draw_curves as draw_curves
from lib.dose_response.batch import BatchFit as BatchFit
from lib.dose_response.batch import batch_from_matrix as batch_from_matrix
from lib.dose_response.batch import fit_batch as fit_batch
from lib.dose_response.combine import average_experiments as average_experiments
from lib.dose_response.contrasts import Contrasts as Contrasts
from lib.dose_response.contrasts import compare_lines as compare_lines
from lib.dose_response.curves import CurveFits as CurveFits
from lib.dose_response.curves import fit_curves as fit_curves
from lib.dose_response.curves import predict_response as predict_response
from lib.dose_response.potency import Potency as Potency
from lib.dose_response.potency import combine_experiments as combine_experiments
from lib.dose_response.wells import select_wells as select_wells

__dir__ = expose(globals())
