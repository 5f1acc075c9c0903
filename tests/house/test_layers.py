"""The layers of the suite, held: imports point down, `lib` computes and `reports` presents."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LIB = sorted((ROOT / "lib").rglob("*.py"))
REPORTS = sorted(
    p for p in (ROOT / "reports").rglob("*.py") if "site" not in p.relative_to(ROOT / "reports").parts
)
NOT_IN_LIB = {
    "reports",
    "papermill",
    "nbformat",
    "nbclient",
    "nbconvert",
    "IPython",
    "ipykernel",
    "click",
    "rich",
    "matplotlib",
    "seaborn",
}
FLOORS_OF_LIB = {
    1: {"errors", "units", "places", "stats", "least_squares", "privacy", "canvas"},
    2: {"tables", "records", "result", "door"},
    4: {"programme"},
    5: {"overview", "gaps", "validation"},
}
METHODS = 3
"""The floor of every room of lib that is not named above: a new method need not be entered."""
FLOORS_OF_REPORTS = {
    1: {"fields", "wording", "project", "json_files"},
    2: {"figures", "study", "shown"},
    3: {"present", "store"},
    4: {"page"},
    5: {"opened", "gate", "findings", "publish", "run"},
    6: {"options", "cli"},
}
NO_METHOD = ("run", "page", "store", "study", "options", "cli")
LIB_FOR_THESE = {
    "lib.errors",
    "lib.records",
    "lib.units",
    "lib.places",
    "lib.programme",
    "lib.tables.manifests",
    "lib.tables.intake.how",
}
OF_A_PROGRAMME = re.compile(
    r"defactinib|VS-?6063|avutometinib|(?<![A-Za-z])FAK(?![A-Za-z])|PYK2|KRAS|RAMP|low-grade serous", re.I
)
READOUT_NAMES = ("lib/tables/engagement.py", "lib/tables/ihc.py")
"""Contracts whose help gives names of readouts and markers as examples."""
OF_THE_PAGE = re.compile(r"^(show|say|describe|caption|phrase)_|_in_words$|^in_words$")


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


OURS = {name_of(p): p for p in (*LIB, *REPORTS)}
IMPORTS = {
    name: {i for i in imports_of(path) if i in OURS and i not in ("lib", "reports")}
    for name, path in OURS.items()
}


def room(module: str) -> str:
    """The package or module right below ``lib`` or ``reports``."""
    return ".".join(module.split(".")[:2])


def floor(module: str) -> int:
    top, _, rest = module.partition(".")
    floors = FLOORS_OF_LIB if top == "lib" else FLOORS_OF_REPORTS
    below = rest.split(".")[0]
    return next((n for n, rooms in floors.items() if below in rooms), METHODS if top == "lib" and rest else 0)


def has_circle(graph: dict[str, set[str]]) -> str:
    """A circle of a graph in words, "" where there is none."""
    state: dict[str, int] = {}

    def visit(node: str, path: tuple[str, ...]) -> str:
        if state.get(node) == 1:
            return " -> ".join((*path[path.index(node) :], node))
        if state.get(node) == 2:
            return ""
        state[node] = 1
        found = next((said for other in sorted(graph[node]) if (said := visit(other, (*path, node)))), "")
        state[node] = 2
        return found

    return next((said for node in sorted(graph) if (said := visit(node, ()))), "")


def test_every_room_has_a_floor() -> None:
    standing_apart = {"lib", "reports", "reports.commit", "reports.dictionary", "reports.environment"}
    assert sorted({room(m) for m in OURS if not floor(m)} - standing_apart) == []


def test_imports_point_down() -> None:
    broken = [
        f"{module} (floor {floor(module)}) imports {other} (floor {floor(other)})"
        for module, others in IMPORTS.items()
        for other in others
        if module.partition(".")[0] == other.partition(".")[0] and room(module) != room(other)
        if floor(other) > floor(module) or (floor(module) == 1 and room(module).startswith("lib"))
    ]
    assert not broken, "\n".join(broken)


def test_no_circle_between_modules() -> None:
    assert not has_circle(IMPORTS)


def test_no_circle_between_rooms() -> None:
    rooms: dict[str, set[str]] = {}
    for module, others in IMPORTS.items():
        rooms.setdefault(room(module), set()).update(room(o) for o in others if room(o) != room(module))
    assert not has_circle(rooms)


@pytest.mark.parametrize("path", LIB, ids=name_of)
def test_lib_knows_no_notebook_no_figure_and_no_page(path: Path) -> None:
    roots = {name.split(".")[0] for name in imports_of(path)}
    assert not roots & NOT_IN_LIB, f"{name_of(path)} imports {sorted(roots & NOT_IN_LIB)}"


@pytest.mark.parametrize(
    "path", [p for p in REPORTS if floor(name_of(p)) == 2 and "study" in p.parts], ids=name_of
)
def test_wording_and_studies_draw_nothing(path: Path) -> None:
    assert not {name.split(".")[0] for name in imports_of(path)} & {"matplotlib", "seaborn"}


@pytest.mark.parametrize(
    "path", [p for p in REPORTS if room(name_of(p)).split(".")[-1] in NO_METHOD], ids=name_of
)
def test_runner_pages_and_versions_import_no_method(path: Path) -> None:
    taken = {i for i in IMPORTS[name_of(path)] if i.startswith("lib.")}
    taken = {i for i in taken if not any(i == ok or i.startswith(f"{ok}.") for ok in LIB_FOR_THESE)} - {
        "lib.tables"
    }
    assert not taken, f"{name_of(path)} imports {sorted(taken)}"


@pytest.mark.parametrize("path", [p for p in LIB if "programme" not in p.parts], ids=name_of)
def test_lib_names_no_programme(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    if path.relative_to(ROOT).as_posix() in READOUT_NAMES:
        lines = [line for line in lines if "help=" not in line]
    assert [line for line in lines if OF_A_PROGRAMME.search(line)] == []


@pytest.mark.parametrize("path", REPORTS, ids=name_of)
def test_reports_name_no_programme(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if OF_A_PROGRAMME.search(line) and "else defactinib" not in line] == []


@pytest.mark.parametrize("path", LIB, ids=name_of)
def test_lib_holds_no_words_for_the_page(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = [n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    assert [name for name in names if OF_THE_PAGE.search(name)] == []


@pytest.mark.parametrize("package", ["lib", "reports"])
def test_init_is_a_docstring(package: str) -> None:
    tree = ast.parse((ROOT / package / "__init__.py").read_text(encoding="utf-8"))
    assert len(tree.body) == 1
    assert ast.get_docstring(tree)
