"""What a clinical report publishes, as results: rows with the settings that they were made by."""

from __future__ import annotations

from lib.result import Result

JUDGED = "quality reasons"
"""Last columns of tables of findings: how far a row can be relied on, and why not."""


def _names(*said: str) -> tuple[str, ...]:
    return tuple(" ".join(said).split())


class Rates(Result):
    """Rate of every endpoint in every group and in all; ``rate, rate_low, rate_high`` are fractions."""

    COLUMNS = _names("endpoint group responders n rate rate_low rate_high ci_method status", JUDGED)


class RateDifferences(Result):
    """Each group's rate minus the reference's, by three methods; fractions."""

    COLUMNS = _names("endpoint group reference difference low high method p_fisher status", JUDGED)


class Times(Result):
    """Median, follow-up and restricted mean of every endpoint in every group, in months."""

    COLUMNS = _names(
        "endpoint group n events time_unit median median_low",
        "median_high median_status median_at_risk conf_type follow_up_median rmst rmst_se rmst_at",
        JUDGED,
    )


class SurvivalAtTimes(Result):
    """Share free of event at fixed times (months), with interval and number at risk."""

    COLUMNS = _names("endpoint group time survival low high at_risk status", JUDGED)


class HazardRatios(Result):
    """Hazard ratio, log-rank test and check of proportional hazards of every group against the reference."""

    COLUMNS = _names(
        "endpoint group reference hazard_ratio hr_low hr_high",
        "ties logrank_chi2 logrank_p stratified ph_test_p status advice",
        JUDGED,
    )


class FurtherContrasts(Result):
    """Contrasts that do not rest on proportional hazards, a row each; times in months."""

    COLUMNS = _names("endpoint group reference quantity at_months estimate low high p_value status", JUDGED)


class SubgroupRatios(Result):
    """Hazard ratio in every level of some columns, with a test of interaction; `absent` are columns not in
    the data."""

    COLUMNS = _names(
        "endpoint variable subgroup group reference n",
        "events hazard_ratio hr_low hr_high interaction_p status",
        JUDGED,
    )


class VisitTiming(Result):
    """Median progression-free survival by where between two visits progression is put, in months."""

    COLUMNS = _names("group method n events median median_low median_high median_status", JUDGED)


class Endings(Result):
    """How times ended, by endpoint, group and reason; a count left empty is smaller than may be shown."""

    COLUMNS = _names("endpoint group why subjects")


class Precision(Result):
    """What the numbers of patients and events can tell."""

    COLUMNS = _names("quantity endpoint group n_or_events value unit")


class PrintedIntervals(Result):
    """Which method of a rate's interval gives those printed."""

    COLUMNS = _names("group responders n printed_percent method computed_percent reproduces")
