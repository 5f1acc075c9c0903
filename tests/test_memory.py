"""What this machine remembers of versions, and the mark of reports whose inputs have changed since."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reports.memory import changed_inputs, recall_files, remember_files
from reports.version import hash_file


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
    inputs = [{"name": f"{folder}{n}", "parameter": "slides", "sha256": hash_file(tmp_path / n)}
              for folder, n in (("somewhere/", "slides.csv"), ("", "a.tif"))]  # fmt: skip
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
