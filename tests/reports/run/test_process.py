"""Child processes, forked and spawned: what goes wrong in one is told, and nothing is left behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from reports.run.plan import plan_notebook
from reports.run.pool import run_jobs
from reports.run.runner import Options
from tests.makers.tiny_notebooks import READ, WRITE, write_tiny

ROOT = Path(__file__).resolve().parents[3]
BEAT = "import time\nwhile True: open('beat', 'w').close(); time.sleep(0.1)"
CELLS = {
    "good": (READ, "import os, sys\nprint('fork', hasattr(os, 'fork'), file=sys.stderr)", WRITE),
    "broken": ("a = 1\nraise ValueError('broken on purpose')",),
    "slow": ("import time\ntime.sleep(60)",),
    "killed": ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",),
    "left": (
        f"import os, subprocess, sys\nsubprocess.Popen([sys.executable, '-c', {BEAT!r}])",
        "import time\ntime.sleep(1)\nos._exit(0)",
    ),
    "worker": ("import os, signal, time\nos.kill(os.getppid(), signal.SIGKILL)\ntime.sleep(4)",),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study of tiny notebooks, and a Python start-up file that takes fork away from every process."""
    folder = tmp_path_factory.mktemp("spawn")
    (folder / "without").mkdir()
    (folder / "without" / "sitecustomize.py").write_text("import os\ndel os.fork\n")
    for name, cells in CELLS.items():
        write_tiny(folder, *cells, name=name)
    reports = "".join(f"- notebook: {name}.ipynb\n" for name in CELLS)
    (folder / "study.yaml").write_text(f"study: s\nreports:\n{reports}")
    return folder


def tme(folder: Path, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    search = os.pathsep.join([str(folder / "without"), str(ROOT)])
    environment = os.environ | {"PYTHONPATH": search, "XDG_CACHE_HOME": str(folder / "cache")}
    command = [sys.executable, "-m", "reports.cli", *words]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == code, done.stderr
    return done


@pytest.fixture(scope="module")
def outcomes(folder: Path) -> dict[str, dict[str, Any]]:
    """All reports of the study at once, in two workers."""
    done = tme(
        folder, "run", "study.yaml", "--site", "site", "--jobs", "2", "--timeout", "6", "--json", code=1
    )
    assert "Traceback" not in done.stderr
    return {outcome["report"]: outcome for outcome in json.loads(done.stdout)}


def test_a_good_report_comes_out_whole(outcomes: dict[str, dict[str, Any]]) -> None:
    assert outcomes["good"]["status"] == "done"
    version = Path(outcomes["good"]["path"])
    assert (version / "tables" / "tiny.csv").read_text() == "x,y\n1,0.95\n2,1.9\n"
    assert (version / "report.html").is_file()
    assert "fork False" in (version / "notebook.ipynb").read_text()
    assert json.loads((version / "metadata.json").read_text())["engine"] == "warm"


@pytest.mark.parametrize(
    ("report", "message"),
    [
        ("broken", "line 2: raise ValueError('broken on purpose'): ValueError: broken on purpose"),
        ("slow", "took longer than 6 s"),
        ("killed", "the process ended without a word"),
        ("left", "cell 4 (What is x?): the process ended without a word"),
        ("worker", "the worker process ended without a word"),
    ],
)
def test_what_goes_wrong_is_told(outcomes: dict[str, dict[str, Any]], report: str, message: str) -> None:
    assert outcomes[report]["status"] == "failed"
    assert message in outcomes[report]["error"]


def test_a_run_over_time_is_ended_then(outcomes: dict[str, dict[str, Any]]) -> None:
    assert 6 < outcomes["slow"]["seconds"] < 30
    assert outcomes["left"]["seconds"] < 30, "waited for a process that the notebook had left behind"


def test_nothing_that_a_cell_started_is_left(folder: Path, outcomes: dict[str, dict[str, Any]]) -> None:
    assert outcomes["left"]["status"] == "failed"
    last = (folder / "beat").stat().st_mtime_ns
    time.sleep(1)
    assert (folder / "beat").stat().st_mtime_ns == last


def test_a_killed_worker_is_found_though_its_child_holds_the_pipe_open(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (outcome,) = run_jobs([plan_notebook("worker.ipynb", {}, base=folder)], Options(tmp_path / "site"))
    assert (outcome.status, outcome.error) == ("failed", "the worker process ended without a word")


@pytest.mark.parametrize("start", ["forked", "spawned"])
def test_a_command_that_is_ended_ends_what_it_started(folder: Path, tmp_path: Path, start: str) -> None:
    write_tiny(
        tmp_path,
        f"import subprocess, sys, time\nsubprocess.Popen([sys.executable, '-c', {BEAT!r}])\ntime.sleep(60)",
    )
    search = [str(folder / "without")] * (start == "spawned") + [str(ROOT)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(search), "XDG_CACHE_HOME": str(tmp_path)}
    command = [sys.executable, "-m", "reports.cli", "run", "tiny.ipynb", "--site", "site"]
    tme = subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.DEVNULL)
    while not (tmp_path / "beat").exists():
        time.sleep(0.1)
        assert tme.poll() is None
    tme.terminate()
    assert tme.wait(timeout=30) == 130
    last = (tmp_path / "beat").stat().st_mtime_ns
    time.sleep(1)
    assert (tmp_path / "beat").stat().st_mtime_ns == last
    assert not list((tmp_path / "site").rglob("*.tmp*")), "half a version is left"


def test_check_reads_and_refuses(folder: Path) -> None:
    (folder / "bad.csv").write_text("x\n-3\n")
    assert "ok good" in tme(folder, "check", "good.ipynb").stdout
    assert "got -3" in tme(folder, "check", "good.ipynb", "-p", "data", "bad.csv", code=2).stderr


def test_the_same_results_as_forked_and_as_from_a_kernel(
    folder: Path, outcomes: dict[str, dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    version = outcomes["good"]["version"]
    found = tme(folder, "verify", version, "--site", "site", "--engine", "kernel").stdout
    assert found.startswith(f"{version}: same results")
    (forked,) = run_jobs([plan_notebook("good.ipynb", {}, base=folder)], Options(tmp_path / "site"))
    assert (forked.status, forked.version) == ("done", version)
    hashes = {
        json.loads((Path(p) / "metadata.json").read_text())["result_hash"]
        for p in (forked.path, outcomes["good"]["path"])
    }
    assert len(hashes) == 1
