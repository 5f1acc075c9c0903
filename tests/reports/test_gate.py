"""The rules of the parameters cell inside a notebook: what an executed cell says, what was put below it, what
comes out."""

from __future__ import annotations

import json
import linecache
from pathlib import Path
from typing import Any

import pytest

from reports import gate, opened, project, publish
from reports.figures.style import new_figure
from reports.gate import open_gate
from reports.page.blocks import MIME
from reports.project import NOTEBOOKS, UsageError

ROOT = Path(__file__).resolve().parents[2]
INF, NAN = float("inf"), float("nan")
CELL = "\n".join(
    [
        'data: str = "plates.csv"  # file: wells',
        'extra: str = ""  # optional file: more',
        'baseline: str = "pre"  # name of the time point before treatment',
        "level: float = 0.95  # in (0, 1): confidence",
        "least: int = 50  # in [0, inf): events",
        'model: str = "4pl"  # one of 4pl | 5pl: curve',
        "names: bool = False  # show them",
        "months: list[float] = [6, 12]  # times",
        "words: list[str] = []  # sentences",
    ]
)


@pytest.fixture(autouse=True)
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel that has run nothing, in a folder with one table."""
    monkeypatch.setattr(gate, "_bound", {})
    for name in ("TME_ORIGIN", "TME_STUDY", "TME_NOTEBOOK", "TME_STUDY_FILE", "JPY_SESSION_NAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plates.csv").write_text("x\n1\n")


def kernel(*cells: str) -> dict[str, Any]:
    """The names of a kernel that has run these cells, one after the other."""
    namespace: dict[str, Any] = {"In": ["", *cells, "report = open_report()"]}
    for cell in cells:
        exec(cell, namespace)
    return namespace


def injected(**values: Any) -> str:
    """The cell that papermill puts below the parameters."""
    lines = [
        f"{name} = float('{value}')" if value in (INF, NAN) else f"{name} = {value!r}"
        for name, value in values.items()
    ]
    return "\n".join(["# Parameters", *lines, ""])


def opened_with(**values: Any) -> dict[str, Any]:
    namespace = kernel(CELL, injected(**values))
    report = open_gate(namespace)
    assert report.parameters == {name: namespace[name] for name in report.parameters}
    return namespace


def cell_of(notebook: str) -> str:
    cells = json.loads((NOTEBOOKS / f"{notebook}.ipynb").read_text(encoding="utf-8"))["cells"]
    return "".join(cells[1]["source"])


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("names", "False", False),
        ("names", 0, False),
        ("names", "no", False),
        ("names", "off", False),
        ("names", 1, True),
        ("level", "0.9", 0.9),
        ("least", "7", 7),
        ("least", 7.0, 7),
        ("baseline", 0, "0"),
        ("baseline", "0", "0"),
        ("baseline", 1.5, "1.5"),
        ("months", "6,12", [6.0, 12.0]),
        ("months", 6, [6.0]),
        ("months", (1, 2), [1.0, 2.0]),
        ("months", None, []),
        ("words", "a, b", ["a", "b"]),
        ("words", ["a, b"], ["a, b"]),
        ("extra", None, ""),
        ("data", Path("plates.csv"), None),
    ],
)
def test_every_value_gets_the_type_of_its_line(tmp_path: Path, name: str, raw: Any, value: Any) -> None:
    if isinstance(raw, Path):
        namespace = kernel(CELL)
        namespace[name] = raw
        open_gate(namespace)
        assert namespace[name] == str(tmp_path / raw)
        return
    found = opened_with(**{name: raw})[name]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"levle": 0.9}, r"unknown parameter levle\. Did you mean level\?"),
        ({"level": 2}, r"level must lie in \(0, 1\); got 2"),
        ({"level": "x"}, "level must be a number; got 'x'"),
        ({"level": NAN}, "level must be a number; got nan"),
        ({"least": INF}, "least must be a whole number; got inf"),
        ({"least": True}, "least must be a whole number; got True"),
        ({"names": "maybe"}, "names must be true or false; got 'maybe'"),
        ({"model": "6pl"}, "model must be one of 4pl, 5pl; got 6pl"),
        ({"months": "6,x"}, "months must be numbers .*; got '6,x'"),
        ({"baseline": False}, r"baseline must be text; got False\. .* must stand in quotes"),
        ({"baseline": ["pre"]}, r"baseline must be text; got \['pre'\]"),
        ({"words": [True]}, r"words must be words .*; got \[True\]"),
        (
            {"data": "plate.csv"},
            (
                r"got plate\.csv, which is not there \(looked for from the working folder\)\. Did you mean"
                r" plates\.csv\?"
            ),
        ),
        ({"data": ""}, "data must be a file; got nothing"),
    ],
)
def test_what_breaks_a_rule_is_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        opened_with(**values)


def test_every_fault_is_told_at_once_and_nothing_is_rebound() -> None:
    namespace = kernel(CELL, injected(levle=1, level="2", names="False", data="absent.csv"))
    with pytest.raises(UsageError, match=r"(?s)levle.*absent\.csv.*level must lie in \(0, 1\); got 2"):
        open_gate(namespace)
    assert namespace["names"] == "False"


def test_a_value_written_into_the_parameters_cell_itself_is_held_to_its_rule() -> None:
    with pytest.raises(UsageError, match=r"level must lie in \(0, 1\); got 95"):
        open_gate(kernel(CELL.replace("0.95", "95")))
    with pytest.raises(UsageError, match=r"line 4 of the parameters cell must read .* got `level = 0\.9`"):
        open_gate(kernel(CELL.replace("level: float = 0.95", "level = 0.9")))


def test_a_name_that_a_person_misspelt_in_a_cell_of_his_own_is_refused() -> None:
    with pytest.raises(UsageError, match=r"unknown parameter basline\. Did you mean baseline\?"):
        open_gate(kernel(CELL, 'basline = "week 0"'))
    assert open_gate(kernel(CELL, "wells_seen = 3\nbaseline = 'w0'")).parameters["baseline"] == "w0"


def test_paths_that_papermill_adds_are_no_parameters(tmp_path: Path) -> None:
    namespace = opened_with(PAPERMILL_INPUT_PATH="in.ipynb", PAPERMILL_OUTPUT_PATH="out.ipynb")
    assert namespace["level"] == 0.95


def test_values_above_the_parameters_cell_are_refused() -> None:
    with pytest.raises(
        UsageError, match=r"the values of level stand above the parameters cell .* Tag that cell"
    ):
        open_gate(kernel(injected(level=0.9), CELL))


@pytest.mark.parametrize(
    "cells", [(), ("x = 1",), ("import os\ny: int = 2",), ("y: int = 2\nprint(y)\nz = [",)]
)
def test_without_a_parameters_cell_it_fails_loudly(
    cells: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linecache, "cache", {})
    with pytest.raises(UsageError, match="open_report cannot find the parameters cell"):
        open_gate({"In": ["", *cells]})


def test_a_value_that_was_deleted_is_missed() -> None:
    namespace = kernel(CELL)
    del namespace["model"]
    with pytest.raises(UsageError, match="parameter model has no value any more"):
        open_gate(namespace)


def test_cells_run_without_history_are_found_among_python_s_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    cells = [CELL, injected(level="0.5", levle=1)]
    entries = {
        f"<cell {i}>": (len(c), None, c.splitlines(keepends=True), f"<cell {i}>") for i, c in enumerate(cells)
    }
    monkeypatch.setattr(linecache, "cache", entries)
    with pytest.raises(UsageError, match="unknown parameter levle"):
        open_gate(kernel(*cells) | {"In": [""]})


def test_of_several_cells_that_declare_the_last_alike_counts() -> None:
    edited = CELL.replace("0.95", "0.5")
    assert open_gate(kernel(CELL, edited, "n: int = 3")).parameters["level"] == 0.5


def test_running_the_cell_again_changes_nothing_and_forgets_no_default() -> None:
    namespace = kernel(cell_of("cytokines"))
    first = open_gate(namespace)
    assert open_gate(namespace) == first
    Path("mine.csv").write_text("x\n")
    namespace["plate"] = "mine.csv"
    again = open_gate(namespace)
    assert (again.parameters["truth"], again.left_out) == ("", ("truth",))
    assert open_gate(namespace).parameters == again.parameters
    exec(cell_of("cytokines"), namespace)
    assert open_gate(namespace) == first


def test_files_are_found_by_the_study_then_the_caller_then_the_notebook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, caller = tmp_path / "study", tmp_path / "caller"
    for folder in (study, caller):
        folder.mkdir()
    (study / "mine.yaml").write_text("study: s\norigin: digitised\n")
    monkeypatch.chdir(caller)
    monkeypatch.setenv("TME_STUDY_FILE", str(study / "mine.yaml"))
    notebook = kernel(cell_of("immune_shifts"))
    (only,) = open_gate(notebook).inputs
    assert (only.path, only.place, only.origin) == (
        ROOT / "data/example/populations.csv",
        "the suite's notebooks",
        "simulated",
    )

    def taken(text: str, *folders: Path) -> Any:
        for folder in folders:
            (folder / "pop.csv").write_text(text)
        return open_gate(kernel(cell_of("immune_shifts"), injected(populations="pop.csv"))).inputs[0]

    found = taken("a", caller)
    assert (found.path, found.place, found.origin) == (caller / "pop.csv", "the working folder", "measured")
    found = taken("a", study)
    assert (found.path, found.place, found.origin) == (
        study / "pop.csv",
        "the study file's folder",
        "digitised",
    )
    (study / "pop.csv").write_text("b")
    message = r"got pop\.csv, which is there twice with different content: .*study/pop\.csv.*caller/pop\.csv"
    with pytest.raises(UsageError, match=message):
        open_gate(kernel(cell_of("immune_shifts"), injected(populations="pop.csv")))
    absolute = injected(populations=str(caller / "pop.csv"))
    assert open_gate(kernel(cell_of("immune_shifts"), absolute)).inputs[0].path == caller / "pop.csv"


def test_a_copy_that_lies_nobody_knows_where_names_only_the_places_looked_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    message = (
        r"got absent\.csv, which is not there \(looked for from the working folder, from the suite's"
        r" notebooks\)"
    )
    with pytest.raises(UsageError, match=message):
        open_gate(kernel(cell_of("immune_shifts"), injected(populations="absent.csv")))
    monkeypatch.chdir(NOTEBOOKS)  # as Jupyter starts it
    with pytest.raises(
        UsageError, match=r"absent\.csv, which is not there \(looked for from the notebook's folder\)"
    ):
        open_gate(kernel(cell_of("immune_shifts"), injected(populations="absent.csv")))


def test_a_study_file_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TME_STUDY_FILE", "absent.yaml")
    with pytest.raises(UsageError, match=r"TME_STUDY_FILE must name a study file; got absent\.yaml"):
        open_gate(kernel(CELL))


@pytest.mark.parametrize("door", ["JPY_SESSION_NAME", "__vsc_ipynb_file__", "PAPERMILL_INPUT_PATH"])
def test_a_notebook_of_one_s_own_finds_what_lies_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, door: str
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "wells.csv").write_text("x\n")
    own = CELL.replace("plates.csv", "wells.csv")
    tagged = {"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": own}
    (home / "own.ipynb").write_text(
        json.dumps({"cells": [tagged], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    )
    namespace = kernel(own)
    if door.isupper() and door.startswith("JPY"):
        monkeypatch.setenv(door, str(home / "own.ipynb"))
    else:
        namespace[door] = str(home / "own.ipynb")
    (only,) = open_gate(namespace).inputs
    assert (only.path, only.place) == (home / "wells.csv", "the notebook's folder")
    other = kernel(own.replace("level:", "other:"))
    if door.startswith("JPY"):  # the kernel was started by another notebook than the one that runs
        with pytest.raises(UsageError, match=r"wells\.csv, which is not there"):
            open_gate(other)


def test_started_by_tme_the_defaults_start_at_the_notebook_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "study.yaml").write_text("study: s\n")
    (tmp_path / "nb").mkdir()
    (tmp_path / "nb" / "plates.csv").write_text("other\n")
    monkeypatch.setenv("TME_NOTEBOOK", str(tmp_path / "nb" / "own.ipynb"))
    monkeypatch.setenv("TME_ORIGIN", "published")
    report = open_gate(kernel(CELL))
    assert (report.inputs[0].path, report.origin) == (tmp_path / "nb" / "plates.csv", "published")
    assert (report.inputs[0].name, report.inputs[0].place) == ("plates.csv", "")


def test_own_files_leave_out_the_example_s_also_where_the_cell_itself_was_edited(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("x\n")
    edited = cell_of("cytokines").replace("../data/example/cytokines.csv", "mine.csv")
    for cells in ([cell_of("cytokines"), injected(plate="mine.csv")], [edited]):
        report = open_gate(kernel(*cells))
        assert (report.parameters["truth"], report.origin) == ("", "measured")
        assert opened.marks(report) == []
        assert "no file taken for truth" in opened.to_text(report)
    with pytest.raises(UsageError, match="panel must be given together with samples"):
        open_gate(kernel(cell_of("flow_gating"), injected(samples="mine.csv")))
    keeping = injected(plate="mine.csv", truth="../data/example/cytokines_truth.csv")
    assert (
        opened.marks(open_gate(kernel(cell_of("cytokines"), keeping)))[0][0]
        == "Simulated example data: cytokines_truth.csv."
    )


def test_no_file_for_an_optional_one_leaves_the_others_as_they_are() -> None:
    report = open_gate(kernel(cell_of("cytokines"), injected(truth="")))
    assert [one.parameter for one in report.inputs] == ["plate"]


def test_every_notebook_finds_its_defaults_from_anywhere_and_says_what_is_simulated() -> None:
    for name in project.notebook_names():
        report = open_gate(kernel(cell_of(name)))
        assert (report.study, report.origin) == ("example", "simulated"), name
        assert {one.mark[0] for one in report.inputs} <= {"Simulated example data"}, name
        if report.inputs:
            (line,) = opened.marks(report)
            assert all(one.path.name in line[0] for one in report.inputs)


def test_open_report_displays_marks_and_places_and_stamps_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[dict[str, Any]] = []
    monkeypatch.setattr("reports.publish.displays.display", lambda bundle, raw: shown.append(bundle))
    namespace = kernel(cell_of("immune_shifts")) | {"open_report": publish.open_report}
    exec("report = open_report()", namespace)
    assert namespace["populations"] == str(ROOT / "data/example/populations.csv")
    for form in ("text/plain", "text/html"):
        assert "Simulated example data: populations.csv." in shown[0][form]
        assert "from the suite" in shown[0][form]
    assert shown[0][MIME]["kind"] == "inputs"
    assert stamped(namespace["report"], shown)
    monkeypatch.setenv("TME_ORIGIN", "measured")
    assert not stamped(namespace["report"], shown)


def stamped(report: publish.Report, shown: list[dict[str, Any]]) -> bool:
    report.show(publish.Figure("empty", new_figure().subplots().figure, "**None.**", alt="none"))
    return "simulated data" in shown[-1]["image/svg+xml"]


def test_a_name_of_a_file_cannot_write_html(tmp_path: Path) -> None:
    (tmp_path / "<b>.csv").write_text("x\n")
    assert "<b>.csv" not in opened.to_html(open_gate(kernel(CELL, injected(data="<b>.csv"))))
