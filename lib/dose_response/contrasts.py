"""Ratios of IC50s between the lines of a compound."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar

import numpy as np
import pandas as pd

from lib import stats
from lib.dose_response.censored import CensoredNormal
from lib.dose_response.combine import experiments_of
from lib.dose_response.curves import CurveFits
from lib.dose_response.judge import QUALITY, gather, judge_rows, look_up, notes_of
from lib.dose_response.shape import LN10
from lib.dose_response.status import RISES
from lib.result import Result

CONTRAST_COLUMNS = [
    "compound",
    "cell_line_a",
    "cell_line_b",
    "ratio",
    "ratio_low",
    "ratio_high",
    "p_value",
    "q_value",
    "method",
]
SINGLE = "standard errors of single fits"


@dataclass(frozen=True, repr=False, eq=False)
class Contrasts(Result):
    """Ratios between lines, a row a compound and pair of lines; `settings` hold the most lines of a
    compound."""

    COLUMNS: ClassVar[tuple[str, ...]] = (*CONTRAST_COLUMNS, *QUALITY)


def compare_lines(fits: CurveFits, *, limit: int = 2000) -> Contrasts:
    """Ratio of IC50 between every two lines of a compound, with interval and Benjamini-Hochberg q.

    Two experiments or more on both sides: Welch's t on the logarithms over experiments. Experiments beyond
    the tested range count as censored there (`CensoredNormal`): left out, they would pull the mean to the
    tested side (with half of them censored a 95 % interval then covers .79 to .92). Else, from the standard
    errors of single fits, normal: that says nothing of the variation between experiments, and ``method`` says
    so. A line with censored experiments and fewer than two values has no contrast. Where an experiment of a
    compound holds no lower plateau, its lines are compared by the absolute IC50, and ``method`` says so.
    Where there would be more than `limit` contrasts, none is made.

    Notes
    -----
    Coverage of 95 % intervals by simulation, equal spread: 3 against 3 experiments .97 to .98, 4 against 4
    .965, 6 against 6 .95 to .96; with 10 to 50 % of one side censored .95 to .98. From wells (4PL, 3
    experiments each, IC50 3 µM against another, doses up to 30 µM): against 10 µM .965, 18 µM .93, 30 µM .90.
    There single estimates with an interval open above are too low on average: trust `average_experiments`,
    whose bound stays open.
    """
    lines_of = fits.frame.groupby("compound")["cell_line"].nunique()
    settings = {"confidence": fits.confidence, "limit": limit, "most_lines": int(lines_of.max())}
    frame = _comparable(fits.frame)
    n_pairs = sum(k * (k - 1) // 2 for k in frame.groupby("compound")["cell_line"].nunique())
    if n_pairs > limit or not n_pairs:
        return Contrasts(pd.DataFrame(columns=[*CONTRAST_COLUMNS, *QUALITY]), settings)
    rows = []
    for compound, group in frame.groupby("compound", sort=False):
        lines = {str(line): _estimate_log(part) for line, part in group.groupby("cell_line", sort=False)}
        for a, b in combinations(lines, 2):
            found = _contrast(lines[a], lines[b], fits.confidence)
            if group["by_absolute"].any():
                found["method"] = f"{found['method']}, of the absolute IC50"
            rows.append({"compound": compound, "cell_line_a": a, "cell_line_b": b, **found})
    out = pd.DataFrame(rows)
    out["q_value"] = stats.adjust_p(out["p_value"])
    return Contrasts(out[CONTRAST_COLUMNS].join(_judge(out, fits)), settings)


def _judge(contrasts: pd.DataFrame, fits: CurveFits) -> pd.DataFrame:
    """By the plates of both lines, and by what the interval holds."""
    plates = gather(fits.plates, ["compound", "cell_line"])
    sides = [look_up(plates, contrasts[["compound", f"cell_line_{side}"]]) for side in "ab"]
    alone = contrasts["method"].str.startswith(SINGLE).to_numpy(bool)
    notes = [*notes_of(sides[0]), *notes_of(sides[1]), (alone, "caution", f"interval from {SINGLE}")]
    return judge_rows(contrasts["ratio"].notna().to_numpy(), notes, contrasts.index)


def _comparable(frame: pd.DataFrame) -> pd.DataFrame:
    """Experiments that contrasts rest on, all of a compound in one quantity.

    Which experiments of a compound hold their lower plateau depends on their IC50, so those that do are no
    sample of all: where any does not, its lines are compared by the absolute IC50. Of a line with several
    experiments, one value alone tells nothing of the others.
    """
    untold = frame.get("ic50_untold", pd.Series("", index=frame.index))
    unheld = (untold != "") & (untold != RISES) & (frame["status"] != "failed")
    by_absolute = unheld.groupby(frame["compound"]).transform("any")
    found = experiments_of(frame[~by_absolute], "ic50")
    if by_absolute.any():
        found = pd.concat([found, experiments_of(frame[by_absolute], "absolute_ic50")]).loc[frame.index]
    found = found.assign(by_absolute=by_absolute)
    exact = (found["mark"] == "=").groupby([found["compound"], found["cell_line"]])
    values, n = exact.transform("sum"), exact.transform("size")
    return found[found["informs"] & ((values > 1) | ((values == 1) & (n == 1) & ~by_absolute))]


@dataclass(frozen=True)
class LogMean:
    """Mean ln IC50 of a line over `n` experiments; squared error between experiments, and of the fits
    alone."""

    n: int
    mean: float
    between: float
    within: float
    censored: bool


def _estimate_log(part: pd.DataFrame) -> LogMean:
    log, n = np.log(part["value"].to_numpy(float)), len(part)
    qualifier = part["mark"].to_numpy(object)
    within = float(((LN10 * part["error"].to_numpy(float)) ** 2).sum() / n**2)
    if not (qualifier == "=").all():
        fit = CensoredNormal(log, qualifier)
        return LogMean(n, fit.mean, fit.error**2, np.nan, True)
    return LogMean(n, float(log.mean()), float(log.var(ddof=1)) / n if n > 1 else np.nan, within, False)


def _contrast(a: LogMean, b: LogMean, confidence: float) -> dict[str, object]:
    difference = a.mean - b.mean
    if a.n > 1 and b.n > 1:
        error = np.sqrt(a.between + b.between)
        freedom = error**4 / (a.between**2 / (a.n - 1) + b.between**2 / (b.n - 1)) if error > 0 else 1
        method = "Welch t over experiments"
        if a.censored or b.censored:
            method += ", some censored"
    else:
        # the spread of one line's experiments stands for no other's, so fits speak; limits have no fit to
        # speak for them
        parts = [line.between if line.censored else line.within for line in (a, b)]
        error, freedom, method = np.sqrt(sum(parts)), np.inf, SINGLE
    low, high = stats.t.interval(confidence, freedom, difference, error)
    p = 2 * stats.t.sf(abs(difference) / error, freedom) if error > 0 else np.nan
    return {
        "ratio": np.exp(difference),
        "ratio_low": np.exp(low),
        "ratio_high": np.exp(high),
        "p_value": p,
        "method": method,
    }
