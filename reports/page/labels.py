"""What a cell does in a few words: the label of its folded code."""

from __future__ import annotations

import ast
import builtins
import re

from reports.wording import listing

_CALL = re.compile(r"(?:^|[^\w.])(?:\w+\.)*([a-z_]\w+)\s*\(")
_QUIET = set(dir(builtins))
_FRAME = {
    "sort_values",
    "to_frame",
    "to_numpy",
    "set_index",
    "reset_index",
    "drop_duplicates",
    "value_counts",
}


def describe_code(source: str, tags: list[str]) -> str:
    """The first comment of a cell, or what it shows, or the first of our functions that it calls.

    >>> describe_code("report.show(page.fits(fits), page.compound_by_line(fits))", [])
    'show fits and compound by line'
    """
    if "injected-parameters" in tags:
        return "parameters of this run"
    if "parameters" in tags:
        return "parameters"
    lines = [line for line in source.splitlines() if line.strip() and "NBVAL" not in line]
    if lines and lines[0].lstrip().startswith("#"):
        return lines[0].lstrip("# ").strip()
    if lines and all(re.match(r"(from|import)\b|[\s)]", line) for line in lines):
        return "imports"
    return _published(source) or _called("\n".join(lines))


def _called(source: str) -> str:
    calls = [c for c in _CALL.findall(source) if c not in _QUIET]
    ours = [c for c in calls if "_" in c and c not in _FRAME]  # methods of ours are named by verb and object
    found: str = (ours or calls or ["calculation"])[0]
    return found.replace("_", " ")


def _published(source: str) -> str:
    """What a cell gives to ``report.show``, or that it answers; empty where it does neither."""
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except SyntaxError:  # commands of IPython
        return ""
    said = [n for n in nodes if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)]
    shown = [_name(part) for call in said if _verb(call) == "show" for part in call.args]
    if any(shown):
        return f"show {listing([name.replace('_', ' ') for name in shown if name])}"
    return "answer" if any(_verb(call) == "answer" and call.args for call in said) else ""


def _verb(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _name(part: ast.expr) -> str:
    """The name of a thing that is shown: its own, else that of the function that gives it."""
    match part:
        case ast.Call(ast.Name("Table" | "Figure" | "Panels"), [ast.Constant(str(name)), *_]):
            return name
        case ast.Call(ast.Name("Text")):
            return "text"
        case ast.Call(ast.Attribute(_, name) | ast.Name(name)) | ast.Name(name):
            return name
        case ast.Starred(inner):
            return _name(inner)
    return ""
