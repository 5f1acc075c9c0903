"""Time to an event: estimates, comparisons and their checks, as R's survival package computes them.

Everything takes plain arrays: `time` (any one unit, >= 0), `event` (1 or True = the event happened, 0 =
censored), `group` and `strata` (labels). Nothing here reads a file or draws.

One curve
    ``fit_kaplan_meier(time, event, *, conf_type="log", confidence=0.95) -> SurvivalCurve``
    ``fit_by_group(time, event, group, *, conf_type, confidence) -> dict[str, SurvivalCurve]``
    ``fit_batch(time, event, *, conf_type, confidence) -> BatchMedians``: many samples at once
    ``estimate_median(curve)``, ``estimate_quantile(curve, probability) -> Quantile`` with statuses
    ``estimate_landmarks(curve, times) -> Landmarks``, ``count_at_risk(time, times)``
    ``estimate_rmst(curve, at) -> RestrictedMean``, ``largest_common_time(curves)``
    ``estimate_follow_up(time, event, *, conf_type, confidence) -> Quantile``: reverse Kaplan–Meier

Contrasts
    ``compare_logrank(time, event, group, *, strata=None, rho=0.0, gamma=0.0) -> LogRank``
    ``fit_cox(time, event, covariates, *, strata=None, ties="efron", confidence=0.95) -> CoxFit``
    ``check_proportional_hazards(fit, *, transform="km") -> ProportionalHazards``
    ``compare_groups(time, event, group, *, reference, strata=None, ties, confidence) -> list[GroupContrast]``
    ``compare_subgroups(time, event, group, subgroup, *, reference, ...) -> SubgroupContrasts``
    ``compare_landmarks(curve, reference, times)``, ``compare_rmst(curve, reference, at)``

Sensitivity and design
    ``fit_turnbull(left, right) -> IntervalCensoredCurve``, ``compare_interval_censoring(left, right, event)``
    ``estimate_logrank_power(hazard_ratio, events, ...)``,
    ``estimate_events_needed(hazard_ratio, power, ...)``
"""

from lib.door import expose
from lib.survival.bands import ConfType, check_conf_type
from lib.survival.batch import BatchMedians, fit_batch
from lib.survival.contrast import GroupContrast, SubgroupContrasts, compare_groups, compare_subgroups
from lib.survival.cox import CoxFit, fit_cox
from lib.survival.design import estimate_events_needed, estimate_hazard_ratio_margin, estimate_logrank_power
from lib.survival.interval_censored import IntervalCensoredCurve, compare_interval_censoring, fit_turnbull
from lib.survival.kaplan_meier import SurvivalCurve, count_at_risk, fit_by_group, fit_kaplan_meier
from lib.survival.landmark import LandmarkDifferences, Landmarks, compare_landmarks, estimate_landmarks
from lib.survival.logrank import LogRank, compare_logrank
from lib.survival.proportional import ProportionalHazards, check_proportional_hazards
from lib.survival.quantile import Quantile, estimate_follow_up, estimate_median, estimate_quantile
from lib.survival.rmst import (
    RestrictedMean,
    RestrictedMeanDifference,
    compare_rmst,
    estimate_rmst,
    largest_common_time,
)

__all__ = [
    "BatchMedians",
    "ConfType",
    "CoxFit",
    "GroupContrast",
    "IntervalCensoredCurve",
    "LandmarkDifferences",
    "Landmarks",
    "LogRank",
    "ProportionalHazards",
    "Quantile",
    "RestrictedMean",
    "RestrictedMeanDifference",
    "SubgroupContrasts",
    "SurvivalCurve",
    "check_conf_type",
    "check_proportional_hazards",
    "compare_groups",
    "compare_interval_censoring",
    "compare_landmarks",
    "compare_logrank",
    "compare_rmst",
    "compare_subgroups",
    "count_at_risk",
    "estimate_events_needed",
    "estimate_follow_up",
    "estimate_hazard_ratio_margin",
    "estimate_landmarks",
    "estimate_logrank_power",
    "estimate_median",
    "estimate_quantile",
    "estimate_rmst",
    "fit_batch",
    "fit_by_group",
    "fit_cox",
    "fit_kaplan_meier",
    "fit_turnbull",
    "largest_common_time",
]

__dir__ = expose(globals())
