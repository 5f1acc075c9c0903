"""Type I error: how often a test at 5 % cries wolf where nothing happens."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from lib import dose_response, paired, survival
from lib.dose_response.no_effect import no_effect_p
from lib.validation.coverage import DOSES_UM, NOISE_SD, simulate_times
from lib.validation.rates import Rate, TypeOneErrors, count_rate, flag_type_one, judge_rates, rates_frame

Array = NDArray[np.float64]
N_PATIENTS, CELLS, BETWEEN_SD, WITHIN_SD = 8, (8_000, 20_000), 0.6, 0.3


def estimate_type_one_error(
    *, n_simulations: int = 2000, seed: int = 1, level: float = 0.05
) -> TypeOneErrors:
    """Rejections where the truth is no effect, one row a test; columns as of ``estimate_coverage``.

    Eight patients, whose populations move by chance between two visits (SD 0.3 logits) but not on average:
    the signed-rank test and t on logits take patients as n; the event-level binomial model takes cells as n,
    and stands here only as a warning.
    """
    rng = np.random.default_rng([seed, 1])
    rates = [
        *alarm_paired(rng, n_simulations, level),
        alarm_flat_curves(rng, n_simulations, level),
        alarm_logrank(rng, min(n_simulations, 1000), level),
    ]
    table = rates_frame(rates)
    settings = {"n_simulations": n_simulations, "seed": seed, "level": level}
    return TypeOneErrors(judge_rates(table, flag_type_one(table), "rejects"), settings)


def simulate_counts(rng: np.random.Generator, n: int) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
    """Counts and parent counts, shape (n, 8 patients, 2 visits), without any mean change."""
    shape = (n, N_PATIENTS, 2)
    logit = -1.5 + rng.normal(0, BETWEEN_SD, (*shape[:2], 1)) + rng.normal(0, WITHIN_SD, shape)
    parents = rng.integers(*CELLS, shape)
    return rng.binomial(parents, 1 / (1 + np.exp(-logit))), parents


def alarm_paired(rng: np.random.Generator, n: int, level: float) -> list[Rate]:
    """Three ways to test the same eight patients."""
    counts, parents = simulate_counts(rng, n)
    logits = paired.empirical_logits(counts, parents)
    differences = logits[..., 1] - logits[..., 0]
    wilcoxon = np.array([paired.estimate_shift(row).p_value for row in differences])
    student = stats.ttest_1samp(differences, 0, axis=1).pvalue
    setting = f"{N_PATIENTS} patients, no mean change"
    events = event_level_p(counts, parents)
    return [
        count_rate("paired shift, signed rank", setting, level, wilcoxon <= level),
        count_rate("paired shift, t on logits", setting, level, student <= level),
        count_rate("event-level binomial model", setting, level, events <= level, role="warning"),
    ]


def event_level_p(counts: NDArray[np.int_], parents: NDArray[np.int_]) -> Array:
    """p of a binomial model with one intercept and visit, cells taken as independent.

    Its Wald statistic is the difference of pooled logits over sqrt of the sum of reciprocal cell counts.
    """
    k, n = counts.sum(1), parents.sum(1)
    logit = np.log(k / (n - k))
    error = np.sqrt((1 / k + 1 / (n - k)).sum(1))
    return np.asarray(2 * stats.norm.sf(np.abs(logit[:, 1] - logit[:, 0]) / error))


def alarm_flat_curves(rng: np.random.Generator, n: int, level: float) -> Rate:
    """The no-effect test on curves without any effect."""
    flat = 1 + rng.normal(0, NOISE_SD, (n, DOSES_UM.size))
    fit = dose_response.fit_batch(dose_response.batch_from_matrix(DOSES_UM, flat), method="wald", level=None)
    wells, doses = np.full(n, DOSES_UM.size), np.full(n, len(np.unique(DOSES_UM)))
    p = no_effect_p(fit.rss, fit.rss_flat, wells, doses, 4)
    return count_rate("no-effect test of a curve", "flat curves, 10 doses in triplicate", level, p <= level)


def alarm_logrank(rng: np.random.Generator, n: int, level: float) -> Rate:
    """The log-rank test between two groups of one law."""
    time, event = simulate_times(rng, (n, 109))
    group = np.repeat(["first", "second"], (57, 52))
    p = [survival.compare_logrank(t, e, group).p_value for t, e in zip(time, event, strict=True)]
    return count_rate("log-rank", "57 and 52 patients, one law", level, np.array(p) <= level)
