"""Immunoassay tables and xPONENT exports: what is accepted, repaired aloud, and refused by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lib.errors import InputError
from lib.immunoassay import analyse_assay
from lib.tables.immunoassay import check_immunoassay, read_immunoassay

XPONENT = """Program,xPONENT,,LX200
Batch,run 7
,
DataType:,Median
Location,Sample,IL6,FGF,Total Events
"1(1,A1)",Background0,14,21,4000
{standards}
"8(1,H1)",Control1,900,800,4000
"9(1,A2)",Pat1,120,110,4000
,
DataType:,Standard Expected Concentration
Reagent,IL6,FGF
{nominal}
,
DataType:,Control Expected Concentration
Reagent,IL6,FGF
Control1,250,250
,
DataType:,Dilution Factor
Location,Sample,Dilution Factor
"1(1,A1)",Background0,
"9(1,A2)",Pat1,4
"""


def write_xponent(folder: Path, spoil: str = "") -> Path:
    levels = [1000 / 2**k for k in range(6)]
    wells = "\n".join(
        f'"{k + 2}(1,{"BCDEFG"[k]}1)",Standard{k + 1},{4 * c},{3 * c},4000' for k, c in enumerate(levels)
    )
    nominal = "\n".join(
        f"Standard{k + 1},{spoil if spoil and k == 3 else c:},{c}" for k, c in enumerate(levels)
    )
    path = folder / "run7.csv"
    path.write_text(XPONENT.format(standards=wells, nominal=nominal))
    return path


def tidy(**changes: object) -> pd.DataFrame:
    rows = [("standard", f"S{k}", 1000 / 4.0**k, 20 + 2000 / 4.0**k) for k in range(6)] + [
        ("sample", "P1", np.nan, 300.0)
    ]
    frame = pd.DataFrame(rows, columns=["role", "sample", "concentration_pg_ml", "signal"]).assign(
        plate="p1", analyte="IL-6"
    )
    frame["well"] = [f"A{k + 1}" for k in range(len(frame))]
    frame.index = pd.RangeIndex(2, len(frame) + 2, name="row")
    return frame.assign(**changes)


def test_tidy_plate_gets_defaults():
    checked = check_immunoassay(tidy())
    assert set(checked.dilution) == {1.0}
    assert {"subject", "timepoint"} <= set(checked)


def test_xponent_is_recognised_and_tidied(tmp_path):
    wells = read_immunoassay(write_xponent(tmp_path)).set_index(["analyte", "sample"])
    assert len(wells) == 18
    assert wells.role.value_counts().to_dict() == {"standard": 12, "blank": 2, "control": 2, "sample": 2}
    patient = wells.loc[("IL6", "Pat1")]
    assert (patient.plate, patient.well, patient.dilution, patient.signal) == ("run 7", "A2", 4.0, 120.0)
    assert wells.concentration_pg_ml[("IL6", "Standard3")] == 250


def test_a_lost_decimal_point_is_put_back_and_said(tmp_path):
    wells = read_immunoassay(write_xponent(tmp_path, spoil="125000")).set_index(["analyte", "sample"])
    assert wells.concentration_pg_ml[("IL6", "Standard4")] == 125
    assert wells.note[("IL6", "Standard4")] == "125000 read as 125: decimal point lost in the export"
    assert pd.isna(wells.note[("FGF", "Standard4")])


def test_xponent_without_its_sections_is_refused(tmp_path):
    path = tmp_path / "run8.csv"
    path.write_text("Program,xPONENT\nBatch,run 8\n")
    with pytest.raises(InputError, match=r"no Median, Standard Expected Concentration in run8\.csv"):
        read_immunoassay(path)


def test_the_real_export_runs_through(shared_data):
    wells = read_immunoassay(shared_data / "cytokines/luminex_xponent_plate1.csv")
    assay = analyse_assay(wells)
    assert (wells.note.dropna().nunique(), len(assay.curves)) == (30, 30)
    assert {c.status for c in assay.curves.values()} == {"ok"}
    assert set(assay.concentrations.qualifier) == {"<", "=", ">"}


def test_standards_missing_is_named():
    other = tidy(analyte="TGF-β1", role="sample")
    with pytest.raises(
        InputError, match="every analyte needs standard wells on its plate; got none for TGF-β1 on plate p1"
    ):
        check_immunoassay(pd.concat([tidy(), other.assign(well=None)], ignore_index=True))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"signal": -4.0}, r"signal must be >= 0; got -4.0"),
        (
            {"concentration_pg_ml": 0.0},
            r"concentration_pg_ml of a standard must be above 0; got empty or 0 in the table rows 2, 3",
        ),
        ({"role": "probe"}, r"role must be one of standard, blank, control, sample; got probe"),
        ({"dilution": 0.0}, r"dilution must be > 0; got 0.0"),
        ({"sample": None}, r"sample must not be empty in a sample well; got empty in the table row 8"),
        ({"well": "A1"}, r"a well and analyte must be given once; got plate p1, well A1, analyte IL-6"),
    ],
)
def test_faults_are_named_with_their_value(changes, message):
    with pytest.raises(InputError, match=message):
        check_immunoassay(tidy(**changes))


def test_all_below_the_limit_is_flagged_not_refused():
    wells = check_immunoassay(tidy(signal=lambda w: w.signal.where(w.role != "sample", 5.0)))
    found = analyse_assay(wells).concentrations
    assert found.qualifier.tolist() == ["<"]
    assert found.low.isna().all()
