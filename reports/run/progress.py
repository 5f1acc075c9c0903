"""Progress on stderr: one live line on a terminal, plain lines into a log."""

from __future__ import annotations

import sys
import time

from reports.run.plan import Job
from reports.run.runner import Outcome

CLEAR = "\r\x1b[K"


class Progress:
    """Counts reports, and shows which cell each running one has reached.

    Written by hand because a live display of rich needs a thread, and threads and forks do not mix.
    """

    def __init__(self, total: int) -> None:
        self.total = total
        self.finished = 0
        self.running: dict[str, str] = {}
        self.live = sys.stderr.isatty()
        self.started = time.monotonic()

    def cell(self, job: Job, cell: int, of: int) -> None:
        """A cell of a report has started."""
        if job.report not in self.running and not self.live and self.total > 1:
            self._line(f"{job.report}: running")
        self.running[job.report] = f"{job.report} {cell + 1}/{of}"
        self._draw()

    def done(self, outcome: Outcome) -> None:
        """A report is finished, one way or another."""
        self.finished += 1
        self.running.pop(outcome.report, None)
        count = f"[{self.finished}/{self.total}] " if self.total > 1 else ""
        self._line(f"{count}{outcome.report}: {outcome.status}, {outcome.seconds:.1f} s")
        for text in (outcome.error, outcome.alarm):
            if text:
                self._line("  " + text.replace("\n", "\n  "))
        self._draw()

    def close(self) -> None:
        """Leave the line clean."""
        if self.live:
            print(CLEAR, end="", file=sys.stderr, flush=True)

    def _line(self, text: str) -> None:
        print(f"{CLEAR if self.live else ''}{text}", file=sys.stderr, flush=True)

    def _draw(self) -> None:
        if self.live and self.running:
            seconds = time.monotonic() - self.started
            text = f"{self.finished}/{self.total} done, {seconds:.0f} s · " + ", ".join(self.running.values())
            print(CLEAR + text[:110], end="", file=sys.stderr, flush=True)
