"""Clinical tables: every fault by name, three standards, CSV and XPT alike."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

from lib.errors import InputError
from lib.tables.clinical import read_clinical, read_salt
from lib.tables.clinical_dates import dates_of, days_since
from lib.units import DAYS_PER_MONTH


def save(folder: Path, name: str, text: str) -> str:
    path = folder / f"{name}.csv"
    path.write_text(text, encoding="utf-8")
    return str(path)


TIMES = "subject,endpoint,time_days,event\n"
LESIONS = "subject,day,lesion,kind,diameter_mm\n"
RESPONSES = "subject,day,overall_response\n"
SUBJECTS = "subject,group,reference_day,death_day,last_contact_day\n"


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        (
            {"times": TIMES + "a,OS,,1\n"},
            "an event needs its time; got event 1 without time in times.csv row 2",
        ),
        ({"times": TIMES + "a,OS,-3,1\n"}, "time_days must be >= 0; got -3"),
        ({"times": TIMES + "a,OS,3,2\n"}, "event must be 0 or 1; got 2"),
        (
            {"times": TIMES + "a,OS,3,1\na,OS,4,1\n"},
            (
                "subject, endpoint together must name one row; got one subject, endpoint OS in times.csv rows"
                " 2, 3"
            ),
        ),
        ({"responses": RESPONSES + "a,57,GOOD\n"}, "overall_response must be one of CR, PR.*got GOOD"),
        (
            {"lesions": "subject,day,lesion,kind,diameter [h]\na,1,T1,target,3\n"},
            r"diameter_mm must be in a unit of length; got diameter \[h\] \(h\)",
        ),
        (
            {"lesions": LESIONS + "a,1,T1,target,3.1\na,57,T1,target,2\nb,1,T1,target,4\n"},
            "no target above 4.*look like centimetres",
        ),
        (
            {"lesions": LESIONS + "a,57,T1,target,30\n"},
            (
                "a target lesion needs a measurement on or before the reference day; got T1 of 1 subject in"
                " lesions row 2"
            ),
        ),
        (
            {"lesions": LESIONS + "a,1,T1,target,30\na,1,T1,target,31\n"},
            "subject, reader, day, lesion together.*got one subject, .* rows 2, 3",
        ),
        (
            {"responses": RESPONSES + "b,57,SD\n", "subjects": SUBJECTS + "a,g,1,,\n"},
            "every subject of responses must stand.*got 1 subject in responses row 2",
        ),
        (
            {"responses": RESPONSES + "a,57,SD\n", "subjects": SUBJECTS + "a,g,1,50,50\n"},
            "no visit may come after death; got 1 subject in responses row 2",
        ),
        (
            {"responses": RESPONSES + "a,57,SD\n", "subjects": SUBJECTS + "a,g,1,,50\n"},
            "no visit may come after the last contact; got 1 subject in responses row 2",
        ),
        (
            {"subjects": SUBJECTS + "a,g,1,,\na,h,1,,\n"},
            "subject together must name one row; got one subject in subjects.csv rows 2, 3",
        ),
    ],
)
def test_faults_name_rows(tmp_path: Path, tables: dict[str, str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_clinical("tidy", {name: save(tmp_path, name, text) for name, text in tables.items()})


def test_no_fault_names_a_subject(tmp_path: Path) -> None:
    who = "QZXSECRET"
    tables = {
        "responses": RESPONSES + f"b,1,SD\n{who},57,SD\n{who}9,57,SD\n",
        "lesions": LESIONS + f"b,1,T1,target,30\n{who},57,T1,target,30\n",
        "subjects": SUBJECTS + f"b,g,1,,\n{who},g,1,50,40\n",
    }
    with pytest.raises(
        InputError, match="no visit may come after death; got 1 subject in lesions row 3"
    ) as told:
        read_clinical("tidy", {name: save(tmp_path, name, text) for name, text in tables.items()})
    assert len(told.value.faults) == 6
    assert who not in str(told.value)


def test_faults_of_all_files_at_once(tmp_path: Path) -> None:
    files = {
        "times": save(tmp_path, "times", TIMES + "a,OS,-1,1\nb,OS,,1\n"),
        "responses": save(tmp_path, "responses", RESPONSES + "a,57,XX\n"),
    }
    with pytest.raises(InputError, match="got -1") as caught:
        read_clinical("tidy", files)
    assert "got XX" in str(caught.value)
    assert "event 1 without time in times.csv row 3" in str(caught.value)


def test_nothing_given_is_refused() -> None:
    with pytest.raises(InputError, match="tidy needs at least one of times, responses, lesions, subjects"):
        read_clinical("tidy", {"times": ""})


def test_unknown_standard_and_group(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="standard must be one of tidy, sdtm, adam; got send"):
        read_clinical("send", {})
    times = save(tmp_path, "times", "subject,endpoint,time_days,event,stage\na,OS,5,1,I\n")
    with pytest.raises(InputError, match=r'there is no "stag".*Did you mean "stage"'):
        read_clinical("tidy", {"times": times}, group="stag")


def test_months_become_days_and_untimed_rows_are_counted(tmp_path: Path) -> None:
    times = save(tmp_path, "times", "subject;endpoint;time_months;event\na;OS;2,5;1\nb;OS;;0\n")
    data = read_clinical("tidy", {"times": times})
    assert data.times.time_days.tolist() == [2.5 * DAYS_PER_MONTH]
    assert data.notes[0] == "1 censored row without time left out of the times."
    assert data.subjects.group.tolist() == ["all", "all"]


def test_second_baselines_and_responses_are_counted(tmp_path: Path) -> None:
    lesions = save(tmp_path, "lesions", LESIONS + "a,-9,T1,target,30\na,1,T1,target,33\n")
    responses = save(tmp_path, "responses", RESPONSES + "a,57,SD\na,57,PD\n")
    notes = " ".join(read_clinical("tidy", {"lesions": lesions, "responses": responses}).notes)
    assert "1 target lesion measured more than once" in notes
    assert "1 response repeated on one date: the worst counts" in notes


def test_dates_of_every_kind() -> None:
    dates, partial = dates_of(pd.Series(["2014-01-23", "2014-02", "2014-01-02T10:30", None, 19725.0]))
    assert partial == 1
    assert dates.dt.strftime("%Y-%m-%d").tolist()[:3] == ["2014-01-23", "2014-02-01", "2014-01-02"]
    assert dates.iloc[4] == pd.Timestamp("2014-01-02")
    start = pd.Series([pd.Timestamp("2014-01-02")] * 5)
    assert days_since(dates, start).tolist()[:3] == [22, 31, 1]  # ADTR's ADY of the same dates


ADAM = {"adsl": "adsl.csv", "adrs": "adrs_onco.csv", "adtr": "adtr_onco.csv", "adtte": "adtte_onco.csv"}
SDTM = {
    "tr": "tr_onco_recist.csv",
    "tu": "tu_onco_recist.csv",
    "rs": "rs_onco_recist.csv",
    "subjects": "adsl.csv",
}


def as_xpt(source: Path, target: Path) -> str:
    frame = pd.read_csv(source)
    text = frame.columns[frame.isna().all() | (frame.dtypes.eq(object))]
    frame[text] = frame[text].astype(object).where(frame[text].notna(), "")
    pyreadstat.write_xport(frame, str(target), file_format_version=8)
    return str(target)


@pytest.mark.parametrize(("standard", "files"), [("adam", ADAM), ("sdtm", SDTM)])
def test_csv_and_xpt_read_alike(
    shared_data: Path, tmp_path: Path, standard: str, files: dict[str, str]
) -> None:
    folder = shared_data / "clinical"
    csv = read_clinical(standard, {k: str(folder / v) for k, v in files.items()})
    xpt = read_clinical(standard, {k: as_xpt(folder / v, tmp_path / f"{k}.xpt") for k, v in files.items()})
    for name in ("times", "responses", "lesions", "sums"):
        a, b = getattr(csv, name), getattr(xpt, name)
        shared = [
            c
            for c in (
                "subject",
                "endpoint",
                "time_days",
                "event",
                "day",
                "overall_response",
                "reader",
                "diameter_mm",
                "sum_mm",
                "state",
            )
            if c in a
        ]
        pd.testing.assert_frame_equal(a[shared], b[shared], check_dtype=False)
    assert csv.notes == xpt.notes


def test_adam_counts_events_by_cnsr_0(shared_data: Path) -> None:
    folder = shared_data / "clinical"
    data = read_clinical("adam", {k: str(folder / v) for k, v in ADAM.items()}, group="ARM")
    raw = pd.read_csv(folder / "adtte_onco.csv")
    events = data.times.groupby("endpoint").event.sum()
    for code, endpoint in (("OS", "OS"), ("PFS", "PFS"), ("RSD", "DoR")):
        assert events[endpoint] == (raw.CNSR[raw.PARAMCD.eq(code)] == 0).sum()
    assert set(data.subjects.group) == {"Placebo", "Xanomeline High Dose", "Xanomeline Low Dose"}
    assert "52 subjects without reference date" in data.notes[0]


def test_sdtm_needs_reference_dates(tmp_path: Path) -> None:
    rs = save(tmp_path, "rs", "USUBJID,RSTESTCD,RSSTRESC,RSDTC\na,OVRLRESP,SD,2014-01-01\n")
    with pytest.raises(InputError, match="sdtm needs ADSL or DM for the reference dates"):
        read_clinical("sdtm", {"rs": rs})


def test_sdtm_refuses_centimetres_and_unknown_codes(tmp_path: Path) -> None:
    dm = save(tmp_path, "dm", "USUBJID,RFSTDTC,ARM\na,2014-01-01,x\n")
    tr = save(
        tmp_path,
        "tr",
        "USUBJID,TRLNKID,TRTESTCD,TRDTC,TRGRPID,TRSTRESN,TRSTRESU\na,T1,LDIAM,2014-01-01,TARGET,3,cm\n",
    )
    with pytest.raises(InputError, match="diameters must be in mm; got cm"):
        read_clinical("sdtm", {"tr": tr, "subjects": dm})
    rs = save(tmp_path, "rs", "USUBJID,RSTESTCD,RSSTRESC,RSDTC\na,OVRLRESP,FINE,2014-01-01\n")
    with pytest.raises(InputError, match=r"overall response must be one of .*; got FINE"):
        read_clinical("sdtm", {"rs": rs, "subjects": dm})


def test_salt_must_be_long(tmp_path: Path) -> None:
    short = tmp_path / "salt.txt"
    short.write_text("abc")
    with pytest.raises(InputError, match=r"at least 16 characters; got 3 in salt\.txt"):
        read_salt(str(short))
    short.write_text("0123456789abcdef\n")
    assert read_salt(str(short)) == "0123456789abcdef"
    assert read_salt("") == ""
