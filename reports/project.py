"""Where things are: the project's folders, and notebooks by name."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from lib.places import BUNDLE, ROOT

NOTEBOOKS = ROOT / "notebooks"
EXAMPLE_STUDY = ROOT / "data" / "example" / "study.yaml"
SITE = Path("reports", "site") if BUNDLE.is_dir() else ROOT / "reports" / "site"
"""Where versions go: into the checkout, or, as an installed wheel is not to be written to, below the working
folder."""


class UsageError(Exception):
    """What was asked for cannot be done as asked; the message says what to write instead."""


def nearest(word: str, known: Iterable[str]) -> str:
    """A sentence with the nearest known name, or with all of them where none is near."""
    names = sorted(known)
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.55)
    if close:
        return f"Did you mean {close[0]}?"
    return f"Known: {', '.join(names)}." if names else ""


LESSONS = ("explore",)
"""Notebooks that teach and make no report."""


def notebook_names() -> list[str]:
    """Names of the suite's own notebooks that make reports."""
    return sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb") if path.stem not in LESSONS)


def find_notebook(name: str, base: Path | None = None) -> Path:
    """The file of a notebook given by name (one of the suite's) or by path (one of the user's).

    Parameters
    ----------
    name : str
        ``ic50``, ``ic50.ipynb`` or ``my/own.ipynb``.
    base : Path, optional
        Folder that a relative path starts from.

    Raises
    ------
    UsageError
        If there is no such notebook; names the nearest one.
    """
    own = (base or Path.cwd()) / name
    if name.endswith(".ipynb") and own.is_file():
        return own.resolve()
    stem = name.removesuffix(".ipynb")
    path = NOTEBOOKS / f"{stem}.ipynb"
    if stem in LESSONS:
        raise UsageError(f"{stem} is a lesson and makes no report. Open it in JupyterLab: make lab")
    if Path(stem).name == stem and path.is_file():
        return path
    raise UsageError(f"no notebook {name}. {nearest(Path(stem).name, notebook_names())}".strip())


def read_notebook(path: Path) -> dict[str, Any]:
    """A notebook as plain JSON; nbformat would cost half a second and validate what we wrote ourselves."""
    try:
        notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        notebook["cells"]
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path.name} is not a notebook of format 4 ({error})") from error
    return notebook


def source_of(cell: dict[str, Any]) -> str:
    """A cell's source as one string; on disk it may be a list of lines."""
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(source)


def tags_of(cell: dict[str, Any]) -> list[str]:
    """A cell's tags."""
    return list(cell.get("metadata", {}).get("tags", []))


def code_cells(notebook: dict[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Code cells with their index in the notebook."""
    return ((i, cell) for i, cell in enumerate(notebook["cells"]) if cell["cell_type"] == "code")


def title_of(notebook: dict[str, Any]) -> str:
    """The notebook's question: its first heading."""
    for cell in notebook["cells"]:
        for line in source_of(cell).splitlines():
            if cell["cell_type"] == "markdown" and line.startswith("# "):
                return line[2:].strip()
    return ""


def heading_above(notebook: dict[str, Any], index: int) -> str:
    """The nearest heading above a cell, in which step of the analysis it stands."""
    for cell in reversed(notebook["cells"][: index + 1]):
        if cell["cell_type"] == "markdown":
            for line in reversed(source_of(cell).splitlines()):
                if line.startswith("#"):
                    return line.lstrip("#").strip()
    return ""


def shown_path(path: Path | str) -> str:
    """A path as a report may show it: relative ones as they are, absolute ones by their name alone."""
    return Path(path).name if Path(path).is_absolute() else str(path)
