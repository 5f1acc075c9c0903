"""The cells of a notebook as an engine of ours runs and tells them."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

Tell = Callable[[dict[str, Any]], None]
INLINE = "module://matplotlib_inline.backend_inline"


def begin(node: Any, tell: Tell) -> None:
    """Tell the notebook as it will run: parameters put in, old outputs gone."""
    plain = json.loads(json.dumps(node))
    plain["metadata"].pop("papermill", None)
    for cell in plain["cells"]:
        cell["metadata"].pop("papermill", None)
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    tell({"event": "begin", "notebook": plain})


def show_figures_inline() -> None:
    """Figures show themselves where they are drawn, whatever backend this machine or its user prefers.

    matplotlib reads the variable when it is first imported; in a forked child that may be long ago. The backend
    joins the shell that is there when it is imported: before the fork that was another one, or none.
    """
    os.environ["MPLBACKEND"] = INLINE
    sys.modules.pop("matplotlib_inline.backend_inline", None)
    matplotlib = sys.modules.get("matplotlib")
    if matplotlib is None:
        return
    chosen = matplotlib.get_backend(auto_select=False)
    matplotlib.rcParams["backend"] = INLINE
    if chosen and "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].switch_backend(INLINE)


def allows_errors(cell: Any) -> bool:
    """Whether a cell is there to show an error, as Jupyter's tag says."""
    return "raises-exception" in cell["metadata"].get("tags", [])


def leaves_early(cells: list[Any], index: int) -> SystemExit | None:
    """The error of a cell that calls ``exit()`` while others are still to come; none for the last one."""
    if not any(cell["cell_type"] == "code" for cell in cells[index + 1 :]):
        return None
    return SystemExit("exit() in this cell: the cells below it did not run")


def with_error(outputs: list[Any], name: str, message: str) -> list[Any]:
    """The outputs of a cell that failed; an error is among them even where Jupyter only printed it.

    A mistyped magic is such a case: without this a run would end there and be taken for a good one.
    """
    if not any(output["output_type"] == "error" for output in outputs):
        traceback = [f"{name}: {message}"]
        outputs.append({"output_type": "error", "ename": name, "evalue": message, "traceback": traceback})
    return outputs


class Stopwatch:
    """Tells the start and the end of each cell."""

    def __init__(self, tell: Tell) -> None:
        self.tell = tell
        self.started = time.perf_counter()
        self.told: list[tuple[list[Any], dict[str, Any]]] = []

    def start(self, index: int) -> None:
        """A cell begins."""
        self.started = time.perf_counter()
        self.tell({"event": "start", "cell": index})

    def stop(self, index: int, outputs: list[Any], count: int | None, line: int | None = None) -> None:
        """A cell has ended with these outputs."""
        message = {
            "event": "cell",
            "cell": index,
            "outputs": _plain(outputs),
            "count": count,
            "seconds": time.perf_counter() - self.started,
            "line": line,
        }
        self.told.append((outputs, message))
        self.tell(message)

    def correct(self) -> None:
        """Tell again of cells whose outputs a later one has changed, by ``update_display``."""
        for outputs, message in self.told:
            now = _plain(outputs)
            if now != message["outputs"]:
                message["outputs"] = now
                self.tell(message)


def _plain(outputs: list[Any]) -> list[dict[str, Any]]:
    """Outputs as JSON holds them; what was written to one stream without a break is one output."""
    from jupyter_client.jsonutil import json_default

    joined: list[dict[str, Any]] = []
    for output in json.loads(json.dumps(outputs, default=json_default)):
        last = joined[-1] if joined else {}
        if output["output_type"] == last.get("output_type") == "stream" and output["name"] == last["name"]:
            last["text"] += output["text"]
        else:
            joined.append(output)
    return joined
