"""Stroma: area and alignment of fibres, and what of an image is no tissue."""

from lib.door import expose
from lib.stroma.cuts import Cut as Cut
from lib.stroma.cuts import choose_cuts as choose_cuts
from lib.stroma.cuts import measure_separation as measure_separation
from lib.stroma.cuts import propose_cut as propose_cut
from lib.stroma.measure import Fibres as Fibres
from lib.stroma.measure import measure_fibres as measure_fibres
from lib.stroma.orientation import Orientation as Orientation
from lib.stroma.orientation import estimate_orientation as estimate_orientation
from lib.stroma.signal import prepare_field as prepare_field
from lib.stroma.study import Fields as Fields
from lib.stroma.study import View as View
from lib.stroma.study import compare_fields as compare_fields
from lib.stroma.study import measure_study as measure_study
from lib.stroma.study import view_images as view_images

__dir__ = expose(globals())
