"""Types as a reader writes them: pdoc spells out what an alias stands for, which for numpy's fills lines."""

from __future__ import annotations

import inspect
import os
import re
from typing import Any

import pdoc.doc
from jinja2 import pass_context
from numpy.typing import ArrayLike
from pdoc.render_helpers import to_markdown_with_context

from lib.places import ROOT

_ANY = r"tuple\[Any, \.\.\.\]|tuple\[int, \.\.\.\]"
_ALIASES = (
    (re.compile(r"\btyping\.|\bcollections\.abc\.(?=[A-Z])"), ""),
    (re.compile(r"\bNoneType\b"), "None"),
    (re.compile(rf"numpy\.ndarray\[(?:{_ANY}), numpy\.dtype\[Any\]\]"), "numpy.ndarray"),
    (re.compile(rf"numpy\.ndarray\[(?:{_ANY}), numpy\.dtype\[numpy\.(\w+)\]\]"), r"NDArray[\1]"),
    (re.compile(r"pandas\.core\.(?:frame|series)\.(DataFrame|Series)"), r"pandas.\1"),
    (re.compile(r"Annotated\[(\w+), BeforeValidator\(.*?\)\]"), r"\1"),
    (re.compile(r"matplotlib\.axes\._axes\.Axes"), "matplotlib.axes.Axes"),
)
_BARE = re.compile(r"(\*\*.+?\*\* \(.*\)):\n\s*\n(?= - |\n|\Z)")
"""A parameter or attribute that needs no word but its type."""
_STARRED = re.compile(r"(?m)^( - \*\*)(\*{1,2})(?=\w)")
"""``*parts`` and ``**options``, which Markdown would read as the marks of strong words."""


def write_type(text: str) -> str:
    """An annotation spelled out by pdoc, with the names of numpy's and pandas' types in place of what they
    are made of."""
    for pattern, short in _ALIASES:
        text = pattern.sub(short, text)
    members = _members()
    text = re.sub(rf"Union\[{re.escape(', '.join(members))}(?:, ([^\[\]]*))?\]", _array_like, text)
    return text.replace(" | ".join(members), "ArrayLike")


def _members() -> list[str]:
    shown = inspect.formatannotation(ArrayLike)
    for pattern, short in _ALIASES:
        shown = pattern.sub(short, shown)
    inner = re.fullmatch(r"Union\[(.*)\]", shown)
    return inner[1].split(", ") if inner else shown.split(" | ")


def _array_like(match: re.Match[str]) -> str:
    return " | ".join(["ArrayLike", *(match[1].split(", ") if match[1] else [])])


class Written:
    """An annotation that is already text; `inspect` shows what it is not to understand by its repr."""

    def __init__(self, annotation: Any) -> None:
        self.text = write_type(inspect.formatannotation(annotation))

    def __repr__(self) -> str:
        return self.text


def write_signature(signature: inspect.Signature) -> inspect.Signature:
    """A function's signature, its types as written."""
    empty = inspect.Signature.empty
    parameters = [
        p if p.annotation is empty else p.replace(annotation=Written(p.annotation))
        for p in signature.parameters.values()
    ]
    returned = signature.return_annotation
    if returned is not empty:
        returned = Written(returned)
    return signature.replace(parameters=parameters, return_annotation=returned)


def write_types(part: pdoc.doc.Namespace[Any]) -> None:
    """Give everything in a module or class its types as written, in place of pdoc's."""
    for member in part.members.values():
        if isinstance(member, pdoc.doc.Function):
            vars(member)["signature"] = write_signature(member.signature)
        elif isinstance(member, pdoc.doc.Variable):
            vars(member)["annotation_str"] = write_type(member.annotation_str)
            vars(member)["default_value_str"] = _of_any_machine(write_type(member.default_value_str))
        elif isinstance(member, pdoc.doc.Class):
            write_types(member)


def _of_any_machine(text: str) -> str:
    """A value without where the suite lies here."""
    return text.replace(f"{ROOT}{os.sep}", "").replace(str(ROOT), ".")


@pass_context
def write_docstring(context: Any, docstring: str) -> str:
    """pdoc's Markdown of a docstring, without the colon before a description that is not there."""
    text = _STARRED.sub(lambda m: m[1] + "\\*" * len(m[2]), to_markdown_with_context(context, docstring))
    return _BARE.sub(r"\1\n", text)
