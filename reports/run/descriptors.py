"""What child processes and C code write to file descriptors 1 and 2, told in the order in which it comes.

Python's own output takes another way. Whoever collects that drains these pipes first, so that what a child
process wrote between two ``print`` stands between them, and drains once more when a cell has ended, so that
nothing is lost. Everything is also passed on to where it went before: the log of the run.
"""

from __future__ import annotations

import codecs
import faulthandler
import os
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

NAMES = {1: "stdout", 2: "stderr"}
NUMBERS = {name: number for number, name in NAMES.items()}
PIPE_BYTES = 1 << 20  # more than a pipe holds: one read takes all there is


@dataclass
class _Pipe:
    name: str
    log: int
    decoder: Any


class Descriptors:
    """Standard output and error of this process, below Python; a pipe and a thread that reads it.

    Where there are no pipes that can be polled (Windows) nothing is caught, as in Jupyter itself.

    Parameters
    ----------
    tell : callable
        Receives name of the stream and text, with `lock` held.
    lock : reentrant lock
        Held while outputs are put in order.

    Attributes
    ----------
    log : int
        Descriptor of where standard error went before.
    """

    def __init__(self, tell: Callable[[str, str], Any], lock: AbstractContextManager[Any]) -> None:
        self._tell, self._lock = tell, lock
        self._pipes: dict[int, _Pipe] = {}
        self.log = 2
        if os.name != "posix":
            return
        for number, name in NAMES.items():
            log, (reader, writer) = os.dup(number), os.pipe()
            os.dup2(writer, number)
            os.close(writer)
            self._pipes[reader] = _Pipe(name, log, codecs.getincrementaldecoder("utf-8")("replace"))
        self.log = log
        faulthandler.enable(log)  # a crash must not speak into a pipe that nobody will read any more
        self._poll = self._new_poll()
        threading.Thread(target=self._watch, daemon=True).start()

    def _new_poll(self) -> Any:
        """Each thread has one of its own: two may not wait on one."""
        import select

        poll = select.poll()
        for reader in self._pipes:
            poll.register(reader, select.POLLIN)
        return poll

    def _watch(self) -> None:
        """A full pipe would stop the child process that the cell is waiting for."""
        poll = self._new_poll()
        while True:
            poll.poll()
            self.drain()

    def drain(self) -> None:
        """Tell all that has been written up to now."""
        if not self._pipes:
            return
        with self._lock:
            for reader, _ in self._poll.poll(0):
                content = os.read(reader, PIPE_BYTES)
                pipe = self._pipes[reader]
                write_all(pipe.log, content)
                text = pipe.decoder.decode(content)
                if text:
                    self._tell(pipe.name, text)


def write_all(descriptor: int, content: bytes) -> None:
    """Write bytes, however few the system takes at a time."""
    while content:
        content = content[os.write(descriptor, content) :]
