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
        "from lib.records import Claim, Estimate, Quality, Source, Subject",
        "from reports.publish import Table, open_report",
        "from reports.shown import Answer",
        "report = open_report()",
        'report.show(Table("tiny", frame.assign(y=frame.x * level), "**y.**"))',
        'told = (Subject("x"), Estimate(1.0), None, "", Quality(), Source("tiny", 0, "x"))',
        'report.answer(Answer([Claim("x", "What is x?", *told)], "It is 1."))',
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
