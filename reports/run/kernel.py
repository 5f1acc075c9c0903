"""Engine ``kernel``: a fresh Jupyter kernel for each notebook, always this environment's own."""

from __future__ import annotations

import sys
from typing import Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine

from reports.run.cells import Stopwatch, Tell, begin, leaves_early, show_figures_inline, with_error


class OwnKernelManager(AsyncKernelManager):
    """Starts this interpreter's ipykernel, whatever ``python3`` means on the machine."""

    @property
    def kernel_spec(self) -> KernelSpec:
        """The command that starts the kernel."""
        command = [
            sys.executable,
            "-Xfrozen_modules=off",
            "-m",
            "ipykernel_launcher",
            "-f",
            "{connection_file}",
            "--IPKernelApp.capture_fd_output=False",
            "--IPKernelApp.extra_extensions=reports.run.inside",
        ]
        return KernelSpec(argv=command, display_name="Python 3", language="python", interrupt_mode="signal")


class TellingClient(PapermillNotebookClient):
    """papermill's client, telling of each cell."""

    tell: Tell
    updated = False
    left = False

    def papermill_execute_cells(self) -> None:
        """Run the code cells in order; stop at the first error."""
        from nbclient.exceptions import CellExecutionError

        watch = Stopwatch(self.tell)
        self.on_cell_executed = self._look_for_exit
        for index, cell in enumerate(self.nb.cells):
            if cell.cell_type != "code" or not cell.source.strip():
                continue
            watch.start(index)
            error: Any = None
            try:
                self.execute_cell(cell, index)
            except CellExecutionError as found:
                error = found.ename, found.evalue
            if self.left and (early := leaves_early(self.nb.cells, index)):
                error = error or ("SystemExit", str(early))
            if error:
                with_error(cell.outputs, *error)
            watch.stop(index, cell.outputs, cell.execution_count)
            if self.updated:
                watch.correct()
                self.updated = False
            if error or self.left:
                return

    def process_message(self, msg: Any, *args: Any, **options: Any) -> Any:
        """Take a message of the kernel; a display that is updated may belong to an earlier cell."""
        self.updated = self.updated or msg["msg_type"] == "update_display_data"
        return super().process_message(msg, *args, **options)

    def _look_for_exit(self, *, execute_reply: Any, **_: Any) -> None:
        payload = execute_reply["content"].get("payload") or []
        self.left = any(item["source"] == "ask_exit" for item in payload)


class KernelEngine(NBClientEngine):
    """papermill's engine interface over a kernel of our own."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        *,
        tell: Tell,
        execution_timeout: int,
        start_timeout: int = 60,
        **_: Any,
    ) -> Any:
        """Start the kernel, run the cells, end the kernel."""
        begin(nb_man.nb, tell)
        show_figures_inline()
        client = TellingClient(
            nb_man, km=OwnKernelManager(), timeout=execution_timeout, startup_timeout=start_timeout
        )
        client.tell = tell
        return client.execute()
