"""The rules of the parameters cell, applied inside the notebook, whoever put the values there.

`tme` applies them before it runs a notebook. papermill, nbconvert, nbval and a person in JupyterLab run the
cells as they are, so the notebook applies them itself, by `reports.publish.open_report` in the cell after its
parameters. The rules are those of the cell as it was executed: IPython keeps the source of every cell with
its comments.
"""

from __future__ import annotations

import ast
import difflib
import linecache
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lib.programme import load_programme
from lib.tables.intake import receipt
from reports import project
from reports.opened import Input, Opened
from reports.project import UsageError, read_notebook, shown_path
from reports.study.convert import KINDS
from reports.study.origin import STUDY_FILE, origins_of, study_and_origin
from reports.study.parameters import (
    Parameter,
    Value,
    parse_parameters,
    read_parameters,
    resolve,
    suite_notebook,
)
from reports.study.places import Place, distinct
from reports.study.programme import programme_of
from reports.study.reading import readings_by_file

INJECTED = "# Parameters"  # papermill's first line above the values that it puts in
PAPERMILL_PATHS = ("PAPERMILL_INPUT_PATH", "PAPERMILL_OUTPUT_PATH")
"""Names that papermill adds by its option ``--inject-paths``; no parameters of anybody."""
ALIKE = 0.75  # ratio of difflib above which a name that a person sets is taken for a misspelt parameter


@dataclass(frozen=True)
class Bound:
    """A value that the gate gave to a name, and what that name had held, for when the cell is run again."""

    value: Any
    raw: Any


_bound: dict[str, Bound] = {}


def open_gate(namespace: dict[str, Any]) -> Opened:
    """Check, type and rebind every parameter in a notebook's namespace.

    Parameters
    ----------
    namespace : dict
        The notebook's names, ``globals()`` in one of its cells.

    Raises
    ------
    UsageError
        If the parameters cell cannot be found, or with every fault of the values.
    """
    sources = executed_sources(namespace)
    parameters, after = find_parameters(sources)
    values = _resolve(parameters, _given(parameters, after, namespace), namespace)
    report = _report(values)
    _rebind(values, namespace)
    return report


def executed_sources(namespace: Mapping[str, Any]) -> list[str]:
    """Sources of the cells that this kernel has run, oldest first."""
    kept = namespace.get("In")
    history = [source for source in kept if isinstance(source, str)] if isinstance(kept, list) else []
    if any(map(_is_declaration, history)):
        return history
    # nbval runs cells without history; Python keeps their lines for tracebacks, with no time of a file
    return ["".join(entry[2]) for entry in linecache.cache.values() if len(entry) == 4 and entry[1] is None]


def find_parameters(sources: Sequence[str]) -> tuple[dict[str, Parameter], list[str]]:
    """The parameters that the notebook declares, and the cells run after that one.

    A cell that holds nothing but annotated names declares them. In a long session there may be several: the
    last with the parameters of a notebook of the suite counts, else the last that has names in common with
    the first.
    """
    found = [i for i, source in enumerate(sources) if _is_declaration(source)]
    if not found:
        raise UsageError(
            "open_report cannot find the parameters cell: a cell with nothing but lines "
            "`name: type = default  # rule: help`, tagged parameters, must run before it"
        )
    _refuse_lost_values(sources[: found[0]])
    names = {i: _names(sources[i]) for i in found}
    known = [i for i in found if suite_notebook(names[i])]
    chosen = (known or [i for i in found if names[i] & names[found[0]]])[-1]
    return parse_parameters(sources[chosen]), list(sources[chosen + 1 :])


def _refuse_lost_values(earlier: Sequence[str]) -> None:
    """papermill puts values above everything where no cell is tagged; the defaults would then win over
    them."""
    lost = [name for source in earlier if source.lstrip().startswith(INJECTED) for name in _assigned(source)]
    lost = [name for name in lost if name not in PAPERMILL_PATHS]
    if lost:
        raise UsageError(
            f"the values of {', '.join(lost)} stand above the parameters cell and have no effect. "
            "Tag that cell `parameters`, so that they are put below it"
        )


def _is_declaration(source: str) -> bool:
    """Whether a cell holds only assignments, one at least with an annotation that parameters may have."""
    nodes = _statements(source)
    typed = [
        n for n in nodes if isinstance(n, ast.AnnAssign) and n.value and ast.unparse(n.annotation) in KINDS
    ]
    return bool(typed) and all(isinstance(node, ast.AnnAssign | ast.Assign) for node in nodes)


def _statements(source: str) -> list[ast.stmt]:
    try:
        return [node for node in ast.parse(source).body if not isinstance(node, ast.Expr)]
    except (SyntaxError, ValueError):
        return []


def _names(source: str) -> set[str]:
    nodes = _statements(source)
    targets = [target for node in nodes if isinstance(node, ast.Assign) for target in node.targets]
    targets += [node.target for node in nodes if isinstance(node, ast.AnnAssign)]
    return {target.id for target in targets if isinstance(target, ast.Name)}


def _assigned(source: str, *, plain: bool = False) -> list[str]:
    """Names set by a cell that does nothing else; those with a plain value, if asked."""
    nodes = [node for node in _statements(source) if isinstance(node, ast.Assign)]
    if len(nodes) < len(_statements(source)):
        return []
    kept = [node.targets[0] for node in nodes if not plain or _is_plain(node.value)]
    return [target.id for target in kept if isinstance(target, ast.Name)]


def _is_plain(value: ast.expr) -> bool:
    try:
        ast.literal_eval(value)
    except ValueError:
        return False
    return True


def _given(
    parameters: Mapping[str, Parameter], after: Sequence[str], namespace: Mapping[str, Any]
) -> dict[str, Any]:
    """What somebody set: names assigned below the parameters cell, and values that are no longer its
    defaults."""
    assigned = {name for source in after for name in _set_by_somebody(source, parameters)}
    given = {name: namespace.get(name) for name in assigned if name not in parameters}
    for name, parameter in parameters.items():
        if name not in namespace:
            raise UsageError(f"parameter {name} has no value any more. Run the parameters cell again")
        value = namespace[name]
        before = _bound.get(name)
        raw = before.raw if before and _same(before.value, value) else value
        if name in assigned or not _same(raw, parameter.default):
            given[name] = raw
    return given


def _set_by_somebody(source: str, parameters: Mapping[str, Parameter]) -> list[str]:
    """Names that a cell sets as parameters, known or not; in a person's own cell, those that are or look like
    one."""
    if source.lstrip().startswith(INJECTED):
        return [name for name in _assigned(source) if name not in PAPERMILL_PATHS]
    names = _assigned(source, plain=True)
    return [name for name in names if difflib.get_close_matches(name, parameters, n=1, cutoff=ALIKE)]


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and repr(one) == repr(other)


def _resolve(
    parameters: Mapping[str, Parameter], given: Mapping[str, Any], namespace: Mapping[str, Any]
) -> list[Value]:
    suite = suite_notebook(parameters)
    places = find_places(parameters, namespace, suite)
    example = project.EXAMPLE_STUDY.parent if suite else None
    return resolve(parameters, given, base=places, notebook_folder=places, example=example)


def find_places(
    parameters: Mapping[str, Parameter], namespace: Mapping[str, Any], suite: Path | None
) -> list[Place]:
    """Where a relative path may start: the study file, the working folder, the notebook, the suite's; in this
    order.

    Plain papermill does not say where the notebook lies that it runs; of a copy, the suite's own gives the
    defaults.

    Where `tme` runs the notebook, it has found the user's files; defaults start at the notebook alone.
    """
    if os.environ.get("TME_NOTEBOOK"):
        return [Place(Path(os.environ["TME_NOTEBOOK"]).parent)]
    study = _study_file()
    places = [Place(study.parent, "the study file's folder")] if study else []
    places.append(Place(Path.cwd(), "the working folder"))
    named = [
        namespace.get("__vsc_ipynb_file__"),
        os.environ.get("JPY_SESSION_NAME"),
        namespace.get(PAPERMILL_PATHS[0]),
    ]
    own = [Path(str(name)) for name in named if name and _declares(Path(str(name)), parameters)]
    places += [Place(path.parent, "the notebook's folder") for path in own]
    return distinct([*places, *([Place(suite.parent, _suite_in_words(suite, own))] if suite else [])])


def _suite_in_words(suite: Path, own: Sequence[Path]) -> str:
    """Jupyter, nbconvert and nbval start in the folder of the notebook that runs."""
    there = {Path.cwd(), *(path.parent.resolve() for path in own)}
    return "the notebook's folder" if suite.parent.resolve() in there else "the suite's notebooks"


def _study_file() -> Path | None:
    """The study that a run belongs to: named in ``TME_STUDY_FILE``, or that of the working folder."""
    named = os.environ.get("TME_STUDY_FILE")
    path = Path(named) if named else Path.cwd() / STUDY_FILE
    if named and not path.is_file():
        raise UsageError(
            f"TME_STUDY_FILE must name a study file; got {shown_path(named)}, which is not there"
        )
    return path if path.is_file() else None


def _declares(path: Path, parameters: Mapping[str, Parameter]) -> bool:
    """Whether a notebook is the one that runs: a kernel's environment may name the one that started it."""
    try:
        return set(read_parameters(read_notebook(path))) == set(parameters)
    except (OSError, ValueError, UsageError):
        return False


def _rebind(values: Sequence[Value], namespace: dict[str, Any]) -> None:
    for value in values:
        name = value.parameter.name
        before = _bound.get(name)
        again = before is not None and _same(before.value, namespace[name])
        _bound[name] = Bound(value.value, before.raw if before and again else namespace[name])
        namespace[name] = value.value


def _report(values: Sequence[Value]) -> Opened:
    stated = os.environ.get("TME_ORIGIN", "")
    own = None if stated else _study_file()
    study, origin = (os.environ.get("TME_STUDY", ""), stated) if stated else study_and_origin(values, own)
    origins = origins_of(values, stated, own)
    inputs = [
        Input(
            v.parameter.name, v.shown if v.place else v.path.name, v.path, v.place, origins[v.parameter.name]
        )
        for v in values
        if v.path
    ]
    left_out = [v.parameter.name for v in values if v.parameter.file and not v.value and v.parameter.default]
    parameters = {value.parameter.name: value.value for value in values}
    programme = load_programme(programme_of(values, own).folder)
    receipt.begin(readings_by_file(values, own))
    return Opened(study, origin, parameters, tuple(inputs), tuple(left_out), programme)
