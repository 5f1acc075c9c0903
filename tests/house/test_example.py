"""The example study: anyone can write its inputs again and gets the same numbers, whatever the machine."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from PIL import Image

from lib.cytometry.fcs import read_fcs
from reports import project
from reports.store.sameness import unequal_cells

EXAMPLE = Path(__file__).resolve().parents[2] / "data" / "example"
GENERATED = {".csv", ".fcs", ".png", ".xml"}


@pytest.fixture(scope="module")
def again(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("example")
    command = [sys.executable, str(EXAMPLE / "simulate.py"), str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    return folder


def files(folder: Path) -> list[str]:
    found = (p.relative_to(folder) for p in folder.rglob("*") if p.suffix in GENERATED)
    return sorted(path.as_posix() for path in found)


def test_simulation_writes_the_committed_files(again):
    assert files(again) == files(EXAMPLE)


@pytest.mark.parametrize("name", [name for name in files(EXAMPLE) if name.endswith(".csv")])
def test_tables_hold_the_committed_numbers(again, name):
    new, old = pd.read_csv(again / name), pd.read_csv(EXAMPLE / name)
    assert list(new.columns) == list(old.columns)
    assert len(new) == len(old)
    assert [c for c in old.columns if unequal_cells(old[c], new[c]).any()] == []


def test_events_are_the_committed_ones(again):
    for name in (name for name in files(EXAMPLE) if name.endswith(".fcs")):
        new, old = (read_fcs(folder / name) for folder in (again, EXAMPLE))
        np.testing.assert_allclose(
            new.events, old.events, rtol=1e-6, err_msg=name
        )  # single precision holds 6e-8


def test_images_are_the_committed_ones(again):
    for name in (name for name in files(EXAMPLE) if name.endswith(".png")):
        new, old = (np.asarray(Image.open(folder / name)).astype(int) for folder in (again, EXAMPLE))
        assert np.abs(new - old).max() <= 1, name  # a grey level where a rounding tips over
        assert np.mean(new != old) < 1e-4, name


@pytest.mark.parametrize("name", [name for name in files(EXAMPLE) if name.endswith("truth.csv")])
def test_truth_carries_at_most_12_digits(name):
    numbers = re.findall(r"\d+\.\d+", (EXAMPLE / name).read_text(encoding="utf-8"))
    digits = [len(number.replace(".", "").lstrip("0")) for number in numbers]
    assert max(digits, default=0) <= 12


def test_study_names_every_notebook_and_says_simulated(root: Path) -> None:
    study = yaml.safe_load((root / "data/example/study.yaml").read_text(encoding="utf-8"))
    assert study["origin"] == "simulated"
    notebooks = set(project.notebook_names())
    assert {report["notebook"] for report in study["reports"]} == notebooks
