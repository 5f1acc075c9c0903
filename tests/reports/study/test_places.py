"""The suite in any place: what a page says to type works from every folder, and a missing home is made up
for."""

from __future__ import annotations

import os
import shlex
import stat
from pathlib import Path

import pytest

from reports.page.render import _names_files
from reports.project import EXAMPLE_STUDY
from reports.run import home
from reports.run.asked import given_parameters
from reports.run.plan import Job, plan_notebook, plan_study, with_version
from tests.makers.tiny_notebooks import write_tiny

EXAMPLE = plan_study(EXAMPLE_STUDY)


def typed(job: Job, folder: Path) -> Job:
    """What the command on a report's page asks for when it is typed in a folder."""
    tme, run, name, *words = shlex.split(job.command)
    assert (tme, run) == ("tme", "run")
    return plan_notebook(name, given_parameters(zip(words[1::3], words[2::3], strict=True)), base=folder)


@pytest.mark.parametrize("job", EXAMPLE, ids=[job.report for job in EXAMPLE])
def test_make_it_again_works_from_any_folder(job: Job, tmp_path: Path) -> None:
    again = typed(job, tmp_path)
    assert (again.report, again.origin, again.study) == (job.report, "simulated", "example")
    site = tmp_path / "site"
    assert with_version(again, site).version == with_version(job, site).version
    assert not _names_files({"command": job.command, "inputs": with_version(job, site).inputs})


@pytest.mark.parametrize(
    ("given", "command"),
    [
        ({"level": 0.95, "model": "4pl"}, "tme run tiny.ipynb"),
        ({"level": 0.5, "data": "plates.csv"}, "tme run tiny.ipynb -p level 0.5"),
        (
            {"data": "my wells.csv", "extra": "plates.csv"},
            "tme run tiny.ipynb -p data 'my wells.csv' -p extra plates.csv",
        ),
        (
            {"data": "plates.csv", "extra": "plates.csv"},
            "tme run tiny.ipynb -p data plates.csv -p extra plates.csv",
        ),
    ],
)
def test_commands_leave_out_what_is_default_anyway(
    tmp_path: Path, given: dict[str, object], command: str
) -> None:
    write_tiny(tmp_path)
    (tmp_path / "my wells.csv").write_text("x\n3\n")
    job = plan_notebook("tiny.ipynb", given, base=tmp_path)
    assert job.command == command
    again, job = (with_version(j, tmp_path / "site") for j in (typed(job, tmp_path), job))
    assert again.version == job.version
    assert _names_files({"command": command, "inputs": job.inputs})


@pytest.fixture
def without_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user whose home does not exist, and a temporary folder for this test alone."""
    monkeypatch.setenv(home.VARIABLE, str(tmp_path / "nonexistent"))
    monkeypatch.setattr(home.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(home.tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_home_that_can_be_written_to_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(home.VARIABLE, str(tmp_path))
    home.ensure_home()
    assert os.environ[home.VARIABLE] == str(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_absent_home_is_never_created_but_replaced_by_the_same_private_folder(without_home: Path) -> None:
    home.ensure_home()
    first = Path(os.environ[home.VARIABLE])
    assert stat.S_IMODE(first.stat().st_mode) == 0o700
    os.environ[home.VARIABLE] = str(without_home / "nonexistent")
    home.ensure_home()
    assert Path(os.environ[home.VARIABLE]) == first
    assert [p.name for p in without_home.iterdir()] == [first.name]


@pytest.mark.parametrize("trap", ["open to others", "a link", "a file"])
def test_a_folder_laid_out_by_others_is_not_taken(without_home: Path, trap: str) -> None:
    name = without_home / f"tme-home-{os.getuid()}"
    (without_home / "elsewhere").mkdir(mode=0o700)
    match trap:
        case "open to others":
            name.mkdir()
            name.chmod(0o777)
        case "a link":
            name.symlink_to(without_home / "elsewhere")
        case _:
            name.write_text("")
    home.ensure_home()
    found = Path(os.environ[home.VARIABLE])
    assert found not in (name, without_home / "elsewhere")
    assert stat.S_IMODE(found.stat().st_mode) == 0o700
