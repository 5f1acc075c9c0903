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
    ``estimate_logrank_power(hazard_ratio, events, ...)``, ``estimate_events_needed(hazard_ratio, power, ...)``
"""
