"""The same answer by every door: papermill and nbconvert give what `tme run` gives, or refuse what it
refuses."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from reports.cli import main

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
PAPERMILL, NBCONVERT = "papermill", "nbconvert"
SUBJECT = "Erika Mustermann"


@dataclass
class Done:
    """A run: how it ended, what it said, its executed notebook and the tables that it wrote."""

    code: int
    said: str
    notebook: dict[str, Any]
    folder: Path

    @property
    def text(self) -> str:
        return json.dumps(self.notebook, ensure_ascii=False)


@dataclass
class Door:
    """A way in: the tool, the folder from which it is called, and the words behind the notebook."""

    tool: str
    notebook: str
    caller: Path
    words: tuple[str, ...] = ()

    def command(self, out: Path) -> list[str]:
        path = os.path.relpath(ROOT / "notebooks" / f"{self.notebook}.ipynb", self.caller)
        if self.tool == PAPERMILL:
            return [sys.executable, "-m", "papermill", "--no-progress-bar", path, str(out), *self.words]
        to = ["--to", "notebook", "--output-dir", str(out.parent), "--output", out.stem]
        return [sys.executable, "-m", "nbconvert", "--execute", *to, path]


def enter(door: Door, folder: Path) -> Done:
    """Run a notebook with no `tme` in sight; its tables go where ``TME_OUTPUT`` says."""
    folder.mkdir()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TME_")}
    environment |= {"TME_OUTPUT": str(folder), "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    out = folder / "out.ipynb"
    ran = subprocess.run(door.command(out), cwd=door.caller, env=environment, capture_output=True, text=True)
    notebook = json.loads(out.read_text(encoding="utf-8")) if out.is_file() else {}
    return Done(ran.returncode, ran.stdout + ran.stderr, notebook, folder)


def own_populations(folder: Path) -> Path:
    """The example's table as somebody's own: a name that identifies, time points called 0 and 21, a pair too
    small."""
    frame = pd.read_csv(ROOT / "data" / "example" / "populations.csv")
    frame["timepoint"] = frame["timepoint"].map({"pre": "0", "post": "21"}).fillna(frame["timepoint"])
    first = frame["subject"] == frame["subject"].iloc[0]
    frame.loc[first, "subject"] = SUBJECT
    frame.loc[first, ["count", "parent_count"]] = 3
    frame.to_csv(folder / "pop.csv", index=False)
    return folder / "pop.csv"


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("elsewhere")
    own_populations(folder)
    (folder / "list.yaml").write_text("baseline: no\nmin_event: 3\n")
    return folder


@pytest.fixture(scope="module")
def runs(elsewhere: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Done]]:
    """Every run of this module, two at a time."""
    own = ("-p", "populations", "pop.csv", "-p", "baseline", "0", "-p", "followup", "21")
    doors = {
        "papermill, root": Door(PAPERMILL, "immune_shifts", ROOT),
        "nbconvert, elsewhere": Door(NBCONVERT, "immune_shifts", elsewhere),
        "papermill, elsewhere": Door(PAPERMILL, "reconstruct", elsewhere),
        "nbconvert, root": Door(NBCONVERT, "reconstruct", ROOT),
        "own": Door(PAPERMILL, "immune_shifts", elsewhere, (*own, "-r", "show_subject_ids", "False")),
        "misspelt": Door(PAPERMILL, "immune_shifts", elsewhere, ("-p", "population", "pop.csv")),
        "list": Door(PAPERMILL, "immune_shifts", elsewhere, ("-f", "list.yaml", "-y", "confidence: 95")),
        "absent": Door(PAPERMILL, "immune_shifts", elsewhere, ("-p", "baseline", "0")),
    }
    folder = tmp_path_factory.mktemp("runs")
    with ThreadPoolExecutor(2) as pool:
        found = pool.map(lambda item: enter(item[1], folder / re.sub(r"\W+", "-", item[0])), doors.items())
        yield dict(zip(doors, found, strict=True))


def by_tme(site: Path, *words: str) -> Path:
    """The folder of a version that `tme run` makes, called from the working folder."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(complaints := io.StringIO()):
        code = main(["run", *words, "--site", str(site), "--json"])
    assert code == 0, complaints.getvalue()
    return Path(json.loads(said.getvalue())[0]["path"])


def tables(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((folder / "tables").iterdir())}


def names_of(folder: Path) -> str:
    return "".join(p.read_text(encoding="utf-8") for p in (folder / "tables").glob("*.csv"))


@pytest.mark.parametrize(
    ("notebook", "doors"),
    [
        ("immune_shifts", ("papermill, root", "nbconvert, elsewhere")),
        ("reconstruct", ("papermill, elsewhere", "nbconvert, root")),
    ],
)
def test_every_door_gives_the_tables_of_tme(
    runs: dict[str, Done], tmp_path: Path, notebook: str, doors: tuple[str, str]
) -> None:
    wanted = tables(by_tme(tmp_path / "site", notebook))
    assert wanted
    for door in doors:
        assert runs[door].code == 0, runs[door].said
        assert tables(runs[door].folder) == wanted, door


@pytest.mark.parametrize(
    ("door", "place"),
    [("papermill, root", "suite's notebooks"), ("nbconvert, elsewhere", "notebook's folder")],
)
def test_the_mark_of_the_example_stands_in_the_notebook_s_outputs(
    runs: dict[str, Done], door: str, place: str
) -> None:
    shown = [
        o["data"] for cell in runs[door].notebook["cells"] for o in cell.get("outputs", []) if "data" in o
    ]
    first = json.dumps(shown[0], ensure_ascii=False)
    assert "Simulated example data: populations.csv." in first
    assert f"../data/example/populations.csv, from the {place}" in first
    assert "simulated data" in runs[door].text.replace("Simulated", "")


def test_own_data_through_papermill_as_through_tme(
    runs: dict[str, Done], elsewhere: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = runs["own"]
    monkeypatch.chdir(elsewhere)
    assert run.code == 0, run.said
    words = ("immune_shifts", "-p", "populations", "pop.csv", "-p", "baseline", "0", "-p", "followup", "21")
    hidden = by_tme(tmp_path / "site", *words, "-p", "show_subject_ids", "False")
    assert tables(run.folder) == tables(hidden)
    assert SUBJECT not in run.text + names_of(run.folder)
    named = by_tme(tmp_path / "site", *words, "-p", "show_subject_ids", "true")
    assert SUBJECT in names_of(named)  # the name would have come out
    assert "Simulated example data" not in run.text
    assert "pop.csv, from the working folder" in run.text


@pytest.mark.parametrize(
    ("door", "messages"),
    [
        ("misspelt", ["UsageError: unknown parameter population. Did you mean populations?"]),
        (
            "list",
            [
                "unknown parameter min_event. Did you mean min_events?",
                "confidence must lie in (0, 1); got 95",
                "baseline must be text; got False. Text that reads as false must stand in quotes",
            ],
        ),
        ("absent", ["a timepoint must be one of pre, post, late; got 0"]),
    ],
)
def test_what_tme_refuses_papermill_refuses_too(
    runs: dict[str, Done], door: str, messages: list[str]
) -> None:
    run = runs[door]
    assert run.code == 1
    assert all(message in run.said for message in messages), run.said[-1500:]
    assert "AttributeError" not in run.said
    assert not (run.folder / "tables").exists()
