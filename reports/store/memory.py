"""What this machine remembers of a version: the files it was made of. Never part of the site, which is
shared."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reports.json_files import read_json, write_json
from reports.store import version

NOTEBOOK_KEY, PROGRAMME_KEY = "the notebook", "the programme"


def memory_file(key: str) -> Path:
    """Where the paths of a version are kept."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return home / "tme" / f"{key}.json"


def remember_files(
    key: str, paths: Mapping[str, Path], notebook: Path, hidden: Mapping[tuple[str, str], Path] | None = None
) -> None:
    """Keep the paths of a version's inputs by parameter, of its notebook, and of files whose names it
    hides."""
    path = memory_file(key)
    named = {_hidden_key(*which): str(p) for which, p in (hidden or {}).items()}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, {name: str(p) for name, p in paths.items()} | named | {NOTEBOOK_KEY: str(notebook)})
    except OSError:
        return  # only `tme verify` and the mark "stale" are missing without


def recall_files(key: str) -> dict[str, str]:
    """Paths by parameter; empty where this machine did not make the version."""
    return read_json(memory_file(key), dict)


def _hidden_key(parameter: str, name: str) -> str:
    return f"{parameter}: {name}"


def changed_inputs(metadata: Mapping[str, Any]) -> list[str]:
    """Inputs that hold something else now than when the version was made: which, and when they changed.

    Files are hashed only if they were written since. Inputs that are gone say nothing, nor do versions made
    elsewhere.
    """
    try:
        made = datetime.fromisoformat(str(metadata.get("created")))
    except ValueError:
        return []
    tables, changed = recall_files(str(metadata.get("version"))), []
    for item in metadata.get("inputs") or []:
        name, parameter = str(item.get("name")), str(item.get("parameter"))
        known = tables.get(_hidden_key(parameter, name), "")
        path = _locate(known or name, tables.get(parameter, ""))
        if path is None:
            continue
        at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        if at > made and version.hash_file(path) != item.get("sha256"):
            changed.append(f"{Path(name).name} changed {at.day} {at:%B %Y}, {at:%H:%M} UTC")
    return changed


def _locate(name: str, table: str) -> Path | None:
    """An input that is still there: the table itself, or a file that it names, beside it."""
    if not table:
        return None
    path = Path(table) if Path(name).name == Path(table).name else Path(table).parent / name
    return path if path.is_file() else None
