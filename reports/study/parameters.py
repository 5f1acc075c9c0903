"""Parameters of a notebook: read from the cell tagged ``parameters``, checked before anything runs.

Every line of that cell reads ``name: type = default  # rule: help``. Types are ``str``, ``int``, ``float``,
``bool``, ``list[float]`` and ``list[str]``. A rule is one of ``file``, ``optional file``, ``file or WORD``,
``one of a | b | c``, ``in (0, 1)`` (round bracket: the end itself is excluded); without one, the comment is
help. The same rules hold by every door: ``tme`` applies them before a run, `reports.gate` inside the
notebook.
"""

from __future__ import annotations

import ast
import contextlib
import io
import re
import tokenize
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reports import project
from reports.project import UsageError, code_cells, nearest, read_notebook, shown_path, source_of, tags_of
from reports.study.convert import KINDS, convert, in_words
from reports.study.places import Place, find_file
from reports.study.typed_yaml import as_written

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
    place : str
        Of a file named by a relative path, where that path started, in words; else empty.
    """

    parameter: Parameter
    value: Any
    shown: str
    given: bool
    place: str = ""

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
            return parse_parameters(source_of(cell))
    return {}


def parse_parameters(source: str) -> dict[str, Parameter]:
    """Parameters that a cell's source declares; see `read_parameters`."""
    try:
        lines = [node for node in ast.parse(source).body if not isinstance(node, ast.Expr)]
        comments = _comments(source)
    except SyntaxError as error:
        raise UsageError(f"line {error.lineno} of the parameters cell is not Python: {error.msg}") from error
    found = [_parameter(node, comments) for node in lines]
    return {parameter.name: parameter for parameter in found}


def suite_notebook(names: Iterable[str]) -> Path | None:
    """The suite's own notebook with these very parameters, of which another may be a copy, edited or not."""
    wanted = set(names)
    for path in sorted(project.NOTEBOOKS.glob("*.ipynb")):
        text = path.read_text(encoding="utf-8")
        if all(f'"{name}: ' in text for name in wanted):
            with contextlib.suppress(UsageError):
                if set(read_parameters(read_notebook(path))) == wanted:
                    return path
    return None


def _comments(source: str) -> dict[int, str]:
    """Comment behind the code of each line, by line number."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {t.start[0]: t.string.lstrip("# ").strip() for t in tokens if t.type == tokenize.COMMENT}


def _parameter(node: ast.stmt, comments: Mapping[int, str]) -> Parameter:
    if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name) or node.value is None:
        line = f"line {node.lineno} of the parameters cell"
        raise UsageError(f"{line} must read `name: type = default  # rule: help`; got `{ast.unparse(node)}`")
    name, kind = node.target.id, ast.unparse(node.annotation)
    if kind not in KINDS:
        raise UsageError(f"parameter {name}: type must be one of {', '.join(KINDS)}; got {kind}")
    try:
        default = ast.literal_eval(node.value)
    except ValueError as error:
        raise UsageError(
            f"parameter {name}: the default must be a plain value; got {ast.unparse(node.value)}"
        ) from error
    comment = comments.get(node.end_lineno or node.lineno, "")
    return Parameter(name, kind, default, **_rule(comment))


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
    parameters: Mapping[str, Parameter],
    given: Mapping[str, Any],
    *,
    base: Path | Sequence[Place],
    notebook_folder: Path | Sequence[Place],
    example: Path | None = None,
) -> list[Value]:
    """Values that a notebook will run with.

    Parameters
    ----------
    parameters : mapping of str to Parameter
        The notebook's.
    given : mapping of str to object
        The user's values: text from the command line, or already typed from a file.
    base : Path or sequence of Place
        Where the user's relative paths may start.
    notebook_folder : Path or sequence of Place
        Where default paths may start.
    example : Path, optional
        Folder of the example, if this is one of the suite's notebooks, whose defaults lie there.

    Raises
    ------
    UsageError
        With every fault found: unknown names, wrong types, values outside their choices, missing files.

    Notes
    -----
    Where the user gives any file, the files not given become ``""``, so that one's own data are never mixed
    with the example's. In a notebook of the suite, a default that was edited to lead out of the example is
    such a file too.
    """
    faults = [
        f"unknown parameter {name}. {nearest(name, parameters)}" for name in given if name not in parameters
    ]
    own = [name for name, p in parameters.items() if p.file and given.get(name) not in (None, "", p.word)]
    own = own or _edited(parameters, _places(notebook_folder), example)
    values = []
    for name, parameter in parameters.items():
        try:
            if name in given:
                values.append(_given(parameter, given[name], _places(base)))
            elif parameter.file and own and name not in own:
                values.append(_not_given(parameter, own))
            else:
                values.append(_default(parameter, _places(notebook_folder)))
        except UsageError as fault:
            faults.append(str(fault))
    if faults:
        raise UsageError("\n".join(faults))
    return values


def _places(folders: Path | Sequence[Place]) -> Sequence[Place]:
    return [Place(folders)] if isinstance(folders, Path) else folders


def _edited(parameters: Mapping[str, Parameter], places: Sequence[Place], example: Path | None) -> list[str]:
    """Parameters whose default leads to a file out of the example."""
    found = {}
    for name, parameter in parameters.items():
        if example and parameter.file and parameter.default not in ("", parameter.word):
            with contextlib.suppress(UsageError):  # said with the other faults
                found[name] = find_file(str(parameter.default), places).path
    return [name for name, path in found.items() if example and example.resolve() not in path.parents]


def _given(parameter: Parameter, raw: Any, places: Sequence[Place]) -> Value:
    if raw is None and not parameter.file and not parameter.type.startswith("list"):
        if parameter.default is None:
            return Value(parameter, None, in_words(None), given=True)
        raise UsageError(f"parameter {parameter.name} has no value. Write one, or leave its line out")
    value = _typed(parameter, raw)
    if parameter.file:
        return _file(parameter, value, places, given=True)
    _check(parameter, value)
    return Value(parameter, value, in_words(value), given=True)


def _not_given(parameter: Parameter, others: list[str]) -> Value:
    if parameter.required:
        raise UsageError(
            f"parameter {parameter.name} must be given together with {', '.join(others)}: "
            "the example's file is not mixed with yours"
        )
    return Value(parameter, parameter.word, parameter.word or "none", given=False)


def _default(parameter: Parameter, places: Sequence[Place]) -> Value:
    if parameter.default is None and not parameter.file:
        return Value(parameter, None, in_words(None), given=False)
    value = _typed(parameter, parameter.default)
    if parameter.file:
        return _file(parameter, value, places, given=False)
    _check(parameter, value)
    if parameter.type.endswith(("float", "float]")) and value == parameter.default:
        value = parameter.default  # 28 is a number as it stands; tables and sentences show it so
    return Value(parameter, value, in_words(value), given=False)


def _file(parameter: Parameter, typed: str, places: Sequence[Place], *, given: bool) -> Value:
    if typed == parameter.word and not parameter.required:
        return Value(parameter, typed, typed or "none", given)
    try:
        found = find_file(typed, places)
    except UsageError as fault:
        raise UsageError(f"parameter {parameter.name} must be {parameter.rule}; {fault}") from fault
    place = found.place.words if found.place else ""
    return Value(parameter, str(found.path), shown_path(typed), given, place)


def _typed(parameter: Parameter, raw: Any) -> Any:
    """A value of the parameter's type, from text of the command line, from YAML or from a cell."""
    try:
        return convert(parameter.type, raw)
    except ValueError as error:
        rule = f"parameter {parameter.name} must be {KINDS[parameter.type]}; got {as_written(raw)!r}"
        raise UsageError(f"{rule}. {error}" if str(error) else rule) from error


def _check(parameter: Parameter, value: Any) -> None:
    for item in value if isinstance(value, list) else [value]:
        if parameter.choices and str(item) not in parameter.choices:
            raise UsageError(
                f"parameter {parameter.name} must be {parameter.rule}; got {item}."
                f" {nearest(str(item), parameter.choices)}"
            )
        if parameter.interval and item not in parameter.interval:
            raise UsageError(f"parameter {parameter.name} must lie {parameter.rule}; got {in_words(item)}")
