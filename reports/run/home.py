"""A home for the caches and settings of matplotlib, IPython and Jupyter, where the user has none to write to.

Without one each of them warns, makes a temporary folder of its own, or fails. Batch systems and containers
run people without HOME, with one that is not there, or with one that is not theirs.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import tempfile
from pathlib import Path

VARIABLE = "USERPROFILE" if os.name == "nt" else "HOME"


def ensure_home() -> None:
    """Give this process and its children a folder of the user's own as home, unless they have a usable
    one."""
    if os.environ.get(VARIABLE) == "":
        del os.environ[VARIABLE]  # an empty name would stand for the root folder
    home = Path(os.path.expanduser("~"))
    if not (home.is_absolute() and home.is_dir() and os.access(home, os.W_OK | os.X_OK)):
        os.environ[VARIABLE] = str(_private_folder())


def _private_folder() -> Path:
    """The same folder each time, so that caches last; a passing one where somebody else has taken that
    name."""
    user = os.getuid() if hasattr(os, "getuid") else "user"
    folder = Path(tempfile.gettempdir(), f"tme-home-{user}")
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    if _is_ours(folder):
        return folder
    passing = Path(tempfile.mkdtemp(prefix="tme-home-"))
    atexit.register(shutil.rmtree, passing, ignore_errors=True)
    return passing


def _is_ours(folder: Path) -> bool:
    """In a temporary folder that all users share, others may lay out a trap."""
    if folder.is_symlink() or not folder.is_dir():
        return False
    status = folder.stat()
    return os.name == "nt" or (status.st_uid == os.getuid() and not status.st_mode & 0o077)
