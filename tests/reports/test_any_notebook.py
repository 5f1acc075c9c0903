"""A notebook that knows nothing of publish comes out whole, and alike, from both engines."""

from __future__ import annotations

import base64
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from matplotlib.image import imread

from reports.page.render import render_report
from reports.run.engine import Execution, execute
from reports.run.plan import plan_notebook
from reports.run.pool import to_preload
from reports.store.packages import imported_modules
from tests.makers import own_notebook
from tests.makers.tiny_notebooks import notebook as tiny

ROOT = Path(__file__).resolve().parents[2]
ENGINES = ("warm", "kernel")
ADDRESS = re.compile(r"0x[0-9a-f]{6,}")
MEASURED = re.compile(r"(user|sys:|total:|Wall time:) [\d.e+]+ [µμnm]?s")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Execution]:
    """The notebook run by each engine, as a machine with another favourite backend would run it."""
    import seaborn  # noqa: F401 (the warm engine forks a process that has imported what the notebook imports)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MPLBACKEND", "Agg")
        return {
            engine: execute(
                own_notebook.notebook(), {}, folder=tmp_path_factory.mktemp(engine), engine=engine, timeout=60
            )
            for engine in ENGINES
        }


def outputs(run: Execution, name: str) -> list[dict[str, Any]]:
    return run.notebook["cells"][1 + list(own_notebook.CELLS).index(name)]["outputs"]


def comparable(output: dict[str, Any]) -> dict[str, Any]:
    """An output without addresses, times and the random names within a drawing."""
    found = dict(output)
    if output["output_type"] == "stream":
        found["text"] = MEASURED.sub(r"\1 t", output["text"])
    if "data" in output:
        found["data"] = {kind: _form(kind, value) for kind, value in output["data"].items()}
    return found


def _form(kind: str, value: Any) -> Any:
    if (
        kind == "image/svg+xml" and "<metadata>" in value
    ):  # of matplotlib, which puts date and random ids into it
        return len(re.sub(r"<metadata>.*</metadata>", "", value, flags=re.S))
    return ADDRESS.sub("0x", value) if isinstance(value, str) else value


def test_both_engines_run_to_the_end(runs: dict[str, Execution]) -> None:
    assert {engine: (run.status, run.failure) for engine, run in runs.items()} == dict.fromkeys(
        ENGINES, ("done", None)
    )


@pytest.mark.parametrize("name", own_notebook.CELLS)
def test_outputs_are_the_same_from_both_engines(runs: dict[str, Execution], name: str) -> None:
    warm, kernel = ([comparable(o) for o in outputs(runs[engine], name)] for engine in ENGINES)
    assert warm == kernel


@pytest.mark.parametrize(
    ("name", "n"),
    [
        ("seaborn_left_open", 1),
        ("seaborn_shown", 1),
        ("seaborn_grid", 1),
        ("three_figures", 3),
        ("figure_returned", 2),
        ("figure_again", 1),
        ("figure_displayed", 1),
        ("saved_and_closed", 0),
        ("before_the_flush", 1),
        ("caught", 1),
        ("inline_again", 1),
        ("two_formats", 1),
        ("png", 1),
    ],
)
def test_figures_are_there_and_not_blank(runs: dict[str, Execution], name: str, n: int) -> None:
    shown = [o["data"]["image/png"] for o in outputs(runs["warm"], name) if "image/png" in o.get("data", {})]
    assert len(shown) == n
    for picture in shown:
        pixels = imread(io.BytesIO(base64.b64decode(picture)), format="png")
        assert min(pixels.shape[:2]) >= 8
        assert pixels[..., :3].std() > 0.01


def texts(run: Execution, name: str) -> list[tuple[str, str]]:
    return [
        (
            o.get("name") or o["output_type"],
            o["text"] if "text" in o else o.get("data", {}).get("text/plain", ""),
        )
        for o in outputs(run, name)
    ]


STREAMS = {
    "streams": [("stdout", "one\n"), ("stderr", "two\n"), ("stdout", "three\n"), ("stderr", "four\n")],
    "pieces": [("stdout", "no newlineflushed\n1-2 ")],
    "before_the_flush": [("stdout", "text first\n"), ("display_data", "<Figure size 640x480 with 1 Axes>")],
    "named": [("display_data", "'second'"), ("stdout", "after\n")],  # as the cell after it has changed it
    "updated": [],
    "cleared": [("stdout", "kept\n")],
    "cleared_later": [("stdout", "kept\n")],
    "captured": [],
    "shell": [("stdout", "shell\r\nerror\r\n")],  # one terminal
    "bash": [("stdout", "bash\n"), ("stderr", "error\n")],
    "subprocess": [("stdout", "before\nchild\nafter\n")],
    "subprocess_last": [("stdout", "last\n")],
    "subprocess_error": [("stderr", "error\n")],
    "subprocess_long": [("stdout", "x" * 200_000 + "\n")],
    "descriptor": [("stdout", "från C\n")],
    "forked": [("stdout", "forked\n")],
    "forked_display": [("stdout", "alive\n")],
    "thread": [("stdout", "thread\n")],
    "await": [("stdout", "awaited\n"), ("execute_result", "True")],
    "task": [],
    "task_awaited": [("stdout", "worked\ndone\n")],
    "no_value": [],
    "suppressed": [],
    "json": [("execute_result", "<IPython.core.display.JSON object>")],
    "shell_of_jupyter": [("execute_result", "('ZMQInteractiveShell', 'inline', [])")],
}


@pytest.mark.parametrize("name", STREAMS)
@pytest.mark.parametrize("engine", ENGINES)
def test_text_is_whole_and_in_order(runs: dict[str, Execution], engine: str, name: str) -> None:
    assert texts(runs[engine], name) == STREAMS[name]


def test_rich_forms_are_kept(runs: dict[str, Execution]) -> None:
    kinds = {
        name: {k for o in outputs(runs["warm"], name) for k in o.get("data", {})}
        for name in own_notebook.CELLS
    }
    assert kinds["table"] == kinds["html"] == kinds["styler"] == {"text/html", "text/plain"}
    assert kinds["svg"] == kinds["svg_format"] == {"image/svg+xml", "text/plain"}
    assert kinds["two_formats"] == {"image/png", "image/jpeg", "text/plain"}
    assert (kinds["jpeg"], kinds["latex"]) == ({"image/jpeg", "text/plain"}, {"text/latex", "text/plain"})
    assert kinds["bundle"] == {"application/vnd.own.v1+json", "text/html", "text/plain"}
    assert outputs(runs["warm"], "json")[0]["data"]["application/json"] == {"n": 3, "mean": 0.5}


def test_warnings_name_the_cell_and_nothing_of_the_machine(runs: dict[str, Execution]) -> None:
    for engine in ENGINES:
        (_, text), _ = texts(runs[engine], "warnings")
        assert re.match(r"<ipython-input-\d+-\w+>:1: UserWarning: careful\n  warnings.warn", text), text
        assert "RuntimeWarning: divide by zero" in text


def page_of(run: Execution, folder: Path) -> str:
    folder.mkdir()
    (folder / "notebook.ipynb").write_text(json.dumps(run.notebook))
    render_report(folder)
    return (folder / "report.html").read_text(encoding="utf-8")


def test_page_shows_every_output_of_either_engine(runs: dict[str, Execution], tmp_path: Path) -> None:
    pages = {engine: page_of(run, tmp_path / engine) for engine, run in runs.items()}
    shown = [o for name in own_notebook.CELLS for o in outputs(runs["warm"], name)]
    pictures = [o for o in shown if {"image/png", "image/jpeg", "image/svg+xml"} & set(o.get("data", {}))]
    for page in pages.values():
        assert page.count('<figure class="picture"><img src="data:image/') == len(pictures)
        assert page.count("<iframe") == 3  # styler, script, bundle: the rest is simple markup
        assert page.count('<pre class="messages"') == sum(o.get("name") == "stderr" for o in shown)
        for words in (
            "<i>own</i>",
            "<b>bold</b>",
            "<math",
            ">20 %<",
            "från C",
            'class="ink1">red',
            "IntSlider(value=0)",
            "forked",
            "UserWarning: careful",
            "ZeroDivisionError",
            "<span>100 lines</span>",
        ):
            assert words in page, words
    warm, kernel = (_without_measures(pages[engine]) for engine in ENGINES)
    assert warm == kernel


def _without_measures(page: str) -> list[str]:
    """Lines of a page without times, addresses, and drawings, in which matplotlib writes the date."""
    page = re.sub(r"data:image/svg[^\"]*", "svg", ADDRESS.sub("0x", MEASURED.sub(r"\1 t", page)))
    return re.sub(r"(cell \d+), [\d.]+ s", r"\1", page).splitlines()


def run_both(tmp_path: Path, *cells: str, log: bool = False) -> dict[str, Execution]:
    return {
        engine: execute(
            tiny(*cells, parameters="x: int = 1"),
            {},
            folder=tmp_path,
            engine=engine,
            timeout=60,
            log=tmp_path / f"{engine}.txt" if log else None,
        )
        for engine in ENGINES
    }


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("input('name? ')", "StdinNotImplementedError: raw_input was called"),
        ("%nosuch", "UsageError: Line magic function `%nosuch` not found"),
        ("exit()", r"SystemExit: exit\(\) in this cell: the cells below it did not run"),
        ("import sys\nsys.exit(3)", "SystemExit: 3"),
        ("import asyncio\nawait asyncio.sleep(0)\n1 / 0", "ZeroDivisionError: division by zero"),
        ("class Bad:\n    def _repr_html_(self): raise ValueError('no form')\nBad()", "ValueError: no form"),
    ],
)
def test_a_cell_that_cannot_go_on_ends_the_run(tmp_path: Path, cell: str, words: str) -> None:
    for engine, run in run_both(tmp_path, cell, "print('never')").items():
        assert run.status == "failed", engine
        assert re.search(words, str(run.failure)), engine
        assert run.notebook["cells"][3]["outputs"] == []


def test_line_of_a_chained_error_is_the_last_one(tmp_path: Path) -> None:
    cell = "try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    raise ValueError('b') from error"
    for run in run_both(tmp_path, cell).values():
        assert run.failure
        assert run.failure.line_number == 4


def test_exit_in_the_last_cell_is_an_end_like_any_other(tmp_path: Path) -> None:
    for run in run_both(tmp_path, "print(1)\nexit()").values():
        assert run.status == "done"


def test_what_child_processes_print_goes_to_the_log_too(tmp_path: Path) -> None:
    run_both(tmp_path, "import os\n_ = os.system('echo from a child')", log=True)
    for engine in ENGINES:
        assert "from a child" in (tmp_path / f"{engine}.txt").read_text()


def test_a_crash_leaves_its_stack_in_the_log(tmp_path: Path) -> None:
    for engine, run in run_both(tmp_path, "import os\nos.abort()", log=True).items():
        assert run.failure
        assert run.failure.kind == "dead"
        assert "Fatal Python error: Aborted" in (tmp_path / f"{engine}.txt").read_text()


def test_engines_leave_descriptors_and_streams_of_this_process_alone(tmp_path: Path) -> None:
    before = [os.fstat(number) for number in (1, 2)]
    run_both(tmp_path, "print(1)")
    assert [os.fstat(number)[:3] for number in (1, 2)] == [stat[:3] for stat in before]


def test_figures_of_a_process_that_has_drawn_already(tmp_path: Path) -> None:
    """As a server would: pyplot has chosen its backend before the fork."""
    import matplotlib
    import matplotlib.pyplot as plt

    before = matplotlib.get_backend()
    plt.switch_backend("agg")
    plt.close(plt.figure())
    try:
        run = execute(tiny("import matplotlib.pyplot as plt\n_ = plt.plot([1, 2])"), {}, folder=tmp_path)
    finally:
        plt.switch_backend(before)
    (shown,) = run.notebook["cells"][2]["outputs"]
    assert len(shown["data"]["image/png"]) > 1000


def test_a_figure_of_ours_shows_itself_once_with_and_without_pyplot(tmp_path: Path) -> None:
    draw = "from reports.figures.style import new_figure\naxes = new_figure().subplots()\n_ = axes.plot([1, 2])\naxes.figure"
    publish = (
        "from reports.publish import Figure, Report\n"
        "Report('', '', {}).show(Figure('own', axes.figure, 'c', alt='a'))"
    )
    own = "import matplotlib.pyplot as plt\n_, ax = plt.subplots()\n_ = ax.plot([1, 2])"
    for engine, run in run_both(
        tmp_path, draw, "%matplotlib inline", draw, publish, own, "axes.figure"
    ).items():
        assert run.status == "done", engine
        kinds = [
            [(o["output_type"], sorted(o["data"])) for o in cell["outputs"]]
            for cell in run.notebook["cells"][2:]
        ]
        picture = ["image/png", "text/plain"]
        assert kinds[0] == kinds[2] == kinds[5] == [("execute_result", picture)]
        assert kinds[1] == []
        assert kinds[3] == [
            ("display_data", ["application/vnd.tme+json", "image/svg+xml", "text/html", "text/plain"])
        ]
        assert kinds[4] == [("display_data", picture)]


def test_nothing_is_said_of_data_that_a_notebook_does_not_declare(tmp_path: Path) -> None:
    (tmp_path / "own.ipynb").write_text(json.dumps(own_notebook.notebook()))
    job = plan_notebook("own.ipynb", {}, base=tmp_path)
    assert (job.origin, job.study) == ("", "")
    assert plan_notebook("validation", {}).origin == "simulated"


def test_modules_of_the_notebook_are_those_that_are_imported_before_the_fork() -> None:
    assert {"seaborn", "matplotlib.pyplot"} <= to_preload(own_notebook.notebook())
    cells = [
        "import this, numpy.testing",
        "from tqdm.auto import tqdm",
        "from reports.wording import listing",
    ]
    own = {"cells": [{"cell_type": "code", "source": cell} for cell in cells]}
    assert to_preload(own) == {"reports.wording", "reports.wording.listing"}
    assert {"this", "tqdm.auto"} <= imported_modules(own)


@pytest.mark.parametrize("engine", ["warm", "kernel"])
def test_what_an_import_says_stands_in_its_cell(tmp_path: Path, engine: str) -> None:
    said = (
        "import warnings\nprint('a word while imported')\nwarnings.warn('a warning while imported',"
        " stacklevel=1)\n"
    )
    (tmp_path / "talker_of_my_own.py").write_text(said)
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "execution_count": None, "outputs": []}
    path = [
        *cell.items(),
        ("source", f"import sys; sys.path.insert(0, {str(tmp_path)!r})\nimport this, talker_of_my_own"),
    ]
    own = {"cells": [dict(path)], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "own.ipynb").write_text(json.dumps(own))
    command = [
        sys.executable,
        "-m",
        "reports.cli",
        "run",
        str(tmp_path / "own.ipynb"),
        "--site",
        str(tmp_path / "site"),
    ]
    done = subprocess.run(
        [*command, "--engine", engine], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert "Zen" not in done.stdout + done.stderr
    (made,) = (tmp_path / "site" / "own").glob("*/notebook.ipynb")
    output = json.dumps(json.loads(made.read_text())["cells"][-1]["outputs"])
    for words in ("The Zen of Python", "a word while imported", "a warning while imported"):
        assert words in output
