"""The empty tables of a new study have the columns that the contracts ask for, and no others."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

import pytest

import lib.tables
from lib.tables.contract import Contract
from reports.project import EXAMPLE_STUDY
from reports.study import starter
from reports.study.starter import BLANKS, Blank, all_blanks, start_study

COVARIATES = {"times.csv": {"group"}}
"""Columns that a table may bring under names of the user's own, which no contract lists."""


def contracts() -> list[Contract]:
    modules = [
        importlib.import_module(f"lib.tables.{m.name}") for m in pkgutil.iter_modules(lib.tables.__path__)
    ]
    return [value for module in modules for value in vars(module).values() if isinstance(value, Contract)]


@pytest.mark.parametrize("blank", all_blanks(), ids=lambda b: b.file)
def test_headers_follow_a_contract(blank: Blank) -> None:
    header = set(blank.columns.split(",")) - COVARIATES.get(blank.file, set())

    def fits(contract: Contract) -> bool:
        required = {c.name for c in contract.columns if c.required and c.default is None}
        return required <= header <= {c.name for c in contract.columns}

    assert any(fits(c) for c in contracts()), f"{blank.file}: {sorted(header)}"


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
