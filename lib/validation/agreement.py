"""Our numbers beside those that others computed on the same data."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import numpy as np
import pandas as pd

from lib import dose_response, paired, proportions, survival
from lib.dose_response.censored import CensoredNormal
from lib.dose_response.intervals import Method
from lib.dose_response.shape import ModelName
from lib.places import REFERENCE
from lib.result import Result
from lib.stains.scores import score_cells

Numbers = dict[str, float]
TOLERANCE = 1e-6


class Agreement(Result):
    """Our numbers beside those of others, a row a number; ``caution`` where ours is another than was
    printed."""

    COLUMNS: ClassVar[tuple[str, ...]] = (
        "method",
        "case",
        "quantity",
        "reference",
        "ours",
        "relative_error",
        "source",
        "met",
        "quality",
        "reasons",
    )


def load_reference() -> pd.DataFrame:
    """Numbers of other software and of definitions: ``method, case, quantity, reference, source``.

    ``last_unit`` is one unit of the last printed digit: rounding and the other software's own tolerance.
    """
    table = pd.read_csv(REFERENCE / "reference_values.csv", dtype=str)
    decimals = table["reference"].str.partition(".")[2].str.len()
    return table.assign(reference=table["reference"].astype(float), last_unit=10.0**-decimals)


def compare_with_reference(reference: pd.DataFrame) -> Agreement:
    """Compute every case again; ``relative_error`` = ours / reference − 1.

    Parameters
    ----------
    reference : DataFrame
        As from :func:`load_reference`.

    Returns
    -------
    Agreement
        ``method, case, quantity, reference, ours, relative_error, source``, and ``met``: within one unit of
        the last printed digit, or to 1e-6; ``quality, reasons``.
    """
    ours = compute_cases()
    table = reference.copy()
    table["ours"] = [ours[(r.method, r.case)][r.quantity] for r in reference.itertuples()]
    table["relative_error"] = table["ours"] / table["reference"] - 1
    printed = (table["ours"] - table["reference"]).abs() <= table["last_unit"] * (1 + 1e-9)
    table["met"] = printed | (table["relative_error"].abs() <= TOLERANCE)
    table["quality"] = np.where(table["met"], "pass", "caution")
    table["reasons"] = np.where(table["met"], "", "differs in a digit that the reference prints")
    return Agreement(table[list(Agreement.COLUMNS)], {"tolerance": TOLERANCE})


def compute_cases() -> dict[tuple[str, str], Numbers]:
    """Every case that the reference table names."""
    makers: tuple[Callable[[], dict[tuple[str, str], Numbers]], ...] = (
        compute_ryegrass,
        compute_lung,
        compute_cox,
        compute_proportions,
        compute_pairs,
        compute_single_numbers,
    )
    return {case: numbers for maker in makers for case, numbers in maker().items()}


def compute_ryegrass() -> dict[tuple[str, str], Numbers]:
    """Fits of drc's ryegrass data: root length against ferulic acid."""
    data = pd.read_csv(REFERENCE / "ryegrass.csv")
    batch = dose_response.batch_from_matrix(data["conc"].to_numpy(), data["rootl"].to_numpy()[None])
    found = {}
    cases: tuple[tuple[str, ModelName, Method], ...] = (
        ("4pl", "4pl", "profile"),
        ("4pl, Wald", "4pl", "wald"),
        ("3pl", "3pl", "profile"),
        ("5pl", "5pl", "profile"),
    )
    for name, model, method in cases:
        fit = dose_response.fit_batch(batch, model=model, method=method, level=None)
        logs = {"ic50_uM": fit.log10_ic50, "ic50_low_uM": fit.log10_low, "ic50_high_uM": fit.log10_high}
        plain = {
            key: float(getattr(fit, key)[0]) for key in ("hill", "bottom", "top", "rss", "log10_ic50_se")
        }
        found["dose response", f"ryegrass {name}"] = plain | {k: float(10 ** v[0]) for k, v in logs.items()}
    return found


def _lung() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    data = pd.read_csv(REFERENCE / "lung.csv")
    return data["time"].to_numpy(float), data["status"].to_numpy() == 2, data["sex"].to_numpy()


def compute_lung() -> dict[tuple[str, str], Numbers]:
    """Kaplan–Meier curves of the North Central lung trial by sex."""
    time, event, sex = _lung()
    found: dict[tuple[str, str], Numbers] = {}
    for s in (1, 2):
        for conf_type in ("log", "log-log"):
            curve = survival.fit_kaplan_meier(time[sex == s], event[sex == s], conf_type=conf_type)
            q, mark = survival.estimate_median(curve), survival.estimate_landmarks(curve, [365.0])
            found["Kaplan–Meier", f"lung sex {s}, {conf_type}"] = {
                "median": q.estimate,
                "median_low": q.low,
                "median_high": q.high,
            }
            found["Kaplan–Meier", f"lung sex {s} at 365, {conf_type}"] = {
                "survival": float(mark.survival[0]),
                "survival_low": float(mark.low[0]),
                "survival_high": float(mark.high[0]),
            }
        mean = survival.estimate_rmst(curve, 365.0)
        found["restricted mean", f"lung sex {s} at 365"] = {"rmst": mean.estimate, "rmst_se": mean.std_error}
    return found


def compute_cox() -> dict[tuple[str, str], Numbers]:
    """Log-rank and Cox on the same trial."""
    time, event, sex = _lung()
    found: dict[tuple[str, str], Numbers] = {
        ("log-rank", "lung by sex"): {"chi2": survival.compare_logrank(time, event, sex).chi2}
    }
    for ties in ("efron", "breslow"):
        fit = survival.fit_cox(time, event, sex[:, None].astype(float), ties=ties)
        found["Cox", f"lung by sex, {ties.capitalize()}"] = {
            "log_hazard_ratio": float(fit.log_hazard_ratio[0]),
            "std_error": float(fit.std_error[0]),
            "hazard_ratio": float(fit.hazard_ratio[0]),
            "hazard_ratio_low": float(fit.low[0]),
            "hazard_ratio_high": float(fit.high[0]),
        }
    return found


def compute_proportions() -> dict[tuple[str, str], Numbers]:
    """Rates of two groups and of both together, and the difference of the two."""
    found: dict[tuple[str, str], Numbers] = {}
    methods: tuple[proportions.RateMethod, ...] = ("clopper-pearson", "wilson", "jeffreys")
    for x, n in ((25, 57), (9, 52), (34, 109)):
        for method in methods:
            rate = proportions.estimate_proportion(x, n, method=method)
            found["proportion", f"{x}/{n}, {method}"] = {"rate_low": rate.low, "rate_high": rate.high}
    pair = "25/57 against 9/52"
    differences: tuple[proportions.DifferenceMethod, ...] = ("miettinen-nurminen", "newcombe")
    for kind in differences:
        d = proportions.compare_proportions(25, 57, 9, 52, method=kind)
        numbers = {"difference": d.difference, "low": d.low, "high": d.high}
        found["difference of proportions", f"{pair}, {kind}"] = numbers
    found["Fisher", pair] = {"p_value": proportions.estimate_fisher_p(25, 57, 9, 52)}
    return found


def compute_pairs() -> dict[tuple[str, str], Numbers]:
    """Shifts of eight simulated pairs."""
    data = pd.read_csv(REFERENCE / "pairs_8.csv")
    data["logit"] = paired.empirical_logits(data["count"], data["parent_count"])
    found: dict[tuple[str, str], Numbers] = {}
    for population, rows in data.groupby("population"):
        wide = rows.pivot_table(index="subject", columns="timepoint", values="logit")
        s = paired.estimate_shift((wide["post"] - wide["pre"]).to_numpy())
        numbers = {"shift": s.shift, "shift_low": s.low, "shift_high": s.high, "p_value": s.p_value}
        found["paired shift", str(population)] = numbers
    return found


def compute_single_numbers() -> dict[tuple[str, str], Numbers]:
    """The censored log-normal and the H-score."""
    data = pd.read_csv(REFERENCE / "nh4.csv")
    logs = np.log(data["nh4_mg_per_l"].to_numpy())
    fit = CensoredNormal(logs, np.where(data["below_limit"], "<", "="))
    by_likelihood = fit.sd * np.sqrt(1 - 1 / fit.n)  # as the reference has it: the root of the mean square
    found: dict[tuple[str, str], Numbers] = {
        ("censored log-normal", "NH4"): {"mu": fit.mean, "sigma": float(by_likelihood)}
    }
    for counts in ((25, 25, 25, 25), (50, 10, 10, 30)):
        score = score_cells(np.repeat([0, 1, 2, 3], counts))
        found["H-score", "/".join(map(str, counts))] = {"h_score": score.h_score, "allred": score.allred}
    return found
