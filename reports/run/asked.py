"""What was typed: as jobs, and the jobs that are not made yet as outcomes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reports import project
from reports.project import UsageError

if TYPE_CHECKING:  # these import pandas: a command that runs nothing does without
    from reports.run.plan import Job
    from reports.run.runner import Options, Outcome

GOOD, FAILED, REFUSED = 0, 1, 2
"""Exit codes: all reports are there; some failed; nothing could be used."""
PAIR = "-p needs a name and a value: -p NAME VALUE"


def given_parameters(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Parameters of -p, each once."""
    given: dict[str, Any] = {}
    for name, value in pairs:
        if name.startswith("-") or value.startswith("--") or "=" in name:
            raise UsageError(PAIR)
        if name in given:
            raise UsageError(f"parameter {name} is given twice: {given[name]} and {value}. Give it once")
        given[name] = value
    return given


def plan_target(
    target: str,
    given: Mapping[str, Any],
    listed: Path | None,
    programme: str,
    read: Mapping[str, Any] | None = None,
) -> list[Job]:
    """Jobs for what the user named: a study, by default the example's, or a notebook on parameters."""
    from reports.run.plan import plan_notebook, plan_study

    target = target or str(project.EXAMPLE_STUDY)
    if not target.endswith((".yaml", ".yml")):
        return [plan_notebook(target, given, listed=listed, programme=programme, read=read)]
    if given or listed or programme or read:
        raise UsageError(
            "parameters of a study stand in its file; -p, -f, --programme and --read go with a notebook"
        )
    if not Path(target).is_file():
        raise UsageError(f"no study file {project.shown_path(target)}")
    return plan_study(Path(target).resolve())


def take_shard(planned: list[Job], shard: str) -> list[Job]:
    """Every N-th report, from the I-th."""
    if not shard:
        return planned
    index, _, of = shard.partition("/")
    if not (index.isdecimal() and of.isdecimal() and 1 <= int(index) <= int(of)):
        raise UsageError(f"--shard must be I/N with I from 1 to N; got {shard}")
    return planned[int(index) - 1 :: int(of)]


def choose_engine(typed: str) -> str:
    """warm, unless asked for otherwise."""
    return "warm" if typed == "auto" else typed


def make(planned: list[Job], options: Options, jobs: int, cluster: str) -> list[Outcome]:
    """Run what is not there yet, with progress on stderr."""
    from reports.run import pool
    from reports.run.progress import Progress

    progress = Progress(len(planned))
    if cluster:
        return pool.run_on_cluster(planned, options, cluster, on_done=progress.done)
    if _needs_running(planned, options):
        pool.preload(planned, engine=options.engine)
    try:
        return pool.run_jobs(planned, options, processes=jobs, on_cell=progress.cell, on_done=progress.done)
    finally:
        progress.close()


def _needs_running(planned: list[Job], options: Options) -> bool:
    """Whether any job is not cached: only then are the libraries worth importing."""
    from reports.run.plan import with_version
    from reports.store.versions import find_good

    if options.force or options.pdf:
        return True
    return any(
        not find_good(options.site, job.report, with_version(job, options.site).version) for job in planned
    )


def exit_code(statuses: Sequence[str]) -> int:
    """2 where no input was usable and nothing came out, 1 where some report failed, else 0."""
    if statuses and all(status == "invalid" for status in statuses):
        return REFUSED
    return FAILED if {"failed", "invalid"} & set(statuses) else GOOD
