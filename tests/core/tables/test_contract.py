"""Reading files and holding them against contracts: every fault at once, each with its place and remedy."""

from __future__ import annotations

import gzip
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.errors import Fault, InputError, name_rows
from lib.tables.contract import Column, Contract, Unique, check_table, name_faults, read_table
from lib.tables.files import read_cells

WELLS = Contract(
    "wells",
    (
        Column("cell_line", key=True),
        Column(
            "concentration_uM", "number", key=True, at_least=0, help='Vehicle wells: set role to "vehicle"'
        ),
        Column("viability", "number"),
        Column("role", required=False, default="sample", choices=("sample", "vehicle")),
        Column("event", "flag", required=False),
        Column("visit", "integer", required=False),
    ),
    unique=(Unique(("cell_line", "concentration_uM")),),
)
PLAIN = "cell_line,concentration_uM,viability\nUTE1,1,0.5\nUTE1,2,0.25\n"


def write(folder: Path, text: str, name: str = "wells.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def expected() -> pd.DataFrame:
    return pd.DataFrame(
        {"cell_line": ["UTE1", "UTE1"], "concentration_uM": [1.0, 2.0], "viability": [0.5, 0.25]}
    )


def numbers_of(path: Path) -> pd.DataFrame:
    return read_table(path, WELLS)[["cell_line", "concentration_uM", "viability"]].reset_index(drop=True)


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        "\ufeff" + PLAIN,
        PLAIN.replace(",", ";"),
        PLAIN.replace(",", "\t"),
        PLAIN.replace("\n", "\r\n"),
        "viability;extra;concentration_uM;cell_line\n0,5;x;1;UTE1\n0,25;y;2;UTE1\n\n",
        "cell_line,concentration_nM,viability\nUTE1,1000,0.5\nUTE1,2000,0.25\n",
    ],
    ids=["plain", "BOM", "semicolon", "tab", "windows", "decimal comma, other order, extra", "nanomolar"],
)
def test_one_table_however_it_was_saved(tmp_path: Path, text: str) -> None:
    pd.testing.assert_frame_equal(numbers_of(write(tmp_path, text)), expected())


def test_excel_parquet_and_gzip_read_the_same(tmp_path: Path) -> None:
    expected().to_excel(tmp_path / "wells.xlsx", index=False)
    expected().to_parquet(tmp_path / "wells.parquet")
    (tmp_path / "wells.csv.gz").write_bytes(gzip.compress(PLAIN.encode()))
    for name in ("wells.xlsx", "wells.parquet", "wells.csv.gz"):
        pd.testing.assert_frame_equal(numbers_of(tmp_path / name), expected())


def test_subjects_numbered_in_a_spreadsheet_stay_names(tmp_path: Path) -> None:
    expected().assign(cell_line=[7, 8]).to_excel(tmp_path / "wells.xlsx", index=False)
    assert list(numbers_of(tmp_path / "wells.xlsx").cell_line) == ["7", "8"]


def test_every_fault_is_reported_at_once_with_its_row(tmp_path: Path) -> None:
    text = "cell_line,concentration_uM,viability,role\nA,-3.0,0.5,sampl\nA,1,high,vehicle\nA,1,1,Vehicle\n,2,1,\n"
    with pytest.raises(
        InputError, match=r"concentration_uM must be >= 0; got -3.0 in wells.csv row 2"
    ) as caught:
        read_table(write(tmp_path, text), WELLS)
    said = str(caught.value)
    assert "viability must be a number; got high in wells.csv row 3" in said
    assert "role must be one of sample, vehicle; got sampl in wells.csv row 2" in said
    assert "cell_line must not be empty; got empty in wells.csv row 5" in said
    assert "cell_line A, concentration_uM 1.0 in wells.csv rows 3, 4" in said
    assert 'Vehicle wells: set role to "vehicle".' in said
    assert "role must be filled in every row or in none; got empty in wells.csv row 5" in said
    assert len(caught.value.faults) == 6


def test_rows_are_numbered_as_in_the_file_even_below_empty_ones(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"got x in wells.csv row 5"):
        read_table(write(tmp_path, PLAIN + ",,\nUTE1,3,x\n".replace(",,\n", ",,\n", 1)), WELLS)


def test_a_near_miss_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match='rename "Cell_Lime" to "cell_line"'):
        read_table(write(tmp_path, PLAIN.replace("cell_line", "Cell_Lime")), WELLS)


def test_two_units_of_one_quantity_are_refused(tmp_path: Path) -> None:
    text = "cell_line,concentration_uM,concentration_nM,viability\nA,1,1000,1\n"
    with pytest.raises(InputError, match="got concentration_uM and concentration_nM"):
        read_table(write(tmp_path, text), WELLS)


def test_a_row_too_wide_is_refused_not_shifted(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"4 cells in wells.csv row 3"):
        read_table(write(tmp_path, PLAIN.replace("2,0.25", "2,0,25")), WELLS)


@pytest.mark.parametrize(
    ("content", "message"), [(b"", "an empty file"), (b"cell_line\n\x81M\n", "byte 0x81 in wells.csv row 2")]
)
def test_unreadable_files_say_why(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "wells.csv").write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_cells(tmp_path / "wells.csv")


def test_absent_file_names_the_nearest(tmp_path: Path) -> None:
    write(tmp_path, PLAIN)
    with pytest.raises(InputError, match=r'got well.csv. Did you mean "wells.csv"'):
        read_cells(tmp_path / "well.csv")


def test_unknown_kind_of_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"got .docx in wells.docx"):
        read_cells(write(tmp_path, PLAIN, "wells.docx"))


def test_header_alone_is_not_a_table(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"at least one row; got none in wells.csv"):
        read_table(write(tmp_path, PLAIN.split("\n")[0] + "\n"), WELLS)


def test_flags_and_whole_numbers() -> None:
    frame = pd.DataFrame({"cell_line": ["a"] * 3, "concentration_uM": [1, 2, 3], "viability": [1, 1, 1]})
    assert list(check_table(frame.assign(event=["yes", "0", None]), WELLS).event.fillna(-1)) == [1, 0, -1]
    with pytest.raises(InputError, match="event must be 0 or 1; got maybe"):
        check_table(frame.assign(event=["yes", "maybe", "no"]), WELLS)
    with pytest.raises(InputError, match=r"visit must be a whole number; got 1.5"):
        check_table(frame.assign(visit=[1, 1.5, 2]), WELLS)


def test_missing_measurement_stays_missing() -> None:
    frame = pd.DataFrame({"cell_line": ["a", "b"], "concentration_uM": [1, 2], "viability": ["NA", "0.5"]})
    assert check_table(frame, WELLS).viability.isna().tolist() == [True, False]


@given(
    st.lists(st.floats(0, 1e6, allow_nan=False), min_size=1, max_size=8, unique=True),
    st.sampled_from(["M", "mM", "uM", "nM", "pM"]),
)
def test_unit_of_a_column_does_not_change_what_is_read(values: list[float], unit: str) -> None:
    factor = {"M": 1e-6, "mM": 1e-3, "uM": 1.0, "nM": 1e3, "pM": 1e6}[unit]
    frame = pd.DataFrame(
        {
            "cell_line": [str(i) for i in range(len(values))],
            f"concentration_{unit}": [v * factor for v in values],
            "viability": 1.0,
        }
    )
    assert check_table(frame, WELLS).concentration_uM.tolist() == pytest.approx(values, rel=1e-12)


def test_many_rows_are_counted() -> None:
    assert name_rows([4]) == "row 4"
    assert name_rows(list(range(2, 22))).endswith("… (20 in all)")


def test_a_fault_reads_as_a_sentence() -> None:
    fault = Fault("n must be > 0", value="-1", where="a.csv row 2", remedy="Count again.")
    assert str(fault) == "n must be > 0; got -1 in a.csv row 2. Count again."


LOG = Contract(
    "log",
    (
        Column("file"),
        Column("step", "integer"),
        Column("part", required=False),
        Column("kind", required=False, default="sample"),
    ),
    unique=(
        Unique(("file", "step"), also=("part",), among=lambda rows: rows["kind"] != "control"),
        Unique(("part",), rule="a part must be named once", remedy="Number it."),
    ),
)


def repeats(
    rows: list[tuple[object, ...]], columns: tuple[str, ...] = ("file", "step", "part", "kind")
) -> str:
    frame = pd.DataFrame(rows, columns=list(columns))
    frame.index += 2
    try:
        check_table(frame, LOG, source="t.csv")
    except InputError as error:
        return str(error)
    return ""


def test_rows_are_told_apart_by_further_columns_where_they_are() -> None:
    assert repeats([("a", 1, None, None), ("a", 2, None, None), ("b", 1, None, None)]) == ""
    assert repeats([("a", 1, "x", None), ("a", 1, None, None)]) == ""
    said = repeats([("a", 1, None, None), ("./a", 1, None, None)])
    assert said.startswith(
        "file, step, part together must name one row; got one file, step 1.0 in t.csv rows 2, 3"
    )
    two = ("file", "step")
    assert "file, step together" in repeats([("a", 1), ("a", 1)], two)


def test_a_condition_says_which_rows_a_rule_is_about() -> None:
    assert repeats([("a", 1, None, "control"), ("a", 1, None, "sample"), ("a", 1, None, "control")]) == ""
    assert repeats([(None, 1, None, None), (None, 1, None, None)]) == ""
    assert repeats([("a", 1, "x", "control"), ("b", 1, "x", "sample")]) == (
        "a part must be named once; got part x in t.csv rows 2, 3. Number it."
    )


def test_many_repeats_are_named_or_counted_with_their_rows() -> None:
    said = repeats([("a", k % 7, None, None) for k in range(14)]).splitlines()
    assert len(said) == 6
    assert "got 2 more repeats in t.csv rows 7, 14, 8, 15" in said[-1]


def test_faults_of_rows() -> None:
    cells = pd.Series([1.5, 2.0, None, 4.0, 5.0], index=[2, 3, 4, 5, 6])
    assert name_faults(cells < 0, "must be >= 0", found=cells, source="t.csv") == []
    (fault,) = name_faults(
        cells.isna() | (cells > 1), "must be < 1", found=cells, source="t.csv", remedy="Mend."
    )
    assert str(fault) == "must be < 1; got 1.5, 2.0, empty, … in t.csv rows 2, 3, 4, 5, 6. Mend."
