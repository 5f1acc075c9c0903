"""RECIST 1.1: from lesions to the response of each visit and each patient's best response.

``assess_visits(lesions, reference_day) -> DataFrame``: target, non-target, new lesion, overall, each with
`why` ``assess_targets(sums)``, ``sum_diameters(targets, reference_day)``: the steps of it
``find_best_responses(responses, subjects, rules=ResponseRules(...)) -> DataFrame``: unconfirmed and confirmed
``compare_readers(responses) -> DataFrame``: agreement of readers
"""

from lib.clinical.recist.agreement import compare_readers
from lib.clinical.recist.best import (
    find_best_responses,
    read_after_complete,
    select_assessments,
    split_visits,
)
from lib.clinical.recist.overall import assess_non_targets, assess_overall, assess_visits, baseline_sums
from lib.clinical.recist.settings import CONTROLLED, RANK, RESPONDERS, ResponseRules
from lib.clinical.recist.target import assess_targets, measure_lesions, pick_baseline, sum_diameters

__all__ = [
    "CONTROLLED",
    "RANK",
    "RESPONDERS",
    "ResponseRules",
    "assess_non_targets",
    "assess_overall",
    "assess_targets",
    "assess_visits",
    "baseline_sums",
    "compare_readers",
    "find_best_responses",
    "measure_lesions",
    "pick_baseline",
    "read_after_complete",
    "select_assessments",
    "split_visits",
    "sum_diameters",
]
