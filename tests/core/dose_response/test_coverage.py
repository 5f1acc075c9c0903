"""How often the intervals of dose response hold the truth that made the data.

The design: 30 µM and nine threefold dilutions in triplicate, noise SD 0.06, hill 1.2, from full response to
none. A bound that does not exist is open and excludes nothing; a curve that shows no effect has neither
bound, so its interval is everything and counts as covering. Each test also asks how often bounds are there:
an interval that is always open would cover too.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lib import dose_response as dr
from lib.dose_response.batch import BatchFit
from lib.dose_response.curves import CurveFits
from tests.core.dose_response.test_experiments import SETTINGS

DOSES = np.repeat(30 / 3.0 ** np.arange(10), 3)
N = 4000  # Monte-Carlo error at 95 %: .0034
INSIDE, OUTSIDE = (0.93, 0.97), (0.93, 1.0)


def simulate(
    ic50_uM: float,
    *,
    seed: int,
    n: int = N,
    bottom: float = 0.0,
    asymmetry: float = 1.0,
    doses: np.ndarray = DOSES,
) -> np.ndarray:
    spread = (2 ** (1 / asymmetry) - 1) * (doses / ic50_uM) ** 1.2
    mean = bottom + (1 - bottom) / (1 + spread) ** asymmetry
    return mean + 0.06 * np.random.default_rng(seed).normal(size=(n, len(doses)))


def fit_simulated(ic50_uM: float, **options: object) -> BatchFit:
    made = {k: options.pop(k) for k in ("seed", "n", "bottom", "asymmetry") if k in options}
    y = simulate(ic50_uM, **({"seed": 11} | made))  # type: ignore[arg-type]
    return dr.fit_batch(dr.batch_from_matrix(DOSES, y), **options)  # type: ignore[arg-type]


def covers(low: np.ndarray, high: np.ndarray, truth_uM: float) -> float:
    truth = np.log10(truth_uM)
    return float((~(low > truth) & ~(high < truth)).mean())


def crossing(ic50_uM: float, bottom: float) -> float:
    """Where the curve is at 0.5."""
    return float(ic50_uM * ((1 - bottom) / (0.5 - bottom) - 1) ** (1 / 1.2))


@pytest.mark.parametrize(
    ("truth", "limits", "open_above"),
    [
        (0.01, INSIDE, (0, 0.01)),
        (1.0, INSIDE, (0, 0.01)),
        (3.0, INSIDE, (0, 0.01)),
        (10.0, INSIDE, (0.15, 0.4)),
        (20.0, INSIDE, (0.6, 0.9)),
        (30.0, INSIDE, (0.8, 0.97)),
        (60.0, OUTSIDE, (0.9, 1)),
        (90.0, OUTSIDE, (0.9, 1)),
    ],
)
def test_profile_interval(truth: float, limits: tuple[float, float], open_above: tuple[float, float]) -> None:
    fit = fit_simulated(truth, level=None)
    covered = covers(fit.log10_low, fit.log10_high, truth)
    assert limits[0] <= covered <= limits[1], f"{truth} µM: {covered:.4f}"
    opened = np.isnan(fit.log10_high).mean()
    assert open_above[0] <= opened <= open_above[1], f"{truth} µM: {opened:.4f} open above"


def test_profile_interval_of_other_confidence() -> None:
    for truth, least, most in ((1.0, 0.88, 0.92), (10.0, 0.88, 0.92), (30.0, 0.88, 0.96), (90.0, 0.88, 1.0)):
        fit = fit_simulated(truth, level=None, confidence=0.9)
        covered = covers(fit.log10_low, fit.log10_high, truth)
        assert least <= covered <= most, f"{truth} µM: {covered:.4f}"


@pytest.mark.parametrize("bottom", [0.0, 0.3])
def test_absolute_interval(bottom: float) -> None:
    for truth in (0.1, 1.0, 5.0):
        fit = fit_simulated(truth, bottom=bottom, n=2500)
        covered = covers(fit.log10_absolute_low, fit.log10_absolute_high, crossing(truth, bottom))
        assert INSIDE[0] <= covered <= INSIDE[1], f"IC50 {truth} µM, bottom {bottom}: {covered:.4f}"
    beyond = fit_simulated(45.0, bottom=bottom, n=1000)
    assert covers(beyond.log10_absolute_low, beyond.log10_absolute_high, crossing(45.0, bottom)) >= 0.93


def test_three_parameters() -> None:
    for truth, most in ((0.01, 0.97), (1.0, 0.97), (10.0, 0.97), (30.0, 0.97), (90.0, 1.0)):
        fit = fit_simulated(truth, model="3pl", level=None)
        covered = covers(fit.log10_low, fit.log10_high, truth)
        assert 0.93 <= covered <= most, f"{truth} µM: {covered:.4f}"


@pytest.mark.parametrize("asymmetry", [1.0, 0.4, 3.0])
def test_five_parameters_cover_at_least(asymmetry: float) -> None:
    # the asymmetry is bounded in [0.1, 10]: near the top dose the profile cannot follow the data out, and
    # covers more
    for truth, most in ((1.0, 0.98), (10.0, 1.0), (60.0, 1.0)):
        fit = fit_simulated(truth, model="5pl", level=None, asymmetry=asymmetry, n=1000)
        covered = covers(fit.log10_low, fit.log10_high, truth)
        assert 0.93 <= covered <= most, f"asymmetry {asymmetry}, {truth} µM: {covered:.4f}"


def test_wald_fails_at_the_top_dose() -> None:
    """Why the profile is the default: estimate ± t SE takes the data at the top dose for a whole curve.

    At 30 µM it covers .83 here. From a local optimum, as most programs find it, it is .72, and .51 at 100 µM,
    where the median estimate is a confident 24 µM; the global optimum lies further out and has a wider error.
    """
    inside, edge = (fit_simulated(truth, level=None, method="wald") for truth in (1.0, 30.0))
    assert INSIDE[0] <= covers(inside.log10_low, inside.log10_high, 1.0) <= INSIDE[1]
    assert covers(edge.log10_low, edge.log10_high, 30.0) <= 0.88
    assert (edge.log10_high < np.log10(30)).mean() >= 0.12  # and always on the same side


BETWEEN_SD = 0.35
"""Of ln IC50 over experiments: about 1.4-fold."""


def experiments(log: np.ndarray, line: str, limit: float = np.inf) -> pd.DataFrame:
    """Rows as of fits, (n_sets, n_experiments) of ln IC50, each set a compound of its own; above the limit
    censored."""
    n_sets, n = log.shape
    flat, beyond = np.minimum(log, limit).ravel(), (log > limit).ravel()
    return pd.DataFrame(
        {
            "compound": np.repeat([f"c{i:04d}" for i in range(n_sets)], n),
            "cell_line": line,
            "experiment": np.tile(np.arange(n).astype(str), n_sets),
            "ic50_uM": np.exp(flat),
            "ic50_qualifier": np.where(beyond, ">", "="),
            "log10_ic50_se": 0.05,
            "status": np.where(beyond, "above_range", "ok"),
        }
    )


def share_holding(frame: pd.DataFrame, low: str, high: str, truth: float, n_sets: int) -> float:
    missed = (frame[low] > truth) | (frame[high] < truth)
    return float(1 - missed.sum() / n_sets)


@pytest.mark.parametrize(("n", "beyond"), [(3, 0.3), (5, 0.5)])
def test_geometric_mean_with_censored_experiments(n: int, beyond: float) -> None:
    # 300 sets: Monte-Carlo error .013; a set with fewer than two values has no interval and counts as
    # covering
    rng = np.random.default_rng(n)
    limit = stats.norm.isf(beyond) * BETWEEN_SD
    log = rng.normal(0, BETWEEN_SD, (300, n))
    summary = dr.average_experiments(CurveFits(experiments(log, "a", limit), SETTINGS))
    assert summary["n_censored"].sum() == (log > limit).sum()
    assert share_holding(summary, "geometric_low_uM", "geometric_high_uM", 1.0, 300) >= 0.93
    few = (log <= limit).sum(1) < 2
    assert (summary.loc[few, "qualifier"] == ">").all()
    assert summary.loc[~few, "geometric_low_uM"].notna().all()


@pytest.mark.parametrize(
    ("n", "beyond", "n_sets"), [(3, 0.0, 600), (4, 0.0, 600), (4, 0.5, 200), (6, 0.5, 200)]
)
def test_ratio_of_ic50s(n: int, beyond: float, n_sets: int) -> None:
    # beyond the range is half of one side: left out, these would bring coverage to .88 and .79
    rng = np.random.default_rng(n)
    limit = stats.norm.isf(beyond) * BETWEEN_SD if beyond else np.inf
    a, b = rng.normal(0, BETWEEN_SD, (2, n_sets, n))
    frame = pd.concat([experiments(a, "a"), experiments(b, "b", limit)], ignore_index=True)
    contrasts = dr.compare_lines(CurveFits(frame, SETTINGS)).frame
    assert len(contrasts) == ((b <= limit).sum(1) > 1).sum()
    covered = share_holding(contrasts, "ratio_low", "ratio_high", 1.0, len(contrasts))
    assert 0.93 <= covered <= (0.99 if not beyond else 1.0), f"{covered:.3f}"


def test_from_wells_to_ratio_near_the_top_dose() -> None:
    """600 compounds, 3 experiments a line: the true IC50s 3 and 18 µM, so that some experiments of b end
    above 30, or hold no lower plateau."""
    rng, n_sets = np.random.default_rng(5), 600
    parts = []
    for line, ic50 in (("a", 3.0), ("b", 18.0)):
        true = ic50 * np.exp(0.3 * rng.normal(size=(n_sets * 3, 1)))
        y = 1 / (1 + (DOSES / true) ** 1.2) + 0.06 * rng.normal(size=(n_sets * 3, 30))
        rows = np.repeat(np.arange(n_sets * 3), 30)
        parts.append(
            pd.DataFrame(
                {
                    "compound": rows // 3,
                    "cell_line": line,
                    "experiment": rows % 3,
                    "concentration_uM": np.tile(DOSES, n_sets * 3),
                    "viability": y.ravel(),
                }
            )
        )
    fits = dr.fit_curves(pd.concat(parts, ignore_index=True).astype({"compound": str, "experiment": str}))
    untold = fits.frame["ic50_qualifier"] != "="
    assert 0.02 < untold.mean() < 0.3
    contrasts = dr.compare_lines(fits).frame
    assert share_holding(contrasts, "ratio_low", "ratio_high", 3 / 18, n_sets) >= 0.93
    summary = dr.average_experiments(fits)
    for line, ic50 in (("a", 3.0), ("b", 18.0)):
        of = summary[summary["cell_line"] == line]
        assert share_holding(of, "geometric_low_uM", "geometric_high_uM", ic50, n_sets) >= 0.93, line


def test_geometric_mean_at_the_top_dose_is_not_confidently_low() -> None:
    # single estimates are about half the truth here, their intervals open above: taken at their word they
    # cover .90
    n_sets = 150
    y = simulate(30.0, seed=6, n=3 * n_sets)
    wells = pd.DataFrame(
        {
            "compound": np.repeat(np.arange(n_sets), 90).astype(str),
            "cell_line": "b",
            "experiment": np.tile(np.repeat(["1", "2", "3"], 30), n_sets),
            "concentration_uM": np.tile(DOSES, 3 * n_sets),
            "viability": y.ravel(),
        }
    )
    summary = dr.average_experiments(dr.fit_curves(wells))
    assert share_holding(summary, "geometric_low_uM", "geometric_high_uM", 30.0, n_sets) >= 0.95
    opened = summary["why"].str.contains("open above")
    assert opened.any()
    assert summary.loc[opened, "geometric_high_uM"].isna().all()
    assert summary.loc[opened, "geometric_low_uM"].notna().all()
