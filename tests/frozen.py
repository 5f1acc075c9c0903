"""The tables of the example study, frozen: what a change of the code's shape must leave as it is.

``python -m tests.frozen`` runs the example and writes them again; do so only where results are meant to
change, and say so in the changelog.
"""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
FROZEN = ROOT / "tests" / "snapshots" / "example"
VERSION = re.compile(r"\b[0-9a-f]{12}\b")
"""Versions stand in the overview's tables; they change with the code, the numbers must not."""


def run_example(site: Path) -> dict[str, Path]:
    """Report → folder of its version, freshly made."""
    command = [sys.executable, "-m", "reports.cli", "run", "--site", str(site), "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return {found["report"]: site / found["report"] / found["version"] for found in json.loads(done.stdout)}


def read_table(path: Path) -> pd.DataFrame:
    """A table without the versions that it names."""
    frame = pd.read_csv(path)
    words = frame.select_dtypes(object)
    frame[words.columns] = words.replace(VERSION, "VERSION", regex=True)
    return frame


def accuracy_of(version: Path) -> dict[str, dict[str, object]]:
    """Table → column → tolerance, as the version states it."""
    stated: dict[str, dict[str, object]] = json.loads((version / "metadata.json").read_text()).get(
        "accuracy", {}
    )
    return stated


def without_versions(text: str) -> str:
    """A table's text with VERSION in its cells in place of versions; numbers keep every digit."""
    rows = list(csv.reader(io.StringIO(text)))
    cells = [[cell if _is_number(cell) else VERSION.sub("VERSION", cell) for cell in row] for row in rows]
    if cells == rows:
        return text
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(cells)
    return written.getvalue()


def _is_number(cell: str) -> bool:
    return re.fullmatch(r"[-+]?[\d.]+(e[-+]?\d+)?", cell) is not None and not VERSION.fullmatch(cell)


def freeze(site: Path) -> None:
    """Write every table of a fresh run, and the accuracy that it states, in place of those here."""
    shutil.rmtree(FROZEN, ignore_errors=True)
    for report, version in run_example(site).items():
        shutil.copytree(version / "tables", FROZEN / report)
        for path in (FROZEN / report).glob("*.csv"):  # so that a change shows what changed, not every row
            path.write_text(without_versions(path.read_text(encoding="utf-8")), encoding="utf-8")
        (FROZEN / report / "accuracy.json").write_text(json.dumps(accuracy_of(version), indent=1) + "\n")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        freeze(Path(folder) / "site")
