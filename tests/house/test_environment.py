"""What the suite is installed from: one source of dependencies, nothing drifting from it, no address in the
lock."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from reports.dictionary import write_dictionary
from reports.environment import write_environment


def locked(root: Path) -> dict[str, str]:
    text = (root / "requirements.lock").read_text(encoding="utf-8")
    return {
        canonicalize_name(n): v for n, v in re.findall(r"^([\w.\-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", text, re.M)
    }


def test_environment_yml_follows_pyproject(root: Path) -> None:
    assert (root / "environment.yml").read_text(encoding="utf-8") == write_environment(
        root / "pyproject.toml"
    )


def test_lock_satisfies_every_dependency(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    versions = locked(root)
    for item in project["dependencies"] + project["optional-dependencies"]["dev"]:
        wanted = Requirement(item)
        assert wanted.specifier.contains(versions[canonicalize_name(wanted.name)]), item


def test_lock_is_hashed_and_names_no_registry(root: Path) -> None:
    text = (root / "requirements.lock").read_text(encoding="utf-8")
    assert not re.search(r"https?://|--(extra-)?index-url|--find-links", text)
    pins = re.findall(r"^[\w.\-]+(?:\[[^\]]*\])?==.*$", text, re.M)
    assert pins
    assert all(pin.rstrip().endswith("\\") for pin in pins), "a pin without a hash"


def test_version_is_the_newest_of_the_changelog(root: Path) -> None:
    version = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    sections = re.findall(r"^## \[(.+?)\](?: - (\S+))?$", (root / "CHANGELOG.md").read_text("utf-8"), re.M)
    cited = (root / "CITATION.cff").read_text(encoding="utf-8")
    assert sections[0] == ("Unreleased", "")
    assert sections[1][0] == version
    assert f"\nversion: {version}\ndate-released: {sections[1][1]}\n" in cited


def test_pandas_stays_below_3(root: Path) -> None:
    assert locked(root)["pandas"].split(".")[0] == "2"


def test_lib_is_not_ignored(root: Path) -> None:
    lines = (root / ".gitignore").read_text(encoding="utf-8").split()
    assert not {"lib", "lib/", "/lib", "/lib/"} & set(lines)
    assert not (root / "tests" / "lib").exists()


def test_data_dictionary_follows_the_contracts(root: Path) -> None:
    assert (root / "data" / "README.md").read_text(encoding="utf-8") == write_dictionary()
