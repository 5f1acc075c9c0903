"""From plate to curve: normalisation, quality of the controls, effects of position and their correction."""

from lib.door import expose
from lib.plates.edges import Edges, correct_edges, estimate_edges
from lib.plates.normalise import normalise_plates
from lib.plates.position import estimate_position_effects, locate_wells, plate_shape
from lib.plates.quality import (
    QUALITY_COLUMNS,
    Exclusions,
    PlateQuality,
    check_plates,
    list_exclusions,
    robust_z_prime,
    z_prime,
)

__all__ = [
    "QUALITY_COLUMNS",
    "Edges",
    "Exclusions",
    "PlateQuality",
    "check_plates",
    "correct_edges",
    "estimate_edges",
    "estimate_position_effects",
    "list_exclusions",
    "locate_wells",
    "normalise_plates",
    "plate_shape",
    "robust_z_prime",
    "z_prime",
]

__dir__ = expose(globals())
