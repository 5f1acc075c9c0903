"""The example study: anyone can write its inputs again and gets the same bytes."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import yaml

GENERATED = {".csv", ".fcs", ".png", ".tif", ".tiff", ".gz", ".xml"}


def digests(folder: Path) -> dict[str, str]:
    files = [p for p in folder.rglob("*") if p.suffix in GENERATED and "simulators" not in p.parts]
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_simulation_writes_the_committed_bytes(root: Path, tmp_path: Path) -> None:
    example = root / "data" / "example"
    subprocess.run(
        [sys.executable, str(example / "simulate.py"), str(tmp_path)], check=True, capture_output=True
    )
    again, committed = digests(tmp_path), digests(example)
    assert again
    assert again == committed


def test_study_names_every_notebook_and_says_simulated(root: Path) -> None:
    study = yaml.safe_load((root / "data/example/study.yaml").read_text(encoding="utf-8"))
    assert study["origin"] == "simulated"
    notebooks = {p.stem for p in (root / "notebooks").glob("*.ipynb")}
    assert {report["notebook"] for report in study["reports"]} == notebooks
