"""A clinical study: derived from its tables, tabulated, compared within, and held against references handed
in.

``derive_study(data, rules=, censoring=, ...) -> DerivedStudy``
``tabulate_rates, compare_rates, tabulate_times, tabulate_landmarks, compare_times``
``compare_further, compare_in_subgroups, compare_visit_timing``: without proportional hazards, within
subgroups, between visits ``estimate_precision``: what these numbers of patients and events can tell
``trace_courses, trace_sums, choose_profiles``: what the patients' figures need
``compare_with_references, match_rates, reproduce_printed_intervals``: beside what is published
"""

from lib.clinical.courses import choose_profiles, trace_courses, trace_sums
from lib.clinical.efficacy import (
    compare_rates,
    compare_times,
    tabulate_landmarks,
    tabulate_rates,
    tabulate_times,
)
from lib.clinical.further import (
    compare_further,
    compare_in_subgroups,
    compare_visit_timing,
    fit_all_curves,
    fit_curves,
    list_lasting,
)
from lib.clinical.precision import estimate_precision
from lib.clinical.published import choose_references as choose_references
from lib.clinical.published import compare_with_references, match_rates, reproduce_printed_intervals
from lib.clinical.results import Endings as Endings
from lib.clinical.results import FurtherContrasts as FurtherContrasts
from lib.clinical.results import HazardRatios as HazardRatios
from lib.clinical.results import Precision as Precision
from lib.clinical.results import PrintedIntervals as PrintedIntervals
from lib.clinical.results import RateDifferences as RateDifferences
from lib.clinical.results import Rates as Rates
from lib.clinical.results import SubgroupRatios as SubgroupRatios
from lib.clinical.results import SurvivalAtTimes as SurvivalAtTimes
from lib.clinical.results import Times as Times
from lib.clinical.results import VisitTiming as VisitTiming
from lib.clinical.study import DerivedStudy, check_columns, count_events, derive_study, stack_sensitivity
from lib.door import expose

__all__ = [
    "DerivedStudy",
    "check_columns",
    "choose_profiles",
    "compare_further",
    "compare_in_subgroups",
    "compare_rates",
    "compare_times",
    "compare_visit_timing",
    "compare_with_references",
    "count_events",
    "derive_study",
    "estimate_precision",
    "fit_all_curves",
    "fit_curves",
    "list_lasting",
    "match_rates",
    "reproduce_printed_intervals",
    "stack_sensitivity",
    "tabulate_landmarks",
    "tabulate_rates",
    "tabulate_times",
    "trace_courses",
    "trace_sums",
]

__dir__ = expose(globals())
