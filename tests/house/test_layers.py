"""The layers of the suite, held: imports point down, and `lib` knows nothing of notebooks and reports."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(p for p in (ROOT / "lib").rglob("*.py"))
FORBIDDEN_IN_LIB = {
    "reports",
    "papermill",
    "nbformat",
    "nbclient",
    "nbconvert",
    "IPython",
    "ipykernel",
    "typer",
    "rich",
}


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


def layer(module: str) -> int:
    parts = module.split(".")
    if module in ("lib.errors", "lib.units"):
        return 1
    second = parts[1] if len(parts) > 1 else ""
    return {"tables": 2, "plots": 4}.get(second, 3)


def own_modules() -> dict[str, set[str]]:
    names = {name_of(p) for p in MODULES}
    return {name_of(p): {i for i in imports_of(p) if i in names and i != "lib"} for p in MODULES}


def family(module: str) -> str:
    return ".".join(module.split(".")[:2])


def test_imports_point_down() -> None:
    broken = [
        f"{module} (layer {layer(module)}) imports {other} (layer {layer(other)})"
        for module, others in own_modules().items()
        for other in others
        if layer(other) > layer(module) or (layer(module) == 1)
    ]
    assert not broken, "\n".join(broken)


def test_no_circle_between_modules() -> None:
    graph = own_modules()
    state: dict[str, int] = {}

    def visit(module: str, path: tuple[str, ...]) -> None:
        assert state.get(module) != 1, f"import circle: {' -> '.join((*path, module))}"
        if state.get(module) == 2:
            return
        state[module] = 1
        for other in graph[module]:
            visit(other, (*path, module))
        state[module] = 2

    for module in graph:
        visit(module, ())


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_lib_knows_no_notebook_and_no_site(path: Path) -> None:
    roots = {name.split(".")[0] for name in imports_of(path)}
    assert not roots & FORBIDDEN_IN_LIB, f"{name_of(path)} imports {sorted(roots & FORBIDDEN_IN_LIB)}"


@pytest.mark.parametrize("path", [p for p in MODULES if layer(name_of(p)) != 4], ids=name_of)
def test_only_plots_draw(path: Path) -> None:
    roots = {name.split(".")[0] for name in imports_of(path)}
    assert not roots & {"matplotlib", "seaborn"}, f"{name_of(path)} draws"


def test_lib_init_is_a_docstring() -> None:
    tree = ast.parse((ROOT / "lib" / "__init__.py").read_text(encoding="utf-8"))
    assert len(tree.body) == 1
    assert ast.get_docstring(tree)
