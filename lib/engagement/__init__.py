"""Target engagement: what a drug does to its target and to what lies downstream, from normalised signals."""

from lib.door import expose
from lib.engagement.changes import Changes as Changes
from lib.engagement.changes import TimeCourse as TimeCourse
from lib.engagement.changes import estimate_changes as estimate_changes
from lib.engagement.changes import normalise_readouts as normalise_readouts
from lib.engagement.changes import strongest_changes as strongest_changes
from lib.engagement.dose import Engagement as Engagement
from lib.engagement.dose import fit_engagement as fit_engagement
from lib.engagement.dose import lanes_at as lanes_at
from lib.engagement.dose import predict_remaining as predict_remaining
from lib.engagement.kinetics import predict_turnover as predict_turnover
from lib.engagement.lead import choose_lead as choose_lead
from lib.engagement.saturation import Saturation as Saturation
from lib.engagement.saturation import find_saturation as find_saturation
from lib.engagement.turnover import Turnover as Turnover
from lib.engagement.turnover import Turnovers as Turnovers
from lib.engagement.turnover import fit_turnovers as fit_turnovers

__dir__ = expose(globals())
