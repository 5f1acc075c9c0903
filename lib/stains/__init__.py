"""Immunohistochemistry: stain separation, cells, and their scores."""

from lib.door import expose
from lib.stains.compare import Sensitivity as Sensitivity
from lib.stains.compare import choose_lead as choose_lead
from lib.stains.compare import compare_scores as compare_scores
from lib.stains.compare import vary_thresholds as vary_thresholds
from lib.stains.density import StainVectors as StainVectors
from lib.stains.density import estimate_background as estimate_background
from lib.stains.density import estimate_vectors as estimate_vectors
from lib.stains.density import optical_density as optical_density
from lib.stains.density import read_vectors as read_vectors
from lib.stains.density import separate_stains as separate_stains
from lib.stains.results import Patients as Patients
from lib.stains.results import Regions as Regions
from lib.stains.results import Scores as Scores
from lib.stains.results import average_patients as average_patients
from lib.stains.results import score_masks as score_masks
from lib.stains.results import score_sections as score_sections
from lib.stains.results import view_scores as view_scores
from lib.stains.scores import classify_cells as classify_cells
from lib.stains.scores import score_cells as score_cells
from lib.stains.settings import Settings as Settings
from lib.stains.settings import compartment_warning as compartment_warning
from lib.stains.settings import default_compartment as default_compartment
from lib.stains.slide import Measured as Measured
from lib.stains.slide import measure_slide as measure_slide
from lib.stains.study import KEYS as KEYS
from lib.stains.study import cells_frame as cells_frame
from lib.stains.study import classify_frame as classify_frame
from lib.stains.study import measure_slides as measure_slides
from lib.stains.study import name_units as name_units
from lib.stains.study import score_cores as score_cores
from lib.stains.study import score_frame as score_frame
from lib.stains.study import score_images as score_images
from lib.stains.study import score_patients as score_patients
from lib.stains.study import score_study as score_study
from lib.stains.study import warn_compartments as warn_compartments
from lib.stains.study import with_compartments as with_compartments
from lib.stains.views import View as View

__dir__ = expose(globals())
