"""Engine ``kernel``: a fresh Jupyter kernel for each notebook, always this environment's own."""

from __future__ import annotations

import sys
from typing import Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine

from reports.cells import Stopwatch, Tell, begin


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
        ]
        return KernelSpec(argv=command, display_name="Python 3", language="python", interrupt_mode="signal")


class TellingClient(PapermillNotebookClient):
    """papermill's client, telling of each cell."""

    tell: Tell

    def papermill_execute_cells(self) -> None:
        """Run the code cells in order; stop at the first error."""
        from nbclient.exceptions import CellExecutionError

        watch = Stopwatch(self.tell)
        for index, cell in enumerate(self.nb.cells):
            if cell.cell_type != "code" or not cell.source.strip():
                continue
            watch.start(index)
            try:
                self.execute_cell(cell, index)
            except CellExecutionError:
                watch.stop(index, cell.outputs, cell.execution_count)
                return
            watch.stop(index, cell.outputs, cell.execution_count)


class KernelEngine(NBClientEngine):
    """papermill's engine interface over a kernel of our own."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, *, tell: Tell, execution_timeout: int,
                                 start_timeout: int = 60, **_: Any) -> Any:  # fmt: skip
        """Start the kernel, run the cells, end the kernel."""
        begin(nb_man.nb, tell)
        client = TellingClient(
            nb_man, km=OwnKernelManager(), timeout=execution_timeout, startup_timeout=start_timeout
        )
        client.tell = tell
        return client.execute()
