"""Which programme a report is held against: as its study says, or the study file beside its data."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lib.errors import InputError
from lib.places import PUBLISHED
from lib.programme import DEFAULT, NONE, find_programme, load_programme
from reports.project import UsageError, shown_path
from reports.study.origin import declared_of
from reports.study.parameters import Value

VARIABLE = "TME_PROGRAMME"


@dataclass(frozen=True)
class Chosen:
    """A programme: its name, its folder (None of the programme that says nothing), how the user named it, its
    files."""

    name: str
    folder: Path | None
    typed: str
    files: tuple[str, ...] = ()

    @property
    def variable(self) -> str:
        """Its value in the environment of a notebook."""
        return str(self.folder) if self.folder else NONE


def choose_programme(typed: str, base: Path | None = None) -> Chosen:
    """The programme that a user names: one of the suite's, a folder (relative to `base`), or ``none``.

    Raises
    ------
    UsageError
        If there is none of that name, or with every fault of its files.
    """
    try:
        folder = find_programme(typed, base)
        files = load_programme(folder).files
    except InputError as error:
        raise UsageError(str(error)) from error
    return Chosen(folder.name if folder else NONE, folder, shown_path(typed), files)


def programme_of(values: Sequence[Value], study: Path | None = None) -> Chosen:
    """The programme of a report that no study asked for.

    The environment variable ``TME_PROGRAMME`` goes first, then what the study files beside the inputs say (or
    `study`, as of `reports.study.origin.declared_of`), then the suite's own programme.

    Raises
    ------
    UsageError
        If the inputs belong to different programmes.
    """
    if named := os.environ.get(VARIABLE):
        return choose_programme(named)
    found = {}
    for value in values:
        declared = declared_of(value.path, study) if value.path else None
        if declared and declared.programme:
            chosen = choose_programme(declared.programme, declared.folder)
            found[chosen.folder] = chosen
    if len(found) > 1:
        named = ", ".join(sorted(one.typed for one in found.values()))
        raise UsageError(
            f"the inputs of a report must belong to one programme; their study files name {named}"
        )
    return next(iter(found.values()), None) or choose_programme(str(PUBLISHED / DEFAULT))
