"""Coverage: how often a 95 % interval holds the truth that made the data."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from lib import dose_response, engagement, paired, proportions, survival
from lib.validation.rates import Coverage, Rate, count_rate, flag_coverage, judge_rates, rates_frame

Array = NDArray[np.float64]
TOP_DOSE_UM, HILL, NOISE_SD = 30.0, 1.2, 0.06
DOSES_UM = np.repeat(TOP_DOSE_UM / 3.0 ** np.arange(9, -1, -1), 3)
MEDIAN_MONTHS, FOLLOW_UP_MONTHS = 12.8, (12.0, 36.0)
LANDMARK_MONTHS = 12.0
GROUPS = ((57, 0.44), (52, 0.17))
SHIFT, PATIENT_SD = 0.5, 0.6


def estimate_coverage(*, n_simulations: int = 2000, seed: int = 1, confidence: float = 0.95) -> Coverage:
    """Coverage of every interval of the reports, one row a method and setting.

    Returns
    -------
    Coverage
        ``method, setting, nominal, observed, monte_carlo_error, n_simulations, role, quality, reasons``.

    Notes
    -----
    Settings: ten threefold doses up to 30 µM in triplicate, noise SD 0.06, hill 1.2; exponential times of
    median 12.8 months censored evenly between 12 and 36; rates of 57 and 52 patients (exact, by enumeration);
    paired normal differences of 6, 8 and 12 patients; log2 changes of three experiments.
    """
    rng = np.random.default_rng(seed)
    rates = [
        *cover_ic50(rng, n_simulations, confidence),
        *cover_medians(rng, n_simulations, confidence),
        *cover_landmarks(rng, n_simulations, confidence),
        *cover_proportions(confidence),
        *cover_shifts(rng, n_simulations, confidence),
        cover_engagement(rng, n_simulations, confidence),
    ]
    table = rates_frame(rates)
    settings = {"n_simulations": n_simulations, "seed": seed, "confidence": confidence}
    return Coverage(judge_rates(table, flag_coverage(table), "covers"), settings)


def holds(low: Array, high: Array, truth: float) -> NDArray[np.bool_]:
    """Whether each interval holds the truth; a bound that does not exist is open."""
    return ~(low > truth) & ~(high < truth)


def simulate_curves(rng: np.random.Generator, n: int, ic50_uM: float) -> Array:
    """Viability, shape (n, 30), from full to none."""
    mean = 1 / (1 + (DOSES_UM / ic50_uM) ** HILL)
    return mean + rng.normal(0, NOISE_SD, (n, DOSES_UM.size))


def cover_ic50(rng: np.random.Generator, n: int, confidence: float) -> list[Rate]:
    """Profile and Wald intervals with the true IC50 inside, at and above the tested range."""
    rates = []
    for ic50, place in (
        (1.0, "inside the doses"),
        (TOP_DOSE_UM, "at the top dose"),
        (100.0, "above the top dose"),
    ):
        batch = dose_response.batch_from_matrix(DOSES_UM, simulate_curves(rng, n, ic50))
        fit = dose_response.fit_batch(batch, confidence=confidence, level=None)
        truth, setting = float(np.log10(ic50)), f"IC50 {ic50:g} µM, {place} (30 µM)"
        # Wald as it is usually printed: estimate ± t SE, whatever the doses can tell
        low, high = stats.t.interval(confidence, DOSES_UM.size - 4, fit.log10_ic50, fit.log10_ic50_se)
        wald = holds(low, high, truth)
        profile = holds(fit.log10_low, fit.log10_high, truth)
        rates.append(count_rate("IC50, profile", setting, confidence, profile))
        rates.append(count_rate("IC50, Wald", setting, confidence, wald, role="warning"))
    return rates


def simulate_times(rng: np.random.Generator, shape: tuple[int, int]) -> tuple[Array, NDArray[np.bool_]]:
    """Exponential times in months, censored evenly over the follow-up."""
    time = rng.exponential(MEDIAN_MONTHS / np.log(2), shape)
    censor = rng.uniform(*FOLLOW_UP_MONTHS, shape)
    return np.minimum(time, censor), time <= censor


def cover_medians(rng: np.random.Generator, n: int, confidence: float) -> list[Rate]:
    """Brookmeyer–Crowley intervals of the median."""
    rates = []
    for size in (52, 109):
        time, event = simulate_times(rng, (n, size))
        for conf_type in ("log", "log-log"):
            fit = survival.fit_batch(time, event, conf_type=conf_type, confidence=confidence)
            # without a low bound the interval starts after the last time: it holds nothing that was seen
            hit = holds(fit.low, fit.high, MEDIAN_MONTHS) & ~np.isnan(fit.low)
            rates.append(count_rate(f"median, {conf_type}", f"{size} patients", confidence, hit))
    return rates


def cover_landmarks(rng: np.random.Generator, n: int, confidence: float) -> list[Rate]:
    """Pointwise Kaplan–Meier intervals at 12 months."""
    time, event = simulate_times(rng, (min(n, 1000), 52))
    truth = float(0.5 ** (LANDMARK_MONTHS / MEDIAN_MONTHS))
    rates = []
    for conf_type in ("log", "log-log", "plain"):
        curves = [
            survival.fit_kaplan_meier(t, e, conf_type=conf_type, confidence=confidence)
            for t, e in zip(time, event, strict=True)
        ]
        marks = [survival.estimate_landmarks(curve, [LANDMARK_MONTHS]) for curve in curves]
        low, high = np.array([m.low[0] for m in marks]), np.array([m.high[0] for m in marks])
        hit = holds(low, high, truth)
        rates.append(count_rate(f"Kaplan–Meier at 12 months, {conf_type}", "52 patients", confidence, hit))
    return rates


def cover_proportions(confidence: float) -> list[Rate]:
    """Exact coverage of the rate intervals at the sizes and rates of `GROUPS`."""
    methods: tuple[proportions.RateMethod, ...] = ("clopper-pearson", "wilson", "jeffreys")
    return [
        Rate(
            f"rate, {method}",
            f"{n} patients, true rate {rate:g} (enumerated)",
            confidence,
            float(proportions.estimate_coverage(n, rate, method=method, confidence=confidence)),
            0.0,
            0,
        )
        for n, rate in GROUPS
        for method in methods
    ]


def cover_shifts(rng: np.random.Generator, n: int, confidence: float) -> list[Rate]:
    """Hodges–Lehmann intervals of paired differences of logits."""
    rates = []
    for size in (6, 8, 12):
        differences = rng.normal(SHIFT, PATIENT_SD, (min(n, 2000), size))
        found = [paired.estimate_shift(row, confidence=confidence) for row in differences]
        hit = holds(np.array([f.low for f in found]), np.array([f.high for f in found]), SHIFT)
        rates.append(count_rate("paired shift, Hodges–Lehmann", f"{size} pairs", confidence, hit))
    return rates


def cover_engagement(rng: np.random.Generator, n: int, confidence: float, *, truth: float = -1.5) -> Rate:
    """t intervals of a log2 change over three experiments, each with vehicle error of its own."""
    size = min(n, 2000)
    change = truth + rng.normal(0, 0.3, (size, 3)) + rng.normal(0, 0.15, (size, 3))
    lanes = pd.DataFrame(
        {
            "treatment": "treatment",
            "target": np.repeat([f"t{i:05d}" for i in range(size)], 3),
            "normalised_to": "total protein",
            "experiment": np.tile(["1", "2", "3"], size),
            "dose_uM": 1.0,
            "time_h": 1.0,
            "log2_fold_change": change.ravel(),
            "n_lanes": 1,
        }
    )
    found = engagement.estimate_changes(engagement.Changes(lanes), confidence=confidence)
    hit = holds(found["low"].to_numpy(), found["high"].to_numpy(), truth)
    return count_rate("log2 change, t over experiments", "3 experiments", confidence, hit)
