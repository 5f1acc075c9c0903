"""Was the acquisition sound? Stability over time, margin events, live fraction, compensation."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import ClassVar

import numpy as np
import pandas as pd

from lib.cytometry.compensation import Spillover, file_spillover
from lib.cytometry.double import check_compensation
from lib.cytometry.fcs import FlowFile, Note
from lib.cytometry.gating import GatedFile
from lib.cytometry.names import is_time
from lib.cytometry.populations import LIVE
from lib.cytometry.signals import judge_signals
from lib.cytometry.stability import check_stability
from lib.cytometry.study import StudyGating
from lib.result import Result

NOT_APPLIED = "not applied"
COMPENSATED = ("applied", "already compensated")
UNCOMPENSATED_STATUSES = ("none asked for", "missing", NOT_APPLIED)


@dataclass(frozen=True)
class QualityLimits:
    """From where on a file is flagged."""

    least_events: int = 5000
    least_stability: float = 0.95
    most_margin_percent: float = 5.0
    least_live_percent: float = 50.0


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
    spillover: Spillover | None = None,
    gated: GatedFile | None = None,
    *,
    limits: QualityLimits = QualityLimits(),
) -> AcquisitionQuality:
    """Events, stability over time, margin events, live fraction, compensation and believable values of a
    file.

    A file that breaks a limit is flagged, one whose values no detector gives fails; neither is dropped: the
    reader decides. `live_percent` is the share of single cells (or of the parent) in a gate called live or
    viable; missing where there is none. `spillover` is by default what the file carries.
    """
    own = spillover if spillover is not None else file_spillover(file)
    stability, margin = check_stability(file), margin_percent(file)
    live = live_percent(gated) if gated is not None else float("nan")
    status, remarks = _compensation(file, own, gated)
    flags = [
        text
        for broken, text in (
            (
                file.n_events < limits.least_events,
                f"{file.n_events:,} events, fewer than {limits.least_events:,}",
            ),
            (
                stability.share < limits.least_stability,
                (
                    f"{100 * (1 - stability.share):.0f} % of events in unstable stretches, most in"
                    f" {stability.worst_channel}"
                ),
            ),
            (margin > limits.most_margin_percent, f"{margin:.1f} % of events at the top of a scale"),
            (live < limits.least_live_percent, f"{live:.0f} % live"),
        )
        if broken
    ]
    remarks = [*remarks, Note(stability.note), *file.notes]
    fails, flags = judge_signals(file), [*flags, *(note.text for note in remarks if note.severe)]
    verdict = "fail" if fails else "flag" if flags else "pass"
    reasons = [*fails, *flags, *(note.text for note in remarks if note.text and not note.severe)]
    return AcquisitionQuality(
        file.name,
        file.n_events,
        stability.share,
        margin,
        live,
        status,
        verdict,
        "; ".join(reasons) or "within all limits",
    )


def _compensation(file: FlowFile, own: Spillover, gated: GatedFile | None) -> tuple[str, list[Note]]:
    """Status of compensation and what is to be said of it; a matrix that comes with the gates counts too."""
    check = check_compensation(file, own)
    if check.status == "missing" and gated is not None and gated.matrices:
        return "applied", [Note(f"compensated by {' and '.join(gated.matrices)} of the gates")]
    if check.status in ("missing", "suspected double"):
        return check.status, [
            Note(own.note),
            Note(f"compensation {check.status}: {check.reason}", severe=True),
        ]
    if gated is not None and gated.raw:
        text = f"gates look at uncompensated values of {', '.join(gated.raw)}"
        unused = not (gated.own_used or gated.matrices)
        status = NOT_APPLIED if unused else check.status
        return status, [
            Note(own.note),
            Note(f"{text}; {own.source} is used by no gate" if unused else text, severe=unused),
        ]
    told = check.status in ("none asked for", "already compensated")
    return check.status, [Note(own.note), Note(f"compensation: {check.reason}" if told else "")]


def margin_percent(file: FlowFile) -> float:
    """Percent of events at the top of the scale of any channel but time: beyond it nothing was measured."""
    at_top = np.zeros(file.n_events, dtype=bool)
    for name, values, top in zip(file.channels, file.events, file.tops, strict=True):
        if not is_time(name):
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


class Acquisitions(Result):
    """Verdicts on the files of a study, a row a file; ``verdict`` is ``pass``, ``flag`` or ``fail``."""

    COLUMNS: ClassVar[tuple[str, ...]] = tuple(field.name for field in fields(AcquisitionQuality))


def check_acquisitions(gating: StudyGating, *, limits: QualityLimits = QualityLimits()) -> Acquisitions:
    """One row a file; see :func:`check_acquisition`. Files that differ in whether they are compensated are
    flagged."""
    parts = zip(gating.study.files, gating.study.spillovers, gating.gated, strict=True)
    found = [check_acquisition(f, s, g, limits=limits) for f, s, g in parts]
    done = sum(one.compensation in COMPENSATED for one in found)
    rows = [_beside(one, done, len(found)).to_frame() for one in found]
    return Acquisitions(pd.concat(rows, ignore_index=True), asdict(limits))


def _beside(one: AcquisitionQuality, done: int, n: int) -> AcquisitionQuality:
    """The verdict on a file that is not compensated while others, with which it will be compared, are."""
    if one.compensation not in UNCOMPENSATED_STATUSES or not done:
        return one
    said = (
        f"not compensated, while {done} of {n} files {'is' if done == 1 else 'are'}: they cannot be compared"
    )
    return replace(
        one, verdict="flag" if one.verdict == "pass" else one.verdict, reason=f"{said}; {one.reason}"
    )
