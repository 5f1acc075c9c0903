"""Where a programme lies: one of the suite's by its name, or a folder."""

from __future__ import annotations

from pathlib import Path

from lib.errors import Fault, InputError
from lib.places import PUBLISHED
from lib.programme.said import FILE, nearest

DEFAULT, NONE = "defactinib", "none"
"""The programme of a study that names none, and the one that says nothing."""


def find_programme(named: str, base: Path | None = None) -> Path | None:
    """Folder of a programme: a name under ``data/published``, a folder (relative to `base`), or None for
    ``none``.

    A plain name is the suite's programme, or else a folder beside; a path (``./name``, ``../name``, ``a/b``,
    an absolute one) is a folder only.

    Raises
    ------
    InputError
        If there is no such programme, or if a plain name means one of the suite's as well as a folder beside.
    """
    if named == NONE:
        return None
    beside = _holding((base or Path.cwd()) / named) if named.strip() else None
    own = _holding(PUBLISHED / named) if named in known_programmes() else None
    if own and beside and own != beside:
        rule = f"a programme's name must mean one of the suite's or a folder that holds {FILE}, not both"
        raise InputError(Fault(rule, value=named, remedy=f"Write ./{named} for the folder, or rename it."))
    if own or beside:
        return own or beside
    known = [*known_programmes(), NONE]
    rule = f"programme must be one of {', '.join(known)}, or a folder that holds {FILE}"
    remedy = f"Write programme: {NONE} where nothing published is to be held against."
    said = f'"{named}"' if named != named.strip() else named or "nothing"
    raise InputError(Fault(rule, value=said, remedy=nearest(named, known) or remedy))


def _holding(folder: Path) -> Path | None:
    return folder.resolve() if (folder / FILE).is_file() else None


def known_programmes() -> list[str]:
    """Names of the programmes that the suite carries."""
    return sorted(path.parent.name for path in PUBLISHED.glob(f"*/{FILE}"))
