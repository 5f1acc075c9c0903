"""Engine ``warm``: cells run in an IPython shell of this very process, a child forked with all libraries imported."""

from __future__ import annotations

import base64
import io
import os
import sys
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from papermill.engines import Engine
from traitlets import Type

from reports.cells import Stopwatch, Tell, begin


class Collector:
    """Outputs of the running cell, in the form that notebooks store."""

    def __init__(self) -> None:
        self.outputs: list[dict[str, Any]] = []
        self.clear_next = False

    def reset(self) -> list[dict[str, Any]]:
        """Hand out the outputs and begin anew."""
        outputs, self.outputs, self.clear_next = self.outputs, [], False
        return outputs

    def add(self, output: dict[str, Any]) -> None:
        """Take an output; text goes on the end of text of the same stream."""
        if self.clear_next:
            self.outputs, self.clear_next = [], False
        last = self.outputs[-1] if self.outputs else {}
        if output["output_type"] == last.get("output_type") == "stream" and last["name"] == output["name"]:
            last["text"] += output["text"]
        else:
            self.outputs.append(output)


COLLECTOR = Collector()


class Stream(io.TextIOBase):
    """Standard output or error of the cells."""

    def __init__(self, name: str) -> None:
        self.name = name

    def write(self, text: str) -> int:
        """Collect text."""
        if text:
            COLLECTOR.add({"output_type": "stream", "name": self.name, "text": text})
        return len(text)

    def writable(self) -> bool:
        """Yes."""
        return True

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """What Python asks streams for."""
        return "utf-8"


class Publisher(DisplayPublisher):
    """Collects what cells display."""

    def publish(self, data: dict[str, Any], metadata: Any = None, source: Any = None, *, transient: Any = None,
                update: bool = False, **_: Any) -> None:  # fmt: skip
        """Collect a display, or change one shown earlier in the cell."""
        shown = {"output_type": "display_data", "data": _storable(data), "metadata": metadata or {}}
        key = (transient or {}).get("display_id")
        earlier = [o for o in COLLECTOR.outputs if key and o.get("_id") == key]
        for output in earlier:
            output.update(shown)
        if not update or not earlier:
            COLLECTOR.add(shown | ({"_id": key} if key else {}))

    def clear_output(self, wait: bool = False) -> None:
        """Forget the cell's outputs, at once or when the next one comes."""
        if wait:
            COLLECTOR.clear_next = True
        else:
            COLLECTOR.outputs.clear()


class Hook(DisplayHook):
    """Collects the value of a cell's last expression."""

    def start_displayhook(self) -> None:
        """Nothing to begin: a hook of the terminal."""

    def write_output_prompt(self) -> None:
        """No prompt: notebooks store a number instead."""

    def write_format_data(self, format_dict: dict[str, Any], md_dict: Any = None) -> None:
        """Collect the value in all its forms."""
        COLLECTOR.add({
            "output_type": "execute_result", "execution_count": None,
            "data": _storable(format_dict), "metadata": md_dict or {},
        })  # fmt: skip

    def finish_displayhook(self) -> None:
        """Nothing to end."""


class WarmShell(InteractiveShell):
    """An IPython shell without a terminal and without a history file."""

    displayhook_class = Type(Hook)
    display_pub_class = Type(Publisher)

    def enable_gui(self, gui: Any = None) -> None:
        """No event loop of a window system."""

    def _showtraceback(self, etype: Any, evalue: Any, stb: Any) -> None:
        name = getattr(etype, "__name__", str(etype))
        lines = stb if isinstance(stb, list) else str(stb).splitlines()
        COLLECTOR.add(
            {"output_type": "error", "ename": name, "evalue": str(evalue), "traceback": list(lines)}
        )


def _storable(data: dict[str, Any]) -> dict[str, Any]:
    return {k: base64.b64encode(v).decode() if isinstance(v, bytes) else v for k, v in data.items()}


def _finished(output: dict[str, Any], count: int) -> dict[str, Any]:
    output.pop("_id", None)
    return output | ({"execution_count": count} if output["output_type"] == "execute_result" else {})


def start_shell() -> WarmShell:
    """The one shell of this process, its outputs going to the collector."""
    from traitlets.config import Config

    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    InteractiveShell.clear_instance()
    shell = WarmShell.instance(config=config)
    shell.user_ns["__name__"] = "__main__"
    return shell


class WarmEngine(Engine):
    """papermill's engine interface over the shell."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, *, tell: Tell, **_: Any) -> None:
        """Run the code cells in order; stop at the first error."""
        begin(nb_man.nb, tell)
        watch = Stopwatch(tell)
        shell = start_shell()
        own = sys.stdout, sys.stderr
        sys.path.insert(0, "")
        for index, cell in enumerate(nb_man.nb.cells):
            if cell.cell_type != "code" or not cell.source.strip():
                continue
            watch.start(index)
            sys.stdout, sys.stderr = Stream("stdout"), Stream("stderr")
            try:
                count = shell.execution_count
                result = shell.run_cell(cell.source, store_history=True)
            finally:
                sys.stdout, sys.stderr = own
            error = result.error_before_exec or result.error_in_exec
            outputs = [_finished(output, count) for output in COLLECTOR.reset()]
            watch.stop(index, outputs, count, line=_line_in_cell(error))
            if error:
                return


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
