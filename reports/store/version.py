"""The version of a report: what it was made of, and what came out, each as one hash."""

from __future__ import annotations

import gzip
import hashlib
import json
import platform
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from lib.places import CODE, REFERENCE, ROOT
from lib.tables.manifests import FILE_COLUMNS, read_file_names, referenced_files
from reports.project import source_of
from reports.store import sameness
from reports.study.parameters import Value

LENGTH = 12
HOW = "how inputs are read"
"""The part of a version that only those have whose study says it."""
IDS = "show_subject_ids"
"""The parameter by which a notebook names subjects."""


def hash_bytes(content: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def hash_json(value: Any) -> str:
    """SHA-256 of a value's canonical JSON."""
    return hash_bytes(json.dumps(value, sort_keys=True, ensure_ascii=False, default=str).encode())


def hash_file(path: Path) -> str:
    """SHA-256 of a file's bytes, read in pieces because slides and FCS files are large."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def hash_notebook(notebook: Mapping[str, Any]) -> str:
    """Hash of what a notebook says and does: sources only, so that re-running it in place changes nothing."""
    return hash_json([[cell["cell_type"], source_of(cell)] for cell in notebook["cells"]])


@cache
def hash_code(folder: Path) -> str:
    """Hash of a folder's Python files, templates and tables, once a process."""
    files = [
        p for p in folder.rglob("*") if p.suffix in {".py", ".html", ".css", ".js", ".j2", ".yaml", ".csv"}
    ]
    kept = [
        p for p in files if "site" not in p.relative_to(folder).parts[:1] and "__pycache__" not in p.parts
    ]
    return hash_json({p.relative_to(folder).as_posix(): hash_file(p) for p in sorted(kept)})


def hash_files(folder: Path, names: Sequence[str]) -> str:
    """Hash of files of a folder, by name and content."""
    return hash_json({name: hash_file(folder / name) for name in names})


@cache
def code_hashes() -> dict[str, str]:
    """Hashes of all that is the same for every report made by this checkout or installation."""
    lock = ROOT / "requirements.lock"
    return {
        "lib": hash_code(CODE / "lib"),
        "reports": hash_code(CODE / "reports"),
        "reference": hash_code(REFERENCE),
        "lock": hash_file(lock) if lock.is_file() else "",
        "python": platform.python_version(),
    }


def describe_inputs(values: Sequence[Value]) -> list[dict[str, Any]]:
    """Every input file with its hash and size: those named by parameters and those that their tables name."""
    inputs: list[dict[str, Any]] = []
    for value in values:
        if value.path:
            inputs.append(_describe(value.path, value.shown, value.parameter.name))
            for name, path in _shown_files(value.path, hide=hides_names(values)).items():
                inputs.append(_describe(path, name, value.parameter.name))
    return inputs


def hides_names(values: Sequence[Value]) -> bool:
    """Whether a report must not name subjects: neither by the names of the files that its tables name."""
    return any(v.parameter.name == IDS and v.value is False for v in values)


def hidden_paths(values: Sequence[Value]) -> dict[tuple[str, str], Path]:
    """Paths behind the numbers of `describe_inputs`, by parameter and number; empty where names are shown."""
    if not hides_names(values):
        return {}
    return {
        (v.parameter.name, name): path
        for v in values
        if v.path
        for name, path in _shown_files(v.path, hide=True).items()
    }


def _shown_files(table: Path, *, hide: bool) -> dict[str, Path]:
    """Files that a manifest names, by name or, hidden, as ``file 3 named in samples.csv``, in the table's
    order."""
    there = referenced_files(table)
    if not hide:
        return there
    rows = list(read_file_names(table)) if there else []
    shown: dict[str, str] = {}
    for column in FILE_COLUMNS:
        named = dict.fromkeys(row[column] for row in rows if row.get(column))
        for i, name in enumerate(named, start=1):
            shown.setdefault(name, f"{column} {i} named in {table.name}")
    return {label: there[name] for name, label in shown.items() if name in there}


def _describe(path: Path, shown: str, parameter: str) -> dict[str, Any]:
    return {"name": shown, "parameter": parameter, "sha256": hash_file(path), "size": path.stat().st_size}


def components(
    *,
    notebook: Mapping[str, Any],
    values: Sequence[Value],
    inputs: Sequence[Mapping[str, Any]],
    origin: str,
    study: str,
    programme: tuple[Path, Sequence[str]] | None,
    reads: Mapping[str, str] | None = None,
    how: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """All that a version depends on, by name, so that two versions can say in what they differ.

    Files enter by their content and base name, not by where they lie: two people with one file get one
    version.
    """
    return {
        "notebook": hash_notebook(notebook),
        "parameters": {v.parameter.name: Path(v.value).name if v.path else v.value for v in values},
        "inputs": [[i["parameter"], Path(i["name"]).name, i["sha256"]] for i in inputs],
        **code_hashes(),
        "origin": origin,
        "study": study,
        "programme": [programme[0].name, hash_files(*programme)] if programme else [],
        "reads": dict(reads or {}),
        **({HOW: dict(how)} if how else {}),
    }


def version_key(parts: Mapping[str, Any]) -> str:
    """The version: first 12 hexadecimal digits of the hash over all that it depends on."""
    return hash_json(parts)[:LENGTH]


def hash_results(folder: Path, notebook: Mapping[str, Any]) -> str:
    """Hash of what came out, to the last bit: tables, and what the notebook's outputs say.

    Equal hashes are equal results; where they differ, `reports.store.sameness` decides.
    """
    tables = {}
    for path in sorted((folder / "tables").glob("*")):
        opener: Any = gzip.open if path.suffix == ".gz" else open
        with opener(path, "rb") as stream:
            tables[path.name] = hash_bytes(stream.read())
    said = json.dumps(sameness.spoken(notebook), sort_keys=True, ensure_ascii=False)
    return hash_json({"tables": tables, "outputs": sameness.VOLATILE.sub("…", said)})
