"""Wells: what is read, excluded and refused."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from lib.errors import InputError
from lib.tables.dose_response import read_wells


def write(folder: Path, frame: pd.DataFrame, name: str = "wells.csv", **options: object) -> Path:
    frame.to_csv(folder / name, index=False, **options)  # type: ignore[call-overload]
    return folder / name


@pytest.fixture
def viability() -> pd.DataFrame:
    return pd.DataFrame({"cell_line": "a", "compound": "x", "concentration_uM": [0, 0.1, 1, 10],
                         "viability": [1.0, 0.9, 0.5, 0.1]})  # fmt: skip


@pytest.fixture
def signal() -> pd.DataFrame:
    return pd.DataFrame({
        "plate": "P1", "well": ["A1", "A2", "A3", "A4"], "cell_line": "a", "compound": ["x", "x", None, None],
        "concentration_uM": [0.1, 1, None, None], "role": ["sample", "sample", "vehicle", "blank"],
        "signal": [900.0, 500, 1000, 10],
    })  # fmt: skip


def test_the_least_table_gets_its_defaults(tmp_path: Path, viability: pd.DataFrame) -> None:
    wells = read_wells(write(tmp_path, viability))
    assert wells["experiment"].unique().tolist() == ["1"]
    assert (wells["exclude"] == "").all()
    assert (wells["role"] == "sample").all()


def test_nanomolar_is_converted_and_semicolons_and_a_mark_are_read(
    tmp_path: Path, viability: pd.DataFrame
) -> None:
    nano = viability.rename(columns={"concentration_uM": "concentration_nM"})
    wells = read_wells(write(tmp_path, nano, sep=";", encoding="utf-8-sig"))
    assert wells["concentration_uM"].tolist() == pytest.approx([0, 0.0001, 0.001, 0.01])


def test_controls_may_leave_compound_and_concentration_empty(tmp_path: Path, signal: pd.DataFrame) -> None:
    assert read_wells(write(tmp_path, signal))["role"].tolist() == ["sample", "sample", "vehicle", "blank"]


def test_missing_and_negative_readings_become_exclusions(tmp_path: Path, signal: pd.DataFrame) -> None:
    signal.loc[[0, 1], "signal"] = [float("nan"), -4.0]
    assert read_wells(write(tmp_path, signal))["exclude"].tolist() == [
        "no reading",
        "negative signal",
        "",
        "",
    ]


def test_percent_is_refused_with_its_remedy(tmp_path: Path, viability: pd.DataFrame) -> None:
    viability["viability"] *= 100
    with pytest.raises(InputError, match=r"got median 70 in wells.csv. Divide percentages by 100"):
        read_wells(write(tmp_path, viability))


def test_a_plate_without_vehicle_is_named(tmp_path: Path, signal: pd.DataFrame) -> None:
    with pytest.raises(InputError, match=r"vehicle wells .*; got none on plate P1"):
        read_wells(write(tmp_path, signal[signal["role"] != "vehicle"]))


def test_a_well_twice_is_named(tmp_path: Path, signal: pd.DataFrame) -> None:
    signal.loc[1, "well"] = "A1"
    with pytest.raises(InputError, match=r"got plate P1, well A1 in wells.csv rows 2, 3"):
        read_wells(write(tmp_path, signal))


def test_an_empty_concentration_of_a_sample_is_named_with_its_row(
    tmp_path: Path, viability: pd.DataFrame
) -> None:
    viability.loc[2, "concentration_uM"] = None
    with pytest.raises(InputError, match=r"concentration_uM of a sample well .* in wells.csv row 4"):
        read_wells(write(tmp_path, viability))


def test_negative_concentration_names_value_and_row(tmp_path: Path, viability: pd.DataFrame) -> None:
    viability.loc[1, "concentration_uM"] = -3.0
    with pytest.raises(InputError, match=r"concentration_uM must be >= 0; got -3.0 in wells.csv row 3"):
        read_wells(write(tmp_path, viability))


def test_two_units_in_one_file_are_refused(tmp_path: Path, viability: pd.DataFrame) -> None:
    with pytest.raises(InputError, match=r"one unit; got concentration_uM and concentration_nM"):
        read_wells(write(tmp_path, viability.assign(concentration_nM=5.0)))


def test_neither_viability_nor_signal(tmp_path: Path, viability: pd.DataFrame) -> None:
    with pytest.raises(InputError, match=r"got columns cell_line, compound, concentration_uM"):
        read_wells(write(tmp_path, viability.drop(columns="viability")))
