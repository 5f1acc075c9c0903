"""Instrument matrices with wellmap layouts become the rows that the contract checks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lib.errors import InputError
from lib.plates import normalise_plates
from lib.tables.layouts import read_layout, read_layout_wells, read_matrix

LAYOUT = """
[expt]
cell_line = 'UTE1'
compound = 'defactinib'

[col.'1,2,...,10']
role = 'sample'

[col]
1.concentration_uM = 0.001
2.concentration_uM = 0.003
3.concentration_uM = 0.01
4.concentration_uM = 0.03
5.concentration_uM = 0.1
6.concentration_uM = 0.3
7.concentration_uM = 1
8.concentration_uM = 3
9.concentration_uM = 10
10.concentration_uM = 30
11.role = 'blank'
12.role = 'vehicle'

[row.'A,B,...,H']
"""
SIGNAL = 1000.0 * np.arange(1, 97).reshape(8, 12)


def write(folder: Path, text: str, name: str = "matrix.csv") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def labelled(signal: np.ndarray = SIGNAL, sep: str = ",") -> str:
    head = sep.join(["", *map(str, range(1, signal.shape[1] + 1))])
    rows = [sep.join([chr(65 + i), *(f"{v:g}" for v in row)]) for i, row in enumerate(signal)]
    return "\n".join([head, *rows]) + "\n"


def bare(signal: np.ndarray = SIGNAL) -> str:
    return "\n".join(",".join(f"{v:g}" for v in row) for row in signal) + "\n"


@pytest.mark.parametrize(
    "text",
    [
        labelled(),
        bare(),
        labelled(sep="\t"),
        labelled(sep=";"),
        "Reader X\nGain,100\n\n" + labelled() + "\nEnd,1\n",
    ],
)
def test_blocks_are_found(tmp_path: Path, text: str) -> None:
    (block,) = read_matrix(write(tmp_path, text))
    assert block["signal"].to_numpy() == pytest.approx(SIGNAL.ravel())
    assert block.set_index("well").loc["B03", "signal"] == 15000


def test_384_wells(tmp_path: Path) -> None:
    signal = np.arange(384.0).reshape(16, 24)
    (block,) = read_matrix(write(tmp_path, labelled(signal)))
    assert block.set_index("well").loc["P24", "signal"] == 383


def test_decimal_comma(tmp_path: Path) -> None:
    (block,) = read_matrix(write(tmp_path, labelled(SIGNAL + 0.5, sep=";").replace(".", ",")))
    assert block["signal"].iloc[0] == pytest.approx(1000.5)


def test_overflow_is_an_exclusion_with_its_word(tmp_path: Path) -> None:
    matrix = write(tmp_path, labelled().replace("A,1000,", "A,OVRFLW,"))
    wells = read_layout_wells(matrix, write(tmp_path, LAYOUT, "layout.toml"))
    assert wells.set_index("well").loc["A01", "exclude"] == "reading OVRFLW"
    assert (wells["exclude"] != "").sum() == 1


def test_wells_get_their_layout(tmp_path: Path) -> None:
    wells = read_layout_wells(write(tmp_path, labelled()), write(tmp_path, LAYOUT, "layout.toml"))
    assert len(wells) == 96
    assert wells["role"].value_counts().to_dict() == {"sample": 80, "vehicle": 8, "blank": 8}
    by_well = wells.set_index("well")
    assert by_well.loc["C08", "concentration_uM"] == 3
    assert by_well.loc["C08", "signal"] == SIGNAL[2, 7]
    vehicle, blank = SIGNAL[:, 11].mean(), SIGNAL[:, 10].mean()
    viability = normalise_plates(wells).set_index("well")["viability"]
    assert viability["C08"] == pytest.approx((SIGNAL[2, 7] - blank) / (vehicle - blank))


def test_blocks_follow_the_plates_of_the_layout(tmp_path: Path) -> None:
    plates = "[plate.P2]\nplate = 'P2'\n[plate.P1]\nplate = 'P1'\n"
    matrix = write(tmp_path, labelled() + "\n" + labelled(SIGNAL + 7))
    wells = read_layout_wells(matrix, write(tmp_path, LAYOUT + plates, "layout.toml"))
    assert wells.groupby("plate")["signal"].min().to_dict() == {"P2": 1000, "P1": 1007}


def test_refusals(tmp_path: Path) -> None:
    layout = write(tmp_path, LAYOUT, "layout.toml")
    with pytest.raises(InputError, match="2 lines without one"):
        read_matrix(write(tmp_path, "a,b\n1,2\n"))
    with pytest.raises(InputError, match="2 blocks for 1 plates"):
        read_layout_wells(write(tmp_path, labelled() + "\n" + labelled()), layout)
    with pytest.raises(InputError, match=r"no such file in absent\.toml"):
        read_layout(tmp_path / "absent.toml")
    with pytest.raises(InputError, match="wellmap TOML"):
        read_layout(write(tmp_path, "[expt", "broken.toml"))
    with pytest.raises(InputError, match="must lie on the plate; got I01"):
        read_layout_wells(
            write(tmp_path, labelled()), write(tmp_path, LAYOUT.replace("H'", "I'"), "more.toml")
        )
    with pytest.raises(InputError, match="vehicle"):
        read_layout_wells(
            write(tmp_path, labelled()), write(tmp_path, LAYOUT.replace("'vehicle'", "'blank'"), "x.toml")
        )
