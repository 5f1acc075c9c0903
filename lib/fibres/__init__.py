"""Stroma: area and alignment of fibres, and what of an image is no tissue."""

from lib.fibres.cuts import Cut as Cut
from lib.fibres.cuts import choose_cuts as choose_cuts
from lib.fibres.cuts import measure_separation as measure_separation
from lib.fibres.cuts import propose_cut as propose_cut
from lib.fibres.measure import Fibres as Fibres
from lib.fibres.measure import View as View
from lib.fibres.measure import find_positive as find_positive
from lib.fibres.measure import measure_fibres as measure_fibres
from lib.fibres.measure import measure_study as measure_study
from lib.fibres.measure import to_frame as to_frame
from lib.fibres.measure import view_image as view_image
from lib.fibres.orientation import Orientation as Orientation
from lib.fibres.orientation import estimate_orientation as estimate_orientation
from lib.fibres.orientation import summarise_directions as summarise_directions
from lib.fibres.signal import find_tissue as find_tissue
from lib.fibres.signal import prepare_field as prepare_field
from lib.fibres.signal import separate_signal as separate_signal
from lib.fibres.words import fields_in_words as fields_in_words
from lib.fibres.words import measured_in_words as measured_in_words
from lib.fibres.words import notes_in_words as notes_in_words
