"""IPython extension for the kernels that we start: output complete and in the order in which it was written.

ipykernel gathers standard output and standard error apart and sends each when it is time, and reads what
child processes write in a thread that may come too late for the cell. Here a stream is sent before the other
one begins, and the pipes are emptied before a cell is answered.
"""

from __future__ import annotations

import os
import sys
import threading
from contextvars import Context
from functools import partial
from typing import Any

from IPython.core.compilerop import CachingCompiler

from reports.run.descriptors import NUMBERS, Descriptors


class Ordered:
    """The two streams of a kernel, tied together."""

    def __init__(self, streams: dict[str, Any]) -> None:
        self.lock = threading.RLock()
        self.owner = os.getpid()
        self.last = ""
        self.plain = {name: (stream.write, stream.flush) for name, stream in streams.items()}
        self.below = Descriptors(self.put, self.lock)
        for name, stream in streams.items():
            stream.write, stream.flush = partial(self.write, name), partial(self.flush, name)
            stream.fileno = partial(int, NUMBERS[name])

    def write(self, name: str, text: str) -> Any:
        """Python writes; what lies in the pipes was written before."""
        if os.getpid() != self.owner:  # a forked child: ipykernel knows how to send it home
            return self.plain[name][0](text)
        with self.lock:
            self.below.drain()
            return self.put(name, text)

    def put(self, name: str, text: str) -> Any:
        """Add to a stream, the other one sent first."""
        if self.last not in ("", name):
            self.plain[self.last][1]()
        self.last = name
        # outside its context the text of a task of an earlier cell belongs to the cell that runs now
        return Context().run(self.plain[name][0], text)

    def flush(self, name: str) -> None:
        """Send a stream, and what child processes have written."""
        if os.getpid() == self.owner:
            self.below.drain()
        self.plain[name][1]()


def load_ipython_extension(shell: Any) -> None:
    """Called by IPython when the kernel starts."""
    streams = Ordered({"stdout": sys.stdout, "stderr": sys.stderr})
    shell.compile.get_code_name = partial(
        CachingCompiler.get_code_name, shell.compile
    )  # no process id in warnings
    log = os.fdopen(os.dup(streams.below.log), "w")
    for handler in shell.parent.parent.log.handlers:  # what the kernel says of itself is no output of a cell
        handler.setStream(log)
