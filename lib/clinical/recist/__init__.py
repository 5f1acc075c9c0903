"""RECIST 1.1: from lesions to the response of each visit and each patient's best response.

``assess_visits(lesions, reference_day) -> DataFrame``: target, non-target, new lesion, overall, each with
`why` ``assess_targets(sums)``, ``sum_diameters(targets, reference_day)``: the steps of it
``find_best_responses(responses, subjects, rules=ResponseRules(...)) -> DataFrame``: unconfirmed and confirmed
``compare_readers(responses) -> DataFrame``: agreement of readers
"""

from lib.clinical.recist.agreement import compare_readers as compare_readers
from lib.clinical.recist.best import find_best_responses as find_best_responses
from lib.clinical.recist.best import read_after_complete as read_after_complete
from lib.clinical.recist.best import select_assessments as select_assessments
from lib.clinical.recist.best import split_visits as split_visits
from lib.clinical.recist.overall import assess_overall as assess_overall
from lib.clinical.recist.overall import assess_visits as assess_visits
from lib.clinical.recist.overall import baseline_sums as baseline_sums
from lib.clinical.recist.settings import CONTROLLED as CONTROLLED
from lib.clinical.recist.settings import RESPONDERS as RESPONDERS
from lib.clinical.recist.settings import ResponseRules as ResponseRules
from lib.clinical.recist.target import assess_targets as assess_targets
