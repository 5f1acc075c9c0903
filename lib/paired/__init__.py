"""Paired shifts of cell populations: patients are the unit, the empirical logit is the scale."""

from lib.door import expose
from lib.paired.appearances import lead_row as lead_row
from lib.paired.appearances import signs_of as signs_of
from lib.paired.directions import SignConcordance as SignConcordance
from lib.paired.directions import compare_signs as compare_signs
from lib.paired.directions import expected_directions as expected_directions
from lib.paired.directions import find_directions as find_directions
from lib.paired.directions import goes_by as goes_by
from lib.paired.directions import match_population as match_population
from lib.paired.directions import name_in_sentence as name_in_sentence
from lib.paired.directions import own_directions as own_directions
from lib.paired.groups import Groups as Groups
from lib.paired.groups import TimeCourse as TimeCourse
from lib.paired.groups import compare_groups as compare_groups
from lib.paired.groups import fit_time_course as fit_time_course
from lib.paired.logits import empirical_logits as empirical_logits
from lib.paired.logits import percent_logits as percent_logits
from lib.paired.pairing import Pairs as Pairs
from lib.paired.pairing import check_timepoints as check_timepoints
from lib.paired.pairing import pair_populations as pair_populations
from lib.paired.sensitivity import Denominators as Denominators
from lib.paired.sensitivity import compare_denominators as compare_denominators
from lib.paired.shifts import Shifts as Shifts
from lib.paired.shifts import compare_shifts as compare_shifts
from lib.paired.signed_rank import estimate_shift as estimate_shift
from lib.paired.signed_rank import smallest_p as smallest_p

__dir__ = expose(globals())
