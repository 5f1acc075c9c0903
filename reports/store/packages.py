"""The packages that a run imported: those of its notebook and of our modules behind it, and what was loaded
while it ran.

A warm run is forked from a process that has imported what other notebooks need, too: what lies in memory
tells little; what the code says at its left edge tells what it imported, whichever way it ran.
"""

from __future__ import annotations

import ast
import contextlib
import json
import os
import platform
import re
import sys
from collections.abc import Iterable
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from lib.places import CODE
from reports.project import code_cells, source_of

LOADED, VARIABLE = "loaded.json", "TME_LOADED"
"""The file in which a run that is asked to by the environment variable tells its runner what it loaded."""

NAMES = (
    "numpy pandas scipy matplotlib seaborn lmfit statsmodels flowkit flowutils tifffile imagecodecs openpyxl"
    " pyarrow pyreadstat wellmap"
)
NUMERIC = {name: name for name in NAMES.split()} | {"skimage": "scikit-image"}
"""Packages that numbers and figures can rest on: module and distribution."""

ENGINES = ("papermill", "ipykernel")
IMPORT = re.compile(r"^(?:from +([\w.]+) +import +(\([^)]*\)|.*)|import +(.+))", re.MULTILINE)
"""An import that runs when its module is imported; those within functions are indented."""


def tell_loaded(before: Iterable[str]) -> None:
    """Which of the packages were loaded since `before`, names of modules: imports within functions."""
    if file := os.environ.get(VARIABLE):
        loaded = {name.partition(".")[0] for name in set(sys.modules) - set(before)} & set(NUMERIC)
        Path(file).write_text(json.dumps(sorted(loaded)), encoding="utf-8")


def imported_versions(notebook: dict[str, Any], folder: Path) -> dict[str, str]:
    """Versions of Python and of the packages that a run imported.

    Parameters
    ----------
    notebook : dict
        As it was run.
    folder : Path
        The run's, with what `tell_loaded` said there, which is taken away.
    """
    noted = folder / LOADED
    loaded = json.loads(noted.read_text(encoding="utf-8")) if noted.is_file() else []
    roots = _reach(imported_modules(notebook)).union(loaded)
    noted.unlink(missing_ok=True)
    names = [distribution for module, distribution in NUMERIC.items() if module in roots]
    return {
        "python": platform.python_version(),
        **{name: metadata.version(name) for name in (*names, *ENGINES)},
    }


def imported_modules(notebook: dict[str, Any]) -> set[str]:
    """Names of the modules that a notebook's cells import."""
    names: set[str] = set()
    for _, cell in code_cells(notebook):
        with contextlib.suppress(SyntaxError):
            for node in ast.walk(ast.parse(source_of(cell))):
                if isinstance(node, ast.Import):
                    names |= {alias.name for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def _reach(modules: Iterable[str]) -> set[str]:
    """Packages that modules import, and those of ours behind them."""
    todo, seen = list(modules), set()
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo += _imports(name)
    return {name.partition(".")[0] for name in seen}


@cache
def _imports(name: str) -> tuple[str, ...]:
    """What a module of ours imports while it is imported, its packages first; nothing for what is none."""
    if name.partition(".")[0] not in ("lib", "reports"):
        return ()
    place = CODE.joinpath(*name.split("."))
    file = next((f for f in (place.with_suffix(".py"), place / "__init__.py") if f.is_file()), None)
    above = (name.rpartition(".")[0],) if "." in name else ()
    if file is None:
        return above
    found: list[str] = []
    head = file.read_text(encoding="utf-8").partition("\n\n\n")[0]  # above the first definition
    for module, what, plain in IMPORT.findall(head):
        listed = re.sub(r"#.*|[()]", "", what or plain).split(",")
        names = [part.split()[0] for part in listed if part.strip()]  # without "as …"
        found += [module, *(f"{module}.{name}" for name in names)] if module else names
    return (*above, *found)
