"""Where data come from, as the study file in their own folder declares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from reports import project
from reports.project import UsageError, nearest
from reports.study.parameters import Value
from reports.study.typed_yaml import as_written, read_yaml

STUDY_FILE = "study.yaml"
FOLDERS_UP = 3
"""Data lie beside their study file, or one or two folders below it, as in ``data/plates``."""
ORIGINS = ("measured", "published", "digitised", "simulated")
"""From the most to the least that data can show: one simulated input makes a report simulated."""


@dataclass(frozen=True)
class Declared:
    """What a study file says of its data; a programme's folder is relative to that of the file."""

    study: str = ""
    origin: str = "measured"
    programme: str = ""
    folder: Path | None = None


def declared_of(file: Path, study: Path | None = None) -> Declared | None:
    """What is declared of a file: by the study file in its own folder or up to two above, else by that of its
    study.

    Only the name, the origin and the programme are read, so that a fault elsewhere in that file never takes
    the mark off its data.

    Parameters
    ----------
    file : Path
        The file.
    study : Path, optional
        A study's file; it speaks for what lies in its folder or below.

    Returns
    -------
    Declared or None
        None where nothing is declared.

    Raises
    ------
    UsageError
        If the study file cannot be read, so that nobody can say where the data come from.
    """
    for folder in list(file.parents)[:FOLDERS_UP]:
        if (folder / STUDY_FILE).is_file():
            return _declared_in(folder / STUDY_FILE, file.name)
    if study and study.resolve().parent in file.resolve().parents:
        return _declared_in(study, file.name)
    return None


def _declared_in(study: Path, name: str) -> Declared:
    try:
        content = _read(study, study.stat().st_mtime_ns)
    except UsageError as error:
        raise UsageError(f"where {name} comes from cannot be told: its study file: {error}") from error
    if not isinstance(content, dict):
        return Declared()
    origin = str(content.get("origin") or "measured")
    if origin not in ORIGINS:
        rule = f"{study.name} of {name}: origin must be one of {', '.join(ORIGINS)}; got {origin}"
        raise UsageError(f"{rule}. {nearest(origin, ORIGINS)}")
    name, programme = (str(as_written(content.get(key)) or "") for key in ("study", "programme"))
    return Declared(name, origin, programme, study.parent)


@lru_cache
def _read(path: Path, _written_ns: int) -> Any:
    """One study file stands beside many inputs: read once, and again when it was written again."""
    return read_yaml(path)


def study_and_origin(
    values: Sequence[Value], study: Path | None = None, *, ours: bool = True
) -> tuple[str, str]:
    """Study and origin of a report that no study file asked for.

    One of the suite's own notebooks without inputs belongs to the example; of anybody else's nothing is
    known.
    """
    if not any(value.parameter.file for value in values):
        if not (ours and project.EXAMPLE_STUDY.is_file()):
            return "", ""
        found = declared_of(project.EXAMPLE_STUDY) or Declared()
        return found.study, found.origin
    each = [declared_of(value.path, study) or Declared() for value in values if value.path]
    names = {one.study for one in each}
    worst = max((one.origin for one in each), key=ORIGINS.index, default="measured")
    return (names.pop() if len(names) == 1 else ""), worst


def origins_of(values: Sequence[Value], stated: str = "", study: Path | None = None) -> Mapping[str, str]:
    """Origin of each input by parameter.

    Parameters
    ----------
    values : sequence of Value
        The report's.
    stated : str
        Origin of the whole report. It holds for inputs that declare nothing themselves, unless one that does
        declare it is the reason for it; a study file beside an input that cannot be read then says nothing.
    study : Path, optional
        As of `declared_of`.
    """
    found = {v.parameter.name: _declared(v.path, study, lenient=bool(stated)) for v in values if v.path}
    explained = not stated or any(one and one.origin == stated for one in found.values())
    silent = "measured" if explained else stated
    return {name: one.origin if one else silent for name, one in found.items()}


def _declared(path: Path, study: Path | None, *, lenient: bool) -> Declared | None:
    try:
        return declared_of(path, study)
    except UsageError:
        if lenient:
            return None
        raise
