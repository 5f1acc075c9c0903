from __future__ import annotations

import pytest

from reports.run.engine import execute
from tests.makers.tiny_notebooks import notebook

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
ENGINES = ("warm", "kernel")


def run(tmp_path, *cells, engine="warm", timeout=60.0, parameters=None, **options):
    content = notebook(*cells, parameters="x: int = 1")
    return execute(content, parameters or {}, folder=tmp_path, engine=engine, timeout=timeout, **options)


def outputs(result, number):
    return result.notebook["cells"][number]["outputs"]


@pytest.mark.parametrize("engine", ENGINES)
def test_outputs_and_parameters(tmp_path, engine):
    (tmp_path / "here.txt").write_text("found")
    cell = (
        "import os, sys\nprint(open('here.txt').read(), os.environ['TME_STUDY'])\nprint('e',"
        " file=sys.stderr)\nx + 1"
    )
    result = run(tmp_path, cell, engine=engine, parameters={"x": 41}, environment={"TME_STUDY": "mine"})
    assert result.status == "done"
    found = {o["output_type"] if o["output_type"] != "stream" else o["name"]: o for o in outputs(result, 3)}
    assert found["stdout"]["text"] == "found mine\n"
    assert found["stderr"]["text"] == "e\n"
    assert found["execute_result"]["data"] == {"text/plain": "42"}
    assert found["execute_result"]["execution_count"] == result.notebook["cells"][3]["execution_count"] == 3


@pytest.mark.parametrize("engine", ENGINES)
def test_custom_mime_is_kept(tmp_path, engine):
    cell = (
        "from IPython.display import display\ndisplay({'application/vnd.tme+json': {'a': 1}, 'text/plain':"
        " 't'}, raw=True)"
    )
    (shown,) = outputs(run(tmp_path, cell, engine=engine), 2)
    assert shown["data"]["application/vnd.tme+json"] == {"a": 1}


@pytest.mark.parametrize("engine", ENGINES)
def test_exception_names_cell_line_and_error(tmp_path, engine):
    result = run(tmp_path, "a = 1", "b = 2\n\n1 / 0\nc = 3", "print('never')", engine=engine)
    assert (result.status, result.failure.kind, result.failure.name) == (
        "failed",
        "exception",
        "ZeroDivisionError",
    )
    assert (result.failure.cell, result.failure.line_number, result.failure.line) == (3, 3, "1 / 0")
    assert outputs(result, 4) == []


@pytest.mark.parametrize("engine", ENGINES)
def test_dead_process_is_a_failure(tmp_path, engine):
    result = run(tmp_path, "print('before')", "import os\nos._exit(0)", "print('never')", engine=engine)
    assert (result.status, result.failure.kind, result.failure.cell) == ("failed", "dead", 3)
    assert outputs(result, 2)[0]["text"] == "before\n"


@pytest.mark.parametrize("engine", ENGINES)
def test_cell_timeout_is_a_failure(tmp_path, engine):
    result = run(tmp_path, "import time\ntime.sleep(60)", engine=engine, timeout=1.0)
    assert (result.status, result.failure.kind, result.failure.cell) == ("failed", "timeout", 2)
    assert result.seconds < 30


def test_system_exit_is_a_failure(tmp_path):
    assert run(tmp_path, "raise SystemExit(0)", "print(1)").status == "failed"


def test_syntax_error_names_its_line(tmp_path):
    failure = run(tmp_path, "a = 1\nb = = 2").failure
    assert (failure.name, failure.line_number) == ("SyntaxError", 2)


def test_error_below_the_cell_points_at_the_cells_line(tmp_path):
    failure = run(tmp_path, "import json\na = 1\njson.loads('{')").failure
    assert (failure.line_number, failure.line) == (3, "json.loads('{')")


@pytest.mark.parametrize("engine", ENGINES)
def test_input_error_is_invalid_with_its_message_alone(tmp_path, engine):
    result = run(
        tmp_path,
        "from lib.errors import InputError\nraise InputError('x must be >= 0; got -3')",
        engine=engine,
    )
    assert result.status == "invalid"
    assert result.failure.message == "x must be >= 0; got -3."


def test_cells_leave_nothing_in_this_process(tmp_path):
    import os

    run(tmp_path, "import os\nos.environ['LEFT_BEHIND'] = '1'\nos.chdir('/')")
    assert "LEFT_BEHIND" not in os.environ


def test_what_c_code_prints_goes_to_the_log(tmp_path):
    run(tmp_path, "import os\n_ = os.write(1, b'from below')", log=tmp_path / "log.txt")
    assert "from below" in (tmp_path / "log.txt").read_text()


def test_progress_tells_each_cell(tmp_path):
    seen = []
    run(tmp_path, "1", "2", on_cell=lambda cell, of: seen.append((cell, of)))
    assert seen == [(1, 4), (2, 4), (3, 4)]
