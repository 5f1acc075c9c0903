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
- `estimate_logrank_power` for the design of a comparison.
"""

from lib.door import expose
from lib.survival.batch import fit_batch as fit_batch
from lib.survival.contrast import compare_groups as compare_groups
from lib.survival.contrast import compare_subgroups as compare_subgroups
from lib.survival.cox import fit_cox as fit_cox
from lib.survival.design import estimate_logrank_power as estimate_logrank_power
from lib.survival.interval_censored import compare_interval_censoring as compare_interval_censoring
from lib.survival.interval_censored import fit_turnbull as fit_turnbull
from lib.survival.kaplan_meier import SurvivalCurve as SurvivalCurve
from lib.survival.kaplan_meier import count_at_risk as count_at_risk
from lib.survival.kaplan_meier import fit_by_group as fit_by_group
from lib.survival.kaplan_meier import fit_kaplan_meier as fit_kaplan_meier
from lib.survival.landmark import compare_landmarks as compare_landmarks
from lib.survival.landmark import estimate_landmarks as estimate_landmarks
from lib.survival.logrank import compare_logrank as compare_logrank
from lib.survival.proportional import check_proportional_hazards as check_proportional_hazards
from lib.survival.quantile import Quantile as Quantile
from lib.survival.quantile import estimate_follow_up as estimate_follow_up
from lib.survival.quantile import estimate_median as estimate_median
from lib.survival.quantile import estimate_quantile as estimate_quantile
from lib.survival.rmst import compare_rmst as compare_rmst
from lib.survival.rmst import estimate_rmst as estimate_rmst
from lib.survival.rmst import largest_common_time as largest_common_time

__dir__ = expose(globals())
