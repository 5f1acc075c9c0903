"""Where data come from, as the study file in their own folder declares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from reports import project
from reports.parameters import Value
from reports.project import UsageError, nearest
from reports.typed_yaml import as_written, read_yaml

STUDY_FILE = "study.yaml"
ORIGINS = ("measured", "published", "digitised", "simulated")
"""From the most to the least that data can show: one simulated input makes a report simulated."""


@dataclass(frozen=True)
class Declared:
    """What a study file says of the data beside it."""

    study: str = ""
    origin: str = "measured"


def declared_beside(file: Path) -> Declared | None:
    """What the study file in a file's folder declares; None where there is none.

    Only the name and the origin are read, so that a fault elsewhere in that file never takes the mark off its data.

    Raises
    ------
    UsageError
        If the study file cannot be read, so that nobody can say where the data come from.
    """
    path = file.parent / STUDY_FILE
    if not path.is_file():
        return None
    try:
        content = read_yaml(path)
    except UsageError as error:
        raise UsageError(
            f"where {file.name} comes from cannot be told: the study file beside it: {error}"
        ) from error
    if not isinstance(content, dict):
        return Declared()
    origin = str(content.get("origin") or "measured")
    if origin not in ORIGINS:
        hint = nearest(origin, ORIGINS)
        raise UsageError(
            f"{STUDY_FILE} beside {file.name}: origin must be one of {', '.join(ORIGINS)}; got {origin}. {hint}"
        )
    return Declared(str(as_written(content.get("study")) or ""), origin)


def study_and_origin(values: Sequence[Value]) -> tuple[str, str]:
    """Study and origin of a report that no study file asked for; one without inputs belongs to the example."""
    if not any(value.parameter.file for value in values) and project.EXAMPLE_STUDY.is_file():
        found = declared_beside(project.EXAMPLE_STUDY) or Declared()
        return found.study, found.origin
    each = [declared_beside(value.path) or Declared() for value in values if value.path]
    names = {one.study for one in each}
    worst = max((one.origin for one in each), key=ORIGINS.index, default="measured")
    return (names.pop() if len(names) == 1 else ""), worst


def origins_of(values: Sequence[Value], stated: str = "") -> Mapping[str, str]:
    """Origin of each input by parameter.

    Parameters
    ----------
    values : sequence of Value
        The report's.
    stated : str
        Origin of the whole report. It holds for inputs that declare nothing themselves, unless one that does
        declare it is the reason for it; a study file beside an input that cannot be read then says nothing.
    """
    found = {v.parameter.name: _declared(v.path, lenient=bool(stated)) for v in values if v.path}
    explained = not stated or any(one and one.origin == stated for one in found.values())
    silent = "measured" if explained else stated
    return {name: one.origin if one else silent for name, one in found.items()}


def _declared(path: Path, *, lenient: bool) -> Declared | None:
    try:
        return declared_beside(path)
    except UsageError:
        if lenient:
            return None
        raise
