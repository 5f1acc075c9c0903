"""The site: a folder per report, in it a folder per version; nothing in it is ever half written."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reports.json_files import read_json
from reports.project import UsageError, nearest

FAILED_SUFFIX = ".failed"
TEMPORARY_PREFIX = ".tmp-"


@dataclass(frozen=True)
class Stored:
    """A version that the site holds."""

    folder: Path
    metadata: dict[str, Any]

    @property
    def version(self) -> str:
        """Its key."""
        return str(self.metadata["version"])

    @property
    def report(self) -> str:
        """Name of the report."""
        return str(self.metadata["report"])

    @property
    def good(self) -> bool:
        """Whether the run came through."""
        found: bool = self.metadata["status"] == "done"
        return found


def read_stored(folder: Path) -> Stored | None:
    """The version in a folder, or None if it holds none."""
    metadata = read_json(folder / "metadata.json", dict)
    return Stored(folder, metadata) if {"version", "report", "status", "created"} <= set(metadata) else None


def list_versions(site: Path, report: str | None = None) -> list[Stored]:
    """Versions of the site or of one report, newest first, failed ones among them."""
    pattern = f"{report or '*'}/*/metadata.json"
    found = [
        read_stored(path.parent)
        for path in site.glob(pattern)
        if not path.parent.name.startswith(TEMPORARY_PREFIX)
    ]
    kept = [stored for stored in found if stored]
    return sorted(kept, key=lambda stored: (stored.metadata["created"], stored.folder.name), reverse=True)


def newest_good(site: Path, study: str, programme: str, *, without: str = "") -> dict[str, Stored]:
    """Newest good version of each report of a study; a report last held against another programme is left
    out."""
    newest: dict[str, Stored] = {}
    for stored in list_versions(site):
        if stored.good and stored.metadata.get("study") == study and stored.report != without:
            newest.setdefault(stored.report, stored)
    return {
        name: one for name, one in newest.items() if one.metadata.get("programme", programme) == programme
    }


def find_good(site: Path, report: str, version: str) -> Stored | None:
    """The good version of this key, if the site holds it."""
    stored = read_stored(site / report / version)
    return stored if stored and stored.good else None


def find_version(site: Path, name: str) -> Stored:
    """A version by its key, by the beginning of it, by ``report/key``, by its folder, or the newest of a
    report.

    Raises
    ------
    UsageError
        If none fits, or several different ones do.
    """
    path = Path(name)
    if len(path.parts) > 2 or name != path.as_posix():  # as `tme run` prints it, or as a shell completes it
        there = read_stored(path.parent if path.suffix in (".html", ".pdf", ".json", ".ipynb") else path)
        if there:
            return there
        name = "/".join(path.parts[-2:])
    report, _, key = name.rpartition("/")
    versions = [s for s in list_versions(site) if not report or s.report == report]
    exact = [s for s in versions if s.report == name]
    if exact:
        return next((s for s in exact if s.good), exact[0])
    found = [s for s in versions if key and s.version.startswith(key)]
    if not found:
        known = {s.version for s in versions} | {s.report for s in versions}
        raise UsageError(
            f"no version {name} in the site. {nearest(name, known) if len(known) < 30 else 'See tme list.'}"
        )
    if len({(s.report, s.version) for s in found}) > 1:
        several = ", ".join(f"{s.report}/{s.version}" for s in found[:5])
        raise UsageError(f"{name} stands for several versions: {several}. Give more of it")
    return next((s for s in found if s.good), found[0])


@contextmanager
def workplace(site: Path, report: str, version: str) -> Iterator[Path]:
    """A temporary folder beside the final one, on the same disk so that it can be renamed into place."""
    home = site / report
    home.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{TEMPORARY_PREFIX}{version}-", dir=home))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if not any(home.iterdir()):
            home.rmdir()


def publish(folder: Path, site: Path, report: str, version: str, *, good: bool) -> Path:
    """Rename a finished folder into place.

    A failed run never takes the place of a good version of the same key: it lies beside it until a good run
    of that key sweeps it away.
    """
    final, failed = site / report / version, site / report / f"{version}{FAILED_SUFFIX}"
    if not good and find_good(site, report, version):
        return _swap(folder, failed)
    _swap(folder, final)
    if good:
        shutil.rmtree(failed, ignore_errors=True)
    return final


def _swap(folder: Path, final: Path) -> Path:
    """A folder cannot be renamed over a full one, so the old one steps aside first."""
    old = final.with_name(f"{TEMPORARY_PREFIX}old-{final.name}-{os.getpid()}")
    if final.exists():
        final.rename(old)
    folder.rename(final)
    shutil.rmtree(old, ignore_errors=True)
    return final
