"""Over experiments: geometric means with censored experiments, and ratios between lines.

Technical wells are not n; experiments are.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
from scipy import optimize, stats
from statsmodels.stats.multitest import multipletests

from lib.dose_response.curves import CurveFits
from lib.dose_response.shape import LN10, Array

SUMMARY_COLUMNS = [
    "compound", "cell_line", "n_experiments", "geometric_mean_uM", "geometric_low_uM", "geometric_high_uM",
    "geometric_sd", "mean_uM", "sd_uM", "n_censored",
]  # fmt: skip
CONTRAST_COLUMNS = [
    "compound",
    "cell_line_a",
    "cell_line_b",
    "ratio",
    "ratio_low",
    "ratio_high",
    "p_value",
    "q_value",
]
LEAST_FOR_INTERVAL = 3


def combine_experiments(fits: CurveFits, *, quantity: str = "ic50") -> pd.DataFrame:
    """Geometric mean over experiments of each compound and line, with a t interval on the logarithm.

    Experiments beyond the tested range count as censored at the limit (normal likelihood on the logarithm), not
    dropped and not taken at the limit; where all are censored the limit stands as the mean and ``qualifier`` says
    ``>`` or ``<``. Under three experiments there is no interval. The arithmetic mean and SD are over experiments
    with a value. Failed fits are left out.

    Parameters
    ----------
    fits : CurveFits
    quantity : {"ic50", "absolute_ic50"}

    Returns
    -------
    DataFrame
        The contract's columns, then ``qualifier`` and ``why`` (why there is no interval).
    """
    frame = fits.frame[fits.frame["status"] != "failed"]
    keys = frame[["compound", "cell_line"]]
    if len(frame) and not keys.duplicated().any():
        return _single_experiments(frame, quantity)
    rows = [{"compound": compound, "cell_line": line, **_combine(group, quantity, fits.confidence)}
            for (compound, line), group in frame.groupby(["compound", "cell_line"], sort=False)]  # fmt: skip
    return pd.DataFrame(rows, columns=[*SUMMARY_COLUMNS, "qualifier", "why"])


def _single_experiments(frame: pd.DataFrame, quantity: str) -> pd.DataFrame:
    """One experiment each, as in a screen: the estimate itself, without interval."""
    value, qualifier = frame[f"{quantity}_uM"], frame[f"{quantity}_qualifier"]
    exact = qualifier == "="
    out = frame[["compound", "cell_line"]].assign(
        n_experiments=1, geometric_mean_uM=value, geometric_low_uM=np.nan, geometric_high_uM=np.nan,
        geometric_sd=np.nan, mean_uM=value.where(exact), sd_uM=np.nan, n_censored=(~exact).astype(int),
        qualifier=qualifier, why="one experiment: no interval",
    )  # fmt: skip
    return out.reset_index(drop=True)


def _combine(group: pd.DataFrame, quantity: str, confidence: float) -> dict[str, object]:
    value = group[f"{quantity}_uM"].to_numpy(float)
    qualifier = group[f"{quantity}_qualifier"].to_numpy(object)
    log, exact, n = np.log(value), qualifier == "=", len(value)
    known = value[exact]
    low = high = sd = np.nan
    mark = "="
    if exact.all():
        mean = float(log.mean())
        sd = float(log.std(ddof=1)) if n > 1 else np.nan
        margin = stats.t.ppf(0.5 + confidence / 2, max(n - 1, 1)) * sd / np.sqrt(n)
        low, high = (mean - margin, mean + margin) if n >= LEAST_FOR_INTERVAL else (np.nan, np.nan)
    elif exact.sum() < 2:
        mean = float(np.median(log))
        sides = set(qualifier[~exact])
        mark = str(sides.pop()) if len(sides) == 1 and not exact.any() else "="
    else:
        mean, sd, low, high = _censored_mean(log, qualifier, confidence)
    why = "" if np.isfinite(low) else (f"{n} experiments: fewer than {LEAST_FOR_INTERVAL}" if n < LEAST_FOR_INTERVAL
                                       else "fewer than two experiments within the tested range")  # fmt: skip
    return {
        "n_experiments": n, "geometric_mean_uM": np.exp(mean), "geometric_low_uM": np.exp(low),
        "geometric_high_uM": np.exp(high), "geometric_sd": np.exp(sd),
        "mean_uM": known.mean() if len(known) else np.nan, "sd_uM": known.std(ddof=1) if len(known) > 1 else np.nan,
        "n_censored": int((~exact).sum()), "qualifier": mark, "why": why or "none",
    }  # fmt: skip


def _censored_mean(log: Array, qualifier: Array, confidence: float) -> tuple[float, float, float, float]:
    """Maximum likelihood of a normal with values known only to lie beyond a limit; profile interval of the mean.

    The threshold is that of t with n - 1 degrees of freedom, so that without censoring it is the t interval.
    """
    exact, above = qualifier == "=", qualifier == ">"
    below = qualifier == "<"
    n = len(log)
    least = max(1e-3, 0.05 * float(np.ptp(log)))

    def loss(mean: float, ln_sd: float) -> float:
        sd = np.exp(ln_sd)
        z = (log - mean) / sd
        return -float(stats.norm.logpdf(z[exact]).sum() - exact.sum() * ln_sd + stats.norm.logsf(z[above]).sum()
                      + stats.norm.logcdf(z[below]).sum())  # fmt: skip

    def profile(mean: float) -> float:
        return float(
            optimize.minimize_scalar(lambda s: loss(mean, s), bounds=(np.log(least), 4), method="bounded").fun
        )

    best = optimize.minimize_scalar(profile, bounds=(log.min() - 3, log.max() + 3), method="bounded")
    mean = float(best.x)
    inner = optimize.minimize_scalar(lambda s: loss(mean, s), bounds=(np.log(least), 4), method="bounded")
    sd = float(np.exp(inner.x)) * np.sqrt(n / (n - 1))
    if n < LEAST_FOR_INTERVAL:
        return mean, sd, np.nan, np.nan
    quantile = stats.t.ppf(0.5 + confidence / 2, n - 1)
    allowed = best.fun + 0.5 * n * np.log1p(quantile**2 / (n - 1))

    def excess(at: float) -> float:
        return profile(at) - allowed

    far = 12.0
    low = optimize.brentq(excess, mean - far, mean) if excess(mean - far) > 0 else np.nan
    high = optimize.brentq(excess, mean, mean + far) if excess(mean + far) > 0 else np.nan
    return mean, sd, float(low), float(high)


def compare_lines(fits: CurveFits, *, limit: int = 2000) -> pd.DataFrame:
    """Ratio of IC50 between every two lines of a compound, with interval and Benjamini-Hochberg q.

    Two experiments or more on both sides: Welch's t on the logarithms over experiments. Else, from the standard
    errors of the fits, normal: that says nothing of the variation between experiments, and ``method`` says so.
    Only experiments with a value take part; lines without one have no contrast. Where there would be more than
    `limit` contrasts, none is made.
    """
    columns = [*CONTRAST_COLUMNS, "method"]
    frame = fits.frame[(fits.frame["ic50_qualifier"] == "=") & (fits.frame["status"] != "failed")]
    n_pairs = sum(k * (k - 1) // 2 for k in frame.groupby("compound")["cell_line"].nunique())
    if n_pairs > limit or not n_pairs:
        return pd.DataFrame(columns=columns)
    rows = []
    for compound, group in frame.groupby("compound", sort=False):
        lines = {str(line): part for line, part in group.groupby("cell_line", sort=False)}
        for a, b in combinations(lines, 2):
            rows.append({"compound": compound, "cell_line_a": a, "cell_line_b": b,
                         **_contrast(lines[a], lines[b], fits.confidence)})  # fmt: skip
    out = pd.DataFrame(rows)
    known = out["p_value"].notna()
    out["q_value"] = np.nan
    if known.any():
        out.loc[known, "q_value"] = multipletests(out.loc[known, "p_value"], method="fdr_bh")[1]
    return out[columns]


def _contrast(a: pd.DataFrame, b: pd.DataFrame, confidence: float) -> dict[str, object]:
    x, y = np.log(a["ic50_uM"].to_numpy(float)), np.log(b["ic50_uM"].to_numpy(float))
    difference = float(x.mean() - y.mean())
    if len(x) > 1 and len(y) > 1:
        parts = x.var(ddof=1) / len(x), y.var(ddof=1) / len(y)
        error = np.sqrt(sum(parts))
        freedom = (
            sum(parts) ** 2 / (parts[0] ** 2 / (len(x) - 1) + parts[1] ** 2 / (len(y) - 1))
            if error > 0
            else 1
        )
        law, method = stats.t(freedom), "Welch t over experiments"
    else:
        errors = [LN10 * f["log10_ic50_se"].to_numpy(float) for f in (a, b)]
        error = np.sqrt(sum((e**2).sum() / len(e) ** 2 for e in errors))
        law, method = stats.norm(), "standard errors of single fits"
    margin = law.ppf(0.5 + confidence / 2) * error
    p = 2 * law.sf(abs(difference) / error) if error > 0 else np.nan
    return {"ratio": np.exp(difference), "ratio_low": np.exp(difference - margin),
            "ratio_high": np.exp(difference + margin), "p_value": p, "method": method}  # fmt: skip
