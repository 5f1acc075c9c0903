"""From plate to curve: normalisation, quality of the controls, effects of position and their correction."""

from lib.door import expose
from lib.plates.edges import Edges as Edges
from lib.plates.edges import correct_edges as correct_edges
from lib.plates.edges import estimate_edges as estimate_edges
from lib.plates.normalise import normalise_plates as normalise_plates
from lib.plates.position import estimate_position_effects as estimate_position_effects
from lib.plates.position import locate_wells as locate_wells
from lib.plates.position import plate_shape as plate_shape
from lib.plates.quality import QUALITY_COLUMNS as QUALITY_COLUMNS
from lib.plates.quality import Exclusions as Exclusions
from lib.plates.quality import PlateQuality as PlateQuality
from lib.plates.quality import check_plates as check_plates
from lib.plates.quality import list_exclusions as list_exclusions
from lib.plates.quality import z_prime as z_prime

__dir__ = expose(globals())
