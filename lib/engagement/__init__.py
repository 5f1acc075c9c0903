"""Target engagement: what a drug does to its target and to what lies downstream, from normalised signals."""

from lib.engagement.changes import Changes as Changes
from lib.engagement.changes import estimate_changes as estimate_changes
from lib.engagement.changes import fit_engagement as fit_engagement
from lib.engagement.changes import lanes_at as lanes_at
from lib.engagement.changes import normalise_readouts as normalise_readouts
from lib.engagement.changes import predict_remaining as predict_remaining
from lib.engagement.changes import strongest_changes as strongest_changes
from lib.engagement.turnover import Turnover as Turnover
from lib.engagement.turnover import fit_turnover as fit_turnover
from lib.engagement.turnover import gather_turnovers as gather_turnovers
from lib.engagement.turnover import predict_turnover as predict_turnover
