"""A clinical study: derived from its tables, tabulated, held against Table 4, and put in words.

``derive_study(data, rules=, censoring=, ...) -> DerivedStudy``
``tabulate_rates, compare_rates, tabulate_times, tabulate_landmarks, compare_times``
``compare_with_table_4, reproduce_printed_intervals, estimate_precision``
"""

from lib.clinical.efficacy import (
    compare_rates,
    compare_times,
    tabulate_landmarks,
    tabulate_rates,
    tabulate_times,
)
from lib.clinical.published import compare_with_table_4, estimate_precision, reproduce_printed_intervals
from lib.clinical.study import DerivedStudy, check_columns, count_events, derive_study, describe_sensitivity

__all__ = [
    "DerivedStudy", "check_columns", "compare_rates", "compare_times", "compare_with_table_4", "count_events",
    "derive_study", "describe_sensitivity", "estimate_precision", "reproduce_printed_intervals", "tabulate_landmarks",
    "tabulate_rates", "tabulate_times",
]  # fmt: skip
