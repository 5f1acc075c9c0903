"""The empty tables of a new study have the columns that the contracts ask for, and no others."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import lib.tables
from lib.tables.contract import Contract
from reports.study.starter import BLANKS, Blank

COVARIATES = {"times.csv": {"group"}}
"""Columns that a table may bring under names of the user's own, which no contract lists."""


def contracts() -> list[Contract]:
    modules = [
        importlib.import_module(f"lib.tables.{m.name}") for m in pkgutil.iter_modules(lib.tables.__path__)
    ]
    return [value for module in modules for value in vars(module).values() if isinstance(value, Contract)]


@pytest.mark.parametrize("blank", BLANKS, ids=lambda b: b.file)
def test_headers_follow_a_contract(blank: Blank) -> None:
    header = set(blank.columns.split(",")) - COVARIATES.get(blank.file, set())

    def fits(contract: Contract) -> bool:
        required = {c.name for c in contract.columns if c.required and c.default is None}
        return required <= header <= {c.name for c in contract.columns}

    assert any(fits(c) for c in contracts()), f"{blank.file}: {sorted(header)}"
