"""What this machine remembers of versions, and the mark of reports whose inputs have changed since."""

from __future__ import annotations

import json
import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reports.opened import EXAMPLE, MARKS, Input
from reports.project import EXAMPLE_STUDY, NOTEBOOKS, UsageError
from reports.run.plan import Job, plan_notebook, with_version
from reports.run.verify import job_again
from reports.store.memory import changed_inputs, recall_files, remember_files
from reports.store.version import hash_file
from reports.store.versions import Stored


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[dict[str, object], Path]:
    """Metadata of a version made a minute ago from a manifest and one image, and the folder of its inputs."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "slides.csv").write_text("image,subject\na.tif,S1\n")
    (tmp_path / "a.tif").write_bytes(b"pixels")
    created = datetime.now(UTC) - timedelta(minutes=1)
    for name in ("slides.csv", "a.tif"):
        os.utime(tmp_path / name, times=(created.timestamp() - 60,) * 2)
    # the table as the user typed it, the image as the table names it
    inputs = [
        {"name": f"{folder}{n}", "parameter": "slides", "sha256": hash_file(tmp_path / n)}
        for folder, n in (("somewhere/", "slides.csv"), ("", "a.tif"))
    ]
    remember_files("abc", {"slides": tmp_path / "slides.csv"}, tmp_path / "ihc.ipynb")
    return {"version": "abc", "created": created.isoformat(), "inputs": inputs}, tmp_path


def test_unchanged_inputs_are_not_stale(made: tuple[dict[str, object], Path]) -> None:
    metadata, folder = made
    assert changed_inputs(metadata) == []
    (folder / "slides.csv").touch()  # written again with the same bytes
    assert changed_inputs(metadata) == []


def test_a_changed_table_and_a_changed_file_it_names_are_told(made: tuple[dict[str, object], Path]) -> None:
    metadata, folder = made
    (folder / "a.tif").write_bytes(b"other pixels")
    assert [words.split(" changed ")[0] for words in changed_inputs(metadata)] == ["a.tif"]
    (folder / "slides.csv").write_text("image,subject\na.tif,S2\n")
    said = changed_inputs(metadata)
    assert [words.split(" changed ")[0] for words in said] == ["slides.csv", "a.tif"]
    assert f"{datetime.now(UTC):%B %Y}" in said[0]


def test_what_is_gone_or_was_made_elsewhere_says_nothing(made: tuple[dict[str, object], Path]) -> None:
    metadata, folder = made
    assert changed_inputs({**metadata, "version": "other"}) == []
    assert changed_inputs({**metadata, "created": ""}) == []
    (folder / "slides.csv").unlink()
    assert changed_inputs(metadata) == []


def test_paths_come_back(made: tuple[dict[str, object], Path]) -> None:
    _, folder = made
    assert recall_files("abc")["slides"] == str(folder / "slides.csv")
    assert recall_files("never made") == {}


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Another installation's example and notebooks, with the very same bytes."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    shutil.copytree(EXAMPLE_STUDY.parent, tmp_path / "data" / "example")
    shutil.copytree(NOTEBOOKS, tmp_path / "notebooks", ignore=shutil.ignore_patterns("data"))
    return tmp_path


def stored(job: Job, folder: Path) -> Stored:
    """The version of a job as its metadata tell of it."""
    job = with_version(job, folder)
    parameters = [{"name": v.parameter.name, "value": v.shown, "given": v.given} for v in job.values]
    made = {"version": job.version, "report": job.report, "notebook": job.notebook.stem, "status": "done"}
    more = {"parameters": parameters, "inputs": job.inputs, "parts": job.parts, "study": job.study}
    return Stored(folder, json.loads(json.dumps({**made, **more})))


@pytest.mark.parametrize("name", ["immune_shifts", "ihc"])
def test_another_installation_s_memory_does_not_lead_to_its_files(elsewhere: Path, name: str) -> None:
    version = stored(plan_notebook(name, {}), elsewhere)
    paths = {i["parameter"]: elsewhere / "notebooks" / i["name"] for i in version.metadata["inputs"]}
    remember_files(version.version, paths, elsewhere / "notebooks" / f"{name}.ipynb")
    again = job_again(version, {})
    assert again.notebook == NOTEBOOKS / f"{name}.ipynb"
    taken = [value.path for value in again.values if value.path]
    assert taken
    assert all(EXAMPLE_STUDY.parent in path.parents for path in taken)
    assert with_version(again, elsewhere).version == version.version


def test_a_table_whose_images_are_others_is_not_taken(elsewhere: Path) -> None:
    (elsewhere / "mine").mkdir()
    (elsewhere / "mine" / "slides.csv").write_text("image,subject\na.tif,S1\n")
    (elsewhere / "mine" / "a.tif").write_bytes(b"pixels")
    version = stored(plan_notebook("ihc", {"slides": "mine/slides.csv"}), elsewhere)
    assert job_again(version, {}).values[0].path == elsewhere / "mine" / "slides.csv"
    (elsewhere / "mine" / "a.tif").write_bytes(b"other pixels")
    with pytest.raises(UsageError, match=r"input mine/slides\.csv of .* or a file that it names has changed"):
        job_again(version, {})


def test_the_example_is_known_by_its_content_wherever_it_lies(elsewhere: Path) -> None:
    def mark(path: Path, origin: str = "simulated") -> str:
        return Input("populations", path.name, path, "", origin).mark[0]

    copy = elsewhere / "data" / "example" / "populations.csv"
    assert mark(EXAMPLE_STUDY.parent / "populations.csv") == mark(copy) == EXAMPLE
    assert mark(copy, "measured") == ""
    copy.write_text(copy.read_text().replace("1", "2", 1))
    assert mark(copy) == MARKS["simulated"][0]
