from __future__ import annotations

from pathlib import Path

import pytest

from reports.json_files import write_json
from reports.project import UsageError
from reports.store import diff
from reports.store import versions as store


def make(site, report, version, created, status="done", **more):
    with store.workplace(site, report, version) as folder:
        content = {
            "report": report,
            "version": version,
            "created": created,
            "status": status,
            "study": "s",
            **more,
        }
        write_json(folder / "metadata.json", content)
        return store.publish(folder, site, report, version, good=status == "done")


def test_versions_come_newest_first_and_no_temporary_folder_stays(tmp_path):
    make(tmp_path, "a", "aaaa11112222", "2025-01-01")
    make(tmp_path, "b", "bbbb11112222", "2025-01-03")
    make(tmp_path, "a", "cccc11112222", "2025-01-02")
    assert [s.version[:4] for s in store.list_versions(tmp_path)] == ["bbbb", "cccc", "aaaa"]
    assert not list(tmp_path.glob("*/.tmp-*"))


def test_failed_run_never_replaces_a_good_version(tmp_path):
    good = make(tmp_path, "a", "aaaa11112222", "2025-01-01")
    failed = make(tmp_path, "a", "aaaa11112222", "2025-01-02", status="failed")
    assert failed.name == "aaaa11112222.failed"
    assert store.read_stored(good).good
    assert store.find_version(tmp_path, "aaaa").good
    make(tmp_path, "a", "aaaa11112222", "2025-01-03")
    assert not failed.exists()
    assert len(store.list_versions(tmp_path)) == 1


def test_good_run_replaces_a_failed_one(tmp_path):
    make(tmp_path, "a", "aaaa11112222", "2025-01-01", status="failed")
    assert store.find_good(tmp_path, "a", "aaaa11112222") is None
    make(tmp_path, "a", "aaaa11112222", "2025-01-02")
    assert store.find_good(tmp_path, "a", "aaaa11112222")


def test_interrupted_work_leaves_nothing(tmp_path):
    def interrupted():
        with store.workplace(tmp_path, "a", "aaaa11112222") as folder:
            (folder / "half.csv").write_text("x")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []


def test_newest_good_of_a_study(tmp_path):
    make(tmp_path, "a", "aaaa11112222", "2025-01-01")
    make(tmp_path, "a", "bbbb11112222", "2025-01-02", status="failed")
    make(tmp_path, "overview", "cccc11112222", "2025-01-03")
    make(tmp_path, "other", "dddd11112222", "2025-01-03", study="t")
    found = store.newest_good(tmp_path, "s", "none", without="overview")
    assert {name: s.version for name, s in found.items()} == {"a": "aaaa11112222"}


@pytest.mark.parametrize("name", ["aaaa", "a/aaaa11", "a"])
def test_finds_a_version_by_what_is_enough(tmp_path, name):
    make(tmp_path, "a", "aaaa11112222", "2025-01-01")
    assert store.find_version(tmp_path, name).version == "aaaa11112222"


def test_names_that_fit_none_or_several_are_refused(tmp_path):
    make(tmp_path, "a", "aaaa11112222", "2025-01-01")
    make(tmp_path, "a", "aaaa33334444", "2025-01-01")
    with pytest.raises(UsageError, match="aaaa stands for several versions: a/aaaa"):
        store.find_version(tmp_path, "aaaa")
    with pytest.raises(UsageError, match="no version ffff"):
        store.find_version(tmp_path, "ffff")


@pytest.mark.parametrize(
    "name",
    [
        "site/a/aaaa11112222/",
        "site/a/aaaa11112222",
        "./a/aaaa11112222/",
        "elsewhere/site/a/aaaa",
        "{}/site/a/aaaa11112222/report.html",
    ],
)
def test_finds_a_version_by_its_folder(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    make(tmp_path / "site", "a", "aaaa11112222", "2025-01-01")
    make(tmp_path / "site", "b", "aaaa11112222", "2025-01-02")
    found = store.find_version(Path("site"), name.format(tmp_path))
    assert (found.report, found.version) == ("a", "aaaa11112222")
    assert store.find_version(Path("another"), "site/a/aaaa11112222/").report == "a"
    with pytest.raises(UsageError, match="no version a/ffff in the site"):
        store.find_version(Path("site"), "site/a/ffff/")


@pytest.mark.parametrize(
    ("before", "now", "words"),
    [
        (-0.698808123, -0.698808124, "-0.698808123 → -0.698808124"),
        (1.0, 1.0 + 2**-52, "1 → 1.0000000000000002"),
        (1.9, 1.0, "1.9 → 1"),
        (2, None, "2 → none"),
        ("a", "b", "a → b"),
    ],
)
def test_two_numbers_that_differ_are_never_shown_alike(before, now, words):
    assert diff._words({"before": before, "now": now}) == words
