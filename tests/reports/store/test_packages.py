"""The packages of a report are those that its run imported."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from reports.project import read_notebook
from reports.store.packages import LOADED, NUMERIC, VARIABLE, imported_modules, imported_versions, tell_loaded

ALWAYS = {"python", "papermill", "ipykernel"}


def notebook(*lines: str) -> dict[str, object]:
    return {"cells": [{"cell_type": "code", "metadata": {}, "source": "\n".join(lines)}], "metadata": {}}


@pytest.mark.parametrize("name", ["ic50", "stroma", "flow_gating"])
def test_what_is_told_is_what_a_fresh_process_imports(root: Path, tmp_path: Path, name: str) -> None:
    """An interpreter that runs the notebook's imports has these packages in memory, and beside them only
    what came with them."""
    content = read_notebook(root / "notebooks" / f"{name}.ipynb")
    told = set(imported_versions(content, tmp_path)) - ALWAYS
    names = sorted(module for module in imported_modules(content) if module.partition(".")[0] != "__future__")
    code = (
        "import contextlib, importlib, sys\n"
        f"for name in {names!r}:\n"
        "    with contextlib.suppress(ModuleNotFoundError):\n"
        "        importlib.import_module(name)\n"
        f"print(*({{m.partition('.')[0] for m in sys.modules}} & {set(NUMERIC)!r}))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    there = {NUMERIC[module] for module in done.stdout.split()}
    assert told <= there
    apart = {"lmfit", "scikit-image", "flowutils", "flowkit"}  # seaborn brings statsmodels where it is there
    assert apart & there == apart & told


def test_reports_differ_in_their_packages(root: Path, tmp_path: Path) -> None:
    found = {
        name: set(imported_versions(read_notebook(root / "notebooks" / f"{name}.ipynb"), tmp_path))
        for name in ("overview", "ic50", "ihc", "flow_gating")
    }
    assert found["overview"] == ALWAYS | {"numpy", "pandas", "matplotlib", "seaborn"}
    assert "lmfit" in found["ic50"]
    assert {"scikit-image", "tifffile"} <= found["ihc"] - found["ic50"]
    assert "flowkit" not in found["flow_gating"]  # only gates of other programs need it


def test_an_import_within_a_function_is_told_where_it_ran(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = notebook("import pandas as pd")
    before = frozenset(sys.modules) - {"flowkit"}
    monkeypatch.setitem(sys.modules, "flowkit", sys)
    monkeypatch.setenv(VARIABLE, str(tmp_path / LOADED))
    tell_loaded(before)
    assert set(imported_versions(own, tmp_path)) == ALWAYS | {"pandas", "flowkit"}
    assert not (tmp_path / LOADED).exists()
    assert set(imported_versions(own, tmp_path)) == ALWAYS | {"pandas"}
    monkeypatch.delenv(VARIABLE)
    tell_loaded(before)  # in JupyterLab, or by any other door, nothing is written
    assert not list(tmp_path.iterdir())


def test_an_alias_is_no_module(tmp_path: Path) -> None:
    """`from reports import wording as present` imports wording, and not reports.present with all behind it."""
    told = imported_versions(notebook("from reports import wording as stains"), tmp_path)
    assert "scikit-image" not in told
    assert "scikit-image" in imported_versions(notebook("from lib import (", "    stains,", ")"), tmp_path)


@pytest.mark.parametrize("engine", ["warm", "kernel"])
def test_a_stored_report_tells_what_it_imported(tmp_path: Path, engine: str) -> None:
    from reports.run.plan import plan_notebook
    from reports.run.runner import Options, run_job

    outcome = run_job(plan_notebook("reconstruct", {}), Options(site=tmp_path, engine=engine))
    told = json.loads((Path(outcome.path) / "metadata.json").read_text(encoding="utf-8"))["environment"]
    assert {"numpy", "pandas", "scipy", "matplotlib"} <= set(told)
    assert not {"lmfit", "flowkit", "scikit-image", "lifelines"} & set(told)
    assert not (Path(outcome.path) / LOADED).exists()
