"""Make a notebook ready to be committed: executed from top to bottom, text and tables kept, pictures
stripped."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

_IMAGE, _EMPTY = re.compile(r"<img\b[^>]*>"), re.compile(r"<div[^>]*></div>")
PICTURES = ("image/png", "image/svg+xml", "image/jpeg")


def execute_for_commit(path: Path) -> None:
    """Execute a notebook in its own folder and write it back without pictures, timings and machine traces."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(
        notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}}
    ).execute()
    for number, cell in enumerate(c for c in notebook.cells if c.cell_type == "code"):
        cell.execution_count = number + 1
        cell.metadata.pop("execution", None)
        for output in cell.outputs:
            data = output.get("data", {})
            for kind in PICTURES:
                data.pop(kind, None)
            if "text/html" in data:
                data["text/html"] = _EMPTY.sub("", _IMAGE.sub("", data["text/html"]))
            if output.output_type == "execute_result":
                output.execution_count = number + 1
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number:02d}"  # random ids would make every commit a change
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    nbformat.write(notebook, path)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        execute_for_commit(Path(name))
