"""From what the user asks for to jobs, each one report with everything it needs; nothing has run yet."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from lib.programme import DEFAULT
from reports.project import EXAMPLE_STUDY, NOTEBOOKS, UsageError, find_notebook, read_notebook
from reports.store import version
from reports.store.versions import newest_good
from reports.study.origin import study_and_origin
from reports.study.parameters import Value, read_parameters, resolve, suite_notebook
from reports.study.programme import VARIABLE, Chosen, choose_programme, programme_of
from reports.study.reading import VARIABLE as READ_VARIABLE
from reports.study.reading import as_typed, check_readings
from reports.study.typed_yaml import as_written, in_words, read_yaml


@dataclass(frozen=True)
class Job:
    """One report to make.

    Parameters
    ----------
    report : str
        Its name, and that of its folder in the site.
    notebook : Path
        The notebook's file.
    values : list of Value
        Every parameter, resolved.
    origin : str
        Where the inputs come from: measured, simulated, published or digitised.
    study : str
        Name of the study, or empty.
    command : str
        What to type to make it again.
    programme : Chosen
        What its results are held against.
    read : dict
        How its input files are to be read, by parameter, where somebody said.
    inputs : list of dict
        Every input file with name, hash and size.
    parts : dict
        All that the version depends on.
    version : str
        The version's key; empty until the reports that it reads are there.
    """

    report: str
    notebook: Path
    values: list[Value]
    origin: str
    study: str
    command: str
    programme: Chosen
    read: dict[str, Any] = field(default_factory=dict)
    inputs: list[dict[str, Any]] = field(default_factory=list)
    parts: dict[str, Any] = field(default_factory=dict)
    version: str = ""

    @property
    def is_overview(self) -> bool:
        """Whether it reads the other reports of its study, so must run after them."""
        return self.notebook.stem == "overview"

    def changed(self) -> dict[str, Any]:
        """Parameters that differ from what the notebook says, to be put into it."""
        return {
            v.parameter.name: v.value
            for v in self.values
            if v.given or (v.value != v.parameter.default and not v.path)
        }

    def environment(self) -> dict[str, str]:
        """What the notebook's own gate must know, beside the values: that they have passed here, and whose
        they are."""
        whose = {"TME_ORIGIN": self.origin, "TME_STUDY": self.study, VARIABLE: self.programme.variable}
        how = {READ_VARIABLE: json.dumps(self.read, ensure_ascii=False)}
        return {"TME_NOTEBOOK": str(self.notebook), **whose, **how}


def plan_notebook(
    name: str,
    given: Mapping[str, Any],
    *,
    base: Path | None = None,
    listed: Path | None = None,
    programme: str = "",
    read: Mapping[str, Any] | None = None,
) -> Job:
    """The job of one notebook on parameters of the command line.

    Parameters
    ----------
    name : str
        The notebook's.
    given : mapping
        Parameters by name.
    base : Path, optional
        Folder that relative paths start from; by default the working folder.
    listed : Path, optional
        A YAML file of further parameters, which those given go over.
    programme : str
        What the user calls the programme; by default that of the data.
    read : mapping, optional
        How input files are to be read, by parameter.

    Raises
    ------
    UsageError
        If the notebook or a parameter cannot be used as given.
    """
    base = base or Path.cwd()
    notebook = find_notebook(name, base)
    values = _resolve(notebook, {**(read_list(listed, notebook) if listed else {}), **given}, base)
    study, origin = study_and_origin(values, ours=notebook.parent == NOTEBOOKS)
    chosen = choose_programme(programme, base) if programme else programme_of(values)
    how = check_readings(read or {}, values)
    command = command_for(name, notebook, values, chosen, how)
    return Job(notebook.stem, notebook, values, origin, study, command, chosen, how)


def read_list(file: Path, notebook: Path) -> dict[str, Any]:
    """Parameters that a YAML file lists; input files are looked for beside it first.

    Raises
    ------
    UsageError
        If it is not a list of names and values.
    """
    content = read_yaml(file) or {}
    if not isinstance(content, dict):
        raise UsageError(f"{file.name} must hold lines `name: value`; got {in_words(content)}")
    given = {str(as_written(name)): value for name, value in content.items()}
    for name, parameter in read_parameters(read_notebook(notebook)).items():
        typed = as_written(given.get(name))
        if parameter.file and isinstance(typed, str) and typed and (file.parent / typed).is_file():
            given[name] = os.path.relpath(file.parent / typed)
    return given


def plan_study(path: Path) -> list[Job]:
    """Jobs of a study file, overviews last.

    Raises
    ------
    UsageError
        With the faults of all its reports.
    """
    from reports.study.file import expand, read_study

    study = read_study(path)
    programme = choose_programme(study.programme, path.parent)
    jobs, faults = [], []
    for order in expand(study):
        try:
            notebook = find_notebook(order.notebook, path.parent)
            values = _resolve(notebook, order.parameters, path.parent)
            how = check_readings(order.read, values)
        except UsageError as error:
            faults.append(f"report {order.name}: {error}")
            continue
        command = command_for(order.notebook, notebook, values, programme, how)
        jobs.append(Job(order.name, notebook, values, study.origin, study.study, command, programme, how))
    if faults:
        raise UsageError("\n".join(faults))
    return jobs


def _resolve(notebook: Path, given: Mapping[str, Any], base: Path) -> list[Value]:
    parameters = read_parameters(read_notebook(notebook))
    example = EXAMPLE_STUDY.parent if suite_notebook(parameters) else None
    return resolve(parameters, given, base=base, notebook_folder=notebook.parent, example=example)


def command_for(
    name: str, notebook: Path, values: list[Value], programme: Chosen, read: Mapping[str, Any] | None = None
) -> str:
    """The command that makes this report again, without what is default anyway.

    A study may name the very files that the notebook would take by itself, as the example does: then the
    command names none and works from any folder. Some of them alone cannot go, since a notebook mixes no
    files.
    """
    import shlex

    words = ["tme", "run", Path(name).name if Path(name).is_absolute() else name]
    own_files = all(_is_default(value, notebook.parent) for value in values if value.parameter.file)
    for value in values:
        left_out = own_files if value.parameter.file else _is_default(value, notebook.parent)
        if value.given and not left_out:
            words += ["-p", value.parameter.name, _typed_back(value)]
    if programme.name != DEFAULT:
        words += ["--programme", programme.typed]
    words += as_typed(read or {})
    return shlex.join(words)


def _is_default(value: Value, folder: Path) -> bool:
    if value.path:
        return value.path == (folder / str(value.parameter.default)).resolve()
    return bool(value.value == value.parameter.default)


def _typed_back(value: Value) -> str:
    if value.parameter.file:
        return value.shown if value.path else str(value.value)
    return ",".join(map(str, value.value)) if isinstance(value.value, list) else str(value.value)


def with_version(job: Job, site: Path) -> Job:
    """The job with its key; an overview's depends on the reports that it will read."""
    notebook = read_notebook(job.notebook)
    inputs = job.inputs or version.describe_inputs(job.values)
    reads = {}
    if job.is_overview:
        found = newest_good(site, job.study, job.programme.name, without=job.report)
        reads = {name: stored.version for name, stored in found.items()}
    parts = version.components(
        notebook=notebook,
        values=job.values,
        inputs=inputs,
        origin=job.origin,
        study=job.study,
        reads=reads,
        programme=(job.programme.folder, job.programme.files) if job.programme.folder else None,
        how=job.read,
    )
    return replace(job, inputs=inputs, parts=parts, version=version.version_key(parts))
