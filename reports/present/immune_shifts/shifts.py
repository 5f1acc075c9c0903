"""Shifts of the populations: the table, slopes of the subjects, forest and volcano."""

from __future__ import annotations

import pandas as pd

from lib.paired import Shifts
from reports.fields import Bounds, Column, words
from reports.figures import paired as plots
from reports.figures.style import whole
from reports.present.immune_shifts.lead import lead_in_words
from reports.present.immune_shifts.words import (
    agreement_sentence,
    interval_text,
    limit_in_words,
    ratio_text,
    reasons_in_words,
    shift_text,
)
from reports.shown import Figure, Panels, Table
from reports.wording import count, interval_name, number, p_value

NAME = "shifts"


def shifts(found: Shifts) -> Table:
    """Shifts of all populations; the file adds those as part of all CD45+ events."""
    caption = (
        f"**{agreement_sentence(found.frame)}** Shift of each population as part of its parent gate; an"
        " interval right of 0 is a rise. “Least p” is the smallest p-value that the pairs that moved can"
        " give."
    )
    families = [found.frame] if found.cd45 is None else [found.frame, found.cd45.frame]
    flagged = found["verdict"].eq("differs") | found["quality"].eq("not judged")
    return Table(
        NAME,
        pd.concat(families, ignore_index=True),
        caption,
        show=_for_reading(found),
        flagged=list(flagged),
        note=reasons_in_words(found.frame),
    )


def _for_reading(found: Shifts) -> pd.DataFrame:
    rows = [row for _, row in found.frame.iterrows()]
    percents = ["baseline_median_percent", "followup_median_percent"]
    shift = Column("shift_logit", cells=map(shift_text, rows))
    bounds = Bounds("shift_logit", low="shift_low", cells=map(interval_text, rows))
    ratio = Column("odds_ratio", cells=map(ratio_text, rows))
    tests = ["p_value", "q_value", Column("smallest_p", missing="none"), "expected", "verdict"]
    columns = ["population", "n_pairs", *percents, shift, bounds, ratio, *tests]
    return words(found.frame, columns, table=NAME, confidence=found.confidence)


def slopes(found: Shifts) -> Panels:
    """A panel a population, a line a subject."""
    caption = (
        f"**{lead_in_words(found)}.** A line a subject, percent of the parent on a logit scale; thick:"
        f" medians; hollow: below {found.settings['min_events']} events; grey cross: not used."
    )
    told = [
        f"{r['population']}: {count(int(r['n_pairs']), 'pair')}, median"
        f" {number(r['baseline_median_percent'])} to {number(r['followup_median_percent'])} percent."
        for _, r in found.frame.iterrows()
    ]
    drawings = [whole(plots.plot_pairs(found, name)) for name in found["population"]]
    return Panels("slopes", drawings, caption, "Paired slopes. " + " ".join(told))


def forest(found: Shifts) -> Figure:
    """All shifts with their intervals."""
    caption = (
        f"**{agreement_sentence(found.frame)}** Odds ratio and {interval_name(found.confidence)}; its"
        " logarithm is the shift. Blue disc: agrees with the expected direction; orange diamond: differs;"
        " grey: cannot tell, or no direction; open disc: no interval; open triangle: a bound only, or the"
        " interval goes on."
    )
    return Figure(NAME, whole(plots.plot_shifts(found)), caption, _told(found))


def volcano(found: Shifts) -> Figure:
    """Shift against p-value, with the least p that the pairs can reach."""
    caption = (
        f"**{limit_in_words(found.frame)}**: beyond it, only more subjects can tell them apart. Across:"
        " shift; upwards: −log10 p; dotted: the limit."
    )
    return Figure("volcano", whole(plots.plot_volcano(found)), caption, _told(found))


def _told(found: Shifts) -> str:
    """The shifts for a reader who does not see them."""
    parts = [
        f"{r['population']} {shift_text(r)} ({interval_text(r)}), p {p_value(r['p_value'])}."
        for _, r in found.frame.iterrows()
    ]
    return "Shifts of logits with interval. " + " ".join(parts)
