"""Time to an event: estimates, comparisons and their checks, as R's survival package computes them.

Everything takes plain arrays: `time` (any one unit, >= 0), `event` (1 or True = the event happened, 0 =
censored), `group` and `strata` (labels). Nothing here reads a file or draws.

One curve:

- `fit_kaplan_meier` and `fit_by_group` estimate curves, `fit_batch` the medians of many samples at once;
- `estimate_median`, `estimate_quantile`, `estimate_landmarks` and `estimate_rmst` read a curve, with
  statuses; `count_at_risk` and `largest_common_time` say how far it reaches;
- `estimate_follow_up` is the reverse Kaplan–Meier.

Contrasts:

- `compare_logrank` with strata and the weights of Fleming and Harrington; `fit_cox` and
  `check_proportional_hazards`;
- `compare_groups` brings these together for every group against a reference, `compare_subgroups` within
  subgroups; `compare_landmarks` and `compare_rmst` contrast two curves.

Sensitivity and design:

- `fit_turnbull` and `compare_interval_censoring` where visits hide when an event happened;
- `estimate_logrank_power`, `estimate_events_needed` and `estimate_hazard_ratio_margin`.
"""

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
