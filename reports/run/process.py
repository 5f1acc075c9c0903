"""Child processes that tell of themselves through a pipe: forked where that is safe, spawned elsewhere.

A fork starts at once, with all libraries imported. Windows has none, and on macOS the system's frameworks
keep threads that do not survive one; there a fresh interpreter is started and the same function runs in it.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

POLL_S = 0.5
"""How often a silent child is looked after."""


def forks() -> bool:
    """Whether this system's processes may be forked."""
    return hasattr(os, "fork") and sys.platform != "darwin"


@dataclass(frozen=True, eq=False)
class Child:
    """A process of ours, and the end of the pipe that its messages come out of."""

    process: Any
    reader: Connection

    def ended(self) -> bool:
        """Whether it is over. The pipe alone does not say: a process that the child left behind may hold it
        open."""
        return not self.process.is_alive()

    def ask_to_end(self) -> None:
        """End it in its own way, which ends its own children too; where there is no such way, all at once."""
        if os.name == "nt":
            _end_tree(self.process.pid)
        self.process.terminate()
        self._bury()

    def end_group(self) -> None:
        """End it and whatever it started, gently where it is over and only its leavings remain."""
        over = self.ended()
        if os.name == "nt":
            _end_tree(self.process.pid)
        else:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGTERM if over else signal.SIGKILL)
        self.process.kill()
        self._bury()

    def _bury(self) -> None:
        self.process.join()
        self.reader.close()


def start(function: Callable[..., None], *arguments: Any) -> Child:
    """Run ``function(writer, *arguments)`` in a child; the function must be importable, the arguments
    picklable."""
    context: Any = multiprocessing.get_context("fork" if forks() else "spawn")
    reader, writer = context.Pipe(duplex=False)
    inherited = reader if forks() else None
    process = context.Process(target=_enter, args=(function, inherited, writer, *arguments))
    process.start()
    writer.close()
    return Child(process, reader)


def _enter(
    function: Callable[..., None], inherited: Connection | None, writer: Connection, *arguments: Any
) -> None:
    """A forked child holds a copy of the parent's end, which would keep the pipe open after the parent's
    death."""
    if inherited:
        inherited.close()
    function(writer, *arguments)


def lead_group() -> None:
    """Make this process and all that it will start one group, to be ended together."""
    if hasattr(os, "setsid"):
        os.setsid()


def _end_tree(pid: int) -> None:
    """Windows knows no groups that can be ended; its own tool follows the tree."""
    subprocess.run(["taskkill", "/T", "/F", "/PID", str(pid)], capture_output=True)
