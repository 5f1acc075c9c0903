"""Parameters of a notebook: read from the cell tagged ``parameters``, checked before anything runs.

Every line of that cell reads ``name: type = default  # rule: help``. Types are ``str``, ``int``, ``float``,
``bool``, ``list[float]`` and ``list[str]``. A rule is one of ``file``, ``optional file``, ``file or WORD``,
``one of a | b | c``, ``in (0, 1)`` (round bracket: the end itself is excluded); without one, the comment is help.
"""

from __future__ import annotations

import ast
import io
import math
import re
import tokenize
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reports.project import UsageError, code_cells, nearest, shown_path, source_of, tags_of

TYPES = ("str", "int", "float", "bool", "list[float]", "list[str]")
TRUE_WORDS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
RULE = re.compile(
    r"(?P<file>file)\b(?: or (?P<word>\w+))?(?=:|$)|(?P<optional>optional file)(?=:|$)"
    r"|one of (?P<choices>[^:]+?)(?=:|$)|in (?P<open>[(\[])(?P<low>[^,]+),(?P<high>[^)\]]+)(?P<close>[)\]])"
)


@dataclass(frozen=True)
class Interval:
    """A range of numbers with open or closed ends."""

    low: float
    high: float
    low_open: bool
    high_open: bool

    def __contains__(self, value: float) -> bool:
        above = value > self.low if self.low_open else value >= self.low
        below = value < self.high if self.high_open else value <= self.high
        return above and below

    def __str__(self) -> str:
        return f"{'(' if self.low_open else '['}{self.low:g}, {self.high:g}{')' if self.high_open else ']'}"


@dataclass(frozen=True)
class Parameter:
    """One line of the parameters cell.

    Parameters
    ----------
    name, type, help : str
        As written there.
    default : object
        Its value there.
    choices : tuple of str
        The only values allowed; empty if any is.
    interval : Interval or None
        Where a number must lie.
    file : bool
        Whether it names an input file.
    required : bool
        Whether that file must be there.
    word : str
        What may stand in place of a file: ``""`` or such a word as ``auto``.
    """

    name: str
    type: str
    default: Any
    help: str = ""
    choices: tuple[str, ...] = ()
    interval: Interval | None = None
    file: bool = False
    required: bool = False
    word: str = ""

    @property
    def rule(self) -> str:
        """The rule in words, for tables and messages."""
        if self.file:
            return (
                "a file"
                if self.required
                else f"a file, or {self.word!r}"
                if self.word
                else "a file, or nothing"
            )
        if self.choices:
            return "one of " + ", ".join(self.choices)
        return f"in {self.interval}" if self.interval else ""


@dataclass(frozen=True)
class Value:
    """A parameter with the value it will have.

    Parameters
    ----------
    parameter : Parameter
        What it is.
    value : object
        What the notebook gets; of a file, its absolute path as text, or ``""``.
    shown : str
        How reports show it; of a file, the path as the user typed it.
    given : bool
        Whether the user gave it.
    """

    parameter: Parameter
    value: Any
    shown: str
    given: bool

    @property
    def path(self) -> Path | None:
        """The input file, if this is one and it is there."""
        is_file = self.parameter.file and self.value not in ("", self.parameter.word)
        return Path(self.value) if is_file else None


def read_parameters(notebook: dict[str, Any]) -> dict[str, Parameter]:
    """Parameters of a notebook, in the order in which they stand.

    Raises
    ------
    UsageError
        If a line of the cell is not of the form above.
    """
    for _, cell in code_cells(notebook):
        if "parameters" in tags_of(cell):
            source = source_of(cell)
            comments = _comments(source)
            lines = [node for node in ast.parse(source).body if not isinstance(node, ast.Expr)]
            found = [_parameter(node, comments) for node in lines]
            return {parameter.name: parameter for parameter in found}
    return {}


def _comments(source: str) -> dict[int, str]:
    """Comment behind the code of each line, by line number."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {t.start[0]: t.string.lstrip("# ").strip() for t in tokens if t.type == tokenize.COMMENT}


def _parameter(node: ast.stmt, comments: Mapping[int, str]) -> Parameter:
    if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name) or node.value is None:
        line = f"line {node.lineno} of the parameters cell"
        raise UsageError(f"{line} must read `name: type = default  # rule: help`; got `{ast.unparse(node)}`")
    name, kind = node.target.id, ast.unparse(node.annotation)
    if kind not in TYPES:
        raise UsageError(f"parameter {name}: type must be one of {', '.join(TYPES)}; got {kind}")
    comment = comments.get(node.end_lineno or node.lineno, "")
    return Parameter(name, kind, ast.literal_eval(node.value), **_rule(comment))


def _rule(comment: str) -> dict[str, Any]:
    match = RULE.match(comment)
    if not match:
        return {"help": comment}
    found: dict[str, Any] = {"help": comment[match.end() :].lstrip(": ").strip()}
    if match["file"]:
        return found | {"file": True, "required": not match["word"], "word": match["word"] or ""}
    if match["optional"]:
        return found | {"file": True}
    if match["choices"]:
        return found | {"choices": tuple(c.strip().strip("\"'`") for c in match["choices"].split("|"))}
    low, high = (float(match[end].replace("∞", "inf")) for end in ("low", "high"))
    return found | {"interval": Interval(low, high, match["open"] == "(", match["close"] == ")")}


def resolve(
    parameters: Mapping[str, Parameter], given: Mapping[str, Any], *, base: Path, notebook_folder: Path
) -> list[Value]:
    """Values that a notebook will run with.

    Parameters
    ----------
    parameters : mapping of str to Parameter
        The notebook's.
    given : mapping of str to object
        The user's values: text from the command line, or already typed from a file.
    base : Path
        Folder that the user's relative paths start from.
    notebook_folder : Path
        Folder that default paths start from.

    Raises
    ------
    UsageError
        With every fault found: unknown names, wrong types, values outside their choices, missing files.

    Notes
    -----
    Where the user gives any file, the files not given become ``""``, so that one's own data are never mixed
    with the example's.
    """
    faults = [
        f"unknown parameter {name}. {nearest(name, parameters)}" for name in given if name not in parameters
    ]
    files_given = [n for n, p in parameters.items() if p.file and n in given]
    values = []
    for name, parameter in parameters.items():
        try:
            if name in given:
                values.append(_given(parameter, given[name], base))
            elif parameter.file and files_given:
                values.append(_not_given(parameter, files_given))
            else:
                values.append(_default(parameter, notebook_folder))
        except UsageError as fault:
            faults.append(str(fault))
    if faults:
        raise UsageError("\n".join(faults))
    return values


def _given(parameter: Parameter, raw: Any, base: Path) -> Value:
    value = _typed(parameter, raw)
    if parameter.file:
        return _file(parameter, value, base, given=True)
    _check(parameter, value)
    return Value(parameter, value, in_words(value), given=True)


def _not_given(parameter: Parameter, others: list[str]) -> Value:
    if parameter.required:
        raise UsageError(
            f"parameter {parameter.name} must be given together with {', '.join(others)}: "
            "the example's file is not mixed with yours"
        )
    return Value(parameter, parameter.word, parameter.word or "none", given=False)


def _default(parameter: Parameter, folder: Path) -> Value:
    if parameter.file:
        return _file(parameter, parameter.default, folder, given=False)
    return Value(parameter, parameter.default, in_words(parameter.default), given=False)


def _file(parameter: Parameter, typed: str, base: Path, *, given: bool) -> Value:
    if typed == parameter.word and not parameter.required:
        return Value(parameter, typed, typed or "none", given)
    path = base / Path(typed).expanduser()
    if not typed or not path.is_file():
        found = (
            "nothing"
            if not typed
            else f"{typed}, which is a folder"
            if path.is_dir()
            else f"{typed}, which is not there"
        )
        raise UsageError(
            f"parameter {parameter.name} must be {parameter.rule}; got {found}. {_near_file(path)}".strip()
        )
    return Value(parameter, str(path.resolve()), shown_path(typed), given)


def _near_file(path: Path) -> str:
    siblings = [p.name for p in path.parent.iterdir() if p.is_file()] if path.parent.is_dir() else []
    hint = nearest(path.name, siblings)
    return hint if hint.startswith("Did") else ""


def _typed(parameter: Parameter, raw: Any) -> Any:
    """A value of the parameter's type, from text of the command line or from YAML."""
    try:
        return _CONVERT[parameter.type](raw)
    except (ValueError, TypeError, KeyError) as error:
        raise UsageError(
            f"parameter {parameter.name} must be {_kind(parameter.type)}; got {raw!r}"
        ) from error


def _to_str(raw: Any) -> str:
    if raw is None:
        return ""
    if isinstance(raw, (list, dict)):
        raise TypeError(raw)
    return str(raw)


def _to_int(raw: Any) -> int:
    if isinstance(raw, bool) or float(raw) != int(float(raw)):
        raise ValueError(raw)
    return int(float(raw))


def _to_float(raw: Any) -> float:
    if isinstance(raw, bool) or math.isnan(float(raw)):
        raise ValueError(raw)
    return float(raw)


def _to_bool(raw: Any) -> bool:
    return raw if isinstance(raw, bool) else TRUE_WORDS[str(raw).strip().lower()]


def _to_list(raw: Any) -> list[Any]:
    if isinstance(raw, list):
        return raw
    items = str(raw).strip().removeprefix("[").removesuffix("]")
    return [item.strip().strip("\"'") for item in items.split(",") if item.strip()]


_CONVERT = {
    "str": _to_str,
    "int": _to_int,
    "float": _to_float,
    "bool": _to_bool,
    "list[float]": lambda raw: [_to_float(item) for item in _to_list(raw)],
    "list[str]": lambda raw: [_to_str(item) for item in _to_list(raw)],
}


def _kind(type_name: str) -> str:
    return {
        "str": "text",
        "int": "a whole number",
        "float": "a number",
        "bool": "true or false",
        "list[float]": "numbers such as 6,12,24",
        "list[str]": "words such as a,b",
    }[type_name]


def _check(parameter: Parameter, value: Any) -> None:
    for item in value if isinstance(value, list) else [value]:
        if parameter.choices and str(item) not in parameter.choices:
            raise UsageError(
                f"parameter {parameter.name} must be {parameter.rule}; got {item}. {nearest(str(item), parameter.choices)}"
            )
        if parameter.interval and item not in parameter.interval:
            raise UsageError(f"parameter {parameter.name} must lie {parameter.rule}; got {in_words(item)}")


def in_words(value: Any) -> str:
    """A value as a report shows it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(in_words, value)) or "none"
    if isinstance(value, float):
        return f"{value:.12g}"
    return str(value) or "none"
