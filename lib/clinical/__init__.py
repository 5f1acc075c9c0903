"""A clinical study: derived from its tables, tabulated, compared within, and held against references handed
in.

``derive_study(data, rules=, censoring=, ...) -> DerivedStudy``
``tabulate_rates, compare_rates, tabulate_times, tabulate_landmarks, compare_times``
``compare_further, compare_in_subgroups, compare_visit_timing``: without proportional hazards, within
subgroups, between visits ``estimate_precision``: what these numbers of patients and events can tell
``trace_courses, trace_sums, choose_profiles``: what the patients' figures need
``compare_with_references, match_rates, reproduce_printed_intervals``: beside what is published
"""

from lib.clinical.courses import choose_profiles as choose_profiles
from lib.clinical.courses import trace_courses as trace_courses
from lib.clinical.courses import trace_sums as trace_sums
from lib.clinical.efficacy import compare_rates as compare_rates
from lib.clinical.efficacy import compare_times as compare_times
from lib.clinical.efficacy import tabulate_landmarks as tabulate_landmarks
from lib.clinical.efficacy import tabulate_rates as tabulate_rates
from lib.clinical.efficacy import tabulate_times as tabulate_times
from lib.clinical.further import compare_further as compare_further
from lib.clinical.further import compare_in_subgroups as compare_in_subgroups
from lib.clinical.further import compare_visit_timing as compare_visit_timing
from lib.clinical.further import fit_all_curves as fit_all_curves
from lib.clinical.precision import estimate_precision as estimate_precision
from lib.clinical.published import choose_references as choose_references
from lib.clinical.published import compare_with_references as compare_with_references
from lib.clinical.published import match_rates as match_rates
from lib.clinical.published import reproduce_printed_intervals as reproduce_printed_intervals
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
from lib.clinical.study import DerivedStudy as DerivedStudy
from lib.clinical.study import check_columns as check_columns
from lib.clinical.study import count_events as count_events
from lib.clinical.study import derive_study as derive_study
from lib.clinical.study import stack_sensitivity as stack_sensitivity
from lib.door import expose

__dir__ = expose(globals())
