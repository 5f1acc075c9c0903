"""Every notebook has the same anatomy, so that a reader who knows one knows them all."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest

from reports.project import LESSONS, notebook_names

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
NOTEBOOKS = [FOLDER / f"{name}.ipynb" for name in notebook_names()]
LESSONS_HERE = [FOLDER / f"{name}.ipynb" for name in LESSONS]
MOST_CELLS, MOST_LINES = 25, 15


@pytest.fixture(params=NOTEBOOKS, ids=lambda p: p.stem)
def cells(request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(request.param.read_text(encoding="utf-8"))["cells"]
    return found


def source(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


def code(cells: list[dict[str, Any]]) -> list[str]:
    return [source(c) for c in cells if c["cell_type"] == "code"]


def test_there_are_notebooks() -> None:
    assert {"ic50", "immune_shifts", "clinical_endpoints"} <= {p.stem for p in NOTEBOOKS}


def test_title_is_the_question(cells: list[dict[str, Any]]) -> None:
    first = source(cells[0])
    assert cells[0]["cell_type"] == "markdown"
    assert first.startswith("# ")
    assert first.split("\n")[0].endswith("?")


def test_parameters_come_second_annotated_with_help(cells: list[dict[str, Any]]) -> None:
    assert "parameters" in cells[1]["metadata"].get("tags", [])
    lines = source(cells[1]).split("\n")
    for node in ast.parse(source(cells[1])).body:
        if isinstance(node, ast.Expr):
            continue
        assert isinstance(node, ast.AnnAssign), f"not an annotated name: {ast.unparse(node)}"
        assert "#" in lines[node.end_lineno - 1], f"no help: {ast.unparse(node)}"


def test_imports_come_third(cells: list[dict[str, Any]]) -> None:
    imports = [
        i
        for i, c in enumerate(cells)
        if c["cell_type"] == "code" and re.search(r"^(import|from) ", source(c), re.M)
    ]
    assert imports == [2]


def test_the_gate_stands_below_the_parameters(cells: list[dict[str, Any]]) -> None:
    lines = source(cells[2]).split("\n")
    assert lines[-1] == "report = open_report()"
    assert "from reports.publish import open_report" in lines


def test_what_is_simulated_stands_in_the_notebook_itself(cells: list[dict[str, Any]]) -> None:
    names = re.findall(r'"\.\./data/example/([^"]+)"', source(cells[1]))
    said = json.dumps(cells[2]["outputs"])
    assert all(name in said for name in names)
    assert ("Simulated example data" in said) is bool(names)


def test_one_cell_reads_and_checks(cells: list[dict[str, Any]]) -> None:
    assert sum("check" in c["metadata"].get("tags", []) for c in cells) == 1


def test_short_and_without_definitions(cells: list[dict[str, Any]]) -> None:
    assert len(cells) <= MOST_CELLS
    for text in code(cells)[
        1:
    ]:  # the first declares the parameters, a line each: as many as the analysis has
        assert len(text.split("\n")) <= MOST_LINES, text
        assert not re.search(r"^\s*(def|class|async def) ", text, re.M), text


def test_sections_of_a_report(cells: list[dict[str, Any]]) -> None:
    headings = re.findall(
        r"^## (.+)$", "\n".join(source(c) for c in cells if c["cell_type"] == "markdown"), re.M
    )
    assert {"Quality", "Method", "Results", "Limits"} <= set(headings), headings


def test_ends_with_the_summary(cells: list[dict[str, Any]]) -> None:
    assert re.search(r"^report\.answer\(page\.claims\(", code(cells)[-1], re.M)


def test_committed_executed_without_pictures(cells: list[dict[str, Any]]) -> None:
    ran = [c for c in cells if c["cell_type"] == "code"]
    assert all(c["execution_count"] for c in ran if source(c).strip())
    kinds = {kind for c in ran for o in c["outputs"] for kind in o.get("data", {})}
    assert not {k for k in kinds if k.startswith("image/")}
    assert not [o for c in ran for o in c["outputs"] if o["output_type"] == "error"]


def test_numbers_that_matter_are_checked(cells: list[dict[str, Any]]) -> None:
    assert any(text.startswith("# NBVAL_CHECK_OUTPUT") for text in code(cells))


def test_checked_cells_show_no_picture(cells: list[dict[str, Any]]) -> None:
    """Pictures are stripped from what is committed, so their cells would differ when they run."""
    for cell in cells:
        if source(cell).startswith("# NBVAL_CHECK_OUTPUT"):
            shown = ["".join(o.get("data", {}).get("text/plain", "")) for o in cell["outputs"]]
            assert not [text for text in shown if text.startswith(("figure ", "panels "))], source(cell)


def test_no_path_of_this_machine(cells: list[dict[str, Any]]) -> None:
    assert str(Path(__file__).resolve().parents[2]) not in json.dumps(cells)


@pytest.mark.parametrize("path", LESSONS_HERE, ids=lambda p: p.stem)
def test_a_lesson_is_short_executed_and_without_parameters_of_its_own(path: Path) -> None:
    found = json.loads(path.read_text(encoding="utf-8"))["cells"]
    assert len(found) <= 12
    assert not [c for c in found if "parameters" in c["metadata"].get("tags", [])]
    test_committed_executed_without_pictures(found)
    assert not re.search(r"^\s*(def|class) ", "\n".join(code(found)), re.M)


@pytest.mark.parametrize("path", [*NOTEBOOKS, *LESSONS_HERE], ids=lambda p: p.stem)
def test_no_line_is_long_and_no_format_is_switched_off(path: Path) -> None:
    text = "\n".join(code(json.loads(path.read_text(encoding="utf-8"))["cells"]))
    assert max(map(len, text.split("\n"))) <= 110
    assert not re.search(r"# fmt:|# noqa", text)


def test_publishing_cells_hold_no_sentence_and_no_condition(cells: list[dict[str, Any]]) -> None:
    publishing = [text for text in code(cells) if re.search(r"^report\.(show|answer)\(", text, re.M)]
    assert publishing
    for text in publishing:
        for node in ast.walk(ast.parse(text)):
            assert not isinstance(node, ast.If | ast.IfExp | ast.For | ast.JoinedStr), text
            assert not (
                isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value
            ), text


def test_publishing_takes_fewer_lines_than_analysis() -> None:
    lines = {True: 0, False: 0}
    for path in NOTEBOOKS:
        for text in code(json.loads(path.read_text(encoding="utf-8"))["cells"])[2:]:
            published = bool(re.search(r"^report\.(show|answer)\(", text, re.M))
            lines[published] += len([line for line in text.split("\n") if line.strip()])
    assert lines[True] < lines[False]
