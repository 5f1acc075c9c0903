"""The folder of a site as the user names it: a folder, or one that can be made, and not by accident."""

from __future__ import annotations

import os
from pathlib import Path

from reports.project import UsageError


def named_folder(what: str, typed: str | Path) -> Path:
    """A folder that has a name: an empty one, as of a shell's variable that is not set, is the working folder
    to Python."""
    if not str(typed).strip():
        raise UsageError(f"{what} must name a folder; got nothing. The working folder itself is `.`")
    return Path(typed)


def check_site(typed: str | Path) -> Path:
    """A site is a folder, or becomes one."""
    site = named_folder("--site", typed)
    try:
        there = next(folder for folder in (site, *site.parents) if folder.exists())
        for name in site.parts:
            (there / name).exists()  # said before anything is made: a name too long
    except OSError as error:
        raise UsageError(f"--site {site} cannot be used: {error.strerror}") from error
    if not there.is_dir():
        within = "" if there == site else f", and {site} would lie in it"
        raise UsageError(f"--site must be a folder; {there} is a file{within}")
    return site


def make_site(site: Path) -> Path:
    """The site's folder, made if need be."""
    try:
        site.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--site {site} cannot be made: {error.strerror}") from error
    if not os.access(site, os.W_OK | os.X_OK):
        raise UsageError(f"--site {site} cannot be written to")
    return site.resolve()
