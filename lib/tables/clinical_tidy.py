"""Clinical tables, tidy: their contracts, and how any subset of them becomes one set."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from lib.errors import Fault, InputError
from lib.tables.contract import (
    Column,
    Contract,
    Unique,
    examine_table,
    find_repeats,
    name_faults,
)
from lib.tables.files import read_cells
from lib.tables.sense import serial_dates, spellings, summary_rows

RESPONSES = ("CR", "PR", "SD", "NON-CR/NON-PD", "PD", "NE")
STATES = ("present", "absent", "too small", "unequivocal progression", "not evaluable")

TIMES = Contract(
    "times",
    [
        Column("subject", key=True),
        Column("endpoint", key=True, help="Name the endpoint: OS, PFS, DoR, TTR or one of your own."),
        Column(
            "time_days",
            "number",
            at_least=0,
            help="Count from the reference date; nobody has an event before it.",
        ),
        Column("event", "flag", key=True, help="1 = the event happened, 0 = censored."),
    ],
    unique=(Unique(("subject", "endpoint")),),
)
RESPONSE_TABLE = Contract(
    "responses",
    [
        Column("subject", key=True),
        Column("day", "number", key=True, help="Day 1 is the reference day."),
        Column(
            "overall_response",
            key=True,
            choices=RESPONSES,
            help="RECIST 1.1 codes; leave out visits not done.",
        ),
        Column("reader", required=False, default="reader"),
    ],
)
LESIONS = Contract(
    "lesions",
    [
        Column("subject", key=True),
        Column("day", "number", key=True, help="Day 1 is the reference day."),
        Column("lesion", key=True),
        Column("kind", key=True, choices=("target", "non-target", "new")),
        Column(
            "diameter_mm", "number", required=False, at_least=0, help="Millimetres; a node by its short axis."
        ),
        Column("site", required=False),
        Column("is_node", "flag", required=False, default=0.0),
        Column("state", required=False, choices=STATES, help="For lesions that are not measured."),
        Column("reader", required=False, default="reader"),
        Column("visit", required=False),
    ],
    unique=(Unique(("subject", "reader", "day", "lesion")),),
)
SUBJECT_DAYS = ("reference_day", "first_dose_day", "death_day", "new_therapy_day", "last_contact_day")
SUBJECTS = Contract(
    "subjects",
    [Column("subject", key=True), Column("group", required=False)]
    + [Column(name, "number", required=False) for name in SUBJECT_DAYS],
    unique=(Unique(("subject",)),),
)
CONTRACTS = {"times": TIMES, "responses": RESPONSE_TABLE, "lesions": LESIONS, "subjects": SUBJECTS}


@dataclass(frozen=True)
class ClinicalData:
    """One study in tidy form; an absent table is an empty frame with its columns.

    Attributes
    ----------
    times : DataFrame
        ``subject, endpoint, time_days, event`` and covariates.
    responses : DataFrame
        ``subject, day, overall_response, reader``.
    lesions : DataFrame
        ``subject, day, lesion, kind, diameter_mm, site, is_node, state, reader, visit``.
    sums : DataFrame
        ``subject, reader, day, sum_mm`` where sums came ready-made (ADTR).
    subjects : DataFrame
        Everybody in the denominators: ``subject, group``, the days (NaN where unknown) and covariates.
    notes : tuple of str
        What was left out or assumed while reading, each a sentence without identifiers.
    rows : mapping of str to sequence of int
        Of tidy tables the row in the file of each row here, by table: faults name rows, never a subject.
    """

    times: pd.DataFrame
    responses: pd.DataFrame
    lesions: pd.DataFrame
    sums: pd.DataFrame
    subjects: pd.DataFrame
    notes: tuple[str, ...] = field(default=())
    rows: Mapping[str, Sequence[int]] = field(default_factory=dict)

    @property
    def missing(self) -> list[str]:
        """Names of the tables that were not given."""
        names = ("times", "responses", "lesions", "subjects")
        return [name for name in names if len(getattr(self, name)) == 0]

    def name_gaps(self) -> list[str]:
        """What cannot be computed for want of a table, in sentences."""
        gaps = []
        if not len(self.lesions) and not len(self.sums):
            gaps.append("No lesions: no sums of diameters, no check of the responses against RECIST 1.1.")
        if not len(self.responses) and not len(self.lesions):
            gaps.append("No responses: no response rates, time to response or duration of response.")
        followed = self.subjects[["death_day", "last_contact_day"]].notna().any(axis=None)
        if not len(self.times) and not len(self.responses) and not len(self.lesions) and not followed:
            gaps.append("No times: nothing to estimate.")
        if not followed and "OS" not in set(self.times.endpoint):
            gaps.append(
                "No deaths and no last contacts: no overall survival; deaths do not count as progression."
            )
        return gaps


def read_tidy(paths: Mapping[str, str], group: str = "group") -> ClinicalData:
    """Read tidy tables; see :func:`read_clinical`."""
    frames, faults = {}, []
    for name, path in paths.items():
        try:
            frames[name] = _read_times(path) if name == "times" else _read_one(name, path)
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(faults)
    kept = {name: _drop_untimed(frame)[0] if name == "times" else frame for name, frame in frames.items()}
    rows = {name: [int(row) for row in frame.index] for name, frame in kept.items()}
    return replace(assemble(frames, group=group), rows=rows)


def _read_one(name: str, path: str) -> pd.DataFrame:
    frame, broken = examine_table(
        read_cells(path, CONTRACTS[name].columns), CONTRACTS[name], source=Path(path).name
    )
    source, days = Path(path).name, ["day", *SUBJECT_DAYS]
    faults = broken + find_repeats(frame, CONTRACTS[name], source)
    faults += serial_dates(frame, days, source) + spellings(frame, ["subject"], source)
    if faults + (more := summary_rows(frame, ["subject"], source)):
        raise InputError(faults + more)
    return frame


def _read_times(path: str) -> pd.DataFrame:
    source = Path(path).name
    times, broken = examine_table(read_cells(path, TIMES.columns), TIMES, source=source)
    faults = _events_without_time(times, source) + broken + find_repeats(times, TIMES, source)
    if faults:
        raise InputError(faults)
    return times


def _events_without_time(times: pd.DataFrame, source: str) -> list[Fault]:
    if not {"time_days", "event"} <= set(times.columns):
        return []
    lost = times["time_days"].isna() & (times["event"] == 1)
    return name_faults(
        lost,
        "an event needs its time",
        found="event 1 without time",
        source=source,
        remedy="Give the time, or leave the row out.",
    )


def assemble(frames: Mapping[str, pd.DataFrame], *, group: str, notes: tuple[str, ...] = ()) -> ClinicalData:
    """Put checked frames together: fill absent tables, list everybody once, find the groups."""
    times, said = _drop_untimed(frames.get("times", _empty("times")))
    responses, lesions = (frames.get(name, _empty(name)) for name in ("responses", "lesions"))
    sums = frames.get("sums", pd.DataFrame(columns=["subject", "reader", "day", "sum_mm"]))
    everyone = [f.subject for f in (frames.get("times", times), responses, lesions, sums)]
    given = frames.get("subjects")
    subjects = (
        given
        if given is not None
        else pd.DataFrame({"subject": pd.unique(pd.concat(everyone, ignore_index=True))})
    )
    if given is None:
        said += ("No table of subjects: only patients who stand in the other tables are counted.",)
    subjects = _with_group(subjects.reset_index(drop=True), frames, group)
    for name in SUBJECT_DAYS:
        if name not in subjects:
            subjects[name] = float("nan")
    subjects["reference_day"] = subjects.reference_day.fillna(1.0)
    lesions = _align_visits(_with_columns(lesions, LESIONS))
    said += _count_repeats(responses, lesions, subjects)
    return ClinicalData(
        times.reset_index(drop=True),
        _with_columns(responses, RESPONSE_TABLE).reset_index(drop=True),
        lesions.reset_index(drop=True),
        sums.reset_index(drop=True),
        subjects,
        notes + said,
    )


def _empty(name: str) -> pd.DataFrame:
    return pd.DataFrame(
        {c.name: pd.Series(dtype=object if c.kind == "text" else float) for c in CONTRACTS[name].columns}
    )


def _with_columns(frame: pd.DataFrame, contract: Contract) -> pd.DataFrame:
    absent = {
        c.name: None if c.kind == "text" else float("nan") for c in contract.columns if c.name not in frame
    }
    return frame.assign(**absent)


def _drop_untimed(times: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    untimed = times.time_days.isna()
    n = int(untimed.sum())
    said = (f"{n} censored row{'s' if n > 1 else ''} without time left out of the times.",) if n else ()
    return times[~untimed], said


def _with_group(subjects: pd.DataFrame, frames: Mapping[str, pd.DataFrame], group: str) -> pd.DataFrame:
    """Column `group` of the subjects, or of any other table by subject; one group ``all`` where there is
    none."""
    for frame in (subjects, *frames.values()):
        if group in frame:
            firsts = frame.dropna(subset=[group]).drop_duplicates("subject").set_index("subject")[group]
            labels = subjects.subject.map(firsts).astype(object)
            return subjects.drop(columns="group", errors="ignore").assign(
                group=labels.where(labels.notna(), "unknown")
            )
    if group not in ("", "group"):
        known = sorted({str(c) for frame in (subjects, *frames.values()) for c in frame.columns})
        near = difflib.get_close_matches(group, known, n=1)
        raise InputError(
            Fault(
                f'group must name a column; there is no "{group}"',
                value="columns " + ", ".join(known),
                remedy=f'Did you mean "{near[0]}"?' if near else "",
            )
        )
    return subjects.assign(group="all")


def _count_repeats(responses: pd.DataFrame, lesions: pd.DataFrame, subjects: pd.DataFrame) -> tuple[str, ...]:
    """Sentences about second baselines and second responses of one date, without naming anybody."""
    said: tuple[str, ...] = ()
    targets = lesions[lesions.kind.eq("target")]
    early = targets[targets.day <= targets.subject.map(subjects.set_index("subject").reference_day).fillna(1)]
    n = int(early.duplicated(["subject", "reader", "lesion"]).sum())
    if n:
        said += (
            (
                f"{n} target lesion{'s' if n > 1 else ''} measured more than once on or before the reference"
                " day: the last counts."
            ),
        )
    twice = int(responses.duplicated(["subject", "reader", "day"]).sum()) if "reader" in responses else 0
    if twice:
        said += (f"{twice} response{'s' if twice > 1 else ''} repeated on one date: the worst counts.",)
    return said


def _align_visits(lesions: pd.DataFrame) -> pd.DataFrame:
    """Scans of one named visit count as one visit, on the day of the first."""
    named = lesions.visit.notna()
    if named.any():
        first = lesions[named].groupby(["subject", "reader", "visit"]).day.transform("min")
        lesions = lesions.assign(day=lesions.day.where(~named, first.reindex(lesions.index)))
    return lesions
