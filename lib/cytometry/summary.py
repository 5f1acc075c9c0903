"""Counts of a study with the quality of each, their medians over subjects, and how near they come to the
truth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import binom

from lib.cytometry.fcs import FlowFile
from lib.cytometry.panel import PanelCheck
from lib.cytometry.populations import count_populations, find_cd45_gate
from lib.cytometry.quality import Acquisitions
from lib.cytometry.study import StudyGating
from lib.cytometry.verdicts import PANEL, judge_counts
from lib.records import REASONS, join_reasons
from lib.result import Result


class Populations(Result):
    """Every population of every file, a row each; settings ``confidence, lod_events, lloq_events``."""

    COLUMNS: ClassVar[tuple[str, ...]] = (
        "file",
        "subject",
        "timepoint",
        "population",
        "parent",
        "count",
        "parent_count",
        "total_count",
        "percent_parent",
        "percent_cd45",
        "percent_low",
        "percent_high",
        "quantifiable",
        "detection",
        "quality",
        "reasons",
    )


class PopulationSummary(Result):
    """Median share of each population at each time point over subjects; settings ``confidence``."""

    COLUMNS: ClassVar[tuple[str, ...]] = (
        "population",
        "parent",
        "timepoint",
        "n_subjects",
        "n_files",
        "n_quantifiable",
        "median_percent",
        "low",
        "high",
        "minimum",
        "maximum",
        "quality",
        "reasons",
    )


class Recovery(Result):
    """Found against true shares of simulated files; no rows where no truth is given."""

    COLUMNS: ClassVar[tuple[str, ...]] = (
        "file",
        "population",
        "true_percent",
        "found_percent",
        "difference_points",
        "relative_percent",
    )


def count_study(
    gating: StudyGating,
    *,
    quality: Acquisitions,
    panel: PanelCheck,
    lod_events: int = 20,
    lloq_events: int = 50,
    confidence: float = 0.95,
) -> Populations:
    """Every population of every file, with what speaks against each number.

    Parameters
    ----------
    gating : StudyGating
    quality : Acquisitions
        Verdicts on the files: a count of one that fails fails too.
    panel : PanelCheck
        A rule that fails is a caution for the populations that its markers define.
    lod_events, lloq_events, confidence
        See :func:`lib.cytometry.populations.count_populations`.

    Returns
    -------
    Populations
        The columns of :func:`lib.cytometry.populations.count_populations`, then ``quality``
        (``pass, caution, fail, not judged``: the parent is empty) and ``reasons``.
    """
    cd45 = find_cd45_gate(gating.strategy, gating.study.markers.get("CD45"))
    counted = count_populations(
        gating.gated,
        gating.study.samples,
        cd45_gate=cd45,
        lod_events=lod_events,
        lloq_events=lloq_events,
        confidence=confidence,
    )
    judged = judge_counts(counted, gating, quality.frame, panel.findings, lloq_events=lloq_events)
    settings = {"confidence": confidence, "lod_events": lod_events, "lloq_events": lloq_events}
    return Populations(judged, settings)


def median_interval(values: ArrayLike, *, confidence: float = 0.95) -> tuple[float, float]:
    """Exact interval of a median from order statistics: covers at least at the level, whatever the
    distribution.

    The k-th smallest and k-th largest of n values enclose the median with probability 1 − 2 P(B(n, ½) < k);
    the largest such k is taken. NaN where even the range covers less (n < 6 at 95 %).
    """
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    n = len(ordered)
    k = int(binom.ppf((1 - confidence) / 2, n, 0.5)) + 1 if n else 0
    while k > 0 and 2 * binom.cdf(k - 1, n, 0.5) > 1 - confidence:
        k -= 1
    return (float(ordered[k - 1]), float(ordered[n - k])) if k > 0 else (float("nan"), float("nan"))


def fewest_for_median(confidence: float = 0.95) -> int:
    """Fewest values of which :func:`median_interval` exists: 2 · 2⁻ⁿ ≤ 1 − confidence; 6 at 0.95, 5 at
    0.9."""
    return max(math.ceil(1 - math.log2(1 - confidence) - 1e-9), 2)


def summarise_populations(populations: Populations) -> PopulationSummary:
    """Median percentage of each population at each time point, over subjects.

    Returns ``population, parent, timepoint, n_subjects, n_files, n_quantifiable, median_percent, low, high,
    minimum,
    maximum``, then ``quality`` and ``reasons``. Several files of one subject and time point count as their
    mean; intervals are those of :func:`median_interval`, missing for fewer subjects than
    :func:`fewest_for_median` (six at 95 %). A median is as good as the worst of its counts; too few subjects
    are a caution.
    """
    groups = populations.frame.groupby(["population", "timepoint"], sort=False)
    rows = [_summarise(name, time, part, populations.confidence) for (name, time), part in groups]
    frame = pd.DataFrame(rows, columns=list(PopulationSummary.COLUMNS))
    return PopulationSummary(frame, {"confidence": populations.confidence, "method": "order statistics"})


def _summarise(name: str, time: str, part: pd.DataFrame, confidence: float) -> dict[str, object]:
    shares = part.groupby("subject")["percent_parent"].mean().dropna()
    low, high = median_interval(shares, confidence=confidence)
    verdict, reasons = _worst(part, len(shares), fewest_for_median(confidence))
    return {
        "population": name,
        "parent": part["parent"].iloc[0],
        "timepoint": time,
        "n_subjects": len(shares),
        "n_files": len(part),
        "n_quantifiable": int(part["quantifiable"].sum()),
        "median_percent": shares.median(),
        "low": low,
        "high": high,
        "minimum": shares.min(),
        "maximum": shares.max(),
        "quality": verdict,
        "reasons": reasons,
    }


def _worst(part: pd.DataFrame, n: int, fewest: int) -> tuple[str, str]:
    """Quality of a median: the worst of its counts; an empty parent in some files is a caution, in all no
    number."""
    every = [reason for reasons in part["reasons"] if reasons for reason in reasons.split(REASONS)]
    said = sorted(every, key=lambda reason: reason.startswith(PANEL))  # what is of one file first
    few = 0 < n < fewest
    reasons = join_reasons([*said, f"{n} of the {fewest} subjects that an interval needs" if few else ""])
    verdicts = set(part["quality"])
    if not n:
        return "not judged", reasons
    if "fail" in verdicts:
        return "fail", reasons
    return ("caution" if few or verdicts != {"pass"} else "pass"), reasons


def compare_recovery(
    populations: Populations, truth: pd.DataFrame, files: Sequence[FlowFile] = ()
) -> Recovery:
    """Found against true percentages of simulated files; `files` tell under which name a true one is shown.

    Returns ``file, population, true_percent, found_percent, difference_points, relative_percent``.
    """
    shown = {file.known_as: file.name for file in files}
    true = truth.assign(
        file=truth["file"].replace(shown),
        true_percent=100 * truth["count"] / truth["parent_count"].where(truth["parent_count"] > 0),
    )
    both = true[["file", "population", "true_percent"]].merge(
        populations.frame[["file", "population", "percent_parent"]], on=["file", "population"]
    )
    both = both.rename(columns={"percent_parent": "found_percent"})
    both["difference_points"] = both["found_percent"] - both["true_percent"]
    both["relative_percent"] = (
        100 * both["difference_points"] / both["true_percent"].where(both["true_percent"] > 0)
    )
    return Recovery(both)
