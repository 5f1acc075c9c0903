"""Was the acquisition sound? Stability over time, margin events, live fraction, compensation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from lib.cytometry.compensation import Spillover, check_compensation
from lib.cytometry.fcs import FlowFile
from lib.cytometry.gating import GatedFile
from lib.cytometry.populations import LIVE

EVENTS_PER_BIN = 400
ASINH_COFACTOR = 150.0


@dataclass(frozen=True)
class QualityLimits:
    """From where on a file is flagged."""

    least_events: int = 5000
    least_stability: float = 0.95
    most_margin_percent: float = 5.0
    least_live_percent: float = 50.0


@dataclass(frozen=True)
class Stability:
    """Share of events acquired in stable stretches, and the bins over time behind it.

    Parameters
    ----------
    share : float
        0 to 1; NaN where there is no time channel.
    bins : DataFrame
        ``start, stop`` (of the time channel), ``n_events, rate_ratio`` (events per time over the median),
        ``drift`` (largest deviation of a channel's mean, in that channel's standard deviations), ``stable``.
    worst_channel : str
        Where the drift is largest.
    """

    share: float
    bins: pd.DataFrame
    worst_channel: str


@dataclass(frozen=True)
class AcquisitionQuality:
    """The verdict on one file; see :func:`check_acquisition`."""

    file: str
    n_events: int
    time_stability: float
    margin_percent: float
    live_percent: float
    compensation: str
    verdict: str
    reason: str

    def to_frame(self) -> pd.DataFrame:
        """One row."""
        return pd.DataFrame([asdict(self)])


def check_acquisition(
    file: FlowFile,
    spillover: Spillover | None,
    gated: GatedFile | None = None,
    *,
    limits: QualityLimits = QualityLimits(),
) -> AcquisitionQuality:
    """Events, stability over time, margin events, live fraction and compensation of a file.

    A file is flagged, never dropped: the reader decides. `live_percent` is the share of single cells (or of the
    parent) in a gate called live or viable; missing where there is none.
    """
    stability = check_stability(file)
    margin = margin_percent(file)
    live = live_percent(gated) if gated is not None else float("nan")
    compensation = check_compensation(file, spillover)
    reasons = [
        text
        for broken, text in (
            (file.n_events < limits.least_events, f"{file.n_events:,} events, fewer than {limits.least_events:,}"),
            (np.isnan(stability.share), "no time channel: stability not judged"),
            (stability.share < limits.least_stability,
             f"{100 * (1 - stability.share):.0f} % of events in unstable stretches, most in {stability.worst_channel}"),
            (margin > limits.most_margin_percent, f"{margin:.1f} % of events at the top of a scale"),
            (live < limits.least_live_percent, f"{live:.0f} % live"),
            (compensation.status in ("missing", "suspected double"), f"compensation {compensation.status}: {compensation.reason}"),
        )
        if broken
    ]  # fmt: skip
    harmless = all(text.startswith("no time") for text in reasons)
    return AcquisitionQuality(file.name, file.n_events, stability.share, margin, live, compensation.status,
                              "pass" if harmless else "flag", "; ".join(reasons) or "within all limits")  # fmt: skip


def check_stability(file: FlowFile, *, false_alarm: float = 1e-3) -> Stability:
    """Stretches of the acquisition where the rate or a channel's mean leaves the rest.

    Events are cut in time order into bins of 400. In each bin the mean of asinh(x / 150) of every channel is
    held against the median of the bins; a bin is unstable if it lies further than a Bonferroni limit at
    `false_alarm` for the whole file and further than 0.15 standard deviations, or if its event rate is below
    0.6 or above 1.8 times the median.
    """
    row = next((i for i, name in enumerate(file.channels) if name.strip().lower() == "time"), None)
    n_bins = file.n_events // EVENTS_PER_BIN
    if row is None or n_bins < 5:
        return Stability(float("nan"), pd.DataFrame(), "")
    order = np.argsort(file.events[row], kind="stable")[: n_bins * EVENTS_PER_BIN]
    time = file.events[row][order].reshape(n_bins, EVENTS_PER_BIN).astype(np.float64)
    others = [i for i in range(len(file.channels)) if i != row]
    drift, limit = np.zeros((len(others), n_bins)), norm.isf(false_alarm / (2 * n_bins * len(others)))
    for k, i in enumerate(others):
        drift[k] = _drift(file.events[i][order].reshape(n_bins, EVENTS_PER_BIN))
    duration = np.maximum(time[:, -1] - time[:, 0], 1e-9)
    rate = np.median(duration) / duration
    largest = np.abs(drift).max(axis=0)
    drifted = largest > max(limit / np.sqrt(EVENTS_PER_BIN), 0.15)
    stable = ~drifted & (rate > 0.6) & (rate < 1.8)
    bins = pd.DataFrame({"start": time[:, 0], "stop": time[:, -1], "n_events": EVENTS_PER_BIN, "rate_ratio": rate,
                         "drift": largest, "stable": stable})  # fmt: skip
    worst = others[int(np.abs(drift).max(axis=1).argmax())]
    return Stability(float(stable.mean()), bins, file.channels[worst])


def _drift(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Deviation of each bin's mean from the median bin, in standard deviations of the events."""
    bent = np.arcsinh(values.astype(np.float64) / ASINH_COFACTOR)
    means, spread = bent.mean(axis=1), bent.std()
    return (means - np.median(means)) / (spread or 1.0)


def least_stable(found: Sequence[Stability]) -> int:
    """Position of the file with the smallest stable share; 0 where none could be judged."""
    shares = np.array([s.share for s in found])
    return int(np.nanargmin(shares)) if np.isfinite(shares).any() else 0


def margin_percent(file: FlowFile) -> float:
    """Percent of events at the top of the scale of any channel but time: beyond it nothing was measured."""
    at_top = np.zeros(file.n_events, dtype=bool)
    for name, values, top in zip(file.channels, file.events, file.tops, strict=True):
        if name.strip().lower() != "time":
            at_top |= values >= 0.9999 * top - 1
    return 100 * float(at_top.mean()) if file.n_events else 0.0


def live_percent(gated: GatedFile) -> float:
    """Share of its parent in the gate called live or viable; missing where there is none."""
    counts = gated.counts
    name = next((n for n in counts if LIVE.search(n)), None)
    if name is None:
        return float("nan")
    parent = gated.parents[name]
    below = counts[parent] if parent else gated.n_events
    return 100 * counts[name] / below if below else float("nan")


def check_acquisitions(
    files: Sequence[FlowFile], spillovers: Sequence[Spillover | None], gated: Sequence[GatedFile], *,
    limits: QualityLimits = QualityLimits(),
) -> pd.DataFrame:  # fmt: skip
    """One row a file; see :func:`check_acquisition`."""
    parts = zip(files, spillovers, gated, strict=True)
    return pd.concat(
        [check_acquisition(f, s, g, limits=limits).to_frame() for f, s, g in parts], ignore_index=True
    )
