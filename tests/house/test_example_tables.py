"""The example study gives the frozen tables, cell by cell, within the accuracy that they state."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reports.store.sameness import Tolerance, unequal_cells
from tests import frozen

TABLES = sorted(frozen.FROZEN.glob("*/*.csv"))


@pytest.fixture(scope="module")
def versions(tmp_path_factory) -> dict[str, Path]:
    return frozen.run_example(tmp_path_factory.mktemp("site") / "site")


def test_no_table_came_or_went(versions):
    made = {
        f"{report}/{path.name}" for report, v in versions.items() for path in (v / "tables").glob("*.csv")
    }
    assert made == {f"{path.parent.name}/{path.name}" for path in TABLES}


@pytest.mark.parametrize("path", TABLES, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_table_is_the_frozen_one(versions, path):
    old = frozen.read_table(path)
    new = frozen.read_table(versions[path.parent.name] / "tables" / path.name)
    stated = json.loads((path.parent / "accuracy.json").read_text()).get(path.stem, {})
    assert list(new.columns) == list(old.columns)
    assert len(new) == len(old)
    for column in old.columns:
        tolerance = Tolerance.of(stated[column]) if column in stated else None
        differ = unequal_cells(old[column], new[column], tolerance)
        assert not differ.any(), (
            f"{column}: {old[column][differ].head().tolist()} → {new[column][differ].head().tolist()}"
        )


def test_frozen_tables_hold_no_version_and_every_digit():
    told = 'report,version,value\n"a, b",0123456789ab,0.123456789012\nc,4.123456789012,\n'
    kept = 'report,version,value\n"a, b",VERSION,0.123456789012\nc,4.123456789012,\n'
    assert frozen.without_versions(told) == kept
    assert frozen.without_versions("value\n123456.789012345678\n") == "value\n123456.789012345678\n"
    assert not [path.name for path in TABLES if frozen.without_versions(path.read_text()) != path.read_text()]
