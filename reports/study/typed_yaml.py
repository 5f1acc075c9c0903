"""YAML as it is typed: the core schema of YAML 1.2, in which ``no`` and ``12:30`` are text and ``010`` is
ten.

PyYAML reads YAML 1.1, where ``no`` is false, ``12:30`` is 750 and ``010`` is eight. A number also keeps its
own wording, so that a time point named ``01`` stays ``01`` where a parameter takes text. See
https://yaml.org/spec/1.2.2/, chapter 10.3.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, ClassVar

import yaml
from yaml.constructor import ConstructorError
from yaml.nodes import MappingNode, ScalarNode

from reports.project import UsageError

TAG = "tag:yaml.org,2002:"
SCALARS = {
    "null": (r"~|null|Null|NULL|", [*"~nN", ""]),
    "bool": (r"true|True|TRUE|false|False|FALSE", [*"tTfF"]),
    "int": (r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", [*"-+0123456789"]),
    "float": (
        r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        [*"-+.0123456789"],
    ),
    "merge": (r"<<", ["<"]),
}
"""Regular expression of each kind of plain scalar, and the characters that it can begin with."""


class WrittenInt(int):
    """A whole number that remembers how it was written."""

    written: str


class WrittenFloat(float):
    """A number that remembers how it was written."""

    written: str


def as_written(value: Any) -> Any:
    """The text of a number as it stands in its file; any other value as it is."""
    return getattr(value, "written", value)


def in_words(value: Any) -> str:
    """What a YAML value is, as a message calls it: a short one by itself."""
    if value is None:
        return "nothing"
    if isinstance(value, (list, dict)):
        kind = "a list" if isinstance(value, list) else "lines `name: value`"
        return kind if value else "an empty list" if isinstance(value, list) else "{}"
    return repr(value)


class CoreLoader(yaml.SafeLoader):
    """YAML 1.2's core schema; a key that stands twice is an error, as that version of YAML demands."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 (PyYAML's stubs call it an instance's)
    yaml_constructors: ClassVar[dict[Any, Any]] = {}

    def compose_mapping_node(self, anchor: Any) -> MappingNode:
        """The mapping, its keys told apart."""
        node = super().compose_mapping_node(anchor)
        seen = set()
        for key, _ in node.value:
            if isinstance(key, ScalarNode) and key.value in seen and key.tag != f"{TAG}merge":
                raise ConstructorError(None, None, f"the key {key.value} stands twice", key.start_mark)
            seen.add(key.value if isinstance(key, ScalarNode) else None)
        return node

    def construct_int(self, node: ScalarNode) -> WrittenInt:
        """A whole number: decimal, ``0o17`` or ``0x1F``."""
        text = str(node.value)
        base = {"0o": 8, "0x": 16}.get(text[:2], 10)
        found: WrittenInt = self._number(WrittenInt, node, text[2:] if base != 10 else text, base)
        return found

    def construct_float(self, node: ScalarNode) -> WrittenFloat:
        """A number, ``.inf`` or ``.nan``."""
        found: WrittenFloat = self._number(
            WrittenFloat, node, re.sub(r"\.(?=[infaINFA])", "", str(node.value))
        )
        return found

    def construct_bool(self, node: ScalarNode) -> bool:
        """True or false."""
        return str(node.value).lower() == "true"

    def _number(self, kind: Any, node: ScalarNode, *arguments: Any) -> Any:
        try:
            value = kind(*arguments)
        except ValueError as error:
            raise ConstructorError(None, None, f"{node.value} is not a number", node.start_mark) from error
        value.written = str(node.value)
        return value


for _name, (_pattern, _first) in SCALARS.items():
    CoreLoader.add_implicit_resolver(TAG + _name, re.compile(rf"(?:{_pattern})\Z"), _first)
for _name, _construct in {
    "null": CoreLoader.construct_yaml_null,
    "bool": CoreLoader.construct_bool,
    "int": CoreLoader.construct_int,
    "float": CoreLoader.construct_float,
    "str": CoreLoader.construct_yaml_str,
    "seq": CoreLoader.construct_yaml_seq,
    "map": CoreLoader.construct_yaml_map,
}.items():
    CoreLoader.add_constructor(TAG + _name, _construct)
CoreLoader.add_constructor(None, CoreLoader.construct_undefined)  # type: ignore[type-var]


def read_yaml(path: Path) -> Any:
    """What a YAML file holds.

    Raises
    ------
    UsageError
        If it is not there, or is not YAML.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path.name} is not UTF-8 text: {error.reason} at byte {error.start}") from error
    except OSError as error:
        raise UsageError(f"{path.name or path} cannot be read: {error.strerror or error}") from error
    try:
        return yaml.load(text, Loader=CoreLoader)
    except (yaml.YAMLError, RecursionError) as error:
        raise UsageError(f"{path.name} cannot be read as YAML: {_in_one_line(error)}") from error


def _in_one_line(error: Exception) -> str:
    mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None)
    if mark is None or not problem:
        return (
            "it is nested too deeply" if isinstance(error, RecursionError) else " ".join(str(error).split())
        )
    return f"{problem} (line {mark.line + 1}, column {mark.column + 1})"
