"""What was read, and which pairs of samples are used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from lib.paired import Pairs
from reports.fields import words
from reports.shown import Table, Text
from reports.wording import count


def samples(cells: pd.DataFrame) -> Text:
    """How much was read."""
    rows, subjects, names = len(cells), cells["subject"].nunique(), cells["population"].nunique()
    timepoints = ", ".join(dict.fromkeys(cells["timepoint"]))
    return Text(
        f"{count(rows, 'row')}: {count(subjects, 'subject')}, {count(names, 'population')}, time points"
        f" {timepoints}."
    )


def exclusions(pairs: Pairs, *, ids: bool = False) -> Table:
    """Pairs left out, by reason; subjects are named only if asked for."""
    frame = _by_reason(pairs, ids)
    caption = f"{pairs_in_words(pairs.frame, pairs.settings)} Each exclusion with its reason."
    return Table("exclusions", frame, caption, show=words(frame, frame.columns, table="exclusions"))


def pairs_in_words(pairs: pd.DataFrame, settings: Mapping[str, Any]) -> str:
    """Pairs used, left out, and used although one count is low; the first part bold."""
    used, n = pairs[pairs["used"]], len(pairs)
    low = int((used["below_lloq"] != "none").sum())
    few = f", {low} used with one count below {settings['min_events']} events" if low else ""
    compared = f"{settings['followup']} against {settings['baseline']}"
    return f"**{len(used)} of {count(n, 'pair')}** used, {compared}; {n - len(used)} left out{few}."


def _by_reason(pairs: Pairs, ids: bool) -> pd.DataFrame:
    """``reason, n_subjects, n_pairs, populations`` and, only if asked for, ``subjects``."""
    excluded, total = pairs.excluded, pairs["population"].nunique()
    rows = []
    for reason, part in excluded.groupby("reason", sort=False):
        names, subjects = list(dict.fromkeys(part["population"])), list(dict.fromkeys(part["subject"]))
        every = f"all {total} populations"
        row = {
            "reason": reason,
            "n_subjects": len(subjects),
            "n_pairs": len(part),
            "populations": every if len(names) == total > 1 else ", ".join(names),
        }
        rows.append(row | ({"subjects": ", ".join(subjects)} if ids else {}))
    none = {"reason": "none: every pair is used", "n_subjects": 0, "n_pairs": 0, "populations": "none"}
    return pd.DataFrame(rows or [none])
