"""Paired changes of measurements as their reader sees them: table, slopes, sentences and claims; for stroma
and sections."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lib.paired.measurements import MeasurementShifts, pair_measurements
from lib.records import REASONS, Claim, Estimate, Interval, Quality, Source, Subject
from reports import fields
from reports.fields import Bounds, Column
from reports.figures.slopes import plot_slopes
from reports.figures.style import whole
from reports.shown import Panels, Table
from reports.wording import MARKS, count, fixed, interval, interval_name, limited, phrase

MOST_NAMED = 3
"""Things that a flag names before it counts the rest."""


@dataclass(frozen=True)
class Words:
    """What a notebook calls its measurements, units and people.

    Parameters
    ----------
    notebook, table, head : str
        Of which the claims are, where their numbers stand, and the header of its first column.
    what, labels : mapping
        Measurement → its name in a sentence, and in tables and on axes.
    units : mapping
        Measurement → unit of a plain difference.
    who : str
        One of those who are compared: subject, patient.
    decimals : mapping
        Measurement → decimals of its numbers; 2 by default.
    """

    notebook: str
    table: str
    head: str
    what: Mapping[str, str]
    labels: Mapping[str, str]
    units: Mapping[str, str]
    who: str = "subject"
    decimals: Mapping[str, int] = field(default_factory=dict)


def shift_table(found: MeasurementShifts, words: Words, *, note: str = "") -> Table:
    """The published table of paired changes."""
    own = (found["scale"] == "difference").all()
    scales = "in the measurement's own units" if own else "on the scale that stands beside it"
    caption = (
        f"**{_first_up(told_in_words(found.frame))}.** Change within {words.who}s, {found.visits['followup']}"
        f" against {found.visits['baseline']}: Hodges–Lehmann shift with its exact interval, {scales}."
    )
    remarks = reasons_in_words(found, words)
    said = " ".join([*remarks, *([note] if note else [])])
    flagged = list(found["quality"] != "pass")
    return Table(words.table, found.frame, caption, _show(found, words), flagged=flagged, note=said)


def slope_panels(found: MeasurementShifts, frame: pd.DataFrame, words: Words, name: str) -> Panels | None:
    """Lines of those compared, a panel a group and measurement; nothing without rows."""
    if not len(found):
        return None
    drawings = [_slopes(found, frame, r, words) for r in _rows(found)]
    alt = "; ".join(
        f"{r[found.by]} {words.labels[r['measurement']]}: {fixed(r['shift'])}, {count(r['n_pairs'], 'pair')}"
        for r in _rows(found)
    )
    caption = (
        f"**{_first_up(told_in_words(found.frame))}.** Each line is a {words.who}. Diamonds are medians of"
        " complete pairs; open discs lack their partner."
    )
    return Panels(name, drawings, caption, alt)


def reasons_in_words(found: MeasurementShifts, words: Words) -> list[str]:
    """Why rows do not pass: what all rows of a group share once, then what is of one row."""
    said = []
    for group, part in found.frame.groupby(found.by, sort=False):
        rows = [text.split(REASONS) if text else [] for text in part["reasons"]]
        shared = [reason for reason in rows[0] if all(reason in row for row in rows)]
        said += [f"{group}: {REASONS.join(shared)}."] if shared else []
        for name, row in zip(part["measurement"], rows, strict=True):
            own = [reason for reason in row if reason not in shared]
            said += [f"{group}, {words.labels[name]}: {REASONS.join(own)}."] if own else []
    return said


def _slopes(found: MeasurementShifts, frame: pd.DataFrame, row: pd.Series, words: Words) -> Figure:
    group, name, visits = row[found.by], row["measurement"], found.visits
    pairs = pair_measurements(frame[frame[found.by] == group], name, **visits)
    return whole(plot_slopes(pairs, group, label=words.labels[name], ax=None, **visits))


def told_in_words(shifts: pd.DataFrame) -> str:
    """How many shifts can be told from none:
    ``5 of 6 shifts have an interval without 0; 1 has no interval``."""
    told = shifts["shift_low"].notna() & shifts["shift_high"].notna()
    clear = int((told & ((shifts["shift_low"] > 0) | (shifts["shift_high"] < 0))).sum())
    without = int((~told).sum())
    if not len(shifts):
        return "no shift was estimated"
    if without == len(shifts):
        return (
            "the one shift has no interval" if without == 1 else f"none of {without} shifts has an interval"
        )
    lack = f"; {without} {_has(without)} no interval" if without else ""
    return f"{clear} of {count(len(shifts), 'shift')} {_has(clear)} an interval without 0{lack}"


def lead_in_words(
    lead: Claim, row: pd.Series, found: MeasurementShifts, failed: str, decimals: int = 2
) -> str:
    """One sentence: the leading shift, where it came from, how many of all can be told, and what failed."""
    medians = (
        f", from a median of {fixed(row['baseline_median'], decimals)} to"
        f" {fixed(row['followup_median'], decimals)}"
    )
    said = [f"{phrase(lead)}{medians if row['n_pairs'] else ''}", told_in_words(found.frame), failed]
    return f"{'; '.join(text for text in said if text)}."


def failed_in_words(failed: int, n: int, what: str, how: str) -> str:
    """``2 of 16 cores were not compared``, empty where none failed."""
    return f"{failed} of {count(n, what)} {'was' if failed == 1 else 'were'} {how}" if failed else ""


def flag_of(names: Sequence[str], what: str, failed: str) -> list[str]:
    """One flag for things that failed, each named or counted: ``2 images not measured: a.png; b.png``."""
    return [f"{count(len(names), what)} {failed}: {limited(names, MOST_NAMED)}"] if names else []


def shift_claims(
    found: MeasurementShifts,
    words: Words,
    lead: int,
    *,
    subject: Callable[[pd.Series], tuple[str, str]],
    question: Callable[[pd.Series], str],
    note: Callable[[pd.Series], str],
) -> list[Claim]:
    """A claim a row, the lead's first, then the leading measurement's, then the others, each in the table's
    order.

    Parameters
    ----------
    lead : int
        Row of the leading shift.
    subject, question, note : callable
        Of a row: its system and condition, the question it answers, and why nothing is comparable.
    """
    first = found["measurement"].iloc[lead]
    order = sorted(range(len(found)), key=lambda i: (i != lead, found["measurement"].iloc[i] != first))
    claims = []
    for i in order:
        row = found.frame.iloc[i]
        system, state = subject(row)
        visits = f"{found.visits['followup']} against {found.visits['baseline']}"
        condition = f"{state}, {visits}" if state else visits
        about = Subject(f"Shift of {words.what[row['measurement']]}", "", system, "", condition)
        claims.append(_claim(found, i, words, about, question(row), note(row)))
    return _apart(claims)


def _claim(found: MeasurementShifts, i: int, words: Words, about: Subject, question: str, note: str) -> Claim:
    row = found.frame.iloc[i]
    told = bool(pd.notna(row["shift"]))
    bounds = Interval(row["shift_low"], row["shift_high"], found.confidence, str(found.settings["method"]))
    unit = {"logit": "logits", "log2": "log2 units"}.get(row["scale"], words.units[row["measurement"]])
    estimate = Estimate(row["shift"], unit, bounds, null=0.0, qualifier="=" if told else "not estimable")
    n, figure = int(row["n_pairs"]), f"{words.notebook}_slopes"
    return Claim(
        _id(words.notebook, f"{row['measurement']} shift", about.system, about.condition),
        question,
        about,
        estimate,
        n,
        words.who if n == 1 else f"{words.who}s",
        Quality.of_row(row),
        Source(words.table, i, "shift", "shift_low", "shift_high", figure),
        note=note,
    )


def _id(*parts: str) -> str:
    return "/".join(slug for part in parts if (slug := re.sub(r"[\W_]+", "-", part.lower()).strip("-")))


def _apart(claims: Sequence[Claim]) -> list[Claim]:
    """Names that differ by marks alone, such as CD8 and CD8+, get ids of their own."""
    seen: dict[str, int] = {}
    found = []
    for claim in claims:
        seen[claim.id] = seen.get(claim.id, 0) + 1
        found.append(replace(claim, id=f"{claim.id}-{seen[claim.id]}") if seen[claim.id] > 1 else claim)
    return found


def _show(found: MeasurementShifts, words: Words) -> pd.DataFrame:
    shifts = found.frame
    decimals = [words.decimals.get(name, 2) for name in shifts["measurement"]]
    names = ("baseline_median", "followup_median", "shift")
    digits = [Column(name, cells=map(fixed, shifts[name], decimals)) for name in names]
    ends = zip(shifts["shift_low"], shifts["shift_high"], decimals, strict=True)
    name = interval_name(found.confidence).capitalize()
    bounds = Bounds("shift", name, cells=[interval(a, b, decimals=d) for a, b, d in ends])
    columns = [
        Column(found.by, words.head),
        Column("measurement", cells=shifts["measurement"].map(words.labels)),
        *("n_pairs", *digits, bounds),
        *([] if (shifts["scale"] == "difference").all() else ["scale"]),
        *("p_value", "q_value", Column("quality", cells=map(mark_in_words, shifts["quality"]))),
    ]
    return fields.words(shifts, columns, table=words.table)


def mark_in_words(verdict: str) -> str:
    """A verdict of quality as a cell says it."""
    return MARKS[verdict] or verdict


def _first_up(text: str) -> str:
    return text[0].upper() + text[1:]


def _rows(found: MeasurementShifts) -> list[pd.Series]:
    return [found.frame.iloc[i] for i in np.arange(len(found))]


def _has(n: int) -> str:
    return "has" if n == 1 else "have"
