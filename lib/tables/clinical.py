"""Clinical tables in any of three standards, as one tidy set; any subset of the tables will do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from lib.errors import Fault, InputError, name_rows
from lib.tables.clinical_adam import read_adam
from lib.tables.clinical_sdtm import read_sdtm
from lib.tables.clinical_tidy import CONTRACTS, ClinicalData, read_tidy
from lib.tables.sense import plain_key

SMALLEST_TARGET_MM = 10
MIN_LESIONS = 3
SHORTEST_SALT = 16
MAX_NAMED = 6


def read_clinical(standard: str, paths: Mapping[str, str], *, group: str = "group") -> ClinicalData:
    """Read a study in one of three standards into one tidy set.

    Parameters
    ----------
    standard : {"tidy", "sdtm", "adam"}
    paths : mapping
        Table name to file; an empty path means not given. ``times, responses, lesions, subjects`` (tidy),
        ``tr, tu, rs, subjects`` (SDTM), ``adsl, adrs, adtr, adtte`` (ADaM).
    group : str
        Column that holds the groups.

    Raises
    ------
    InputError
        For unusable tables (every fault of each), no table at all, or tables that contradict each other.
    """
    readers = {
        "tidy": (read_tidy, CONTRACTS),
        "sdtm": (read_sdtm, ("tr", "tu", "rs", "subjects")),
        "adam": (read_adam, ("adsl", "adrs", "adtr", "adtte")),
    }
    if standard not in readers:
        raise InputError(Fault("standard must be one of tidy, sdtm, adam", value=standard))
    reader, names = readers[standard]
    given = {name: paths[name] for name in names if paths.get(name)}
    if not given:
        raise InputError(Fault(f"{standard} needs at least one of {', '.join(names)}", value="none"))
    data = reader(given, group)
    late = _after_last_contact(data)
    faults = find_contradictions(data) + (late if standard == "tidy" else [])
    if faults:
        raise InputError(faults)
    said = (f"Visits after the last contact in {len(late)} of the tables; they are used.",) if late else ()
    return replace(data, notes=data.notes + said)


def _of_strangers(strange: pd.Series, known: set[str]) -> str:
    """What to do about subjects that another table lacks; most often a spreadsheet took their zeros."""
    alike = {plain_key(name): name for name in known}
    pairs = [(name, alike[plain_key(name)]) for name in strange.unique() if plain_key(name) in alike]
    if not pairs:
        return "Add them there, or leave that table out."
    return (
        f'{len(pairs)} differ in case, spaces or leading zeros alone, such as "{pairs[0][0]}" and'
        f' "{pairs[0][1]}": spell them alike, in a spreadsheet as text.'
    )


def find_contradictions(data: ClinicalData) -> list[Fault]:
    """Faults between tables, by their rows and without naming a subject: strangers, lesions without baseline,
    visits after death."""
    faults = []
    known = set(data.subjects.subject)
    for name in ("times", "responses", "lesions", "sums"):
        frame = getattr(data, name)
        strange = ~frame.subject.isin(known)
        if strange.any():
            faults.append(
                Fault(
                    f"every subject of {name} must stand in the table of subjects",
                    value=_subjects(frame, strange),
                    where=_where(data, name, strange),
                    remedy=_of_strangers(frame.subject[strange], known),
                )
            )
    return [
        *faults,
        *_lesions_without_baseline(data),
        *_looks_like_centimetres(data),
        *_after_death(data),
        *_repeated_groups(data),
    ]


def _lesions_without_baseline(data: ClinicalData) -> list[Fault]:
    targets = data.lesions[data.lesions.kind.eq("target")]
    if targets.empty:
        return []
    reference = data.subjects.set_index("subject").reference_day
    first = targets.groupby(["subject", "reader", "lesion"]).day.min()
    late = first[first > first.index.get_level_values("subject").map(reference).fillna(1).to_numpy()]
    if late.empty:
        return []
    keys = pd.MultiIndex.from_frame(data.lesions[["subject", "reader", "lesion"]])
    rows = pd.Series(keys.isin(late.index), index=data.lesions.index) & data.lesions.kind.eq("target")
    named = ", ".join(dict.fromkeys(map(str, late.index.get_level_values("lesion")[:MAX_NAMED])))
    return [
        Fault(
            "a target lesion needs a measurement on or before the reference day",
            value=f"{named} of {_subjects(data.lesions, rows)}",
            where=_where(data, "lesions", rows),
            remedy="Add the baseline, or call the lesion new.",
        )
    ]


def _after_death(data: ClinicalData) -> list[Fault]:
    deaths = data.subjects.set_index("subject").death_day.dropna()
    faults = []
    for name in ("responses", "lesions"):
        frame = getattr(data, name)
        late = frame.day > frame.subject.map(deaths)
        if late.any():
            faults.append(
                Fault(
                    "no visit may come after death",
                    value=_subjects(frame, late),
                    where=_where(data, name, late),
                )
            )
    return faults


def read_salt(path: str) -> str:
    """The text that salts a study's pseudonyms; empty where no file is given.

    Raises
    ------
    InputError
        For an absent file, or fewer than 16 characters, which could be guessed.
    """
    if not path:
        return ""
    if not Path(path).is_file():
        raise InputError(Fault("a file of that name must exist", value=Path(path).name))
    salt = Path(path).read_text(encoding="utf-8").strip()
    if len(salt) < SHORTEST_SALT:
        raise InputError(
            Fault(
                f"a salt must have at least {SHORTEST_SALT} characters",
                value=str(len(salt)),
                where=Path(path).name,
            )
        )
    return salt


def _after_last_contact(data: ClinicalData) -> list[Fault]:
    """Visits after the last contact, that is after the cut-off of the subject's data."""
    last = data.subjects.set_index("subject").last_contact_day.dropna()
    faults = []
    for name in ("responses", "lesions"):
        frame = getattr(data, name)
        late = (frame.day > frame.subject.map(last)) & (frame.day > 1)
        if late.any():
            remedy = "Correct last_contact_day, or leave out what lies after the cut-off."
            faults.append(
                Fault(
                    "no visit may come after the last contact",
                    value=_subjects(frame, late),
                    where=_where(data, name, late),
                    remedy=remedy,
                )
            )
    return faults


def _looks_like_centimetres(data: ClinicalData) -> list[Fault]:
    """Targets are chosen at 10 mm or more, so that a study without one that large was measured in cm."""
    sizes = data.lesions.diameter_mm[data.lesions.kind.eq("target")].dropna()
    if len(sizes) < MIN_LESIONS or sizes.max() >= SMALLEST_TARGET_MM:
        return []
    return [
        Fault(
            "diameters must be in mm",
            value=f"no target above {sizes.max():g}",
            where="lesions",
            remedy="These look like centimetres: multiply by 10.",
        )
    ]


def _repeated_groups(data: ClinicalData) -> list[Fault]:
    if "group" not in data.times or data.times.empty:
        return []
    several = data.times.groupby("subject")["group"].nunique()
    rows = data.times.subject.isin(several.index[several > 1])
    found, where = _subjects(data.times, rows), _where(data, "times", rows)
    return [Fault("a subject belongs to one group", value=found, where=where)] if rows.any() else []


def _subjects(frame: pd.DataFrame, which: pd.Series) -> str:
    n = frame.subject[which].nunique()
    return f"{n} subject{'' if n == 1 else 's'}"


def _where(data: ClinicalData, name: str, which: pd.Series) -> str:
    """The table, and the rows of its file where they are known: they tell its owner whom the fault is
    about."""
    rows = data.rows.get(name, ())
    return f"{name} {name_rows([rows[int(i)] for i in np.flatnonzero(which)])}" if len(rows) else name


def choose_reference_group(groups: list[str], asked: str = "") -> str:
    """The group that others are compared with.

    `asked` where given; else the group whose name speaks of a control (control, placebo, vehicle, wild type,
    untreated, reference); else the first alphabetically.

    Raises
    ------
    InputError
        If `asked` is not among the groups.
    """
    if asked and asked not in groups:
        raise InputError(Fault(f"reference_group must be one of {', '.join(groups)}", value=asked))
    if asked:
        return asked
    words = ("control", "placebo", "vehicle", "wild type", "wild-type", "wildtype", "untreated", "reference")
    named = [g for g in sorted(groups) if any(word in g.lower() for word in words)]
    return (named or sorted(groups))[0]
