"""SDTM's TR, TU and RS, with ADSL or DM, into the tidy set."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from lib.errors import Fault, InputError
from lib.tables.clinical_dates import dates_of, days_since
from lib.tables.clinical_tidy import RESPONSES, ClinicalData, assemble
from lib.tables.files import read_cells

REFERENCE = ("RANDDT", "TRTSDT", "RFSTDTC", "RFXSTDTC")
SUBJECT_DATES = {
    "first_dose_day": ("TRTSDT", "RFXSTDTC", "RFSTDTC"),
    "death_day": ("DTHDT", "DTHDTC"),
    "new_therapy_day": ("NACTDT", "NEWTHDT"),
    "last_contact_day": ("LSTALVDT", "LSTCNTDT", "RFPENDTC", "EOSDT"),
}
NODE_AXIS, LONG_AXIS = ("LPERP", "SAXIS"), ("LDIAM", "DIAMETER")
STATES = {
    "ABSENT": "absent",
    "PRESENT": "present",
    "TOO SMALL TO MEASURE": "too small",
    "NON-CR/NON-PD": "present",
    "UNEQUIVOCAL PROGRESSION": "unequivocal progression",
    "UNEQUIVOCAL": "unequivocal progression",
    "UNEQUIVOCAL INCREASE": "unequivocal progression",
    "PD": "unequivocal progression",
    "CR": "absent",
    "NOT EVALUABLE": "not evaluable",
    "NE": "not evaluable",
}


def read_sdtm(paths: Mapping[str, str], group: str = "group") -> ClinicalData:
    """Read SDTM tumour domains.

    Nodes (``TULOC`` names one) are measured by ``LPERP`` or ``SAXIS``, other lesions by ``LDIAM`` or
    ``DIAMETER``; readers are told apart by ``--EVAL`` and ``--EVALID``; visits by ``VISITNUM``. Days count
    from ``RANDDT`` (else ``TRTSDT``, ``RFSTDTC``); a partial date becomes the first of its month.

    Raises
    ------
    InputError
        For absent variables, diameters not in mm, unknown responses, or a subject without reference date.
    """
    cells = {name: read_domain(path) for name, path in paths.items()}
    notes: list[str] = []
    if "subjects" not in cells:
        raise InputError(
            Fault(
                "sdtm needs ADSL or DM for the reference dates",
                value="no subjects table",
                remedy="Give it as the parameter subjects.",
            )
        )
    subjects, reference = subjects_of(cells["subjects"], notes, Path(paths["subjects"]).name)
    frames = {"subjects": subjects}
    if "tr" in cells:
        frames["lesions"] = _lesions(cells["tr"], cells.get("tu"), reference, notes, Path(paths["tr"]).name)
    if "rs" in cells:
        frames["responses"] = _responses(cells["rs"], reference, notes, Path(paths["rs"]).name)
    return assemble(frames, group=arm_column(subjects, group), notes=tuple(notes))


def read_domain(path: str) -> pd.DataFrame:
    """A domain's cells with upper-case names."""
    return read_cells(path).rename(columns=str.upper)


def arm_column(subjects: pd.DataFrame, group: str) -> str:
    """The column of groups asked for, or the planned treatment where the default ``group`` is not there."""
    planned = [c for c in ("TRT01P", "ARM", "ACTARM") if c in subjects]
    return planned[0] if group == "group" and group not in subjects and planned else group


def need(frame: pd.DataFrame, names: tuple[str, ...], source: str) -> None:
    """Raise for every absent variable at once."""
    absent = [n for n in names if n not in frame]
    if absent:
        raise InputError(
            [
                Fault(
                    f'the variable "{n}" is needed', value="columns " + ", ".join(frame.columns), where=source
                )
                for n in absent
            ]
        )


def subjects_of(cells: pd.DataFrame, notes: list[str], source: str) -> tuple[pd.DataFrame, pd.Series]:
    """Subjects with days, and each one's reference date; those without one (screen failures) left out,
    counted."""
    need(cells, ("USUBJID",), source)
    known = [name for name in REFERENCE if name in cells]
    if not known:
        raise InputError(
            Fault(
                f"one of {', '.join(REFERENCE)} is needed",
                value="columns " + ", ".join(cells.columns),
                where=source,
            )
        )
    dates = pd.Series(pd.NaT, index=cells.index, dtype="datetime64[ns]")
    for name in known:
        dates = dates.fillna(dates_of(cells[name])[0])
    if dates.isna().any():
        notes.append(
            f"{int(dates.isna().sum())} subjects without reference date (never randomised or treated) left"
            " out."
        )
    kept = cells[dates.notna()].reset_index(drop=True)
    start = dates[dates.notna()].reset_index(drop=True)
    days = {name: _first_day(kept, options, start) for name, options in SUBJECT_DATES.items()}
    subjects = kept.assign(subject=kept["USUBJID"].astype(str), reference_day=1.0, **days)
    return subjects, pd.Series(start.to_numpy(), index=subjects.subject)


def _first_day(cells: pd.DataFrame, options: tuple[str, ...], start: pd.Series) -> pd.Series:
    days = pd.Series(float("nan"), index=cells.index)
    for name in options:
        if name in cells:
            days = days.fillna(days_since(dates_of(cells[name])[0], start))
    return days


def days_of(cells: pd.DataFrame, name: str, reference: pd.Series, notes: list[str], source: str) -> pd.Series:
    """Study days of a date variable; partial dates are counted in the notes."""
    dates, partial = dates_of(cells[name])
    if partial:
        notes.append(f"{partial} dates of {name} lack the day; taken as the first of the month.")
    start = cells["USUBJID"].astype(str).map(reference)
    bad = dates.isna() | start.isna()
    if bad.any():
        found = f"{int(bad.sum())} of {len(bad)} rows without one of the two"
        raise InputError(
            Fault(f"{name} must be a date of a subject with a reference date", value=found, where=source)
        )
    return days_since(dates, start)


def reader_of(cells: pd.DataFrame, prefix: str) -> pd.Series:
    """Who read: evaluator, and which of several."""
    who = cells.get(f"{prefix}EVAL", pd.Series("reader", index=cells.index)).fillna("reader").astype(str)
    which = cells.get(f"{prefix}EVALID", pd.Series(None, index=cells.index, dtype=object))
    return who + which.map(lambda w: f", {w}", na_action="ignore").fillna("").astype(str)


def _lesions(
    tr: pd.DataFrame, tu: pd.DataFrame | None, reference: pd.Series, notes: list[str], source: str
) -> pd.DataFrame:
    need(tr, ("USUBJID", "TRLNKID", "TRTESTCD", "TRDTC", "TRGRPID"), source)
    _check_millimetres(tr, source)
    tr = tr.assign(
        subject=tr["USUBJID"].astype(str),
        lesion=tr["TRLNKID"],
        reader=reader_of(tr, "TR"),
        is_node=_is_node(tr, tu),
        day=days_of(tr, "TRDTC", reference, notes, source),
    )
    tr["visit"] = tr["VISITNUM"].astype(str) if "VISITNUM" in tr else tr["TRDTC"]
    keys = ["subject", "reader", "visit", "lesion"]
    first = tr.drop_duplicates(keys)[
        [*keys, "day", "TRGRPID", "is_node", "site"] if "site" in tr else [*keys, "day", "TRGRPID", "is_node"]
    ]
    axes = tr["TRTESTCD"].isin(NODE_AXIS) & tr.is_node.eq(1) | tr["TRTESTCD"].isin(LONG_AXIS) & tr.is_node.eq(
        0
    )
    measured = tr[axes].assign(diameter_mm=_numbers(tr[axes]), small=_texts(tr[axes]))
    states = tr[tr["TRTESTCD"].eq("TUMSTATE")].assign(state=lambda f: _texts(f))
    frame = first.merge(measured[[*keys, "diameter_mm", "small"]], on=keys, how="left")
    frame = frame.merge(states[[*keys, "state"]], on=keys, how="left")
    kinds = frame["TRGRPID"].str.lower().map({"target": "target", "non-target": "non-target", "new": "new"})
    return frame.assign(
        kind=kinds, state=frame.state.fillna(frame.small.where(frame.diameter_mm.isna()))
    ).drop(columns=["small", "TRGRPID"])


def _check_millimetres(tr: pd.DataFrame, source: str) -> None:
    units = tr.get("TRSTRESU", tr.get("TRORRESU", pd.Series("mm", index=tr.index))).dropna()
    wrong = units[units.str.lower() != "mm"]
    if len(wrong):
        raise InputError(
            Fault(
                "diameters must be in mm",
                value=", ".join(pd.unique(wrong)),
                where=source,
                remedy="Convert TRSTRESN to mm.",
            )
        )


def _numbers(tr: pd.DataFrame) -> pd.Series:
    return pd.to_numeric(tr["TRSTRESN"] if "TRSTRESN" in tr else tr["TRORRES"], errors="coerce").astype(float)


def _texts(tr: pd.DataFrame) -> pd.Series:
    return (
        tr["TRSTRESC" if "TRSTRESC" in tr else "TRORRES"]
        .map(lambda t: STATES.get(str(t).upper()), na_action="ignore")
        .astype(object)
    )


def _is_node(tr: pd.DataFrame, tu: pd.DataFrame | None) -> pd.Series:
    if tu is None or "TULOC" not in tu or "TULNKID" not in tu:
        return pd.Series(0.0, index=tr.index)
    node = tu["TULOC"].str.upper().str.contains("NODE", na=False)
    nodes = set(zip(tu["USUBJID"][node], tu["TULNKID"][node], strict=True))
    return pd.Series(
        [float(k in nodes) for k in zip(tr["USUBJID"], tr["TRLNKID"], strict=True)], index=tr.index
    )


def _responses(rs: pd.DataFrame, reference: pd.Series, notes: list[str], source: str) -> pd.DataFrame:
    need(rs, ("USUBJID", "RSTESTCD", "RSDTC"), source)
    rs = rs[rs["RSTESTCD"].eq("OVRLRESP")]
    said = (rs["RSSTRESC"] if "RSSTRESC" in rs else rs["RSORRES"]).str.upper()
    check_codes(said, source)
    return pd.DataFrame(
        {
            "subject": rs["USUBJID"].astype(str),
            "day": days_of(rs, "RSDTC", reference, notes, source),
            "overall_response": said,
            "reader": reader_of(rs, "RS"),
        }
    )


def check_codes(said: pd.Series, source: str) -> None:
    """Raise for responses that RECIST 1.1 does not know."""
    wrong = pd.unique(said[said.notna() & ~said.isin(RESPONSES)])
    if len(wrong):
        raise InputError(
            Fault(
                f"overall response must be one of {', '.join(RESPONSES)}",
                value=", ".join(wrong),
                where=source,
            )
        )
