"""The empty tables of a new study have all columns of their contracts, and read as tables without the others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from lib.tables import (
    dose_response,
    engagement,
    flow,
    ihc,
    immunoassay,
    populations,
    reconstruct,
    stroma,
    synergy,
)
from lib.tables.clinical import read_clinical
from lib.tables.contract import Contract
from reports.project import EXAMPLE_STUDY
from reports.study import starter
from reports.study.starter import BLANKS, Blank, start_study

EXAMPLE = {
    "samples.csv": "flow_samples.csv",
    "panel.csv": "flow_panel.csv",
    "immunoassay.csv": "cytokines.csv",
    "curve.csv": "km_curve.csv",
    "at_risk.csv": "km_at_risk.csv",
}
"""What the example study calls them."""
READERS: dict[str, Callable[[Path], pd.DataFrame]] = {
    "plates.csv": dose_response.read_wells,
    "combinations.csv": synergy.read_combinations,
    "readouts.csv": engagement.read_readouts,
    "slides.csv": ihc.read_slides,
    "samples.csv": flow.read_samples,
    "panel.csv": flow.read_panel,
    "populations.csv": populations.read_populations,
    "immunoassay.csv": immunoassay.read_immunoassay,
    "images.csv": stroma.read_stroma_images,
    "curve.csv": reconstruct.read_curve,
    "at_risk.csv": reconstruct.read_at_risk,
    **{
        f"{name}.csv": lambda path, name=name: getattr(read_clinical("tidy", {name: str(path)}), name)
        for name in ("times", "responses", "lesions", "subjects")
    },
}


@pytest.mark.parametrize("blank", BLANKS, ids=lambda b: b.file)
def test_headers_are_those_of_a_contract(blank: Blank) -> None:
    module, name = blank.contract.split(".")
    contract = getattr(__import__(f"lib.tables.{module}", fromlist=[name]), name)
    assert isinstance(contract, Contract)
    assert blank.columns[: len(contract.columns)] == [c.name for c in contract.columns]


@pytest.mark.parametrize("blank", BLANKS, ids=lambda b: b.file)
def test_columns_left_empty_are_none(blank: Blank, root: Path, tmp_path: Path) -> None:
    folder = root / "data" / "example"
    given = pd.read_csv(folder / EXAMPLE.get(blank.file, blank.file), dtype=str, keep_default_na=False)
    for name in ("flow", "ihc", "stroma"):
        (tmp_path / name).symlink_to(folder / name)
    filled = [name for name in given if (given[name] != "").any()]
    wide = given.reindex(columns=list(dict.fromkeys([*blank.columns, *given])), fill_value="")
    read = []
    for table in (given[filled], wide):
        table.to_csv(tmp_path / blank.file, index=False)
        read.append(READERS[blank.file](tmp_path / blank.file))
    one, two = read
    assert set(one) <= set(two)
    pd.testing.assert_frame_equal(two[list(one)], one, check_dtype=False)
    for name in set(two) - set(one):
        assert two[name].isna().all(), name


def test_written_headers_are_read(tmp_path: Path) -> None:
    start_study(tmp_path / "new", "none")
    for blank in BLANKS:
        assert (tmp_path / "new" / blank.file).read_text() == ",".join(blank.columns) + "\n"


def test_a_new_study_brings_the_tables_of_an_analysis_that_only_the_example_knows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starter, "BLANKS", tuple(b for b in BLANKS if b.notebook != "synergy"))
    start_study(tmp_path / "mine")
    header = (EXAMPLE_STUDY.parent / "combinations.csv").read_text(encoding="utf-8").split("\n")[0]
    assert (tmp_path / "mine" / "combinations.csv").read_text(encoding="utf-8") == f"{header}\n"
    study = (tmp_path / "mine" / "study.yaml").read_text(encoding="utf-8")
    assert "  - notebook: synergy\n    parameters: {measurements: combinations.csv}\n" in study
    told = (tmp_path / "mine" / "README.md").read_text(encoding="utf-8")
    assert "- `combinations.csv` (notebook `synergy`, parameter `measurements`).\n" in told
    assert not list((tmp_path / "mine").glob("*truth*"))
