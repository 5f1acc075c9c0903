"""Small notebooks for the tests of the runner."""

from __future__ import annotations

import json
from pathlib import Path

PARAMETERS = "\n".join(
    [
        'data: str = "plates.csv"  # file: wells',
        'extra: str = ""  # optional file: more',
        "level: float = 0.95  # in (0, 1): confidence",
        'model: str = "4pl"  # one of 4pl | 5pl: curve',
    ]
)
READ = "\n".join(
    [
        "import pandas as pd",
        "from lib.errors import InputError",
        "frame = pd.read_csv(data)",
        'if frame.x.min() < 0: raise InputError(f"x must be >= 0; got {frame.x.min()}")',
    ]
)
WRITE = "\n".join(
    [
        "from reports import publish",
        'publish.table(frame.assign(y=frame.x * level), "tiny", caption="**y.**")',
        'publish.summary(answer="It is 1.", key=publish.Key("x", 1.0))',
    ]
)


def notebook(*cells: str, parameters: str = PARAMETERS) -> dict:
    """A notebook of a title, a parameters cell and code cells."""
    code = [parameters, *cells]
    title = {"cell_type": "markdown", "id": "title", "metadata": {}, "source": "# What is x?"}
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {},
        "cells": (
            [title]
            + [
                {
                    "cell_type": "code",
                    "id": f"c{i}",
                    "metadata": {"tags": ["parameters"]} if i == 0 else {},
                    "source": source,
                    "outputs": [],
                    "execution_count": None,
                }
                for i, source in enumerate(code)
            ]
        ),
    }


def write_tiny(folder: Path, *cells: str, name: str = "tiny") -> Path:
    """A notebook with its default input beside it."""
    (folder / "plates.csv").write_text("x\n1\n2\n")
    path = folder / f"{name}.ipynb"
    path.write_text(json.dumps(notebook(*(cells or (READ, WRITE)))))
    return path
