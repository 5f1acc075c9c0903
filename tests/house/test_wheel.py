"""What the wheel holds, built into a folder: all that the checkout's `tme` uses. `make wheel-check` installs
it for real."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from reports.project import EXAMPLE_STUDY
from reports.run.plan import plan_study, with_version

TELL = """
import json
from pathlib import Path
from reports import project
from reports.run.plan import plan_study, with_version
jobs = plan_study(project.EXAMPLE_STUDY)
print(json.dumps({
    "site": str(project.SITE), "notebooks": project.notebook_names(),
    "parts": {j.report: with_version(j, Path("absent")).parts for j in jobs},
}))
"""


@pytest.fixture(scope="module")
def built(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel") / "built"
    stale = folder / "lib" / "renamed_since.py"
    stale.parent.mkdir(parents=True)
    stale.write_text("")
    command = [sys.executable, "setup.py", "--quiet", "build_py", "--build-lib", str(folder)]
    subprocess.run(command, cwd=root, check=True, capture_output=True)
    assert not stale.exists()
    return folder


@pytest.fixture(scope="module")
def told(built: Path) -> dict[str, object]:
    """What the built code says of itself, from a folder that has nothing to do with it."""
    done = subprocess.run(
        [sys.executable, "-c", TELL],
        cwd=built.parent,
        env=os.environ | {"PYTHONPATH": str(built)},
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, object] = json.loads(done.stdout)
    return found


def files(folder: Path, *parts: str) -> set[str]:
    found = (p for part in parts for p in (folder / part).rglob("*") if p.is_file())
    return {
        p.relative_to(folder).as_posix()
        for p in found
        if not {"__pycache__", ".ipynb_checkpoints"} & set(p.parts)
    }


def test_it_carries_every_file_of_data_and_templates_and_every_notebook(root: Path, built: Path) -> None:
    assert files(built / "tme_suite", "data") == files(root, "data")
    assert files(built, "reports/page/templates") == files(root, "reports/page/templates")
    assert {p.name for p in (built / "tme_suite/notebooks").iterdir()} == {
        p.name for p in root.glob("notebooks/*.ipynb")
    }
    assert (built / "tme_suite/requirements.lock").read_bytes() == (root / "requirements.lock").read_bytes()


def test_its_versions_are_those_of_the_checkout(told: dict[str, object], tmp_path: Path) -> None:
    here = {job.report: with_version(job, tmp_path).parts for job in plan_study(EXAMPLE_STUDY)}
    assert told["parts"] == json.loads(json.dumps(here))


def test_it_writes_below_the_working_folder(told: dict[str, object]) -> None:
    assert told["site"] == os.path.join("reports", "site")


def test_packages_hold_no_site_and_no_tests(built: Path) -> None:
    assert {p.name for p in built.iterdir()} == {"lib", "reports", "tme_suite"}
    assert not (built / "reports" / "site").exists()
