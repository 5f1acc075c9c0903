"""What the suite is installed from: one source of dependencies, nothing drifting from it, no address in the
lock."""

from __future__ import annotations

import ast
import json
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
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


# An import without a declaration, a declaration without an import

OURS = {"lib", "reports", "tests", "docs", "simulators", "setup"}
USED_OTHERWISE = {
    "jupyterlab": "make lab",
    "nbconvert": "jupyter nbconvert --execute, a door of tests/reports/test_doors.py",
    "imagecodecs": "tifffile, for JPEG and LZW",
    "pytest-xdist": "make test: pytest -n auto",
    "ruff": "make lint",
    "mypy": "make lint",
    "types-pyyaml": "make lint: mypy",
    "uv": "make env, make lock",
    "allotropy": "instruments' files to tables, before they are read: pip install 'tme-notebooks[instruments]'",
}
"""Distributions that no line of ours imports, and what uses them."""


def imports_of(source: str) -> set[str]:
    """Top-level names that a module imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found - set(sys.stdlib_module_names) - OURS


def imported(root: Path, *folders: str) -> dict[str, str]:
    """Distribution → a file that imports it; what is not installed here is called as its module is."""
    providers = packages_distributions()
    sources = [(path, path.read_text("utf-8")) for f in folders for path in sorted((root / f).rglob("*.py"))]
    for path in sorted(root.glob("notebooks/*.ipynb")) if "notebooks" in folders else ():
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        sources += [(path, "".join(cell["source"])) for cell in cells if cell["cell_type"] == "code"]
    return {
        canonicalize_name(providers.get(name, [name])[0]): path.relative_to(root).as_posix()
        for path, source in sources
        for name in imports_of(source)
    }


def declared(root: Path) -> tuple[set[str], dict[str, set[str]]]:
    """Names of the dependencies, and of each extra."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lists = {"": project["dependencies"], **project["optional-dependencies"]}
    names = {
        key: {canonicalize_name(Requirement(item).name) for item in items} for key, items in lists.items()
    }
    return names.pop(""), names


RUNNING = ("lib", "reports", "notebooks", "data/example")


def test_every_import_is_declared(root: Path) -> None:
    dependencies, extras = declared(root)
    running = dependencies | extras["cluster"] | extras["instruments"]
    for folders, known in ((RUNNING, running), (("tests",), running | extras["dev"])):
        undeclared = {name: file for name, file in imported(root, *folders).items() if name not in known}
        assert not undeclared, f"imported and not declared in pyproject.toml: {undeclared}"


def test_every_declaration_is_imported(root: Path) -> None:
    dependencies, extras = declared(root)
    running = set(imported(root, *RUNNING))
    anywhere = running | set(imported(root, "tests")) | {"setuptools"}  # of the build itself
    idle = (dependencies - running) | (set().union(*extras.values()) - anywhere)
    assert idle - set(USED_OTHERWISE) == set(), "declared in pyproject.toml and imported by nothing"
    assert set(USED_OTHERWISE) - idle == set(), "used otherwise no longer: imported by now, or not declared"
