"""Individual times from a published Kaplan–Meier curve and its numbers at risk (Guyot 2012)."""

from lib.door import expose
from lib.reconstruct.groups import estimate_by_group as estimate_by_group
from lib.reconstruct.groups import estimate_reading_spread as estimate_reading_spread
from lib.reconstruct.groups import tabulate_accuracy as tabulate_accuracy
from lib.reconstruct.groups import tabulate_individuals as tabulate_individuals
from lib.reconstruct.groups import tabulate_numbers_at_risk as tabulate_numbers_at_risk
from lib.reconstruct.groups import tabulate_results as tabulate_results
from lib.reconstruct.guyot import Reconstruction as Reconstruction
from lib.reconstruct.guyot import estimate_individual_times as estimate_individual_times
from lib.reconstruct.printed import MARGINS as MARGINS
from lib.reconstruct.printed import compare_with_printed as compare_with_printed
from lib.reconstruct.results import Accuracy as Accuracy
from lib.reconstruct.results import CurveResults as CurveResults
from lib.reconstruct.results import Individuals as Individuals
from lib.reconstruct.results import NumbersAtRisk as NumbersAtRisk
from lib.reconstruct.results import ReadingSpread as ReadingSpread

__dir__ = expose(globals())
