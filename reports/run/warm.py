"""Engine ``warm``: cells run in Jupyter's own shell in this very process, a child with all libraries
imported."""

from __future__ import annotations

import asyncio
import builtins
import getpass
import io
import logging
import os
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from types import SimpleNamespace
from typing import Any, NoReturn

import scipy.stats  # noqa: F401 (methods import it late; a child need not)
from ipykernel import zmqshell
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.error import StdinNotImplementedError
from papermill.engines import Engine
from traitlets import Type

from reports.run.cells import (
    Stopwatch,
    Tell,
    allows_errors,
    begin,
    leaves_early,
    show_figures_inline,
    with_error,
)
from reports.run.descriptors import NUMBERS, Descriptors, write_all


class Collector:
    """Outputs of the running cell, in the form that notebooks store.

    Outputs that were shown under a name stay reachable, whichever cell they belong to.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.outputs: list[dict[str, Any]] = []
        self.named: dict[str, list[dict[str, Any]]] = {}
        self.clear_next = False
        self.updated = False
        self.below: Descriptors | None = None

    def catch_descriptors(self) -> None:
        """From now on take also what child processes and C code write."""
        self.below = Descriptors(self._put_text, self.lock)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._leave_to_parent)

    def _leave_to_parent(self) -> None:
        """A child that a cell forks: the lock may have been held, and the pipes are its parent's to read."""
        self.lock, self.below = threading.RLock(), None

    def take(self) -> list[dict[str, Any]]:
        """Hand out the outputs of a cell that has ended, and begin anew."""
        with self._in_order():
            outputs, self.outputs = self.outputs, []
        for output in outputs:
            if isinstance(output.get("text"), list):
                output["text"] = "".join(output["text"])
        return outputs

    def add(self, output: dict[str, Any]) -> None:
        """Take an output."""
        with self._in_order():
            self._put(output)

    def add_text(self, name: str, text: str) -> None:
        """Take text of a stream."""
        with self._in_order():
            self._put_text(name, text)

    def show(self, output: dict[str, Any], name: str, update: bool) -> None:
        """Take a display; under a name it takes the place of what was shown under that name before."""
        with self._in_order():
            for earlier in self.named.get(name, []):
                earlier["data"], earlier["metadata"] = output["data"], output["metadata"]
            self.updated = self.updated or update
            if update:
                return
            self._put(output)
            if name:
                self.named.setdefault(name, []).append(output)

    def clear(self, wait: bool) -> None:
        """Forget the cell's outputs, at once or when the next one comes."""
        with self._in_order():
            self.clear_next = wait
            if not wait:
                self._forget()

    @contextmanager
    def _in_order(self) -> Iterator[None]:
        """One at a time, and what lies in the pipes first: it was written before."""
        with self.lock:
            if self.below:
                self.below.drain()
            yield

    def _forget(self) -> None:
        gone = {id(output) for output in self.outputs}
        self.named = {k: [o for o in v if id(o) not in gone] for k, v in self.named.items()}
        self.outputs = []

    def _put(self, output: dict[str, Any]) -> None:
        if self.clear_next:
            self.clear_next = False
            self._forget()
        self.outputs.append(output)

    def _put_text(self, name: str, text: str) -> None:
        """Text goes on the end of text of the same stream; joined at the end, for a cell may print for
        hours."""
        last = self.outputs[-1] if self.outputs and not self.clear_next else {}
        if last.get("name") == name:
            last["text"].append(text)
        else:
            self._put({"output_type": "stream", "name": name, "text": [text]})


COLLECTOR = Collector()


class Stream(io.TextIOBase):
    """Standard output or error of the cells."""

    encoding = "UTF-8"

    def __init__(self, name: str) -> None:
        self.name = name
        self.owner = os.getpid()

    def write(self, text: str) -> int:
        """Collect text; a forked child of a cell sends it down to us through the pipe."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if os.getpid() != self.owner:
            write_all(self.fileno(), text.encode(errors="replace"))
        elif text:
            COLLECTOR.add_text(self.name, text)
        return len(text)

    def writable(self) -> bool:
        """Yes."""
        return True

    def fileno(self) -> int:
        """Where child processes may write what belongs here."""
        return NUMBERS[self.name]


class Publisher(DisplayPublisher):
    """Collects what cells display."""

    def publish(
        self,
        data: dict[str, Any],
        metadata: Any = None,
        source: Any = None,
        *,
        transient: Any = None,
        update: bool = False,
        **_: Any,
    ) -> None:
        """Collect a display, or change those shown earlier under the same name."""
        DisplayPublisher._validate_data(self, data, metadata)
        shown = {"output_type": "display_data", "data": data, "metadata": metadata or {}}
        COLLECTOR.show(shown, (transient or {}).get("display_id") or "", update)

    def clear_output(self, wait: bool = False) -> None:
        """Forget the cell's outputs, at once or when the next one comes."""
        COLLECTOR.clear(wait)


class Hook(DisplayHook):
    """Collects the value of a cell's last expression."""

    def start_displayhook(self) -> None:
        """Nothing to begin: a hook of the terminal."""

    def write_output_prompt(self) -> None:
        """No prompt: notebooks store a number instead."""

    def write_format_data(self, format_dict: dict[str, Any], md_dict: Any = None) -> None:
        """Collect the value in all its forms, if it has any."""
        if format_dict:
            COLLECTOR.add(
                {
                    "output_type": "execute_result",
                    "execution_count": self.prompt_count,
                    "data": format_dict,
                    "metadata": md_dict or {},
                }
            )

    def finish_displayhook(self) -> None:
        """Nothing to end."""


class ZMQInteractiveShell(zmqshell.ZMQInteractiveShell):
    """Jupyter's shell without its sockets; it keeps the name by which libraries know that they are in a
    notebook."""

    displayhook_class = Type(Hook)  # type: ignore[assignment]
    display_pub_class = Type(Publisher)  # type: ignore[assignment]

    def enable_gui(self, gui: Any = None) -> None:
        """No event loop of a window system."""

    def _showtraceback(self, etype: Any, evalue: Any, stb: Any) -> None:
        name = getattr(etype, "__name__", str(etype))
        lines = stb if isinstance(stb, list) else str(stb).splitlines()
        COLLECTOR.add(
            {"output_type": "error", "ename": name, "evalue": str(evalue), "traceback": list(lines)}
        )


def start_shell() -> ZMQInteractiveShell:
    """The one shell of this process, its outputs going to the collector."""
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False
    zmqshell.ZMQInteractiveShell.clear_instance()
    shell = ZMQInteractiveShell.instance(config=config, kernel=SimpleNamespace(eventloop=None))
    shell.user_ns["__name__"] = "__main__"
    show_figures_inline()
    COLLECTOR.catch_descriptors()
    builtins.input, getpass.getpass = partial(_refuse, "raw_input"), partial(_refuse, "getpass")
    sys.breakpointhook = lambda *_, **__: None  # as in a kernel without a debugger
    # whatever the process from which this one was forked did with messages
    warnings.showwarning = _print_warning
    logging.getLogger().handlers.clear()
    return shell


def _print_warning(
    message: Any, category: Any, filename: str, lineno: int, file: Any = None, line: Any = None
) -> None:
    print(warnings.formatwarning(message, category, filename, lineno, line), end="", file=file or sys.stderr)


def _refuse(what: str, *_: Any, **__: Any) -> NoReturn:
    raise StdinNotImplementedError(f"{what} was called, but this frontend does not support input requests.")


class WarmEngine(Engine):
    """papermill's engine interface over the shell."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, *, tell: Tell, **_: Any) -> None:
        """Run the code cells in order; stop at the first error."""
        begin(nb_man.nb, tell)
        own = sys.stdout, sys.stderr
        shell = start_shell()
        sys.path.insert(0, "")
        sys.stdout, sys.stderr = Stream("stdout"), Stream("stderr")
        try:
            asyncio.run(_run_cells(shell, nb_man.nb.cells, Stopwatch(tell)))
        finally:
            sys.stdout, sys.stderr = own


async def _run_cells(shell: ZMQInteractiveShell, cells: list[Any], watch: Stopwatch) -> None:
    """The cells in one event loop, as in a kernel: tasks of one go on in the next."""
    for index, cell in enumerate(cells):
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        watch.start(index)
        count = shell.execution_count
        error = await _run_cell(shell, cell.source)
        if shell.exit_now:
            error = error or leaves_early(cells, index)
        outputs = COLLECTOR.take()
        if error:
            with_error(outputs, type(error).__name__, str(error))
        watch.stop(index, outputs, count, line=_line_in_cell(error))
        if COLLECTOR.updated:
            watch.correct()
            COLLECTOR.updated = False
        if shell.exit_now or (error and not allows_errors(cell)):
            return
        if len(asyncio.all_tasks()) > 1:
            await asyncio.sleep(0.01)


async def _run_cell(shell: Any, source: str) -> BaseException | None:
    """What went wrong in a cell; one with ``await`` runs in the loop, any other beside it."""
    fault = None
    try:
        transformed = shell.transform_cell(source)
    except Exception:
        transformed, fault = source, sys.exc_info()
    known = {"transformed_cell": transformed, "preprocessing_exc_tuple": fault}
    if not shell.should_run_async(source, **known):
        result = shell.run_cell(source, store_history=True)
    else:
        result = await shell.run_cell_async(source, store_history=True, **known)
        shell.events.trigger("post_execute")
        shell.events.trigger("post_run_cell", result)
    found: BaseException | None = result.error_before_exec or result.error_in_exec
    return found


def _line_in_cell(error: BaseException | None) -> int | None:
    """The line of the cell itself that led to the error, wherever below it was raised."""
    if isinstance(error, SyntaxError):
        return error.lineno
    trace = error.__traceback__ if error else None
    line = None
    while trace:
        if trace.tb_frame.f_code.co_filename.startswith("<ipython-input"):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
