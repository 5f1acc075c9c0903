"""How input files are to be read, as a study or a command says it: by parameter, for the notebook by file."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from lib.errors import InputError
from lib.tables.intake.how import How, parse_how
from reports.project import UsageError, nearest
from reports.study.parameters import Value
from reports.study.typed_yaml import read_yaml

VARIABLE = "TME_READ"


def typed_readings(typed: Iterable[str]) -> dict[str, Any]:
    """Mappings of ``--read PARAMETER=FILE.yaml``, or with the mapping itself, in braces, in the file's place.

    Raises
    ------
    UsageError
        For a word without ``=``, a parameter given twice, and a file that is not there.
    """
    found: dict[str, Any] = {}
    for word in typed:
        name, sign, source = word.partition("=")
        if not (name and sign and source):
            raise UsageError(f"--read needs a parameter and a file: --read PARAMETER=FILE.yaml; got {word}")
        if name in found:
            raise UsageError(f"--read names {name} twice. Give it once")
        found[name] = _content(source)
    return found


def _content(source: str) -> Any:
    if source.startswith("{"):
        try:
            return json.loads(source)
        except ValueError as error:
            raise UsageError(f"--read: a mapping in braces must be JSON; {error}") from error
    path = Path(source)
    if not path.is_file():
        raise UsageError(f"--read: no file {path.name}")
    return read_yaml(path) or {}


def check_readings(readings: Mapping[str, Any], values: Sequence[Value]) -> dict[str, Any]:
    """The mappings as they stand, held to their rules.

    Raises
    ------
    UsageError
        With every mapping for what is no input file of the notebook, and every fault of the mappings.
    """
    files = {v.parameter.name: v for v in values if v.parameter.file}
    faults = []
    for name, content in readings.items():
        if name not in files:
            faults.append(f"read: {name} is no input file of the notebook. {nearest(name, files)}")
        elif not files[name].path:
            faults.append(f"read: {name} has no file to be read")
        try:
            parse_how(content, f"read: {name}")
        except InputError as error:
            faults += map(str, error.faults)
    if faults:
        raise UsageError("\n".join(faults))
    return dict(readings)


def readings_by_file(values: Sequence[Value], study: Path | None) -> dict[Path, How]:
    """How the files of a notebook are to be read: as its runner says, else as the study file does that names
    them."""
    stated = os.environ.get(VARIABLE)
    if stated is not None:
        readings = json.loads(stated)
        return {
            v.path: parse_how(readings[v.parameter.name]) for v in values if _is_read(v, readings) and v.path
        }
    if study is None:
        return {}
    named = {
        (study.parent / str((entry.get("parameters") or {}).get(name, ""))).resolve(): content
        for entry in (read_yaml(study) or {}).get("reports")
        or ()  # a file beside data may say the origin alone
        for name, content in (entry.get("read") or {}).items()
    }
    return {
        v.path: parse_how(named[v.path.resolve()]) for v in values if v.path and v.path.resolve() in named
    }


def _is_read(value: Value, readings: Mapping[str, Any]) -> bool:
    return value.parameter.name in readings


def as_typed(readings: Mapping[str, Any]) -> list[str]:
    """The words of a command that say the same."""
    said = (
        (name, json.dumps(content, ensure_ascii=False, sort_keys=True)) for name, content in readings.items()
    )
    return [word for name, content in said for word in ("--read", f"{name}={content}")]
