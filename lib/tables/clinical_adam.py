"""ADaM's ADSL, ADRS, ADTR and ADTTE into the tidy set."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from lib.errors import Fault, InputError
from lib.tables.clinical_dates import dates_of, days_since
from lib.tables.clinical_sdtm import arm_column, check_codes, days_of, need, read_domain, subjects_of
from lib.tables.clinical_tidy import ClinicalData, assemble
from lib.units import DAYS_PER_MONTH

ENDPOINTS = {"RSD": "DoR", "DOR": "DoR", "CRSD": "DoR", "TTR": "TTR", "TRSP": "TTR"}
DAYS_PER_UNIT = {"DAYS": 1.0, "DAY": 1.0, "WEEKS": 7.0, "MONTHS": DAYS_PER_MONTH, "YEARS": 365.25}


def read_adam(paths: Mapping[str, str], group: str = "group") -> ClinicalData:
    """Read ADaM data sets.

    ADTTE: ``AVAL`` in days (or as ``AVALU`` says), ``CNSR`` 0 = event. ADRS: ``PARAMCD`` OVR. ADTR:
    ``PARAMCD`` SDIAM, sums of diameters. ADSL: dates and groups; without it, times alone.

    Raises
    ------
    InputError
        For absent variables, unknown responses, an event without time, or dates without reference.
    """
    cells = {name: read_domain(path) for name, path in paths.items()}
    source = {name: Path(path).name for name, path in paths.items()}
    notes: list[str] = []
    frames: dict[str, pd.DataFrame] = {}
    if "adsl" in cells:
        frames["subjects"], reference = subjects_of(cells["adsl"], notes, source["adsl"])
    else:
        reference = _reference_from(cells)
    if "adtte" in cells:
        frames["times"] = _times(cells["adtte"], source["adtte"])
    if "adrs" in cells:
        frames["responses"] = _responses(cells["adrs"], reference, notes, source["adrs"])
    if "adtr" in cells:
        frames["sums"] = _sums(cells["adtr"], reference, notes, source["adtr"])
    arms = frames.get("subjects", frames.get("times", pd.DataFrame()))
    return assemble(frames, group=arm_column(arms, group), notes=tuple(notes))


def _reference_from(cells: Mapping[str, pd.DataFrame]) -> pd.Series:
    """Reference dates carried by the other data sets."""
    pieces = [
        pd.Series(dates_of(frame[name])[0].to_numpy(), index=frame["USUBJID"].astype(str))
        for frame in cells.values()
        for name in ("RANDDT", "TRTSDT", "STARTDT")
        if name in frame and "USUBJID" in frame
    ]
    if not pieces:
        return pd.Series(dtype="datetime64[ns]")
    dates = pd.concat(pieces).dropna()
    return dates[~dates.index.duplicated()]


def _times(adtte: pd.DataFrame, source: str) -> pd.DataFrame:
    need(adtte, ("USUBJID", "PARAMCD", "CNSR"), source)
    cnsr = pd.to_numeric(adtte["CNSR"], errors="coerce")
    if cnsr.isna().any():
        raise InputError(Fault("CNSR must be a number, 0 = event", value="empty or text", where=source))
    time = _days(adtte)
    lost = time.isna() & cnsr.eq(0)
    if lost.any() or (time < 0).any():
        bad = adtte["USUBJID"][lost | (time < 0)].astype(str)
        raise InputError(
            Fault("AVAL must be a time >= 0 wherever CNSR is 0", value=", ".join(bad.head(6)), where=source)
        )
    endpoint = adtte["PARAMCD"].map(lambda code: ENDPOINTS.get(code, code))
    return pd.DataFrame(
        {
            "subject": adtte["USUBJID"].astype(str),
            "endpoint": endpoint,
            "time_days": time,
            "event": cnsr.eq(0).astype(float),
        }
    ).join(_covariates(adtte))


def _covariates(adtte: pd.DataFrame) -> pd.DataFrame:
    return adtte[
        [c for c in ("ARM", "TRT01P", "TRTP", "ACTARM", "AGE", "SEX", "RACE", "STRATA1") if c in adtte]
    ]


def _days(adtte: pd.DataFrame) -> pd.Series:
    if "AVAL" in adtte:
        unit = adtte["AVALU"].str.upper().map(DAYS_PER_UNIT) if "AVALU" in adtte else _labelled_unit(adtte)
        return pd.to_numeric(adtte["AVAL"], errors="coerce").astype(float) * unit
    need(adtte, ("ADT", "STARTDT"), "ADTTE")
    return days_since(dates_of(adtte["ADT"])[0], dates_of(adtte["STARTDT"])[0])


def _labelled_unit(adtte: pd.DataFrame) -> pd.Series | float:
    """The unit that the parameter's label writes, ``(months)``; days where it writes none."""
    if "PARAM" not in adtte:
        return 1.0
    said = adtte["PARAM"].astype(str).str.extract(r"\((\w+)\)", expand=False).str.upper()
    return said.map(DAYS_PER_UNIT).fillna(1.0)


def _responses(adrs: pd.DataFrame, reference: pd.Series, notes: list[str], source: str) -> pd.DataFrame:
    need(adrs, ("USUBJID", "PARAMCD", "AVALC", "ADT"), source)
    visits = adrs[adrs["PARAMCD"].eq("OVR")]
    check_codes(visits["AVALC"].str.upper(), source)
    reader = visits["RSEVAL"].fillna("reader") if "RSEVAL" in visits else "reader"
    return pd.DataFrame(
        {
            "subject": visits["USUBJID"].astype(str),
            "day": days_of(visits, "ADT", reference, notes, source),
            "overall_response": visits["AVALC"].str.upper(),
            "reader": reader,
        }
    )


def _sums(adtr: pd.DataFrame, reference: pd.Series, notes: list[str], source: str) -> pd.DataFrame:
    need(adtr, ("USUBJID", "PARAMCD", "AVAL", "ADT"), source)
    sums = adtr[adtr["PARAMCD"].eq("SDIAM")]
    return pd.DataFrame(
        {
            "subject": sums["USUBJID"].astype(str),
            "reader": sums.get("TREVAL", "INVESTIGATOR"),
            "day": days_of(sums, "ADT", reference, notes, source),
            "sum_mm": pd.to_numeric(sums["AVAL"], errors="coerce").astype(float),
        }
    )
