"""Where a relative path may start, and the one file that it names."""

from __future__ import annotations

import filecmp
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from reports.project import UsageError, nearest, shown_path


@dataclass(frozen=True)
class Place:
    """A folder that relative paths may start from.

    Parameters
    ----------
    folder : Path
        Where it is.
    words : str
        What it is called: ``"the working folder"``.
    """

    folder: Path
    words: str = ""


@dataclass(frozen=True)
class Found:
    """A file, and from which place its path led there; none where the path was absolute."""

    path: Path
    place: Place | None = None


def distinct(places: Sequence[Place]) -> list[Place]:
    """Each folder once, where it stands first, under the last of its names, which says most."""
    by_folder = {place.folder.resolve(): place.words for place in places}
    return [Place(folder, words) for folder, words in by_folder.items()]


def find_file(typed: str, places: Sequence[Place]) -> Found:
    """The file that a path names, looked for from each place in turn.

    Raises
    ------
    UsageError
        If it is nowhere, with the nearest name; or in two places with different content, both named. The
        message is the end of a sentence: ``"got …"``.
    """
    path = _expanded(typed)
    if path.is_absolute():
        if _is_file(path):
            return Found(path.resolve())
        raise UsageError(_not_there(typed, [path]))
    there = [
        Found((place.folder / path).resolve(), place) for place in places if _is_file(place.folder / path)
    ]
    if not there:
        raise UsageError(_not_there(typed, [place.folder / path for place in places], places))
    for other in there[1:]:
        if not filecmp.cmp(there[0].path, other.path, shallow=False):
            raise UsageError(_two_files(typed, there[0], other))
    return there[0]


def _expanded(typed: str) -> Path:
    try:
        return Path(typed).expanduser()
    except RuntimeError:  # a home folder of nobody
        return Path(typed)


def _is_file(path: Path) -> bool:
    return _answer(path.is_file)


def _answer(question: Callable[[], bool]) -> bool:
    try:
        return question()
    except OSError:  # a name too long, a folder that may not be looked into
        return False


def _not_there(typed: str, tried: Sequence[Path], places: Sequence[Place] = ()) -> str:
    if not typed:
        return "got nothing"
    if any(_answer(path.is_dir) for path in tried):
        return f"got {typed}, which is a folder"
    named = [place.words for place in places if place.words]
    where = f" (looked for from {', from '.join(named)})" if named else ""
    hints = [hint for path in tried if (hint := _near_file(path))]
    return f"got {typed}, which is not there{where}. {hints[0] if hints else ''}".strip()


def _near_file(path: Path) -> str:
    try:
        siblings = [p.name for p in path.parent.iterdir() if p.is_file()]
    except OSError:
        return ""
    hint = nearest(path.name, siblings)
    return hint if hint.startswith("Did") else ""


def _two_files(typed: str, one: Found, other: Found) -> str:
    assert one.place
    assert other.place
    return (
        f"got {shown_path(typed)}, which is there twice with different content: from {one.place.words}"
        f" {one.path}, and from {other.place.words} {other.path}. Name one by its full path"
    )
