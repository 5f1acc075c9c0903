"""Were the files sound? What was read, acquisition over time, compensation."""

from __future__ import annotations

import pandas as pd

from lib.cytometry import Acquisitions, CompensationView, Stability, StudyGating
from reports.fields import Column, words
from reports.figures.cytometry import plot_compensation, plot_stability
from reports.shown import Figure, Table, Text
from reports.wording import count, limited, listing

MOST_NAMED = 6
WORDS = (("fail", "fails"), ("flag", "flagged"))


def files(gating: StudyGating) -> Text:
    """How much was read, and where the gates come from."""
    study, strategy = gating.study, gating.strategy
    return Text(
        f"{count(len(study.files), 'file')}, {count(sum(f.n_events for f in study.files), 'event')}, "
        f"{count(study.samples['subject'].nunique(), 'subject')}; {count(len(strategy.gates), 'gate')} from "
        f"{strategy.source}; FMO controls: {listing(list(study.controls))}."
    )


def quality(found: Acquisitions) -> Table:
    """Every file with its verdict."""
    return Table(
        "acquisition_quality",
        found.frame,
        show=_shown(found),
        flagged=list(found["verdict"] != "pass"),
        caption=f"{quality_in_words(found)} A flagged file stays in: the table says why, the reader decides.",
    )


def quality_in_words(found: Acquisitions) -> str:
    """``"**11 of 12 files pass.** file 4 flagged: ..."``; files that fail come first."""
    details = [
        f"{row['file']} {word}: {row['reason']}."
        for verdict, word in WORDS
        for _, row in found.frame[found["verdict"] == verdict].iterrows()
    ]
    n_pass, n = int((found["verdict"] == "pass").sum()), len(found)
    more = [f"And {len(details) - MOST_NAMED:,} more."] if len(details) > MOST_NAMED else []
    said = f"**{n_pass:,} of {count(n, 'file')} {'passes' if n == 1 else 'pass'}.**"
    return " ".join([said, *details[:MOST_NAMED], *more])


def quality_flags(found: Acquisitions) -> list[str]:
    """A few words on files whose values cannot be believed; empty where there are none."""
    failed = list(found["file"][found["verdict"] == "fail"])
    if not failed:
        return []
    named = limited(failed, MOST_NAMED)
    return [f"acquisition: {count(len(failed), 'file')} with values that no detector gives ({named})"]


def stability(least: Stability) -> Figure | None:
    """The least stable file over time; nothing where no file could be judged."""
    if not len(least.bins):
        return None
    share = f"{100 * least.share:.0f}"
    return Figure(
        "stability",
        plot_stability(least),
        caption=(
            f"**{share} % of the events of {least.file} lie in stable stretches**, the least of all files."
            " Above: events per time over the median; below: the largest shift of a channel's mean. Shaded:"
            " unstable."
        ),
        alt=f"Acquisition over time of {least.file}: {share} percent of events in stable stretches.",
    )


def compensation(spill: CompensationView | None) -> Figure | None:
    """The two channels of a file with the largest spill, before and after; nothing where it is not
    compensated."""
    if spill is None:
        return None
    one, other = spill.labels
    share = f"{100 * spill.spill:.0f}"
    return Figure(
        "compensation",
        plot_compensation(spill),
        caption=f"**{one} spills {share} % into {other}**, the largest share in this matrix.",
        alt=f"Events before and after compensation: {one} against {other}, spill {share} percent.",
    )


def _shown(found: Acquisitions) -> pd.DataFrame:
    stable = Column("time_stability", missing="no time channel")
    shares = [stable, "margin_percent", Column("live_percent", missing="no live gate")]
    columns = ["file", "n_events", *shares, "compensation", "verdict", "reason"]
    return words(found.frame, columns, table="acquisition_quality")
