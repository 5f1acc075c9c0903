"""Run a notebook in a child process and own the verdict on it.

papermill drives the cells, through one of two engines of ours: ``warm`` (an IPython shell inside the child,
which has the libraries already where it was forked from a process that has) or ``kernel`` (a fresh Jupyter
kernel of this very environment). papermill may report success after a dead kernel or a cell timeout,
therefore the verdict is taken here, from what the child tells cell by cell and from how it ends.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Literal

from lib.places import BUNDLE, CODE
from reports.page.terminal import plain_text
from reports.project import heading_above, source_of
from reports.run import process
from reports.run.process import POLL_S, Child

Status = Literal["done", "failed", "invalid"]
INPUT_ERROR = "InputError"
DEFAULT_TIMEOUT_S = 1800.0
START_TIMEOUT_S = 120.0


@dataclass(frozen=True)
class Failure:
    """Where and why a run stopped.

    Parameters
    ----------
    kind : str
        ``exception``, ``timeout``, ``dead`` (the process ended), ``start`` (it never began).
    message : str
        The error's own words, or what happened.
    name : str
        Class of the exception, if it was one.
    cell : int or None
        Index of the cell in the stored notebook.
    step : str
        Heading above that cell.
    line, line_number : str, int or None
        The failing line of the cell, counted from 1.
    """

    kind: str
    message: str
    name: str = ""
    cell: int | None = None
    step: str = ""
    line: str = ""
    line_number: int | None = None

    def to_json(self) -> dict[str, Any]:
        """For metadata: the cell counted from 1, as readers count."""
        number = None if self.cell is None else self.cell + 1
        return {**asdict(self), "cell": number, "line": self.line_number, "code": self.line}

    def __str__(self) -> str:
        if self.cell is None:
            return self.message
        place = f"cell {self.cell + 1}" + (f" ({self.step})" if self.step else "")
        line = f", line {self.line_number}: {self.line.strip()}" if self.line_number else ""
        return f"{place}{line}: {self.name + ': ' if self.name else ''}{self.message}"


@dataclass
class Execution:
    """A run as it went: the notebook with what cells gave, and the verdict."""

    notebook: dict[str, Any]
    status: Status = "failed"
    failure: Failure | None = None
    seconds: float = 0.0
    running: int | None = None
    started_cell: float = field(default_factory=time.monotonic)


def execute(
    notebook: Path | dict[str, Any],
    parameters: Mapping[str, Any],
    *,
    folder: Path,
    environment: Mapping[str, str] | None = None,
    engine: str = "warm",
    timeout: float = DEFAULT_TIMEOUT_S,
    log: Path | None = None,
    on_cell: Callable[[int, int], None] | None = None,
) -> Execution:
    """Run a notebook's cells in a child process.

    Parameters
    ----------
    notebook : Path or dict
        The notebook, or its content.
    parameters : mapping
        Values to put in place of the defaults.
    folder : Path
        Working folder of the cells.
    environment : mapping
        Environment variables that the cells see, beside those of this process.
    engine : str
        ``warm`` or ``kernel``.
    timeout : float
        Seconds that a cell may take.
    log : Path, optional
        File that the child's own output goes to.
    on_cell : callable
        Told the index of each cell that starts, and how many there are.
    """
    start = time.monotonic()
    child = process.start(
        _child, notebook, dict(parameters), folder, dict(environment or {}), engine, timeout, log
    )
    run = Execution({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    try:
        _watch(run, child, timeout if engine == "warm" else timeout + 10, on_cell)
    finally:
        child.end_group()
    run.seconds = time.monotonic() - start
    return run


def _child(
    writer: Connection,
    notebook: Any,
    parameters: dict[str, Any],
    folder: Path,
    environment: dict[str, str],
    engine: str,
    timeout: float,
    log: Path | None,
) -> None:
    """Never returns: the child must not run its parent's code."""
    code = 1
    try:
        process.lead_group()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        _redirect(log)
        os.environ.update(environment)
        _show_kernel_our_code()
        from reports.run.papermill_run import run_cells

        run_cells(notebook, parameters, folder, engine=engine, timeout=timeout, tell=writer.send)
        writer.send({"event": "end"})
        code = 0
    except BaseException as error:  # the parent must hear of anything at all
        traceback.print_exc()
        _tell_crash(writer, error)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _show_kernel_our_code() -> None:
    """A checkout need not be installed; an installed wheel is found anyway."""
    if not BUNDLE.is_dir():
        search = [str(CODE), os.environ.get("PYTHONPATH", "")]
        os.environ["PYTHONPATH"] = os.pathsep.join(part for part in search if part)


def _redirect(log: Path | None) -> None:
    """What C code and child processes print goes to the log, not over the user's screen."""
    target = os.open(log or os.devnull, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(target, 1)
    os.dup2(target, 2)
    sys.stdout = os.fdopen(1, "w", buffering=1, closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)


def _tell_crash(writer: Connection, error: BaseException) -> None:
    with contextlib.suppress(OSError):  # the parent may be gone
        writer.send({"event": "crash", "name": type(error).__name__, "message": str(error)})


def _watch(run: Execution, child: Child, timeout: float, on_cell: Any) -> None:
    """Follow the child until it ends, dies, or takes too long over a cell."""
    while True:
        limit = timeout if run.running is not None else max(timeout, START_TIMEOUT_S)
        left = limit - (time.monotonic() - run.started_cell)
        if left <= 0:
            return _fail(run, "timeout", f"took longer than {timeout:g} s; give more time with --timeout")
        try:
            if not child.reader.poll(min(left, POLL_S)):
                if child.ended() and not child.reader.poll(0):
                    return _died(run)
                continue
            message = child.reader.recv()
        except (EOFError, OSError):
            return _died(run)
        if _take(run, message, on_cell):
            return None


def _take(run: Execution, message: dict[str, Any], on_cell: Any) -> bool:
    """One message of the child; True when nothing more will come."""
    event = message["event"]
    if event == "begin":
        run.notebook = message["notebook"]
    elif event == "start":
        run.running, run.started_cell = message["cell"], time.monotonic()
        if on_cell:
            on_cell(message["cell"], len(run.notebook["cells"]))
    elif event == "cell":
        _store_cell(run, message)
        return run.failure is not None
    elif event == "crash":
        kind = {"DeadKernelError": "dead", "CellTimeoutError": "timeout"}.get(message["name"], "exception")
        text = message["message"].strip().splitlines() or [message["name"]]
        plain = {
            "dead": "the kernel died",
            "timeout": "took longer than allowed; give more time with --timeout",
        }
        _fail(run, kind, plain.get(kind, text[-1]), name="" if kind in plain else message["name"])
        return True
    elif event == "end":
        if run.failure is None:
            run.status = "done"
        return True
    return False


def _store_cell(run: Execution, message: dict[str, Any]) -> None:
    index = message["cell"]
    cell = run.notebook["cells"][index]
    cell["outputs"], cell["execution_count"] = message["outputs"], message["count"]
    cell["metadata"]["papermill"] = {"duration": round(message["seconds"], 4)}
    error = next((o for o in message["outputs"] if o["output_type"] == "error"), None)
    if error and "raises-exception" not in cell["metadata"].get("tags", []):
        line = message.get("line") or _line_of(error["traceback"], source_of(cell))
        _fail(run, "exception", error["evalue"], name=error["ename"], line_number=line)
    run.running, run.started_cell = None, time.monotonic()


def _line_of(stack: list[str], source: str) -> int | None:
    """The failing line of the cell, as the traceback's arrow shows it first."""
    plain = plain_text("\n".join(stack))
    plain = re.split(r"^(?:The above exception was|During handling of)", plain, flags=re.MULTILINE)[-1]
    arrow = re.search(r"^-+> ?(\d+) ", plain, flags=re.MULTILINE)
    number = int(arrow[1]) if arrow else None
    return number if number and number <= len(source.splitlines()) else None


def _died(run: Execution) -> None:
    _fail(run, "dead", "the process ended without a word: killed, out of memory, or left by os._exit")


def _fail(run: Execution, kind: str, message: str, *, name: str = "", line_number: int | None = None) -> None:
    index = run.running
    lines = source_of(run.notebook["cells"][index]).splitlines() if index is not None else []
    run.status = "invalid" if name == INPUT_ERROR else "failed"
    run.failure = Failure(
        kind=kind if index is not None or kind != "timeout" else "start",
        message=message,
        name="" if name == INPUT_ERROR else name,
        cell=index,
        step=heading_above(run.notebook, index) if index is not None else "",
        line=lines[line_number - 1] if line_number else "",
        line_number=line_number,
    )
