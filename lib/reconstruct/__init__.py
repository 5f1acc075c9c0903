"""Individual times from a published Kaplan–Meier curve and its numbers at risk (Guyot 2012)."""

from lib.reconstruct.groups import (
    estimate_by_group,
    estimate_reading_spread,
    tabulate_accuracy,
    tabulate_individuals,
    tabulate_numbers_at_risk,
    tabulate_results,
)
from lib.reconstruct.guyot import Reconstruction, estimate_individual_times

__all__ = [
    "Headline",
    "Reconstruction",
    "choose_headline",
    "compare_with_printed",
    "estimate_by_group",
    "estimate_individual_times",
    "estimate_reading_spread",
    "reading_range_in_words",
    "show_accuracy",
    "show_results",
    "show_verdicts",
    "tabulate_accuracy",
    "tabulate_individuals",
    "tabulate_numbers_at_risk",
    "tabulate_results",
]
