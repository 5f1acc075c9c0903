"""From what the user asks for to jobs, each one report with everything it needs; nothing has run yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from reports import version
from reports.parameters import Value, read_parameters, resolve
from reports.project import EXAMPLE_STUDY, NOTEBOOKS, UsageError, find_notebook, read_notebook
from reports.store import newest_good


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


def plan_notebook(name: str, given: Mapping[str, Any], *, base: Path | None = None) -> Job:
    """The job of one notebook on parameters of the command line.

    Raises
    ------
    UsageError
        If the notebook or a parameter cannot be used as given.
    """
    base = base or Path.cwd()
    notebook = find_notebook(name, base)
    values = _resolve(notebook, given, base)
    study, origin = _origin(values, ours=notebook.parent == NOTEBOOKS)
    return Job(notebook.stem, notebook, values, origin, study, command_for(name, values))


def plan_study(path: Path) -> list[Job]:
    """Jobs of a study file, overviews last.

    Raises
    ------
    UsageError
        With the faults of all its reports.
    """
    from reports.study import expand, read_study

    study = read_study(path)
    jobs, faults = [], []
    for order in expand(study):
        try:
            notebook = find_notebook(order.notebook, path.parent)
            values = _resolve(notebook, order.parameters, path.parent)
        except UsageError as error:
            faults.append(f"report {order.name}: {error}")
            continue
        command = command_for(order.notebook, values)
        jobs.append(Job(order.name, notebook, values, study.origin, study.study, command))
    if faults:
        raise UsageError("\n".join(faults))
    return jobs


def _resolve(notebook: Path, given: Mapping[str, Any], base: Path) -> list[Value]:
    parameters = read_parameters(read_notebook(notebook))
    return resolve(parameters, given, base=base, notebook_folder=notebook.parent)


def _origin(values: list[Value], *, ours: bool) -> tuple[str, str]:
    """Study and origin that the inputs' own folders declare; one simulated input makes the report simulated.

    Of a notebook that declares no input files nothing is known, unless it is one of the suite's own.
    """
    from reports.study import read_study, study_beside

    paths = [value.path for value in values if value.path]
    if not any(value.parameter.file for value in values):
        if not (ours and EXAMPLE_STUDY.is_file()):
            return "", ""
        example = read_study(EXAMPLE_STUDY)
        return example.study, example.origin
    studies = [study_beside(path) for path in paths]
    origins = [study.origin if study else "measured" for study in studies]
    worst = max(origins, key=("measured", "published", "digitised", "simulated").index, default="measured")
    names = {study.study if study else "" for study in studies}
    return (names.pop() if len(names) == 1 else ""), worst


def command_for(name: str, values: list[Value]) -> str:
    """The command that makes this report again, without what is default anyway."""
    import shlex

    words = ["tme", "run", Path(name).name if Path(name).is_absolute() else name]
    for value in values:
        if value.given:
            words += ["-p", value.parameter.name, _typed_back(value)]
    return shlex.join(words)


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
        found = newest_good(site, job.study, without=job.report)
        reads = {
            name: f"{stored.version}:{stored.metadata.get('result_hash', '')}"
            for name, stored in found.items()
        }
    parts = version.components(
        notebook=notebook, values=job.values, inputs=inputs, origin=job.origin, study=job.study, reads=reads
    )
    return replace(job, inputs=inputs, parts=parts, version=version.version_key(parts))
