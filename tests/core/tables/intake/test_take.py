"""Encodings, delimiters, titles, sheets: a file is one table, or says why it is not."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from lib.errors import InputError
from lib.tables.column import Column
from lib.tables.contract import Contract, read_table
from lib.tables.intake import receipt
from lib.tables.intake.how import parse_how

TABLE = Contract(
    "wells",
    (
        Column("cell_line", key=True),
        Column("concentration_uM", "number", key=True, also=("conc",)),
        Column("viability", "number", unit="fraction"),
        Column("experiment", required=False, default="1"),
    ),
)
ROWS = [["cell_line", "concentration_uM", "viability"], ["Zürich", 0.5, 1.25], ["B", 2, 0.25]]
EXPECTED = [("Zürich", 0.5, 1.25), ("B", 2.0, 0.25)]


@pytest.fixture(autouse=True)
def _fresh() -> None:
    receipt.begin()


def text(sep: str = ",", decimal: str = ".") -> str:
    return "\n".join(sep.join(str(c).replace(".", decimal) for c in row) for row in ROWS) + "\n"


def rows_of(path: Path) -> list[tuple[Any, ...]]:
    frame = read_table(path, TABLE)
    return [tuple(row) for row in frame[["cell_line", "concentration_uM", "viability"]].to_numpy().tolist()]


def book(path: Path, sheets: dict[str, list[list[Any]]]) -> openpyxl.Workbook:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        page = made.create_sheet(name)
        for row in rows:
            page.append(row)
    made.save(path)
    return made


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize(("sep", "decimal"), [(",", "."), (";", ","), ("\t", ","), ("|", "."), (";", ".")])
def test_text_however_it_was_saved(tmp_path: Path, encoding: str, sep: str, decimal: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(text(sep, decimal).encode(encoding))
    assert rows_of(path) == EXPECTED


def test_what_excel_and_people_put_around_a_table(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(
        "sep=;\nCTG assay, 72 h\n\n" + text(";", ",") + "\nNote: B was read twice\n", encoding="utf-8"
    )
    assert rows_of(path) == EXPECTED
    notes = receipt.kept()[0].origin.notes
    assert any("above the table not read: CTG assay" in note for note in notes)
    assert any("row 8 below the table not read: Note: B" in note for note in notes)


def test_rows_are_named_as_the_file_numbers_them(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("Title\n\n" + text() + "\nC,x,1\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"concentration_uM must be a number; got x in t.csv row 7"):
        read_table(path, TABLE)


def test_the_sheet_that_is_the_table_is_found_and_the_others_are_named(tmp_path: Path) -> None:
    book(tmp_path / "w.xlsx", {"Info": [["Study", "X"], ["By", "MM"]], "Data": ROWS, "Empty": []})
    assert rows_of(tmp_path / "w.xlsx") == EXPECTED
    origin = receipt.kept()[0].origin
    assert origin.sheet == "Data"
    assert origin.notes == ("sheet Info not read", "sheet Empty not read (empty)")


def test_two_sheets_that_could_be_it_are_refused_until_one_is_said(tmp_path: Path) -> None:
    path = tmp_path / "w.xlsx"
    book(path, {"P1": ROWS, "P2": ROWS})
    with pytest.raises(InputError, match=r'sheets "P1", "P2" with the same columns in w.xlsx'):
        read_table(path, TABLE)
    receipt.begin({path: parse_how({"sheet": "P2"})})
    assert rows_of(path) == EXPECTED
    receipt.begin({path: parse_how({"sheet": "all"})})
    assert list(read_table(path, TABLE)["sheet"]) == ["P1", "P1", "P2", "P2"]


def test_rows_of_stacked_sheets_are_named_with_their_sheet(tmp_path: Path) -> None:
    path = tmp_path / "w.xlsx"
    book(path, {"P1": ROWS, "P2": [*ROWS, ["C", "x", 1]]})
    receipt.begin({path: parse_how({"sheet": "all"})})
    with pytest.raises(InputError, match=r"got x in w.xlsx row 4 of sheet 2"):
        read_table(path, TABLE)


def test_merged_cells_are_filled_down_and_said_so(tmp_path: Path) -> None:
    path = tmp_path / "w.xlsx"
    made = book(path, {"D": [["cell_line", "concentration_uM", "viability"], ["A", 1, 0.5], [None, 2, 0.4]]})
    made["D"].merge_cells("A2:A3")
    made.save(path)
    assert [row[0] for row in rows_of(path)] == ["A", "A"]
    rows = receipt.kept()[0].to_frame().set_index("column")
    assert "filled down" in rows.loc["cell_line", "note"]


def test_hidden_rows_and_formulas_without_value_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.xlsx"
    made = book(path, {"D": [*ROWS, ["C", "=1+1", 1]]})
    made["D"].row_dimensions[3].hidden = True
    made.save(path)
    with pytest.raises(InputError, match=r"must not be hidden.*1 hidden in w.xlsx sheet D row 3") as caught:
        read_table(path, TABLE)
    assert "a formula without a value in w.xlsx sheet D row 4" in str(caught.value)


def test_percent_formats_and_dates_of_a_workbook(tmp_path: Path) -> None:
    path = tmp_path / "w.xlsx"
    made = book(path, {"D": [ROWS[0], ["A", datetime.datetime(2024, 1, 3), 0.5]]})
    made["D"]["C2"].number_format = "0.0%"
    made.save(path)
    with pytest.raises(InputError, match=r"concentration_uM must be a number; got 2024-01-03.*made dates"):
        read_table(path, TABLE)
    made["D"]["B2"] = 1
    made["D"]["B2"].number_format = "0"
    made.save(path)
    assert rows_of(path) == [("A", 1.0, 0.5)]


def test_a_mapping_reads_a_file_as_it_lies(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("Zellen;K;V;Status\nA;10;50,5;ok\nB;20;n.b.;ok\nC;30;1;bad\n", encoding="utf-8")
    how = {
        "columns": {"cell_line": "Zellen", "concentration_uM": "K", "viability": "V"},
        "units": {"concentration_uM": "nM", "viability": "percent"},
        "values": {"cell_line": {"A": "A549"}},
        "constants": {"experiment": "7"},
        "missing": ["n.b."],
        "filter": {"Status": "ok"},
    }
    receipt.begin({path: parse_how(how)})
    frame = read_table(path, TABLE)
    assert list(frame["cell_line"]) == ["A549", "B"]
    assert frame["concentration_uM"].tolist() == pytest.approx([0.01, 0.02])
    assert frame["viability"].iloc[0] == pytest.approx(0.505)
    assert pd.isna(frame["viability"].iloc[1])
    assert set(frame["experiment"]) == {"7"}
    kept = receipt.kept()[0].to_frame("measurements")
    assert "1 rows left out: Status is not ok" in set(kept["note"])
    assert list(kept["column"].head(3)) == ["Zellen", "K", "V"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"shet": "A"}, 'got shet in read. Did you mean "sheet"'),
        ({"header_row": 0}, "header_row must be a row number from 1 on; got 0"),
        ({"decimal": ";"}, "decimal must be one of the marks . and ,; got ;"),
        ({"columns": "viability"}, "columns must be names with a value each; got viability"),
        ({"dates": "iso"}, "dates must be left out: no table takes dates yet, .*; got iso in read"),
    ],
)
def test_a_mapping_with_faults_names_them(content: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        parse_how(content)


def test_a_partly_filled_column_takes_no_default(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("cell_line,concentration_uM,viability,experiment\nA,1,1,2\nA,2,1,\n", encoding="utf-8")
    with pytest.raises(
        InputError, match=r"experiment must be filled in every row or in none; got empty in t.csv row 3"
    ):
        read_table(path, TABLE)


def test_words_for_nothing_are_faults_where_a_value_must_be(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("cell_line,concentration_uM,viability\nA,NA,1\nNA,2,n.d.\n", encoding="utf-8")
    with pytest.raises(
        InputError, match=r"concentration_uM must not be empty; got NA in t.csv row 2"
    ) as caught:
        read_table(path, TABLE)
    assert "cell_line must not be empty; got NA in t.csv row 3" in str(caught.value)
    assert "viability" not in str(caught.value)


def test_none_is_an_answer_and_na_is_none(tmp_path: Path) -> None:
    texts = Contract("notes", (Column("sample", key=True), Column("compensation", required=False)))
    path = tmp_path / "t.csv"
    path.write_text("sample,compensation\na,none\nb,n.d.\nc,-\n", encoding="utf-8")
    assert read_table(path, texts)["compensation"].tolist() == ["none", None, None]
