"""A notebook run inside the child process: papermill with an engine of ours."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import Any

from reports.project import read_notebook
from reports.run.cells import Tell


def import_papermill() -> Any:
    """papermill, without the two seconds that a grammar for web addresses costs.

    jsonschema, on which nbformat rests, builds that grammar where the package ``rfc3987_syntax`` is present,
    to check a format that no notebook uses; it does without where the import fails.
    """
    modules: Any = sys.modules  # None there stands for a module that cannot be imported
    absent = "rfc3987_syntax" not in modules
    if absent:
        modules["rfc3987_syntax"] = None
    try:
        import nbformat
        import papermill
        import papermill.parameterize
    finally:
        if absent:
            del modules["rfc3987_syntax"]
    assert nbformat
    return papermill


def run_cells(
    notebook: Path | dict[str, Any],
    parameters: dict[str, Any],
    folder: Path,
    *,
    engine: str,
    timeout: float,
    tell: Tell,
) -> None:
    """Run every cell until one fails, and tell of each.

    Parameters
    ----------
    notebook : Path or dict
        A file, or its content.
    parameters : dict
        Put into a cell behind the one tagged ``parameters``.
    folder : Path
        Working folder.
    engine : str
        ``warm`` or ``kernel``.
    timeout : float
        Seconds per cell; only the kernel engine needs to know, the warm one is ended from outside.
    tell : callable
        Receives the messages ``begin``, ``start``, ``cell``.
    """
    papermill = import_papermill()
    import nbformat
    from papermill.engines import papermill_engines
    from papermill.exceptions import PapermillExecutionError

    if engine == "warm":
        from reports.run.warm import WarmEngine

        papermill_engines.register("tme", WarmEngine)
    else:
        from reports.run.kernel import KernelEngine

        papermill_engines.register("tme", KernelEngine)
    content = read_notebook(notebook) if isinstance(notebook, Path) else notebook
    content.setdefault("metadata", {})["kernelspec"] = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    node = nbformat.from_dict(
        nbformat.v4.upgrade(nbformat.from_dict(content)) if content["nbformat_minor"] < 5 else content
    )
    node = _joined(node)
    with contextlib.suppress(PapermillExecutionError):  # told already, with the cell's outputs
        papermill.execute_notebook(
            node,
            None,
            parameters or None,
            engine_name="tme",
            progress_bar=False,
            cwd=str(folder),
            tell=tell,
            execution_timeout=max(1, int(timeout + 0.999)),
        )


def _joined(node: Any) -> Any:
    """Sources as one string each, as nbformat's reader would give them."""
    for cell in node.cells:
        if isinstance(cell["source"], list):
            cell["source"] = "".join(cell["source"])
        cell.setdefault("metadata", {})
    return node
