"""A clinical study: derived from its tables, tabulated, held against Table 4, and put in words.

``derive_study(data, rules=, censoring=, ...) -> DerivedStudy``
``tabulate_rates, compare_rates, tabulate_times, tabulate_landmarks, compare_times``
``compare_further, compare_in_subgroups, compare_visit_timing``: without proportional hazards, within subgroups, between visits
``trace_courses, trace_sums, choose_profiles``: what the patients' figures need
``compare_with_table_4, reproduce_printed_intervals, estimate_precision``
"""

from lib.clinical.courses import choose_profiles, trace_courses, trace_sums
from lib.clinical.efficacy import (
    compare_rates,
    compare_times,
    tabulate_landmarks,
    tabulate_rates,
    tabulate_times,
)
from lib.clinical.further import compare_further, compare_in_subgroups, compare_visit_timing, fit_curves
from lib.clinical.published import compare_with_table_4, estimate_precision, reproduce_printed_intervals
from lib.clinical.study import DerivedStudy, check_columns, count_events, derive_study, describe_sensitivity

__all__ = [
    "DerivedStudy", "check_columns", "choose_profiles", "compare_further", "compare_in_subgroups", "compare_rates",
    "compare_times", "compare_visit_timing", "compare_with_table_4", "count_events", "derive_study",
    "describe_sensitivity", "estimate_precision", "fit_curves", "reproduce_printed_intervals", "tabulate_landmarks",
    "tabulate_rates", "tabulate_times", "trace_courses", "trace_sums",
]  # fmt: skip
