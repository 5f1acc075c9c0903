"""Reading populations and expected directions."""

import pandas as pd
import pytest

from lib.errors import InputError
from lib.tables.populations import check_populations, read_expected, read_populations


def frame(**changes):
    rows = [(s, t, "CD8+ T cells", 100, 1000) for s in ("P1", "P2") for t in ("pre", "post")]
    return pd.DataFrame(rows, columns=["subject", "timepoint", "population", "count", "parent_count"]).assign(
        **changes
    )


def test_counts_of_real_pairs(reference):
    cells = read_populations(reference / "pairs_8.csv")
    assert len(cells) == 32
    assert cells["count"].iloc[0] == 3770


@pytest.mark.parametrize("ending", ["csv", "semicolon.csv", "xlsx"])
def test_formats_and_column_order_do_not_matter(tmp_path, ending):
    path = tmp_path / f"populations.{ending}"
    table = frame()[["parent_count", "count", "population", "timepoint", "subject"]]
    if ending == "xlsx":
        table.to_excel(path, index=False)
    else:
        table.to_csv(path, index=False, sep=";" if "semi" in ending else ",", encoding="utf-8-sig")
    cells = read_populations(path)
    assert list(cells["count"]) == [100] * 4
    assert list(cells["subject"]) == ["P1", "P1", "P2", "P2"]


def test_a_missing_count_stays_missing_and_is_no_fault():
    assert check_populations(frame(count=[100, None, 3, 4]))["count"].isna().sum() == 1


def test_percent_alone_is_enough():
    cells = check_populations(frame(percent=[1.5, 2, 3, 4]).drop(columns=["count", "parent_count"]))
    assert cells["percent"].iloc[0] == 1.5


def test_neither_counts_nor_percent_is_refused_naming_the_columns():
    with pytest.raises(
        InputError, match=r'needs "count" with "parent_count", or "percent"; got columns subject, timepoint'
    ):
        check_populations(frame().drop(columns=["count"]))


def test_a_count_above_its_parent_names_row_and_values():
    with pytest.raises(InputError, match=r"count must be <= parent_count; got 2000 of 1000 in t.csv row 1"):
        check_populations(frame(count=[100, 2000, 3, 4]), source="t.csv")


def test_all_faults_of_a_file_are_reported_at_once(tmp_path):
    path = tmp_path / "bad.csv"
    frame(count=[-4, 2000, 3, 4], group=["a", "b", "a", "a"]).to_csv(path, index=False)
    with pytest.raises(InputError) as caught:
        read_populations(path)
    text = str(caught.value)
    assert "count must be >= 0; got -4 in bad.csv row 2" in text
    assert "got 2000 of 1000 in bad.csv row 3" in text
    assert "got 2 groups for one subject in bad.csv rows 2, 3" in text


def test_a_repeated_sample_is_refused():
    with pytest.raises(InputError, match=r"one subject, timepoint pre, population CD8\+ T cells"):
        check_populations(pd.concat([frame(), frame().head(1)], ignore_index=True))


def test_expected_directions_are_read_and_checked(tmp_path):
    path = tmp_path / "expected.csv"
    path.write_text("population,direction\nTregs,Reduced\n", encoding="utf-8")
    assert read_expected(path) == {"Tregs": "reduced"}
    assert read_expected("") is None
    path.write_text("population,direction\nTregs,down\n", encoding="utf-8")
    with pytest.raises(
        InputError, match=r"direction must be one of increased, reduced; got down in expected.csv row 2"
    ):
        read_expected(path)
