"""Wells: what is read, excluded and refused."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from lib.errors import InputError
from lib.tables.dose_response import read_wells
from lib.tables.doses import ask_about_doses


def write(folder: Path, frame: pd.DataFrame, name: str = "wells.csv", **options: object) -> Path:
    frame.to_csv(folder / name, index=False, **options)  # type: ignore[call-overload]
    return folder / name


@pytest.fixture
def viability() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "cell_line": "a",
            "compound": "x",
            "concentration_uM": [0, 0.1, 1, 10],
            "viability": [1.0, 0.9, 0.5, 0.1],
        }
    )


@pytest.fixture
def signal() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "plate": "P1",
            "well": ["A1", "A2", "A3", "A4"],
            "cell_line": "a",
            "compound": ["x", "x", None, None],
            "concentration_uM": [0.1, 1, None, None],
            "role": ["sample", "sample", "vehicle", "blank"],
            "signal": [900.0, 500, 1000, 10],
        }
    )


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
    signal = pd.concat([signal, signal.iloc[[0]].assign(well="B1")], ignore_index=True)
    signal.loc[[0, 1], "signal"] = [float("nan"), -4.0]
    assert read_wells(write(tmp_path, signal))["exclude"].tolist() == [
        "no reading",
        "negative signal",
        "",
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


HEAD = "cell_line,compound,concentration_uM,viability,plate,well\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            HEAD + "a,x,0.1,99,P,A1\na,x,1,0.8,P,A2\na,x,3,0.5,P,A3\na,x,9,0.2,P,A4\n",
            r"got 99 beside a median of 0\.65 in w\.csv row 2",
        ),
        (
            HEAD + "a,x,0.1 uM,1,P,A1\na,x,100 nM,0.8,P,A2\n",
            r"got 0\.1 uM, 100 nM in w\.csv rows 2, 3\. Numbers only, all in one unit",
        ),
        (
            "cell_line,compound,concentration,unit,viability\na,x,1,uM,1\na,x,30,nM,0.4\n",
            r'column "unit" holds uM, nM: convert',
        ),
        (
            HEAD + "a,x,-2,1,P,A1\na,x,-1,0.8,P,A2\na,x,-0.5,0.4,P,A3\n",
            r"got -2, -1, -0\.5 in w\.csv rows 2, 3, 4\. If these are logarithms",
        ),
        (
            "X,UTE1,UTE2\n0.1,1,1\n1,0.5,0.6\n",
            r"one row a well; got columns X, UTE1, UTE2 in w\.csv\. Where each column is a line",
        ),
        (
            HEAD + "a,x,1,,P,A1\na,x,2,NaN,P,A2\n",
            r"viability of at least one sample well must be usable; got 2 no reading in w\.csv",
        ),
        (
            "cell_line,compound,concentration_uM,signal,role,plate\n,,,90,vehicle,P7\n,,,100,blank,P7\na,x,1,50,sample,P7\n",
            r"vehicle 90, blank 100 on plate P7 in w\.csv",
        ),
        (
            "cell_line,compound,concentration_uM,signal,role\na,x,1,50,DMSO\n",
            r'got DMSO in w\.csv row 2\. .*wells are "vehicle"',
        ),
    ],
)
def test_what_new_users_bring_is_refused_with_its_remedy(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "w.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=said):
        read_wells(tmp_path / "w.csv")


def test_faults_of_cells_and_of_rows_are_told_at_once(tmp_path: Path) -> None:
    text = HEAD + "a,,1,0.9,P,A1\n,x,-1,abc,P,A2\na,x,,0.9,P,A2\na,x,z,90,P,A3\n"
    (tmp_path / "w.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_wells(tmp_path / "w.csv")
    rules = [fault.rule for fault in caught.value.faults]
    assert len(rules) == len(set(rules)) == 8
    assert [r.split()[0] for r in rules] == [
        "concentration_uM",
        "concentration_uM",
        "viability",
        "cell_line",
        "compound",
        "concentration_uM",
        "viability",
        "a",
    ]


def test_one_far_well_may_be_excluded_with_its_reason(tmp_path: Path, viability: pd.DataFrame) -> None:
    viability.loc[1, "viability"] = 55.0
    with pytest.raises(InputError, match=r"got 55 beside a median"):
        read_wells(write(tmp_path, viability))
    wells = read_wells(write(tmp_path, viability.assign(exclude=["", "spilt", "", ""])))
    assert wells["exclude"].tolist() == ["", "spilt", "", ""]


LOGS = [8.0, 7.523, 7.0, 6.523, 6.0, 5.523, 5.0, 4.523]


def doses_file(
    folder: Path, doses: list[float], viability: list[float], unit: str = "uM", **more: object
) -> Path:
    frame = pd.DataFrame(
        {"cell_line": "a", "compound": "x", f"concentration_{unit}": doses, "viability": viability, **more}
    )
    return write(folder, frame)


@pytest.mark.parametrize("unit", ["uM", "nM", "M"])
def test_minus_log10_molar_is_refused_where_the_response_rises(tmp_path: Path, unit: str) -> None:
    fall = [0.98, 0.93, 0.84, 0.65, 0.36, 0.19, 0.1, 0.07]
    said = (
        rf"concentration_{unit} must hold concentrations, not their logarithms; got 4\.523, 5, 5\.523, …"
        r" 8.*in wells\.csv\. If these are -log10"
    )
    with pytest.raises(InputError, match=said):
        read_wells(doses_file(tmp_path, LOGS, fall, unit))
    signal = pd.DataFrame(
        {
            "plate": "P",
            "cell_line": "a",
            "compound": "x",
            f"concentration_{unit}": [*LOGS, None],
            "role": ["sample"] * 8 + ["vehicle"],
            "signal": [v * 5e4 for v in [*fall, 1.0]],
        }
    )
    with pytest.raises(InputError, match="signal rises with them"):
        read_wells(write(tmp_path, signal))


@pytest.mark.parametrize(
    ("doses", "viability", "asked"),
    [
        ([2.0, 4, 6, 8, 10], [0.95, 0.8, 0.5, 0.3, 0.2], True),  # honest, evenly spaced, falling
        ([4.0, 5, 6, 7, 8], [1.0, 0.98, 1.02, 1.0, 0.99], True),  # inert: nothing tells
        ([3.0, 10, 30, 100], [0.1, 0.3, 0.8, 1.0], False),  # rising, but a dose series
        ([0.3, 1, 3, 10, 30], [1.0, 0.9, 0.5, 0.2, 0.1], False),
        ([4.0, 6, 8], [0.2, 0.5, 0.9], False),  # three doses show no spacing
        ([2.5, 5, 10], [0.9, 0.5, 0.2], False),
    ],
)
def test_honest_doses_are_read_and_even_ones_asked_about(
    tmp_path: Path, doses: list[float], viability: list[float], asked: bool
) -> None:
    wells = read_wells(doses_file(tmp_path, doses, viability))
    question = ask_about_doses(wells)
    assert bool(question) is asked
    if asked:
        assert f"({doses[0]:g}, {doses[1]:g}, {doses[2]:g}, {doses[3]:g}, {doses[4]:g} µM)" in question
        assert "are they logarithms?" in question


def test_one_compound_that_rises_among_those_that_fall_is_no_logarithm(tmp_path: Path) -> None:
    doses = [4.0, 6, 8, 10]
    frame = pd.concat(
        [
            pd.DataFrame({"cell_line": "a", "compound": c, "concentration_uM": doses, "viability": y})
            for c, y in (("x", [0.9, 0.6, 0.3, 0.1]), ("y", [0.5, 0.7, 0.9, 1.1]))
        ]
    )
    assert len(read_wells(write(tmp_path, frame))) == 8
