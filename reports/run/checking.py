"""Read and validate a report's inputs with the notebook's own cells, and stop there."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from reports.project import read_notebook, source_of, tags_of
from reports.run import engine
from reports.run.plan import Job

CHECK_TAG = "check"
FIRST_RESULT_HEADINGS = ("## Quality", "## Method", "## Results")


def check_job(job: Job, timeout: float) -> tuple[str, str]:
    """Status (``ok``, ``invalid`` or ``failed``) and what is wrong."""
    notebook = cells_that_read(read_notebook(job.notebook))
    with tempfile.TemporaryDirectory(prefix="tme-check-") as folder:
        environment = {**job.environment(), "TME_OUTPUT": folder}
        run = engine.execute(
            notebook,
            job.changed(),
            folder=job.notebook.parent,
            environment=environment,
            timeout=timeout,
            log=Path(folder) / "log.txt",
        )
    if run.failure is None:
        return "ok", ""
    return run.status, run.failure.message if run.status == "invalid" else str(run.failure)


def cells_that_read(notebook: dict[str, Any]) -> dict[str, Any]:
    """The notebook up to its cell tagged ``check``; without one, up to the first heading of results."""
    cells = notebook["cells"]
    tagged = [i for i, cell in enumerate(cells) if CHECK_TAG in tags_of(cell)]
    headed = [
        i
        for i, cell in enumerate(cells)
        if cell["cell_type"] == "markdown" and source_of(cell).lstrip().startswith(FIRST_RESULT_HEADINGS)
    ]
    end = tagged[-1] + 1 if tagged else headed[0] if headed else len(cells)
    return {**notebook, "cells": cells[:end]}
